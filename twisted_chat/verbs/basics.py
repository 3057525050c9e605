"""Coming, speaking, rooms, asking, oneself: the commands everyone uses."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..events import ChatError, Pong, SpeechKind
from ..hub import Session, messages, proposals, queries
from ..hub.own_copy import Copy
from ..hub.session import MAX_TARGETS
from ..names import clean, fold, is_room
from ..outcomes import Outcome, run, settled
from .command import Command, always, asked, by_name, chosen, without
from .fields import ROOM, Field, Kind, Values, next_word, room_name, text, word
from .labels import AnsweringListener

if TYPE_CHECKING:
    from .interpreter import Interpreter

MAX_TOKEN = 100

# Only in an object: in a line they couldn't be told from the text.
INTO = Field("room", Kind.ROOM, apart=True)
TO = Field("to", Kind.NAMES, apart=True)
REPLY_TO = Field("reply_to", Kind.NUMBER, apart=True)
SWITCH = word("value", shown="on|off")


def say(
    session: Session, text: str, room: str, kind: SpeechKind = "message"
) -> Outcome:
    """Speak in `room`; the author's own copy bears the command's label."""
    return session.say(text, room, kind, copy=_copy(session))


def _copy(session: Session) -> Copy | None:
    """What is handed the author's own copy, where a command has a label."""
    listener = session.listener
    if (
        not isinstance(listener, AnsweringListener)
        or listener.answering is None
        or not listener.echo
    ):
        return None
    return listener.tell


def _msg(interpreter: Interpreter, values: Values) -> Outcome:
    session, text, room = interpreter.session, values["text"], values["room"]
    if not values.get("reply_to"):
        return say(session, text, room)
    copy = _copy(session)
    return messages.answer(session, text, room, int(values["reply_to"]), copy=copy)


def _me(interpreter: Interpreter, values: Values) -> Outcome:
    session, text, to = interpreter.session, values["text"], values["to"]
    if to and values["room"]:
        raise ChatError(461, "ME is for a room, or to people; not both")
    if to:
        return _write(session, to, text, "action")
    return say(session, text, values["room"], "action")


def _split_private(command: Command, session: Session, rest: str) -> Values:
    """As FORMAT text shows it, a colon may follow the nick."""
    to, text = next_word(rest)
    return {"to": to.removesuffix(":"), "text": text, "reply_to": ""}


def _private(interpreter: Interpreter, values: Values) -> Outcome:
    session, to, text = interpreter.session, values["to"], values["text"]
    if not values["reply_to"]:
        return _write(session, to, text)
    people = [name for name in to.split(",") if name]
    if not people or any(map(is_room, people)):
        raise ChatError(461, "An answer in private is to people only")
    return messages.quote(session, people, text, int(values["reply_to"]), "message")


def _write(
    session: Session, to: str, text: str, kind: SpeechKind = "message"
) -> Outcome:
    """Write to people in private, and speak in the rooms among them.

    :param to: names with commas between them.
    """
    names = {fold(name): name for name in to.split(",") if name}
    if not names:
        raise ChatError(411, "To whom? Use PRIV nick text")
    if len(names) > MAX_TARGETS:
        raise ChatError(407, f"Too many targets; at most {MAX_TARGETS} at once")
    people = [name for name in names.values() if not is_room(name)]
    rooms = [name for name in names.values() if is_room(name)]
    if not rooms:
        return session.whisper(people, text, kind)
    session.charge(targets=len(rooms) - (not people))
    return run(_write_all(session, rooms, people, text, kind))


async def _write_all(
    session: Session, rooms: list[str], people: list[str], text: str, kind: SpeechKind
) -> None:
    """To each in turn; the first refusal is raised when all are through."""
    refusals = []
    for room in rooms:
        try:
            await settled(say(session, text, room, kind))
        except ChatError as refusal:
            refusals.append(refusal)
    if people:
        await settled(session.whisper(people, text, kind))
    if refusals:
        raise refusals[0]


def mine(session: Session, word: str) -> str:
    """The name of the room that `word` means, with or without ``#``.

    Empty where the person isn't in a room of that name.
    """
    room = session.me.rooms.get(fold(room_name(word))) if word else None
    return room.name if room is not None else ""


def _split_room(command: Command, session: Session, rest: str) -> Values:
    """``[#room] [text]``; one word alone is a room if you are in one called so."""
    [_, text] = command.fields
    word, more = next_word(rest)
    if is_room(word):
        return {"room": word, text.name: more.strip()}
    if not more.strip() and (room := mine(session, word)):
        return {"room": room, text.name: ""}
    return {"room": "", text.name: rest.strip()}


def _join(interpreter: Interpreter, values: Values) -> Outcome:
    return interpreter.session.join(values["room"], values["key"])


def _part(interpreter: Interpreter, values: Values) -> Outcome:
    return interpreter.session.part(values["room"], values["reason"])


def _topic(interpreter: Interpreter, values: Values) -> Outcome:
    session, text, room = interpreter.session, values["text"], values["room"]
    if text:
        return proposals.set_topic(session, text, room)
    queries.show_topic(session, room)
    return None


