"""Passwords: hashed with argon2id (RFC 9106), away from the reactor's thread."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable
from typing import Any

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from twisted.internet.defer import Deferred, execute
from twisted.logger import Logger

from ..events import ChatError
from ..fair_queue import ANYBODY, FairQueue, Requester

log = Logger()

# Characters.
SHORTEST = 6
LONGEST = 300
MAX_WAITING = 64
AT_ONCE = 2
"""Threads that hash: each takes 64 MiB and a tenth of a second of one core."""

# RFC 9106 section 4, second recommendation, with one lane: the pool's threads
# are the parallelism.
HASHER = PasswordHasher(time_cost=3, memory_cost=64 * 1024, parallelism=1)


class Passwords:
    """Hashes and compares.

    :param run: calls a function with arguments elsewhere, such as
        `twisted.internet.threads.deferToThreadPool` with its first two
        arguments given; without it, here and now.
    """

    def __init__(
        self,
        run: Callable[..., Deferred[Any]] = execute,
        hasher: PasswordHasher = HASHER,
    ) -> None:
        self._run = run
        self._hasher = hasher
        self._queue = FairQueue(
            AT_ONCE, MAX_WAITING, "The server is busy; try again in some seconds"
        )

    def hash(self, password: str, requester: Requester = ANYBODY) -> Deferred[str]:
        """The hash to keep.  Fails with `ChatError` 263, 451 as `FairQueue.submit`."""
        data = as_bytes(password)
        return self._queue.submit(requester, self._run, self._hasher.hash, data)

    def hash_now(self, password: str) -> str:
        """As `hash`, but here; it takes a tenth of a second."""
        return self._hasher.hash(as_bytes(password))

    def match(
        self, hash: str, password: str, requester: Requester = ANYBODY
    ) -> Deferred[bool]:
        """Whether `hash` is of `password`; fails as `hash` does."""
        data = as_bytes(password)
        return self._queue.submit(requester, self._run, self._verify, hash, data)

    def outdated(self, hash: str) -> bool:
        """Whether `hash` was made with other parameters than today's."""
        return self._hasher.check_needs_rehash(hash)

    def _verify(self, hash: str, password: bytes) -> bool:
        try:
            return self._hasher.verify(hash, password)
        except VerificationError:
            return False
        except InvalidHashError:
            log.error("an account's hash is damaged; its password can't match")
            return False


def check_password(password: str) -> str:
    """Give `password` back.

    :raises ChatError: 461 where it has too few or too many characters.
    """
    if not SHORTEST <= len(password) <= LONGEST:
        raise ChatError(461, f"A password has {SHORTEST} to {LONGEST} characters")
    return password


def as_bytes(password: str) -> bytes:
    """The same bytes for the same password, however it was typed.

    Of the OpaqueString profile (RFC 8265, section 4.2) that is its rule about
    normalization: NFC.
    """
    return unicodedata.normalize("NFC", password).encode()
