"""What the figures look like, as words in a table."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import NamedTuple

from .bench import Measured
from .plot import Series


class Table(NamedTuple):
    """:ivar checks: what was asked for, and whether it was reached."""

    title: str
    head: Sequence[str]
    rows: Sequence[Sequence[str]]
    checks: Sequence[str] = ()
    series: Sequence[Series] = ()


def millions(rate: float) -> str:
    """A rate in millions; empty where there is none."""
    return "" if math.isnan(rate) else f"{rate / 1e6:.3g}"


def ratio(one: float, other: float) -> str:
    """One rate to another; empty where there is none."""
    quotient = one / other if other else math.nan
    return "" if math.isnan(quotient) else f"{quotient:.3g}"


def times(measured: Sequence[Measured]) -> str:
    """Of each cell: how busy the server was, how idle the generator."""
    return ", ".join(
        f"{one.median(lambda r: r.busy_share):.0%}/"
        f"{one.median(lambda r: r.idle_share):.0%}"
        for one in measured
        if one.results
    )


def notes(measured: Sequence[Measured]) -> str:
    """What went wrong, or that nothing did."""
    notes = [one.failure for one in measured if one.failure]
    notes += [words for one in measured for words in one.complaints]
    return "; ".join(dict.fromkeys(notes)) or "all in order"


def check(what: str, value: float, limit: float, unit: str, most: bool = False) -> str:
    """Whether `value` is what was asked for: at least `limit`, or at most."""
    reached = value <= limit if most else value >= limit
    sign = "at most" if most else "at least"
    return (
        f"{'reached' if reached else 'NOT REACHED'}: {what}: {value:.3g} {unit}, "
        f"asked for {sign} {limit:g}"
    )
