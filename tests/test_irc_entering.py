"""What an IRC client says before it comes in, and where it is then."""

from __future__ import annotations

from typing import Any

import pytest

from tests.irc_support import Network, sasl
from tests.support import PASSWORD, Client, skip
from twisted_chat.doors.irc import IRCDoor
from twisted_chat.doors.irc.door import server_name
from twisted_chat.doors.irc.registration import read_autojoin
from twisted_chat.hub.hosts import account_in, host_of, username_of

S = ":irc.Test"


def network(*autojoin: str, **settings: Any) -> Network:
    world = Network(**settings)
    world.door = IRCDoor(world.hub, autojoin=autojoin)
    return world


def joined(lines: list[str]) -> list[str]:
    """The rooms that a client is told to have entered."""
    words = [line.split() for line in lines if not line.startswith("@")]
    return [each[2] for each in words if each[1] == "JOIN"]


def connect(world: Network, *lines: str) -> list[str]:
    return world.connect().ask(*lines)


ENTER = ("NICK alice", "USER alice 0 * :Alice")


# Which rooms


@pytest.mark.parametrize(
    ("said", "rooms"),
    [
        ("", []),
        ("#lobby", ["#lobby"]),
        ("#LOBBY,#dev", ["#lobby", "#dev"]),
        ("#dev, ##c++", ["#dev", "##c++"]),
    ],
)
def test_autojoin(said: str, rooms: list[str]) -> None:
    world = network(*read_autojoin(said))
    carol = world.netcat("carol")
    skip(carol)
    assert joined(connect(world, *ENTER)) == rooms
    arrived = ["* alice joined the chat!"] if "#lobby" in rooms else []
    assert carol.lines() == arrived
    assert [*world.hub.users["alice"].rooms] == rooms


@pytest.mark.parametrize("how", ["sasl", "pass", "login"])
def test_however_one_comes_in(how: str) -> None:
    world = network("#dev")
    netcat = world.netcat("alice")
    netcat.send(f"REGISTER {PASSWORD}", "QUIT")
    before = {
        "sasl": ("CAP REQ sasl", "AUTHENTICATE PLAIN", sasl("alice", PASSWORD), *ENTER),
        "pass": ENTER,
        "login": (f"LOGIN alice {PASSWORD}",),
    }[how]
    assert joined(connect(world, *before, "CAP END")) == ["#dev"]
    assert "alice" not in {user.nick for user in world.room().members}


def test_who_is_here_already_stays_where_they_are() -> None:
    world = network("#lobby", "#dev")
    netcat = world.netcat("alice")
    netcat.send(f"REGISTER {PASSWORD}", "JOIN #own", "PART #lobby")
    told = connect(
        world,
        *("CAP REQ sasl", "AUTHENTICATE PLAIN", sasl("alice", PASSWORD), *ENTER),
        "CAP END",
    )
    assert joined(told) == ["#own"]


def test_a_room_that_lets_nobody_in() -> None:
    world = network("#dev", "#tea")
    owner = world.netcat("owner")
    owner.send("JOIN #dev", "ROOM lock")
    told = connect(world, *ENTER)
    assert joined(told) == ["#tea"]
    assert any(line.startswith(f"{S} 473 alice #dev :") for line in told)


def test_bad_rooms() -> None:
    for bad in ("lobby", "#a b", "#", "#a?"):
        with pytest.raises(ValueError, match="--irc-autojoin"):
            read_autojoin(bad)


def test_rooms_without_people_are_not_listed() -> None:
    world = network()
    alice = world.connect()
    told = alice.ask(*ENTER)
    assert f"{S} 254 alice 0 :channels formed" in told
    assert [line.split()[1] for line in alice.ask("LIST")] == ["321", "323"]
    world.netcat("carol")
    assert [line.split()[1] for line in alice.ask("LIST")] == ["321", "322", "323"]
    assert f"{S} 254 alice 1 :channels formed" in alice.ask("LUSERS")


