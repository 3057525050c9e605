"""The server's end of the control socket."""

from __future__ import annotations

import json
import os
import socket
import struct
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any, TypeAlias

from twisted.internet.defer import Deferred
from twisted.internet.endpoints import quoteStringArgument
from twisted.internet.protocol import Factory, connectionDone
from twisted.logger import Logger
from twisted.protocols.basic import LineOnlyReceiver
from twisted.python.failure import Failure

from ..clock import Clock, Timer
from ..endpoints import ListeningReactor, Port, endpoint
from ..events import ChatError
from .base import MAX_LENGTH

log = Logger()

MAX_CONNECTIONS = 16
PATIENCE = 30.0
_CREDENTIALS = struct.Struct("3i")  # process, user, group: see unix(7)

Request: TypeAlias = Mapping[str, object]
Command: TypeAlias = Callable[[Request], Awaitable[Sequence[str]]]
"""Does what a request says and returns the lines to say; raises `ChatError`."""


class Control(Factory):
    """Answers what ``twisted-chat-admin`` asks.

    :param commands: by the ``do`` of a request.
    """

    noisy = False

    def __init__(self, commands: Mapping[str, Command], clock: Clock) -> None:
        self.commands = commands
        self.clock = clock
        self.connections: set[Answering] = set()

    def buildProtocol(self, address: object) -> Answering | None:
        if len(self.connections) >= MAX_CONNECTIONS:
            return None
        return Answering(self)

    def close(self) -> None:
        """Answer nobody any more."""
        for connection in list(self.connections):
            connection.transport.abortConnection()


class Answering(LineOnlyReceiver):
    """One request and its answer."""

    delimiter = b"\n"
    MAX_LENGTH = MAX_LENGTH
    transport: Any

    def __init__(self, control: Control) -> None:
        self._control = control
        self._timer = Timer(control.clock)
        self._asked = False

    def connectionMade(self) -> None:
        self._control.connections.add(self)
        self._timer.start(PATIENCE, self.transport.abortConnection)
        user = user_of(self.transport.getHandle())
        if user not in (0, os.geteuid()):
            log.warn("user {user} may not use the control socket", user=user)
            self.transport.abortConnection()

    def connectionLost(self, reason: Failure = connectionDone) -> None:
        self._timer.stop()
        self._control.connections.discard(self)

    def lineReceived(self, line: bytes) -> None:
        if not self._asked:
            self._asked = True
            Deferred.fromCoroutine(self._answer(line))

    def lineLengthExceeded(self, line: bytes) -> None:
        self.transport.abortConnection()

    async def _answer(self, line: bytes) -> None:
        answer: dict[str, object]
        try:
            answer = {"said": list(await self._run(line))}
        except ChatError as error:
            answer = {"refused": error.text}
        except Exception:
            log.failure("a bug in answering the control socket")
            answer = {"refused": "a bug in the server; its log tells more"}
        self.transport.write(json.dumps(answer).encode() + b"\n")
        self.transport.loseConnection()

    async def _run(self, line: bytes) -> Sequence[str]:
        try:
            request = json.loads(line)
        except ValueError:
            request = None
        if not isinstance(request, dict):
            raise ChatError(400, "a request is one JSON object in a line")
        command = self._control.commands.get(str(request.get("do")))
        if command is None:
            raise ChatError(421, "this server does not know how to do that")
        return await command(request)


async def listen(
    reactor: ListeningReactor, path: str, commands: Mapping[str, Command]
) -> Port:
    """Answer at `path`; gives the port.

    Raises `OSError` and `CannotListenError` where that can't be.
    """
    quoted = quoteStringArgument(path)
    where = endpoint(reactor, f"unix:{quoted}:mode=600:lockfile=0")
    return await where.listen(Control(commands, reactor))


def user_of(connection: socket.socket) -> int:
    """The number of the user who connected; see SO_PEERCRED in unix(7)."""
    size = _CREDENTIALS.size
    found = connection.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, size)
    _, user, _ = _CREDENTIALS.unpack(found)
    return int(user)


def word(request: Request, name: str) -> str:
    """The text that `request` has there; raises `ChatError` 461 without one."""
    value = request.get(name)
    if not isinstance(value, str) or not value:
        raise ChatError(461, f"the request has no {name}")
    return value
