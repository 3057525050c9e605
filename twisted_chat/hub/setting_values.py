"""What the settings that all nodes share may say, in the words of a command line."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from ..durations import parse_duration, show_duration
from ..events import ChatError
from ..names import check_nick, clean, fold
from .settings import LOBBY_TOPIC

LONGEST_NAME = 200
"""In characters; that of a hash is bounded as well, since a log has both."""

MOST_OPERATORS = 1000


def read_number(least: int, most: int | None = None) -> Callable[[str], int]:
    """What reads a whole number; that raises `ValueError` for any other word."""

    def convert(value: str) -> int:
        number = int(value) if value.isdecimal() and len(value) < 20 else -1
        if number < least or (most is not None and number > most):
            span = f"from {least} up" if most is None else f"from {least} to {most}"
            raise ValueError(f"{value!r} is no whole number {span}")
        return number

    return convert


def read_name(value: str) -> str:
    """The name of the chat; raises `ValueError` for an empty or a very long one."""
    name = clean(value).strip()
    if not name:
        raise ValueError("the name is empty")
    if len(name) > LONGEST_NAME:
        raise ValueError(f"the name has more than {LONGEST_NAME} characters")
    return name


def read_password(value: str) -> str:
    """The server's password; raises `ValueError`."""
    if not value or value.split() != [value] or clean(value) != value:
        raise ValueError("a password is one word")
    return value


def read_lobby_topic(value: str) -> str:
    """One of `LOBBY_TOPIC`; raises `ValueError`."""
    if value not in LOBBY_TOPIC:
        raise ValueError(f"{value!r} is none of {', '.join(LOBBY_TOPIC)}")
    return value


def read_nicks(value: str) -> tuple[str, ...]:
    """Nicks with commas or spaces between them, folded and sorted.

    :raises ValueError: one is no nick, or there are more than `MOST_OPERATORS`.
    """
    try:
        nicks = {fold(check_nick(nick)) for nick in value.replace(",", " ").split()}
    except ChatError as error:
        raise ValueError(error.text) from None
    if len(nicks) > MOST_OPERATORS:
        raise ValueError(f"there are more than {MOST_OPERATORS}")
    return tuple(sorted(nicks))


def _read_hash(value: str) -> str:
    if not value.startswith("$argon2id$") or len(value) > LONGEST_NAME:
        raise ValueError("a password comes as its hash")
    return value


def read_switch(value: str) -> bool:
    """Whether it is "on" and not "off"."""
    if value not in ("on", "off"):
        raise ValueError(f"{value!r} is neither on nor off")
    return value == "on"


class Setting(NamedTuple):
    """One of the settings.

    :ivar field: of `SharedSettings`.
    :ivar read: what a word stands for; raises `ValueError`.
    :ivar show: what it is, in a word or more.
    :ivar unset: what it is where the option isn't given; of those that may be unset.
    """

    field: str
    read: Callable[[str], object]
    show: Callable[[object], str] = str
    unset: object = ...


def _show_nicks(nicks: object) -> str:
    assert isinstance(nicks, tuple)
    return ", ".join(nicks) or "none"


def _show_age(age: object) -> str:
    return show_duration(int(age)) if isinstance(age, int | float) else "for ever"


def _show_private_age(age: object) -> str:
    return "as the rooms" if age is None else _show_age(age)


SETTINGS = {
    "name": Setting("name", read_name),
    "password": Setting(
        "password", _read_hash, lambda kept: "set" if kept else "none", ""
    ),
    "operators": Setting("operators", read_nicks, _show_nicks, ()),
    "retention": Setting(
        "age",
        parse_duration,
        _show_age,
        None,
    ),
    "retention-messages": Setting(
        "messages",
        read_number(1),
        lambda most: "all" if most is None else str(most),
        None,
    ),
    "max-clients": Setting("max_clients", read_number(1)),
    "max-per-ip": Setting("max_per_ip", read_number(0)),
    "lobby-topic": Setting("lobby_topic", read_lobby_topic),
    "private": Setting("private", read_switch, lambda on: "on" if on else "off"),
    "private-retention": Setting(
        "private_age",
        parse_duration,
        _show_private_age,
        None,
    ),
    "edit-window": Setting("edit_window", parse_duration, _show_age),
}
"""All of them, by the option of ``twistd chat`` that gives each."""
