"""What a node takes over that was away for longer than the log reaches back."""

from __future__ import annotations

import pytest

from twisted_chat.events import NO_QUOTE, Said
from twisted_chat.history.lately import MEMORY as LATELY
from twisted_chat.history.sqlite import SqliteHistory
from twisted_chat.hub import Stored
from twisted_chat.hub import entries as e
from twisted_chat.hub.conversations import key_of
from twisted_chat.hub.entries import Entry, SessionId
from twisted_chat.log.machine import Place
from twisted_chat.log.stream import Position
from twisted_chat.storage.database import MEMORY, Database
from twisted_chat.storage.places import Place as KeptPlace

from .support import START
from .test_state_machine import Node

pytest.importorskip("msgspec")

from twisted_chat.cluster.machine import HubMachine

ROOT, BOB, GUEST = SessionId(1, 1), SessionId(1, 2), SessionId(1, 3)


class Replica:
    """A node with a file, which applies what it is handed."""

    def __init__(self) -> None:
        self.failures: list[str] = []
        self.database = Database(MEMORY)
        self._open(KeptPlace())
        self.position = Position(int(START * 1000), 0)

    def _open(self, kept: KeptPlace) -> None:
        self.node = Node(ears=False)
        self.history = SqliteHistory(
            self.database, self.node.clock, print, fail=self.failures.append
        )
        stored = Stored(last_ids=self.database.load(self.history.load))
        self.node.hub.history = self.history
        self.history.open("#lobby")
        self.machine = HubMachine(self.node.hub, self.history, stored, kept, "n")
        self.machine.load()

    @property
    def place(self) -> Place:
        return Place(1, self.position)

    def apply(self, *entries: Entry) -> None:
        """Each is a record of its own, a second after the one before."""
        for entry in entries:
            self.node.apply(entry, 1.0)
            assert self.node.refusals[-1][0] == 0, (entry, self.node.refusals[-1])
            self.position = Position(int(self.node.at * 1000), 0)
            self.machine.passed(self.place)
            self.history.recorder.hold(lambda: None)

    def adopt(self, data: bytes, place: Place) -> None:
        """Go on from there."""
        self.machine.restore(data, place)
        self.position, self.node.at = place.position, place.position.ms / 1000
        self.history.recorder.hold(lambda: None)
        assert self.failures == []

    def start_again(self) -> None:
        """From the file alone."""
        while not self.history.recorder.idle:
            self.node.clock.advance(1)
        self._open(KeptPlace(1, *self.position))

    def latest(self, room: str) -> list[Said]:
        found: list[list[Said]] = []
        self.history.latest(room, 1000).addCallback(found.append)
        return found[0]

    def texts(self, room: str) -> list[str]:
        return [said.text for said in self.latest(room)]


@pytest.fixture
def nodes() -> tuple[Replica, Replica]:
    """Two that have come to the same."""
    replicas = Replica(), Replica()
    for replica in replicas:
        replica.apply(
            e.Connect(ROOT, "127.0.0.1", True, True),
            e.Register(ROOT, "root", "hash", b"abc"),
            e.LogIn(ROOT, "root", "", "00000000aa"),
            e.Connect(BOB, "192.0.2.1", True, True),
            e.Register(BOB, "bob", "hash", b"abc"),
            e.LogIn(BOB, "bob", "", "00000000bb"),
            e.Connect(GUEST, "192.0.2.2", True, True),
            e.TakeNick(GUEST, "eve", "", "00000000ee"),
        )
    return replicas


def spoken(room: str, *texts: str) -> list[Entry]:
    """In a room of a guest, which isn't kept."""
    said: list[Entry] = [e.Say(GUEST, room, "message", text) for text in texts]
    return [e.Join(GUEST, room, ""), *said, e.Part(GUEST, room, "")]


def written(*texts: str) -> list[Entry]:
    return [e.Write(ROOT, ("bob",), "message", text, 0, NO_QUOTE) for text in texts]


MORE = [f"new {number}" for number in range(300)]


