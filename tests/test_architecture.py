"""The modules import each other as docs/architecture.rst says."""

from __future__ import annotations

import ast
import inspect
import re
from pathlib import Path

from twisted_chat.doors.base import Connection
from twisted_chat.doors.irc.connection import IRCConnection
from twisted_chat.doors.line import LineConnection
from twisted_chat.doors.textbook.nick import NickConnection
from twisted_chat.doors.web.connection import WebConnection

from .imports import PACKAGE, imports, module_paths, part, tree

DOCUMENT = Path(__file__).parent.parent / "docs" / "architecture.rst"
ANYTHING = "anything but "

WITHOUT_IO = {"events", "names", "addresses", "limits", "fair_queue", "durations"} | {
    "clock",
    "grammar",
    "fanout",
    "hub",
    "terminal",
    "verbs",
}
WITH_REACTOR = frozenset({"options", "tap", "client", "admin"})
WITH_CLOCK = (WITH_REACTOR - {"options"}) | {"storage.database", "history"}
CLOCKS = {"time", "monotonic", "perf_counter", "now", "utcnow", "today"}

MODULES = module_paths()


def table() -> dict[str, str]:
    """What the document allows, by part."""
    rows: dict[str, str] = {}
    name = ""
    for line in DOCUMENT.read_text("utf-8").splitlines():
        if match := re.fullmatch(r"``([\w.]+)``\s{2,}(\S.*)", line):
            name = match[1]
            rows[name] = match[2]
        elif name and line.startswith(" " * 37):
            rows[name] += f" {line.strip()}"
        else:
            name = ""
    return rows


TABLE = table()


def row(part: str) -> str:
    door = part.startswith("doors.") and part not in TABLE
    name = "doors.x" if door else part
    assert name in TABLE, f"docs/architecture.rst doesn't say what {part} may import"
    return TABLE[name]


def allows(part: str, other: str) -> bool:
    """Whether the document lets `part` import `other`."""
    if not other or other in (part, "__version__"):
        return True
    rule = row(part)
    if rule.startswith(ANYTHING):
        banned = re.findall(r"[\w.]+", rule.removeprefix(ANYTHING))
        door = other.startswith("doors.") and other not in TABLE
        return other not in banned and not (door and "doors.x" in banned)
    return other in re.findall(r"[\w.]+", rule)


def test_the_table_is_read() -> None:
    assert TABLE["names"] == "events"
    assert "storage.passwords" in TABLE["hub"]
    assert not allows("names", "hub")
    assert not allows("doors.irc", "doors.web")
    assert not allows("hub", "storage.accounts_sqlite")
    assert not allows("admin", "doors.irc")
    assert allows("tap", "doors.irc")
    assert not allows("options", "doors.irc")


def test_modules_import_only_what_their_part_may() -> None:
    wrong = [
        f"{name} imports {imported}"
        for name, path in MODULES.items()
        for imported in imports(name, path)
        if not allows(part(f"{PACKAGE}.{name}"), part(imported))
    ]
    assert not wrong, f"see {DOCUMENT.name}"


def test_what_decides_does_no_io() -> None:
    def wrong(mine: str, imported: str) -> bool:
        inside = imported.startswith("twisted.internet")
        if mine in WITHOUT_IO and inside:
            return not imported.startswith("twisted.internet.defer.")
        return imported == "twisted.internet.reactor" and mine not in WITH_REACTOR

    assert not [
        f"{name} imports {imported}"
        for name, path in MODULES.items()
        for imported in imports(name, path)
        if wrong(part(f"{PACKAGE}.{name}"), imported)
    ]


def looks_at_a_clock(node: ast.AST) -> bool:
    """Whether it does so, or imports what does."""
    if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
        return node.value.id in ("time", "datetime") and node.attr in CLOCKS
    if isinstance(node, ast.ImportFrom) and node.module == "time":
        return any(alias.name in CLOCKS for alias in node.names)
    return False


def test_time_is_handed_in() -> None:
    assert not [
        f"{name}, line {getattr(node, 'lineno', 0)}"
        for name, path in MODULES.items()
        if part(f"{PACKAGE}.{name}") not in WITH_CLOCK
        for node in ast.walk(tree(path))
        if looks_at_a_clock(node)
    ]


def privates(owner: type) -> set[str]:
    """The names with an underscore that the source of `owner` has of its own."""
    own = re.compile(r"(?:\bself\.|\bdef |^    )(_[a-z]\w*)", re.MULTILINE)
    return set(own.findall(inspect.getsource(owner)))


def doors(base: type = Connection) -> set[type]:
    below: list[type] = base.__subclasses__()
    return {*below, *(door for one in below for door in doors(one))}


def test_doors_use_no_privates_of_their_base() -> None:
    assert {"_life", "_too_late", "_handshaking"} < privates(Connection)
    assert {IRCConnection, LineConnection, WebConnection, NickConnection} < doors()
    for door in doors():
        assert not privates(door) & privates(Connection), door


def test_the_plugin_folder_is_no_package_of_ours() -> None:
    """An __init__.py there would hide Twisted's own."""
    folder = Path(__file__).parent.parent / "twisted"
    assert [str(path.relative_to(folder)) for path in folder.rglob("*.py")] == [
        "plugins/twisted_chat_plugin.py"
    ]
