"""What one connection may ask of the chat.

Every method takes effect or raises `ChatError`.
"""

from __future__ import annotations

import hmac
from collections.abc import Callable
from secrets import token_hex
from typing import TYPE_CHECKING, Any, Protocol, TypeAlias

from twisted.internet.defer import Deferred

from ..clock import Call
from ..events import (
    ChatError,
    Notice,
    Said,
    SpeechKind,
    Whispered,
)
from ..fanout import Listener
from ..limits import ROWS_PER_TOKEN
from ..names import REASON_LENGTH, TOPIC_LENGTH, check_text, clean, fold
from .entries import (
    Announce,
    Describe,
    Disconnect,
    EndGrace,
    Entry,
    Ignore,
    Invite,
    Join,
    Kick,
    Part,
    Query,
    Release,
    Restrain,
    Say,
    SessionId,
    SetAway,
    SetBot,
    SetOwner,
    SetRule,
    SetTopic,
    SetVoice,
    TakeNick,
    Unignore,
    Whisper,
)
from .room import Room
from .session_state import SessionState
from .user import TOKEN_LENGTH, User

if TYPE_CHECKING:
    from .hub import Hub

MAX_TARGETS = 20
ABOUT_LENGTH = 128
SHOWN_ON_ENTRY = 20

Outcome: TypeAlias = Deferred[None] | None
"""What changes the chat is done on return, or when the Deferred fires."""

Copy: TypeAlias = Callable[[Said | Whispered], None]


class Link(Protocol):
    """What a session asks of the connection that it is one of: a door's."""

    def end(self, reason: str) -> None:
        """Leave the chat, and close once all that was told is out."""

    def hold(self, outcome: Deferred[Any]) -> None:
        """What the peer sends next waits for `outcome`; its failure is shown."""

    def certificate(self) -> str:
        """The SHA-256 of the certificate that the peer's TLS has proven.

        In hexadecimal digits; empty without one.
        """
        ...


