"""One connection to a Redis: commands down, replies up, in one order.

The protocol is RESP (https://redis.io/docs/latest/develop/reference/protocol-spec/),
of which hiredis reads replies and writes commands.
"""

from __future__ import annotations

from collections import deque
from typing import Any, TypeAlias, Union, cast

import hiredis
from twisted.internet.defer import Deferred, fail
from twisted.internet.protocol import Protocol, connectionDone
from twisted.python.failure import Failure

from ...clock import Clock, Timer
from ..stream import MAX_SNAPSHOT, Away

Reply: TypeAlias = Union[bytes, int, list["Reply"], None]  # noqa: UP007

MAX_REPLY = MAX_SNAPSHOT + 4 * 2**20
"""The longest reply, in bytes as they come."""

_MORE = object()


class Refused(Exception):  # noqa: N818
    """Redis replied with an error.

    :ivar code: its first word.
    """

    def __init__(self, text: str) -> None:
        super().__init__(text[:200])
        self.code = text.partition(" ")[0]


class Wire(Protocol):
    """Sends commands without waiting, and hands each its reply.

    Where a reply doesn't come in time, none that comes later can be believed to be
    soon: the connection is given up.

    :param timeout: how long a reply may take, in seconds.
    :ivar lost: fires when the connection is lost.
    """

    transport: Any

    def __init__(self, clock: Clock, timeout: float) -> None:
        self.lost: Deferred[None] = Deferred()
        self._clock = clock
        self._timeout = timeout
        self._silent = 0.0
        self._timer = Timer(clock)
        self._reader = hiredis.Reader(replyError=Refused, notEnoughData=_MORE)
        self._pending: deque[tuple[float, Deferred[Reply]]] = deque()
        self._unread = 0
        self._gone = False

    def call(self, *command: bytes | str | int) -> Deferred[Reply]:
        """Send a command; fails with `Refused`, `Away`.

        Where the Deferred is cancelled the reply is dropped.
        """
        if self._gone:
            return fail(Away("the connection is lost"))
        reply: Deferred[Reply] = Deferred()
        self._pending.append((self._clock.seconds() + self._timeout, reply))
        if not self._timer.running:
            self._timer.start(self._timeout, self._check)
        # Its stub has a tuple of one.
        self.transport.write(hiredis.pack_command(cast(tuple[bytes], command)))
        return reply

    def drop(self) -> None:
        """Give the connection up; what waits for a reply fails."""
        if self.transport is not None and not self._gone:
            self.transport.abortConnection()

    def dataReceived(self, data: bytes) -> None:
        self._unread += len(data)
        try:
            self._reader.feed(data)
            while (reply := self._reader.gets()) is not _MORE:
                self._unread = 0
                self._take(reply)
        except (hiredis.HiredisError, MemoryError, IndexError):
            self.drop()
        if self._unread > MAX_REPLY:
            self.drop()

    def connectionLost(self, reason: Failure = connectionDone) -> None:
        self._gone = True
        self._timer.stop()
        why = f"the connection is lost: {reason.getErrorMessage()}"
        self.lost.callback(None)
        while self._pending:
            self._pending.popleft()[1].errback(Away(why, self._silent))

    def _take(self, reply: Reply | Refused) -> None:
        waiting = self._pending.popleft()[1]
        if isinstance(reply, Refused):
            waiting.errback(reply)
        else:
            waiting.callback(reply)

    def _check(self) -> None:
        """See whether the oldest command has waited too long."""
        if not self._pending:
            return
        left = self._pending[0][0] - self._clock.seconds()
        if left > 0:
            self._timer.start(left, self._check)
        else:
            self._silent = self._timeout
            self.drop()
