"""docs/terminal.rst says what is true."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from twisted_chat.client.config import Config, Server, read_config
from twisted_chat.terminal.command_table import COMMANDS
from twisted_chat.terminal.composer import KEYS

DOCUMENT = Path(__file__).parent.parent / "docs" / "terminal.rst"
TEXT = DOCUMENT.read_text("utf-8")


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_is_told_of(name: str) -> None:
    assert re.search(rf"``/{name}\b", TEXT)


def test_the_configuration_shown_is_the_default(tmp_path: Path) -> None:
    path = tmp_path / "config.toml"
    shown = "".join(
        re.findall(r"^    (.*\n)", TEXT.partition("Configuration\n=")[2], re.M)
    )
    path.write_text(shown.replace("alice@", "a@"), "utf-8")
    config = read_config(path)
    assert config._replace(servers={}) == Config()
    for name in (*Config._fields, *Server._fields):
        assert re.search(rf"^    (?:\[{name}\.|{name} = )", TEXT, re.M), name


@pytest.mark.parametrize("key", sorted(KEYS))
def test_every_key_of_the_line_is_told_of(key: str) -> None:
    also = {"alt-b", "alt-f", "ctrl-b", "ctrl-f", "ctrl-p", "ctrl-n", "alt-backspace"}
    arrows = {"up": "↑", "down": "↓", "left": "←", "right": "→"}
    word = key.rpartition("-")[2]
    if key in also or word in ("backspace", "delete") or key == "shift-enter":
        return  # as in every program
    name = arrows.get(word, word if len(word) > 1 else word.upper())
    assert name.lower() in TEXT.lower(), key
    if key.startswith("ctrl-") and word not in arrows:
        assert f"Ctrl-{word.upper()}" in TEXT, key
