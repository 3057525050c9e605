"""What holds behind every door: one suite, run through each of them.

To have a new door checked, describe it by an `Adapter` and derive a class::

    class TestMyDoor(DoorContract):
        adapter = MyAdapter()

The adapter says how a peer of that door comes in, speaks and leaves, and how
to read what it is sent; the suite knows nothing else of the door.  Beside the
door under test every world has the line door, where ``carol`` sits with netcat
and where the suite looks at what the door's people do to others.
"""

from __future__ import annotations

import gc
import re
import tracemalloc
from collections.abc import Callable
from typing import Any, NamedTuple
from weakref import finalize

import pytest

from twisted_chat.doors.base import Door
from twisted_chat.doors.frames import MAX_UNFINISHED
from twisted_chat.doors.line import LineDoor
from twisted_chat.hub import Hub
from twisted_chat.limits import Rate

from .support import Client, World

_SPEECH = re.compile(r"([A-Za-z_][\w-]*): (.*)", re.DOTALL)
_GONE = re.compile(r"\* (\S+) left the chat!.*")


class Heard(NamedTuple):
    nick: str
    text: str


class Adapter:
    """How the suite speaks through one door.

    :ivar door: makes the door for a hub.
    :ivar writes_private: a peer can write to one person.
    :ivar shows_leaving: a peer is told who left.
    :ivar shows_errors: a peer is told what was refused.
    :ivar must_register: a peer that never says who it is, is sent away.
    :ivar endless: bytes that never complete a message when repeated.
    :ivar garbage: what no peer of this door would send first.  Each is to be
        answered or ended, and to do nothing to anybody else.
    """

    door: Callable[[Hub], Door]
    writes_private = True
    shows_leaving = True
    shows_errors = True
    must_register = True
    endless = b"x" * 4096
    garbage: tuple[bytes, ...] = ()

    def connect(self, world: World, host: str = "127.0.0.1") -> Client:
        """A peer that has not said who it is."""
        return world.connect(host)

    def enter(self, world: World, nick: str) -> Client:
        """A peer in the lobby as `nick` (if this door lets it choose), who has
        read all that came until now."""
        client = self.connect(world)
        client.send_bytes(self.hello(nick))
        client.bytes()
        return client

    def hello(self, nick: str) -> bytes:
        """What brings a nick."""
        raise NotImplementedError

    def speech(self, nick: str, text: bytes) -> bytes:
        """One message to the room, as `nick`'s client would send it."""
        raise NotImplementedError

    def private(self, nick: str, to: str, text: str) -> bytes:
        """One message to `to` alone."""
        raise NotImplementedError

    def goodbye(self, nick: str) -> bytes:
        """What leaves in the door's own words; empty when one just hangs up."""
        return b""

    def heard(self, data: bytes) -> list[Heard]:
        """Who said what in the room, in order, of what a peer was sent."""
        raise NotImplementedError

    def shown(self, text: str) -> str:
        """How a peer that has sent ASCII only is shown `text`."""
        return text

    def gone(self, data: bytes) -> list[str]:
        """Who left the chat, of what a peer was sent."""
        return []


class TextAdapter(Adapter):
    """The line door's text: netcat and telnet."""

    door = LineDoor
    garbage: tuple[bytes, ...] = (
        b"GET / HTTP/1.1\r\nHost: x\r\n\r\n",
        b"\x16\x03\x01\x02\x00\x01",
        b"\n",
    )

    def hello(self, nick: str) -> bytes:
        return f"NICK {nick}\n".encode()

    def speech(self, nick: str, text: bytes) -> bytes:
        return b"MSG " + text + b"\n"

    def private(self, nick: str, to: str, text: str) -> bytes:
        return f"PRIV {to} {text}\n".encode()

    def goodbye(self, nick: str) -> bytes:
        return b"QUIT\n"

    def heard(self, data: bytes) -> list[Heard]:
        found = map(_SPEECH.fullmatch, data.decode().splitlines())
        return [Heard(*match.groups()) for match in found if match]

    def gone(self, data: bytes) -> list[str]:
        found = map(_GONE.fullmatch, data.decode().splitlines())
        return [match[1] for match in found if match]


TEXT = TextAdapter()
MESSAGES = [f"message {number}" for number in range(10)]


