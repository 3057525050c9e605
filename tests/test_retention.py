"""Rooms of which nothing is left are forgotten, and only those."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from twisted.internet.defer import Deferred, fail
from twisted.internet.task import Clock
from twisted.internet.testing import MemoryReactorClock

from twisted_chat.history import History, MemoryHistory, Retention
from twisted_chat.hub import Hub, Settings, Stored, retention
from twisted_chat.hub.entries import Entry, ForgetRooms
from twisted_chat.log import Within
from twisted_chat.service import PURGE_MEMORY_EVERY, ChatService

from .histories import in_a_file, in_memory, with_history
from .later_log import Waited
from .support import PASSWORD, START, Client, World, member, refused

AGE = 100.0


Make = Callable[[Clock, Retention], History]


@pytest.fixture(params=[in_memory, in_a_file])
def world(request: pytest.FixtureRequest) -> World:
    world = World()
    make: Make = request.param
    return with_history(make(world.clock, Retention(age=AGE)), world)


def purge(hub: Hub) -> list[ForgetRooms]:
    """Purge; return what was proposed."""
    proposed: list[ForgetRooms] = []
    real = hub.log.propose

    class Heard(Waited[Entry]):
        at_once = True
        lag = 0.0
        full = False
        time = hub.log.time

        def propose(self, entry: Entry, within: Within | None = None) -> None:
            assert isinstance(entry, ForgetRooms)
            proposed.append(entry)
            real(entry, within)

    log, hub.log = hub.log, Heard()
    done = Deferred.fromCoroutine(retention.purge(hub))
    assert isinstance(hub.clock, Clock)
    for _ in range(20):
        hub.clock.advance(0.1)
    hub.log = log
    assert done.called
    return proposed


def said_in(client: Client, *rooms: str) -> None:
    """`client` says one message in each of `rooms`."""
    for room in rooms:
        client.send(f"JOIN {room}", "MSG hi", f"PART {room}")
    client.lines()


def next_id(client: Client, room: str) -> int:
    client.send(f"JOIN {room}", "MSG again")
    return client.world.room(room).last_id


def test_a_room_of_which_nothing_is_left_is_forgotten(world: World) -> None:
    alice = world.enter("alice")
    said_in(alice, "#A")
    assert world.hub.last_ids == {"#a": 1}
    world.advance(AGE + 1)
    assert purge(world.hub) == [ForgetRooms((("#a", 1),), 0)]
    assert world.hub.last_ids == {}
    assert purge(world.hub) == []
    assert next_id(alice, "#a") == 1
    alice.lines()
    assert len(alice.ask("HISTORY #a")) == 1


def test_one_of_which_something_is_left_is_not(world: World) -> None:
    alice = world.enter("alice")
    said_in(alice, "#a")
    world.advance(AGE - 1)
    assert purge(world.hub) == []
    assert next_id(alice, "#a") == 2


def test_nor_one_that_somebody_owns(world: World) -> None:
    alice = member(world, "alice")
    said_in(alice, "#a")
    world.advance(AGE + 1)
    assert purge(world.hub) == []
    world.hub.apply(ForgetRooms((("#a", 1),), 0), world.wall())
    assert next_id(alice, "#a") == 2


def test_nor_one_that_is_in_use(world: World) -> None:
    alice = world.enter("alice")
    alice.send("JOIN #a", "MSG hi")
    world.advance(AGE + 1)
    assert purge(world.hub) == []
    world.hub.apply(ForgetRooms((("#a", 1),), 0), world.wall())
    alice.send("PART #a")
    assert next_id(alice, "#a") == 2


def test_nor_one_in_which_something_was_said_since(world: World) -> None:
    alice = world.enter("alice")
    said_in(alice, "#a")
    said_in(alice, "#a")
    world.hub.apply(ForgetRooms((("#a", 1), ("#b", 7)), 0), world.wall())
    assert world.hub.last_ids == {"#a": 2}
    alice.send("JOIN #a")
    alice.lines()
    assert len(alice.ask("HISTORY #a")) == 2


def test_a_room_made_anew_is_not_forgotten_by_who_saw_the_one_before(
    world: World,
) -> None:
    """Two nodes see at once that it is empty; as much is said in the next one."""
    alice = world.enter("alice")
    said_in(alice, "#a")
    first = second = ForgetRooms((("#a", 1),), 0)
    world.hub.apply(first, world.wall())
    assert world.hub.last_ids == {}
    said_in(alice, "#a")
    world.hub.apply(second, world.wall())
    assert world.hub.last_ids == {"#a": 1}
    alice.send("JOIN #a")
    alice.lines()
    assert len(alice.ask("HISTORY #a")) == 1
    again = World()
    again.hub.restore(world.hub.snapshot())
    assert again.hub.forgotten == 1


def test_what_another_node_has_purged_is_not_shown_here(world: World) -> None:
    alice = world.enter("alice")
    said_in(alice, "#a")
    world.hub.apply(ForgetRooms((("#a", 1),), 0), world.wall())
    alice.send("JOIN #a")
    alice.lines()
    assert alice.ask("HISTORY #a") == ["* No messages of #a there"]


def test_who_is_not_let_in_changes_no_id(world: World) -> None:
    alice, bob = member(world, "alice", "#a"), world.enter("bob")
    alice.send("MSG hi", "ROOM key hush", "PART #a")
    assert refused(bob, "JOIN #a") == 475
    assert world.hub.last_ids == {"#a": 1}


def test_a_closed_room_that_has_lost_its_owner_stays_closed(world: World) -> None:
    alice, bob = member(world, "alice", "#a"), world.enter("bob")
    alice.send("MSG a secret", "ROOM lock")
    alice.send(f"UNREGISTER {PASSWORD}", "PART #a")
    world.advance(AGE + 1)
    assert purge(world.hub) == []
    for _ in range(2):
        assert refused(bob, "JOIN #a") == 473


def test_ids_go_on_after_a_restart() -> None:
    world = World()
    world.hub.load(Stored(last_ids={"#lobby": 3, "#a": 7}))
    assert world.room().last_id == 3
    assert next_id(world.enter("alice"), "#A") == 8
    assert world.hub.last_ids == {}


def test_a_snapshot_has_the_ids_of_closed_rooms(world: World) -> None:
    said_in(world.enter("alice"), "#b", "#a", "#a")
    again = World()
    again.hub.restore(world.hub.snapshot())
    assert again.hub.last_ids == {"#a": 2, "#b": 1}
    assert again.hub.snapshot() == world.hub.snapshot()


def test_many_are_forgotten_by_several_entries(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(retention, "MAX_FORGOTTEN", 2)
    alice = world.enter("alice")
    said_in(alice, *(f"#a{n}" for n in range(5)))
    world.advance(AGE + 1)
    assert [len(entry.rooms) for entry in purge(world.hub)] == [2, 2, 1]
    assert world.hub.last_ids == {}


def test_rooms_that_strangers_speak_in_are_bounded_in_memory() -> None:
    world = with_history(MemoryHistory(in_all=20), World())
    alice = world.enter("alice")
    for part in range(10):
        said_in(alice, *(f"#a{part}_{n}" for n in range(50)))
        purge(world.hub)
        history = world.hub.history
        assert isinstance(history, MemoryHistory)
        assert len(world.hub.last_ids) <= 40
        assert len(history._rooms) <= 41


# The server


class Reactor(MemoryReactorClock):
    """Without threads: nothing here needs one."""

    def callFromThread(self, call: Callable[..., object], *args: object) -> None:
        call(*args)


@pytest.fixture
def service() -> Iterator[ChatService]:
    """A server without a file, whose purge has found nothing yet."""
    reactor: Any = Reactor()
    service = ChatService(reactor, Settings(), (), lambda: START + reactor.seconds())
    service.startService()
    yield service
    service.stopService()
    reactor.pump([0.1] * 100)


def pass_time(service: ChatService) -> None:
    clock: Any = service.hub.clock
    clock.advance(PURGE_MEMORY_EVERY)


def test_a_server_without_a_file_forgets_by_itself(service: ChatService) -> None:
    service.hub.last_ids["#a"] = 7
    pass_time(service)
    assert service.hub.last_ids == {}


def test_a_purge_that_fails_is_tried_again(
    service: ChatService, monkeypatch: pytest.MonkeyPatch
) -> None:
    service.hub.last_ids["#a"] = 7
    with monkeypatch.context() as ill:
        ill.setattr(service.history, "purge", lambda *_: fail(ValueError("a bug")))
        pass_time(service)
    assert service.hub.last_ids == {"#a": 7}
    pass_time(service)
    assert service.hub.last_ids == {}
