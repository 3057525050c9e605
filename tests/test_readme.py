"""README.rst says what is true."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from twisted_chat.verbs import COMMANDS

from .support import Client, World

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.rst").read_text("utf-8")

TALK = [
    "alice NICK alice",
    "bob NICK bob",
    "alice MSG hello, is anybody here?",
    "bob MSG hi alice! I am bob",
    "bob @alice psst, only you can read this",
    "alice REPLY so it is",
    "alice ME waves",
    "bob JOIN #dev",
    "alice WHO",
    "alice NICK bob",
    "bob QUIT good night",
]


def test_the_transcript_is_what_happens() -> None:
    world = World()
    clients: dict[str, Client] = {who: world.connect() for who in ("alice", "bob")}
    seen = {who: client.lines() for who, client in clients.items()}
    for step in TALK:
        who, _, line = step.partition(" ")
        seen[who].append(line)
        clients[who].send(line)
        for other, client in clients.items():
            seen[other] += client.lines()
    for lines in seen.values():
        shown = "".join(f"    {line}\n" for line in lines)
        assert f"::\n\n{shown}\n" in README, shown


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_is_in_the_table(name: str) -> None:
    table = README.partition("Commands\n========")[2].partition("\nTLS\n===")[0]
    assert re.search(rf"``{name}\b", table)


def test_there_is_one_line_for_the_tests_and_one_for_the_server() -> None:
    lines = [line.strip() for line in README.splitlines()]
    assert sum(line.endswith("/pytest") for line in lines) == 1
    assert sum(line.endswith("twistd -n chat --port 55555") for line in lines) == 1


def test_what_it_points_to_is_there() -> None:
    targets = re.findall(r"<([\w./-]+)>`_", README)
    assert targets
    for target in targets:
        assert (ROOT / target).exists(), target


def test_ports_in_examples_are_never_lent_to_outgoing_connections() -> None:
    """Linux takes 32768 to 60999 for those; the product's own port is explained."""
    for path in (ROOT / "README.rst", *sorted((ROOT / "docs").glob("*.rst"))):
        text = path.read_text("utf-8")
        opened = re.findall(r"--(?:port|web|irc|textbook) \S*?(\d{4,5})\b", text)
        called = re.findall(r"\blocalhost[: ](\d{4,5})\b", text)
        for port in map(int, opened + called):
            assert port == 55555 or not 32768 <= port <= 60999, (path.name, port)
    assert "ip_local_reserved_ports=55555" in README
