"""Lines out of bytes, whatever the slices."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from twisted_chat.grammar.framing import LINE_LENGTH, LineCutter, TelnetFilter

from .support import sliced

IAC = b"\xff"
PIECES = st.sampled_from(
    [b"\xff", b"\xf0", b"\xfa", b"\xfb", b"\xfd", b"\xf1", b"\r", b"\n", b"\0", b"ab"]
)
STREAMS = st.lists(PIECES, max_size=40).map(b"".join)
CUTS = st.lists(st.integers(0, 100), max_size=12)


def naive_telnet(data: bytes) -> bytes:
    """RFC 854 byte by byte; but a newline is never an option."""
    out = bytearray()
    at = 0
    while at < len(data):
        byte, following, third = data[at], data[at + 1 : at + 2], data[at + 2 : at + 3]
        if byte != 0xFF:
            out.append(byte)
            at += 1
        elif not following:
            break
        elif b"\xf0" <= following <= b"\xf9":
            at += 2
        elif following == b"\xff":
            out.append(0xFF)
            at += 2
        elif following < b"\xf0" or third == b"\n":
            out.append(0xFF)
            at += 1
        elif following != b"\xfa":
            at += 3
        else:
            at += 3
            while at < len(data) and data[at : at + 2] != b"\xff\xf0":
                at += 2 if data[at] == 0xFF else 1
            at += 2
    return bytes(out)


@given(STREAMS, CUTS)
def test_telnet_commands_go_whatever_the_slices(data: bytes, cuts: list[int]) -> None:
    telnet = TelnetFilter()
    got = b"".join(telnet.feed(piece) for piece in sliced(data, cuts))
    assert got == naive_telnet(data)


@given(st.binary(max_size=200), CUTS)
def test_any_bytes_pass_the_telnet_filter(data: bytes, cuts: list[int]) -> None:
    telnet = TelnetFilter()
    got = b"".join(telnet.feed(piece) for piece in sliced(data, cuts))
    assert got == naive_telnet(data)


def test_a_negotiation_is_dropped() -> None:
    """What a telnet client opens with, and a window size with an escaped IAC."""
    size = IAC + b"\xfa\x1f\0\xff\xff\0\x18" + IAC + b"\xf0"
    opening = IAC + b"\xfd\x03" + IAC + b"\xfb\x18" + size
    assert TelnetFilter().feed(opening + b"NICK anna\r\n") == b"NICK anna\r\n"


@pytest.mark.parametrize("byte", range(0xF0, 0x100))
def test_a_stray_byte_costs_one_line(byte: int) -> None:
    """As in bytes that are not UTF-8: the newline still ends the line."""
    data = b"MSG \xff" + bytes([byte]) + b"\nMSG ok\n"
    assert TelnetFilter().feed(data).endswith(b"\nMSG ok\n")


def test_an_endless_subnegotiation_takes_no_memory() -> None:
    telnet = TelnetFilter()
    assert telnet.feed(IAC + b"\xfa\x1f") == b""
    for _ in range(100):
        assert telnet.feed(b"x" * 10_000) == b""
        assert len(telnet._rest) <= 4
    assert telnet.feed(IAC + b"\xf0text") == b"text"


@pytest.mark.parametrize(
    "piece", [b"\xff\xfa", b"\xff\xfa\x1f", b"\xff", b"\xff\xfb", b"\xfa\xff\xfa\x1f"]
)
def test_hostile_telnet_bytes_take_linear_time(piece: bytes) -> None:
    """Quadratic, this would not end before the test run is given up."""
    telnet = TelnetFilter()
    for _ in range(8):
        telnet.feed(piece * 500_000)


def naive_lines(data: bytes, limit: int) -> tuple[list[bytes | None], bytes]:
    """The lines and what is left, from the whole stream."""
    *lines, rest = data.split(b"\n")
    out: list[bytes | None] = []
    for line in lines:
        line = line.removesuffix(b"\r")
        out.append(None if len(line) > limit else line.replace(b"\r\0", b""))
    return out, rest


@given(STREAMS, CUTS, st.integers(1, 8))
def test_lines_come_out_the_same_whatever_the_slices(
    data: bytes, cuts: list[int], limit: int
) -> None:
    cutter = LineCutter(limit)
    got: list[bytes | None] = []
    for piece in sliced(data, cuts):
        got += cutter.feed(piece)
        assert len(cutter._buffer) <= limit + 1
    got += cutter.end()
    wanted, rest = naive_lines(data, limit)
    rest_line = rest.removesuffix(b"\r")
    if len(rest_line) > limit:
        wanted.append(None)
    elif rest:
        wanted.append(rest_line.replace(b"\r\0", b""))
    assert got == wanted


def test_a_line_of_the_longest_length_passes() -> None:
    line = b"x" * LINE_LENGTH
    for end in (b"\n", b"\r\n"):
        assert LineCutter().feed(line + end) == [line]
    cutter = LineCutter()
    assert cutter.feed(line + b"\r") == []
    assert cutter.feed(b"\n") == [line]


def test_a_longer_line_is_told_once_and_takes_no_memory() -> None:
    cutter = LineCutter()
    got: list[bytes | None] = []
    for _ in range(1000):
        got += cutter.feed(b"x" * 4096)
        assert len(cutter._buffer) <= LINE_LENGTH + 1
    got += cutter.feed(b"xx\nnext\n")
    assert got == [None, b"next"]


def test_the_last_line_needs_no_end() -> None:
    cutter = LineCutter()
    assert cutter.feed(b"one\ntwo") == [b"one"]
    assert cutter.end() == [b"two"]
    assert cutter.end() == []


def test_a_character_may_be_split_across_packets() -> None:
    cutter = LineCutter()
    data = "MSG é😀\n".encode()
    lines = [line for byte in data for line in cutter.feed(bytes([byte]))]
    assert lines == ["MSG é😀".encode()]


@pytest.mark.parametrize("end", [b"\n", b"\r\n"])
def test_a_carriage_return_of_telnet_is_no_part_of_a_line(end: bytes) -> None:
    cutter = LineCutter()
    assert cutter.feed(b"a\r\0b" + end + b"c\r") == [b"ab"]
    assert cutter.feed(b"\0" + end + b"\r" + end) == [b"c", b"\r"[: len(end) - 1]]
