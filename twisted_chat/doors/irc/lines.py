"""How a message of several lines looks (IRCv3 multiline).

Who has ``draft/multiline`` gets a batch; others a message for each line that isn't
blank.
"""

from __future__ import annotations

from .message import LINE, split

MULTILINE = "draft/multiline"
CONCAT = "draft/multiline-concat"


def batch(source: str, verb: str, to: str, text: str, tags: str, reference: str) -> str:
    """`text` as one batch.

    :param source: nick!user@host of who says it.
    :param tags: of the message, with the space behind them.
    """
    start = f":{source} {verb} {to} :"
    lines = [f"{tags}:{source} BATCH +{reference} {MULTILINE} {to}"]
    for line in text.split("\n"):
        for number, piece in enumerate(split(line, _room(start), keep=True)):
            concat = f";{CONCAT}" if number else ""
            lines.append(f"@batch={reference}{concat} {start}{piece}")
    lines.append(f":{source} BATCH -{reference}")
    return "".join(f"{line}\r\n" for line in lines)


def apart(
    source: str, verb: str, to: str, text: str, tags: tuple[str, str], action: bool
) -> str:
    """`text` as messages of their own; blank lines are left out.

    :param tags: those of the first message, with its msgid, and those of the others.
    :param action: whether somebody does it: each line is one that is done.
    """
    start = f":{source} {verb} {to} :" + "\x01ACTION " * action
    end = "\x01" * action
    lines = [
        piece
        for line in text.split("\n")
        if line.strip()
        for piece in split(line, _room(start) - len(end))
    ]
    first, others = tags
    return "".join(
        f"{others if number else first}{start}{line}{end}\r\n"
        for number, line in enumerate(lines)
    )


def _room(start: str) -> int:
    return LINE - 2 - len(start.encode())
