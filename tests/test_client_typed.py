"""What a typed line asks of the server."""

from __future__ import annotations

import re
from importlib.resources import files

import pytest
from hypothesis import given
from hypothesis import strategies as st

from twisted_chat.client.typed import EARLY, commands_for, protocol_line
from twisted_chat.grammar.commands import SECRET, parse
from twisted_chat.grammar.framing import LINE_LENGTH
from twisted_chat.names import TEXT_LENGTH
from twisted_chat.verbs import COMMANDS

SCRIPTS = files("twisted_chat.doors.web") / "static" / "js"


@pytest.mark.parametrize(
    ("typed", "sent"),
    [
        ("hello", ["MSG hello"]),
        ("  hello ", ["MSG   hello "]),
        ("QUIT", ["MSG QUIT"]),
        ("/quit", ["QUIT"]),
        ("/quit bye", ["QUIT bye"]),
        ("/priv bob hi", ["PRIV bob hi"]),
        ("/msg bob hi", ["PRIV bob hi"]),
        ("/MSG bob hi", ["PRIV bob hi"]),
        ("msg bob hi", ["MSG msg bob hi"]),
        ("/Join #dev", ["JOIN #dev"]),
        ("//x", ["MSG /x"]),
        ("///x", ["MSG //x"]),
        (" /quit", ["MSG  /quit"]),
        ("@bob hi", ["PRIV bob hi"]),
        ("@bob @carol: hi", ["PRIV bob,carol hi"]),
        ("@ home", ["MSG @ home"]),
        ("", []),
        ("   ", []),
    ],
)
def test_a_line_asks_for(typed: str, sent: list[str]) -> None:
    assert [protocol_line(command) for command in commands_for(typed)] == sent


def test_the_client_knows_what_works_before_a_nick_is_accepted() -> None:
    early = {name for name, command in COMMANDS.items() if command.before_nick}
    assert early == EARLY


def test_whatever_has_a_password_in_it_is_secret() -> None:
    named = {
        name
        for name, command in COMMANDS.items()
        if any("password" in field.name for field in command.fields)
    }
    assert named | {"PASSWD"} == SECRET


def test_the_page_knows_what_is_secret() -> None:
    source = (SCRIPTS / "commands.js").read_text()
    found = re.search(r"const SECRET = /\^\\/\(\?:([a-z|]+)\)\\b/i", source)
    assert found is not None
    # Whoever knows IRC tries /oper.
    assert {*found[1].upper().split("|")} == SECRET | {"OPER"}


@given(st.text(st.characters(exclude_characters="\r\n", exclude_categories=["Cs"])))
def test_what_is_said_is_read_back_equal(text: str) -> None:
    for command in commands_for(text):
        assert parse(protocol_line(command)) == command or command.verb == ""


@pytest.mark.parametrize("char", ["x", "\N{SNOWMAN}", "\N{PILE OF POO}", "a ", " b"])
@pytest.mark.parametrize("length", [1023, 1024, 1025, 5000])
def test_a_long_line_is_said_in_parts_that_fit(char: str, length: int) -> None:
    text = "!" + (char * length)[: length - 2] + "."
    lines = [protocol_line(command) for command in commands_for(text)]
    parts = [line.removeprefix("MSG ") for line in lines]
    assert all(len(part) <= TEXT_LENGTH for part in parts)
    assert all(len(line.encode()) <= LINE_LENGTH for line in lines)
    assert "".join("".join(parts).split()) == "".join(text.split())
    if len(text) <= TEXT_LENGTH and char.isascii():
        assert parts == [text]


def test_a_long_line_is_broken_between_words() -> None:
    text = "word " * 300
    parts = [command.rest for command in commands_for(text)]
    assert all(part.split() == ["word"] * len(part.split()) for part in parts)
    assert sum(len(part.split()) for part in parts) == 300
