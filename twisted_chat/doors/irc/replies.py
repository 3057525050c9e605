"""Replies that more than one command gives: the welcome, a room, its names.

Source: the Modern IRC Client Protocol, "Numerics", where not said otherwise.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from ...hub import Room, User
from ...names import fold
from . import read_times
from .message import LINE, finish

if TYPE_CHECKING:
    from .connection import IRCConnection

MAX_BYTES = 48 * 1024
"""What one reply may take of a client's queue: see `Settings.send_queue`."""


# The welcome


def welcome(c: IRCConnection) -> bytes:
    """RPL_WELCOME to the end of the message of the day."""
    text = f"Welcome to the {c.hub.shared.name} Network, {c.source}"
    greeting, nick = c.factory.greeting, c.nick
    return b"".join(
        (
            c.numeric_line(1, text),
            greeting.about.to(nick),
            greeting.isupport.to(nick),
            lusers(c),
            greeting.motd.to(nick),
        )
    )


def lusers(c: IRCConnection) -> bytes:
    """RPL_LUSERCLIENT and what belongs to it.

    251 tells those with user mode i apart, as all have from the start; 255, 265 and 266
    count both.
    """
    hub, server, nick = c.hub, c.server, c.nick
    users = len(hub.users) + (fold(nick) not in hub.users)
    most = max(users, hub.people.most)
    visible = c.factory.count_visible()
    operators = len(hub.people.operators)
    return (
        f":{server} 251 {nick} :"
        f"There are {visible} users and {users - visible} invisible on 1 servers\r\n"
        f":{server} 252 {nick} {operators} :IRC Operators online\r\n"
        f":{server} 253 {nick} {hub.count_nameless()} :unknown connection(s)\r\n"
        f":{server} 254 {nick} {hub.rooms_shown()} :channels formed\r\n"
        f":{server} 255 {nick} :I have {users} clients and 0 servers\r\n"
        f":{server} 265 {nick} {users} {most} :"
        f"Current local users {users}, max {most}\r\n"
        f":{server} 266 {nick} {users} {most} :"
        f"Current global users {users}, max {most}\r\n"
    ).encode()


def logged_in(c: IRCConnection, account: str) -> bytes:
    """RPL_LOGGEDIN, RPL_LOGGEDOUT (IRCv3 sasl), once for each change."""
    if account == c.account_told:
        return b""
    c.account_told = account
    who = c.source
    if not account:
        return c.numeric_line(901, who, "You are now logged out")
    return c.numeric_line(900, who, account, f"You are now logged in as {account}")


# Rooms


def entered(c: IRCConnection, name: str, at: float) -> bytes:
    """JOIN, the topic, the names: once for each time that a room is entered.

    :param name: the room's; empty bytes when `c` was shown this already.
    :param at: when it was entered, in seconds since the epoch.
    """
    key = fold(name)
    if key in c.shown:
        return b""
    c.shown.add(key)
    room = c.hub.rooms[key]
    shown = c.renderer.join(room.name, c.nick, at) + read_times.entered(c, room)
    if room.topic:
        shown += topic(c, room)
    return shown if "no-implicit-names" in c.caps else shown + names(c, room)


def topic(c: IRCConnection, room: Room) -> bytes:
    """RPL_TOPIC and RPL_TOPICWHOTIME, or RPL_NOTOPIC."""
    if not room.topic:
        return c.numeric_line(331, room.name, "No topic is set")
    who = c.renderer.source(room.topic_by) if room.topic_by else c.server
    return c.numeric_line(332, room.name, room.topic) + c.numeric_line(
        333, room.name, who, str(int(room.topic_at)), final=False
    )


def names(c: IRCConnection, room: Room, most_bytes: int = MAX_BYTES) -> bytes:
    """RPL_NAMREPLY for all in `room`, and RPL_ENDOFNAMES.

    :param most_bytes: bound of the former; who doesn't fit is left out.
    """
    full = "userhost-in-names" in c.caps
    several = "multi-prefix" in c.caps
    source = c.renderer.source
    people = [source(user.nick) if full else user.nick for user in room.members]
    if ranked := room.rules.ranked(room.members):
        people = [
            prefix(room, user, several) + name if user in ranked else name
            for user, name in zip(room.members, people, strict=True)
        ]
    most = LINE - 8 - len(c.server) - len(c.nick) - len(room.name) - 10
    kind = "@" if room.rules.secret else "="
    start = f":{c.server} 353 {c.nick} {kind} {room.name} :"
    lines = []
    size = 0
    for words in wrapped(people, most):
        line = finish(start + words)
        size += len(line)
        if size > most_bytes:
            break
        lines.append(line)
    end = f":{c.server} 366 {c.nick} {room.name} :End of /NAMES list."
    lines.append(finish(end))
    return b"".join(lines)


def wrapped(words: Iterable[str], most: int) -> Iterable[str]:
    """`words` joined by spaces, in lines of at most `most` characters.

    A longer word has a line of its own.
    """
    text = " ".join(words)
    start = 0
    while len(text) - start > most:
        end = text.rfind(" ", start, start + most + 1)
        if end < 0:
            end = text.find(" ", start)
        if end < 0:
            break
        yield text[start:end]
        start = end + 1
    if start < len(text):
        yield text[start:]


def prefix(room: Room, user: User, several: bool) -> str:
    """What stands before a nick in `room`: "@" for an owner, "+" for a voice.

    :param several: whether both may (IRCv3 multi-prefix); else the higher one.
    """
    rules = room.rules
    owner = "@" * rules.is_owner(user)
    if owner and not several:
        return owner
    return owner + "+" * rules.has_voice(user)


def room_modes(c: IRCConnection, room: Room) -> tuple[str, ...]:
    """The parameters of RPL_CHANNELMODEIS: modes, then what belongs to them.

    Only who may change the key is shown it.
    """
    rules = room.rules
    flags = {
        "C": rules.no_ctcp,
        "i": rules.locked,
        "m": rules.moderated,
        "s": rules.secret,
        "t": rules.topic_locked,
    }
    letters = "+n" + "".join(letter for letter, on in flags.items() if on)
    words = []
    if rules.key:
        letters += "k"
        words.append(rules.key if rules.may_administer(c.session.me) else "*")
    if rules.limit:
        letters += "l"
        words.append(str(rules.limit))
    return letters, *words


def is_operator(user: User) -> bool:
    return user.operator
