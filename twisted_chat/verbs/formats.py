"""What the line protocol can look like, on whichever door it is spoken."""

from __future__ import annotations

from ..fanout import Format
from ..grammar import json, text

TEXT = Format("text", text.encode)
TEXT_CRLF = Format("text", text.encode_crlf)
JSON = Format("json", json.encode)
REACTIONS = Format("text", text.encode_reactions)
REACTIONS_CRLF = Format("text", text.encode_reactions_crlf)

_WITH = {TEXT: REACTIONS, TEXT_CRLF: REACTIONS_CRLF}
_WITHOUT = {other: format for format, other in _WITH.items()}


def with_reactions(format: Format, on: bool) -> Format:
    """`format` as it shows reactions, or as it doesn't; JSON always does."""
    return (_WITH if on else _WITHOUT).get(format, format)
