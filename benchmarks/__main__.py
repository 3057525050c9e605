"""The command line: ``python -m benchmarks``."""

from __future__ import annotations

import argparse
import json
import os
import platform
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from . import estimate, servers
from .bench import Bench, tell
from .generator import Failed
from .plot import svg
from .scenarios import SCENARIOS
from .tables import Table

RUNS, SECONDS, WARMUP = 5, 3.0, 1.0


def _options(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks",
        description="Measure the server side by side with others.",
        epilog=_scenarios(),
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("scenario", nargs="*", help="one of those below; without: all")
    parser.add_argument(
        "--runs", type=int, default=RUNS, help=f"interleaved runs [{RUNS}]"
    )
    parser.add_argument(
        "--seconds",
        type=float,
        default=SECONDS,
        help=f"measured, each run [{SECONDS:.0f}]",
    )
    parser.add_argument(
        "--warmup",
        type=float,
        default=WARMUP,
        help=f"seconds before them [{WARMUP:.0f}]",
    )
    parser.add_argument(
        "--out", type=Path, help="where to write the plot and all figures"
    )
    options = parser.parse_args(arguments)
    if unknown := set(options.scenario) - set(SCENARIOS):
        parser.error(f"unknown: {', '.join(unknown)}")
    return options


def _scenarios() -> str:
    """Every scenario, what it measures, and how long that takes."""
    lines = ["scenarios, and how long each takes unless told otherwise:"]
    total = 0
    for name, scenario in SCENARIOS.items():
        took = estimate.minutes(scenario, RUNS, SECONDS, WARMUP)
        total += took
        what = (scenario.__doc__ or "").strip().partition("\n")[0]
        lines.append(f"  {name:10} {took:3} min  {what}")
    return "\n".join([*lines, f"  {'all':10} {total:3} min"])


def main(arguments: Sequence[str] | None = None) -> int:
    options = _options(arguments)
    print(machine())
    for server in servers.ALL:
        if server.missing:
            print(f"skipped: {server.name}: {server.missing}")
    tables = []
    with tempfile.TemporaryDirectory(prefix="benchmarks-") as directory:
        try:
            bench = Bench(
                Path(directory), options.runs, options.seconds, options.warmup
            )
        except Failed as error:
            tell(str(error))
            return 1
        if bench.server_core is None:
            print("only one core: server and generator share it, trust no latency")
        for name in options.scenario or SCENARIOS:
            tell(f"{name}: {estimate.about(_minutes(name, options))}")
            table = SCENARIOS[name](bench)
            tables.append(table)
            print("\n" + rst(table), flush=True)
        if options.out:
            _write(options.out, tables, bench)
    wrong = [table.title for table in tables if not _in_order(table)]
    return 1 if wrong else 0


def _minutes(name: str, options: argparse.Namespace) -> int:
    return estimate.minutes(
        SCENARIOS[name], options.runs, options.seconds, options.warmup
    )


def machine() -> str:
    """What the figures were measured on."""
    model = platform.processor()
    with open("/proc/cpuinfo", encoding="utf-8") as cpuinfo:
        for line in cpuinfo:
            if line.startswith("model name"):
                model = line.partition(":")[2].strip()
                break
    import twisted

    return (
        f"{model}, {len(os.sched_getaffinity(0))} cores, "
        f"{platform.system()} {platform.release()}, Python {sys.version.split()[0]}, "
        f"Twisted {twisted.__version__}"
    )


def rst(table: Table) -> str:
    """`table` as reStructuredText."""
    rows = [list(table.head), *map(list, table.rows)]
    widths = [max(2, *(len(row[i]) for row in rows)) for i in range(len(table.head))]
    rule = "  ".join("=" * width for width in widths)
    lines = [
        "  ".join(
            (cell or "..").ljust(width) for cell, width in zip(row, widths, strict=True)
        )
        for row in rows
    ]
    text = [
        table.title,
        "-" * len(table.title),
        "",
        rule,
        lines[0],
        rule,
        *lines[1:],
        rule,
    ]
    if table.checks:
        text += ["", *(f"- {check}" for check in table.checks)]
    return "\n".join(line.rstrip() for line in text) + "\n"


def _in_order(table: Table) -> bool:
    return not any("out of order" in cell for row in table.rows for cell in row)


def _write(where: Path, tables: Sequence[Table], bench: Bench) -> None:
    where.mkdir(parents=True, exist_ok=True)
    for table in tables:
        if table.series:
            picture = svg(
                "Deliveries per server CPU second",
                "listeners in the room",
                "deliveries per CPU second",
                table.series,
            )
            name = table.title.lower().replace(" ", "-")
            (where / f"performance-{name}.svg").write_text(picture, encoding="utf-8")
    figures = where / "performance.json"
    runs = merged(figures, [{"machine": machine(), **run} for run in bench.raw])
    figures.write_text(json.dumps({"runs": runs}, indent=1), encoding="utf-8")


def merged(figures: Path, runs: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """What is in a file of `figures` but for what was measured anew, and that."""
    if not figures.exists():
        return [*runs]
    kept = json.loads(figures.read_text(encoding="utf-8"))
    new = {(run["server"], run["label"]) for run in runs}
    old = ({"machine": kept.get("machine", ""), **run} for run in kept["runs"])
    return [run for run in old if (run["server"], run["label"]) not in new] + [*runs]


if __name__ == "__main__":
    sys.exit(main())
