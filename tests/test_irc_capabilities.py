"""What each capability changes, one table a capability.

A case is what alice, who has the capability, and bob send, and what alice is then
told.  Both are in the lobby.  "…" is anything.  Sources: IRCv3's specifications.
"""

from __future__ import annotations

from typing import NamedTuple

import pytest
from twisted.internet.interfaces import ISSLTransport
from zope.interface import directlyProvides

from tests.irc_support import Network, S, matches, sasl
from tests.support import skip
from twisted_chat.doors.irc import IRCDoor
from twisted_chat.doors.irc.capabilities.sts import Sts, read_sts
from twisted_chat.hub.room import CROWD

ALICE = ":alice!~alice@guest"
BOB = ":bob!~bob@guest"


class Case(NamedTuple):
    caps: str
    alice: tuple[str, ...] = ()
    bob: tuple[str, ...] = ()
    told: tuple[str, ...] = ()


NO_IMPLICIT_NAMES = [
    Case("no-implicit-names", ("JOIN #new",), (), (f"{ALICE} JOIN #new",)),
    Case("draft/no-implicit-names", ("JOIN #new",), (), (f"{ALICE} JOIN #new",)),
    Case(
        "draft/no-implicit-names",
        ("NAMES #lobby", "CAP LIST"),
        (),
        (
            f"{S} 353 alice = #lobby :bob alice",
            f"{S} 366 …",
            f"{S} CAP alice LIST :draft/no-implicit-names",
        ),
    ),
    Case(
        "draft/no-implicit-names",
        ("CAP REQ -draft/no-implicit-names", "JOIN #new"),
        (),
        ("… ACK …", f"{ALICE} JOIN #new", f"{S} 353 …", f"{S} 366 …"),
    ),
]

# Bob is in another room than alice, who watches him.
APART = ("JOIN #own", "PART #lobby", "MONITOR + bob")
WATCHED = (
    f"{ALICE} JOIN #own",
    f"{S} 353 …",
    f"{S} 366 …",
    f"{ALICE} PART #lobby",
    f"{S} 730 …",
)
HOUSEKEEPING = "away-notify account-notify chghost setname"

EXTENDED_MONITOR = [
    Case("extended-monitor", APART, ("AWAY :out",), WATCHED),
    Case(HOUSEKEEPING, APART, ("AWAY :out", "SETNAME :Bobby"), WATCHED),
    Case(
        f"extended-monitor {HOUSEKEEPING}",
        APART,
        ("AWAY :out", "SETNAME :Bobby", "REGISTER open-sesame", "AWAY"),
        (
            *WATCHED,
            f"{BOB} AWAY :out",
            f"{BOB} SETNAME :Bobby",
            f"{BOB} CHGHOST ~bob account-bob",
            ":bob!~bob@account-bob ACCOUNT bob",
            ":bob!~bob@account-bob AWAY",
        ),
    ),
    Case(
        f"extended-monitor {HOUSEKEEPING}",
        ("MONITOR + bob",),
        ("AWAY :out",),
        (f"{S} 730 …", f"{BOB} AWAY :out"),
    ),
    Case(
        f"extended-monitor {HOUSEKEEPING}",
        (*APART, "MONITOR - bob"),
        ("AWAY :out",),
        WATCHED,
    ),
]

PRE_AWAY = [
    Case("draft/pre-away", ("AWAY *",), (), (f"{S} 306 …",)),
    Case(
        "draft/pre-away",
        ("AWAY *", "WHOIS alice"),
        (),
        (f"{S} 306 …", "…", "…", "…", f"{S} 301 alice alice :away", "…", "…"),
    ),
]

ACCOUNT_REGISTRATION = [
    Case(
        "draft/account-registration",
        ("REGISTER * * open-sesame", "REGISTER alice * open-sesame"),
        (),
        (
            f"{S} 900 …",
            f"{S} REGISTER SUCCESS alice :alice is yours",
            f"{S} FAIL REGISTER ALREADY_AUTHENTICATED alice :You are logged in …",
        ),
    ),
    Case(
        "",
        ("REGISTER ALICE a@b open-sesame",),
        (),
        (f"{S} 900 …", f"{S} REGISTER SUC…"),
    ),
    Case(
        "draft/account-registration",
        ("REGISTER bob * open-sesame",),
        (),
        (f"{S} FAIL REGISTER ACCOUNT_NAME_MUST_BE_NICK bob :…",),
    ),
    Case(
        "draft/account-registration",
        ("REGISTER * * short",),
        (),
        (f"{S} FAIL REGISTER UNACCEPTABLE_PASSWORD alice :A password has 6 to…",),
    ),
    Case("", ("REGISTER open-sesame",), (), (f"{S} 900 …",)),
    Case(
        "", ("REGISTER short",), (), (f"{S} 461 alice REGISTER :A password has 6 to…",)
    ),
]

