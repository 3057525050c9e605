"""The command line of ``twistd chat``: what each option may say."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from importlib import metadata
from pathlib import Path
from typing import Any

from twisted.python import usage

from .doors.base import Door
from .doors.irc import IRCDoor
from .doors.line import LineDoor
from .doors.textbook import DOORS as TEXTBOOK_DOORS
from .doors.web import WebDoor
from .doors.web.trust import networks, origin_of
from .durations import parse_duration
from .endpoints import endpoint
from .events import ChatError
from .hub import LOBBY_TOPIC, Hub, Settings
from .limits import Rate
from .names import check_nick, clean, fold
from .service import Opening

_DEFAULTS = Settings()
PORT = "55555"
# Older ones hand on a WebSocket's messages in pieces, as packets cut them.
WEB_NEEDS = (26, 10)
LONGEST_IDLE = 32767  # what TCP_KEEPIDLE takes
DATABASE = "twisted-chat.sqlite"


def _number(least: int, most: int | None = None) -> Callable[[str], int]:
    def convert(value: str) -> int:
        number = int(value) if value.isdecimal() and len(value) < 20 else -1
        if number < least or (most is not None and number > most):
            span = f"from {least} up" if most is None else f"from {least} to {most}"
            raise ValueError(f"{value!r} is no whole number {span}")
        return number

    return convert


def _rate(value: str) -> Rate | None:
    if value == "off":
        return None
    try:
        burst, per_second = map(float, value.split(":"))
    except ValueError:
        raise ValueError(f"{value!r} is neither burst:lines-a-second nor off") from None
    if not (1 <= burst < 1e6 and 0 < per_second < 1e6):
        raise ValueError(f"{value!r}: the burst is at least 1, the rate more than 0")
    return Rate(burst, per_second)


def _lines(path: str) -> tuple[str, ...]:
    try:
        text = Path(path).read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise ValueError(f"can't read {path}: {error}") from None
    return tuple(clean(line) for line in text.splitlines())


def _password(value: str) -> str:
    if not value or value.split() != [value] or clean(value) != value:
        raise ValueError("a password is one word")
    return value


def _name(value: str) -> str:
    name = clean(value).strip()
    if not name:
        raise ValueError("the name is empty")
    return name


def _lobby_topic(value: str) -> str:
    if value not in LOBBY_TOPIC:
        raise ValueError(f"{value!r} is none of {', '.join(LOBBY_TOPIC)}")
    return value


def _operators(path: str) -> frozenset[str]:
    """The folded nicks in a file: one a line, ``#`` starts a comment."""
    nicks = [line.partition("#")[0].strip() for line in _lines(path)]
    try:
        return frozenset(fold(check_nick(nick)) for nick in nicks if nick)
    except ChatError:
        raise ValueError(f"{path} has a line that is no nick") from None


def _naming(option: Sequence[Any]) -> list[Any]:
    """An option whose complaints about a bad value say its name."""
    *rest, last = option
    if not callable(last):
        return list(option)

    def convert(value: str) -> Any:
        try:
            return last(value)
        except ValueError as error:
            raise ValueError(f"--{option[0]}: {error}") from None

    return [*rest, convert]


