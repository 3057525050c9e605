"""What is entered: said where one is, or a command with a slash."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import NamedTuple, Protocol

from ..events import ChatError
from ..grammar.commands import parse
from ..names import check_message, is_room
from .chat import Chat, State
from .fields import Event, Fields
from .help import help_choices
from .paging import Paging
from .picker import Choice, Picker
from .requests import Answered, Values
from .rooms import Aim, Conversation

# These mean the server's current room where none is named.
_ABOUT_ROOM = {"topic", "room", "owner", "voice", "invite", "kick", "who"} | {
    "mute",
    "unmute",
    "ban",
    "unban",
    "bans",
}
_NOT_HERE = {"format", "echo", "replay", "history"}


class Stage(Protocol):
    """What commands ask of the interface."""

    def show(self, conversation: Conversation) -> None:
        """Make it the current one."""

    def pick(self, picker: Picker | None) -> None:
        """Show a list in place of the messages; None takes it away."""

    def compose(self, text: str) -> None:
        """Put `text` into the line that is written."""

    def question(self, text: str, yes: Callable[[], None]) -> None:
        """Ask `text`; `yes` is called if that is the answer."""

    def leave(self, reason: str) -> None: ...

    def bell(self, on: bool) -> None: ...


class Command(NamedTuple):
    """:ivar help: a line of the help; `group` the heading that it is under.
    :ivar run: None where it is the server's of that name.
    """

    usage: str
    help: str
    group: str
    run: Callable[[Commands, str], None] | None


class Commands:
    """:param table: the commands and their aliases, by name.
    :ivar known_rooms: rooms that the server has told of.
    """

    def __init__(
        self, chat: Chat, paging: Paging, stage: Stage, table: Mapping[str, Command]
    ) -> None:
        self.chat = chat
        self.paging = paging
        self.stage = stage
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
            self.chat.tell(error.text)
            return False
        current = self.chat.conversations.current
        if current is not None and current.aim is not None and current.aim.edit:
            return self.change(current, current.aim, text)
        self._enter(text)
        return True

    def _enter(self, text: str) -> None:
        if "\n" in text:
            # Nothing with lines is a command: it may have been pasted.
            self.say(text)
        elif text.startswith("/") and not text.startswith("//"):
            self._command(text)
        elif not self.chat.me and self.chat.state is not State.OFFLINE:
            self.ask("nick", {"nick": text.strip()})
        elif text.startswith("@") and (private := parse(text)).verb == "PRIV":
            to, _, words = private.rest.partition(" ")
            self._private(to, words)
        else:
            self.say(text.removeprefix("/") if text.startswith("//") else text)

    def switch(self) -> None:
        """The quick switcher: the conversations, to pick one."""
        self.go("")

    # Saying

    def say(self, text: str, action: bool = False) -> None:
        current = self.chat.conversations.current
        if current is None:
            self.chat.tell("Join a room first: /join #room")
            return
        current.marker = current.new_from = None
        if current.anchor or current.timeline.newer:
            self.paging.present(current)
        text = check_message(text)
        aim, current.aim, current.found = current.aim, None, None
        reply_to = aim.id if aim is not None and not action else 0
        if not self.chat.outgoing.say(current.name, text, action, reply_to):
            self.chat.tell(f"Too much waits to be sent; this does not: {text}")

    def _private(self, to: str, text: str) -> None:
        names = [name for name in to.split(",") if name]
        if names and not any(map(is_room, names)):
            self.stage.show(self.chat.conversations.open(",".join(names)))
            if text.strip():
                self.say(text)
        elif text.strip() and names:
            self.ask("priv", {"to": names, "text": text})

    def change(self, where: Conversation, aim: Aim, text: str) -> bool:
        """Let a message say `text`.

        :returns: False where there is no connection.
        """
        if self.chat.state is State.OFFLINE:
            self.chat.tell("There is no connection; try again when there is")
            return False
        where.aim = where.found = None
        text = check_message(text)
        self.ask("edit", {**where.place, "id": aim.id, "text": text})
        return True

    # Commands

    def _command(self, line: str) -> None:
        word, _, rest = line[1:].partition(" ")
        name = word.lower()
        known = self._table.get(name)
        if known is not None and known.run is not None:
            known.run(self, rest.strip())
        elif name in _NOT_HERE:
            self.chat.tell(f"There is no need of /{name} here; see /help")
        else:
            self.server(name, rest if known is None else rest.strip())

    def server(self, name: str, rest: str) -> None:
        """A command of the line protocol as it was typed."""
        current = self.chat.conversations.current
        if name in _ABOUT_ROOM and current is not None and current.is_room:
            # The server's current room becomes the one on the screen.
            self.ask("join", {"room": current.name})
        self.ask(name, {"line": rest})

    def ask(
        self, do: str, fields: Values | None = None, answered: Answered | None = None
    ) -> None:
        if self.chat.state is State.OFFLINE:
            self.chat.tell("There is no connection; try again when there is")
        else:
            self.chat.requests.ask(do, fields, self.chat.here, answered)

    def me(self, rest: str) -> None:
        if rest:
            self.say(rest, action=True)

    def msg(self, rest: str) -> None:
        to, _, text = rest.partition(" ")
        if not to:
            self.stage.compose("/msg ")
        elif is_room(to):
            self.join(to)
            if text:
                self.chat.tell("To speak there, write it in that room")
        else:
            self._private(to.removeprefix("@").rstrip(":"), text)

    def join(self, rest: str) -> None:
        room, _, key = rest.partition(" ")
        if not room:
            self.list("")
            return
        room = room if is_room(room) else f"#{room}"
        if (known := self.chat.conversations.get(room)) is not None and known.people:
            self.stage.show(known)
            return

        def answered(event: Event) -> bool:
            if event.get("event") == "join":
                name = Fields(event).text("room") or room
                self.stage.show(self.chat.conversations.open(name))
            return False

        self.ask("join", {"room": room, "key": key}, answered)

    def part(self, rest: str) -> None:
        current = self.chat.conversations.current
        name, _, reason = rest.partition(" ")
        if not is_room(name):
            name, reason = (current.name if current else ""), rest
        if name and not is_room(name):
            self.chat.conversations.close(name)
            if self.chat.conversations.current is not None:
                self.stage.show(self.chat.conversations.current)
        elif name:
            self.ask("part", {"room": name, "reason": reason})

    def names(self, rest: str) -> None:
        current = self.chat.conversations.current
        room = rest or (current.name if current else "")
        if not is_room(room):
            self.chat.tell("/names is for a room")
            return
        here = self.chat.here

        def answered(event: Event) -> bool:
            people = Fields(event).parts("people")
            if event.get("event") == "who":
                names = ", ".join(
                    p.text("nick") + (" (away)" if p.text("away") else "")
                    for p in people
                )
                more = Fields(event).number("more")
                tail = f" and {more} more" if more > 0 else ""
                self.chat.tell(f"In {room}: {names}{tail}", here)
            return False

        self.ask("who", {"room": room}, answered)

    def list(self, rest: str) -> None:
        def answered(event: Event) -> bool:
            if event.get("event") != "rooms":
                return False
            rooms = Fields(event).parts("rooms")
            self.known_rooms = [room.text("room") for room in rooms]
            choices = list(map(self._listed, rooms))
            self.stage.pick(Picker("Rooms", choices))
            return True

        self.ask("rooms", None, answered)

    def _listed(self, room: Fields) -> Choice:
        name, people = room.text("room"), room.number("people")
        text = f"{name:<20} {people:>4}  {room.text('topic')}"
        return Choice(text, lambda: self.join(name))

    def go(self, rest: str) -> None:
        """To a conversation whose name has `rest` in it, or to the one picked."""
        if rest:
            found = self.chat.conversations.matching(rest)
            if found:
                self.stage.show(found[0])
            else:
                self.chat.tell(f"No conversation is called {rest}")
            return
        waiting = sorted(
            self.chat.conversations.all(), key=lambda c: (-c.mentions, -c.unread)
        )
        choices = [
            Choice(
                f"{c.name}  ({c.unread} unread)" if c.unread else c.name,
                lambda c=c: self.stage.show(c),  # type: ignore[misc]
            )
            for c in waiting
        ]
        self.stage.pick(Picker("Go to", choices))

    def clear(self, rest: str) -> None:
        if (current := self.chat.conversations.current) is not None:
            current.timeline.load([], current.is_room, False)
            current.anchor = current.marker = None

    def bell(self, rest: str) -> None:
        on = rest.lower() != "off"
        self.stage.bell(on)
        self.chat.tell(f"The bell is {'on' if on else 'off'}")

    def back(self, rest: str) -> None:
        self.ask("away")

    def quit(self, rest: str) -> None:
        self.stage.leave(rest)

    def help(self, rest: str) -> None:
        name = rest.removeprefix("/").lower()
        known = self._table.get(name)
        if known is not None and known.run is not None:
            self.chat.tell(f"{known.usage} -- {known.help}")
        elif rest:
            self.ask("help", {"command": name})
        else:
            entries = dict.fromkeys(
                (c.group, c.usage, c.help) for c in self._table.values()
            )
            choices = help_choices(entries, self.stage.compose)
            self.stage.pick(Picker("Help", choices))
