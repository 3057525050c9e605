"""What tests of the line protocol share."""

from __future__ import annotations

COMMANDS = [
    "NICK",
    "MSG",
    "PRIV",
    "REPLY",
    "ME",
    "JOIN",
    "PART",
    "ROOMS",
    "WHO",
    "WHOIS",
    "TOPIC",
    "AWAY",
    "IGNORE",
    "UNIGNORE",
    "ECHO",
    "FORMAT",
    "PASS",
    "PING",
    "HELP",
    "QUIT",
]


def error(lines: list[str]) -> int:
    """The number of the only line, an error."""
    assert len(lines) == 1, lines
    word, number, text = lines[0].split(" ", 2)
    assert word == "ERR"
    assert text
    return int(number)
