"""The WebSocket door: what RFC 6455 asks, and what Twisted leaves to us."""

from __future__ import annotations

import re
from importlib.metadata import version
from inspect import getsource
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from twisted.internet import tcp
from twisted.web import http
from twisted.web.websocket import WebSocketResource

from twisted_chat.doors.web import WebDoor
from twisted_chat.doors.web.connection import WEB, WebConnection
from twisted_chat.doors.web.frames import Meter, TooBigError, Wrapper, text_frame
from twisted_chat.grammar.framing import OBJECT_LENGTH
from twisted_chat.limits import Rate

from .support import MemoryTransport, World
from .websockets import (
    BINARY,
    CLOSE,
    MASK,
    PING,
    PONG,
    TEXT,
    Frame,
    WebClient,
    connect,
    enter,
    events,
    frame,
    frames,
    handshake,
    raw,
)


def world(**settings: Any) -> World:
    return World(WebDoor, **settings)


def closing(client: WebClient) -> int:
    """The code of the close frame, which has to be the last frame."""
    last = client.frames()[-1]
    assert last.opcode == CLOSE
    return int.from_bytes(last.payload[:2], "big")


def status(transport: MemoryTransport) -> int:
    return int(bytes(transport.taken).split(b" ")[1])


# The handshake


def test_handshake_answers_the_key() -> None:
    transport = raw(world(), handshake())
    head = bytes(transport.taken)
    assert b"Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=" in head
    assert b"Sec-WebSocket-Extensions" not in head


def test_no_compression_is_agreed() -> None:
    offer = {"Sec-WebSocket-Extensions": "permessage-deflate; client_max_window_bits"}
    transport = raw(world(), handshake(**offer))
    assert status(transport) == 101
    assert b"deflate" not in bytes(transport.taken).lower()


@pytest.mark.parametrize(
    "origin",
    ["http://chat.example", "https://chat.example", "https://chat.example:443"],
)
def test_own_origin_may_connect(origin: str) -> None:
    assert status(raw(world(), handshake(Origin=origin))) == 101


@pytest.mark.parametrize(
    "origin",
    [
        "https://evil.example",
        "http://chat.example:8080",
        "http://chat.example.evil.example",
        "null",
        "",
        "https://chat.example:port",
        "ftp://chat.example",
    ],
)
def test_other_origin_is_refused(origin: str) -> None:
    here = world()
    transport = raw(here, handshake(Origin=origin))
    assert status(transport) == 403
    assert not here.hub.sessions


def test_origin_that_is_allowed() -> None:
    here = World(lambda hub: WebDoor(hub, ["https://other.example"]))
    assert status(raw(here, handshake(Origin="https://other.example"))) == 101
    assert status(raw(here, handshake(Origin="http://other.example"))) == 403


@pytest.mark.parametrize(
    "change",
    [
        {"Upgrade": "h2c"},
        {"Sec-WebSocket-Version": "8"},
        {"Connection": "close"},
        {"Host": "\xff\xfe"},
    ],
)
def test_broken_handshake(change: dict[str, str]) -> None:
    here = world()
    assert status(raw(here, handshake(**change))) == 400
    assert not here.hub.sessions


def test_only_get_opens_a_socket() -> None:
    here = world()
    data = handshake().replace(b"GET", b"HEAD", 1)
    assert status(raw(here, data)) == 405
    assert not here.hub.sessions


# Speaking


def test_json_from_the_start_and_echo() -> None:
    here = world()
    alice = connect(here)
    alice.send("NICK alice", "MSG hello")
    kinds = [event["event"] for event in events(alice.bytes())]
    assert kinds == ["notice", "nick", "who", "message"]


def test_a_turn_is_one_frame() -> None:
    here = world()
    alice, bob = enter(here, "alice"), enter(here, "bob")
    bob.bytes()
    alice.send("MSG one", "MSG two")
    (only,) = bob.frames()
    assert [event["text"] for event in events(only.payload)] == ["one", "two"]


