"""The full-screen interface of one person, wherever it is.

Bytes of the keyboard and sizes go in, bytes for the screen come out; events of the chat
go in, lines of the protocol come out.  It knows neither socket nor tty.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

from ..clock import Clock
from . import acts
from .canvas import ENTER, LEAVE, Painter, Size, notification
from .chat import Chat, State
from .chooser import HINT, Chooser
from .command_table import COMMANDS
from .commands import Commands
from .complete import Completions, completions
from .composer import Composer
from .fields import Event
from .keys import Keys
from .lag import Lag, Probe
from .layout import Layout
from .pace import AT_ONCE, TOGETHER, Pace
from .paging import Paging
from .picker import Picker
from .reading import Reading
from .requests import Requests
from .rooms import Conversation
from .scrolling import Scrolling
from .settings import Settings


class Home(Protocol):
    """Where an interface lives."""

    def write(self, data: bytes) -> None:
        """Write to the screen."""

    def send(self, line: str) -> None:
        """Send one line of the line protocol, without its end."""

    def leave(self, reason: str) -> None:
        """The person wants to go."""

    def suspend(self) -> None:
        """Ctrl-Z: stop for a while, where that is possible."""


class Interface:
    """Begins with `start`, ends with `stop`; in between all may come in any order.

    :param clock: for pauses between paintings, and what ends by nothing following.
    :param probe: how the connection is tried; by itself the server is asked.
    """

    def __init__(
        self,
        home: Home,
        clock: Clock,
        size: Size,
        settings: Settings | None = None,
        probe: Probe | None = None,
    ) -> None:
        settings = settings or Settings()
        self._home = home
        self._bell = settings.bell
        self._notify = settings.notify
        self._settings = settings
        self._chat = Chat(Requests(home.send), settings, self._alert)
        self._paging = Paging(self._chat)
        self._read = Reading(self._chat, clock)
        self._commands = Commands(self._chat, self._paging, self, COMMANDS)
        self._composer = Composer(self._commands.enter, self._completions)
        self._keys = Keys(self, clock)
        self._layout = Layout(size.at_least_a_cell())
        self._painter = Painter(settings.colours, settings.links)
        self._pace = Pace(clock, self._paint)
        self._lag = Lag(probe or self._ping, clock, settings.probe, self._show_status)
        self._scrolling = Scrolling(
            self._chat, self._paging, self._layout, self._page_height
        )
        self._chooser = Chooser(
            self._chat,
            self._layout.pane,
            self._scrolling.page,
            {
                "r": lambda: acts.reply(self._commands, ""),
                "e": lambda: acts.edit(self._commands, ""),
                "d": lambda: acts.delete(self._commands, ""),
                "+": lambda: acts.react(self._commands, ""),
                "g": lambda: acts.answered(self._commands),
            },
        )
        self._picker: Picker | None = None
        self._current: Conversation | None = None
        self._status = ""
        self._going = False

    # The home

    def start(self) -> None:
        """Take the screen."""
        self._pace.shown = True
        self._painter.forget()
        self._home.write(ENTER)
        self._pace.now()

    def stop(self) -> None:
        """Give the screen back; `start` takes it again."""
        if self._pace.shown:
            self._pace.stop()
            self._keys.stop()
            self._home.write(LEAVE)

    def close(self) -> None:
        """As `stop`, for good."""
        self._lag.stop()
        self._read.stop()
        self.stop()

    def received(self, data: bytes) -> None:
        """`data` was typed: all of it, before any is shown."""
        self._pace.held = True
        self._keys.feed(data)
        self._pace.held = False
        self._read.typed()
        self._pace.soon(AT_ONCE)

    def resized(self, size: Size) -> None:
        self._layout.size = size.at_least_a_cell()
        self._painter.forget()
        self._pace.soon(AT_ONCE)

    def event(self, event: Event) -> None:
        """The server says `event`; nothing in it is trusted."""
        online = self._chat.state is State.ONLINE
        self._chat.event(event)
        if not online and self._chat.state is State.ONLINE:
            self._status = ""
            self._lag.start()
        elif self._chat.state is not State.ONLINE and event["event"] == "error":
            self._status = "connected, no nick yet"
        self._follow()
        self._read.shown()
        self._pace.soon(TOGETHER)

    def connected_to(self, status: str) -> None:
        """Show `status` while there is no nick yet: to where it connects."""
        self._show_status(status)

    def disconnected(self, status: str) -> None:
        """There is no connection any more; `status` says what comes of that."""
        self._lag.stop()
        if self._chat.state is not State.OFFLINE:
            self._chat.disconnected()
        self._show_status(status)

    def _ping(self, answered: Callable[[], None]) -> None:
        def ponged(event: Event) -> bool:
            answered()
            return True

        self._chat.requests.ask("ping", {"token": "lag"}, answered=ponged)

    def tell(self, text: str) -> None:
        """Show a line of the home."""
        self._chat.tell(text)
        self._pace.soon(TOGETHER)

    def pause(self) -> None:
        """The screen takes no more for now: paint nothing until `resume`."""
        self._pace.paused = True

    def resume(self) -> None:
        self._pace.paused = False
        self._pace.soon(TOGETHER)

    @property
    def nick(self) -> str:
        return self._chat.me

    @property
    def rooms(self) -> tuple[str, ...] | None:
        """Those one is in, in their order; None while that isn't settled."""
        return self._chat.rooms

    # Painting

    def _show_status(self, status: str) -> None:
        self._status = status
        self._pace.soon(TOGETHER)

    def _paint(self) -> None:
        line = self._composer.line(self._prompt())
        choosing = HINT if self._chooser.choosing else ""
        status = choosing or self._composer.hint or self._status
        if self._picker is not None:
            line = line._replace(prompt="> ", text=self._picker.filter)
            line = line._replace(at=len(line.text))
        frame = self._layout.frame(self._chat, line, status, self._picker)
        if data := self._painter.paint(frame):
            self._home.write(data)
        current = self._chat.conversations.current
        if current is not None and current.wanted:
            self._paging.quote(current)

    def _prompt(self) -> str:
        if not self._chat.me and self._chat.state is not State.OFFLINE:
            return "nick: "
        current = self._chat.conversations.current
        if current is None:
            return "[no room] "
        if current.aim is None:
            return f"[{current.name}] "
        what = "edit" if current.aim.edit else f"to {current.aim.nick}"
        return f"[{current.name}, {what}] "

    def _alert(self, title: str, text: str) -> None:
        if not self._pace.visible:
            return
        if self._bell:
            self._home.write(b"\a")
        if self._notify:
            self._home.write(notification(self._notify, title, text))

    # Stage: what commands ask

    def show(self, conversation: Conversation) -> None:
        self._chat.show(conversation)
        self._follow()

    def pick(self, picker: Picker | None) -> None:
        self._picker = picker

    def compose(self, text: str) -> None:
        self._composer.editor.set(text)

    def question(self, text: str, yes: Callable[[], None]) -> None:
        self._composer.ask(text, yes)

    def leave(self, reason: str) -> None:
        self._home.leave(reason)

    def bell(self, on: bool) -> None:
        self._bell = on

    def _follow(self) -> None:
        """Give the line to what is shown now, if that is another conversation."""
        now = self._chat.conversations.current
        if now is not None and now is not self._current:
            self._composer.enter_room(self._current, now)
            self._current = now
        if now is not None and now.fresh:
            self._paging.begin(now)

    def _completions(self, text: str, at: int) -> Completions:
        return completions(text, at, self._chat, COMMANDS, self._commands.known_rooms)

    # Typist: what is typed

    def text(self, text: str) -> None:
        self._going = False
        if self._picker is not None:
            self._picker.type(text)
        elif self._composer.busy or not self._chooser.text(text):
            self._composer.text(text)

    def paste(self, text: str) -> None:
        self._picker = None
        self._composer.paste(text)
        self._pace.soon(AT_ONCE)

    def key(self, name: str) -> None:
        going, self._going = self._going, False
        if self._picker is not None:
            if self._picker.key(name, self._layout.size.rows - 4):
                picker, self._picker = self._picker, None
                if name == "enter":
                    picker.take()
        elif (not self._composer.busy and self._chooser.key(name)) or (
            name in ("escape", "ctrl-c") and self._drop_aim()
        ):
            pass
        elif name == "ctrl-c" and not self._composer.empty:
            if not self._composer.key(name):
                self._composer.clear()
        elif name in ("ctrl-c", "ctrl-d") and self._composer.empty:
            self._leave_if(going)
        elif not (self._screen_key(name) or self._composer.key(name)):
            return
        self._pace.soon(AT_ONCE)

    def _drop_aim(self) -> bool:
        """Neither answer nor change a message after all; False if it was neither."""
        current = self._chat.conversations.current
        if current is None or current.aim is None or self._composer.busy:
            return False
        if current.aim.edit:
            self._composer.clear()
        current.aim = current.found = None
        return True

    def _leave_if(self, sure: bool) -> None:
        if sure:
            self._home.leave("")
        else:
            self._going = True
            self._chat.tell("Once more leaves the chat; so does /quit")

    def _screen_key(self, name: str) -> bool:
        """Do what a key of the whole screen does; False for the line's keys."""
        conversations = self._chat.conversations
        if name in ("alt-left", "alt-up"):
            conversations.step(-1)
        elif name in ("alt-right", "alt-down"):
            conversations.step(1)
        elif name.startswith("alt-") and name[4:].isdecimal():
            conversations.number(int(name[4:]) or 10)
        elif name == "alt-a":
            if (urgent := conversations.urgent()) is not None:
                conversations.show(urgent)
        elif name == "ctrl-g" and not self._composer.busy:
            self._commands.switch()
        elif name == "alt-e" and not self._composer.busy:
            acts.edit(self._commands, "")
        elif name == "ctrl-l":
            self._painter.forget()
        elif name == "ctrl-z":
            self._home.suspend()
        else:
            return self._scrolling.key(name, self._composer.empty)
        self._follow()
        return True

    def _page_height(self) -> int:
        return max(1, self._layout.height(self._composer.line(self._prompt())))
