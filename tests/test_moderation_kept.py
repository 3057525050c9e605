"""Bans, rules and audit entries as they are kept in the tables."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path
from typing import Any

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from tests.databases import migrated
from tests.kept import Kept
from twisted_chat.events import Ban
from twisted_chat.names import fold
from twisted_chat.storage import moderation_sqlite
from twisted_chat.storage.database import open_file
from twisted_chat.storage.moderation import AuditEntry, RoomRecord
from twisted_chat.storage.moderation_sqlite import all_bans, all_rooms

BAN = Ban("ban", "", "Bob", "root", "spam", 5.0, 10.0, ("Rob", "x"), ("192.0.2.7",))
ROOM = RoomRecord(
    "#Dev", "t", "bob", 2.5, "hush", True, False, True, 7, ("Alice", "bob"), ("c",)
)
ENTRY = AuditEntry(3.0, "root", "KICK", "#dev", "bob", "rude")


class TestTables:
    def test_bans(self) -> None:
        store = Kept()
        store.put_ban(BAN)
        mute = BAN._replace(kind="mute")
        here = BAN._replace(room="#Dev")
        store.put_ban(mute)
        store.put_ban(here)
        assert store.bans() == [BAN, mute, here]
        again = BAN._replace(mask="BOB", until=0.0)
        store.put_ban(again)
        assert store.bans() == [mute, here, again]
        store.drop_ban(here._replace(room="#DEV", by="", reason=""))
        store.drop_ban(BAN)
        store.drop_ban(BAN)
        assert store.bans() == [mute]

    def test_rooms(self) -> None:
        store = Kept()
        store.put_room(ROOM)
        store.put_room(RoomRecord("#a"))
        assert store.rooms() == [RoomRecord("#a"), ROOM]
        changed = ROOM._replace(name="#DEV", limit=0, owners=())
        store.put_room(changed)
        assert store.rooms() == [RoomRecord("#a"), changed]
        store.drop_room("#dev")
        store.drop_room("#nowhere")
        assert store.rooms() == [RoomRecord("#a")]

    def test_deeds(self) -> None:
        store = Kept()
        entries = [ENTRY._replace(at=float(number)) for number in range(5)]
        for entry in entries:
            store.add_audit_entry(entry)
        assert store.audit_entries(100) == entries
        assert store.audit_entries(2) == entries[3:]
        assert store.audit_entries(100, since=2.0) == entries[2:]
        assert store.audit_entries(0) == []

    def test_behaves_as_dictionaries(self) -> None:
        words = st.sampled_from(["a", "A", "b", "192.0.2.0/24", "x*"])
        names = st.sampled_from(["", "#a", "#A", "#b"])
        kinds = st.sampled_from(["ban", "mute"])

        class Model(RuleBasedStateMachine):
            def __init__(self) -> None:
                super().__init__()
                self.store = Kept()
                self.bans: dict[tuple[str, str, str], Ban] = {}
                self.rooms: dict[str, RoomRecord] = {}

            @rule(kind=kinds, room=names, mask=words, until=st.floats(0, 1e9))
            def put(self, kind: str, room: str, mask: str, until: float) -> None:
                ban = Ban(kind, room, mask, "by", "why", 1.0, until)
                key = (kind, room.lower(), mask.lower())
                self.bans.pop(key, None)
                self.bans[key] = ban
                self.store.put_ban(ban)

            @rule(kind=kinds, room=names, mask=words)
            def drop(self, kind: str, room: str, mask: str) -> None:
                self.bans.pop((kind, room.lower(), mask.lower()), None)
                self.store.drop_ban(Ban(kind, room, mask, "", "", 0, 0))

            @rule(name=names, locked=st.booleans(), owners=st.lists(words, max_size=2))
            def keep(self, name: str, locked: bool, owners: list[str]) -> None:
                record = RoomRecord(name, locked=locked, owners=tuple(owners))
                self.rooms[fold(name)] = record
                self.store.put_room(record)

            @rule(name=names)
            def forget(self, name: str) -> None:
                self.rooms.pop(fold(name), None)
                self.store.drop_room(name)

            @invariant()
            def same(self) -> None:
                assert self.store.bans() == list(self.bans.values())
                expected = [self.rooms[key] for key in sorted(self.rooms)]
                assert self.store.rooms() == expected

        Model.TestCase.settings = settings(
            max_examples=30, stateful_step_count=20, deadline=None
        )
        Model.TestCase().runTest()


def test_only_the_latest_deeds_stay(monkeypatch: Any) -> None:
    monkeypatch.setattr(moderation_sqlite, "MAX_AUDIT_ENTRIES", 3)
    store = Kept()
    for number in range(5):
        store.add_audit_entry(ENTRY._replace(at=float(number)))
    assert [entry.at for entry in store.audit_entries(10)] == [2.0, 3.0, 4.0]


def test_bans_of_the_version_before_mean_their_mask_only(tmp_path: Path) -> None:
    path = tmp_path / "chat.sqlite"
    with migrated(path, 5) as old:
        old.execute(
            """INSERT INTO bans VALUES
            (1, '', 'bob', 'ban', '', 'Bob', 'root', 'spam', 5.0, 10.0)"""
        )
    with closing(open_file(str(path))) as new:
        assert all_bans(new) == [BAN._replace(accounts=(), hosts=())]


def test_rules_come_into_a_file_of_the_version_before(tmp_path: Path) -> None:
    path = tmp_path / "chat.sqlite"
    with migrated(path, 2) as old:
        old.execute("INSERT INTO accounts VALUES ('alice', 'Alice', 'h', 1, 1.5)")
    with closing(open_file(str(path))) as new:
        assert all_bans(new) == []
        assert all_rooms(new) == []
        [[nick]] = new.execute("SELECT nick FROM accounts WHERE operator")
        assert nick == "Alice"
