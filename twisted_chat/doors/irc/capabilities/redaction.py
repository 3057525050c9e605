"""draft/message-redaction: a message is deleted.

Who hasn't asked for it is shown a NOTICE; see `changes.deleted`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ....events import ChatError, Deleted
from ....hub import acts, messages
from ....names import is_room
from ....outcomes import Outcome, run, settled
from .. import changes
from ..command import Command
from ..commands.messages import place_of
from ..formats import Renderer
from .capability import Capability

if TYPE_CHECKING:
    from ..connection import IRCConnection
    from ..message import Message

FORBIDDEN = frozenset({404, 442, 464, 482})
"""What the hub refuses who may not delete it."""


def _redact(c: IRCConnection, message: Message) -> Outcome:
    target, msgid, *more = message.params
    return run(_delete(c, target, msgid, more[0] if more else ""))


async def _delete(c: IRCConnection, target: str, msgid: str, reason: str) -> None:
    place = _place(c, target)
    if not place:
        text = f"You cannot delete messages from {target}"
        c.fail("REDACT", "INVALID_TARGET", target, text)
        return
    id = c.renderer.ids.number_of(msgid, place)
    room, people = (target, []) if is_room(target) else ("", target.split(","))
    try:
        if id is None:
            raise ChatError(*acts.GONE.args)
        await settled(messages.delete(c.session, room, id, reason, people))
    except ChatError as error:
        _refused(c, error, target, msgid)


def _place(c: IRCConnection, target: str) -> str:
    """See `place_of`; empty where they may know of no such room."""
    try:
        if is_room(target):
            c.hub.room(target, c.session.me)
    except ChatError:
        return ""
    return place_of(c, target)


def _refused(c: IRCConnection, error: ChatError, target: str, msgid: str) -> None:
    """Say why it isn't deleted, by the codes of the specification."""
    if error.args == acts.TOO_OLD.args:
        code, more = "REDACT_WINDOW_EXPIRED", [str(int(c.hub.shared.edit_window))]
    elif error.code in FORBIDDEN:
        code, more = "REDACT_FORBIDDEN", []
    elif error.code == 400:
        code, more = "UNKNOWN_MSGID", []
    else:
        raise error
    c.fail("REDACT", code, target, msgid, *more, error.text)


def _redacted(renderer: Renderer, event: Deleted) -> bytes:
    """REDACT of each msgid under which a part of it may have been shown.

    Of lines that were messages of their own only the first has one (IRCv3 multiline,
    Message ids): who was shown those is told so in words, too.
    """
    reason = f" :{event.reason}" if event.reason else ""
    shown = b"".join(
        renderer.line(event.by, event.at, f"REDACT {event.room} {id}{reason}")
        for id in renderer.ids_of(event)
    )
    several = event.extent.lines > 1 and not renderer.multiline
    return shown + changes.deleted(renderer, event) if several else shown


REDACTION = Capability(
    "draft/message-redaction",
    "``REDACT``; for others it is a ``NOTICE`` that a message was deleted",
    shows={Deleted: _redacted},
    commands={
        "REDACT": Command(
            _redact,
            2,
            usage="target msgid [:reason]",
            about="delete a message of yours, or as an owner anyone's",
        )
    },
)
