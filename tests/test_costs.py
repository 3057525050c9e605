"""A command costs tokens of the flood rule by what it makes the server do."""

from __future__ import annotations

import re

import pytest

from tests.costs import NOT_SPARED, RICH, costs, measured
from tests.irc_support import Network
from tests.support import PASSWORD, Client, skip
from twisted_chat.hub.settings import ASKING
from twisted_chat.limits import BYTES_PER_TOKEN, ROWS_PER_TOKEN, Rate

S = ":irc.Test"


def tokens(client: Client, line: str) -> float:
    return measured(client, line, 0)[0]


def rich(caps: str = "") -> tuple[Network, Client]:
    """A chat where a session has any number of tokens, and somebody in it."""
    world = Network(flood=RICH, asking=NOT_SPARED)
    return world, world.irc("alice", caps)


def test_no_command_tells_more_than_16_kib_for_a_token() -> None:
    for cost in costs(people=600, rounds=1):
        assert cost.tokens >= 1
        assert cost.told <= 2 * BYTES_PER_TOKEN * cost.tokens, cost


def test_what_is_named_twice_is_answered_once() -> None:
    _, alice = rich()
    end = f"{S} 366 alice #lobby :End of /NAMES list."
    assert alice.ask("NAMES " + "#lobby,#LOBBY," * 30) == [
        f"{S} 353 alice = #lobby :alice",
        end,
    ]
    assert alice.ask("ISON alice Alice ALICE") == [f"{S} 303 alice :alice"]
    [line] = alice.ask("USERHOST alice Alice")
    assert line.count("alice=") == 1
    assert len(alice.ask("MONITOR + bob,bob,BOB")) == 1
    assert len(alice.ask("MODE #lobby bbbb")) == 1
    assert alice.ask("JOIN #den,#den,#DEN").count(":alice") <= 1
    assert len(alice.ask("PART #den,#den,#DEN")) == 1


def test_names_of_many_rooms_are_as_many_as_of_one() -> None:
    world, alice = rich()
    rooms = [f"#a-room-{number}" for number in range(5)]
    for number in range(400):
        bob = world.netcat(f"somebody-with-a-rather-long-{number:04}")
        bob.send(*(f"JOIN {room}" for room in rooms))
    alice.bytes()
    alice.send("NAMES " + ",".join(rooms))
    assert len(alice.bytes()) < 50 * 1024
    assert [line.split()[3] for line in alice.ask("NAMES #a-room-4")][-1:] == [rooms[4]]


def test_each_more_target_costs_a_token() -> None:
    world, alice = rich()
    world.irc("bob")
    assert tokens(alice, "JOIN #a,#b,#c,#A") == 3
    assert tokens(alice, "PRIVMSG #a,#b,#A,bob :hello") == 3
    assert tokens(alice, "PART #a,#b") == 2
    assert tokens(alice, "JOIN 0") == 2  # #c and #lobby
    assert tokens(alice, "JOIN #a") == 1
    assert tokens(alice, "KICK #a bob,carol,bob") == 2
    assert tokens(alice, "MODE #a +m-m") == 2


