"""The accounts, as the hub has them and as they are kept."""

from __future__ import annotations

from contextlib import closing, suppress
from pathlib import Path

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from tests.databases import migrated
from tests.kept import Kept
from twisted_chat.events import ChatError
from twisted_chat.hub.accounts import Accounts
from twisted_chat.names import fold
from twisted_chat.storage.accounts import MAX_CERTIFICATES, MAX_NETWORKS, Account
from twisted_chat.storage.accounts_sqlite import (
    all_accounts,
    all_operators,
    put_account,
    remove,
)
from twisted_chat.storage.database import MEMORY, open_file

ALICE = Account("Alice", "hash", False, 12.5, number=12)
BOB = Account("bob", "hash", False, 13.5, number=13)


class Box:
    """Accounts, and where they are kept.  Each look compares the two."""

    def __init__(self, *accounts: Account) -> None:
        self.store = Kept()
        self._accounts = Accounts(self.store)
        for account in accounts:
            self._accounts.add(account)

    @property
    def accounts(self) -> Accounts:
        self.check()
        return self._accounts

    def check(self) -> None:
        kept = {fold(account.nick): account for account in self.store.accounts()}
        assert kept == {fold(account.nick): account for account in self._accounts}
        again = Accounts(self.store)
        again.load(kept.values())
        for account in kept.values():
            for fingerprint in account.certificates:
                assert again.find_certificate(fingerprint) == account

    def find(self, nick: str) -> Account:
        account = self.accounts.find(nick)
        assert account is not None
        return account


def code(error: pytest.ExceptionInfo[ChatError]) -> int:
    return error.value.code


def test_what_was_added_is_there() -> None:
    box = Box(ALICE)
    assert box.find("aLICE") == ALICE
    assert list(box.accounts) == [ALICE]
    assert box.accounts.confusable("a1ice") == "Alice"


def test_a_nick_is_registered_once_whatever_its_case() -> None:
    box = Box(ALICE)
    with pytest.raises(ChatError) as error:
        box.accounts.add(Account("ALICE", "other"))
    assert code(error) == 433
    assert box.find("alice") == ALICE


def test_an_account_can_be_taken_away() -> None:
    box = Box(ALICE)
    box.accounts.remove("ALICE")
    box.accounts.remove("alice")
    assert box.accounts.find("alice") is None
    assert box.accounts.confusable("a1ice") == ""
    with pytest.raises(ChatError) as error:
        box.accounts.set_password("alice", "new", False)
    assert code(error) == 464


def test_operators() -> None:
    box = Box(ALICE, BOB)
    box.accounts.set_operator("BOB", True)
    assert [account.operator for account in box.accounts] == [False, True]
    box.accounts.set_operator("bob", False)
    assert not box.find("bob").operator


def test_another_hash() -> None:
    box = Box(ALICE, BOB)
    box.accounts.add_certificate("alice", "aa", False)
    box.accounts.remember_network("alice", b"abc")
    box.accounts.set_password("alice", "new", False)
    account = box.find("alice")
    assert account == ALICE._replace(
        hash="new", networks=(b"abc",), certificates=("aa",)
    )
    box.accounts.set_password("alice", "newer", True)
    assert box.find("alice") == ALICE._replace(hash="newer")
    assert box.accounts.find_certificate("aa") is None


def test_certificates() -> None:
    box = Box(ALICE)
    with pytest.raises(ChatError) as error:
        box.accounts.add_certificate("nobody", "aa", True)
    assert code(error) == 464
    for fingerprint in ("bb", "aa", "aa"):
        box.accounts.add_certificate("aLICE", fingerprint, False)
    assert box.find("alice").certificates == ("aa", "bb")
    assert box.accounts.find_certificate("aa") == box.find("alice")
    box.accounts.remove_certificate("ALICE", "aa")
    with pytest.raises(ChatError) as error:
        box.accounts.remove_certificate("alice", "aa")
    assert code(error) == 400
    assert box.accounts.find_certificate("aa") is None
    assert box.find("alice").certificates == ("bb",)


