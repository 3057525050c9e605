"""The textbook doors with headers: header64 and header10."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from twisted_chat.doors.line import LineDoor
from twisted_chat.doors.textbook.common import TextbookDoor
from twisted_chat.doors.textbook.header10 import Header10Door
from twisted_chat.doors.textbook.header64 import Header64Door
from twisted_chat.doors.textbook.headers import STALL, field
from twisted_chat.limits import Rate

from .support import Client, World
from .test_contract_textbook import fields

NICKS: dict[type[TextbookDoor], str] = {
    Header64Door: "[alice] : ",
    Header10Door: "alice",
}
DOORS = list(NICKS)


class Class:
    """A textbook door with alice and bob, and carol at the line door."""

    def __init__(self, door: type[TextbookDoor], width: int, **settings: Any) -> None:
        self.world = World(door, **settings)
        self.lines = LineDoor(self.world.hub)
        self.width = width
        self.carol = self.world.connect(door=self.lines)
        self.carol.send("NICK carol")
        self.skip()

    def skip(self, *clients: Client) -> None:
        for client in (self.carol, *clients):
            client.bytes()

    def send(self, client: Client, *texts: str) -> None:
        client.send_bytes(b"".join(field(self.width, text) for text in texts))

    def came(self, client: Client) -> list[str]:
        return fields(self.width, client.bytes())


@pytest.fixture
def room64() -> Class:
    return Class(Header64Door, 64)


@pytest.fixture
def room10() -> Class:
    return Class(Header10Door, 10)


class TestHeader64:
    def test_the_first_message_brings_the_nick(self, room64: Class) -> None:
        alice, bob = room64.world.connect(), room64.world.connect()
        room64.send(bob, "[bob] : ")
        room64.send(alice, "[alice] : hello")
        assert room64.came(bob) == ["[alice] : hello"]
        assert room64.came(alice) == []
        assert room64.carol.lines() == [
            "* bob joined the chat!",
            "* alice joined the chat!",
            "alice: hello",
        ]

    def test_on_the_wire(self, room64: Class) -> None:
        alice = room64.world.connect()
        room64.send(alice, "[alice] : ")
        room64.carol.send("MSG é")
        assert alice.bytes() == b"12" + b" " * 62 + "[carol] : é".encode()

    def test_another_name_is_a_change_of_nick(self, room64: Class) -> None:
        alice = room64.world.connect()
        room64.send(alice, "[alice] : one", "[alice] : two", "[al] : three")
        assert room64.carol.lines()[1:] == [
            "alice: one",
            "alice: two",
            "* alice is now known as al",
            "al: three",
        ]
        assert room64.came(alice) == []

    def test_a_taken_name_says_nothing(self, room64: Class) -> None:
        alice = room64.world.connect()
        room64.send(alice, "[carol] : it's me")
        assert room64.came(alice) == ["[server] : carol is taken; try carol_"]
        room64.send(alice, "[alice] : hello", "[carol] : it's me")
        assert len(room64.came(alice)) == 1
        assert room64.carol.lines()[-1] == "alice: hello"

    def test_whoever_was_renamed_can_go_on(self, room64: Class) -> None:
        alice = room64.world.connect()
        room64.send(alice, "[alice] : hello")
        alice.user.rename("alice_")
        room64.skip()
        room64.send(alice, "[alice] : still here")
        assert room64.carol.lines() == ["alice_: still here"]

    @pytest.mark.parametrize("last", ["!DISCONNECT", "bye !DISCONNECT"])
    def test_the_last_word_is_relayed(self, room64: Class, last: str) -> None:
        alice, bob = room64.world.connect(), room64.world.connect()
        room64.send(bob, "[bob] : ")
        room64.send(alice, "[alice] : hello")
        room64.skip(bob)
        room64.send(alice, f"[alice] : {last}", "[alice] : not any more")
        assert room64.came(bob) == [f"[alice] : {last}"]
        assert room64.carol.lines() == [f"alice: {last}", "* alice left the chat!"]
        room64.world.advance(5)
        assert alice.closed

    def test_disconnecting_without_a_name(self, room64: Class) -> None:
        alice, stranger = room64.world.connect(), room64.world.connect()
        room64.send(alice, "[alice] : hello", "!DISCONNECT")
        room64.send(stranger, "!DISCONNECT")
        assert room64.carol.lines()[1:] == [
            "alice: hello",
            "alice: !DISCONNECT",
            "* alice left the chat!",
        ]
        room64.world.advance(5)
        assert alice.closed
        assert stranger.closed

    def test_characters_counted_instead_of_bytes(self, room64: Class) -> None:
        alice = room64.world.connect()
        for text in ("[alice] : hello", "[alice] : café olé", "[alice] : after"):
            header = str(len(text)).encode().ljust(64)
            alice.send_bytes(header + text.encode())
        said = [line.removeprefix("alice: ") for line in room64.carol.lines()[1:]]
        assert said == ["hello", "café ol", "after"]
        (told,) = room64.came(alice)
        assert "count bytes, not characters" in told

    def test_a_character_cut_in_half_is_dropped(self, room64: Class) -> None:
        alice = room64.world.connect()
        text = "[alice] : olé"
        alice.send_bytes(str(len(text)).encode().ljust(64) + text.encode())
        assert room64.carol.lines()[1:] == ["alice: ol"]

    def test_notices_come_from_the_server(self, room64: Class) -> None:
        alice = room64.world.connect()
        room64.send(alice, "[alice] : hello")
        room64.world.hub.tell_all("lunch", "announcement")
        room64.carol.send("PRIV alice psst", "ME waves", "NICK caroline", "QUIT")
        assert room64.came(alice) == [
            "[server] : lunch",
            "[carol (private)] : psst",
            "[carol] : * waves",
        ]

    def test_a_message_without_a_name(self, room64: Class) -> None:
        alice = room64.world.connect()
        room64.send(alice, "[alice] : hello", "no name")
        assert room64.came(alice) == ["[server] : Start each message with [name] :"]
        assert room64.carol.lines()[1:] == ["alice: hello"]


class TestHeader10:
    def test_names_and_messages(self, room10: Class) -> None:
        alice, bob = room10.world.connect(), room10.world.connect()
        room10.send(bob, "bob")
        room10.send(alice, "alice", "hello", "you\n")
        name = b"5         alice"
        assert bob.bytes() == name + b"5         hello" + name + b"3         you"
        assert room10.came(alice) == []
        assert room10.carol.lines()[1:] == [
            "* alice joined the chat!",
            "alice: hello",
            "alice: you",
        ]

    def test_no_notices(self, room10: Class) -> None:
        alice = room10.world.connect()
        room10.send(alice, "alice")
        room10.world.hub.tell_all("lunch", "announcement")
        room10.carol.send("PRIV alice psst", "ME waves", "NICK caroline", "QUIT")
        assert room10.came(alice) == ["carol (private)", "psst", "carol", "* waves"]

    @pytest.mark.parametrize(
        ("name", "why"),
        [
            ("carol", "carol is taken; try carol_"),
            ("not a nick", "Bad nick; "),
            ("", "No nick given"),
            ("Server", "Server is not for people"),
        ],
    )
    def test_a_refused_name_closes(self, room10: Class, name: str, why: str) -> None:
        client = room10.world.connect()
        room10.send(client, name, "hello")
        sender, text = room10.came(client)
        assert sender == "server"
        assert text.startswith(why)
        room10.world.advance(5)
        assert client.closed
        assert room10.carol.bytes() == b""


@pytest.mark.parametrize("door", DOORS)
class TestBoth:
    @pytest.fixture
    def room(self, door: type[TextbookDoor]) -> Class:
        return Class(door, 64 if door is Header64Door else 10)

    @pytest.fixture
    def enter(self, room: Class, door: type[TextbookDoor]) -> Callable[[], Client]:
        def enter() -> Client:
            client = room.world.connect()
            room.send(client, NICKS[door])
            room.skip(client)
            return client

        return enter

    def header(self, room: Class, length: object) -> bytes:
        return str(length).encode().ljust(room.width)

    def test_a_stranger_whose_header_is_none_is_sent_away(self, room: Class) -> None:
        for bad in ("five", -5, 10**7):
            client = room.world.connect()
            client.send_bytes(self.header(room, bad) + b"hello")
            assert "server" in room.came(client)[0]
            room.world.advance(5)
            assert client.closed

    def test_somebody_is_told_and_goes_on(
        self, room: Class, enter: Callable[[], Client]
    ) -> None:
        alice = enter()
        text = "[alice] : hello" if room.width == 64 else "hello"
        for bad in ("five", -5, 10**7):
            alice.send_bytes(self.header(room, bad))
            assert len(room.came(alice)) == (1 if room.width == 64 else 2)
            room.send(alice, text)
            assert room.carol.lines() == ["alice: hello"]

    def test_a_length_that_never_arrives(
        self, room: Class, enter: Callable[[], Client]
    ) -> None:
        alice = enter()
        alice.send_bytes(self.header(room, 100) + b"only this")
        room.world.advance(STALL * 0.9)
        alice.send_bytes(b"!")
        assert alice.bytes() == b""
        room.world.advance(STALL * 0.2)
        assert "90 of 100 bytes missing" in room.came(alice)[-1]
        text = "[alice] : hello" if room.width == 64 else "hello"
        room.send(alice, text)
        assert room.carol.lines() == ["alice: hello"]

    def test_each_message_has_its_time(
        self, room: Class, enter: Callable[[], Client]
    ) -> None:
        alice = enter()
        text = "[alice] : hello" if room.width == 64 else "hello"
        message = field(room.width, text)
        alice.send_bytes(message[:-1])
        for _ in range(3):
            room.world.advance(STALL * 0.9)
            alice.send_bytes(message[-1:] + message[:-1])
        alice.send_bytes(message[-1:])
        room.world.advance(STALL * 2)
        assert room.carol.lines() == ["alice: hello"] * 4
        assert alice.bytes() == b""

    def test_a_pause_for_flooding_is_no_fault_of_the_peer(
        self, door: type[TextbookDoor]
    ) -> None:
        room = Class(door, 64 if door is Header64Door else 10, flood=Rate(1, 1))
        alice = room.world.connect()
        room.send(alice, NICKS[door])
        text = "[alice] : hello" if room.width == 64 else "hello"
        message = field(room.width, text)
        room.world.advance(2)
        room.skip(alice)
        alice.send_bytes(message * 15 + message[:-1])
        room.world.advance(STALL * 1.6)
        assert alice.transport.reading
        alice.send_bytes(message[-1:] + message[:-1])
        room.world.advance(2)
        assert room.carol.lines() == ["alice: hello"] * 16
        assert alice.bytes() == b""

    def test_after_a_pause_for_flooding_the_rest_has_its_time(
        self, door: type[TextbookDoor]
    ) -> None:
        room = Class(door, 64 if door is Header64Door else 10, flood=Rate(1, 1))
        alice = room.world.connect()
        begun = self.header(room, 100)
        alice.send_bytes(field(room.width, NICKS[door]) * 15 + begun)
        room.world.advance(STALL * 1.9)
        room.skip(alice)
        room.world.advance(STALL * 0.2)
        assert "100 of 100 bytes missing" in room.came(alice)[-1]

    def test_a_stranger_whose_length_never_arrives(self, room: Class) -> None:
        client = room.world.connect()
        client.send_bytes(self.header(room, 100))
        room.world.advance(STALL + 5)
        assert client.closed

    def test_endless_garbage_is_ended(
        self, room: Class, enter: Callable[[], Client]
    ) -> None:
        alice = enter()
        for _ in range(10):
            alice.send_bytes(b"x" * 1000)
        assert "Nothing here looks like a message" in room.came(alice)[-1]
        room.world.advance(5)
        assert alice.closed
        assert room.carol.lines() == ["* alice left the chat! (bad messages)"]

    def test_a_browser_says_nothing(self, room: Class) -> None:
        client = room.world.connect()
        client.send_bytes(
            b"POST / HTTP/1.1\r\nHost: x\r\n\r\n" + field(room.width, "[mallory] : hi")
        )
        room.world.advance(5)
        assert client.closed
        assert room.carol.bytes() == b""

    def test_nothing_is_left_behind(
        self, room: Class, enter: Callable[[], Client]
    ) -> None:
        enter().reset()
        alice = enter()
        alice.send_bytes(self.header(room, 100))
        alice.reset()
        room.carol.reset()
        room.world.advance(3)
        assert room.world.clock.getDelayedCalls() == []
