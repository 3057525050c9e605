"""Who did what: the log and the audit table, and how much one may put into them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from twisted.logger import Logger

from ..events import ChatError
from ..limits import Rate, Throttle
from ..names import fold
from ..storage.moderation import AuditEntry
from ..storage.store import Store

if TYPE_CHECKING:
    from .hub import Hub
    from .room import Room
    from .user import User

log = Logger()

CHANGES = Rate(burst=100, per_second=0.1)
"""Of one account.  The table keeps 100,000: nobody pushes out the others'."""

OPERATORS = Rate(burst=600, per_second=1.0)
AT_ONCE = 1e-9


class Audit:
    """Every change has to `check` first, and is put down with `record`."""

    def __init__(self, hub: Hub, store: Store) -> None:
        self._hub = hub
        self._store = store
        self._budget = Throttle(CHANGES, longest=AT_ONCE)
        self._operators = Throttle(OPERATORS, longest=AT_ONCE)

    def budgets(self) -> tuple[Throttle, Throttle]:
        """What accounts, and what operators, may still do."""
        return self._budget, self._operators

    def check(self, by: User) -> None:
        """Count one more change by `by`; raises `ChatError` 263 for too many."""
        budget = self._operators if by.operator else self._budget
        key = fold(by.oper or by.account) or by.token
        if wait := budget.delay(key, self._hub.at):
            raise ChatError(263, f"You change too much; wait {wait:.0f} s")

    def record(
        self, by: User, what: str, room: Room | None, target: str, reason: str
    ) -> None:
        """Put a change into the log and the audit table.

        What guests do in rooms of theirs ends with these, and would push out the rest:
        whoever has no account can come again and again.
        """
        who = by.oper or by.account
        if not who:
            return
        name = room.name if room else ""
        self.record_of(who, what, name, target, reason)

    def record_of(
        self, by: str, what: str, room: str, target: str, reason: str
    ) -> None:
        """As `record`, by name."""
        log.info(
            "audit: {by} {what} {room} {target} {reason}",
            by=by,
            what=what,
            room=room,
            target=target,
            reason=reason,
        )
        entry = AuditEntry(self._hub.at, by, what, room, target, reason)
        self._store.add_audit_entry(entry)