def test_listeners_of_a_room_get_the_same_frame() -> None:
    here = world()
    crowd = [enter(here, f"u{number}") for number in range(5)]
    here.turn()
    for client in crowd:
        client.transport.writes.clear()
    crowd[0].send("MSG hello")
    here.turn()
    written = [client.transport.writes[-1] for client in crowd[1:]]
    assert all(data is written[0] for data in written)


def test_only_json_is_spoken() -> None:
    alice = enter(world(), "alice")
    alice.send("FORMAT text")
    assert [event["code"] for event in events(alice.bytes())] == [461]


def test_line_end_in_a_frame_is_no_second_command() -> None:
    here = world()
    alice, bob = enter(here, "alice"), enter(here, "bob")
    bob.bytes()
    alice.send("MSG one\nQUIT")
    assert [event["text"] for event in events(bob.bytes())] == ["one\nQUIT"]


def test_last_words_in_one_packet_with_the_close() -> None:
    here = world(flood=Rate(5, 2))
    alice, bob = enter(here, "alice"), enter(here, "bob")
    bob.bytes()
    words = b"".join(frame(f"MSG {number}") for number in range(8))
    alice.send_bytes(words + frame(b"\x03\xe8", CLOSE))
    here.advance(10)
    said = [event.get("text") for event in events(bob.bytes())]
    assert said == [*map(str, range(8)), None]


# What is guarded


def test_too_big_is_closed_with_1009() -> None:
    alice = enter(world(), "alice")
    alice.send("MSG " + "x" * (OBJECT_LENGTH - 3))
    assert closing(alice) == 1009


def test_limit_itself_passes() -> None:
    here = world()
    alice = enter(here, "alice")
    alice.send("PING " + "x" * (OBJECT_LENGTH - 5))
    assert [event["event"] for event in events(alice.bytes())] == ["pong"]


def test_too_big_in_fragments() -> None:
    alice = enter(world(), "alice")
    alice.send_bytes(frame("x" * (OBJECT_LENGTH - 96), fin=False))
    alice.send_bytes(frame("x" * 97, 0, fin=False))
    assert closing(alice) == 1009


@pytest.mark.parametrize("fragment", ["", "x"])
def test_tiny_fragments_end_too(fragment: str) -> None:
    alice = enter(world(), "alice")
    alice.send_bytes(frame(fragment, fin=False))
    alice.send_bytes(frame(fragment, 0, fin=False) * 4096)
    assert closing(alice) == 1009


def test_announced_size_is_enough() -> None:
    """Nothing of the 8 exabytes has to come."""
    alice = enter(world(), "alice")
    alice.send_bytes(b"\x81\xff" + (2**63 - 1).to_bytes(8, "big") + MASK)
    assert closing(alice) == 1009


def test_binary_is_closed_with_1003() -> None:
    alice = enter(world(), "alice")
    alice.send_bytes(frame(b"MSG hi", BINARY))
    assert closing(alice) == 1003


def test_ping_is_answered() -> None:
    alice = enter(world(), "alice")
    alice.send_bytes(frame("are you there", PING))
    assert alice.frames() == [Frame(PONG, b"are you there")]


def test_pings_count_as_lines() -> None:
    here = world(flood=Rate(5, 2))
    alice = enter(here, "alice")
    for _ in range(40):
        alice.send_bytes(frame("", PING))
    assert not alice.transport.reading
    here.advance(40)
    assert alice.transport.reading


def test_who_is_slowed_down_is_not_taken_for_silent() -> None:
    """The pongs stand behind the lines that wait."""
    here = world(flood=Rate(5, 2))
    alice = enter(here, "alice")
    alice.send_bytes(frame("MSG hi") * 400)
    here.advance(180)
    assert not alice.closed
    here.advance(200)
    assert alice.closed


def test_heap_of_pings_is_refused() -> None:
    alice = enter(world(), "alice")
    alice.send_bytes(frame("", PING) * 21)
    assert closing(alice) == 1009


