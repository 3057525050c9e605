"""What the store can't keep at once holds up nothing behind it for ever."""

from __future__ import annotations

from typing import Any

import pytest

from twisted_chat.events import Ban
from twisted_chat.storage.accounts import Account
from twisted_chat.storage.moderation import AuditEntry, RoomRecord
from twisted_chat.storage.recorder import PATIENCE
from twisted_chat.storage.writes import from_plain, to_plain

from .kept import Kept
from .support import World, ask, member

BAN = Ban("ban", "", "Bob", "root", "spam", 5.0, 10.0, ("Rob", "x"), ("192.0.2.7",))


@pytest.fixture
def store() -> Kept:
    return Kept()


def ban(store: Kept, *masks: str, **more: Any) -> None:
    for mask in masks:
        store.put_ban(BAN._replace(mask=mask, **more))


def masks(store: Kept) -> list[str]:
    return [ban.mask for ban in store.bans()]


def entry(number: int) -> AuditEntry:
    return AuditEntry(float(number), "root", "KICK", "", "bob", "")


def test_a_bug_in_one_write_costs_that_write_only(store: Kept) -> None:
    store.fill()
    ban(store, "one")
    ban(store, "two", until=object())
    ban(store, "three")
    store.empty()
    assert masks(store) == ["one", "three"]
    assert len(store.bugs) == 1
    assert not store.troubled


def test_what_the_disk_refuses_is_written_later_and_in_order(store: Kept) -> None:
    store.fill()
    ban(store, "one", "two")
    store.drop_ban(BAN._replace(mask="ONE"))
    store.put_room(RoomRecord("#a"))
    for number in (1, 2, 3):
        store.add_audit_entry(entry(number))
    assert masks(store) == []
    store.empty()
    assert masks(store) == ["two"]
    assert [kept.at for kept in store.audit_entries()] == [0.0, 1.0, 2.0, 3.0]
    ban(store, "three")
    assert masks(store) == ["two", "three"]
    store.clock.advance(PATIENCE)
    assert not store.clock.getDelayedCalls()


def test_the_last_of_several_about_one_thing_is_written(store: Kept) -> None:
    """Or one person could fill the memory with topics while the disk is full."""
    store.fill()
    ban(store, "a", "b")
    for number in range(1000):
        store.put_room(RoomRecord("#a", topic=str(number)))
        store.put_room(RoomRecord("#A", topic=f"{number} again"))
        ban(store, "a", reason=str(number))
    assert sum(len(queue.writes) for queue in store.recorder._queues()) == 4
    store.empty()
    assert [(ban.mask, ban.reason) for ban in store.bans()] == [
        ("b", "spam"),
        ("a", "999"),
    ]
    assert [room.topic for room in store.rooms()] == ["999 again"]


def test_so_many_wait_and_no_more(store: Kept, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("twisted_chat.storage.recorder.MAX_WRITES", 3)
    store.fill()
    ban(store, "one", "two", "three")
    ban(store, "two", reason="again")
    store.empty()
    assert [(ban.mask, ban.reason) for ban in store.bans()] == [
        ("one", "spam"),
        ("two", "again"),
    ]


def test_what_is_decided_while_the_disk_is_full_holds_and_is_kept(store: Kept) -> None:
    world = World(store=store, operators=frozenset({"root"}))
    root = member(world, "root")
    store.fill()
    assert ask(root, "BAN spammer") == ["* spammer is banned"]
    assert masks(store) == []
    store.empty()
    assert masks(store) == ["spammer"]


def test_a_write_comes_back_from_plain_data_as_it_was(store: Kept) -> None:
    room = RoomRecord("#a", "t", "bob", 2.5, "k", True, owners=("alice", "bob"))
    account = Account("alice", "hash", True, 2.5, (b"abc",), ("aa", "bb"))
    store.full = True
    store.put_account(account)
    store.drop_account("bob")
    ban(store, "one")
    store.drop_ban(BAN)
    store.put_room(room)
    store.drop_room("#b")
    store.add_audit_entry(entry(1))
    writes = [w for queue in store.recorder._queues() for w in queue.writes.values()]
    assert len(writes) == 7
    for write in writes:
        again = from_plain(to_plain(write))
        assert again == write
        assert type(again) is type(write)
        assert type(again[0]) is type(write[0])
