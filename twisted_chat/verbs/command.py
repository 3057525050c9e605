"""What a command of the line protocol is."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, NamedTuple, TypeAlias

from ..events import ChatError
from ..hub import Session
from ..outcomes import Outcome
from .fields import Field, Values, read_line, read_object

if TYPE_CHECKING:
    from .interpreter import Interpreter

Run: TypeAlias = "Callable[[Interpreter, Values], Outcome]"
"""See `Command.run`."""


class Command(NamedTuple):
    """A command of the line protocol.

    :ivar fields: what it takes, in the order of a line.
    :ivar run: does it, or raises `ChatError`; or gives a Deferred that fires
        when it is done or fails with `ChatError`, and the session's next line
        waits for that.
    :ivar before_nick: whether it works before a nick is accepted; else 451.
    :ivar asks: whether with these fields it only asks, and changes nothing.
    :ivar split: reads the rest of a line where the order of the fields doesn't
        say all; see `fields.read_line`.
    """

    name: str
    help: str
    fields: Sequence[Field]
    run: Run
    before_nick: bool = False
    split: Callable[[Command, Session, str], Values] | None = None
    asks: Callable[[Values], bool] = lambda values: False

    @property
    def usage(self) -> str:
        """How a line of it looks."""
        shown = (field.usage for field in self.fields)
        return " ".join([self.name, *filter(None, shown)])

    def read(self, session: Session, rest: str) -> Values:
        """The fields in the rest of a line.

        :raises ChatError: 461 for words too few or too many.
        """
        if self.split is not None:
            return self.split(self, session, rest)
        return read_line(self.fields, rest, lambda: self.usage)

    def read_object(self, session: Session, given: Mapping[str, object]) -> Values:
        """The fields in an object, or in the rest of a line that it holds.

        :raises ChatError: 461 for a key that is missing, unknown, or of a wrong type.
        """
        if "line" not in given:
            return read_object(self.name, self.fields, given)
        line = given["line"]
        if len(given) > 1 or not isinstance(line, str):
            raise ChatError(461, "line must be a text, and stands for all other keys")
        return self.read(session, line)


def chosen(values: Values, command: Command) -> bool:
    """Whether "on" was chosen and not "off".

    :raises ChatError: 461 for neither.
    """
    choice = values["value"].lower()
    if choice not in ("on", "off"):
        raise ChatError(461, f"Use {command.name} on or {command.name} off")
    return choice == "on"


def by_name(*commands: Command) -> dict[str, Command]:
    """A table of `commands`, in their order."""
    return {command.name: command for command in commands}


def always(values: Values) -> bool:
    """For a command that only asks; see `Command.asks`."""
    return True


def without(field: str) -> Callable[[Values], bool]:
    """For a command that only asks where that field is empty."""
    return lambda values: not values.get(field)


def asked(
    run: Callable[[Session, str], Outcome], field: str
) -> Callable[[Interpreter, Values], Outcome]:
    """What hands the one field of a command to the session."""
    return lambda interpreter, values: run(interpreter.session, values[field])
