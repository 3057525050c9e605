"""Whose a message is: an account's for ever, or a guest's while they are here."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from tests.databases import migrated, unpack
from tests.kept import Kept
from tests.support import PASSWORD, START, World, member
from twisted_chat.history import tables
from twisted_chat.hub import Stored
from twisted_chat.storage.accounts import Account
from twisted_chat.storage.accounts_sqlite import all_accounts
from twisted_chat.storage.database import open_file


@pytest.fixture
def world() -> World:
    return World()


def authors(world: World, room: str = "#lobby") -> list[int]:
    """Of the messages of the room, in order."""
    return [message.author for message in world.room(room).tail.messages]


def number(world: World, nick: str) -> int:
    return world.hub.accounts.number_of(nick)


def test_a_guest_is_somebody_else_once_they_have_left(world: World) -> None:
    first = world.enter("alice")
    first.send("MSG one", "NICK anna", "MSG two")
    first.reset()
    again = world.enter("anna")
    again.send("MSG three")
    one, two, three = authors(world)
    assert one == two < 0
    assert three < 0
    assert three != one


def test_an_account_is_one_author_by_any_session_and_nick(world: World) -> None:
    alice = member(world, "alice")
    alice.send("MSG one", "NICK alicia", "MSG two")
    more = world.enter("guest")
    more.send(f"LOGIN alice {PASSWORD}", "MSG three")
    assert authors(world) == [number(world, "alice")] * 3


def test_who_logs_in_was_the_guest_before(world: World) -> None:
    member(world, "alice").reset()
    guest = world.enter("visitor")
    guest.send("MSG as a guest", f"LOGIN alice {PASSWORD}", "MSG as myself")
    before, after = authors(world)
    assert before < 0 < after == number(world, "alice")
    assert (guest.user.author, guest.user.was) == (after, before)


def test_whose_account_is_gone_is_a_new_guest(world: World) -> None:
    alice = member(world, "alice")
    alice.send("MSG one", f"UNREGISTER {PASSWORD}", "MSG two")
    one, two = authors(world)
    assert two < 0 < one
    alice.send(f"REGISTER {PASSWORD}", "MSG three")
    assert authors(world)[-1] not in (one, two)
    assert authors(world)[-1] > one


def test_the_next_account_of_a_nick_has_another_number(world: World) -> None:
    alice = member(world, "alice")
    first = number(world, "alice")
    alice.send(f"UNREGISTER {PASSWORD}")
    alice.reset()
    member(world, "alice")
    assert number(world, "alice") > first > START * 1000 - 1


def test_numbers_go_on_where_the_clock_has_gone_back() -> None:
    store = Kept()
    world = World(store=store)
    member(world, "alice")
    given = number(world, "alice")
    again = World(store=store)
    again.wall_offset = START - 1e6
    again.hub.load(Stored(store.accounts(), last_number=given + 7))
    assert number(again, "alice") == given
    member(again, "bob")
    assert number(again, "bob") > given + 7


def test_no_number_is_anybodys_twice(world: World) -> None:
    """All come in the same millisecond."""
    for count in range(20):
        client = world.enter(f"guest{count}")
        client.send("MSG hello")
        if count % 2:
            client.send(f"REGISTER {PASSWORD}", "MSG hello")
    assert len(set(map(abs, authors(world)))) == len({*authors(world)}) == 30


def test_a_snapshot_has_who_is_who(world: World) -> None:
    alice = world.enter("alice")
    alice.send(f"REGISTER {PASSWORD}")
    world.enter("bob")
    other = World()
    other.hub.restore(world.hub.snapshot())
    for nick in ("alice", "bob"):
        mine, theirs = world.hub.user(nick), other.hub.user(nick)
        assert (mine.author, mine.was) == (theirs.author, theirs.was)
    assert world.hub.numbers.take() == other.hub.numbers.take()


# The file


def test_accounts_of_a_file_of_the_version_before_get_numbers(tmp_path: Path) -> None:
    path = tmp_path / "chat.sqlite"
    with migrated(path, 7) as old:
        old.executemany(
            "INSERT INTO accounts VALUES (?, ?, 'hash', 0, ?)",
            [("bob", "Bob", 5.0), ("carol", "carol", 9.0), ("alice", "alice", 5.0)],
        )
    with closing(open_file(str(path))) as new:
        found = {account.nick: account.number for account in all_accounts(new)}
    assert found == {"Bob": 1, "alice": 2, "carol": 3}


def test_a_snapshot_from_before_numbers_gives_the_same(world: World) -> None:
    """So that nodes that come from it and from a file agree."""
    old = [Account("Bob", "h", created=5.0), Account("alice", "h", created=5.0)]
    world.hub.load(Stored([Account("carol", "h", created=9.0), *old]))
    assert [number(world, nick) for nick in ("bob", "alice", "carol")] == [1, 2, 3]


def test_old_messages_are_nobodys(tmp_path: Path) -> None:
    path = tmp_path / "chat.sqlite"
    unpack(7, path)
    with closing(open_file(str(path))) as new:
        rooms = tables.rooms(new)
        lobby = rooms["#lobby"]
        said = tables.between(new, lobby.number, lobby.name, 0, 99, 99, newest=False)
        assert said
        assert {(m.author, m.reply_to, m.marks) for m in said} == {(0, 0, None)}
        # Nobody who comes now can have the number of one who spoke then.
        assert tables.last_author(new) > said[-1].at * 1000


def test_an_account_that_an_older_server_left_in_the_spool_has_a_number(
    tmp_path: Path,
) -> None:
    store = Kept()
    store.put_account(Account("alice", "hash", number=1_700_000_000_000))
    store.put_account(Account("alice", "other"))
    store.put_account(Account("bob", "hash"))
    numbers = [account.number for account in store.accounts()]
    assert numbers == [1_700_000_000_000, 2]
    with pytest.raises(sqlite3.OperationalError):
        store.connection.execute("SELECT * FROM removals")
