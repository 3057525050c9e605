"""The words that a search asks for, and which messages have them."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from typing import NamedTuple

from ..events import ChatError

LEAST_PREFIX = 2
MAX_WORDS = 10

_WORD = re.compile(r"[^\W_]+")


class Word(NamedTuple):
    """:ivar text: at least one letter or digit; :ivar prefix: it ended in ``*``."""

    text: str
    prefix: bool


def words_of(query: str) -> list[Word]:
    """The words that `query` asks for, each as it was written.

    :raises ChatError: 412 when there is none, or more than `MAX_WORDS`.
    """
    words = [
        Word(
            word.replace('"', " ").rstrip("*"),
            word.endswith("*") and len(word) > LEAST_PREFIX,
        )
        for word in query.split()
        if _WORD.search(word)
    ]
    if not words:
        raise ChatError(412, "Search for what? Use SEARCH words")
    if len(words) > MAX_WORDS:
        raise ChatError(412, f"Too many words; search for at most {MAX_WORDS}")
    return words


def tokens(text: str) -> list[str]:
    """`text` as the words that a search compares: no case, no accents."""
    if not text.isascii():
        decomposed = unicodedata.normalize("NFD", text)
        text = "".join(c for c in decomposed if unicodedata.category(c) != "Mn")
    return _WORD.findall(text.lower())


def matches(words: Sequence[Word], text: str) -> bool:
    """Whether `text` has all of `words`; one like ``well-known`` as a phrase."""
    if text.isascii():
        # Cheap, and true of most: what isn't even a part of it isn't a word.
        lower = text.lower()
        if any(w.text.isascii() and tokens(w.text)[-1] not in lower for w in words):
            return False
    there = tokens(text)
    return all(_has(there, tokens(word.text), word.prefix) for word in words)


def _has(there: list[str], phrase: list[str], prefix: bool) -> bool:
    *whole, last = phrase
    for start in range(len(there) - len(phrase) + 1):
        end = start + len(whole)
        if there[start:end] == whole and (
            there[end].startswith(last) if prefix else there[end] == last
        ):
            return True
    return False
