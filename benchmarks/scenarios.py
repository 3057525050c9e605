"""What is measured, and the table that shows it."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence
from typing import NamedTuple

from . import servers as s
from .bench import Bench, Cell, Measured
from .generator import Result
from .plot import Series

SIZES = (10, 100, 1000)
SCALE = (100, 300, 1000, 3000, 10_000)


class Table(NamedTuple):
    """:ivar checks: what was asked for, and whether it was reached."""

    title: str
    head: Sequence[str]
    rows: Sequence[Sequence[str]]
    checks: Sequence[str] = ()
    series: Sequence[Series] = ()


def saturated(bench: Bench) -> Table:
    """Every server at 10, 100 and 1000 listeners, as fast as it can."""
    cells = [
        Cell(f"{size} listeners", server, size)
        for server in s.ALL
        for size in SIZES
        if size <= server.most
    ]
    measured = bench.interleave(cells)
    rows, series, by_server = [], [], {}
    for server in s.ALL:
        mine = [one for one in measured if one.cell.server is server]
        rates = {one.cell.clients: one.rate for one in mine}
        by_server[server.name] = rates
        ours = by_server[s.TWISTED_CHAT.name]
        cells_of_row = [_millions(rates.get(size, math.nan)) for size in SIZES]
        ratios = [
            _ratio(ours.get(size, math.nan), rates.get(size, math.nan))
            for size in SIZES
        ]
        rows.append([server.name, *cells_of_row, *ratios, _times(mine), _notes(mine)])
        series.append(Series(server.name, rates))
    checks = [
        _check(f"{size} listeners", by_server["twisted-chat"][size] / 1e6, least, "M")
        for size, least in ((10, 0.7), (100, 5), (1000, 12))
    ]
    for size, least in ((100, 1.7), (1000, 5)):
        best = max(_known(by_server[name][size] for name in ("ngircd", "InspIRCd")))
        if best:
            ratio = by_server["twisted-chat"][size] / best
            checks.append(
                _check(f"{size}, to the faster IRC server", ratio, least, "x")
            )
    head = ["million deliveries per server CPU s", *map(str, SIZES)]
    head += [f"ours/its, {size}" for size in SIZES]
    return Table(
        "Saturated",
        [*head, "server busy, generator idle", "notes"],
        rows,
        checks,
        series,
    )


def irc(bench: Bench, clients: int = 1000) -> Table:
    """This server's IRC door beside two IRC servers, in the same run."""
    cells = [
        Cell(f"{clients} IRC listeners", server, clients)
        for server in (s.TWISTED_CHAT_IRC, s.NGIRCD, s.INSPIRCD)
        if not server.missing
    ]
    measured = bench.interleave(cells)
    rows = [
        [one.cell.server.name, _millions(one.rate), _times([one]), _notes([one])]
        for one in measured
    ]
    rate = measured[0].rate / 1e6
    return Table(
        f"IRC, {clients} listeners",
        ["", "million deliveries per server CPU s", "server, generator", "notes"],
        rows,
        [_check(f"{clients} listeners", rate, 3, "M")],
    )


def latency(bench: Bench) -> Table:
    """Every server with 100 listeners at a tenth of what it can do at most."""
    rows, checks = [], []
    for server in s.ALL:
        if server.missing:
            rows.append([server.name, "", "", "", "", server.missing])
            continue
        rate = tenth(bench, server)
        cell = Cell(f"{rate:.0f} messages/s", server, 100, {"rate": rate})
        (one,) = bench.interleave([cell])
        quantiles = [one.median(get) for get in (_p50, _p99, _p999)]
        rows.append(
            [
                server.name,
                f"{rate:.0f}",
                *(f"{value:.2f}" for value in quantiles),
                _notes([one]),
            ]
        )
        if server is s.TWISTED_CHAT:
            checks.append(_check("p50", quantiles[0], 1, "ms", most=True))
            checks.append(_check("p99", quantiles[1], 5, "ms", most=True))
    return Table(
        "Latency with 100 listeners at a tenth of the saturating rate",
        ["server", "messages/s", "p50 ms", "p99 ms", "p99.9 ms", "notes"],
        rows,
        checks,
    )


def tenth(bench: Bench, server: s.Server) -> float:
    """Messages a second: a tenth of what saturates `server` at 100 listeners."""
    (one,) = bench.interleave([Cell("saturated", server, 100)], runs=1)
    return max(1.0, one.median(lambda result: result.sent / result.seconds) / 10)


