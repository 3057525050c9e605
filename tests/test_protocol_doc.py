"""docs/protocol.rst tells of every command, event, field and number."""

from __future__ import annotations

import ast
import json
import re
from pathlib import Path
from typing import Any, get_args

import pytest

from twisted_chat import events as e
from twisted_chat.grammar.json import RENDER, encode
from twisted_chat.verbs import COMMANDS

from .imports import MODULES_SPEAKING_LINES, modules
from .samples import sample

DOCUMENT = Path(__file__).parent.parent / "docs" / "protocol.rst"
TEXT = DOCUMENT.read_text("utf-8")


def entries() -> dict[str, str]:
    """What stands under each term of a definition list, by the words in it."""
    found: dict[str, str] = {}
    for match in re.finditer(r"^(``.*``)\n((?:    .*\n)+)", TEXT, re.MULTILINE):
        for term in re.findall(r"``(.+?)``", match[1]):
            found[term] = match[2]
    return found


ENTRIES = entries()


@pytest.mark.parametrize("name", COMMANDS)
def test_a_command_is_documented_with_its_usage(name: str) -> None:
    usage = COMMANDS[name].usage
    assert usage in ENTRIES, f"docs/protocol.rst has no entry ``{usage}``"
    early = "*Early.*" in ENTRIES[usage]
    assert early == COMMANDS[name].before_nick, f"is {name} marked *Early.*?"


@pytest.mark.parametrize("name", COMMANDS)
def test_help_tells_what_a_command_is_for(name: str) -> None:
    command = COMMANDS[name]
    assert command.usage.split()[0] == name
    assert command.help
    assert command.help[0].islower()
    assert len(command.usage) + len(command.help) < 160


def test_the_table_of_objects_is_the_table_of_commands() -> None:
    objects = section("Commands as objects")
    rows = re.findall(r"^``([a-z]+)`` +(none|``[a-z]+``.*)$", objects, re.MULTILINE)
    documented = {name: re.findall(r"``([a-z_]+)``(\??)", keys) for name, keys in rows}
    assert documented == {
        name.lower(): [(f.name, "" if f.needed else "?") for f in command.fields]
        for name, command in COMMANDS.items()
    }


@pytest.mark.parametrize("kind", RENDER, ids=lambda kind: str(kind.__name__))
def test_an_event_is_documented_with_its_fields(kind: type) -> None:
    for line in encode(sample(kind)).splitlines():
        check_documented(json.loads(line))


@pytest.mark.parametrize("kind", get_args(e.SpeechKind))
@pytest.mark.parametrize("event", [e.Said, e.Whispered])
def test_speech_of_every_kind_is_documented(event: type, kind: e.SpeechKind) -> None:
    check_documented(json.loads(encode(sample(event)._replace(kind=kind))))


def check_documented(event: dict[str, Any]) -> None:
    name = event["event"]
    assert name in ENTRIES, f"docs/protocol.rst has no entry ``{name}``"
    fields = set(event)
    for value in event.values():
        for thing in value if isinstance(value, list) else ():
            if isinstance(thing, dict) and "event" in thing:
                check_documented(thing)
            elif isinstance(thing, dict):
                fields |= set(thing)
    for field in fields - {"event", "at"}:
        assert f"``{field}``" in ENTRIES[name], f"no ``{field}`` under ``{name}``"


def test_every_kind_of_event_has_a_form() -> None:
    kinds = set(get_args(e.Event))
    assert kinds <= set(RENDER)


def test_every_number_is_explained() -> None:
    numbers: set[int] = set()
    for name, tree in modules():
        if not name.startswith(MODULES_SPEAKING_LINES):
            continue
        for node in ast.walk(tree):
            if (
                isinstance(node, ast.Call)
                and isinstance(node.func, ast.Name)
                and node.func.id == "ChatError"
                and node.args
                and isinstance(node.args[0], ast.Constant)
            ):
                numbers.add(int(str(node.args[0].value)))
    assert len(numbers) > 20
    for number in sorted(numbers):
        assert re.search(rf"^{number}  \S", TEXT, re.MULTILINE), f"no row for {number}"


def places_of_codes() -> dict[tuple[str, str], int]:
    """Which argument of which function is the code of a notice, by module.

    What has no underscore in front is known in all modules.
    """
    places = {("", "Notice"): e.Notice._fields.index("code")}
    for module, tree in modules():
        for node in ast.walk(tree):
            if not isinstance(node, ast.FunctionDef):
                continue
            names = [arg.arg for arg in node.args.args]
            if "code" in names and "Notice(" in ast.unparse(node):
                where = module if node.name.startswith("_") else ""
                place = names.index("code") - (names[0] == "self")
                places[where, node.name] = place
    return places


def called_by(node: ast.Call) -> str:
    """The last name in what is called; empty where it has none."""
    if isinstance(node.func, ast.Attribute):
        return node.func.attr
    return node.func.id if isinstance(node.func, ast.Name) else ""


def codes_of_notices() -> set[str]:
    """All codes in the source: constants, or the values of a module's table."""
    places = places_of_codes()
    codes: set[str] = set()
    for module, tree in modules():
        if module.startswith(("client", "terminal")):
            continue
        tables = {
            ast.unparse(node.targets[0]): node.value
            for node in tree.body
            if isinstance(node, ast.Assign) and isinstance(node.value, ast.Dict)
        }
        for node in ast.walk(tree):
            if not isinstance(node, ast.Call):
                continue
            called = called_by(node)
            if called == "Codes":
                codes |= set(map(ast.literal_eval, node.args))
            where = module if called.startswith("_") else ""
            place = places.get((where, called), 99)
            for arg in node.args[place : place + 1]:
                if isinstance(arg, ast.Constant):
                    codes.add(str(arg.value))
                elif isinstance(arg, ast.Subscript):
                    # `Moderation.announce` has another argument there.
                    if table := tables.get(ast.unparse(arg.value)):
                        codes |= set(map(ast.literal_eval, table.values))
                elif not ast.unparse(arg).startswith("self.codes."):
                    assert ast.unparse(arg) == "code", ast.unparse(node)
    return codes


def test_every_code_of_a_notice_is_explained() -> None:
    codes = codes_of_notices()
    assert {"welcome", "format", "shutting-down", "mute-set", "certificate"} <= codes
    listed = set(re.findall(r"^``([a-z-]+)`` +\S", section("Notices"), re.MULTILINE))
    assert listed == codes
    assert all(re.fullmatch(r"[a-z]+(-[a-z]+)*", code) for code in codes)


def section(title: str) -> str:
    return TEXT.split(f"\n{title}\n===")[1].split("\n\n\n")[0]
