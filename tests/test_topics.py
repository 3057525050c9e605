"""Each change of a room's topic is in its history, and is nobody's message."""

from __future__ import annotations

import pytest

from tests.histories import ThreadBox, in_a_file, threads, with_history
from tests.irc_support import Network
from tests.kept import Kept
from tests.seats import Seat
from tests.support import Client, World, ask, member, skip
from tests.test_acts import code, program, send
from twisted_chat.client.display import lines_for
from twisted_chat.history import FOREVER, Retention
from twisted_chat.hub.entries import NodeUp

__all__ = ["threads"]

UP = "\U0001f44d"
CAPS = "batch server-time message-tags draft/chathistory"
PLAYBACK = f"{CAPS} draft/event-playback"


@pytest.fixture(params=["memory", "sqlite"])
def world(request: pytest.FixtureRequest) -> World:
    world = World(store=Kept(), operators=frozenset({"root"}))
    if request.param == "sqlite":
        with_history(in_a_file(world.clock, FOREVER), world)
    return world


def talk(world: World) -> tuple[Client, Client]:
    """Alice owns a room; 1, 3 and 5 are messages there, 2, 4 and 6 of its topic."""
    alice, bob = member(world, "alice", "#own"), member(world, "bob", "#own")
    for line in ("MSG one", "TOPIC cats", "MSG two", "TOPIC dogs", "MSG three"):
        alice.send(line)
        world.advance(1)
    send(program(bob), do="topic", room="#own", text="bob's own")
    return program(alice), bob


def page(client: Client, **which: object) -> list[str]:
    """What a page of the room's history has, each with its id."""
    [found] = send(client, do="history", room="#own", **which)
    assert all(each["replay"] for each in found["messages"])
    return [
        f"{m['id']} {m['event']} {m.get('topic', m.get('text'))} {m['nick']}"
        for m in found["messages"]
    ]


ALL = [
    "1 message one alice",
    "2 topic cats alice",
    "3 message two alice",
    "4 topic dogs alice",
    "5 message three alice",
    "6 topic bob's own bob",
]


def test_pages_have_each_change_in_its_place(world: World) -> None:
    alice, bob = talk(world)
    assert page(alice) == ALL
    assert page(alice, n=2) == ALL[-2:]
    assert page(alice, before=4, n=2) == ALL[1:3]
    assert page(alice, after=1, n=3) == ALL[1:4]
    assert page(alice, around=4, n=2) == ALL[2:4]
    send(bob, do="topic", room="#own", text="last")
    assert page(alice, n=1) == ["7 topic last bob"]
    assert send(alice, do="msg", room="#own", text="next")[0]["id"] == 8


def test_who_sets_it_and_who_is_there_are_told_the_id(world: World) -> None:
    alice, bob = talk(world)
    [own] = send(alice, do="topic", room="#own", text="new")
    [seen] = [each for each in bob.events() if each["event"] == "topic"]
    assert (own["id"], seen["id"], own.get("replay")) == (7, 7, None)
    assert "id" not in send(alice, do="topic", room="#own")[0], "a question"


def test_in_words(world: World) -> None:
    alice, _ = talk(world)
    alice.send("FORMAT text")
    lines = [line.partition("] ")[2] for line in ask(alice, "HISTORY #own 4")]
    assert lines[:4] == [
        "#own alice: two",
        "* #own is about: dogs (alice)",
        "#own alice: three",
        "* #own is about: bob's own (bob)",
    ]


def test_one_that_is_taken_away(world: World) -> None:
    alice, bob = talk(world)
    world.hub.rooms["#own"].set_topic(world.hub.users["bob"], "")
    world.advance(1)
    assert page(alice, n=1) == ["7 topic  bob"]
    bob.send("FORMAT text")
    assert ask(bob, "HISTORY #own 1")[0].endswith("] * #own has no topic (bob)")


