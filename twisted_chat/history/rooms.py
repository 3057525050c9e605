"""What is known of the rooms in a file without asking the file."""

from __future__ import annotations

import sqlite3
from collections import OrderedDict
from collections.abc import Container, Iterable, Iterator, Mapping, Sequence
from itertools import count
from typing import Any, TypeAlias

from ..events import Said
from ..names import fold, is_conversation
from ..storage.changes import Change
from ..storage.messages import NUMBERS
from ..storage.purges import Purge
from . import tables
from .tails import SHOWN_AGAIN, Erased, Tail

MAX_TAILS = 1000

Row: TypeAlias = tuple[int, str, str, float]
"""A room's number, its folded name, its name and when it began; see `tables.insert`."""


class Rooms:
    """The rooms in which something was said, written or not."""

    def __init__(self) -> None:
        self._by_key: dict[str, tables.Room] = {}
        self._by_name: dict[str, tables.Room] = {}
        self._new: dict[int, tables.Room] = {}
        self._began: dict[str, float] = {}
        self._numbers = count(1)

    def load(self, connection: sqlite3.Connection) -> None:
        """Know what is in the tables, in place of all that was known."""
        self._by_key = tables.rooms(connection)
        self._by_name.clear()
        self._new.clear()
        self._began.clear()
        self._numbers = count(tables.last_number(connection) + 1)

    def __iter__(self) -> Iterator[tables.Room]:
        return iter(self._by_key.values())

    def __contains__(self, key: str) -> bool:
        """Whether there is a room of that folded name."""
        return key in self._by_key

    def get(self, key: str) -> tables.Room | None:
        """The room of that folded name."""
        return self._by_key.get(key)

    def add(self, name: str) -> tables.Room:
        """The room `name`, which is known from now on."""
        room = self._by_name.get(name)
        if room is None:
            key = fold(name)
            if key not in self._by_key:
                began = self._began.pop(key, 0.0)
                room = tables.Room(next(self._numbers), key, name, 0, began)
                self._by_key[key] = self._new[room.number] = room
            room = self._by_name[name] = self._by_key[key]
        return room

    def began(self) -> dict[str, float]:
        """When the rooms began of which that is known, by folded name."""
        known = {room.key: room.began for room in self if room.began}
        return self._began | known

    def begin(self, began: Mapping[str, float]) -> None:
        """Know when rooms began, also such in which nothing is known to be said."""
        for key, at in began.items():
            if room := self._by_key.get(key):
                room.began = room.began or at
            else:
                self._began[key] = at

    def rows(
        self, messages: Sequence[Said], serials: Iterable[int]
    ) -> tuple[list[Row], list[Any]]:
        """For `tables.insert`: the rooms that are new, and the messages.

        :param serials: of these messages.
        """
        values: list[Any] = []
        add, numbers, rooms = values.extend, NUMBERS, self._by_name
        for number, message in zip(serials, messages, strict=True):
            name, nick, text, at, id, kind, author, answers, _ = message
            room = rooms.get(name) or self.add(name)
            room.last_id = id
            where, kind_number = room.number, numbers[kind]
            add((number, where, id, at, kind_number, nick, text, author, answers))
        return (self._new_rows(messages) if self._new else []), values

    def _new_rows(self, messages: Iterable[Said]) -> list[Row]:
        began = began_in(messages)
        for room in self._new.values():
            room.began = room.began or began.get(room.key, 0.0)
        return [(r.number, r.key, r.name, r.began) for r in self._new.values()]

    def cut_off(self, last_ids: Mapping[str, int]) -> None:
        """What is left in the tables: of each room that id, and of others nothing."""
        for room in list(self._by_key.values()):
            room.last_id = last_ids.get(room.key, 0)
            if not room.last_id:
                del self._by_key[room.key]
        self._by_name.clear()

    def rename(self, key: str, name: str) -> tables.Room | None:
        """Know the room with that folded name by the other name; None for no such."""
        room = self._by_key.pop(key, None)
        if room is not None:
            room.key, room.name = fold(name), name
            self._by_key[room.key] = room
        if key in self._began:
            self._began[fold(name)] = self._began.pop(key)
        self._by_name.clear()
        return room

    def written(self, rows: Iterable[Row]) -> None:
        """These rooms are in the tables now."""
        for number, *_ in rows:
            self._new.pop(number, None)

    def forget(self, keys: Iterable[str]) -> list[tables.Room]:
        """Know these rooms no more.

        :param keys: folded names.
        :return: those that were known.
        """
        forgotten = []
        for key in keys:
            self._began.pop(key, None)
            if room := self._by_key.pop(key, None):
                self._new.pop(room.number, None)
                forgotten.append(room)
        if forgotten:
            self._by_name.clear()
        return forgotten


