"""Small rooms and quiet moments: what a turn costs that brings little."""

from __future__ import annotations

from . import servers as s
from .bench import Bench, Cell
from .tables import Table, check, notes, times

ALONE = ((10, 2000), (100, 200))


def one_at_a_time(bench: Bench) -> Table:
    """Messages that come one at a time, into 10 and into 100 listeners."""
    cells = [
        Cell(f"{rate} messages/s, {size} listeners", server, size, {"rate": rate})
        for size, rate in ALONE
        for server in (s.IN_A_FILE, s.TWISTED_CHAT, s.NGIRCD, s.INSPIRCD)
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
