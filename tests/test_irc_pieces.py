"""What takes more than one line of IRC: how it is shown, and how it is deleted.

Sources: IRCv3 multiline, "Fallback" and "Message ids"; message-redaction.
"""

from __future__ import annotations

import re

import pytest

from tests.irc_support import Network
from tests.support import Client, skip
from twisted_chat.hub import messages

PLAIN = "message-tags draft/message-redaction"
MULTILINE = f"{PLAIN} batch draft/multiline"
LONG = " ".join(f"word{number}" for number in range(250))


def begin(caps: str) -> tuple[Client, Client]:
    """Who writes, with an IRC client as long ones are not, and who reads."""
    world = Network(flood=None)
    bob, alice = world.netcat("bob"), world.irc("alice", caps)
    bob.send("FORMAT json")
    skip(bob, alice)
    return bob, alice


def msgids(lines: list[str]) -> list[str]:
    return re.findall(r"msgid=([^; ]+)", " ".join(lines))


def redacted(lines: list[str]) -> list[str]:
    return [line.split()[3] for line in lines if " REDACT " in line]


@pytest.mark.parametrize("act", ["msg", "me"])
@pytest.mark.parametrize("caps", [PLAIN, MULTILINE])
def test_every_piece_is_redacted(act: str, caps: str) -> None:
    bob, alice = begin(caps)
    bob.send(f'{{"do": "{act}", "text": "{LONG}"}}')
    shown = msgids(alice.lines())
    whole = caps == MULTILINE and act == "msg"
    assert len(shown) == (1 if whole else 5)
    bob.send("DELETE 1")
    gone = redacted(alice.lines())
    assert set(shown) <= set(gone)
    assert len(gone) <= 3 * len(shown)
    assert whole is (gone == shown)


def test_also_when_it_says_less_now_and_under_another_nick() -> None:
    bob, alice = begin(PLAIN)
    bob.send(f'{{"do": "msg", "text": "{LONG}"}}')
    shown = msgids(alice.lines())
    bob.send("EDIT 1 short", "NICK b", "DELETE 1")
    assert set(shown) <= set(redacted(alice.lines()))


def test_a_short_one_has_one_redact() -> None:
    bob, alice = begin(PLAIN)
    bob.send("MSG short", "DELETE 1")
    assert redacted(alice.lines()) == ["1#lobby"]


def test_with_all_that_somebody_wrote() -> None:
    world = Network(flood=None, operators=frozenset({"root"}))
    root, bob = world.netcat("root"), world.netcat("bob")
    root.send("REGISTER open-sesame")
    alice = world.irc("alice", PLAIN)
    bob.send(f"MSG {LONG}")
    shown = msgids(alice.lines())
    messages.purge(root.connection.session, "bob", "", 0.0)
    world.settle()
    assert len(shown) > 1
    assert set(shown) <= set(redacted(alice.lines()))


@pytest.mark.parametrize("caps", [PLAIN, MULTILINE])
def test_lines_that_were_messages_of_their_own(caps: str) -> None:
    """Only the first may have a msgid; of the others the server says so in words."""
    bob, alice = begin(caps)
    bob.send('{"do": "msg", "text": "one\\n\\ntwo\\nthree"}')
    assert msgids(alice.lines()) == ["1#lobby"]
    bob.send("DELETE 1")
    told = alice.lines()
    assert redacted(told) == ["1#lobby"]
    words = [line.partition(" NOTICE ")[2] for line in told if " NOTICE " in line]
    assert words == ["#lobby :A message of bob was deleted"] * (caps == PLAIN)


def test_a_long_line_is_joined_again() -> None:
    """IRCv3 multiline: draft/multiline-concat, as it comes and as it goes."""
    world = Network(flood=None)
    alice, carol = world.irc("alice", MULTILINE), world.irc("carol", MULTILINE)
    bob = world.netcat("bob")
    skip(bob, carol)
    first, second = LONG[:390], LONG[390:700]
    alice.send(
        "BATCH +1 draft/multiline #lobby",
        f"@batch=1 PRIVMSG #lobby :{first}",
        f"@batch=1;draft/multiline-concat PRIVMSG #lobby :{second}",
        "@batch=1 PRIVMSG #lobby :and more",
        "BATCH -1",
    )
    assert bob.lines()[-2:] == [f"alice: {first}{second}", "alice: and more"]
    assert joined(carol.lines()) == f"{first}{second}\nand more"
    bob.send(f"MSG {LONG}")
    assert joined(carol.lines()) == LONG


def joined(lines: list[str]) -> str:
    """What a client makes of a batch."""
    text = ""
    opened = False
    for line in lines:
        if " PRIVMSG " not in line:
            continue
        tags, _, rest = line.partition(" PRIVMSG #lobby :")
        text += rest if "draft/multiline-concat" in tags or not opened else f"\n{rest}"
        opened = True
        assert len(line.partition(" ")[2].encode()) <= 510
    return text
