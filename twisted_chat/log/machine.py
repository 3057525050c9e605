"""What a shared log asks of the state, and of the server around it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple, Protocol, TypeAlias, TypeVar

from twisted.internet.defer import Deferred

from .stream import BEGINNING, Position

E = TypeVar("E")


class Place(NamedTuple):
    """How far a node is: in which generation, after which record."""

    generation: int
    position: Position


NOWHERE = Place(0, BEGINNING)
"""Where a node is that has never seen a log."""


class Start(NamedTuple):
    """Where a generation began: after the record at `position`.

    :ivar mark: what `Machine.mark` told there; empty where that isn't known.
    """

    generation: int
    position: Position
    mark: str = ""


Starts: TypeAlias = Sequence[Start]
"""Of the latest generations; the first ones of a log may be missing."""


class Machine(Protocol[E]):
    """A state that entries change, the same way on every node.

    :ivar refusal: what `apply` raises for an entry that changes nothing; anything else
        that it raises means that this node can't go on.
    """

    refusal: type[Exception]

    def encode(self, entries: Sequence[E]) -> bytes: ...

    def decode(self, body: bytes) -> Sequence[E]:
        """Raises anything for what this program doesn't understand."""

    def apply(self, entry: E, at: float) -> None:
        """Change the state.

        :param at: seconds since the epoch, never less than the time before.
        :raises: `refusal`; see there.
        """

    def nodes(self) -> Mapping[int, str]:
        """The names of the nodes that are up by this state, by their numbers.

        A store may remember them: before there is a state of the log, they say for
        whom to wait when a generation is opened.
        """

    def first(self, node: int) -> Sequence[E]:
        """What a node proposes that has entered: that it is up.

        :param node: the number that it was given.
        """

    def gone(self, node: int) -> E:
        """The entry that the node of that number is gone; no-op for an unknown one."""

    def load(self) -> None:
        """Begin with what this node's own store has, and nobody online."""

    def take_snapshot(self) -> bytes: ...

    def check(self) -> E | None:
        """What to propose so that all nodes compare what they have come to by then.

        None where there is nobody to compare it with.
        """

    def was_asked(self) -> bool:
        """Whether the record that was just `passed` had this node's own `check`."""

    def agrees(self, position: Position) -> bool:
        """Whether most nodes had the same as this one after that record."""

    def restore(self, data: bytes, place: Place) -> None:
        """Be in the state of a snapshot, whatever the state was before.

        The store may be further, and passes over what it has.
        """

    def passed(self, place: Place) -> None:
        """All up to `place` is applied: keep it with what came of it."""

    def mark(self, position: Position) -> str:
        """What this state, which is as of `position`, has of that very millisecond.

        By that a store whose records have no more than a time can tell what it was
        given before that place from what came after it; see `rewind`.  A few hundred
        characters at most; empty for what can't be told.
        """

    def began(self, starts: Starts) -> None:
        """These generations have led here, from now on: keep them with what follows."""

    def rewind(self, place: Place, data: bytes | None, mark: str) -> Deferred[None]:
        """Have the store be at `place`, from where the log went on without the rest.

        What was said after it is put aside, to be proposed again; then a `restore`
        follows.
        No-op where the store isn't past `place`.

        :param data: the snapshot of the state there; None where there is none any more.
        :param mark: what `mark` told there; empty where nobody knows.
        """


class Host(Protocol):
    """What a log tells the server of which it is a part."""

    def away(self, since: float) -> None:
        """What is proposed waits, or is to: the stream doesn't answer, its log is
        sealed, or this node has no number in it.

        :param since: when that began, in seconds since the epoch.
        """

    def back(self) -> None:
        """It waits no more: this node goes on, or is about to be `fenced`."""

    def fenced(self, old: int, new: int) -> None:
        """This node was declared gone as `old`, and is up again as `new`.

        Both are numbers of nodes.  The sessions of `old`, which were those of this
        process, are gone for all.
        """

    def failed(self, reason: str) -> None:
        """The log has stopped, because this node can't go on.

        Nothing of the turn has been shown yet, and nothing of it may be.
        """

    def forked(self, position: Position) -> None:
        """The log has stopped: it is none that this node could go on with.

        :param position: up to where it may be what this node has shown.
        """

    def lost(self, certain: bool) -> Exception:
        """What a proposal fails with that came to nothing.

        :param certain: it isn't in the log and won't be, and may be proposed anew,
            by the new number.  Else nobody knows.
        """

    def too_much(self) -> Exception:
        """What a proposal fails with where too much waits, or it is too long."""
