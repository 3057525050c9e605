"""How long a scenario takes, found by going through it without measuring."""

from __future__ import annotations

import math
from collections.abc import Callable

from .bench import Bench, Cell, Measured
from .generator import Result

# Seconds beside those that are measured, as a machine with two cores took them.
A_RUN = 3.0
A_CLIENT = 0.002
AN_IDLE_CLIENT = 0.0005

NOTHING = Result(1, 1.0, 1.0, 1, 2, 2, 1.0, 1.0, 1.0, 1, 1, 1, 1.0, 1.0, 1.0, 1.0)


class Rehearsal(Bench):
    """Runs nothing, and adds up what the runs would take.

    :ivar took: seconds.
    """

    def __init__(self, runs: int, seconds: float, warmup: float) -> None:
        self.runs = runs
        self.times = {"seconds": seconds, "warmup": warmup}
        self.took = 0.0

    def measure(self, cell: Cell) -> Result:
        idle = bool(cell.options.get("idle"))
        self.took += A_RUN + cell.clients * (AN_IDLE_CLIENT if idle else A_CLIENT)
        self.took += 0.0 if idle else sum(self.times.values())
        return NOTHING._replace(clients=cell.clients)

    def _once(self, measured: Measured, run: int) -> None:
        measured.results.append(self.measure(measured.cell))


def minutes(
    scenario: Callable[[Bench], object], runs: int, seconds: float, warmup: float
) -> int:
    """How many minutes `scenario` takes, about."""
    rehearsal = Rehearsal(runs, seconds, warmup)
    scenario(rehearsal)
    return math.ceil(rehearsal.took / 60)


def about(count: int) -> str:
    return f"about {count} minute{'s' if count > 1 else ''}"
