"""What one connection may ask of the chat.

Every method takes effect or raises `ChatError`.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from secrets import token_hex
from typing import TYPE_CHECKING

from ..clock import Call
from ..events import (
    NO_QUOTE,
    ChatError,
    Notice,
    Quote,
    SpeechKind,
    Whispered,
)
from ..fanout import Listener
from ..limits import ROWS_PER_TOKEN
from ..log import Refused
from ..names import REASON_LENGTH, check_message, check_text, clean, fold
from ..outcomes import Outcome, run, settled, unattended
from ..storage.personal import Waiting
from .entries import (
    Connect,
    Disconnect,
    EndGrace,
    Entry,
    Join,
    JoinWith,
    Part,
    Say,
    Send,
    TakeNick,
    Try,
    Visit,
    Whisper,
    Write,
)
from .link import NO_LINK, Link
from .own_copy import Copy, Copying
from .private_past import show_waited
from .reading import show_read
from .replay import Budget
from .room import Room
from .session_state import SessionState
from .user import TOKEN_LENGTH, User

if TYPE_CHECKING:
    from .hub import Hub

MAX_TARGETS = 20
BYTES_OF_A_FRAME = 1024
"""Of a text, in UTF-8, that one token pays for."""


class Session:
    """One connection of one person, from its first byte to its last.

    This is the half that doors talk to: what is the connection's alone, and what it
    asks for.  It finds out what has to be known, and proposes what shall change; what
    everyone has to know of it is in `state`.

    :ivar link: the connection.
    :ivar state: that half; before `connect`, what it will be.
    :ivar room: the current room, where `say` goes; None when parted from it.
    :ivar bucket: what limits the lines of this session; the door waits for it.
    :ivar ended: it has left, or is about to.
    :ivar passed: it has given the server's password; see PASS.
    :ivar warned: they were told that somebody can read along.
    :ivar about: what was said of oneself before NICK; see `User.about`.
    :ivar tries: what was counted for the password that it tries now.
    :ivar own_copy: is handed what this session says, in place of its listener.
    :ivar told_unkept: who has nothing kept, as they were told.
    :ivar replay: on entering a room it is shown what was said there last.
    :ivar scrolls: its client keeps what it was shown: who has stayed while they were
        away is shown what they missed alone.
    """

    __slots__ = (
        "_grace",
        "about",
        "bucket",
        "ended",
        "hub",
        "id",
        "link",
        "listener",
        "own_copy",
        "passed",
        "replay",
        "room",
        "scrolls",
        "state",
        "told_unkept",
        "tries",
        "warned",
    )

    def __init__(
        self, hub: Hub, state: SessionState, link: Link, listener: Listener
    ) -> None:
        self.hub = hub
        self.id = state.id
        self.state = state
        self.link = link
        self.listener = listener
        self.ended = False
        self.warned = False
        self.about = ""
        self.tries: tuple[Try, ...] = ()
        self.replay = True
        self.scrolls = False
        self.told_unkept: set[str] = set()
        self.own_copy: Copy | None = None
        self.room: Room | None = None
        self.bucket = hub.bucket()
        self._grace: Call | None = None
        self.passed = False

    def now(self) -> float:
        """The time, in seconds of the wall clock."""
        return self.hub.now()

    def propose(self, entry: Entry) -> Outcome:
        """Have `entry` take effect.

        :raises ChatError: `Hub.apply` refuses it; or the outcome fails with that.
        """
        hub = self.hub
        # What is applied at once is within that already.
        within = None if hub.log.at_once else self.listener.scope()
        return hub.propose(entry, within, self)

    # State that everyone knows

    @property
    def host(self) -> str:
        """The peer's address."""
        return self.state.host

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

    # What the hub tells the session

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

    def show_waited(self, waited: Sequence[Waiting]) -> None:
        """Show what was written to this person while they weren't here."""
        self.link.hold(show_waited(self, waited))

    def show_read(self, place: str, id: int) -> None:
        """Show that another session of this person has read up to there."""
        unattended(show_read(self, place, id))

    def tell_unkept(self, nick: str) -> None:
        """Say, once, that nothing is kept of what they write: `nick` wants it so."""
        if nick != self.me.nick and nick not in self.told_unkept:
            self.told_unkept.add(nick)
            text = f"{nick} has nothing kept of what is written in private"
            self.listener.tell(Notice(text, self.now(), "not-kept", nick))

    def drop(self, reason: str) -> None:
        """The server has ended this session."""
        self.ended = True
        self.link.end(reason)
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
        unattended(self.propose(EndGrace(self.id, grace, new_token())))

    # Coming and going

    def connect(self) -> Outcome:
        """Be let in, still without a nick.

        :raises ChatError: 465 when the host is banned, 263 when the server is full or
            takes nobody in, 463 when the host has too many sessions.
        """
        return run(self._connect())

    async def _connect(self) -> None:
        state = self.state
        try:
            self.hub.check_open()
            if not self.hub.log.at_once:
                # What this node can refuse by itself costs the others nothing.
                self.hub.check_host(state.host, self.hub.now())
            id = self.hub.enroll(self)
            entry = Connect(id, state.host, state.secure, state.can_log_in)
            await settled(self.propose(entry))
        except ChatError:
            self.ended = True
            self.hub.let_go(self)
            raise

    def set_nick(self, nick: str) -> Outcome:
        """NICK: come into the chat, or take another nick.

        :raises ChatError: 431, 432, 433 for the nick, 464 without PASS, 463 for too
            many sessions of an account.
        """
        self.check_passed()
        return self.propose(TakeNick(self.id, nick, self.about, new_token()))

    @property
    def lacks_password(self) -> bool:
        """Whether the server's password is still missing."""
        return bool(self.hub.shared.password) and not self.passed

    def visit(self, nick: str, rooms: Iterable[str]) -> Outcome:
        """Come in for one command, which may be about `rooms`; nobody is told.

        :raises ChatError: see `set_nick` and `join`.
        """
        self.check_passed()
        return run(self._visit(nick, rooms))

    async def _visit(self, nick: str, rooms: Iterable[str]) -> None:
        await settled(self.propose(Visit(self.id, "", nick, new_token())))
        for room in rooms:
            await settled(self.propose(Visit(self.id, room, "", "")))
            here = self.me.here(room)
            if self.room is None or fold(here.name) in self.me.visits:
                self.room = here

    def check_passed(self) -> None:
        """Raises `ChatError` 464 where the server's password is still missing."""
        if self.lacks_password:
            raise ChatError(464, "This server has a password; use PASS word, then NICK")

    def quit(self, reason: str) -> None:
        """Leave the chat for good.  No-op the second time."""
        if self.ended:
            return
        self.ended = True
        stranded = self in self.hub.stranded
        if self.hub.stranded.forget(self) or not stranded:
            unattended(self.propose(Disconnect(self.id, tidy(reason))))
        self._over()

    def _over(self) -> None:
        self.await_proof(0.0)
        self.hub.monitor.forget(self.listener)
        self.hub.monitor.extend(self.listener, False)
        self.listener.close()

    def charge(self, targets: int = 0, rows: int = 0) -> None:
        """Let the flood rule count what a command does beside its first target.

        :param targets: how many more people or rooms it acts on.
        :param rows: how many people or rooms it looks at.
        """
        if self.bucket is not None:
            self.bucket.take(max(0, targets) + rows // ROWS_PER_TOKEN)

    def charge_text(self, text: str) -> None:
        """Let the flood rule count lines and bytes that no frame has paid for.

        Each line costs a token, or each `BYTES_OF_A_FRAME` bytes, whichever is more.
        """
        if self.bucket is not None:
            lines, size = text.count("\n") + 1, len(text.encode())
            self.bucket.take(max(lines, size // BYTES_OF_A_FRAME) - 1)

    def refund(self, frames: int) -> None:
        """Give back what was paid for `frames` that are one text, which is paid for."""
        if self.bucket is not None:
            self.bucket.take(-frames)

    def spare(self, tokens: int) -> None:
        """Give these back for what is asked of one's own, as far as `Hub.spares`."""
        if self.bucket is not None:
            hub, host = self.hub, self.host
            given = next((n for n in range(tokens) if not hub.spares(host)), tokens)
            self.bucket.take(-given)

    def detach(self) -> None:
        """The connection is gone: forget it.

        It has this session, so that only the rare search for cycles would free
        them both.
        """
        self.hub.let_go(self)
        self.link = NO_LINK

    # Speaking

    def say(
        self,
        text: str,
        room: str = "",
        kind: SpeechKind = "message",
        copy: Copy | None = None,
        refused: Refused | None = None,
    ) -> Outcome:
        """MSG, ME: speak in `room`, or in the current one.

        :param copy: see `own_copy`; then there is an outcome.
        :param refused: see `Hub.say`.
        :raises ChatError: 412 and 417 for the text, 403, 404, 442 for the room.
        """
        if len(text) > BYTES_OF_A_FRAME or "\n" in text:
            text = check_message(text)
            self.charge_text(text)
        else:
            text = check_text(text)
        where = self.me.here(room) if room else self.room or self._current()
        if copy is None:
            return self.hub.say(self.state, where, kind, text, refused)
        what = self.id, where.name, kind, text
        entry = Send(*what, 0, NO_QUOTE) if "\n" in text else Say(*what)
        return self._copied(entry, copy)

    def say_all(self, texts: Sequence[str]) -> bool:
        """As `say` for each of `texts`, which are printable ASCII, not blank.

        Where one of them may be refused nothing is said, and this is false.
        """
        room = self.room
        if room is None or len(max(texts, key=len)) > BYTES_OF_A_FRAME:
            return False
        return self.hub.say_all(self.state, room, texts)

    def whisper(
        self,
        nicks: list[str],
        text: str,
        kind: SpeechKind = "message",
        copy: Copy | None = None,
        reply_to: int = 0,
        quote: Quote = NO_QUOTE,
    ) -> Outcome:
        """PRIV: write to people in private.

        Those who are here get it even when others are not; for registered ones who
        aren't it waits, where it is kept.

        :param copy: see `own_copy`.
        :param reply_to: the id of what it answers in their conversation.
        :param quote: of that; see `messages.quote`.
        :raises ChatError: 401 naming who isn't here, 404 for the muted and where too
            much waits, 407 for too many, 412 and 417 for the text.
        """
        text = check_message(text)
        if "\n" in text and not self.hub.supports(Send):
            raise ChatError(263, "Not every server can do that yet; try again later")
        self.charge_text(text)
        if len(nicks) > MAX_TARGETS:
            raise ChatError(407, f"Too many people; at most {MAX_TARGETS} at once")
        self.charge(targets=len(nicks) - 1)
        entry: Entry = Write(self.id, tuple(nicks), kind, text, reply_to, quote)
        if not self.hub.supports(Write):
            entry = Whisper(self.id, tuple(nicks), text, kind)
        return self.propose(entry) if copy is None else self._copied(entry, copy)

    def _copied(self, entry: Entry, copy: Copy) -> Outcome:
        within = Copying(self, copy, self.listener.scope())
        return self.hub.propose(entry, within, self)

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

    def join(self, name: str, key: str = "", rules: tuple[str, ...] = ()) -> Outcome:
        """JOIN: make `name` the current room; enter it if not there yet.

        :param key: what a room with a key wants to hear.
        :param rules: flags of `Rules` that are on if this makes the room.
        :raises ChatError: 479 for the name, 405 for too many rooms, 471, 473,
            474, 475 when the room's rules are against it.
        """
        room = self.me.rooms.get(fold(name))
        if room is None:
            if rules and self.hub.supports(JoinWith):
                return self.propose(JoinWith(self.id, name, key, rules))
            return self.propose(Join(self.id, name, key))
        self.room = room
        text = f"You speak in {room.name} now"
        self.listener.tell(Notice(text, self.now(), "speaking-in", room.name))
        return None

    def part(self, name: str = "", reason: str = "") -> Outcome:
        """PART: leave `name`, or the current room.

        Another room of yours becomes the current one.

        :raises ChatError: 403, 404, 442.
        """
        room = self.target(name)
        return self.propose(Part(self.id, room.name, tidy(reason)))

    def show_room(
        self,
        room: Room,
        heard: int = 0,
        budget: Budget | None = None,
        since: float = 0.0,
    ) -> None:
        """Tell what somebody who comes into `room` wants to know.

        :param heard: the id of the latest message that they know.
        :param budget: see `Replay.show`.
        :param since: since when they were away, and had stayed here.
        """
        if self.room is None:
            self.room = room
        if room.topic:
            self.listener.tell(room.topic_event(self.now()))
        self.listener.tell(room.roster(self.now(), self.listener.named_on_entry))
        if self.replay:
            room.replay.show(self, heard, budget, since if self.scrolls else 0.0)


def tidy(text: str) -> str:
    """A reason, or a text about oneself, as others may see it."""
    return clean(text).strip()[:REASON_LENGTH]


def new_token() -> str:
    """A random word of ten hexadecimal digits."""
    return token_hex(TOKEN_LENGTH // 2)
