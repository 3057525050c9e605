"""The end of the way down: all bytes, in order, bounded, whatever the peer takes."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st
from twisted.internet.task import Clock

from twisted_chat.events import Notice
from twisted_chat.fanout import Fanout, Format
from twisted_chat.wire import PIECE, BufferedWire, DirectWire, Wire, wire

from .support import MemoryTransport

LIMIT = 1000


class SocketTransport(MemoryTransport):
    """Over a socket whose kernel has `room` for so many bytes."""

    most = 500

    def __init__(self) -> None:
        super().__init__(Clock())
        self.stall()
        self.room = 0
        self.broken = False
        self.lost = 0

    def getHandle(self) -> SocketTransport:
        return self

    def send(self, data: bytes) -> int:
        assert not self.buffer, "overtakes what the transport still has to write"
        if self.broken:
            raise ConnectionResetError
        if not self.room:
            raise BlockingIOError
        count = min(self.room, len(data))
        self.taken += data[:count]
        self.room -= count
        return count

    def loseConnection(self) -> None:
        self.lost += 1


MAKERS = [DirectWire, BufferedWire]


def make(kind: Callable[..., Wire]) -> tuple[Wire, SocketTransport]:
    transport = SocketTransport()
    made = kind(transport, LIMIT)
    return made, transport


class Room:
    """One listener, who is shown what is said at the other end of a wire."""

    def __init__(self, way: Wire) -> None:
        soon: list[Callable[[], None]] = []
        fanout = Fanout(soon.append)
        self._channel, self._soon = fanout.channel(), soon
        self._channel.add(fanout.listener(way, Format("raw", lambda _: self._data)))

    def say(self, data: bytes) -> None:
        self._data = data
        self._channel.emit(Notice("", 0, ""))
        self._soon.pop()()


OPERATIONS = st.lists(
    st.tuples(
        st.sampled_from(["write", "say", "room", "take", "take", "finish"]),
        st.integers(1, 400),
    ),
    max_size=30,
)


@given(kind=st.sampled_from(MAKERS), operations=OPERATIONS)
def test_bytes_come_in_order_or_the_peer_is_dropped(
    kind: Callable[..., Wire], operations: list[tuple[str, int]]
) -> None:
    way, transport = make(kind)
    room = Room(way)
    written = bytearray()
    finished = False
    for operation, size in operations:
        if operation in ("write", "say") and not finished:
            data = bytes(len(written) + n & 255 for n in range(size))
            written += data
            (way.write if operation == "write" else room.say)(data)
        elif operation == "room" and not transport.buffer:
            transport.room += size
        elif operation == "take":
            transport.take(size)
        elif operation == "finish":
            finished = True
            way.finish()
        assert way.unsent <= LIMIT
        assert written.startswith(transport.taken)
    if not way.failed:
        way.finish()
        while transport.buffer:
            transport.take()
        assert transport.taken == written
        assert transport.lost == 1
        assert way.unsent == 0
    else:
        assert way.failed == "send queue exceeded"
        assert transport.aborted
        largest = max(size for _, size in operations)  # counts until all of it is out
        assert len(written) - len(transport.taken) > LIMIT - largest
    if kind is DirectWire and transport.lost:
        assert transport.taken == written, "our half may close"


@pytest.mark.parametrize("kind", MAKERS)
def test_one_past_the_limit_is_dropped(kind: Callable[..., Wire]) -> None:
    way, transport = make(kind)
    way.write(b"x" * 501 if kind is BufferedWire else b"x")
    way.write(b"x" * (LIMIT - 1))
    assert not transport.aborted
    way.write(b"xx")
    assert transport.aborted
    assert way.failed == "send queue exceeded"
    way.write(b"more")
    way.finish()
    assert transport.lost == 0


def test_a_broken_socket_is_dropped_and_never_raises() -> None:
    way, transport = make(DirectWire)
    transport.broken = True
    Room(way).say(b"hello")
    assert transport.aborted
    assert way.failed == "connection lost"


def test_nothing_goes_to_the_socket_of_who_is_gone() -> None:
    way, transport = make(DirectWire)
    transport.room = 100
    way.stopProducing()
    Room(way).say(b"hello")
    assert not transport.taken


def test_what_takes_all_needs_no_producer() -> None:
    way, transport = make(DirectWire)
    transport.room = 100
    way.write(b"hello")
    assert transport.producer is None
    assert transport.taken == b"hello"


def test_other_transports_take_the_public_path() -> None:
    assert type(wire(MemoryTransport(Clock()), LIMIT)) is BufferedWire


def test_who_is_slow_again_at_once_is_given_no_more_than_fits() -> None:
    made, transport = make(BufferedWire)
    for _ in range(5):
        made.write(b"x" * 300)
    transport.take()
    assert len(transport.buffer) <= transport.most + 300
    assert made.unsent > 0


def test_what_waits_goes_out_in_pieces_that_are_counted_off() -> None:
    transport = SocketTransport()
    made = DirectWire(transport, 10 * PIECE)
    made.write(b"x" * 4 * PIECE)
    left = [made.unsent]
    while transport.buffer:
        assert len(transport.buffer) <= PIECE
        transport.take()
        left.append(made.unsent)
    assert left == [count * PIECE for count in (4, 3, 2, 1, 0)]
