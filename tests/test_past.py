"""HISTORY, SEARCH, REPLAY, and what newcomers are shown."""

from __future__ import annotations

import re
from time import localtime, strftime
from typing import Any

import pytest
from twisted.internet.defer import Deferred

from tests.support import START, Client, World, skip
from twisted_chat.events import Replayed, Said
from twisted_chat.fair_queue import Requester
from twisted_chat.fanout import Format
from twisted_chat.history import MemoryHistory
from twisted_chat.hub import replay
from twisted_chat.hub.past import MAX_ON_PAGE
from twisted_chat.limits import Rate

NOW = strftime("%H:%M", localtime(START))


@pytest.fixture
def world() -> World:
    return World()


def coming(world: World, nick: str, *first: str) -> Client:
    """Somebody who comes in; all of it is still to be read, but the greeting."""
    client = world.connect()
    client.lines()
    client.send(*first, f"NICK {nick}")
    return client


def again(client: Client) -> list[str]:
    """The lines with a time in front."""
    return [line for line in client.lines() if line.startswith("[")]


# Replay


def test_newcomers_are_shown_the_last_twenty(world: World) -> None:
    alice = world.enter("alice")
    for number in range(25):
        alice.send(f"MSG hello {number}")
    alice.send("ME waves")
    shown = again(coming(world, "bob"))
    assert shown[:2] == [f"[{NOW}] alice: hello 6", f"[{NOW}] alice: hello 7"]
    assert shown[-1] == f"[{NOW}] * alice waves"
    assert len(shown) == 20


def test_joining_a_room_shows_its_last_messages_after_who_is_there(
    world: World,
) -> None:
    alice, bob = world.enter("alice"), world.enter("bob")
    alice.send("JOIN #dev", "MSG hello")
    skip(bob)
    assert bob.ask("JOIN #dev") == [
        "* bob joined #dev",
        "* In #dev: alice, bob",
        f"[{NOW}] #dev alice: hello",
    ]


