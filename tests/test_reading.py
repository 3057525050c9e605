"""How far somebody has read, what is unread, and where they are mentioned."""

from __future__ import annotations

import pytest

from .support import PASSWORD, Client, World, ask, member, refused, skip


@pytest.fixture
def world() -> World:
    return World()


def login(world: World, nick: str, *lines: str) -> Client:
    client = world.connect()
    client.send(*lines, f"LOGIN {nick} {PASSWORD}")
    return client


def test_what_is_unread_is_counted(world: World) -> None:
    alice, bob = member(world, "alice", "#dev"), member(world, "bob", "#dev")
    assert ask(bob, "UNREAD") == ["* Nothing is unread"]
    bob.send("READ #dev")
    for text in ("one", "two for bob", "three"):
        alice.send(f"MSG {text}")
    alice.send("PRIV bob psst")
    bob.send("MSG mine is none")
    bob.send("READ #dev 1")
    skip(bob)
    assert bob.ask("UNREAD") == [
        "* @alice: 1 unread (HISTORY @alice after 0)",
        "* #dev: 2 unread, you are in 1 (HISTORY #dev after 1)",
    ]
    bob.send("READ @alice", "READ dev 2")
    assert ask(bob, "UNREAD") == ["* #dev: 1 unread (HISTORY #dev after 2)"]
    assert ask(bob, "READ") == []
    assert ask(bob, "UNREAD") == ["* Nothing is unread"]


def test_programs_are_told_of_each_place(world: World) -> None:
    alice, bob = member(world, "alice", "#dev"), member(world, "bob", "#dev")
    alice.send("MSG zero")
    bob.send("READ", "FORMAT json")
    alice.send("MSG bob!", "MSG bob?", "PRIV bob psst")
    skip(bob)
    bob.send('{"do":"unread","label":"u"}')
    [event] = bob.events()
    assert event["label"] == "u"
    assert event["more"] == 0
    assert event["places"] == [
        {"with": "alice", "id": 0, "last": 1, "unread": 1, "mentions": 0},
        {"room": "#dev", "id": 1, "last": 3, "unread": 2, "mentions": 2},
    ]
    bob.send('{"do":"read","with":"alice","id":1,"label":"r"}')
    assert [event["event"] for event in bob.events()] == ["done"]
    bob.send('{"do":"mentions"}')
    [event] = bob.events()
    assert [m["text"] for m in event["messages"]] == ["bob?", "bob!"]
    assert event["more"] is False


def test_ones_other_sessions_are_told_and_nobody_else(world: World) -> None:
    alice, bob = member(world, "alice", "#dev"), member(world, "bob", "#dev")
    again = login(world, "bob", "FORMAT json")
    alice.send("FORMAT json")
    bob.send("FORMAT json")
    carol = member(world, "carol", "#dev")
    carol.send("MSG one", "MSG two, bob", "MSG three")
    skip(alice, bob, again)
    bob.send('{"do":"read","room":"#dev","id":1}')
    told = {"event": "read", "room": "#dev", "id": 1, "unread": 2, "mentions": 1}
    [event] = again.events()
    assert {**event, "at": ""} == {**told, "at": ""}
    assert not alice.events()
    assert not bob.events()
    again.send('{"do":"read","room":"#dev"}')
    [event] = bob.events()
    assert (event["id"], event["unread"], event["mentions"]) == (3, 0, 0)


def test_it_never_goes_back_nor_past_the_end(world: World) -> None:
    alice, bob = member(world, "alice", "#dev"), member(world, "bob", "#dev")
    for _ in range(3):
        alice.send("MSG hi")
    markers, number = world.hub.markers, bob.user.author
    for id, expected in ((2, 2), (1, 2), (99, 3), (0, 3)):
        bob.send(f"READ #dev {id}")
        assert markers.get(number, "#dev") == expected


def test_guests_have_read_nothing_and_nobody_reads_where_they_are_not(
    world: World,
) -> None:
    alice, bob, guest = member(world, "alice", "#dev"), member(world, "bob"), None
    guest = world.enter("guest")
    alice.send("MSG hi", "PRIV bob psst")
    for line in ("READ", "UNREAD", "MENTIONS", "READ @alice"):
        assert refused(guest, line) == 464
    assert refused(bob, "READ #dev 1") == 442
    assert refused(bob, "READ #none 1") == 403
    carol = member(world, "carol")
    assert ask(carol, "READ @bob 1") == []
    assert ask(carol, "UNREAD") == ["* Nothing is unread"]


def test_who_left_has_read_up_to_there(world: World) -> None:
    """Where no device says otherwise."""
    alice, bob = member(world, "alice", "#dev"), member(world, "bob", "#dev")
    alice.send("MSG one")
    bob.send("QUIT")
    alice.send("MSG two for @bob", "MSG three")
    bob = login(world, "bob")
    bob.send("JOIN #dev")
    skip(bob)
    [line] = bob.ask("UNREAD")
    assert line == "* #dev: 2 unread, you are in 1 (HISTORY #dev after 1)"
    [line] = bob.ask("MENTIONS")
    assert line.endswith("#dev/2 alice: two for @bob")