def _rooms(interpreter: Interpreter, values: Values) -> None:
    queries.list_rooms(interpreter.session)


def _ignore(interpreter: Interpreter, values: Values) -> Outcome:
    if values["nick"]:
        return proposals.ignore(interpreter.session, values["nick"])
    queries.list_ignored(interpreter.session)
    return None


def _echo(interpreter: Interpreter, values: Values) -> None:
    on = chosen(values, COMMANDS["ECHO"])
    interpreter.echo_chosen = True
    interpreter.session.listener.echo = on
    said = f"Your own messages {'come' if on else 'do not come'} back"
    interpreter.tell(said, "echo", "on" if on else "off")


def _format(interpreter: Interpreter, values: Values) -> None:
    name = values["format"].lower()
    formats = interpreter.formats()
    if name not in formats:
        raise ChatError(461, f"Use FORMAT {' or FORMAT '.join(formats)}")
    listener = interpreter.session.listener
    listener.format = formats[name]
    if not interpreter.echo_chosen:
        listener.echo = name == "json"
    interpreter.tell(f"The format is {name}", "format", name)


def _ping(interpreter: Interpreter, values: Values) -> None:
    token = clean(values["token"].strip())[:MAX_TOKEN]
    interpreter.session.listener.tell(Pong(token, interpreter.session.now()))


def _quit(interpreter: Interpreter, values: Values) -> None:
    interpreter.quitting = clean(values["reason"]).strip()


def _help(interpreter: Interpreter, values: Values) -> None:
    commands = interpreter.commands
    wanted = values["command"].strip().lstrip("/").upper()
    if not wanted:
        interpreter.tell(f"Commands: {', '.join(commands)}", "help")
        interpreter.tell(
            "HELP command tells more; a line of speech starts with MSG", "help"
        )
    elif wanted in commands:
        interpreter.tell(
            f"{commands[wanted].usage} -- {commands[wanted].help}", "help", wanted
        )
    else:
        raise ChatError(421, f"No command {clean(wanted)[:30]}; HELP lists them")


def _pass(interpreter: Interpreter, values: Values) -> Outcome:
    session = interpreter.session
    return session.hub.authentication.give_password(session, values["password"])


def _nick(interpreter: Interpreter, values: Values) -> Outcome:
    return interpreter.session.set_nick(values["nick"].strip())


COMMANDS = by_name(
    Command(
        "NICK",
        "choose your nick, or change it",
        [text("nick", shown="name")],
        _nick,
        True,
    ),
    Command(
        "MSG",
        "speak in the current room; /msg is PRIV",
        [INTO, text(), REPLY_TO],
        _msg,
    ),
    Command(
        "PRIV",
        "write to people in private; /msg or @nick do it too",
        [Field("to", Kind.NAMES, True, "nick[,nick]"), text(), REPLY_TO],
        _private,
        split=_split_private,
    ),
    Command(
        "REPLY",
        "answer whoever last wrote to you in private",
        [text()],
        asked(Session.reply, "text"),
    ),
    Command("ME", "say what you do", [INTO, TO, text(shown="action")], _me),
    Command(
        "JOIN",
        "enter a room, open it, or speak there again",
        [ROOM._replace(needed=True), word("key", False)],
        _join,
    ),
    Command(
        "PART",
        "leave a room",
        [ROOM, text("reason", False)],
        _part,
        split=_split_room,
    ),
    Command("ROOMS", "list the rooms", [], _rooms, asks=always),
    Command(
        "WHO",
        "list who is in a room",
        [ROOM],
        asked(queries.who, "room"),
        asks=always,
    ),
    Command(
        "WHOIS",
        "tell about a person",
        [word("nick")],
        asked(queries.whois, "nick"),
        asks=always,
    ),
    Command(
        "TOPIC",
        "show or set what a room is about",
        [ROOM, text(needed=False)],
        _topic,
        split=_split_room,
        asks=without("text"),
    ),
    Command(
        "AWAY",
        "say that you are away; alone: that you are back",
        [text(needed=False)],
        asked(proposals.set_away, "text"),
    ),
    Command(
        "IGNORE",
        "don't hear somebody; alone: list them",
        [word("nick", False)],
        _ignore,
        asks=without("nick"),
    ),
    Command(
        "UNIGNORE",
        "hear somebody again",
        [word("nick")],
        asked(proposals.unignore, "nick"),
    ),
    Command("ECHO", "get your own messages too", [SWITCH], _echo),
    Command(
        "FORMAT",
        "choose what you are sent",
        [word("format", shown="text|json")],
        _format,
        True,
    ),
    Command(
        "PASS",
        "the server's password",
        [word("password", shown="word")],
        _pass,
        True,
    ),
    Command(
        "PING",
        "be answered PONG",
        [text("token", False)],
        _ping,
        True,
        asks=always,
    ),
    Command(
        "HELP",
        "tell about commands",
        [text("command", False)],
        _help,
        True,
        asks=always,
    ),
    Command("QUIT", "leave the chat", [text("reason", False)], _quit, True),
)
