"""The hosts of people: the same under whatever nick, and of use in a ban."""

from __future__ import annotations

import re

import pytest

from tests.irc_support import Network
from tests.support import PASSWORD, Client, ask, skip
from twisted_chat.events import ChatError
from twisted_chat.hub.masks import parse_mask

S = ":irc.Test"


def host(world: Network, nick: str) -> str:
    """The host of `nick`, as a client learns it."""
    asker = world.irc("asker")
    asker.send(f"USERHOST {nick}")
    [line] = raw(asker)
    asker.send("QUIT")
    return line.rpartition("@")[2]


def raw(client: Client) -> list[str]:
    return client.bytes().decode().splitlines()


def test_a_guests_host_stays_under_whatever_nick() -> None:
    world = Network()
    alice, bob = world.irc("alice"), world.irc("bob")
    skip(alice)
    bob.send("PRIVMSG #lobby :hi", "NICK rob", "PRIVMSG #lobby :hi", "QUIT")
    lines = raw(alice)
    assert len(lines) == 4
    [found] = {re.split("[@ ]", line)[1] for line in lines}
    assert re.fullmatch("guest-[0-9a-f]{10}", found)
    world.irc("bob").send("PRIVMSG #lobby :hi")
    assert found not in raw(alice)[-1], "somebody else has another"


def test_every_reply_shows_the_same_host() -> None:
    world = Network()
    alice, bob = world.irc("alice", "userhost-in-names"), world.irc("bob")
    found = f"guest-{bob.user.token}"
    skip(alice)
    bob.send("TOPIC #lobby :x", "NICK rob")
    skip(alice)
    asked = ("WHO rob", "WHO #lobby", "WHO rob %h", "WHOIS rob", "USERHOST rob")
    others = ("NAMES #lobby", "WHOWAS bob", "TOPIC #lobby", f"WHO *!*@{found}")
    for line in (*asked, *others, "MONITOR + rob"):
        alice.send(line)
        assert any(found in answer for answer in raw(alice)), line


def test_an_accounts_host_is_its_name() -> None:
    world = Network()
    alice, bob = world.irc("alice", "chghost"), world.irc("Bob")
    carol = world.irc("carol")
    skip(alice, carol)
    before = f"guest-{bob.user.token}"
    bob.send(f"REGISTER {PASSWORD}")
    assert raw(alice) == [f":Bob!~Bob@{before} CHGHOST ~Bob account-bob"]
    assert raw(carol) == [], "who didn't ask is not told"
    bob.send("NICK rob", "PRIVMSG #lobby :hi")
    assert raw(alice) == [
        ":Bob!~Bob@account-bob NICK :rob",
        ":rob!~Bob@account-bob PRIVMSG #lobby :hi",
    ]
    bob.send(f"UNREGISTER {PASSWORD}")
    assert raw(alice) == [f":rob!~Bob@account-bob CHGHOST ~Bob {before}"]


def test_who_logs_in_is_told_of_the_own_host() -> None:
    world = Network()
    bob = world.irc("bob", "chghost")
    before = f"guest-{bob.user.token}"
    bob.send(f"REGISTER {PASSWORD}")
    assert f":bob!~bob@{before} CHGHOST ~bob account-bob" in raw(bob)


def test_who_comes_in_logged_in_changes_no_host() -> None:
    world = Network()
    alice, bob = world.irc("alice", "chghost"), world.irc("bob")
    bob.send(f"REGISTER {PASSWORD}", "QUIT")
    skip(alice)
    bob = world.connect()
    bob.send("CAP REQ :chghost sasl", f"LOGIN bob {PASSWORD}", "USER b 0 * :B")
    bob.send("CAP END")
    assert raw(alice) == [":bob!~bob@account-bob JOIN #lobby"]
    assert not any(" CHGHOST " in line for line in raw(bob))


def test_history_shows_hosts_of_who_is_gone() -> None:
    world = Network()
    world.netcat("carol").send(f"REGISTER {PASSWORD}", "MSG hi", "QUIT")
    bob = world.netcat("bob")
    token = bob.user.token
    bob.send("MSG ho", "QUIT")
    world.hub.whowas.__init__()  # type: ignore[misc]
    alice = world.irc("alice")
    text = bytes(alice.transport.taken).decode()
    assert ":carol!~carol@account-carol PRIVMSG #lobby :[" in text
    assert ":bob!~bob@unknown PRIVMSG #lobby :[" in text
    assert token not in text


def owner(world: Network) -> Client:
    alice = world.irc("alice")
    alice.send(f"REGISTER {PASSWORD}", "JOIN #own")
    skip(alice)
    return alice


