"""Coming, speaking, rooms, asking, oneself: the commands everyone uses."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..events import ChatError, Pong
from ..hub import Session
from ..hub.session import MOST_TARGETS
from ..names import clean, fold, is_room
from .command import Command, plain, word

if TYPE_CHECKING:
    from .interpreter import Interpreter

MOST_TOKEN = 100


def _private(interpreter: Interpreter, rest: str) -> None:
    targets, _, text = rest.lstrip().partition(" ")
    session = interpreter.session
    names = {fold(name): name for name in targets.split(",") if name}
    if not names:
        raise ChatError(411, "To whom? Use PRIV nick text")
    if len(names) > MOST_TARGETS:
        raise ChatError(407, f"Too many targets; at most {MOST_TARGETS} at once")
    people = [name for name in names.values() if not is_room(name)]
    rooms = [name for name in names.values() if is_room(name)]
    refusals = []
    for room in rooms:
        try:
            session.say(text, room)
        except ChatError as refusal:
            refusals.append(refusal)
    if rooms and session.bucket is not None:
        session.bucket.take(len(rooms) - (not people))
    if people:
        session.whisper(people, text)
    if refusals:
        raise refusals[0]


def _join(interpreter: Interpreter, rest: str) -> None:
    words = rest.split()
    if not 1 <= len(words) <= 2:
        raise ChatError(461, "Use JOIN #room, or JOIN #room key")
    interpreter.session.join(*words)


def _part(interpreter: Interpreter, rest: str) -> None:
    name, _, reason = rest.strip().partition(" ")
    if name and not is_room(name):
        name, reason = "", rest
    interpreter.session.part(name, reason)


def _topic(interpreter: Interpreter, rest: str) -> None:
    name, _, text = rest.strip().partition(" ")
    if is_room(name):
        interpreter.session.topic(text or None, name)
    else:
        interpreter.session.topic(rest.strip() or None)


def _ignore(interpreter: Interpreter, rest: str) -> None:
    if rest.strip():
        interpreter.session.ignore(rest.strip())
    else:
        interpreter.session.list_ignored()


def _echo(interpreter: Interpreter, rest: str) -> None:
    choice = rest.strip().lower()
    if choice not in ("on", "off"):
        raise ChatError(461, "Use ECHO on or ECHO off")
    interpreter.echo_chosen = True
    interpreter.session.listener.echo = choice == "on"
    interpreter.tell(
        f"Your own messages {'come' if choice == 'on' else 'do not come'} back"
    )


def _format(interpreter: Interpreter, rest: str) -> None:
    name = rest.strip().lower()
    formats = interpreter.formats()
    if name not in formats:
        raise ChatError(461, f"Use FORMAT {' or FORMAT '.join(formats)}")
    listener = interpreter.session.listener
    listener.format = formats[name]
    if not interpreter.echo_chosen:
        listener.echo = name == "json"
    interpreter.tell(f"The format is {name}")


def _ping(interpreter: Interpreter, rest: str) -> None:
    token = clean(rest.strip())[:MOST_TOKEN]
    interpreter.session.listener.tell(Pong(token, interpreter.session.hub.now()))


def _quit(interpreter: Interpreter, rest: str) -> None:
    interpreter.quitting = clean(rest).strip()


def _help(interpreter: Interpreter, rest: str) -> None:
    commands = interpreter.commands
    wanted = rest.strip().lstrip("/").upper()
    if not wanted:
        interpreter.tell(f"Commands: {', '.join(commands)}")
        interpreter.tell("HELP command tells more; a line of speech starts with MSG")
    elif wanted in commands:
        interpreter.tell(f"{commands[wanted].usage} -- {commands[wanted].help}")
    else:
        raise ChatError(421, f"No command {clean(wanted)[:30]}; HELP lists them")


def _nick(interpreter: Interpreter, rest: str) -> None:
    interpreter.session.set_nick(rest.strip())


COMMANDS: dict[str, Command] = {
    "NICK": Command("NICK name", "choose your nick, or change it", _nick, True),
    "MSG": plain("MSG text", "speak in the current room", lambda s, r: s.say(r)),
    "PRIV": Command("PRIV nick[,nick] text", "write to people in private", _private),
    "REPLY": plain(
        "REPLY text", "answer whoever last wrote to you in private", Session.reply
    ),
    "ME": plain("ME action", "say what you do", lambda s, r: s.act(r)),
    "JOIN": Command("JOIN #room [key]", "enter a room and speak there", _join),
    "PART": Command("PART [#room] [reason]", "leave a room", _part),
    "ROOMS": plain("ROOMS", "list the rooms", lambda s, r: s.list_rooms()),
    "WHO": plain("WHO [#room]", "list who is in a room", lambda s, r: s.who(r.strip())),
    "WHOIS": word("WHOIS nick", "tell about a person", Session.whois),
    "TOPIC": Command(
        "TOPIC [#room] [text]", "show or set what a room is about", _topic
    ),
    "AWAY": plain(
        "AWAY [text]",
        "say that you are away; alone: that you are back",
        Session.set_away,
    ),
    "IGNORE": Command(
        "IGNORE [nick]", "don't hear somebody; alone: list them", _ignore
    ),
    "UNIGNORE": word("UNIGNORE nick", "hear somebody again", Session.unignore),
    "ECHO": Command("ECHO on|off", "get your own messages too", _echo),
    "FORMAT": Command("FORMAT text|json", "choose what you are sent", _format, True),
    "PASS": word("PASS word", "the server's password", Session.give_password, True),
    "PING": Command("PING [token]", "be answered PONG", _ping, True),
    "HELP": Command("HELP [command]", "tell about commands", _help, True),
    "QUIT": Command("QUIT [reason]", "leave the chat", _quit, True),
}