def test_with_whom_one_has_written_is_listed(world: World) -> None:
    """To the two alone, and to no guest."""
    alice, bob = member(world, "alice"), member(world, "bob")
    carol, guest = member(world, "carol"), world.enter("guest")
    assert ask(bob, "CONVERSATIONS") == ["* Nothing that you wrote in private is kept"]
    alice.send("PRIV bob,carol one", "PRIV bob two", "PRIV bob three")
    guest.send("PRIV bob four")
    skip(bob)
    assert bob.ask("CONVERSATIONS") == [
        "* @alice (HISTORY @alice)",
        "* @alice,carol (HISTORY @alice,carol)",
    ]
    skip(carol)
    carol.send("FORMAT json")
    skip(carol)
    carol.send('{"do":"conversations"}')
    [event] = carol.events()
    assert event["conversations"] == [{"with": "alice,bob", "last": 1}]
    assert event["more"] == 0
    assert refused(guest, "CONVERSATIONS") == 464
    carol.send("UNREGISTER " + PASSWORD)
    skip(bob)
    assert bob.ask("CONVERSATIONS") == ["* @alice (HISTORY @alice)"]


def test_whom_one_ignores_is_neither_counted_nor_listed(world: World) -> None:
    alice, bob = member(world, "alice", "#dev"), member(world, "bob", "#dev")
    guest = world.enter("guest")
    alice.send("MSG hi")
    bob.send("READ", "IGNORE alice", "IGNORE guest")
    guest.send("JOIN #dev", "MSG bob")
    alice.send("MSG bob", "PRIV bob psst")
    assert ask(bob, "UNREAD") == ["* Nothing is unread"]
    assert ask(bob, "MENTIONS") == ["* Nobody has mentioned you"]


def test_here_means_all_where_an_owner_says_it(world: World) -> None:
    alice, bob, carol = (member(world, nick, "#dev") for nick in ("ann", "bob", "cat"))
    alice.send("MSG hi")
    bob.send("READ")
    carol.send("MSG @here from a member", "MSG I am here")
    assert ask(bob, "MENTIONS") == ["* Nobody has mentioned you"]
    alice.send("MSG @here from the owner", "MSG no@here.example", "MSG here")
    [line] = ask(bob, "MENTIONS")
    assert line.endswith("ann: @here from the owner")


def test_a_forgotten_rooms_ids_begin_anew(world: World) -> None:
    alice, bob = member(world, "alice", "#dev"), member(world, "bob", "#dev")
    number = bob.user.author
    alice.send("MSG hi")
    bob.send("READ")
    alice.send("PART #dev")
    bob.send("PART #dev")
    world.hub.forget_places(["#dev"])
    assert world.hub.markers.get(number, "#dev") is None


def test_a_removed_account_leaves_no_marker(world: World) -> None:
    alice, bob = member(world, "alice", "#dev"), member(world, "bob", "#dev")
    alice.send("MSG hi", "PRIV bob psst")
    bob.send("READ #dev", "READ @alice", f"UNREGISTER {PASSWORD}")
    assert not [m for m in world.hub.markers if m.account != alice.user.author]


def test_markers_are_written_once_in_five_seconds() -> None:
    from .kept import Kept

    store = Kept()
    world = World(store=store)
    alice, bob = member(world, "alice", "#dev"), member(world, "bob", "#dev")
    for number in range(1, 6):
        alice.send("MSG hi")
        bob.send(f"READ #dev {number}")
        world.advance(0.5)
    store.turn()
    store.clock.advance(1)
    assert store.markers() == []
    world.advance(3)
    store.turn()
    store.clock.advance(1)
    [marker] = store.markers()
    assert (marker.account, *marker[1:]) == (bob.user.author, "#dev", 5, True)


def test_who_comes_in_is_shown_what_they_have_not_read(world: World) -> None:
    """With a mark where it begins, and up to 200 of it."""
    alice, bob = member(world, "alice", "#dev"), member(world, "bob", "#dev")
    for number in range(3):
        alice.send(f"MSG old {number}")
    bob.send("PART #dev")
    for number in range(30):
        alice.send(f"MSG new {number}")
    skip(bob)
    shown = [line for line in ask(bob, "JOIN #dev") if "new" in line.lower()]
    assert shown[0] == "* New to you in #dev:"
    assert len(shown) == 31
    alice.send("MSG one more")
    bob.send("PART #dev")
    alice.send("MSG last")
    lines = ask(bob, "JOIN #dev")
    [mark] = [number for number, line in enumerate(lines) if "New to you" in line]
    assert lines[mark + 1].endswith("#dev alice: last")
    assert len(lines[mark + 1 :]) == 1, "and 19 that are known before it"
    assert len([line for line in lines if "alice: " in line]) == 20
    bob.send("PART #dev", "FORMAT json")
    for _ in range(250):
        alice.send("MSG many")
    skip(bob)
    world.hub.settings.__dict__["send_queue"] = 1 << 20
    bob.send("JOIN #dev")
    again = [event for event in bob.events() if event.get("replay")]
    assert len(again) == 200
    assert all(event["unread"] for event in again)


def test_at_login_all_rooms_share_what_may_be_sent(world: World) -> None:
    """A quarter of the send queue; the rest is there for who asks."""
    rooms = [f"#r{number}" for number in range(8)]
    alice, bob = member(world, "alice", *rooms), member(world, "bob", *rooms)
    for room in rooms:
        for _ in range(20):
            alice.send(f"PRIV {room} {'x' * 900}")
    again = login(world, "bob")
    assert len(again.bytes()) < 24 * 1024 + 4096
    assert not bob.closed


def test_guests_and_who_has_read_all_are_shown_the_last_twenty(world: World) -> None:
    alice, bob = member(world, "alice", "#dev"), member(world, "bob", "#dev")
    guest = world.enter("guest")
    for number in range(25):
        alice.send(f"MSG {number}")
    bob.send("READ", "PART #dev")
    for client in (bob, guest):
        lines = ask(client, "JOIN #dev")
        assert len([line for line in lines if "alice: " in line]) == 20
        assert not [line for line in lines if "New to you" in line]
