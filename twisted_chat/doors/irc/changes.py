"""How it looks that a message is changed, or deleted, to who has asked for no more.

Who can show that better has a capability for it.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from ... import events as e
from .message import finish

if TYPE_CHECKING:
    from .formats import Renderer


def edited(renderer: Renderer, event: e.Edited) -> bytes:
    """A NOTICE, which no bot answers; it refers to the message (IRCv3 reply)."""
    text = f'changed "{event.old}": {event.text}'
    if "\n" in event.text:
        text = f'changed "{event.old}":\n{event.text}'
    said = e.Said(event.room, event.nick, text, event.at, event.id, "notice")
    ids = partial(renderer.ids.of_edit, event)
    return renderer.note(said, ids, renderer.ids.of_changed(event))


def deleted(renderer: Renderer, event: e.Deleted) -> bytes:
    """A NOTICE by the server (IRCv3 message-redaction, Fallback)."""
    by = f" by {event.by}" if event.by != event.nick else ""
    reason = f": {event.reason}" if event.reason else ""
    text = f"A message of {event.nick} was deleted{by}{reason}"
    tags = renderer.tags(renderer.server, event.at)
    line = finish(f":{renderer.server} NOTICE {event.room} :{text}")
    return tags.encode() + line
