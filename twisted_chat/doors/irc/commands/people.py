"""WHO and WHOX, WHOIS, WHOWAS, ISON, USERHOST: asking about people."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from ....events import ChatError
from ....hub import Room, User
from ....hub.masks import glob
from ....hub.queries import nodes_shown
from ....limits import BYTES_PER_TOKEN
from ....names import fold, is_room
from .. import replies
from ..command import Command, always
from ..formats import account_of
from ..message import middle

if TYPE_CHECKING:
    from ..connection import IRCConnection
    from ..message import Message

MAX_ASKED = 5
"""How many nicks one USERHOST may name (RFC 2812 section 4.8)."""


# WHO


def _who(c: IRCConnection, message: Message) -> None:
    """WHO, and with fields WHOX (IRCv3 whox)."""
    mask = message.params[0] if message.params else "*"
    more = message.params[1] if len(message.params) > 1 else ""
    flags, percent, fields = more.partition("%")
    fields, _, token = fields.partition(",")
    found = _found(c, mask, strangers="o" in flags)
    if "o" in flags:
        c.session.charge(rows=len(c.hub.users))
        found = (row for row in found if replies.is_operator(row[1]))
    lines = []
    size = 0
    for room, user in found:
        if percent:
            line = _whox_line(c, room, user, fields, token)
        else:
            line = _who_line(c, room, user)
        size += len(line)
        if size > replies.MAX_BYTES:
            lines.append(c.numeric_line(416, "WHO", "Output too large, truncated"))
            break
        lines.append(line)
    lines.append(c.numeric_line(315, middle(mask), "End of WHO list"))
    c.listener.send(b"".join(lines))
    if fold(mask) in c.session.me.rooms:
        c.session.spare(1 + size // BYTES_PER_TOKEN)


def _found(
    c: IRCConnection, mask: str, strangers: bool
) -> Iterable[tuple[Room | None, User]]:
    """Who is meant, and where the asker sees them.

    A mask finds nobody with user mode i, as all have from the start, who shares no
    room with the asker (Modern specification, WHO).

    :param strangers: whether it finds those too.
    """
    hub = c.hub
    strangers = strangers or c.session.me.operator
    if is_room(mask):
        room = hub.rooms.get(fold(mask))
        if room is None or not room.rules.open_to(room, c.session.me):
            return ()
        return ((room, user) for user in room.members)
    if user := hub.users.get(fold(mask)):
        return [(_shared(c, user), user)]
    if mask == "0":
        mask = "*"
    pattern = glob(mask)
    source = c.renderer.source
    c.session.charge(rows=len(hub.users))
    return (
        (room, user)
        for key, user in hub.users.items()
        if (pattern.fullmatch(key) or pattern.fullmatch(fold(source(user.nick))))
        and ((room := _shared(c, user)) or strangers or _visible(c, user))
    )


def _visible(c: IRCConnection, user: User) -> bool:
    """Whether the asker, who shares no room with `user`, finds them by a mask."""
    shown = c.factory.visible
    return user is c.session.me or any(map(shown.__contains__, user.listeners()))


def _shared(c: IRCConnection, user: User) -> Room | None:
    """A room where the asker sees `user`."""
    me = c.session.me
    return next((r for r in user.rooms.values() if me in r.members), None)


def _flags(c: IRCConnection, room: Room | None, user: User) -> str:
    return "".join(
        (
            "G" if user.away else "H",
            "*" if replies.is_operator(user) else "",
            replies.prefix(room, user, "multi-prefix" in c.caps) if room else "",
            "B" if user.bot else "",
        )
    )


def _who_line(c: IRCConnection, room: Room | None, user: User) -> bytes:
    nick = user.nick
    return c.numeric_line(
        352,
        room.name if room else "*",
        f"~{user.username}",
        user.host,
        c.server,
        nick,
        _flags(c, room, user),
        f"0 {user.about or nick}",
    )


def _whox_line(
    c: IRCConnection, room: Room | None, user: User, fields: str, token: str
) -> bytes:
    values = {
        "t": token[:3] if token.isdecimal() else "0",
        "c": room.name if room else "*",
        "u": f"~{user.username}",
        "i": "255.255.255.255",
        "h": user.host,
        "s": c.server,
        "n": user.nick,
        "f": _flags(c, room, user),
        "d": "0",
        "l": str(_idle(c, user)),
        "a": account_of(user) or "0",
        "o": "n/a",
    }
    shown = [value for field, value in values.items() if field in fields]
    if "r" in fields:
        return c.numeric_line(354, *shown, user.about or user.nick)
    return c.numeric_line(354, *shown, final=False) if shown else b""


def _idle(c: IRCConnection, user: User) -> int:
    return max(0, int(c.hub.now() - user.spoke))


# WHOIS, WHOWAS


def _whois(c: IRCConnection, message: Message) -> None:
    if not message.params:
        raise ChatError(431, "No nickname given")
    nick = message.params[1] if len(message.params) > 1 else message.params[0]
    nick = nick.split(",")[0]
    user = c.hub.users.get(fold(nick))
    if user is None:
        c.deny(ChatError(401, ""), "WHOIS", nick)
    else:
        c.listener.send(_about(c, user))
        nick = user.nick
    c.numeric(318, middle(nick), "End of /WHOIS list.")


def _about(c: IRCConnection, user: User) -> bytes:
    nick = user.nick
    several = "multi-prefix" in c.caps
    rooms = [
        replies.prefix(room, user, several) + room.name
        for room in user.rooms.values()
        if c.session.me in room.members
    ]
    about = user.about or nick
    lines = [c.numeric_line(311, nick, f"~{user.username}", user.host, "*", about)]
    lines += [c.numeric_line(319, nick, line) for line in replies.wrapped(rooms, 350)]
    node = nodes_shown(c.session.me, user)
    info = c.hub.shared.name + (f", on {node}" if node else "")
    lines.append(c.numeric_line(312, nick, c.server, info))
    if user.away:
        lines.append(c.numeric_line(301, nick, user.away))
    if c.session.me.operator:
        for host in dict.fromkeys(session.host for session in user.sessions):
            lines.append(c.numeric_line(338, nick, host, "actually using host"))
    if replies.is_operator(user):
        lines.append(c.numeric_line(313, nick, "is an IRC operator"))
    if account := account_of(user):
        lines.append(c.numeric_line(330, nick, account, "is logged in as"))
    if user.bot:
        lines.append(c.numeric_line(335, nick, "is a bot"))
    lines.append(
        c.numeric_line(
            317,
            nick,
            str(_idle(c, user)),
            str(int(user.since)),
            "seconds idle, signon time",
        )
    )
    return b"".join(lines)


def _whowas(c: IRCConnection, message: Message) -> None:
    if not message.params or not message.params[0]:
        raise ChatError(431, "No nickname given")
    nick = message.params[0].split(",")[0]
    found = c.hub.whowas.all(nick)
    if not found:
        c.deny(ChatError(406, ""), "WHOWAS", nick)
    for gone in found[: _count(message.params[1:2])]:
        who, user = gone.nick, f"~{gone.username}"
        c.numeric(314, who, user, gone.host, "*", gone.about or who)
        when = f"{datetime.fromtimestamp(gone.at, UTC):%c} UTC"
        c.numeric(312, who, c.server, when)
    c.numeric(369, middle(nick), "End of WHOWAS")


def _count(words: list[str]) -> int | None:
    """How many are wanted; None for all, as for what is no number above 0."""
    [word] = words or ["0"]
    return (int(word[:9]) if word.isdecimal() else 0) or None


# ISON, USERHOST


def _ison(c: IRCConnection, message: Message) -> None:
    users = c.hub.users
    asked = dict.fromkeys(map(fold, " ".join(message.params).split()))
    here = [users[key].nick for key in asked if key in users]
    c.numeric(303, " ".join(here))


def _userhost(c: IRCConnection, message: Message) -> None:
    users = c.hub.users
    asked = dict.fromkeys(map(fold, " ".join(message.params).split()[:MAX_ASKED]))
    found = [users[key] for key in asked if key in users]
    words = [
        f"{user.nick}{'*' if replies.is_operator(user) else ''}="
        f"{'-' if user.away else '+'}{user.origin}"
        for user in found
    ]
    c.numeric(302, " ".join(words))


COMMANDS = {
    "WHO": Command(
        _who,
        asks=always,
        usage="[mask [o] [%fields]]",
        about="a room, a nick, a mask; ``o``; WHOX fields",
    ),
    "WHOIS": Command(
        _whois,
        asks=always,
        usage="nick",
        about="about somebody, with the rooms that you share; 312 tells operators on "
        "which of several servers they are",
    ),
    "WHOWAS": Command(
        _whowas, asks=always, usage="nick [count]", about="who was here under that nick"
    ),
    "ISON": Command(
        _ison, 1, asks=always, usage="nick …", about="which of them are here"
    ),
    "USERHOST": Command(
        _userhost, 1, asks=always, usage="nick …", about="of five nicks at most"
    ),
}
