"""How far somebody has read (IRCv3 read-marker)."""

from __future__ import annotations

from typing import NamedTuple

import pytest

from tests.irc_support import Network, S, matches
from tests.support import Client, skip
from twisted_chat.doors.irc.read_times import MAX_KNOWN
from twisted_chat.history import Tail

CAPS = "draft/read-marker message-tags server-time"
ALICE = ":alice!~alice@account-alice"


def time(second: int) -> str:
    return f"timestamp=2023-11-14T22:13:2{second}.000Z"


class Scene(NamedTuple):
    """alice, by two clients, and bob in #own, where bob said 1 to 3, a second each.

    He has written 1 and 2 to her in private as well.
    """

    world: Network
    alice: Client
    other: Client
    bob: Client


def scene(caps: str = CAPS) -> Scene:
    world = Network(private=True, flood=None)
    alice, bob = world.irc("alice", caps), world.irc("bob", caps)
    alice.send("REGISTER open-sesame", "JOIN #own")
    bob.send("REGISTER open-sesame", "JOIN #own")
    other = world.irc("other", caps)
    other.send("LOGIN alice open-sesame")
    for number in range(3):
        bob.send(f"PRIVMSG #own :{number + 1}")
        if number:
            bob.send(f"PRIVMSG alice :{number}")
        world.advance(1)
    skip(alice, other, bob)
    return Scene(world, alice, other, bob)


INVALID = f"{S} FAIL MARKREAD INVALID_PARAMS"
CASES = [
    # What alice sends, her answer, and what her other client is told; never bob.
    ("MARKREAD #own", "#own *", ""),
    (f"MARKREAD #own {time(1)}", f"#own {time(1)}", f"#own {time(1)}"),
    (f"MARKREAD #OWN {time(9)}", f"#OWN {time(2)}", f"#own {time(2)}"),
    ("MARKREAD bob", "bob *", ""),
    (f"MARKREAD bob {time(1)}", f"bob {time(1)}", f"bob {time(1)}"),
    ("MARKREAD nobody", "nobody *", ""),
    ("MARKREAD", f"{S} FAIL MARKREAD NEED_MORE_PARAMS :Missing parameters", ""),
    ("MARKREAD #own *", f"{INVALID} #own * :Invalid timestamp", ""),
    ("MARKREAD #own timestamp=x", f"{INVALID} #own x :Invalid timestamp", ""),
    ("MARKREAD #none", "#none *", ""),
    (f"MARKREAD #none {time(1)}", f"{INVALID} #none :You are not in that channel", ""),
    # With guests nothing is kept: it is this client's alone.
    (f"MARKREAD eve {time(1)}", f"eve {time(1)}", ""),
    ("MARKREAD :a b", "* *", ""),
    (f"MARKREAD a*b {time(1)}", f"{S} FAIL MARKREAD INTERNAL_ERROR a*b :…", ""),
    (f"MARKREAD {'x' * 99} {time(1)}", f"{S} FAIL MARKREAD INTERNAL_ERROR x…", ""),
]


@pytest.mark.parametrize(("sent", "answer", "other"), CASES, ids=[c[0] for c in CASES])
def test_markread(sent: str, answer: str, other: str) -> None:
    here = scene()
    (line,) = here.alice.ask(sent)
    expected = answer if answer.startswith(":") else f"{S} MARKREAD {answer}"
    assert matches(expected, line), line
    assert here.other.lines() == ([f"{S} MARKREAD {other}"] if other else [])
    assert here.bob.lines() == []


def test_it_never_goes_back() -> None:
    here = scene()
    here.alice.send(f"MARKREAD #own {time(2)}")
    skip(here.alice, here.other)
    assert here.alice.ask(f"MARKREAD #own {time(0)}") == [
        f"{S} MARKREAD #own {time(2)}"
    ]
    assert here.other.lines() == []


def test_other_doors_are_one_of_ones_own() -> None:
    """READ at the line protocol is told to IRC clients, and the other way round."""
    here = scene()
    line = here.world.netcat("lines")
    line.send("LOGIN alice open-sesame", "FORMAT json")
    skip(line, here.alice)
    line.send("READ #own 2")
    assert here.alice.lines() == [f"{S} MARKREAD #own {time(1)}"]
    skip(line)
    here.alice.send(f"MARKREAD bob {time(2)}")
    (event,) = line.events()
    assert (event["event"], event["with"], event["id"]) == ("read", "bob", 2)


@pytest.mark.parametrize(
    ("caps", "shown"),
    [
        (CAPS, ["JOIN", "MARKREAD", "353", "366"]),
        (f"{CAPS} no-implicit-names", ["JOIN", "MARKREAD"]),
        ("", ["JOIN", "353", "366"]),
    ],
)
@pytest.mark.parametrize("read", [True, False])
def test_it_is_told_before_the_end_of_the_names(
    caps: str, shown: list[str], read: bool
) -> None:
    """Also where the message has to be looked up: it is no longer at hand."""
    here = scene(caps)
    if read:
        here.bob.send("READ #own 2")
        here.alice.send("READ #own 2")
    here.alice.send("CAP REQ draft/chathistory", "PART #own")
    if not read:
        here.world.hub.markers.drop(here.alice.user.author)
    here.world.hub.rooms["#own"].tail = Tail()
    here.alice.connection.read_times.clear()  # type: ignore[attr-defined]
    skip(here.alice)
    lines = here.alice.ask("JOIN #own")
    bare = [line.partition(" ")[2] if line[0] == "@" else line for line in lines]
    assert [line.split(" ")[1] for line in bare] == shown
    if "MARKREAD" in shown:
        assert lines[1] == f"{S} MARKREAD #own {time(1) if read else '*'}"


def test_those_of_guests_last_as_long_as_their_connection() -> None:
    """Also where they leave and come, or the room is called otherwise."""
    world = Network()
    alice = world.irc("alice", CAPS)
    assert alice.ask("JOIN #own")[1] == f"{S} MARKREAD #own *"
    world.advance(5)
    for target, asked, told in (
        ("#own", 3, 3),
        ("#own", 2, 3),
        ("#own", 9, 5),
        ("bob", 1, 1),
    ):
        answer = [f"{S} MARKREAD {target} {time(told)}"]
        assert alice.ask(f"MARKREAD {target} {time(asked)}") == answer
        assert alice.ask(f"MARKREAD {target}") == answer
    alice.send("RENAME #own #new", "JOIN #own")
    skip(alice)
    assert alice.ask("MARKREAD #new") == [f"{S} MARKREAD #new {time(5)}"]
    alice.send("PART #new")
    skip(alice)
    assert f"{S} MARKREAD #new {time(5)}" in alice.ask("JOIN #new")
    # An account has its own.
    alice.send("REGISTER open-sesame")
    skip(alice)
    assert alice.ask("MARKREAD #new") == [f"{S} MARKREAD #new *"]


def test_a_connection_remembers_a_limited_number() -> None:
    world = Network(flood=None)
    alice = world.irc("alice", CAPS)
    for number in range(MAX_KNOWN + 1):
        alice.send(f"MARKREAD nick{number} {time(0)}")
    skip(alice)
    assert alice.ask("MARKREAD nick0") == [f"{S} MARKREAD nick0 *"]
    assert alice.ask("MARKREAD nick1") == [f"{S} MARKREAD nick1 {time(0)}"]
