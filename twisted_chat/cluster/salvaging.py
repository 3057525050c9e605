"""Proposes what a node has put aside, once it is up again; see `salvage`."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from twisted.internet.defer import Deferred
from twisted.logger import Logger

from ..clock import Clock, sleep
from ..events import ChatError, Marks
from ..history.rejoining import Rejoining
from ..hub import Hub
from ..hub import entries as e
from ..hub.entries import Entry
from ..outcomes import settled
from .salvage import Item, unpack

log = Logger()

AGAIN = 5.0
"""Seconds after which what can't be proposed now is tried again."""

LATER = 263
"""What is refused with this may be done at another time."""


class Salvaging:
    """Proposes what was put aside, until all of it is decided.

    :param file: has it.
    """

    def __init__(
        self,
        hub: Hub,
        file: Rejoining,
        clock: Clock,
        decode: Callable[[bytes], Sequence[Entry]],
    ) -> None:
        self._hub = hub
        self._file = file
        self._clock = clock
        self._decode = decode
        self._run: object | None = None

    def begin(self) -> None:
        """Propose what there is; this node has just come up."""
        self._run = run = object()
        work = Deferred.fromCoroutine(self._propose_all(run))
        work.addErrback(lambda why: log.failure("nothing is proposed again", why))

    def stop(self) -> None:
        self._run = None

    async def _propose_all(self, run: object) -> None:
        count = 0
        while self._run is run:
            items = unpack(await self._file.put_aside())
            if not items or self._run is not run:
                return
            try:
                for item in items:
                    count += await self._propose(item)
            except ChatError as error:
                log.info("what was lost is proposed later: {why}", why=error)
                await sleep(self._clock, AGAIN)
                continue
            if self._run is run:
                await self._file.drop_aside()
                log.info("{n} things that were lost are there again", n=count)
            return

    async def _propose(self, item: Item) -> int:
        """Gives how many took effect.

        :raises ChatError: 263: this can't be decided now.
        """
        account = self._hub.accounts.find(item.nick) if item.nick else None
        if item.nick and (account is None or account.hash != item.hash):
            return 0  # others have decided about it since
        entries = [
            entry
            for entry in self._decode(item.body)
            if not (isinstance(entry, e.RepeatEdit) and await self._is_edited(entry))
        ]
        asked = [_outcome(self._hub, entry) for entry in entries]
        found = [await each for each in asked]
        for error in found:
            if error is not None and error.code == LATER:
                raise error
        return found.count(None)

    async def _is_edited(self, entry: e.RepeatEdit) -> bool:
        """Whether the message was edited later than `entry` says."""
        room, id = entry.room, entry.id
        found = await self._hub.history.between(room, id - 1, id + 1, 1)
        times = ((said.marks or Marks()).changed for said in found)
        return any(at is not None and at > entry.at for at in times)


def _outcome(hub: Hub, entry: Entry) -> Deferred[ChatError | None]:
    """Why `entry` is refused; None where it took effect."""

    async def proposed() -> ChatError | None:
        try:
            await settled(hub.propose(entry))
        except ChatError as error:
            return error
        return None

    return Deferred.fromCoroutine(proposed())