@pytest.mark.parametrize("form", ["text", "json"])
def test_who_enters_is_shown_them_again(world: World, form: str) -> None:
    talk(world)
    carol = world.enter("carol")
    carol.send(f"FORMAT {form}", "JOIN #own")
    world.advance(1)
    if form == "text":
        lines = [line for line in carol.lines() if line.startswith("[")]
        assert lines[1].endswith("] * #own is about: cats (alice)")
        assert len(lines) == 6
        return
    shown = [each for each in carol.events() if each.get("room") == "#own"]
    again = [each for each in shown if each.get("replay")]
    assert [each["id"] for each in again] == [1, 2, 3, 4, 5, 6]
    [now] = [e for e in shown if e["event"] == "topic" and not e.get("replay")]
    assert (now["topic"], "id" in now) == ("bob's own", False)


def test_it_is_unread_to_nobody(world: World) -> None:
    alice, bob = talk(world)
    send(bob, do="read", room="#own")
    send(alice, do="topic", room="#own", text="bob, look here")
    send(alice, do="topic", room="#own", text="@here, all of you")
    assert send(bob, do="unread")[0]["places"] == []
    assert send(bob, do="mentions")[0]["messages"] == []
    send(alice, do="msg", room="#own", text="bob!")
    [place] = send(bob, do="unread")[0]["places"]
    assert (place["unread"], place["mentions"], place["last"]) == (1, 1, 9)


def test_who_has_not_read_it_is_not_told_that_it_is_unread(world: World) -> None:
    alice, bob = talk(world)
    send(bob, do="read", room="#own")
    bob.transport.lose()
    send(alice, do="topic", room="#own", text="new")
    send(alice, do="msg", room="#own", text="hi")
    back = world.connect()
    back.bytes()
    back.send("FORMAT json", "LOGIN bob long-enough", "JOIN #own")
    world.advance(1)
    again = [e for e in back.events() if e.get("replay") and e.get("id", 0) > 6]
    assert [(e["event"], e.get("unread")) for e in again] == [
        ("topic", None),
        ("message", True),
    ]


def test_a_topic_alone_is_nothing_new(world: World) -> None:
    alice, bob = talk(world)
    send(bob, do="read", room="#own")
    bob.transport.lose()
    send(alice, do="topic", room="#own", text="new")
    for expected in (False, True):
        back = world.connect()
        back.send("LOGIN bob long-enough", "JOIN #own")
        world.advance(1)
        lines = back.lines()
        assert any(line.endswith("* #own is about: new (alice)") for line in lines)
        assert ("* New to you in #own:" in lines) is expected
        back.transport.lose()
        send(alice, do="msg", room="#own", text="hi")


@pytest.mark.parametrize(
    "what",
    [
        {"do": "edit", "id": 4, "text": "no"},
        {"do": "react", "id": 4, "reaction": UP},
        {"do": "msg", "reply_to": 4, "text": "no"},
    ],
)
def test_it_is_no_message(world: World, what: dict[str, object]) -> None:
    alice, _ = talk(world)
    [error] = send(alice, room="#own", **what)
    assert (error["code"], "topic" in error["text"]) == (400, True)
    assert page(alice) == ALL
    assert code(alice, room="#own", **{**what, "id": 5, "reply_to": 5}) in (0, 461)


def test_its_author_and_the_owner_delete_it(world: World) -> None:
    alice, bob = talk(world)
    assert code(bob, do="delete", room="#own", id=4) == 482
    assert code(alice, do="delete", room="#own", id=6) == 0
    [gone] = [e for e in bob.events() if e["event"] == "deleted"]
    assert (gone["id"], gone["nick"], gone["by"]) == (6, "bob", "alice")
    [found] = send(bob, do="history", room="#own", n=1)
    [topic] = found["messages"]
    assert (topic["topic"], topic["deleted"]["by"]) == ("", "alice")
    assert code(alice, do="delete", room="#own", id=6) == 400
    assert code(bob, do="topic", room="#own", text="bob's other") == 0
    assert code(bob, do="delete", room="#own", id=7) == 0
    assert world.room("#own").topic == "bob's other", "what holds is another matter"
    bob.send("FORMAT text")
    assert "* a topic of bob was deleted" in ask(bob, "HISTORY #own 1")[0]


