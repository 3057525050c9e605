"""What is kept beside messages, as plain data: each changes one thing in the tables."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from typing import Any, NamedTuple, TypeAlias

from ..events import Ban
from ..names import fold
from .moderation import AuditEntry, RoomRecord, ban_key


class PutBan(NamedTuple):
    """In place of one with the same kind, room and mask."""

    ban: Ban


class DropBan(NamedTuple):
    """What has the kind, room and mask of `ban` is no more."""

    ban: Ban


class PutRoom(NamedTuple):
    """In place of one with the same name."""

    record: RoomRecord


class DropRoom(NamedTuple):
    name: str


class AddAuditEntry(NamedTuple):
    entry: AuditEntry


Write: TypeAlias = PutBan | DropBan | PutRoom | DropRoom | AddAuditEntry


def subject(write: Write) -> Hashable:
    """What `write` is about: of several about one thing the last will do."""
    match write:
        case PutBan(ban) | DropBan(ban):
            return ("ban", *ban_key(ban))
        case PutRoom(record):
            return ("room", fold(record.name))
        case DropRoom(name):
            return ("room", fold(name))
        case AddAuditEntry():
            return object()


_FROM_PLAIN: dict[str, Callable[..., Write]] = {
    "PutBan": lambda ban: PutBan(Ban(*ban)),
    "DropBan": lambda ban: DropBan(Ban(*ban)),
    "PutRoom": lambda record: PutRoom(RoomRecord(*record)),
    "DropRoom": DropRoom,
    "AddAuditEntry": lambda entry: AddAuditEntry(AuditEntry(*entry)),
}


def to_plain(write: Write) -> tuple[Any, ...]:
    """`write` in numbers, words and bare tuples, as `marshal` takes it."""
    return (type(write).__name__, *_bare(write))


def from_plain(plain: tuple[Any, ...]) -> Write:
    """What `to_plain` was made of."""
    name, *fields = plain
    return _FROM_PLAIN[name](*fields)


def _bare(value: Any) -> Any:
    return tuple(map(_bare, value)) if isinstance(value, tuple) else value