def test_a_certificate_is_one_accounts() -> None:
    box = Box(ALICE, BOB)
    box.accounts.add_certificate("alice", "aa", False)
    with pytest.raises(ChatError) as error:
        box.accounts.add_certificate("bob", "aa", False)
    assert code(error) == 400
    with pytest.raises(ChatError):
        box.accounts.remove_certificate("bob", "aa")
    assert box.accounts.find_certificate("aa") == box.find("alice")
    box.accounts.add_certificate("bob", "aa", True)
    assert box.find("alice").certificates == ()
    assert box.find("bob").certificates == ("aa",)


def test_an_account_that_is_learnt_takes_nobodys_certificate() -> None:
    box = Box(ALICE._replace(certificates=("aa",)))
    box.accounts.add(BOB._replace(certificates=("cc", "aa", "bb", "cc")))
    assert box.find("bob").certificates == ("bb", "cc")
    box.accounts.remove("bob")
    box.accounts.remove("alice")


def test_an_account_has_so_many_certificates_and_no_more() -> None:
    box = Box(ALICE)
    for number in range(MAX_CERTIFICATES):
        box.accounts.add_certificate("alice", f"{number:02}", False)
    for take in (False, True):
        with pytest.raises(ChatError) as error:
            box.accounts.add_certificate("alice", "more", take)
        assert code(error) == 400
    box.accounts.add_certificate("alice", "00", False)
    assert len(box.find("alice").certificates) == MAX_CERTIFICATES


def test_networks_are_the_latest() -> None:
    box = Box(ALICE, BOB)
    for network in (b"aaa", b"bbb", b"aaa"):
        box.accounts.remember_network("ALICE", network)
    assert box.find("alice").networks == (b"bbb", b"aaa")
    assert box.find("bob").networks == ()
    box.accounts.remember_network("bob", b"bob")
    for number in range(MAX_NETWORKS):
        box.accounts.remember_network("alice", bytes([number]))
    networks = tuple(bytes([number]) for number in range(MAX_NETWORKS))
    assert box.find("alice").networks == networks
    assert box.find("bob").networks == (b"bob",)


def test_all_goes_with_the_account() -> None:
    box = Box(ALICE)
    box.accounts.add_certificate("alice", "aa", False)
    box.accounts.remember_network("alice", b"aaa")
    box.accounts.remove("ALICE")
    assert box.accounts.find_certificate("aa") is None
    box.accounts.add(ALICE._replace(created=20.0))
    assert box.find("alice") == ALICE._replace(created=20.0)


class Model(RuleBasedStateMachine):
    """The tables come to what the hub has, whenever the disk is well."""

    nicks = st.sampled_from(["alice", "ALICE", "bob", "Bob", "l", "_-1"])
    prints = st.sampled_from(["aa", "bb", "cc"])

    def __init__(self) -> None:
        super().__init__()
        self.box = Box()
        self.count = 0.0

    def does(self, name: str, *args: object) -> None:
        with suppress(ChatError):
            getattr(self.box._accounts, name)(*args)

    @rule(nick=nicks, hash=st.text(max_size=3))
    def add(self, nick: str, hash: str) -> None:
        self.count += 1
        self.does("add", Account(nick, hash, False, self.count, number=int(self.count)))

    @rule(nick=nicks)
    def remove(self, nick: str) -> None:
        self.does("remove", nick)

    @rule(nick=nicks, operator=st.booleans())
    def rank(self, nick: str, operator: bool) -> None:
        self.does("set_operator", nick, operator)

    @rule(nick=nicks, hash=st.text(max_size=3), alone=st.booleans())
    def rehash(self, nick: str, hash: str, alone: bool) -> None:
        self.does("set_password", nick, hash, alone)

    @rule(nick=nicks, fingerprint=prints, take=st.booleans())
    def certify(self, nick: str, fingerprint: str, take: bool) -> None:
        self.does("add_certificate", nick, fingerprint, take)

    @rule(nick=nicks, fingerprint=prints)
    def decertify(self, nick: str, fingerprint: str) -> None:
        self.does("remove_certificate", nick, fingerprint)

    @rule(nick=nicks, network=st.sampled_from([b"aaa", b"bbb"]))
    def remember(self, nick: str, network: bytes) -> None:
        self.does("remember_network", nick, network)

    @rule()
    def fill(self) -> None:
        if not self.box.store.full:
            self.box.store.fill()

    @rule()
    def empty(self) -> None:
        if self.box.store.full:
            self.box.store.empty()

    @invariant()
    def same(self) -> None:
        if not self.box.store.full:
            self.box.check()
        assert not self.box.store.bugs


