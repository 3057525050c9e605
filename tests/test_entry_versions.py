"""Nodes of several versions in one chat: what a kind of entry is stays as it is."""

from __future__ import annotations

from hashlib import sha256
from typing import NamedTuple, get_args, get_type_hints

from twisted_chat.hub.changes import CHANGES
from twisted_chat.hub.entries import VERSION, VERSIONS, Entry
from twisted_chat.log.codec import Codec, SnapshotCodec

KINDS: tuple[type[Entry], ...] = get_args(Entry)
FIRST = 41
"""So many kinds there were when the first log was kept."""


FIELDS = "7b0b1532a28d3008"
"""A digest of their fields: who means something else makes another kind."""


class Old(NamedTuple):
    one: int


class New(NamedTuple):
    one: int
    two: int = 7


def test_a_new_kind_comes_last_and_has_a_version() -> None:
    versions = [VERSIONS.get(kind, 1) for kind in KINDS]
    assert versions == sorted(versions), "the place of a kind is its number in a log"
    assert versions.count(1) == FIRST, "a new kind has a line in VERSIONS"
    assert max(versions) == VERSION


def test_a_kind_that_may_be_in_a_log_keeps_its_fields() -> None:
    fields = [(kind.__name__, get_type_hints(kind)) for kind in KINDS[:FIRST]]
    digest = sha256(repr(fields).encode()).hexdigest()[:16]
    assert digest == FIELDS, (
        "a log has it as it was: add a kind, with a line in VERSIONS"
    )


def test_every_kind_can_be_written_and_does_something() -> None:
    Codec(KINDS)
    assert set(CHANGES) == set(KINDS)


def test_a_snapshot_of_an_older_node_can_be_read() -> None:
    assert SnapshotCodec(New).decode(SnapshotCodec(Old).encode(Old(1))) == New(1, 7)
