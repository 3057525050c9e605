"""What a shared log asks of a stream: one order of records for many nodes.

A stream keeps *records* (opaque bodies, each with a position that is also its time)
and a *book* of the nodes that may append.  Who enters gets an *epoch*: a number that
is never given twice, and a lease on it.  Where the lease is over nothing more is
appended under it (it is fenced), and anybody may end it.

A log has a *generation*.  It is *sealed* where the stream can't promise that it still
has all that it acknowledged: it was started anew, or emptied.  Nothing is appended to a
sealed log, until a node opens the next generation with a snapshot.

Every call may fail with `Away`, and then nobody knows whether it was carried out; each
may be made once more.  A Deferred that is cancelled fails with `CancelledError`, and
what it asked for may be carried out all the same.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, NamedTuple, Protocol

from twisted.internet.defer import Deferred

LEASE: Final = 10.0
"""How long an epoch lasts after it was entered or renewed, in seconds."""

QUIET: Final = 6.0
"""Where nobody has entered or renewed for longer than this, in seconds, nobody could.
Whichever call but `look` comes first then extends everybody's lease by `LEASE`."""

WAIT: Final = 1.0
"""How long `Stream.read` waits for a record, in seconds."""

MAX_BODY: Final = 2**20
"""The longest body of a record, in bytes."""

MAX_SNAPSHOT: Final = 64 * 2**20
"""The longest snapshot, in bytes."""

MAX_NAME: Final = 64
"""The longest name of a node, in bytes of UTF-8; it has no control characters."""

MAX_MEMBERS: Final = 256
"""How many nodes may be in at once, and how many may report."""

KEPT_SNAPSHOTS: Final = 3
"""How many snapshots are kept, the newest."""


class Position(NamedTuple):
    """Where a record is: positions ascend, with gaps.

    :ivar ms: the record's time by the stream's clock, in milliseconds since 1970; it
        never goes back from one record to the next.
    :ivar seq: counts the records of one millisecond.
    """

    ms: int
    seq: int


BEGINNING: Final = Position(0, 0)
"""Before every record: the `previous` of the very first."""


class Record(NamedTuple):
    """What was appended in one call.

    :ivar previous: the position of the record before it, in this generation or the one
        before; a reader that last saw another one has missed some.
    :ivar generation: of the log, when it was appended.
    :ivar node: the epoch that appended it; 0 for the bodies of `open`, `expel` and
        `leave`.
    :ivar sequence: counts the records of that epoch from 1; 0 where `node` is 0.
    :ivar body: what was appended; its entries' time is ``position.ms / 1000``.
    """

    position: Position
    previous: Position
    generation: int
    node: int
    sequence: int
    body: bytes


class Member(NamedTuple):
    """A node that has an epoch.

    :ivar node: the epoch: greater than every one that was given before.
    :ivar name: what the node calls itself; two epochs may have the same name, where one
        is of an earlier run.
    :ivar sequence: of its last record; 0 before the first.
    :ivar position: how far it has read by its own word; at first the head, and
        `BEGINNING` for who stays in when a generation is opened.
    :ivar left: seconds of its lease that are left; 0 or less: it may be expelled.
    """

    node: int
    name: str
    sequence: int
    position: Position
    left: float


class Book(NamedTuple):
    """Who is in, and how far the log is.

    :ivar head: the position of the last record.
    :ivar members: in the order in which they entered.
    """

    generation: int
    head: Position
    members: tuple[Member, ...]


class Epoch(NamedTuple):
    """What `Stream.open` is told of a node that stays in.

    :ivar node: as in `Member`, and `name` too.
    :ivar sequence: of its last record up to the position of the snapshot.
    """

    node: int
    name: str
    sequence: int


class Report(NamedTuple):
    """How far a node was when it found the log sealed.

    :ivar name: what the node calls itself; each name has one report, its last.
    :ivar generation: the last one that it has seen; 0 for none.
    :ivar position: how far it has shown; what is behind that nobody has seen of it.
    :ivar others: the names of the nodes that it knows to have been in.
    :ivar age: how long ago it reported, in seconds.
    """

    name: str
    generation: int
    position: Position
    others: tuple[str, ...]
    age: float


class StreamError(Exception):
    """The stream did not do what it was asked for."""


class Away(StreamError):  # noqa: N818
    """There was no answer in time, or the connection is lost.

    What was asked for may have been done.

    :ivar silent: for how many seconds nothing has been answered.
    """

    def __init__(self, why: str = "", silent: float = 0.0) -> None:
        super().__init__(why)
        self.silent = silent


class Sealed(StreamError):  # noqa: N818
    """The log is not open in the generation that was meant.

    The stream is empty, was started anew, or is in another generation than the one that
    was last looked at, entered or opened here.
    """


