"""However the bytes of a textbook client are sliced, the others see the same."""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from twisted_chat.doors.line import LineDoor
from twisted_chat.doors.textbook import DOORS
from twisted_chat.doors.textbook.framing import (
    LONGEST,
    MAX_GARBAGE,
    MAX_SKIPPED,
    Bad,
    HeaderCutter,
)
from twisted_chat.doors.textbook.headers import field
from twisted_chat.doors.textbook.lines import QUIET
from twisted_chat.names import clean

from .support import Client, World

WIDTHS = pytest.mark.parametrize("width", [10, 64])
widths = st.sampled_from([10, 64])
kinds = st.sampled_from(list(DOORS))
texts = st.text(
    st.characters(exclude_categories=["C", "Z", "M"]), min_size=1, max_size=40
)
bodies = st.lists(st.binary(max_size=100), max_size=8)
cuts = st.lists(st.integers(0, 2000), max_size=30)


def sliced(data: bytes, cuts: list[int]) -> list[bytes]:
    """`data` in pieces, cut at `cuts` where it is that long."""
    at = [0, *sorted({cut for cut in cuts if cut < len(data)}), len(data)]
    return [data[start:end] for start, end in pairwise(at)]


def header(width: int, number: int | str) -> bytes:
    return str(number).encode().ljust(width)


def cut_all(width: int, pieces: list[bytes]) -> list[bytes | Bad]:
    cutter = HeaderCutter(width)
    return [frame for piece in pieces for frame in cutter.feed(piece)]


class TestHeaderCutter:
    @given(width=widths, bodies=bodies, cuts=cuts)
    def test_any_slices(self, width: int, bodies: list[bytes], cuts: list[int]) -> None:
        stream = b"".join(header(width, len(body)) + body for body in bodies)
        assert cut_all(width, sliced(stream, cuts)) == bodies

    @given(width=widths, data=st.binary(max_size=400), cuts=cuts)
    def test_any_bytes_come_out_alike(
        self, width: int, data: bytes, cuts: list[int]
    ) -> None:
        whole = cut_all(width, [data])
        assert cut_all(width, sliced(data, cuts)) == whole

    @given(width=widths, stray=st.binary(min_size=1, max_size=200), cuts=cuts)
    def test_the_header_after_garbage_is_found(
        self, width: int, stray: bytes, cuts: list[int]
    ) -> None:
        # A stray digit is a number of its own: nobody could tell.
        stray = bytes(byte | 0x80 for byte in stray)
        stream = stray + header(width, 5) + b"hello" + header(width, 3) + b"you"
        bad, *rest = cut_all(width, sliced(stream, cuts))
        assert isinstance(bad, Bad)
        assert not bad.hopeless
        assert rest == [b"hello", b"you"]

    @WIDTHS
    def test_one_byte_at_a_time(self, width: int) -> None:
        stream = header(width, 5) + b"hello" + header(width, 0) + header(width, 1)
        pieces = [bytes([byte]) for byte in stream + b"x"]
        assert cut_all(width, pieces) == [b"hello", b"", b"x"]

    @WIDTHS
    @pytest.mark.parametrize("number", ["-5", "five", "", "5.0", "0x5", "+5", "٥"])
    def test_no_number(self, width: int, number: str) -> None:
        bad, *rest = cut_all(
            width, [number.encode().ljust(width), header(width, 2), b"ok"]
        )
        assert isinstance(bad, Bad)
        assert rest[-1:] == [b"ok"]

    @WIDTHS
    def test_too_long_is_skipped(self, width: int) -> None:
        for length in (LONGEST + 1, MAX_SKIPPED):
            stream = header(width, length) + b"x" * length + header(width, 2) + b"ok"
            bad, rest = cut_all(width, sliced(stream, list(range(0, 70_000, 4000))))
            assert isinstance(bad, Bad)
            assert str(length) in bad.why
            assert rest == b"ok"

    @WIDTHS
    def test_a_huge_number_is_not_believed(self, width: int) -> None:
        for number in (MAX_SKIPPED + 1, "99999999"):
            bad, rest = cut_all(width, [header(width, number), header(width, 2), b"ok"])
            assert isinstance(bad, Bad)
            assert "can't be meant" in bad.why
            assert rest == b"ok"

    @WIDTHS
    def test_endless_garbage_is_hopeless(self, width: int) -> None:
        frames = cut_all(width, [b"x" * 1000] * 10 + [header(width, 2) + b"no"])
        first, last = frames
        assert isinstance(first, Bad)
        assert not first.hopeless
        assert isinstance(last, Bad)
        assert last.hopeless

    def test_garbage_is_counted_anew_after_a_message(self) -> None:
        stray = b"x" * (MAX_GARBAGE - 10)
        stream = (stray + header(10, 2) + b"ok") * 3
        assert [f for f in cut_all(10, [stream]) if isinstance(f, bytes)] == [b"ok"] * 3

    @WIDTHS
    @pytest.mark.parametrize("length", [9, LONGEST + 1])
    @pytest.mark.parametrize("missing", [-1, 0, 1])
    def test_after_a_reset_a_message_begins(
        self, width: int, length: int, missing: int
    ) -> None:
        begun = (header(width, length) + b"x")[: width - missing]
        cutter = HeaderCutter(width)
        cutter.feed(begun)
        assert cutter.partial
        cutter.reset()
        assert not cutter.partial
        assert cutter.feed(header(width, 2) + b"ok") == [b"ok"]

    def test_many_small_messages_at_once_are_cut_in_linear_time(self) -> None:
        # 60,000 cuts that each copied the rest would copy 20 GB.
        assert len(cut_all(10, [field(10, "x") * 60_000])) == 60_000


