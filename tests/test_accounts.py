"""The stores of accounts keep one contract."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path
from typing import Any

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule
from twisted.internet.defer import Deferred

from tests.databases import migrated
from tests.loop import Loop
from twisted_chat.events import ChatError
from twisted_chat.names import fold
from twisted_chat.storage.accounts import (
    MAX_CERTIFICATES,
    MAX_NETWORKS,
    Account,
    Accounts,
    MemoryAccounts,
)
from twisted_chat.storage.accounts_sqlite import SqliteAccounts, all_nicks, remove
from twisted_chat.storage.database import MEMORY, Database, open_file

ALICE = Account("Alice", "hash", False, 12.5)


def now(deferred: Deferred[Any]) -> Any:
    """The result of what has one already."""
    results: list[Any] = []
    deferred.addCallback(results.append)
    assert results, "no result yet"
    return results[0]


class AccountsContract:
    def store(self) -> Accounts:
        raise NotImplementedError

    def test_keeps_what_was_added(self) -> None:
        store = self.store()
        assert now(store.add(ALICE)) is True
        assert now(store.find("aLICE")) == ALICE
        assert now(store.nicks()) == ["Alice"]

    def test_a_nick_is_registered_once_whatever_its_case(self) -> None:
        store = self.store()
        now(store.add(ALICE))
        assert now(store.add(Account("ALICE", "other"))) is False
        assert now(store.find("alice")) == ALICE

    def test_an_account_can_be_taken_away(self) -> None:
        store = self.store()
        now(store.add(ALICE))
        assert now(store.remove("ALICE")) is True
        assert now(store.remove("alice")) is False
        assert now(store.find("alice")) is None
        assert now(store.nicks()) == []

    def test_what_was_removed_since(self) -> None:
        store = self.store()
        assert now(store.removals(0)) == []
        for nick in ("Alice", "bob"):
            now(store.add(Account(nick, "hash")))
            now(store.remove(nick))
        now(store.remove("nobody"))
        assert now(store.removals(0)) == [(1, "Alice"), (2, "bob")]
        assert now(store.removals(1)) == [(2, "bob")]
        assert now(store.removals(2)) == []

    def test_operators(self) -> None:
        store = self.store()
        for nick in ("bob", "Alice", "carol"):
            now(store.add(Account(nick, "hash")))
        assert now(store.set_operator("BOB", True)) is True
        assert now(store.set_operator("alice", True)) is True
        assert now(store.set_operator("nobody", True)) is False
        assert now(store.operators()) == ["Alice", "bob"]
        now(store.set_operator("bob", False))
        assert now(store.operators()) == ["Alice"]

    def test_another_hash(self) -> None:
        store = self.store()
        now(store.add(ALICE))
        assert now(store.set_hash("alice", "new")) is True
        assert now(store.set_hash("bob", "new")) is False
        assert now(store.find("alice")) == ALICE._replace(hash="new")

    def test_certificates(self) -> None:
        store = self.store()
        assert now(store.add_certificate("alice", "aa")) is False
        now(store.add(ALICE))
        assert now(store.certificates("alice")) == []
        assert now(store.find_certificate("aa")) is None
        for fingerprint in ("bb", "aa", "aa"):
            assert now(store.add_certificate("aLICE", fingerprint)) is True
        assert now(store.certificates("alice")) == ["aa", "bb"]
        assert now(store.find_certificate("aa")) == ALICE
        assert now(store.remove_certificate("ALICE", "aa")) is True
        assert now(store.remove_certificate("alice", "aa")) is False
        assert now(store.find_certificate("aa")) is None
        assert now(store.certificates("alice")) == ["bb"]

    def test_a_certificate_is_one_accounts(self) -> None:
        store = self.store()
        now(store.add(ALICE))
        now(store.add(Account("bob", "hash")))
        now(store.add_certificate("alice", "aa"))
        assert now(store.add_certificate("bob", "aa")) is False
        assert now(store.remove_certificate("bob", "aa")) is False
        assert now(store.find_certificate("aa")) == ALICE
        assert now(store.add_certificate("nobody", "aa", take=True)) is False
        assert now(store.add_certificate("bob", "aa", take=True)) is True
        assert now(store.certificates("alice")) == []
        assert now(store.certificates("bob")) == ["aa"]

    def test_an_account_has_so_many_certificates_and_no_more(self) -> None:
        store = self.store()
        now(store.add(ALICE))
        for number in range(MAX_CERTIFICATES):
            assert now(store.add_certificate("alice", f"{number:02}")) is True
        for take in (False, True):
            assert now(store.add_certificate("alice", "more", take)) is False
        assert now(store.add_certificate("alice", "00")) is True
        assert len(now(store.certificates("alice"))) == MAX_CERTIFICATES

    def test_certificates_go_with_the_account(self) -> None:
        store = self.store()
        now(store.add(ALICE))
        now(store.add_certificate("alice", "aa"))
        now(store.remove("ALICE"))
        assert now(store.find_certificate("aa")) is None
        now(store.add(ALICE))
        assert now(store.certificates("alice")) == []

    def test_networks_are_the_latest(self) -> None:
        store = self.store()
        assert now(store.add_network("alice", b"aaa")) is False
        now(store.add(ALICE))
        now(store.add(Account("bob", "hash")))
        for network in (b"aaa", b"bbb", b"aaa"):
            assert now(store.add_network("ALICE", network)) is True
        assert now(store.find("alice")).networks == (b"bbb", b"aaa")
        assert now(store.find("bob")).networks == ()
        now(store.add_network("bob", b"bob"))
        for number in range(MAX_NETWORKS):
            now(store.add_network("alice", bytes([number])))
        networks = tuple(bytes([number]) for number in range(MAX_NETWORKS))
        assert now(store.find("alice")).networks == networks
        assert now(store.find("bob")).networks == (b"bob",)

    def test_networks_go_with_the_account(self) -> None:
        store = self.store()
        now(store.add(ALICE))
        now(store.add_network("alice", b"aaa"))
        now(store.remove("ALICE"))
        now(store.add(ALICE))
        assert now(store.find("alice")).networks == ()

    def test_behaves_as_a_dictionary(self) -> None:
        make = self.store
        nicks = st.sampled_from(["alice", "ALICE", "bob", "Bob", "l", "_-1"])

        class Model(RuleBasedStateMachine):
            def __init__(self) -> None:
                super().__init__()
                self.store = make()
                self.model: dict[str, Account] = {}

            @rule(nick=nicks, hash=st.text(max_size=3), at=st.floats(0, 2e9))
            def add(self, nick: str, hash: str, at: float) -> None:
                account = Account(nick, hash, False, at)
                fresh = fold(nick) not in self.model
                self.model.setdefault(fold(nick), account)
                assert now(self.store.add(account)) is fresh

            @rule(nick=nicks)
            def remove(self, nick: str) -> None:
                there = self.model.pop(fold(nick), None) is not None
                assert now(self.store.remove(nick)) is there

            @rule(nick=nicks, operator=st.booleans())
            def rank(self, nick: str, operator: bool) -> None:
                there = fold(nick) in self.model
                assert now(self.store.set_operator(nick, operator)) is there
                if there:
                    account = self.model[fold(nick)]
                    self.model[fold(nick)] = account._replace(operator=operator)

            @rule(nick=nicks, hash=st.text(max_size=3))
            def rehash(self, nick: str, hash: str) -> None:
                there = fold(nick) in self.model
                assert now(self.store.set_hash(nick, hash)) is there
                if there:
                    account = self.model[fold(nick)]
                    self.model[fold(nick)] = account._replace(hash=hash)

            @invariant()
            def same(self) -> None:
                nicks = {account.nick for account in self.model.values()}
                assert set(now(self.store.nicks())) == nicks
                for key, account in self.model.items():
                    assert now(self.store.find(key)) == account
                operators = sorted(k for k, a in self.model.items() if a.operator)
                assert [fold(n) for n in now(self.store.operators())] == operators

        Model.TestCase.settings = settings(
            max_examples=30, stateful_step_count=20, deadline=None
        )
        Model.TestCase().runTest()


class TestSqlite(AccountsContract):
    def store(self) -> Accounts:
        return SqliteAccounts(Database(MEMORY))


class TestMemory(AccountsContract):
    def store(self) -> Accounts:
        return MemoryAccounts()


def test_a_hash_is_not_shown() -> None:
    assert "secret" not in repr(Account("alice", "secret"))


def test_a_broken_disk_is_a_refusal() -> None:
    database = Database(MEMORY)
    store = SqliteAccounts(database)
    now(database.close())
    errors: list[object] = []
    store.find("alice").addErrback(lambda failure: errors.append(failure.value))
    [error] = errors
    assert isinstance(error, ChatError)
    assert error.code == 263


def test_accounts_come_into_a_file_of_the_version_before(tmp_path: Path) -> None:
    path = tmp_path / "chat.sqlite"
    with migrated(path, 1) as old:
        old.execute("INSERT INTO rooms VALUES (1, '#dev', '#Dev', 7)")
    with closing(open_file(str(path))) as new:
        assert all_nicks(new) == []
        new.execute("INSERT INTO accounts VALUES ('alice', 'Alice', 'h', 0, 1.5)")
        assert all_nicks(new) == ["Alice"]
        [[last]] = new.execute("SELECT last_id FROM rooms WHERE key = '#dev'")
        assert last == 7


def test_certificates_come_into_a_file_of_the_version_before(tmp_path: Path) -> None:
    path = tmp_path / "chat.sqlite"
    with migrated(path, 3) as old:
        old.execute("INSERT INTO accounts VALUES ('alice', 'Alice', 'h', 0, 1.5)")
    with closing(open_file(str(path))) as new:
        assert all_nicks(new) == ["Alice"]
        new.execute("INSERT INTO certificates VALUES ('aa', 'alice')")
        assert remove(new, "Alice")
        assert list(new.execute("SELECT * FROM certificates")) == []


def test_networks_come_into_a_file_of_the_version_before(tmp_path: Path) -> None:
    path = tmp_path / "chat.sqlite"
    with migrated(path, 4) as old:
        old.execute("INSERT INTO accounts VALUES ('alice', 'Alice', 'h', 0, 1.5)")
        old.execute("INSERT INTO certificates VALUES ('aa', 'alice')")
    open_file(str(path)).close()
    for network in (b"aaa", b"bbb"):
        # Each in a server of its own: what is known outlives it.
        loop = Loop()
        database = Database(str(path), loop.call)
        database.open()
        store = SqliteAccounts(database)
        loop.result(store.add_network("alice", network))
        account = loop.result(store.find("alice"))
        loop.result(database.close())
    assert account == Account("Alice", "h", False, 1.5, (b"aaa", b"bbb"))
