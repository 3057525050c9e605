"""How somebody comes back whose node was cut off, as who they were."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..events import ChatError, Joined, LoggedIn, Named, Notice, Parted
from ..names import check_room, fold, is_reserved
from .entries import Regain, Return, Seat
from .ignoring import MAX_IGNORED
from .isolation import REJOINED
from .room import Room
from .session_state import SessionState
from .user import User

if TYPE_CHECKING:
    from .hub import Hub


def come_back(hub: Hub, entry: Return) -> None:
    """Bring in one session of somebody who was here before.

    No limit that they were within keeps them out.  Bans do, and what was taken by
    others meanwhile is theirs.

    :raises ChatError: 465 for who is banned.
    """
    account = hub.identities.account_of(entry.account) if entry.account else ""
    user = _still_here(hub, entry, account)
    _check_bans(hub, entry, account, user)
    state = SessionState(entry.who, entry.host, entry.secure, entry.can_log_in)
    state.account = account
    hub.add(state)
    state.tell(Notice(REJOINED, hub.at, "rejoined"))
    stayed = user is not None and user.token == entry.token
    if user is None:
        user = _come_in(hub, state, entry)
    else:
        _join(hub, state, user, entry.nick)
    if not stayed:
        _enter_rooms(hub, user, entry.rooms)
    hub.presence_log.record(f"{user.nick} is back from {entry.host}")
    if state.local is not None:
        hub.stranded.returned(state.local, user)


def regain(hub: Hub, user: User, entry: Regain) -> None:
    """Give back to `user`, who has just come back, what else they had.

    No-op for who has stayed by another session: they have it still.
    """
    if user.token != entry.token:
        return
    user.since = min(user.since, entry.since)
    _own_again(user, entry)
    for seat in entry.voices:
        if (room := _same(hub, seat)) and user in room.members and not user.account:
            room.rules.guests[user] = None
            room.tell_rule(user, "voice", f"+{user.nick}")
    for seat in entry.owned:
        room = _same(hub, seat)
        if room and user in room.members and not room.rules.is_owner(user):
            room.rules.guest_owners[user] = None
            room.tell_rule(user, "owner", f"+{user.nick}")
    for seat in entry.invitations:
        if (room := _same(hub, seat)) and user not in room.members:
            user.invite(room)
    writer = hub.users.get(fold(entry.writer))
    if writer is not None and writer.token == entry.writer_token:
        user.last_writer = writer


def _own_again(user: User, entry: Regain) -> None:
    """What they wrote before is theirs still; a guest's number is below 0."""
    before = [number for number in (entry.author, entry.was) if number < 0]
    if before and user.account:
        user.was = before[0]
    elif before:
        user.author, user.was = before[0], sum(before[1:])


def _same(hub: Hub, seat: Seat) -> Room | None:
    """The room of `seat`, unless it is gone, or another one of that name."""
    room = hub.rooms.get(hub.former.same(fold(seat.room), seat.since))
    return room if room is not None and room.since == seat.since else None


def _still_here(hub: Hub, entry: Return, account: str) -> User | None:
    """They themselves, by another session that is here or has come back before."""
    if account:
        return hub.identities.user_of(account)
    holder = hub.users.get(fold(entry.nick))
    same = holder is not None and holder.token == entry.token and not holder.account
    return holder if same else None


def _check_bans(hub: Hub, entry: Return, account: str, user: User | None) -> None:
    hub.bans.check_host(entry.host, hub.at)
    if account:
        hub.bans.check_account(account)
    else:
        hub.bans.check_guest(entry.host)
    if user is None:
        hub.bans.check_nick(entry.nick)


def _come_in(hub: Hub, state: SessionState, entry: Return) -> User:
    """They are a person of the chat again."""
    if state.account and fold(entry.nick) == fold(state.account):
        hub.identities.take_back(entry.nick, None, entry.token)
    lost = _why_lost(hub, entry.nick, state.account)
    nick = hub.identities.guest_nick(entry.token) if lost else entry.nick
    user = User(hub, nick, entry.token)
    hub.let_in(state, user)
    user.account = state.account
    user.operator = hub.identities.is_operator(user.account)
    user.about, user.away, user.bot = entry.about, entry.away, entry.bot
    user.sessions.append(state)
    if entry.account and not user.account:
        state.tell(LoggedIn(entry.nick, "", hub.at))
    if lost:
        state.tell(Notice(lost, hub.at, "nick-lost", entry.nick))
        state.tell(Named(entry.nick, nick, hub.at))
    hub.ignoring.restore(user, entry.ignores[:MAX_IGNORED])
    if user.account:
        hub.identities.add(user)
    hub.people.arrive(user)
    hub.ignoring.refresh(user)
    return user


def _why_lost(hub: Hub, nick: str, account: str) -> str:
    """Why `nick` is not theirs any more; empty where it is."""
    if fold(nick) == fold(account):
        return ""
    like, owner = hub.people.wearer_like(nick), hub.accounts.confusable(nick)
    if is_reserved(nick):
        return f"{nick} is not for people"
    if like is not None:
        return f"{nick} is taken: {like.nick} came while this server was cut off"
    if owner and fold(owner) != fold(account):
        return f"{nick} is taken: {owner} is registered"
    return ""


def _join(hub: Hub, state: SessionState, user: User, nick: str) -> None:
    """The session is one more of `user`, who is here."""
    hub.let_in(state, user)
    if user.nick != nick:
        state.tell(Named(nick, user.nick, hub.at))
    user.sessions.append(state)
    hub.staying.back(user)
    for room in user.rooms.values():
        state.tell(Joined(room.name, user.nick, hub.at))
        if state.listener is not None:
            room.channel.add(state.listener)
    hub.ignoring.refresh(user)
    hub.ignoring.refresh_ignorers(user)
    user.await_proof()
    hub.show_waiting(user)


def _enter_rooms(hub: Hub, user: User, seats: tuple[Seat, ...]) -> None:
    """Be in those rooms again that are still open to them."""
    for seat in seats:
        now = hub.former.same(fold(seat.room), seat.since)
        if now in user.rooms:
            continue
        if now != fold(seat.room):
            user.tell(Parted(seat.room, user.nick, "", hub.at))
            seat = seat._replace(room=hub.rooms[now].name)
        try:
            room = _room(hub, user, seat)
        except ChatError as error:
            user.tell(Parted(seat.room, user.nick, "", hub.at))
            user.tell(Notice(error.text, hub.at, "not-back", seat.room))
        else:
            room.enter(user, arriving=room is hub.lobby)
            if room is hub.lobby:
                user.tell(Joined(room.name, user.nick, hub.at))


def _room(hub: Hub, user: User, seat: Seat) -> Room:
    """The room of `seat`, which they may enter.

    Who was in a room may be there, whatever lock and key it has; but not in one of
    the same name that was made meanwhile.

    :raises ChatError: 471, 473, 474, 475, 479; see `Rules.check_entry`.
    """
    room = hub.rooms.get(fold(check_room(seat.room)))
    if room is None:
        room = hub.open_room(seat.room)
        room.since = seat.since
    try:
        if room is hub.lobby or room.since == seat.since:
            room.rules.check_return(room, user)
        else:
            room.rules.check_entry(room, user, "")
    except ChatError:
        hub.close_room(room)
        raise
    return room
