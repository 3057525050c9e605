"""A room: who is in it, its topic, its order of events."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import islice
from typing import TYPE_CHECKING

from ..clock import Call
from ..events import (
    Arrived,
    Crowd,
    Joined,
    Kicked,
    Marks,
    Members,
    Parted,
    Person,
    RoomChanged,
    Said,
    SpeechKind,
    TopicSet,
)
from ..fanout import Listener
from ..limits import within
from ..names import fold
from ..storage.changes import Change
from .replay import Replay
from .session_state import SessionState
from .unkept import Unkept

if TYPE_CHECKING:
    from .entries import Repeat
    from .hub import Hub
    from .user import User

CROWD = 100
"""With more members than these a room is crowded."""

CROWD_PAUSE = 1.0
"""Seconds for which a crowded room collects who comes and goes."""

MAX_SHOWN = 500
REPLY_SIZE = 32 * 1024
"""Bytes, in any format, that one answer may take."""

# As `Said(...)`, in two thirds of the time: all fields are given.
_new = tuple.__new__

FEW = 20
"""So many people always fit into an answer."""


class Room:
    """All its members' sessions hear the same events in the same order.

    Up to 100 members, each coming and going is told as it happens.  In a
    crowded room it is collected and told once a second in one event: with n
    people coming into a room of n, telling each to each would cost n² notices
    that nobody could read.

    :ivar members: in the order of joining.
    :ivar last_id: the id of the latest message.
    :ivar rules: who gets in, who may speak, who decides.
    :ivar visitors: who may speak here though they aren't, and how often they visit.
    :ivar restricted: somebody here may be one who may not speak.
    :ivar tail: the latest messages.
    :ivar unkept: which messages go with the last who leaves.
    :ivar replay: what of them newcomers are shown.
    :ivar since: when it was made, in seconds of the wall clock.
    :ivar topic_at: when its topic was set, likewise.
    """

    __slots__ = (
        "_came",
        "_crowd_call",
        "_keep",
        "_went",
        "channel",
        "hub",
        "last_id",
        "members",
        "name",
        "replay",
        "restricted",
        "rules",
        "since",
        "tail",
        "topic",
        "topic_at",
        "topic_by",
        "unkept",
        "visitors",
    )

    def __init__(self, hub: Hub, name: str) -> None:
        self.hub = hub
        self.name = name
        self.channel = hub.fanout.channel()
        self.members: dict[User, None] = {}
        self.rules = hub.room_registry.rules_for(name)
        self.restricted = False
        self.topic = ""
        self.topic_by = ""
        self.visitors: dict[User, int] = {}
        self.since = self.topic_at = hub.at
        last_id: int = hub.last_ids.pop(fold(name), 0)
        self.last_id: int = max(last_id, hub.former.floor(fold(name)))
        self.tail = hub.history.open(name)
        self._keep = hub.history.append
        self.unkept = Unkept()
        self.replay = Replay(name, self.tail)
        self._came: dict[str, None] = {}
        self._went: dict[str, None] = {}
        self._crowd_call: Call | None = None

    def renamed(self, name: str) -> None:
        """It is called `name` from now on; see `renaming`."""
        if self._crowd_call is not None:
            self._stop_crowd()
            self._tell_crowd(self.hub.at)
        self.name = name
        self.replay = Replay(name, self.tail)

    @property
    def crowded(self) -> bool:
        return len(self.members) > CROWD

    def speak(
        self,
        kind: SpeechKind,
        state: SessionState,
        user: User,
        text: str,
        reply_to: int = 0,
        marks: Marks | None = None,
    ) -> None:
        """Emit what `user` says or does by the session `state`; `text` is clean.

        :raises ChatError: 404 when they may not speak here, or would tell a password.
        """
        if self.restricted:
            self.rules.check_speech(self, user)
            user.check_no_password(text)
        self.last_id = id = self.last_id + 1
        user.spoke = at = self.hub.at
        event = _new(
            Said,
            (self.name, user.nick, text, at, id, kind, user.author, reply_to, marks),
        )
        self.tail.append(event)
        self._keep(event)
        local = state.local
        if local is not None and local.own_copy is not None:
            self.channel.emit(event, state, hidden=(local.listener,))
            local.own_copy(event)
        else:
            self.channel.emit(event, state)

    def speak_all(self, state: SessionState, user: User, texts: Sequence[str]) -> None:
        """As `speak` for each of `texts`, where nobody is restricted."""
        name, nick, author, first = self.name, user.nick, user.author, self.last_id + 1
        user.spoke = at = self.hub.at
        events = [
            _new(Said, (name, nick, text, at, id, "message", author, 0, None))
            for id, text in enumerate(texts, first)
        ]
        self.last_id += len(events)
        self.tail.messages.extend(events)
        keep = self._keep
        for event in events:
            keep(event)
        self.channel.emit_all(events, state)

    def repeat(self, said: Repeat, hidden: Iterable[Listener]) -> None:
        """Emit, to all but `hidden`, what has been said before; see `repeating`."""
        self.last_id = id = self.last_id + 1
        words = said.nick, said.text, self.hub.at, id, said.kind
        event = Said(self.name, *words, said.author, said.reply_to)
        self.tail.append(event)
        self._keep(event)
        self.channel.emit(event, hidden=hidden)

    def change(self, change: Change) -> None:
        """Let a message be as `change` says, wherever it is kept."""
        self.hub.history.change(change)
        self.replay.forget()

    def enter(self, user: User, arriving: bool = False) -> None:
        """Add `user` and tell the others.

        :param arriving: they come into the chat with this.
        """
        self.members[user] = None
        if user.watched:
            self.restricted = True
        user.rooms[fold(self.name)] = self
        at = self.hub.at
        listeners = user.listeners()
        if arriving:
            event: Arrived | Joined = Arrived(self.name, user.nick, at)
        else:
            event = Joined(self.name, user.nick, at)
            user.tell(event)
        if self.crowded:
            self._add_to_crowd(user.nick, came=True)
        else:
            self.channel.emit(event)
        for listener in listeners:
            self.channel.add(listener)
        if user.stays:
            self.hub.staying.keep(user)
        if self.rules.mutes:
            self.rules.tell_muted(self, user)

    @property
    def deserted(self) -> bool:
        """Whether nobody has to do with it any more."""
        return not self.members and not self.visitors

    def visit(self, user: User) -> None:
        """Let `user`, who is not here, speak here until `end_visit`.

        Nobody here is told, nor is the user told what happens here.
        """
        self.visitors[user] = self.visitors.get(user, 0) + 1
        user.visits[fold(self.name)] = self
        self.restricted = True

    def end_visit(self, user: User) -> None:
        """One of the visits of `user` is over."""
        self.visitors[user] -= 1
        if not self.visitors[user]:
            del self.visitors[user]
            del user.visits[fold(self.name)]
            self.refresh_restricted()
        if self.deserted:
            self._stop_crowd()
            self.hub.close_room(self)

    def part(self, user: User, reason: str) -> None:
        """Take `user` out and tell the others, and them."""
        crowded = self.crowded
        event = Parted(self.name, user.nick, reason, self.hub.at)
        self.remove(user)
        user.tell(event)
        if not crowded:
            self.channel.emit(event)

    def kick(self, user: User, by: str, reason: str) -> None:
        """Throw `user` out and tell everyone here, and them."""
        event = Kicked(self.name, user.nick, by, reason, self.hub.at)
        self.remove(user)
        user.tell(event)
        self.channel.emit(event)

    def remove(self, user: User) -> None:
        """Take `user` out; only a crowded room announces it by itself."""
        if self.crowded:
            self._add_to_crowd(user.nick, came=False)
        del self.members[user]
        self.hub.markers.left(user, self)
        del user.rooms[fold(self.name)]
        self.rules.forget(user)
        if user.stays:
            self.hub.staying.keep(user)
        for state in user.sessions:
            if state.local is not None:
                state.local.left(self)
        if self.restricted:
            self.refresh_restricted()
        if self.deserted:
            self._stop_crowd()
            self.hub.close_room(self)

    def rename_in_crowd(self, old: str, nick: str) -> None:
        if old in self._came:
            del self._came[old]
            self._came[nick] = None

    def set_topic(self, user: User, topic: str, kept: bool = True) -> None:
        """Set the topic, or take it away when `topic` is empty.

        :param kept: the history has it, too.
        :raises ChatError: 482 when only owners may, 404 for one who may not speak.
        """
        self.rules.check_topic(self, user)
        self.topic, self.topic_by, self.topic_at = topic, user.nick, self.hub.at
        self.tell_topic(user.author, kept)
        self.hub.room_registry.save(self)

    def tell_topic(self, author: int, kept: bool = True) -> None:
        """Tell everyone here that the topic has changed; see `set_topic`.

        :param author: whose doing it is; see `Said`.
        """
        by, topic, at = self.topic_by, self.topic, self.hub.at
        id = 0
        if kept:
            self.last_id = id = self.last_id + 1
            said = Said(self.name, by, topic, at, id, "topic", author)
            self.tail.append(said)
            self._keep(said)
        self.channel.emit(TopicSet(self.name, by, topic, at, id))

    def refresh_fleeting(self) -> None:
        """See whether what is said from now on goes with the last who leaves.

        Where an account has come to own the room, what was said so far stays, too.
        """
        history, unkept, fleeting = self.hub.history, self.unkept, self.rules.fleeting
        if self.rules.owners and unkept:
            unkept.clear()
            history.keep_fleeting(self.name)
        elif fleeting and not unkept.active:
            unkept.begin(self.last_id + 1)
        elif unkept.active and not fleeting:
            unkept.end(self.last_id)
        self._keep = history.append_fleeting if fleeting else history.append

    def refresh_restricted(self) -> None:
        """See whether there is anyone here who may not say all."""
        self.restricted = bool(
            self.rules.moderated
            or self.rules.mutes
            or self.visitors
            or any(user.watched for user in self.members)
        )

    def tell_rule(self, by: User, rule: str, value: str) -> None:
        """Tell everyone here, and `by`, that a rule has changed."""
        event = RoomChanged(self.name, by.nick, rule, value, self.hub.at)
        self.channel.emit(event)
        if by not in self.members:
            by.tell(event)

    def topic_event(self, at: float) -> TopicSet:
        """What the topic is.

        :param at: the time of the event, in seconds of the wall clock.
        """
        return TopicSet(self.name, self.topic_by, self.topic, at)

    def topic_for(self, user: User) -> str:
        """The topic, where `user` may know it."""
        return self.topic if self.rules.open_to(self, user) else ""

    def roster(self, at: float, most: int = MAX_SHOWN) -> Members:
        """Who is here, at most `most` of them by name.

        :param at: the time of the event, in seconds of the wall clock.
        """
        if not most:
            return Members(self.name, (), len(self.members), at)
        users = [*islice(self.members, most)]
        rank, ranked = self.rules.rank, self.rules.ranked(users)
        # Most are shown alike in all lists: to make that for twenty people was a tenth
        # of what a newcomer costs.
        listed = [
            user.listed
            if not (user.said_away or user.absent_since or user in ranked)
            else Person(user.nick, user.away, rank(user) if user in ranked else "")
            for user in users
        ]
        people = tuple(listed if most <= FEW else within(listed, _size, REPLY_SIZE))
        more = len(self.members) - len(people)
        return Members(self.name, people, more, at)

    def _add_to_crowd(self, nick: str, came: bool) -> None:
        here, there = (self._came, self._went) if came else (self._went, self._came)
        if nick in there:
            del there[nick]
        else:
            here[nick] = None
        if self._crowd_call is None:
            self._crowd_call = self.hub.clock.callLater(CROWD_PAUSE, self._tell_crowd)

    def _tell_crowd(self, at: float = 0.0) -> None:
        """:param at: in seconds of the wall clock; 0: now."""
        self._crowd_call = None
        if self._came or self._went:
            at = at or self.hub.now()
            came, went = tuple(self._came), tuple(self._went)
            self._came.clear()
            self._went.clear()
            newcomers = []
            for place, nick in enumerate(came, 1):
                user = self.hub.users.get(fold(nick))
                if user is not None and user in self.members:
                    newcomers += user.listeners()
                    if came[place:] or went:
                        user.tell(Crowd(self.name, came[place:], went, at))
            self.channel.emit(Crowd(self.name, came, went, at), hidden=newcomers)

    def abandon(self) -> None:
        """Tell nobody anything any more."""
        self._stop_crowd()
        for listener in list(self.channel.listeners()):
            self.channel.discard(listener)

    def _stop_crowd(self) -> None:
        if self._crowd_call is not None:
            self._crowd_call.cancel()
            self._crowd_call = None


def _size(person: Person) -> int:
    """Bytes that `person` takes in a reply, at most."""
    return 4 * len(person.away) + 64
