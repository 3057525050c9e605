"""What runs in the session of a client."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import TYPE_CHECKING, Protocol

from twisted.internet.defer import Deferred

from ...events import ChatError
from ...outcomes import Outcome
from ...terminal import Size
from ...verbs import AnsweringListener

if TYPE_CHECKING:
    from ...clock import Clock
    from ...hub import Session
    from .channel import Channel
    from .turns import Turns
    from .wire import ChannelWire


class Host(Protocol):
    """What a program asks of the connection in which it runs.

    :ivar channel: the client's.
    """

    channel: Channel
    listener: SSHListener
    wire: ChannelWire

    @property
    def session(self) -> Session: ...

    @property
    def clock(self) -> Clock: ...

    @property
    def turns(self) -> Turns:
        """In which all screens of the door are painted."""

    @property
    def ended(self) -> bool: ...

    def come_in(self) -> Outcome:
        """Take the nick that was chosen, once the client may read that."""

    def visit(self, rooms: Iterable[str]) -> Outcome:
        """As `come_in`, for one command that may be about `rooms`; nobody is told."""

    def hold(self, outcome: Deferred[None]) -> None:
        """Take no line before `outcome`; its failure is shown."""

    def push(self, lines: Sequence[bytes]) -> None:
        """Have `lines` run as soon as that may be."""

    def feed(self, data: bytes) -> None:
        """Have what the client has sent cut into lines, and these run."""

    def finish_input(self) -> None:
        """End when all lines are run that have come."""

    def charge(self, packets: float) -> None:
        """What was typed was as much to do as so many packets more."""

    def end(self, reason: str) -> None:
        """Leave the chat; close once all that was told is out."""


class Program(Protocol):
    """What runs in the session: `screen.Screen`, `lines.Lines`, `exec.Exec`.

    :ivar status: the exit status.
    """

    status: int

    def start(self) -> None:
        """The client may read from now on."""

    def cut(self, data: bytes) -> list[bytes | None]:
        """The lines that `data` completes; see `LineCutter`."""

    def cut_end(self) -> list[bytes | None]:
        """The line that the end of what is sent completes, if any."""

    def run(self, line: bytes | None) -> Outcome:
        """Run a line; raises `ChatError` for what can't be done."""

    def asks(self, line: bytes | None) -> bool:
        """Whether a line only asks; see `Connection.asks`."""

    def speaks(self, line: bytes | None) -> bool:
        """Whether a line says something, and nothing else; see `Connection.speaks`."""

    def typed(self, data: bytes) -> None:
        """The client has sent `data`."""

    def all_typed(self) -> None:
        """The client sends no more."""

    def resized(self, size: Size) -> None:
        """The client's terminal has another size."""

    def blocked(self, now: bool) -> None:
        """The client takes no more; or it does again."""

    def refused(self, error: ChatError) -> None:
        """Show a refusal."""

    def finish(self) -> None:
        """All was told; the channel closes when what is written now is out."""

    def gone(self) -> None:
        """Nobody is there any more."""


class SSHListener(AnsweringListener):
    """A listener that can tell answers to a command from all else it is told.

    :ivar answers: takes what answers the command that is run, in place of the way
        down; None: they go the same way as all else.
    """

    __slots__ = ("answers",)

    answers: Callable[[bytes], None] | None

    def send(self, data: bytes) -> None:
        if self.answers is not None and self.answering is not None:
            self.answers(data)
        else:
            super().send(data)
