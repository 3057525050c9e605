"""What was said before, and what was said while one was away."""

from __future__ import annotations

import re
from typing import Any

from twisted_chat.terminal.rooms import KEPT_ASIDE
from twisted_chat.terminal.timeline import MOST, Item, Kind, Timeline

from .seats import PLAIN, Seat
from .support import Client, World

PAGE_UP, PAGE_DOWN, END = "\x1b[5~", "\x1b[6~", "\x1b[F"


def talk(count: int) -> tuple[World, Client]:
    world = World()
    bob = world.enter("bob")
    for number in range(1, count + 1):
        bob.send(f"MSG message {number}")
    bob.lines()
    return world, bob


def numbers(seat: Seat) -> list[int]:
    """Of the messages on the screen."""
    return [int(n) for row in seat.messages for n in re.findall(r"message (\d+)$", row)]


def test_page_up_goes_back_through_all_history() -> None:
    world, bob = talk(450)
    alice = Seat(world)
    assert numbers(alice)[-1] == 450
    seen = set(numbers(alice))
    for _ in range(30):
        alice.keys(PAGE_UP)
        seen |= set(numbers(alice))
    assert seen == set(range(1, 451))
    assert 1 in numbers(alice)
    bob.send("MSG message 451")
    assert 1 in numbers(alice), "what comes doesn't scroll"
    alice.keys(END)
    assert numbers(alice)[-1] == 451


def test_page_down_comes_back() -> None:
    world, _ = talk(490)
    alice = Seat(world)
    for _ in range(50):
        alice.keys(PAGE_UP)
    assert 1 in numbers(alice)
    seen = set()
    for _ in range(60):
        alice.keys(PAGE_DOWN)
        seen |= set(numbers(alice))
    assert numbers(alice)[-1] == 490
    assert seen >= set(range(30, 491))


def test_what_is_kept_is_bounded() -> None:
    world, bob = talk(10)
    alice = Seat(world)
    for number in range(11, MOST + 90):
        bob.send(f"MSG message {number}")
        alice.settle()
    current = alice.interface._chat.conversations.current
    assert current is not None
    assert len(current.timeline.items) <= MOST
    alice.keys(*[PAGE_UP] * 80)
    assert 1 in numbers(alice)
    assert len(current.timeline.items) <= MOST


def test_little_is_kept_of_what_is_not_shown() -> None:
    world, _ = talk(300)
    alice = Seat(world)
    alice.keys(PAGE_UP, PAGE_UP, PAGE_UP, END, "/join dev\r")
    lobby = alice.interface._chat.conversations.get("#lobby")
    assert lobby is not None
    assert len(lobby.timeline.items) <= KEPT_ASIDE
    alice.keys("\x1b1", *[PAGE_UP] * 20)
    assert 1 in numbers(alice)


def test_the_line_where_unread_begins_is_found_again() -> None:
    world, bob = talk(3)
    alice = Seat(world)
    alice.keys("/join dev\r")
    for number in range(4, 300):
        bob.send(f"MSG message {number}")
    lobby = alice.interface._chat.conversations.get("#lobby")
    alice.settle()
    assert lobby is not None
    assert len(lobby.timeline.items) <= KEPT_ASIDE
    assert lobby.unread == 296
    alice.keys("\x1b1")
    for _ in range(30):
        if any("── new" in row for row in alice.messages):
            break
        alice.keys(PAGE_UP)
    rows = alice.messages
    new = next(n for n, row in enumerate(rows) if "── new" in row)
    assert rows[new + 1].endswith("message 4")


def test_search_jumps_to_what_was_found() -> None:
    world, bob = talk(100)
    bob.send("MSG the needle is here")
    for number in range(101, 400):
        bob.send(f"MSG message {number}")
    alice = Seat(world)
    alice.keys("/join dev\r", "/search needle\r")
    assert "Found: needle" in alice.screen
    assert "#lobby bob: the needle is here" in alice.screen
    alice.keys("\r")
    assert "[#lobby]" in alice.terminal.rows()[-1]
    found = next(row for row in alice.messages if "needle" in row)
    assert "▸" in found
    assert 100 in numbers(alice)
    assert 399 not in numbers(alice)
    bob.send("MSG message 400")
    assert 400 not in numbers(alice)
    alice.keys(END)
    assert numbers(alice)[-1] == 400


