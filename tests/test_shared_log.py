"""What a node of a shared log does, rule by rule, over a stream in memory."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import contextmanager
from random import Random
from typing import Any

import pytest
from twisted.internet.defer import Deferred, fail, succeed

from twisted_chat.log.lease import AGREEING
from twisted_chat.log.lineage import Forked, Left, Lineage, is_opener, missing
from twisted_chat.log.machine import NOWHERE, Place, Start, Starts
from twisted_chat.log.outbox import FULL
from twisted_chat.log.packed import MAX_MARK, Packed, unpack
from twisted_chat.log.replica import Broken, Missed
from twisted_chat.log.shared import SharedLog
from twisted_chat.log.state import Course, Interrupted, State
from twisted_chat.log.stream import (
    BEGINNING,
    LEASE,
    MAX_MEMBERS,
    Book,
    Fenced,
    Malformed,
    Position,
    Record,
    Report,
    Sealed,
)

from .simulation.clock import NodeClock, WorldClock
from .simulation.keeper import NUMBERS, Keeper
from .simulation.stream import Faults, SimStream
from .support import START
from .test_outcomes import no_bugs

FIRST = int(START) + 1
"""The generation of a log that one of these nodes begins."""


class Refused(Exception):  # noqa: N818
    pass


class Lost(Exception):  # noqa: N818
    def __init__(self, certain: bool) -> None:
        super().__init__(certain)
        self.certain = certain


class Words:
    """A machine whose state is the words that were applied; "no" is refused."""

    refusal: type[Exception] = Refused

    def __init__(self, name: str) -> None:
        self.name = name
        self.words: list[str] = []
        self.times: list[float] = []
        self.up: dict[int, str] = {}
        self.places: list[Place] = []
        self.restored: list[Position] = []
        self.own: list[str] = []
        self.remembered: dict[int, str] = {}
        self.starts: Starts = ()
        self.asks = False
        self.node = 0
        self.agreed: list[Position] = []
        self.rewound: list[tuple[Place, bool, str]] = []

    def encode(self, entries: Sequence[str]) -> bytes:
        if "unspeakable" in entries:
            raise ValueError
        return "\n".join(entries).encode()

    def decode(self, body: bytes) -> Sequence[str]:
        if body == b"gibberish":
            raise ValueError
        return body.decode().split("\n") if body else ()

    def nodes(self) -> Mapping[int, str]:
        return self.up

    def first(self, node: int) -> Sequence[str]:
        self.node = node
        return [f"up {node} {self.name}"]

    def gone(self, node: int) -> str:
        return f"gone {node}"

    def load(self) -> None:
        self.words = list(self.own)
        self.up = dict(self.remembered)

    def apply(self, entry: str, at: float) -> None:
        match entry.split():
            case ["no"]:
                raise Refused
            case ["bug"]:
                raise ZeroDivisionError
            case ["up", node, name]:
                self.up[int(node)] = name
            case ["gone", node]:
                self.up.pop(int(node), None)
            case _:
                self.words.append(entry)
                self.times.append(at)

    def take_snapshot(self) -> bytes:
        return repr((self.words, self.up)).encode()

    def restore(self, data: bytes, place: Place) -> None:
        self.words, self.up = eval(data)
        self.restored.append(place.position)

    def passed(self, place: Place) -> None:
        self.places.append(place)

    def check(self) -> str | None:
        return f"check {self.node}" if self.asks else None

    def was_asked(self) -> bool:
        return bool(self.words and self.words[-1] == f"check {self.node}")

    def agrees(self, position: Position) -> bool:
        return position in self.agreed

    def mark(self, position: Position) -> str:
        return mark(position)

    def began(self, starts: Starts) -> None:
        self.starts = list(starts)

    def rewind(self, place: Place, data: bytes | None, mark: str) -> Deferred[None]:
        self.rewound.append((place, data is not None, mark))
        return succeed(None)


def mark(position: Position) -> str:
    return f"mark of {position}"


class Node:
    """One node, what it was told, and its way to the keeper."""

    def __init__(
        self,
        world: World,
        name: str,
        snapshots: tuple[float, int] = (300.0, 50_000),
        later: float = 0.0,
    ) -> None:
        self.told: list[tuple[Any, ...]] = []
        self.clock = NodeClock(world.clock)
        self.faults = Faults()
        self.stream = SimStream(
            world.keeper, world.clock, self.clock, Random(1), self.faults
        )
        self.machine = Words(name)
        self.log: SharedLog[str] = SharedLog(
            self.stream,
            self.machine,
            self,
            self.clock,
            lambda: START + later,
            name,
            snapshots=snapshots,
        )
        self.membership = self.log._membership
        self.reader = self.membership._reader

    def away(self, since: float) -> None:
        self.told.append(("away", since))

    def back(self) -> None:
        self.told.append(("back",))

    def fenced(self, old: int, new: int) -> None:
        self.told.append(("fenced", old, new))

    def failed(self, reason: str) -> None:
        self.told.append(("failed", reason))

    def forked(self, position: Position) -> None:
        self.told.append(("forked", position))

    def lost(self, certain: bool) -> Exception:
        return Lost(certain)

    def too_much(self) -> Exception:
        return OverflowError()

    def is_in(self, state: State) -> bool:
        return self.log.state is state

    def say(self, word: str) -> list[object]:
        """What comes of it is put into the list."""
        return outcome(self.log.propose(word))


def outcome(call: Deferred[None]) -> list[object]:
    found: list[object] = []

    def failed(reason: Any) -> None:
        found.append(_why(reason.value))

    call.addCallbacks(lambda _: found.append("done"), failed)
    return found


def submit(log: SharedLog[str], word: str) -> list[object]:
    """As `Node.say`, for what nobody waits for: only a refusal is put into the list."""
    found: list[object] = []
    log.submit(word, lambda error: found.append(_why(error)))
    return found


def _why(error: BaseException) -> object:
    certain = getattr(error, "certain", None)
    return type(error) if certain is None else certain


class World:
    def __init__(self) -> None:
        self.clock = WorldClock()
        self.keeper = Keeper(self.clock)

    def node(self, name: str, kept: Place = NOWHERE, **settings: Any) -> Node:
        node = Node(self, name, **settings)
        node.log.start(kept).addErrback(lambda reason: None)
        return node

    def cluster(self, *names: str) -> list[Node]:
        nodes = [self.node(name) for name in names]
        self.clock.advance(10)
        assert [node.log.state for node in nodes] == [State.RUNNING] * len(nodes)
        return nodes

    def bodies(self) -> list[bytes]:
        return [record.body for record in self.keeper.data.records]


@pytest.fixture
def world() -> World:
    return World()


# Proposals


def test_what_is_proposed_in_a_turn_is_one_record(world: World) -> None:
    a, b = world.cluster("a", "b")
    before = len(world.bodies())
    a.say("one"), a.say("two")
    world.clock.advance(1)
    assert world.bodies()[before:] == [b"one\ntwo"]
    assert a.machine.words == b.machine.words == ["one", "two"]


def test_an_outcome_comes_when_it_is_applied_here(world: World) -> None:
    (a,) = world.cluster("a")
    seen: list[list[str]] = []
    a.log.propose("one").addCallback(lambda _: seen.append(list(a.machine.words)))
    a.say("two")
    refused = a.say("no")
    assert a.machine.words == []
    world.clock.advance(1)
    assert seen == [["one"]], "before the next one of the record"
    assert refused == [Refused]


def test_within_is_entered_around_the_own_entry_only(world: World) -> None:
    (a,) = world.cluster("a")
    inside: list[list[str]] = []

    @contextmanager
    def within() -> Any:
        inside.append(list(a.machine.words))
        yield
        inside.append(list(a.machine.words))

    a.say("one")
    a.log.propose("two", within())
    a.say("three")
    world.clock.advance(1)
    assert inside == [["one"], ["one", "two"]]


def test_batches_do_not_wait_for_each_other(world: World) -> None:
    (a,) = world.cluster("a")
    a.faults.slow = 1.0
    for word in ("one", "two", "three"):
        a.say(word)
        world.clock.advance(0.001)
    assert len(a.stream._open) >= 4, "three appends and a read"
    world.clock.advance(5)
    assert a.machine.words == ["one", "two", "three"]


def test_what_was_not_acknowledged_is_sent_again_and_there_once(world: World) -> None:
    (a,) = world.cluster("a")
    a.faults.lost = 1.0
    done = [a.say("one")]
    world.clock.advance(0.1)
    done.append(a.say("two"))
    world.clock.advance(4)
    assert a.is_in(State.AWAY)
    a.faults.lost = 0.0
    world.clock.advance(6)
    assert a.machine.words == ["one", "two"]
    assert done == [["done"], ["done"]]


def test_a_gap_is_filled_from_the_first_that_is_missing(world: World) -> None:
    (a,) = world.cluster("a")
    a.faults.lost = 1.0
    a.say("one")
    world.clock.advance(0.001)
    a.faults.lost = 0.0
    a.say("two")
    world.clock.advance(0.5)
    assert a.machine.words == ["one", "two"]


def test_only_so_much_waits(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    (a,) = world.cluster("a")
    a.faults.lost = 1.0
    outcomes = []
    for number in range(20):
        outcomes.append(a.say(f"{number}" + "x" * 2**19))
        world.clock.advance(0)
    assert a.log.full, "doors ask for no more"
    size = a.log._sender._outbox.size
    assert size < FULL + 2**20, "what is proposed now waits for room"
    monkeypatch.setattr("twisted_chat.log.outbox.MOST_LATER", 12)
    assert a.say("one more") == [OverflowError]
    a.faults.lost = 0.0
    world.clock.advance(20)
    assert not a.log.full
    assert outcomes == [["done"]] * 20
    assert [word.strip("x") for word in a.machine.words] == [f"{n}" for n in range(20)]


def test_what_cannot_be_encoded_fails_alone(world: World) -> None:
    (a,) = world.cluster("a")
    outcomes = [a.say(word) for word in ("one", "unspeakable", "x" * 2**21, "two")]
    world.clock.advance(1)
    assert outcomes == [["done"], [ValueError], [OverflowError], ["done"]]


# What nobody waits for


def test_of_what_nobody_waits_for_only_a_refusal_is_told(world: World) -> None:
    a, b = world.cluster("a", "b")
    words = ("one", "no", "two", "unspeakable", "x" * 2**21)
    told = [submit(a.log, word) for word in words]
    assert told == [[]] * len(words)
    world.clock.advance(1)
    assert told == [[], [Refused], [], [ValueError], [OverflowError]]
    assert a.machine.words == b.machine.words == ["one", "two"]


def test_of_what_is_lost_it_is_told_too(world: World) -> None:
    a, b = world.cluster("a", "b")
    a.faults.lost = 1.0
    told = [submit(a.log, "sent")]
    world.clock.advance(1)
    told.append(submit(a.log, "of this turn"))
    a.membership._end()
    told.append(submit(a.log, "after the end"))
    assert told == [[False], [False], [True]]
    told = [submit(b.log, word) for word in ("one", "bug", "two")]
    world.clock.advance(1)
    assert told == [[], [Broken], [Broken]]


def test_who_breaks_on_a_refusal_stops_nothing(world: World) -> None:
    (a,) = world.cluster("a")
    a.log.submit("no", lambda error: 1 / 0)
    done = a.say("one")
    with pytest.raises(AssertionError), no_bugs():
        world.clock.advance(1)
    assert done == ["done"]


@pytest.mark.parametrize("later", [0.0, 0.05])
def test_all_that_was_proposed_can_be_waited_for(world: World, later: float) -> None:
    (a,) = world.cluster("a")
    assert a.log.settled() is None
    seen: list[list[str]] = []

    def settle() -> None:
        settled = a.log.settled()
        assert settled is not None
        settled.addCallback(lambda _: seen.append(list(a.machine.words)))

    a.faults.slow = 1.0
    submit(a.log, "one")
    world.clock.advance(later)
    settle()
    submit(a.log, "two")
    settle()
    assert seen == []
    world.clock.advance(5)
    assert seen[0][:1] == ["one"]
    assert seen[1] == ["one", "two"]
    assert a.log.settled() is None


@pytest.mark.parametrize("sent", [False, True])
def test_what_comes_to_nothing_is_waited_for_no_longer(
    world: World, sent: bool
) -> None:
    (a,) = world.cluster("a")
    a.faults.lost = 1.0
    submit(a.log, "unspeakable" if not sent else "one")
    settled = a.log.settled()
    assert settled is not None
    world.clock.advance(0.1)
    assert settled.called is not sent
    a.log._sender.drop(certain=True)
    assert settled.called


# Reading


def test_time_is_the_records_and_goes_on(world: World) -> None:
    a, b = world.cluster("a", "b")
    a.say("one")
    world.clock.advance(1)
    head = world.keeper.data.head
    assert a.machine.times == b.machine.times == [head.ms / 1000]
    before = b.log.time()
    world.clock.advance(2)
    assert b.log.time() == pytest.approx(before + 2)
    assert b.log.time() == pytest.approx(START + world.clock.seconds(), abs=0.1)


def test_the_place_is_told_after_each_record(world: World) -> None:
    (a,) = world.cluster("a")
    a.say("one")
    world.clock.advance(1)
    assert a.machine.places[-1] == Place(FIRST, world.keeper.data.head)
    assert len(a.machine.places) == len(world.keeper.written)


def test_a_node_that_cannot_apply_stops_before_anything_is_shown(
    world: World,
) -> None:
    (a,) = world.cluster("a")
    hanging = a.say("bug")
    later = a.say("later")
    world.clock.advance(1)
    assert a.is_in(State.STOPPED)
    assert [kind for kind, _ in a.told] == ["failed"]
    assert "ZeroDivisionError" in a.told[0][1]
    assert a.machine.words == []
    assert len(hanging) == len(later) == 1, "nobody waits for ever"
    assert a.say("again") == [False], "and nobody is told to try again"


def test_a_node_that_does_not_understand_stops(world: World) -> None:
    a, b = world.cluster("a", "b")
    world.keeper._add(0, 0, b"gibberish")
    world.clock.advance(1)
    assert a.is_in(State.STOPPED)
    assert b.is_in(State.STOPPED)
    assert "isn't understood" in a.told[0][1]


def test_repeated_records_are_ignored_and_missed_ones_seen(world: World) -> None:
    (a,) = world.cluster("a")
    a.say("one")
    world.clock.advance(1)
    last = world.keeper.data.records[-1]
    a.log._replica.take(last)
    assert a.machine.words == ["one"]
    far = Position(last.position.ms + 1000, 0)
    later = Record(Position(far.ms + 1, 0), far, FIRST, 7, 1, b"two")
    with pytest.raises(Missed):
        a.log._replica.take(later)


def test_who_missed_records_goes_on_from_a_snapshot(world: World) -> None:
    a = world.node("a", snapshots=(20.0, 50_000))
    b = world.node("b")
    world.clock.advance(10)
    b.clock.paused = True
    for _ in range(30):
        a.say("word")
        world.clock.advance(1)
    assert world.keeper.data.snapshots.keys() - {BEGINNING}
    world.keeper.forget()
    a.say("last")
    world.clock.advance(0.5)
    b.clock.resume()
    world.clock.advance(5)
    assert b.machine.restored[-1] > b.machine.restored[0]
    assert b.machine.words == a.machine.words
    assert ("fenced", NUMBERS * FIRST + 2, b.log.node) in b.told


# Leases


def test_who_is_silent_is_expelled_and_comes_back_by_another_number(
    world: World,
) -> None:
    a, b = world.cluster("a", "b")
    old = b.log.node
    b.clock.paused = True
    world.clock.advance(LEASE + 4)
    assert list(a.machine.up.values()) == ["a"]
    pending = b.say("too late")
    b.clock.resume()
    world.clock.advance(3)
    kinds = [kind for kind, *_ in b.told]
    assert kinds == ["away", "back", "fenced"], "what is proposed meanwhile waits"
    assert b.told[-1] == ("fenced", old, b.log.node)
    assert b.log.node != old
    assert pending == [True], "certainly not in the log"
    assert "too late" not in a.machine.words
    assert set(a.machine.up) == {a.log.node, b.log.node}


def test_who_reads_its_own_end_enters_anew_at_once(world: World) -> None:
    a, b = world.cluster("a", "b")
    old = a.log.node
    renewals = len(a.stream.asked)
    pending = a.say("sent before")
    world.clock.advance(0.05)
    world.keeper.leave(FIRST, old, b"gone %d" % old)
    world.clock.advance(0.5)
    assert a.log.node > old
    assert len(a.stream.asked) - renewals <= 3, "no renewal told it"
    assert pending == ["done"]
    assert set(b.machine.up) == {a.log.node, b.log.node}


def test_who_is_fenced_reads_up_to_its_own_end_before_it_answers(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What it had proposed may be in the log, further than it has read."""
    _, b = world.cluster("a", "b")
    old, read = b.log.node, b.stream.read
    held: list[Deferred[list[Record]]] = []

    def hold(after: Position, most: int = 500) -> Deferred[list[Record]]:
        held.append(Deferred())
        return held[-1]

    monkeypatch.setattr(b.stream, "read", hold)
    world.clock.advance(2)
    pending = b.say("sent before")
    world.clock.advance(0.5)
    world.keeper.leave(FIRST, old, b"gone %d" % old)
    world.clock.advance(5)
    assert b.is_in(State.FENCED)
    assert pending == [], "it isn't known yet"
    monkeypatch.setattr(b.stream, "read", read)
    held[0].callback([])
    world.clock.advance(3)
    assert pending == ["done"]
    assert b.is_in(State.RUNNING)
    assert b.told[-1] == ("fenced", old, b.log.node)


