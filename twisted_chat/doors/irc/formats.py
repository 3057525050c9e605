"""How events look to IRC clients: one `Format` per set of capabilities.

What looks the same to all who have the same capabilities is here; what is
made for one person alone is in `personal`.  A person's address is never
shown: see `hosts` for what stands in its place.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import partial
from typing import Any

from ... import events as e
from ...fanout import Format
from ...grammar.json import stamp
from ...hub import Hub, User
from ...hub.hosts import host_of, username_of
from ...names import fold
from . import changes, lines
from .capabilities.capability import Capabilities, Show
from .hosts import Hosts
from .message import LINE, escape, finish, fits, split
from .msgids import MessageIds
from .room_modes import mode

MAX_CROWD = 32 * 1024

OTHER_NAMES = 100
"""Bytes by which the source of a line may have been longer, under another nick."""


class Formats:
    """Makes the formats of one door on demand, and keeps them."""

    def __init__(self, hub: Hub, capabilities: Capabilities, server: str) -> None:
        self._hub = hub
        self._server = server
        self._capabilities = capabilities
        self._made: dict[frozenset[str], tuple[Renderer, Format]] = {}

    def get(self, caps: frozenset[str]) -> tuple[Renderer, Format]:
        """What makes lines for clients with `caps`, alone and in a fan-out."""
        caps &= self._capabilities.rendering
        if caps not in self._made:
            shows = self._capabilities.shows(caps)
            renderer = Renderer(self._hub, self._server, caps, shows)
            self._made[caps] = renderer, Format("irc", renderer.encode)
        return self._made[caps]


class Renderer:
    """Events for clients with the same capabilities.

    :param shows: the events that they are shown because of those.
    :ivar server: this server's name in a line's source.
    :ivar ids: gives msgids, and finds what they stand for.
    :ivar multiline: these clients are shown a text as one message, however long.
    """

    def __init__(
        self,
        hub: Hub,
        server: str,
        caps: frozenset[str],
        shows: Mapping[type, Sequence[Show]],
    ) -> None:
        self.server = server
        self._users = hub.users
        self.hosts = Hosts(hub)
        self.ids = MessageIds(hub.former)
        self.source = self.hosts.source
        self._crowded: tuple[str, float] | None = None
        self._parts: dict[str, bytes] = {}
        self._joins: dict[str, bytes] = {}
        self._time = "server-time" in caps
        self._tags = "message-tags" in caps
        self._account = "account-tag" in caps
        self._extended = "extended-join" in caps
        self._away = "away-notify" in caps
        self.multiline = lines.MULTILINE in caps
        self._bare = bare = not (self._time or self._tags or self._account)
        self._render: dict[type, Callable[[Any], bytes]] = {
            e.Said: self._said_bare if bare else self._said,
            e.Arrived: self._joined,
            e.Joined: self._joined,
            e.Departed: self._departed,
            e.Parted: self._parted,
            e.Crowd: self._crowd,
            e.Renamed: lambda x: self.renamed(x.old, x.nick, x.at),
            e.Named: lambda x: self.renamed(x.old, x.nick, x.at),
            e.TopicSet: self._topic,
            e.Kicked: self._kicked,
            e.RoomChanged: self._room_changed,
            e.Invited: self._invited,
            e.Queried: self.queried,
            e.Edited: partial(changes.edited, self),
            e.Deleted: partial(changes.deleted, self),
        }
        for kind, several in shows.items():
            self._render[kind] = partial(self._shown, several)

    def _shown(self, shows: Sequence[Show], event: e.Event) -> bytes:
        return b"".join(show(self, event) for show in shows)

    def encode(self, event: e.Event) -> bytes:
        """`event` as whole lines; empty when these clients aren't shown it."""
        render = self._render.get(type(event))
        return render(event) if render else b""

    # Tags

    def tags(self, nick: str, at: float, id: str = "", more: str = "") -> str:
        """The tags of a line by `nick`, with the space behind them.

        :param at: when it was, in seconds since the epoch (IRCv3 server-time).
        :param id: its msgid, if it has one.
        :param more: clients' own tags, as they stand in a line.
        """
        tags = []
        if self._time:
            tags.append(f"time={stamp(at)}")
        if self._tags and id:
            tags.append(f"msgid={escape(id)}")
        if self._account or self._tags:
            user = self._users.get(fold(nick))
            if self._account and (account := account_of(user)):
                tags.append(f"account={escape(account)}")
            if self._tags and user is not None and user.bot:
                tags.append("bot")
        if more:
            tags.append(more)
        return f"@{';'.join(tags)} " if tags else ""

    def line(self, nick: str, at: float, rest: str) -> bytes:
        """A line by `nick`, with `rest` behind its source; see `tags` for `at`."""
        return self.tags(nick, at).encode() + finish(f":{self.source(nick)} {rest}")

    # What is said

    def _said_bare(self, event: e.Said) -> bytes:
        room, nick, text, _, _, kind, _, _, _ = event
        if kind != "message" or len(text) > 80 or "\n" in text:
            return self.speech(event)
        return f":{self.source(nick)} PRIVMSG {room} :{text}\r\n".encode()

    def _said(self, event: e.Said) -> bytes:
        room, nick, text, at, id, kind, _, answers, _ = event
        if kind != "message" or len(text) > 80 or "\n" in text or answers:
            return self.speech(event)
        return (
            f"{self.tags(nick, at, f'{id}{room}')}"
            f":{self.source(nick)} PRIVMSG {room} :{text}\r\n"
        ).encode()

    def speech(self, event: e.Said) -> bytes:
        """What was said in a room, in as many lines as it takes."""
        if not event.text:
            return b""  # it is deleted
        ids = partial(self.ids.of_said, event)
        return self._spoken(event, event.room, ids, f"m{event.id}")

    def whisper(self, event: e.Whispered, to: str) -> bytes:
        """What was said to `to` in private, in as many lines as it takes."""
        return self._spoken(event, to, partial(self.ids.of_whispered, event), "w")

    def note(self, event: e.Said, ids: Callable[[int], str], about: str) -> bytes:
        """What is told of a message, in as many lines as it takes.

        :param ids: gives the msgid of each line.
        :param about: the msgid of that message.
        """
        return self._spoken(event, event.room, ids, f"n{event.id}", about)

    def _spoken(
        self,
        event: e.Said | e.Whispered,
        to: str,
        ids: Callable[[int], str],
        reference: str,
        about: str = "",
    ) -> bytes:
        """What was said to `to`.

        :param ids: gives the msgid of each line.
        :param reference: what a batch is called.
        :param about: the msgid of what it refers to.
        """
        nick, at = event.nick, event.at
        about = self.ids.answered(event) if event.reply_to else about
        answers = self.answering(about) if about else ""
        if "\n" in event.text or (self.multiline and self._is_long(event, to)):
            first = self.tags(nick, at, ids(1), answers)
            return self._several(event, to, first, reference)
        start, text, end = self._dressed(event, to)
        said = []
        for number, piece in enumerate(pieces(start, text, end), 1):
            tags = self.tags(nick, at, ids(number), answers)
            said.append(f"{tags}{piece}\r\n")
        return "".join(said).encode()

    def _is_long(self, event: e.Said | e.Whispered, to: str) -> bool:
        """Whether it takes more than one line, and can be joined again."""
        start, text, end = self._dressed(event, to)
        return event.kind != "action" and len(pieces(start, text, end)) > 1

    def ids_of(self, event: e.Deleted) -> Iterable[str]:
        """All msgids that the message may have had, for these clients.

        A long line is cut between words: two pieces together fill more than one.
        """
        ids = self.ids.of_changed(event)
        most = LINE - 2 - len(f":{self.source(event.nick)} NOTICE {event.room} :")
        lines, size, action = event.extent
        count = 1
        apart = action or not self.multiline
        if lines == 1 and size + OTHER_NAMES > most and apart:
            count += 2 * size // (most - OTHER_NAMES)
        return [ids, *(self.ids.of_changed(event, n) for n in range(2, count + 1))]

    def answering(self, msgid: str) -> str:
        """The tag by which a line refers to a message (IRCv3 reply)."""
        if not self._tags:
            return ""
        msgid = escape(msgid)
        return f"+draft/reply={msgid};+reply={msgid}"

    def _several(
        self, event: e.Said | e.Whispered, to: str, first: str, reference: str
    ) -> bytes:
        """What was said in several lines; see `lines`.

        :param first: the tags of the first line.
        """
        nick = event.nick
        source, verb = self.source(nick), _verb(event)
        if self.multiline and event.kind != "action":
            shown = lines.batch(source, verb, to, event.text, first, reference)
        else:
            tags, action = (first, self.tags(nick, event.at)), event.kind == "action"
            shown = lines.apart(source, verb, to, event.text, tags, action)
        return shown.encode()

    def _dressed(self, event: e.Said | e.Whispered, to: str) -> tuple[str, str, str]:
        """What stands before the text of a message, the text, what stands behind."""
        start = f":{self.source(event.nick)} {_verb(event)} {to} :"
        if event.kind == "action":
            return f"{start}\x01ACTION ", event.text, "\x01"
        return start, event.text, ""

    def queried(self, event: e.Queried) -> bytes:
        """CTCP, which other clients answer or replies."""
        verb = "NOTICE" if event.answer else "PRIVMSG"
        tags = self.tags(event.nick, event.at)
        start = f":{self.source(event.nick)} {verb} {event.to} :\x01"
        most = LINE - 3 - len(start.encode())
        return f"{tags}{start}{split(event.text, most)[0]}\x01\r\n".encode()

    # Who comes and goes

    def _joined(self, event: e.Arrived | e.Joined) -> bytes:
        return self.join(event.room, event.nick, event.at)

    def join(self, room: str, nick: str, at: float) -> bytes:
        """JOIN by `nick`, and AWAY for clients that are told it (away-notify)."""
        if self._bare and not (self._extended or self._away):
            return f":{self.source(nick)} JOIN {room}\r\n".encode()
        user = self._users.get(fold(nick))
        more = ""
        if self._extended:
            more = f" {account_of(user) or '*'} :{(user and user.about) or nick}"
        line = self.line(nick, at, f"JOIN {room}{more}")
        if self._away and user is not None and user.away:
            line += self.line(nick, at, f"AWAY :{user.away}")
        return line

    def _departed(self, event: e.Departed) -> bytes:
        return self.line(event.nick, event.at, f"QUIT :{event.reason}")

    def _parted(self, event: e.Parted) -> bytes:
        reason = f" :{event.reason}" if event.reason else ""
        return self.line(event.nick, event.at, f"PART {event.room}{reason}")

    def _crowd(self, event: e.Crowd) -> bytes:
        """One by one, as a list of nicks needs it; cut where it is too much.

        Whoever came is told of those after them: each line is in the crowds of many,
        and is made once.
        """
        room, joined, left, at = event
        if self._crowded != (room, at):
            self._crowded = room, at
            self._parts, self._joins = {}, {}
        parted = _bounded(
            left, self._parts, lambda nick: self.line(nick, at, f"PART {room}")
        )
        return parted + _bounded(
            joined, self._joins, lambda nick: self.join(room, nick, at)
        )

    def renamed(self, old: str, nick: str, at: float) -> bytes:
        """NICK from `old` to `nick`; empty for a first nick, which `old` lacks."""
        tags = self.tags(nick, at).encode()
        return tags + finish(f":{self.source(old)} NICK :{nick}") if old else b""

    def _kicked(self, event: e.Kicked) -> bytes:
        verb = "KICK" if event.room else "KILL"
        target = f"{event.room} {event.nick}".strip()
        reason = event.reason or event.by
        return self.line(event.by, event.at, f"{verb} {target} :{reason}")

    # What changes

    def _room_changed(self, event: e.RoomChanged) -> bytes:
        words = mode(event.rule, event.value, self._users)
        return self.line(event.by, event.at, f"MODE {event.room} {words}")

    def _invited(self, event: e.Invited) -> bytes:
        return self.line(event.by, event.at, f"INVITE {event.nick} :{event.room}")

    def _topic(self, event: e.TopicSet) -> bytes:
        id = self.ids.of_said(event) if event.id else ""
        tags = self.tags(event.nick, event.at, id).encode()
        source = self.source(event.nick) if event.nick else self.server
        return tags + finish(f":{source} TOPIC {event.room} :{event.topic}")

    def rehosted(self, nick: str, before: str, account: str, at: float) -> bytes:
        """CHGHOST of who was logged in to `before`, and is to `account` now."""
        user = self._users.get(fold(nick))
        if user is None or fold(before) == fold(account):
            return b""
        old, new = host_of(before, user.token), host_of(account, user.token)
        return self.chghost(nick, old, new, at)

    def chghost(self, nick: str, old: str, host: str, at: float) -> bytes:
        """CHGHOST (IRCv3 chghost)."""
        user = self._users.get(fold(nick))
        name = f"~{user.username if user is not None else username_of(nick)}"
        line = finish(f":{nick}!{name}@{old} CHGHOST {name} {host}")
        return self.tags(nick, at).encode() + line


def _verb(event: e.Said | e.Whispered) -> str:
    return "NOTICE" if event.kind == "notice" else "PRIVMSG"


def _bounded(
    nicks: Iterable[str], made: dict[str, bytes], make: Callable[[str], bytes]
) -> bytes:
    """The lines of `nicks`, up to the one with which they are too much."""
    size = 0
    found = []
    for nick in nicks:
        line = made.get(nick)
        if line is None:
            line = made[nick] = make(nick)
        found.append(line)
        size += len(line)
        if size > MAX_CROWD:
            break
    return b"".join(found)


def pieces(start: str, text: str, end: str) -> list[str]:
    """The lines that it takes to say `text`."""
    if fits(text):
        return [f"{start}{text}{end}"]
    most = LINE - 2 - len(start.encode()) - len(end)
    return [f"{start}{piece}{end}" for piece in split(text, most)]


def account_of(user: User | None) -> str:
    """The account of `user`; empty for a guest."""
    return user.account if user is not None else ""
