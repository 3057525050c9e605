"""Between keyboard, connection and screen: somebody at a terminal, or a pipe."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

from .connection import ChatConnection, Event
from .display import lines_for
from .screen import Screen, Terminal
from .typed import SECRET, commands_for, protocol_line

NEEDS_JSON = "this client needs FORMAT json; for FORMAT text use netcat"


class Input(Protocol):
    """Where lines come from; it can be told to wait."""

    def pauseProducing(self) -> None: ...

    def resumeProducing(self) -> None: ...


class Talk:
    """One conversation, from its first byte to its end.

    :param over: called once, with the exit status.
    :param complain: shows one line of trouble.
    :ivar status: the exit status so far.
    """

    input: Input

    def __init__(
        self,
        screen: Screen,
        over: Callable[[int], None],
        complain: Callable[[str], None],
    ) -> None:
        self._screen = screen
        self._over = over
        self._complain = complain
        self.connection: ChatConnection | None = None
        self._signed_in = False
        self._leaving = False
        self._interrupted = False
        self._ended = False
        self.status = 0

    def start(self, connection: ChatConnection) -> None:
        """Go on with `connection`, which is about to be made."""
        self.connection = connection
        connection.outbox.on_room = self._let_in

    def end(self, status: int, why: str = "") -> None:
        """Finish with `status`; no-op the second time."""
        if not self._ended:
            self._ended = True
            self.status = status
            if why:
                self._complain(why)
            self._over(status)

    def interrupt(self, status: int) -> None:
        """Say goodbye without waiting for what is still to be sent."""
        if self.connection is None or self._interrupted:
            self.end(status)
        else:
            self._interrupted = True
            self.status = status
            self.connection.quit()

    # From the keyboard

    def line(self, line: str) -> None:
        """Send what `line` asks for; nothing that follows a /quit."""
        connection = self.connection
        if connection is None or self._leaving:
            return
        for command in commands_for(line):
            if command.verb == "FORMAT":
                self._complain(NEEDS_JSON)
                self.status = 1
            elif command.verb == "QUIT":
                self._leave(protocol_line(command))
            else:
                connection.send(protocol_line(command))
        if connection.outbox.full:
            self.input.pauseProducing()

    def too_long(self) -> None:
        """A line came that is longer than any memory should hold."""
        self._complain("a line was too long and was not sent")
        self.status = 1

    def end_of_input(self) -> None:
        if not self._leaving:
            self._leave("QUIT")

    def _leave(self, line: str) -> None:
        self._leaving = True
        if self.connection is None:
            self.end(self.status)
        else:
            self.connection.finish(line)

    def _let_in(self) -> None:
        if not self._leaving:
            self.input.resumeProducing()

    # From the connection

    def event_received(self, event: Event) -> None:
        nick = self.connection.nick if self.connection else ""
        self._screen.show(event, nick)

    def signed_in(self, nick: str) -> None:
        self._signed_in = True

    def closed(self, reason: str) -> None:
        if reason:
            self.end(1, reason)
        else:
            self.end(self.status)


class TerminalTalk(Talk):
    """Somebody sits there: trouble is shown, and they may try again."""

    def __init__(self, screen: Terminal, over: Callable[[int], None]) -> None:
        def close(status: int) -> None:
            screen.close()
            over(status)

        super().__init__(screen, close, screen.tell)
        self._terminal = screen

    def start(self, connection: ChatConnection) -> None:
        super().start(connection)
        self._let_in()

    def line(self, line: str) -> None:
        commands = commands_for(line)
        secret = bool(commands) and commands[0].verb in SECRET
        self._terminal.entered(line, secret)
        if not self._signed_in and not line.startswith("/"):
            line = f"/nick {line.strip()}"
        super().line(line)


class PipedTalk(Talk):
    """A program or a file speaks: every line counts, and so does the status."""

    def signed_in(self, nick: str) -> None:
        super().signed_in(nick)
        self._let_in()

    def event_received(self, event: Event) -> None:
        super().event_received(event)
        if event["event"] == "error":
            why = lines_for(event, "")[0].text
            if self._signed_in:
                self._complain(why)
                self.status = 1
            elif self.connection is not None:
                self.connection.give_up(why)

    def closed(self, reason: str) -> None:
        if reason and self._signed_in:
            reason += "; the last lines may be lost"
        super().closed(reason)