def test_who_stood_still_renews_before_it_says_anything(world: World) -> None:
    (a,) = world.cluster("a")
    a.say("one")
    a.clock.paused = True  # before the turn has ended
    before = len(a.stream.asked)
    world.clock.advance(LEASE + 5)
    a.clock.resume()
    world.clock.advance(1)
    asked = [name for _, name in a.stream.asked[before:]]
    assert asked[:2] == ["renew", "append"]
    assert a.machine.words == ["one"]


def test_a_lease_is_renewed(world: World) -> None:
    a, b = world.cluster("a", "b")
    nodes = dict(a.machine.up)
    world.clock.advance(60)
    assert a.machine.up == nodes
    assert not a.told
    assert not b.told


def test_nothing_is_proposed_while_fenced(world: World) -> None:
    (a,) = world.cluster("a")
    a.faults.slow = 1.0
    a.log._course.go(State.FENCED)
    assert a.say("one") == [True]


# Away


def test_away_and_back(world: World) -> None:
    (a,) = world.cluster("a")
    world.keeper.up = False
    waiting = a.say("one")
    world.clock.advance(0.5)
    assert a.is_in(State.AWAY)
    assert a.told == [("away", pytest.approx(START + world.clock.seconds(), abs=0.6))]
    also = a.say("two")
    world.clock.advance(3)
    world.keeper.up = True
    world.clock.advance(6)
    assert a.told[1:] == [("back",)]
    assert waiting == also == ["done"]
    assert a.machine.words == ["one", "two"]


