"""What every history does, in memory or in SQLite, here or in threads."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any, get_args

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from twisted.internet.task import Clock

from tests.histories import START, Box, Make, SqliteBox, ThreadBox, box, make, threads
from twisted_chat.events import Said, SpeechKind
from twisted_chat.history import MemoryHistory, Retention, tables
from twisted_chat.history.base import LAST
from twisted_chat.history.sqlite import IN_SNAPSHOTS, SqliteHistory
from twisted_chat.history.tails import SHOWN_AGAIN, Tail
from twisted_chat.storage.database import (
    MEMORY,
    Database,
    open_file,
)

__all__ = ["box", "make", "threads"]


# Pages


def test_an_empty_history(box: Box) -> None:
    history = box.history
    assert not history.open("#lobby").messages
    assert history.open("#lobby").complete
    assert box.texts(history.latest("#lobby", 10)) == []
    assert box.result(history.id_at("#lobby", 0.0)) == LAST
    assert box.found(["#lobby"], "hello") == []


@pytest.mark.parametrize("ended", [True, False], ids=["written", "unwritten"])
def test_pages(box: Box, ended: bool) -> None:
    for number in range(1, 11):
        box.say("#Lobby", str(number))
        box.say("#dev", f"dev {number}")
    if ended:
        box.turn()
    h = box.history
    assert box.texts(h.latest("#lobby", 3)) == ["8", "9", "10"]
    assert box.texts(h.latest("#LOBBY", 100)) == [str(n) for n in range(1, 11)]
    assert box.texts(h.before("#lobby", 5, 2)) == ["3", "4"]
    assert box.texts(h.before("#lobby", 1, 2)) == []
    assert box.texts(h.after("#lobby", 5, 2)) == ["6", "7"]
    assert box.texts(h.after("#lobby", 10, 2)) == []
    assert box.texts(h.around("#lobby", 5, 4)) == ["3", "4", "5", "6"]
    assert box.texts(h.around("#lobby", 1, 4)) == ["1", "2"]
    assert box.texts(h.between("#lobby", 2, 8, 3)) == ["3", "4", "5"]
    assert box.texts(h.between("#lobby", 2, 8, 3, newest=True)) == ["5", "6", "7"]
    assert box.texts(h.latest("#lobby", 0)) == []
    assert box.texts(h.latest("#nowhere", 5)) == []


def test_a_message_comes_back_as_it_was(box: Box) -> None:
    text = "日本語 \U0001f600 \"quoted\" 'n' \\ %s"
    said = [box.say("#lobby", text, kind) for kind in get_args(SpeechKind)]
    box.turn()
    back = box.result(box.history.latest("#lobby", 10))
    assert back == said
    assert [message.kind for message in back] == ["message", "action", "notice"]


def test_by_time(box: Box) -> None:
    said = [box.say("#lobby", str(number)) for number in range(5)]
    box.turn()
    for message in said:
        assert box.result(box.history.id_at("#lobby", message.at)) == message.id
        assert box.result(box.history.id_at("#lobby", message.at - 0.5)) == message.id
    assert box.result(box.history.id_at("#lobby", said[-1].at + 1)) == LAST


def test_by_time_where_messages_are_missing(tmp_path: Path) -> None:
    """As many may be, after trouble with the disk."""
    with closing(open_file(str(tmp_path / "chat.sqlite"))) as connection:
        ids = (1, 40, 41, 90)
        values = [
            v for id in ids for v in (id, 1, id, float(id), 0, "alice", "hello", 0, 0)
        ]
        tables.insert(connection, [(1, "#a", "#a", 0.0)], values)
        for at in range(95):
            wanted = next((id for id in ids if id >= at), None)
            assert tables.id_at(connection, 1, float(at)) == wanted


def test_a_closed_room_goes_on_where_it_was(box: Box) -> None:
    box.say("#dev", "one")
    box.turn()
    box.history.close("#dev")
    assert [message.text for message in box.history.open("#dev").messages] == ["one"]


Says = st.lists(
    st.tuples(st.sampled_from(["#a", "#b"]), st.sampled_from(["turn", "go on"])),
    max_size=30,
)
ASK = st.tuples(
    st.sampled_from(["#a", "#b", "#c"]),
    st.integers(-1, 20),
    st.integers(-1, 20),
    st.integers(0, 12),
    st.booleans(),
)


@settings(deadline=None, max_examples=60)
@given(says=Says, asks=st.lists(ASK, max_size=10))
def test_pages_are_those_of_lists(
    says: list[tuple[str, str]], asks: list[tuple[Any, ...]]
) -> None:
    for kept in (Box(Retention()), SqliteBox(Retention())):
        for number, (room, end) in enumerate(says):
            kept.say(room, str(number))
            if end == "turn":
                kept.turn()
        for room, low, high, n, newest in asks:
            inside = [m for m in kept.rooms.get(room, []) if low < m.id < high]
            wanted = inside[max(0, len(inside) - n) :] if newest else inside[:n]
            pages = kept.history.between(room, low, high, n, newest)
            assert kept.result(pages) == wanted


# Retention


def test_old_messages_go(make: Make) -> None:
    box = make(Retention(age=100.0))
    for number in range(10):
        box.say("#a", f"word {number}")
        box.settle()
        box.now += 29
    box.history.purge(box.now, {})
    box.wait()
    assert box.texts(box.history.latest("#a", 100)) == ["word 7", "word 8", "word 9"]
    assert box.found(["#a"], "word") == ["word 9", "word 8", "word 7"]
    assert box.history.open("#a").messages[0].text == "word 7"


def test_only_so_many_messages_of_a_room_are_kept(make: Make) -> None:
    box = make(Retention(messages=30))
    for number in range(500):
        box.say("#a", f"word {number}")
    for number in range(10):
        box.say("#b", f"word {number}")
    box.turn()
    box.found(["#a"], "word")
    for _ in range(3):
        box.history.purge(box.now, {})
        box.wait()
    assert len(box.texts(box.history.latest("#a", 1000))) == 30
    assert len(box.texts(box.history.latest("#b", 1000))) == 10
    assert box.found(["#a"], "469") == []
    assert box.found(["#a"], "470") == ["word 470"]


def test_ids_go_on_when_all_is_purged(threads: ThreadBox) -> None:
    threads.retention = Retention(age=1.0)
    threads.restart()
    threads.say("#a", "one")
    threads.turn()
    threads.found(["#a"], "one")
    threads.history.purge(threads.now + 100, {})
    threads.wait()
    threads.restart()
    assert threads.texts(threads.history.latest("#a", 10)) == []
    assert threads.say("#a", "two").id == 2
    threads.turn()
    assert threads.found(["#a"], "two") == ["two"]
    assert threads.found(["#a"], "one") == []


# In memory, bounded


def test_memory_is_bounded() -> None:
    history = MemoryHistory(per_room=50, in_all=200)
    for number in range(1000):
        room = f"#room{number % 40}"
        message = Said(room, "alice", "x", START + number, number)
        history.open(room).append(message)
        history.append(message)
        history.close(room)
    kept = sum(len(tail.messages) for tail, _ in history._rooms.values())
    assert kept <= 400
    assert len(history._said) == 200


# What newcomers are shown


def test_a_tail_forgets_what_is_too_old() -> None:
    tail = Tail()
    for number in range(5):
        tail.append(Said("#a", "alice", str(number), START + number, number + 1))
    tail.forget(START + 3)
    assert [message.text for message in tail.messages] == ["3", "4"]
    tail.forget(START + 9)
    tail.forget(START + 9)
    assert not tail.messages


@pytest.mark.parametrize("closed", [False, True])
def test_newcomers_are_not_shown_what_is_too_old(make: Make, closed: bool) -> None:
    box = make(Retention(age=100.0))
    for text in ("one", "two"):
        box.say("#a", text)
        box.turn()
        box.now += 60
    if closed:
        box.history.close("#a")
    box.history.purge(box.now, {})
    box.wait()
    assert [message.text for message in box.history.open("#a").messages] == ["two"]


@pytest.mark.parametrize(("fail", "most"), [(None, SHOWN_AGAIN), (print, IN_SNAPSHOTS)])
def test_a_node_hands_on_more_than_newcomers_are_shown(
    fail: Callable[[str], object] | None, most: int
) -> None:
    history = SqliteHistory(Database(MEMORY), Clock(), print, fail=fail)
    tail = history.open("#a")
    for id in range(1, 151):
        tail.append(Said("#a", "bob", f"{id}", START, id))
    [said] = history.tails()
    assert [message.id for message in said] == list(range(151 - most, 151))
