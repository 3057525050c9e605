"""docs/irc.rst names what is there."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.irc_tables import written
from twisted_chat.doors import irc
from twisted_chat.doors.irc.commands.chat import OWN
from twisted_chat.doors.irc.commands.modes import WITH_PARAMETER
from twisted_chat.doors.irc.numerics import TEXTS
from twisted_chat.doors.irc.room_modes import FLAGS

ROOT = Path(__file__).parent.parent
DOC = (ROOT / "docs" / "irc.rst").read_text("utf-8")
SOURCES = sorted(Path(irc.__file__).parent.rglob("*.py"))


def section(title: str) -> str:
    return re.split(r"\n\n\n", DOC.partition(f"\n{title}\n=")[2])[0]


def test_the_tables_are_those_of_the_code() -> None:
    """``python -m tests.irc_tables`` writes them."""
    assert written(DOC) == DOC


@pytest.mark.parametrize("name", OWN)
def test_every_command_of_the_chat(name: str) -> None:
    assert f"``{name}``" in section("Commands")


@pytest.mark.parametrize("letter", ["n", *FLAGS, *WITH_PARAMETER])
def test_every_mode(letter: str) -> None:
    assert f"\n``{letter}`` " in section("Modes")


def test_every_numeric() -> None:
    text = section("Numerics")
    told = {int(word) for word in re.findall(r"\b\d{3}\b", text)}
    for first, last in re.findall(r"\b(\d{3}) to (\d{3})\b", text):
        told.update(range(int(first), int(last) + 1))
    made = set(TEXTS)
    for source in SOURCES:
        code = source.read_text("utf-8")
        made.update(
            int(number)
            for number in re.findall(
                r"(?:numeric|numeric_line|ChatError)\(\s*(\d{1,3})\b", code
            )
        )
    assert made <= told | {402}
