"""The whole state, as plain data: numbers, words, and tuples of them.

Comparing two hubs, bringing a node up and handing over to a new program all use it.
People are named by their folded nicks, rooms by their folded names, sessions by their
ids.  What is one node's alone (listeners, current rooms, what was said) is not in it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple, TypeAlias

from ..events import Ban
from ..names import fold
from ..storage.accounts import Account
from ..storage.former import Former
from ..storage.moderation import RoomRecord
from ..storage.personal import Device, Marker, Waiting
from ..storage.places import Forks
from .attempts import Tries
from .bans import Bans
from .entries import SessionId
from .monitor import Gone
from .nodes import NodeData
from .room import Room
from .session_state import SessionState
from .shared_settings import SharedSettings
from .touched import TouchedData
from .user import User

if TYPE_CHECKING:
    from .hub import Hub

BanKey: TypeAlias = tuple[str, str, str]
"""Kind, folded room, and folded mask."""

Levels: TypeAlias = tuple[tuple[object, float, float], ...]
"""See `Throttle.levels`."""


class SessionData(NamedTuple):
    """See `SessionState`."""

    id: SessionId
    host: str
    secure: bool
    can_log_in: bool
    account: str
    visits: tuple[str, ...] = ()
    username: str = ""
    lobby: bool = True
    device: str = ""


class PersonData(NamedTuple):
    """See `User`."""

    nick: str
    token: str
    account: str
    operator: bool
    away: str
    about: str
    bot: bool
    since: float
    spoke: float
    grace: float
    graces: tuple[str, ...]
    sessions: tuple[SessionId, ...]
    rooms: tuple[str, ...]
    ignores: tuple[str, ...]
    last_writer: str
    muted: BanKey | None
    held: tuple[BanKey, ...]
    invitations: tuple[str, ...]
    visiting: bool = False
    author: int = 0
    was: int = 0
    username: str = ""
    absent_since: float = 0.0
    oper: str = ""


class RoomData(NamedTuple):
    """See `Room`; what is in `record` is kept while nobody is there."""

    record: RoomRecord
    since: float
    last_id: int
    members: tuple[str, ...]
    guests: tuple[str, ...]
    invited: tuple[str, ...]
    guest_owners: tuple[str, ...]
    unkept: tuple[tuple[int, int], ...]


class BanData(NamedTuple):
    """A ban or a mute, and who of those here it means; see `hold.Hold`."""

    ban: Ban
    people: tuple[tuple[str, bool], ...]


class Snapshot(NamedTuple):
    """:ivar at: the time of the latest entry, in seconds of the wall clock.
    :ivar most_users: see `People.most`.
    :ivar records: of the rooms that are kept.
    :ivar last_ids: the latest id in each room that is closed, by name; see `Hub`.
    :ivar gone: who was here; `budgets`: what may still be done; `tries`: at passwords.
    """

    at: float
    most_users: int
    accounts: tuple[Account, ...]
    sessions: tuple[SessionData, ...]
    people: tuple[PersonData, ...]
    rooms: tuple[RoomData, ...]
    records: tuple[RoomRecord, ...]
    last_ids: tuple[tuple[str, int], ...]
    forgotten: int
    bans: tuple[BanData, ...]
    gone: tuple[Gone, ...]
    budgets: tuple[Levels, Levels]
    tries: Tries
    nodes: tuple[NodeData, ...]
    shared: SharedSettings
    repeated: Forks = ()
    last_number: int = 0
    waiting: tuple[Waiting, ...] = ()
    markers: tuple[Marker, ...] = ()
    touched: tuple[TouchedData, ...] = ()
    touched_since: float = 0.0
    former: tuple[Former, ...] = ()
    devices: tuple[Device, ...] = ()


def _key(ban: Ban) -> BanKey:
    return ban.kind, fold(ban.room), fold(ban.mask)


def _nicks(people: dict[User, None]) -> tuple[str, ...]:
    return tuple(fold(user.nick) for user in people)


# Taking one


def take(hub: Hub) -> Snapshot:
    """The state of `hub` now."""
    accounts, operators = hub.audit.budgets()
    return Snapshot(
        hub.at,
        hub.people.most,
        tuple(hub.accounts),
        tuple(map(_session, hub.sessions.values())),
        tuple(map(_person, hub.users.values())),
        tuple(map(_room, hub.rooms.values())),
        tuple(hub.room_registry.records()),
        tuple(sorted(hub.last_ids.items())),
        hub.forgotten,
        tuple(data for bans in hub.bans.lists() for data in _bans(bans)),
        tuple(hub.whowas),
        (tuple(accounts.levels()), tuple(operators.levels())),
        hub.attempts.levels(),
        tuple(hub.nodes.values()),
        hub.shared,
        hub.repeated.levels(),
        hub.numbers.last,
        tuple(hub.waiting),
        tuple(hub.markers),
        tuple(hub.touched.levels()),
        hub.touched.since,
        tuple(hub.former),
        tuple(hub.devices),
    )


def _session(state: SessionState) -> SessionData:
    return SessionData(
        state.id,
        state.host,
        state.secure,
        state.can_log_in,
        state.account,
        tuple(fold(room.name) for room in state.visits),
        state.username,
        state.lobby,
        state.device,
    )


def _person(user: User) -> PersonData:
    away, about = user.own_words()
    writer = user.last_writer
    return PersonData(
        user.nick,
        user.token,
        user.account,
        user.operator,
        away,
        about,
        user.bot,
        user.since,
        user.spoke,
        user.grace,
        tuple(user.graces),
        tuple(state.id for state in user.sessions),
        tuple(user.rooms),
        tuple(user.ignores),
        fold(writer.nick) if writer is not None and writer.online else "",
        user.muted and _key(user.muted),
        tuple(_key(hold.ban) for hold in user.held),
        tuple(fold(room.name) for room in user.invitations),
        user.visiting,
        user.author,
        user.was,
        user.username,
        user.absent_since,
        user.oper,
    )


def _room(room: Room) -> RoomData:
    rules = room.rules
    return RoomData(
        rules.record(room),
        room.since,
        room.last_id,
        _nicks(room.members),
        _nicks(rules.guests),
        _nicks(rules.invited),
        _nicks(rules.guest_owners),
        room.unkept.runs(),
    )


def _bans(bans: Bans) -> list[BanData]:
    return [
        BanData(
            hold.ban,
            tuple((fold(user.nick), guest) for user, guest in hold.people.items()),
        )
        for hold in bans.holds()
    ]


# Restoring one


def restore(hub: Hub, snapshot: Snapshot) -> None:
    """Give `hub`, whose state is empty, the state of `snapshot`."""
    hub.at, hub.people.most = snapshot.at, snapshot.most_users
    hub.shared = snapshot.shared
    hub.history.retain(snapshot.shared.retention)
    hub.nodes = {node.number: node for node in snapshot.nodes}
    hub.accounts.load(snapshot.accounts)
    hub.numbers.load(snapshot.last_number)
    hub.touched.restore(snapshot.touched_since, snapshot.touched)
    hub.former.load(snapshot.former)
    hub.devices.restore(snapshot.devices)
    hub.room_registry.load(snapshot.records)
    hub.last_ids.update(snapshot.last_ids)
    hub.forgotten = snapshot.forgotten
    hub.conversations.load()
    hub.waiting.load(snapshot.waiting)
    hub.markers.load(snapshot.markers)
    for ban, _ in snapshot.bans:
        hub.bans.of(ban.kind, ban.room).add(ban)
    for session in snapshot.sessions:
        state = SessionState(*session[:4])
        state.account = session.account
        state.username, state.lobby = session.username, session.lobby
        state.device = session.device
        hub.add(state)
    for person in snapshot.people:
        _restore_person(hub, person)
    for room in snapshot.rooms:
        _restore_room(hub, room)
    for ban, people in snapshot.bans:
        if hold := hub.bans.of(ban.kind, ban.room).get(ban.mask):
            hold.people.update((hub.users[nick], guest) for nick, guest in people)
    for person in snapshot.people:
        _tie_person(hub, person)
    for session in snapshot.sessions:
        _tie_session(hub, session)
    for gone in snapshot.gone:
        hub.whowas.add(gone)
    for throttle, levels in zip(hub.audit.budgets(), snapshot.budgets, strict=True):
        throttle.restore(levels)
    hub.attempts.restore(snapshot.tries)
    hub.repeated.restore(snapshot.repeated)


def _restore_person(hub: Hub, data: PersonData) -> None:
    user = User(hub, data.nick, data.token)
    user.account, user.operator = data.account, data.operator
    user.oper = data.oper
    user.away, user.about, user.bot = data.away, data.about, data.bot
    user.since, user.spoke, user.grace = data.since, data.spoke, data.grace
    user.graces = dict.fromkeys(data.graces)
    user.visiting = data.visiting
    user.author, user.was = data.author, data.was
    user.username = data.username or user.username
    user.absent_since = data.absent_since
    account = hub.accounts.find(user.account) if user.account else None
    user.stays = account is not None and account.stay and not user.visiting
    for id in data.sessions:
        user.sessions.append(hub.sessions[id])
        hub.let_in(hub.sessions[id], user)
    hub.people.add(user)
    if user.account:
        hub.identities.add(user)


def _restore_room(hub: Hub, data: RoomData) -> None:
    room = hub.rooms.get(fold(data.record.name)) or Room(hub, data.record.name)
    hub.rooms[fold(room.name)] = room
    room.since, room.last_id = data.since, data.last_id
    room.topic, room.topic_by = data.record.topic, data.record.topic_by
    room.topic_at = data.record.topic_at
    room.rules.load(data.record)
    room.members = {hub.users[nick]: None for nick in data.members}
    room.rules.guests = {hub.users[nick]: None for nick in data.guests}
    room.rules.invited = {hub.users[nick]: None for nick in data.invited}
    room.rules.guest_owners = {hub.users[nick]: None for nick in data.guest_owners}
    room.unkept.load(data.unkept)
    hub.room_registry.refresh(room)


def _tie_session(hub: Hub, data: SessionData) -> None:
    """What a session that is visiting has to do with rooms."""
    state = hub.sessions[data.id]
    for key in data.visits:
        if state.user is not None:
            hub.rooms[key].visit(state.user)
            state.visits += (hub.rooms[key],)


def _tie_person(hub: Hub, data: PersonData) -> None:
    """What a person has to do with rooms, bans and others."""
    user = hub.users[fold(data.nick)]
    user.rooms = {key: hub.rooms[key] for key in data.rooms}
    user.invitations = {hub.rooms[key]: None for key in data.invitations}
    user.last_writer = hub.users.get(data.last_writer)
    for key in data.ignores:
        user.ignores[key] = None
        hub.ignoring.ignored_by.setdefault(key, {})[user] = None
    for kind, room, mask in data.held:
        if hold := hub.bans.of(kind, room).get(mask):
            user.held[hold] = None
    if data.muted is not None:
        kind, room, mask = data.muted
        muted = hub.bans.of(kind, room).get(mask)
        user.muted = muted.ban if muted is not None else None
    for here in user.rooms.values():
        hub.room_registry.refresh(here)
