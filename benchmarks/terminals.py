"""What many full-screen interfaces in one process cost.

``python -m benchmarks.terminals [sessions] [--alike]``: each is in one room with
everybody, and gets 5 messages a second for ten seconds of a clock that this script
moves; while that goes on, somebody types in each.  Encryption and sockets are not
counted; the time to decode each event from JSON, once for each session, is.  Screens
of one size share the encoding of their rows; these have 40 sizes, or with ``--alike``
all 100x30.
"""

from __future__ import annotations

import gc
import random
import sys
import time

from twisted.internet.task import Clock

from twisted_chat import events as e
from twisted_chat.grammar.json import decode, encode
from twisted_chat.terminal import Interface, Settings, Size

WORDS = [
    "hello",
    "the",
    "build",
    "is",
    "green",
    "日本",
    "naïve",
    "what",
    "do",
    "you",
    "think",
    "of",
    "https://a.example/b",
]
RATE, SECONDS, NICKS = 5, 10, 25
START = 1_700_000_000.0


class Home:
    written = 0

    def write(self, data: bytes) -> None:
        self.written += len(data)

    def send(self, line: str) -> None:
        """Nobody listens."""

    def leave(self, reason: str) -> None:
        """Nobody leaves."""

    def suspend(self) -> None:
        """Nobody stops."""


def message(number: int) -> bytes:
    chance = random.Random(number)
    text = " ".join(chance.choice(WORDS) for _ in range(12))
    nick = f"nick{chance.randrange(NICKS)}"
    at = START + number / RATE
    return encode(e.Said("#lobby", nick, text, at, number + 1))


def seat(clock: Clock, earlier: list[bytes], size: Size) -> tuple[Interface, Home]:
    home = Home()
    interface = Interface(home, clock, size, Settings(probe=0))
    interface.start()
    people = tuple(e.Person(f"nick{n}", "") for n in range(NICKS))
    for line in (
        encode(e.Named("", "nick0", START)),
        encode(e.Members("#lobby", people, 0, START)),
        *earlier,
    ):
        interface.event(decode(line))
    return interface, home


def resident() -> int:
    """KiB of this process that are in memory."""
    with open("/proc/self/status") as status:
        return int(next(line for line in status if "VmRSS" in line).split()[1])


def measure(sessions: int, sizes: list[Size]) -> None:
    clock = Clock()
    earlier = [message(n) for n in range(300)]
    warm = seat(clock, earlier, sizes[0])
    clock.advance(1)
    gc.collect()
    before = resident()
    seats = [seat(clock, earlier, sizes[n % len(sizes)]) for n in range(sessions)]
    clock.advance(1)
    written = sum(home.written for _, home in seats)
    busy, echoes = run(clock, [interface for interface, _ in seats])
    gc.collect()
    memory = resident() - before
    written = sum(home.written for _, home in seats) - written
    p99 = sorted(echoes)[len(echoes) * 99 // 100]
    print(f"{busy / SECONDS:.0%} of a core, {written / SECONDS / 1024:.0f} KiB/s;")
    print(
        f"a message takes {busy / (RATE * SECONDS * sessions) * 1e3:.2f} ms a session,"
    )
    print(f"a key {p99 * 1e3:.2f} ms (p99); {memory / sessions:.0f} KiB a session")
    del warm


def run(clock: Clock, interfaces: list[Interface]) -> tuple[float, list[float]]:
    """Seconds of CPU for all, and for each key that is pressed."""
    echoes: list[float] = []
    started = time.process_time()
    for number in range(RATE * SECONDS):
        line = message(300 + number)
        for interface in interfaces:
            interface.event(decode(line))
        clock.advance(1 / RATE)
        for interface in interfaces[number % RATE :: RATE]:
            pressed = time.process_time()
            interface.received(b"a")
            echoes.append(time.process_time() - pressed)
    return time.process_time() - started, echoes


def main() -> None:
    numbers = [int(word) for word in sys.argv[1:] if word.isdecimal()]
    sessions = numbers[0] if numbers else 100
    sizes = [Size(80 + n, 20 + n % 20) for n in range(40)]
    alike = "--alike" in sys.argv
    print(f"{sessions} sessions, {RATE} messages a second:")
    measure(sessions, [Size(100, 30)] if alike else sizes)


if __name__ == "__main__":
    main()
