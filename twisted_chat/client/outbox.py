"""Lines on their way to the server, no faster than it takes them."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable

from ..grammar.commands import line_for

BATCH = 8
MAX_WAITING = 64


class Outbox:
    """Sends lines at the pace that the server answers at.

    A server delays who is faster than its flood rule, which a client can't
    know; what waits there can't be taken back, and what is typed waits behind
    it.  So a PING follows every eighth line, its PONG tells that all before it
    was taken, and at most two such batches are under way: 18 lines.

    :param send: sends one line.
    :ivar on_room: called when lines are taken and few are waiting.
    """

    def __init__(self, send: Callable[[str], None]) -> None:
        self._send = send
        self._waiting: deque[str] = deque()
        self._since_ping = 0
        self._pings: deque[str] = deque()
        self._count = 0
        self._on_taken: Callable[[], None] | None = None
        self.on_room: Callable[[], None] = lambda: None

    @property
    def full(self) -> bool:
        """Whether to put nothing more before `on_room` is called."""
        return len(self._waiting) >= MAX_WAITING

    def put(self, line: str) -> None:
        """Send `line` as soon as the server is ready for it."""
        self._waiting.append(line)
        self._pump()

    def when_taken(self, call: Callable[[], None]) -> None:
        """Call `call` once the server has taken all that was put so far."""
        self._on_taken = call
        self._pump()

    def pong(self, token: str) -> bool:
        """Note a PONG; False when it answers no PING from here."""
        if not self._pings or token != self._pings[0]:
            return False
        self._pings.popleft()
        self._pump()
        if not self.full:
            self.on_room()
        return True

    def _pump(self) -> None:
        while self._waiting and len(self._pings) < 2:
            self._since_ping += 1
            self._send(self._waiting.popleft())
            if self._since_ping == BATCH:
                self._ping()
        if self._on_taken and not self._waiting:
            if self._since_ping:
                self._ping()
            elif not self._pings:
                call, self._on_taken = self._on_taken, None
                call()

    def _ping(self) -> None:
        self._since_ping = 0
        self._count += 1
        token = f"taken-{self._count}"
        self._pings.append(token)
        self._send(line_for("PING", token))
