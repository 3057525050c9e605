"""Those who are connected to one node, and do as they like."""

from __future__ import annotations

from collections.abc import Callable
from random import Random
from typing import Any, NamedTuple

from twisted.internet.defer import Deferred
from twisted.python.failure import Failure

from twisted_chat.events import ChatError, Event, Said
from twisted_chat.fanout import Format, Writer
from twisted_chat.hub import Hub
from twisted_chat.hub import entries as e
from twisted_chat.hub.entries import Entry
from twisted_chat.hub.isolation import CutOff
from twisted_chat.hub.session import Session
from twisted_chat.limits import Allowance

NICKS = ("anna", "bob", "carol", "dan", "eve", "fay")
ROOMS = ("#lobby", "#a", "#b", "#c")


class Answer(NamedTuple):
    """What somebody was told of what they asked for.

    :ivar outcome: done, refused, lost (certainly) or unknown.
    """

    entry: Entry
    outcome: str


def _encode(event: Event) -> bytes:
    if isinstance(event, Said):
        return f"{event.room} {event.id}\n".encode()
    return b""


FORMAT = Format("simulation", _encode)


class Peer(Writer):
    """The connection of one of them.

    :ivar shown: the room and the id of each message.
    """

    def __init__(self) -> None:
        self.data: list[bytes] = []
        self.held: Deferred[None] | None = None
        self.ended = False

    def write(self, data: bytes) -> None:
        self.data.append(bytes(data))

    def finish(self) -> None:
        self.ended = True

    def end(self, reason: str) -> None:
        self.ended = True

    def failed(self, error: Exception) -> None:
        pass

    def spoke(self) -> None:
        pass

    def hold(self, outcome: Deferred[None]) -> None:
        self.held = outcome

    def suspend(self, allowance: Allowance) -> None:
        """What it asks for is for `People` to hold back."""

    def resume(self) -> None: ...

    def token(self) -> str:
        return ""

    def certificate(self) -> str:
        return ""

    def offered_keys(self) -> tuple[str, ...]:
        return ()

    @property
    def shown(self) -> list[tuple[str, int]]:
        lines = (line.split() for line in b"".join(self.data).decode().splitlines())
        return [(room, int(id)) for room, id in lines]


class People:
    """At most four at a time.

    :ivar sessions: of those who have not gone.
    :ivar told: what came of what they asked for, in order.
    :ivar waiting: for what they don't know yet.
    :param name: of the node; texts begin with it.
    """

    def __init__(self, hub: Hub, random: Random, name: str) -> None:
        self._hub = hub
        self._random = random
        self._name = name
        self.sessions: dict[Session, Peer] = {}
        self.told: list[Answer] = []
        self.waiting: list[Entry] = []
        self._accounts = 0

    def act(self) -> None:
        """Somebody does something, or comes."""
        random, sessions = self._random, self.here()
        if not sessions or (len(self.sessions) < 4 and random.random() < 0.2):
            self._come()
            return
        who = random.choice(sessions)
        if random.random() < 0.5:
            self._say(who)
            return
        entry = self._anything(who)
        if isinstance(entry, e.Disconnect):
            del self.sessions[who]
        self._propose(entry)

    def here(self) -> list[Session]:
        """Those who can do something now."""
        for session in [each for each, peer in self.sessions.items() if peer.ended]:
            del self.sessions[session]
        return [each for each in self.sessions if each not in self._hub.stranded]

    def _come(self) -> None:
        random, hub, peer = self._random, self._hub, Peer()
        try:
            hub.check_open()
        except ChatError:
            return  # the node lags
        listener = hub.fanout.listener(peer, FORMAT)
        session = hub.new_session(peer, listener, "192.0.2.1")
        session.replay = False
        listener.echo = True
        self.sessions[session] = peer
        connected = session.connect()
        assert connected is not None
        connected.addErrback(lambda reason: self.sessions.pop(session, None))
        nick, token = random.choice(NICKS), self._token()
        self._propose(e.TakeNick(session.id, nick, "", token))

    def _say(self, who: Session) -> None:
        """As a session does, which waits where its node is cut off."""
        text = f"{self._name}-{self._random.getrandbits(48):x}"
        room = self._random.choice(ROOMS)
        self._propose(e.Say(who.id, room, "message", text), who)

    def _propose(self, entry: Entry, who: Session | None = None) -> None:
        self.waiting.append(entry)
        outcome = self._hub.propose(entry, session=who)
        assert outcome is not None

        def told(result: object) -> None:
            self.waiting.remove(entry)
            came = "done"
            if isinstance(result, Failure):
                error: Any = result.value
                came = "refused"
                if isinstance(error, CutOff):
                    came = "lost" if error.certain else "unknown"
            self.told.append(Answer(entry, came))

        outcome.addBoth(told)

    def _token(self) -> str:
        return f"{self._random.getrandbits(40):x}"

    def _anything(self, session: Session) -> Entry:
        random, who = self._random, session.id
        nick, room = random.choice(NICKS), random.choice(ROOMS)
        hash, token = f"hash {random.getrandbits(32):x}", self._token()
        choices: list[Callable[[], Entry]] = [
            lambda: e.Join(who, room, ""),
            lambda: e.Join(who, room, ""),
            lambda: e.TakeNick(who, nick, "", token),
            lambda: e.Part(who, room, "bye"),
            lambda: e.Whisper(who, (nick,), "psst", "message"),
            lambda: e.Restrain(who, "ban", room, nick, 5, "spam"),
            lambda: e.ChangeTopic(who, room, f"about {nick}"),
            lambda: e.RenameRoom(who, room, random.choice(ROOMS), ""),
            lambda: e.SetAway(who, "tea"),
            lambda: e.Ignore(who, nick),
            lambda: e.Register(who, nick, hash, b"net"),
            lambda: e.SetPassword(nick, hash, random.random() < 0.5),
            lambda: e.SetOperator(nick, random.random() < 0.5),
            lambda: e.LogIn(who, nick, "", token),
            lambda: e.Unregister(nick, token),
            lambda: e.Disconnect(who, "bye"),
        ]
        return random.choice(choices)()