# User and host


@pytest.mark.parametrize(
    ("given", "shown"),
    [
        ("al", "al"),
        ("~al", "al"),
        ("a@b!c", "abc"),
        ("x" * 40, "x" * 16),
        ("é", "user"),
        ("-o.k_", "-o.k_"),
    ],
)
def test_the_name_of_the_user(given: str, shown: str) -> None:
    world = Network()
    bob = world.irc("bob")
    client = world.connect()
    client.send("NICK alice", f"USER {given} 0 * :Alice L.")
    skip(bob)
    client.send("NICK anna", "PRIVMSG #lobby :hi")
    who = f"~{shown}"
    assert bob.lines() == [
        f":alice!{who}@guest NICK :anna",
        f":anna!{who}@guest PRIVMSG #lobby :hi",
    ]
    found = bob.ask("WHO anna", "WHO anna %unr", "WHOIS anna", "USERHOST anna")
    assert f"{S} 352 bob #lobby {who} guest irc.Test anna H :0 Alice L." in found
    assert f"{S} 354 bob {who} anna :Alice L." in found
    assert f"{S} 311 bob anna {who} guest * :Alice L." in found
    assert f"{S} 302 bob :anna=+{who}@guest" in found
    client.send("QUIT")
    skip(bob)
    assert f"{S} 314 bob anna {who} guest * :Alice L." in bob.ask("WHOWAS anna")


def test_who_comes_by_another_door_has_one_too() -> None:
    world = Network()
    world.netcat("x[y]").send("NICK al^")
    assert f"{S} 311 bob al^ ~xy guest * :al^" in world.irc("bob").ask("WHOIS al^")


@pytest.mark.parametrize(
    ("account", "host"),
    [
        ("alice", "account-alice"),
        ("Al_1", "account-al-5f1"),
        ("a-b", "account-a-2db"),
        ("x[y]", "account-x-5by-5d"),
    ],
)
def test_hosts_have_letters_digits_and_hyphens(account: str, host: str) -> None:
    assert host_of(account, "") == host
    assert account_in(host) == account.lower()


def test_no_two_accounts_have_one_host() -> None:
    names = ["a-5fb", "a_b", "a-b", "a--b", "a-5f-b", "x[y]", "x{y}", "x-5by-5d"]
    hosts = {host_of(name, "") for name in names}
    assert len(hosts) == len(names)
    assert [account_in(host_of(name, "")) for name in names] == names
    assert username_of("") == "user"


def test_a_ban_of_such_a_host_means_the_account() -> None:
    world = Network()
    owner, bob = world.irc("owner"), world.netcat("b[o]b")
    owner.send("JOIN #dev")
    bob.send(f"REGISTER {PASSWORD}")
    owner.send("MODE #dev +b *!*@account-b-5bo-5db")
    bob.send("NICK other", "JOIN #dev")
    assert any(line.startswith("ERR 474") for line in bob.lines())


def test_chghost() -> None:
    world = Network()
    alice, bob = world.irc("alice", "chghost"), world.irc("bob", "chghost")
    skip(alice)
    bob.send(f"REGISTER {PASSWORD}")
    assert ":bob!~bob@guest CHGHOST ~bob account-bob" in alice.lines()


# The server's name


@pytest.mark.parametrize(
    ("name", "server"),
    [
        ("chat.example", "chat.example"),
        ("irc.chat.example", "irc.chat.example"),
        ("Test", "irc.Test"),
        ("A chat.", "irc.A-chat"),
        ("", "irc.chat"),
        ("a..b", "irc.a..b"),
        ("x" * 60 + ".example", "irc." + "x" * 40),
    ],
)
def test_the_name_of_the_server(name: str, server: str) -> None:
    assert server_name(name) == server


def test_it_is_what_clients_see() -> None:
    world = Network(name="chat.example")
    told: Client = world.connect()
    assert told.ask(*ENTER)[0].startswith(":chat.example 001 alice :")