CLIENT_TAGS = [
    Case(
        "message-tags",
        (),
        ("@+typing=active TAGMSG #lobby", "@+typing=done TAGMSG alice"),
        (
            f"@msgid=1700000000.000000.0-bob;+typing=active {BOB} TAGMSG #lobby",
            f"@msgid=1700000000.000000.0-bob;+typing=done {BOB} TAGMSG alice",
        ),
    ),
    Case(
        "message-tags server-time",
        (),
        ("@+reply=1@0;+draft/react=a\\s\\:b TAGMSG alice",),
        (
            "@time=2023-11-14T22:13:20.000Z;msgid=1700000000.000000.0-bob;"
            f"+reply=1@0;+draft/react=a\\s\\:b {BOB} TAGMSG alice",
        ),
    ),
    # What is not in CLIENTTAGDENY's list, or makes no sense, is nobody's.
    Case("message-tags", (), ("@+foo=bar;typing=active TAGMSG #lobby",), ()),
    Case("message-tags", (), ("@+typing=nonsense TAGMSG #lobby",), ()),
    Case("message-tags", (), ("TAGMSG #lobby",), ()),
    Case("server-time", (), ("@+typing=active TAGMSG #lobby",), ()),
    Case("message-tags", ("@+typing=active TAGMSG #lobby",), (), ()),
    Case(
        "message-tags echo-message",
        ("@+typing=active TAGMSG #lobby", "@+typing=active TAGMSG bob"),
        (),
        (f"@…+typing=active {ALICE} TAGMSG #lobby", f"@…{ALICE} TAGMSG bob"),
    ),
    Case(
        "message-tags echo-message labeled-response",
        ("@label=1;+typing=active TAGMSG #lobby", "@label=2;+typing=done TAGMSG alice"),
        (),
        (
            f"@label=1;msgid=…;+typing=active {ALICE} TAGMSG #lobby",
            f"@msgid=…;+typing=done {ALICE} TAGMSG alice",
            f"@label=2;msgid=…;+typing=done {ALICE} TAGMSG alice",
        ),
    ),
    Case(
        "message-tags",
        ("TAGMSG", "@+typing=active TAGMSG eve", "@+typing=active TAGMSG #none"),
        (),
        (
            f"{S} 461 alice TAGMSG :Not enough parameters",
            f"{S} 401 alice eve :…",
            f"{S} 403 alice #none :…",
        ),
    ),
    Case(
        "message-tags",
        (f"@+reply={'x' * 201} TAGMSG #lobby",),
        (),
        (f"{S} 417 alice :Input line was too long",),
    ),
]

CASES = [
    *CLIENT_TAGS,
    *NO_IMPLICIT_NAMES,
    *EXTENDED_MONITOR,
    *PRE_AWAY,
    *ACCOUNT_REGISTRATION,
]


@pytest.mark.parametrize(
    "case", CASES, ids=[f"{case.caps}-{(case.alice + case.bob)[0]}" for case in CASES]
)
def test_capability(case: Case) -> None:
    world = Network()
    bob, alice = world.irc("bob"), world.irc("alice", case.caps)
    skip(bob, alice)
    alice.send(*case.alice)
    bob.send(*case.bob)
    told = alice.lines()
    assert len(told) == len(case.told), told
    for expected, line in zip(case.told, told, strict=True):
        assert matches(expected, line), (expected, line)


def test_away_from_the_start() -> None:
    """IRCv3 pre-away: before the welcome, and only for who has asked for it."""
    world = Network()
    bob = world.irc("bob", "away-notify")
    client = world.connect()
    client.send("CAP REQ draft/pre-away", "NICK alice", "USER a 0 * :A", "AWAY :zzz")
    client.send("CAP END")
    assert client.lines()[-1] == f"{S} 306 alice :You have been marked as being away"
    assert bob.lines()[-1] == ":alice!~a@guest AWAY :zzz"
    client = world.connect()
    client.send("NICK carol", "AWAY :zzz", "USER a 0 * :A")
    assert client.lines()[0] == f"{S} 451 carol :You have not registered"


def test_a_client_that_comes_by_itself_says_nothing_of_its_person() -> None:
    """IRCv3 pre-away, "Implementation considerations"."""
    world = Network()
    alice = world.irc("alice")
    alice.send("REGISTER open-sesame")
    client = world.connect()
    client.send("CAP REQ :sasl draft/pre-away", "AUTHENTICATE PLAIN")
    client.send(sasl("alice", "open-sesame"), "NICK alice", "USER a 0 * :A", "AWAY *")
    client.send("CAP END", "AWAY *")
    assert client.lines()[-1] == f"{S} 306 alice :You have been marked as being away"
    assert alice.user.away == ""
    skip(alice)
    alice.send("QUIT")
    client.send("AWAY *")
    assert client.user.away == "away"


@pytest.mark.parametrize("caps", ["", "draft/account-registration"])
def test_an_account_comes_after_the_welcome(caps: str) -> None:
    client = Network().connect()
    client.send(f"CAP REQ :{caps}", "NICK alice", "REGISTER * * open-sesame")
    told = client.lines()[-1]
    assert told.startswith(f"{S} FAIL REGISTER COMPLETE_CONNECTION_REQUIRED :")


