"""Which connection a call to a Redis takes, and what its refusal means."""

from __future__ import annotations

from twisted.internet.defer import Deferred, FirstError, gatherResults

from ...clock import Clock
from ..stream import WAIT, Away, Fenced, Gap, Sealed, StreamError
from .address import Address
from .link import Link
from .scripts import SOURCES, Script
from .wire import Refused, Reply

_ERRORS = {"SEALED": Sealed, "FENCED": Fenced, "GAP": Gap}
_UNABLE = frozenset(
    ("LOADING", "BUSY", "READONLY", "MISCONF", "OOM", "MASTERDOWN", "NOREPLICAS")
)
_ANEW = frozenset(("NOSCRIPT", "READONLY", "NOAUTH"))
_CARRY = frozenset((Script.PUT_SNAPSHOT, Script.SNAPSHOT, Script.OPEN))


class Calls:
    """What is called in turn is carried out in turn.

    `read`, which waits, and what carries a snapshot have a connection each.

    :param reactor: for sockets and time.
    :param prefix: what the keys begin with.
    :param timeout: of a call, in seconds.
    :param bulk_timeout: of a call that carries a snapshot.
    """

    def __init__(
        self,
        reactor: Clock,
        address: Address,
        prefix: str,
        timeout: float,
        bulk_timeout: float,
    ) -> None:
        names = ("log", "meta", "nodes", "snapshots", "reports")
        # One hash tag, so that a cluster of Redis keeps them in one place.
        self._keys = tuple(f"{{{prefix}}}:{name}" for name in names)
        self._scripts = Link(reactor, address, SOURCES, timeout)
        self._reads = Link(reactor, address, (), timeout)
        self._bulk = Link(reactor, address, SOURCES, bulk_timeout)
        self._links = (self._scripts, self._reads, self._bulk)

    def start(self) -> Deferred[None]:
        """As `RedisStream.start`."""
        started = gatherResults(
            [link.start() for link in self._links], consumeErrors=True
        )
        return Deferred.fromCoroutine(_first_failure(started))

    def stop(self) -> None:
        """As `RedisStream.stop`."""
        for link in self._links:
            link.stop()

    @property
    def connected(self) -> bool:
        """All connections are there."""
        return all(link.run for link in self._links)

    async def run(self, script: Script, *arguments: bytes | str | int) -> Reply:
        """Run a script; what the log refuses is raised."""
        link = self._bulk if script in _CARRY else self._scripts
        keys: tuple[str | int, ...] = (len(self._keys), *self._keys)
        return await self._answer(
            link, "EVALSHA", script.digest, *keys, link.run, *arguments
        )

    async def read(self, after: str, most: int) -> Reply:
        """Up to `most` records after a position; waits for the first one."""
        wait = ("COUNT", most, "BLOCK", milliseconds(WAIT))
        where = ("STREAMS", self._keys[0], after)
        return await self._answer(self._reads, "XREAD", *wait, *where)

    async def _answer(self, link: Link, *command: bytes | str | int) -> Reply:
        try:
            return await link.call(*command)
        except Refused as refused:
            error, code = refused, refused.code
        if code in _ANEW:
            # What was sent after it must not be carried out without it.
            link.drop()
            raise Away(f"Redis replied {code}")
        if code in _UNABLE:
            raise Away(f"Redis replied {code}")
        raise _ERRORS.get(code, StreamError)(str(error)) from None


async def _first_failure(started: Deferred[list[None]]) -> None:
    """Wait for all, and raise what the first that failed was failed with."""
    try:
        await started
    except FirstError as error:
        error.subFailure.raiseException()


def milliseconds(seconds: float) -> int:
    """As Redis counts time."""
    return round(seconds * 1000)
