"""A disk for tests of the recorder."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from twisted.internet.defer import Deferred, maybeDeferred
from twisted.internet.task import Clock

from twisted_chat.events import Said
from twisted_chat.storage.recorder import Recorder
from twisted_chat.storage.spool import Spool, recover

TOKEN = b"this run's token"


class Disk:
    """Writes when a test says so.

    :param path: of a spool, which is always ready when asked for.
    """

    def __init__(self, path: Path | None = None) -> None:
        self.clock = Clock()
        self.warnings: list[str] = []
        self.written: list[str] = []
        self._jobs: list[tuple[list[Said], Deferred[None]]] = []
        self.path = path
        spool = None if path is None else Spool(path, self.clock, maybeDeferred, TOKEN)
        self.recorder = Recorder(self.write, self.clock, self.warnings.append, spool)
        self.released = 0
        self.count = 0

    def write(self, batch: Any) -> Deferred[None]:
        done: Deferred[None] = Deferred()
        self._jobs.append((list(batch), done))
        return done

    def say(self, n: int = 1) -> None:
        for _ in range(n):
            self.count += 1
            self.recorder.append(Said("#a", "alice", str(self.count), 0.0, self.count))

    def turn(self) -> bool:
        def release() -> None:
            self.released += 1

        return self.recorder.hold(release)

    def kept(self) -> list[str]:
        """What the next server would have, if this one died now."""
        found = [] if self.path is None else recover(self.path, TOKEN)
        texts = [message.text for message in found]
        return self.written + [text for text in texts if text not in self.written]

    @property
    def busy(self) -> bool:
        return bool(self._jobs)

    def works(self) -> int:
        """Write what is to be written; return how much that was."""
        batch, done = self._jobs.pop(0)
        self.written += [message.text for message in batch]
        done.callback(None)
        return len(batch)

    def fails(self, error: Exception) -> None:
        self._jobs.pop(0)[1].errback(error)
