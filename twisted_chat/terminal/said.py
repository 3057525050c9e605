"""Messages as they come: read from events, changed, deleted and reacted to."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import tzinfo

from ..names import clean, fold
from .fields import Event, Fields
from .rooms import Conversation
from .timeline import PLAIN, Item, Kind, Mark, More
from .wording import lines_of, mentions

EVERYONE = "@here"
MOST_KINDS = 20
MOST_NAMED = 20


def item_of(event: Event, names: Sequence[str], zone: tzinfo | None) -> Item:
    """What was said as it is shown to who is called so, by the nick first."""
    f = Fields(event)
    if event.get("event") == "topic":
        return _topic(event, f, zone)
    kind = Kind.ACTION if event.get("event") == "action" else Kind.MESSAGE
    if f.text("kind") == "notice":
        kind = Kind.PROGRAM
    elif f.text("kind") == "action":
        kind = Kind.ACTION
    nick, text = f.text("nick"), f.lines("text")
    own = fold(nick) in map(fold, names[:1])
    loud = not own and any(mentions(text, name) for name in names)
    id, more = max(0, f.number("id")), _more(event, f)
    return Item(kind, f.time("at", zone), text, nick, id, loud, more=more)


def _topic(event: Event, f: Fields, zone: tzinfo | None) -> Item:
    """What the topic was set to: nobody's words."""
    words = clean(" ".join(lines_of(event)).removeprefix("* "))
    id, more = max(0, f.number("id")), _more(event, f)
    return Item(Kind.INFO, f.time("at", zone), words, id=id, more=more)


def calls_all(item: Item, where: Conversation, me: str) -> bool:
    """Whether an owner of the room calls everyone there.

    The server counts an operator's call, too, but who is one it tells nobody.
    """
    if EVERYONE not in item.text or fold(item.nick) == fold(me):
        return False
    author = where.people.get(fold(item.nick))
    owns = author is not None and author.rank == "owner"
    return owns and mentions(item.text, EVERYONE)


def _more(event: Event, f: Fields) -> More:
    if not event.keys() & {"reply_to", "changed", "deleted", "reactions"}:
        return PLAIN
    deleted = event.get("deleted")
    by = Fields(deleted).text("by") or "?" if isinstance(deleted, dict) else ""
    marks = tuple(
        Mark(each.text("reaction"), each.number("count"), each.texts("nicks"))
        for each in f.parts("reactions")[:MOST_KINDS]
    )
    return More(max(0, f.number("reply_to")), bool(f.text("changed")), by, marks)


def edit(where: Conversation, f: Fields) -> None:
    """A message says something else; that rings no bell."""
    if (item := where.timeline.find(f.number("id"))) is not None and item.id:
        where.put(item.changed(f.lines("text"), item.more._replace(changed=True)))


def delete(where: Conversation, f: Fields) -> None:
    """A message is gone, and nothing of its text is kept."""
    id = f.number("id")
    where.forget(id)
    if (item := where.timeline.find(id)) is not None and item.id:
        gone = More(item.more.reply_to, deleted_by=f.text("by") or "?")
        where.put(item.changed("", gone))


def react(where: Conversation, f: Fields) -> None:
    """Somebody reacts to a message, or no longer."""
    item = where.timeline.find(f.number("id"))
    if item is None or not item.id:
        return
    reaction, nick, total = f.text("reaction"), f.text("nick"), f.number("count")
    marks = {mark.reaction: mark for mark in item.more.marks}
    before = marks.get(reaction, Mark(reaction, 0, ()))
    nicks = tuple(name for name in before.nicks if fold(name) != fold(nick))
    if f.flag("on"):
        nicks = (*nicks, nick)[:MOST_NAMED]
    if total > 0 and reaction:
        marks[reaction] = Mark(reaction, total, nicks)
    else:
        marks.pop(reaction, None)
    shown = tuple(marks.values())[:MOST_KINDS]
    where.put(item.changed(item.text, item.more._replace(marks=shown)))
