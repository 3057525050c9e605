"""A connection to a Redis that is made anew where it is lost."""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path
from typing import Any, cast

from twisted.internet.defer import CancelledError, Deferred, fail
from twisted.internet.endpoints import HostnameEndpoint, UNIXClientEndpoint
from twisted.internet.interfaces import IReactorTime
from twisted.internet.protocol import Factory
from twisted.internet.task import deferLater
from twisted.logger import Logger

from ...clock import Clock
from ..stream import Away
from .address import Address
from .wire import Refused, Reply, Wire

CONNECT = 3.0
"""How long connecting may take, in seconds."""

FIRST_DELAY, LAST_DELAY = 0.1, 2.0
"""After how long a lost connection is made anew, in seconds; doubled each time."""

_RUN_ID = re.compile(rb"^run_id:([0-9a-f]{40})\r?$", re.MULTILINE)
_log = Logger()


class Link:
    """Keeps a connection that is logged in and has the scripts.

    :param reactor: for time, and connections as Twisted's endpoints ask for them.
    :param scripts: source of the scripts that are called by their SHA-1.
    :param timeout: how long a reply may take, in seconds.
    :ivar run: which run of Redis the connection is to; empty while there is none.
    """

    def __init__(
        self, reactor: Clock, address: Address, scripts: Iterable[bytes], timeout: float
    ) -> None:
        self.run = b""
        self._reactor = reactor
        self._address = address
        self._scripts = tuple(scripts)
        self._timeout = timeout
        self._wire: Wire | None = None
        self._running: Deferred[None] | None = None
        self._first: list[Deferred[None]] = []

    def start(self) -> Deferred[None]:
        """Connect, and keep at it.

        Fires when the first attempt has succeeded, and fails with `Away` if it hasn't.
        """
        done: Deferred[None] = Deferred()
        self._first.append(done)
        self._running = Deferred.fromCoroutine(self._run())
        self._running.addErrback(lambda failure: failure.trap(CancelledError))
        return done

    def stop(self) -> None:
        """Close the connection, and make none any more."""
        running, self._running = self._running, None
        if running is not None:
            running.cancel()

    def call(self, *command: bytes | str | int) -> Deferred[Reply]:
        """As `Wire.call`; fails at once while there is no connection."""
        if self._wire is None:
            return fail(Away("there is no connection"))
        return self._wire.call(*command)

    def drop(self) -> None:
        """Make the connection anew; nothing more goes over the one there is."""
        wire, self._wire, self.run = self._wire, None, b""
        if wire is not None:
            wire.drop()

    async def _run(self) -> None:
        delay = FIRST_DELAY
        while True:
            wire = Wire(self._reactor, self._timeout)
            try:
                await self._connect(wire)
                delay = FIRST_DELAY
                await wire.lost
                _log.info("{address}: the connection is lost", address=self._address)
            except CancelledError:
                self._answer(Away("stopped"))
                raise
            except Exception as error:
                self._tell(Away(f"{self._address}: {_why(error)}"))
            finally:
                self._wire, self.run = None, b""
                wire.drop()
            await deferLater(cast(IReactorTime, self._reactor), delay)
            delay = min(2 * delay, LAST_DELAY)

    async def _connect(self, wire: Wire) -> None:
        address = self._address
        factory: Any = Factory.forProtocol(lambda: wire)
        factory.noisy = False
        if address.tls:
            factory = _with_tls(address, factory, self._reactor)
        await self._endpoint().connect(factory)
        if address.password:
            user = (address.user,) if address.user else ()
            await wire.call("AUTH", *user, address.password)
        if address.db:
            await wire.call("SELECT", address.db)
        found = _RUN_ID.search(_bytes(await wire.call("INFO", "server")))
        if found is None:
            raise Away("it doesn't say which run it is")
        for script in self._scripts:
            await wire.call("SCRIPT", "LOAD", script)
        self.run, self._wire = found[1], wire
        _log.info("{address}: connected", address=address)
        self._tell(None)

    def _endpoint(self) -> Any:
        address = self._address
        if address.path:
            return UNIXClientEndpoint(self._reactor, address.path, timeout=CONNECT)
        return HostnameEndpoint(
            self._reactor, address.host, address.port, timeout=CONNECT
        )

    def _tell(self, failure: Away | None) -> None:
        """Say how the first attempt went; how later ones fail is logged."""
        if not self._answer(failure) and failure is not None:
            _log.warn("{failure}", failure=failure)

    def _answer(self, failure: Away | None) -> bool:
        """Tell who waits for the first attempt; False where nobody does."""
        waiting, self._first = self._first, []
        for done in waiting:
            done.callback(None) if failure is None else done.errback(failure)
        return bool(waiting)


def _bytes(reply: Reply) -> bytes:
    return reply if isinstance(reply, bytes) else b""


def _why(error: Exception) -> str:
    """What went wrong, in one line without anything that was sent."""
    if isinstance(error, Refused):
        return f"Redis replied {error.code}"
    return " ".join(str(error).split()) or type(error).__name__


def _with_tls(address: Address, factory: Any, clock: Any) -> Any:
    """TLS that trusts the address's certificate, or the system's.

    :raises OSError: the file can't be read.
    """
    from twisted.internet.ssl import (
        Certificate,
        optionsForClientTLS,
        trustRootFromCertificates,
    )
    from twisted.protocols.tls import TLSMemoryBIOFactory

    trusted = None
    if address.ca:
        certificate = Certificate.loadPEM(Path(address.ca).read_bytes())
        trusted = trustRootFromCertificates([certificate])
    options = optionsForClientTLS(address.host, trustRoot=trusted)
    return TLSMemoryBIOFactory(options, True, factory, clock)