@pytest.mark.parametrize("count", [1, 2, 5, 300])
def test_a_room_that_was_made_anew_meanwhile_is_another_one(
    nodes: tuple[Replica, Replica], count: int
) -> None:
    one, late = nodes
    for node in nodes:
        node.apply(*spoken("#a", "old 1", "old 2"))
    forgotten = e.ForgetRooms((("#a", 2),), one.node.hub.forgotten)
    one.apply(forgotten, *spoken("#a", *MORE[:count]))
    late.adopt(one.machine.take_snapshot(), one.place)
    there = MORE[:count][-100:]
    assert late.texts("#a") == there
    shown = [said.text for said in late.history.open("#a").messages]
    assert shown == there, "also to newcomers"


@pytest.mark.parametrize("count", [1, 2, 5, 300])
def test_a_conversation_that_was_deleted_meanwhile_is_gone(
    nodes: tuple[Replica, Replica], count: int
) -> None:
    one, late = nodes
    for node in nodes:
        node.apply(*written("secret", "and more"))
    users = one.node.hub.users
    key = key_of([users["root"].author, users["bob"].author])
    assert late.texts(key) == ["secret", "and more"]
    one.apply(e.ForgetConversation(BOB, key), *written(*MORE[:count]))
    late.adopt(one.machine.take_snapshot(), one.place)
    assert late.texts(key) == MORE[:count][-100:]


@pytest.mark.parametrize("count", [0, 5, 300])
def test_of_a_room_that_is_the_same_nothing_goes(
    nodes: tuple[Replica, Replica], count: int
) -> None:
    one, late = nodes
    for node in nodes:
        node.apply(*spoken("#a", "old 1", "old 2"))
    one.apply(*spoken("#a", *MORE[:count]))
    late.adopt(one.machine.take_snapshot(), one.place)
    assert late.texts("#a") == ["old 1", "old 2", *MORE[:count][-100:]]


@pytest.mark.parametrize("new", [True, False])
@pytest.mark.parametrize("known", [True, False])
def test_a_file_knows_its_rooms_after_a_start(
    nodes: tuple[Replica, Replica], new: bool, known: bool
) -> None:
    """:param known: the file is of a version that noted when rooms began."""
    one, _ = nodes
    late = Replica()
    one.apply(*spoken("#a", "old 1"))
    late.adopt(one.machine.take_snapshot(), one.place)
    if new:
        one.apply(e.ForgetRooms((("#a", 1),), one.node.hub.forgotten))
    one.apply(*spoken("#a", "next", "to next"))
    late.start_again()
    if not known:
        for room in late.history._rooms:
            room.began = 0.0
    assert late.texts("#a") == ["old 1"]
    late.adopt(one.machine.take_snapshot(), one.place)
    assert late.texts("#a") == [*([] if new else ["old 1"]), "next", "to next"]


def test_when_a_room_began_is_handed_on(nodes: tuple[Replica, Replica]) -> None:
    """By a node that has not seen it, and has its latest messages alone."""
    one, late = nodes
    fresh = Replica()
    for node in nodes:
        node.apply(*spoken("#a", *MORE[:150]))
    fresh.adopt(one.machine.take_snapshot(), one.place)
    fresh.apply(*spoken("#a", "more"))
    late.adopt(fresh.machine.take_snapshot(), fresh.place)
    assert late.texts("#a") == [*MORE[:150], "more"]
    began = one.history.rejoining.began()["#a"]
    assert {node.history.rejoining.began()["#a"] for node in (late, fresh)} == {began}


def reacted(who: SessionId, id: int, reaction: str, on: bool, *, had: int) -> e.React:
    """In the lobby; the author sees that `had` people have it."""
    facts = e.Facts(0, "", 0.0, "hi", False, int(had > 0), had, not on, LATER)
    return e.React(who, "#lobby", id, reaction, on, facts)


LATER = START + 1000


