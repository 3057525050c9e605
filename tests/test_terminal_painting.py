"""When the interface paints, and how much: a hundred of them share a process."""

from __future__ import annotations

from typing import Any

from twisted_chat.terminal import Size
from twisted_chat.terminal.canvas import ENTER, LEAVE

from .seats import Seat


class Watched(Seat):
    """:ivar writes: what was written to the screen, each time."""

    def __init__(self, **more: Any) -> None:
        self.writes: list[bytes] = []
        super().__init__(**more)
        self.hear(event="nick", old=None, nick="alice", you=True)
        self.hear(event="join", room="#lobby", nick="alice")
        self.settle()
        self.writes.clear()

    def write(self, data: bytes) -> None:
        self.writes.append(data)
        super().write(data)

    def said(self, id: int, text: str = "hello") -> None:
        self.hear(event="message", room="#lobby", nick="bob", text=text, id=id)


def test_what_others_do_is_painted_at_most_ten_times_a_second() -> None:
    alice = Watched()
    for number in range(1, 1001):
        alice.said(number, f"hello {number}")
        alice.clock.advance(0.001)
    assert 8 <= len(alice.writes) <= 11


def test_a_message_after_a_pause_is_painted_at_once() -> None:
    alice = Watched()
    alice.clock.advance(1)
    alice.said(1)
    assert len(alice.writes) == 1


def test_a_key_is_echoed_within_20_ms_whatever_is_said() -> None:
    alice = Watched()
    for number in range(1, 51):
        alice.said(number)
        alice.clock.advance(0.005)
        before = alice.terminal.typed
        alice.interface.received(b"x")
        alice.clock.advance(0.02)
        assert alice.terminal.typed == before + "x"


def test_many_keys_at_once_are_painted_once() -> None:
    alice = Watched()
    alice.clock.advance(1)
    alice.interface.received(b"hello there")
    assert len(alice.writes) == 1
    for _ in range(10):
        alice.interface.received(b"x")
    alice.clock.advance(0.02)
    assert len(alice.writes) == 2


def test_nothing_is_painted_that_is_on_the_screen() -> None:
    alice = Watched()
    alice.clock.advance(1)
    alice.hear(event="pong", token="x")
    alice.clock.advance(1)
    assert alice.writes == []


def test_a_key_changes_little() -> None:
    alice = Watched()
    for number in range(1, 50):
        alice.said(number)
    alice.settle()
    alice.writes.clear()
    alice.type("x")
    assert sum(map(len, alice.writes)) < 60


def test_who_takes_nothing_is_painted_nothing() -> None:
    alice = Watched()
    alice.interface.pause()
    for number in range(1, 100):
        alice.said(number, "alice: look")
        alice.clock.advance(1)
    assert alice.writes == []
    alice.interface.resume()
    assert alice.screen.count("look") > 20
    assert len(alice.writes) == 1


def test_the_screen_is_taken_and_given_back() -> None:
    alice = Watched()
    assert {"1049", "2004", "25"} <= alice.terminal.modes | {"25"}
    alice.interface.stop()
    assert alice.writes[-1] == LEAVE
    assert not alice.terminal.modes & {"1049", "2004"}
    alice.said(1)
    alice.clock.advance(1)
    assert alice.writes[-1] == LEAVE
    alice.interface.start()
    assert ENTER in alice.writes
    assert "hello" in alice.terminal.screen()
    alice.interface.close()
    alice.clock.advance(100)
    assert not alice.clock.getDelayedCalls()


def test_a_size_of_nothing_is_no_fault() -> None:
    alice = Watched()
    for size in (Size(0, 0), Size(1, 1), Size(3, 2), Size(500, 200)):
        alice.terminal.resize(max(size.columns, 4), max(size.rows, 1))
        alice.interface.resized(size)
        alice.type("日本語")
        alice.said(1)
        alice.settle()