def test_what_is_asked_next_is_answered_after_what_the_disk_has_yet_to_say(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    alice, bob = world.enter("alice"), world.enter("bob")
    alice.send("JOIN #dev", "MSG hello")
    tail = world.room("#dev").tail
    said = list(tail.messages)
    tail.messages.clear()
    tail.complete = False
    asked: Deferred[list[Said]] = Deferred()
    monkeypatch.setattr(world.hub.history, "latest", lambda room, n: asked)
    skip(bob)
    bob.send("JOIN #dev", "PING one")
    bob.send("PING two")
    assert bob.lines() == ["* bob joined #dev", "* In #dev: alice, bob"]
    asked.callback(said)
    assert bob.lines() == [f"[{NOW}] #dev alice: hello", "PONG one", "PONG two"]


@pytest.mark.parametrize("late", [False, True])
def test_a_long_answer_costs_as_much_when_it_comes_later(
    monkeypatch: pytest.MonkeyPatch, late: bool
) -> None:
    world = World(flood=Rate(60, 1))
    alice, bob = world.enter("alice"), world.enter("bob")
    alice.send(*[f"MSG {'x' * 1000}"] * 40)
    ask, waiting = world.hub.history.before, list[Deferred[None]]()

    def before(*args: Any) -> Deferred[Any]:
        ready: Deferred[None] = Deferred()
        waiting.append(ready)
        return ready.addCallback(lambda _: ask(*args))

    if late:
        monkeypatch.setattr(world.hub.history, "before", before)
    for _ in range(20):
        bob.send("HISTORY 40")
        while waiting:
            waiting.pop().callback(None)
    skip(bob)
    bob.send("PING")
    assert bob.lines() == [], "some 5 tokens each"
    world.advance(100)
    assert bob.lines()[-1] == "PONG"


def test_nothing_is_shown_where_nothing_was_said(world: World) -> None:
    world.enter("alice")
    assert again(coming(world, "bob")) == []


def test_what_was_said_in_the_same_turn_is_shown_once(world: World) -> None:
    alice = world.enter("alice")
    alice.send("MSG before")
    bob = coming(world, "bob")
    alice.send("MSG after")
    assert [line for line in bob.lines() if "alice: " in line] == [
        f"[{NOW}] alice: before",
        "alice: after",
    ]


def test_older_days_are_shown_with_their_date(world: World) -> None:
    world.enter("alice").send("MSG hello")
    world.wall_offset += 86_400
    [line] = again(coming(world, "bob"))
    assert re.fullmatch(r"\[\d{4}-\d\d-\d\d \d\d:\d\d\] alice: hello", line)


def test_a_program_sees_replay_true(world: World) -> None:
    alice = world.enter("alice")
    alice.send("MSG hello", "ME waves")
    events = coming(world, "bob", "FORMAT json").events()
    shown = [event for event in events if event.get("replay")]
    assert shown == [
        {
            "event": kind,
            "at": "2023-11-14T22:13:20.000Z",
            "room": "#lobby",
            "nick": "alice",
            "text": text,
            "id": id,
            "replay": True,
        }
        for kind, text, id in (("message", "hello", 1), ("action", "waves", 2))
    ]


@pytest.mark.parametrize("room", ["#lobby", "#dev"])
def test_replay_off(world: World, room: str) -> None:
    alice = world.enter("alice")
    alice.send("JOIN #dev", "MSG hello", "JOIN #lobby", "MSG hello")
    bob = coming(world, "bob", "REPLAY off")
    bob.send("JOIN #dev")
    assert again(bob) == []
    assert bob.ask("REPLAY maybe") == ["ERR 461 Use REPLAY on or REPLAY off"]
    bob.send("PART #dev", "REPLAY on", "JOIN #dev")
    assert again(bob) == [f"[{NOW}] #dev alice: hello"]


def test_the_ignored_are_not_shown_again(world: World) -> None:
    alice, bob, carol = map(world.enter, ("alice", "bob", "carol"))
    alice.send("JOIN #dev", "MSG from alice")
    bob.send("JOIN #dev", "MSG from bob")
    carol.send("IGNORE bob", "JOIN #dev")
    assert again(carol) == [f"[{NOW}] #dev alice: from alice"]
    carol.send("HISTORY #dev", "SEARCH from")
    assert again(carol) == [
        f"[{NOW}] #dev alice: from alice",
        f"[{NOW}] #dev/1 alice: from alice",
    ]


def test_many_newcomers_are_encoded_once(world: World) -> None:
    alice = world.enter("alice")
    alice.send("MSG hello")
    encoded = 0

    def encode(event: Any) -> bytes:
        nonlocal encoded
        encoded += isinstance(event, Replayed)
        return b"shown\n" if isinstance(event, Replayed) else b""

    show = Format("show", encode)
    for number in range(10):
        client = world.connect()
        client.lines()
        client.connection.session.listener.format = show
        client.send(f"NICK nick{number}")
        assert client.lines() == ["shown"]
    assert encoded == 1
    alice.send("MSG more")
    client = world.connect()
    client.connection.session.listener.format = show
    client.send("NICK last")
    client.lines()
    assert encoded == 2


def test_what_is_shown_again_is_made_anew_when_it_is_old(world: World) -> None:
    """Its time decides whether a message shows its day."""
    world.enter("alice").send("MSG hello")
    shown: list[float] = []

    def encode(event: Any) -> bytes:
        shown.extend([event.at] if isinstance(event, Replayed) else [])
        return b""

    show = Format("show", encode)
    for number, later in enumerate((0.0, replay.STALE, 1.0)):
        world.wall_offset += later
        client = world.connect()
        client.connection.session.listener.format = show
        client.send(f"NICK nick{number}")
        client.lines()
    assert shown == [START, START + replay.STALE + 1]


@pytest.mark.parametrize("form", ["text", "json"])
def test_what_is_shown_again_fits_the_send_queue(form: str) -> None:
    world = World(send_queue=32 * 1024)
    alice = world.enter("alice")
    for _ in range(30):
        alice.send("MSG " + "\U0001f600" * 1000)
    bob = world.connect()
    bob.bytes()
    bob.send(f"FORMAT {form}", "NICK bob")
    assert 4000 < len(bob.bytes()) < 16 * 1024
    bob.send("HISTORY 100")
    assert 4000 < len(bob.bytes()) < 16 * 1024
    alice.send("MSG " + "word " * 200)
    for _ in range(25):
        alice.send("MSG word " + "\U0001f600" * 1000)
    bob.bytes()
    bob.send("SEARCH word")
    assert 4000 < len(bob.bytes()) < 16 * 1024


def test_a_room_that_was_empty_is_remembered(world: World) -> None:
    alice = world.enter("alice")
    alice.send("JOIN #Dev", "MSG one", "PART #dev", "JOIN #dev", "MSG two")
    assert [line for line in alice.lines() if "alice: one" in line] == [
        f"[{NOW}] #Dev alice: one"
    ]
    assert world.room("#dev").last_id == 2


# HISTORY


def test_history_page_by_page(world: World) -> None:
    alice = world.enter("alice")
    for number in range(1, 26):
        alice.send(f"MSG {number}")
    assert alice.ask("HISTORY 10") == [
        *(f"[{NOW}] alice: {number}" for number in range(16, 26)),
        "* HISTORY #lobby 10 before 16 shows earlier ones",
    ]
    assert alice.ask("HISTORY #lobby 10 before 16")[-1] == (
        "* HISTORY #lobby 10 before 6 shows earlier ones"
    )
    assert alice.ask("HISTORY #lobby 10 before 6") == [
        f"[{NOW}] alice: {number}" for number in range(1, 6)
    ]
    assert alice.ask("HISTORY 2 after 10") == [
        f"[{NOW}] alice: 11",
        f"[{NOW}] alice: 12",
        "* HISTORY #lobby 2 after 12 shows later ones",
    ]
    assert alice.ask("HISTORY 4 around 10")[:4] == [
        f"[{NOW}] alice: {number}" for number in (8, 9, 10, 11)
    ]
    assert alice.ask("HISTORY before 1") == ["* No messages of #lobby there"]
    assert len(alice.ask("history")) == 21


def test_history_for_a_program(world: World) -> None:
    alice = world.enter("alice")
    alice.send("FORMAT json", "ECHO off", "MSG one", "MSG two", "MSG three")
    skip(alice)
    alice.send("HISTORY 2", "HISTORY 5 before 2")
    first, second = alice.events()
    assert first["event"] == "history"
    assert first["room"] == "#lobby"
    assert [m["text"] for m in first["messages"]] == ["two", "three"]
    assert all(m["replay"] for m in first["messages"])
    assert (first["more"], first["next"]) == (True, 2)
    assert [m["id"] for m in second["messages"]] == [1]
    assert (second["more"], second["next"]) == (False, None)


def test_history_pages_on_past_the_ignored(world: World) -> None:
    alice, bob = world.enter("alice"), world.enter("bob")
    bob.send("MSG early")
    for _ in range(5):
        alice.send("MSG noise")
    bob.send("IGNORE alice")
    skip(bob)
    assert bob.ask("HISTORY 5") == ["* HISTORY #lobby 5 before 2 shows earlier ones"]
    assert bob.ask("HISTORY 5 before 2") == [f"[{NOW}] bob: early"]


@pytest.mark.parametrize(
    "line",
    [
        "HISTORY x",
        "HISTORY 5 before",
        "HISTORY before x",
        "HISTORY 5 since 3",
        "HISTORY 5 before 3 4",
        "HISTORY before -1",
        "HISTORY before " + "9" * 30,
        "HISTORY ²",
    ],
)
def test_history_misused(world: World, line: str) -> None:
    [answer] = world.enter("alice").ask(line)
    assert answer.startswith("ERR 461 Use HISTORY")


def test_history_and_search_of_other_rooms_are_refused(world: World) -> None:
    alice, bob = world.enter("alice"), world.enter("bob")
    alice.send("JOIN #dev", "MSG secret")
    assert bob.ask("HISTORY #dev")[0].startswith("ERR 442")
    assert bob.ask("HISTORY #nowhere")[0].startswith("ERR 403")
    assert bob.ask("SEARCH secret") == ["* Nothing found for secret"]
    assert world.connect().ask("HISTORY")[-1].startswith("ERR 451")


def test_private_messages_coming_and_going_are_not_history(world: World) -> None:
    alice, bob = world.enter("alice"), world.enter("bob")
    alice.send("PRIV bob psst", "JOIN #dev", "PART #dev bye")
    skip(alice, bob)
    assert bob.ask("HISTORY") == ["* No messages of #lobby there"]
    for word in ("psst", "bye"):
        assert bob.ask(f"SEARCH {word}") == [f"* Nothing found for {word}"]


def test_any_number_of_messages_is_a_page(world: World) -> None:
    alice = world.enter("alice")
    for _ in range(MAX_ON_PAGE + 10):
        alice.send("MSG hi")
    assert len(again(alice)) == 0
    alice.send("HISTORY 1000000")
    assert len(again(alice)) == MAX_ON_PAGE
    alice.send("HISTORY 0")
    assert len(again(alice)) == 1


# SEARCH


def test_search_page_by_page(world: World) -> None:
    alice = world.enter("alice")
    for number in range(1, 25):
        alice.send(f"MSG find me {number}")
        alice.send("JOIN #dev", f"ME hides {number}", "JOIN #lobby")
    skip(alice)
    *found, more = alice.ask("SEARCH find")
    assert found[0] == f"[{NOW}] #lobby/24 alice: find me 24"
    assert len(found) == 20
    match = re.fullmatch(r"\* (SEARCH find before \d+) shows older ones", more)
    assert match
    assert alice.ask(match[1]) == [
        f"[{NOW}] #lobby/{number} alice: find me {number}" for number in (4, 3, 2, 1)
    ]
    assert alice.ask("SEARCH before 5") == ["* Nothing found for before 5"]
    assert alice.ask("SEARCH hides 7") == [f"[{NOW}] #dev/7 * alice hides 7"]


class Asked(MemoryHistory):
    """Remembers for whom was searched."""

    def __init__(self) -> None:
        super().__init__()
        self.requesters: list[Requester] = []

    def search(self, *args: Any, **more: Any) -> Any:
        self.requesters.append(args[-1])
        return super().search(*args, **more)


def test_search_is_shared_by_address(world: World) -> None:
    history = world.hub.history = Asked()
    hosts = ("192.0.2.1", "192.0.2.1", "192.0.2.2", "2001:db8::1", "2001:db8::2")
    for n, host in enumerate(hosts):
        world.enter(f"user{n}", host).send("SEARCH anything")
    one, same, other, six, next_door = history.requesters
    assert one.keys == same.keys != other.keys
    assert six.keys == next_door.keys
    assert one.here()


def test_a_search_of_one_who_left_is_not_wanted(world: World) -> None:
    history = world.hub.history = Asked()
    alice = world.enter("alice")
    alice.send("SEARCH anything")
    alice.reset()
    assert not history.requesters[0].here()


def test_search_for_a_program(world: World) -> None:
    alice = world.enter("alice")
    alice.send("FORMAT json", "ECHO off", "MSG find me", 'SEARCH "find"')
    event = alice.events()[-1]
    assert event["event"] == "search"
    assert event["query"] == '"find"'
    assert [m["text"] for m in event["messages"]] == ["find me"]
    assert (event["more"], event["next"]) == (False, None)


def test_search_needs_words(world: World) -> None:
    alice = world.enter("alice")
    assert alice.ask("SEARCH")[0].startswith("ERR 412")
    assert alice.ask("SEARCH !!")[0].startswith("ERR 412")
    assert alice.ask("SEARCH " + "x" * 300)[0].startswith("ERR 417")
    alice.send("MSG the day before 5")
    assert len(alice.ask("SEARCH before 5")) == 1


def test_what_was_searched_is_shown_clean(world: World) -> None:
    alice = world.enter("alice")
    assert alice.ask("SEARCH \x1b[31mred") == ["* Nothing found for [31mred"]
