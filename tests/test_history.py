"""What every history does, in memory or in SQLite, here or in threads."""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any, get_args

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from twisted.internet.defer import Deferred, gatherResults
from twisted.internet.task import Clock

from tests.histories import START, Box, Make, SqliteBox, ThreadBox, box, make, threads
from tests.loop import PATIENCE, Loop
from twisted_chat.events import Ban, ChatError, Said, SpeechKind
from twisted_chat.fair_queue import Requester
from twisted_chat.history import MemoryHistory, Retention, tables
from twisted_chat.history.base import LAST, SHOWN_AGAIN, Tail, Unheard
from twisted_chat.history.searching import MAX_SEARCHING
from twisted_chat.history.sqlite import IN_SNAPSHOTS, SqliteHistory
from twisted_chat.history.tables import pages
from twisted_chat.history.tables import words as word_index
from twisted_chat.names import mention_of
from twisted_chat.storage.accounts import Account
from twisted_chat.storage.accounts_sqlite import all_accounts
from twisted_chat.storage.database import (
    MEMORY,
    Database,
    DatabaseError,
    errors,
    open_file,
)
from twisted_chat.storage.moderation import AuditEntry, RoomRecord
from twisted_chat.storage.moderation_sqlite import (
    all_bans,
    all_rooms,
    last_audit_entries,
)
from twisted_chat.storage.spool import FRESH
from twisted_chat.storage.writes import (
    AddAuditEntry,
    DropRoom,
    PutAccount,
    PutBan,
    PutRoom,
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


# Search


def test_what_is_newer_is_counted_written_or_not(box: Box) -> None:
    for room in ("#a", "#b", "@1,2"):
        for text in ("one", "two", "three"):
            box.say(room, text)
    box.turn()
    box.wait()
    box.say("#A", "four")
    box.say("@1,2", "four")
    count = box.history.count
    wanted = {"#a": 1, "@1,2": 3, "#none": 0}
    found = box.result(count(wanted, Unheard(), 500))
    assert {key: n for key, n in found.items() if n} == {"#a": 3, "@1,2": 1}
    assert box.result(count({"#a": 0}, Unheard(), 2)) == {"#a": 2}
    assert not any(box.result(count({"#a": 0}, Unheard([], ["alice"]), 9)).values())
    assert not any(box.result(count({"#a": 0}, Unheard([0], []), 9)).values())


def test_names_are_found_in_what_is_newer(box: Box) -> None:
    for text in ("bob old", "hi Bob!", "nobody", "for bob_x"):
        box.say("#a", text)
        box.say("#b", f"{text} too")
    box.turn()
    box.wait()
    box.say("#a", "bob last")

    def found(after: dict[str, int], *words: str) -> list[str]:
        messages = box.result(box.history.naming(after, words))
        texts = [message.text for message in messages]
        return [t for t in texts if any(mention_of(word).search(t) for word in words)]

    assert found({"#a": 1}, "bob") == ["bob last", "hi Bob!"]
    assert found({"#a": 0, "#b": 3}, "bob_x") == ["for bob_x too", "for bob_x"]
    assert found({"#a": 9}, "bob") == []
    assert found({}, "bob") == []
    assert found({"#none": 0}, "bob", 'x" OR "y', "%", "_", "[]") == []


def test_private_conversations_have_a_retention_of_their_own(make: Make) -> None:
    box = make(Retention(private=10.0))
    for number in range(20):
        box.say("@1,2", f"private {number}")
        box.say("#a", f"public {number}")
    box.history.close("@1,2")
    box.turn()
    box.wait()

    def left_after(seconds: float) -> list[str]:
        done = box.history.purge(box.now + seconds, {})
        while not done.called:
            box.wait()
            box.texts(box.history.latest("#a", 1))
        texts: list[str] = box.texts(box.history.latest("@1,2", 99))
        return texts

    assert left_after(0) == [f"private {number}" for number in range(15, 20)]
    assert box.found(["@1,2"], "3") == []
    assert left_after(60) == []
    assert len(box.texts(box.history.latest("#a", 99))) == 20


def test_search_finds_whole_words_in_any_case(box: Box) -> None:
    for text in ("Hello world", "hello there", "othello", "well-known fact", "Été"):
        box.say("#lobby", text)
    box.turn()
    assert box.found(["#lobby"], "HELLO") == ["hello there", "Hello world"]
    assert box.found(["#lobby"], "world hello") == ["Hello world"]
    assert box.found(["#lobby"], "well-known") == ["well-known fact"]
    assert box.found(["#lobby"], "known-well") == []
    assert box.found(["#lobby"], "ete") == ["Été"]
    assert box.found(["#lobby"], "hel*") == ["hello there", "Hello world"]
    assert box.found(["#lobby"], "hel") == []


def test_search_stays_in_the_rooms_given(box: Box) -> None:
    box.say("#a", "secret one")
    box.say("#b", "secret two")
    box.say("#c", "secret three")
    box.turn()
    assert box.found(["#B", "#c", "#nowhere"], "secret") == [
        "secret three",
        "secret two",
    ]
    assert box.found([], "secret") == []


def test_search_sees_what_was_said_in_this_turn(box: Box) -> None:
    box.say("#a", "old news")
    box.turn()
    box.say("#a", "fresh news")
    assert box.found(["#a"], "news") == ["fresh news", "old news"]


def test_search_page_by_page(box: Box) -> None:
    for number in range(25):
        box.say("#a" if number % 2 else "#b", f"word {number}")
        if number % 5 == 0:
            box.turn()
    box.turn()
    pages, before, more = [], None, True
    while more:
        search = box.history.search(["#a", "#b"], "word", 10, before)
        found = box.result(search)
        pages.append([message.text for _, message in found.messages])
        before, more = found.messages[-1][0], found.more
        box.say("#a", "another word")
        box.turn()
    assert [len(page) for page in pages] == [10, 10, 5]
    assert [text for page in pages for text in page] == [
        f"word {n}" for n in range(24, -1, -1)
    ]


@pytest.mark.parametrize(
    "words",
    ['a"', 'a" OR text:b', "NEAR(a b)", "a AND", "-a", "(a", "text:a", "a*b", "^a"],
)
def test_search_has_no_syntax_to_break(box: Box, words: str) -> None:
    box.say("#a", "nothing of it")
    box.turn()
    assert box.found(["#a"], words) == []


@pytest.mark.parametrize("words", ["", "  ", "!?", "* *", "a b c d e f g h i j k"])
def test_search_needs_some_words_and_not_too_many(box: Box, words: str) -> None:
    with pytest.raises(ChatError) as caught:
        box.history.search(["#a"], words, 20)
    assert caught.value.code == 412


WORDS = ["ab", "abc", "ABC", "b", "Äb", "ab-c", "c"]


@settings(deadline=None, max_examples=60)
@given(
    texts=st.lists(st.lists(st.sampled_from(WORDS), min_size=1, max_size=3)),
    query=st.lists(st.sampled_from([*WORDS, "ab*", "ab-c*"]), min_size=1, max_size=2),
)
def test_both_stores_find_the_same(texts: list[list[str]], query: list[str]) -> None:
    found = []
    for kept in (Box(Retention()), SqliteBox(Retention())):
        for words in texts:
            kept.say("#a", " ".join(words))
        kept.turn()
        found.append(kept.found(["#a"], " ".join(query)))
    assert found[0] == found[1]


# Retention


def test_old_messages_go(make: Make) -> None:
    box = make(Retention(age=100.0))
    for number in range(10):
        box.say("#a", f"word {number}")
        box.turn()
        box.now += 29
    box.found(["#a"], "word")
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


# A restart


def test_all_is_there_after_a_restart(threads: ThreadBox) -> None:
    for number in range(30):
        threads.say("#Dev", f"word {number}")
        threads.turn()
    threads.restart()
    history = threads.history
    assert threads.last_ids == {"#dev": 30}
    assert len(threads.texts(history.latest("#dev", 100))) == 30
    tail = history.open("#dev")
    assert tail.complete
    assert [m.text for m in tail.messages] == [f"word {n}" for n in range(10, 30)]
    assert threads.say("#dev", "next").id == 31
    threads.turn()
    assert threads.found(["#dev"], "word next*") == []
    assert threads.found(["#dev"], "next") == ["next"]


@pytest.mark.parametrize("indexed", [True, False])
def test_the_latest_ids_are_with_the_rooms(threads: ThreadBox, indexed: bool) -> None:
    """They are known although the messages are not looked at, or are gone."""
    for room in ("#a", "#b", "@1,2", "#a"):
        threads.say(room, "word")
        threads.turn()
    if indexed:
        threads.wait()
        erased = "UPDATE messages SET id = -serial"
        threads.loop.result(threads.database.run(lambda c: c.execute(erased) and None))
    threads.restart()
    assert threads.last_ids == {"#a": 2, "#b": 1, "@1,2": 1}


def test_of_a_quiet_room_more_has_to_be_asked_for(
    threads: ThreadBox, monkeypatch: pytest.MonkeyPatch
) -> None:
    for room in ("#quiet", "#new", "#quiet", "#dev", "#dev", "#dev", "#new"):
        threads.say(room, "word")
        threads.turn()
    monkeypatch.setattr(pages, "LOOKED_AT", 5)
    threads.restart()
    tails = {room: threads.history.open(room) for room in ("#quiet", "#new", "#dev")}
    assert {room: len(tail.messages) for room, tail in tails.items()} == {
        "#quiet": 1,
        "#new": 1,
        "#dev": 3,
    }
    assert [tail.complete for tail in tails.values()] == [False, False, True]


def test_a_room_opened_before_loading_is_filled(threads: ThreadBox) -> None:
    threads.say("#lobby", "one")
    threads.turn()
    threads.close()
    threads.database = threads.make_database()
    history = SqliteHistory(threads.database, threads.clock, print)
    tail = history.open("#lobby")
    threads.database.load(history.load)
    assert [message.text for message in tail.messages] == ["one"]
    threads.history = history


# A sudden end


def with_spool(box: ThreadBox, *texts: str) -> None:
    """Say all of that; only the first reaches the tables."""
    for number, text in enumerate(texts):
        box.say("#New" if number % 3 == 2 else "#Dev", text)
        box.turn()
        box.loop.result(box.database.read(lambda connection: None))
    assert len(box.history.recorder.unwritten) == len(texts) - 1


def test_what_was_in_the_spool_is_there_after_a_crash(threads: ThreadBox) -> None:
    with_spool(threads, "one", "two", "three", "four", "five", "six")
    for _ in range(2):
        threads.crash()
        history = threads.history
        assert threads.texts(history.latest("#dev", 9)) == [
            "one",
            "two",
            "four",
            "five",
        ]
        assert threads.texts(history.latest("#new", 9)) == ["three", "six"]
        assert threads.last_ids == {"#dev": 4, "#new": 2}
        assert [m.text for m in history.open("#new").messages] == ["three", "six"]
        assert threads.found(["#new"], "six") == ["six"]
    assert threads.say("#dev", "seven").id == 5
    threads.turn()
    threads.restart()
    assert len(threads.texts(threads.history.latest("#dev", 9))) == 5


def test_a_crash_after_the_commit_doubles_nothing(threads: ThreadBox) -> None:
    with_spool(threads, "one", "two", "three")
    spool = Path(f"{threads.path}-spool")
    before = spool.read_bytes()
    threads.clock.advance(1)
    while threads.history.recorder.unwritten:
        threads.loop.result(threads.database.run(lambda connection: None))
    spool.write_bytes(before)
    threads.crash()
    assert threads.texts(threads.history.latest("#dev", 9)) == ["one", "two"]
    assert threads.texts(threads.history.latest("#new", 9)) == ["three"]


@pytest.mark.parametrize("committed", [False, True])
def test_what_is_decided_is_there_after_a_crash(
    threads: ThreadBox, committed: bool
) -> None:
    with_spool(threads, "one", "two")
    account = Account("alice", "hash", created=5.0, certificates=("aa",), number=5)
    entries = [AuditEntry(at, "root", "KICK", "", "bob", "") for at in (1.0, 2.0)]
    keep = threads.history.recorder.keep
    for write in (
        PutAccount(account),
        PutBan(Ban("ban", "", "bob", "root", "", 1.0, 0.0)),
        PutRoom(RoomRecord("#dev")),
        DropRoom("#DEV"),
        *map(AddAuditEntry, entries),
    ):
        keep(write)
    threads.turn()
    keep(PutAccount(account._replace(hash="new")))
    threads.turn()
    if committed:
        spool = Path(f"{threads.path}-spool")
        before = spool.read_bytes()
        threads.clock.advance(1)
        while not threads.history.recorder.idle:
            threads.loop.result(threads.database.run(lambda connection: None))
        spool.write_bytes(before)
    threads.crash()
    load = threads.database.load
    assert load(all_accounts) == [account._replace(hash="new")]
    assert [ban.mask for ban in load(all_bans)] == ["bob"]
    assert load(all_rooms) == []
    assert load(lambda c: last_audit_entries(c, 9, 0.0)) == entries


def test_a_stop_that_could_not_write_leaves_the_spool(
    threads: ThreadBox, monkeypatch: pytest.MonkeyPatch
) -> None:
    with_spool(threads, "one", "two", "three")

    def fail(*_: object) -> None:
        raise sqlite3.OperationalError("a disk that fails")

    with monkeypatch.context() as ill:
        ill.setattr(tables, "insert", fail)
        ill.setattr(errors, "_TROUBLES", {0: "fails"})
        threads.close()
    threads.history = threads.make()
    assert threads.texts(threads.history.latest("#dev", 9)) == ["one", "two"]
    assert threads.texts(threads.history.latest("#new", 9)) == ["three"]


def test_the_spool_of_another_database_is_left_out(threads: ThreadBox) -> None:
    with_spool(threads, "one", "two", "three")
    threads.loop.result(threads.database.close())
    ThreadBox.path = f"{threads.path}-other"
    Path(f"{threads.path}-spool").write_bytes(
        Path(threads.path.replace("-other", "-spool")).read_bytes()
    )
    threads.history = threads.make()
    assert threads.texts(threads.history.latest("#dev", 9)) == []


def test_a_spool_that_cant_be_read_is_one_line(tmp_path: Path) -> None:
    path = tmp_path / "chat.sqlite"
    Path(f"{path}-spool").mkdir()
    loop = Loop()
    database = Database(str(path), loop.call)
    database.open()
    history = SqliteHistory(database, Clock(), print)
    with pytest.raises(DatabaseError, match="sqlite-spool can't be opened"):
        database.load(history.load)
    loop.result(database.close())


# Between a commit and the news of it


def committed(box: ThreadBox, text: str) -> None:
    """Say that; it is written and indexed, and the history doesn't know yet."""
    box.say("#dev", text)
    assert box.history.recorder.hold(lambda: None)
    done = threading.Event()
    box.database.run(tables.index, 10)
    box.database.run(lambda _: done.set())
    assert done.wait(PATIENCE)
    assert box.history.recorder.unwritten


def test_what_is_committed_but_not_known_to_be_comes_once(threads: ThreadBox) -> None:
    threads.say("#dev", "word one")
    threads.turn()
    assert threads.found(["#dev"], "word") == ["word one"]
    threads.clock.advance(FRESH)
    committed(threads, "word two")
    found = threads.history.search(["#dev"], "word", 9)
    page = threads.history.latest("#dev", 9)
    around = threads.history.around("#dev", 2, 9)
    assert threads.texts(page) == ["word one", "word two"]
    assert threads.texts(around) == ["word one", "word two"]
    assert not threads.history.recorder.unwritten
    texts = [message.text for _, message in threads.result(found).messages]
    assert texts == ["word two", "word one"]


@pytest.mark.parametrize(
    ("read", "ask"),
    [
        ("between", lambda history: history.latest("#dev", 9)),
        ("id_at", lambda history: history.id_at("#dev", START + 2)),
        ("search", lambda history: history.search(["#dev"], "word", 9)),
    ],
)
def test_what_is_committed_after_the_tables_were_read_is_not_missed(
    threads: ThreadBox, monkeypatch: pytest.MonkeyPatch, read: str, ask: Any
) -> None:
    threads.say("#dev", "word one")
    threads.turn()
    assert threads.found(["#dev"], "word") == ["word one"]
    threads.wait()
    real, started, go = getattr(tables, read), threading.Event(), threading.Event()

    def slow(*args: Any) -> Any:
        found = real(*args)
        started.set()
        assert go.wait(PATIENCE)
        return found

    monkeypatch.setattr(tables, read, slow)
    threads.say("#dev", "word two")
    asked = ask(threads.history)
    assert started.wait(PATIENCE)
    threads.turn()
    assert threads.history.recorder.unwritten == []
    go.set()
    found = threads.result(asked)
    threads.wait()
    assert found == threads.result(ask(threads.history))


# Many who search


def test_who_searches_without_end_delays_others_by_one(threads: ThreadBox) -> None:
    threads.say("#dev", "a word")
    threads.turn()
    assert threads.found(["#dev"], "word") == ["a word"]
    go = threading.Event()
    threads.database.search(lambda _: go.wait(PATIENCE))
    done: list[str] = []
    refused: list[int] = []

    def ask(who: str) -> Deferred[Any]:
        search = threads.history.search(
            ["#dev"], "word", 9, requester=Requester((who,))
        )
        outcome: Deferred[Any] = search.addCallbacks(
            lambda found: done.append(who),
            lambda failure: refused.append(failure.value.code),
        )
        return outcome

    flood = [ask("flood") for _ in range(MAX_SEARCHING + 6)]
    one = ask("one")
    # One of the flood is searched for, and one had to make room.
    assert refused == [263] * 6
    assert threads.texts(threads.history.latest("#dev", 9)) == ["a word"]
    assert done == []
    go.set()
    threads.loop.result(one)
    assert done == ["flood", "one"]
    threads.loop.result(gatherResults(flood))
    assert len(done) == MAX_SEARCHING + 1


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


# Rooms of which nothing is left


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
    threads.turn()
    threads.wait()


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
    threads.turn()
    threads.wait()
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
    threads.turn()
    threads.wait()
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
    threads.turn()
    threads.wait()
    assert rooms_in_file(threads) == ["#a", "#b", "#c"]
    assert not threads.history._rooms._new
    threads.say("#d", "of the next batch")
    threads.turn()
    threads.restart()
    assert threads.last_ids == {"#a": 3, "#b": 3, "#c": 3, "#d": 1}
    texts = threads.texts(threads.history.latest("#b", 10))
    assert texts == ["#B 0", "#B 1", "#B 2"]


# A search that takes too long


def test_a_search_ends_in_time(
    threads: ThreadBox, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(300):
        threads.say("#a", f"word {number}")
    threads.turn()
    assert len(threads.found(["#a"], "word")) == 20
    with monkeypatch.context() as slow:
        slow.setattr(word_index, "SEARCH_TIME", -1.0)
        slow.setattr(word_index, "_STEPS", 1)
        with pytest.raises(ChatError) as caught:
            threads.found(["#a"], "word")
        assert caught.value.code == 400
        count = threads.database.search(
            lambda connection: connection.execute("SELECT 1").fetchone()
        )
        assert threads.result(count) == (1,), "no deadline is left behind"
    assert len(threads.found(["#a"], "word")) == 20


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
