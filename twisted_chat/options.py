"""The command line of ``twistd chat``: what each option may say."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any

from twisted.python import usage

from .doors.option import DoorOption, MoreOption, door_options
from .durations import parse_duration
from .endpoints import endpoint
from .history import Retention
from .hub import Settings
from .hub.setting_values import (
    read_lobby_topic,
    read_name,
    read_number,
    read_password,
    read_switch,
)
from .option_values import read_lines, read_operators, read_password_file, read_rate
from .service import Opening
from .storage.database import MEMORY

if TYPE_CHECKING:
    from .cluster import Bus

_DEFAULTS = Settings()
LONGEST_IDLE = 32767  # what TCP_KEEPIDLE takes
DATABASE = "twisted-chat.sqlite"


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
    doors: Sequence[DoorOption] = ()

    optParameters: list[list[Any]] = [
        ["name", "n", _DEFAULTS.name, "the server's name in the greeting", read_name],
        [
            "motd",
            None,
            None,
            "a file to show to whoever comes [default: none]",
            read_lines,
        ],
        [
            "max-clients",
            None,
            _DEFAULTS.max_clients,
            "connections in all",
            read_number(1),
        ],
        [
            "max-per-ip",
            None,
            _DEFAULTS.max_per_ip,
            "connections from one address, 0 for no limit; loopback is not limited",
            read_number(0),
        ],
        [
            "password",
            None,
            None,
            "what PASS must say before NICK [default: none]",
            read_password,
        ],
        [
            "password-file",
            None,
            None,
            "a file with that word, which no list of processes shows [default: none]",
            read_password_file,
        ],
        [
            "operators",
            None,
            None,
            "a file with operators' registered nicks, one a line [default: none]",
            read_operators,
        ],
        [
            "database",
            None,
            DATABASE,
            "the SQLite file for what is kept; :memory: keeps nothing",
        ],
        [
            "bus",
            None,
            None,
            "be one chat with others by this Redis: redis://host:6379/0, rediss://…, "
            "unix:///path, or file:/path that has it [default: alone]",
        ],
        [
            "bus-key-file",
            None,
            None,
            "a file with 64 hex digits that encrypts what goes there [default: none]",
        ],
        ["bus-prefix", None, "twisted-chat", "what its keys in Redis begin with"],
        [
            "node",
            None,
            "",
            "this server's name among the others [default: the host's and the file's]",
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
            read_number(1),
        ],
        [
            "private",
            None,
            None,
            "whether what registered people write in private is kept: on or off "
            "[default: on, but off for a file that is older than that]",
            read_switch,
        ],
        [
            "private-retention",
            None,
            None,
            "how long that is kept, at most as long as --retention [default: as long]",
            parse_duration,
        ],
        [
            "flood",
            None,
            _DEFAULTS.flood,
            "burst:lines a second from one client, or off",
            read_rate,
        ],
        [
            "idle",
            None,
            _DEFAULTS.idle,
            "seconds of silence after which a connection is probed",
            read_number(4, LONGEST_IDLE),
        ],
        [
            "edit-window",
            None,
            _DEFAULTS.edit_window,
            "for how long an account may edit and delete what it has written",
            parse_duration,
        ],
        [
            "lobby-topic",
            None,
            _DEFAULTS.lobby_topic,
            "who sets the topic of #lobby: anyone, registered or operators",
            read_lobby_topic,
        ],
        [
            "send-queue",
            None,
            _DEFAULTS.send_queue,
            "bytes that may wait for a client that does not read",
            read_number(4096),
        ],
    ]

    optParameters = [_naming(option) for option in optParameters]

    bus: Bus | None = None

    def __init__(self) -> None:
        super().__init__()
        for option in self.doors:
            for name in (option.name, *(more.name for more in option.more)):
                self[name] = []

    def add_door(self, option: DoorOption, value: str) -> None:
        """Have a door opened; raises `UsageError` for a bad value."""
        try:
            option.check()
            kind, make, where = option.read(value)
        except ValueError as error:
            raise usage.UsageError(str(error)) from None
        try:
            self[option.name].append((make, self._where(where)))
        except usage.UsageError as error:
            of_kind = f"--{option.name} {kind}: " if kind else ""
            raise usage.UsageError(f"{of_kind}{error}") from None

    def add_more(self, more: MoreOption, value: str) -> None:
        """Have doors told `value`; raises `UsageError` for a bad one."""
        try:
            self[more.name] += more.read(value)
        except ValueError as error:
            raise usage.UsageError(str(error)) from None

    def postOptions(self) -> None:
        """Check what can't go together, and read ``--bus``; raises `UsageError`."""
        if self["password"] and self["password-file"]:
            raise usage.UsageError("--password and --password-file are the same thing")
        self["password"] = self["password"] or self["password-file"]
        for option in self.doors:
            if self["password"] and self[option.name] and not option.takes_password:
                name = option.name
                raise usage.UsageError(f"clients of --{name} can't give a --password")
        if self["bus"]:
            self.bus = self._bus()

    def _bus(self) -> Bus:
        if self["database"] == MEMORY:
            raise usage.UsageError("--bus: a node needs a --database")
        try:
            from .cluster import read_bus
        except ImportError as error:
            text = f"--bus needs pip install 'twisted-chat[cluster]': {error}"
            raise usage.UsageError(text) from None
        words = (self["bus"], self["bus-key-file"] or "", self["bus-prefix"])
        try:
            return read_bus(*words, self["node"], self["database"])
        except ValueError as error:
            raise usage.UsageError(f"--bus: {error}") from None

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
            private=self["private"],
            edit_window=self["edit-window"],
        )

    def retention(self) -> Retention:
        """How long messages are kept."""
        return Retention(
            self["retention"], self["retention-messages"], self["private-retention"]
        )

    def openings(self) -> list[Opening]:
        """The doors to open, in the order in which they are opened."""
        openings = []
        for option in self.doors:
            more: dict[str, Any] = {
                each.keyword: self[each.name] for each in option.more
            }
            if option.keeps:
                kept = self["database"] != MEMORY
                more["beside"] = f"{self['database']}{option.keeps}" if kept else ""
            default = [option.read(where)[1:] for where in option.default]
            for make, where in self[option.name] or default:
                openings.append(Opening(partial(make, **more), where))
        return openings


def offer(options: type[Options], doors: Sequence[DoorOption]) -> None:
    """Give `options` the options of `doors`, by methods as Twisted looks for them."""

    def method(add: Callable[[Options, Any, str], None], option: Any) -> object:
        def opt(self: Options, value: str) -> None:
            add(self, option, value)

        opt.__doc__ = option.help
        return opt

    options.doors = doors
    for option in doors:
        open_door = method(Options.add_door, option)
        for name in filter(None, (option.name, option.short)):
            setattr(options, _method_name(name), open_door)
        for more in option.more:
            setattr(options, _method_name(more.name), method(Options.add_more, more))


def _method_name(option: str) -> str:
    return f"opt_{option.replace('-', '_')}"


offer(Options, door_options())
