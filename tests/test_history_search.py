"""What is found in a history, and what is newer than what somebody has read."""

from __future__ import annotations

import threading
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from twisted.internet.defer import Deferred, gatherResults

from tests.histories import Box, Make, SqliteBox, ThreadBox, box, make, threads
from tests.loop import PATIENCE
from twisted_chat.events import ChatError
from twisted_chat.fair_queue import Requester
from twisted_chat.history import Retention
from twisted_chat.history.base import Unheard
from twisted_chat.history.searching import MAX_SEARCHING
from twisted_chat.history.tables import words as word_index
from twisted_chat.names import mention_of

__all__ = ["box", "make", "threads"]


# Search


def test_what_is_newer_is_counted_written_or_not(box: Box) -> None:
    for room in ("#a", "#b", "@1,2"):
        for text in ("one", "two", "three"):
            box.say(room, text)
    box.settle()
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
    box.settle()
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
    box.settle()

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
