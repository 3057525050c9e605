"""Messages of several lines (IRCv3 client-batch, multiline)."""

from __future__ import annotations

import pytest

from tests.irc_support import Network
from tests.support import skip
from twisted_chat.doors.irc import lines
from twisted_chat.doors.irc.capabilities.multiline import (
    BatchError,
    OpenBatch,
)
from twisted_chat.doors.irc.capabilities.table import CAPABILITIES
from twisted_chat.doors.irc.formats import Formats
from twisted_chat.events import Said, Whispered
from twisted_chat.names import MAX_LINES, TEXT_LENGTH

S = ":irc.Test"
BOB = ":bob!~bob@unknown"
SOURCE = "bob!~bob@unknown"

READ = [
    # What comes: the command, the target, the text, whether it is joined; what is said.
    ([("PRIVMSG", "#a", "one", False), ("PRIVMSG", "#A", "two", False)], "one\ntwo"),
    ([("PRIVMSG", "#a", "", False), ("PRIVMSG", "#a", "x", False)], "\nx"),
    ([("PRIVMSG", "#a", "how ", False), ("PRIVMSG", "#a", "is", True)], "how is"),
    ([("NOTICE", "#a", "  code", False), ("NOTICE", "#a", "", False)], "  code\n"),
]


@pytest.mark.parametrize(("sent", "text"), READ)
def test_a_batch_is_one_text(sent: list[tuple[str, str, str, bool]], text: str) -> None:
    batch = OpenBatch("1", "#a", 60.0, 40)
    for line in sent:
        batch.add(*line)
    assert batch.text() == text
    assert batch.kind == sent[0][0]


