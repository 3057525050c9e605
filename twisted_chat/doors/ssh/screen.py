"""The full-screen interface by ssh: what a client with a terminal is shown."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from twisted.logger import Logger

from ...clock import Timer
from ...events import ChatError, Failed
from ...grammar.json import decode
from ...names import clean
from ...outcomes import Outcome
from ...terminal import Interface, Settings, Size
from ...terminal.palette import FEW_COLOURS, LINKS
from ...terminal.wording import lines_of
from ...verbs import JSON, Interpreter
from .channel import Terminal
from .program import Host
from .turns import PacedClock

log = Logger()

MOST_TYPED: Final = 1024 * 1024
"""In bytes: lines that wait for the flood rule.  What one pastes is less."""

PATIENCE: Final = 240.0
"""Seconds that a client may take nothing.  What happens meanwhile is on its screen
later, so that nothing but the screen waits for it."""

BYTES_PER_PACKET: Final = 128
"""Typed ones: 128 take up to a third of a millisecond."""

LAST_WORDS: Final = frozenset({"error", "kick"})


class Screen:
    """The `Home` of an interface whose terminal is a client's."""

    status = 0

    def __init__(self, host: Host, terminal: Terminal, colours: bool) -> None:
        self._host = host
        few = terminal.kind in FEW_COLOURS
        settings = Settings(
            colours=(16 if few else 256) if colours else 0,
            links=terminal.kind in LINKS,
        )
        self._turns = host.turns
        self._clock = PacedClock(host.turns)
        self._interface = Interface(
            self, self._clock, terminal.size, settings, self._probe
        )
        self._answers: bool | None = None
        self._untold: list[bytes] = []
        self._interpreter = Interpreter(host.session, lambda: {"json": JSON})
        self._stuck = Timer(host.clock)
        self._waiting = 0
        self._last_words: list[str] = []

    def start(self) -> None:
        listener = self._host.listener
        listener.format = JSON
        listener.echo = True
        self._host.wire.reader = self._told
        self._interface.start()
        self._interpreter.welcome()
        self._interface.tell("/help lists commands and keys")
        outcome = self._host.come_in()
        if outcome is not None:
            self._host.hold(outcome)

    # What the chat tells

    def _told(self, data: bytes) -> None:
        """The listener is told `data`; the screen shows it in its turn."""
        if not self._untold:
            self._turns.add(self._tell)
        self._untold.append(data)

    def _tell(self) -> None:
        told, self._untold = self._untold, []

        def tell() -> None:
            for line in b"".join(told).splitlines():
                self._event(decode(line))

        self._attempt(tell)

    def _attempt(self, do: Callable[[], None]) -> None:
        """A bug in the interface ends this session, and no other."""
        try:
            do()
        except Exception:
            log.failure("a bug in the screen of {host}", host=self._host.session.host)
            self._host.wire.drop("a bug in the server")

    def _event(self, event: dict[str, Any]) -> None:
        self._interface.event(event)
        if event["event"] in LAST_WORDS or event.get("code") == "shutting-down":
            self._last_words = lines_of(event)

    def refused(self, error: ChatError) -> None:
        now = self._host.session.now()
        self._host.listener.tell(Failed(error.code, error.text, now))

    def _probe(self, answered: Callable[[], None]) -> None:
        """See how late the client's answers come, which the server's don't.

        One that hasn't answered yet may be one that never does: it isn't late.
        """
        answers = self._answers

        def told() -> None:
            self._answers = True
            if answers:
                answered()

        if answers is not False:
            self._answers = answers or False
            self._host.channel.probe(told)
        if not answers:
            answered()

    # What the client sends

    def typed(self, data: bytes) -> None:
        if not self._host.ended:
            self._host.charge(len(data) / BYTES_PER_PACKET)
            self._clock.urgent = True
            self._attempt(lambda: self._interface.received(data))

    def all_typed(self) -> None:
        self._host.end("")

    def resized(self, size: Size) -> None:
        self._interface.resized(size)

    def blocked(self, now: bool) -> None:
        if now:
            self._interface.pause()
            self._stuck.start(PATIENCE, self._give_up)
        else:
            self._stuck.stop()
            self._interface.resume()

    def _give_up(self) -> None:
        self._host.wire.drop("client does not read")

    # Lines: see `FrameQueue`, which these never come to as bytes

    def cut(self, data: bytes) -> list[bytes | None]:
        return []

    def cut_end(self) -> list[bytes | None]:
        return []

    def run(self, line: bytes | None) -> Outcome:
        self._waiting -= len(line or b"")
        outcome = self._interpreter.run_bytes(line)
        if self._interpreter.quitting is not None:
            self._host.end(self._interpreter.quitting)
        return outcome

    def asks(self, line: bytes | None) -> bool:
        return line is not None and self._interpreter.asks(line.decode())

    def speaks(self, line: bytes | None) -> bool:
        return False

    # The home

    def write(self, data: bytes) -> None:
        self._clock.urgent = False
        self._host.wire.put(data)

    def send(self, line: str) -> None:
        data = line.encode(errors="replace")
        self._waiting += len(data)
        if self._waiting > MOST_TYPED:
            self._host.end("flood")
        else:
            self._host.push([data])

    def leave(self, reason: str) -> None:
        self._last_words = []
        self._host.end(reason)

    def suspend(self) -> None:
        self._interface.tell("There is no shell behind this; ~^Z is for ssh itself")

    # The end

    def finish(self) -> None:
        """Give the screen back, and say there why it ended."""
        self._tell()
        self._stop()
        for line in self._last_words:
            self.write(f"{clean(line)}\r\n".encode())

    def gone(self) -> None:
        self._stop()
        # The interface has this, which has it: only that is to be searched for.
        del self._host

    def _stop(self) -> None:
        self._stuck.stop()
        self._untold.clear()
        self._interface.close()
