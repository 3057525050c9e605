"""One command of the line protocol: ``ssh host 'PRIV #dev the build is green'``."""

from __future__ import annotations

from typing import Final

from twisted.internet.defer import Deferred

from ...clock import Timer
from ...events import ChatError, Failed
from ...names import LOBBY, is_room
from ...outcomes import Outcome, settled
from ...terminal import Size
from ...verbs import TEXT, TEXT_CRLF, Interpreter, answering
from .program import Host

PATIENCE: Final = 60.0
"""Seconds that a command may take."""


class Exec:
    """Runs a command in the rooms that it is about, and shows what answers it.

    Nobody is told that they come and go.  What else is said meanwhile isn't shown.

    :ivar status: 1 when it was refused; why is on stderr then.
    """

    def __init__(self, host: Host, command: str) -> None:
        self._host = host
        self._command = command
        # With a terminal (ssh -t) nobody puts a return before a newline but us.
        format = TEXT if host.channel.terminal is None else TEXT_CRLF
        self._format = format
        self._interpreter = Interpreter(host.session, lambda: {"text": format})
        self._deadline = Timer(host.clock)
        self.status = 0

    def start(self) -> None:
        self._host.listener.format = self._format
        self._host.listener.answers = self._host.wire.put
        self._host.wire.reader = _ignore
        self._deadline.start(PATIENCE, self._too_late)
        self._host.hold(Deferred.fromCoroutine(self._run()))

    async def _run(self) -> None:
        try:
            await settled(self._host.visit(self._rooms()))
            await settled(answering(self._host.listener, self._run_command))
        except ChatError as error:
            self.refused(error)
        finally:
            self._deadline.stop()
        self._host.end(self._interpreter.quitting or "")

    def _run_command(self) -> Outcome:
        return self._interpreter.run(self._command)

    def _rooms(self) -> list[str]:
        """Those that the command names; the lobby where it names none."""
        command, values = self._interpreter.read(self._command)
        if command.name in COMES_AND_GOES:
            return []
        rooms = [values[field.name] for field in command.fields if field.is_room]
        rooms += filter(is_room, values.get("to", "").split(","))
        return list(dict.fromkeys(filter(None, rooms))) or [LOBBY]

    def _too_late(self) -> None:
        self.refused(ChatError(263, "That took too long"))
        self._host.end("")

    def refused(self, error: ChatError) -> None:
        self.status = 1
        event = Failed(error.code, error.text, self._host.session.now())
        self._host.channel.send_error(self._format.encode(event))

    # There is nothing to read

    def cut(self, data: bytes) -> list[bytes | None]:
        return []

    def cut_end(self) -> list[bytes | None]:
        return []

    def run(self, line: bytes | None) -> Outcome:
        return None

    def asks(self, line: bytes | None) -> bool:
        return False

    def speaks(self, line: bytes | None) -> bool:
        return False

    def typed(self, data: bytes) -> None:
        """It takes no input."""

    def all_typed(self) -> None:
        """It takes no input."""

    def resized(self, size: Size) -> None:
        """It has no size."""

    def blocked(self, now: bool) -> None:
        """The wire bounds what waits."""

    def finish(self) -> None:
        self.gone()

    def gone(self) -> None:
        self._deadline.stop()


COMES_AND_GOES: Final = frozenset({"JOIN", "PART"})
"""Commands that enter rooms by themselves, or can't be about one that one visits."""


def _ignore(data: bytes) -> None:
    """What is said while the command runs, and answers nothing."""
