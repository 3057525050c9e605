"""Exceptions from bans and locks, rooms without CTCP, and how rooms begin."""

from __future__ import annotations

import pytest

from tests.irc_support import Network
from tests.kept import Kept
from tests.support import PASSWORD, Client, World, ask, member, refused, skip
from twisted_chat.doors.irc import IRCDoor
from twisted_chat.doors.irc.room_modes import read_room_modes

S = ":irc.Test"


@pytest.fixture
def world() -> Network:
    return Network(operators=frozenset({"root"}))


def owner(world: Network, *lines: str) -> Client:
    """alice, who owns #dev, at an IRC client."""
    alice = world.irc("alice")
    alice.send(f"REGISTER {PASSWORD}", "JOIN #dev", *lines)
    skip(alice)
    return alice


def account(world: Network, nick: str) -> Client:
    client = world.netcat(nick)
    client.send(f"REGISTER {PASSWORD}")
    skip(client)
    return client


# Who is let in

EXCEPT = {
    "line": ("ROOM #dev except {}", "ROOM #dev except -{}"),
    "irc": ("MODE #dev +e {}", "MODE #dev -e {}"),
}
INVEX = {
    "line": ("ROOM #dev invex {}", "ROOM #dev invex -{}"),
    "irc": ("MODE #dev +I {}!*@*", "MODE #dev -I {}!*@*"),
}


@pytest.mark.parametrize("door", ["line", "irc"])
@pytest.mark.parametrize("mask", ["bob", "b?b", "*"])
@pytest.mark.parametrize(
    ("closing", "words", "code"),
    [("MODE #dev +b bob", EXCEPT, 474), ("MODE #dev +i", INVEX, 473)],
)
def test_who_is_excepted_gets_in(
    world: Network,
    door: str,
    mask: str,
    closing: str,
    words: dict[str, tuple[str, str]],
    code: int,
) -> None:
    alice = owner(world, closing)
    bob = world.netcat("bob")
    assert refused(bob, "JOIN #dev") == code
    on, off = words[door]
    alice.send(on.format(mask))
    assert ask(bob, "JOIN #dev")[0] == "* bob joined #dev"
    bob.send("PART #dev")
    alice.send(off.format(mask))
    assert refused(bob, "JOIN #dev") == code


@pytest.mark.parametrize("rule", ["key hush", "limit 1"])
def test_an_exception_from_the_lock_is_from_nothing_else(
    world: Network, rule: str
) -> None:
    owner(world, f"ROOM #dev {rule}", "MODE #dev +I *")
    assert refused(world.netcat("bob"), "JOIN #dev") in (471, 475)


def test_the_excepted_are_not_muted(world: Network) -> None:
    alice = owner(world, "MODE #dev +q *")
    bob = world.netcat("bob")
    bob.send("JOIN #dev")
    assert refused(bob, "MSG hi") == 404
    alice.send("MODE #dev +e bob")
    skip(alice)
    bob.send("MSG hi")
    assert any(line.endswith("PRIVMSG #dev :hi") for line in alice.lines())


@pytest.mark.parametrize(("what", "code"), [("+b bob", 474), ("+i", 473)])
@pytest.mark.parametrize("letter", ["e", "I"])
def test_a_registered_nick_is_whose_account_it_is(
    world: Network, what: str, code: int, letter: str
) -> None:
    """A thief of the nick, in the time to prove it or after the account, is not let."""
    alice = owner(world, f"MODE #dev {what}")
    bob = account(world, "bob")
    alice.send(f"MODE #dev +{letter} bob")
    if (letter, code) in (("e", 474), ("I", 473)):
        assert ask(bob, "JOIN #dev")[0] == "* bob joined #dev"
    bob.send("QUIT")
    thief = world.netcat("bob")
    assert refused(thief, "JOIN #dev") == code
    thief.send(f"LOGIN {PASSWORD}", f"UNREGISTER {PASSWORD}")
    assert refused(thief, "JOIN #dev") == code
    end = ask(alice, f"MODE #dev {letter}")
    assert len(end) == 1, "nothing is listed any more"


