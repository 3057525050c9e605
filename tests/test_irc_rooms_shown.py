"""An IRC client is shown each entry into a room, once, however it left before."""

from __future__ import annotations

import pytest

from .irc_support import Network, sasl
from .support import Client, skip


def joins(client: Client, room: str) -> int:
    """How often what has come tells `client` that it is in `room`, and who is."""
    mine = client.user.nick
    lines = [line.split() for line in client.lines()]
    entered = [line for line in lines if line[1:3] == ["JOIN", room]]
    named = [line for line in lines if line[1:4] == ["366", mine, room]]
    mine_only = [line for line in entered if line[0].startswith(f":{mine}!")]
    assert len(named) == len(mine_only), "the names come with it"
    return len(mine_only)


def second(world: Network, nick: str, password: str) -> Client:
    """One more client of an account, which has read all so far."""
    client = world.connect()
    client.send("CAP REQ sasl", f"NICK {nick}", "USER x 0 * :X", "AUTHENTICATE PLAIN")
    client.send(sasl(nick, password), "CAP END")
    client.lines()
    return client


@pytest.fixture
def world() -> Network:
    return Network()


def test_who_parts_is_shown_the_next_join(world: Network) -> None:
    alice = world.irc("alice")
    for out, back in (("#Den", "#den"), ("#DEN", "#dEN"), ("#den", "#DEN")):
        alice.send(f"JOIN {back}")
        assert joins(alice, back) == 1
        alice.send(f"JOIN {back}")
        assert joins(alice, back) == 0, "shown already"
        alice.send(f"PART {out}")
        alice.lines()


def test_who_is_kicked_is_shown_the_next_join(world: Network) -> None:
    owner = world.irc("owner")
    owner.send("REGISTER open-sesame", "JOIN #den")
    alice = world.irc("alice")
    for _ in range(2):
        alice.send("JOIN #den")
        assert joins(alice, "#den") == 1
        owner.send("KICK #DEN alice :out")
        assert ":owner!~owner@account-owner KICK #den alice :out" in alice.lines()


def test_another_ones_leaving_is_not_mine(world: Network) -> None:
    owner = world.irc("owner")
    owner.send("REGISTER open-sesame", "JOIN #den")
    alice, bob, carol = (world.irc(nick) for nick in ("alice", "bob", "carol"))
    for client in (alice, bob, carol):
        client.send("JOIN #den")
    skip(alice)
    bob.send("PART #den")
    owner.send("KICK #den carol")
    alice.send("JOIN #den")
    assert joins(alice, "#den") == 0, "alice has been there all the time"


def test_a_new_nick_changes_nothing_of_it(world: Network) -> None:
    owner = world.irc("owner")
    owner.send("REGISTER open-sesame", "JOIN #den")
    alice = world.irc("alice")
    alice.send("JOIN #den", "NICK alicia")
    skip(alice)
    alice.send("PART #den", "JOIN #den")
    assert joins(alice, "#den") == 1
    alice.send("NICK ally")
    owner.send("KICK #den ally")
    skip(alice)
    alice.send("JOIN #den")
    assert joins(alice, "#den") == 1


@pytest.mark.parametrize("leaver", [0, 1])
@pytest.mark.parametrize("comer", [0, 1])
def test_all_clients_of_an_account_are_shown_it(
    world: Network, leaver: int, comer: int
) -> None:
    alice = world.irc("alice")
    alice.send("REGISTER open-sesame", "JOIN #den")
    clients = [alice, second(world, "alice", "open-sesame")]
    skip(*clients)
    clients[leaver].send("PART #den")
    for client in clients:
        assert ":alice!~alice@account-alice PART #den" in client.lines()
    clients[comer].send("JOIN #den")
    assert [joins(client, "#den") for client in clients] == [1, 1]


def test_all_clients_of_an_account_are_shown_it_after_a_kick(world: Network) -> None:
    owner = world.irc("owner")
    owner.send("REGISTER open-sesame", "JOIN #den")
    alice = world.irc("alice")
    alice.send("REGISTER open-sesame", "JOIN #den")
    clients = [alice, second(world, "alice", "open-sesame")]
    owner.send("KICK #den alice")
    skip(*clients)
    clients[1].send("JOIN #den")
    assert [joins(client, "#den") for client in clients] == [1, 1]


def test_rooms_left_by_logging_in_elsewhere_are_shown_again(world: Network) -> None:
    alice = world.irc("alice")
    alice.send("REGISTER open-sesame", "JOIN #den")
    other = world.irc("other")
    other.send("JOIN #mine", "JOIN #den")
    skip(other)
    lines = other.ask("LOGIN alice open-sesame")
    assert ":other!~other@guest PART #mine" in lines
    assert not any("PART #den" in line or "JOIN #den" in line for line in lines)
    alice.send("JOIN #mine")
    assert joins(other, "#mine") == 1


def test_a_rank_is_shown_only_in_rooms_that_are_shown(world: Network) -> None:
    alice = world.irc("alice")
    alice.send("REGISTER open-sesame", "JOIN #den")
    other = world.irc("other")
    other.send("JOIN #den")
    skip(other)
    alice.send("JOIN #attic")
    lines = other.ask("LOGIN alice open-sesame")
    ranks = [line for line in lines if " MODE " in line]
    assert ranks == [":irc.Test MODE #den +o alice"]
