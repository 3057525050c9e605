"""What is measured, and what was asked of it."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence

from . import servers as s
from .bench import Bench, Cell
from .generator import Result
from .plot import Series
from .small_rooms import newcomers, one_at_a_time, several_doors, small_rooms
from .tables import Table, check, millions, notes, ratio, times

SIZES = (10, 100, 1000)
SCALE = (100, 300, 1000, 3000, 10_000)


def saturated(bench: Bench) -> Table:
    """Every server at 10, 100 and 1000 listeners, as fast as it can."""
    cells = [
        Cell(f"{size} listeners", server, size)
        for server in s.ALL
        for size in SIZES
        if size <= server.most
    ]
    measured = bench.interleave(cells)
    by_server = {
        server.name: {
            one.cell.clients: one.rate for one in measured if one.cell.server is server
        }
        for server in s.ALL
    }
    ours = by_server[s.TWISTED_CHAT.name]
    rows, series = [], []
    for server in s.ALL:
        mine = [one for one in measured if one.cell.server is server]
        rates = by_server[server.name]
        cells_of_row = [millions(rates.get(size, math.nan)) for size in SIZES]
        ratios = [
            ratio(ours.get(size, math.nan), rates.get(size, math.nan)) for size in SIZES
        ]
        rows.append([server.name, *cells_of_row, *ratios, times(mine), notes(mine)])
        series.append(Series(server.name, rates))
    checks = [
        check(f"{size} listeners", ours[size] / 1e6, least, "M")
        for size, least in ((10, 0.7), (100, 5), (1000, 12))
    ]
    for size, least in ((100, 1.7), (1000, 5)):
        best = max(_known(by_server[name][size] for name in ("ngircd", "InspIRCd")))
        if best:
            lead = ours[size] / best
            checks.append(check(f"{size}, to the faster IRC server", lead, least, "x"))
    head = ["million deliveries per server CPU s", *map(str, SIZES)]
    head += [f"ours/its, {size}" for size in SIZES]
    return Table(
        "Saturated",
        [*head, "server busy, generator idle", "notes"],
        rows,
        checks,
        series,
    )


def irc(bench: Bench, sizes: Sequence[int] = (100, 1000)) -> Table:
    """The IRC door, plain and with tags, beside two IRC servers, in one run."""
    cells = [
        Cell(f"{size} IRC listeners", server, size)
        for size in sizes
        for server in (s.TWISTED_CHAT_IRC, s.IRC_WITH_TAGS, s.NGIRCD, s.INSPIRCD)
        if not server.missing
    ]
    measured = bench.interleave(cells)
    rows = [
        [
            str(one.cell.clients),
            one.cell.server.name,
            millions(one.rate),
            times([one]),
            notes([one]),
        ]
        for one in measured
    ]
    [plain] = [
        one.rate / 1e6
        for one in measured
        if one.cell.server is s.TWISTED_CHAT_IRC and one.cell.clients == sizes[-1]
    ]
    head = ["listeners", "", "million deliveries per server CPU s"]
    return Table(
        "IRC",
        [*head, "server, generator", "notes"],
        rows,
        [check(f"{sizes[-1]} listeners", plain, 3, "M")],
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
                notes([one]),
            ]
        )
        if server is s.TWISTED_CHAT:
            checks.append(check("p50", quantiles[0], 1, "ms", most=True))
            checks.append(check("p99", quantiles[1], 5, "ms", most=True))
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
            checks.append(check("an idle client", each, 12, "KiB", most=True))
            checks.append(check("registrations a second", speed, 3000, ""))
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
                *(millions(one.rate) for one in (text, mix, ignoring)),
                *(f"{share:.0%}" for share in shares),
                notes([text, mix, ignoring]),
            ]
        )
        checks.append(check(f"{size}, mix to text", 100 * shares[0], 70, "%"))
        checks.append(check(f"{size}, ignoring to text", 100 * shares[1], 60, "%"))
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
        [one.cell.label, millions(one.rate), f"{cost:.2f}", notes([one])]
        for one, cost in zip(measured, costs, strict=True)
    ]
    checks = [
        check("two rooms to one, CPU per delivery", costs[1], 1.05, "x", most=True)
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
            millions(one.rate),
            f"{1e9 / one.rate:.0f}",
            times([one]),
            notes([one]),
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
        [check("growth of the cost, first to last", growth, 1.1, "x", most=True)],
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
            notes([one]),
        ]
        for one in (without, with_one)
    ]
    change = with_one.to(without, _p99)
    return Table(
        f"One listener that stops reading, 100 others, {rate:.0f} messages/s",
        ["", "p50 ms", "p99 ms", "p99.9 ms", "memory growth MiB", "notes"],
        rows,
        [check("p99 with to without", change, 1.1, "x", most=True)],
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
        rows.append([name, *(millions(one.rate) for one in mine), notes(mine)])
    head = ["reactor", *(f"{size} listeners" for size in sizes), "notes"]
    return Table("Reactors", head, rows)


def disk(bench: Bench) -> Table:
    """The history in a file instead of memory."""
    measured = bench.interleave(
        [
            Cell(f"{size} listeners", server, size)
            for size in SIZES
            for server in (s.TWISTED_CHAT, s.IN_A_FILE)
        ]
    )
    rows, checks = [], []
    for number, size in enumerate(SIZES):
        memory, on_disk = measured[2 * number : 2 * number + 2]
        share = on_disk.to(memory, _rate)
        rates = (millions(one.rate) for one in (memory, on_disk))
        rows.append([str(size), *rates, f"{share:.0%}", notes([memory, on_disk])])
        checks.append(check(f"{size}, file to memory", 100 * share, 80, "%"))
    head = ["listeners", "in memory", "in a file", "file/memory", "notes"]
    return Table("The history in a file", head, rows, checks)


SCENARIOS: dict[str, Callable[[Bench], Table]] = {
    "saturated": saturated,
    "irc": irc,
    "latency": latency,
    "small": small_rooms,
    "alone": one_at_a_time,
    "newcomers": newcomers,
    "idle": idle,
    "formats": formats,
    "doors": several_doors,
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
