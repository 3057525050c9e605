"""One connection to a Redis, and where it is, without one."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from twisted.internet.defer import Deferred
from twisted.internet.task import Clock
from twisted.internet.testing import StringTransport
from twisted.python.failure import Failure

from twisted_chat.log.redis import Address, check_protected, parse_address
from twisted_chat.log.redis import wire as wire_module
from twisted_chat.log.redis.wire import Refused, Wire
from twisted_chat.log.stream import Away

# Addresses


@pytest.mark.parametrize(
    ("text", "address"),
    [
        ("redis://host", ("host", 6379, "", 0, "", "", False, "")),
        ("redis://host:1/2", ("host", 1, "", 2, "", "", False, "")),
        ("redis://[::1]:1/", ("::1", 1, "", 0, "", "", False, "")),
        ("rediss://:p%40ss@host", ("host", 6379, "", 0, "", "p@ss", True, "")),
        ("rediss://a:b@host?ca=/x", ("host", 6379, "", 0, "a", "b", True, "/x")),
        ("unix:///a%20b/c?db=3", ("", 6379, "/a b/c", 3, "", "", False, "")),
        ("unix://u:p@/a", ("", 6379, "/a", 0, "u", "p", False, "")),
    ],
)
def test_an_address(text: str, address: tuple[Any, ...]) -> None:
    assert parse_address(text) == Address(*address)


@pytest.mark.parametrize(
    "text",
    [
        *("", "redis:", "redis://", "http://secret@host", "redis://:secret@"),
        *("redis://:secret@host:x", "redis://:secret@host/x", "unix://:secret@a/b"),
        *("unix://", "redis://:secret@host/0?db=1", "redis://:secret@host/99999"),
        *("redis://:secret@host:99999", "redis://:secret@host#x", "redis://:sec[ret@h"),
        *("redis://:secret@host/-1", "redis://host?ca=/secret"),
    ],
)
def test_what_is_no_address_is_said_without_it(text: str) -> None:
    with pytest.raises(ValueError, match="a Redis is given as redis://") as raised:
        parse_address(text)
    assert "secret" not in str(raised.value)
    assert raised.value.__suppress_context__


def test_a_file_has_the_address(tmp_path: Path) -> None:
    path = tmp_path / "bus"
    path.write_text("redis://:secret@host\n")
    assert parse_address(f"file:{path}").password == "secret"
    path.write_text(f"file:{path}")
    with pytest.raises(ValueError, match="is given as"):
        parse_address(f"file:{path}")
    path.write_bytes(b"\xff")
    with pytest.raises(ValueError, match="is no text"):
        parse_address(f"file:{path}")
    with pytest.raises(ValueError, match="No such file"):
        parse_address(f"file:{path}x")


def test_an_address_is_shown_without_its_password() -> None:
    for text, shown in (
        ("redis://ann:secret@[::1]:5/2", "redis://[::1]:5/2"),
        ("rediss://:secret@host?ca=/x", "rediss://host:6379/0"),
        ("unix://:secret@/a?db=3", "unix:///a?db=3"),
    ):
        address = parse_address(text)
        assert f"{address}" == f"{address!r}" == str(address) == shown


def test_what_leaves_the_machine_is_protected() -> None:
    for text in (
        "redis://localhost",
        "redis://127.8.9.1",
        "redis://[::1]",
        "unix:///a",
    ):
        check_protected(parse_address(text), encrypted=False)
    check_protected(parse_address("rediss://host"), encrypted=False)
    for text in ("redis://:secret@host", "redis://10.0.0.1", "redis://[fe80::1]"):
        check_protected(parse_address(text), encrypted=True)
        with pytest.raises(ValueError, match="needs rediss:// or a key file") as raised:
            check_protected(parse_address(text), encrypted=False)
        assert "secret" not in str(raised.value)


# The wire


class Redis:
    """A wire, and what a Redis would see and say."""

    def __init__(self, timeout: float = 3.0) -> None:
        self.clock = Clock()
        self.wire = Wire(self.clock, timeout)
        self.transport = StringTransport()
        self.wire.makeConnection(self.transport)
        self.outcomes: list[Any] = []

    def call(self, *command: bytes | str | int) -> Deferred[Any]:
        call = self.wire.call(*command)
        call.addBoth(self.outcomes.append)
        return call

    def say(self, data: bytes) -> None:
        self.wire.dataReceived(data)
        if self.transport.disconnecting:
            self.wire.connectionLost()

    def failed(self) -> list[type[BaseException]]:
        return [failure.type for failure in self.outcomes]


def test_replies_come_in_the_order_of_the_commands() -> None:
    redis = Redis()
    redis.call("GET", b"\xff\0", 5)
    redis.call("INCR", "x")
    assert redis.transport.value().startswith(
        b"*3\r\n$3\r\nGET\r\n$2\r\n\xff\0\r\n$1\r\n5\r\n"
    )
    redis.say(b"$2\r\n\xff\0\r\n:5")
    assert redis.outcomes == [b"\xff\0"]
    redis.say(b"\r\n")
    assert redis.outcomes == [b"\xff\0", 5]


def test_an_error_is_one_commands() -> None:
    redis = Redis()
    redis.call("GET")
    redis.call("GET")
    redis.say(b"-SEALED by the log\r\n$-1\r\n")
    failure, reply = redis.outcomes
    assert isinstance(failure, Failure)
    assert isinstance(failure.value, Refused)
    assert failure.value.code == "SEALED"
    assert reply is None


def test_the_reply_to_a_cancelled_command_is_dropped() -> None:
    redis = Redis()
    redis.call("GET").cancel()
    redis.call("GET")
    redis.outcomes.clear()
    redis.say(b"+one\r\n+two\r\n")
    assert redis.outcomes == [b"two"]


def test_a_reply_that_is_late_ends_the_connection() -> None:
    redis = Redis(timeout=3.0)
    redis.call("GET", 1)
    redis.clock.advance(2)
    redis.call("GET", 2)
    redis.say(b"+in time\r\n")
    redis.clock.advance(2.9)
    assert not redis.transport.disconnecting
    redis.clock.advance(0.2)
    assert redis.transport.disconnecting
    redis.wire.connectionLost()
    redis.call("GET", 3)
    assert redis.outcomes.pop(0) == b"in time"
    assert redis.failed() == [Away, Away]
    assert [failure.value.silent for failure in redis.outcomes] == [3.0, 0.0]
    assert not redis.clock.getDelayedCalls()


def test_a_wire_that_nobody_uses_is_left_alone() -> None:
    redis = Redis()
    redis.call("GET")
    redis.say(b"+x\r\n")
    redis.clock.advance(100)
    assert not redis.transport.disconnecting
    assert not redis.clock.getDelayedCalls()


@pytest.mark.parametrize(
    "data",
    [b"?\r\n", b"$x\r\n", b"*4000000000\r\n", b"*1\r\n" * 10**6, b"+asked\r\n+not\r\n"],
)
def test_what_is_no_reply_ends_the_connection(data: bytes) -> None:
    redis = Redis()
    redis.call("GET")
    redis.say(data)
    assert redis.transport.disconnecting
    redis.outcomes = [each for each in redis.outcomes if each != b"asked"]
    assert redis.failed() in ([Away], [])


def test_a_reply_has_a_length(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(wire_module, "MAX_REPLY", 1000)
    redis = Redis()
    for _ in range(3):
        redis.call("GET")
        redis.say(b"$990\r\n" + bytes(990) + b"\r\n")
    assert not redis.transport.disconnecting
    redis.call("GET")
    redis.say(b"$2000\r\n" + bytes(995))
    assert redis.transport.disconnecting


@given(st.lists(st.binary(max_size=30), max_size=5))
def test_no_bytes_do_harm(chunks: list[bytes]) -> None:
    redis = Redis()
    for _ in range(20):
        redis.call("GET")
    for chunk in chunks:
        if not redis.transport.disconnecting:
            redis.say(chunk)
