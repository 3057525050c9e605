"""What is done to messages that are kept, as plain data, and what they are then."""

from __future__ import annotations

from collections.abc import Hashable, Iterable
from itertools import islice
from typing import NamedTuple, TypeAlias

from ..events import Marks, Quote, Reaction, Reactor, Said
from ..names import beginning, fold

KNOWN = 200
"""Of so many people who react alike it is at hand who they are."""


class EditMessage(NamedTuple):
    """:ivar room: folded, here and in the others; :ivar at: when that was."""

    room: str
    id: int
    text: str
    at: float


class DeleteMessage(NamedTuple):
    """Its text and the reactions to it go; who deleted it, and when, stays."""

    room: str
    id: int
    by: str
    at: float


class PutReaction(NamedTuple):
    """:ivar total: how many have it then."""

    room: str
    id: int
    reaction: str
    author: int
    nick: str
    at: float
    total: int


class DropReaction(NamedTuple):
    """:ivar was: another number of the same author; see `User.was`."""

    room: str
    id: int
    reaction: str
    author: int
    was: int
    nick: str
    total: int


Change: TypeAlias = EditMessage | DeleteMessage | PutReaction | DropReaction

CHANGES: tuple[type[Change], ...] = (
    EditMessage,
    DeleteMessage,
    PutReaction,
    DropReaction,
)


def subject(change: Change) -> Hashable:
    """As `writes.subject`."""
    match change:
        case EditMessage(room, id) | DeleteMessage(room, id):
            return ("message", room, id)
        case PutReaction(room, id, reaction, author):
            return ("reaction", room, id, reaction, author)
        case DropReaction(room, id, reaction, author):
            return ("reaction", room, id, reaction, author)


def concerns(change: Change, said: Said) -> bool:
    """Whether `changed` makes another message of it."""
    return change.id in (said.id, said.reply_to) and change.room == fold(said.room)


def changed(change: Change, said: Said) -> Said:
    """The message `said`, which it concerns, after `change`; done twice it's the same.

    Of a message that answers it the quote changes.
    """
    marks = said.marks or Marks()
    if change.id == said.reply_to and marks.quote is not None:
        marks = marks._replace(quote=_quote(change, marks.quote))
        said = said._replace(marks=marks)
    if change.id != said.id or marks.deleted_by:
        return said
    match change:
        case EditMessage(_, _, text, at):
            return said._replace(text=text, marks=marks._replace(changed=at))
        case DeleteMessage(_, _, by, at):
            gone = Marks(marks.quote, None, by, at)
            return said._replace(text="", marks=gone)
        case _:
            reactions = tuple(_reactions(change, marks.reactions))
            return said._replace(marks=marks._replace(reactions=reactions))


def _quote(change: Change, quote: Quote) -> Quote:
    match change:
        case EditMessage(_, _, text, _):
            return quote._replace(text=beginning(text)) if quote.text else quote
        case DeleteMessage():
            return quote._replace(text="")
        case _:
            return quote


def _reactions(
    change: PutReaction | DropReaction, reactions: Iterable[Reaction]
) -> list[Reaction]:
    found = {each.reaction: each for each in reactions}
    before = found.get(change.reaction, Reaction(change.reaction, 0, (), ()))
    people = {each.author: each for each in before.people()}
    people.pop(change.author, None)
    if isinstance(change, PutReaction):
        people[change.author] = Reactor(change.author, change.nick, change.at)
    else:
        people.pop(change.was, None)
    # Where all are at hand they are counted: `change` may be done for a second time,
    # and some of the people may be gone since.
    all_known = before.total == len(before.authors) < KNOWN
    total = len(people) if all_known else change.total
    found[change.reaction] = reaction_of(change.reaction, total, people.values())
    return [each for each in found.values() if each.total > 0]


def reaction_of(reaction: str, total: int, people: Iterable[Reactor]) -> Reaction:
    """:param people: in order; the first `KNOWN` are at hand."""
    known = tuple(islice(people, KNOWN))
    authors, nicks, times = zip(*known, strict=True) if known else ((), (), ())
    return Reaction(reaction, total, nicks, authors, times)


def all_changed(changes: Iterable[Change], messages: list[Said]) -> list[Said]:
    """`messages` after all of `changes`, in order."""
    for change in changes:
        for place, said in enumerate(messages):
            if concerns(change, said):
                messages[place] = changed(change, said)
    return messages


def changes_of(said: Said) -> list[Change]:
    """What makes of a row without marks what `said` is; of its reactions nothing."""
    key, marks = fold(said.room), said.marks
    if marks is None:
        return []
    if marks.deleted_by:
        return [DeleteMessage(key, said.id, marks.deleted_by, marks.deleted_at)]
    if marks.changed is not None:
        return [EditMessage(key, said.id, said.text, marks.changed)]
    return []
