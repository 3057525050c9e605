"""What holds of every stream: one suite, run on each of them.

To have one checked, derive a class that says how it is reached::

    class TestMyStream(StreamContract):
        def connect(self): ...

A test is a coroutine, which the class's `run` brings to its end: on a real reactor, or
by a `Clock` that it advances.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Coroutine
from functools import wraps
from itertools import pairwise
from typing import Any, TypeVar

import pytest
from twisted.internet.defer import CancelledError, Deferred, gatherResults

from twisted_chat.log.stream import (
    BEGINNING,
    KEPT_SNAPSHOTS,
    MAX_BODY,
    MAX_MEMBERS,
    Book,
    Epoch,
    Fenced,
    Gap,
    Member,
    Position,
    Record,
    Sealed,
    Stream,
    StreamError,
)

Contract = TypeVar("Contract", bound="StreamTest")

FAR = 1000 * 365 * 24 * 3600 * 1000
"""A year 2970 and later, in milliseconds since 1970."""


def scenario(
    test: Callable[[Contract], Coroutine[Deferred[Any], Any, None]],
) -> Callable[[Contract], None]:
    """A test that waits."""

    @wraps(test)
    def run(self: Contract) -> None:
        self.run(test(self))

    return run


async def everything(stream: Stream, after: Position = BEGINNING) -> list[Record]:
    """All records after a position, in one list."""
    head = (await stream.look()).head
    records: list[Record] = []
    while after < head:
        records += await stream.read(after)
        after = records[-1].position
    return records


async def bodies(stream: Stream, after: Position = BEGINNING) -> list[bytes]:
    return [record.body for record in await everything(stream, after)]


def left(book: Book, node: int) -> float:
    """Seconds of its lease that are left to a node."""
    return next(member.left for member in book.members if member.node == node)


class StreamTest:
    """How a test reaches a stream.

    :ivar lease: how long an epoch lasts in the streams that are made here, in seconds.
    :ivar quiet: after how long without a renewal all leases begin anew.
    """

    lease: float
    quiet: float

    def run(self, test: Coroutine[Deferred[Any], Any, None]) -> None:
        """Bring a test to its end."""
        raise NotImplementedError

    def connect(self) -> Awaitable[Stream]:
        """One more connection to the log, which is empty when a test begins."""
        raise NotImplementedError

    def wait(self, seconds: float) -> Awaitable[object]:
        """Let time pass."""
        raise NotImplementedError

    def restart(self) -> Awaitable[object]:
        """What keeps the log is started anew with all it had, and all are connected."""
        raise NotImplementedError

    def empty(self) -> Awaitable[object]:
        """What keeps the log loses all of it."""
        raise NotImplementedError

    # What tests share

    async def opened(self) -> Stream:
        """A connection to a log of generation 1 with one record, ``opened``."""
        stream = await self.connect()
        await stream.open(0, BEGINNING, b"nothing", b"opened")
        return stream

    async def entered(self) -> tuple[Stream, Member]:
        stream = await self.opened()
        return stream, await stream.enter("ann")

    async def let_lapse(self, stream: Stream, node: int, other: int) -> None:
        """The lease of one is over, while another's is renewed."""
        while left(await stream.renew(other, BEGINNING), node) >= 0:
            await self.wait(self.quiet / 8)