def test_it_goes_with_all_that_its_author_wrote(world: World) -> None:
    alice, _ = talk(world)
    root = program(member(world, "root", "#own"))
    [asked] = send(root, do="purge", nick="bob")
    send(root, do="purge", nick="bob", code=asked["value"])
    assert 6 in [e["id"] for e in alice.events() if e["event"] == "deleted"]
    world.advance(10, step=0.02)
    assert page(alice) == ALL[:-1]


def test_search_finds_what_it_was(world: World) -> None:
    alice, _ = talk(world)
    world.advance(5)
    [found] = send(alice, do="search", words="cats")
    [topic] = found["messages"]
    assert (topic["event"], topic["id"], topic["topic"]) == ("topic", 2, "cats")
    alice.send("FORMAT text")
    [line] = ask(alice, "SEARCH dogs")
    assert line.endswith("] #own/4 * #own is about: dogs (alice)")


def test_who_ignores_its_author_sees_it(world: World) -> None:
    alice, bob = talk(world)
    send(alice, do="ignore", nick="bob")
    send(bob, do="msg", room="#own", text="unheard")
    assert page(alice, n=2) == ALL[-1:]
    dave = program(world.enter("dave"))
    send(dave, do="ignore", nick="bob")
    send(dave, do="join", room="#own")
    assert "unheard" not in str(page(dave))


def test_nodes_of_two_versions_have_no_record_of_it(world: World) -> None:
    alice, bob = talk(world)
    world.hub.apply(NodeUp(7, "old", 1), world.hub.at)
    alice.bytes()
    [told] = send(bob, do="topic", room="#own", text="unrecorded")
    assert "id" not in told
    assert (world.room("#own").topic, world.room("#own").last_id) == ("unrecorded", 6)
    assert page(alice) == ALL


def test_a_closed_room_takes_them_along(world: World) -> None:
    alice = program(world.enter("alice"))
    for line in ("JOIN #own", "ROOM lock", "TOPIC secret", "PART", "JOIN #own"):
        alice.send(line)
        world.advance(1)
    assert page(alice) == []


# Kept


@pytest.mark.parametrize("how", ["restart", "crash"])
def test_it_outlives_the_server(threads: ThreadBox, how: str) -> None:
    for number in range(6):
        threads.say("#dev", f"{number}", "topic" if number % 2 else "message")
        threads.turn()
    getattr(threads, how)()
    found = threads.result(threads.history.latest("#dev", 9))
    assert [(m.id, m.kind, m.text) for m in found] == [
        (number + 1, "topic" if number % 2 else "message", f"{number}")
        for number in range(6)
    ]


def test_it_goes_with_time() -> None:
    world = World()
    with_history(in_a_file(world.clock, Retention(age=60)), world)
    alice, _ = talk(world)
    world.advance(200, step=5)
    world.hub.history.purge(world.hub.now(), {})
    world.advance(20, step=0.1)
    assert page(alice) == []


# IRC


def conversation() -> tuple[Network, Client, list[str]]:
    """What its author was shown: ten topics and as many messages, in turn."""
    network = Network()
    bob = network.irc("bob", f"{PLAYBACK} echo-message")
    bob.send("JOIN #own")
    skip(bob)
    shown = []
    for number in range(10):
        network.advance(0.1)
        shown += bob.ask(f"TOPIC #own :this is topic {number}")
        network.advance(0.1)
        shown += bob.ask(f"PRIVMSG #own :message {number}")
    assert len(shown) == 20
    assert len({line.split(" ")[0] for line in shown}) == 20
    return network, bob, shown


def tag(line: str, name: str) -> str:
    tags = dict(each.split("=") for each in line.split(" ")[0][1:].split(";"))
    return f"{name}={tags[{'timestamp': 'time'}.get(name, name)]}"


