"""Runs cells: a server, a number of listeners, what the generator does."""

from __future__ import annotations

import os
import statistics
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from . import generator
from .generator import Failed, Result
from .servers import Server, running


class Cell(NamedTuple):
    """One thing to measure; `options` are the generator's."""

    label: str
    server: Server
    clients: int
    options: dict[str, Any] = {}


class Measured:
    """The results of one cell in several runs."""

    def __init__(self, cell: Cell) -> None:
        self.cell = cell
        self.results: list[Result] = []
        self.failure = cell.server.missing

    def median(self, get: Callable[[Result], float]) -> float:
        """The median over the runs; NaN when there is none."""
        if not self.results:
            return float("nan")
        return statistics.median(map(get, self.results))

    def to(self, other: Measured, get: Callable[[Result], float]) -> float:
        """The median, over the runs, of the ratio to `other` in the same run.

        A machine that others use is slower for minutes at a time; the two
        cells of a run are seconds apart.
        """
        pairs = zip(self.results, other.results, strict=False)
        ratios = [get(mine) / get(its) for mine, its in pairs]
        return statistics.median(ratios) if ratios else float("nan")

    @property
    def rate(self) -> float:
        return self.median(lambda result: result.rate)

    @property
    def complaints(self) -> list[str]:
        return [words for result in self.results if (words := result.complaint())]


class Bench:
    """Measures cells, one after another, on two cores.

    :param where: a directory for the servers' files.
    :ivar server_core: the core of the server, None where there is only one.
    """

    def __init__(self, where: Path, runs: int, seconds: float, warmup: float) -> None:
        self.where = where
        self.runs = runs
        self.times = {"seconds": seconds, "warmup": warmup}
        self.program = generator.build(where)
        cores = sorted(os.sched_getaffinity(0))
        self.server_core: int | None = None
        self.own_core: int | None = None
        if len(cores) > 1:
            self.server_core, self.own_core = cores[:2]
        self.raw: list[dict[str, Any]] = []

    def measure(self, cell: Cell) -> Result:
        """One run of one cell with a server of its own; raises `Failed`."""
        server = cell.server
        directory = self.where / f"run{len(self.raw)}"
        options: dict[str, Any] = {"dialect": server.dialect, **self.times}
        options["quiet"] = 0.4 if server.dialect == "plain" else 1.3
        options |= cell.options
        with running(server, directory, self.server_core) as target:
            result = generator.run(
                self.program,
                self.own_core,
                pid=target.pid,
                port=target.port,
                clients=cell.clients,
                **options,
            )
        self.raw.append(
            {
                "server": server.name,
                "label": cell.label,
                "options": {k: str(v) for k, v in cell.options.items()},
                **result._asdict(),
            }
        )
        return result

    def interleave(self, cells: Sequence[Cell], runs: int = 0) -> list[Measured]:
        """Every cell once, then every cell again, and so on."""
        everything = [Measured(cell) for cell in cells]
        for run in range(runs or self.runs):
            for measured in everything:
                if not measured.failure:
                    self._once(measured, run)
        return everything

    def _once(self, measured: Measured, run: int) -> None:
        cell = measured.cell
        label = f"run {run + 1}: {cell.server.name}, {cell.label}"
        try:
            result = self.measure(cell)
        except (Failed, OSError) as error:
            measured.failure = f"failed: {error}"
            tell(f"{label}: {measured.failure}")
            return
        measured.results.append(result)
        tell(f"{label}: {_summary(result)}")


def _summary(result: Result) -> str:
    if not result.delivered:
        return (
            f"{result.clients / result.opening_seconds:.0f} registered a second, "
            f"{result.registrations:.0f} per CPU s, "
            f"p50 {result.p50:.2f} ms, p99 {result.p99:.2f} ms, "
            f"{(result.rss_idle - result.rss_before) / result.clients:.1f} KiB each"
        )
    return (
        f"{result.rate / 1e6:.2f} M deliveries per CPU s, p50 {result.p50:.2f} ms, "
        f"p99 {result.p99:.2f} ms, server busy {result.busy_share:.0%}, "
        f"generator idle {result.idle_share:.0%} "
        f"{result.complaint() or 'all in order'}"
    )


def tell(line: str) -> None:
    print(line, file=sys.stderr, flush=True)
