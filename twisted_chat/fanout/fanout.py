"""All the channels of a server, and the end of the turn."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import NamedTuple, Protocol

from twisted.logger import Logger

from ..events import Event
from .audience import Audience, Audiences
from .channel import Channel, Due
from .format import Format, Piece, Writer
from .listener import Listener
from .packing import Packer

log = Logger()

BUG = "a bug on the way down to one listener"
MANY = 3
"""Listeners; one is told of what was whispered, and one of having whispered it."""


class Gate(Protocol):
    """Decides when a turn may be delivered."""

    def hold(self, release: Callable[[], None]) -> bool:
        """The turn has ended: whether it must not be delivered yet.

        If so, the gate will call `release`, later and once; until then the
        next turn goes on collecting.
        """


class Turn(NamedTuple):
    """What is due when a turn has ended.

    :ivar shared: what an audience gets, and who of it gets just that.
    :ivar own: what one gets alone, and whether that was all it ever gets.
    """

    shared: list[Due]
    own: list[tuple[Listener, list[Piece], bool]]


class Fanout:
    """All the channels of a server, and the end of the turn.

    :param call_soon: calls a function once the reactor is through with what
        it is doing, before it waits for anything.
    :ivar gate: asked at the end of a turn; see `Gate`.
    """

    def __init__(self, call_soon: Callable[[Callable[[], None]], object]) -> None:
        self._call_soon = call_soon
        self._scheduled = False
        self.gate: Gate | None = None
        self.audiences = Audiences()
        self._held: Turn | None = None
        self._late = False
        self._live: list[Channel] = []
        self._touched: set[Listener] = set()

    def channel(self) -> Channel:
        """A new channel, with nobody in it."""
        return Channel(self)

    def listener(self, writer: Writer, format: Format) -> Listener:
        """A new listener, in no channel."""
        return Listener(self, writer, format)

    def emit_once(
        self, channels: Sequence[Channel], event: Event, hidden: Iterable[Listener] = ()
    ) -> None:
        """Emit `event` in `channels`, once for a listener that is in several."""
        seen = set(hidden)
        for channel in channels:
            if channel is channels[-1] and not seen:
                channel.emit(event)
                return
            here = channel.listeners()
            channel.emit(event, hidden=seen & here)
            seen |= here

    @property
    def has_several(self) -> bool:
        """Whether more than one event was emitted since the turn began.

        Or many listeners were told something each, as where many come at once: what
        these say meanwhile is answered together with the greeting.
        """
        live = self._live
        if len(live) > 1 or len(self._touched) >= MANY:
            return True
        return len(live) == 1 and len(live[0].events) > 1

    def flush(self) -> None:
        """End the turn: deliver all that was emitted and told."""
        gate = self.gate
        if self._held is not None:
            self._late = True
            return
        self._scheduled = False
        turn = self._seal()
        if gate is not None and gate.hold(self._release):
            self._held = turn
        else:
            self._deliver(turn)

    def _seal(self) -> Turn:
        """End the turn, and say what is due to whom."""
        own, self._touched = self._touched, set()
        live, self._live = self._live, []
        if len(live) == 1 and not own and (due := live[0].take_lone()) is not None:
            return Turn(due, [])
        for channel in live:
            own |= channel.special()
        pieces: dict[Audience, list[bytes]] = {}
        for channel in live:
            for audience in channel.audiences:
                if joined := channel.joined(audience.format):
                    pieces.setdefault(audience, []).append(joined)
                    if some := own & audience.listeners:
                        channel.serve(some, audience.format)
            channel.start_anew()
        return Turn(
            [(a.format, joined, a.listeners - own) for a, joined in pieces.items()],
            [(x, x.take_pending(), x.closing) for x in own if x.is_due],
        )

    def _deliver(self, turn: Turn) -> None:
        pack = Packer().pack
        for format, joined, listeners in turn.shared:
            try:
                data = pack(format, joined)
            except Exception:
                log.failure("the format {name} can't pack a turn", name=format.name)
                continue
            _write(data, listeners)
        for listener, pieces, closing in turn.own:
            try:
                if data := pack(listener.format, pieces):
                    listener.writer.write(data)
                if closing:
                    listener.finish()
            except Exception:
                log.failure(BUG)

    def _release(self) -> None:
        """The gate opens: deliver the turn that waited, then what came since."""
        held, self._held = self._held, None
        if held is not None:
            self._deliver(held)
        if self._late:
            self._late = False
            self.flush()

    def end_turn(self) -> None:
        """Have the turn end soon, also where nobody is to be shown anything."""
        self._schedule()

    def touch(self, listener: Listener) -> None:
        """Serve what is pending for `listener` when the turn ends."""
        self._touched.add(listener)
        self._schedule()

    def add_live(self, channel: Channel) -> None:
        """Serve what `channel` emits when the turn ends; once in a turn."""
        self._live.append(channel)
        self._schedule()

    def encode(self, format: Format, event: Event) -> bytes:
        """`event` in `format`; a bug in the format is logged and shows nothing."""
        try:
            return format.encode(event)
        except Exception:
            log.failure("the format {name} can't show an event", name=format.name)
            return b""

    def _schedule(self) -> None:
        if not self._scheduled:
            self._scheduled = True
            self._call_soon(self.flush)


def _write(data: bytes, listeners: Iterable[Listener]) -> None:
    """Write `data` to each of `listeners`."""
    size = len(data)
    for listener in listeners:
        try:
            # What is called isn't looked up by `writer.send(data)`: that takes Python
            # 3.11 three times as long where it is in a slot, as with most of them.
            writer = listener.writer
            send = writer.send
            try:
                sent = send(data)
            except OSError:
                sent = 0
            if sent != size:
                writer.write(data[sent:])
        except Exception:
            log.failure(BUG)
