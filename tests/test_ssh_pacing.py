"""Nobody by ssh takes the time of others: exchanges of keys, paintings of screens."""

from __future__ import annotations

from twisted.internet.task import Clock
from twisted.logger import capturedLogs

from twisted_chat.doors.ssh.exchanges import MOST_WAITING, PER_SECOND, Exchanges
from twisted_chat.doors.ssh.turns import AT_ONCE, PacedClock, Turns


class Asked:
    """Exchanges that were asked for, by network, as they are done."""

    def __init__(self) -> None:
        self.clock = Clock()
        self.exchanges = Exchanges(self.clock)
        self.done: list[str] = []
        self.refused: list[str] = []

    def ask(self, network: str) -> None:
        def agreed(why: str) -> None:
            if why:
                self.refused.append(network)

        self.exchanges.submit(network, lambda: self.done.append(network), agreed)


def test_keys_are_exchanged_at_a_bounded_rate() -> None:
    asked = Asked()
    for _ in range(500):
        asked.ask("192.0.2.0")
    assert len(asked.done) == 1
    for _ in range(PER_SECOND):
        asked.clock.advance(1 / PER_SECOND)
    assert len(asked.done) in range(PER_SECOND, PER_SECOND + 2)


def test_a_network_that_floods_delays_no_other() -> None:
    asked = Asked()
    for _ in range(500):
        asked.ask("192.0.2.0")
    asked.ask("198.51.100.0")
    for _ in range(3):
        asked.clock.advance(1 / PER_SECOND)
    assert "198.51.100.0" in asked.done


def test_of_too_many_those_of_the_largest_crowd_are_refused() -> None:
    asked = Asked()
    asked.ask("198.51.100.0")
    asked.ask("198.51.100.0")
    for _ in range(1000):
        asked.ask("192.0.2.0")
    assert len(asked.refused) == 1000 + 2 - MOST_WAITING - 1
    assert set(asked.refused) == {"192.0.2.0"}


def test_an_exchange_that_fails_holds_up_nothing() -> None:
    asked = Asked()

    def fail() -> None:
        raise ValueError("no point of the curve")

    said: list[str] = []
    asked.exchanges.submit("192.0.2.0", fail, said.append)
    assert said == ["that can't be agreed on"]
    asked.ask("192.0.2.0")
    asked.clock.advance(1)
    assert asked.done


def test_screens_are_painted_a_few_at_a_time() -> None:
    clock, painted = Clock(), list[int]()
    turns = Turns(clock)
    for number in range(3 * AT_ONCE):
        turns.add(lambda n=number: painted.append(n))  # type: ignore[misc]
    turns.add(lambda: painted.append(-1), urgent=True)
    turns_taken = 0
    while calls := clock.getDelayedCalls():
        [call] = calls
        clock.calls.remove(call)
        call.func()
        turns_taken += 1
        assert len(painted) <= turns_taken * AT_ONCE
    assert painted == [-1, *range(3 * AT_ONCE)]
    assert turns_taken == 4


def test_a_bug_in_one_screen_is_of_that_screen() -> None:
    clock, painted = Clock(), list[str]()
    turns = Turns(clock)
    turns.add(lambda: 1 // 0)
    turns.add(lambda: painted.append("the other"))
    with capturedLogs() as logs:
        clock.advance(0)
    assert painted == ["the other"]
    assert [event["log_format"] for event in logs] == ["a bug in a screen"]


def test_what_is_cancelled_is_not_done_also_when_its_turn_is_near() -> None:
    clock, done = Clock(), list[str]()
    paced = PacedClock(Turns(clock))
    early, late = (paced.callLater(1, done.append, word) for word in ("a", "b"))
    kept = paced.callLater(1, done.append, "kept")
    early.cancel()
    assert (early.active(), late.active()) == (False, True)
    clock.callLater(1, late.cancel)
    clock.advance(1)
    assert done == ["kept"]
    assert not kept.active()
