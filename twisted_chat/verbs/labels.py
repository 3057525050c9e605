"""Which answer belongs to which command: the label that a program gave it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from contextvars import ContextVar
from json import dumps

from twisted.internet.defer import Deferred

from ..events import ChatError, Done, Failed
from ..fanout import Listener
from ..outcomes import Outcome, settled

MAX_LABEL = 64


class Answering:
    """A command with a label that is being run for `listener`.

    :ivar answered: something was told because of it.
    """

    __slots__ = ("_end", "answered", "listener")

    def __init__(self, listener: Listener, label: str) -> None:
        self.listener = listener
        self.answered = False
        self._end = f',"label":{dumps(label)}}}\n'.encode()

    def mark(self, data: bytes) -> bytes:
        """Put the label into each object of FORMAT json, a line each."""
        self.answered = True
        return data.replace(b"}\n", self._end)


# A coroutine keeps the context that it was started in.  So all that a command does,
# at once or after it has waited, is done in a context of its own.
_answering: ContextVar[Answering | None] = ContextVar("answering", default=None)


class AnsweringListener(Listener):
    """A way down that tells a program which of its commands is answered."""

    __slots__ = ()

    @property
    def answering(self) -> Answering | None:
        """The command with a label that this listener is being answered."""
        answering = _answering.get()
        if answering is None or answering.listener is not self:
            return None
        return answering

    def scope(self) -> AbstractContextManager[object] | None:
        answering = self.answering
        return None if answering is None else _answered(answering)

    def send(self, data: bytes) -> None:
        answering = self.answering
        if answering is not None and data and self.format.name == "json":
            data = answering.mark(data)
        super().send(data)


@contextmanager
def _answered(answering: Answering) -> Iterator[None]:
    before = _answering.set(answering)
    try:
        yield
    finally:
        _answering.reset(before)


def answer(
    listener: Listener,
    label: str,
    command: Callable[[], Outcome],
    now: Callable[[], float],
) -> Deferred[None]:
    """Run `command`; all that it tells `listener` bears `label`.

    A `ChatError` of it is told, and doesn't fail the Deferred.  Where nothing is
    told, `Done` is.

    :param now: tells the time, in seconds since the epoch.
    """
    return Deferred.fromCoroutine(_answer(Answering(listener, label), command, now))


def answering(listener: Listener, command: Callable[[], Outcome]) -> Deferred[None]:
    """Run `command` so that `listener` knows what answers it; fails as it does."""
    return Deferred.fromCoroutine(_run(Answering(listener, ""), command))


async def _run(answering: Answering, command: Callable[[], Outcome]) -> None:
    _answering.set(answering)
    await settled(command())


async def _answer(
    answering: Answering, command: Callable[[], Outcome], now: Callable[[], float]
) -> None:
    try:
        await _run(answering, command)
    except ChatError as error:
        answering.listener.tell(Failed(error.code, error.text, now()))
    if not answering.answered:
        answering.listener.tell(Done(now()))
