"""What one person writes to another, or to several, and nobody else reads."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..events import ChatError, Notice, Queried, Whispered
from ..names import check_text, fold
from .user import User

if TYPE_CHECKING:
    from .session import Session

MOST_TARGETS = 20


def whisper(session: Session, nicks: list[str], text: str, kind: str) -> Whispered:
    """PRIV: write to people in private; return what was said.

    Those who are here get it even when others are not.

    :param kind: see `Whispered`.
    :raises ChatError: 401 naming who isn't here, 407 for too many, 412
        and 417 for the text.
    """
    me = session.me
    text = check_text(text)
    if len(nicks) > MOST_TARGETS:
        raise ChatError(407, f"Too many people; at most {MOST_TARGETS} at once")
    session.charge(targets=len(nicks) - 1)
    found: dict[User, None] = {}
    missing = []
    for nick in nicks:
        try:
            found[session.hub.user(nick)] = None
        except ChatError:
            missing.append(nick)
    if me.muted is not None and not all(user.operator for user in found):
        me.check_muted()
    to = tuple(user.nick for user in found)
    event = Whispered(me.nick, to, text, session.hub.now(), kind)
    _deliver(session, me, list(found), event)
    if missing:
        raise session.hub.nobody(*missing)
    return event


def _deliver(session: Session, me: User, people: list[User], event: Whispered) -> None:
    if not people:
        return
    for user in people:
        if fold(me.nick) in user.ignores:
            continue
        user.last_writer = me
        if user is not me:
            user.tell(event)
        if user.away and event.kind != "notice":
            session.listener.tell(
                Notice(
                    f"{user.nick} is away: {user.away}",
                    session.hub.now(),
                    "person-away",
                    user.nick,
                )
            )
    for other in me.sessions:
        if other is not session or session.listener.echo or me in people:
            other.listener.tell(event)


def query(session: Session, nick: str, text: str, answer: bool) -> None:
    """Let this person's program ask that of `nick`, or answer it.

    :raises ChatError: 401 when `nick` isn't here, 417 for the text.
    """
    me, other = session.me, session.hub.user(nick)
    me.check_muted()
    text = check_text(text)
    if fold(me.nick) not in other.ignores:
        other.tell(Queried(me.nick, other.nick, text, answer, session.hub.now()))
