"""Who is served when many wait."""

from __future__ import annotations

from typing import Any

from hypothesis import given
from hypothesis import strategies as st
from twisted.internet.defer import Deferred

from twisted_chat.events import ChatError
from twisted_chat.fair_queue import KEYS_KEPT, FairQueue, Requester


class Work:
    """What is asked of `FairQueue`, and done when a test says so."""

    def __init__(self, at_once: int = 1, most: int = 8) -> None:
        self.queue = FairQueue(at_once, most, "busy")
        self.begun: list[str] = []
        self.codes: dict[str, int] = {}
        self._running: list[Deferred[None]] = []

    def ask(self, name: str, *keys: str, lane: str = "", here: bool = True) -> None:
        def do() -> Deferred[None]:
            self.begun.append(name)
            self._running.append(Deferred())
            return self._running[-1]

        def failed(failure: Any) -> None:
            self.codes[name] = failure.trap(ChatError) and failure.value.code

        outcome = self.queue.submit(Requester(keys, lane, lambda: here), do)
        outcome.addErrback(failed)

    def finish(self, most: int = 1_000) -> list[str]:
        """Finish what is begun, and what follows; who was begun meanwhile."""
        before = len(self.begun)
        while self._running and most:
            most -= 1
            self._running.pop(0).callback(None)
        return self.begun[before:]


def test_so_many_at_once() -> None:
    work = Work(at_once=2)
    for name in "abcd":
        work.ask(name)
    assert work.begun == ["a", "b"]
    assert work.finish(1) == ["c"]
    assert work.finish() == ["d"]


def test_an_address_that_floods_waits_for_the_others() -> None:
    work = Work()
    for n in range(5):
        work.ask(f"flood{n}", "here", f"account{n}")
    work.ask("one", "there", "alice")
    work.ask("two", "elsewhere", "bob")
    assert work.finish()[:3] == ["one", "two", "flood1"]


def test_an_account_that_many_try_waits_for_the_others() -> None:
    work = Work()
    for n in range(5):
        work.ask(f"flood{n}", f"network{n}", "alice")
    work.ask("one", "there", "bob")
    assert work.finish()[:2] == ["one", "flood1"]


def test_lanes_are_served_in_turn() -> None:
    work = Work()
    for n in range(4):
        work.ask(f"a{n}", f"network{n}", lane="a")
    for n in range(2):
        work.ask(f"b{n}", f"other{n}", lane="b")
    assert work.finish() == ["b0", "a1", "b1", "a2", "a3"]


def test_past_the_bound_the_largest_crowd_loses_its_last() -> None:
    work = Work(most=4)
    work.ask("first", "here")
    for n in range(4):
        work.ask(f"flood{n}", "here")
    work.ask("one", "there")
    assert work.codes == {"flood3": 263}
    work.ask("again", "here")
    assert work.codes == {"flood3": 263, "again": 263}
    work.ask("other lane", "here", lane="b")
    assert work.finish() == ["other lane", "one", "flood0", "flood1", "flood2"]


def test_who_has_left_is_passed_over() -> None:
    work = Work()
    work.ask("first")
    work.ask("gone", here=False)
    work.ask("here")
    assert work.finish() == ["here"]
    assert work.codes == {"gone": 451}


def test_a_failure_is_the_outcome_and_the_next_begins() -> None:
    queue = FairQueue(1, 8, "busy")
    seen: list[Any] = []

    def broken() -> Deferred[None]:
        raise ValueError("broken")

    queue.submit(Requester(), broken).addErrback(lambda f: seen.append(f.type))
    queue.submit(Requester(), broken).addErrback(lambda f: seen.append(f.type))
    assert seen == [ValueError, ValueError]


def test_keys_are_not_kept_for_ever() -> None:
    work = Work()
    for n in range(KEYS_KEPT * 2):
        work.ask(str(n), f"network{n}")
        work.finish()
    assert len(work.queue._served) <= KEYS_KEPT
    assert not work.queue._lanes


@given(st.lists(st.tuples(st.sampled_from("abcde"), st.booleans()), max_size=80))
def test_all_that_is_asked_is_answered_once(asked: list[tuple[str, bool]]) -> None:
    work = Work(at_once=2, most=6)
    for n, (key, finish) in enumerate(asked):
        work.ask(str(n), key)
        if finish:
            work.finish(1)
    work.finish()
    assert sorted([*work.begun, *work.codes], key=int) == [*map(str, range(len(asked)))]
