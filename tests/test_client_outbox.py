"""The client never lets more lines wait at the server than it tolerates."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from twisted_chat.client.outbox import Outbox

TOLERATED = 20


class Peer:
    """A server that answers when it is told to."""

    def __init__(self) -> None:
        self.outbox = Outbox(self.receive)
        self.waiting: list[str] = []
        self.taken: list[str] = []
        self.most = 0

    def receive(self, line: str) -> None:
        self.waiting.append(line)
        self.most = max(self.most, len(self.waiting))

    def take(self) -> None:
        line = self.waiting.pop(0)
        if line.startswith("PING "):
            assert self.outbox.pong(line.removeprefix("PING "))
        else:
            self.taken.append(line)


def test_few_lines_leave_at_once() -> None:
    peer = Peer()
    for number in range(5):
        peer.outbox.put(f"MSG {number}")
    assert peer.waiting == [f"MSG {number}" for number in range(5)]


@given(st.integers(0, 300), st.lists(st.integers(0, 30), max_size=50))
def test_many_lines_arrive_in_order_and_never_too_many_at_once(
    count: int, pauses: list[int]
) -> None:
    peer = Peer()
    done: list[bool] = []
    lines = [f"MSG {number}" for number in range(count)]
    for line in lines:
        peer.outbox.put(line)
        if pauses:
            for _ in range(min(pauses.pop(), len(peer.waiting))):
                peer.take()
    peer.outbox.when_taken(lambda: done.append(True))
    while peer.waiting:
        assert not done
        peer.take()
    assert peer.taken == lines
    assert peer.most <= TOLERATED - 2  # a QUIT and an NICK have room
    assert done == [True]


def test_it_is_done_only_when_the_server_has_taken_all() -> None:
    peer = Peer()
    done: list[bool] = []
    peer.outbox.put("MSG hi")
    peer.outbox.when_taken(lambda: done.append(True))
    peer.take()
    assert not done
    peer.take()
    assert done


def test_whoever_fills_it_is_told_to_wait_and_to_go_on() -> None:
    peer = Peer()
    room: list[bool] = []
    peer.outbox.on_room = lambda: room.append(True)
    for _ in range(200):
        peer.outbox.put("MSG more")
    assert peer.outbox.full
    while peer.outbox.full:
        assert not room
        peer.take()
    assert room


def test_a_pong_to_somebody_elses_ping_is_not_taken() -> None:
    peer = Peer()
    assert not peer.outbox.pong("mine")
    peer.outbox.put("MSG hi")
    peer.outbox.when_taken(lambda: None)
    assert not peer.outbox.pong("taken-2")
    assert peer.outbox.pong("taken-1")