def test_server_pings_and_drops_the_silent() -> None:
    here = world()
    alice = enter(here, "alice")
    here.advance(30)
    assert [f.opcode for f in alice.frames()] == [PING]
    here.advance(59)
    assert not alice.closed
    here.advance(1)
    assert alice.closed
    assert alice.transport.aborted
    assert not here.hub.users


def test_pong_keeps_alive() -> None:
    here = world()
    alice = enter(here, "alice")
    for _ in range(10):
        here.advance(30)
        assert PING in [f.opcode for f in alice.frames()]
        alice.send_bytes(frame("", PONG))
    assert not alice.closed


def test_nothing_follows_a_close_frame() -> None:
    here = world()
    alice, bob = enter(here, "alice"), enter(here, "bob")
    bob.send("MSG hello")
    alice.send_bytes(frame(b"\x03\xe8", CLOSE))
    bob.send("MSG more")
    assert alice.frames()[-1].opcode == CLOSE
    assert alice.closed


def test_bytes_after_a_close_frame_do_nothing() -> None:
    here = world()
    alice = enter(here, "alice")
    alice.send_bytes(frame(b"\x03\xe8", CLOSE))
    alice.send_bytes(frame("MSG more") * 3)
    assert alice.closed


def test_server_says_why_it_ends() -> None:
    here = world()
    alice = enter(here, "alice")
    alice.connection.shut_down("server shutdown")
    assert closing(alice) == 1001
    bob = enter(here, "bob")
    bob.send("QUIT")
    assert closing(bob) == 1000


def test_slow_reader_keeps_no_pongs() -> None:
    here = world(send_queue=16 * 1024)
    alice = enter(here, "alice")
    alice.transport.stall()
    for _ in range(2000):
        if not alice.closed:
            alice.send_bytes(frame("x" * 125, PING))
    assert alice.transport.aborted


def test_pausing_twice_is_pausing_once() -> None:
    here = world()
    alice, bob = enter(here, "alice"), enter(here, "bob")
    alice.frames()
    alice.transport.stall()
    bob.send(*(f"MSG {'x' * 1000}" for _ in range(70)))
    here.turn()
    wire = alice.connection.wire
    alice.transport.producer.pauseProducing()
    alice.transport.producer.pauseProducing()
    bob.send("MSG last")
    here.turn()
    assert wire.unsent
    alice.transport.stalled = False
    alice.transport.take()
    texts = [event["text"] for event in events(alice.bytes())]
    assert len(texts) == 71
    assert texts[-1] == "last"


def test_limit_per_address() -> None:
    here = world(max_per_ip=2)
    first = [connect(here, "192.0.2.1") for _ in range(2)]
    third = connect(here, "192.0.2.1")
    assert closing(third) == 1008
    assert not any(client.closed for client in first)
    connect(here, "192.0.2.2")


def test_limit_of_plain_http_per_address() -> None:
    here = world(max_per_ip=2)
    open_ones = [raw(here, b"", "192.0.2.1") for _ in range(10)]
    assert not any(transport.aborted for transport in open_ones)
    assert raw(here, b"", "192.0.2.1").aborted
    assert not raw(here, b"", "192.0.2.2").aborted
    open_ones[0].lose()
    assert not raw(here, b"", "192.0.2.1").aborted


def test_idle_http_is_closed() -> None:
    here = world()
    transport = raw(here, b"GET / HT")
    here.advance(60)
    assert not transport.connected


# The seams in Twisted


