"""What each device of an account has seen: alice@phone (SASL)."""

from __future__ import annotations

import pytest

from tests.irc_support import Network, sasl
from tests.kept import Kept
from tests.support import Client, World, skip
from tests.test_two_nodes import Nodes
from twisted_chat.hub import entries as e
from twisted_chat.hub.devices import MAX_DEVICES, UNNOTICED
from twisted_chat.hub.staying import LONGEST

PASSWORD = "open-sesame"


def begin(world: Network) -> Client:
    """Alice has stayed in #den, where bob, who is returned, speaks."""
    alice = world.irc("alice")
    alice.send(f"REGISTER {PASSWORD}", "JOIN #den", "STAY on", "QUIT")
    bob = world.irc("bob")
    bob.send("JOIN #den")
    return bob


def come(world: Network, name: str) -> Client:
    client = world.connect()
    client.send("CAP REQ :sasl server-time", "AUTHENTICATE PLAIN")
    client.send(sasl(name, PASSWORD), f"NICK {name.partition('@')[0]}")
    client.send("USER a 0 * :A", "CAP END")
    return client


def texts(client: Client) -> list[str]:
    """What was said in #den."""
    said = [line for line in client.lines() if " PRIVMSG #den :" in line]
    return [line.partition(" PRIVMSG #den :")[2] for line in said]


def say(world: Network, by: Client, *said: str) -> None:
    for text in said:
        by.send(f"PRIVMSG #den :{text}")
        world.advance(1)


def test_each_is_shown_what_it_missed_once() -> None:
    """An hour of two devices, one of them away; no line is lost, none comes twice."""
    world = Network(flood=None)
    bob = begin(world)
    phone, desk = come(world, "alice@phone"), come(world, "alice@desk")
    seen: dict[str, list[str]] = {"phone": texts(phone), "desk": texts(desk)}
    said: list[str] = []
    here: dict[str, Client] = {"phone": phone, "desk": desk}
    for minute in range(60):
        away = ("phone", "desk")[minute // 20 % 2]
        if minute % 20 == 5:
            seen[away] += texts(here[away])
            here.pop(away).transport.lose()
            world.advance(1)
        elif minute % 20 == 15:
            here[away] = come(world, f"alice@{away}")
        for n in range(3):
            said.append(f"{minute} {n}")
            say(world, bob, said[-1])
        if minute == 30:  # the other one has read all
            here["phone"].send(f"READ #den {len(said)}")
    for name, client in here.items():
        seen[name] += texts(client)
    assert seen == {"phone": said, "desk": said}


def test_who_names_no_device_is_as_before() -> None:
    """Since the account's last session; and what was said last, where it has one."""
    world = Network(flood=None)
    bob = begin(world)
    come(world, "alice@phone").transport.lose()
    world.advance(1)
    say(world, bob, "one")
    assert texts(come(world, "alice")) == ["one"]
    assert texts(come(world, "alice@new")) == ["one"]
    say(world, bob, "two")
    assert texts(come(world, "alice@phone")) == ["one", "two"]


@pytest.mark.parametrize("name", ["alice@ph one", f"alice@{'x' * 33}", "alice@ph@ne"])
def test_what_is_no_device(name: str) -> None:
    world = Network(flood=None)
    begin(world)
    assert any(" 904 " in line for line in come(world, name).lines())


def test_a_wrong_password_names_nobody() -> None:
    world = Network(flood=None)
    begin(world)
    client = world.connect()
    client.send("CAP REQ sasl", "AUTHENTICATE PLAIN", sasl("alice@phone", "wrong"))
    client.send("NICK eve", "USER e 0 * :E", "CAP END")
    assert any(" 904 " in line for line in client.lines())
    assert not list(world.hub.devices)


def test_they_are_bounded_in_number_and_age() -> None:
    world = Network(flood=None)
    bob = begin(world)
    for number in range(MAX_DEVICES + 2):
        come(world, f"alice@d{number}").transport.lose()
        world.advance(1)
    names = [device.name for device in world.hub.devices]
    assert names == [f"d{number}" for number in range(2, MAX_DEVICES + 2)]
    come(world, "alice@stays")
    say(world, bob, "one")
    world.wall_offset += LONGEST
    say(world, bob, "two")
    assert texts(come(world, "alice@d5")) == ["one", "two"]
    alice = come(world, "alice@d5")
    alice.send(f"UNREGISTER {PASSWORD}")
    assert not list(world.hub.devices)


def test_over_a_restart() -> None:
    """Also of a server that was killed while a device was here."""
    store = Kept()
    world = Network(flood=None, store=store)
    bob = begin(world)
    phone = come(world, "alice@phone")
    come(world, "alice@desk").transport.lose()
    world.advance(1)
    say(world, bob, "one")
    skip(phone)
    desk, here = store.stored().devices
    assert (desk.name, here.name) == ("phone", "desk")
    assert (desk.since, here.since > 0) == (0.0, True)
    again = World()
    again.wall_offset = world.wall() + 5
    again.hub.load(store.stored())
    assert [device.name for device in again.hub.devices] == ["phone", "desk"]
    assert [device.since for device in again.hub.devices] == [
        again.wall(),
        here.since,
    ]
    assert not store.bugs


def test_from_node_to_node() -> None:
    nodes = Nodes(flood=None)
    bob = begin(nodes.east)
    phone = come(nodes.east, "alice@phone")
    seen = texts(phone)
    phone.transport.lose()
    desk = come(nodes.west, "alice@desk")
    nodes.east.wall_offset += 1
    say(nodes.east, bob, "one")
    phone = come(nodes.west, "alice@phone")
    seen += texts(phone)
    say(nodes.east, bob, "two")
    seen += texts(phone)
    assert seen == ["one", "two"]
    assert texts(desk)[-2:] == ["one", "two"]
    assert nodes.agree()


def test_a_node_that_is_lost_may_have_shown_nothing() -> None:
    nodes = Nodes(flood=None)
    bob = begin(nodes.east)
    come(nodes.west, "alice@phone")
    say(nodes.east, bob, "one")
    nodes.east.hub.log.propose(e.NodeGone(2))
    [device] = nodes.east.hub.devices
    assert device.since == nodes.east.hub.at - UNNOTICED
    assert texts(come(nodes.east, "alice@phone")) == ["one"]
