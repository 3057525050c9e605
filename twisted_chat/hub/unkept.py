"""Which messages of a room go with the last who leaves it."""

from __future__ import annotations

MAX_RUNS = 100


class Unkept:
    """The ids of what was said while a room was `Rules.fleeting`, as runs.

    Past `MAX_RUNS` of them what was said in between counts too.
    """

    __slots__ = ("_begun", "_runs")

    def __init__(self) -> None:
        self._runs: list[tuple[int, int]] = []
        self._begun = 0

    def __bool__(self) -> bool:
        return bool(self._runs or self._begun)

    def __contains__(self, id: object) -> bool:
        if not isinstance(id, int):
            return False
        if self._begun and id >= self._begun:
            return True
        return any(first <= id <= last for first, last in self._runs)

    @property
    def active(self) -> bool:
        """Whether what is said now is one of them."""
        return bool(self._begun)

    def begin(self, id: int) -> None:
        """Let all from `id` on be one of them."""
        self._begun = id

    def end(self, last_id: int) -> None:
        """Let none behind `last_id` be one of them."""
        first, self._begun = self._begun, 0
        if first > last_id:
            return
        if len(self._runs) >= MAX_RUNS:
            first, _ = self._runs.pop()
        self._runs.append((first, last_id))

    def clear(self) -> None:
        """Let none be one of them."""
        self._runs.clear()
        self._begun = 0

    def runs(self) -> tuple[tuple[int, int], ...]:
        """First and last of each run; 0 as the last where it goes on."""
        open_run = ((self._begun, 0),) if self._begun else ()
        return (*self._runs, *open_run)

    def load(self, runs: tuple[tuple[int, int], ...]) -> None:
        """Be what `runs` gave."""
        self._runs = [(first, last) for first, last in runs if last]
        self._begun = next((first for first, last in runs if not last), 0)