Model.TestCase.settings = settings(
    max_examples=40, stateful_step_count=25, deadline=None
)
TestModel = Model.TestCase


def test_done_again_it_comes_to_the_same() -> None:
    """As when a server died between the tables and the spool."""
    first, second = ALICE._replace(networks=(b"a",)), ALICE._replace(hash="new")
    with closing(open_file(MEMORY)) as file:
        for _ in range(2):
            put_account(file, ALICE)
            put_account(file, first)
            put_account(file, second)
            assert all_accounts(file) == [second]


def test_an_account_of_the_same_nick_has_nothing_of_the_one_before() -> None:
    with closing(open_file(MEMORY)) as file:
        put_account(file, ALICE._replace(certificates=("aa",), operator=True))
        again = ALICE._replace(created=99.0, hash="new")
        put_account(file, again)
        assert all_accounts(file) == [again]
        assert all_operators(file) == []


def test_a_hash_is_not_shown() -> None:
    assert "secret" not in repr(Account("alice", "secret"))


def test_accounts_come_into_a_file_of_the_version_before(tmp_path: Path) -> None:
    path = tmp_path / "chat.sqlite"
    with migrated(path, 1) as old:
        old.execute("INSERT INTO rooms VALUES (1, '#dev', '#Dev', 7)")
    with closing(open_file(str(path))) as new:
        assert all_accounts(new) == []
        account = Account("Alice", "h", False, 1.5, number=7)
        put_account(new, account)
        assert all_accounts(new) == [account]
        [[last]] = new.execute("SELECT last_id FROM rooms WHERE key = '#dev'")
        assert last == 7


def test_certificates_come_into_a_file_of_the_version_before(tmp_path: Path) -> None:
    path = tmp_path / "chat.sqlite"
    with migrated(path, 3) as old:
        old.execute("INSERT INTO accounts VALUES ('alice', 'Alice', 'h', 0, 1.5)")
    with closing(open_file(str(path))) as new:
        assert all_accounts(new) == [Account("Alice", "h", False, 1.5, number=1)]
        new.execute("INSERT INTO certificates VALUES ('aa', 'alice')")
        assert remove(new, "Alice")
        assert list(new.execute("SELECT * FROM certificates")) == []


def test_networks_come_into_a_file_of_the_version_before(tmp_path: Path) -> None:
    path = tmp_path / "chat.sqlite"
    with migrated(path, 4) as old:
        old.execute("INSERT INTO accounts VALUES ('alice', 'Alice', 'h', 0, 1.5)")
        old.execute("INSERT INTO certificates VALUES ('aa', 'alice')")
    account = Account("Alice", "h", False, 1.5, (), ("aa",), number=1)
    for network in (b"bbb", b"aaa"):
        # Each in a server of its own: what is known outlives it.
        with closing(open_file(str(path))) as file:
            assert all_accounts(file) == [account]
            before = account
            account = before._replace(networks=(*before.networks, network))
            put_account(file, account)
    with closing(open_file(str(path))) as file:
        assert all_accounts(file) == [account]
    assert account.networks == (b"bbb", b"aaa")
