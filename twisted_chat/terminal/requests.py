"""Commands on their way to the server, and which answer belongs to which."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from json import JSONEncoder
from typing import NamedTuple

from .fields import Event

MOST_ASKED = 100

_encode = JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode


Answered = Callable[[Event], bool]
Values = Mapping[str, str | int | list[str]]


class Asked(NamedTuple):
    """What was asked.

    :ivar here: the conversation in which it was asked, where refusals are shown.
    :ivar answered: is given each answer first; True: that was all to do about it.
    """

    here: str
    answered: Answered | None


class Requests:
    """Sends commands as objects, with labels.

    :param send: sends one line of the line protocol.
    """

    def __init__(self, send: Callable[[str], None]) -> None:
        self._send = send
        self._asked: dict[str, Asked] = {}
        self._count = 0

    def ask(
        self,
        do: str,
        fields: Values | None = None,
        here: str = "",
        answered: Answered | None = None,
    ) -> str:
        """Ask the server to `do` something; the label of the answers.

        :param fields: what the command takes.
        """
        self._count += 1
        label = f"t{self._count}"
        self._asked[label] = Asked(here, answered)
        if len(self._asked) > MOST_ASKED:
            del self._asked[next(iter(self._asked))]
        self._send(_encode({"do": do, **(fields or {}), "label": label}))
        return label

    def about(self, event: Event) -> Asked:
        """What `event` answers; nothing is empty."""
        label = event.get("label")
        asked = self._asked.get(label) if isinstance(label, str) else None
        return asked or Asked("", None)

    def forget(self) -> None:
        """There will be no answers: the connection is gone."""
        self._asked.clear()
