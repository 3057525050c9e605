"""A room of which nothing is left may be made anew."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest

from tests.histories import Make, ThreadBox, box, make, threads, with_spool
from twisted_chat.history import Retention

__all__ = ["box", "make", "threads"]


def emptied(threads: ThreadBox) -> list[tuple[str, int]]:
    """#a is left, and all that was said there goes; return what is found empty."""
    threads.retention = Retention(age=1.0)
    threads.restart()
    threads.say("#a", "one")
    threads.turn()
    threads.found(["#a"], "one")
    threads.history.close("#a")
    return purged(threads, threads.last_ids)


def purged(threads: ThreadBox, last_ids: dict[str, int]) -> list[tuple[str, int]]:
    done = threads.history.purge(threads.now + 100, last_ids)
    found: list[list[tuple[str, int]]] = []
    done.addCallback(found.append)
    while not found:  # on a busy machine the threads take their time
        threads.wait()
    return found[0]


def forget(threads: ThreadBox, room: str) -> None:
    threads.history.forget([room])
    del threads.last_ids[room]
    threads.rooms.clear()
    threads.settle()


def rooms_in_file(threads: ThreadBox) -> list[str]:
    rows = threads.database.read(
        lambda connection: connection.execute("SELECT key FROM rooms").fetchall()
    )
    return sorted(key for [key] in threads.result(rows))


def problems(threads: ThreadBox) -> list[str]:
    found: list[str] = threads.result(threads.database.run(_problems))
    return found


def _problems(connection: sqlite3.Connection) -> list[str]:
    # The check begins a transaction of its own, and this one is in one already.
    [[strays]] = connection.execute(
        "SELECT count(*) FROM messages WHERE room NOT IN (SELECT number FROM rooms)"
    )
    return ["strays"] * strays


def test_a_room_without_messages_is_forgotten_when_it_is_told_to(
    threads: ThreadBox,
) -> None:
    assert emptied(threads) == [("#a", 1)]
    assert rooms_in_file(threads) == ["#a"], "that it is empty is only known"
    forget(threads, "#a")
    threads.wait()
    assert rooms_in_file(threads) == []
    history = threads.history
    assert [*history._rooms, *history._rooms._by_name, *history._tails] == []
    assert threads.say("#A", "two").id == 1
    threads.turn()
    assert threads.found(["#a"], "two") == ["two"]
    threads.restart()
    assert threads.texts(threads.history.latest("#a", 10)) == ["two"]
    assert threads.last_ids == {"#a": 1}


def test_one_that_is_not_forgotten_goes_on_after_a_restart(threads: ThreadBox) -> None:
    emptied(threads)
    threads.restart()
    assert threads.last_ids == {"#a": 1}
    assert threads.say("#a", "two").id == 2


def test_a_room_spoken_in_meanwhile_is_not_found_empty(threads: ThreadBox) -> None:
    emptied(threads)
    done = threads.history.purge(threads.now, last_ids := dict(threads.last_ids))
    last_ids["#a"] = threads.say("#a", "two").id
    threads.wait()
    assert threads.result(done) == []
    threads.turn()
    assert threads.texts(threads.history.latest("#a", 10)) == ["two"]


def test_rooms_that_are_in_use_are_not_found_empty(threads: ThreadBox) -> None:
    emptied(threads)
    assert purged(threads, {}) == []


def test_what_is_left_of_a_forgotten_room_goes(make: Make) -> None:
    """Another node has kept less of it."""
    box = make()
    for number in range(30):
        box.say("#a", f"word {number}")
    box.say("#b", "word of b")
    box.turn()
    box.found(["#a"], "word")
    box.history.close("#a")
    box.history.forget(["#a", "#never"])
    del box.last_ids["#a"]
    assert box.texts(box.history.latest("#a", 10)) == []
    assert box.found(["#a", "#b"], "word") == ["word of b"]
    assert box.say("#a", "a new word").id == 1
    box.turn()
    box.history.close("#a")
    assert [m.text for m in box.history.open("#a").messages] == ["a new word"]
    assert box.texts(box.history.latest("#a", 10)) == ["a new word"]
    assert box.found(["#a"], "word") == ["a new word"]


