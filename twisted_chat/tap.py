"""``twistd chat``: the options, and the service they make."""

from __future__ import annotations

import gc
import os
import resource
import signal
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from importlib import metadata
from pathlib import Path
from typing import Any

from twisted.application.service import Service
from twisted.internet.error import CannotListenError
from twisted.logger import Logger
from twisted.python import usage
from twisted.python.failure import Failure

from .database import DatabaseError
from .doors.base import Door
from .doors.irc import IRCDoor
from .doors.line import LineDoor
from .doors.textbook import DOORS as TEXTBOOK_DOORS
from .doors.web import WebDoor
from .doors.web.trust import networks, origin_of
from .durations import parse_duration
from .events import ChatError
from .history import Retention
from .hub import Hub, Settings
from .limits import Rate
from .names import check_nick, clean, fold
from .service import ChatService, Opening, endpoint

log = Logger()

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


class _Main(Service):
    """Runs a `ChatService` under twistd: exit statuses, signals, descriptors."""

    def __init__(self, chat: ChatService, reactor: Any, pidfile: str = "") -> None:
        self._chat = chat
        self._pidfile = pidfile
        self._reactor = reactor
        self._pid = os.getpid()

    def privilegedStartService(self) -> None:
        super().privilegedStartService()
        opened = self._chat.open_doors()
        if opened.called and isinstance(opened.result, Failure):
            # Not in an errback: the Deferred would keep the SystemExit to itself.
            failure = opened.result
            opened.addErrback(lambda _: None)
            self._cannot_listen(failure)
        opened.addErrback(self._cannot_listen)

    def startService(self) -> None:
        super().startService()
        try:
            self._chat.startService()
        except DatabaseError as error:
            self._give_up(str(error))
        self._reactor.callWhenRunning(self._take_signals)

    def stopService(self) -> Any:
        super().stopService()
        return self._chat.stopService()

    def _cannot_listen(self, failure: Failure) -> None:
        error = failure.value
        if isinstance(error, CannotListenError):
            reason = error.socketError.strerror or error.socketError
            line = f"can't listen on port {error.port}: {reason}"
        else:
            line = f"can't listen: {failure.getErrorMessage()}"
        self._give_up(line)

    def _give_up(self, line: str) -> None:
        """Say `line` and exit with 1."""
        log.critical("{line}", line=line)
        if not self._reactor.running:
            if os.getpid() != self._pid:
                # A daemon: twistd's first process waits for an exception from
                # this one, shows it and exits with 1.
                raise RuntimeError(line)
            print(f"twistd chat: {line}", file=sys.__stderr__)
            if self._pidfile:
                Path(self._pidfile).unlink(missing_ok=True)
            raise SystemExit(1)
        sys.stderr.write(f"twistd chat: {line}\n")
        self._reactor.stop()

    def _take_signals(self) -> None:
        """Stop in order, and exit with 0: twistd would die of the signal itself."""

        def stop(*_: object) -> None:
            self._reactor.callFromThread(self._stop)

        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, stop)

    def _stop(self) -> None:
        if self._reactor.running and not self._stopping:
            self._stopping = True
            self._reactor.stop()

    _stopping = False


def makeService(options: Options) -> Service:
    """The whole server, for twistd to start."""
    from twisted.internet import reactor

    follow_elapsed_time(reactor)
    _collect_garbage_rarely()
    chat = ChatService(
        reactor,
        affordable(options.settings(), _raise_descriptor_limit()),
        options.openings(),
        time.time,
        options["database"],
        Retention(options["retention"], options["retention-messages"]),
    )
    twistd: dict[str, Any] = options.parent or {}
    return _Main(chat, reactor, twistd.get("pidfile", ""))


def follow_elapsed_time(reactor: Any) -> None:
    """Let the timers of `reactor` follow the monotonic clock.

    Twisted's own follow the wall clock, and stand still when it is set back.
    """
    if reactor.seconds is not time.monotonic and not reactor.getDelayedCalls():
        reactor.seconds = time.monotonic


def _collect_garbage_rarely() -> None:
    """Look for cycles less often: a look at 10,000 clients takes a while.

    What is loaded by now stays anyway, and is not looked at again.
    """
    gc.freeze()
    gc.set_threshold(20_000, 20, 50)


def affordable(settings: Settings, files: int) -> Settings:
    """`settings` with no more clients than `files` open files allow for.

    Some are kept for the server itself, and for telling one client too many.
    """
    clients = files - min(100, files // 4)
    if settings.max_clients <= clients:
        return settings
    log.warn(
        "only {clients} of {wanted} clients: open files are limited to {files}",
        clients=clients,
        wanted=settings.max_clients,
        files=files,
    )
    return replace(settings, max_clients=clients)


def _raise_descriptor_limit() -> int:
    """Have as many open files as the system allows; return how many."""
    soft, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    try:
        resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
        soft = most
    except (OSError, ValueError) as error:
        log.warn("can't raise the limit of open files: {error}", error=error)
    return sys.maxsize if soft == resource.RLIM_INFINITY else soft
