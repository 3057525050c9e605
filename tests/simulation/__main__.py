"""``python -m tests.simulation`` runs clusters by seed after seed, for some minutes.

Each process takes every n-th seed, from the first on, until the time is over.  Seeds
that fail are printed with what had befallen them; then the status is 1.
``SIMULATION_SEED=17 pytest tests/test_simulation.py`` runs one of them again.
"""

from __future__ import annotations

import argparse
import gc
import os
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from itertools import count, islice
from typing import NamedTuple

from .world import World

COLLECTED = 20
"""Runs after which memory is collected; a quarter of the time would go into that."""


class Outcome(NamedTuple):
    """:ivar failed: lines about the seeds that did."""

    runs: int
    failed: tuple[str, ...]


def failure(seed: int) -> str:
    """What is wrong with the run of a seed, and what had befallen; else empty."""
    world = World(seed)
    try:
        world.run()
    except Exception as error:
        happened = ", ".join(world.happened)
        return f"SIMULATION_SEED={seed}: {error!r}\n    {happened}"
    return ""


def run(seeds: Iterator[int], seconds: float) -> Outcome:
    """As many of them as there is time for."""
    end = time.monotonic() + seconds
    runs, failed = 0, []
    gc.disable()
    while time.monotonic() < end and (seed := next(seeds, None)) is not None:
        runs += 1
        if not runs % COLLECTED:
            gc.collect()
        if line := failure(seed):
            failed.append(line)
            print(line, flush=True)
    return Outcome(runs, tuple(failed))


def _run_part(first: int, step: int, most: int | None, seconds: float) -> Outcome:
    return run(islice(count(first, step), most), seconds)


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.simulation")
    parser.add_argument("--seconds", type=float, default=120.0, help="how long")
    parser.add_argument("--first", type=int, default=0, help="the first seed")
    parser.add_argument("--runs", type=int, help="at most so many in each process")
    cores = len(os.sched_getaffinity(0))
    parser.add_argument("--processes", type=int, default=cores)
    given = parser.parse_args()
    with ProcessPoolExecutor(given.processes) as pool:
        parts = [
            pool.submit(
                _run_part, given.first + n, given.processes, given.runs, given.seconds
            )
            for n in range(given.processes)
        ]
        outcomes = [part.result() for part in parts]
    failed = [line for outcome in outcomes for line in outcome.failed]
    runs = sum(outcome.runs for outcome in outcomes)
    print(f"{runs} runs from seed {given.first} on, {len(failed)} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