class Session:
    """One connection of one person, from its first byte to its last.

    This is the half that doors talk to: what is the connection's alone, and what it
    asks for.  It finds out what has to be known, and proposes what shall change; what
    everyone has to know of it is in `state`.

    :ivar host: the peer's address.
    :ivar room: the current room, where `say` goes; None when parted from it.
    :ivar bucket: what limits the lines of this session; the door waits for it.
    :ivar warned: they were told that somebody can read along.
    :ivar about: what was said of oneself before NICK; see `User.about`.
    :ivar own_copy: is handed what this session says, in place of its listener.
    :ivar replay: on entering a room it is shown what was said there last.
    """

    __slots__ = (
        "_grace",
        "_link",
        "_passed",
        "about",
        "bucket",
        "host",
        "hub",
        "id",
        "listener",
        "own_copy",
        "replay",
        "room",
        "state",
        "warned",
    )

    state: SessionState

    def __init__(
        self, hub: Hub, id: SessionId, link: Link, listener: Listener, host: str
    ) -> None:
        self.hub = hub
        self.id = id
        self._link = link
        self.listener = listener
        self.host = host
        self.warned = False
        self.about = ""
        self.replay = True
        self.own_copy: Callable[[Said | Whispered], None] | None = None
        self.room: Room | None = None
        self.bucket = hub.bucket()
        self._grace: Call | None = None
        self._passed = not hub.settings.password

    def now(self) -> float:
        """The time, in seconds of the wall clock."""
        return self.hub.now()

    def _propose(self, entry: Entry) -> Deferred[None] | None:
        return self.hub.log.propose(entry)

    # What everyone knows of it

    @property
    def user(self) -> User | None:
        """Who it is; None before NICK."""
        return self.state.user

    @property
    def account(self) -> str:
        """What was proven before NICK; see `User.account` for after."""
        return self.state.account

    @property
    def secure(self) -> bool:
        """Whether nobody on the way can read along."""
        return self.state.secure

    @property
    def me(self) -> User:
        """Who this is; raises `ChatError` 451 before NICK."""
        user = self.state.user
        if user is None:
            raise ChatError(451, "Choose a nick first; use NICK name")
        return user

    # What the hub tells of it

    def entered(self, room: Room, chosen: bool) -> None:
        """This person is in `room` now; `chosen`: this session asked for it."""
        if chosen:
            self.room = room
        self.show_room(room)

    def left(self, room: Room) -> None:
        """This person is in `room` no more."""
        room.channel.discard(self.listener)
        if self.room is room:
            self.room = next(reversed(self.me.rooms.values()), None)

    def leave_rooms(self) -> None:
        """This session is that person's no more."""
        for channel in list(self.listener.channels):
            channel.discard(self.listener)

    def wrote(self, event: Whispered, to_oneself: bool) -> None:
        """This session has written `event` in private."""
        if self.listener.echo or to_oneself:
            self.listener.tell(event)
        if self.own_copy is not None:
            self.own_copy(event)

    def drop(self, reason: str) -> None:
        """The server has ended this session."""
        self._link.end(reason)
        self._over()

    def await_proof(self, grace: float) -> None:
        """Propose that the time in which to prove the nick is over, when it is.

        :param grace: see `User.grace`; 0: there is nothing to wait for.
        """
        if self._grace is not None and self._grace.active():
            self._grace.cancel()
        self._grace = None
        if grace:
            self._grace = self.hub.clock.callLater(
                max(0.0, grace - self.now()), self._end_grace, grace
            )

    def _end_grace(self, grace: float) -> None:
        self._propose(EndGrace(self.id, grace, new_token()))

    # Coming and going

    def give_password(self, password: str) -> None:
        """PASS: the password of the whole server.

        :raises ChatError: 464 for a wrong one, 462 after NICK.
        """
        if self.user is not None:
            raise ChatError(462, "You are in already; no password is needed now")
        wanted = self.hub.settings.password
        if wanted and not _same(password, wanted):
            raise ChatError(464, "Wrong password; ask who runs the server")
        self._passed = True

    def set_nick(self, nick: str) -> Outcome:
        """NICK: come into the chat, or take another nick.

        :raises ChatError: 431, 432, 433 for the nick, 464 without PASS, 463 for too
            many sessions of an account.
        """
        self.check_passed()
        return self._propose(TakeNick(self.id, nick, self.about, new_token()))

    def check_passed(self) -> None:
        """Raises `ChatError` 464 where the server's password is still missing."""
        if not self._passed:
            raise ChatError(464, "This server has a password; use PASS word, then NICK")

    def hold(self, outcome: Deferred[Any]) -> None:
        """Let what the peer sends next wait for `outcome`; its failure is shown."""
        self._link.hold(outcome)

    def certificate(self) -> str:
        """What the peer's TLS has proven: see `Link.certificate`."""
        return self._link.certificate()

    def quit(self, reason: str) -> None:
        """Leave the chat for good.  No-op the second time."""
        if self.id not in self.hub.sessions:
            return
        self._propose(Disconnect(self.id, tidy(reason)))
        self._over()

    def _over(self) -> None:
        self.await_proof(0.0)
        self.hub.monitor.forget(self.listener)
        self.listener.close()

    def charge(self, targets: int = 0, rows: int = 0) -> None:
        """Let the flood rule count what a command does beside its first target.

        :param targets: how many more people or rooms it acts on.
        :param rows: how many people or rooms it looks at.
        """
        if self.bucket is not None:
            self.bucket.take(max(0, targets) + rows // ROWS_PER_TOKEN)

    def detach(self) -> None:
        """The connection is gone: forget it.

        It has this session, so that only the rare search for cycles would free
        them both.
        """
        self.state.part()
        self._link = _GONE

    # Speaking

    def say(
        self,
        text: str,
        room: str = "",
        kind: SpeechKind = "message",
        copy: Copy | None = None,
    ) -> Outcome:
        """MSG, ME: speak in `room`, or in the current one.

        :param copy: see `own_copy`.
        :raises ChatError: 412 and 417 for the text, 403, 404, 442 for the room.
        """
        text = check_text(text)
        where = self.me.here(room) if room else self.room or self._current()
        if copy is None:
            return self.hub.say(self.state, where, kind, text)
        return self._copied(Say(self.id, where.name, kind, text), copy)

    def whisper(
        self,
        nicks: list[str],
        text: str,
        kind: SpeechKind = "message",
        copy: Copy | None = None,
    ) -> Outcome:
        """PRIV: write to people in private.

        Those who are here get it even when others are not.

        :param copy: see `own_copy`.
        :raises ChatError: 401 naming who isn't here, 404 for the muted, 407
            for too many, 412 and 417 for the text.
        """
        text = check_text(text)
        if len(nicks) > MAX_TARGETS:
            raise ChatError(407, f"Too many people; at most {MAX_TARGETS} at once")
        self.charge(targets=len(nicks) - 1)
        entry = Whisper(self.id, tuple(nicks), text, kind)
        return self._propose(entry) if copy is None else self._copied(entry, copy)

    def _copied(self, entry: Entry, copy: Copy) -> Outcome:
        self.own_copy = copy
        try:
            return self._propose(entry)
        finally:
            self.own_copy = None

    def query(self, nick: str, text: str, answer: bool) -> Outcome:
        """Let this person's program ask that of `nick`, or answer it.

        :raises ChatError: 401 when `nick` isn't here, 404, 417 for the text.
        """
        return self._propose(Query(self.id, nick, check_text(text), answer))

    def reply(self, text: str) -> Outcome:
        """REPLY: write to whoever last wrote to you in private.

        :raises ChatError: 401 when nobody did or they are gone; see `whisper`.
        """
        writer = self.me.last_writer
        if writer is None or not writer.online:
            raise ChatError(401, "Nobody to reply to; use PRIV nick text")
        return self.whisper([writer.nick], text)

    def _current(self) -> Room:
        if self.room is None:
            self.me  # noqa: B018 - before NICK there is more to say
            raise ChatError(404, "You are in no room; JOIN one first")
        return self.room

    def target(self, name: str) -> Room:
        """Their room `name`, or the current one; raises `ChatError` 403, 404, 442."""
        return self.me.here(name) if name else self._current()

    # Rooms

    def join(self, name: str, key: str = "") -> Outcome:
        """JOIN: make `name` the current room; enter it if not there yet.

        :param key: what a room with a key wants to hear.
        :raises ChatError: 479 for the name, 405 for too many rooms, 471, 473,
            474, 475 when the room's rules are against it.
        """
        room = self.me.rooms.get(fold(name))
        if room is None:
            return self._propose(Join(self.id, name, key))
        self.room = room
        self._note(f"You speak in {room.name} now", "speaking-in", room.name)
        return None

    def part(self, name: str = "", reason: str = "") -> Outcome:
        """PART: leave `name`, or the current room.

        Another room of yours becomes the current one.

        :raises ChatError: 403, 404, 442.
        """
        room = self.target(name)
        return self._propose(Part(self.id, room.name, tidy(reason)))

    def set_topic(self, text: str, room: str = "") -> Outcome:
        """TOPIC: set what `room`, or the current one, is about.

        :raises ChatError: 403, 404, 442 for the room, 417 past 300 characters, 482
            when others set it, 404 for one who may not speak.
        """
        where = self.target(room)
        topic = clean(text).strip()
        if len(topic) > TOPIC_LENGTH:
            raise ChatError(417, f"Too long; a topic has at most {TOPIC_LENGTH}")
        return self._propose(SetTopic(self.id, where.name, topic))

    def set_rule(self, room: str, rule: str, value: str) -> Outcome:
        """ROOM: see `RoomRegistry.set_rule` for rules, values and what is raised."""
        return self._propose(SetRule(self.id, room, rule, value))

    def set_owner(self, room: str, nick: str, owner: bool = True) -> Outcome:
        """OWNER: let `nick`'s account decide in `room`, or no longer.

        :raises ChatError: 482; 401 for nobody; 484 in the lobby.
        """
        return self._propose(SetOwner(self.id, room, nick, owner))

    def set_voice(self, room: str, nick: str, voice: bool = True) -> Outcome:
        """VOICE: let `nick` speak while `room` is moderated, or no longer.

        :raises ChatError: 482; 401 or 441 when `nick` isn't there.
        """
        return self._propose(SetVoice(self.id, room, nick, voice))

    def invite(self, room: str, nick: str) -> Outcome:
        """INVITE: ask `nick` in; a locked room's owner lets them in with it.

        :raises ChatError: 442, 482, 401, 443 when `nick` is there already.
        """
        return self._propose(Invite(self.id, room, nick))

    # Order; an empty `room` means the whole chat

    def kick(self, room: str, nick: str, reason: str = "") -> Outcome:
        """KICK: out of `room`, or out of the chat.

        :raises ChatError: 481, 482; 401 or 441 when `nick` isn't there.
        """
        return self._propose(Kick(self.id, room, nick, tidy(reason)))

    def restrain(
        self,
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
        entry = Restrain(self.id, kind, room, mask, seconds, tidy(reason), expel)
        return self._propose(entry)

    def release(self, kind: str, room: str, mask: str) -> Outcome:
        """UNBAN, UNMUTE: raises `ChatError` 440 when `mask` is on no list."""
        return self._propose(Release(self.id, kind, room, mask))

    def announce(self, text: str) -> Outcome:
        """ANNOUNCE: tell everyone; raises `ChatError` 481, 412 and 417."""
        if not self.me.operator:
            raise ChatError(481, "Only operators may do that")
        return self._propose(Announce(self.id, check_text(text)))

    def show_room(self, room: Room) -> None:
        """Tell what somebody who comes into `room` wants to know."""
        if self.room is None:
            self.room = room
        if room.topic:
            self.listener.tell(room.topic_event(self.now()))
        self.listener.tell(room.roster(self.now(), SHOWN_ON_ENTRY))
        if self.replay:
            room.again.show(self)

    # Oneself

    def set_away(self, text: str = "") -> Outcome:
        """AWAY: who writes to you in private is told `text`; empty: you are back.

        While one is muted, others are told no more than that they are away.
        """
        return self._propose(SetAway(self.id, tidy(text)))

    def describe(self, about: str) -> Outcome:
        """Say who this is (IRC's real name); raises `ChatError` 404 for the muted."""
        return self._propose(Describe(self.id, tidy(about)[:ABOUT_LENGTH]))

    def set_bot(self, bot: bool) -> Outcome:
        """Say that this is a program, or is none."""
        return self._propose(SetBot(self.id, bot))

    def ignore(self, nick: str) -> Outcome:
        """IGNORE: don't hear what `nick` says, here and in private.

        :raises ChatError: 401 for a nick nobody wears, 400 for too many or yourself.
        """
        return self._propose(Ignore(self.id, nick))

    def unignore(self, nick: str) -> Outcome:
        """UNIGNORE: raises `ChatError` 401 when `nick` isn't ignored."""
        return self._propose(Unignore(self.id, nick))

    def _note(self, text: str, code: str, value: str) -> None:
        self.listener.tell(Notice(text, self.now(), code, value))


class _Gone:
    """The link of a session whose connection is gone."""

    def end(self, reason: str) -> None:
        pass

    def hold(self, outcome: Deferred[Any]) -> None:
        pass

    def certificate(self) -> str:
        return ""


_GONE = _Gone()


def tidy(text: str) -> str:
    """A reason, or a text about oneself, as others may see it."""
    return clean(text).strip()[:REASON_LENGTH]


def new_token() -> str:
    """A random word of ten hexadecimal digits."""
    return token_hex(TOKEN_LENGTH // 2)


def _same(given: str, wanted: str) -> bool:
    """Compare in a time that tells nothing about `wanted`."""
    return hmac.compare_digest(given.encode(), wanted.encode())