def test_tries_come_less_and_less_often(world: World) -> None:
    (a,) = world.cluster("a")
    world.keeper.up = False
    world.clock.advance(60)
    tries = [at for at, name in a.stream.asked if name == "renew"]
    assert len(tries) < 20
    assert tries[-1] - tries[-2] >= 5


# Lag


def test_a_node_that_reads_nothing_knows_how_long_it_lags(world: World) -> None:
    a, b = world.cluster("a", "b")
    world.clock.advance(60)
    b.reader.stop()
    world.clock.advance(60)
    assert b.log.lag == 0.0, "nothing has happened"
    a.say("one")
    world.clock.advance(15)
    assert a.log.lag == 0.0
    assert 10 < b.log.lag < 15.5
    b.reader.begin()
    world.clock.advance(2)
    assert b.log.lag == 0.0
    assert b.machine.words == ["one"]


def test_how_far_another_node_lags_is_told_by_its_own_word(world: World) -> None:
    a, b = world.cluster("a", "b")

    def lag() -> float:
        [member] = [each for each in world.keeper.book().members if each.name == "b"]
        return a.log.lag_of(member)

    world.clock.advance(3600)
    a.say("one")
    world.clock.advance(1)
    assert lag() == 0.0, "an idle hour is no lag"
    world.clock.advance(4)
    b.reader.stop()
    a.say("two")
    world.clock.advance(20)
    assert 10 < lag() < 20
    b.reader.begin()
    world.clock.advance(4)
    assert lag() == 0.0


