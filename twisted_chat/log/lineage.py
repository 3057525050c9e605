"""Where each generation began: by that a node knows whether it has diverged.

A log is one line.  A node that hasn't read all of it is behind, and catches up.  But
where a generation was opened before what a node has shown, that node has shown what
isn't in the log.  Every snapshot therefore says where the latest generations began.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from operator import attrgetter

from .machine import Place, Start
from .stream import BEGINNING, Position, Report

MAX_GENERATIONS = 32


class Forked(Exception):  # noqa: N818
    """This node has shown what isn't in the log.

    :ivar position: up to where the log is what it has shown.
    """

    def __init__(self, position: Position) -> None:
        super().__init__(f"the log went on from {position[0]}-{position[1]}")
        self.position = position


class Left(Forked):
    """The log was opened before what this node has shown, and after something of it.

    So this node can go on from there.

    :ivar mark: see `Start`.
    """

    def __init__(self, position: Position, mark: str = "") -> None:
        super().__init__(position)
        self.mark = mark


class Lineage:
    """The generations that led to a state, the last `MAX_GENERATIONS` of them.

    :ivar generation: the last one's number.
    """

    def __init__(self, starts: Iterable[Start] = ()) -> None:
        self._starts = {start.generation: start for start in starts}
        self.generation = max(self._starts, default=0)

    @property
    def starts(self) -> tuple[Start, ...]:
        """Where each of them began."""
        return tuple(self._starts.values())

    def begin(self, start: Start) -> None:
        """That generation begins with the record after that position."""
        self.generation = start.generation
        self._starts[start.generation] = start
        while len(self._starts) > MAX_GENERATIONS:
            del self._starts[min(self._starts)]

    def next(self, start: Start) -> Lineage:
        """The lineage of the generation that begins there."""
        lineage = Lineage(self.starts)
        lineage.begin(start)
        return lineage

    def check(self, place: Place) -> None:
        """Raises `Forked` where this line left `place` aside; see also `left`."""
        if place.generation > self.generation:
            last = self._starts.get(self.generation)
            raise Forked(place.position if last is None else last.position)
        later = (start for start in self.starts if start.generation > place.generation)
        first = min(later, key=attrgetter("position"), default=None)
        if first is not None and first.position < place.position:
            raise left(first.position, first.mark)


def left(position: Position, mark: str = "") -> Forked:
    """The log went on from `position`, and this node had shown more.

    Where that is the beginning, the log has nothing of what it has shown.

    :param mark: see `Start`.
    """
    return Left(position, mark) if position > BEGINNING else Forked(position)


def missing(others: Collection[str], reports: Sequence[Report]) -> set[str]:
    """Those that anybody knows of and who have not reported.

    :param others: the names of those that this node knows of.
    """
    known = set(others).union(*(report.others for report in reports))
    return known - {report.name for report in reports}


def is_opener(name: str, others: Collection[str], reports: Sequence[Report]) -> bool:
    """Whether the node `name` opens the next generation, by what all reported.

    That is the one that is furthest, so that nothing is lost that anybody has shown;
    among several the first by name.  Nobody does before all have reported that anybody
    knows of.

    :param others: as in `missing`.
    """
    if missing({name, *others}, reports):
        return False
    best = max((report.generation, report.position) for report in reports)
    return name == min(r.name for r in reports if (r.generation, r.position) == best)
