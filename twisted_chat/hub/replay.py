"""What was said before, shown to newcomers; what of it anybody may be shown."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from twisted.internet.defer import Deferred

from ..events import ChatError, Replayed, Said
from ..fanout import Format
from ..history.base import LAST
from ..history.tails import SHOWN_AGAIN, Tail
from ..names import fold, is_conversation
from ..storage.changes import reaction_of
from .conversations import people_of

if TYPE_CHECKING:
    from .session import Session

MAX_UNREAD = 200
"""Unread messages that are shown to who comes into a room."""

STALE = 600.0
"""Seconds after which what is shown again gets another time."""

AROUND_WORDS = 200
"""Bytes that a format may put around the words of a message."""


class Budget:
    """Bytes that may be shown again at once, of several rooms together.

    :ivar left: so many of them are left.
    """

    __slots__ = ("left",)

    def __init__(self, left: int) -> None:
        self.left = left


class Replay:
    """What of a room is shown again to whoever comes in.

    What was said last is made, and encoded, once for all who come in before somebody
    speaks.  Of whom it is known what they have read, they are shown what they haven't.
    """

    __slots__ = ("_encoded", "_event", "_latest", "_length", "_room", "_tail")

    def __init__(self, room: str, tail: Tail) -> None:
        self._room = room
        self._tail = tail
        self._latest: Said | None = None
        self._event = Replayed(room, (), False, 0.0)
        self._encoded: dict[Format, bytes] = {}
        self._length = 0

    def show(
        self,
        session: Session,
        heard: int = 0,
        budget: Budget | None = None,
        since: float = 0.0,
    ) -> None:
        """Tell `session` what was said last, now or as soon as that is known.

        In the latter case what the session asks next is answered after that.

        :param heard: the id of the latest message that it knows, and needs no more.
        :param budget: for this and other rooms; without it, what fits at once.
        :param since: they need nothing that was said before, in seconds of the wall
            clock.
        """
        if self._tail.complete and not self._tail.messages:
            return
        if budget is None:
            budget = Budget(at_once(session))
        read = None if heard else self._read(session)
        wanted = SHOWN_AGAIN
        if since:
            wanted = MAX_UNREAD
        elif read is not None:
            last = session.hub.last_id(fold(self._room))
            wanted = min(max(SHOWN_AGAIN, last - read), MAX_UNREAD)
        if not self._has(wanted, since):
            later = self._show_later(session, wanted, heard, read, budget, since)
            session.link.hold(Deferred.fromCoroutine(later))
        elif heard or since or read is not None:
            messages = list(self._tail.messages)[-wanted:]
            newer = [m for m in messages if m.id > heard and m.at >= since]
            self._tell(session, newer, LAST, budget, read, wanted)
        else:
            self._show(session, budget)

    def forget(self) -> None:
        """A message is not what it was."""
        self._latest = None
        self._event = Replayed(self._room, (), False, 0.0)
        self._encoded = {}

    def _read(self, session: Session) -> int | None:
        """Up to which id they have read; None where all, or where nobody knows."""
        me, place = session.me, fold(self._room)
        read = session.hub.markers.get(me.author, place) if me.account else None
        return None if read == session.hub.last_id(place) else read

    def _has(self, wanted: int, since: float) -> bool:
        """Whether so many of the latest messages are at hand, or all since then."""
        tail = self._tail
        return tail.complete and (
            wanted <= SHOWN_AGAIN
            or (bool(tail.messages) and tail.messages[0].at < since)
            or len(tail.messages) >= wanted
            or not tail.messages
            or tail.messages[0].id == 1
        )

    async def _show_later(
        self,
        session: Session,
        wanted: int,
        heard: int,
        read: int | None,
        budget: Budget,
        since: float,
    ) -> None:
        upto = session.hub.rooms[fold(self._room)].last_id
        try:
            latest = await session.hub.history.latest(self._room, wanted)
        except Exception:
            return
        self._tail.fill(latest)
        newer = [m for m in latest if m.id > heard and m.at >= since]
        self._tell(session, newer, upto, budget, read, wanted)

    def _show(self, session: Session, budget: Budget) -> None:
        messages = self._tail.messages
        if not messages:
            return
        now = session.now()
        if messages[-1] is not self._latest or now - self._event.at > STALE:
            self._latest = messages[-1]
            self._event = self._replayed(messages, session, at_once(session))
            self._encoded = {}
            self._length = sum(map(_size, self._event.messages))
        if session.me.ignores or self._length > budget.left:
            self._tell(session, messages, messages[-1].id, budget)
            return
        budget.left -= self._length
        session.listener.tell_shared(self._event, self._encoded)

    def _tell(
        self,
        session: Session,
        messages: Sequence[Said],
        upto: int,
        budget: Budget,
        read: int | None = None,
        most: int = SHOWN_AGAIN,
    ) -> None:
        """Tell `session` alone; what is newer than `upto` it has got already."""
        shown = [
            as_heard(session, m) for m in messages if m.id <= upto and heard(session, m)
        ]
        if shown and budget.left > 0:
            event = self._replayed(shown, session, budget.left, read, most)
            budget.left -= sum(map(_size, event.messages))
            session.listener.tell(event)

    def _replayed(
        self,
        messages: Sequence[Said],
        session: Session,
        left: int,
        read: int | None = None,
        most: int = SHOWN_AGAIN,
    ) -> Replayed:
        shown = fitting(list(messages)[-most:], session, newest=True, left=left)
        # A tail may end here while the history goes on.
        more = len(messages) >= SHOWN_AGAIN or len(shown) < len(messages)
        return Replayed(self._room, tuple(shown), more, session.now(), read)


def as_shown(session: Session, message: Said) -> Said | None:
    """`message` as this person sees where it was said; None where they may not."""
    if not is_conversation(message.room):
        return message
    if message.room not in session.hub.last_ids:
        return None  # it was deleted while this was read
    try:
        return message._replace(room=check_own(session, message.room))
    except ChatError:
        return None


def check_own(session: Session, key: str) -> str:
    """What this person calls the conversation, which is still theirs.

    :raises ChatError: 403 where they have logged out meanwhile.
    """
    hub, user = session.hub, session.user
    if user is None or user.author not in people_of(key) or not hub.shared.private:
        raise ChatError(403, "Nothing of that is kept")
    return hub.conversations.name(key, user)


def heard(session: Session, message: Said) -> bool:
    """Whether it isn't the word of somebody whom `session` ignores.

    The topic is the room's.
    """
    user = session.user
    if user is None or message.kind == "topic":
        return True
    return session.hub.ignoring.hears(user, message.nick, message.author)


def at_once(session: Session) -> int:
    """Bytes that may be sent at once: a quarter of what may wait for a client."""
    return session.hub.settings.send_queue // 4


def as_heard(session: Session, message: Said) -> Said:
    """`message` without what those have to do with it whom `session` ignores."""
    user, marks = session.user, message.marks
    if marks is None or user is None or not user.ignores:
        return message
    hears = session.hub.ignoring.hears
    quote, reactions = marks.quote, []
    if quote is not None and not hears(user, quote.nick, 0):
        quote = quote._replace(text="")
    for each in marks.reactions:
        people = [p for p in each.people() if hears(user, p.nick, p.author)]
        if total := each.total - len(each.nicks) + len(people):
            reactions.append(reaction_of(each.reaction, total, people))
    marks = marks._replace(quote=quote, reactions=tuple(reactions))
    return message._replace(marks=marks)


def fitting(
    messages: Sequence[Said], session: Session, newest: bool, left: int | None = None
) -> Sequence[Said]:
    """As many of `messages`, from their end or their start, as may be sent at once.

    But at least one.

    :param left: in bytes; None: `at_once`.
    """
    left = at_once(session) if left is None else left
    count = 0
    for message in reversed(messages) if newest else messages:
        left -= _size(message)
        if left < 0 and count:
            break
        count += 1
    return messages[len(messages) - count :] if newest else messages[:count]


def _size(message: Said) -> int:
    """Bytes that `message` takes, at most, in any format."""
    return len(message.text.encode()) + AROUND_WORDS