def test_a_head_that_is_lost_is_no_lag(world: World) -> None:
    (a,) = world.cluster("a")
    now = world.clock.seconds()
    lost = a.log.place.position._replace(ms=a.log.place.position.ms + 10**6)
    a.log._lease._heads.append((now, lost))
    assert a.log.lag == pytest.approx(0.0)
    world.clock.advance(4)
    assert a.log.lag == 0.0


# Sealed


def test_a_new_generation_is_opened_by_the_furthest(world: World) -> None:
    a, b = world.cluster("a", "b")
    b.clock.paused = True
    a.say("one")
    world.clock.advance(0.5)
    world.keeper.up = False
    world.clock.advance(1)
    world.keeper.restart("all")
    world.clock.advance(5)
    assert a.is_in(State.SEALED), "it waits for the other one"
    b.clock.resume()
    world.clock.advance(10)
    assert world.keeper.data.generation > FIRST
    assert a.machine.words == b.machine.words == ["one"]
    assert [kind for kind, *_ in a.told] == ["away", "back"]
    assert a.machine.up == b.machine.up == {a.log.node: "a", b.log.node: "b"}


def test_a_restart_of_the_keeper_is_a_pause(world: World) -> None:
    a, b = world.cluster("a", "b")
    nodes = a.log.node, b.log.node
    a.say("before")
    world.clock.advance(1)
    world.keeper.up = False
    waiting = [a.say("one"), b.say("two")]
    world.clock.advance(1)
    for node in (a, b):
        node.stream.cut()
    world.keeper.restart("nothing")
    while world.keeper.sealed:
        world.clock.advance(0.1)
    world.clock.advance(0.5)
    assert world.keeper.data.generation > FIRST
    assert (a.log.node, b.log.node) == nodes
    assert [kind for kind, *_ in a.told + b.told] == ["away", "back"] * 2
    assert waiting == [["done"], ["done"]]
    assert sorted(a.machine.words) == ["before", "one", "two"]
    assert a.machine.words == b.machine.words
    world.clock.advance(20)
    assert a.machine.up == b.machine.up == {nodes[0]: "a", nodes[1]: "b"}


def test_what_is_proposed_while_the_log_is_sealed_waits(world: World) -> None:
    a, b = world.cluster("a", "b")
    b.clock.paused = True
    world.keeper.restart("all")
    world.clock.advance(4)
    assert a.is_in(State.SEALED)
    assert a.log.live
    assert a.told == [("away", pytest.approx(START + world.clock.seconds(), abs=4))]
    waiting = [a.say("x" * 2**19)]
    for _ in range(20):
        waiting.append(a.say("x" * 2**19))
        world.clock.advance(0)
    assert waiting == [[]] * 21
    b.clock.resume()
    world.clock.advance(10)
    assert waiting == [["done"]] * 21
    assert len(b.machine.words) == 21


