"""Entries and snapshots as bytes, and back: MessagePack, every field of its type.

An entry is a list of its kind's number and its fields in order.  Who adds a kind of
entry appends it to the kinds, and who changes the fields of one makes another kind of
it: otherwise what is in a log no longer means what it did.
"""

from __future__ import annotations

from collections.abc import Sequence
from enum import Enum
from types import GenericAlias, NoneType, UnionType
from typing import (
    Annotated,
    Any,
    Final,
    Generic,
    Literal,
    TypeVar,
    Union,
    get_args,
    get_origin,
    get_type_hints,
)

import msgspec

from .stream import MAX_BODY, MAX_SNAPSHOT

E = TypeVar("E", bound=tuple[Any, ...])
S = TypeVar("S")

MAX_TEXT: Final = 2**16
"""The longest text in an entry, in characters."""

MAX_ITEMS: Final = 2**12
"""How many items a tuple in an entry may have."""

_MAX_INT: Final = 2**53
_MAX_FLOAT: Final = 1e18

TOO_OLD = "this server is older than another one: upgrade it"


class CodecError(Exception):
    """These bytes are not what they should be."""


class UnknownEntry(CodecError):  # noqa: N818
    """An entry of a kind that this version doesn't know."""


class TooLong(ValueError):  # noqa: N818
    """It doesn't fit into one record, or one snapshot."""


class Codec(Generic[E]):
    """Batches of entries as bytes.

    :param kinds: NamedTuples, each known by its place here.  Their fields are numbers,
        words, Enums, None, and tuples and NamedTuples of such.
    :raises TypeError: a kind has a field that isn't one of those.
    """

    def __init__(self, kinds: Sequence[type[E]]) -> None:
        self._tags = {kind: tag for tag, kind in enumerate(kinds)}
        self._makers = [
            (kind._make, msgspec.msgpack.Decoder(_fields(kind)).decode)  # type: ignore[attr-defined]
            for kind in kinds
        ]
        self._deep = {
            tag
            for tag, kind in enumerate(kinds)
            if any(map(_is_deep, get_type_hints(kind).values()))
        }
        self._encode = msgspec.msgpack.Encoder().encode
        self._split = msgspec.msgpack.Decoder(
            list[tuple[Annotated[int, msgspec.Meta(ge=0)], msgspec.Raw]]
        ).decode

    def encode(self, entries: Sequence[E]) -> bytes:
        """A batch.

        :raises TooLong: it has more than `MAX_BODY` bytes.
        :raises KeyError: an entry is of no kind.
        """
        tags = self._tags
        data = self._encode([(tags[type(entry)], entry) for entry in entries])
        if len(data) > MAX_BODY:
            raise TooLong(f"a batch of {len(entries)} entries has {len(data)} bytes")
        return data

    def decode(self, data: bytes) -> list[E]:
        """The entries of a batch.

        :raises UnknownEntry: one is of no kind.
        :raises CodecError: these bytes aren't a batch.
        """
        if len(data) > MAX_BODY:
            raise CodecError("a batch is too long")
        makers, deep = self._makers, self._deep
        entries: list[E] = []
        try:
            for tag, fields in self._split(data):
                if tag >= len(makers):
                    raise UnknownEntry(
                        f"entries of kind {tag} are not known here; {TOO_OLD}"
                    )
                make, decode = makers[tag]
                entry = make(decode(fields))
                if tag in deep:
                    _check(entry)
                entries.append(entry)
        except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
            raise CodecError(f"a batch is malformed: {error}") from None
        return entries


class SnapshotCodec(Generic[S]):
    """A state as bytes.

    :param type: of the state: NamedTuples, numbers, words, and tuples of such.
    :param most: the longest, in bytes.
    """

    def __init__(self, type: type[S], most: int = MAX_SNAPSHOT) -> None:
        self._encode = msgspec.msgpack.Encoder().encode
        self._decode = msgspec.msgpack.Decoder(type).decode
        self._most = most

    def encode(self, state: S) -> bytes:
        """Make bytes of it.

        :raises TooLong: there are too many.
        """
        data = self._encode(state)
        if len(data) > self._most:
            raise TooLong(f"a snapshot has {len(data)} bytes")
        return data

    def decode(self, data: bytes) -> S:
        """Make a state of bytes.

        :raises CodecError: they aren't one.
        """
        if len(data) > self._most:
            raise CodecError("a snapshot is too long")
        try:
            return self._decode(data)
        except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
            raise CodecError(f"a snapshot is malformed: {error}") from None


def _fields(kind: type[tuple[Any, ...]]) -> Any:
    """The type of the fields of a NamedTuple, each with its bounds."""
    hints = get_type_hints(kind)
    return GenericAlias(tuple, tuple(_bounded(hint) for hint in hints.values()))


_SIMPLE: dict[Any, Any] = {
    bool: bool,
    str: Annotated[str, msgspec.Meta(max_length=MAX_TEXT)],
    bytes: Annotated[bytes, msgspec.Meta(max_length=MAX_TEXT)],
    int: Annotated[int, msgspec.Meta(ge=-_MAX_INT, le=_MAX_INT)],
    # With bounds it is finite as well.
    float: Annotated[float, msgspec.Meta(ge=-_MAX_FLOAT, le=_MAX_FLOAT)],
}


def _bounded(hint: Any) -> Any:
    if hint in _SIMPLE:
        return _SIMPLE[hint]
    items = get_args(hint)
    if get_origin(hint) is tuple:
        some = (each if each is Ellipsis else _bounded(each) for each in items)
        bounds = msgspec.Meta(max_length=MAX_ITEMS) if Ellipsis in items else None
        return Annotated[GenericAlias(tuple, tuple(some)), bounds]
    if get_origin(hint) in (Union, UnionType):
        return Union[tuple(_bounded(each) for each in items)]  # noqa: UP007
    if _is_named(hint):
        # Its own bounds are checked when it is decoded; this refuses what has none.
        _fields(hint)
    elif get_origin(hint) is not Literal and not _is_choice(hint):
        raise TypeError(f"{hint} has no bounds")
    return hint


def _is_choice(hint: Any) -> bool:
    return hint is NoneType or (isinstance(hint, type) and issubclass(hint, Enum))


def _is_named(hint: Any) -> bool:
    return isinstance(hint, type) and hasattr(hint, "_fields")


def _is_deep(hint: Any) -> bool:
    """It holds a NamedTuple of more than whole numbers."""
    if _is_named(hint):
        return any(each not in (bool, int) for each in get_type_hints(hint).values())
    return any(map(_is_deep, get_args(hint)))


def _check(value: object) -> None:
    """What `_bounded` says, of what is in a NamedTuple.

    :raises CodecError: it is out of bounds.
    """
    match value:
        case str() | bytes():
            good = len(value) <= MAX_TEXT
        case tuple():
            good = len(value) <= MAX_ITEMS
            for each in value:
                _check(each)
        case int() | float():
            good = -_MAX_FLOAT <= value <= _MAX_FLOAT
        case _:
            good = True
    if not good:
        raise CodecError("a batch is malformed: a field is out of bounds")