def idle(bench: Bench, clients: int = 10_000) -> Table:
    """Memory of an idle client, and how fast 10,000 come in."""
    tested = (s.TWISTED_CHAT, s.SENDLINE, s.ASYNCIO)
    measured = bench.interleave(
        [Cell(f"{clients} idle", server, clients, {"idle": True}) for server in tested]
    )
    rows, checks = [], []
    for one in measured:
        each = one.median(lambda r: (r.rss_idle - r.rss_before) / r.clients)
        speed = one.median(lambda r: r.clients / r.opening_seconds)
        cost = one.median(lambda r: r.opening_cpu / r.clients * 1e6)
        rows.append(
            [one.cell.server.name, f"{each:.1f}", f"{speed:.0f}", f"{cost:.0f}"]
        )
        if one.cell.server is s.TWISTED_CHAT:
            checks.append(_check("an idle client", each, 12, "KiB", most=True))
            checks.append(_check("registrations a second", speed, 3000, ""))
    head = ["server", "KiB a client", "registrations/s", "CPU µs each"]
    return Table(f"{clients:,} idle clients", head, rows, checks)


def formats(bench: Bench, sizes: Sequence[int] = (100, 1000)) -> Table:
    """A mix of formats, and one listener in ten that ignores somebody."""
    kinds: dict[str, dict[str, object]] = {
        "text": {},
        "mix": {"mix": True},
        "ignoring": {"ignore": True},
    }
    cells = [
        Cell(f"{kind}, {size} listeners", s.TWISTED_CHAT, size, dict(options))
        for size in sizes
        for kind, options in kinds.items()
    ]
    measured = bench.interleave(cells)
    rows, checks = [], []
    for number, size in enumerate(sizes):
        text, mix, ignoring = measured[3 * number : 3 * number + 3]
        shares = [one.to(text, _rate) for one in (mix, ignoring)]
        rows.append(
            [
                str(size),
                *(_millions(one.rate) for one in (text, mix, ignoring)),
                *(f"{share:.0%}" for share in shares),
                _notes([text, mix, ignoring]),
            ]
        )
        checks.append(_check(f"{size}, mix to text", 100 * shares[0], 70, "%"))
        checks.append(_check(f"{size}, ignoring to text", 100 * shares[1], 60, "%"))
    return Table(
        "Formats mixed, and one in ten ignoring somebody",
        ["listeners", "text", "mix", "ignoring", "mix/text", "ignoring/text", "notes"],
        rows,
        checks,
    )


def rooms(bench: Bench, clients: int = 1000) -> Table:
    """Twice the rooms: all listeners in all of them, and each in one of them."""
    counts = (1, 2, 4)
    cells = [
        Cell(
            f"{count} rooms, {'all in all' if everywhere else 'each in one'}",
            s.TWISTED_CHAT,
            clients,
            {"rooms": count, "everywhere": everywhere},
        )
        for everywhere in (True, False)
        for count in counts
    ]
    measured = bench.interleave(cells)
    costs = [measured[0].to(one, _rate) for one in measured]
    rows = [
        [one.cell.label, _millions(one.rate), f"{cost:.2f}", _notes([one])]
        for one, cost in zip(measured, costs, strict=True)
    ]
    checks = [
        _check("two rooms to one, CPU per delivery", costs[1], 1.05, "x", most=True)
    ]
    head = ["rooms", "M deliveries per CPU s", "CPU per delivery", "notes"]
    return Table(f"Twice the rooms, {clients} listeners", head, rows, checks)


def scaling(bench: Bench, sizes: Sequence[int] = SCALE) -> Table:
    """The cost of a delivery from 100 to 10,000 clients."""
    measured = bench.interleave(
        [Cell(f"{size} listeners", s.TWISTED_CHAT, size) for size in sizes]
    )
    rates = {one.cell.clients: one.rate for one in measured}
    rows = [
        [
            str(one.cell.clients),
            _millions(one.rate),
            f"{1e9 / one.rate:.0f}",
            _times([one]),
            _notes([one]),
        ]
        for one in measured
    ]
    growth = rates[sizes[0]] / rates[sizes[-1]]
    return Table(
        "The cost of a delivery",
        [
            "listeners",
            "M deliveries per CPU s",
            "CPU ns each",
            "server busy, generator idle",
            "notes",
        ],
        rows,
        [_check("growth of the cost, first to last", growth, 1.1, "x", most=True)],
        [Series("twisted-chat", rates)],
    )


