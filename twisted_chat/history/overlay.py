"""What a history knows beyond its tables: they are some time behind."""

from __future__ import annotations

from collections.abc import Mapping

from ..clock import Clock
from ..events import Said
from ..names import fold
from ..storage.changes import Change, all_changed
from ..storage.purges import Purge
from ..storage.recorder import Recorder
from ..storage.writes import MoveRoom
from .base import LAST
from .fleeting import Fleeting
from .lately import Lately
from .purging import Purging


class Overlay:
    """What isn't written yet or never will be, and what was done to all messages.

    :ivar fleeting: what is never written.
    :ivar purging: what is to be deleted.
    """

    def __init__(self, recorder: Recorder, purging: Purging, clock: Clock) -> None:
        self._recorder = recorder
        self._lately = Lately(clock)
        self.fleeting = Fleeting()
        self.purging = purging

    # Changes

    def change(self, change: Change) -> None:
        """As `History.change`; it is kept, too."""
        self.fleeting.change(change)
        self._lately.add(change)
        self._recorder.keep(change)

    def undo(self) -> None:
        """Nothing was done to messages lately: the tables have gone back."""
        self._lately.clear()

    def erase(self, purge: Purge) -> None:
        """As `History.erase`; it is kept, too."""
        self.purging.add(purge)
        self.fleeting.erase(purge)

    def rename(self, key: str, upto: int, name: str) -> None:
        """As `History.rename`."""
        self.fleeting.rename(key, name)
        self._lately.move(MoveRoom(0, key, upto, name))
        self.purging.rename(key, fold(name))

    # Reading

    def messages(self, key: str) -> list[Said]:
        """What of a room the tables have not, or not yet, in ascending order.

        :param key: the folded name.
        """
        unwritten = [m for m in self._recorder.unwritten if fold(m.room) == key]
        return sorted(self.fleeting.messages(key) + unwritten, key=lambda m: m.id)

    def unwritten(self) -> list[Said]:
        """What the tables have not yet, in order."""
        return self._recorder.unwritten

    def newer(self, after: Mapping[str, int]) -> tuple[list[Said], dict[str, int]]:
        """What is after these ids and not in the tables.

        :param after: by folded name.
        :return: the messages; and by folded name the first that is to be written, for
            the tables may have it by the time that they are asked.
        """
        fresh = [
            message
            for message in self._recorder.unwritten
            if message.id > after.get(fold(message.room), LAST)
        ]
        upto: dict[str, int] = {}
        for message in fresh:
            upto.setdefault(fold(message.room), message.id)
        for key, id in after.items():
            fresh += [m for m in self.fleeting.messages(key) if m.id > id]
        return fresh, upto

    def covers(self, said: Said) -> bool:
        """Whether it is deleted with all that its author wrote."""
        return self.purging.covers(said)

    def applied(self, messages: list[Said]) -> list[Said]:
        """`messages` after what was done to them and may not be in the tables yet."""
        changed = all_changed([*self._recorder.changes, *self._lately], messages)
        return self.purging.left_of(changed)
