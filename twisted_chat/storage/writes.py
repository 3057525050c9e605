"""What is kept beside messages, as plain data: each changes one thing in the tables."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Sequence
from typing import Any, NamedTuple, TypeAlias

from ..events import Ban, Said
from ..names import fold
from . import changes
from .accounts import Account, restored
from .changes import (
    CHANGES,
    Change,
    DeleteMessage,
    DropReaction,
    EditMessage,
    PutReaction,
)
from .former import Former, FormerName
from .moderation import AuditEntry, RoomRecord, ban_key
from .personal import Device, Marker, Stay, Waiting
from .places import Forks, Place, Starts
from .purges import Purge


class PutAccount(NamedTuple):
    """In place of one with the same nick."""

    account: Account


class DropAccount(NamedTuple):
    """That of the nick, with all that proves it."""

    nick: str


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
    """The record with that name."""

    name: str


class ForgetRoom(NamedTuple):
    """That which was spoken in under this name is no more; see `History.forget`.

    :ivar number: of the room in the tables, where that room is there yet.
    :ivar key: its folded name.
    """

    number: int
    key: str


class MoveRoom(NamedTuple):
    """That which was spoken in under this name is called otherwise now.

    :ivar number: of the room in the tables; 0 where it is not among them yet.
    :ivar key: the folded name that it had.
    :ivar upto: the id of the latest message there.
    :ivar name: what it is called from now on.
    """

    number: int
    key: str
    upto: int
    name: str


class PutFormer(NamedTuple):
    """See `Store.put_former`."""

    former: Former


class AddAuditEntry(NamedTuple):
    """See `Store.add_audit_entry`."""

    entry: AuditEntry


class PutPurge(NamedTuple):
    """It has begun; see `purges`."""

    purge: Purge


class PutPlace(NamedTuple):
    """See `Store.put_place`."""

    place: Place


class PutStarts(NamedTuple):
    """See `Store.put_starts`."""

    starts: Starts


class PutRepeated(NamedTuple):
    """See `Store.put_repeated`."""

    forks: Forks


class Adopt(NamedTuple):
    """See `Store.adopt`."""

    accounts: tuple[Account, ...]
    rooms: tuple[RoomRecord, ...]
    bans: tuple[Ban, ...]
    markers: tuple[Marker, ...] = ()
    waiting: tuple[Waiting, ...] = ()
    stays: tuple[Stay, ...] = ()
    former: tuple[Former, ...] = ()
    devices: tuple[Device, ...] = ()


class AdoptReactions(NamedTuple):
    """In place of those to the messages of a room from `first` to `last`.

    :ivar room: folded.
    :ivar reactions: of each the message's id, what it is, whose, and when.
    """

    room: str
    first: int
    last: int
    reactions: tuple[tuple[int, str, int, str, float], ...]


class PutMarkers(NamedTuple):
    """See `Store.put_markers`."""

    markers: tuple[Marker, ...]


class PutWaiting(NamedTuple):
    """See `Store.put_waiting`."""

    waiting: Waiting


class DropWaiting(NamedTuple):
    """See `Store.drop_waiting`."""

    account: int


class PutStay(NamedTuple):
    """See `Store.put_stay`."""

    stay: Stay


class DropStay(NamedTuple):
    """See `Store.drop_stay`."""

    account: int


class PutDevices(NamedTuple):
    """See `Store.put_devices`."""

    account: int
    devices: tuple[Device, ...]


class DropPlaces(NamedTuple):
    """See `Store.drop_places`."""

    places: tuple[str, ...]


class DropPersonal(NamedTuple):
    """See `Store.drop_personal`."""

    account: int


Write: TypeAlias = (
    Change
    | PutPurge
    | PutAccount
    | DropAccount
    | PutBan
    | DropBan
    | PutRoom
    | DropRoom
    | ForgetRoom
    | MoveRoom
    | PutFormer
    | AddAuditEntry
    | PutPlace
    | PutStarts
    | PutRepeated
    | Adopt
    | AdoptReactions
    | PutMarkers
    | PutWaiting
    | DropWaiting
    | PutStay
    | DropStay
    | PutDevices
    | DropPlaces
    | DropPersonal
)


def subject(write: Write) -> Hashable:
    """What `write` is about: of several about one thing the last will do."""
    match write:
        case EditMessage() | DeleteMessage() | PutReaction() | DropReaction():
            return changes.subject(write)
        case PutAccount(account):
            return ("account", fold(account.nick))
        case DropAccount(nick):
            return ("account", fold(nick))
        case PutBan(ban) | DropBan(ban):
            return ("ban", *ban_key(ban))
        case PutRoom(record):
            return ("room", fold(record.name))
        case DropRoom(name):
            return ("room", fold(name))
        case PutFormer(former):
            return ("former", former.room)
        case PutPlace():
            return "place"
        case PutStarts():
            return "starts"
        case PutRepeated():
            return "repeated"
        case PutStay(stay):
            return ("stay", stay.account)
        case DropStay(account):
            return ("stay", account)
        case PutDevices(account):
            return ("devices", account)
        case _:
            return object()  # all of them, in their order


def reactions_to(messages: Sequence[Said]) -> AdoptReactions:
    """Those that are known to `messages`, which follow each other in a room.

    Where it isn't known when one was made it is known in which order.
    """
    found = [
        (said.id, each.reaction, who.author, who.nick, who.at or said.at + n)
        for said in messages
        for each in (said.marks.reactions if said.marks is not None else ())
        for n, who in enumerate(each.people())
    ]
    room, first, last = fold(messages[0].room), messages[0].id, messages[-1].id
    return AdoptReactions(room, first, last, tuple(found))


def moved(write: Write, move: MoveRoom) -> Write:
    """What `write`, which came before `move`, says after it."""
    new = fold(move.name)
    match write:
        case EditMessage(room, id) | DeleteMessage(room, id):
            about = room == move.key and id <= move.upto
        case PutReaction(room, id) | DropReaction(room, id):
            about = room == move.key and id <= move.upto
        case AdoptReactions(room, first):
            about = room == move.key and first <= move.upto
        case PutPurge(purge) if purge.room == move.key:
            return PutPurge(purge._replace(room=new))
        case _:
            about = False
    return write._replace(room=new) if about else write  # type: ignore[call-arg]


def _former(room: str, names: Iterable[tuple[int, str, float]]) -> Former:
    return Former(room, tuple(FormerName(*name) for name in names))


def _adopt(
    accounts: Iterable[Any],
    rooms: Iterable[Any],
    bans: Iterable[Any],
    markers: Iterable[Any] = (),
    waiting: Iterable[Any] = (),
    stays: Iterable[Any] = (),
    former: Iterable[Any] = (),
    devices: Iterable[Any] = (),
) -> Adopt:
    """One that an earlier version has put has less."""
    return Adopt(
        tuple(restored(*account) for account in accounts),
        tuple(RoomRecord(*record) for record in rooms),
        tuple(Ban(*ban) for ban in bans),
        tuple(Marker(*marker) for marker in markers),
        tuple(Waiting(*each) for each in waiting),
        tuple(Stay(*stay) for stay in stays),
        tuple(_former(*each) for each in former),
        tuple(Device(*each) for each in devices),
    )


_FROM_PLAIN: dict[str, Callable[..., Write]] = {
    **{kind.__name__: kind for kind in CHANGES},
    "PutAccount": lambda account: PutAccount(restored(*account)),
    "DropAccount": DropAccount,
    "PutBan": lambda ban: PutBan(Ban(*ban)),
    "DropBan": lambda ban: DropBan(Ban(*ban)),
    "PutRoom": lambda record: PutRoom(RoomRecord(*record)),
    "DropRoom": DropRoom,
    "ForgetRoom": ForgetRoom,
    "MoveRoom": MoveRoom,
    "PutFormer": lambda former: PutFormer(_former(*former)),
    "AddAuditEntry": lambda entry: AddAuditEntry(AuditEntry(*entry)),
    "PutPurge": lambda purge: PutPurge(Purge(*purge)),
    "PutPlace": lambda place: PutPlace(Place(*place)),
    "PutStarts": PutStarts,
    "PutRepeated": PutRepeated,
    "Adopt": lambda *everything: _adopt(*everything),
    "AdoptReactions": AdoptReactions,
    "PutMarkers": lambda markers: PutMarkers(tuple(Marker(*each) for each in markers)),
    "PutWaiting": lambda waiting: PutWaiting(Waiting(*waiting)),
    "DropWaiting": DropWaiting,
    "PutStay": lambda stay: PutStay(Stay(*stay)),
    "DropStay": DropStay,
    "PutDevices": lambda account, devices: PutDevices(
        account, tuple(Device(*each) for each in devices)
    ),
    "DropPlaces": DropPlaces,
    "DropPersonal": DropPersonal,
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