STS_CASES = [
    # sts, version, TLS, what is offered
    ((), 302, False, None),
    ((Sts(6697, 60),), 301, False, None),
    ((Sts(6697, 60),), 302, False, "sts=port=6697"),
    ((Sts(6697, 60),), 302, True, "sts=duration=60"),
    ((Sts(6697, 60), Sts(6698, 0)), 302, True, "sts=duration=0"),
]


@pytest.mark.parametrize(("sts", "version", "tls", "offered"), STS_CASES)
def test_sts(
    sts: tuple[Sts, ...], version: int, tls: bool, offered: str | None
) -> None:
    """IRCv3 sts."""
    world = Network()
    door = IRCDoor(world.hub, sts=sts)
    client = world.connect(door=door)
    if tls:
        directlyProvides(client.connection.transport, ISSLTransport)
        client.connection.transport.getPeerCertificate = lambda: None
    client.send(f"CAP LS {version}", "CAP REQ sts")
    *listing, refusal = client.lines()
    offers = " ".join(line.partition(" :")[2] for line in listing).split()
    words = [word for word in offers if word.startswith("sts")]
    assert words == ([offered] if offered else [])
    assert refusal == f"{S} CAP * NAK :sts"


@pytest.mark.parametrize("value", ["", "6697", "x:30d", "0:30d", "70000:1d", "6697:x"])
def test_sts_is_a_port_and_a_duration(value: str) -> None:
    with pytest.raises(ValueError, match="--irc-sts"):
        read_sts(value)
    assert read_sts("6697:30d") == [Sts(6697, 30 * 86400)]
    assert read_sts("6697:0") == [Sts(6697, 0)]


MAY_TAG = [
    # What alice, whose room it is, or carol has done first; what bob is told.
    ((), (), "shown"),
    (("MODE #own +m",), (), "404"),
    (("MODE #own +m", "MODE #own +v bob"), (), "shown"),
    (("MODE #own +q bob",), (), "404"),
    (("KICK #own bob",), (), "404"),
    (("MODE #own +i", "KICK #own bob"), (), "403"),
    ((), ("IGNORE bob",), "ignored"),
]


@pytest.mark.parametrize(("alice", "carol", "told"), MAY_TAG)
def test_who_may_show_tags_in_a_room(
    alice: tuple[str, ...], carol: tuple[str, ...], told: str
) -> None:
    """Who may not speak shows nothing either; who ignores them is shown nothing."""
    world = Network()
    owner = world.irc("alice", "message-tags")
    owner.send("REGISTER open-sesame", "JOIN #own")
    bob, other = world.irc("bob"), world.irc("carol", "message-tags")
    bob.send("JOIN #own")
    other.send("JOIN #own")
    owner.send(*alice)
    other.send(*carol)
    skip(owner, bob, other)
    answer = bob.ask("@+typing=active TAGMSG #own")
    shown = [bool(client.lines()) for client in (owner, other)]
    assert shown == [told in ("shown", "ignored"), told == "shown"]
    assert [line.split()[1] for line in answer] == ([told] if told.isdigit() else [])


MAY_TAG_ALONE = [
    ((), (), "shown"),
    (("MUTE bob",), (), "404"),
    ((), ("IGNORE bob",), ""),
]


@pytest.mark.parametrize(("root", "alice", "told"), MAY_TAG_ALONE)
def test_who_may_show_tags_to_a_person(
    root: tuple[str, ...], alice: tuple[str, ...], told: str
) -> None:
    world = Network(operators=frozenset({"root"}))
    operator, bob = world.irc("root"), world.irc("bob")
    operator.send("REGISTER open-sesame", *root)
    client = world.irc("alice", "message-tags")
    client.send(*alice)
    skip(operator, bob, client)
    answer = bob.ask("@+typing=active TAGMSG alice")
    assert bool(client.lines()) == (told == "shown")
    assert [line.split()[1] for line in answer] == ([told] if told.isdigit() else [])


def test_in_a_crowd_nobody_is_told_who_types() -> None:
    world = Network(flood=None)
    alice = world.irc("alice", "message-tags")
    for number in range(CROWD):
        world.irc(f"guest{number}")
    world.clock.advance(2)
    skip(alice)
    bob = world.irc("bob")
    world.clock.advance(2)
    skip(alice)
    bob.send("@+typing=active TAGMSG #lobby")
    assert alice.lines() == []
    bob.send(
        "PRIVMSG #lobby hello", "@+draft/reply=1#lobby;+draft/react=👍 TAGMSG #lobby"
    )
    assert "TAGMSG #lobby" in alice.lines()[1]


def test_other_clients_of_a_person_see_what_it_shows() -> None:
    world = Network()
    alice = world.irc("alice")
    alice.send("REGISTER open-sesame")
    other = world.irc("other", "message-tags")
    other.send("LOGIN alice open-sesame")
    bob = world.irc("bob")
    bob.send("PRIVMSG #lobby hello")
    skip(alice, other, bob)
    alice.send(
        "@+draft/react=:) TAGMSG bob", "@+reply=1#lobby;+draft/react=👍 TAGMSG #lobby"
    )
    assert [line.split(" ", 1)[1] for line in other.lines()] == [
        ":alice!~alice@account-alice TAGMSG bob",
        ":alice!~alice@account-alice TAGMSG #lobby",
    ]
