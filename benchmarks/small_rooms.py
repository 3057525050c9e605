"""Small rooms and quiet moments: what a turn costs that brings little."""

from __future__ import annotations

import statistics
from collections.abc import Sequence

from . import servers as s
from .bench import Bench, Cell
from .tables import Table, check, millions, notes, times

SATURATED = {10: 1.3, 100: 13.0}
ALONE = ((10, 2000), (100, 200))
GROUP = 10
NEWCOMERS = {"line": 15_000, "IRC": 6_000}


def small_rooms(bench: Bench) -> Table:
    """As fast as they take it, with 10 and with 100 listeners, the history in a file.

    Beside what the system's calls alone take for that, also with as few of them.
    """
    cells = [
        Cell(f"{size} listeners", server, size)
        for size in SATURATED
        for server in (
            *(s.IN_A_FILE, s.TWISTED_CHAT, s.NGIRCD, s.INSPIRCD),
            *(*s.FLOORS, s.JOINING_C),
        )
        if not server.missing
    ]
    rows, checks = [], []
    for one in bench.interleave(cells):
        cell = one.cell
        rows.append(
            [
                str(cell.clients),
                cell.server.name,
                millions(one.rate),
                f"{one.median(lambda r: r.p50):.2f}",
                f"{one.median(lambda r: r.p99):.2f}",
                times([one]),
                notes([one]),
            ]
        )
        if cell.server is s.IN_A_FILE:
            least = SATURATED[cell.clients]
            checks.append(check(cell.label, one.rate / 1e6, least, "M"))
    head = ["listeners", "server", "M deliveries per CPU s", "p50 ms", "p99 ms"]
    head += ["server busy, generator idle", "notes"]
    return Table("Small rooms, saturated", head, rows, checks)


def one_at_a_time(bench: Bench) -> Table:
    """Messages that come one at a time, into 10 and into 100 listeners.

    Beside what the system's calls alone take for that, in Python and in C.
    """
    cells = [
        Cell(f"{rate} messages/s, {size} listeners", server, size, {"rate": rate})
        for size, rate in ALONE
        for server in (s.IN_A_FILE, s.TWISTED_CHAT, s.NGIRCD, s.INSPIRCD, *s.FLOORS)
        if not server.missing
    ]
    measured = bench.interleave(cells)
    rows, checks = [], []
    for one in measured:
        cell = one.cell
        rows.append(
            [
                str(cell.clients),
                str(cell.options["rate"]),
                cell.server.name,
                f"{one.rate / 1e3:.0f}",
                f"{one.median(lambda r: r.p50):.2f}",
                f"{one.median(lambda r: r.p99):.2f}",
                times([one]),
                notes([one]),
            ]
        )
        if cell.server is s.IN_A_FILE:
            checks.append(check(cell.label, one.rate / 1e3, 200, "thousand"))
    return Table(
        "One message at a time",
        [
            "listeners",
            "messages/s",
            "server",
            "thousand deliveries per CPU s",
            "p50 ms",
            "p99 ms",
            "server busy, generator idle",
            "notes",
        ],
        rows,
        checks,
    )


def newcomers(bench: Bench, clients: int = 1000) -> Table:
    """What letting somebody in costs: by line, and by IRC into rooms of ten.

    Beside what Twisted takes for it, and what the system's calls do.
    """
    options = {"idle": True, "group": GROUP}
    cells = [
        Cell(dialect, server, clients, dict(options))
        for dialect, server in (
            ("line", s.TWISTED_CHAT),
            ("IRC", s.TWISTED_CHAT_IRC),
            ("IRC", s.NGIRCD),
            ("IRC", s.INSPIRCD),
            ("nothing but a name", s.SENDLINE),
            *(("nothing but a name", server) for server in s.FLOORS),
        )
        if not server.missing
    ]
    rows, checks = [], []
    for one in bench.interleave(cells):
        speed = one.median(lambda r: r.registrations)
        rows.append(
            [
                one.cell.server.name,
                f"{speed:.0f}",
                f"{1e6 / speed:.0f}",
                f"{one.median(lambda r: r.p50):.2f}",
                f"{one.median(lambda r: r.p99):.2f}",
            ]
        )
        if one.cell.server in (s.TWISTED_CHAT, s.TWISTED_CHAT_IRC):
            least = NEWCOMERS[one.cell.label]
            checks.append(check(one.cell.label, speed, least, "per CPU s"))
    head = ["server", "registrations per CPU s", "CPU µs each", "p50 ms", "p99 ms"]
    return Table(f"{clients} newcomers", head, rows, checks)


def several_doors(bench: Bench, sizes: Sequence[int] = (10, 100)) -> Table:
    """A room in which a third each is at the line door, at IRC and on the page."""
    cells = [
        Cell(f"{size} listeners", server, size) for size in sizes for server in s.DOORS
    ]
    measured = bench.interleave(cells)
    rows, checks = [], []
    for number, one in enumerate(measured):
        place = number % len(s.DOORS)
        group = measured[number - place : number - place + len(s.DOORS)]
        costs = [group[0].to(each, lambda r: r.rate) for each in group]
        cost = costs[place]
        rows.append(
            [
                str(one.cell.clients),
                one.cell.server.name,
                millions(one.rate),
                f"{1e9 / one.rate:.0f}",
                f"{cost:.2f}",
                f"{one.median(lambda r: r.p50):.2f}",
                f"{one.median(lambda r: r.p99):.2f}",
                notes([one]),
            ]
        )
        if one.cell.server is s.DOORS[-1]:
            words = f"{one.cell.label}, all three to the mean of each alone"
            mean = statistics.mean(costs[:-1])
            checks.append(check(words, cost / mean, 1.5, "x", most=True))
    head = ["listeners", "doors", "M deliveries per CPU s", "CPU ns each"]
    head += ["to line alone", "p50 ms", "p99 ms", "notes"]
    return Table("Several doors in one room", head, rows, checks)
