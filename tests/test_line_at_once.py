"""Several lines in one packet do what they do one by one."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from twisted_chat.events import Said
from twisted_chat.hub.room import Room

from .support import Client, World

PLAIN = ["MSG hello", "MSG hello, you", "MSG !", "MSG ~ tilde", f"MSG {'a' * 1024}"]
OTHERS = [
    "MSG /me waves",
    "MSG MSG again",
    "MSG  two spaces",
    "MSG",
    "MSG ",
    "MSG   ",
    "MSG tab\there",
    "MSG \x1b[31mred",
    "MSG caf\u00e9",
    "MSG \x7f",
    "MSG cr\r",
    f"MSG {'a' * 1025}",
    f"MSG {'a' * 4000}",
    f"MSG {'a' * 4001}",
    f"MSG {'a' * 5000}",
    "msg hello",
    "/MSG bob hello",
    "ME waves",
    "PRIV bob psst",
    "JOIN #dev",
    "PART",
    "LINES END",
    "END",
    "ECHO on",
    "FORMAT json",
    '{"cmd": "msg", "text": "hello"}',
    "PING 1",
    "nonsense",
    "QUIT",
    "IGNORE bob",
]
WORDS = st.one_of(st.sampled_from(PLAIN), st.sampled_from(PLAIN + OTHERS))


def what_comes(
    packets: Sequence[bytes], prepare: Sequence[str] = (), before: Sequence[str] = ()
) -> object:
    """What everybody hears, and what is kept, of `packets` that alice sends.

    :param prepare: what bob sends before them; `before`: what alice does.
    """
    world = World()
    alice, bob, _ = people = [world.enter(nick) for nick in ("alice", "bob", "carol")]
    bob.send("JOIN #dev", *prepare)
    alice.send(*before)
    world.advance(1)
    for packet in packets:
        alice.send_bytes(packet)
    heard = [person.bytes() for person in people]
    rooms = world.hub.rooms.values()
    kept = [(list(room.tail.messages), room.last_id) for room in rooms]
    spoke = {user.nick: user.spoke for user in world.hub.users.values()}
    found: list[object] = []
    world.hub.history.search(["#lobby", "#dev"], "hello", 9).addCallback(found.append)
    return heard, kept, spoke, found


@given(st.lists(WORDS, min_size=2, max_size=6), st.sampled_from(["\n", "\r\n"]))
def test_a_packet_of_lines_does_what_they_do_one_by_one(
    lines: list[str], end: str
) -> None:
    packets = [f"{line}{end}".encode() for line in lines]
    assert what_comes([b"".join(packets)]) == what_comes(packets)


@pytest.mark.parametrize("other", OTHERS)
def test_what_is_no_plain_speech_does_what_it_does_alone(other: str) -> None:
    for lines in ([*PLAIN, other], [other, *PLAIN], [PLAIN[0], other, PLAIN[1]]):
        packets = [f"{line}\n".encode() for line in lines]
        assert what_comes([b"".join(packets)]) == what_comes(packets)


@pytest.mark.parametrize(
    "prepare",
    [["IGNORE alice"], ["FORMAT json", "ECHO on"], ["JOIN #dev", "PART #lobby"]],
)
def test_whoever_hears_it_hears_the_same(prepare: list[str]) -> None:
    packets = [b"MSG one\n", b"MSG two\n", b"MSG three\n"]
    assert what_comes([b"".join(packets)], prepare) == what_comes(packets, prepare)


@pytest.mark.parametrize(
    "before",
    [["LINES END"], ["PART"], ["PART", "JOIN #dev"], ["FORMAT json"], ["QUIT"]],
)
def test_whatever_was_before_it_is_the_same(before: list[str]) -> None:
    packets = [b"MSG one\n", b"MSG two\n"]
    together = what_comes([b"".join(packets)], before=before)
    assert together == what_comes(packets, before=before)


def test_who_has_no_nick_is_told_so_for_each(world: World) -> None:
    stranger = world.connect()
    stranger.lines()
    stranger.send_bytes(b"MSG one\nMSG two\n")
    assert [line.split()[:2] for line in stranger.lines()] == [["ERR", "451"]] * 2


def spied(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """How many texts each call brings to a room at once."""
    counts: list[int] = []
    speak_all = Room.speak_all

    def spy(room: Room, state: object, user: object, texts: Sequence[str]) -> None:
        counts.append(len(texts))
        speak_all(room, state, user, texts)  # type: ignore[arg-type]

    monkeypatch.setattr(Room, "speak_all", spy)
    return counts


def test_plain_words_come_to_the_room_together(
    trio: list[Client], monkeypatch: pytest.MonkeyPatch
) -> None:
    alice, bob, _ = trio
    together = spied(monkeypatch)
    alice.send_bytes(b"MSG one\nMSG two\nMSG th")
    alice.send_bytes(b"ree\nMSG four\n")
    assert bob.lines() == [f"alice: {word}" for word in ("one", "two", "three", "four")]
    assert together == ([] if alice.world.later else [2, 2])
    room = alice.world.room()
    assert [said.id for said in room.tail.messages] == [1, 2, 3, 4]
    assert {type(said) for said in room.tail.messages} == {Said}
    assert alice.user.spoke == room.tail.messages[-1].at


def test_in_a_room_of_rules_each_is_looked_at(
    trio: list[Client], monkeypatch: pytest.MonkeyPatch
) -> None:
    alice, bob, _ = trio
    together = spied(monkeypatch)
    for person in (bob, alice):
        person.send("JOIN #dev")
    bob.send("ROOM #dev moderated on")
    bob.lines()
    alice.lines()
    alice.send_bytes(b"MSG one\nMSG two\n")
    assert [line.split()[:2] for line in alice.lines()] == [["ERR", "404"]] * 2
    assert (bob.lines(), together) == ([], [])
