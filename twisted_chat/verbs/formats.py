"""What the line protocol can look like, on whichever door it is spoken."""

from __future__ import annotations

from ..fanout import Format
from ..grammar import json, text

TEXT = Format("text", text.encode)
TEXT_CRLF = Format("text", text.encode_crlf)
JSON = Format("json", json.encode)
