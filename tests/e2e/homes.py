"""The homes of the full-screen interface, and somebody who sits at one.

A home lasts as long as its module's tests: one terminal, one client.  Each test has a
room of its own in it, which is left again.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any, NamedTuple

from .screens import Screen, ssh_to
from .support import Server, wait_for

TERM = "TERM=xterm-kitty"
"""A terminal that is known to open links."""


class Kind(NamedTuple):
    """:ivar notify: the desktop notifications that its configuration asks for."""

    nick: str
    columns: int
    rows: int
    ssh: bool = False
    notify: int = 0


KINDS = {
    "100x30": Kind("alice", 100, 30, notify=99),
    "60x15": Kind("anna", 60, 15, notify=777),
    "ssh": Kind("ada", 80, 24, ssh=True),
}


class Home:
    """A terminal in which a client runs, and is started anew when a test broke it.

    :ivar nick: of who sits there.
    :ivar rooms: how many tests had one.
    """

    def __init__(self, kind: Kind, server: Server, folder: Path) -> None:
        self.kind = kind
        self.server = server
        self._folder = folder
        (folder / "twisted-chat").mkdir()
        (folder / "twisted-chat" / "config.toml").write_text(f"notify = {kind.notify}")
        self._screen: Screen | None = None
        self._starts = 0
        self.nick = kind.nick
        self.rooms = 0

    @property
    def screen(self) -> Screen:
        """The terminal, in the lobby, with nothing in its line."""
        screen = self._screen
        if screen is None:
            kind = self.kind
            self._starts += 1
            # The one before may have an account by now.
            self.nick = f"{kind.nick}{self._starts}"
            screen = self._screen = Screen(kind.columns, kind.rows, self._folder)
            if kind.ssh:
                screen.type(f"{TERM} {ssh_to(self.server, self.nick)}\r")
            else:
                screen.type(f"export {TERM}\r")
                screen.start(f"{self.nick}@127.0.0.1:{self.server.port}")
            screen.wait("1:#lobby", "[#lobby]", self.nick, "/help lists commands")
        return screen

    def leave(self) -> None:
        """Leave all but the lobby; where that fails, begin anew next time."""
        if self._screen is None:
            return
        try:
            self._leave_rooms(self._screen)
        except AssertionError:
            self.close()

    def _leave_rooms(self, screen: Screen) -> None:
        while (prompt := _prompt(screen)) != "[#lobby]" or " 2:" in screen.rows()[-2]:
            if prompt == "[#lobby]":
                screen.keys("M-2")
            else:
                screen.type("/part\r")
            screen.wait(gone=prompt)

    def close(self) -> None:
        if self._screen is not None:
            self._screen.close()
            self._screen = None


def _prompt(screen: Screen) -> str:
    """Where one is, once there is nothing in the line."""

    def look() -> str:
        last = screen.rows()[-1].rstrip()
        return last if last.startswith("[") and last.endswith("]") else ""

    return str(wait_for(look, "an empty line"))


class Other:
    """Somebody else, whose program gets objects."""

    def __init__(self, server: Server, nick: str, room: str) -> None:
        self.nick = nick
        self._client = server.connect()
        self.do(*(f"FORMAT json\nREPLAY off\nNICK {nick}\nJOIN {room}").split("\n"))
        self.hear("join", room=room, nick=nick)

    def do(self, *lines: str) -> None:
        self._client.send(*lines)

    def say(self, *texts: str) -> None:
        self.do(*(f"MSG {text}" for text in texts))

    def hear(self, kind: str, **fields: Any) -> dict[str, Any]:
        """The next event of that kind and with these fields."""
        seen = []
        while True:
            event = self._event()
            if event.get("event") == kind and fields.items() <= event.items():
                return event
            seen.append(event)
            assert len(seen) < 10_000, f"no {kind} with {fields}: {seen[-5:]}"

    def _event(self) -> dict[str, Any]:
        line = self._client.line()
        return dict(json.loads(line)) if line.startswith("{") else {}

    def hears(self, nick: str, *texts: str) -> None:
        """The next messages of `nick` are these."""
        heard = [self.hear("message", nick=nick)["text"] for _ in texts]
        wrong = [pair for pair in zip(heard, texts, strict=True) if pair[0] != pair[1]]
        assert not wrong, f"heard, not said: {wrong}"

    def leave(self) -> None:
        with suppress(OSError, AssertionError):
            self.do("QUIT")
            self._client.rest()
        self._client.close()


class Seat:
    """Somebody at a home, in a room of their own, with bob.

    :ivar wide: whether there is room for a list of people.
    """

    def __init__(self, home: Home) -> None:
        self.home = home
        self.kind, self.screen = home.kind, home.screen
        self.nick, self.wide = home.nick, home.kind.columns >= 80
        home.rooms += 1
        self.room = f"#{home.kind.nick[:2]}{home.rooms}"
        self._others: list[Other] = []
        self.type(f"/join {self.room}\r")
        self.wait(f"[{self.room}]", f"2:{self.room}")
        self.bob = self.other("bob")
        self.wait("→ bob")

    def other(self, nick: str, room: str = "") -> Other:
        self._others.append(Other(self.home.server, nick, room or self.room))
        return self._others[-1]

    def type(self, text: str) -> None:
        self.screen.type(text)

    def keys(self, *names: str) -> None:
        self.screen.keys(*names)

    def play(self, *parts: str) -> None:
        self.screen.play(*parts)

    def wait(self, *texts: str, gone: str = "") -> str:
        return self.screen.wait(*texts, gone=gone)

    def line(self, text: str) -> None:
        """Wait until `text` is in the line that is written."""
        end = f"[{self.room}] {text}".rstrip()

        def look() -> bool:
            return self.screen.rows()[-1].rstrip() == end

        wait_for(look, f"{end!r}; it is {self.screen.rows()[-1]!r}")

    def messages(self) -> list[str]:
        """The rows of messages that aren't empty, without the people."""
        rows = [row.split("│")[0].rstrip() for row in self.screen.rows()[1:-2]]
        return [row for row in rows if row]

    def leave(self) -> None:
        for other in self._others:
            other.leave()
        self.home.leave()


def seats(home: Home) -> Iterator[Seat]:
    try:
        seat = Seat(home)
    except AssertionError:
        home.close()
        raise
    yield seat
    seat.leave()