class DoorContract:
    """The suite.  A class derived from this sets `adapter`.

    :cvar kind: of what people come into.
    """

    adapter: Adapter
    kind: type[World] = World

    def world(self, **settings: Any) -> World:
        world = self.kind(self.adapter.door, **settings)
        self.lines = LineDoor(world.hub)
        return world

    def netcat(self, world: World, nick: str = "carol") -> Client:
        client = world.connect(door=self.lines)
        client.send(f"NICK {nick}")
        client.bytes()
        return client

    def say(self, client: Client, *texts: str) -> None:
        """Have `client` say `texts`, all in one packet."""
        nick = client.user.nick
        speeches = [self.adapter.speech(nick, text.encode()) for text in texts]
        client.send_bytes(b"".join(speeches))

    # Moderation

    def operator(self, world: World) -> Client:
        """Somebody with netcat who is an operator."""
        root = self.netcat(world, "root")
        root.send("REGISTER long-enough")
        return root

    def test_a_banned_address_is_refused_before_anything_is_read(self) -> None:
        world = self.world(operators=frozenset({"root"}))
        root = self.operator(world)
        here = self.adapter.connect(world, "192.0.2.7")
        here.bytes()
        root.send("BAN 192.0.2.0/24 1d begging")
        assert here.closed
        again = self.adapter.connect(world, "192.0.2.8")
        told = again.bytes()
        assert again.closed
        again.send_bytes(TEXT.hello("bob"))
        assert list(world.hub.users) == ["root"]
        if self.adapter.shows_errors:
            assert b"begging" in told
            assert b"2023-11-15" in told

    def test_a_kicked_person_is_sent_away(self) -> None:
        world = self.world(operators=frozenset({"root"}))
        root, alice = self.operator(world), self.adapter.enter(world, "alice")
        root.lines()
        root.send(f"KICK {alice.user.nick} begging")
        alice.send_bytes(self.adapter.speech("alice", b"one more word"))
        assert alice.closed
        [line] = root.lines()
        assert line.endswith("left the chat! (kicked by root: begging)")
        if self.adapter.shows_errors:
            assert b"begging" in alice.bytes()

    def test_a_muted_person_is_not_heard(self) -> None:
        world = self.world(operators=frozenset({"root"}))
        root, alice = self.operator(world), self.adapter.enter(world, "alice")
        root.send(f"MUTE {alice.user.nick}")
        root.lines()
        alice.bytes()
        self.say(alice, "buy this")
        assert root.lines() == []
        assert bool(alice.bytes()) is self.adapter.shows_errors

    # Speaking

    def test_say_reaches_all(self) -> None:
        world = self.world()
        alice = self.adapter.enter(world, "alice")
        bob = self.adapter.enter(world, "bob")
        carol = self.netcat(world)
        name = alice.user.nick
        self.say(alice, *MESSAGES)
        expected = [Heard(name, text) for text in MESSAGES]
        assert TEXT.heard(carol.bytes()) == expected
        assert [text for _, text in self.adapter.heard(bob.bytes())] == MESSAGES

    def test_every_door_reaches_it(self) -> None:
        world = self.world()
        alice = self.adapter.enter(world, "alice")
        carol = self.netcat(world)
        alice.bytes()
        carol.send(*(f"MSG {text}" for text in (*MESSAGES, "ünïcode 🎉 ¡olé!")))
        assert self.adapter.heard(alice.bytes()) == [
            Heard("carol", self.adapter.shown(text))
            for text in (*MESSAGES, "ünïcode 🎉 ¡olé!")
        ]

    def test_every_script_passes_through(self) -> None:
        world = self.world()
        alice = self.adapter.enter(world, "alice")
        carol = self.netcat(world)
        self.say(alice, "žluťoučký кіт 猫 🐈‍⬛")
        assert [text for _, text in TEXT.heard(carol.bytes())] == [
            "žluťoučký кіт 猫 🐈‍⬛"
        ]

    def test_private_reaches_one(self) -> None:
        if not self.adapter.writes_private:
            pytest.skip("this door has no private messages")
        world = self.world()
        alice = self.adapter.enter(world, "alice")
        bob = self.adapter.enter(world, "bob")
        carol, dave = self.netcat(world), self.netcat(world, "dave")
        bob.bytes()
        carol.bytes()
        alice.send_bytes(self.adapter.private("alice", "carol", "between us"))
        assert "PRIV alice: between us" in carol.lines()
        alice.send_bytes(self.adapter.private("alice", "bob", "you only"))
        assert b"you only" in bob.bytes()
        assert b"us" not in dave.bytes()
        assert carol.bytes() == b""

    def test_private_to_it_is_shown_to_it_alone(self) -> None:
        world = self.world()
        alice = self.adapter.enter(world, "alice")
        bob = self.adapter.enter(world, "bob")
        carol = self.netcat(world)
        bob.bytes()
        carol.send(f"PRIV {alice.user.nick} between us")
        assert b"between us" in alice.bytes()
        assert b"between us" not in bob.bytes()

    # Leaving

    def test_hanging_up_is_announced_once(self) -> None:
        self.check_leaving(Client.reset)

    def test_closing_half_is_leaving(self) -> None:
        self.check_leaving(Client.half_close)

    def test_goodbye_is_announced_once(self) -> None:
        if not self.adapter.goodbye("alice"):
            pytest.skip("this door has no word for leaving")
        world = self.check_leaving(
            lambda alice: alice.send_bytes(self.adapter.goodbye("alice"))
        )
        assert sum(len(door.connections) for door in world.doors) == 1

    def check_leaving(self, leave: Callable[[Client], None]) -> World:
        world = self.world()
        alice = self.adapter.enter(world, "alice")
        bob = self.adapter.enter(world, "bob")
        carol = self.netcat(world)
        name = alice.user.nick
        bob.bytes()
        leave(alice)
        seen, shown = carol.bytes(), bob.bytes()
        world.advance(10)
        alice.reset()
        assert TEXT.gone(seen + carol.bytes()) == [name]
        left = self.adapter.gone(shown + bob.bytes())
        assert left == ([name] if self.adapter.shows_leaving else [])
        assert name.lower() not in world.hub.users
        return world

    def test_words_before_hanging_up_arrive(self) -> None:
        world = self.world()
        alice = self.adapter.enter(world, "alice")
        carol = self.netcat(world)
        self.say(alice, *MESSAGES)
        alice.half_close()
        assert [text for _, text in TEXT.heard(carol.bytes())] == MESSAGES

    def test_silence_is_ended(self) -> None:
        if not self.adapter.must_register:
            pytest.skip("nobody says who they are at this door")
        world = self.world(patience=60.0)
        client = self.adapter.connect(world)
        world.advance(70)
        assert client.closed

    # Limits

    def test_flood_is_delayed_and_nothing_lost(self) -> None:
        world = self.world(flood=Rate(5, 2))
        alice = self.adapter.enter(world, "alice")
        carol = self.netcat(world)
        world.advance(10)
        self.say(alice, *MESSAGES)
        assert not alice.transport.reading
        first = [text for _, text in TEXT.heard(carol.bytes())]
        assert first == MESSAGES[:5]
        world.advance(1)
        then = [text for _, text in TEXT.heard(carol.bytes())]
        assert then == MESSAGES[5:7]
        world.advance(10)
        rest = [text for _, text in TEXT.heard(carol.bytes())]
        assert rest == MESSAGES[7:]
        assert alice.transport.reading

    def test_a_paste_of_40_lines_arrives_whole(self) -> None:
        world = self.world(flood=Rate(5, 2))
        alice = self.adapter.enter(world, "alice")
        carol = self.netcat(world)
        name = alice.user.nick
        world.advance(10)
        texts = [f"line {number}" for number in range(40)]
        alice.send_bytes(
            b"".join(self.adapter.speech(name, text.encode()) for text in texts)
        )
        world.advance(20)
        assert [text for _, text in TEXT.heard(carol.bytes())] == texts
        assert alice.transport.reading

    def test_endless_flood_is_ended(self) -> None:
        world = self.world(flood=Rate(5, 2), waiting=1000)
        alice = self.adapter.enter(world, "alice")
        carol = self.netcat(world)
        name = alice.user.nick
        for _ in range(20):
            if not alice.closed:
                nick_texts = [self.adapter.speech(name, b"again")] * 10
                alice.send_bytes(b"".join(nick_texts))
        world.advance(10)
        assert alice.closed
        seen = carol.bytes()
        assert TEXT.gone(seen) == [name]
        assert len(TEXT.heard(seen)) <= 30

    def test_slow_reader_is_dropped(self) -> None:
        world = self.world(send_queue=64 * 1024)
        alice = self.adapter.enter(world, "alice")
        bob = self.adapter.enter(world, "bob")
        carol = self.netcat(world)
        name = alice.user.nick
        bob.bytes()
        alice.transport.stall()
        for number in range(400):
            carol.send(f"MSG {number} {'x' * 1000}")
            world.turn()
        assert alice.transport.aborted
        assert alice.closed
        assert len(self.adapter.heard(bob.bytes())) == 400
        assert TEXT.gone(carol.bytes()) == [name]

    def test_too_long_is_refused_whole(self) -> None:
        world = self.world()
        alice = self.adapter.enter(world, "alice")
        carol = self.netcat(world)
        alice.bytes()
        self.say(alice, "x" * 4001, "after")
        assert [text for _, text in TEXT.heard(carol.bytes())] == ["after"]
        assert bool(alice.bytes()) >= self.adapter.shows_errors

    def test_memory_is_bounded(self) -> None:
        world = self.world()
        for client in (self.adapter.connect(world), self.adapter.enter(world, "eve")):
            tracemalloc.start()
            try:
                for _ in range(1000):
                    if not client.closed:
                        client.send_bytes(self.adapter.endless)
                    client.transport.taken.clear()
                    client.transport.writes.clear()
                kept, _ = tracemalloc.get_traced_memory()
            finally:
                tracemalloc.stop()
            assert kept < 512 * 1024

    @pytest.mark.parametrize("flood", [None, Rate(5, 2)])
    def test_what_never_ends_is_closed(self, flood: Rate | None) -> None:
        world = self.world(flood=flood)
        fresh, eve = self.adapter.connect(world), self.adapter.enter(world, "eve")
        carol = self.netcat(world)
        name = eve.user.nick
        for client in (fresh, eve):
            sent = 0
            while not client.closed:
                client.send_bytes(self.adapter.endless)
                sent += len(self.adapter.endless)
                assert sent < 2 * MAX_UNFINISHED
            world.advance(5)
            assert client.closed
        assert TEXT.gone(carol.bytes()).count(name) == 1

    @pytest.mark.parametrize("after", [0, 70])
    @pytest.mark.parametrize("leave", [Client.reset, Client.half_close])
    def test_a_closed_connection_is_freed(
        self, leave: Callable[[Client], None], after: float
    ) -> None:
        """Without the search for cycles, which a server makes rarely."""
        world = self.world()
        carol = self.netcat(world)
        alice = self.adapter.enter(world, "alice")
        self.say(alice, "hello")
        freed: list[bool] = []
        finalize(alice.connection, freed.append, True)
        carol.bytes()
        world.advance(after)
        gc.disable()
        try:
            leave(alice)
            world.advance(20)
            assert alice.closed
            del alice
            assert freed
        finally:
            gc.enable()

    # Hostile bytes

    def test_no_control_characters(self) -> None:
        world = self.world()
        alice = self.adapter.enter(world, "alice")
        bob = self.adapter.enter(world, "bob")
        carol = self.netcat(world)
        bob.bytes()
        carol.bytes()
        self.say(alice, "\x1b[31mred\x07\x00 \u202eright\u2028to\x9bleft\x7f", "after")
        seen = carol.bytes().decode()
        assert all(char.isprintable() or char == "\n" for char in seen), seen
        told = self.adapter.heard(bob.bytes())
        assert [text for _, text in told][-1] == "after"
        assert all(text.isprintable() for _, text in told), told

    def test_bad_utf8_is_refused(self) -> None:
        world = self.world()
        alice = self.adapter.enter(world, "alice")
        bob = self.adapter.enter(world, "bob")
        carol = self.netcat(world)
        alice.bytes()
        bob.bytes()
        carol.bytes()
        alice.send_bytes(self.adapter.speech(alice.user.nick, b"caf\xe9 \xc3("))
        assert bool(alice.bytes()) >= self.adapter.shows_errors
        assert carol.bytes() == b""
        assert self.adapter.heard(bob.bytes()) == []
        self.check_undisturbed(world, bob, carol)

    def test_garbage_disturbs_nobody(self) -> None:
        if not self.adapter.garbage:
            pytest.skip("any bytes are speech at this door")
        world = self.world()
        bob = self.adapter.enter(world, "bob")
        carol = self.netcat(world)
        bob.bytes()
        for garbage in self.adapter.garbage:
            client = self.adapter.connect(world)
            client.send_bytes(garbage)
            assert carol.bytes() == b"", garbage
            assert bob.bytes() == b"", garbage
            world.advance(200)
            assert client.closed, garbage
        self.check_undisturbed(world, bob, carol)

    def test_pieces_of_one_byte(self) -> None:
        world = self.world()
        alice = self.adapter.enter(world, "alice")
        carol = self.netcat(world)
        for text in ("one", "two ünïcode", "three"):
            speech = self.adapter.speech(alice.user.nick, text.encode())
            for at in range(len(speech)):
                alice.send_bytes(speech[at : at + 1])
        told = [text for _, text in TEXT.heard(carol.bytes())]
        assert told == ["one", "two ünïcode", "three"]

    def check_undisturbed(self, world: World, bob: Client, carol: Client) -> None:
        self.say(bob, "still here")
        assert [text for _, text in TEXT.heard(carol.bytes())] == ["still here"]
        carol.send("MSG me too")
        assert self.adapter.heard(bob.bytes())[-1] == Heard("carol", "me too")
