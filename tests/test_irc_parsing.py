"""Lines are read as irctokens reads them, which most have no need of."""

from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from irctokens.line import tokenise

from twisted_chat.doors.irc.message import Message, parse

BOLD = "\x02"


def read(line: str) -> Message | None:
    """`line` as irctokens reads it; None where it can't."""
    try:
        command, params, tags = _read(line)
    except (IndexError, ValueError):
        return None
    return Message(command, params, tags)


def _read(line: str) -> tuple[str, list[str], dict[str, str]]:
    told = tokenise(line)
    return told.command, told.params, told.tags or {}


@given(st.text("aB1 :@;=#,\u00df\u00a0\t", max_size=12))
@example("")
@example(" ")
@example(" : a")
@example(" :a")
@example(" @a b")
@example("nick  a   b ")
@example("user a 0 * :")
@example("user a 0 * : b :c ")
@example("privmsg #a :a\u00a0b")
@example("privmsg a\u00a0b c")
@example(":a!b@c nick d")
@example("@a=b;c nick d")
def test_a_line_is_read_as_irctokens_reads_it(line: str) -> None:
    assert parse(line) == read(line)


@pytest.mark.parametrize("prefix", ["", "@label=1 ", ":alice "])
def test_formatting_is_no_part_of_a_parameter(prefix: str) -> None:
    message = parse(f"{prefix}PRIVMSG #a :{BOLD}hello{BOLD} you")
    assert message is not None
    assert message.params == ["#a", "hello you"]
