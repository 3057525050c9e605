"""Replies that more than one command gives: the welcome, a room, its names.

Source: the Modern IRC Client Protocol, "Numerics", where not said otherwise.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from ... import __version__
from ...hub import Room, User
from ...names import fold
from .message import LINE

if TYPE_CHECKING:
    from .connection import IRCConnection

MAX_BYTES = 48 * 1024
"""What one reply may take of a client's queue: see `Settings.send_queue`."""

USER_MODES = "Bio"
CHANNEL_MODES = "biklmnoqstv"
VERSION = f"twisted-chat-{__version__}"


# The welcome


def welcome(c: IRCConnection) -> bytes:
    """RPL_WELCOME to the end of the message of the day."""
    hub = c.hub
    made = datetime.fromtimestamp(c.factory.since, UTC)
    return b"".join(
        (
            c.numeric_line(
                1,
                f"Welcome to the {hub.shared.name} Network, {c.source}",
            ),
            c.numeric_line(2, f"Your host is {c.server}, running version {VERSION}"),
            c.numeric_line(3, f"This server was created {made:%Y-%m-%d %H:%M:%S} UTC"),
            c.numeric_line(
                4, c.server, VERSION, USER_MODES, CHANNEL_MODES, "bkloqv", final=False
            ),
            isupport(c),
            lusers(c),
            motd(c),
        )
    )


def isupport(c: IRCConnection) -> bytes:
    """RPL_ISUPPORT: 12 tokens a line, where 13 are allowed."""
    tokens = c.factory.isupport
    return b"".join(
        c.numeric_line(5, *tokens[start : start + 12], "are supported by this server")
        for start in range(0, len(tokens), 12)
    )


def lusers(c: IRCConnection) -> bytes:
    """RPL_LUSERCLIENT and what belongs to it."""
    hub = c.hub
    users = len(hub.users) + (fold(c.nick) not in hub.users)
    most = max(users, hub.people.most)
    both = str(users), str(most)
    people = f"{users} users and 0 invisible"
    unknown = sum(state.user is None for state in hub.sessions.values())
    operators = sum(is_operator(user) for user in hub.users.values())
    return b"".join(
        (
            c.numeric_line(251, f"There are {people} on 1 servers"),
            c.numeric_line(252, str(operators), "IRC Operators online"),
            c.numeric_line(253, str(unknown), "unknown connection(s)"),
            c.numeric_line(254, str(hub.rooms_shown()), "channels formed"),
            c.numeric_line(255, f"I have {len(hub.sessions)} clients and 0 servers"),
            c.numeric_line(265, *both, f"Current local users {users}, max {most}"),
            c.numeric_line(266, *both, f"Current global users {users}, max {most}"),
        )
    )


def motd(c: IRCConnection) -> bytes:
    """RPL_MOTDSTART to RPL_ENDOFMOTD, or ERR_NOMOTD."""
    lines = c.hub.settings.motd
    if not lines:
        return c.numeric_line(422, "MOTD File is missing")
    return b"".join(
        (
            c.numeric_line(375, f"- {c.server} Message of the day -"),
            *(c.numeric_line(372, f"- {line}") for line in lines),
            c.numeric_line(376, "End of /MOTD command."),
        )
    )


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
    if fold(name) in c.shown:
        return b""
    c.shown.add(fold(name))
    room = c.hub.rooms[fold(name)]
    shown = c.renderer.join(room.name, c.nick, at)
    if room.topic:
        shown += topic(c, room)
    return shown + names(c, room)


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
    people = (
        prefix(room, user, several) + (source(user.nick) if full else user.nick)
        for user in room.members
    )
    most = LINE - 8 - len(c.server) - len(c.nick) - len(room.name) - 10
    kind = "@" if room.rules.secret else "="
    lines = []
    size = 0
    for words in wrapped(people, most):
        line = c.numeric_line(353, kind, room.name, words)
        size += len(line)
        if size > most_bytes:
            break
        lines.append(line)
    lines.append(c.numeric_line(366, room.name, "End of /NAMES list."))
    return b"".join(lines)


def wrapped(words: Iterable[str], most: int) -> Iterable[str]:
    """`words` joined by spaces, in lines of at most `most` characters."""
    line = ""
    for word in words:
        if line and len(line) + 1 + len(word) > most:
            yield line
            line = word
        else:
            line = f"{line} {word}" if line else word
    if line:
        yield line


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
