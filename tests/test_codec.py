"""Entries and snapshots as bytes."""

from __future__ import annotations

import builtins
import types
import typing
from contextlib import suppress
from enum import Enum
from typing import Any, NamedTuple, get_args, get_origin, get_type_hints

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from twisted_chat.hub.entries import (
    Connect,
    Entry,
    ForgetRooms,
    Restrain,
    Say,
    SessionId,
)
from twisted_chat.log.codec import (
    MAX_ITEMS,
    MAX_TEXT,
    Codec,
    CodecError,
    SnapshotCodec,
    TooLong,
    UnknownEntry,
)
from twisted_chat.log.stream import MAX_BODY

KINDS: tuple[type[Any], ...] = get_args(Entry)
CODEC: Codec[Any] = Codec(KINDS)
WHO = SessionId(1_700_000_000_000, 5)

SIMPLE: dict[Any, st.SearchStrategy[Any]] = {
    int: st.integers(-(2**53), 2**53),
    float: st.floats(-1e18, 1e18),
}


def instances(kind: type[Any]) -> st.SearchStrategy[Any]:
    """All that a NamedTuple may hold."""
    return st.builds(kind, *map(values, get_type_hints(kind).values()))


def values(hint: Any) -> st.SearchStrategy[Any]:
    if hasattr(hint, "_fields"):
        return instances(hint)
    match get_origin(hint), get_args(hint):
        case builtins.tuple, (item, builtins.Ellipsis):
            return st.lists(values(item), max_size=5).map(tuple)
        case builtins.tuple, items:
            return st.tuples(*map(values, items))
        case ((typing.Union | types.UnionType), items):
            return st.one_of(*map(values, items))
    return SIMPLE[hint] if hint in SIMPLE else st.from_type(hint)


batches = st.lists(st.one_of([instances(kind) for kind in KINDS]), max_size=20)


def packed(*entries: tuple[int, list[Any]]) -> bytes:
    return msgspec.msgpack.encode(list(entries))


@given(batches)
def test_a_batch_comes_back_as_it_was(entries: list[Any]) -> None:
    back = CODEC.decode(CODEC.encode(entries))
    assert back == entries
    assert [type(entry) for entry in back] == [type(entry) for entry in entries]
    assert all(
        isinstance(entry.who, SessionId)
        for entry in back
        if getattr(entry, "who", None) is not None
    )


@given(st.binary(max_size=200))
def test_no_bytes_do_harm(data: bytes) -> None:
    with suppress(CodecError):
        CODEC.decode(data)


@given(batches, st.data())
def test_damage_does_no_harm(entries: list[Any], data: st.DataObject) -> None:
    damaged = bytearray(CODEC.encode(entries))
    place = data.draw(st.integers(0, len(damaged) - 1))
    damaged[place] = data.draw(st.integers(0, 255))
    try:
        back = CODEC.decode(bytes(damaged))
    except CodecError:
        return
    for entry in back:
        hints = get_type_hints(type(entry))
        assert len(entry) == len(hints)
        for value, hint in zip(entry, hints.values(), strict=True):
            if isinstance(hint, type):
                assert isinstance(value, hint)


SAY = KINDS.index(Say)


@pytest.mark.parametrize(
    "entry",
    [
        (SAY, []),
        (SAY, [[1, 2], "lobby", "message"]),
        (SAY, [[1, 2], "lobby", "message", "text", "more"]),
        (SAY, [[1], "lobby", "message", "text"]),
        (SAY, [[1, "2"], "lobby", "message", "text"]),
        (SAY, [[1, 2], 5, "message", "text"]),
        (SAY, [[1, 2], "lobby", "song", "text"]),
        (SAY, [[1, 2], "lobby", "message", b"text"]),
        (SAY, [[1, 2], "lobby", "message", "x" * (MAX_TEXT + 1)]),
        (KINDS.index(Connect), [[1, 2], "host", 1, True]),
        (KINDS.index(ForgetRooms), [[["x", 1]] * (MAX_ITEMS + 1)]),
        (KINDS.index(ForgetRooms), [[["x" * (MAX_TEXT + 1), 1]]]),
        (KINDS.index(Restrain), [[1, 2], "ban", "", "", float("nan"), "", True]),
        (KINDS.index(Restrain), [[1, 2], "ban", "", "", float("inf"), "", True]),
        (-1, []),
        ("0", []),
    ],
)
def test_every_field_is_checked(entry: tuple[int, list[Any]]) -> None:
    with pytest.raises(CodecError, match="malformed"):
        CODEC.decode(packed(entry))


