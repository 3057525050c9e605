"""What is deleted is gone: from the tables, the log, the spool and the index's file."""

from __future__ import annotations

import pytest

from tests.histories import ThreadBox, left, run_upkeep, say, threads
from twisted_chat.events import Marks
from twisted_chat.history import Retention
from twisted_chat.storage.changes import (
    Change,
    DeleteMessage,
    EditMessage,
    PutReaction,
)

__all__ = ["threads"]

SECRET = "xylophonequartz"


@pytest.mark.parametrize(
    "change",
    [DeleteMessage("#dev", 2, "root", 5.0), EditMessage("#dev", 2, "other", 5.0)],
)
@pytest.mark.parametrize("indexed", [True, False])
def test_no_byte_of_it_is_left(
    threads: ThreadBox, change: Change, indexed: bool
) -> None:
    say(threads, "one", f"the {SECRET} and {'more ' * 900}", "three")
    if indexed:
        assert threads.found(["#dev"], SECRET) != []
    assert left(threads, SECRET) != []
    threads.history.change(change)
    threads.turn()
    assert threads.found(["#dev"], SECRET) == []
    run_upkeep(threads)
    say(threads, "four")
    run_upkeep(threads)
    assert left(threads, SECRET) == []
    assert left(threads, "four") != []
    assert threads.found(["#dev"], SECRET) == []
    assert threads.found(["#dev"], "three") == ["three"]


def test_it_is_not_shown_before_it_is_written(threads: ThreadBox) -> None:
    say(threads, "one", SECRET)
    threads.history.change(DeleteMessage("#dev", 2, "root", 5.0))
    page = threads.history.latest("#dev", 5)
    assert threads.texts(page) == ["one", ""]
    assert threads.found(["#dev"], SECRET) == []


@pytest.mark.parametrize("written", [True, False])
def test_what_was_done_is_there_after_a_crash(
    threads: ThreadBox, written: bool
) -> None:
    say(threads, "one", "two")
    for change in (
        EditMessage("#dev", 1, "uno", 5.0),
        DeleteMessage("#dev", 2, "root", 6.0),
        PutReaction("#dev", 1, "+", 7, "bob", 7.0, 1),
    ):
        threads.history.change(change)
    threads.turn()
    if written:
        threads.wait()
    threads.crash()
    [one, two] = threads.result(threads.history.latest("#dev", 5))
    assert (one.text, one.marks.changed) == ("uno", 5.0)
    reactions = [tuple(each) for each in one.marks.reactions]
    assert reactions == [("+", 1, ("bob",), (7,), (7.0,))]
    assert (two.text, two.marks.deleted_by, two.marks.deleted_at) == ("", "root", 6.0)
    assert threads.found(["#dev"], "two") == []
    assert threads.found(["#dev"], "uno") == ["uno"]
    tail = threads.history.open("#dev")
    assert [message.text for message in tail.messages] == ["uno", ""]


def test_a_deleted_message_can_be_purged(threads: ThreadBox) -> None:
    """The index has to be told what it has, or it is damaged."""
    say(threads, *map(str, range(10)))
    for id in (2, 5):
        threads.history.change(DeleteMessage("#dev", id, "root", 5.0))
    threads.settle()
    threads.history.retain(Retention(messages=3))
    run_upkeep(threads)
    assert threads.texts(threads.history.latest("#dev", 20)) == ["7", "8", "9"]

    def check(connection: object) -> None:
        connection.execute("INSERT INTO words (words) VALUES ('integrity-check')")  # type: ignore[attr-defined]

    threads.loop.result(threads.database.run(check))


def test_what_others_have_deleted_meanwhile_is_so_in_the_file(
    threads: ThreadBox,
) -> None:
    """A node was away, and goes on from a snapshot."""
    say(threads, "one", SECRET, "three")
    one, two, three = threads.result(threads.history.latest("#dev", 5))
    edited = one._replace(text="uno", marks=Marks(changed=5.0))
    gone = two._replace(text="", marks=Marks(deleted_by="root", deleted_at=6.0))
    new = three._replace(text="four", id=4)
    threads.history.rejoining.adopt([[edited, gone, three, new]], {"#dev": 4}, {}, 0.0)
    threads.settle()
    threads.crash()
    page = threads.history.latest("#dev", 5)
    assert threads.texts(page) == ["uno", "", "three", "four"]
    run_upkeep(threads)
    assert left(threads, SECRET) == []
