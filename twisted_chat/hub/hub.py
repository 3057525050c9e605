"""The hub: the one place where all doors meet, and the state of the chat.

The state changes by `Hub.apply` alone, entry by entry; see `changes`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import TypeAlias

from ..addresses import is_local, network_of
from ..clock import Clock
from ..events import NO_QUOTE, ChatError, Notice, SpeechKind
from ..fanout import Fanout, Listener
from ..history import FOREVER, History, MemoryHistory, Retention
from ..limits import Counter, Throttle, TokenBucket
from ..log import Apply, LocalLog, Log, Refused, Within
from ..names import LOBBY, check_room, clean, fold, is_conversation
from ..outcomes import Outcome
from ..storage.passwords import Passwords
from ..storage.store import NullStore, Store
from . import nodes, snapshot
from .accounts import Accounts
from .attempts import Attempts
from .audit import AT_ONCE, Audit
from .authentication import Authentication
from .banlists import BanLists
from .certificates import Certificates
from .changes import CHANGES
from .checks import Checks
from .checksum import checksum
from .conversations import Conversations
from .devices import Devices
from .entries import VERSIONS, Entry, Say, Send, SessionId
from .former import FormerNames
from .identities import Identities
from .ignoring import Ignoring
from .isolation import Isolation
from .keys import Keys
from .link import Link
from .markers import Markers
from .moderation import Moderation
from .monitor import Monitor, Whowas
from .nodes import NodeData
from .numbers import Numbers
from .people import People
from .presence_log import PresenceLog
from .repeating import Repeated
from .room import Room
from .room_registry import RoomRegistry
from .session import Session
from .session_state import SessionState
from .settings import Settings
from .shared_settings import share
from .snapshot import Snapshot
from .staying import Staying
from .stored import Stored
from .stranded import Stranded
from .tokens import Tokens
from .touched import Touched
from .user import User
from .waiting import WaitingMessages

MakeLog: TypeAlias = Callable[[Apply[Entry], Callable[[], float]], Log[Entry]]


MAX_LAG = 10.0
"""In seconds: who is so far behind the others takes nobody in."""


class Hub:
    """Keeps the sessions, the people and the rooms.

    :ivar settings: as this node was told them.
    :ivar told: what of them it would have all nodes share.
    :ivar shared: what of them all nodes do share.
    :ivar at: the time of the latest entry, in seconds of the wall clock.  All that an
        entry does is done at that time.
    :ivar log: where entries are proposed.
    :ivar node: the number of this node.
    :ivar nodes: the servers that are one chat, by their numbers; none when alone.
    :ivar open_to_newcomers: false while this node is coming up; who is here stays.
    :ivar stranded: the connections of this node while it is cut off.
    :ivar isolation: what this node does while its log is away.
    :ivar checks: whether this node has what the others have.
    :ivar sessions: the sessions of all nodes, in the order of connecting.
    :ivar last_ids: the latest id in each room that is closed and where something was
        said, by folded name; a `Room` knows its own.
    :ivar repeated: what the log had lost, and has been said once more.
    :ivar forgotten: how often rooms of which nothing is left have been forgotten.
    :param clock: for deadlines and rates; follows elapsed time only.
    :param wall: the wall clock, in seconds since the epoch, for ``at``.
    :param store: keeps what must outlive the process; without it, nothing does.
    :param passwords: hashes; without it, in the reactor's thread.
    :param history: keeps what is said in rooms; without it, memory does.
    :param retention: how long it keeps that.
    :param log: makes the log of `apply` and the wall clock.
    """

    def __init__(
        self,
        settings: Settings,
        fanout: Fanout,
        clock: Clock,
        wall: Callable[[], float],
        passwords: Passwords | None = None,
        store: Store | None = None,
        history: History | None = None,
        retention: Retention = FOREVER,
        log: MakeLog = LocalLog,
    ) -> None:
        self.settings = settings
        self.fanout = fanout
        self.clock = clock
        self.at = wall()
        self.log = log(self.apply, wall)
        self.now = self.log.time
        self.node = 0
        self.open_to_newcomers = True
        self._connected = 0
        self._local: dict[SessionId, Session] = {}
        self.store: Store = store or NullStore()
        self.history: History = history or MemoryHistory()
        self.stranded = Stranded(self)
        self.isolation = Isolation(self)
        self.checks = Checks(self)
        self.authentication = Authentication(self, passwords or Passwords())
        self.certificates = Certificates(self)
        self.keys = Keys(self)
        self.tokens = Tokens(self)
        self.presence_log = PresenceLog(lambda write: clock.callLater(0, write))
        self.monitor = Monitor(wall)
        self._connects = Throttle(settings.connects)
        self._asking = Throttle(settings.asking, longest=AT_ONCE)
        self.told = share(settings, retention, self.authentication.server_password.hash)
        self._begin()

    def _begin(self) -> None:
        """Begin with a state in which there is nothing but the lobby."""
        self.shared = self.told
        self.nodes: dict[int, NodeData] = {}
        self.sessions: dict[SessionId, SessionState] = {}
        self._nameless: set[SessionId] = set()
        self.users: dict[str, User] = {}
        self.numbers = Numbers(self)
        self.touched = Touched()
        self.people = People(self)
        self.ignoring = Ignoring(self)
        self.conversations = Conversations(self)
        self.waiting = WaitingMessages(self, self.store)
        self.markers = Markers(self, self.store)
        self.staying = Staying(self, self.store)
        self.accounts = Accounts(self.store)
        self.identities = Identities(self)
        self.attempts = Attempts(self)
        self.audit = Audit(self, self.store)
        self.devices = Devices(self, self.store)
        self.room_registry = RoomRegistry(self, self.store)
        self.bans = BanLists(self, self.store)
        self.moderation = Moderation(self)
        self.rooms: dict[str, Room] = {}
        self.last_ids: dict[str, int] = {}
        self.former = FormerNames(self, self.store)
        self.forgotten = 0
        self.repeated = Repeated(self.store)
        self.whowas = Whowas()
        self._per_network = Counter()
        self.lobby = self._open_lobby()

    def _end(self) -> None:
        """Drop the state; who is connected here is `stranded`."""
        self.stranded.strand(self.node)
        for room in self.rooms.values():
            room.abandon()
            self.history.close(room.name, room.unkept)
        self._begin()

    def _open_lobby(self) -> Room:
        self.rooms[LOBBY] = lobby = Room(self, LOBBY)
        self.room_registry.restore(lobby)
        return lobby

    def load(self, stored: Stored) -> None:
        """Go on from what was kept, in place of the state so far."""
        self._end()
        self.at = self.log.time()
        self.accounts.load(stored.accounts)
        self.numbers.load(stored.last_number)
        self.former.load(stored.former)
        self.room_registry.load(stored.rooms)
        self.bans.load(stored.bans)
        self.last_ids.update(stored.last_ids)
        self.repeated.restore(stored.repeated)
        self.conversations.load()
        self.waiting.load(stored.waiting)
        self.markers.load(stored.markers)
        self.lobby = self._open_lobby()
        self.identities.reconcile()
        self.devices.load(stored.devices)
        self.staying.load(stored.stays)

    def snapshot(self) -> Snapshot:
        """The whole state, as plain data."""
        return snapshot.take(self)

    def checksum(self) -> str:
        """A checksum of the whole state; see `checksum.checksum`."""
        return checksum(self.snapshot())

    def restore(self, data: Snapshot) -> None:
        """Go on from a snapshot, in place of the state so far; then listeners `attach`.

        Who was connected here is `stranded`, and not in the snapshot.
        """
        before = self.users
        self._end()
        snapshot.restore(self, data)
        self.monitor.announce_changes(before, self.users)

    def attach(self, id: SessionId, link: Link, listener: Listener) -> Session:
        """`link` is the connection of the session `id`, `listener` its way down.

        :raises KeyError: there is no such session.
        """
        state = self.sessions[id]
        self._local[id] = session = Session(self, state, link, listener)
        state.join(session)
        user = state.user
        for room in user.rooms.values() if user is not None else ():
            room.channel.add(listener)
            session.room = room
        if user is not None:
            self.ignoring.refresh(user)
            user.await_proof()
            self.ignoring.refresh_ignorers(user)
        self._connected = max(self._connected, id.number)
        return session

    def follow(self, log: Log[Entry]) -> None:
        """Propose to `log` from now on, before anybody is connected."""
        self.log, self.now = log, log.time

    def apply(self, entry: Entry, at: float) -> None:
        """Change the state as `entry` says.  Nothing else changes it.

        :param at: seconds of the wall clock, never less than the time before.
        :raises ChatError: it is refused, and nothing has changed.
        """
        self.at = at
        CHANGES[type(entry)](self, entry)

    def propose(
        self,
        entry: Entry,
        within: Within | None = None,
        session: Session | None = None,
    ) -> Outcome:
        """Have the log give `entry` its place; see `Log.propose`.

        :param session: whose doing it is.  Where this node is cut off before that is in
            the log, it waits until the session is back, and is proposed as its doing.
        :raises ChatError: 263 where not every node understands it yet.
        """
        if type(entry) in VERSIONS and not self.supports(type(entry)):
            raise ChatError(263, "Not every server can do that yet; try again later")
        outcome = self.log.propose(entry, within)
        if outcome is not None and session is not None:
            outcome.addErrback(self.stranded.keep, session, entry, within)
        return outcome

    def supports(self, kind: type[Entry]) -> bool:
        """Whether every node understands entries of this kind."""
        return not self.nodes or nodes.supports(self, kind)

    def say(
        self,
        state: SessionState,
        room: Room,
        kind: SpeechKind,
        text: str,
        refused: Refused | None = None,
    ) -> Outcome:
        """Have `text`, which is clean, said in `room`, where `state` is.

        That is the commonest change by far.  Where the log is in this process, what
        `apply` would do is done without an entry: that takes a third of the time.

        :param refused: nobody waits for the outcome; it is told what that would fail
            with, and there is none.
        :raises ChatError: 404 when they may not speak there.
        """
        user = state.user
        if user is None or not self.log.at_once:
            session, where = state.local, (state.id, room.name, kind, text)
            entry = Send(*where, 0, NO_QUOTE) if "\n" in text else Say(*where)
            if refused is None or session is None:
                return self.propose(entry, session=session)
            self.log.submit(
                entry, partial(self.stranded.keep_said, session, entry, refused)
            )
            session.link.spoke()
            return None
        self.at = self.log.time()
        room.speak(kind, state, user, text)
        return None

    def say_all(self, state: SessionState, room: Room, texts: Sequence[str]) -> bool:
        """As `say` for each of `texts`, where that can neither wait nor be refused.

        Else nothing is said, and this is false.
        """
        user = state.user
        if user is None or room.restricted or not self.log.at_once:
            return False
        self.at = self.log.time()
        room.speak_all(state, user, texts)
        return True

    # Sessions

    def new_session(
        self,
        link: Link,
        listener: Listener,
        host: str,
        secure: bool = True,
        can_log_in: bool = True,
    ) -> Session:
        """A session of somebody at the address `host`, who may `connect` by it.

        :param secure: nobody on the way can read along.
        :param can_log_in: the door's dialect has a way to prove a nick.
        """
        state = SessionState(SessionId(0, 0), host, secure, can_log_in)
        return Session(self, state, link, listener)

    def check_open(self) -> None:
        """Raises `ChatError` 263 where this node takes nobody in, or has enough."""
        lags = self.log.lag >= MAX_LAG
        if lags or self.isolation.active or not self.open_to_newcomers:
            raise ChatError(263, "The server is busy; try again soon")
        if 0 < self.settings.max_here <= len(self._local):
            raise ChatError(263, "The server is full; try again later")

    def check_host(self, host: str, now: float) -> None:
        """Raises `ChatError` where nobody from `host` may connect at that time.

        That is 465 for a banned address, 263 when all is full, 463 for too many.
        """
        self.bans.check_host(host, now)
        if len(self.sessions) >= self.shared.max_clients:
            raise ChatError(263, "The server is full; try again later")
        most = self.shared.max_per_ip
        if 0 < most <= self.connected_from(host) and not is_local(host):
            text = "Too many connections from your address; close one first"
            raise ChatError(463, text)

    def enroll(self, session: Session) -> SessionId:
        """Give `session`, which is this node's, the name that it is proposed under."""
        self._connected += 1
        session.id = SessionId(self.node, self._connected)
        self._local[session.id] = session
        return session.id

    def let_go(self, session: Session) -> None:
        """`session` is not the local half of any state any more."""
        self._local.pop(session.id, None)
        session.state.part()

    def connected(self) -> list[Session]:
        """The sessions whose connections are here, the stranded too."""
        return list(dict.fromkeys((*self._local.values(), *self.stranded)))

    def add(self, state: SessionState) -> None:
        """`state` is a session from now on."""
        self.sessions[state.id] = state
        if state.user is None:
            self._nameless.add(state.id)
        self._per_network.add(network_of(state.host))
        if local := self._local.get(state.id):
            state.join(local)

    def forget(self, state: SessionState) -> None:
        """`state` is a session no more."""
        del self.sessions[state.id]
        self._nameless.discard(state.id)
        self._local.pop(state.id, None)
        self._per_network.discard(network_of(state.host))

    def let_in(self, state: SessionState, user: User) -> None:
        """`state` is a session of `user` from now on."""
        state.user = user
        self._nameless.discard(state.id)

    def count_nameless(self) -> int:
        """How many sessions nobody has come in by yet."""
        return len(self._nameless)

    def connected_from(self, host: str) -> int:
        """How many sessions are from the network of `host`."""
        return self._per_network[network_of(host)]

    def connect_delay(self, host: str) -> float:
        """Seconds that a new connection from `host` waits to be served."""
        if is_local(host):
            return 0.0
        return self._connects.delay(network_of(host), self.clock.seconds())

    def spares(self, host: str) -> bool:
        """Whether one token more, of what a start may cost, isn't asked of `host`.

        Whoever comes back with many rooms asks for all of them at once.  It counts for
        all connections of a network together; see `settings.ASKING`.
        """
        return not self._asking.delay(network_of(host), self.clock.seconds())

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

    def show_waiting(self, user: User) -> None:
        """`user`, who is logged in, has come: show what has waited for them."""
        waited = () if user.visiting else self.waiting.take(user.author)
        for state in user.sessions if waited else ():
            if state.local is not None:
                state.local.show_waited(waited)

    def nobody(self, *nicks: str) -> ChatError:
        """What to raise when nobody wears these nicks."""
        names = ", ".join(map(_shown, nicks))
        return ChatError(401, f"Nobody here is called {names}; WHO lists who is")

    # Rooms

    def room(self, name: str, asker: User) -> Room:
        """The room `name`; raises `ChatError` 403 when there is none that
        `asker` may know of."""
        room = self.rooms.get(fold(name))
        if room is None or not room.rules.shown_to(room, asker):
            raise ChatError(403, f"There is no room {_shown(name)}; ROOMS lists them")
        return room

    def open_room(self, name: str) -> Room:
        """The room `name`, made if it wasn't there.

        :raises ChatError: 479 for a bad name.
        """
        key = fold(check_room(name))
        room = self.rooms.get(key)
        if room is None:
            room = self.rooms[key] = Room(self, self.room_registry.name_of(name))
            self.room_registry.restore(room)
        return room

    def close_room(self, room: Room) -> None:
        """Forget a room that nobody has to do with any more; the lobby stays."""
        if room.deserted and room is not self.lobby:
            key = fold(room.name)
            del self.rooms[key]
            for user in list(room.rules.invited):
                user.forget_invitation(room)
            former = self.former
            if room.last_id > former.floor(key) or former.has_messages(key):
                self.last_ids[key] = room.last_id
            else:
                self.former.forget([key])
            self.room_registry.closed(room)
            self.history.close(room.name, room.unkept)

    def last_id(self, place: str) -> int:
        """The id of the latest message of a room, open or not, or conversation.

        :param place: the folded name, or the key.
        """
        room = self.rooms.get(place)
        return room.last_id if room is not None else self.last_ids.get(place, 0)

    def forget_places(self, keys: Sequence[str]) -> None:
        """Of these, which are not open, nothing is left: their ids begin anew.

        :param keys: folded names of rooms, and keys of conversations.
        """
        self.forgotten += 1
        for key in keys:
            self.last_ids.pop(key, None)
        private = [key for key in keys if is_conversation(key)]
        self.conversations.forget(private)
        self.waiting.forget(private)
        self.markers.forget(keys)
        self.touched.forget(keys)
        self.former.forget(keys)
        self.history.forget(keys)
        if keys:
            self.store.drop_places(keys)

    def rooms_shown_to(self, asker: User) -> list[Room]:
        """The rooms that `asker` may know of, the largest first."""
        rooms = [r for r in self.rooms.values() if r.rules.shown_to(r, asker)]
        return sorted(rooms, key=lambda room: (-len(room.members), room.name))

    def rooms_shown(self) -> int:
        """How many rooms with people in them everybody may know of."""
        empty = not self.lobby.members
        return len(self.rooms) - len(self.room_registry.hidden) - empty

    # Everyone

    def tell_all(self, text: str, code: str, value: str = "") -> None:
        """Tell every session here, also those without a nick; see `Notice`."""
        event = Notice(text, self.now(), code, value)
        for state in self.sessions.values():
            state.tell(event)

    def tell_here(self, text: str, code: str, value: str = "") -> None:
        """Tell every session of this node but the stranded; see `Notice`."""
        event = Notice(text, self.now(), code, value)
        for session in self._local.values():
            if session not in self.stranded:
                session.listener.tell(event)

    def warn_operators(self, text: str, code: str, value: str = "") -> None:
        """Tell the operators who are here; see `Notice`."""
        event = Notice(text, self.now(), code, value)
        for user in self.users.values():
            if user.operator:
                user.tell(event)


def _shown(name: str) -> str:
    """What somebody typed, short and clean enough to be repeated to them."""
    name = clean(name)
    return name if len(name) <= 60 else f"{name[:60]}…"
