"""A connection that is made again whenever it is lost."""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import Any, Protocol

from twisted.internet.error import ConnectError, DNSLookupError
from twisted.internet.protocol import Factory
from twisted.python.failure import Failure

from ..clock import Clock, Timer
from ..names import NICK_LENGTH, clean
from .connection import ChatConnection, Credentials, Event

# Seconds to wait before the first attempt after a loss, and the most to wait.
FIRST, MOST = 1.0, 60.0
TAKEN = 433


class Watcher(Protocol):
    """Whoever is told how it goes."""

    def event(self, event: Event) -> None: ...

    def connecting(self) -> None: ...

    def disconnected(self, status: str) -> None:
        """There is no connection; `status` says why, and when it is tried again."""

    def over(self) -> None:
        """It has ended as it was asked to."""


class Reconnecting:
    """Keeps a connection to a server.

    :param endpoint: a client endpoint.
    :param nick: what the nick is now; empty before there was one.
    """

    def __init__(
        self,
        endpoint: Any,
        credentials: Credentials,
        watcher: Watcher,
        nick: Callable[[], str],
        clock: Clock,
    ) -> None:
        self._endpoint = endpoint
        self._credentials = credentials
        self._watcher = watcher
        self._nick = nick
        self._clock = clock
        self._timer = Timer(clock)
        self._delay = FIRST
        self._connection: ChatConnection | None = None
        self._leaving = False
        self._again = False

    def start(self) -> None:
        self._watcher.connecting()
        connecting = self._endpoint.connect(Factory.forProtocol(self._made))
        connecting.addErrback(self._failed)

    def send(self, line: str) -> None:
        """Send a line, if there is a connection."""
        if self._connection is not None:
            self._connection.send(line)

    def leave(self, line: str = "QUIT") -> None:
        """Say goodbye with `line`, or just end."""
        self._timer.stop()
        if self._connection is None or self._leaving:
            self._leaving = True
            self._watcher.over()
        else:
            self._leaving = True
            self._connection.quit(line)

    def _made(self) -> ChatConnection:
        who = self._credentials
        if nick := self._nick():
            who = who._replace(nick=nick)
        self._connection = ChatConnection(who, self, self._clock)
        return self._connection

    def _failed(self, failure: Failure) -> None:
        self._connection = None
        self._lost(reason(failure))

    def _lost(self, why: str) -> None:
        if self._leaving:
            self._watcher.over()
            return
        self._watcher.disconnected(f"{why}; again in {self._delay:.0f} s")
        self._timer.start(self._delay, self.start)
        self._delay = min(self._delay * 2, MOST)

    # From the connection

    def event_received(self, event: Event) -> None:
        if event["event"] == "error" and event.get("code") == TAKEN and self._again:
            # Perhaps by oneself: the server may not know yet who is gone.
            nick = (self._nick() or self._credentials.nick)[: NICK_LENGTH - 1]
            self._again = False
            self.send(f"NICK {nick}_")
        self._watcher.event(event)

    def signed_in(self, nick: str) -> None:
        self._delay = FIRST
        self._again = False

    def closed(self, why: str) -> None:
        self._connection = None
        self._again = True
        self._lost(why or "the server closed the connection")


def reason(failure: Failure) -> str:
    """Why there is no connection, in a few words."""
    error = failure.value
    if isinstance(error, DNSLookupError):
        return "there is no such host"
    if isinstance(error, ConnectError) and error.osError:
        return os.strerror(error.osError) if error.osError > 0 else str(error)
    return clean(str(error).splitlines()[0]) if str(error) else type(error).__name__
