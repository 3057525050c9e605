"""The way down: one encoding per format, one write per listener and turn.

A turn is one round of the reactor.  Whatever a room emits during a turn is
kept in its `Channel`; when the turn ends, it is encoded and joined once for
each format in the room, and every listener gets that same bytes object in a
single write.  The cost is listeners + messages, not listeners × messages.

Some listeners need something else in a turn: the author who wants no echo,
someone who ignores the author, someone who came in halfway or got a reply to
a command.  They are served on their own, from the same encoded messages and
in the same order.

Nothing here knows sockets: `twisted_chat.wire` writes.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import accumulate
from typing import Protocol

from twisted.logger import Logger

from .events import Event

log = Logger()


class Format:
    """How events look on the wire.

    :ivar encode: an event as bytes; empty when this format doesn't show it.
    :ivar wrap: packs what a listener gets in one turn (a frame around it).
    """

    __slots__ = ("encode", "name", "wrap")

    def __init__(
        self,
        name: str,
        encode: Callable[[Event], bytes],
        wrap: Callable[[bytes], bytes] | None = None,
    ) -> None:
        self.name = name
        self.encode = encode
        self.wrap = wrap

    def __repr__(self) -> str:
        return f"<Format {self.name}>"


class Writer(Protocol):
    """The end of the way down.  Neither method raises."""

    def write(self, data: bytes) -> None: ...

    def finish(self) -> None:
        """Close once all that was written is out."""


class Listener:
    """One session's way down.

    :ivar echo: whether it hears what it says itself.
    """

    __slots__ = (
        "_closing",
        "_echo",
        "_fanout",
        "_format",
        "_pending",
        "_writer",
        "channels",
        "deaf_to",
        "write",
    )

    def __init__(self, fanout: Fanout, writer: Writer, format: Format) -> None:
        self._fanout = fanout
        self._writer = writer
        self._format = format
        self._pending: list[bytes] = []
        self._closing = False
        self.write = writer.write
        self.channels: list[Channel] = []
        self.deaf_to: frozenset[Listener] = frozenset()
        self._echo = False

    @property
    def echo(self) -> bool:
        return self._echo

    @echo.setter
    def echo(self, echo: bool) -> None:
        self._settle()
        self._echo = echo

    @property
    def format(self) -> Format:
        return self._format

    @format.setter
    def format(self, format: Format) -> None:
        channels = list(self.channels)
        for channel in channels:
            channel.discard(self)
        self._format = format
        for channel in channels:
            channel.add(self)

    def tell(self, event: Event) -> None:
        """Deliver `event` to this listener alone, after all that came before."""
        self.send(self._fanout.encode(self._format, event))

    def tell_shared(self, event: Event, encoded: dict[Format, bytes]) -> None:
        """As `tell`; `encoded` keeps how the event looks, for the next listener."""
        data = encoded.get(self._format)
        if data is None:
            data = encoded[self._format] = self._fanout.encode(self._format, event)
        if data:
            self.send(data)

    def send(self, data: bytes) -> None:
        """As `tell`, for what is in this listener's format already."""
        if self._closing:
            return
        self._settle()
        self._pending.append(data)
        self._fanout.touch(self)

    def ignore(self, others: Iterable[Listener]) -> None:
        """From now on drop what `others` say in rooms, and only that."""
        self._settle()
        self.deaf_to = frozenset(others)
        for channel in self.channels:
            channel.note_deaf(self)

    def _settle(self) -> None:
        """Make all that is due so far pending, ahead of what follows."""
        for channel in self.channels:
            if channel.events:
                channel.settle(self)

    def leave(self) -> None:
        """Leave every channel."""
        for channel in list(self.channels):
            channel.discard(self)

    def close(self) -> None:
        """Leave every channel; close once all that was told is delivered."""
        if not self._closing:
            self.leave()
            self._closing = True
            self._fanout.touch(self)

    def add_pending(self, data: bytes) -> None:
        self._pending.append(data)

    def take_pending(self) -> bytes:
        """All that was pending, as one bytes object, ready to be written."""
        pending = self._pending
        data = pending[0] if len(pending) == 1 else b"".join(pending)
        pending.clear()
        wrap = self._format.wrap
        return wrap(data) if wrap and data else data

    @property
    def closing(self) -> bool:
        return self._closing

    def finish(self) -> None:
        self._writer.finish()


