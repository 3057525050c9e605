"""Work for which many wait: bounded, and none of them crowds the others out."""

from __future__ import annotations

from collections import Counter, OrderedDict
from collections.abc import Callable, Hashable
from itertools import count
from typing import Any, NamedTuple, TypeVar

from twisted.internet.defer import Deferred, maybeDeferred

from .events import ChatError

T = TypeVar("T")

KEYS_KEPT = 1000


def _always() -> bool:
    return True


class Requester(NamedTuple):
    """For whom something is done.

    :ivar keys: what they count as, such as an address and an account.
    :ivar lane: lanes are served in turn, however many wait in each.
    :ivar here: whether anybody still wants it.
    """

    keys: tuple[Hashable, ...] = ()
    lane: Hashable = None
    here: Callable[[], bool] = _always


ANYBODY = Requester()


class _Job(NamedTuple):
    requester: Requester
    do: Callable[[], Deferred[Any]]
    done: Deferred[Any]


class FairQueue:
    """Does some things at once; the others wait, and are taken in turn.

    In turn means: next is whose keys have all been served longest ago.  When too
    many wait, one of those goes that share a key with the most others.

    :param at_once: how many things are done at once.
    :param most: how many may wait in a lane.
    :param busy: what those are told for whom there is no room, with 263.
    """

    def __init__(self, at_once: int, most: int, busy: str) -> None:
        self._at_once = at_once
        self._most = most
        self._busy = busy
        self._running = 0
        self._numbers = count(1)
        self._lanes: dict[Hashable, list[_Job]] = {}
        self._served: OrderedDict[Hashable, int] = OrderedDict()

    def submit(
        self, requester: Requester, do: Callable[..., Deferred[T]], *args: object
    ) -> Deferred[T]:
        """The outcome of ``do(*args)``, which is called in its turn.

        Fails with `ChatError` 263 when there is no room, and 451 when nobody
        is there any more who asked.
        """
        job = _Job(requester, lambda: do(*args), Deferred())
        if self._running < self._at_once:
            self._start(job)
        else:
            self._line_up(job)
        return job.done

    def _line_up(self, job: _Job) -> None:
        lane = self._lanes.setdefault(job.requester.lane, [])
        lane.append(job)
        if len(lane) > self._most:
            sizes = Counter(key for other in lane for key in other.requester.keys)
            crowds = [
                max((sizes[k] for k in j.requester.keys), default=0) for j in lane
            ]
            # Of those in the largest crowd, who came last.
            last = max(range(len(lane)), key=lambda at: (crowds[at], at))
            lane.pop(last).done.errback(ChatError(263, self._busy))

    def _start(self, job: _Job) -> None:
        self._running += 1
        for key in (*job.requester.keys, ("lane", job.requester.lane)):
            self._served[key] = next(self._numbers)
            self._served.move_to_end(key)
        while len(self._served) > KEYS_KEPT:
            self._served.popitem(last=False)
        maybeDeferred(job.do).addBoth(self._finished, job.done)

    def _finished(self, outcome: Any, done: Deferred[Any]) -> None:
        self._running -= 1
        while self._running < self._at_once and (job := self._next()) is not None:
            if job.requester.here():
                self._start(job)
            else:
                job.done.errback(ChatError(451, "You are gone"))
        done.callback(outcome)

    def _next(self) -> _Job | None:
        waiting = [name for name, lane in self._lanes.items() if lane]
        if not waiting:
            self._lanes.clear()
            return None
        served = self._served
        lane = self._lanes[min(waiting, key=lambda n: served.get(("lane", n), 0))]

        def last_served(at: int) -> int:
            return max(
                (served.get(key, 0) for key in lane[at].requester.keys), default=0
            )

        return lane.pop(min(range(len(lane)), key=last_served))