def test_search_loads_more_at_the_end_and_may_find_nothing() -> None:
    world, _ = talk(50)
    alice = Seat(world)
    alice.keys("/search message\r")
    assert "message 50" in alice.screen
    alice.keys(*["\x1b[B"] * 45)
    assert 5 in [int(row.split()[-1]) for row in alice.messages if "bob: " in row]
    alice.keys("\x1b")
    alice.clock.advance(1)
    alice.keys("/search nothing\r")
    assert "Nothing found: nothing" in alice.screen


def test_to_speak_goes_back_to_the_present() -> None:
    world, _ = talk(300)
    alice = Seat(world)
    alice.keys(PAGE_UP, PAGE_UP, "hello\r")
    assert alice.messages[-1].endswith("alice hello")


# After a break


def test_it_catches_up_without_gap_or_double() -> None:
    world, bob = talk(30)
    alice = Seat(world)
    alice.keys("/join dev\r", "\x1b1")
    alice.cut()
    for number in range(31, 200):
        bob.send(f"MSG message {number}")
    bob.send("JOIN #dev", "MSG in dev, alice")
    alice.connect("alice")
    seen = numbers(alice)
    for _ in range(20):
        alice.keys(PAGE_UP)
        seen = [n for n in numbers(alice) if n not in seen] + seen
    assert seen == list(range(1, 200))
    alice.keys(END)
    assert numbers(alice) == sorted(set(numbers(alice)))
    assert "2:#dev(1,1!)" in alice.bar
    assert alice.terminal.bells == 0, "nobody just said it"


def test_it_comes_back_into_a_room_that_is_called_otherwise_now() -> None:
    world = World()
    bob = world.enter("bob")
    bob.send("JOIN #old", "MSG message 1")
    alice = Seat(world)
    alice.keys("/join old\r", "\x1b2")
    alice.cut()
    alice.keys("typed meanwhile\r")
    for number in range(2, 60):
        bob.send(f"MSG message {number}")
    bob.send("ROOM rename #new")
    bob.lines()
    alice.connect("alice")
    assert "1:#lobby 2:#new  " in alice.bar
    assert bob.lines()[-1] == "#new alice: typed meanwhile"
    seen = set(numbers(alice))
    for _ in range(20):
        alice.keys(PAGE_UP)
        seen |= set(numbers(alice))
    assert seen == set(range(1, 60))


def test_a_long_break_is_loaded_as_needed() -> None:
    world, bob = talk(30)
    alice = Seat(world)
    alice.cut()
    for number in range(31, 500):
        bob.send(f"MSG message {number}")
    alice.connect("alice")
    seen = set(numbers(alice))
    for _ in range(60):
        alice.keys(PAGE_UP)
        seen |= set(numbers(alice))
    assert seen == set(range(1, 500))


def test_what_was_typed_meanwhile_is_sent() -> None:
    world, bob = talk(3)
    alice = Seat(world)
    alice.keys("/join dev\r", "\x1b1")
    alice.cut()
    bob.lines()
    alice.keys("typed meanwhile\r")
    assert "…  typed meanwhile" in alice.screen
    assert not bob.lines()
    alice.connect("alice")
    assert bob.lines()[-1] == "alice: typed meanwhile"
    assert alice.messages[-1].endswith("alice typed meanwhile")
    assert "…" not in alice.screen


def test_what_had_arrived_is_not_sent_again() -> None:
    world, bob = talk(3)
    alice = Seat(world)
    assert alice.peer is not None
    peer, alice.peer = alice.peer, None
    alice.keys("arrived\r", "lost\r")
    peer.send(alice.sent[0])
    world.turn()
    alice.peer = peer
    peer.reset()
    alice.peer = None
    alice.interface.disconnected("offline")
    alice.connect("alice")
    said = [line for line in bob.lines() if line.startswith("alice:")]
    assert said == ["alice: arrived", "alice: lost"]
    assert [m.split()[-1] for m in alice.messages if "rrived" in m] == ["arrived"]


def test_what_had_arrived_before_much_else_is_not_sent_again() -> None:
    world, bob = talk(3)
    alice = Seat(world)
    peer, alice.peer = alice.peer, None
    alice.keys("arrived\r")
    assert peer is not None
    peer.send(alice.sent[0])
    world.turn()
    peer.reset()
    alice.interface.disconnected("offline")
    for number in range(4, 60):
        bob.send(f"MSG message {number}")
    alice.connect("alice")
    assert [line for line in bob.lines() if line.startswith("alice:")] == [
        "alice: arrived"
    ]


