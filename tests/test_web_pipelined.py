"""One request at a time, answers as they are taken, and absolute deadlines."""

from __future__ import annotations

from typing import Any

import pytest

from twisted_chat.doors.web import WebDoor
from twisted_chat.doors.web.files import page
from twisted_chat.doors.web.site import PIECE

from .support import BUFFER, MemoryTransport, World
from .websockets import HANDSHAKE, WebClient, events, frame, handshake, raw, request

GET = request("/", Host="x")
PAGE = page()[b"/"].plain


def world(**settings: Any) -> World:
    return World(WebDoor, **settings)


def statuses(data: bytes | bytearray) -> list[int]:
    """The statuses of answers, in their order."""
    return [int(part[:3]) for part in bytes(data).split(b"HTTP/1.1 ")[1:]]


# One at a time


def test_answers_come_in_the_order_of_the_requests() -> None:
    here = world()
    paths = ("/healthz", "/nothing", "/", "/healthz", "/nothing")
    transport = raw(here, b"".join(request(path, Host="x") for path in paths))
    here.advance(1)
    assert statuses(transport.taken) == [200, 404, 200, 200, 404]
    assert bytes(transport.taken).count(PAGE) == 1
    assert transport.reading
    transport.protocol.dataReceived(GET)
    assert statuses(transport.taken)[5:] == [200]


@pytest.mark.parametrize("size", [1, 7, 61])
def test_slices_do_not_matter(size: int) -> None:
    here = world()
    data = request("/", "HEAD", Host="x") + request("/nothing", Host="x") + GET
    transport = raw(here, b"")
    for start in range(0, len(data), size):
        transport.protocol.dataReceived(data[start : start + size])
        here.turn()
    here.advance(1)
    assert statuses(transport.taken) == [200, 404, 200]
    assert bytes(transport.taken).endswith(PAGE)


def test_a_body_is_no_request() -> None:
    here = world()
    body = GET * 3
    post = request("/", "POST", Host="x", Content_Length=str(len(body)))
    transport = raw(here, post + body + GET)
    here.advance(1)
    assert statuses(transport.taken) == [405, 200]


def test_who_does_not_read_is_not_read_from() -> None:
    here = world()
    transport = raw(here, b"")
    transport.stall()
    transport.protocol.dataReceived(GET * 2000)
    here.advance(10)
    assert len(transport.buffer) <= BUFFER + PIECE
    assert not transport.reading
    got = 0
    while transport.connected and (taken := transport.take(4096)):
        got += len(taken)
        here.advance(0.01)
        assert len(transport.buffer) <= BUFFER + PIECE
    assert statuses(transport.taken) == [200] * 2000
    assert transport.reading


def test_a_heap_of_requests_leaves_others_their_turn() -> None:
    here = world()
    transport = raw(here, request("/healthz", Host="x") * 100)
    seen: list[int] = []
    here.clock.callLater(0, lambda: seen.append(len(statuses(transport.taken))))
    here.turn()
    assert seen[0] <= 2
    assert len(statuses(transport.taken)) == 100


def test_nothing_is_answered_after_the_last() -> None:
    here = world()
    transport = raw(here, request("/", Host="x", Connection="close") + GET)
    here.advance(1)
    assert statuses(transport.taken) == [200]
    assert not transport.connected


def test_a_bad_request_is_the_last() -> None:
    here = world()
    transport = raw(here, b"rubbish\r\n\r\n" + GET)
    here.advance(1)
    assert statuses(transport.taken) == [400]
    assert not transport.connected


# Behind the handshake


def test_frames_in_one_packet_with_the_handshake() -> None:
    here = world()
    transport = raw(here, GET + handshake() + frame("NICK alice") + frame("PING x"))
    here.advance(1)
    assert statuses(transport.taken)[:2] == [200, 101]
    door = here.door
    assert isinstance(door, WebDoor)
    alice = WebClient(here, transport, door)
    alice._read = bytes(transport.taken).index(b"\x81", len(PAGE))
    kinds = [event["event"] for event in events(alice.bytes())]
    assert kinds == ["notice", "nick", "who", "pong"]
    assert transport.reading


def test_a_socket_has_no_deadline_of_http() -> None:
    here = world(patience=1000.0)
    transport = raw(here, request("/ws", **HANDSHAKE))
    here.advance(80)
    assert transport.connected
    door = here.door
    assert isinstance(door, WebDoor)
    assert not door._site._open


# Deadlines


def dribble(here: World, transport: MemoryTransport, data: bytes) -> None:
    """Send a byte a second, as long as the server takes it."""
    for byte in data:
        if transport.connected:
            transport.protocol.dataReceived(bytes([byte]))
            here.advance(1)


def test_dribbled_head_has_one_deadline() -> None:
    here = world()
    transport = raw(here, b"")
    dribble(here, transport, b"GET / HTTP/1.1\r\nHost: " + b"x" * 20)
    assert not transport.connected


def test_dribbled_body_has_one_deadline() -> None:
    here = world()
    transport = raw(here, request("/", "POST", Host="x", Content_Length="9000"))
    dribble(here, transport, b"x" * 60)
    assert not transport.connected


def test_idle_connection_is_closed_in_order() -> None:
    here = world()
    transport = raw(here, GET)
    here.advance(20)
    transport.protocol.dataReceived(GET)
    assert statuses(transport.taken) == [200, 200]
    here.advance(29)
    assert transport.connected
    here.advance(2)
    assert not transport.connected
    assert not transport.aborted


def test_answer_that_is_not_taken_is_ended() -> None:
    here = world()
    transport = raw(here, b"")
    transport.stall()
    transport.protocol.dataReceived(GET * 100)
    for _ in range(59):
        here.advance(1)
        if len(transport.buffer) > 10:
            transport.take(10)
    assert transport.connected
    here.advance(2)
    assert transport.aborted


def test_last_answer_that_is_not_taken_is_ended() -> None:
    """What fits into the transport's buffer counts as answered."""
    here = world()
    transport = raw(here, b"")
    transport.stall()
    transport.protocol.dataReceived(request("/", Host="x", Connection="close"))
    here.advance(100)
    assert not transport.connected


def test_nothing_is_left_of_a_connection() -> None:
    here = world()
    for data in (b"", GET, GET * 50, GET + handshake(), b"rubbish\r\n\r\n"):
        transport = raw(here, b"", "192.0.2.1")
        transport.stall()
        transport.protocol.dataReceived(data)
        here.turn()
        transport.lose()
        here.turn()
    door = here.door
    assert isinstance(door, WebDoor)
    assert not door._site._open
    assert not door._site.connected._counts
    assert not door._site.protocols
    assert not here.clock.getDelayedCalls()


# The bound of all


def test_the_one_waited_for_longest_makes_room() -> None:
    here = world(max_clients=80)
    open_ones = [raw(here, b"", f"192.0.2.{n}") for n in range(20)]
    open_ones[0].protocol.dataReceived(GET)
    last = raw(here, b"", "192.0.2.99")
    assert open_ones[1].aborted
    assert not any(t.aborted for t in (*open_ones[2:], open_ones[0], last))


def test_a_socket_makes_no_room_for_pages() -> None:
    here = world(max_clients=80)
    socket = raw(here, handshake(), "192.0.2.200")
    for n in range(40):
        raw(here, b"", f"192.0.2.{n}")
    assert not socket.aborted
