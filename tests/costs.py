"""What the costliest commands make the server do for one token of the flood rule.

    python -m tests.costs [people]

Prints a table: each command in its worst form, with what it costs in tokens, and
for each token the bytes that the asker is sent and the CPU time.  Speaking in a
full room is there to compare with: that is what the server is for.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from time import process_time
from typing import NamedTuple

from tests.irc_support import Network
from tests.support import Client
from twisted_chat.limits import Rate

PEOPLE = 1000
ROUNDS = 3
RICH = Rate(burst=1e9, per_second=1)
NOT_SPARED = Rate(burst=0, per_second=1e-9)

MANY = [f"#room-{number:03}" for number in range(500)]
_STARTS = [start + "#room-"[:end] for start in ("", "*") for end in range(1, 7)]
MASKS = ",".join(
    f"{start}{more}*{'?' * end}"
    for start in _STARTS
    for more in ("", "*", "?", "*?", "??", "*??")
    for end in range(2)
)[:490].rpartition(",")[0]

IRC = {
    "PRIVMSG, one room": "PRIVMSG #lobby :{n} hello",
    "PRIVMSG, 20 rooms": f"PRIVMSG {','.join(MANY[:20])} :hello",
    "PRIVMSG, 20 people": "PRIVMSG "
    + ",".join(f"p{number}" for number in range(20))
    + " :hello",
    "NAMES, 70 times": "NAMES " + ",".join(["#lobby"] * 70),
    "NAMES, 50 rooms": "NAMES " + ",".join(["#lobby", *MANY[:45]]),
    "LIST": "LIST",
    "LIST, masks": f"LIST {MASKS}",
    "LIST, 80 numbers": "LIST " + ",".join(f">-{n}" for n in range(80)),
    "LIST, 60 hidden": "LIST " + ",".join(f"!*x{n}*y*" for n in range(60)),
    "WHO room": "WHO #lobby",
    "WHO room o": "WHO #lobby o",
    "WHOX room": "WHO #lobby %tcuihsnfdlaor,123",
    "WHO mask": "WHO *x*y*z*",
    "WHOIS": "WHOIS p1",
    "ISON": "ISON " + "p1 " * 160,
    "USERHOST": "USERHOST " + "p1 " * 100,
    "MONITOR +": "MONITOR + " + ",".join(f"p{number}" for number in range(90)),
    "MONITOR S": "MONITOR S",
    "MODE lists": "MODE #own bbbbbbbbbbbbbbbbbbbb",
    "MODE changes": "MODE #own +m-m+m-m+m-m+m-m+m-m+m-m+m-m+m-m+m-m+m-m",
    "LUSERS": "LUSERS",
    "CHATHISTORY": "CHATHISTORY LATEST #lobby * 100",
    "CHATHISTORY TARGETS": "CHATHISTORY TARGETS timestamp=2000-01-01T00:00:00.000Z "
    "timestamp=2030-01-01T00:00:00.000Z 50",
    "JOIN, 40 rooms": f"JOIN {','.join(MANY[100:140])}",
    "PART, 40 rooms": f"PART {','.join(MANY[100:140])}",
    "NICK": "NICK asker{n}",
    "AWAY": "AWAY {n}",
    "HELP": "HELP",
}

LINE = {
    "MSG": "MSG {n} hello",
    "PRIV, 20 people": "PRIV "
    + ",".join(f"p{number}" for number in range(20))
    + " hello",
    "WHO": "WHO #lobby",
    "ROOMS": "ROOMS",
    "HISTORY": "HISTORY 100",
    "SEARCH": "SEARCH hello",
    "WHOIS": "WHOIS p1",
    "NICK": "NICK teller{n}",
    "HELP": "HELP",
}


class Cost(NamedTuple):
    """What one command costs.

    :ivar told: bytes that its answer has.
    :ivar cpu: seconds.
    """

    door: str
    name: str
    tokens: float
    told: int
    cpu: float


def populated(people: int) -> tuple[Network, Client, Client]:
    """A chat with much in it; who asks on the IRC door, and on the line door."""
    world = Network(max_per_ip=0, asking=NOT_SPARED)
    for number in range(people):
        client = world.netcat(f"p{number}")
        for name in MANY[number % 10 * 50 :][: 50 if number < 10 else 0]:
            client.send(f"JOIN {name}", f"TOPIC {'a topic ' * 30}")
    for number in range(100):
        client.send(f"MSG hello {number} {'x' * 300}")
    asker, teller = world.irc("asker"), world.netcat("teller")
    asker.send("REGISTER a-password", "JOIN #own", f"JOIN {','.join(MANY[:40])}")
    for number in range(200):
        asker.send(f"MODE #own +b stranger-{number:03}-with-a-long-nick")
    object.__setattr__(world.hub.settings, "flood", RICH)
    for client in (asker, teller):
        session = client.connection.session
        session.bucket = client.connection.frames.bucket = world.hub.bucket()
    world.advance(5)
    return world, asker, teller


def measured(client: Client, line: str, number: int) -> tuple[float, int, float]:
    """Tokens, bytes and seconds that `line` takes."""
    bucket = client.connection.session.bucket
    assert bucket is not None
    client.bytes()
    tokens, start = bucket._tokens, process_time()
    client.send(line.replace("{n}", str(number)))
    client.world.turn()
    cpu = process_time() - start
    return tokens - bucket._tokens, len(client.bytes()), cpu


def costs(people: int = PEOPLE, rounds: int = ROUNDS) -> Iterator[Cost]:
    """What each command costs; of several rounds the fastest."""
    _, asker, teller = populated(people)
    doors = (("IRC", asker, IRC), ("line", teller, LINE))
    for door, client, commands in doors:
        found: dict[str, list[tuple[float, int, float]]] = {}
        for number in range(rounds):
            for name, line in commands.items():
                found.setdefault(name, []).append(measured(client, line, number))
        for name, rows in found.items():
            tokens, _, cpu = map(min, zip(*rows, strict=True))
            yield Cost(door, name, tokens, max(row[1] for row in rows), cpu)


def main() -> None:
    people = int(sys.argv[1]) if len(sys.argv) > 1 else PEOPLE
    print(f"{people} people in #lobby, {len(MANY)} rooms; the costliest first")
    print(f"{'':26}{'tokens':>8}{'bytes':>9}{'CPU ms':>9}{'bytes/t':>9}{'ms/t':>8}")
    rows = sorted(costs(people), key=lambda row: row.cpu / row.tokens, reverse=True)
    for door, name, tokens, told, cpu in rows:
        print(
            f"{f'{door} {name}':26}{tokens:8.0f}{told:9}{1000 * cpu:9.2f}"
            f"{told / tokens:9.0f}{1000 * cpu / tokens:8.2f}"
        )


if __name__ == "__main__":
    main()
