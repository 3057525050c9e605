"""Commands about one message: answer, change, delete, react.

They mean the message that is marked on the screen, or else the last one: of oneself to
change or delete, of somebody else to answer or react to.
"""

from __future__ import annotations

from ..names import beginning, fold
from .commands import Commands
from .emoji import EMOJI
from .rooms import Aim, Conversation
from .timeline import Item


def reply(commands: Commands, rest: str) -> None:
    """Answer: at once with `rest`, or with what is written next."""
    if (found := _meant(commands, own=False)) is None:
        return
    where, item = found
    where.aim = Aim(item.id, item.nick, edit=False)
    if rest:
        commands.say(rest)


def edit(commands: Commands, rest: str) -> None:
    """Let a message say something else: `rest`, or what becomes of it in the line."""
    if (found := _meant(commands, own=True)) is None:
        return
    where, item = found
    where.aim = Aim(item.id, item.nick, edit=True)
    if rest:
        commands.change(where, where.aim, rest)
    else:
        commands.stage.compose(item.text)


def delete(commands: Commands, rest: str) -> None:
    """Delete a message, after a question; `rest` is the reason."""
    if (found := _meant(commands, own=True)) is None:
        return
    where, item = found

    def sure() -> None:
        commands.ask("delete", {**where.place, "id": item.id, "reason": rest})
        where.found = None

    commands.stage.question(f"Delete “{beginning(item.text)}”?", sure)


def react(commands: Commands, rest: str) -> None:
    _react(commands, rest, "react")


def unreact(commands: Commands, rest: str) -> None:
    _react(commands, rest, "unreact")


def _react(commands: Commands, rest: str, do: str) -> None:
    if not rest:
        commands.stage.compose(f"/{do} ")
    elif (found := _meant(commands, own=False)) is not None:
        where, item = found
        where.found = None
        reaction = EMOJI.get(rest.strip(":").lower(), rest)
        commands.ask(do, {**where.place, "id": item.id, "reaction": reaction})


def answered(commands: Commands) -> None:
    """Go to the message that the marked one answers."""
    where = commands.chat.conversations.current
    if where is not None and where.found is not None and where.found.more.reply_to:
        commands.paging.jump(where, where.found.more.reply_to)


def _meant(commands: Commands, own: bool) -> tuple[Conversation, Item] | None:
    """The message that is marked, or the last one: of oneself, or of others."""
    where = commands.chat.conversations.current
    if where is not None:
        marked = where.found
        if marked is not None and marked.id and not marked.more.deleted_by:
            return where, marked
        me = fold(commands.chat.me)
        for item in reversed(where.timeline.items):
            said = item.id and item.nick and not item.more.deleted_by
            if said and (fold(item.nick) == me) is own:
                return where, item
    whose = "of yours" if own else "of somebody else"
    commands.chat.tell(f"There is no message {whose} here that the server keeps")
    return None
