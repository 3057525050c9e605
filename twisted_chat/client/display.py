"""What a person sees of an event: lines, made of pieces with a style each.

Knows neither the connection nor the terminal.
"""

from __future__ import annotations

from collections.abc import Callable

from ..names import fold
from ..terminal.fields import Event, Fields
from ..terminal.wording import lines_of, mentions
from .pieces import Line, Piece, Pieces, Style, notice, place
from .quotes import Quotes


def lines_for(
    event: Event, me: str, quotes: Quotes | None = None, account: str = ""
) -> list[Line]:
    """The lines to show for `event` to the person called `me`.

    :param account: by whose nick they are called, too; empty for none.
    :param quotes: of what was said before; with them a line says, for people, where in
        private it was said, and what it answers.  Scripts read lines without.
    """
    kind, fields = str(event["event"]), Fields(event)
    if kind in _LISTS:
        return _list(kind, fields, me, quotes)
    again = fields.flag("replay")
    loud = not again and _is_loud(event, me, account)
    if kind in _SPEECH:
        shown = _speech(kind, event, me, quotes)
    else:
        style = Style.ERROR if kind == "error" else Style.NOTICE
        shown = [(Piece(line, style),) for line in lines_of(event)]
    lines = [Line(pieces, fields.time("at"), again) for pieces in shown]
    return [line._replace(loud=loud and not i) for i, line in enumerate(lines)]


def is_own(event: Event, me: str) -> bool:
    """Whether `event` is the echo of what `me` said."""
    return event["event"] in _SPEECH and _same(Fields(event).text("nick"), me)


def _is_loud(event: Event, me: str, account: str) -> bool:
    if _same(Fields(event).text("nick"), me):
        return bool(event["event"] == "invite")
    if event["event"] in ("message", "action"):
        text = Fields(event).text("text")
        return mentions(text, me) or mentions(text, account)
    return bool(event["event"] == "private")


def _same(nick: str, other: str) -> bool:
    return fold(nick) == fold(other)


# What somebody said


def _speech(kind: str, event: Event, me: str, quotes: Quotes | None) -> list[Pieces]:
    """A line for each of the text's: all begin alike, so none can be another's."""
    f = Fields(event)
    where = place(_where(f, quotes))
    if isinstance(event.get("deleted"), dict):
        gone = notice(f"a message of {f.text('nick')} was deleted")
        return [(*where, *gone)]
    answers = "" if quotes is None else quotes.of(event, me)
    start = (*where, *_SPEECH[kind](f, me, answers))
    return [(*start, Piece(line)) for line in f.lines("text").split("\n")]


def _where(f: Fields, quotes: Quotes | None) -> str:
    """The room, or for people the private conversation, where something was said."""
    people = f.text("with") if quotes is not None else ""
    return f.text("room") or (f"@{people}" if people else "")


def _message(f: Fields, me: str, answers: str) -> Pieces:
    return Piece(f.text("nick"), Style.NICK), Piece(f"{answers}: ")


def _action(f: Fields, me: str, answers: str) -> Pieces:
    return Piece("* "), Piece(f.text("nick"), Style.NICK), Piece(f"{answers} ")


def _private(f: Fields, me: str, answers: str) -> Pieces:
    nick, to = Piece(f.text("nick"), Style.NICK), f.texts("to")
    sent = _same(nick.text, me)
    others = f" > {','.join(to)}" if len(to) > 1 or sent else ""
    others += answers
    head = Piece("PRIV ", Style.ROOM)
    if f.text("kind") == "action":
        return (head, Piece("* "), nick, Piece(f"{others} "))
    return (head, nick, Piece(f"{others}: "))


# How what they said begins.
_SPEECH: dict[str, Callable[[Fields, str, str], Pieces]] = {
    "message": _message,
    "action": _action,
    "private": _private,
}


# What was said before

_LISTS = {"history": "No messages there", "search": "Nothing found"}


def _list(kind: str, fields: Fields, me: str, quotes: Quotes | None) -> list[Line]:
    messages = [
        {**message, "replay": True}
        for message in fields.events("messages")
        if message.get("event") in ("message", "action", "topic")
    ]
    shown = []
    for message in messages:
        if quotes is not None:
            quotes.learn(message, me)
        shown += [(message, line) for line in lines_for(message, me, quotes)]
    lines = [line for _, line in shown]
    if kind == "search":
        lines = [_found(line, Fields(message), quotes) for message, line in shown]
    if not lines:
        lines.append(Line(notice(_LISTS[kind]), None))
    elif fields.flag("more"):
        lines.append(Line(notice(_more(kind, fields, messages, quotes)), None))
    return lines


def _found(line: Line, message: Fields, quotes: Quotes | None) -> Line:
    """`line` with where it was said, and its id to go on from."""
    where = _where(message, quotes)
    head = Piece(f"{where}/{message.number('id')} ", Style.ROOM)
    start = 0 if message.has("topic") else len(place(where))
    return line._replace(pieces=(head, *line.pieces[start:]))


def _more(
    kind: str, fields: Fields, messages: list[Event], quotes: Quotes | None
) -> str:
    following = fields.number("next")
    if kind == "search":
        query = fields.text("query")
        return f"/search {query} before {following} shows older ones"
    newer = following >= Fields(messages[-1]).number("id")
    where, which = ("after", "later") if newer else ("before", "earlier")
    ask = f"/history {_where(fields, quotes)} {len(messages)} {where} {following}"
    return f"{ask} shows {which} ones"
