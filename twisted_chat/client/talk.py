"""Between keyboard, connection and screen: somebody at a terminal, or a pipe."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from typing import Protocol

from ..grammar.commands import SECRET, Command
from .connection import ChatConnection, Event
from .display import lines_for
from .outbox import MAX_WAITING
from .screen import Screen, Terminal
from .typed import DECISIVE, EARLY, ENTERING, commands_for, protocol_line

QUIT = Command("QUIT", "")
NEEDS_JSON = "this client needs FORMAT json; for FORMAT text use netcat"


class Input(Protocol):
    """Where lines come from; it can be told to wait."""

    def pauseProducing(self) -> None: ...

    def resumeProducing(self) -> None: ...


class Talk:
    """One conversation, from its first byte to its end.

    :param over: called once, with the exit status.
    :param complain: shows one line about something that went wrong.
    :ivar input: where lines come from; to be set before `start`.
    :ivar status: the exit status so far: 0, 1 when something was refused or
        lost, 128 and a signal's number after `interrupt`.
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
        self._waiting: deque[Command] = deque()
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
        """End with exit status `status`.  No-op the second time.

        :param why: complained about; empty when all is well.
        """
        if not self._ended:
            self._ended = True
            self.status = status
            if why:
                self._complain(why)
            self._over(status)

    def interrupt(self, status: int) -> None:
        """Say goodbye without waiting for what is still to be sent.

        The second time, end at once.

        :param status: the exit status.
        """
        if self.connection is None or self._interrupted:
            self.end(status)
        else:
            self._interrupted = True
            self.status = status
            self.connection.quit()

    # From the keyboard

    def line(self, line: str) -> None:
        """Send what `line` asks for; nothing that follows a /quit."""
        if self.connection is None or self._leaving:
            return
        for command in commands_for(line):
            self._take(command)
        if self.connection.outbox.full or len(self._waiting) >= MAX_WAITING:
            self.input.pauseProducing()

    def _take(self, command: Command) -> None:
        """Do what `command` asks for, now or when it is its turn."""
        if self._must_wait(command):
            self._waiting.append(command)
        else:
            self._do(command)

    def _must_wait(self, command: Command) -> bool:
        """Whether something must be known first, or others wait already."""
        raise NotImplementedError

    def _go_on(self) -> None:
        """Do what was waiting, as far as it may be done now."""
        waiting, self._waiting = self._waiting, deque()
        for command in waiting:
            self._take(command)
        self._let_in()

    def _do(self, command: Command) -> None:
        if self.connection is None or self._leaving:
            return
        if command.verb == "FORMAT":
            self._complain(NEEDS_JSON)
            self.status = 1
        elif command.verb == "QUIT":
            self._leaving = True
            self.connection.finish(protocol_line(command))
        else:
            self.connection.send(protocol_line(command))

    def too_long(self) -> None:
        """A line came that is longer than any memory should hold."""
        self._complain("a line was too long and was not sent")
        self.status = 1

    def end_of_input(self) -> None:
        """No more lines come: leave, once all before is sent."""
        if self.connection is None:
            self.end(self.status)
        elif not self._leaving:
            self._take(QUIT)

    def _let_in(self) -> None:
        if not self._leaving and len(self._waiting) < MAX_WAITING:
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
        self._asked = not connection.has_nick
        self._let_in()

    def line(self, line: str) -> None:
        commands = commands_for(line)
        secret = bool(commands) and commands[0].verb in SECRET
        self._terminal.entered(line, secret)
        if self._asked and commands and line[:1] not in ("/", "@"):
            line = f"/nick {line.strip()}"
        super().line(line)

    def _must_wait(self, command: Command) -> bool:
        """Until the nick is accepted, all but what may bring that about."""
        if self._signed_in:
            return False
        if command.verb == "QUIT":
            return bool(self._waiting) and not self._asked
        return command.verb not in EARLY

    def _do(self, command: Command) -> None:
        if command.verb in ENTERING:
            self._asked = False
        super()._do(command)

    def signed_in(self, nick: str) -> None:
        super().signed_in(nick)
        self._asked = False
        self._go_on()

    def event_received(self, event: Event) -> None:
        super().event_received(event)
        if event["event"] == "error" and not self._signed_in:
            self._asked = True
            if self._waiting:
                self._go_on()  # a QUIT need not wait any longer

    def closed(self, reason: str) -> None:
        if self._waiting:
            reason = f"{reason or 'you left'}; what you typed was not sent"
        super().closed(reason)


class PipedTalk(Talk):
    """A program or a file speaks: every line counts, and so does the status.

    What follows a LOGIN, NICK or JOIN waits until that is done, and is not sent
    when it is refused: it would be said by somebody else, or elsewhere.
    """

    _deciding = False
    _refusable = False

    def signed_in(self, nick: str) -> None:
        super().signed_in(nick)
        self._let_in()

    def _must_wait(self, command: Command) -> bool:
        return self._deciding

    def _do(self, command: Command) -> None:
        if command.verb not in DECISIVE or self.connection is None:
            super()._do(command)
            return
        outbox, send = self.connection.outbox, super()._do
        self._deciding = True
        # A refusal of what was sent before decides nothing, so wait for that first.
        outbox.when_taken(lambda: self._try(lambda: send(command)))

    def _try(self, send: Callable[[], None]) -> None:
        if self.connection is not None:
            self._refusable = True
            send()
            self.connection.outbox.when_taken(self._decided)

    def _decided(self) -> None:
        self._deciding = self._refusable = False
        self._go_on()

    def event_received(self, event: Event) -> None:
        super().event_received(event)
        if event["event"] == "error":
            why = lines_for(event, "")[0].text
            if self.connection is not None and not self._signed_in:
                self.connection.give_up(why)
            elif self._refusable:
                self._stop(why)
            else:
                self._complain(why)
                self.status = 1

    def _stop(self, why: str) -> None:
        """Send nothing more; `why` it makes no sense."""
        self._refusable = False
        self._leaving = True
        self._complain(f"{why}; nothing that follows was sent")
        self.interrupt(1)

    def closed(self, reason: str) -> None:
        if reason and self._signed_in:
            reason += "; the last lines may be lost"
        super().closed(reason)
