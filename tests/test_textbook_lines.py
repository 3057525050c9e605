"""The textbook doors whose messages have no length: silence, at, raw, all of them."""

from __future__ import annotations

import re

import pytest

from twisted_chat.doors.base import Door
from twisted_chat.doors.frames import MAX_UNFINISHED
from twisted_chat.doors.textbook.at import AtDoor
from twisted_chat.doors.textbook.lines import QUIET
from twisted_chat.doors.textbook.nick import NickDoor
from twisted_chat.doors.textbook.raw import REMEMBERED, RawDoor
from twisted_chat.limits import Rate

from .textbook_support import Class


class TestSilence:
    """What tells messages apart that end with no newline."""

    def test_one_send_is_one_message_only_after_silence(self) -> None:
        room = Class(RawDoor)
        guest = room.world.connect()
        room.carol.bytes()
        guest.send_bytes(b"hel")
        room.world.advance(QUIET * 0.9)
        guest.send_bytes(b"lo")
        room.world.advance(QUIET * 0.9)
        assert room.carol.bytes() == b""
        room.quiet()
        assert [line.partition(": ")[2] for line in room.carol.lines()] == ["hello"]

    def test_a_newline_needs_no_silence(self) -> None:
        room = Class(AtDoor)
        alice = room.enter("alice")
        alice.send_bytes(b"one\r\ntwo\nthr")
        assert room.carol.lines() == ["alice: one", "alice: two"]
        room.quiet()
        assert room.carol.lines() == ["alice: thr"]

    def test_a_pause_for_flooding_is_no_silence_of_the_peer(self) -> None:
        room = Class(RawDoor, flood=Rate(1, 1))
        guest = room.world.connect()
        room.carol.bytes()
        guest.send_bytes(b"one\ntwo\nthr")
        assert not guest.transport.reading
        room.world.advance(QUIET * 3)
        guest.send_bytes(b"ee")
        room.world.advance(5)
        said = [line.partition(": ")[2] for line in room.carol.lines()]
        assert said == ["one", "two", "three"]

    def test_after_too_much_without_a_newline_silence_starts_anew(self) -> None:
        room = Class(AtDoor)
        alice = room.enter("alice")
        for _ in range(100):
            alice.send_bytes(b"x" * 1000)
        room.quiet()
        assert b"Too long" in alice.bytes()
        alice.send_bytes(b"short")
        room.quiet()
        assert room.carol.lines() == ["alice: short"]

    def test_silence_is_an_end(self) -> None:
        """However much a client sends that never sends a newline."""
        room = Class(AtDoor)
        alice = room.enter("alice")
        for _ in range(MAX_UNFINISHED // 1000 + 10):
            alice.send_bytes(b"x" * 1000)
            room.quiet()
        assert not alice.closed
        assert len(room.carol.lines()) == MAX_UNFINISHED // 1000 + 10

    def test_nothing_is_left_behind_by_a_connection(self) -> None:
        for door in (NickDoor, AtDoor, RawDoor):
            room = Class(door)
            client = room.world.connect()
            client.send_bytes(b"hello")
            client.reset()
            room.carol.reset()
            room.world.advance(REMEMBERED + 1)
            assert room.world.clock.getDelayedCalls() == []


class TestAt:
    def test_the_first_message_is_the_nick(self) -> None:
        room = Class(AtDoor)
        bob = room.enter("bob")
        alice = room.world.connect()
        alice.send_bytes(b"alice")
        room.quiet()
        assert bob.bytes() == b"ALICE is online now\n"
        assert alice.bytes() == b""
        assert room.carol.lines()[-1] == "* alice joined the chat!"
        alice.reset()
        assert bob.bytes() == b"ALICE is offline now\n"

    def test_a_bad_nick_may_be_mended(self) -> None:
        room = Class(AtDoor)
        client = room.world.connect()
        client.send_bytes(b"carol\n")
        assert client.bytes() == b"carol is taken; try carol_\n"
        client.send_bytes(b"alice\n")
        assert room.carol.lines() == ["* alice joined the chat!"]

    def test_to_one_and_to_some_and_to_all(self) -> None:
        room = Class(AtDoor)
        alice, bob, dave = (room.enter(nick) for nick in ("alice", "bob", "dave"))
        for client in (alice, bob, dave):
            client.bytes()
        alice.send_bytes(b"@bob:one\n@bob @dave:two\nthree\n@bob: four\n")
        assert bob.lines() == [
            "alice: one",
            "alice: two",
            "alice: three",
            "alice: four",
        ]
        assert dave.lines() == ["alice: two", "alice: three"]
        assert room.carol.lines() == ["alice: three"]
        assert alice.bytes() == b""

    @pytest.mark.parametrize(
        "text", ["mail me @ home: now", "@bob hello", "hi @bob:", "@:", "@ bob:x"]
    )
    def test_what_only_looks_like_an_address_goes_to_all(self, text: str) -> None:
        room = Class(AtDoor)
        alice = room.enter("alice")
        alice.send(text)
        assert room.carol.lines() == [f"alice: {text}"]

    def test_nobody_there(self) -> None:
        room = Class(AtDoor)
        alice = room.enter("alice")
        alice.send_bytes(b"@ghost:hello\n")
        assert alice.bytes() == b"Nobody here is called ghost\n"
        alice.send_bytes(b"@ghost @carol:hello\n")
        assert alice.bytes() == b"Nobody here is called ghost\n"
        assert room.carol.lines() == ["PRIV alice: hello"]

    def test_a_full_server_says_so(self) -> None:
        room = Class(AtDoor, max_clients=1)
        client = room.world.connect()
        assert client.bytes() == b"The server is full; try again later\n"

    def test_everyone_reads_the_same_order(self) -> None:
        room = Class(AtDoor)
        alice, bob = room.enter("alice"), room.enter("bob")
        dave = room.enter("dave")
        dave.bytes()
        for number in range(20):
            (alice, bob)[number % 2].send(str(number))
            room.carol.send(f"MSG c{number}")
        said = [line.partition(": ")[2] for line in dave.lines()]
        expected = [
            text for number in range(20) for text in (f"{number}", f"c{number}")
        ]
        assert said == expected


class TestRaw:
    def test_greeting_and_relaying(self) -> None:
        room = Class(RawDoor)
        guest, other = room.world.connect(), room.world.connect()
        assert guest.bytes() == b"welcome\n"
        assert other.bytes() == b"welcome\n"
        guest.send_bytes(b"hello")
        room.quiet()
        assert other.bytes() == b"<127.0.0.1 : 50000> :hello\n"
        assert guest.bytes() == b""
        name = guest.user.nick
        assert re.fullmatch(r"guest_\d{4,6}", name)
        assert room.carol.lines()[-1] == f"{name}: hello"

    def test_the_others(self) -> None:
        room = Class(RawDoor)
        guest = room.world.connect()
        guest.bytes()
        room.carol.send(f"PRIV {guest.user.nick} psst", "MSG hello", "ME waves")
        assert guest.lines() == [
            "<carol (private)> :psst",
            "<carol> :hello",
            "<carol> :* waves",
        ]

    def test_last_words_keep_their_label(self) -> None:
        room = Class(RawDoor)
        guest, other = room.world.connect(), room.world.connect()
        other.bytes()
        guest.send_bytes(b"bye\n")
        guest.reset()
        assert other.bytes() == b"<127.0.0.1 : 50000> :bye\n"
        door = room.world.door
        assert isinstance(door, RawDoor)
        room.world.advance(REMEMBERED - 1)
        assert len(door.labels) == 2
        room.world.advance(2)
        assert list(door.labels) == [other.user.nick]

    def test_no_address_is_shown_elsewhere(self) -> None:
        room = Class(RawDoor)
        at = AtDoor(room.world.hub)
        bob = room.world.connect(door=at)
        bob.send("bob")
        guests = [room.world.connect("192.0.2.7"), room.world.connect("2001:db8::7")]
        for guest in guests:
            guest.send_bytes(b"hello\n")
        room.carol.send("WHO", "HISTORY", f"WHOIS {guests[0].user.nick}")
        seen = room.carol.bytes() + bob.bytes()
        guests[0].reset()
        seen += room.carol.bytes() + bob.bytes()
        assert b"hello" in seen
        assert not re.search(rb"192\D0|2001|db8", seen)

    def test_nicks_are_unique_and_stay(self) -> None:
        room = Class(RawDoor)
        # In this world every peer has the same port.
        guests = [room.world.connect() for _ in range(20)]
        guests += [room.world.connect(None) for _ in range(3)]
        nicks = [guest.user.nick for guest in guests]
        assert len(set(nicks)) == 23
        room.world.advance(100)
        assert [guest.user.nick for guest in guests] == nicks

    def test_a_peer_without_a_port_is_numbered(self) -> None:
        room = Class(RawDoor)
        one, two = room.world.connect(None), room.world.connect(None)
        two.bytes()
        one.send_bytes(b"hello\n")
        assert two.bytes() == b"<unix : 1> :hello\n"


@pytest.mark.parametrize("door", [NickDoor, AtDoor, RawDoor])
def test_a_request_of_a_browser_does_nothing(door: type[Door]) -> None:
    room = Class(door)
    before = list(room.world.hub.users)
    client = room.world.connect()
    client.send_bytes(b"POST /x HTTP/1.1\r\nHost: y\r\n\r\nmallory\nmallory: hi\n")
    room.quiet()
    client.bytes()
    room.world.advance(5)
    assert client.closed
    assert list(room.world.hub.users) == before
    assert [line for line in room.carol.lines() if not line.startswith("*")] == []


@pytest.mark.parametrize(
    ("door", "shown"),
    [
        (NickDoor, b"dave was kicked out of #lobby by carol (spam)\n"),
        (AtDoor, b"dave was kicked out of #lobby by carol (spam)\n"),
        (RawDoor, b"<server> :dave was kicked out of #lobby by carol (spam)\n"),
    ],
)
def test_somebody_is_thrown_out(door: type[Door], shown: bytes) -> None:
    room = Class(door)
    bob = room.enter("bob")
    room.netcat("dave")
    bob.bytes()
    room.carol.user.operator = True
    room.carol.send("KICK #lobby dave spam")
    assert bob.bytes() == shown
    room.carol.send(f"KICK {bob.user.nick} off you go")
    assert b" was kicked out of the chat by carol (off you go)" in bob.bytes()
    assert bob.closed
