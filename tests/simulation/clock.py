"""Time of a whole world: Twisted's `Clock` sorts all calls again for each one."""

from __future__ import annotations

from collections.abc import Callable
from heapq import heappop, heappush


class WorldCall:
    def __init__(self, do: Callable[[], object]) -> None:
        self._do: Callable[[], object] | None = do

    def active(self) -> bool:
        return self._do is not None

    def cancel(self) -> None:
        self._do = None

    def due(self) -> None:
        do, self._do = self._do, None
        if do is not None:
            do()


class WorldClock:
    """Calls of the same moment come in the order in which they were made."""

    def __init__(self) -> None:
        self._now = 0.0
        self._count = 0
        self._calls: list[tuple[float, int, WorldCall]] = []

    def seconds(self) -> float:
        return self._now

    def callLater(
        self, delay: float, callable: Callable[..., object], /, *args: object
    ) -> WorldCall:
        call = WorldCall(lambda: callable(*args))
        self._count += 1
        heappush(self._calls, (self._now + max(0.0, delay), self._count, call))
        return call

    def advance(self, seconds: float) -> None:
        end = self._now + seconds
        while self._calls and self._calls[0][0] <= end:
            self._now, _, call = heappop(self._calls)
            call.due()
        self._now = end


class NodeCall:
    """A call to come of a `NodeClock`."""

    def __init__(self, clock: NodeClock, do: Callable[[], object]) -> None:
        self._clock = clock
        self._do: Callable[[], object] | None = do

    def active(self) -> bool:
        return self._do is not None

    def cancel(self) -> None:
        self._do = None

    def due(self) -> None:
        if self._clock.paused:
            self._clock.held.append(self)
        elif not self._clock.dead and self._do is not None:
            do, self._do = self._do, None
            do()


class NodeClock:
    """A node's time: while the process stands still, nothing is called.

    :ivar dead: nothing ever is again.
    """

    def __init__(self, clock: WorldClock) -> None:
        self._clock = clock
        self.held: list[NodeCall] = []
        self.paused = False
        self.dead = False

    def seconds(self) -> float:
        return self._clock.seconds()

    def callLater(
        self, delay: float, callable: Callable[..., object], /, *args: object
    ) -> NodeCall:
        call = NodeCall(self, lambda: callable(*args))
        self._clock.callLater(max(0.0, delay), call.due)
        return call

    def resume(self) -> None:
        self.paused = False
        held, self.held = self.held, []
        for call in held:
            call.due()
