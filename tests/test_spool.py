"""What the spool keeps of a server that dies, and what it never gives."""

from __future__ import annotations

import marshal
import os
import struct
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from zlib import crc32

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from twisted.internet.defer import Deferred, maybeDeferred
from twisted.internet.task import Clock

from tests.disk import TOKEN
from twisted_chat.events import Said
from twisted_chat.storage.accounts import Account
from twisted_chat.storage.mapping import PAGE
from twisted_chat.storage.spool import FRESH, REGION, REGIONS, Spool, recover
from twisted_chat.storage.writes import DropRoom, PutAccount


class Kept:
    """A spool, and the clock that it looks at."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.clock = Clock()
        self.spool = Spool(path, self.clock, maybeDeferred, TOKEN)

    def recovered(self) -> list[Said]:
        return recover(self.path, TOKEN).messages


@pytest.fixture
def kept(tmp_path: Path) -> Kept:
    return Kept(tmp_path / "spool")


def said(*numbers: int) -> list[Said]:
    return [Said("#lobby", "alice", f"word {n} \u2713", 1e9 + n, n) for n in numbers]


def test_nothing_is_kept_before_a_thread_made_it_ready(kept: Kept) -> None:
    assert not kept.spool.put(said(1))
    assert not kept.path.exists()
    kept.spool.renew()
    assert kept.spool.put(said(1))


def test_every_kind_comes_back_as_it_was_and_in_order(kept: Kept) -> None:
    kept.spool.renew()
    messages: list[Said] = [
        Said("#lobby", "alice", "one", 1.5, 1),
        Said("#Lobby", "bob", "waves", 2.5, 2, "action"),
        Said("#dev", "bot", "beep", 3.5, 1, "notice"),
    ]
    assert kept.spool.put(messages[:2])
    assert kept.spool.put(messages[2:])
    found = kept.recovered()
    assert found == messages
    assert [each.kind for each in found] == ["message", "action", "notice"]


def test_a_record_looks_as_an_older_server_wrote_it(kept: Kept) -> None:
    kept.spool.renew()
    kept.spool.put(
        [
            Said("#lobby", "alice", "one", 1.5, 1, author=7),
            Said("#Lobby", "bob", "waves", 2.5, 2, "action", -9),
            Said("#dev", "bot", "beep", 3.5, 1, "notice", 7, 6),
        ]
    )
    record = [
        b"\xff\0\1\2",
        *("#lobby", "alice", "one", 1.5, 1, 7, 0),
        *("#Lobby", "bob", "waves", 2.5, 2, -9, 0),
        *("#dev", "bot", "beep", 3.5, 1, 7, 6),
    ]
    assert marshal.dumps(record, 2) in kept.path.read_bytes()


def test_a_record_of_a_server_whose_messages_had_no_author(kept: Kept) -> None:
    account = ("PutAccount", ("alice", "hash", False, 1.5, (), ()))
    for number, (head, fields) in enumerate(
        [
            (b"\0\1", ["#a", "alice", "one", 1.5, 1, "#a", "bob", "waves", 2.5, 2]),
            ((b"", account), []),
        ]
    ):
        body = marshal.dumps([head, *fields], 2)
        about = struct.pack("<QI", number, len(body))
        sum = struct.pack("<I", crc32(body, crc32(about)))
        before = kept.path.read_bytes() if number else TOKEN.ljust(PAGE, b"\0")
        kept.path.write_bytes(before + sum + about + body)
    assert recover(kept.path, TOKEN) == (
        [
            Said("#a", "alice", "one", 1.5, 1),
            Said("#a", "bob", "waves", 2.5, 2, "action"),
        ],
        [PutAccount(Account("alice", "hash", False, 1.5))],
    )


def test_what_is_no_message_comes_back_too(kept: Kept) -> None:
    kept.spool.renew()
    writes = [DropRoom("#a"), DropRoom("#b"), DropRoom("#c")]
    assert kept.spool.put([], writes[:1])
    assert kept.spool.put(said(1), writes[1:])
    assert kept.spool.put(said(2))
    assert recover(kept.path, TOKEN) == (said(1, 2), writes)


def test_a_server_that_dies_while_it_clears_leaves_the_end(
    kept: Kept, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What was put before and is in the tables would undo what came after."""
    for last in range(4):
        kept.spool.renew()
        kept.spool.put([], [DropRoom(f"#{last}")])
    left: list[list[str]] = []
    store = kept.spool._store

    def dying(at: int, data: bytes) -> bool:
        done = store(at, data)
        left.append([w.name for w in recover(kept.path, TOKEN).writes])  # type: ignore[union-attr]
        return done

    monkeypatch.setattr(kept.spool, "_store", dying)
    kept.spool.clear()
    assert left == [["#3"], []]


def test_only_its_own_run_is_recovered(kept: Kept) -> None:
    kept.spool.renew()
    kept.spool.put(said(1))
    assert recover(kept.path, b"another's token.") == ([], [])
    assert recover(kept.path, b"") == ([], []), "a database that never had one"
    assert recover(kept.path.with_name("none"), TOKEN) == ([], [])


