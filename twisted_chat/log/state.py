"""How far a node of a shared log is, and how to wait for what changes that."""

from __future__ import annotations

from collections.abc import Callable
from enum import Enum
from typing import TypeVar

from twisted.internet.defer import Deferred
from twisted.logger import Logger

from ..clock import Clock, Timer, sleep
from .stream import StreamError

log = Logger()
T = TypeVar("T")

FOREVER = 1e9


class State(Enum):
    """How far a node is.

    What is proposed waits in RUNNING and AWAY, and in SEALED after one of these; else
    it fails at once.
    """

    STOPPED = "stopped"
    STARTING = "starting: it has to get a state"
    ENTERING = "entering: it has a state, and gets a number"
    RUNNING = "running"
    AWAY = "away: the stream doesn't answer"
    FENCED = "fenced: its number is no longer its own"
    SEALED = "sealed: the log waits for a new generation"
    ASTRAY = "astray: it has shown what the log doesn't have"


NEXT: dict[State, frozenset[State]] = {
    State.STOPPED: frozenset({State.STARTING}),
    State.STARTING: frozenset({State.ENTERING, State.SEALED}),
    State.ENTERING: frozenset({State.RUNNING, State.FENCED, State.SEALED}),
    State.RUNNING: frozenset({State.AWAY, State.FENCED, State.SEALED}),
    State.AWAY: frozenset({State.RUNNING, State.FENCED, State.SEALED}),
    State.FENCED: frozenset({State.ENTERING, State.SEALED}),
    State.SEALED: frozenset({State.STARTING, State.FENCED, State.RUNNING}),
    State.ASTRAY: frozenset({State.FENCED, State.SEALED}),
}
"""From which state comes which.

STOPPED comes from every one, and ASTRAY from every one but that.
"""


class Interrupted(Exception):  # noqa: N818
    """The state has changed meanwhile."""


LIVE = frozenset({State.RUNNING, State.AWAY})


class Course:
    """The state of a node, and a coroutine that waits for what leads on from it.

    :ivar live: this node is one of the cluster, as far as it knows.  Where the log is
        sealed it was, and goes on in the next generation if it can.
    """

    def __init__(self, clock: Clock, name: str) -> None:
        self._clock = clock
        self._name = name
        self._timer = Timer(clock)
        self._waiting: Deferred[None] | None = None
        self.state = State.STOPPED
        self.live = False

    def go(self, state: State, why: object = "") -> None:
        """No-op where `state` doesn't come after the present one."""
        old = self.state
        always = state is State.STOPPED
        always = always or (state is State.ASTRAY and old is not State.STOPPED)
        if state is old or not (always or state in NEXT[old]):
            return
        self.state = state
        self.live = (old if state is State.SEALED else state) in LIVE
        log.info("{name} is {state} {why}", name=self._name, state=state.value, why=why)
        self.wake()

    @property
    def stopped(self) -> bool:
        return self.state is State.STOPPED

    async def ask(self, call: Deferred[T]) -> T:
        """What `call` fires with.

        :raises Interrupted: the state has changed; else what `call` fails with.
        """
        state = self.state
        try:
            answer = await call
        except StreamError:
            if self.state is not state:
                raise Interrupted from None
            raise
        if self.state is not state:
            raise Interrupted
        return answer

    async def wait(self, done: Callable[[], bool], seconds: float = FOREVER) -> None:
        """Wait until `done`, for so many seconds at most.

        :raises Interrupted: the state has changed.
        """
        state, end = self.state, self._clock.seconds() + seconds
        while not done() and self.state is state:
            left = end - self._clock.seconds()
            if left <= 0:
                return
            self._waiting = Deferred()
            self._timer.start(left, self.wake)
            await self._waiting
        if self.state is not state:
            raise Interrupted

    def wake(self) -> None:
        """Have `wait` look again whether it is done."""
        waiting, self._waiting = self._waiting, None
        if waiting is not None:
            self._timer.stop()
            waiting.callback(None)

    async def sleep(self, seconds: float) -> None:
        """Wait for so many seconds, whatever the state."""
        await sleep(self._clock, seconds)