class RecordRules(StreamTest):
    """What holds of records, generations and snapshots."""

    # Opening

    @scenario
    async def test_an_empty_stream_is_sealed(self) -> None:
        stream = await self.connect()
        for call in (
            lambda: stream.look(),
            lambda: stream.enter("ann"),
            lambda: stream.append(1, 1, b"x"),
            lambda: stream.renew(1, BEGINNING),
            lambda: stream.expel(1, b"x"),
            lambda: stream.leave(1, b"x"),
            lambda: stream.put_snapshot(BEGINNING, b"x"),
            lambda: stream.trim(BEGINNING),
        ):
            with pytest.raises(Sealed):
                await call()
        assert await stream.snapshot() is None
        assert await stream.read(BEGINNING) == []

    @scenario
    async def test_opening_makes_a_generation_a_snapshot_and_a_record(self) -> None:
        stream = await self.connect()
        await stream.open(0, Position(5, 2), b"state", b"first")
        (record,) = await stream.read(BEGINNING)
        assert record.position > Position(5, 2)
        assert record[1:] == (Position(5, 2), 1, 0, 0, b"first")
        assert await stream.look() == Book(1, record.position, ())
        assert await stream.snapshot() == (Position(5, 2), b"state")

    @scenario
    async def test_the_first_record_is_after_the_snapshot_by_any_clock(self) -> None:
        stream = await self.connect()
        await stream.open(0, Position(FAR, 7), b"state", b"first")
        member = await stream.enter("ann")
        await stream.append(member.node, 1, b"second")
        first, second = await everything(stream)
        assert Position(FAR, 7) < first.position < second.position
        assert second.previous == first.position

    @scenario
    async def test_one_opens_and_the_others_come_too_late(self) -> None:
        ann, bob = await self.opened(), await self.connect()
        for generation in (0, 1, 2):
            with pytest.raises(Sealed):
                await bob.open(generation, BEGINNING, b"other", b"other")
        assert await ann.snapshot() == (BEGINNING, b"nothing")
        assert await bodies(bob) == [b"opened"]

    @scenario
    async def test_of_two_that_open_at_once_one_does(self) -> None:
        ann, bob = await self.connect(), await self.connect()
        outcomes: list[bool] = []
        for opening in [
            stream.open(0, BEGINNING, b"", b"by one") for stream in (ann, bob)
        ]:
            try:
                await opening
            except Sealed:
                outcomes.append(False)
            else:
                outcomes.append(True)
        assert sorted(outcomes) == [False, True]
        assert await bodies(ann) == [b"by one"]

    @scenario
    async def test_a_stream_that_was_started_anew_is_sealed(self) -> None:
        stream, member = await self.entered()
        await stream.append(member.node, 1, b"x")
        head = (await stream.look()).head
        await self.restart()
        for call in (
            lambda: stream.look(),
            lambda: stream.enter("ann"),
            lambda: stream.append(member.node, 2, b"y"),
            lambda: stream.renew(member.node, head),
            lambda: stream.expel(member.node, b"y"),
            lambda: stream.leave(member.node, b"y"),
            lambda: stream.put_snapshot(head, b"y"),
            lambda: stream.trim(head),
        ):
            with pytest.raises(Sealed):
                await call()
        assert [r.body for r in await stream.read(BEGINNING)] == [b"opened", b"x"]
        assert await stream.snapshot() == (BEGINNING, b"nothing")
        with pytest.raises(Sealed):
            await stream.open(0, head, b"state", b"again")
        await stream.open(1, head, b"state", b"again")
        record = (await stream.read(head))[0]
        assert record[1:] == (head, 2, 0, 0, b"again")
        assert await stream.look() == Book(2, record.position, ())

    @scenario
    async def test_a_stream_that_lost_its_last_opening_is_opened_after_it(self) -> None:
        stream, member = await self.entered()
        await self.restart()
        await stream.open(4, member.position, b"state", b"again")
        (record,) = await stream.read(member.position)
        assert record[1:] == (member.position, 5, 0, 0, b"again")
        assert await stream.look() == Book(5, record.position, ())
        assert (await stream.enter("ann")).node > member.node

    @scenario
    async def test_members_stay_in_and_go_on_where_they_were(self) -> None:
        stream, ann = await self.entered()
        bob, cyd = await stream.enter("bob"), await stream.enter("cyd")
        for sequence in (1, 2, 3):
            await stream.append(ann.node, sequence, b"%d" % sequence)
        kept, lost = (await everything(stream))[-2:]
        assert lost.body == b"3"
        await self.restart()
        stay = [Epoch(ann.node, "ann", 2), Epoch(bob.node, "a bob: é", 0)]
        await stream.open(1, kept.position, b"state", b"again", stay)
        book = await stream.look()
        assert [member[:4] for member in book.members] == [
            (ann.node, "ann", 2, BEGINNING),
            (bob.node, "a bob: é", 0, BEGINNING),
        ]
        assert all(0 < member.left <= self.lease for member in book.members)
        await stream.append(ann.node, 2, b"2")
        with pytest.raises(Gap):
            await stream.append(ann.node, 4, b"4")
        await stream.append(ann.node, 3, b"3 anew")
        await stream.renew(bob.node, book.head)
        with pytest.raises(Fenced):
            await stream.renew(cyd.node, book.head)
        assert (await stream.enter("dan")).node > cyd.node
        records = await everything(stream)
        now = [b"opened", b"1", b"2", b"again", b"3 anew"]
        assert [record.body for record in records] == now
        assert records[-1][2:5] == (2, ann.node, 3)

    @scenario
    async def test_members_stay_in_where_all_was_lost(self) -> None:
        stream, ann = await self.entered()
        await self.empty()
        far = ann.node + 10**13
        stay = [Epoch(ann.node, "ann", 7), Epoch(far, "bob", 1)]
        await stream.open(1, ann.position, b"state", b"again", stay)
        await stream.append(ann.node, 8, b"x")
        assert await bodies(stream) == [b"again", b"x"]
        assert (await stream.enter("cyd")).node > far, "above all"

    @scenario
    async def test_members_have_names_and_are_not_too_many(self) -> None:
        stream = await self.connect()
        for stay in (
            [Epoch(1, "a\nb", 0)],
            [Epoch(n, "x", 0) for n in range(1, MAX_MEMBERS + 2)],
        ):
            with pytest.raises(ValueError, match=r"name|too"):
                await stream.open(0, BEGINNING, b"", b"", stay)
        with pytest.raises(Sealed):
            await stream.look()

    @scenario
    async def test_opening_ends_all_other_epochs_and_gives_none_again(self) -> None:
        stream, member = await self.entered()
        await self.restart()
        await stream.open(1, member.position, b"", b"again")
        for call in (
            lambda: stream.append(member.node, 1, b"x"),
            lambda: stream.renew(member.node, member.position),
        ):
            with pytest.raises(Fenced):
                await call()
        assert not await stream.expel(member.node, b"x")
        assert (await stream.enter("ann")).node > member.node
        assert await bodies(stream) == [b"opened", b"again"]

    @scenario
    async def test_who_has_not_seen_the_new_generation_meets_a_sealed_log(
        self,
    ) -> None:
        ann, member = await self.entered()
        bob = await self.connect()
        await bob.look()
        await self.restart()
        await ann.open(1, member.position, b"", b"again")
        other = await ann.enter("ann")
        for call in (
            lambda: bob.append(other.node, 1, b"x"),
            lambda: bob.renew(other.node, BEGINNING),
            lambda: bob.leave(other.node, b"x"),
            lambda: bob.put_snapshot(other.position, b"x"),
            lambda: bob.trim(BEGINNING),
        ):
            with pytest.raises(Sealed):
                await call()
        await bob.look()
        await bob.append(other.node, 1, b"x")

    @scenario
    async def test_what_is_past_the_snapshot_is_gone(self) -> None:
        stream, member = await self.entered()
        for sequence in range(1, 31):
            await stream.append(member.node, sequence, b"%d" % sequence)
        records = await everything(stream)
        kept, lost = records[3], records[-1]
        await stream.put_snapshot(lost.position, b"lost")
        await self.restart()
        await stream.open(1, kept.position, b"kept", b"again")
        now = await everything(stream)
        assert [r.body for r in now] == [b"opened", b"1", b"2", b"3", b"again"]
        assert now[-1].previous == kept.position
        assert now[-1].position > lost.position
        assert await stream.snapshot() == (kept.position, b"kept")

    @scenario
    async def test_a_stream_that_lost_all_is_opened_in_any_generation(self) -> None:
        stream, member = await self.entered()
        await stream.append(member.node, 1, b"x")
        head = (await stream.look()).head
        await self.empty()
        with pytest.raises(Sealed):
            await stream.append(member.node, 2, b"y")
        assert await stream.snapshot() is None
        await stream.open(1, head, b"state", b"again")
        (record,) = await everything(stream)
        assert record[1:] == (head, 2, 0, 0, b"again")
        assert record.position > head
        assert (await stream.enter("ann")).node > member.node

    # Reports

    @scenario
    async def test_who_finds_a_log_sealed_hears_what_others_report(self) -> None:
        ann, bob = await self.connect(), await self.connect()
        first = await ann.report("ann", 3, Position(7, 1), ["bob", "cyd"])
        assert [report[:-1] for report in first] == [
            ("ann", 3, Position(7, 1), ("bob", "cyd"))
        ]
        await bob.report("bob", 2, BEGINNING, [])
        again = await ann.report("ann", 3, Position(8, 0), [])
        assert [report[:-1] for report in again] == [
            ("ann", 3, Position(8, 0), ()),
            ("bob", 2, BEGINNING, ()),
        ]
        assert all(0 <= report.age < 60 for report in again)

    @scenario
    async def test_what_was_reported_before_a_start_is_forgotten(self) -> None:
        stream = await self.connect()
        await stream.report("ann", 3, Position(7, 1), ["bob"])
        await self.restart()
        (report,) = await stream.report("bob", 2, BEGINNING, [])
        assert report.name == "bob"

    @scenario
    async def test_opening_forgets_reports_and_an_open_log_takes_none(self) -> None:
        stream = await self.connect()
        await stream.report("ann", 0, BEGINNING, [])
        await stream.open(0, BEGINNING, b"", b"opened")
        with pytest.raises(StreamError):
            await stream.report("ann", 0, BEGINNING, [])
        await self.restart()
        (report,) = await stream.report("bob", 1, BEGINNING, [])
        assert report.name == "bob"

    # Epochs

    @scenario
    async def test_epochs_ascend(self) -> None:
        stream = await self.opened()
        members = [await stream.enter(name) for name in ("ann", "bob", "ann")]
        book = await stream.look()
        assert [m.name for m in book.members] == ["ann", "bob", "ann"]
        assert [m.node for m in book.members] == [m.node for m in members]
        assert members[0].node < members[1].node < members[2].node
        for member in book.members:
            assert member.sequence == 0
            assert member.position == book.head
            assert 0 < member.left <= self.lease
        await stream.leave(members[2].node, b"")
        assert (await stream.enter("cyd")).node > members[2].node

    @scenario
    async def test_names_are_short_and_plain(self) -> None:
        stream = await self.opened()
        for name in ("", "x" * 65, "é" * 33, "a\nb", "a\0b"):
            with pytest.raises(ValueError, match="name"):
                await stream.enter(name)
        await stream.enter("a node of 5 words: é")
        (member,) = (await stream.look()).members
        assert member.name == "a node of 5 words: é"

    @scenario
    async def test_who_leaves_has_left(self) -> None:
        stream, member = await self.entered()
        await stream.append(member.node, 1, b"x")
        await stream.leave(member.node, b"ann leaves")
        await stream.leave(member.node, b"ann leaves")
        with pytest.raises(Fenced):
            await stream.append(member.node, 2, b"y")
        records = await everything(stream)
        assert [r.body for r in records] == [b"opened", b"x", b"ann leaves"]
        assert (records[-1].node, records[-1].sequence) == (0, 0)
        assert (await stream.look()).members == ()

    # Appending and reading

    @scenario
    async def test_records_are_a_chain_in_order(self) -> None:
        ann, bob = await self.opened(), await self.connect()
        a, b = await ann.enter("ann"), await bob.enter("bob")
        for sequence in (1, 2, 3):
            await ann.append(a.node, sequence, b"a%d" % sequence)
            await bob.append(b.node, sequence, b"b%d" % sequence)
        records = await everything(bob)
        assert [(r.node, r.sequence, r.body) for r in records[1:]] == [
            (node, sequence, name % sequence)
            for sequence in (1, 2, 3)
            for node, name in ((a.node, b"a%d"), (b.node, b"b%d"))
        ]
        for before, record in pairwise(records):
            assert record.previous == before.position < record.position
        book = await ann.look()
        assert book.head == records[-1].position
        assert [member.sequence for member in book.members] == [3, 3]

    @scenario
    async def test_a_repeated_sequence_adds_nothing(self) -> None:
        stream, member = await self.entered()
        await stream.append(member.node, 1, b"x")
        await stream.append(member.node, 2, b"y")
        await stream.append(member.node, 1, b"x")
        await stream.append(member.node, 2, b"another")
        assert await bodies(stream) == [b"opened", b"x", b"y"]

    @scenario
    async def test_a_sequence_is_not_skipped(self) -> None:
        stream, member = await self.entered()
        await stream.append(member.node, 1, b"x")
        with pytest.raises(Gap):
            await stream.append(member.node, 3, b"z")
        await stream.append(member.node, 2, b"y")
        assert await bodies(stream) == [b"opened", b"x", b"y"]

    @scenario
    async def test_only_who_has_entered_appends(self) -> None:
        stream = await self.opened()
        await stream.look()
        for node in (1, 2**52):
            with pytest.raises(Fenced):
                await stream.append(node, 1, b"x")
            with pytest.raises(Fenced):
                await stream.renew(node, BEGINNING)
        assert await bodies(stream) == [b"opened"]

    @scenario
    async def test_many_appends_without_waiting_keep_their_order(self) -> None:
        stream, member = await self.entered()
        expected = [b"%d" % sequence for sequence in range(1, 1001)]
        await gatherResults(
            [
                stream.append(member.node, sequence, body)
                for sequence, body in enumerate(expected, start=1)
            ]
        )
        records = await everything(stream, member.position)
        assert [record.body for record in records] == expected
        for before, record in pairwise(records):
            assert record.previous == before.position < record.position

    @scenario
    async def test_bodies_are_any_bytes_up_to_a_length(self) -> None:
        stream, member = await self.entered()
        sent = [b"", bytes(range(256)), b"1", b"-1\r\n$3\r\n", b"\0" * MAX_BODY]
        for sequence, body in enumerate(sent, start=1):
            await stream.append(member.node, sequence, body)
        for call in (
            lambda: stream.append(member.node, 6, bytes(MAX_BODY + 1)),
            lambda: stream.expel(member.node, bytes(MAX_BODY + 1)),
            lambda: stream.leave(member.node, bytes(MAX_BODY + 1)),
            lambda: stream.open(1, BEGINNING, b"", bytes(MAX_BODY + 1)),
        ):
            with pytest.raises(ValueError, match="long"):
                await call()
        assert await bodies(stream, member.position) == sent

    @scenario
    async def test_a_reader_waits_for_a_record(self) -> None:
        stream, member = await self.entered()
        reading = stream.read(member.position)
        await stream.append(member.node, 1, b"x")
        assert [record.body for record in await reading] == [b"x"]
        assert await stream.read((await stream.look()).head) == []

    @scenario
    async def test_a_reader_gets_at_most_so_many(self) -> None:
        stream, member = await self.entered()
        for sequence in (1, 2, 3):
            await stream.append(member.node, sequence, b"%d" % sequence)
        two = await stream.read(member.position, 2)
        assert [record.body for record in two] == [b"1", b"2"]
        (third,) = await stream.read(two[-1].position, 2)
        assert third.body == b"3"

    @scenario
    async def test_a_reading_that_is_cancelled_spoils_no_other(self) -> None:
        stream, member = await self.entered()
        reading = stream.read(member.position)
        reading.cancel()
        with pytest.raises(CancelledError):
            await reading
        again = stream.read(member.position)
        await stream.append(member.node, 1, b"x")
        records = await again or await stream.read(member.position)
        assert [record.body for record in records] == [b"x"]

    # Snapshots and trimming

    @scenario
    async def test_the_newest_snapshots_are_kept(self) -> None:
        stream, member = await self.entered()
        at = [member.position]
        for sequence in range(1, 6):
            await stream.append(member.node, sequence, b"x")
            at.append((await stream.look()).head)
            await stream.put_snapshot(at[-1], b"%d" % sequence)
        assert await stream.snapshot() == (at[5], b"5")
        assert await stream.snapshot(at[5]) == (at[5], b"5")
        assert await stream.snapshot(at[4]) == (at[4], b"4")
        oldest = 6 - KEPT_SNAPSHOTS
        assert await stream.snapshot(at[oldest]) == (at[oldest], b"%d" % oldest)
        assert await stream.snapshot(at[oldest - 1]) is None

    @scenario
    async def test_a_snapshot_that_says_nothing_new_is_not_kept(self) -> None:
        stream, member = await self.entered()
        await stream.append(member.node, 1, b"x")
        head = (await stream.look()).head
        await stream.put_snapshot(head, b"state")
        await stream.put_snapshot(head, b"another")
        await stream.put_snapshot(member.position, b"older")
        await stream.put_snapshot(Position(FAR, 0), b"ahead")
        assert await stream.snapshot() == (head, b"state")
        assert await stream.snapshot(member.position) == (BEGINNING, b"nothing")

    @scenario
    async def test_trimming_keeps_what_follows_the_oldest_snapshot(self) -> None:
        stream, member = await self.entered()
        for sequence in range(1, 8):
            await stream.append(member.node, sequence, b"%d" % sequence)
        at = [record.position for record in await everything(stream)]
        await stream.renew(member.node, at[-1])
        await stream.trim(at[-1])
        assert len(await everything(stream)) == 8
        for place in (3, 4, 5):
            await stream.put_snapshot(at[place], b"%d" % place)
        await stream.trim(at[2])
        assert [r.position for r in await everything(stream)] == at[2:]
        await stream.trim(at[-1])
        assert [r.position for r in await everything(stream)] == at[4:]
        assert await stream.snapshot(at[3]) == (at[3], b"3")