class Channel:
    """The listeners of one room, and what it has emitted in this turn.

    :ivar events: what was emitted in this turn, in order.
    """

    __slots__ = (
        "_cursors",
        "_deaf",
        "_encoded",
        "_fanout",
        "_groups",
        "_hidden",
        "_spoken",
        "events",
    )

    def __init__(self, fanout: Fanout) -> None:
        self._fanout = fanout
        self._groups: dict[Format, set[Listener]] = {}
        self._deaf: set[Listener] = set()
        self.events: list[Event] = []
        self._encoded: dict[Format, list[bytes]] = {}
        self._spoken: dict[Listener, list[int]] = {}
        self._hidden: dict[Listener, list[int]] = {}
        self._cursors: dict[Listener, int] = {}

    def __contains__(self, listener: object) -> bool:
        return isinstance(listener, Listener) and self in listener.channels

    def listeners(self) -> set[Listener]:
        return set().union(*self._groups.values())

    def add(self, listener: Listener) -> None:
        """From now on deliver to `listener` too."""
        if self in listener.channels:
            return
        self._groups.setdefault(listener.format, set()).add(listener)
        listener.channels.append(self)
        self.note_deaf(listener)
        if self.events:
            self._cursors[listener] = len(self.events)

    def discard(self, listener: Listener) -> None:
        """Deliver nothing to `listener` that is emitted from now on."""
        if self not in listener.channels:
            return
        if self.events:
            self.settle(listener)
            del self._cursors[listener]
        listener.channels.remove(self)
        self._deaf.discard(listener)
        group = self._groups[listener.format]
        group.remove(listener)
        if not group:
            del self._groups[listener.format]

    def note_deaf(self, listener: Listener) -> None:
        if listener.deaf_to:
            self._deaf.add(listener)
        else:
            self._deaf.discard(listener)

    def emit(
        self,
        event: Event,
        author: Listener | None = None,
        hidden: Iterable[Listener] = (),
    ) -> None:
        """Deliver `event`, when the turn ends, to all listeners but `hidden`.

        :param author: whose words the event carries: not delivered to the
            author, unless echo is on, nor to whoever ignores the author.
        """
        events = self.events
        if not events:
            self._fanout.note_live(self)
        if author is not None:
            try:
                self._spoken[author].append(len(events))
            except KeyError:
                self._spoken[author] = [len(events)]
        for listener in hidden:
            self._hidden.setdefault(listener, []).append(len(events))
        events.append(event)

    def settle(self, listener: Listener) -> None:
        """Make all that is due to `listener` so far pending, ahead of what follows."""
        chunks = self._chunks(listener.format)
        for start, end in self._spans(listener):
            for chunk in chunks[start:end]:
                listener.add_pending(chunk)
        self._cursors[listener] = len(self.events)
        self._fanout.touch(listener)

    def seal(self, touched: set[Listener]) -> None:
        """End the turn: make all that is due pending, note for whom, start anew."""
        special = self._special()
        for format, group in self._groups.items():
            chunks = self._chunks(format)
            joined = b"".join(chunks)
            if not joined:
                continue
            own = (special & group) if special else special
            if own:
                offsets = [0, *accumulate(map(len, chunks))]
                for listener in own:
                    for start, end in self._spans(listener):
                        listener.add_pending(joined[offsets[start] : offsets[end]])
                group = group - own
                touched |= own
            for listener in group:
                listener.add_pending(joined)
            touched |= group
        self.events = []
        self._encoded.clear()
        self._spoken.clear()
        self._hidden.clear()
        self._cursors.clear()

    def _chunks(self, format: Format) -> list[bytes]:
        """The events so far, encoded; each is encoded once per format."""
        chunks = self._encoded.setdefault(format, [])
        if len(chunks) < len(self.events):
            try:
                chunks += map(format.encode, self.events[len(chunks) :])
            except Exception:
                chunks += [
                    self._fanout.encode(format, event)
                    for event in self.events[len(chunks) :]
                ]
        return chunks

    def _special(self) -> set[Listener]:
        """Who is not served with all that was emitted in this turn."""
        special = {author for author in self._spoken if not author.echo}
        special.update(self._hidden, self._cursors)
        if self._deaf:
            special.update(
                listener
                for listener in self._deaf
                if not listener.deaf_to.isdisjoint(self._spoken)
            )
        return special

    def _spans(self, listener: Listener) -> list[tuple[int, int]]:
        """The slices of the events that are due to `listener`."""
        start = self._cursors.get(listener, 0)
        skips = self._hidden.get(listener, ())
        if not listener.echo:
            skips = (*skips, *self._spoken.get(listener, ()))
        for author in listener.deaf_to & self._spoken.keys():
            skips = (*skips, *self._spoken[author])
        spans = []
        for skip in sorted(skips):
            if skip > start:
                spans.append((start, skip))
            start = max(start, skip + 1)
        if start < len(self.events):
            spans.append((start, len(self.events)))
        return spans


class Gate(Protocol):
    """Decides when a turn may be delivered."""

    def wait(self, again: Callable[[], None]) -> bool:
        """Whether the turn should collect a little longer.

        If so, the gate will call `again`, soon and once.
        """

    def hold(self, release: Callable[[], None]) -> bool:
        """The turn has ended: whether it must not be delivered yet.

        If so, the gate will call `release`, later and once; until then the
        next turn goes on collecting.
        """


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
        self._held: list[tuple[Listener, bytes, bool]] | None = None
        self._late = False
        self._live: list[Channel] = []
        self._touched: set[Listener] = set()

    def channel(self) -> Channel:
        return Channel(self)

    def listener(self, writer: Writer, format: Format) -> Listener:
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

    def flush(self) -> None:
        """End the turn: deliver all that was emitted and told."""
        gate = self.gate
        if self._held is not None:
            self._late = True
            return
        if gate is not None and gate.wait(self.flush):
            return
        self._scheduled = False
        touched, self._touched = self._touched, set()
        live, self._live = self._live, []
        for channel in live:
            channel.seal(touched)
        if gate is not None and gate.hold(self._release):
            self._held = [(x, x.take_pending(), x.closing) for x in touched]
            return
        self._deliver(iter(touched))

    def _deliver(self, listeners: Iterator[Listener]) -> None:
        while True:
            try:
                for listener in listeners:
                    if data := listener.take_pending():
                        listener.write(data)
                    if listener.closing:
                        listener.finish()
                return
            except Exception:
                log.failure("a bug on the way down to one listener")

    def _release(self) -> None:
        """The gate opens: deliver the turn that waited, then what came since."""
        held, self._held = self._held or [], None
        for listener, data, closing in held:
            try:
                if data:
                    listener.write(data)
                if closing:
                    listener.finish()
            except Exception:
                log.failure("a bug on the way down to one listener")
        if self._late:
            self._late = False
            self.flush()

    def touch(self, listener: Listener) -> None:
        self._touched.add(listener)
        self._schedule()

    def note_live(self, channel: Channel) -> None:
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
