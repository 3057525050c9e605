"""Which words the textbook doors hand on: no password, and what a client can read."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from twisted_chat.doors.textbook import DOORS
from twisted_chat.doors.textbook.ascii import nearest_ascii
from twisted_chat.doors.textbook.at import AtDoor
from twisted_chat.doors.textbook.headers import field
from twisted_chat.doors.textbook.nick import PAUSE, NickDoor

from .support import PASSWORD, Client
from .textbook_support import Class

Speech = Callable[[str, str], bytes]
SPEECH: dict[str, Speech] = {
    "nick": lambda nick, text: f"{nick}: {text}\n".encode(),
    "header64": lambda nick, text: field(64, f"[{nick}] : {text}"),
    "raw": lambda nick, text: f"{text}\n".encode(),
    "header10": lambda nick, text: field(10, text),
    "at": lambda nick, text: f"{text}\n".encode(),
}
HELLO: dict[str, Callable[[str], bytes]] = {
    "nick": lambda nick: f"{nick}\n".encode(),
    "header64": lambda nick: field(64, f"[{nick}] : "),
    "raw": lambda nick: b"",
    "header10": lambda nick: field(10, nick),
    "at": lambda nick: f"{nick}\n".encode(),
}
SECRETS = [
    "LOGIN hunter2",
    "login hunter2",
    "  /LOGIN hunter2",
    "\\login hunter2",
    "/ login hunter2",
    "\x00LOGIN\x00 hunter2",
    "LOGIN\thunter2",
    "LOGIN alice hunter2",
    "login: hunter2",
    '"LOGIN hunter2"',
    "LOGIN my words are hunter2",
    "REGISTER hunter2",
    "/Register hunter2",
    "UNREGISTER hunter2",
    "PASSWD hunter1 hunter2",
    "IDENTIFY hunter2",
    "/msg NickServ identify hunter2",
    "/msg nickserv :IDENTIFY alice hunter2",
    "PRIVMSG NickServ :IDENTIFY hunter2",
    "NickServ: identify hunter2",
    "/ns identify hunter2",
    "/quote LOGIN hunter2",
    "@nickserv: login hunter2",
]
HARMLESS = [
    "login",
    "I can't login now",
    "the register says no",
    "logins are slow today",
    "registered people may enter",
    "ns is a domain's server",
    "msg me",
]


def enter(room: Class, kind: str, nick: str) -> Client:
    client = room.world.connect()
    client.bytes()
    client.send_bytes(HELLO[kind](nick))
    client.bytes()
    room.carol.bytes()
    return client


class TestPasswords:
    @pytest.mark.parametrize("kind", SPEECH)
    def test_are_never_handed_on(self, kind: str) -> None:
        room = Class(DOORS[kind])  # type: ignore[arg-type]
        alice = enter(room, kind, "alice")
        bob = enter(room, kind, "bob")
        bob.bytes()
        for secret in SECRETS:
            alice.bytes()
            alice.send_bytes(SPEECH[kind](alice.user.nick, secret))
            assert b"there is no logging in at this door" in alice.bytes(), secret
        assert bob.bytes() == room.carol.bytes() == b""
        room.carol.send("HISTORY")
        assert b"hunter" not in room.carol.bytes()

    @pytest.mark.parametrize("kind", SPEECH)
    def test_other_words_are(self, kind: str) -> None:
        room = Class(DOORS[kind])  # type: ignore[arg-type]
        alice = enter(room, kind, "alice")
        for text in HARMLESS:
            alice.send_bytes(SPEECH[kind](alice.user.nick, text))
        said = [line.partition(": ")[2] for line in room.carol.lines()]
        assert said == HARMLESS

    def test_not_in_private_either(self) -> None:
        room = Class(AtDoor)
        alice = room.enter("alice")
        alice.send("@carol: LOGIN hunter2")
        assert b"no logging in" in alice.bytes()
        assert room.carol.bytes() == b""

    def test_not_behind_what_only_looks_like_a_name(self) -> None:
        room = Class(NickDoor)
        alice = room.enter("alice")
        alice.send("LOGIN: hunter2", "bob: LOGIN hunter2")
        assert room.carol.bytes() == b""

    def test_not_in_a_later_line_of_a_message(self) -> None:
        room = Class(DOORS["header10"])  # type: ignore[arg-type]
        alice = enter(room, "header10", "alice")
        alice.send_bytes(field(10, "hello\nLOGIN hunter2"))
        assert room.carol.bytes() == b""

    def test_somebody_called_login_may_speak(self) -> None:
        room = Class(NickDoor)
        login = room.enter("login")
        login.send("login: hello")
        assert room.carol.lines() == ["login: hello"]


class TestRegisteredNicks:
    """Nobody could prove at these doors that a nick is theirs."""

    def registered(self, kind: str) -> tuple[Class, Client]:
        room = Class(DOORS[kind])  # type: ignore[arg-type]
        owner = room.netcat("alice")
        owner.send(f"REGISTER {PASSWORD}", "QUIT")
        room.world.turn()
        room.carol.bytes()
        return room, room.world.connect()

    @pytest.mark.parametrize("kind", ["nick", "header64", "header10", "at"])
    def test_are_refused_without_a_word_of_passwords(self, kind: str) -> None:
        room, client = self.registered(kind)
        client.bytes()
        client.send_bytes(HELLO[kind]("alice"))
        told = client.bytes()
        assert b"alice belongs to somebody; try alice_" in told
        assert not any(word in told.lower() for word in (b"login", b"password"))
        assert room.carol.bytes() == b"", "they never were alice"

    def test_another_can_be_chosen(self) -> None:
        room, client = self.registered("nick")
        client.send_bytes(b"alice\n")
        room.world.advance(PAUSE * 2)
        client.send_bytes(b"alice_\n")
        assert room.carol.lines() == ["* alice_ joined the chat!"]

    def test_nobody_changes_to_one(self) -> None:
        _, client = self.registered("header64")
        client.send_bytes(HELLO["header64"]("bob"))
        client.send_bytes(SPEECH["header64"]("alice", "it's me"))
        assert b"alice belongs to somebody" in client.bytes()
        assert client.user.nick == "bob"

    def test_where_people_log_in_there_is_time_to(self) -> None:
        room, _ = self.registered("at")
        client = room.world.connect(door=room.lines)
        client.send("NICK alice")
        assert "/login password within 30 s" in client.bytes().decode()


class TestAscii:
    """The best known client of the nick door ends at the first other byte."""

    def test_until_a_client_has_sent_something_else(self) -> None:
        room = Class(NickDoor)
        alice, bob = room.enter("alice"), room.enter("bob")
        alice.bytes()
        room.carol.send("MSG café", "TOPIC naïve", "PRIV alice “…”", "QUIT adé")
        told = alice.bytes()
        assert told.isascii()
        assert b"carol: cafe\n" in told
        assert b'carol (private): "..."\n' in told
        bob.send("bob: grüße")
        assert bob.bytes().decode().endswith("bob: grüße\n")
        assert alice.bytes() == b"bob: grusse\n"
        room.netcat("dave").send("MSG ünï")
        assert alice.lines() == ["dave joined the chat!", "dave: uni"]
        assert bob.lines() == ["dave joined the chat!", "dave: ünï"]

    def test_its_own_words_come_back_as_it_has_sent_them(self) -> None:
        room = Class(NickDoor)
        alice = room.world.connect()
        alice.send_bytes("alice: grüße\n".encode())
        assert alice.bytes().decode().endswith("\nalice: grüße\n")

    def test_a_refusal_is_ascii_too(self) -> None:
        room = Class(NickDoor, operators=frozenset({"carol"}))
        room.carol.send(f"REGISTER {PASSWORD}", "BAN mallory 1d für heute")
        client = room.world.connect()
        client.send_bytes(b"mallory\n")
        assert b"fur heute" in client.bytes()

    def test_two_encodings_a_turn_however_many_listen(self) -> None:
        """One for those who read ASCII, one for those who read UTF-8."""
        room = Class(NickDoor)
        listening = [room.enter(f"n{number}") for number in range(10)]
        for client in listening[:5]:
            client.send("ü")
        room.world.turn()
        formats = {client.connection.listener.format for client in listening}
        audiences = {client.connection.listener.audience for client in listening}
        assert len(formats) == len(audiences) == 2

    @pytest.mark.parametrize(
        ("text", "nearest"),
        [
            ("plain", "plain"),
            ("é È ç ñ å Ž ö", "e E c n a Z o"),
            ("e\u0301", "e"),
            ("“so” ‘so’ «so» …", '"so" \'so\' "so" ...'),
            ("a–b—c", "a-b-c"),
            ("Straße, Æsop, Œuvre, Łódź", "Strasse, AEsop, OEuvre, Lodz"),
            ("１２ ﬁ ½", "12 fi ?"),
            ("猫 кіт ¡", "? ??? ?"),
            ("🎉 👨‍👩‍👧 ❤️", "? ??? ?"),
            ("10\u00a0€", "10 ?"),
            ("ﷺ", "?"),
        ],
    )
    def test_the_nearest(self, text: str, nearest: str) -> None:
        assert nearest_ascii(text.encode()).decode() == nearest

    @given(st.text())
    def test_is_ascii_and_bounded(self, text: str) -> None:
        data = text.encode("utf-8", "ignore")
        near = nearest_ascii(data)
        assert near.isascii()
        assert near.count(b"\n") == data.count(b"\n")
        assert len(near) <= 3 * len(data)
