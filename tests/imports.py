"""Which module of the package imports what, read from its source."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from functools import cache
from pathlib import Path

PACKAGE = "twisted_chat"
ROOT = Path(__file__).parent.parent / PACKAGE


def module_paths() -> dict[str, Path]:
    """Where every module is, by its name below the package, such as ``hub.room``."""
    paths = {}
    for path in sorted(ROOT.rglob("*.py")):
        parts = path.relative_to(ROOT).with_suffix("").parts
        paths[".".join(parts[:-1] if parts[-1] == "__init__" else parts)] = path
    return paths


@cache
def tree(path: Path) -> ast.Module:
    """What is in a file of source."""
    return ast.parse(path.read_text("utf-8"), str(path))


def modules() -> Iterator[tuple[str, ast.Module]]:
    """Every module's name, as in `module_paths`, and its tree."""
    return ((name, tree(path)) for name, path in module_paths().items())


def imports(name: str, path: Path) -> Iterator[str]:
    """The full names of what the module `name` imports, wherever in it."""
    package = [PACKAGE, *(name.split(".") if name else ())]
    if path.name != "__init__.py":
        package.pop()
    for node in ast.walk(tree(path)):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = package[: len(package) - node.level + 1] if node.level else []
            base += node.module.split(".") if node.module else []
            yield from (".".join((*base, alias.name)) for alias in node.names)


def part(name: str) -> str:
    """What part of the package a full name belongs to; empty for none.

    A part is what is directly in the package; in `doors` a door, in `storage` a store.
    """
    words = name.split(".")
    if words[0] != PACKAGE or len(words) < 2:
        return ""
    if words[1] in ("doors", "storage") and len(words) > 2:
        return f"{words[1]}.{words[2]}"
    return words[1]


MODULES_SPEAKING_LINES = (
    "doors.base",
    "doors.line",
    "hub",
    "storage.moderation",
    "names",
    "storage.accounts",
    "storage.passwords",
    "verbs",
)