class Fenced(StreamError):  # noqa: N818
    """The epoch has ended, or its lease is over: the node has to enter anew."""


class Gap(StreamError):  # noqa: N818
    """The sequence is not the next one: records before it are missing."""


class Malformed(StreamError):  # noqa: N818
    """What the stream has isn't what a node would have written.

    The message names the position.  Reading on would leave something out.
    """


class Stream(Protocol):
    """One order of records for many nodes.

    Calls that are made without waiting are carried out in the order in which they were
    made; `read` and what carries a snapshot excepted.
    """

    def look(self) -> Deferred[Book]:
        """Tell who is in, and how far the log is.

        Fails with `Sealed`, `Away`.
        """

    def enter(self, name: str) -> Deferred[Member]:
        """Get a new epoch, never used before, with a lease of `LEASE` seconds.

        Fails with `Sealed`, `Away`, and with `StreamError` where there are
        `MAX_MEMBERS`.
        """

    def append(self, node: int, sequence: int, body: bytes) -> Deferred[None]:
        """Append a record of `body`, the `sequence`-th of this epoch, from 1.

        A sequence that is there already is acknowledged, and adds nothing.
        Fails with `Fenced`, `Gap`, `Sealed`, `Away`, and with `ValueError` where `body`
        is longer than `MAX_BODY`.
        """

    def read(self, after: Position, most: int = 500) -> Deferred[list[Record]]:
        """Get records after a position in order, at most `most`.

        Waits up to `WAIT` seconds for some; there are none then.  There may be fewer
        than asked for though more are there.  A sealed log can be read as well.  One
        call at a time: another one before the first has fired waits for it.
        Fails with `Away`, `Malformed`.
        """

    def renew(self, node: int, position: Position) -> Deferred[Book]:
        """Extend the lease of an epoch, and tell that it has read up to `position`.

        See `QUIET` for when all leases are extended first.
        Fails with `Fenced`, `Sealed`, `Away`.
        """

    def expel(self, node: int, body: bytes) -> Deferred[bool]:
        """If that epoch's lease is over, end it and append `body`, in one step.

        The record is of node 0, sequence 0.  False: the lease isn't over, or there is
        no such epoch (any more).  Fails with `Sealed`, `Away`.
        """

    def leave(self, node: int, body: bytes) -> Deferred[None]:
        """End one's own epoch and append `body`, in one step, as `expel` does.

        Nothing happens where it has ended before.  Fails with `Sealed`, `Away`.
        """

    def put_snapshot(self, position: Position, data: bytes) -> Deferred[None]:
        """Keep the state as it was after the record at `position`.

        The newest `KEPT_SNAPSHOTS` are kept, as long as the stream still has what
        comes after them.  One whose position is taken, is older than those kept, or is
        past the head is not.  Fails with `Sealed`, `Away`, and with `ValueError` where
        `data` is longer than `MAX_SNAPSHOT`.
        """

    def snapshot(
        self, upto: Position | None = None
    ) -> Deferred[tuple[Position, bytes] | None]:
        """Get the newest snapshot that isn't past `upto`; None if there is none.

        A sealed log's can be had as well.  Fails with `Away`, `Malformed`.
        """

    def trim(self, before: Position) -> Deferred[None]:
        """Forget records before a position.

        None is forgotten that comes after the oldest snapshot, or that a member whose
        lease isn't over has still to read by its last `renew`; where there is no
        snapshot, none at all.  But what is older than a stream keeps records, or more
        than it keeps, is; and the snapshots that it covered with it, and those as old
        but for the newest.
        Fails with `Sealed`, `Away`.
        """

    def report(
        self, name: str, generation: int, position: Position, others: Sequence[str]
    ) -> Deferred[tuple[Report, ...]]:
        """Of a sealed log: say how far one was, and hear what others said so far.

        One's own report is among them.  `open` forgets them, and so does being started
        anew: what is lost then may be that a log was open.
        Fails with `Away`, and with `StreamError` where the log is open or there are
        `MAX_MEMBERS` reports.
        """

    def open(
        self,
        generation: int,
        position: Position,
        data: bytes,
        body: bytes,
        members: Sequence[Epoch] = (),
    ) -> Deferred[None]:
        """Open a sealed log in the generation after `generation`.

        `data` is the snapshot at `position`, and `body` becomes the first record (node
        0, sequence 0), after `position` whatever the clock says; its `previous` is
        `position`.  Records past `position` are gone.  Those of `members` are in, each
        with a fresh lease, and all other epochs end.
        Fails with `Sealed` where the log is open, or in a later generation than that:
        one that has lost the last openings, or everything, is in an earlier one.
        Fails with `Away`, and `ValueError` as `append`, `put_snapshot` and `enter` do,
        and where there are more than `MAX_MEMBERS`.
        """