class Options(usage.Options):
    """The command line.  A bad value is one line on stderr and exit status 1."""

    synopsis = "[options]"
    longdesc = "A chat server that everyone can join with what they have."

    optParameters: list[list[Any]] = [
        ["name", "n", _DEFAULTS.name, "the server's name in the greeting", _name],
        ["motd", None, None, "a file to show to whoever comes [default: none]", _lines],
        [
            "max-clients",
            None,
            _DEFAULTS.max_clients,
            "connections in all",
            _number(1),
        ],
        [
            "max-per-ip",
            None,
            _DEFAULTS.max_per_ip,
            "connections from one address, 0 for no limit; loopback is not limited",
            _number(0),
        ],
        [
            "password",
            None,
            None,
            "what PASS must say before NICK [default: none]",
            _password,
        ],
        [
            "operators",
            None,
            None,
            "a file with operators' registered nicks, one a line [default: none]",
            _operators,
        ],
        [
            "database",
            None,
            DATABASE,
            "the SQLite file for what is kept; :memory: keeps nothing",
        ],
        [
            "retention",
            None,
            None,
            "how long messages are kept, such as 30d [default: for ever]",
            parse_duration,
        ],
        [
            "retention-messages",
            None,
            None,
            "how many messages of each room are kept [default: all]",
            _number(1),
        ],
        [
            "flood",
            None,
            _DEFAULTS.flood,
            "burst:lines a second from one client, or off",
            _rate,
        ],
        [
            "idle",
            None,
            _DEFAULTS.idle,
            "seconds of silence after which a connection is probed",
            _number(4, LONGEST_IDLE),
        ],
        [
            "lobby-topic",
            None,
            _DEFAULTS.lobby_topic,
            "who sets the topic of #lobby: anyone, registered or operators",
            _lobby_topic,
        ],
        [
            "send-queue",
            None,
            _DEFAULTS.send_queue,
            "bytes that may wait for a client that does not read",
            _number(4096),
        ],
    ]

    optParameters = [_naming(option) for option in optParameters]

    def __init__(self) -> None:
        super().__init__()
        self["port"] = []
        self["textbook"] = []
        self["web"] = []
        self["web-origin"] = []
        self["trusted-proxy"] = []
        self["irc"] = []

    def opt_port(self, where: str) -> None:
        """port or endpoint for telnet and netcat; repeatable [default: 55555]"""
        self["port"].append(self._where(where))

    opt_p = opt_port

    def opt_web(self, where: str) -> None:
        """port or endpoint for browsers (TLS: ssl:...); repeatable [default: none]"""
        here = metadata.version("twisted")
        if tuple(map(int, here.split(".")[:2])) < WEB_NEEDS:
            needs = ".".join(map(str, WEB_NEEDS))
            raise usage.UsageError(f"--web needs Twisted {needs}; this is {here}")
        self["web"].append(self._where(where))

    def opt_web_origin(self, origin: str) -> None:
        """an origin (https://host) whose pages may connect too; repeatable"""
        try:
            self["web-origin"].append(origin_of(origin))
        except ValueError as error:
            raise usage.UsageError(str(error)) from None

    def opt_trusted_proxy(self, addresses: str) -> None:
        """addresses or networks whose X-Forwarded-For is believed; repeatable"""
        try:
            self["trusted-proxy"] += networks(addresses)
        except ValueError as error:
            raise usage.UsageError(str(error)) from None

    def opt_textbook(self, opening: str) -> None:
        """kind:port-or-endpoint for clients written in class; repeatable; the
        kinds are nick, header64, raw, header10 and at"""
        kind, _, where = opening.partition(":")
        if kind not in TEXTBOOK_DOORS or not where:
            kinds = ", ".join(TEXTBOOK_DOORS)
            raise usage.UsageError(
                f"bad --textbook {opening!r}: give kind:port; the kinds are {kinds}"
            )
        try:
            self["textbook"].append((kind, self._where(where)))
        except usage.UsageError as error:
            raise usage.UsageError(f"--textbook {kind}: {error}") from None

    def postOptions(self) -> None:
        if self["textbook"] and self["password"]:
            raise usage.UsageError("clients of --textbook can't give a --password")

    def opt_irc(self, where: str) -> None:
        """port or endpoint for IRC clients, such as 6667; repeatable"""
        self["irc"].append(self._where(where))

    def parseOptions(self, options: Any = None) -> None:
        """Read the command line.

        :raises SystemExit: with one line that says what is wrong.
        """
        try:
            super().parseOptions(options)
        except usage.UsageError as error:
            line = str(error).removeprefix("Parameter type enforcement failed: ")
            raise SystemExit(f"twistd chat: {line}") from None

    def _where(self, where: str) -> str:
        from twisted.internet import reactor

        try:
            if where.isdecimal() and not 0 <= int(where) <= 65535:
                raise ValueError("a port is a number up to 65535")
            endpoint(reactor, where)
        except Exception as error:
            raise usage.UsageError(f"bad port or endpoint {where!r}: {error}") from None
        return where

    def settings(self) -> Settings:
        return Settings(
            name=self["name"],
            motd=self["motd"] or (),
            password=self["password"] or "",
            max_clients=self["max-clients"],
            max_per_ip=self["max-per-ip"],
            flood=self["flood"],
            idle=self["idle"],
            send_queue=self["send-queue"],
            operators=self["operators"] or frozenset(),
            lobby_topic=self["lobby-topic"],
        )

    def openings(self) -> list[Opening]:
        """The doors to open, in the order in which they are opened."""
        openings = [Opening(LineDoor, where) for where in self["port"] or [PORT]]
        openings += [Opening(self._web_door, where) for where in self["web"]]
        for kind, where in self["textbook"]:
            openings.append(Opening(TEXTBOOK_DOORS[kind], where))
        openings += [Opening(IRCDoor, where) for where in self["irc"]]
        return openings

    def _web_door(self, hub: Hub) -> Door:
        return WebDoor(hub, self["web-origin"], self["trusted-proxy"])
