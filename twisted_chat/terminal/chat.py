"""What the events of the chat mean to one person: who is where, what is unread."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from enum import Enum

from ..names import clean, fold, is_room
from . import presence, said
from .catch_up import CatchUp
from .fields import Event, Fields
from .outgoing import Outgoing
from .requests import Asked, Requests
from .rooms import MOST_OPEN, Conversation, Conversations
from .settings import Settings
from .timeline import Item, Kind
from .wording import lines_of

# The code of the refusal of a password.
WRONG_PASSWORD = 464
# People of one private conversation.
MOST_TOGETHER = 20


class State(Enum):
    CONNECTING = "connecting"
    ONLINE = "connected"
    OFFLINE = "offline"


class Chat:
    """:param alert: called with a title and a text for what is addressed to oneself.
    :ivar me: one's nick; empty before there is one.
    :ivar account: the account that one is logged in to; empty for none.
    :ivar outgoing: what is said and not yet shown to be said.
    """

    def __init__(
        self,
        requests: Requests,
        settings: Settings,
        alert: Callable[[str, str], None],
    ) -> None:
        self.requests = requests
        self.settings = settings
        self._alert = alert
        self.conversations = Conversations()
        self.outgoing = Outgoing(requests, self.tell)
        self.me = ""
        self.away = False
        self.account = ""
        self._entered = self._in_rooms = False
        self.state = State.CONNECTING
        self.catch_up = CatchUp(requests, self._settled, self._recalled)

    # The connection

    def disconnected(self) -> None:
        """There is no connection any more."""
        self.state = State.OFFLINE
        self.account, self._in_rooms = "", False
        self.requests.forget()
        self.outgoing.disconnected()
        self.catch_up.stop()
        for conversation in self.conversations.all():
            conversation.loading = conversation.asking = False

    def signed_in(self) -> None:
        """The server has accepted a nick: go back to where one was.

        No-op where it has already.
        """
        if self.state is State.ONLINE:
            return
        self.state = State.ONLINE
        self.away = False
        rooms = [c.name for c in self.conversations.all() if c.is_room]
        known, self._entered = self._entered, True
        for conversation in self.conversations.all():
            conversation.returned = known
        self.catch_up.begin(rooms if known else self.settings.rooms, known)

    def _settled(self) -> None:
        """All is known that was missed in the rooms."""
        self._in_rooms = True
        self.outgoing.connected()
        self._ask_unread()

    def _ask_unread(self) -> None:
        if self.account and self.state is State.ONLINE:
            self.requests.ask("unread", answered=self._unread)

    @property
    def rooms(self) -> tuple[str, ...] | None:
        """Those one is in; None while they are only being entered."""
        if not self._in_rooms:
            return None
        every = self.conversations.all()
        return tuple(c.name for c in every if c.is_room and c.people)

    # Showing

    @property
    def here(self) -> str:
        current = self.conversations.current
        return current.name if current else ""

    def show(self, conversation: Conversation) -> None:
        self.conversations.show(conversation)

    def tell(
        self,
        text: str,
        where: str = "",
        kind: Kind = Kind.INFO,
        at: datetime | None = None,
    ) -> None:
        """Show a line that nobody said, in `where` or what is shown."""
        conversation = self.conversations.get(where or self.here)
        if conversation is None:
            conversation = self.conversations.current or self.conversations.open(
                "#lobby"
            )
        conversation.timeline.add(Item(kind, at, clean(text.removeprefix("* "))))

    # Events

    def event(self, event: Event) -> None:
        """Take one event of the server, none of which is trusted."""
        asked = self.requests.about(event)
        if asked.answered is not None and asked.answered(event):
            return
        handler = _HANDLERS.get(str(event.get("event")), Chat.show_words)
        handler(self, Fields(event), event, asked)

    @property
    def names(self) -> tuple[str, ...]:
        """What calls one: the nick, and the account."""
        return tuple(dict.fromkeys(filter(None, (self.me, self.account))))

    def item(self, event: Event) -> Item:
        """A message or an action as it is shown."""
        return said.item_of(event, self.names, self.settings.zone)

    def _said(self, f: Fields, event: Event, asked: Asked) -> None:
        if not (room := f.text("room")):
            return
        conversation = self.conversations.open(room)
        item = self.item(event)
        item.mention = item.mention or said.calls_all(item, conversation, self.me)
        known = conversation.timeline.last_id
        news = conversation.timeline.add(item)
        self.catch_up.heard(conversation, known, item.id if news else 0)
        if not news:
            conversation.again(item)
            return
        conversation.heard(item.nick)
        again = f.flag("replay")
        if fold(item.nick) == fold(self.me):
            self.outgoing.shown(event, room, item.text)
        elif f.flag("unread") and conversation.marker is None and not known:
            conversation.marker = item
        elif not again or conversation.returned:
            self._count(conversation, item, quiet=again)

    def note(self, conversation: Conversation, event: Event) -> None:
        """Show what the history has, and nobody said; it is not counted."""
        item = self.item(event)
        known = conversation.timeline.last_id
        news = conversation.timeline.add(item)
        self.catch_up.heard(conversation, known, item.id if news else 0)
        if not news:
            conversation.again(item)

    def _private(self, f: Fields, event: Event, asked: Asked) -> None:
        nick, to = f.text("nick"), f.texts("to")
        own = fold(nick) == fold(self.me)
        others = [name for name in (nick, *to) if fold(name) != fold(self.me)]
        # To several it is a conversation of all of them; to oneself, one of one's own.
        names = list(dict.fromkeys(others))[:MOST_TOGETHER] or [nick]
        if not all(names):
            return
        conversation = self.conversations.open(",".join(names))
        item = self.item(event)
        item.mention = not own
        news = conversation.timeline.add(item)
        conversation.heard(nick)
        if own:
            self.outgoing.shown(event, conversation.name, item.text)
        elif news:
            self._count(conversation, item)

    def _unread(self, event: Event) -> bool:
        """The server says what is unread: it knows of all that one has."""
        for place in Fields(event).parts("places")[:MOST_OPEN]:
            where = self.conversations.get(place.text("room") or place.text("with"))
            if where is None and (people := place.text("with")):
                where = self.conversations.open(people)
            if where is None:
                continue
            if not where.is_room and place.number("last") > where.timeline.last_id:
                where.timeline.load([], True, False)
                where.fresh = True
            self._told(where, place)
        return True

    def _read(self, f: Fields, event: Event, asked: Asked) -> None:
        where = self.conversations.get(f.text("room") or f.text("with"))
        if where is not None:
            self._told(where, f)

    def _told(self, where: Conversation, f: Fields) -> None:
        where.told(f.number("id"), f.number("unread"), f.number("mentions"))
        where.mark(self.me)
        if where is self.conversations.current:
            where.unread = where.mentions = 0

    def _changed(self, f: Fields, event: Event, asked: Asked) -> None:
        """A message is edited, deleted, or reacted to."""
        where = self.conversations.get(f.text("room") or f.text("with"))
        if where is not None:
            _CHANGES[str(event.get("event"))](where, f)

    def _count(
        self, conversation: Conversation, item: Item, quiet: bool = False
    ) -> None:
        if conversation is not self.conversations.current:
            conversation.count(item)
        if item.mention and not quiet:
            where = f" in {conversation.name}" if conversation.is_room else ""
            self._alert(f"{item.nick}{where}", clean(item.text))

    def _recalled(self, where: Conversation, event: Event, known: int) -> list[Item]:
        """Take a page of what was missed; what of it is newer than `known`."""
        items = [self.item(e) for e in Fields(event).events("messages")]
        missed = [item for item in items if item.id > known]
        for item in missed:
            where.timeline.add(item)
            if fold(item.nick) == fold(self.me):
                self.outgoing.shown(event, where.name, item.text)
            elif item.nick and where is not self.conversations.current:
                where.count(item)
        return missed

    # What the server says

    def _notice(self, f: Fields, event: Event, asked: Asked) -> None:
        code = f.text("code")
        if code in ("away", "back"):
            self.away = code == "away"
        if event.get("early") is True and "NICK" in f.text("text"):
            return  # how to choose a nick, for whoever has nothing but lines
        if code in self.settings.ignored or code in ("speaking-in", "format"):
            return
        self.show_words(f, event, asked)

    def _error(self, f: Fields, event: Event, asked: Asked) -> None:
        self.outgoing.refused(event)
        at = f.time("at", self.settings.zone)
        for line in lines_of(event):
            self.tell(line, asked.here, Kind.ERROR, at)
        if f.number("code") == WRONG_PASSWORD and not self.me:
            self.tell("Try again by /login nick password, or choose another nick")

    def _invite(self, f: Fields, event: Event, asked: Asked) -> None:
        self.show_words(f, event, asked)
        self._alert(f.text("by"), f"invites you to {f.text('room')}")

    def show_words(self, f: Fields, event: Event, asked: Asked) -> None:
        """Show it in words, where it belongs."""
        room = f.text("room")
        where = room if is_room(room) and self.conversations.get(room) else asked.here
        at = f.time("at", self.settings.zone)
        for line in lines_of(event):
            self.tell(line, where, at=at)

    def _account(self, f: Fields, event: Event, asked: Asked) -> None:
        if f.flag("you"):
            self.account = f.text("account")
            self.show_words(f, event, asked)
            self._ask_unread()

    def _nothing(self, f: Fields, event: Event, asked: Asked) -> None:
        """Of no interest to a person."""


_CHANGES: dict[str, Callable[[Conversation, Fields], None]] = {
    "edited": said.edit,
    "deleted": said.delete,
    "reaction": said.react,
}
_Handler = Callable[[Chat, Fields, Event, Asked], None]
_HANDLERS: dict[str, _Handler] = {
    "message": Chat._said,
    "action": Chat._said,
    "private": Chat._private,
    "read": Chat._read,
    "edited": Chat._changed,
    "deleted": Chat._changed,
    "reaction": Chat._changed,
    "join": presence.join,
    "leave": presence.leave,
    "crowd": presence.crowd,
    "nick": presence.nick,
    "who": presence.who,
    "away": presence.away,
    "topic": presence.topic,
    "room": presence.room,
    "room-renamed": presence.room_renamed,
    "kick": presence.kick,
    "notice": Chat._notice,
    "error": Chat._error,
    "invite": Chat._invite,
    "done": Chat._nothing,
    "pong": Chat._nothing,
    "account": Chat._account,
}