@pytest.mark.parametrize("by", ["msgid", "timestamp"])
@pytest.mark.parametrize(
    ("request_", "first", "last"),
    [
        ("LATEST #own * 40", 0, 20),
        ("LATEST #own * 5", 15, 20),
        ("LATEST #own * 1", 19, 20),
        ("LATEST #own {4} 40", 5, 20),
        ("BEFORE #own {6} 40", 0, 6),
        ("BEFORE #own {6} 2", 4, 6),
        ("AFTER #own {3} 40", 4, 20),
        ("AFTER #own {3} 3", 4, 7),
        ("AROUND #own {7} 1", 7, 8),
        ("AROUND #own {7} 3", 6, 9),
        ("BETWEEN #own {0} {19} 40", 1, 19),
        ("BETWEEN #own {19} {0} 40", 1, 19),
        ("BETWEEN #own {0} {19} 3", 1, 4),
        ("BETWEEN #own {19} {0} 3", 16, 19),
    ],
)
def test_event_playback(by: str, request_: str, first: int, last: int) -> None:
    """irctest, testChathistoryEventPlayback: as each was shown when it was new."""
    _, bob, shown = conversation()
    points = [tag(line, by) for line in shown]
    lines = bob.ask(f"CHATHISTORY {request_.format(*points)}")
    found = [f"@{line.split(';', 1)[1]}" for line in lines[1:-1]]
    assert found == shown[first:last]


def test_without_event_playback_there_are_messages_alone() -> None:
    """irctest, testChathistoryNoEventPlayback: neither TOPIC nor what stands for it."""
    network, _, _ = conversation()
    alice = network.irc("alice", CAPS)
    alice.send("JOIN #own")
    skip(alice)
    lines = alice.ask("CHATHISTORY LATEST #own * 40")[1:-1]
    assert [line.rpartition(":")[2] for line in lines] == [
        f"message {number}" for number in range(10)
    ]


def test_a_page_of_topics_alone_is_none_without_event_playback() -> None:
    """An empty page would be the end of the history."""
    network, bob, _ = conversation()
    for number in range(250):
        bob.send(f"TOPIC #own :{number}")
        network.advance(1)
    bob.send("PRIVMSG #own :message 10")
    for number in range(130):
        bob.send(f"TOPIC #own :{number}")
        network.advance(1)
    alice = network.irc("alice", CAPS)
    alice.send("JOIN #own")
    skip(alice)
    for request, expected in {
        "LATEST #own * 1": [10],
        "LATEST #own * 3": [8, 9, 10],
        "BEFORE #own msgid=271#own 1": [9],
        "AFTER #own msgid=20#own 1": [10],
        "AFTER #own msgid=18#own 2": [9, 10],
        "AROUND #own msgid=200#own 2": [9, 10],
        "BETWEEN #own msgid=18#own msgid=300#own 5": [9, 10],
        "BETWEEN #own msgid=300#own msgid=1#own 2": [9, 10],
    }.items():
        lines = alice.ask(f"CHATHISTORY {request}")[1:-1]
        found = [int(line.rpartition(" ")[2]) for line in lines]
        assert found == expected, request
        network.advance(60)
    [line] = alice.ask(
        "CHATHISTORY TARGETS timestamp=2023-11-14T22:13:20.000Z "
        "timestamp=2023-11-14T22:18:00.000Z 5"
    )[1:-1]
    assert " TARGETS #own " in line


@pytest.mark.parametrize(
    ("caps", "topics"),
    [("batch draft/event-playback", 10), ("draft/event-playback", 0), ("batch", 0)],
)
def test_irc_shows_them_again_where_no_client_takes_them_for_new(
    caps: str, topics: int
) -> None:
    network, _, _ = conversation()
    alice = network.irc("alice", f"{caps} server-time")
    lines = alice.ask("JOIN #own")
    again = [line for line in lines if " TOPIC #own :" in line]
    assert len(again) == topics
    assert all(line.startswith("@batch=") for line in again)
    assert sum(" PRIVMSG #own :message " in line for line in lines) == 10


