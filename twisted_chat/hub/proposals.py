"""What somebody asks to change in rooms, of others and of themselves.

Each function proposes one entry.  What has to do with the connection itself, such as
its current room, is in `Session`.
"""

from __future__ import annotations

from collections.abc import Sequence

from ..events import ChatError
from ..names import TOPIC_LENGTH, check_text, clean, fold
from ..outcomes import Outcome
from .devices import check_device
from .entries import (
    Announce,
    ChangeTopic,
    Describe,
    ForgetConversation,
    Ignore,
    Invite,
    JoinWith,
    Kick,
    MarkRead,
    NameDevice,
    Query,
    Release,
    RenameRoom,
    Restrain,
    SetAway,
    SetBot,
    SetException,
    SetKeep,
    SetOwner,
    SetRule,
    SetStay,
    SetTopic,
    SetVoice,
    Unignore,
)
from .session import Session, tidy

ABOUT_LENGTH = 128

# Rooms


def set_rule(session: Session, room: str, rule: str, value: str) -> Outcome:
    """ROOM: see `administering.set_rule` for rules, values and what is raised.

    :raises ChatError: 263 for a rule that not every server knows yet.
    """
    if rule == "no_ctcp" and not session.hub.supports(JoinWith):
        raise ChatError(263, "Not every server can do that yet; try again later")
    return session.propose(SetRule(session.id, room, rule, value))


def rename_room(session: Session, room: str, name: str, reason: str = "") -> Outcome:
    """ROOM: call `room` otherwise; see `renaming` for what is raised."""
    return session.propose(RenameRoom(session.id, room, name, tidy(reason)))


def set_owner(session: Session, room: str, nick: str, owner: bool = True) -> Outcome:
    """OWNER: let `nick`'s account decide in `room`, or no longer.

    :raises ChatError: 482; 401 for nobody; 484 in the lobby.
    """
    return session.propose(SetOwner(session.id, room, nick, owner))


def set_voice(session: Session, room: str, nick: str, voice: bool = True) -> Outcome:
    """VOICE: let `nick` speak while `room` is moderated, or no longer.

    :raises ChatError: 482; 401 or 441 when `nick` isn't there.
    """
    return session.propose(SetVoice(session.id, room, nick, voice))


def invite(session: Session, room: str, nick: str) -> Outcome:
    """INVITE: ask `nick` in; a locked room's owner lets them in with it.

    :raises ChatError: 442, 482, 401, 443 when `nick` is there already.
    """
    return session.propose(Invite(session.id, room, nick))


def set_topic(session: Session, text: str, room: str = "") -> Outcome:
    """TOPIC: set what `room`, or the current one, is about.

    :raises ChatError: 403, 404, 442 for the room, 417 past 300 characters, 482
        when others set it, 404 for one who may not speak.
    """
    where = session.target(room)
    topic = clean(text).strip()
    if len(topic) > TOPIC_LENGTH:
        raise ChatError(417, f"Too long; a topic has at most {TOPIC_LENGTH}")
    kind = ChangeTopic if session.hub.supports(ChangeTopic) else SetTopic
    return session.propose(kind(session.id, where.name, topic))


def name_device(session: Session, name: str) -> Outcome:
    """The client calls itself so beside its account; see `devices`.

    :raises ChatError: 464 for what can't be a device.  No-op where not every server
        knows devices yet.
    """
    device = check_device(name)
    if not session.hub.supports(NameDevice):
        return None
    return session.propose(NameDevice(session.id, device))


# Moderation; an empty `room` means the whole chat


def kick(session: Session, room: str, nick: str, reason: str = "") -> Outcome:
    """KICK: out of `room`, or out of the chat.

    :raises ChatError: 481, 482; 401 or 441 when `nick` isn't there.
    """
    return session.propose(Kick(session.id, room, nick, tidy(reason)))


