"""What tests of the database's threads wait with."""

from __future__ import annotations

from collections.abc import Callable
from queue import SimpleQueue
from typing import Any

from twisted.internet.defer import Deferred

from twisted_chat.storage.database import Database

PATIENCE = 60.0


class Loop:
    """Stands in for the reactor: what threads hand in runs when a test waits."""

    def __init__(self) -> None:
        self._calls: SimpleQueue[Callable[[], object]] = SimpleQueue()
        self.call = self._calls.put

    def result(self, deferred: Deferred[Any]) -> Any:
        """What `deferred` fires with; raises what it fails with."""
        got: list[Any] = []
        failed: list[BaseException] = []
        deferred.addCallbacks(got.append, lambda f: failed.append(f.value))
        while not got and not failed:
            self._calls.get(timeout=PATIENCE)()
        if failed:
            raise failed[0]
        return got[0]


def settle(loop: Loop, database: Database) -> None:
    """Have all that `database` was handed done: what they do may lead to more."""
    for thread in (
        database._keeper,
        database._searcher,
        database._reader,
        database._writer,
    ):
        assert thread is not None
        loop.result(thread.submit(lambda connection: None))