def test_who_and_what_is_looked_through_costs() -> None:
    world, alice = rich()
    for number in range(ROWS_PER_TOKEN // 50):
        bob = world.netcat(f"bob{number}")
        for room in range(49):
            bob.send(f"JOIN #r{number}-{room}")
    rooms = len(world.hub.rooms)
    assert rooms < ROWS_PER_TOKEN
    assert tokens(alice, "LIST *x*y*") == 2
    assert tokens(alice, "LIST *#*,*-*,<9999,<99999,>99999") == 1 + 5
    for number in range(ROWS_PER_TOKEN):
        world.netcat(f"carol{number}")
    assert tokens(alice, "WHO *x*y*") == 2
    assert tokens(alice, "WHO alice") == 1


def test_a_long_answer_costs_also_where_it_comes_later() -> None:
    world, alice = rich("draft/chathistory labeled-response")
    bob = world.netcat("bob")
    for _ in range(100):
        bob.send(f"MSG {'x' * 400}")
    assert tokens(alice, "CHATHISTORY LATEST #lobby * 1") == 1
    line = "CHATHISTORY LATEST #lobby * 100"
    whole, told, _ = measured(alice, line, 0)
    assert told > 2 * BYTES_PER_TOKEN
    assert whole == 1 + told // BYTES_PER_TOKEN
    assert tokens(alice, "@label=x CHATHISTORY LATEST #lobby * 100") == whole


def test_what_others_say_costs_nothing() -> None:
    world, alice = rich()
    bob = world.netcat("bob")
    for _ in range(20):
        bob.send(f"PRIV alice {'x' * 1000}", f"MSG {'x' * 1000}")
    assert tokens(alice, "PING x") == 1


def test_coming_in_costs_nothing() -> None:
    world = Network(flood=Rate(1, 1))
    for number in range(500):
        world.netcat(f"somebody-with-a-rather-long-{number:04}")
    alice = world.irc("alice")
    world.turn()
    assert alice.ask("PING x") == [f"{S} PONG irc.Test :x"]


def test_a_phone_that_asks_for_all_at_once_is_answered() -> None:
    world = Network(flood=Rate(5, 2))
    bob = world.netcat("bob")
    for _ in range(60):
        world.advance(5)
        bob.send(f"MSG {'x' * 300}")
    alice = world.irc("alice", "draft/chathistory batch server-time")
    rooms = ["#lobby", *(f"#r{number}" for number in range(19))]
    alice.send(f"JOIN {','.join(rooms)}")
    alice.send_bytes(
        "".join(
            f"CHATHISTORY LATEST {room} * 100\r\nWHO {room}\r\n" for room in rooms
        ).encode()
    )
    world.advance(60)
    lines = alice.lines()
    assert len([line for line in lines if " 315 " in line]) == 20
    assert len([line for line in lines if " chathistory " in line]) == 20
    assert alice.transport.reading


def start(world: Network, nick: str, asked: str) -> tuple[Client, int]:
    """A phone that has just started; how much of what it asks is answered at once."""
    phone = world.irc(nick, "draft/chathistory batch server-time draft/read-marker")
    if nick.startswith("alice"):
        phone.send(f"REGISTER {PASSWORD}")
        world.advance(10)
    rooms = [f"#r{number}" for number in range(20)]
    phone.send_bytes(f"JOIN {','.join(rooms)}\r\n".encode())
    phone.send_bytes("".join(f"{asked}\r\n".format(room) for room in rooms).encode())
    world.advance(3)
    answers = " 315 | 366 | chathistory |MARKREAD #r\\d+ (?!.*JOIN)|PRIVMSG"
    lines = phone.lines()
    return phone, len([line for line in lines if re.search(answers, line)])


@pytest.mark.parametrize(
    ("asked", "least"),
    [
        ("CHATHISTORY LATEST {0} * 100\r\nWHO {0} %tnf,1", 80),
        ("CHATHISTORY LATEST {0} * 100\r\nMARKREAD {0}", 80),
    ],
)
def test_a_phone_has_all_in_a_few_seconds(asked: str, least: int) -> None:
    """Under the default rule: five lines, and then two a second."""
    world = Network(flood=Rate(5, 2))
    _, answered = start(world, "alice", asked)
    assert answered >= least


def test_it_is_no_door_for_floods() -> None:
    """What a network is spared is bounded, and speaking is never spared."""
    world = Network(flood=Rate(5, 2))
    bob = world.netcat("bob")
    start(world, "alice", "PRIVMSG {0} :hi")
    speaker = world.irc("speaker")
    skip(bob)
    speaker.send_bytes(b"PRIVMSG #lobby :x\r\n" * 40)
    world.advance(3)
    assert len([line for line in bob.lines() if line == "speaker: x"]) <= 5 + 2 * 3 + 1
    phone = world.irc("alice2", "draft/chathistory batch")
    phone.send_bytes(b"CHATHISTORY LATEST #lobby * 1\r\n" * 400)
    world.advance(10)
    answered = len([x for x in phone.lines() if "BATCH +" in x])
    assert answered <= ASKING.burst + (ASKING.per_second + 2) * 14 + 5
    skip(phone)
    world.advance(10)
    assert len([x for x in phone.lines() if "BATCH +" in x]) <= 10 * 4 + 1
    # Nor is that another one's, where it is another network.
    other = world.connect("198.51.100.9")
    other.send("CAP REQ :draft/chathistory batch", "NICK o", "USER o 0 * :O", "CAP END")
    skip(other)
    other.send_bytes(b"CHATHISTORY LATEST #lobby * 1\r\n" * 60)
    world.advance(1)
    assert len([x for x in other.lines() if "BATCH +" in x]) == 60