def test_what_is_in_the_tables_does_not_come_back(kept: Kept) -> None:
    kept.spool.renew()
    kept.spool.put(said(1, 2))
    kept.spool.put(said(3))
    kept.spool.clear()
    assert kept.recovered() == []
    kept.spool.put(said(4))
    assert kept.recovered() == said(4)


def test_what_is_not_fresh_is_not_filled(kept: Kept) -> None:
    kept.spool.renew()
    kept.clock.advance(FRESH)
    assert not kept.spool.put(said(1))
    kept.spool.renew()
    assert kept.spool.put(said(1))


def test_each_time_it_is_full_twice_as_much_is_made_ready(kept: Kept) -> None:
    sizes = []
    for _ in range(14):
        kept.spool.renew()
        size = 0
        while kept.spool.put(said(1)):
            size += 1
        sizes.append(size)
    assert all(two > 1.5 * one for one, two in pairwise(sizes[:9]))
    assert sizes[-1] == sizes[-2] > REGION // 100


def test_what_is_in_one_region_stays_while_the_other_is_made_ready(kept: Kept) -> None:
    kept.spool.renew()
    kept.spool.put(said(1))
    kept.spool.renew()
    kept.spool.put(said(2))
    assert kept.recovered() == said(1, 2)
    kept.spool.renew()
    kept.spool.put(said(3))
    assert kept.recovered() == said(2, 3)


def test_it_is_made_ready_once_at_a_time(tmp_path: Path) -> None:
    asked: list[Deferred[None]] = []

    def later(*_: object) -> Deferred[None]:
        asked.append(Deferred())
        return asked[-1]

    spool = Spool(tmp_path / "spool", Clock(), later, TOKEN)
    spool.renew()
    spool.renew()
    assert len(asked) == 1


def test_nothing_is_put_while_a_region_is_made_ready(tmp_path: Path) -> None:
    asked: list[Callable[[], None]] = []

    def later(job: Callable[..., Any], *args: Any) -> Deferred[Any]:
        done: Deferred[Any] = Deferred()
        asked.append(lambda: done.callback(job(*args)))
        return done

    spool = Spool(tmp_path / "spool", Clock(), later, TOKEN)
    for _ in range(2):
        spool.renew()
        assert not spool.put(said(1))
        asked.pop()()
        assert spool.put(said(1))


def test_a_file_that_cant_be_used_is_no_error(tmp_path: Path) -> None:
    kept = Kept(tmp_path / "nowhere" / "spool")
    for _ in range(2):
        kept.spool.renew()
        assert not kept.spool.put(said(1))
    kept.spool.clear()


def test_the_file_goes_with_the_server(kept: Kept) -> None:
    kept.spool.renew()
    kept.spool.put(said(1))
    kept.spool.stop()
    assert not kept.path.exists()
    assert not kept.spool.put(said(2))


def shorten(path: Path) -> None:
    os.truncate(path, 0)


def lengthen(path: Path) -> None:
    os.truncate(path, 0)
    os.truncate(path, REGIONS[-1] + REGION)


def replace(path: Path) -> None:
    path.unlink()
    path.write_bytes(b"mine")


SPOIL = pytest.mark.parametrize("spoil", [shorten, lengthen, replace, Path.unlink])


@SPOIL
def test_what_others_do_to_the_file_is_noticed(
    kept: Kept, spoil: Callable[[Path], None]
) -> None:
    kept.spool.renew()
    kept.spool.put(said(1))
    kept.spool.check()
    assert kept.spool.put(said(2)), "all is well"
    spoil(kept.path)
    kept.spool.check()
    assert not kept.spool.put(said(3))
    kept.spool.renew()
    assert kept.spool.put(said(3))
    assert kept.recovered() == said(3)


def test_a_file_that_is_cut_short_takes_nothing_more(kept: Kept) -> None:
    kept.spool.renew()
    assert kept.spool.put(said(1))
    shorten(kept.path)
    assert not kept.spool.put(said(2))
    kept.spool.clear()
    kept.spool.renew()
    assert kept.spool.put(said(2))


def test_a_record_from_before_is_not_taken_for_the_next(kept: Kept) -> None:
    for _ in range(2):
        kept.spool.renew()
        for number in (1, 2, 3):
            kept.spool.put(said(number))
        kept.spool.clear()
    # Of the same length as those before: these begin where the others did.
    kept.spool.put(said(7))
    assert kept.recovered() == said(7)


def test_nobody_else_may_read_it(kept: Kept) -> None:
    kept.spool.renew()
    assert kept.path.stat().st_mode & 0o777 == 0o600


@given(st.integers(0, 2 * PAGE), st.integers(1, 255), st.booleans())
@settings(max_examples=50, deadline=None)
def test_a_damaged_byte_costs_what_is_behind_it_and_invents_nothing(
    place: int, change: int, cut_off: bool
) -> None:
    with TemporaryDirectory() as where:
        kept = Kept(Path(where) / "spool")
        kept.spool.renew()
        for number in range(1, 30):
            kept.spool.put(said(number))
        whole = kept.recovered()
        data = bytearray(kept.path.read_bytes())
        place += REGIONS[0] - len(TOKEN)
        data[place] ^= change
        kept.path.write_bytes(data[:place] if cut_off else data)
        found = kept.recovered()
        assert found == whole[: len(found)]