def test_who_is_excepted_is_not_bound(world: Network) -> None:
    alice = owner(world, "MODE #dev +b *", "MODE #dev +e bob")
    bob = world.netcat("bob")
    bob.send("JOIN #dev", "PART #dev", "NICK rob")
    assert refused(bob, "JOIN #dev") == 474
    bob.send(f"REGISTER {PASSWORD}")
    assert refused(bob, "JOIN #dev") == 474
    assert "rob" not in "".join(ask(alice, "MODE #dev e"))


# Lists


def test_lists_and_numerics(world: Network) -> None:
    alice = owner(world)
    assert alice.ask("MODE #dev +eI bob carol!*@*")[-2:] == [
        ":alice!~alice@account-alice MODE #dev +e bob!*@*",
        ":alice!~alice@account-alice MODE #dev +I carol!*@*",
    ]
    assert alice.ask("MODE #dev +e bob") == []
    found = alice.ask("MODE #dev e", "MODE #dev I")
    assert [line.rsplit(" ", 1)[0] for line in found] == [
        f"{S} 348 alice #dev bob!*@* alice",
        f"{S} 349 alice #dev :End of channel exception",
        f"{S} 346 alice #dev carol!*@* alice",
        f"{S} 347 alice #dev :End of channel invite exception",
    ]
    bob = world.irc("bob")
    bob.send("JOIN #dev")
    skip(bob)
    assert [line.split()[1] for line in bob.ask("MODE #dev e")] == ["349"]
    assert bob.ask("MODE #dev +e x") == [
        f"{S} 482 bob #dev :You're not channel operator"
    ]
    told = alice.ask("BANS #dev")
    assert any("except bob by alice" in line for line in told)
    assert any("invex carol by alice" in line for line in told)
    assert alice.ask("MODE #dev -e nobody") == []


def test_what_others_see(world: Network) -> None:
    alice = owner(world)
    text, json = world.netcat("text"), world.netcat("json")
    for client in (text, json):
        client.send("JOIN #dev")
    json.send("FORMAT json")
    skip(text, json)
    alice.send("MODE #dev +eC bob")
    assert text.lines() == [
        "* #dev has an exception from bans: bob (alice)",
        "* #dev takes no CTCP (alice)",
    ]
    told = [(e["rule"], e["value"]) for e in json.events()]
    assert told == [("except", "+bob"), ("no_ctcp", "on")]
    json.send("ROOM #dev")
    [rules] = json.events()
    assert rules["no_ctcp"] is True
    assert ask(text, "ROOM #dev") == ["* #dev: topic locked; no CTCP; owners: alice"]


def test_they_are_kept() -> None:
    store = Kept()
    old = World(store=store)
    alice = member(old, "alice", "#dev")
    alice.send("ROOM lock", "ROOM invex bob", "ROOM ctcp off", "BAN #dev bob")
    alice.send("ROOM except bob")
    world = World(store=store)
    world.hub.load(store.stored())
    assert ask(world.enter("bob"), "JOIN #dev")[0] == "* bob joined #dev"
    assert world.room("#dev").rules.no_ctcp


def test_a_guests_go_with_the_room(world: Network) -> None:
    alice = world.netcat("alice")
    alice.send("JOIN #dev", "ROOM except bob", "ROOM invex bob", "PART #dev")
    carol = world.netcat("carol")
    carol.send("JOIN #dev", "ROOM lock")
    assert refused(world.netcat("bob"), "JOIN #dev") == 473


# CTCP


