"""A person in the chat: one nick, whatever the number of sessions."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from ..events import Ban, ChatError, Event, Named, Notice, Person, Renamed
from ..fanout import Listener
from ..names import fold
from .hold import Hold, why
from .hosts import host_of, origin_of, username_of
from .session_state import SessionState

if TYPE_CHECKING:
    from .hub import Hub
    from .room import Room

TOKEN_LENGTH = 10
MAX_INVITATIONS = 100
AWAY = "away"

# LOGIN with a password, perhaps with the nick.  Who talks about logins says more.
_LOGIN = re.compile(r"\W*(?:identify|login|register)(?:\s+\S+){1,2}", re.IGNORECASE)


class User:
    """Somebody with a nick.

    :ivar account: the registered nick they proved to own; empty for a guest.
    :ivar oper: an operator's account that they have proven besides; empty for none.
    :ivar listed: how lists of people show them, where they are neither away nor of a
        rank.
    :ivar rooms: where they are, by folded name, in the order of joining.
    :ivar visits: rooms in which they may speak though they aren't there, by folded
        name; see `Room.visit`.
    :ivar visiting: they have come for one command only, and nobody was told.
    :ivar ignores: whose words they don't want: folded nicks, and numbers of accounts
        in decimal digits, with which no nick begins; see `Ignoring`.
    :ivar last_writer: who last wrote to them in private.
    :ivar bot: whether they say that they are a program.
    :ivar muted: what keeps them silent everywhere.
    :ivar held: the bans and mutes that mean them, whatever they are called.
    :ivar grace: until when they may wear a registered nick without LOGIN, in
        seconds of the wall clock; 0 where they don't.
    :ivar graces: registered nicks that they have worn without LOGIN.
    :ivar invitations: rooms that let them in once despite lock, key and limit.
    :ivar author: the number to which what they say belongs: that of their account, and
        a guest's is below 0 and theirs while they are here.
    :ivar was: that of the guest that they were before they logged in; 0: none.
    :ivar token: a random word that is theirs while they are here, under whatever
        nick, and tells nothing about them.
    :ivar username: what IRC clients are shown as the name of their user.
    :ivar stays: they stay when their last session ends; see `Staying`.
    :ivar absent_since: when that was, in seconds of the wall clock; 0 where they have
        one.
    :ivar said_away: why they are away, muted or not; see `away`.
    :ivar since: when they came, in seconds of the wall clock.
    :ivar spoke: when they last spoke in a room, likewise.
    """

    __slots__ = (
        "_about",
        "absent_since",
        "account",
        "author",
        "bot",
        "grace",
        "graces",
        "held",
        "hub",
        "ignores",
        "invitations",
        "last_writer",
        "listed",
        "muted",
        "nick",
        "oper",
        "rooms",
        "said_away",
        "sessions",
        "since",
        "spoke",
        "stays",
        "token",
        "username",
        "visiting",
        "visits",
        "was",
    )

    def __init__(self, hub: Hub, nick: str, token: str) -> None:
        self.hub = hub
        self.wear(nick)
        self.account = ""
        self.oper = ""
        self.sessions: list[SessionState] = []
        self.rooms: dict[str, Room] = {}
        self.visits: dict[str, Room] = {}
        self.visiting = False
        self.said_away = self._about = ""
        self.bot = False
        self.ignores: dict[str, None] = {}
        self.last_writer: User | None = None
        self.muted: Ban | None = None
        self.held: dict[Hold, None] = {}
        self.invitations: dict[Room, None] = {}
        self.graces: dict[str, None] = {}
        self.grace = 0.0
        self.token = token
        self.author = self.was = 0
        self.username = username_of(nick)
        self.since = self.spoke = hub.at
        self.stays = False
        self.absent_since = 0.0

    def wear(self, nick: str) -> None:
        """Be called `nick` from now on."""
        self.nick = nick
        self.listed = Person(nick, "")

    @property
    def operator(self) -> bool:
        """Whether they may do what operators may: by their account, or by `oper`."""
        return self in self.hub.people.operators

    @operator.setter
    def operator(self, operator: bool) -> None:
        change = set.add if operator else set.discard
        change(self.hub.people.operators, self)

    @property
    def online(self) -> bool:
        """Whether they are in the chat, perhaps without a session."""
        return self.hub.users.get(fold(self.nick)) is self

    @property
    def absent(self) -> bool:
        """Whether nobody reads what is written to them in private."""
        return bool(self.absent_since) or self.visiting

    @property
    def gagged(self) -> bool:
        """Whether they are muted everywhere, or in a room where they are."""
        if self.muted is not None:
            return True
        now = self.hub.at
        return any(
            room.rules.mute_of(self, now) is not None
            for room in self.rooms.values()
            if room.restricted
        )

    @property
    def away(self) -> str:
        """Why they are away, empty when they are not.  A mute hides the words."""
        if self.said_away and not self.gagged:
            return self.said_away
        return AWAY if self.said_away or self.absent_since else ""

    @away.setter
    def away(self, text: str) -> None:
        self.said_away = text

    @property
    def about(self) -> str:
        """What they say of themselves (IRC's real name), but not while muted."""
        return "" if self._about and self.gagged else self._about

    @about.setter
    def about(self, text: str) -> None:
        self._about = text

    def own_words(self) -> tuple[str, str]:
        """What they have said of being away and of themselves, muted or not."""
        return self.said_away, self._about

    @property
    def can_log_in(self) -> bool:
        """Whether some session has a way to prove a nick."""
        return any(state.can_log_in for state in self.sessions)

    def names(self) -> tuple[str, str]:
        """The nick, and the account or empty: what masks of nicks match."""
        return self.nick, self.account

    @property
    def host(self) -> str:
        """What stands for their addresses; see `hosts`."""
        return host_of(self.account, self.token)

    @property
    def origin(self) -> str:
        """Their user@host, as IRC clients are shown it."""
        return origin_of(self.username, self.account, self.token)

    def hosts(self) -> list[str]:
        """The addresses of all sessions, each once."""
        return list({state.host: None for state in self.sessions})

    def listeners(self) -> list[Listener]:
        """The ways down to those of their sessions that are here."""
        return [state.listener for state in self.sessions if state.listener]

    def tell(self, event: Event) -> None:
        """Deliver `event` to all sessions of this person."""
        for state in self.sessions:
            state.tell(event)

    def here(self, name: str) -> Room:
        """The room `name`; raises `ChatError` 442 when they aren't there, 403."""
        room = self.rooms.get(fold(name)) or self.visits.get(fold(name))
        if room is None and fold(name) not in self.hub.rooms:
            now = self.hub.former.known_to(self, fold(name))
            room = self.rooms.get(now) or self.visits.get(now)
        if room is None:
            room = self.hub.room(name, self)
            raise ChatError(442, f"You are not in {room.name}; JOIN it first")
        return room

    def await_proof(self) -> None:
        """Let the node of the first session see to the end of the grace."""
        for place, state in enumerate(self.sessions):
            if state.local is not None:
                state.local.await_proof(0.0 if place else self.grace)

    def rename(self, nick: str) -> None:
        """Take another nick; everyone who shares a room hears of it once.

        :raises ChatError: 431, 432, 433; see `People.claim`.
        """
        old = self.nick
        if nick == old:
            self.tell(Named(old, nick, self.hub.at))
            return
        claimed = self.hub.people.claim(nick, self, self.account, self.can_log_in)
        self.hub.people.rename(self, claimed)
        self.hub.presence_log.record(f"{old} is now known as {nick}")
        for room in self.rooms.values():
            room.rename_in_crowd(old, nick)
        at = self.hub.at
        self.tell(Named(old, nick, at))
        self.hub.fanout.emit_once(
            [room.channel for room in self.rooms.values()],
            Renamed(old, nick, at),
            hidden=self.listeners(),
        )
        self.refresh_muted()
        self.hub.identities.watch(self)

    def tell_others(self, event: Event) -> None:
        """Deliver `event` once to all who share a room, but not a crowded one.

        Those who watch them hear of it too; see `Monitor.notify`.
        """
        rooms = [room.channel for room in self.rooms.values() if not room.crowded]
        self.hub.fanout.emit_once(rooms, event, hidden=self.listeners())
        self.hub.monitor.notify(self.nick, event, rooms)

    def refresh_muted(self) -> None:
        """Let a mute of the whole chat take hold, or go, and tell of it."""
        before, now = self.muted, self.hub.bans.mute_of(self)
        self.muted = now
        if (before is None) is not (now is None):
            for room in self.rooms.values():
                room.refresh_restricted()
        if now is None and before is not None:
            text = "You are no longer muted"
            self.tell(Notice(text, self.hub.at, "unmuted"))
        elif now is not None and _words(now) != _words(before):
            self.tell(self.muted_notice(now))

    def muted_notice(self, mute: Ban) -> Notice:
        """What this person is told when `mute` keeps them silent everywhere."""
        text = f"You are muted by {mute.by}{why(mute)}"
        return Notice(text, self.hub.at, "muted")

    @property
    def watched(self) -> bool:
        """Whether what they say has to be looked at."""
        return self.muted is not None or self.grace > 0

    def check_no_password(self, text: str) -> None:
        """Raises `ChatError` 404 when `text` reads like a login, and one is due.

        They are asked for a password and may forget the slash.
        """
        if self.grace and any(map(_LOGIN.fullmatch, text.split("\n"))):
            raise ChatError(
                404,
                "That reads like a password, so nobody was shown it; "
                "to log in use /login password",
            )

    def check_muted(self) -> None:
        """Raises `ChatError` 404 when this person may not speak anywhere."""
        if self.muted is not None:
            self.refresh_muted()
        if self.muted is not None:
            raise ChatError(404, f"You are muted{why(self.muted)}")

    def invite(self, room: Room) -> None:
        """Let this person into `room` once, whatever its lock, key and limit."""
        if len(self.invitations) < MAX_INVITATIONS:
            self.invitations[room] = None
            room.rules.invited[self] = None

    def forget_invitation(self, room: Room) -> None:
        self.invitations.pop(room, None)
        room.rules.invited.pop(self, None)


def _words(mute: Ban | None) -> Ban | None:
    """What its subject is told of a mute: not whom else it means."""
    return mute and mute._replace(accounts=(), hosts=())