FAILURES = [
    ([("JOIN", "#a", "x", False)], "MULTILINE_INVALID"),
    (
        [("PRIVMSG", "#a", "x", False), ("NOTICE", "#a", "x", False)],
        "MULTILINE_INVALID",
    ),
    ([("PRIVMSG", "#b", "x", False)], "MULTILINE_INVALID_TARGET"),
    ([("PRIVMSG", "#a", "x", True)], "MULTILINE_INVALID"),
    ([("PRIVMSG", "#a", "x", False), ("PRIVMSG", "#a", "", True)], "MULTILINE_INVALID"),
    ([], "MULTILINE_INVALID"),
    ([("PRIVMSG", "#a", " ", False)] * 2, "MULTILINE_INVALID"),
    ([("PRIVMSG", "#a", "x", False)] * 41, "MULTILINE_MAX_LINES"),
    ([("PRIVMSG", "#a", "x" * 400, False)] * 11, "MULTILINE_MAX_BYTES"),
    ([("PRIVMSG", "#a", "é" * (TEXT_LENGTH // 2 + 1), False)], "MULTILINE_MAX_BYTES"),
]


@pytest.mark.parametrize(("sent", "code"), FAILURES)
def test_a_batch_fails(sent: list[tuple[str, str, str, bool]], code: str) -> None:
    batch = OpenBatch("1", "#a", 60.0, 40)

    def read() -> str:
        for line in sent:
            batch.add(*line)
        return batch.text()

    with pytest.raises(BatchError) as error:
        read()
    assert error.value.args[0] == code


def test_how_it_looks() -> None:
    """With the capability and without; what is too long is cut between words."""
    formats = Formats(Network().hub, CAPABILITIES, "irc.Test")
    said = Said("#a", "bob", "one\n\n  two", 1_700_000_000.0, 7)
    batch = (
        f"@msgid=7#a {BOB} BATCH +m7 draft/multiline #a",
        f"@batch=m7 {BOB} PRIVMSG #a :one",
        f"@batch=m7 {BOB} PRIVMSG #a :",
        f"@batch=m7 {BOB} PRIVMSG #a :  two",
        f"{BOB} BATCH -m7",
    )
    apart = (f"@msgid=7#a {BOB} PRIVMSG #a :one", f"{BOB} PRIVMSG #a :  two")
    for caps, expected in (("draft/multiline", batch), ("", apart)):
        renderer, format = formats.get(frozenset({"message-tags", *caps.split()}))
        assert format.encode(said).decode().splitlines() == list(expected)
        whispered = Whispered("bob", ("eve",), "one\n\n  two", said.at)
        told = renderer.whisper(whispered, "eve").decode().splitlines()
        assert len(told) == len(expected)
        assert [line.count("msgid=") for line in told] == [1] + [0] * (len(told) - 1)
    action = formats.get(frozenset())[1].encode(said._replace(kind="action"))
    assert action.decode().splitlines() == [
        f"{BOB} PRIVMSG #a :\x01ACTION one\x01",
        f"{BOB} PRIVMSG #a :\x01ACTION   two\x01",
    ]


def test_a_long_line_is_joined_again() -> None:
    words = " ".join(f"word{number}" for number in range(120))
    shown = lines.batch(SOURCE, "PRIVMSG", "#a", words, "", "1").splitlines()[1:-1]
    assert len(shown) > 1
    assert (
        "".join(line.partition(" :")[2].partition(" :")[2] for line in shown) == words
    )
    assert [lines.CONCAT in line for line in shown] == [False] + [True] * (
        len(shown) - 1
    )
    assert all(len(line.partition(" ")[2]) <= 510 for line in shown)


@pytest.fixture
def world() -> Network:
    """A server where a text may have several lines."""
    return Network()


CAPS = "draft/multiline batch message-tags echo-message labeled-response"


def test_from_one_to_all(world: Network) -> None:
    """The label is that of what opened it, and the reply is one batch."""
    alice, bob = world.irc("alice", CAPS), world.irc("bob", "draft/multiline batch")
    carol = world.irc("carol")
    skip(alice, bob, carol)
    answer = alice.ask(
        "@label=7 BATCH +1 draft/multiline #lobby",
        "@batch=1 PRIVMSG #lobby :hello",
        "@batch=1 PRIVMSG #lobby :",
        "PING still-answered",
        "@batch=1 PRIVMSG #lobby :how is ",
        "@batch=1;draft/multiline-concat PRIVMSG #lobby :everyone?",
        "BATCH -1",
    )
    alice_is = ":alice!~alice@guest"
    assert answer == [
        f"{S} PONG irc.Test :still-answered",
        f"@label=7;msgid=1#lobby {alice_is} BATCH +m1 draft/multiline #lobby",
        f"@batch=m1 {alice_is} PRIVMSG #lobby :hello",
        f"@batch=m1 {alice_is} PRIVMSG #lobby :",
        f"@batch=m1 {alice_is} PRIVMSG #lobby :how is everyone?",
        f"{alice_is} BATCH -m1",
    ]
    assert len(bob.lines()) == 5
    assert carol.lines() == [
        f"{alice_is} PRIVMSG #lobby :hello",
        f"{alice_is} PRIVMSG #lobby :how is everyone?",
    ]


def test_a_blank_first_line(world: Network) -> None:
    """It is part of the message; without the capability nobody is sent it."""
    alice, bob = world.irc("alice", CAPS), world.irc("bob", "draft/multiline batch")
    carol, dave = world.irc("carol", "message-tags"), world.netcat("dave")
    skip(bob, carol, dave)
    alice.send(
        "BATCH +1 draft/multiline #lobby",
        "@batch=1 PRIVMSG #lobby :",
        "@batch=1 PRIVMSG #lobby : /\\_/\\",
        "@batch=1 PRIVMSG #lobby :",
        "BATCH -1",
    )
    alice_is = ":alice!~alice@guest"
    assert [line.partition(" PRIVMSG #lobby :")[2] for line in bob.lines()[1:-1]] == [
        "",
        " /\\_/\\",
    ]
    assert carol.lines() == [f"@msgid=1#lobby {alice_is} PRIVMSG #lobby : /\\_/\\"]
    assert dave.lines() == ["alice: ", "alice:  /\\_/\\"]


REFUSED = [
    (("BATCH +1 foo #lobby",), "UNKNOWN_TYPE 1 foo"),
    (("BATCH +",), "INVALID_REFTAG *"),
    (("BATCH +1",), "UNKNOWN_TYPE 1 *"),
    (("BATCH +1 draft/multiline",), "MULTILINE_INVALID"),
    (("BATCH -1",), "MULTILINE_INVALID"),
    (("BATCH +1 draft/multiline #lobby", "BATCH -1"), "MULTILINE_INVALID"),
    (
        ("BATCH +1 draft/multiline #lobby", "@batch=2 PRIVMSG #lobby x", "BATCH -1"),
        "MULTILINE_INVALID",
    ),
    (
        (
            "BATCH +1 draft/multiline #lobby",
            "@batch=1 PRIVMSG #den x",
            "@batch=1 PRIVMSG #lobby x",
            "BATCH -1",
        ),
        "MULTILINE_INVALID_TARGET #lobby #den",
    ),
]


@pytest.mark.parametrize(("sent", "told"), REFUSED)
def test_refused(world: Network, sent: tuple[str, ...], told: str) -> None:
    """It is told once, and nothing is said."""
    bob, alice = world.irc("bob"), world.irc("alice", CAPS)
    skip(bob)
    (line,) = alice.ask(*sent)
    assert line.startswith(f"{S} FAIL BATCH {told} :")
    assert bob.lines() == []


def test_what_is_left_open_is_dropped(world: Network) -> None:
    bob, alice = world.irc("bob"), world.irc("alice", CAPS)
    skip(bob)
    alice.send("BATCH +1 draft/multiline #lobby", "@batch=1 PRIVMSG #lobby :x")
    world.clock.advance(61)
    assert alice.ask("BATCH -1") == [
        f"{S} FAIL BATCH TIMEOUT 1 :It was open for too long"
    ]
    assert bob.lines() == []


def test_it_is_offered_with_its_limits() -> None:
    offered = " ".join(Network().irc("alice").ask("CAP LS 302"))
    limits = f"max-bytes={TEXT_LENGTH},max-lines={MAX_LINES}"
    assert f"draft/multiline={limits}" in offered
