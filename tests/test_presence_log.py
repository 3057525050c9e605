"""The log of comings and goings: all there, a line a turn."""

from __future__ import annotations

from twisted.internet.task import Clock
from twisted.logger import capturedLogs, formatEvent

from tests.support import World
from twisted_chat.hub import presence_log
from twisted_chat.hub.presence_log import PresenceLog


def test_what_happens_in_one_turn_shares_a_line() -> None:
    clock = Clock()
    log = PresenceLog(lambda write: clock.callLater(0, write))
    with capturedLogs() as events:
        log.record("alice came from 192.0.2.1")
        log.record("bob {left}: 100%")
        assert events == []
        clock.advance(0)
        log.record("carol came from 192.0.2.3")
        clock.advance(0)
        clock.advance(1)
    assert [formatEvent(event) for event in events] == [
        "alice came from 192.0.2.1; bob {left}: 100%",
        "carol came from 192.0.2.3",
    ]


def test_a_storm_takes_several_lines_and_loses_nobody() -> None:
    clock = Clock()
    log = PresenceLog(lambda write: clock.callLater(0, write))
    most = presence_log.MAX_IN_LINE
    with capturedLogs() as events:
        for number in range(2 * most + 1):
            log.record(f"n{number} came")
        clock.advance(0)
    lines = [formatEvent(event) for event in events]
    assert [line.count("came") for line in lines] == [most, most, 1]
    assert "; ".join(lines).split("; ") == [f"n{n} came" for n in range(2 * most + 1)]


def test_the_hub_notes_who_comes_and_goes() -> None:
    world = World()
    with capturedLogs() as events:
        alice = world.enter("alice")
        alice.send("QUIT bye")
        world.advance(1)
    text = "; ".join(formatEvent(event) for event in events)
    assert "alice came from" in text
    assert "alice left: bye" in text