SPEECH: dict[str, Callable[[str], bytes]] = {
    "nick": lambda text: f"alice: {text}\n".encode(),
    "raw": lambda text: f"{text}\n".encode(),
    "at": lambda text: f"{text}\r\n".encode(),
    "header64": lambda text: field(64, f"[alice] : {text}"),
    "header10": lambda text: field(10, text),
}
HELLO = {
    "nick": b"alice\n",
    "raw": b"",
    "at": b"alice\n",
    "header64": field(64, "[alice] : "),
    "header10": field(10, "alice"),
}


def observed(kind: str) -> tuple[World, Client, Client]:
    world = World(DOORS[kind])
    client = world.connect()
    netcat = world.connect(door=LineDoor(world.hub))
    netcat.send("NICK carol")
    netcat.lines()
    return world, client, netcat


def told(netcat: Client) -> list[str]:
    lines = [line for line in netcat.lines() if not line.startswith("*")]
    return [line.partition(": ")[2] for line in lines]


@given(kind=kinds, said=st.lists(texts, max_size=6), cuts=cuts)
def test_messages_in_any_slices(kind: str, said: list[str], cuts: list[int]) -> None:
    world, client, netcat = observed(kind)
    stream = HELLO[kind] + b"".join(map(SPEECH[kind], said))
    for piece in sliced(stream, cuts):
        client.send_bytes(piece)
    world.advance(QUIET * 2)
    expected = said
    if kind == "at":
        expected = [text for text in said if not text.startswith("@")]
    assert [text for text in told(netcat) if not text.startswith("@")] == [
        text for text in expected if not text.startswith("@")
    ]


@given(
    kind=st.sampled_from(["nick", "raw", "at"]),
    text=texts.filter(lambda text: "@" not in text),
    cuts=cuts,
)
def test_one_send_without_a_newline_in_any_slices(
    kind: str, text: str, cuts: list[int]
) -> None:
    world, client, netcat = observed(kind)
    client.send_bytes(HELLO[kind])
    netcat.lines()
    for piece in sliced(SPEECH[kind](text).rstrip(b"\r\n"), cuts):
        client.send_bytes(piece)
        world.advance(QUIET / 2)
    world.advance(QUIET)
    assert told(netcat) == [text]


@given(kind=kinds, data=st.binary(max_size=300), cuts=cuts)
def test_any_bytes_are_survived(kind: str, data: bytes, cuts: list[int]) -> None:
    world, client, netcat = observed(kind)
    for piece in sliced(data, cuts):
        client.send_bytes(piece)
    world.advance(30)
    seen = netcat.bytes().decode()
    assert all(clean(line) == line for line in seen.split("\n"))
    netcat.send("PING on")
    assert netcat.lines() == ["PONG on"]
    assert "a bug in the server" not in seen


@pytest.mark.parametrize("kind", list(DOORS))
def test_what_was_said_before_is_not_shown(kind: str) -> None:
    world, _, netcat = observed(kind)
    netcat.send("MSG before", "TOPIC before")
    late = world.connect()
    late.send_bytes(HELLO[kind])
    world.advance(1)
    assert b"before" not in late.bytes()
    netcat.send("MSG after")
    assert b"after" in late.bytes()
