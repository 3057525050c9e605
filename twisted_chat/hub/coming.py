"""How a session comes in, joins the others of its person, and goes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..events import ChatError, Joined, LoggedIn, Named
from ..names import fold
from .user import User

if TYPE_CHECKING:
    from .session import Session

MOST_SESSIONS = 20


def come_in(session: Session, nick: str) -> None:
    """Come into the chat as `nick`, or join the sessions of one's account.

    :raises ChatError: see `set_nick`.
    """
    session.check_passed()
    present = (
        session.hub.registrar.user_of(session.account) if session.account else None
    )
    if present is not None:
        attach(session, present)
        return
    if session.account:
        session.hub.bans.check_account(session.account)
    else:
        session.hub.bans.check_guest(session.host)
    if session.account and fold(nick) == fold(session.account):
        session.hub.registrar.take_back(nick, None)
    session.hub.claim(nick, None, session.account, session.can_log_in)
    session.user = user = User(session.hub, nick)
    user.account, user.operator = session.account, session.operator
    user.about = session.about
    user.sessions.append(session)
    session.listener.tell(Named("", nick, session.hub.now()))
    session.hub.enter(user)
    session.room = session.hub.lobby if user.rooms else None
    session.hub.journal.note(f"{nick} came from {session.host}")
    if session.account:
        session.hub.registrar.enter_proven(session, user)
    if session.room is not None:
        session.show_room(session.room)


def attach(session: Session, user: User) -> None:
    """Be one more session of `user`, and no longer of whoever it was.

    :raises ChatError: 463 when `user` has too many sessions.
    """
    if len(user.sessions) >= MOST_SESSIONS:
        raise ChatError(463, f"You are here {MOST_SESSIONS} times; close one first")
    if session.user is not None:
        session.hub.bans.carry(session.user, user)
        leave(session, f"is {user.nick}")
    user.refresh_muted()
    session.user = user
    user.sessions.append(session)
    at = session.hub.now()
    session.listener.tell(Named("", user.nick, at))
    session.listener.tell(LoggedIn(user.nick, user.account, at))
    session.room = next(reversed(user.rooms.values()), None)
    user.refresh_ignores()
    session.hub.refresh_ignorers(user)
    session.hub.journal.note(f"{user.nick} is here once more, from {session.host}")
    for room in user.rooms.values():
        if room is not session.hub.lobby:
            session.listener.tell(Joined(room.name, user.nick, at))
        room.channel.add(session.listener)
        session.show_room(room)
    if user.muted is not None:
        session.listener.tell(user.muted_notice(user.muted))


def leave(session: Session, reason: str) -> None:
    """Be nobody's session any more; the last one takes the user along."""
    user = session.me
    if user.sessions == [session]:
        session.hub.leave(user, reason)
        session.hub.journal.note(f"{user.nick} left: {reason}")
    user.sessions.remove(session)
    for channel in list(session.listener.channels):
        channel.discard(session.listener)