def test_ctcp_to_a_room(world: Network) -> None:
    alice, bob, text = owner(world), world.irc("bob"), world.netcat("text")
    for client in (bob, text):
        client.send("JOIN #dev")
    bob.send("MODE #dev +C")
    skip(alice, bob, text)
    assert alice.ask("PRIVMSG #dev :\x01VERSION\x01") == []
    assert bob.lines() == [":alice!~alice@account-alice PRIVMSG #dev :\x01VERSION\x01"]
    alice.send("NOTICE #dev :\x01VERSION me\x01", "MODE #dev +C")
    assert bob.lines() == [
        ":alice!~alice@account-alice NOTICE #dev :\x01VERSION me\x01",
        ":alice!~alice@account-alice MODE #dev +C",
    ]
    assert "+nCt" in "".join(bob.ask("MODE #dev"))
    [denied] = bob.ask("PRIVMSG #dev :\x01PING 1\x01", "NOTICE #dev :\x01PING 1\x01")
    assert denied.startswith(f"{S} 404 bob #dev :")
    skip(alice)
    bob.send("PRIVMSG #dev :\x01ACTION waves\x01")
    assert alice.lines()[0].endswith("PRIVMSG #dev :\x01ACTION waves\x01")
    assert text.lines() == ["* #dev takes no CTCP (alice)", "#dev * bob waves"]


def test_ctcp_is_speech(world: Network) -> None:
    alice, bob = owner(world, "MODE #dev +m"), world.irc("bob")
    carol = world.irc("carol")
    assert ask(bob, "PRIVMSG #dev :\x01VERSION\x01")[0].split()[1] == "404"
    bob.send("JOIN #dev")
    carol.send("JOIN #dev", "IGNORE bob")
    skip(alice, bob, carol)
    assert bob.ask("PRIVMSG #dev :\x01VERSION\x01")[0].split()[1] == "404"
    alice.send("MODE #dev +v bob")
    skip(alice, carol)
    bob.send("PRIVMSG #dev :\x01VERSION\x01")
    assert len(alice.lines()) == 1
    assert carol.lines() == [], "who ignores bob is not asked"


# How a room begins


@pytest.mark.parametrize(
    ("said", "modes"),
    [(None, "+nt"), ("none", "+n"), ("+Cst", "+nCst"), ("nt", "+nt"), ("im", "+nim")],
)
def test_a_room_that_an_irc_client_opens(said: str | None, modes: str) -> None:
    world = Network()
    rooms = [] if said is None else read_room_modes(said)
    world.door = IRCDoor(world.hub, room_modes=rooms)
    alice, bob = world.irc("alice"), world.netcat("bob")
    alice.send("JOIN #dev")
    assert any(f" #dev {modes}" in line for line in ask(alice, "MODE #dev"))
    bob.send("JOIN #other")
    assert ask(bob, "ROOM #other") == ["* #other: owners: bob"]
    alice.send("JOIN #other")
    assert ask(bob, "ROOM #other") == ["* #other: owners: bob"]


def test_bad_room_modes() -> None:
    for bad in ("k", "x", "-t"):
        with pytest.raises(ValueError, match="--irc-room-modes"):
            read_room_modes(bad)


# KICK


@pytest.mark.parametrize(
    ("line", "kicked", "denied"),
    [
        ("#a,#b bob", ["#a bob", "#b bob"], []),
        ("#a bob,carol", ["#a bob", "#a carol"], []),
        ("#a,#b bob,carol", ["#a bob", "#b carol"], []),
        ("#a,#b,#no bob", ["#a bob", "#b bob"], ["403"]),
        ("#no,#a bob", ["#a bob"], ["403"]),
        ("#a,#b bob,carol,dave", [], ["461"]),
        ("#a nobody,bob", ["#a bob"], ["401"]),
    ],
)
def test_kick(world: Network, line: str, kicked: list[str], denied: list[str]) -> None:
    alice = world.irc("alice")
    alice.send("JOIN #a,#b")
    for nick in ("bob", "carol"):
        world.irc(nick).send("JOIN #a,#b")
    skip(alice)
    words = [each.split() for each in alice.ask(f"KICK {line} :out")]
    assert [" ".join(w[2:4]) for w in words if w[1] == "KICK"] == kicked
    assert [w[1] for w in words if w[1] != "KICK"] == denied
