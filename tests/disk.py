"""A disk for tests of the recorder."""

from __future__ import annotations

from pathlib import Path

from twisted.internet.defer import Deferred, maybeDeferred
from twisted.internet.task import Clock

from twisted_chat.events import Said
from twisted_chat.storage.moderation import RoomRecord
from twisted_chat.storage.pending import Batch
from twisted_chat.storage.recorder import Recorder
from twisted_chat.storage.spool import Spool, recover
from twisted_chat.storage.writes import PutRoom, Write

TOKEN = b"this run's token"


class Disk:
    """Writes when a test says so.

    :param path: of a spool, which is always ready when asked for.
    :param strict: what can't be kept is not shown; `failures` has why.
    """

    def __init__(self, path: Path | None = None, strict: bool = False) -> None:
        self.clock = Clock()
        self.failures: list[str] = []
        self.warnings: list[str] = []
        self.written: list[str] = []
        self._jobs: list[tuple[Batch, Deferred[None]]] = []
        self.changed: list[str] = []
        self.path = path
        spool = None if path is None else Spool(path, self.clock, maybeDeferred, TOKEN)
        fail = self.failures.append if strict else None
        self.recorder = Recorder(
            self.write, self.clock, self.warnings.append, spool, fail
        )
        self.released = 0
        self.count = 0

    def write(self, batch: Batch) -> Deferred[None]:
        done: Deferred[None] = Deferred()
        self._jobs.append((batch._replace(messages=list(batch.messages)), done))
        return done

    def say(self, n: int = 1) -> None:
        for _ in range(n):
            self.count += 1
            self.recorder.append(Said("#a", "alice", str(self.count), 0.0, self.count))

    def change(self, *names: str) -> None:
        """Have something kept that is no message."""
        for name in names:
            self.recorder.keep(PutRoom(RoomRecord(name)))

    def turn(self) -> bool:
        def release() -> None:
            self.released += 1

        return self.recorder.hold(release)

    def kept(self) -> list[str]:
        """What the next server would have, if this one died now."""
        found = [] if self.path is None else recover(self.path, TOKEN).messages
        texts = [message.text for message in found]
        return self.written + [text for text in texts if text not in self.written]

    def kept_changes(self) -> list[str]:
        """As `kept`, of what is no message."""
        found = [] if self.path is None else recover(self.path, TOKEN).writes
        return self.changed + [_name(write) for write in found]

    @property
    def busy(self) -> bool:
        return bool(self._jobs)

    def works(self) -> int:
        """Write what is to be written; return how much that was."""
        (messages, writes), done = self._jobs.pop(0)
        self.written += [message.text for message in messages]
        self.changed += [_name(write) for write in writes]
        done.callback(None)
        return len(messages)

    def fails(self, error: Exception) -> None:
        self._jobs.pop(0)[1].errback(error)


def _name(write: Write) -> str:
    assert isinstance(write, PutRoom)
    return write.record.name