def test_the_seams_are_there() -> None:
    """`WebConnection.negotiationFinished` replaces three attributes.

    Tried with Twisted 26.10.  25.5 has the seams, but hands on the parts of a
    message that comes in pieces as if each were whole.  When this fails for
    another version, read its `twisted.web.websocket` before you change anything.
    """
    year, month = map(int, version("twisted").split(".")[:2])
    assert (26, 10) <= (year, month) < (28, 0)
    upgrade = getsource(http.HTTPChannel._protocolUpgradeForWebsockets)
    assert "self.dataReceived = protocol.dataReceived" in upgrade
    assert "self.connectionLost = protocol.connectionLost" in upgrade
    shake = getsource(WebSocketResource.render_GET)
    assert re.search(
        r"_protocolUpgradeForWebsockets\(.*t\.write\(.*negotiationFinished\(\)",
        shake,
        re.DOTALL,
    )
    here = world()
    alice = connect(here)
    connection: Any = alice.connection
    assert isinstance(connection, WebConnection)
    assert connection._channel.dataReceived == connection.dataReceived
    assert type(connection._socket.transport).__name__ == "Outgoing"


def test_plain_tcp_takes_the_direct_way() -> None:
    """The transport that counts connections is not in the way down."""
    here = world()
    connection: Any = connect(here).connection
    assert isinstance(connection.transport, MemoryTransport)
    assert tcp.Server is not None


# Frames


@given(st.binary(max_size=70_000))
def test_text_frame_reads_back(payload: bytes) -> None:
    assert frames(text_frame(payload)) == ([Frame(TEXT, payload)], b"")


@pytest.mark.parametrize("length", [0, 125, 126, 65535, 65536])
def test_text_frame_lengths(length: int) -> None:
    payload = b"x" * length
    assert frames(text_frame(payload)) == ([Frame(TEXT, payload)], b"")


def test_wrapper_wraps_once() -> None:
    wrap = Wrapper()
    payload = b"x" * 300
    assert wrap(payload) is wrap(payload)
    assert wrap(b"other") != wrap(payload)
    assert isinstance(WEB.wrap, Wrapper)


@given(
    st.lists(st.binary(max_size=300), max_size=8),
    st.lists(st.integers(1, 50), min_size=1, max_size=20),
)
def test_meter_measures_the_same_in_any_slices(
    payloads: list[bytes], cuts: list[int]
) -> None:
    data = b"".join(frame(p, PING if len(p) < 20 else TEXT) for p in payloads)
    whole = Meter(1000).feed(data)
    meter = Meter(1000)
    counted, turn = 0, 0
    while data:
        cut = cuts[turn % len(cuts)]
        counted += meter.feed(data[:cut])
        data = data[cut:]
        turn += 1
    assert counted == whole


@given(st.binary(max_size=200))
def test_meter_survives_garbage(data: bytes) -> None:
    meter = Meter(100)
    try:
        meter.feed(data)
        meter.feed(data)
    except TooBigError:
        pass


# What goes up


def test_a_command_may_be_an_object_with_a_label() -> None:
    everyone = world()
    alice, bob = enter(everyone, "alice"), enter(everyone, "bob")
    alice.bytes()
    alice.send('{"do": "msg", "text": "{hi}", "label": "c1"}')
    [own] = events(alice.bytes())
    assert (own["text"], own["label"]) == ("{hi}", "c1")
    assert [e.get("label") for e in events(bob.bytes())] == [None]
    alice.send('{"do": "whois", "nick": "nobody", "label": "c2"}')
    [refused] = events(alice.bytes())
    assert (refused["code"], refused["label"]) == (401, "c2")


def test_the_greeting_names_the_server() -> None:
    greeting, motd = events(connect(world(name="tea", motd=("hi",))).bytes())
    assert (greeting["code"], greeting["value"]) == ("welcome", "tea")
    assert (motd["code"], motd["text"]) == ("motd", "hi")
    wanted = events(connect(world(password="word")).bytes())[-1]
    assert (wanted["code"], "PASS word" in wanted["text"]) == ("password-wanted", True)


def test_msg_with_a_slash_is_private() -> None:
    everyone = world()
    alice, bob = enter(everyone, "alice"), enter(everyone, "bob")
    alice.bytes()
    alice.send("/msg bob secret", "/msg nobody secret")
    assert [e["event"] for e in events(alice.bytes())] == ["private", "error"]
    [private] = events(bob.bytes())
    assert (private["event"], private["text"]) == ("private", "secret")
