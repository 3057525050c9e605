"""The hub: the one place where all doors meet, and what is so in the chat.

What is so changes by `Hub.apply` alone, entry by entry; see `changes`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from twisted.internet.defer import Deferred
from twisted.logger import Logger

from ..addresses import is_local, network_of
from ..clock import Clock
from ..events import ChatError, Departed, Notice, SpeechKind
from ..fanout import Fanout, Listener
from ..history import History, MemoryHistory
from ..limits import Rate, Tally, Throttle, TokenBucket
from ..log import LocalLog, Log
from ..names import (
    LOBBY,
    check_nick,
    check_room,
    clean,
    fold,
    is_reserved,
    skeleton,
    suggest,
)
from ..storage.accounts import Accounts, MemoryAccounts
from ..storage.moderation_store import MemoryModerationStore, ModerationStore
from ..storage.passwords import Passwords
from ..storage.retry_queue import RetryQueue
from . import snapshot
from .attempts import Attempts
from .audit import Audit
from .authentication import Authentication
from .banlists import BanLists
from .bans import why
from .certificates import Certificates
from .changes import CHANGES
from .entries import Connect, Entry, Say, SessionId
from .identities import Identities
from .moderation import Moderation
from .monitor import Gone, Monitor, Whowas
from .presence_log import PresenceLog
from .room import Room
from .room_registry import RoomRegistry
from .session import Link, Session
from .session_state import SessionState
from .snapshot import Snapshot
from .stored import Stored
from .user import User

log = Logger()

LOBBY_TOPIC = ("anyone", "registered", "operators")
FLOOD = Rate(burst=5, per_second=2)
CONNECTS = Rate(burst=20, per_second=2)


@dataclass(frozen=True)
class Settings:
    """The rules that hold for everyone, whatever the door.

    :ivar max_per_ip: sessions from one address (IPv6: one /64); 0 for no
        limit.  Loopback is never limited.
    :ivar flood: lines a session may send; None for no limit.
    :ivar connects: connections from one address; they wait past that.
    :ivar waiting: bytes that may wait for `flood` before the session is dropped;
        more than a transport has under way when reading is paused.
    :ivar send_queue: bytes that may wait for a session that doesn't read.
    :ivar idle: seconds of silence after which a connection is probed.
    :ivar patience: seconds that a session may take to choose a nick.
    :ivar operators: folded nicks whose accounts are operators'.
    :ivar lobby_topic: who sets the lobby's topic, one of `LOBBY_TOPIC`.
    """

    name: str = "twisted-chat"
    motd: tuple[str, ...] = ()
    password: str = field(default="", repr=False)
    max_clients: int = 10_000
    max_per_ip: int = 10
    flood: Rate | None = FLOOD
    connects: Rate = CONNECTS
    waiting: int = 128 * 1024
    send_queue: int = 96 * 1024
    idle: int = 120
    patience: float = 60.0
    operators: frozenset[str] = frozenset()
    lobby_topic: str = "registered"


class Hub:
    """Keeps the sessions, the people and the rooms.

    :ivar at: the time of the latest entry, in seconds of the wall clock.  All that an
        entry does is done at that time.
    :ivar log: where entries are proposed.
    :ivar node: the number of this node.
    :ivar sessions: the sessions of all nodes, in the order of connecting.
    :ivar most_users: how many people were here at once at most.
    :param clock: for deadlines and rates; follows elapsed time only.
    :param wall: the wall clock, in seconds since the epoch, for ``at``.
    :param accounts: keeps the registered nicks; without it, memory does.
    :param moderation_store: keeps bans and rooms' rules; without it, memory does.
    :param passwords: hashes; without it, in the reactor's thread.
    :param history: keeps what is said in rooms; without it, memory does.
    """

    def __init__(
        self,
        settings: Settings,
        fanout: Fanout,
        clock: Clock,
        wall: Callable[[], float],
        accounts: Accounts | None = None,
        passwords: Passwords | None = None,
        moderation_store: ModerationStore | None = None,
        history: History | None = None,
    ) -> None:
        self.settings = settings
        self.fanout = fanout
        self.clock = clock
        self.at = wall()
        self.log: Log[Entry] = LocalLog(self.apply, wall)
        self.now = self.log.time
        self.node = 0
        self._connected = 0
        self._local: dict[SessionId, Session] = {}
        self.sessions: dict[SessionId, SessionState] = {}
        self.users: dict[str, User] = {}
        self._looks: dict[str, User] = {}
        self.identities = Identities(self)
        accounts = accounts or MemoryAccounts()
        self.attempts = Attempts(self, accounts)
        self.authentication = Authentication(self, accounts, passwords or Passwords())
        self.certificates = Certificates(self, accounts)
        store = moderation_store or MemoryModerationStore()
        self.retry_queue = RetryQueue(clock)
        self.audit = Audit(self, store, self.retry_queue)
        self.room_registry = RoomRegistry(self, store, self.retry_queue)
        self.bans = BanLists(self, store, self.retry_queue)
        self.moderation = Moderation(self)
        self.history: History = history or MemoryHistory()
        self.rooms: dict[str, Room] = {}
        self.ignored_by: dict[str, dict[User, None]] = {}
        self.presence_log = PresenceLog(lambda write: clock.callLater(0, write))
        self.monitor = Monitor(wall)
        self.most_users = 0
        self.whowas = Whowas()
        self._per_network = Tally()
        self._connects = Throttle(settings.connects)
        self.lobby = self._open_lobby()

    def _open_lobby(self) -> Room:
        self.rooms[LOBBY] = lobby = Room(self, LOBBY)
        self.room_registry.restore(lobby)
        return lobby

    def load(self, stored: Stored) -> None:
        """Go on from what was kept; once, before anybody comes in."""
        self.at = self.log.time()
        for nick in stored.nicks:
            self.identities.learn(nick)
        self.room_registry.load(stored.rooms)
        self.bans.load(stored.bans)
        self.lobby = self._open_lobby()
        self.identities.reconcile()

    def snapshot(self) -> Snapshot:
        """All that is so, as plain data."""
        return snapshot.take(self)

    def restore(self, data: Snapshot) -> None:
        """Go on from a snapshot, in place of `load`; then listeners `attach`."""
        snapshot.restore(self, data)

    def attach(self, id: SessionId, link: Link, listener: Listener) -> Session:
        """`link` is the connection of the session `id`, `listener` its way down.

        :raises KeyError: there is no such session.
        """
        state = self.sessions[id]
        self._local[id] = session = Session(self, id, link, listener, state.host)
        state.join(session)
        user = state.user
        for room in user.rooms.values() if user is not None else ():
            room.channel.add(listener)
            session.room = room
        if user is not None:
            user.refresh_ignores()
            user.await_proof()
            self.refresh_ignorers(user)
        self._connected = max(self._connected, id.number)
        return session

    def apply(self, entry: Entry, at: float) -> None:
        """Make `entry` so.  Nothing else changes what is so.

        :param at: seconds of the wall clock, never less than the time before.
        :raises ChatError: it is refused, and nothing has changed.
        """
        self.at = at
        CHANGES[type(entry)](self, entry)

    def say(
        self, state: SessionState, room: Room, kind: SpeechKind, text: str
    ) -> Deferred[None] | None:
        """Have `text`, which is clean, said in `room`, where `state` is.

        That is the commonest change by far.  Where the log is in this process, what
        `apply` would do is done without an entry: that takes a third of the time.

        :raises ChatError: 404 when they may not speak there.
        """
        user = state.user
        if user is None or not self.log.at_once:
            return self.log.propose(Say(state.id, room.name, kind, text))
        self.at = self.log.time()
        room.speak(kind, state, user, text)
        return None

    # Sessions

    def connect(
        self,
        link: Link,
        listener: Listener,
        host: str,
        secure: bool = True,
        can_log_in: bool = True,
    ) -> Session:
        """Let somebody at the address `host` in, still without a nick.

        :param secure: nobody on the way can read along.
        :param can_log_in: the door's dialect has a way to prove a nick.
        :raises ChatError: 465 when `host` is banned, 263 when the server is
            full, 463 when `host` has too many sessions.
        """
        self._connected += 1
        id = SessionId(self.node, self._connected)
        self._local[id] = session = Session(self, id, link, listener, host)
        try:
            self.log.propose(Connect(id, host, secure, can_log_in))
        except ChatError:
            del self._local[id]
            raise
        return session

    def add(self, state: SessionState) -> None:
        """`state` is a session from now on."""
        self.sessions[state.id] = state
        self._per_network.add(network_of(state.host))
        if local := self._local.get(state.id):
            state.join(local)

    def forget(self, state: SessionState) -> None:
        """`state` is a session no more."""
        del self.sessions[state.id]
        self._local.pop(state.id, None)
        self._per_network.discard(network_of(state.host))

    def connected_from(self, host: str) -> int:
        """How many sessions are from the network of `host`."""
        return self._per_network[network_of(host)]

    def connect_delay(self, host: str) -> float:
        """Seconds that a new connection from `host` waits to be served."""
        if is_local(host):
            return 0.0
        return self._connects.delay(network_of(host), self.clock.seconds())

    def bucket(self) -> TokenBucket | None:
        """What limits the lines of one session, if anything does."""
        flood = self.settings.flood
        return flood and TokenBucket(flood, self.clock.seconds())

    # People

    def user(self, nick: str) -> User:
        """Who wears `nick`; raises `ChatError` 401 when nobody does."""
        try:
            return self.users[fold(nick)]
        except KeyError:
            raise self.nobody(nick) from None

    def nobody(self, *nicks: str) -> ChatError:
        """What to raise when nobody wears these nicks."""
        names = ", ".join(map(_shown, nicks))
        return ChatError(401, f"Nobody here is called {names}; WHO lists who is")

    def claim(
        self,
        nick: str,
        user: User | None,
        account: str = "",
        can_log_in: bool = True,
    ) -> str:
        """Check that `user` may take `nick`, and return it.

        :param account: whom they have proven to be.
        :param can_log_in: they could still prove to be somebody else.
        :raises ChatError: 431, 432 for a bad nick, 433 for a taken one, or
            one that looks like a taken or registered one, or a registered one
            where it can't be proven; 465 for a banned one.
        """
        key = fold(check_nick(nick))
        self.bans.check_nick(nick)
        if is_reserved(nick) and key != fold(account):
            raise self._not_for_people(nick, can_log_in)
        holder = self.users.get(key)
        if holder is not None and holder is not user:
            raise ChatError(433, f"{nick} is taken; try {suggest(nick, Taken(self))}")
        if key == fold(account):
            return nick
        like = self.wearer_like(nick)
        owner = self.identities.confusable(nick)
        if like is not None and like is not user:
            problem = f"{nick} looks like {like.nick}, who is here"
        elif owner and fold(owner) not in (key, fold(account)):
            problem = f"{nick} looks like {owner}, who is registered"
        elif owner and user is not None and key in user.graces and holder is None:
            raise ChatError(433, f"{owner} is registered; use /login {owner} password")
        elif owner and not can_log_in:
            problem = f"{owner} belongs to somebody"
        else:
            return nick
        raise ChatError(433, f"{problem}; try {suggest(nick, Taken(self))}")

    def _not_for_people(self, nick: str, can_log_in: bool) -> ChatError:
        """Accounts with a reserved nick are older than that, and their owners'."""
        if can_log_in and (owner := self.identities.account_of(nick)):
            return ChatError(433, f"{owner} is registered; use /login {owner} password")
        return ChatError(432, f"{nick} is not for people; choose another nick")

    def wearer_like(self, nick: str) -> User | None:
        """Who is here under a nick that looks like `nick`."""
        return self._looks.get(skeleton(nick))

    def add_person(self, user: User) -> None:
        """`user` is here, under their nick."""
        self.users[fold(user.nick)] = user
        self._looks[skeleton(user.nick)] = user

    def enter(self, user: User) -> None:
        """`user` is in the chat from now on, and in the lobby."""
        self.add_person(user)
        self.most_users = max(self.most_users, len(self.users))
        self.monitor.note(user.nick, here=True)
        self.refresh_ignorers(user)
        self.identities.watch(user)
        user.refresh_muted()
        if ban := self.lobby.rules.ban_of(user, self.at):
            text = f"You are banned from {LOBBY}{why(ban)}"
            user.tell(Notice(text, self.at, "banned", LOBBY))
        else:
            self.lobby.enter(user, arriving=True)

    def refresh_ignorers(self, user: User) -> None:
        """Whoever ignores `user` ignores all of its sessions."""
        for ignorer in self.ignored_by.get(fold(user.nick), ()):
            ignorer.refresh_ignores()

    def rename(self, user: User, nick: str) -> None:
        """Whoever ignores `user` still does under the new nick."""
        old, new = fold(user.nick), fold(nick)
        del self.users[old]
        self.users[new] = user
        self._forget_look(user)
        self._looks[skeleton(nick)] = user
        if old != new:
            for ignorer in self.ignored_by.pop(old, {}):
                ignorer.ignores.pop(old, None)
                ignorer.ignores[new] = None
                self.ignored_by.setdefault(new, {})[ignorer] = None
        self.whowas.add(self._gone(user))
        if old != new:
            self.monitor.note(user.nick, here=False)
            self.monitor.note(nick, here=True)
        user.nick = nick
        if new in user.ignores:
            del user.ignores[new]
            self.note_unignore(new, user)
            user.refresh_ignores()
        self.refresh_ignorers(user)

    def leave(self, user: User, reason: str) -> None:
        """`user` is gone; whoever shared a room is told once."""
        gone = self._gone(user)
        quiet = [room for room in user.rooms.values() if not room.crowded]
        for room in list(user.rooms.values()):
            room.remove(user)
        for key in user.ignores:
            self.note_unignore(key, user)
        for room in list(user.invitations):
            user.forget_invitation(room)
        user.last_writer = None  # or each would keep the one before in memory
        del self.users[fold(user.nick)]
        for hold in list(user.held):
            hold.release(user)
        self.refresh_ignorers(user)
        self.whowas.add(gone)
        self.monitor.note(user.nick, here=False)
        self._forget_look(user)
        self.identities.gone(user)
        event = Departed(user.nick, reason, self.at)
        self.fanout.emit_once([room.channel for room in quiet], event)

    def _gone(self, user: User) -> Gone:
        return Gone(user.nick, user.about, self.at, user.account, user.token)

    def _forget_look(self, user: User) -> None:
        if self._looks.get(skeleton(user.nick)) is user:
            del self._looks[skeleton(user.nick)]

    def note_ignore(self, key: str, user: User) -> None:
        self.ignored_by.setdefault(key, {})[user] = None

    def note_unignore(self, key: str, user: User) -> None:
        ignorers = self.ignored_by.get(key, {})
        ignorers.pop(user, None)
        if not ignorers:
            self.ignored_by.pop(key, None)

    # Rooms

    def room(self, name: str, asker: User) -> Room:
        """The room `name`; raises `ChatError` 403 when there is none that
        `asker` may know of."""
        room = self.rooms.get(fold(name))
        if room is None or not room.rules.shown_to(room, asker):
            raise ChatError(403, f"There is no room {_shown(name)}; ROOMS lists them")
        return room

    def open_room(self, name: str) -> Room:
        """The room `name`, made if it wasn't there; 479 for a bad name."""
        key = fold(check_room(name))
        if key not in self.rooms:
            self.rooms[key] = Room(self, self.room_registry.name_of(name))
            self.room_registry.restore(self.rooms[key])
        return self.rooms[key]

    def close_room(self, room: Room) -> None:
        """Forget a room that nobody is in; the lobby stays."""
        if room is not self.lobby:
            del self.rooms[fold(room.name)]
            for user in list(room.rules.invited):
                user.forget_invitation(room)
            self.room_registry.closed(room)
            self.history.close(room.name, room.last_id)

    def rooms_shown_to(self, asker: User) -> list[Room]:
        """The rooms that `asker` may know of, the largest first."""
        rooms = [r for r in self.rooms.values() if r.rules.shown_to(r, asker)]
        return sorted(rooms, key=lambda room: (-len(room.members), room.name))

    def rooms_shown(self) -> int:
        """How many rooms everybody may know of."""
        return len(self.rooms) - len(self.room_registry.hidden)

    # Everyone

    def tell_all(self, text: str, code: str, value: str = "") -> None:
        """Tell every session here, also those without a nick; see `Notice`."""
        event = Notice(text, self.now(), code, value)
        for state in self.sessions.values():
            state.tell(event)

    def warn_operators(self, text: str, code: str, value: str = "") -> None:
        """Tell the operators who are here; see `Notice`."""
        event = Notice(text, self.now(), code, value)
        for user in self.users.values():
            if user.operator:
                user.tell(event)


class Taken:
    """The folded nicks that nobody else may take."""

    def __init__(self, hub: Hub) -> None:
        self._hub = hub

    def __contains__(self, key: object) -> bool:
        nick = str(key)
        return bool(
            self._hub.wearer_like(nick) or self._hub.identities.confusable(nick)
        )


def _shown(name: str) -> str:
    """What somebody typed, short and clean enough to be repeated to them."""
    name = clean(name)
    return name if len(name) <= 60 else f"{name[:60]}…"
