"""Masks: "*" is any characters, "?" is one."""

from __future__ import annotations

import re
from functools import lru_cache

_MOST = 200


@lru_cache(maxsize=64)
def glob(mask: str) -> re.Pattern[str]:
    """A pattern for folded names.  Takes time linear in what it is matched with:
    what lies between two stars is found at the first place where it is."""
    first, *parts = re.sub(r"\*+", "*", mask.lower()[:_MOST]).split("*")
    pattern = _literal(first)
    for number, part in enumerate(parts, 1):
        if number == len(parts):
            pattern += f".*{_literal(part)}"
        else:
            pattern += f"(?>.*?{_literal(part)})"
    return re.compile(pattern, re.DOTALL)


def _literal(text: str) -> str:
    return "".join("." if char == "?" else re.escape(char) for char in text)
