"""A running server follows what twisted-chat-admin changes in its file."""

from __future__ import annotations

import io
from collections.abc import Iterator
from pathlib import Path

import pytest
from twisted.internet.task import Clock

from twisted_chat.admin import main
from twisted_chat.following import Follower
from twisted_chat.history.sqlite import SqliteHistory
from twisted_chat.hub import Stored
from twisted_chat.hub.entries import SetPassword
from twisted_chat.storage.accounts import Account
from twisted_chat.storage.accounts_sqlite import all_accounts, put_account
from twisted_chat.storage.database import Database, connect
from twisted_chat.storage.recorder import PACE
from twisted_chat.storage.sqlite import SqliteStore

from .loop import Loop
from .support import CHEAP, PASSWORD, Client, World, ask, member, refused

# Beside the file there is no other log.
pytestmark = pytest.mark.at_once

PRINT = "0a" * 32


class Server:
    """A hub in front of a file."""

    def __init__(self, path: Path) -> None:
        self.path = str(path)
        self.loop = Loop()
        self.database = Database(self.path, self.loop.call)
        self.database.open()
        self.clock = Clock()
        history = SqliteHistory(self.database, self.clock, lambda line: None)
        self.recorder = history.recorder
        self.history = history
        self.database.load(history.load)
        self.world = World(store=SqliteStore(self.recorder, lambda: None))
        self.world.hub.load(Stored(self.database.load(all_accounts)))
        self.follower = Follower(self.database, self.recorder, self.world.hub)

    def write(self) -> None:
        """Bring to the file all that is to be kept."""
        self.recorder.hold(lambda: None)
        while not self.recorder.idle:
            self.clock.advance(PACE)
            self.loop.result(self.database.run(lambda connection: None))

    def admin(self, *arguments: str) -> None:
        main(["--database", self.path, *arguments])

    def look(self) -> None:
        self.loop.result(self.follower.look())

    def file(self) -> dict[str, Account]:
        connection = connect(self.path)
        accounts = {account.nick: account for account in all_accounts(connection)}
        connection.close()
        return accounts

    def known(self) -> dict[str, Account]:
        return {account.nick: account for account in self.world.hub.accounts}

    def close(self) -> None:
        self.loop.result(self.history.stop())
        self.loop.result(self.database.close())


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Server]:
    server = Server(tmp_path / "chat.sqlite")
    yield server
    server.close()


@pytest.fixture
def alice(server: Server) -> Client:
    """Somebody whom the file knows, too."""
    alice = member(server.world, "alice")
    alice.send(f"CERT add {PRINT}")
    alice.lines()
    server.write()
    server.look()
    assert server.file() == server.known()
    return alice


def test_operators(server: Server, alice: Client) -> None:
    server.admin("operator", "add", "ALICE")
    assert alice.lines() == []
    server.look()
    assert alice.lines() == ["* You are an operator now"]
    server.look()
    server.write()
    assert alice.lines() == []
    server.admin("operator", "remove", "alice")
    server.look()
    assert alice.lines() == ["* You are no operator any more"]


def test_an_account_that_is_removed(server: Server, alice: Client) -> None:
    server.admin("account", "remove", "alice")
    server.look()
    assert alice.lines() == ["* You are logged out"]
    assert ask(alice, f"REGISTER {PASSWORD}") == ["* You are logged in as alice"]
    server.write()
    server.look()
    assert alice.user.account == "alice"
    assert server.file() == server.known()


def password(
    server: Server, monkeypatch: pytest.MonkeyPatch, new: str = "new-secret"
) -> None:
    monkeypatch.setattr("twisted_chat.admin.people.HASHER", CHEAP)
    monkeypatch.setattr("sys.stdin", io.StringIO(f"{new}\n"))
    server.admin("account", "password", "alice")


def test_another_password_and_nothing_else_proves_the_account(
    server: Server, alice: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    password(server, monkeypatch)
    server.look()
    account = server.known()["alice"]
    assert (account.certificates, account.networks) == ((), ())
    bob = server.world.enter("bob")
    assert refused(bob, f"LOGIN alice {PASSWORD}") == 464
    assert "* You are logged in as alice" in ask(bob, "LOGIN alice new-secret")
    server.write()
    assert server.file() == server.known()


def test_an_account_that_somebody_has_put_there(server: Server, alice: Client) -> None:
    connection = connect(server.path)
    put_account(connection, Account("Carol", CHEAP.hash(PASSWORD), True, 5.0), ())
    connection.close()
    server.look()
    carol = server.world.connect()
    carol.send(f"LOGIN carol {PASSWORD}")
    assert (carol.user.nick, carol.user.operator) == ("Carol", True)


def test_what_the_server_has_still_to_write_is_no_change_of_others(
    server: Server, alice: Client
) -> None:
    bob = member(server.world, "bob")
    alice.send(f"PASSWD {PASSWORD} another-secret", f"CERT remove {PRINT}")
    known = server.known()
    server.admin("operator", "add", "alice")  # or there is nothing to look at
    server.look()
    assert server.known() == known
    assert bob.user.account == "bob"
    server.write()
    server.look()
    alice_now = known["alice"]._replace(operator=True)
    assert server.known() == {**known, "alice": alice_now}
    server.write()
    assert server.file() == server.known()


def test_nor_does_it_undo_what_others_changed(
    server: Server, alice: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    server.admin("operator", "add", "alice")
    alice.send(f"CERT add {'0b' * 32}")
    password(server, monkeypatch)
    server.write()
    assert server.file()["alice"].operator
    assert CHEAP.verify(server.file()["alice"].hash, "new-secret")
    server.look()
    server.write()
    assert server.file() == server.known()
    assert server.known()["alice"].certificates == ()
    assert CHEAP.verify(server.known()["alice"].hash, "new-secret")


def test_what_changes_while_it_looks_is_looked_at_again(
    server: Server, alice: Client
) -> None:
    server.admin("operator", "add", "alice")
    looked = server.follower.look()
    server.world.hub.log.propose(SetPassword("alice", "hash"))
    server.loop.result(looked)
    assert not alice.user.operator
    server.write()
    server.look()
    assert alice.user.operator
    assert server.known()["alice"].hash == "hash"


def test_the_servers_own_writes_cost_no_look(
    server: Server, alice: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    read: list[None] = []

    def reading(*_: object) -> list[Account]:
        read.append(None)
        return []

    monkeypatch.setattr("twisted_chat.following.all_accounts", reading)
    alice.send(f"PASSWD {PASSWORD} another-secret")
    server.write()
    server.look()
    assert read == []


def test_what_is_changed_at_once_after_what_others_changed(
    server: Server, alice: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Both are written at once, and the later one holds."""
    password(server, monkeypatch)
    server.look()
    alice.send("PASSWD new-secret newest-secret", f"CERT add {'0b' * 32}")
    server.write()
    assert server.file() == server.known()
    server.look()
    account = server.known()["alice"]
    assert CHEAP.verify(account.hash, "newest-secret")
    assert account.certificates == ("0b" * 32,)


def test_a_file_that_is_closed_is_no_error(server: Server, alice: Client) -> None:
    closed = Database(f"{server.path}-closed")
    follower = Follower(closed, server.recorder, server.world.hub)
    server.loop.result(follower.look())
    assert alice.user.account == "alice"
