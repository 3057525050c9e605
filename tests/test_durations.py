"""How long a ban or a mute lasts, in the words of people."""

from __future__ import annotations

import pytest

from twisted_chat.durations import (
    is_duration,
    parse_duration,
    show_time,
    split_duration,
)

from .kept import Kept
from .support import World, ask, member


@pytest.fixture
def world() -> World:
    return World(store=Kept(), operators=frozenset({"root", "adam"}))


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("90s", 90),
        ("1d2h30m", 95_400),
        ("2w", 1_209_600),
        ("1H", 3600),
        ("10min", 600),
        ("10 minutes", 600),
        ("1 day", 86_400),
        ("3 Days", 259_200),
        ("2 weeks", 1_209_600),
        ("1 hour 30 mins", 5400),
        ("2hrs", 7200),
        ("45 secs", 45),
    ],
)
def test_durations(text: str, seconds: int) -> None:
    assert is_duration(text)
    assert parse_duration(text) == seconds
    assert split_duration(f"{text} 3 times spam") == (text, "3 times spam")


@pytest.mark.parametrize(
    "text",
    ["", "1", "d", "1x", "-1d", "١d", "10mins5x", "1 month", "1y", "1.5h", "5 strikes"],
)
def test_no_durations(text: str) -> None:
    assert not is_duration(text)
    with pytest.raises(ValueError, match="span of time; write 90s, 10min"):
        parse_duration(text)


@pytest.mark.parametrize("text", ["", "spam", "-1d", "for 3 days"])
def test_a_reason_without_a_duration(text: str) -> None:
    assert split_duration(text) == ("", text)


def test_for_ever_lets_a_reason_begin_with_a_digit() -> None:
    assert split_duration("0 3 times spam") == ("0", "3 times spam")
    assert split_duration("0") == ("0", "")


@pytest.mark.parametrize(
    "words", ["10x", "3 times spam", "1 month", "1.5h", "10", "007", "0s", "99999w"]
)
@pytest.mark.parametrize("verb", ["MUTE", "BAN", "MUTE #lobby", "BAN #lobby"])
def test_a_bad_duration_is_told_how_to_be_written(
    world: World, verb: str, words: str
) -> None:
    root = member(world, "root")
    [told] = ask(root, f"{verb} bob {words}")
    assert told.startswith("ERR 461 ")
    assert "10min" in told
    assert "bob" not in str(ask(root, "BANS") + ask(root, "BANS #lobby"))


@pytest.mark.parametrize(
    ("words", "until", "reason"),
    [
        ("10min", "2023-11-14 22:24 UTC", ""),
        ("1 day spam", "2023-11-15 22:14 UTC", "spam"),
        ("10 minutes 5 strikes", "2023-11-14 22:24 UTC", "5 strikes"),
        ("0 3 times spam", "", "3 times spam"),
        ("spam 1d", "", "spam 1d"),
    ],
)
def test_how_long_and_why(world: World, words: str, until: str, reason: str) -> None:
    root = member(world, "root")
    root.send(f"MUTE bob {words}")
    [_, line] = ask(root, "BANS")
    shown = f" until {until}" if until else ""
    why = f" ({reason})" if reason else ""
    assert line == f"* mute bob{shown} by root{why}"


def test_a_time_is_rounded_up() -> None:
    assert show_time(1_700_000_000) == "2023-11-14 22:14 UTC"
