"""What IRC calls msgid (IRCv3 message-ids).

In a room it is the message's number and the room; in a private conversation that is
kept, its number and a word that stands for the conversation.  What isn't kept has the
time and the nick.
"""

from __future__ import annotations

import re
from functools import lru_cache
from hashlib import blake2b

from ...events import Deleted, Edited, Reacted, Said, Whispered
from ...names import fold, is_conversation, is_room

_ID = re.compile(r"(\d{1,15})(?:\.\d+)?([#@].+)")


def of_said(event: Said, piece: int = 1) -> str:
    """That of what was said in a room.

    :param piece: which line of a message in several lines this is, from 1; each
        has a msgid of its own.
    """
    return f"{event.id}{f'.{piece}' if piece > 1 else ''}{event.room}"


def of_whispered(event: Whispered, piece: int = 1) -> str:
    """That of what was written in private; see `of_said`."""
    if not event.id:
        return f"{event.at:.6f}.{piece}-{event.nick}"
    return f"{event.id}{f'.{piece}' if piece > 1 else ''}{_word(event.place)}"


def of_changed(event: Edited | Deleted | Reacted) -> str:
    """That of the message to which something was done."""
    return f"{event.id}{_word(event.place) if event.place else event.room}"


def of_reaction(event: Reacted) -> str:
    """That of a reaction itself: somebody may have several to one message."""
    about = f"{of_changed(event)} {event.reaction} {event.on}"
    return f"{event.at:.6f}.{_digest(about)}-{event.nick}"


def answered(event: Said | Whispered) -> str:
    """The msgid of the message that `event` answers."""
    place = event.room if isinstance(event, Said) else _word(event.place)
    return f"{event.reply_to}{place}"


def number_of(msgid: str, place: str) -> int | None:
    """The number of a message; None where `msgid` is of no message there.

    :param place: the name of a room, or the key of a conversation.
    """
    match = _ID.fullmatch(msgid)
    if match is None:
        return None
    if is_room(match[2]):
        return int(match[1]) if fold(match[2]) == fold(place) else None
    own = is_conversation(place) and match[2] == _word(place)
    return int(match[1]) if own else None


@lru_cache(1024)
def _word(place: str) -> str:
    """What stands for a conversation: its key has numbers that nobody is shown."""
    return f"@{_digest(place)}"


def _digest(text: str) -> str:
    return blake2b(text.encode(), digest_size=6).hexdigest()
