"""What people write to each other, and nobody else reads."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple

from ..events import (
    ChatError,
    Marks,
    Notice,
    Queried,
    Said,
    SpeechKind,
    Whispered,
)
from ..names import fold, is_room
from ..storage.accounts import Account
from .conversations import key_of
from .room import Room
from .session_state import SessionState
from .user import User

if TYPE_CHECKING:
    from .entries import Write
    from .hub import Hub


class Addressed(NamedTuple):
    """Whom somebody writes to.

    :ivar people: those who are here, also away without a session.
    :ivar absent: registered ones who aren't.
    :ivar missing: nicks that nobody has.
    """

    people: list[User]
    absent: list[Account]
    missing: list[str]


def whisper(
    hub: Hub,
    state: SessionState,
    me: User,
    nicks: Sequence[str],
    text: str,
    kind: SpeechKind,
) -> None:
    """PRIV where nothing is kept.

    Those who are here get it even when others are not.

    :param state: by which session `me` writes it.
    :raises ChatError: 401 naming who isn't here, 404 for the muted.
    """
    people, absent, missing = _find(hub, nicks)
    missing += [account.nick for account in absent]
    _check_muted(me, people, ())
    event = Whispered(me.nick, _nicks(people), text, hub.at, kind)
    _deliver(hub, state, me, people, event)
    if missing:
        raise hub.nobody(*missing)


def write(hub: Hub, entry: Write) -> None:
    """PRIV: write to people in private.

    Those who are here get it even when others are not.  What only registered people
    read is kept, unless one of them wants nothing kept; and then it also waits for
    those of them who aren't here.

    :raises ChatError: 401 naming who isn't here, 404 for the muted, and where too much
        waits for who isn't here.
    """
    state = hub.sessions.get(entry.who)
    if state is None or state.user is None:
        raise ChatError(451, "Choose a nick first; use NICK name")
    me = state.user
    people, absent, missing = _find(hub, entry.nicks)
    _check_muted(me, people, absent)
    against = _against(hub, me, people)
    waiting, full = _may_wait(hub, me, people, absent, against)
    missing += [each.nick for each in absent if each not in (*waiting, *full)]
    event = Whispered(
        me.nick,
        (*_nicks(people), *(each.nick for each in waiting)),
        entry.text,
        hub.at,
        entry.kind,
    )
    if (people or waiting) and against is None:
        event = _keep(hub, me, event, people, waiting, entry)
    _deliver(hub, state, me, people, event)
    _tell_waiting(state, waiting, event)
    if against and people and state.local is not None:
        state.local.tell_unkept(against)
    if full:
        names = ", ".join(each.nick for each in full)
        raise ChatError(404, f"Enough waits for {names} already; write when they come")
    if missing:
        raise hub.nobody(*missing)


def _find(hub: Hub, nicks: Sequence[str]) -> Addressed:
    people: dict[User, None] = {}
    absent: dict[str, Account] = {}
    missing = []
    for nick in nicks:
        user = hub.users.get(fold(nick))
        account = hub.accounts.find(nick) if user is None else None
        if account is not None:
            user = hub.identities.user_of(account.nick)
        if user is not None:
            people[user] = None
        elif account is not None:
            absent[account.nick] = account
        else:
            missing.append(nick)
    return Addressed(list(people), list(absent.values()), missing)


def _nicks(people: Sequence[User]) -> tuple[str, ...]:
    return tuple(user.nick for user in people)


def _check_muted(me: User, people: Sequence[User], absent: Sequence[Account]) -> None:
    """Who is muted writes to operators who are here, and nobody else."""
    if me.muted is not None and (absent or not all(x.operator for x in people)):
        me.check_muted()


def _against(hub: Hub, me: User, people: Sequence[User]) -> str | None:
    """Why nothing is kept that these write to each other; None where it is.

    :return: the nick of who wants nothing kept; empty where it can't be kept.
    """
    if not hub.shared.private:
        return ""
    for user in (me, *people):
        account = hub.accounts.numbered(user.author)
        if account is None:
            return ""
        if not account.keep:
            return user.nick
    return None


def _may_wait(
    hub: Hub,
    me: User,
    people: Sequence[User],
    absent: Sequence[Account],
    against: str | None,
) -> tuple[list[Account], list[Account]]:
    """For whom of `absent` it waits, and for whom too much does already."""
    if against is not None:
        return [], []
    mine = me.author
    keeping = [account for account in absent if account.keep and account.number]
    full = [each for each in keeping if hub.waiting.full(each.number, mine)]
    return [each for each in keeping if each not in full], full


def _keep(
    hub: Hub,
    me: User,
    event: Whispered,
    people: Sequence[User],
    waiting: Sequence[Account],
    entry: Write,
) -> Whispered:
    """Keep `event`; gives it with its id."""
    conversations, mine = hub.conversations, me.author
    absent = [account.number for account in waiting]
    key = key_of([mine, *(user.author for user in people), *absent])
    known = 0 < entry.reply_to <= hub.last_ids.get(key, 0)
    answered, quote = (entry.reply_to, entry.quote) if known else (0, None)
    if quote is not None and hub.touched.is_deleted((key, answered)):
        quote = quote._replace(text="")
    id = conversations.next_id(key)
    said = Said(
        key,
        me.nick,
        event.text,
        event.at,
        id,
        event.kind,
        mine,
        answered,
        quote and Marks(quote),
    )
    conversations.keep(said)
    _let_wait(hub, me, people, waiting, key, id)
    return event._replace(id=id, author=mine, reply_to=answered, quote=quote, place=key)


def _let_wait(
    hub: Hub,
    me: User,
    people: Sequence[User],
    waiting: Sequence[Account],
    key: str,
    id: int,
) -> None:
    """The message waits for those who aren't here, and don't ignore `me`."""
    mine = me.author
    numbers = [each.number for each in waiting if not _is_ignored(hub, each, me)]
    for user in people:
        if user.absent and not hub.ignoring.ignores(user, me):
            numbers.append(user.author)
    for number in numbers:
        if not hub.waiting.full(number, mine):
            hub.waiting.add(number, key, id, mine)


def _is_ignored(hub: Hub, account: Account, other: User) -> bool:
    keys = hub.ignoring.keys_of(other) if account.ignores else ()
    return any(key in account.ignores for key in keys)


def _tell_waiting(
    state: SessionState, waiting: Sequence[Account], event: Whispered
) -> None:
    for account in waiting:
        text = f"{account.nick} isn't here; they will see it when they come"
        state.tell(Notice(text, event.at, "waits", account.nick))


def _deliver(
    hub: Hub, state: SessionState, me: User, people: list[User], event: Whispered
) -> None:
    if not event.to:
        return
    for user in people:
        if hub.ignoring.ignores(user, me):
            continue
        user.last_writer = me
        if user is not me:
            user.tell(event)
        if user.away and event.kind != "notice":
            text = f"{user.nick} is away: {user.away}"
            state.tell(Notice(text, event.at, "person-away", user.nick))
    for other in me.sessions:
        if other is not state:
            other.tell(event)
    if state.local is not None:
        state.local.wrote(event, to_oneself=me in people)


def query(
    hub: Hub, state: SessionState, me: User, nick: str, text: str, answer: bool
) -> None:
    """Let this person's program ask that of `nick`, or answer it.

    :param nick: or a room, for those of all who are there.
    :raises ChatError: 401 when `nick` isn't here, 404 for the muted; 403, 442, and 404
        for a room that takes none.
    """
    if is_room(nick):
        _query_room(me.here(nick), state, me, text, answer)
        return
    other = hub.user(nick)
    me.check_muted()
    if not hub.ignoring.ignores(other, me):
        other.tell(Queried(me.nick, other.nick, text, answer, hub.at))


def _query_room(
    room: Room, state: SessionState, me: User, text: str, answer: bool
) -> None:
    room.rules.check_speech(room, me)
    if room.rules.no_ctcp:
        raise ChatError(404, f"{room.name} takes no CTCP")
    event = Queried(me.nick, room.name, text, answer, room.hub.at)
    room.channel.emit(event, state)


def set_keep(me: User, keep: bool) -> None:
    """KEEP: let what `me` writes and is written be kept, or not.

    :raises ChatError: 464 for a guest.
    """
    hub = me.hub
    if not me.account:
        raise ChatError(464, "Nothing that guests write in private is kept; REGISTER")
    hub.accounts.set_keep(me.account, keep)
    if keep:
        text = "What you write in private from now on is kept, where the others agree"
    else:
        text = "Nothing more is kept of what you write, or are written, in private"
    me.tell(Notice(text, hub.at, "keep", "on" if keep else "off"))
