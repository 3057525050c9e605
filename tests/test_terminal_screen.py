"""Cells, rows and frames: what reaches the terminal, and what it looks like."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from twisted_chat.terminal.canvas import ENTER, Frame, Painter, notification
from twisted_chat.terminal.cells import (
    NICK_STYLES,
    Row,
    Span,
    Style,
    fit,
    row_width,
    shorten,
    width,
    wrap,
)
from twisted_chat.terminal.palette import GREY, NICK_COLOURS, nick_style, sgr

from .emulator import Emulator

WIDE = "日本語 👩‍👩‍👧 e\u0301 ❤️ ok"
ROWS = st.lists(
    st.builds(Span, st.text(max_size=12), st.sampled_from(list(Style))), max_size=5
)


@pytest.mark.parametrize(
    ("text", "columns"),
    [("ab", 2), ("日本", 4), ("e\u0301", 1), ("👩‍👩‍👧", 2), ("", 0)],
)
def test_width(text: str, columns: int) -> None:
    assert width(text) == columns


def test_what_is_too_long_gets_an_ellipsis() -> None:
    assert shorten("alexander", 5) == "alex…"
    assert shorten("日本語", 4) == "日…"
    assert shorten("bob", 3) == "bob"


def test_rows_are_broken_at_spaces_and_long_words_anywhere() -> None:
    def texts(text: str, columns: int) -> list[str]:
        rows = wrap([Span(text)], columns)
        return ["".join(span.text for span in row) for row in rows]

    assert texts("one two three", 8) == ["one two", "three"]
    assert texts("abcdefghij k", 4) == ["abcd", "efgh", "ij k"]
    assert texts("日本語日本語", 5) == ["日本", "語日", "本語"]


@given(ROWS, st.integers(2, 40))
def test_rows_are_never_too_wide(spans: list[Span], columns: int) -> None:
    clean = [span._replace(text=_printable(span.text)) for span in spans]
    for row in wrap(clean, columns):
        assert row_width(row) <= columns
        assert row_width(fit(row, columns)) == columns


def _printable(text: str) -> str:
    return "".join(c for c in text if c.isprintable())


def paint(terminal: Emulator, painter: Painter, *rows: list[Span]) -> None:
    fitted = [fit(row, terminal.columns) for row in rows]
    terminal.write(painter.paint(Frame(fitted, (0, 0))))


def test_only_what_differs_is_written() -> None:
    terminal, painter = Emulator(20, 2), Painter(256, False)
    terminal.write(ENTER)
    right = Span("right", Style.BOLD)
    paint(terminal, painter, [Span("one  "), right], [Span("below")])
    terminal.written = 0
    paint(terminal, painter, [Span("two  "), right], [Span("below")])
    assert terminal.rows() == ["two  right", "below"]
    assert terminal.written < 40
    terminal.written = 0
    paint(terminal, painter, [Span("two  "), right], [Span("below")])
    assert not terminal.written


@given(st.lists(st.lists(ROWS, min_size=3, max_size=3), min_size=1, max_size=4))
def test_after_any_frames_the_screen_shows_the_last(frames: list[list[Row]]) -> None:
    """And nothing but text and the sequences of ours has come (`Emulator` asserts)."""
    terminal, painter = Emulator(30, 3), Painter(16, True)
    fresh, once = Emulator(30, 3), Painter(16, True)
    for rows in frames:
        shown = [
            [span._replace(text=_printable(span.text)) for span in row] for row in rows
        ]
        paint(terminal, painter, *shown)
    paint(fresh, once, *shown)
    assert terminal.rows() == fresh.rows()


@given(st.text())
def test_no_text_acts_on_the_terminal(text: str) -> None:
    """Not even one that nobody cleaned before (`Emulator` asserts)."""
    data = Painter(256, True).paint(Frame([(Span(text, link=text),)], (0, 0)))
    Emulator(10_000, 1).write(data)
    for kind in (9, 777):
        terminal = Emulator(80, 1)
        terminal.write(notification(kind, text, text))
        assert terminal.notifications[0].count(";") == {9: 1, 777: 3}[kind]


def test_wide_characters_do_not_shift_what_follows() -> None:
    terminal, painter = Emulator(40, 1), Painter(256, False)
    paint(terminal, painter, [Span(WIDE), Span("|", Style.DIM)])
    assert terminal.rows() == [f"{WIDE}|"]
    assert terminal.column == 0


def test_a_terminal_of_another_opinion_is_led_back() -> None:
    row = fit([Span("👩‍👩‍👧"), Span("|", Style.DIM)], 10)
    data = Painter(0, False).paint(Frame([row], (0, 0)))
    assert b"\x1b[3G\x1b[0;2m|" in data


def test_links_are_told_where_asked() -> None:
    terminal = Emulator(40, 1)
    link = Span("https://a.example/x", Style.LINK, "https://a.example/x")
    paint(terminal, Painter(256, True), [link])
    assert terminal.links == ["https://a.example/x"]
    paint(terminal, Painter(256, False), [link])
    assert len(terminal.links) == 1


# Colours


def luminance(colour: int) -> float:
    """Of one of xterm's colours from 16 on (WCAG 2.1)."""
    if colour >= 232:
        parts = [8 + 10 * (colour - 232)] * 3
    else:
        levels = (0, 95, 135, 175, 215, 255)
        number = colour - 16
        parts = [levels[number // 36], levels[number // 6 % 6], levels[number % 6]]
    linear = [
        (p / 255) / 12.92 if p / 255 <= 0.03928 else ((p / 255 + 0.055) / 1.055) ** 2.4
        for p in parts
    ]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


@pytest.mark.parametrize("colour", [*NICK_COLOURS, GREY])
def test_colours_can_be_read_on_black_and_on_white(colour: int) -> None:
    light = luminance(colour)
    assert (light + 0.05) / 0.05 >= 3.5
    assert 1.05 / (light + 0.05) >= 3.5


def test_a_nick_has_one_colour_in_any_case() -> None:
    assert nick_style("Alice") is nick_style("alice")
    assert len({nick_style(f"nick{n}") for n in range(100)}) == len(NICK_STYLES)


def test_without_colours_there_are_none() -> None:
    for look in sgr(0):
        parameters = look[2:-1].decode().split(";")
        assert all(int(p) < 30 for p in parameters), look