def stopped(bench: Bench) -> Table:
    """One more listener that stops reading, at a tenth of the saturating rate."""
    rate = tenth(bench, s.TWISTED_CHAT)
    cells = [
        Cell(label, s.TWISTED_CHAT, 100, {"rate": rate, "stopped": count})
        for label, count in (("all read", 0), ("one has stopped", 1))
    ]
    without, with_one = bench.interleave(cells)
    rows = [
        [
            one.cell.label,
            *(f"{one.median(get):.2f}" for get in (_p50, _p99, _p999)),
            f"{one.median(lambda r: r.rss_most - r.rss_idle) / 1024:.1f}",
            _notes([one]),
        ]
        for one in (without, with_one)
    ]
    change = with_one.to(without, _p99)
    return Table(
        f"One listener that stops reading, 100 others, {rate:.0f} messages/s",
        ["", "p50 ms", "p99 ms", "p99.9 ms", "memory growth MiB", "notes"],
        rows,
        [_check("p99 with to without", change, 1.1, "x", most=True)],
    )


def reactors(bench: Bench, sizes: Sequence[int] = (100, 1000)) -> Table:
    """The same on other reactors of Twisted."""
    names = ("epoll", "poll", "asyncio")
    cells = [
        Cell(f"{name}, {size} listeners", s.product(reactor=name), size)
        for name in names
        for size in sizes
    ]
    measured = bench.interleave(cells)
    rows = []
    for number, name in enumerate(names):
        mine = measured[number * len(sizes) : (number + 1) * len(sizes)]
        rows.append([name, *(_millions(one.rate) for one in mine), _notes(mine)])
    head = ["reactor", *(f"{size} listeners" for size in sizes), "notes"]
    return Table("Reactors", head, rows)


def disk(bench: Bench) -> Table:
    """The history in a file instead of memory."""
    file = s.product("--database=history.sqlite", name="history in a file")
    measured = bench.interleave(
        [
            Cell(f"{size} listeners", server, size)
            for size in SIZES
            for server in (s.TWISTED_CHAT, file)
        ]
    )
    rows, checks = [], []
    for number, size in enumerate(SIZES):
        memory, on_disk = measured[2 * number : 2 * number + 2]
        share = on_disk.to(memory, _rate)
        rates = (_millions(one.rate) for one in (memory, on_disk))
        rows.append([str(size), *rates, f"{share:.0%}", _notes([memory, on_disk])])
        checks.append(_check(f"{size}, file to memory", 100 * share, 80, "%"))
    head = ["listeners", "in memory", "in a file", "file/memory", "notes"]
    return Table("The history in a file", head, rows, checks)


SCENARIOS: dict[str, Callable[[Bench], Table]] = {
    "saturated": saturated,
    "irc": irc,
    "latency": latency,
    "idle": idle,
    "formats": formats,
    "rooms": rooms,
    "scaling": scaling,
    "stopped": stopped,
    "reactors": reactors,
    "disk": disk,
}


def _rate(result: Result) -> float:
    return result.rate


def _p50(result: Result) -> float:
    return result.p50


def _p99(result: Result) -> float:
    return result.p99


def _p999(result: Result) -> float:
    return result.p999


def _known(values: Iterable[float]) -> list[float]:
    return [value for value in values if not math.isnan(value)] or [0.0]


def _millions(rate: float) -> str:
    return "" if math.isnan(rate) else f"{rate / 1e6:.3g}"


def _ratio(one: float, other: float) -> str:
    ratio = one / other if other else math.nan
    return "" if math.isnan(ratio) else f"{ratio:.2g}"


def _times(measured: Sequence[Measured]) -> str:
    return ", ".join(
        f"{one.median(lambda r: r.busy_share):.0%}/"
        f"{one.median(lambda r: r.idle_share):.0%}"
        for one in measured
        if one.results
    )


def _notes(measured: Sequence[Measured]) -> str:
    notes = [one.failure for one in measured if one.failure]
    notes += [words for one in measured for words in one.complaints]
    return "; ".join(dict.fromkeys(notes)) or "all in order"


def _check(what: str, value: float, limit: float, unit: str, most: bool = False) -> str:
    reached = value <= limit if most else value >= limit
    sign = "at most" if most else "at least"
    return (
        f"{'reached' if reached else 'NOT REACHED'}: {what}: {value:.3g} {unit}, "
        f"asked for {sign} {limit:g}"
    )
