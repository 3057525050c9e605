"""Nodes see by one word whether they agree."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from twisted_chat.hub import entries as e
from twisted_chat.hub.checksum import checksum
from twisted_chat.hub.entries import Entry, SessionId
from twisted_chat.hub.snapshot import Snapshot
from twisted_chat.storage.former import Former, FormerName
from twisted_chat.storage.personal import Device, Marker, Waiting

from .test_state_machine import BEGINNING, Node, run

FAR = SessionId(9, 9)
ROOT, BOB, CAROL = (SessionId(0, number) for number in (1, 2, 3))


def begun() -> Node:
    return run(
        Node(ears=False), [*BEGINNING, (e.Register(FAR, "emma", "hash", b"abc"), 0.0)]
    )


def after(*entries: Entry) -> str:
    node = begun()
    for entry in entries:
        node.hub.apply(entry, node.at)
    return node.hub.checksum()


@pytest.mark.parametrize(
    "entries",
    [
        (e.Ignore(BOB, "carol"), e.Ignore(BOB, "root")),
        (
            e.Restrain(ROOT, "ban", "", "x", 60, ""),
            e.Register(FAR, "dora", "hash", b"abc"),
        ),
        (e.NodeUp(1, "east", 1), e.NodeUp(2, "west", 1)),
        (e.Invite(ROOT, "#a", "bob"), e.Invite(ROOT, "#a", "carol")),
    ],
)
def test_an_order_that_means_nothing_does_not_count(entries: tuple[Entry, ...]) -> None:
    assert after(*entries) == after(*reversed(entries)) != after()


@pytest.mark.parametrize("field", ["accounts", "people", "rooms", "bans"])
def test_the_order_of_what_is_found_by_name_does_not_count(field: str) -> None:
    snapshot = begun().hub.snapshot()
    things = getattr(snapshot, field)
    assert len(things) > 1
    other = snapshot._replace(**{field: things[::-1]})
    assert checksum(other) == checksum(snapshot)


def test_an_order_that_means_something_counts() -> None:
    joins = (e.Join(BOB, "#c", ""), e.Join(CAROL, "#c", ""))
    assert after(*joins) != after(*reversed(joins))


def test_a_number_is_the_same_however_it_is_written() -> None:
    snapshot = begun().hub.snapshot()
    whole = snapshot._replace(at=1_700_000_000)
    assert checksum(whole) == checksum(snapshot._replace(at=1_700_000_000.0))
    assert checksum(whole) != checksum(snapshot._replace(at=1_700_000_000.5))


@pytest.mark.parametrize("field", Snapshot._fields)
def test_everything_counts(field: str) -> None:
    snapshot = begun().hub.snapshot()
    changes: dict[str, Callable[[Any], Any]] = {
        "at": lambda at: at + 1,
        "most_users": lambda most: most + 1,
        "forgotten": lambda count: count + 1,
        "shared": lambda shared: shared._replace(name="other"),
        "last_ids": lambda _: (("#x", 3),),
        "last_number": lambda last: last + 1,
        "touched": lambda _: (("#a", 1, 1.0, "", True, 0, (), ()),),
        "touched_since": lambda since: since + 1,
        "gone": lambda _: (("dora", "", 1.0, "", ""),),
        "nodes": lambda _: ((1, "east", 1, 1.0),),
        "repeated": lambda _: (((1, 0), (("#x", 3),)),),
        "waiting": lambda _: (Waiting(1, "@1,2", 1, ((2, 1),)),),
        "markers": lambda _: (Marker(1, "#a", 1, True),),
        "devices": lambda _: (Device(1, "phone", 1.0),),
        "former": lambda _: (Former("#b", (FormerName(1, "#a", 1.0),)),),
        "budgets": lambda both: (both[0], (("x", 1.0, 1.0),)),
    }
    change = changes.get(field, lambda several: several[1:])
    other = snapshot._replace(**{field: change(getattr(snapshot, field))})
    assert checksum(other) != checksum(snapshot)


@pytest.mark.parametrize(
    "entry",
    [
        e.SetAway(BOB, "tea"),
        e.SetBot(BOB, True),
        e.SetTopic(ROOT, "#a", "of tea"),
        e.RenameRoom(ROOT, "#a", "#x", ""),
        e.SetVoice(ROOT, "#a", "root", True),
        e.Whisper(CAROL, ("bob",), "psst", "message"),
        e.Say(ROOT, "#a", "message", "hi"),
        e.Disconnect(BOB, ""),
    ],
)
def test_what_an_entry_does_counts(entry: Entry) -> None:
    assert after(entry) != after()


def test_a_restored_hub_has_the_same() -> None:
    node, again = begun(), Node(ears=False)
    again.hub = type(node.hub)(
        node.hub.settings, again.fanout, again.clock, lambda: again.at
    )
    again.hub.restore(node.hub.snapshot())
    assert again.hub.checksum() == node.hub.checksum()
