"""What one connection may ask of the chat.

Every method takes effect or raises `ChatError`.
"""

from __future__ import annotations

import hmac
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from twisted.internet.defer import Deferred

from ..events import (
    Acted,
    AwaySet,
    ChatError,
    Described,
    Matched,
    Notice,
    Recalled,
    Said,
    Speech,
    Whispered,
)
from ..fanout import Listener
from ..limits import ROWS_PER_TOKEN
from ..names import (
    REASON_LENGTH,
    check_text,
    clean,
    fold,
)
from . import asking, coming, private, recall
from .private import MOST_TARGETS as MOST_TARGETS
from .room import Room
from .user import User

if TYPE_CHECKING:
    from .hub import Hub

MOST_ROOMS = 50
ABOUT_LENGTH = 128
SHOWN_ON_ENTRY = 20


class Session:
    """One connection of one person, from its first byte to its last.

    :ivar host: the peer's address.
    :ivar user: who it is; None before NICK.
    :ivar room: the current room, where `say` goes; None when parted from it.
    :ivar bucket: what limits the lines of this session; the door waits for it.
    :ivar secure: nobody on the way can read along.
    :ivar warned: they were told that somebody can.
    :ivar about: what was said of oneself before NICK; see `User.about`.
    :ivar account: what was proven before NICK; see `User.account` for after.
    :ivar operator: whether that account is an operator's.
    :ivar on_drop: a door's way to end the session, given a reason; `drop` calls
        it.
    :ivar certificate: gives the SHA-256 of the certificate that the peer's TLS
        has proven, in hexadecimal digits; empty without one.
    :ivar can_log_in: its dialect has a way to prove a nick; the door says so.
    :ivar replay: on entering a room it is shown what was said there last.
    """

    __slots__ = (
        "_dropped",
        "_passed",
        "about",
        "account",
        "bucket",
        "can_log_in",
        "certificate",
        "hold",
        "host",
        "hub",
        "listener",
        "on_drop",
        "operator",
        "replay",
        "room",
        "secure",
        "user",
        "warned",
    )

    def __init__(
        self, hub: Hub, listener: Listener, host: str, secure: bool = True
    ) -> None:
        self.hub = hub
        self.listener = listener
        self.host = host
        self.secure = secure
        self.warned = False
        self.account = self.about = ""
        self.operator = False
        self._dropped = ""
        self.replay = self.can_log_in = True
        self.on_drop: Callable[[str], None] = self.quit
        self.hold: Callable[[Deferred[Any]], None] = _wait_for_nothing
        self.certificate: Callable[[], str] = str
        self.user: User | None = None
        self.room: Room | None = None
        self.bucket = hub.bucket()
        self._passed = not hub.settings.password

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

    def set_nick(self, nick: str) -> None:
        """NICK: come into the chat, or take another nick.

        :raises ChatError: 431, 432, 433 for the nick, 464 without PASS.
        """
        self.check_passed()
        if self.user is not None:
            self.user.rename(nick)
        else:
            self.come_in(nick)

    def come_in(self, nick: str) -> None:
        """Come into the chat as `nick`, or join the sessions of one's account.

        :raises ChatError: see `set_nick`; 463 for too many sessions.
        """
        coming.come_in(self, nick)

    def attach(self, user: User) -> None:
        """Be one more session of `user`, and no longer of whoever it was.

        :raises ChatError: 463 when `user` has too many sessions.
        """
        coming.attach(self, user)

    def check_passed(self) -> None:
        """Raises `ChatError` 464 where the server's password is still missing."""
        if not self._passed:
            raise ChatError(464, "This server has a password; use PASS word, then NICK")

    # Proving who one is

    def register(self, password: str) -> Deferred[None]:
        """REGISTER: claim the nick that you wear.

        Fails with `ChatError`: 433 or 462 when that can't be, 461 for the
        password, 481 for an operator's nick, 263 when there is too much to do.
        """
        return self.hub.registrar.register(self, password)

    def login(self, nick: str, password: str) -> Deferred[None]:
        """LOGIN: prove to be `nick`, and be it, also before NICK.

        Whoever else wears the nick loses it.  Where the account is here
        already, this session joins it.  An empty `nick` means the one worn.

        Fails with `ChatError` 464 for a wrong password or too many tries, 462
        when logged in already.
        """
        self.check_passed()
        return self.hub.registrar.login(self, nick, password)

    def oper(self, nick: str, password: str) -> Deferred[None]:
        """As `login`, to an operator's account, but the nick stays as it is.

        Fails with `ChatError` 491 when the account is no operator's, 400 when it
        is here already; else as `login`.
        """
        self.check_passed()
        return self.hub.registrar.oper(self, nick, password)

    def identify(self, nick: str, password: str) -> Deferred[str]:
        """As `login`, but before NICK it doesn't come in yet: `set_nick` does.

        Fires with the account's nick.  For dialects whose clients prove first
        and come in later (SASL).
        """
        self.check_passed()
        return self.hub.registrar.identify(self, nick, password)

    def change_password(self, old: str, new: str) -> Deferred[None]:
        """PASSWD.  Fails with `ChatError` 464 or 461."""
        return self.hub.registrar.change(self, old, new)

    def unregister(self, password: str) -> Deferred[None]:
        """UNREGISTER: be a guest again.  Fails with `ChatError` 464."""
        return self.hub.registrar.unregister(self, password)

    def drop(self, reason: str) -> None:
        """End this session, as the server wants it."""
        self._dropped = reason
        self.on_drop(reason)

    def quit(self, reason: str) -> None:
        """Leave the chat for good.  No-op the second time."""
        if self not in self.hub.sessions:
            return
        reason = clean(reason).strip()[:REASON_LENGTH]
        if self.user is not None and not self._may_part_with(*self.user.rooms.values()):
            reason = self._dropped
        self.hub.forget(self)
        self.hub.watches.forget(self.listener)
        if self.user is not None:
            coming.leave(self, reason)
        else:
            self.hub.journal.note(f"{self.host} left without a nick")
        self.listener.close()

    def charge(self, targets: int = 0, rows: int = 0) -> None:
        """Let the flood rule count what a command does beside its first target.

        :param targets: how many more people or rooms it acts on.
        :param rows: how many people or rooms it looks at.
        """
        if self.bucket is not None:
            self.bucket.take(max(0, targets) + rows // ROWS_PER_TOKEN)

    def detach(self) -> None:
        """The connection is gone: forget what the door has given.

        That is made of the connection, which is made of this: only the rare
        search for cycles would free them.
        """
        self.on_drop = _drop_nothing
        self.hold = _wait_for_nothing
        self.certificate = str

    @property
    def me(self) -> User:
        """Who this is; raises `ChatError` 451 before NICK."""
        if self.user is None:
            raise ChatError(451, "Choose a nick first; use NICK name")
        return self.user

    # Speaking

    def say(self, text: str, room: str = "", kind: type[Speech] = Said) -> Speech:
        """MSG: speak in `room`, or in the current one; return what was said.

        :raises ChatError: 412 and 417 for the text, 403, 404, 442 for the room.
        """
        return self._target(room).speak(kind, self.me, check_text(text), self.listener)

    def act(self, text: str, room: str = "") -> Speech:
        """ME: do something in `room`, or in the current one; as `say`."""
        return self.say(text, room, Acted)

    def whisper(self, nicks: list[str], text: str, kind: str = "") -> Whispered:
        """PRIV: write to people in private; return what was said.

        Those who are here get it even when others are not.

        :param kind: see `Whispered`.
        :raises ChatError: 401 naming who isn't here, 404 for the muted, 407
            for too many, 412 and 417 for the text.
        """
        return private.whisper(self, nicks, text, kind)

    def query(self, nick: str, text: str, answer: bool) -> None:
        """Let this person's program ask that of `nick`, or answer it.

        :raises ChatError: 401 when `nick` isn't here, 404, 417 for the text.
        """
        private.query(self, nick, text, answer)

    def reply(self, text: str) -> None:
        """REPLY: write to whoever last wrote to you in private.

        :raises ChatError: 401 when nobody did or they are gone; see `whisper`.
        """
        writer = self.me.last_writer
        if writer is None or not writer.online:
            raise ChatError(401, "Nobody to reply to; use PRIV nick text")
        self.whisper([writer.nick], text)

    def _target(self, name: str) -> Room:
        if name:
            here = self.me.rooms.get(fold(name))
            if here is None:
                raise _outside(self.hub.room(name, self.me))
            return here
        if self.room is None:
            raise ChatError(404, "You are in no room; JOIN one first")
        return self.room

    # Rooms

    def join(self, name: str, key: str = "") -> None:
        """JOIN: make `name` the current room; enter it if not there yet.

        :param key: what a room with a key wants to hear.
        :raises ChatError: 479 for the name, 405 for too many rooms, 471, 473,
            474, 475 when the room's rules are against it.
        """
        me = self.me
        if fold(name) not in me.rooms and len(me.rooms) >= MOST_ROOMS:
            raise ChatError(405, f"You are in {MOST_ROOMS} rooms; PART one first")
        room = self.hub.open_room(name)
        if me not in room.members:
            self._enter(room, key)
            self.room = room
            for session in me.sessions:
                session.show_room(room)
        else:
            self.room = room
            self._note(f"You speak in {room.name} now", "speaking-in", room.name)

    def _enter(self, room: Room, key: str) -> None:
        me, new = self.me, not room.members
        try:
            room.rules.check_entry(room, me, key)
        except ChatError:
            if new:
                self.hub.close_room(room)
            raise
        if new:
            self.hub.keeping.found(room, me)
        room.enter(me)

    def part(self, name: str = "", reason: str = "") -> None:
        """PART: leave `name`, or the current room.

        Another room of yours becomes the current one.

        :raises ChatError: 403, 404, 442.
        """
        room = self._target(name)
        may_say = self._may_part_with(room)
        room.part(self.me, clean(reason).strip()[:REASON_LENGTH] if may_say else "")

    def _may_part_with(self, *rooms: Room) -> bool:
        """Whether all of `rooms` may hear last words."""
        return all(
            not room.restricted or room.rules.may_speak(room, self.me) for room in rooms
        )

    def topic(self, text: str | None = None, room: str = "") -> None:
        """TOPIC: set the topic, or be told it when `text` is None."""
        target = self._target(room)
        if text is None:
            self.listener.tell(target.topic_event())
        else:
            target.set_topic(self.me, text)

    def show_room(self, room: Room) -> None:
        """Tell what somebody who comes into `room` wants to know."""
        if self.room is None:
            self.room = room
        if room.topic:
            self.listener.tell(room.topic_event())
        self.listener.tell(room.roster(SHOWN_ON_ENTRY))
        if self.replay:
            room.again.show(self)

    # What was said before

    def history(
        self, room: str = "", n: int = recall.A_PAGE, where: str = "", id: int = 0
    ) -> Deferred[None]:
        """HISTORY: be told what was said in `room`, or in the current one.

        :param where: "before", "after" or "around" the message `id`; empty for
            the latest messages.
        :raises ChatError: 403, 404, 442 for the room.
        """
        page = recall.page(self, self._target(room).name, n, where, id)
        return Deferred.fromCoroutine(self._tell_when(page))

    def search(self, words: str, before: int | None = None) -> Deferred[None]:
        """SEARCH: be told which messages in your rooms have all of `words`.

        :param before: `Matched.next` of the page before.
        :raises ChatError: 412, 417 for the words, 263 when too many search.
        """
        return Deferred.fromCoroutine(
            self._tell_when(recall.search(self, words, before))
        )

    async def _tell_when(self, known: Deferred[Recalled] | Deferred[Matched]) -> None:
        self.listener.tell(await known)

    # Asking

    def who(self, name: str = "") -> None:
        """WHO: be told who is in `name`, or in the current room."""
        room = self.hub.room(name, self.me) if name else self._target("")
        if not room.rules.open_to(room, self.me):
            raise _outside(room)
        self.listener.tell(room.roster())

    def list_rooms(self, most: int = 100) -> None:
        """ROOMS: be told which rooms there are."""
        self.charge(rows=len(self.hub.rooms))
        self.listener.tell(asking.rooms(self.me, most))

    def whois(self, nick: str) -> None:
        """WHOIS: be told about `nick`; raises `ChatError` 401."""
        self.listener.tell(asking.profile(self.me, self.hub.user(nick)))

    # Oneself

    def set_away(self, text: str = "") -> None:
        """AWAY: who writes to you in private is told `text`; empty: you are back.

        While one is muted, others are told no more than that they are away.
        """
        me = self.me
        me.away = clean(text).strip()[:REASON_LENGTH]
        me.tell_others(AwaySet(me.nick, me.away, self.hub.now()))
        now = self.hub.now()
        if me.away:
            me.tell(Notice(f"You are away: {me.away}", now, "away", me.away))
        else:
            me.tell(Notice("You are back", now, "back"))

    def describe(self, about: str) -> None:
        """Say who this is (IRC's real name); raises `ChatError` 404 for the muted."""
        me = self.me
        me.check_muted()
        for room in me.rooms.values():
            room.rules.check_muted(room, me)
        me.about = clean(about).strip()[:ABOUT_LENGTH]
        event = Described(me.nick, me.about, self.hub.now())
        me.tell(event)
        me.tell_others(event)

    def watch(self, nick: str) -> bool:
        """Be told when `nick` comes and goes; whether they are here now.

        :raises ChatError: 734 past 100 watched nicks.
        """
        self.hub.watches.add(self.listener, nick)
        return fold(nick) in self.hub.users

    def unwatch(self, nick: str) -> None:
        self.hub.watches.discard(self.listener, nick)

    def ignore(self, nick: str) -> None:
        """IGNORE: don't hear what `nick` says, here and in private."""
        shown = self.me.ignore(nick)
        self._note(f"You ignore {shown} now", "ignored", shown)

    def unignore(self, nick: str) -> None:
        self.me.unignore(nick)
        self._note(f"You hear {nick} again", "unignored", nick)

    def list_ignored(self) -> None:
        nicks = sorted(self.me.ignores)
        said = f"You ignore {', '.join(nicks) or 'nobody'}"
        self._note(said, "ignores", ",".join(nicks))

    def _note(self, text: str, code: str, value: str) -> None:
        self.listener.tell(Notice(text, self.hub.now(), code, value))


def _drop_nothing(reason: str) -> None:
    """There is no connection to close."""


def _wait_for_nothing(outcome: Deferred[Any]) -> None:
    """Nobody sends lines that could wait for `outcome`."""


def _outside(room: Room) -> ChatError:
    """What to raise when somebody has to be in `room`."""
    return ChatError(442, f"You are not in {room.name}; JOIN it first")


def _same(given: str, wanted: str) -> bool:
    """Compare in a time that tells nothing about `wanted`."""
    return hmac.compare_digest(given.encode(), wanted.encode())
