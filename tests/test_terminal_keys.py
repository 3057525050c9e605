"""Bytes of a keyboard are the keys that were pressed."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from twisted.internet.task import Clock

from twisted_chat.terminal.keys import MOST_PASTED, Keys

from .support import sliced


class Typed:
    """What was typed, as words."""

    def __init__(self) -> None:
        self.got: list[str] = []
        self.clock = Clock()
        self.keys = Keys(self, self.clock)

    def key(self, name: str) -> None:
        self.got.append(name)

    def text(self, text: str) -> None:
        self.got.append(f"'{text}'")

    def paste(self, text: str) -> None:
        self.got.append(f"<{text}>")

    def feed(self, *packets: bytes) -> list[str]:
        for packet in packets:
            self.keys.feed(packet)
        return self.got


def read(*packets: bytes) -> list[str]:
    typed = Typed()
    typed.feed(*packets)
    typed.clock.advance(10)
    return typed.got


@pytest.mark.parametrize(
    ("data", "key"),
    [
        (b"\r", "enter"),
        (b"\n", "ctrl-j"),
        (b"\t", "tab"),
        (b"\x01", "ctrl-a"),
        (b"\x1a", "ctrl-z"),
        (b"\x1f", "ctrl-_"),
        (b"\x7f", "backspace"),
        (b"\x08", "backspace"),
        (b"\x1b[A", "up"),
        (b"\x1bOB", "down"),
        (b"\x1b[1;5C", "ctrl-right"),
        (b"\x1b[1;3D", "alt-left"),
        (b"\x1b[H", "home"),
        (b"\x1b[4~", "end"),
        (b"\x1b[5~", "pageup"),
        (b"\x1b[6;2~", "shift-pagedown"),
        (b"\x1b[3~", "delete"),
        (b"\x1b[Z", "shift-tab"),
        (b"\x1b\r", "alt-enter"),
        (b"\x1b\x7f", "alt-backspace"),
        (b"\x1bb", "alt-b"),
        (b"\x1b7", "alt-7"),
        (b"\x1b[27;2;13~", "shift-enter"),
        (b"\x1b[13;3u", "alt-enter"),
        (b"\x1b", "escape"),
    ],
)
def test_a_key(data: bytes, key: str) -> None:
    assert read(data) == [key]
    assert read(*(bytes([byte]) for byte in data)) == [key], "in pieces"


def test_text_is_utf_8_also_in_pieces() -> None:
    assert read("aé日".encode()) == ["'aé日'"]
    assert "".join(read(*(bytes([b]) for b in "é日".encode()))) == "'é''日'"
    assert read(b"\xff") == ["'\ufffd'"]


def test_what_is_no_key_is_dropped() -> None:
    assert read(b"\x1b[?1;2c\x1b[<0;3;4M\x1b[99~a") == ["'a'"]
    assert len("".join(read(b"\x1b[", b"1" * 1000, b"~"))) < 1100


def test_escape_waits_for_what_may_follow() -> None:
    typed = Typed()
    assert typed.feed(b"\x1b") == []
    typed.clock.advance(0.06)
    assert typed.got == ["escape"]
    assert typed.feed(b"[") == ["escape", "'['"]


def test_a_paste_is_one_thing() -> None:
    assert read(b"\x1b[200~a\r\nb\rc\x1b[201~") == ["<a\nb\nc>"]
    assert read(b"x\x1b[20", b"0~a", b"b\x1b[201", b"~") == ["'x'", "<ab>"]


def test_an_end_mark_in_what_is_pasted_does_not_end_it() -> None:
    assert read(b"\x1b[200~a\x1b[201~\r/quit\r\x1b[201~") == ["<a\n/quit\n>"]
    assert read(b"\x1b[200~a\x1b[201~", b"\r/quit\r", b"b\x1b[201~") == [
        "<a\n/quit\nb>"
    ]


def test_a_paste_ends_soon_after_its_mark_or_when_nothing_comes() -> None:
    typed = Typed()
    typed.feed(b"\x1b[200~a\x1b[201~")
    typed.clock.advance(0.11)
    assert typed.feed(b"\r") == ["<a>", "enter"]
    typed.feed(b"\x1b[200~lost")
    typed.clock.advance(6)
    assert typed.got[-1] == "<lost>"


def test_a_paste_whose_mark_more_followed_goes_on_for_a_while() -> None:
    typed = Typed()
    typed.feed(b"\x1b[200~a\x1b[201~", b"b")
    typed.clock.advance(0.2)
    typed.feed(b"\r/quit\r\x1b[201~")
    typed.clock.advance(0.2)
    assert typed.got == ["<ab\n/quit\n>"]


def test_a_huge_paste_is_cut() -> None:
    chunks = [b"\x1b[200~"] + [b"x" * 50_000] * 10 + [b"\x1b[201~"]
    (pasted,) = read(*chunks)
    assert len(pasted) <= MOST_PASTED + 20


@given(st.binary(max_size=60), st.lists(st.integers(0, 60), max_size=5))
def test_anything_may_come(data: bytes, cuts: list[int]) -> None:
    for name in read(*sliced(data, cuts)):
        assert name


@given(st.text(st.characters(codec="utf-8"), max_size=60))
def test_nothing_that_is_pasted_is_a_key(text: str) -> None:
    data = b"\x1b[200~" + text.encode() + b"\x1b[201~"
    got = read(data)
    assert len(got) == 1
    assert got[0].startswith("<")