def test_who_finds_a_busy_log_open_again_goes_on_at_once(world: World) -> None:
    """There is always something to read in it."""
    a, b = world.cluster("a", "b")
    old = b.log.node
    b.log._course.go(State.SEALED)
    for _ in range(40):
        a.say("word")
        world.clock.advance(0.02)
    assert b.is_in(State.RUNNING)
    assert b.log.node == old


def test_who_finds_a_log_sealed_that_is_opened_and_busy_goes_on(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It looks again while it reads what there is, of which there is always more."""
    a, b = world.cluster("a", "b")
    old, look = b.log.node, b.stream.look

    def sealed_once() -> Deferred[Book]:
        monkeypatch.setattr(b.stream, "look", look)
        return fail(Sealed())

    monkeypatch.setattr(b.stream, "look", sealed_once)
    b.log._course.go(State.SEALED)
    for _ in range(150):
        a.say("word")
        world.clock.advance(0.02)
    assert b.is_in(State.RUNNING)
    assert b.log.node == old


def test_who_is_answered_again_does_not_wait_for_its_next_try(world: World) -> None:
    a, _ = world.cluster("a", "b")
    world.keeper.up = False
    world.clock.advance(40)
    tries = len(a.stream.asked)
    while len(a.stream.asked) == tries:
        world.clock.advance(0.1)
    world.clock.advance(0.1)
    world.keeper.up = True
    world.clock.advance(2)
    assert a.is_in(State.RUNNING)


def test_who_was_not_live_before_a_seal_takes_nothing_in_it(world: World) -> None:
    a, b = world.cluster("a", "b")
    old = a.log.node
    b.clock.paused = True
    a.faults.lost = 1.0
    a.log._course.go(State.FENCED)
    world.keeper.restart("nothing")
    a.faults.lost = 0.0
    world.clock.advance(6)
    assert a.is_in(State.SEALED)
    assert a.say("one") == [True]
    b.clock.resume()
    world.clock.advance(8)
    assert a.told[-1] == ("fenced", old, a.log.node)
    assert list(b.machine.up.values()) == ["b", "a"]


def test_what_was_acknowledged_and_is_lost_is_sent_again(world: World) -> None:
    a, b = world.cluster("a", "b")
    nodes = a.log.node, b.log.node
    for node in (a, b):
        node.reader.stop()
    world.keeper.save()
    waiting = a.say("one")
    world.clock.advance(0.5)
    assert world.bodies()[-1] == b"one"
    world.keeper.restart("tail")
    for node in (a, b):
        node.reader.begin()
    world.clock.advance(8)
    assert (a.log.node, b.log.node) == nodes
    assert waiting == ["done"]
    assert a.machine.words == b.machine.words == ["one"]


def test_who_is_behind_what_is_lost_lives_anew(world: World) -> None:
    a, b = world.cluster("a", "b")
    old = a.log.node, b.log.node
    b.reader.stop()
    world.keeper.save()
    seen = b.say("seen")
    world.clock.advance(0.5)
    assert a.machine.words == ["seen"]
    world.keeper.up = False
    unseen = b.say("unseen")
    world.clock.advance(0.5)
    world.keeper.restart("tail")
    b.reader.begin()
    world.clock.advance(8)
    assert a.log.node == old[0]
    assert b.told[-1] == ("fenced", old[1], b.log.node)
    assert seen == [False], "what came of it is not among what can be read"
    assert unseen == [True]
    assert a.machine.words == b.machine.words == ["seen"]
    assert set(a.machine.up) == {a.log.node, b.log.node}


def test_a_snapshot_says_where_each_node_goes_on(world: World) -> None:
    x = world.node("x", snapshots=(10.0, 50_000))
    world.clock.advance(10)
    x.say("one")
    world.clock.advance(15)
    assert len(world.keeper.data.snapshots) > 1
    a = world.node("a", x.log.place)
    world.clock.advance(3)
    old = x.log.node, a.log.node
    world.keeper.restart("nothing")
    x.clock.paused = True
    world.clock.advance(1)
    x.clock.resume()
    world.clock.advance(5)
    said = x.say("two")
    world.clock.advance(1)
    assert world.keeper.waited_for[-1] == {"a", "x"}
    assert said == ["done"]
    assert (x.log.node, a.log.node) == old


def test_who_does_not_come_back_is_expelled_in_time(world: World) -> None:
    a, b = world.cluster("a", "b")
    old = b.log.node
    world.keeper.restart("nothing")
    while world.keeper.sealed:
        world.clock.advance(0.1)
    b.clock.paused = True
    world.clock.advance(LEASE - 1)
    assert set(a.machine.up) == {a.log.node, old}
    world.clock.advance(5)
    assert set(a.machine.up) == {a.log.node}
    b.clock.resume()
    world.clock.advance(5)
    assert b.told[-1] == ("fenced", old, b.log.node)


def test_who_left_is_not_counted_any_more(world: World) -> None:
    a, b = world.cluster("a", "b")
    assert a.log._replica.sequence(b.log.node) == 1
    b.log.stop()
    world.clock.advance(1)
    assert a.log._replica.sequence(b.log.node) is None
    assert a.log._replica.sequence(a.log.node) == 1


def test_who_was_up_before_a_generation_is_waited_for_in_the_next(
    world: World,
) -> None:
    """As long as it is about to come back: it may have read more than this node."""
    a, b = world.cluster("a", "b")
    world.keeper.restart("nothing")
    b.clock.paused = True
    world.clock.advance(LEASE)
    assert a.log._replica.names() == {"a", "b"}
    assert world.keeper.data.generation == FIRST
    b.clock.resume()
    world.clock.advance(5)
    assert world.keeper.data.generation > FIRST
    b.clock.paused = True
    world.clock.advance(LEASE + 5)
    assert list(a.machine.up.values()) == ["a"]
    world.clock.advance(40)
    a.say("on")
    world.clock.advance(1)
    assert a.log._replica.names() == {"a"}


def test_the_operator_opens_it_and_who_was_further_goes_back(world: World) -> None:
    a, b = world.cluster("a", "b")
    number = a.log.node
    b.clock.paused = True
    b.faults.lost = 1.0
    before = a.log.place.position
    world.keeper._add(0, 0, b"one")  # not by a: its own would leave a gap
    world.clock.advance(0.5)
    waiting = a.say("two")
    a.clock.paused = True
    world.keeper.restart("all")
    b.faults.lost = 0.0
    b.clock.resume()
    world.clock.advance(5)
    assert b.is_in(State.SEALED)
    b.log.force_open()
    world.clock.advance(5)
    assert b.is_in(State.RUNNING)
    b.log.force_open()
    assert not b.membership._recovery._forced, "that was for once"
    a.reader.stop()
    a.clock.resume()
    world.clock.advance(2)
    assert b.machine.words == [], "nothing is sent before that is known"
    a.reader.begin()
    assert a.machine.words == ["one"]
    world.clock.advance(5)
    assert a.is_in(State.RUNNING)
    assert a.machine.rewound == [(Place(FIRST, before), True, mark(before))]
    assert a.machine.restored[-1] == before
    assert a.machine.words == b.machine.words == []
    assert waiting == [True], "it isn't in the log"
    assert a.told[-1] == ("fenced", number, a.log.node)
    assert set(a.machine.up.values()) == {"a", "b"}


@pytest.mark.parametrize("error", [Fenced(), Sealed()])
def test_nothing_leads_elsewhere_before_a_node_has_gone_back(
    world: World, error: Exception
) -> None:
    """Else it would wait for what it doesn't read any more."""
    (a,) = world.cluster("a")
    a.log._course.go(State.ASTRAY)
    a.membership.trouble(error)
    assert a.is_in(State.ASTRAY)
    world.clock.advance(5)
    assert a.is_in(State.RUNNING)


def test_a_store_that_the_log_left_aside_goes_back(world: World) -> None:
    """A node that was killed comes up with more than what the log went on from."""
    a, b = world.cluster("a", "b")
    before = a.log.place.position
    world.keeper._add(0, 0, b"one")
    world.clock.advance(0.5)
    kept = a.log.place
    a.clock.dead = b.clock.dead = True
    world.keeper.restart("all")
    c = world.node("c", Place(FIRST, before))
    world.clock.advance(1)
    c.log.force_open()
    world.clock.advance(5)
    assert c.is_in(State.RUNNING)
    again = world.node("a", kept)
    world.clock.advance(3)
    assert again.is_in(State.RUNNING)
    opened = kept._replace(position=Position(before.ms, before.seq + 1))
    assert again.machine.rewound == [(opened, True, mark(before))]
    assert again.machine.words == []


@pytest.mark.parametrize("from_store", [False, True])
def test_what_was_so_at_a_fork_is_told_without_a_snapshot_of_it(
    world: World, from_store: bool
) -> None:
    """By all that leads on from there: what a node has in hand, and what it keeps.

    :param from_store: the log is lost once more, and so is who opened it.
    """
    a, b = world.cluster("a", "b")
    before = a.log.place.position
    b.clock.dead = True
    world.keeper._add(0, 0, b"one")
    world.clock.advance(0.5)
    kept = a.log.place
    a.clock.dead = True
    world.keeper.restart("all")
    c = world.node("c", Place(FIRST, before), snapshots=(5.0, 50_000))
    world.clock.advance(1)
    c.log.force_open()
    world.clock.advance(10)
    if from_store:
        c.clock.dead = True
        world.keeper.restart("all")
        Node(world, "c").log.start(c.log.place, c.machine.starts)
        world.clock.advance(8)
    for position in sorted(world.keeper.data.snapshots)[:-1]:
        del world.keeper.data.snapshots[position]
    again = world.node("a", kept)
    world.clock.advance(3)
    opened = kept._replace(position=Position(before.ms, before.seq + 1))
    assert again.machine.rewound == [(opened, False, mark(before))]


def test_who_learns_that_it_is_astray_while_the_log_is_sealed_goes_back(
    world: World,
) -> None:
    """Whatever it had asked for before it knew."""
    (a,) = world.cluster("a")
    world.keeper.restart("nothing")
    while not a.is_in(State.SEALED):
        world.clock.advance(0.001)
    assert a.stream._open, "it is asking whether the log is open by now"
    a.membership.trouble(Left(a.log.place.position))
    world.clock.advance(5)
    assert a.is_in(State.RUNNING)


def test_what_fails_once_the_state_has_changed_leads_nowhere() -> None:
    course, asked = Course(WorldClock(), "a"), [Deferred[None]() for _ in range(2)]
    course.go(State.STARTING)
    first = outcome(Deferred.fromCoroutine(course.ask(asked[0])))
    asked[0].errback(Sealed())
    second = outcome(Deferred.fromCoroutine(course.ask(asked[1])))
    course.go(State.SEALED)
    asked[1].errback(Sealed())
    assert (first, second) == ([Sealed], [Interrupted])


def test_what_only_a_missing_node_may_have_shown_is_in_doubt(world: World) -> None:
    """Also for who has missed the opening, and went on from its snapshot."""
    x, y, z = world.cluster("x", "y", "z")
    y.reader.stop()
    world.keeper._add(0, 0, b"more")
    world.clock.advance(0.5)
    z.reader.stop()
    said = y.say("said")
    world.clock.advance(0.5)
    assert x.machine.words == ["more", "said"]
    x.clock.dead = True
    world.keeper.restart("all")
    for node in (y, z):
        node.reader.begin()
    world.clock.advance(5)
    assert said == []
    z.log.force_open()
    world.clock.advance(5)
    assert y.is_in(State.RUNNING)
    assert y.machine.restored, "it was behind"
    assert said == [False], "x proposes it again when it is back"


def test_who_came_in_past_what_a_node_has_read_is_waited_for(world: World) -> None:
    """It may have read what that node said, and nobody has read of it."""
    (b,) = world.cluster("b")
    b.reader.stop()
    c = world.node("c")
    world.clock.advance(5)
    assert c.is_in(State.RUNNING)
    assert set(b.machine.up.values()) == {"b"}
    assert b.log._replica.names() == {"b", "c"}
    c.clock.paused = True
    world.keeper.restart("all")
    b.reader.begin()
    world.clock.advance(5)
    assert b.log.missing == {"c"}
    c.clock.resume()
    world.clock.advance(5)
    assert b.is_in(State.RUNNING)


def test_a_new_log_begins_with_what_the_node_has(world: World) -> None:
    node = Node(world, "a")
    node.machine.own = ["kept"]
    node.log.start()
    world.clock.advance(0.9)
    assert node.is_in(State.SEALED), "another one may be about to begin it"
    world.clock.advance(0.6)
    assert node.is_in(State.RUNNING)
    other = world.node("b")
    world.clock.advance(3)
    assert other.machine.words == ["kept"]


def test_nodes_that_start_together_begin_one_log(world: World) -> None:
    b = world.node("b")
    world.clock.advance(0.5)
    a = world.node("a")
    world.clock.advance(3)
    assert a.is_in(State.RUNNING)
    assert b.is_in(State.RUNNING)
    assert world.keeper.waited_for == [{"a", "b"}]
    assert a.machine.up == b.machine.up


def test_who_finds_a_log_sealed_waits_longer_for_who_knows_more(world: World) -> None:
    """Nobody is up in it, and this node was never in; others may have it in a store."""
    (a,) = world.cluster("a")
    a.say("one")
    a.log.stop()
    world.clock.advance(1)
    world.keeper.restart("nothing")
    b = world.node("b")
    world.clock.advance(4.5)
    assert b.is_in(State.SEALED)
    world.clock.advance(4)
    assert b.is_in(State.RUNNING)
    assert b.machine.words == ["one"]


def test_a_log_that_was_begun_anew_is_no_continuation(world: World) -> None:
    """A node that knew nothing began it, while the log was lost and the others slow."""
    (a,) = world.cluster("a")
    a.say("one")
    world.clock.advance(0.5)
    a.clock.paused = True
    world.keeper.restart("all")
    fresh = Node(world, "b", later=5.0)
    fresh.log.start()
    world.clock.advance(8)
    assert fresh.is_in(State.RUNNING)
    a.clock.resume()
    world.clock.advance(5)
    assert a.told[-1] == ("forked", BEGINNING)


def test_who_starts_alone_from_its_store_opens_a_little_later(world: World) -> None:
    """Another one at the same position may have more: all begin from the snapshot."""
    kept = Place(3, Position(1_700_000_000_000, 4))
    node = Node(world, "a")
    node.machine.remembered = {7: "a"}
    node.log.start(kept)
    world.clock.advance(8)
    assert node.is_in(State.RUNNING)
    assert world.bodies()[0] == b"gone 7", "by what only a store has nobody is up"
    assert list(world.keeper.data.epochs) == [node.log.node]
    assert world.keeper.data.generation == FIRST, "no other one had that number"
    assert world.keeper.data.records[0].previous == Position(1_700_000_000_000, 5)


def test_who_starts_from_its_store_knows_which_generations_led_there(
    world: World,
) -> None:
    """So whoever an earlier one left aside notices, in a log begun from there."""
    at = [Position(1_700_000_000_000 + n, 0) for n in range(3)]
    node, starts = Node(world, "a"), [Start(2, at[0], "marked"), Start(3, at[1])]
    node.log.start(Place(3, at[2]), [*starts, Start(4, Position(at[2].ms + 9, 0))])
    world.clock.advance(8)
    assert node.is_in(State.RUNNING)
    assert list(node.machine.starts)[:2] == starts, "what began later was left aside"
    assert len(node.machine.starts) == 3
    for found in world.keeper.data.snapshots.values():
        assert unpack(found).lineage.starts == tuple(node.machine.starts)


def test_a_store_that_is_past_the_log_has_forked(world: World) -> None:
    world.cluster("a")
    head = world.keeper.data.head
    later = Place(FIRST, Position(head.ms + 10_000, 0))
    b = world.node("b", later)
    world.clock.advance(1)
    assert b.told == [("forked", head)]
    foreign = world.node("c", Place(FIRST + 7, BEGINNING))
    world.clock.advance(1)
    assert foreign.is_in(State.STOPPED)


# Snapshots, starting, stopping


def test_the_lowest_number_keeps_snapshots_and_the_log_short(world: World) -> None:
    a = world.node("a", snapshots=(1e9, 5))
    world.clock.advance(10)
    b = world.node("b", snapshots=(1e9, 5))
    world.clock.advance(10)
    for _ in range(60):
        b.say("word")
        world.clock.advance(1)
    assert a.log.node < b.log.node
    assert b.log._replica.count > 5, "not its business"
    assert len(world.keeper.data.records) < 40
    assert len(world.keeper.data.snapshots) == 3


@pytest.mark.parametrize("talk", [0, 7])
@pytest.mark.parametrize("names", ["a", "ab"])
def test_what_was_deleted_is_not_in_the_stream_for_long(
    world: World, names: str, talk: int
) -> None:
    """Also where nobody says anything more, and the first node leaves meanwhile."""
    nodes = world.cluster(*names)
    world.clock.advance(60)  # else it is just before the first snapshot
    nodes[-1].say("secret")
    world.clock.advance(1)
    assert any(b"secret" in body for body in world.bodies())
    for node in nodes:
        node.machine.words.remove("secret")
        node.machine.words.append("gone")
    nodes[-1].say("deleted")
    for second in range(600):
        if talk and not second % talk:
            nodes[-1].say("word")
        if second == 290 and len(nodes) > 1:
            nodes[0].log.stop()
        world.clock.advance(1)
    assert not any(b"secret" in body for body in world.bodies())
    for data in world.keeper.data.snapshots.values():
        assert b"secret" not in (unpack(data).data if data else b"")
    late = world.node("late")
    world.clock.advance(10)
    assert late.is_in(State.RUNNING)
    assert "deleted" in late.machine.words


def test_a_snapshot_is_one_that_most_have_agreed_with(world: World) -> None:
    a = world.node("a", snapshots=(1e9, 5))
    a.machine.asks = True
    world.clock.advance(10)
    world.keeper.data.snapshots.clear()
    for number in range(10):
        a.say(f"{number}")
        world.clock.advance(1)
    assert world.keeper.data.snapshots == {}, "nobody has said that it is right"
    position, data = a.log._replica.checked or (BEGINNING, b"")
    a.machine.agreed.append(position)
    a.say("later")
    world.clock.advance(4)
    assert world.keeper.data.snapshots == {position: data}
    words, _ = eval(unpack(data).data)
    assert words[-1] == f"check {a.log.node}", "what was checked, and no more"


def test_who_is_not_agreed_with_asks_again(world: World) -> None:
    a = world.node("a", snapshots=(1e9, 5))
    a.machine.asks = True
    world.clock.advance(10 + AGREEING * 3)
    assert a.machine.words.count(f"check {a.log.node}") == 3


def test_a_start_takes_the_snapshot_that_its_store_reaches(world: World) -> None:
    a = world.node("a", snapshots=(10.0, 50_000))
    world.clock.advance(10)
    for number in range(25):
        a.say(f"{number}")
        world.clock.advance(1)
    first, second = sorted(world.keeper.data.snapshots)[-2:]
    between = Place(FIRST, Position(second.ms - 1, 0))
    b = world.node("b", between)
    world.clock.advance(3)
    assert b.machine.restored == [first]
    assert b.machine.words == a.machine.words


def test_who_stops_leaves_in_order(world: World) -> None:
    a, b = world.cluster("a", "b")
    a.say("bye")
    stopped: list[None] = []
    a.log.stop().addCallback(stopped.append)
    world.clock.advance(1)
    assert stopped == [None]
    assert a.is_in(State.STOPPED)
    assert b.machine.words == ["bye"]
    assert list(b.machine.up.values()) == ["b"]
    assert not world.keeper.data.epochs.keys() - set(b.machine.up)


# Who opens, and lineages


def _report(name: str, generation: int, ms: int, *others: str) -> Report:
    return Report(name, generation, Position(ms, 0), others, 0.0)


def test_who_opens() -> None:
    behind, ahead = _report("a", 2, 5, "b"), _report("b", 2, 9)
    assert not is_opener("a", (), [behind]), "it knows of b"
    assert missing((), [behind]) == {"b"}
    assert missing(("a", "c"), [behind, ahead]) == {"c"}
    assert not is_opener("b", ("c",), [behind, ahead])
    assert is_opener("b", (), [behind, ahead])
    assert not is_opener("a", (), [behind, ahead])
    assert is_opener("a", (), [_report("b", 2, 5), _report("a", 2, 5)]), "by name"
    assert is_opener("b", (), [_report("b", 3, 5), _report("a", 2, 9)])


def test_a_lineage_tells_behind_from_astray() -> None:
    line = Lineage([Start(2, Position(10, 0)), Start(3, Position(20, 0))])
    line.check(Place(1, Position(10, 0)))
    line.check(Place(2, Position(20, 0)))
    line.check(Place(3, Position(99, 0)))
    for astray in (Place(1, Position(11, 0)), Place(2, Position(20, 1))):
        with pytest.raises(Forked):
            line.check(astray)
    with pytest.raises(Forked):
        line.check(Place(4, Position(1, 0)))
    again = line.next(Start(4, Position(30, 0), "marked"))
    with pytest.raises(Left) as left:
        again.check(Place(3, Position(31, 0)))
    assert left.value.mark == "marked"


def test_a_snapshot_is_packed_and_unpacked() -> None:
    starts = [
        Start(n, Position(n * 10**12, n), "\x07" * MAX_MARK)
        for n in range(10**9, 10**9 + 40)
    ]
    last = Start(10**10, Position(10**15, 10**9))
    line = Lineage(starts).next(last)
    sequences = {10**13 + n: 10**9 for n in range(MAX_MEMBERS)}
    again = unpack(Packed(line, sequences, b"the state\n").pack())
    assert again.lineage.starts == line.starts
    assert again[1:] == (sequences, b"the state\n")
    long = Lineage([last._replace(mark="x" * (MAX_MARK + 1))])
    assert unpack(Packed(long, {}, b"").pack()).lineage.starts == (last,)
    earlier = unpack(b"[[[3, 1000, 2]], []]\n").lineage.starts
    assert earlier == (Start(3, Position(1000, 2)),), "of a program without marks"


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"nothing",
        b"7\n",
        b"{}\n",
        b"[]\n",
        b"[[], []]\n",
        b"[[[1]], []]\n",
        b"[[[1, 2, 3]]]\n",
        b"[[[1, 2, 3]], 7]\n",
        b"[[[1, 2, 3]], [[1]]]\n",
        b"[" * 5000 + b"\n",
        b"[[[1, 2, 3]], []]",
    ],
)
def test_a_snapshot_that_is_none(data: bytes) -> None:
    with pytest.raises(Malformed):
        unpack(data)