def test_irc_is_told_of_a_topic_that_nobody_set() -> None:
    network, bob, _ = conversation()
    room = network.room("#own")
    room.topic_by = ""
    room.tell_topic(author=0)
    [line] = bob.lines()
    assert line.split(" ")[1:3] == [":irc.Test", "TOPIC"]


def test_irc_deletes_one_by_its_msgid() -> None:
    _, bob, shown = conversation()
    bob.send("CAP REQ draft/message-redaction")
    msgid = tag(shown[2], "msgid").partition("=")[2]
    bob.send(f"REDACT #own {msgid}")
    skip(bob)
    lines = bob.ask("CHATHISTORY LATEST #own * 40")
    assert sum(" TOPIC #own :this is topic " in line for line in lines) == 9
    assert not any(line.endswith(" TOPIC #own :") for line in lines)
    assert [m for line in lines for m in [line.split(" ")] if m[2] == "REDACT"]


# Other doors and clients


def test_the_terminal_shows_each_once_and_counts_none(world: World) -> None:
    alice, _ = talk(world)
    seat = Seat(world, "carol")
    seat.keys("/join #own\r")
    assert seat.screen.splitlines()[0].strip() == "#own  bob's own"
    rows = [row for row in seat.messages if "#own is about" in row]
    assert [row.rpartition("about: ")[2] for row in rows] == [
        "cats (alice)",
        "dogs (alice)",
        "bob's own (bob)",
    ]
    send(alice, do="topic", room="#own", text="carol, this")
    seat.settle()
    assert sum("carol, this (alice)" in row for row in seat.messages) == 1
    seat.keys("/join #lobby\r")
    send(alice, do="topic", room="#own", text="once more")
    seat.settle()
    where = seat.interface._chat.conversations.get("#own")
    assert where is not None
    assert (where.unread, where.mentions, where.topic) == (0, 0, "once more")


def test_nobody_answers_it_in_the_terminal(world: World) -> None:
    alice, _ = talk(world)
    seat = Seat(world, "carol")
    seat.keys("/join #own\r")
    seat.keys("/reply so be it\r")
    [last] = [e for e in alice.events() if e.get("text") == "so be it"]
    assert last["reply_to"] == 5, "the last message, and not what came after it"
    seat.keys("\x1bp")
    seat.keys("\x1bp")
    assert seat.interface._chat.conversations.current is not None
    found = seat.interface._chat.conversations.current.found
    assert found is not None
    assert (found.id, found.text) == (5, "three"), "of 7 and 6 one can't be chosen"


def test_what_was_missed_is_not_counted_in_the_terminal(world: World) -> None:
    alice, _ = talk(world)
    seat = Seat(world, "carol")
    seat.keys("/join #own\r")
    seat.keys("/join #lobby\r")
    seat.cut()
    for number in range(30):
        send(alice, do="topic", room="#own", text=f"number {number}")
    seat.connect("carol")
    where = seat.interface._chat.conversations.get("#own")
    assert where is not None
    assert (where.unread, where.topic) == (0, "number 29")
    assert len(where.timeline.ids()) == 36


def test_what_was_is_not_what_holds_in_the_terminal() -> None:
    world = World()
    guest = world.enter("guest")
    guest.send("JOIN #own", "TOPIC cats", "PART")
    seat = Seat(world, "carol")
    seat.keys("/join #own\r")
    where = seat.interface._chat.conversations.get("#own")
    assert where is not None
    assert (where.timeline.ids(), where.topic) == ([1], "")


def test_lines_of_a_page() -> None:
    topic = {"event": "topic", "room": "#own", "topic": "cats", "nick": "alice"} | {
        "id": 2,
        "at": "2026-01-01T00:00:00.000Z",
        "replay": True,
    }
    page = {"event": "history", "messages": [topic], "more": True, "next": 2}
    shown = [line.text for line in lines_for(page, "bob")]
    assert shown[0] == "* #own is about: cats (alice)"
    assert len(shown) == 2
    found = {"event": "search", "messages": [topic], "query": "cats"}
    [line] = lines_for(found, "bob")
    assert line.text == "#own/2 * #own is about: cats (alice)"