def test_entries_of_a_later_version_are_named() -> None:
    with pytest.raises(UnknownEntry, match=str(len(KINDS))):
        CODEC.decode(packed((len(KINDS), [])))


def test_a_batch_has_a_length() -> None:
    say = Say(WHO, "lobby", "message", "x" * MAX_TEXT)
    fitting = [say] * (MAX_BODY // (MAX_TEXT + 100))
    assert CODEC.decode(CODEC.encode(fitting)) == fitting
    with pytest.raises(TooLong):
        CODEC.encode([*fitting, say])
    with pytest.raises(CodecError, match="long"):
        CODEC.decode(bytes(MAX_BODY + 1))


def test_what_is_no_entry_is_not_encoded() -> None:
    with pytest.raises(KeyError):
        CODEC.encode([WHO])


class State(NamedTuple):
    at: float
    people: tuple[tuple[str, SessionId | None], ...]


class Kind(Enum):
    ONE = 1


class Good(NamedTuple):
    kind: Kind
    who: SessionId


class Pairs(NamedTuple):
    pairs: tuple[tuple[str, int], ...]


class Deep(NamedTuple):
    says: tuple[Say, ...]
    state: State | None


class WithAnything(NamedTuple):
    fields: tuple[object, ...]


class WithTuple(NamedTuple):
    fields: tuple  # type: ignore[type-arg]


class WithList(NamedTuple):
    fields: list[str]


@pytest.mark.parametrize(
    "pairs",
    [
        *([["x"]], [["x", 1, 2]], [[1, 1]], [["x", 2**53 + 1]]),
        *([["x" * (MAX_TEXT + 1), 1]], [["x", 1]] * (MAX_ITEMS + 1)),
    ],
)
def test_what_is_in_tuples_is_checked(pairs: list[list[Any]]) -> None:
    codec = Codec([Pairs])
    good = [Pairs((("x", 1), ("y", 2)))]
    assert codec.decode(codec.encode(good)) == good
    with pytest.raises(CodecError, match="malformed"):
        codec.decode(packed((0, [pairs])))


HELLO = [[1, 2], "lobby", "message", "hello"]
LONG = [[1, 2], "lobby", "message", "x" * (MAX_TEXT + 1)]


@pytest.mark.parametrize(
    "fields",
    [
        *([[LONG], None], [[HELLO] * (MAX_ITEMS + 1), None], [[HELLO[:3]], None]),
        *([[], [float("nan"), []]], [[], [1e19, []]], [[], [0.0, [["x", [1]]]]]),
        *([[], [0.0, [["x" * (MAX_TEXT + 1), None]]]], [[], "x"]),
    ],
)
def test_what_is_in_named_tuples_is_checked(fields: list[Any]) -> None:
    codec = Codec([Deep])
    say = Say(WHO, "lobby", "message", "hello")
    good = [Deep((say, say), None), Deep((), State(1.5, (("x", WHO), ("y", None))))]
    back = codec.decode(codec.encode(good))
    assert back == good
    assert type(back[0].says[0]) is Say
    with pytest.raises(CodecError, match="malformed"):
        codec.decode(packed((0, fields)))


def test_a_kind_without_bounds_is_refused() -> None:
    codec = Codec([Good])
    assert codec.decode(codec.encode([Good(Kind.ONE, WHO)])) == [Good(Kind.ONE, WHO)]
    kinds: tuple[type[Any], ...] = (WithAnything, WithTuple, WithList)
    for kind in kinds:
        with pytest.raises(TypeError, match="no bounds"):
            Codec([kind])


def test_a_snapshot_comes_back_as_it_was() -> None:
    codec = SnapshotCodec(State, most=100)
    state = State(1.5, (("ann", WHO), ("bob", None)))
    back = codec.decode(codec.encode(state))
    assert back == state
    assert type(back) is State
    assert type(back.people[0][1]) is SessionId
    with pytest.raises(TooLong):
        codec.encode(State(0, (("x" * 100, None),)))
    for data in (b"", b"\xc1", packed((1, [])), bytes(101)):
        with pytest.raises(CodecError):
            codec.decode(data)
