"""Who is where, as the server's events tell it: who comes and goes, rooms and ranks."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..names import fold, is_room
from .fields import Event, Fields
from .requests import Asked
from .rooms import Person
from .wording import lines_of

if TYPE_CHECKING:
    from .chat import Chat


def join(chat: Chat, f: Fields, event: Event, asked: Asked) -> None:
    room, nick = f.text("room"), f.text("nick")
    if not room:
        return
    if fold(nick) == fold(chat.me):
        chat.conversations.open(room)
        return
    if (conversation := chat.conversations.get(room)) is not None:
        conversation.came(nick)
        at = f.time("at", chat.settings.zone)
        conversation.timeline.add_presence(at, nick, "")


def leave(chat: Chat, f: Fields, event: Event, asked: Asked) -> None:
    room, nick = f.text("room"), f.text("nick")
    if room and fold(nick) == fold(chat.me):
        chat.conversations.close(room)
        return
    at = f.time("at", chat.settings.zone)
    for conversation in chat.conversations.all():
        if room and fold(conversation.name) != fold(room):
            continue
        here = conversation.people.pop(fold(nick), None)
        if here or fold(conversation.name) == fold(nick):
            conversation.timeline.add_presence(at, "", nick)


def crowd(chat: Chat, f: Fields, event: Event, asked: Asked) -> None:
    conversation = chat.conversations.get(f.text("room"))
    if conversation is None:
        return
    at = f.time("at", chat.settings.zone)
    for nick in f.texts("joined"):
        conversation.came(nick)
        conversation.timeline.add_presence(at, nick, "")
    for nick in f.texts("left"):
        conversation.people.pop(fold(nick), None)
        conversation.timeline.add_presence(at, "", nick)
    more = f.number("joined_count") - f.number("left_count")
    named = len(f.texts("joined")) - len(f.texts("left"))
    conversation.more_people = max(0, conversation.more_people + more - named)


def nick(chat: Chat, f: Fields, event: Event, asked: Asked) -> None:
    old, new = f.text("old"), f.text("nick")
    if f.flag("you"):
        chat.me = new
    chat.conversations.rename(old, new)
    at = f.time("at", chat.settings.zone)
    for conversation in chat.conversations.all():
        there = fold(old) in conversation.people
        conversation.renamed(old, new)
        if old and (there or fold(conversation.name) == fold(new)):
            for line in lines_of(event):
                chat.tell(line, conversation.name, at=at)
    if f.flag("you"):
        chat.signed_in()


def who(chat: Chat, f: Fields, event: Event, asked: Asked) -> None:
    people = {
        fold(p.text("nick")): Person(
            p.text("nick"), bool(p.text("away")), p.text("rank")
        )
        for p in f.parts("people")
    }
    conversation = chat.conversations.get(f.text("room"))
    if conversation is None and fold(chat.me) in people:
        conversation = chat.conversations.open(f.text("room"))
    if conversation is not None:
        conversation.people = people
        conversation.more_people = max(0, f.number("more"))


def away(chat: Chat, f: Fields, event: Event, asked: Asked) -> None:
    nick = f.text("nick")
    for conversation in chat.conversations.all():
        if (person := conversation.people.get(fold(nick))) is not None:
            away = person._replace(away=bool(f.text("text")))
            conversation.people[fold(nick)] = away


def topic(chat: Chat, f: Fields, event: Event, asked: Asked) -> None:
    conversation = chat.conversations.get(f.text("room"))
    if conversation is not None and f.number("id") > 0:
        chat.note(conversation, event)
        if not f.flag("replay"):
            conversation.topic = f.text("topic")
        return
    # That is what it is, and no change: who comes in, and sees the others only after
    # this, has it in the title, and in the history who set it when.
    comes_in = conversation is not None and len(conversation.people) <= 1
    if conversation is not None:
        conversation.topic = f.text("topic")
    if asked.here == f.text("room") or (asked.here and not comes_in):
        chat.show_words(f, event, asked)


def room_renamed(chat: Chat, f: Fields, event: Event, asked: Asked) -> None:
    old, new = f.text("room"), f.text("name")
    if is_room(new) and chat.conversations.rename_room(old, new) is not None:
        chat.outgoing.renamed(old, new)
        chat.catch_up.renamed(old, new)
        for line in lines_of(event):
            chat.tell(line, new, at=f.time("at", chat.settings.zone))
    else:
        chat.show_words(f, event, asked)


def room(chat: Chat, f: Fields, event: Event, asked: Asked) -> None:
    conversation = chat.conversations.get(f.text("room"))
    value = f.text("value")
    if conversation is not None and f.text("rule") in ("owner", "voice"):
        key = fold(value[1:])
        if (person := conversation.people.get(key)) is not None:
            rank = f.text("rule") if value.startswith("+") else ""
            conversation.people[key] = person._replace(rank=rank)
    chat.show_words(f, event, asked)


def kick(chat: Chat, f: Fields, event: Event, asked: Asked) -> None:
    chat.show_words(f, event, asked)
    for conversation in chat.conversations.all():
        if f.text("room") and fold(conversation.name) != fold(f.text("room")):
            continue
        if fold(f.text("nick")) == fold(chat.me):
            conversation.people, conversation.more_people = {}, 0
        conversation.people.pop(fold(f.text("nick")), None)
