"""What a person sees of an event: lines, made of pieces with a style each.

Knows neither the connection nor the terminal.
"""

from __future__ import annotations

from collections.abc import Callable

from ..names import fold
from ..terminal.fields import Event, Fields
from ..terminal.wording import lines_of, mentions
from .pieces import Line, Piece, Pieces, Style, notice, place


def lines_for(event: Event, me: str) -> list[Line]:
    """The lines to show for `event` to the person called `me`."""
    kind, fields = str(event["event"]), Fields(event)
    if kind in _LISTS:
        return _list(kind, fields, me)
    again = fields.flag("replay")
    loud = not again and _is_loud(event, me)
    if kind in _SPEECH:
        shown = _speech(kind, event, me)
    else:
        style = Style.ERROR if kind == "error" else Style.NOTICE
        shown = [(Piece(line, style),) for line in lines_of(event)]
    lines = [Line(pieces, fields.time("at"), again) for pieces in shown]
    return [line._replace(loud=loud and not i) for i, line in enumerate(lines)]


def is_own(event: Event, me: str) -> bool:
    """Whether `event` is the echo of what `me` said."""
    return event["event"] in _SPEECH and _same(Fields(event).text("nick"), me)


def _is_loud(event: Event, me: str) -> bool:
    if _same(Fields(event).text("nick"), me):
        return bool(event["event"] == "invite")
    if event["event"] in ("message", "action"):
        return mentions(Fields(event).text("text"), me)
    return bool(event["event"] == "private")


def _same(nick: str, other: str) -> bool:
    return fold(nick) == fold(other)


# What somebody said


def _speech(kind: str, event: Event, me: str) -> list[Pieces]:
    """A line for each of the text's: all begin alike, so none can be another's."""
    f = Fields(event)
    if isinstance(event.get("deleted"), dict):
        gone = notice(f"a message of {f.text('nick')} was deleted")
        return [(*place(f.text("room")), *gone)]
    start = _SPEECH[kind](f, me)
    return [(*start, Piece(line)) for line in f.lines("text").split("\n")]


def _message(f: Fields, me: str) -> Pieces:
    nick = Piece(f.text("nick"), Style.NICK)
    return (*place(f.text("room")), nick, Piece(": "))


def _action(f: Fields, me: str) -> Pieces:
    nick = Piece(f.text("nick"), Style.NICK)
    return (*place(f.text("room")), Piece("* "), nick, Piece(" "))


def _private(f: Fields, me: str) -> Pieces:
    nick, to = Piece(f.text("nick"), Style.NICK), f.texts("to")
    sent = _same(nick.text, me)
    others = f" > {','.join(to)}" if len(to) > 1 or sent else ""
    head = Piece("PRIV ", Style.ROOM)
    if f.text("kind") == "action":
        return (head, Piece("* "), nick, Piece(f"{others} "))
    return (head, nick, Piece(f"{others}: "))


# How what they said begins.
_SPEECH: dict[str, Callable[[Fields, str], Pieces]] = {
    "message": _message,
    "action": _action,
    "private": _private,
}


# What was said before

_LISTS = {"history": "No messages there", "search": "Nothing found"}


def _list(kind: str, fields: Fields, me: str) -> list[Line]:
    messages = [
        {**message, "replay": True}
        for message in fields.events("messages")
        if message.get("event") in ("message", "action")
    ]
    shown = [(message, line) for message in messages for line in lines_for(message, me)]
    lines = [line for _, line in shown]
    if kind == "search":
        lines = [_found(line, Fields(message)) for message, line in shown]
    if not lines:
        lines.append(Line(notice(_LISTS[kind]), None))
    elif fields.flag("more"):
        lines.append(Line(notice(_more(kind, fields, messages)), None))
    return lines


def _found(line: Line, message: Fields) -> Line:
    """`line` with where it was said, and its id to go on from."""
    room = message.text("room")
    head = Piece(f"{room}/{message.number('id')} ", Style.ROOM)
    return line._replace(pieces=(head, *line.pieces[len(place(room)) :]))


def _more(kind: str, fields: Fields, messages: list[Event]) -> str:
    following = fields.number("next")
    if kind == "search":
        query = fields.text("query")
        return f"/search {query} before {following} shows older ones"
    newer = following >= Fields(messages[-1]).number("id")
    where, which = ("after", "later") if newer else ("before", "earlier")
    ask = f"/history {fields.text('room')} {len(messages)} {where} {following}"
    return f"{ask} shows {which} ones"
