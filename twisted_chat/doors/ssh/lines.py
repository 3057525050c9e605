"""The line protocol by ssh, for scripts: ``ssh -T host``."""

from __future__ import annotations

from ...events import ChatError, Failed
from ...grammar.framing import LINE_LENGTH, OBJECT_LENGTH, LineCutter
from ...outcomes import Outcome
from ...terminal import Size
from ...verbs import JSON, TEXT, Interpreter
from .program import Host


class Lines:
    """As at the line door, but the nick is known, and nobody need log in."""

    status = 0

    def __init__(self, host: Host) -> None:
        self._host = host
        self._cutter = LineCutter(LINE_LENGTH, OBJECT_LENGTH)
        formats = {"text": TEXT, "json": JSON}
        self._interpreter = Interpreter(host.session, lambda: formats)

    def start(self) -> None:
        self._host.listener.format = TEXT
        self._interpreter.welcome()
        outcome = self._host.come_in()
        if outcome is not None:
            self._host.hold(outcome)

    def cut(self, data: bytes) -> list[bytes | None]:
        return self._cutter.feed(data)

    def cut_end(self) -> list[bytes | None]:
        return self._cutter.end()

    def run(self, line: bytes | None) -> Outcome:
        outcome = self._interpreter.run_bytes(line)
        if self._interpreter.quitting is not None:
            self._host.end(self._interpreter.quitting)
        return outcome

    def asks(self, line: bytes | None) -> bool:
        return line is not None and self._interpreter.asks(
            line.decode(errors="replace")
        )

    def speaks(self, line: bytes | None) -> bool:
        spoken = line is not None and line[:4] == b"MSG "
        return spoken and self._host.session.room is not None

    def typed(self, data: bytes) -> None:
        self._host.feed(data)

    def all_typed(self) -> None:
        self._host.finish_input()

    def refused(self, error: ChatError) -> None:
        now = self._host.session.now()
        self._host.listener.tell(Failed(error.code, error.text, now))

    def resized(self, size: Size) -> None:
        """Lines have no size."""

    def blocked(self, now: bool) -> None:
        """The wire bounds what waits."""

    def finish(self) -> None:
        """All is written."""

    def gone(self) -> None:
        """Nothing runs."""
