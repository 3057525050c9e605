"""What the store can't keep at once holds up nothing behind it for ever."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeAlias

from twisted.internet.defer import Deferred, fail, succeed
from twisted.trial.unittest import SynchronousTestCase

from twisted_chat.events import Ban, ChatError
from twisted_chat.storage.moderation import MemoryModerationStore

from .support import World, member

Fault: TypeAlias = Callable[[], Deferred[None]]


def bug_at_once() -> Deferred[None]:
    return fail(ZeroDivisionError("a bug"))


def bug_raised() -> Deferred[None]:
    raise ZeroDivisionError("a bug")


def full_disk() -> Deferred[None]:
    return fail(ChatError(263, "The disk is full"))


class Faulty(MemoryModerationStore):
    """Meets `faults`, one after the other, when bans are written.

    :ivar tried: the masks of all bans that it was to write.
    """

    def __init__(self) -> None:
        super().__init__()
        self.faults: list[Fault] = []
        self.tried: list[str] = []

    def put_ban(self, ban: Ban) -> Deferred[None]:
        self.tried.append(ban.mask)
        if self.faults:
            return self.faults.pop(0)()
        return super().put_ban(ban)

    def kept(self) -> list[str]:
        got: list[list[Ban]] = []
        self.bans().addCallback(got.append)
        return sorted(ban.mask for ban in got[0])


class KeptTests(SynchronousTestCase):
    def setUp(self) -> None:
        self.store = Faulty()
        self.world = World(moderation_store=self.store, operators=frozenset({"root"}))
        self.root = member(self.world, "root")

    def ban(self, *nicks: str) -> None:
        self.root.send(*(f"BAN {nick}" for nick in nicks))
        self.root.bytes()

    def bugs(self) -> int:
        return len(self.flushLoggedErrors(ZeroDivisionError))

    def test_a_bug_in_one_write_costs_that_write_only(self) -> None:
        self.store.faults = [bug_at_once]
        self.ban("one", "two", "three")
        assert self.store.tried == ["one", "two", "three"]
        assert self.store.kept() == ["three", "two"]
        assert self.bugs() == 1

    def test_so_does_a_bug_that_comes_later(self) -> None:
        slow: Deferred[Any] = Deferred()
        self.store.faults = [lambda: slow]
        self.ban("one", "two")
        assert self.store.tried == ["one"]
        slow.errback(ZeroDivisionError("a bug"))
        assert self.store.kept() == ["two"]
        assert self.bugs() == 1

    def test_so_does_a_bug_before_anything_is_begun(self) -> None:
        self.store.faults = [bug_raised]
        self.ban("one", "two", "three")
        assert self.store.kept() == ["three", "two"]
        assert self.bugs() == 1

    def test_a_bug_at_the_second_try_is_the_last(self) -> None:
        self.store.faults = [full_disk, bug_at_once]
        self.ban("one", "two")
        assert self.store.tried == ["one"]
        self.world.advance(60)
        assert self.store.tried == ["one", "one", "two"]
        assert self.store.kept() == ["two"]
        assert self.bugs() == 1

    def test_a_bug_in_what_was_decided_anew_meanwhile_costs_only_that(self) -> None:
        """The write under way is through; the newer one of that ban meets the bug."""
        slow: Deferred[None] = Deferred()
        self.store.faults = [lambda: slow, bug_at_once]
        self.ban("one", "one 1d", "two")
        slow.callback(None)
        assert self.store.tried == ["one", "one", "two"]
        assert self.store.kept() == ["two"]
        assert self.bugs() == 1

    def test_a_full_disk_is_tried_until_it_has_room(self) -> None:
        self.store.faults = [full_disk, full_disk, lambda: succeed(None)]
        self.ban("one", "two")
        self.world.advance(60)
        assert self.store.tried == ["one", "one", "one", "two"]
        assert self.store.kept() == ["two"]