def began_in(messages: Iterable[Said]) -> dict[str, float]:
    """When those rooms began that did so with one of `messages`, by folded name."""
    return {fold(message.room): message.at for message in messages if message.id == 1}


class Tails:
    """The latest messages of the rooms in use, and of up to `MAX_TAILS` others.

    :param most: how many of each.
    """

    def __init__(self, rooms: Rooms, most: int = SHOWN_AGAIN) -> None:
        self._rooms = rooms
        self._most = most
        self._open: dict[str, Tail] = {}
        self._closed: OrderedDict[str, Tail] = OrderedDict()

    def __iter__(self) -> Iterator[Tail]:
        yield from self._closed.values()
        yield from self._open.values()

    def load(self, connection: sqlite3.Connection) -> None:
        """Read those of the rooms that were spoken in last."""
        for key, opened in self._open.items():
            opened.complete = key not in self._rooms
        found = tables.latest(connection, MAX_TAILS, self._most)
        numbers = {room.number: room for room in self._rooms if room.number in found}
        for number, messages in reversed(found.items()):
            room = numbers.get(number)
            if room is None:
                continue  # it is forgotten
            if room.key not in self._open:
                self._closed[room.key] = Tail(self._most)
            tail = self._open.get(room.key) or self._closed[room.key]
            serials = [serial for _, serial in messages]
            names = {number: room.name}
            for message in tables.with_serials(connection, names, serials):
                tail.append(message)
            first, _ = messages[-1]
            tail.complete = len(messages) == self._most or first == 1

    def restore(self, said: Iterable[Sequence[Said]]) -> None:
        """The latest messages of each room are these, whatever the file has."""
        self._closed.clear()
        for tail in self._open.values():
            tail.messages.clear()
            tail.complete = True
        for messages in said:
            key = fold(messages[0].room)
            tail = self._open.get(key) or self._closed.setdefault(key, Tail(self._most))
            tail.messages.extend(messages)

    def erase(self, purge: Purge) -> Erased:
        """As `History.erase`."""
        return Erased.of(self, purge)

    def change(self, change: Change) -> None:
        """As `History.change`."""
        tail = self._open.get(change.room) or self._closed.get(change.room)
        if tail is not None:
            tail.change(change)

    def rename(self, key: str, name: str) -> None:
        """As `History.rename`."""
        tail = self._open.pop(key)
        tail.rename(name)
        self._closed.pop(fold(name), None)
        self._open[fold(name)] = tail

    def open(self, room: str) -> Tail:
        """As `History.open`."""
        key = fold(room)
        if key not in self._open:
            known = self._closed.pop(key, None)
            self._open[key] = known or Tail(self._most, complete=key not in self._rooms)
        return self._open[key]

    def close(self, room: str, unkept: Container[int]) -> None:
        """As `History.close`."""
        key = fold(room)
        tail = self._open.pop(key)
        shortened = tail.drop(unkept)
        if tail.messages:
            self._rooms.add(room)  # is known from now on, written or not
            if tail.complete and not shortened:
                self._closed[key] = tail
        if len(self._closed) > MAX_TAILS:
            self._closed.popitem(last=False)

    def forget_private(self, before: float) -> None:
        """Drop of private conversations what was said before that time."""
        for key, tail in self._closed.items():
            if is_conversation(key):
                tail.forget(before)

    def forget(self, keys: Iterable[str]) -> None:
        """Drop those of rooms that are not in use."""
        for key in keys:
            self._closed.pop(key, None)
