"""What is entered: said where one is, or a command with a slash."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import NamedTuple, Protocol

from ..events import ChatError
from ..grammar.commands import parse
from ..names import check_message, clean, is_room
from .chat import Chat, State
from .fields import Event, Fields
from .help import help_choices
from .paging import Paging
from .picker import Choice, Picker
from .requests import Answered, Values
from .rooms import Conversation
from .timeline import Item

# These mean the server's current room where none is named.
_ABOUT_ROOM = {"topic", "room", "owner", "voice", "invite", "kick", "who"} | {
    "mute",
    "unmute",
    "ban",
    "unban",
    "bans",
}
_NOT_HERE = {"format", "echo", "replay", "history", "reply"}


class Stage(Protocol):
    """What commands ask of the interface."""

    def show(self, conversation: Conversation) -> None:
        """Make it the current one."""

    def pick(self, picker: Picker | None) -> None:
        """Show a list in place of the messages; None takes it away."""

    def compose(self, text: str) -> None:
        """Put `text` into the line that is written."""

    def leave(self, reason: str) -> None: ...

    def bell(self, on: bool) -> None: ...


class Command(NamedTuple):
    """:ivar help: a line of the help; `group` the heading that it is under."""

    usage: str
    help: str
    group: str
    run: Callable[[Commands, str], None]


class Commands:
    """:param table: the commands and their aliases, by name.
    :ivar known_rooms: rooms that the server has told of.
    """

    def __init__(
        self, chat: Chat, paging: Paging, stage: Stage, table: Mapping[str, Command]
    ) -> None:
        self._chat = chat
        self._paging = paging
        self._stage = stage
        self._table = table
        self.known_rooms: list[str] = []

    def enter(self, text: str) -> bool:
        """Do what was entered: a line, or several to say.

        :returns: whether it was taken; what is not stays where it was written.
        """
        text = text.strip("\n")
        if not text.strip():
            return True
        try:
            check_message(text)
        except ChatError as error:
            self._chat.tell(error.text)
            return False
        self._enter(text)
        return True

    def _enter(self, text: str) -> None:
        if "\n" in text:
            # Nothing with lines is a command: it may have been pasted.
            self._say(text)
        elif text.startswith("/") and not text.startswith("//"):
            self._command(text)
        elif not self._chat.me and self._chat.state is not State.OFFLINE:
            self._ask("nick", {"nick": text.strip()})
        elif text.startswith("@") and (private := parse(text)).verb == "PRIV":
            to, _, words = private.rest.partition(" ")
            self._private(to, words)
        else:
            self._say(text.removeprefix("/") if text.startswith("//") else text)

    def switch(self) -> None:
        """The quick switcher: the conversations, to pick one."""
        self.go("")

    # Saying

    def _say(self, text: str, action: bool = False) -> None:
        current = self._chat.conversations.current
        if current is None:
            self._chat.tell("Join a room first: /join #room")
            return
        current.marker = None
        if current.anchor or current.timeline.newer:
            self._paging.present(current)
        text = check_message(text)
        if not self._chat.outgoing.say(current.name, text, action):
            self._chat.tell(f"Too much waits to be sent; this does not: {text}")

    def _private(self, to: str, text: str) -> None:
        names = [name for name in to.split(",") if name]
        if len(names) == 1:
            self._stage.show(self._chat.conversations.open(names[0]))
            if text.strip():
                self._say(text)
        elif text.strip() and names:
            self._ask("priv", {"to": names, "text": text})

    # Commands

    def _command(self, line: str) -> None:
        word, _, rest = line[1:].partition(" ")
        name = word.lower()
        if name in self._table:
            self._table[name].run(self, rest.strip())
        elif name in _NOT_HERE:
            self._chat.tell(f"There is no need of /{name} here; see /help")
        else:
            self.server(name, rest)

    def server(self, name: str, rest: str) -> None:
        """A command of the line protocol as it was typed."""
        current = self._chat.conversations.current
        if name in _ABOUT_ROOM and current is not None and current.is_room:
            # The server's current room becomes the one on the screen.
            self._ask("join", {"room": current.name})
        self._ask(name, {"line": rest})

    def _ask(
        self, do: str, fields: Values | None = None, answered: Answered | None = None
    ) -> None:
        if self._chat.state is State.OFFLINE:
            self._chat.tell("There is no connection; try again when there is")
        else:
            self._chat.requests.ask(do, fields, self._chat.here, answered)

    def me(self, rest: str) -> None:
        if rest:
            self._say(rest, action=True)

    def msg(self, rest: str) -> None:
        to, _, text = rest.partition(" ")
        if not to:
            self._stage.compose("/msg ")
        elif is_room(to):
            self.join(to)
            if text:
                self._chat.tell("To speak there, write it in that room")
        else:
            self._private(to.removeprefix("@").rstrip(":"), text)

    def join(self, rest: str) -> None:
        room, _, key = rest.partition(" ")
        if not room:
            self.list("")
            return
        room = room if is_room(room) else f"#{room}"
        if (known := self._chat.conversations.get(room)) is not None and known.people:
            self._stage.show(known)
            return

        def answered(event: Event) -> bool:
            if event.get("event") == "join":
                name = Fields(event).text("room") or room
                self._stage.show(self._chat.conversations.open(name))
            return False

        self._ask("join", {"room": room, "key": key}, answered)

    def part(self, rest: str) -> None:
        current = self._chat.conversations.current
        name, _, reason = rest.partition(" ")
        if not is_room(name):
            name, reason = (current.name if current else ""), rest
        if name and not is_room(name):
            self._chat.conversations.close(name)
            if self._chat.conversations.current is not None:
                self._stage.show(self._chat.conversations.current)
        elif name:
            self._ask("part", {"room": name, "reason": reason})

    def names(self, rest: str) -> None:
        current = self._chat.conversations.current
        room = rest or (current.name if current else "")
        if not is_room(room):
            self._chat.tell("/names is for a room")
            return
        here = self._chat.here

        def answered(event: Event) -> bool:
            people = Fields(event).parts("people")
            if event.get("event") == "who":
                names = ", ".join(
                    p.text("nick") + (" (away)" if p.text("away") else "")
                    for p in people
                )
                more = Fields(event).number("more")
                tail = f" and {more} more" if more > 0 else ""
                self._chat.tell(f"In {room}: {names}{tail}", here)
            return False

        self._ask("who", {"room": room}, answered)

    def list(self, rest: str) -> None:
        def answered(event: Event) -> bool:
            if event.get("event") != "rooms":
                return False
            rooms = Fields(event).parts("rooms")
            self.known_rooms = [room.text("room") for room in rooms]
            choices = list(map(self._listed, rooms))
            self._stage.pick(Picker("Rooms", choices))
            return True

        self._ask("rooms", None, answered)

    def _listed(self, room: Fields) -> Choice:
        name, people = room.text("room"), room.number("people")
        text = f"{name:<20} {people:>4}  {room.text('topic')}"
        return Choice(text, lambda: self.join(name))

    def go(self, rest: str) -> None:
        """To a conversation whose name has `rest` in it, or to the one picked."""
        if rest:
            found = self._chat.conversations.matching(rest)
            if found:
                self._stage.show(found[0])
            else:
                self._chat.tell(f"No conversation is called {rest}")
            return
        waiting = sorted(
            self._chat.conversations.all(), key=lambda c: (-c.mentions, -c.unread)
        )
        choices = [
            Choice(
                f"{c.name}  ({c.unread} unread)" if c.unread else c.name,
                lambda c=c: self._stage.show(c),  # type: ignore[misc]
            )
            for c in waiting
        ]
        self._stage.pick(Picker("Go to", choices))

    def search(self, rest: str) -> None:
        if not rest:
            self._stage.compose("/search ")
            return
        picker: list[Picker] = []

        def answered(event: Event) -> bool:
            if event.get("event") != "search":
                return False
            f = Fields(event)
            choices = [self._found(e) for e in f.events("messages")]
            more = (lambda: ask(f.number("next"))) if f.flag("more") else None
            if picker:
                picker[0].extend(choices, more)
            elif choices:
                picker.append(Picker(f"Found: {rest}", choices, more))
                self._stage.pick(picker[0])
            else:
                self._chat.tell(f"Nothing found: {rest}")
            return True

        def ask(before: int) -> None:
            fields: dict[str, str | int] = {"words": rest}
            self._ask(
                "search", fields | {"before": before} if before else fields, answered
            )

        ask(0)

    def _found(self, event: Event) -> Choice:
        item: Item = self._chat.item(event)
        room = Fields(event).text("room")
        when = f"{item.at:%Y-%m-%d %H:%M}" if item.at else ""

        def jump() -> None:
            conversation = self._chat.conversations.get(room)
            if conversation is not None:
                self._stage.show(conversation)
                self._paging.jump(conversation, item.id)

        return Choice(f"{when} {room} {item.nick}: {clean(item.text)}", jump)

    def clear(self, rest: str) -> None:
        if (current := self._chat.conversations.current) is not None:
            current.timeline.load([], current.is_room, False)
            current.anchor = current.marker = None

    def bell(self, rest: str) -> None:
        on = rest.lower() != "off"
        self._stage.bell(on)
        self._chat.tell(f"The bell is {'on' if on else 'off'}")

    def back(self, rest: str) -> None:
        self._ask("away")

    def quit(self, rest: str) -> None:
        self._stage.leave(rest)

    def help(self, rest: str) -> None:
        if rest:
            self._ask("help", {"command": rest.removeprefix("/")})
        else:
            entries = dict.fromkeys(
                (c.group, c.usage, c.help) for c in self._table.values()
            )
            choices = help_choices(entries, self._stage.compose)
            self._stage.pick(Picker("Help", choices))
