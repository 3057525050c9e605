"""Commands that find what was said, and go there."""

from __future__ import annotations

from ..names import clean, is_room
from .commands import Commands
from .fields import Event, Fields
from .picker import Choice, Picker
from .timeline import Item


def search(commands: Commands, rest: str) -> None:
    if not rest:
        commands.stage.compose("/search ")
        return
    picker: list[Picker] = []

    def answered(event: Event) -> bool:
        if event.get("event") != "search":
            return False
        f = Fields(event)
        choices = [_found(commands, e) for e in f.events("messages")]
        more = (lambda: ask(f.number("next"))) if f.flag("more") else None
        if picker:
            picker[0].extend(choices, more)
        elif choices:
            picker.append(Picker(f"Found: {rest}", choices, more))
            commands.stage.pick(picker[0])
        else:
            commands.chat.tell(f"Nothing found: {rest}")
        return True

    def ask(before: int) -> None:
        fields: dict[str, str | int] = {"words": rest}
        commands.ask(
            "search", fields | {"before": before} if before else fields, answered
        )

    ask(0)


def mentions(commands: Commands, rest: str) -> None:
    """Where one is mentioned in what is unread, to go there."""

    def answered(event: Event) -> bool:
        if event.get("event") != "mentions":
            return False
        choices = [_found(commands, e) for e in Fields(event).events("messages")]
        if choices:
            commands.stage.pick(Picker("Mentions", choices))
        else:
            commands.chat.tell("Nothing that is unread mentions you")
        return True

    commands.ask("mentions", None, answered)


def _found(commands: Commands, event: Event) -> Choice:
    item: Item = commands.chat.item(event)
    room = Fields(event).text("room") or Fields(event).text("with")
    when = f"{item.at:%Y-%m-%d %H:%M}" if item.at else ""

    def jump() -> None:
        conversation = commands.chat.conversations.get(room)
        if conversation is None and room and not is_room(room):
            conversation = commands.chat.conversations.open(room)
        if conversation is not None:
            commands.stage.show(conversation)
            commands.paging.jump(conversation, item.id)

    who = f"{item.nick}: " if item.nick else ""
    return Choice(f"{when} {room} {who}{clean(item.text)}", jump)
