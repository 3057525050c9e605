"""What an IRC client is told as it comes in: made once for all, and whole."""

from __future__ import annotations

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from tests.irc_support import Network
from tests.support import skip
from twisted_chat.doors.irc.formats import MAX_CROWD
from twisted_chat.doors.irc.replies import wrapped
from twisted_chat.hub.room import CROWD

S = ":irc.Test"


def test_each_is_told_by_their_own_nick() -> None:
    world = Network(motd=("Be kind",))
    for nick in ("al", "n" * 32):
        client = world.connect()
        lines = client.ask(f"NICK {nick}", f"USER {nick} 0 * :x")
        numerics = [line.split(" ") for line in lines if line.startswith(f"{S} ")]
        assert {words[2] for words in numerics} == {nick}
        assert f"{S} 372 {nick} :- Be kind" in lines
        assert client.ask("MOTD")[1] == f"{S} 372 {nick} :- Be kind"


def test_a_long_line_of_the_day_fits_behind_any_nick() -> None:
    world = Network(motd=("ö" * 400,))
    for nick in ("al", "n" * 32):
        client = world.connect()
        client.send(f"NICK {nick}", f"USER {nick} 0 * :x")
        [line] = [line for line in client.lines() if " 372 " in line]
        assert line.endswith("ö")
        assert 400 < len(line.encode()) <= 510


def test_lusers_counts_whoever_has_no_nick_yet() -> None:
    world = Network()
    alice = world.irc("alice")

    def unknown() -> str:
        [line] = [line for line in alice.ask("LUSERS") if " 253 " in line]
        return line.split(" ")[3]

    before, later = world.connect(), world.connect()
    assert unknown() == "2"
    before.reset()
    assert unknown() == "1"
    later.send("NICK bob", "USER bob 0 * :Bob")
    assert unknown() == "0"
    copy = Network()
    world.connect()
    copy.hub.restore(world.hub.snapshot())
    assert copy.hub.count_nameless() == 1


def test_whoever_joins_a_person_who_is_here_is_known_to_lusers() -> None:
    world = Network()
    alice = world.irc("alice")
    alice.send("REGISTER open-sesame")
    other = world.connect()
    assert world.hub.count_nameless() == 1
    other.send("USER a 0 * :A", "LOGIN alice open-sesame")
    assert len(world.hub.users["alice"].sessions) == 2
    assert world.hub.count_nameless() == 0


def test_lusers_tells_who_is_invisible() -> None:
    """Modern specification, RPL_LUSERCLIENT: without, and with, user mode i."""
    world = Network()
    alice, bob = world.irc("alice"), world.irc("bob")
    world.netcat("carol")

    def counted() -> list[int]:
        [line] = [line for line in alice.ask("LUSERS") if " 251 " in line]
        return [int(word) for word in line.split() if word.isdecimal()][1:]

    assert counted() == [0, 3, 1]
    bob.send("REGISTER open-sesame", "MODE bob -i")
    assert counted() == [1, 2, 1]
    other = world.irc("other")
    other.send("LOGIN bob open-sesame", "MODE bob -i")
    assert counted() == [1, 2, 1]  # people, not their clients
    bob.send("MODE bob +i")
    assert counted() == [1, 2, 1]
    other.reset()
    assert counted() == [0, 3, 1]
    bob.send("MODE bob -i", "QUIT")
    assert counted() == [0, 2, 1]


@given(st.lists(st.text("ab", min_size=1, max_size=12)), st.integers(1, 20))
def test_wrapped(words: list[str], most: int) -> None:
    lines = list(wrapped(iter(words), most))
    assert " ".join(lines) == " ".join(words)
    for line in lines:
        assert len(line) <= most or " " not in line
    for line, following in pairwise(lines):
        assert len(line) + 1 + len(following.split(" ")[0]) > most


def test_a_crowd_that_comes_at_once_is_told_of_those_after_each() -> None:
    world = Network()
    for n in range(CROWD):
        world.netcat(f"nick{n}")
    alice = world.irc("alice")
    world.advance(2)
    skip(alice)
    one, two = world.irc("one"), world.irc("two")
    world.netcat("three")
    world.advance(2)
    joined = [f":{nick}!~{nick}@guest JOIN #lobby" for nick in ("one", "two", "three")]
    assert alice.lines() == joined
    assert one.lines() == joined[1:]
    assert two.lines() == joined[2:]
    one.send("PART #lobby :bye")
    skip(one)
    one.send("JOIN #lobby")
    world.advance(2)
    assert alice.lines() == []
    world.netcat("four")
    world.advance(2)
    assert alice.lines() == [":four!~four@guest JOIN #lobby"]


def test_of_a_crowd_no_more_is_made_than_is_told() -> None:
    world = Network()
    alice = world.irc("alice")
    for n in range(CROWD):
        world.netcat(f"nick{n}")
    world.advance(2)
    skip(alice)
    nicks = [f"n{n}_with_a_rather_long_nick" for n in range(500)]
    for nick in nicks:
        world.netcat(nick)
    world.advance(2)
    data = alice.bytes()
    assert MAX_CROWD < len(data) < MAX_CROWD + 200
    told = [line.split(b"!")[0][1:].decode() for line in data.splitlines()]
    assert told == nicks[: len(told)]
