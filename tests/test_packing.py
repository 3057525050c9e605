"""What a listener gets in a turn is joined and wrapped, and that once."""

from __future__ import annotations

from collections.abc import Sequence

from hypothesis import given
from hypothesis import strategies as st

from twisted_chat.events import Event
from twisted_chat.fanout import Format, packing
from twisted_chat.fanout.format import Piece
from twisted_chat.fanout.packing import Packer


def nothing(event: Event) -> bytes:
    return b""


class Frames:
    def __init__(self) -> None:
        self.made = 0

    def __call__(self, data: bytes) -> bytes:
        self.made += 1
        return b"<" + data + b">"


PLAIN = Format("plain", nothing)
TURN, OTHER = b"a: one\nb: two\n", b"#dev c: three\n"


def test_one_piece_is_written_as_it_is() -> None:
    assert Packer().pack(PLAIN, [TURN]) is TURN


def test_a_slice_is_written_as_bytes() -> None:
    data = Packer().pack(PLAIN, [memoryview(TURN)[:7]])
    assert type(data) is bytes
    assert data == b"a: one\n"


def test_what_many_get_alike_is_made_once() -> None:
    frames = Frames()
    framed = Format("framed", nothing, frames)
    packer = Packer()
    first = packer.pack(framed, [TURN, OTHER])
    assert first == b"<" + TURN + OTHER + b">"
    assert packer.pack(framed, [TURN, OTHER]) is first
    assert packer.pack(framed, [TURN]) == b"<" + TURN + b">"
    assert packer.pack(framed, [TURN]) == b"<" + TURN + b">"
    assert frames.made == 2
    assert packer.pack(PLAIN, [TURN, OTHER]) == TURN + OTHER
    assert packer.pack(framed, [OTHER, TURN]) == b"<" + OTHER + TURN + b">"


def test_nothing_gets_no_frame() -> None:
    assert Packer().pack(Format("framed", nothing, Frames()), [b"", b""]) == b""


def _fresh(words: Sequence[bytes]) -> list[Piece]:
    """New objects, made where the ones before may have been."""
    return [bytes(bytearray(word)) for word in words]


@given(st.lists(st.lists(st.binary(min_size=2, max_size=4), max_size=3), max_size=80))
def test_objects_that_are_gone_are_not_mistaken_for_others(
    turns: list[list[bytes]],
) -> None:
    packer = Packer()
    for words in turns:
        assert packer.pack(PLAIN, _fresh(words)) == b"".join(words)


def test_what_is_kept_is_bounded() -> None:
    packer = Packer()
    for number in range(10 * packing.MAX_KEPT):
        packer.pack(PLAIN, [TURN, b"%d" % number])
    assert len(packer._kept) == packing.MAX_KEPT
