"""Labelled replies and batches (IRCv3 labeled-response, batch)."""

from __future__ import annotations

import re

from .message import escape, tag

_BATCH = re.compile(rb"(?:@\S+ )?:\S+ BATCH ([+-])(\S+)")
_BATCHED = re.compile(rb"@(?:[^ ]*;)?batch=")


def reply(data: bytes, label: str, server: str, reference: str) -> bytes:
    """The lines in `data` as one reply: ACK for none, a batch for several."""
    lines = data.splitlines(keepends=True)
    named = f"label={escape(label)}".encode()
    if not lines:
        lines = [f":{server} ACK\r\n".encode()]
    if len(lines) == 1 or _is_batch(lines):
        return b"".join((tag(lines[0], named), *lines[1:]))
    inner = f"batch={reference}".encode()
    closing = f":{server} BATCH -{reference}\r\n".encode()
    opening = f":{server} BATCH +{reference} labeled-response\r\n".encode()
    return b"".join(
        (
            tag(opening, named),
            *(line if _BATCHED.match(line) else tag(line, inner) for line in lines),
            closing,
        )
    )


def batch(data: bytes, opening: str, server: str, reference: str) -> bytes:
    """The lines in `data` inside a batch that starts with `opening`.

    Those of a batch within it belong to that already.
    """
    inner = f"batch={reference}".encode()
    return b"".join(
        (
            f":{server} BATCH +{reference} {opening}\r\n".encode(),
            *(
                line if _BATCHED.match(line) else tag(line, inner)
                for line in data.splitlines(keepends=True)
            ),
            f":{server} BATCH -{reference}\r\n".encode(),
        )
    )


def _is_batch(lines: list[bytes]) -> bool:
    """Whether all of `lines` are one batch already."""
    first, last = _BATCH.match(lines[0]), _BATCH.match(lines[-1])
    return bool(
        first and last and (first[1], last[1], first[2]) == (b"+", b"-", last[2])
    )
