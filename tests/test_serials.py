"""The next page of a search can be had from another node."""

from __future__ import annotations

import pytest
from twisted.internet.task import Clock

from twisted_chat.events import Said
from twisted_chat.history.serials import in_turn, positions
from twisted_chat.history.sqlite import SqliteHistory
from twisted_chat.storage.database import MEMORY, Database

from .loop import Loop

START = 1_700_000_000.0
TIMES = (0.0, 0.0, 0.0, 0.001, 0.0015, 2.0, 2.0)


def said(start: int = 1) -> list[Said]:
    return [
        Said("#lobby", "anna", f"word {id}", START + at, id, "message")
        for id, at in enumerate(TIMES, start)
    ]


class Node:
    """A history, as a node has it or, before it was one, a server that is alone."""

    def __init__(self, before: int) -> None:
        self.database = Database(MEMORY)
        for alone, count in ((True, before), (False, 0)):
            fail = None if alone else print
            self.clock = Clock()
            self.history = SqliteHistory(self.database, self.clock, print, fail=fail)
            self.database.load(self.history.load)
            for id in range(1, count + 1):
                message = Said("#old", "bob", "word", START - 9, id, "message")
                self.history.append(message)
            self.turn()

    def turn(self) -> None:
        self.history.recorder.hold(lambda: None)
        self.clock.advance(1)

    def search(self, before: int | None) -> list[tuple[int, Said]]:
        rooms = ("#lobby", "#old")
        found = self.history.search(rooms, "word", 2, before)
        result: list[tuple[int, Said]] = Loop().result(found).messages
        return result


@pytest.mark.parametrize("written", [0, 1, 4, 7])
def test_pages_of_two_nodes(written: int) -> None:
    nodes = [Node(before) for before in (0, 3)]
    messages = said()
    for number, node in enumerate(nodes):
        for message in messages[:written]:
            node.history.append(message)
            if number:
                node.turn()  # one by one, or all in one batch
        node.turn()
        for message in messages[written:]:
            node.history.append(message)
    found: list[Said] = []
    before: int | None = None
    for number in range(3):
        pages = [node.search(before) for node in nodes]
        assert pages[0] == pages[1]
        found += [message for _, message in pages[number % 2]]
        before = pages[number % 2][-1][0]
    assert found == messages[:0:-1]
    assert [each.text for _, each in nodes[1].search(before)] == ["word 1", "word"]


def test_they_fit_into_a_json_number_and_come_in_order() -> None:
    messages = said() * 1000
    found = positions(messages, 7)
    assert found == sorted(set(found))
    [far] = positions([said()[0]._replace(at=START + 200 * 366 * 86400)], 0)
    assert far < 2**53
    assert list(in_turn(messages[:3], 7)) == [8, 9, 10]


def test_a_clock_that_went_back_before_it_was_a_node() -> None:
    late = (round(START * 1000) + 5_000) << 10
    assert positions(said(), late) == [late + 1 + n for n in range(len(TIMES))]
