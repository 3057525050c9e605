"""What was said in a closed room without a registered owner is nowhere afterwards."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from tests.histories import Box, ThreadBox, box, make, threads
from twisted_chat.events import Said
from twisted_chat.history.fleeting import Fleeting
from twisted_chat.history.words import words_of

__all__ = ["box", "make", "threads"]

WORDS = "the plan is under the mat"


def mixed(box: Any) -> Any:
    """Messages 1, 3 and 6 of #dev are kept; something is said elsewhere."""
    box.say("#dev", "one mat")
    box.say("#dev", "two mat", fleeting=True)
    box.say("#lobby", "else mat")
    box.turn()
    box.say("#dev", "three mat")
    box.say("#dev", "four mat", fleeting=True)
    box.say("#dev", "five mat", fleeting=True)
    box.say("#dev", "six mat")
    return box.history


@pytest.mark.parametrize("written", [True, False])
def test_while_people_are_there_it_is_history(box: Box, written: bool) -> None:
    h = mixed(box)
    if written:
        box.settle()
    numbers = ["one", "two", "three", "four", "five", "six"]
    assert box.texts(h.latest("#dev", 9)) == [f"{n} mat" for n in numbers]
    assert box.texts(h.before("#DEV", 5, 2)) == ["three mat", "four mat"]
    assert box.texts(h.after("#dev", 1, 3)) == ["two mat", "three mat", "four mat"]
    for message in box.rooms["#dev"]:
        assert box.result(h.id_at("#dev", message.at)) == message.id
    found = box.found(["#dev"], "mat")
    assert sorted(found) == sorted(f"{n} mat" for n in numbers)
    assert box.found(["#lobby"], "mat") == ["else mat"]


def test_a_search_is_paged_through(box: Box) -> None:
    h = mixed(box)
    box.turn()
    seen: list[str] = []
    before = None
    for _ in range(6):
        page = box.result(h.search(["#dev"], "mat", 1, before=before))
        [(before, message)] = page.messages
        seen.append(message.text)
        assert page.more is (len(seen) < 6)
    assert len(set(seen)) == 6


def test_with_the_last_who_leaves_it_goes(box: Box) -> None:
    h = mixed(box)
    box.turn()
    h.close("#dev", {2, 4, 5})
    assert box.texts(h.latest("#dev", 9)) == ["one mat", "three mat", "six mat"]
    assert box.found(["#dev"], "mat") == ["six mat", "three mat", "one mat"]
    tail = h.open("#dev")
    assert not {m.id for m in tail.messages} & {2, 4, 5}
    assert tail.complete is ({m.id for m in tail.messages} == {1, 3, 6})
    h.close("#dev")


def test_an_owner_keeps_it(box: Any) -> None:
    box.say("#dev", "one mat", fleeting=True)
    box.history.keep_fleeting("#dev")
    box.say("#dev", "two mat")
    box.turn()
    box.history.close("#dev")
    assert box.texts(box.history.latest("#dev", 9)) == ["one mat", "two mat"]


def test_a_room_with_nothing_else_is_forgotten(box: Box) -> None:
    box.say("#dev", WORDS, fleeting=True)
    box.say("#lobby", "hello")
    box.history.close("#dev", {1})
    last_ids = {"#dev": 1}
    assert box.result(box.history.purge(box.now, last_ids)) == [("#dev", 1)]
    box.turn()


def test_it_is_in_no_file(threads: ThreadBox) -> None:
    mixed(threads)
    threads.turn()
    path = Path(threads.path)
    for end in ("", "-wal", "-spool"):
        file = Path(f"{path}{end}")
        data = file.read_bytes() if file.exists() else b""
        assert not any(word in data for word in (b"two mat", b"four mat", b"five mat"))
    threads.restart()
    h = threads.history
    assert threads.texts(h.latest("#dev", 9)) == ["one mat", "three mat", "six mat"]
    with closing(sqlite3.connect(path)) as connection:
        texts = [text for (text,) in connection.execute("SELECT text FROM messages")]
    assert sorted(texts) == ["else mat", "one mat", "six mat", "three mat"]


def test_memory_is_bounded() -> None:
    fleeting = Fleeting(in_all=1000)
    for id in range(1, 5000):
        room = f"#room{id % 7}" if id % 3 else "#busy"
        fleeting.append(Said(room, "alice", "mat", 0.0, id))
        assert fleeting._count == sum(map(len, fleeting._rooms.values())) <= 1000
    assert fleeting._count >= 500
    assert fleeting.messages("#busy")[-1].id == 4998
    before = len(fleeting.messages("#busy"))
    assert len(fleeting.drop("#busy")) == before
    assert fleeting.messages("#busy") == []
    [(_, newest)] = fleeting.search({"#room1"}, words_of("mat"), 1, 1 << 62)
    assert newest == fleeting.messages("#room1")[-1]