def restrain(
    session: Session,
    kind: str,
    room: str,
    mask: str,
    seconds: float = 0,
    reason: str = "",
    expel: bool = True,
) -> Outcome:
    """BAN, MUTE (`kind` "ban" or "mute"): a nick, an address or a prefix.

    :param seconds: how long; 0 for ever.
    :param expel: throw out who is there and banned.
    :raises ChatError: see `Moderation.ban` and `Moderation.mute`.
    """
    entry = Restrain(session.id, kind, room, mask, seconds, tidy(reason), expel)
    return session.propose(entry)


def set_exception(
    session: Session, room: str, kind: str, mask: str, on: bool = True
) -> Outcome:
    """ROOM except, ROOM invex: spare a nick, address or prefix bans, or the lock.

    :param kind: "except" or "invex".
    :raises ChatError: 482, 476 for a bad mask, 478 for too many, 440 for none.
    """
    return session.propose(SetException(session.id, kind, room, mask, on))


def release(session: Session, kind: str, room: str, mask: str) -> Outcome:
    """UNBAN, UNMUTE: raises `ChatError` 440 when `mask` is on no list."""
    return session.propose(Release(session.id, kind, room, mask))


def announce(session: Session, text: str) -> Outcome:
    """ANNOUNCE: tell everyone; raises `ChatError` 481, 412 and 417."""
    if not session.me.operator:
        raise ChatError(481, "Only operators may do that")
    return session.propose(Announce(session.id, check_text(text)))


# Others and oneself


def set_keep(session: Session, keep: bool) -> Outcome:
    """KEEP: have what they write in private, and are written, kept, or nothing.

    :raises ChatError: 464 for a guest.
    """
    return session.propose(SetKeep(session.id, keep))


def set_stay(session: Session, stay: bool) -> Outcome:
    """STAY: stay in the chat also without a connection, or not.

    :raises ChatError: 464 for a guest.
    """
    return session.propose(SetStay(session.id, stay))


def mark_read(
    session: Session,
    name: str = "",
    people: Sequence[str] = (),
    id: int | None = None,
) -> Outcome:
    """READ: say that this person has read up to the message `id`, or all.

    :param name: of the room; empty for the current one.
    :param people: instead, with whom it was written in private.
    :raises ChatError: 403, 404, 442, 464; see `Conversations.find`.
    """
    if people:
        place = session.hub.conversations.find(session.me, people)
    else:
        place = fold(session.target(name).name)
    last = session.hub.last_id(place)
    upto = last if id is None else min(id, last)
    return session.propose(MarkRead(session.id, place, upto))


def forget_conversation(session: Session, nicks: Sequence[str]) -> Outcome:
    """FORGET: delete what this person and another have written to each other.

    :raises ChatError: see `Conversations.find` and `Conversations.delete`.
    """
    key = session.hub.conversations.find(session.me, nicks)
    return session.propose(ForgetConversation(session.id, key))


def query(session: Session, nick: str, text: str, answer: bool) -> Outcome:
    """Let this person's program ask that of `nick`, or answer it.

    :raises ChatError: 401 when `nick` isn't here, 404, 417 for the text.
    """
    return session.propose(Query(session.id, nick, check_text(text), answer))


def set_away(session: Session, text: str = "") -> Outcome:
    """AWAY: who writes to you in private is told `text`; empty: you are back.

    While one is muted, others are told no more than that they are away.
    """
    return session.propose(SetAway(session.id, tidy(text)))


def describe(session: Session, about: str) -> Outcome:
    """Say who this is (IRC's real name); raises `ChatError` 404 for the muted."""
    return session.propose(Describe(session.id, tidy(about)[:ABOUT_LENGTH]))


def set_bot(session: Session, bot: bool) -> Outcome:
    """Say that this is a program, or is none."""
    return session.propose(SetBot(session.id, bot))


def ignore(session: Session, nick: str) -> Outcome:
    """IGNORE: don't hear what `nick` says, here and in private.

    :raises ChatError: 401 for a nick nobody wears, 400 for too many or yourself.
    """
    return session.propose(Ignore(session.id, nick))


def unignore(session: Session, nick: str) -> Outcome:
    """UNIGNORE: raises `ChatError` 401 when `nick` isn't ignored."""
    return session.propose(Unignore(session.id, nick))
