"""Text for clients that decode ASCII only, and end at any other byte."""

from __future__ import annotations

import unicodedata
from functools import lru_cache

# Those that Unicode does not take apart by itself.
_NEAREST = {
    **dict.fromkeys("‘’‚‛‹›′", "'"),
    **dict.fromkeys("“”„‟«»″", '"'),
    **dict.fromkeys("‐‑‒–—―−", "-"),
    **dict(zip("•×ıĐðđØøŁł", "*xiDddOoLl", strict=True)),
    "Æ": "AE",
    "æ": "ae",
    "Œ": "OE",
    "œ": "oe",
    "ẞ": "SS",
    "ß": "ss",
    "Ð": "D",
    "Þ": "Th",
    "þ": "th",
}


class _Table:
    """What `str.translate` asks for each character."""

    def __getitem__(self, code: int) -> str:
        return _nearest(chr(code))


@lru_cache(4096)
def _nearest(char: str) -> str:
    if char.isascii():
        return char
    if near := _NEAREST.get(char):
        return near
    if unicodedata.category(char) in ("Mn", "Me", "Cf"):
        return ""  # belongs to the character before it
    parts = unicodedata.normalize("NFKD", char)
    plain = "".join(part for part in parts if not unicodedata.combining(part))
    return plain if plain.isascii() and plain else "?"


_TABLE = _Table()


def nearest_ascii(data: bytes) -> bytes:
    """UTF-8 in ASCII: without accents; ``?`` for what has nothing like it."""
    if data.isascii():
        return data
    return data.decode().translate(_TABLE).encode("ascii")
