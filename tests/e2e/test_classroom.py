"""The clients in docs/classroom.rst are short, and they work."""

from __future__ import annotations

import re
import signal
import sys
import textwrap
from pathlib import Path

import pytest

from twisted_chat.doors.textbook.framing import LONGEST, MAX_GARBAGE, MAX_SKIPPED
from twisted_chat.doors.textbook.headers import STALL
from twisted_chat.doors.textbook.lines import QUIET
from twisted_chat.grammar.framing import LINE_LENGTH
from twisted_chat.hub import Settings
from twisted_chat.names import NICK_LENGTH, TEXT_LENGTH

from .support import PATIENCE, Server
from .test_textbook import KINDS, Run, port_of, run, school, shown

__all__ = ["run", "school"]

DOCUMENT = Path(__file__).parents[2] / "docs" / "classroom.rst"
_BLOCK = re.compile(r"^\.\. code-block:: python\n\n((?:    .*\n|\n)+)", re.MULTILINE)


def clients() -> dict[str, str]:
    """The programs of the document, by the format that they speak."""
    programs = map(textwrap.dedent, _BLOCK.findall(DOCUMENT.read_text("utf-8")))
    return {program.split(".py")[0].strip("# "): program for program in programs}


def test_every_format_has_a_client_of_15_lines() -> None:
    found = clients()
    assert sorted(found) == sorted(KINDS)
    for program in found.values():
        assert len(program.strip().splitlines()) <= 15


def test_its_numbers_are_those_of_the_code() -> None:
    words = " ".join(DOCUMENT.read_text("utf-8").split())
    settings = Settings()
    for sentence in (
        f"after {STALL:.0f} seconds",
        f"closed after {settings.patience:.0f} seconds",
        f"more than {LONGEST} bytes",
        f"more than {MAX_SKIPPED} ",
        f"no header in {MAX_GARBAGE} bytes",
        f"at most {LINE_LENGTH} bytes",
        f"for {QUIET} seconds",
        f"more than {settings.send_queue // 1024} KiB",
        f"at most {TEXT_LENGTH} characters",
        f"at most {NICK_LENGTH} letters",
        f"at most {settings.max_per_ip} connections",
    ):
        assert sentence in words, sentence


def test_the_clients_talk(school: Server, run: Run, tmp_path: Path) -> None:
    carol = school.enter("carol")
    running = {}
    for kind, program in clients().items():
        script = tmp_path / f"{kind}.py"
        script.write_text(program)
        arguments = ["127.0.0.1", str(port_of(school, kind))]
        if kind != "raw":
            arguments.append(f"{kind}_user")
        client = run(sys.executable, str(script), *arguments)
        if kind == "header64":
            client.type("first")
        nick = carol.expect(" joined the chat!").split()[1]
        running[nick] = kind, client
    for nick, (_, client) in running.items():
        client.type(f"grüße from {nick}")
        carol.expect(f"{nick}: grüße from {nick}")
    carol.send("MSG to all")
    for nick, (kind, client) in running.items():
        client.expect(shown(kind, "carol", "to all"))
        for other in running:
            if other != nick:
                client.expect(shown(kind, other, f"grüße from {other}"))
    for nick, (_, client) in running.items():
        client.close_input()
        carol.expect(f"{nick} left the chat!")
        client.process.wait(30)


def test_control_c_ends_each_of_them(
    school: Server, run: Run, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    carol = school.enter("carol")
    for kind, program in clients().items():
        script = tmp_path / f"{kind}.py"
        script.write_text(program)
        arguments = ["127.0.0.1", str(port_of(school, kind))]
        if kind != "raw":
            arguments.append(f"{kind}_user")
        client = run(sys.executable, str(script), *arguments)
        client.type("first")
        carol.expect(": first")
        client.process.send_signal(signal.SIGINT)
        assert client.process.wait(PATIENCE) == -signal.SIGINT
        carol.expect(" left the chat!")
    assert "Traceback" not in capfd.readouterr().err
