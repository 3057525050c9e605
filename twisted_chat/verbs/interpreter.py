"""Runs lines of the line protocol."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from secrets import token_hex

from ..events import ChatError, Notice
from ..fanout import Format
from ..grammar.commands import parse, speech
from ..grammar.framing import LINE_LENGTH
from ..hub import Hub, Session
from ..names import clean
from ..outcomes import Outcome
from .command import Command
from .fields import MAX_NAMED, Values
from .labels import answer
from .lines import Collector
from .objects import parse_object
from .table import COMMANDS

MAX_QUOTED = 60


class Interpreter:
    """Runs the lines of one session.

    :ivar collector: takes the lines that come, in place of running them; see LINES.
    :ivar confirming: what is asked for twice, and the code that it needs then.
    :ivar quitting: QUIT was given; the door closes the connection.
    :param formats: what FORMAT may choose, by name.
    """

    commands = COMMANDS

    __slots__ = (
        "collector",
        "confirming",
        "echo_chosen",
        "formats",
        "quitting",
        "session",
    )

    def __init__(
        self, session: Session, formats: Callable[[], dict[str, Format]]
    ) -> None:
        self.session = session
        self.quitting: str | None = None
        self.formats = formats
        self.echo_chosen = False
        self.collector: Collector | None = None
        self.confirming = ("", "")

    def run(self, line: str) -> Outcome:
        """Do what `line` says.

        The Deferred, where there is one, fires when it is done, and fails with
        `ChatError` as well.

        :param line: without its end.
        :raises ChatError: when that can't be done: 421, 451, 461, and what the
            command itself refuses.
        """
        session = self.session
        if self.collector is not None:
            return self.collector.take(line)
        if line[:4] == "MSG " and session.room is not None:
            return session.say(line[4:], refused=session.link.failed)
        if line[:1] == "{" and self.session.listener.format.name == "json":
            return self._run_object(line)
        verb, rest = parse(line)
        if not verb:
            return None
        command = self._command(verb, line.strip())
        return command.run(self, command.read(self.session, rest))

    def read(self, line: str) -> tuple[Command, Values]:
        """The command that `line` is, and its fields; also before there is a nick.

        :raises ChatError: 421, 461.
        """
        verb, rest = parse(line)
        if verb not in self.commands:
            return self._command(verb, line), {}
        command = self.commands[verb]
        return command, command.read(self.session, rest)

    def run_bytes(self, line: bytes | None) -> Outcome:
        """As `run`, for a line as `LineCutter` cuts it.

        :raises ChatError: 417 for one that is too long, 400 for one that isn't UTF-8.
        """
        if line is None:
            raise ChatError(417, f"Line too long; at most {LINE_LENGTH} bytes")
        try:
            words = line.decode()
        except UnicodeDecodeError:
            raise ChatError(400, "That line is not UTF-8; it was not read") from None
        return self.run(words)

    def run_speech(self, lines: Sequence[bytes | None]) -> bool:
        """As `run_bytes` for each of `lines`, where they just speak in plain words.

        Else, and where one of them may be refused, none of them is run.  Where four
        come in a read each takes 25 thousand instructions instead of 32, being
        delivered to ten included.
        """
        texts = speech(lines) if self.collector is None else None
        return texts is not None and self.session.say_all(texts)

    def asks(self, line: str) -> bool:
        """Whether `line` only asks, and changes nothing for anybody.

        Who is cut off is somewhere only when they are back.
        """
        user = self.session.user
        if self.collector is not None:
            return False
        try:
            if line[:1] == "{" and self.session.listener.format.name == "json":
                verb, _, fields = parse_object(line)
                command = self._command(verb)
                values = command.read_object(self.session, fields)
            else:
                verb, rest = parse(line)
                if not verb:
                    return True
                command = self._command(verb)
                values = command.read(self.session, rest)
        except ChatError:
            return False
        here = command.before_nick or (user is not None and user.online)
        return here and command.asks(values)

    def _run_object(self, line: str) -> Outcome:
        verb, label, fields = parse_object(line)

        def run() -> Outcome:
            command = self._command(verb)
            values = command.read_object(self.session, fields)
            return command.run(self, values)

        if not label:
            return run()
        session = self.session
        return answer(session.listener, label, run, session.now)

    def _command(self, verb: str, line: str = "") -> Command:
        """The command that may be run now; raises `ChatError` 421, 451.

        :param line: what was typed; it may have been meant as speech.
        """
        try:
            command = self.commands[verb]
        except KeyError:
            hint = "HELP lists them"
            spoken = self.session.user is not None and line[:1] not in ("", "/")
            if spoken and self.session.listener.format.name != "json":
                more = "…" if len(line) > MAX_QUOTED else ""
                hint = f"to say it: MSG {clean(line[:MAX_QUOTED])}{more}"
            raise ChatError(
                421, f"Unknown command {clean(verb[:MAX_NAMED])}; {hint}"
            ) from None
        if self.session.user is None and not command.before_nick:
            raise ChatError(451, "Choose a nick first; use NICK name")
        return command

    def welcome(self) -> None:
        """Greet a peer that has just connected."""
        for notice in greeting(self.session.hub):
            self.session.listener.tell(notice)

    def confirmed(self, what: str, code: str, warning: str) -> bool:
        """Whether `what` was asked for before, and `code` was told then.

        Else they are told a code, with `warning`.
        """
        if code and (what, code) == self.confirming:
            self.confirming = ("", "")
            return True
        self.confirming = what, token_hex(3)
        self.tell(
            f"{warning}; to do it, say it again with {self.confirming[1]}",
            "code",
            self.confirming[1],
        )
        return False

    def tell(self, text: str, code: str, value: str = "") -> None:
        """Say `text` to this session alone; see `Notice`."""
        self.session.listener.tell(Notice(text, self.session.now(), code, value))


def greeting(hub: Hub) -> list[Notice]:
    """What every peer is told that has just connected."""
    name, at = hub.shared.name, hub.now()
    motd = (Notice(line, at, "motd") for line in hub.settings.motd)
    return [Notice(f"Welcome to {name}!", at, "welcome", name), *motd]