def test_what_is_left_of_it_in_the_file_goes_in_pieces(threads: ThreadBox) -> None:
    for number in range(500):
        threads.say("#a", f"word {number}")
    threads.turn()
    threads.found(["#a"], "word")
    threads.history.close("#a")
    forget(threads, "#a")
    threads.restart()
    assert threads.last_ids == {}
    threads.say("#a", "a new word")
    threads.turn()
    threads.restart()
    assert threads.last_ids == {"#a": 1}
    assert len(rooms_in_file(threads)) == 2
    assert problems(threads) == []
    purged(threads, {})
    assert rooms_in_file(threads) == ["#a"]
    assert problems(threads) == []
    assert threads.texts(threads.history.latest("#a", 10)) == ["a new word"]
    count = threads.database.read(
        lambda connection: connection.execute(
            "SELECT count(*) FROM messages"
        ).fetchone()
    )
    assert threads.result(count) == (1,)


def test_a_room_that_was_forgotten_before_it_was_written(threads: ThreadBox) -> None:
    threads.say("#a", "one")
    assert threads.history.recorder.hold(lambda: None)
    threads.history.close("#a")
    forget(threads, "#a")
    threads.say("#a", "a new word")
    threads.wait()
    threads.settle()
    threads.restart()
    assert threads.texts(threads.history.latest("#a", 10)) == ["a new word"]
    assert threads.last_ids == {"#a": 1}


@pytest.mark.parametrize("committed", [False, True])
def test_a_room_is_forgotten_in_its_place_among_what_was_said(
    threads: ThreadBox, committed: bool
) -> None:
    with_spool(threads, "in the tables", "in the spool")
    threads.history.close("#Dev")
    threads.history.forget(["#dev"])
    threads.rooms.clear()
    threads.last_ids.clear()
    assert threads.say("#Dev", "a new word").id == 1
    threads.turn()
    assert rooms_in_file(threads) == ["#dev"], "no transaction of its own"
    spool = Path(f"{threads.path}-spool")
    before = spool.read_bytes()
    if committed:
        threads.wait()
        spool.write_bytes(before)
    threads.crash()
    assert rooms_in_file(threads) == ["#dev", "1"]
    assert threads.texts(threads.history.latest("#dev", 10)) == ["a new word"]
    assert threads.last_ids == {"#dev": 1}


def test_a_forgotten_room_stays_so_over_a_sudden_end(threads: ThreadBox) -> None:
    with_spool(threads, "in the tables", "in the spool")
    threads.history.close("#Dev")
    threads.history.forget(["#dev"])
    threads.turn()
    threads.crash()
    assert "#dev" not in rooms_in_file(threads)
    assert threads.last_ids == {}


def test_a_room_that_is_new_while_others_are_written(threads: ThreadBox) -> None:
    threads.say("#a", "one")
    assert threads.history.recorder.hold(lambda: None)
    threads.say("#b", "two")
    threads.history.close("#b")
    threads.wait()
    threads.settle()
    assert rooms_in_file(threads) == ["#a", "#b"]
    threads.restart()
    assert threads.last_ids == {"#a": 1, "#b": 1}


def test_a_room_that_is_not_written_yet_is_not_taken_for_a_new_one(
    threads: ThreadBox, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("twisted_chat.history.rooms.MAX_TAILS", 0)
    threads.say("#a", "one")
    threads.history.close("#a")
    assert not threads.history.open("#a").complete
    assert threads.history.open("#b").complete


def test_new_rooms_in_one_batch(threads: ThreadBox) -> None:
    for number in range(3):
        for room in ("#a", "#B", "#c"):
            threads.say(room, f"{room} {number}")
    threads.settle()
    assert rooms_in_file(threads) == ["#a", "#b", "#c"]
    assert not threads.history._rooms._new
    threads.say("#d", "of the next batch")
    threads.turn()
    threads.restart()
    assert threads.last_ids == {"#a": 3, "#b": 3, "#c": 3, "#d": 1}
    texts = threads.texts(threads.history.latest("#b", 10))
    assert texts == ["#B 0", "#B 1", "#B 2"]
