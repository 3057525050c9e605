"""How a session comes in, joins the others of its person, and goes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..events import ChatError, Joined, LoggedIn, Named
from ..names import fold
from .replay import Budget, at_once
from .room import Room
from .session_state import SessionState
from .user import User

if TYPE_CHECKING:
    from .hub import Hub

MAX_SESSIONS = 20


def take_nick(hub: Hub, state: SessionState, nick: str, about: str, token: str) -> None:
    """NICK: come into the chat, or take another nick.

    :raises ChatError: see `come_in` and `User.rename`.
    """
    if state.user is not None:
        state.user.rename(nick)
    else:
        come_in(hub, state, nick, about, token)


def come_in(hub: Hub, state: SessionState, nick: str, about: str, token: str) -> None:
    """Come into the chat as `nick`, or join the sessions of one's account.

    :raises ChatError: 431, 432, 433 for the nick, 465 for who is banned, 463 for
        too many sessions.
    """
    present = hub.identities.user_of(state.account) if state.account else None
    if present is not None:
        attach(hub, state, present)
        return
    user = _make_user(hub, state, nick, about, token)
    hub.people.enter(user, state.lobby)
    _settle(hub, state, user)


def visit(hub: Hub, state: SessionState, nick: str, token: str) -> None:
    """As `come_in`, for one command: in no room, and nobody is told.

    :raises ChatError: see `come_in`; 462 for who is here already.
    """
    if state.user is not None:
        raise ChatError(462, "You are in already")
    present = hub.identities.user_of(state.account) if state.account else None
    if present is not None:
        attach(hub, state, present, visiting=True)
        return
    user = _make_user(hub, state, nick, "", token)
    user.visiting = True
    hub.people.arrive(user)
    _settle(hub, state, user)


def _make_user(
    hub: Hub, state: SessionState, nick: str, about: str, token: str
) -> User:
    if state.account:
        hub.bans.check_account(state.account)
    else:
        hub.bans.check_guest(state.host)
    if state.account and fold(nick) == fold(state.account):
        hub.identities.take_back(nick, None, token)
    hub.people.claim(nick, None, state.account, state.can_log_in)
    user = User(hub, nick, token)
    hub.let_in(state, user)
    user.username = state.username or user.username
    user.account = state.account
    user.operator = hub.identities.is_operator(state.account)
    user.about = about
    user.sessions.append(state)
    state.tell(Named("", nick, hub.at))
    return user


def _settle(hub: Hub, state: SessionState, user: User) -> None:
    """`user` has just come by the session."""
    if state.local is not None:
        state.local.room = hub.lobby if user.rooms else None
    hub.presence_log.record(f"{user.nick} came from {state.host}")
    if state.account:
        hub.identities.entered(state, user)
    if state.local is not None and state.local.room is not None:
        state.local.show_room(state.local.room)


def attach(hub: Hub, state: SessionState, user: User, visiting: bool = False) -> None:
    """Be one more session of `user`, and no longer of whoever it was.

    :param visiting: for one command only: if nobody was told of them, nobody is.
    :raises ChatError: 463 when `user` has too many sessions.
    """
    if len(user.sessions) >= MAX_SESSIONS:
        raise ChatError(463, f"You are here {MAX_SESSIONS} times; close one first")
    if state.user is not None:
        hub.bans.carry(state.user, user)
        hub.room_registry.carry(state.user, user)
        leave(hub, state, f"is {user.nick}")
    if user.visiting and not visiting:
        hub.people.appear(user, state.lobby)
        hub.staying.entered(user)
    user.refresh_muted()
    hub.let_in(state, user)
    user.sessions.append(state)
    away_since = hub.devices.came(state, user) or user.absent_since
    if not visiting:
        hub.staying.back(user)
    state.tell(Named("", user.nick, hub.at))
    state.tell(LoggedIn(user.nick, user.account, hub.at))
    hub.ignoring.refresh(user)
    hub.ignoring.refresh_ignorers(user)
    hub.presence_log.record(f"{user.nick} is here once more, from {state.host}")
    if state.local is not None:
        state.local.room = next(reversed(user.rooms.values()), None)
        budget = Budget(at_once(state.local))
        for room in user.rooms.values():
            if room is not hub.lobby:
                state.tell(Joined(room.name, user.nick, hub.at))
            room.channel.add(state.local.listener)
            state.local.show_room(room, budget=budget, since=away_since)
    if not visiting:
        hub.show_waiting(user)
    if user.muted is not None:
        state.tell(user.muted_notice(user.muted))


def leave(hub: Hub, state: SessionState, reason: str) -> None:
    """Be nobody's session any more; the last one takes the user along."""
    user = state.user
    if user is None:
        return
    visits, state.visits = state.visits, ()
    for room in visits:
        room.end_visit(user)
    last = user.sessions == [state]
    if last and not user.stays:
        hub.people.leave(user, reason)
        hub.presence_log.record(f"{user.nick} left: {reason}")
    user.sessions.remove(state)
    hub.devices.left(state, user)
    if last and user.stays:
        hub.staying.left(user)
    user.await_proof()
    if state.local is not None:
        state.local.leave_rooms()


def disconnect(hub: Hub, state: SessionState, reason: str) -> None:
    """The session is over, whoever ended it."""
    hub.forget(state)
    if state.user is None:
        hub.presence_log.record(f"{state.host} left without a nick")
    else:
        leave(hub, state, reason)


def drop(hub: Hub, state: SessionState, reason: str) -> None:
    """End a session as the server wants it: it is gone, then its door is told."""
    disconnect(hub, state, reason)
    if state.local is not None:
        state.local.drop(reason)


def may_part_with(user: User, *rooms: Room) -> bool:
    """Whether all of `rooms` may hear last words of `user`."""
    return all(
        not room.restricted or room.rules.may_speak(room, user) for room in rooms
    )
