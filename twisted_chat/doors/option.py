"""How a door says by which option of ``twistd chat`` it is opened.

A module here that is a door has an `OPTION`, and `door_options` finds it: a new door
is a new module, and no line elsewhere.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from importlib import import_module
from pkgutil import iter_modules
from typing import Any, NamedTuple, TypeAlias

from .base import Door

MakeDoor: TypeAlias = Callable[..., Door]
"""Makes a door of the hub, and of what the door's `MoreOption`s say, by keyword."""


class MoreOption(NamedTuple):
    """An option that says more about the doors of one kind; repeatable.

    :ivar keyword: by which `MakeDoor` is given all that was said, as a list.
    :ivar read: the values in one argument; raises `ValueError` for a bad one.
    """

    name: str
    help: str
    keyword: str
    read: Callable[[str], Sequence[object]]


def _always() -> None:
    pass


@dataclass(frozen=True)
class DoorOption:
    """``--name where`` opens a door there; repeatable.

    :ivar make: the door, or by kind, where the value is ``kind:where``.
    :ivar short: one letter that means the same.
    :ivar default: where the door is open when nobody says where.
    :ivar takes_password: its clients can give a ``--password``.
    :ivar more: what else the command line says about the door.
    :ivar check: raises `ValueError` where the door can't be opened at all.
    :ivar keeps: how the name of a file ends that the door keeps beside the database.
        `MakeDoor` is given the file's by the keyword ``beside``; empty where nothing
        is kept.
    """

    name: str
    help: str
    make: MakeDoor | Mapping[str, MakeDoor]
    short: str = ""
    default: Sequence[str] = ()
    takes_password: bool = True
    more: Sequence[MoreOption] = ()
    check: Callable[[], None] = _always
    keeps: str = ""

    def read(self, value: str) -> tuple[str, MakeDoor, str]:
        """The kind, which is empty where there are none, its door, and where.

        :raises ValueError: for a kind that there is not.
        """
        if callable(self.make):
            return "", self.make, value
        kind, _, where = value.partition(":")
        if kind not in self.make or not where:
            kinds = ", ".join(self.make)
            raise ValueError(
                f"bad --{self.name} {value!r}: give kind:port; the kinds are {kinds}"
            )
        return kind, self.make[kind], where


def door_options() -> list[DoorOption]:
    """What the modules of this package declare as their `OPTION`.

    First those that are open by default, then by the modules' names.
    """
    package: Any = import_module(__package__)
    names = sorted(module.name for module in iter_modules(package.__path__))
    modules = [import_module(f"{__package__}.{name}") for name in names]
    options = [module.OPTION for module in modules if hasattr(module, "OPTION")]
    return sorted(options, key=lambda option: not option.default)