class LeaseRules(StreamTest):
    """What holds of leases; on a real clock these tests take their time."""

    @scenario
    async def test_renewing_extends_a_lease_and_tells_how_far_one_is(self) -> None:
        stream, ann = await self.entered()
        bob = await stream.enter("bob")
        most = 0.75 * self.lease
        while left(await stream.renew(bob.node, bob.position), ann.node) > most:
            await self.wait(self.quiet / 8)
        book = await stream.renew(ann.node, Position(5, 6))
        assert book.generation == 1
        (member, other) = book.members
        assert member.left > most
        assert (member.position, other.position) == (Position(5, 6), bob.position)

    @scenario
    async def test_whose_lease_is_over_is_fenced(self) -> None:
        stream, ann = await self.entered()
        bob = await stream.enter("bob")
        await self.let_lapse(stream, ann.node, bob.node)
        with pytest.raises(Fenced):
            await stream.append(ann.node, 1, b"too late")
        with pytest.raises(Fenced):
            await stream.renew(ann.node, ann.position)
        assert await bodies(stream) == [b"opened"]

    @scenario
    async def test_whose_lease_is_over_is_expelled_once(self) -> None:
        stream, ann = await self.entered()
        bob = await stream.enter("bob")
        assert not await stream.expel(ann.node, b"too early")
        await stream.append(ann.node, 1, b"last")
        await self.let_lapse(stream, ann.node, bob.node)
        assert await stream.expel(ann.node, b"ann is gone")
        assert not await stream.expel(ann.node, b"ann is gone")
        with pytest.raises(Fenced):
            await stream.append(ann.node, 2, b"too late")
        with pytest.raises(Fenced):
            await stream.renew(ann.node, ann.position)
        assert [m.name for m in (await stream.look()).members] == ["bob"]
        records = await everything(stream)
        assert [r.body for r in records] == [b"opened", b"last", b"ann is gone"]
        assert records[-1][1:5] == (records[-2].position, 1, 0, 0)

    @scenario
    async def test_where_nobody_could_renew_nobody_loses_their_lease(self) -> None:
        calls: list[Callable[[Stream, int, int], Awaitable[object]]] = [
            lambda stream, ann, bob: stream.append(ann, 1, b"x"),
            lambda stream, ann, bob: stream.renew(ann, BEGINNING),
            lambda stream, ann, bob: stream.expel(bob, b"x"),
            lambda stream, ann, bob: stream.enter("cyd"),
        ]
        stream, first = await self.entered()
        ann, bob = first.node, (await stream.enter("bob")).node
        for call in calls:
            while left(await stream.look(), bob) >= 0:
                await self.wait(self.quiet / 4)
            assert await call(stream, ann, bob) is not True
            assert min(m.left for m in (await stream.look()).members) > 0
        await stream.append(bob, 1, b"bob is still here")

    @scenario
    async def test_trimming_keeps_what_a_live_member_has_to_read(self) -> None:
        stream, ann = await self.entered()
        bob = await stream.enter("bob")
        for sequence in range(1, 6):
            await stream.append(ann.node, sequence, b"%d" % sequence)
        at = [record.position for record in await everything(stream)]
        for place in (3, 4, 5):
            await stream.put_snapshot(at[place], b"")
        await stream.renew(ann.node, at[-1])
        await stream.renew(bob.node, at[1])
        await stream.trim(at[-1])
        assert [r.position for r in await everything(stream)] == at[2:]
        await self.let_lapse(stream, bob.node, ann.node)
        await stream.renew(ann.node, at[-1])
        await stream.trim(at[-1])
        assert [r.position for r in await everything(stream)] == at[4:]


class StreamContract(RecordRules, LeaseRules):
    """One suite for every stream."""