def test_a_page_is_asked_for_once() -> None:
    alice = Seat()
    alice.hear(event="nick", old=None, nick="alice", you=True)
    for number in range(500, 560):
        alice.hear(
            event="message", room="#lobby", nick="bob", text=f"{number}", id=number
        )
    alice.keys(*[PAGE_UP] * 6)
    assert len(alice.sent) == 1
    assert '"before":500' in alice.sent[0]


def test_private_messages_under_way_may_have_arrived() -> None:
    world, bob = talk(3)
    alice = Seat(world)
    alice.keys("/query bob\r")
    peer, alice.peer = alice.peer, None
    alice.keys("psst\r")
    alice.peer = peer
    alice.cut()
    assert "may not have arrived: psst" in alice.screen
    alice.connect("alice")
    assert not any("psst" in line for line in bob.lines())


def test_a_server_that_kept_nothing_counts_anew() -> None:
    alice = Seat()

    def said(id: int, second: int, **more: Any) -> None:
        alice.hear(
            event="message",
            room="#lobby",
            nick="bob",
            text=f"message {id * 10 + second}",
            id=id,
            **{"at": f"2023-11-14T22:13:{second:02}.000Z", **more},
        )

    alice.hear(event="nick", old=None, nick="alice", you=True)
    for number in range(1, 6):
        said(number, number)
    alice.interface.disconnected("offline")
    alice.hear(event="nick", old=None, nick="alice", you=True)
    said(1, 30, replay=True)
    said(2, 31)
    assert numbers(alice) == [11, 22, 33, 44, 55, 40, 51]


def test_rooms_that_are_wanted_are_entered_however_late_it_connects() -> None:
    world, _ = talk(3)
    for attempts in (0, 2):
        alice = Seat(settings=PLAIN._replace(rooms=("#dev",)))
        for _ in range(attempts):
            alice.interface.disconnected("refused; again in 1 s")
        alice.world = world
        alice.connect(f"alice{attempts}")
        assert "2:#dev" in alice.bar


def test_what_was_said_before_one_came_is_not_unread() -> None:
    world, bob = talk(0)
    bob.send("JOIN #dev", *(f"MSG message {number}" for number in range(1, 101)))
    alice = Seat(settings=PLAIN._replace(rooms=("#dev",)))
    alice.world = world
    assert alice.interface.rooms is None
    alice.connect("alice")
    for _ in range(5):
        alice.settle()
    assert alice.interface.rooms == ("#lobby", "#dev")
    assert "(" not in alice.bar
    assert not [line for line in alice.sent if "history" in line]
    bob.send("MSG message 101")
    assert "2:#dev(1)" in alice.bar
    alice.cut()
    assert alice.interface.rooms is None


# The window


def item(id: int) -> Item:
    return Item(Kind.MESSAGE, None, f"message {id}", "bob", id)


def ids(timeline: Timeline) -> list[int]:
    return [item.id for item in timeline.items]


def test_a_message_is_added_once_and_in_its_place() -> None:
    timeline = Timeline(older=True)
    assert [timeline.add(item(n)) for n in (3, 6, 3, 4, 5, 6)] == [
        *(True, True),
        *(False,) * 4,
    ]
    assert ids(timeline) == [3, 4, 5, 6]


def test_pages_overlap_without_doubles() -> None:
    timeline = Timeline(older=True)
    for number in (10, 11):
        timeline.add(item(number))
    timeline.load_older(map(item, (7, 8, 9, 10)), more=False)
    assert ids(timeline) == [7, 8, 9, 10, 11]
    assert not timeline.older
    timeline.load_newer(map(item, (11, 12)), more=False)
    assert ids(timeline)[-2:] == [11, 12]


def test_who_comes_and_goes_leaves_nothing() -> None:
    timeline = Timeline(older=False)
    timeline.add_presence(None, "bob", "")
    timeline.add_presence(None, "", "bob")
    assert timeline.items == []
    timeline.add_presence(None, "", "carol")
    timeline.add_presence(None, "carol", "")
    assert timeline.items == []
