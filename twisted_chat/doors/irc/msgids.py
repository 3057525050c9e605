"""What IRC calls msgid (IRCv3 message-ids).

In a room it is the message's number and the room's name; in a private conversation that
is kept, its number and a word that stands for the conversation.  What isn't kept has
the time and the nick.
"""

from __future__ import annotations

import re
from functools import lru_cache
from hashlib import blake2b

from ...events import Deleted, Edited, Reacted, Said, TopicSet, Whispered
from ...hub.former import FormerNames
from ...names import fold, is_conversation, is_room

_ID = re.compile(r"(\d{1,15})(?:\.\d+)?([#@].+)")


class MessageIds:
    """Gives msgids, and finds what they stand for.

    That of what was said in a room never changes: it has the name that the room had
    then, whatever it is called now.
    """

    def __init__(self, former: FormerNames) -> None:
        self._former = former

    def of_said(self, event: Said | TopicSet, piece: int = 1) -> str:
        """That of what was said in a room, or of what its topic was set to.

        :param piece: which line of a message in several lines this is, from 1; each
            has a msgid of its own.
        """
        return _id(event.id, self._former.said_under(event.room, event.id), piece)

    def of_whispered(self, event: Whispered, piece: int = 1) -> str:
        """That of what was written in private; see `of_said`."""
        if not event.id:
            return f"{event.at:.6f}.{piece}-{event.nick}"
        return _id(event.id, _word(event.place), piece)

    def of_changed(self, event: Edited | Deleted | Reacted, piece: int = 1) -> str:
        """That of the message to which something was done; see `of_said`."""
        return self._of(event.id, event.room, event.place, piece)

    def of_edit(self, event: Edited, piece: int = 1) -> str:
        """That of the line that tells of an edit: who answers that answers the message.

        No piece of the message itself has it, and no other edit.
        """
        number = int(event.at * 1_000_000) * 100 + piece
        return self._of(event.id, event.room, event.place, number)

    def of_reaction(self, event: Reacted) -> str:
        """That of a reaction itself: somebody may have several to one message."""
        about = f"{self.of_changed(event)} {event.reaction} {event.on}"
        return f"{event.at:.6f}.{_digest(about)}-{event.nick}"

    def answered(self, event: Said | Whispered) -> str:
        """The msgid of the message that `event` answers."""
        if isinstance(event, Said):
            return self._of(event.reply_to, event.room)
        return self._of(event.reply_to, "", event.place)

    def _of(self, id: int, room: str, conversation: str = "", piece: int = 1) -> str:
        if conversation:
            return _id(id, _word(conversation), piece)
        return _id(id, self._former.said_under(room, id), piece)

    def number_of(self, msgid: str, place: str) -> int | None:
        """The number of a message; None where `msgid` is of no message there.

        :param place: the name of a room, or the key of a conversation.
        """
        match = _ID.fullmatch(msgid)
        if match is None:
            return None
        id, where = int(match[1]), match[2]
        if is_room(where):
            then = self._former.said_under(place, id)
            return id if fold(then) == fold(where) else None
        return id if is_conversation(place) and where == _word(place) else None


def _id(id: int, place: str, piece: int = 1) -> str:
    return f"{id}{f'.{piece}' if piece > 1 else ''}{place}"


@lru_cache(1024)
def _word(place: str) -> str:
    """What stands for a conversation: its key has numbers that nobody is shown."""
    return f"@{_digest(place)}"


def _digest(text: str) -> str:
    return blake2b(text.encode(), digest_size=6).hexdigest()