@pytest.mark.parametrize("mask", ["*!*@{}", "*!bob@{}", "bob!~bob@{}", "*!*@*{}"])
@pytest.mark.parametrize("registered", [False, True])
def test_a_ban_of_the_host_hits_after_a_change_of_nick(
    mask: str, registered: bool
) -> None:
    world = Network()
    alice, bob = owner(world), world.irc("bob")
    if registered:
        bob.send(f"REGISTER {PASSWORD}")
    found = host(world, "bob")
    bob.send("NICK rob")
    alice.send(f"MODE #own +b {mask.format(found)}")
    assert alice.lines()[-1].startswith(":alice!~alice@account-alice MODE #own +b ")
    assert " 474 " in ask(bob, "JOIN #own")[0]
    bob.send("NICK robert")
    assert " 474 " in ask(bob, "JOIN #own")[0]
    carol = world.irc("carol")
    assert " JOIN #own" in ask(carol, "JOIN #own")[0]


def test_a_ban_of_a_guest_who_is_gone_is_refused() -> None:
    world = Network()
    alice, bob = owner(world), world.irc("bob")
    found = host(world, "bob")
    bob.send("QUIT")
    assert ask(alice, f"MODE #own +b *!*@{found}")[-1] == (
        f"{S} 401 alice *!*@guest :No such nick/channel"
    )
    assert len(ask(alice, "MODE #own b")) == 1


def test_a_nick_or_an_address_is_banned_as_before() -> None:
    world = Network()
    alice = owner(world)
    for mask, shown in (
        ("bob!*@*", "bob!*@*"),
        ("*!~bob@*", "*!~bob@*"),
        ("bob!~b?b@guest-*", "bob!~b?b@guest-*"),
        ("**!~bob@", "*!~bob@*"),
        ("bob!", "bob!*@*"),
        ("bob", "bob!*@*"),
        ("*!*@192.0.2.0/24", "*!*@192.0.2.0/24"),
    ):
        alice.send(f"MODE #own +b {mask}", f"MODE #own -b {mask}")
        assert [line.split(" ", 2)[2] for line in alice.lines()] == [
            f"#own +b {shown}",
            f"#own -b {shown}",
        ]


@pytest.mark.parametrize(
    ("mask", "hits"),
    [
        ("*!~bob@*", True),
        ("*!~B?B@guest-*", True),
        ("rob!~bob@*", False),
        ("bob!*@account-*", False),
        ("*!*@account-*", False),
        ("*!*@guest-*", True),
        ("*!bob@*", False),
        ("*!~bo@*", False),
    ],
)
@pytest.mark.parametrize("letter", ["b", "q"])
def test_a_mask_of_nick_user_and_host(mask: str, hits: bool, letter: str) -> None:
    world = Network()
    alice, bob = owner(world), world.irc("bob")
    alice.send(f"MODE #own +{letter} {mask}")
    bob.send("JOIN #own", "PRIVMSG #own :hi")
    code = "474" if letter == "b" else "404"
    assert (f" {code} " in "".join(bob.lines())) is hits
    assert f" #own +{letter} {mask}" in "".join(alice.lines())


@pytest.mark.parametrize(
    ("mask", "lets_in"),
    [
        ("*!~bob@guest-*", True),
        ("b*!~bob@*", True),
        ("*!~bob@*", False),
        ("*!~*@*", False),
        ("?*!~bob@*?", False),
    ],
)
@pytest.mark.parametrize(("letter", "closed"), [("e", "+b *"), ("I", "+i")])
def test_the_user_alone_proves_nothing(
    mask: str, lets_in: bool, letter: str, closed: str
) -> None:
    world = Network()
    alice, bob = owner(world), world.irc("bob")
    alice.send(f"MODE #own {closed}")
    skip(alice)
    told = alice.ask(f"MODE #own +{letter} {mask}")
    bob.send("JOIN #own")
    assert (" JOIN #own" in "".join(bob.lines())) is lets_in
    assert (" 696 " in told[0]) is not lets_in


@pytest.mark.parametrize("mask", ["a b!c@d", "a!b c@d", "é!*@*", "a!b@c,d", "a!b!c@d"])
def test_what_is_no_mask(mask: str) -> None:
    with pytest.raises(ChatError) as refusal:
        parse_mask(mask)
    assert refusal.value.code == 476


def test_whoever_was_meant_by_such_a_mask_stays_so() -> None:
    world = Network()
    alice, bob = owner(world), world.irc("bob")
    alice.send("MODE #own +b bob!~bob@*")
    bob.send("JOIN #own", "NICK rob")
    assert " 474 " in ask(bob, "JOIN #own")[0]
    alice.send("MODE #own -b bob!~bob@*")
    assert " JOIN #own" in ask(bob, "JOIN #own")[0]


def test_the_whole_chat_takes_no_such_mask() -> None:
    world = Network(operators=frozenset({"root"}))
    root = world.netcat("root")
    root.send(f"REGISTER {PASSWORD}")
    assert "476" in "".join(ask(root, "BAN *!~bob@guest-*"))