def reactions(node: Replica) -> list[list[tuple[str, int, tuple[str, ...]]]]:
    return [
        [(each.reaction, each.total, each.nicks) for each in said.marks.reactions]
        if said.marks is not None
        else []
        for said in node.latest("#lobby")
    ]


@pytest.mark.parametrize("again", [False, True])
def test_reactions_are_those_of_the_others(
    nodes: tuple[Replica, Replica], again: bool
) -> None:
    one, late = nodes
    both: list[Entry] = [
        *(e.Say(ROOT, "#lobby", "message", text) for text in ("one", "two", "three")),
        reacted(BOB, 1, "+", True, had=0),
        reacted(BOB, 2, "+", True, had=0),
        reacted(GUEST, 2, "+", True, had=1),
        reacted(ROOT, 2, "+", True, had=2),
        reacted(ROOT, 2, "x", True, had=0),
    ]
    for node in nodes:
        node.apply(*both)
    one.apply(
        reacted(BOB, 1, "+", False, had=1),
        reacted(GUEST, 2, "+", False, had=3),
        e.Say(ROOT, "#lobby", "message", "four"),
        reacted(GUEST, 4, "-", True, had=0),
        reacted(BOB, 4, "-", True, had=1),
    )
    there = reactions(one)
    assert there == [
        [],
        [("+", 2, ("bob", "root")), ("x", 1, ("root",))],
        [],
        [("-", 2, ("eve", "bob"))],
    ]
    late.node.clock.advance(LATELY + 1)
    late.adopt(one.machine.take_snapshot(), one.place)
    if again:
        late.start_again()
    while not late.history.recorder.idle:
        late.node.clock.advance(1)
    assert reactions(late) == there
    authors = one.node.hub.users["bob"].author, 0
    found: list[bool] = []
    for id in (1, 2, 4):
        late.history.has_reacted("#lobby", id, "+", authors).addCallback(found.append)
    assert found == [False, True, False]


@pytest.mark.parametrize("again", [False, True])
@pytest.mark.parametrize("seen", [False, True])
def test_a_purge_is_so_by_way_of_a_snapshot(
    nodes: tuple[Replica, Replica], again: bool, seen: bool
) -> None:
    """Of what was reacted in a room lately, before the node was away or meanwhile."""
    one, late = nodes
    early: list[Entry] = [
        e.Say(ROOT, "#lobby", "message", "one"),
        reacted(BOB, 1, "x", True, had=0),
    ]
    lately = [
        reacted(ROOT, 1, "+", True, had=0),
        reacted(BOB, 1, "+", True, had=1),
        reacted(GUEST, 1, "+", True, had=2),
    ]
    for node in nodes:
        node.apply(*early)
    since = one.node.at + 0.5
    for node in nodes if seen else [one]:
        node.apply(*lately)
    one.apply(e.PurgeAuthor(ROOT, "bob", "#lobby", since))
    assert reactions(one) == [[("x", 1, ("bob",)), ("+", 2, ("root", "eve"))]]
    late.node.clock.advance(LATELY + 1)
    late.adopt(one.machine.take_snapshot(), one.place)
    assert late.node.hub.snapshot() == one.node.hub.snapshot()
    for node in nodes:
        node.apply(e.PurgeAuthor(ROOT, "root", "", since))
    assert reactions(one) == [[("x", 1, ("bob",)), ("+", 1, ("eve",))]]
    if again:
        late.start_again()
    while not late.history.recorder.idle:
        late.node.clock.advance(1)
    assert reactions(late) == reactions(one)


def test_those_to_what_the_file_alone_has_stay(
    nodes: tuple[Replica, Replica],
) -> None:
    """What is further back than the latest messages is not in a snapshot."""
    one, late = nodes
    for node in nodes:
        node.apply(e.Say(ROOT, "#lobby", "message", "first"))
        node.apply(reacted(BOB, 1, "+", True, had=0))
    one.apply(*(e.Say(ROOT, "#lobby", "message", text) for text in MORE))
    late.adopt(one.machine.take_snapshot(), one.place)
    assert reactions(late)[0] == [("+", 1, ("bob",))]
