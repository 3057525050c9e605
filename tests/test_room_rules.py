"""Owners, locks, keys, limits, moderated rooms, voices, invitations."""

from __future__ import annotations

import pytest

from twisted_chat.events import ChatError
from twisted_chat.history import MemoryHistory
from twisted_chat.hub import Settings, Stored, administering, presence

from .kept import Kept
from .support import PASSWORD, Client, World, ask, member, refused, skip


@pytest.fixture
def world() -> World:
    return World(operators=frozenset({"root"}))


def guest(world: World, nick: str, *rooms: str) -> Client:
    client = world.enter(nick)
    client.send(*(f"JOIN {room}" for room in rooms))
    client.lines()
    return client


# Owning


def test_who_makes_a_room_owns_it(world: World) -> None:
    member(world, "alice", "#dev")
    bob = member(world, "bob", "#dev")
    assert list(world.room("#dev").rules.owners) == ["alice"]
    assert refused(bob, "ROOM lock") == 482


def test_a_room_without_owner_is_the_next_ones_who_makes_it(world: World) -> None:
    guest(world, "alice", "#dev").send("PART #dev")
    bob = member(world, "bob", "#dev")
    assert "is locked" in ask(bob, "ROOM lock")[0]


def test_the_lobby_has_no_owner(world: World) -> None:
    alice, root = member(world, "alice"), member(world, "root")
    assert refused(alice, "ROOM moderated on") == 482
    for line in ("ROOM lock", "ROOM key x", "ROOM limit 1", "OWNER alice"):
        assert refused(root, f"{line}") == 484
    assert "is moderated" in ask(root, "ROOM moderated on")[0]
    assert refused(alice, "MSG hi") == 404


def test_owners_name_others(world: World) -> None:
    alice = member(world, "alice", "#dev")
    bob = member(world, "bob", "#dev")
    assert refused(alice, "OWNER nobody") == 401
    assert ask(alice, "OWNER bob") == ["* #dev has a new owner: bob (alice)"]
    assert "* #dev has a new owner: bob (alice)" in bob.lines()
    assert ask(bob, "OWNER -alice") == ["* #dev has an owner less: alice (bob)"]
    assert refused(alice, "ROOM lock") == 482
    assert refused(bob, "OWNER -alice") == 441
    assert ask(bob, "OWNER") == ["* #dev: owners: bob"]


def test_an_operator_owns_every_room(world: World) -> None:
    alice, root = member(world, "alice", "#dev"), member(world, "root")
    assert "has a key now" in ask(root, "ROOM #dev key hush")[0]
    assert "key hush" in ask(root, "ROOM #dev")[0]
    assert "* #dev has a key now (root)" in alice.lines()


def test_an_account_owns_at_most_20_rooms(world: World) -> None:
    alice = member(world, "alice")
    for number in range(20):
        alice.send(f"JOIN #room{number}", "PART")
    alice.lines()
    told = "* You own 20 rooms; #more is yours until you leave it"
    assert told in ask(alice, "JOIN #more")
    assert not world.room("#more").rules.owners
    assert "is locked" in ask(alice, "ROOM lock")[0]
    bob = world.enter("bob")
    assert refused(bob, "JOIN #more") == 473
    alice.send("PART #more")
    assert "* bob joined #more" in ask(bob, "JOIN #more")


def test_giving_an_account_up_gives_its_rooms_up(world: World) -> None:
    alice = member(world, "alice", "#dev", "#old")
    alice.send("PART #old")
    alice.send(f"UNREGISTER {PASSWORD}")
    assert not world.room("#dev").rules.owners
    alice.send("PART #dev", "NICK other")
    bob = member(world, "bob", "#dev", "#old")
    assert list(world.room("#dev").rules.owners) == ["bob"]
    assert list(world.room("#old").rules.owners) == ["bob"]
    skip(bob)


# Getting in


def test_a_locked_room_takes_who_is_invited(world: World) -> None:
    alice = member(world, "alice", "#dev")
    bob, carol = guest(world, "bob"), guest(world, "carol")
    alice.send("ROOM lock")
    assert refused(bob, "JOIN #dev") == 473
    skip(alice)
    assert ask(alice, "INVITE bob") == ["* bob is invited to #dev"]
    assert bob.lines() == ["* alice invites you to #dev; JOIN #dev"]
    assert "* bob joined #dev" in ask(bob, "JOIN #dev")
    assert refused(carol, "JOIN #dev") == 473
    bob.send("PART #dev")
    assert refused(bob, "JOIN #dev") == 473
    alice.send("ROOM unlock")
    assert "* bob joined #dev" in ask(bob, "JOIN #dev")


def test_who_may_invite(world: World) -> None:
    alice = member(world, "alice", "#dev")
    bob, carol = guest(world, "bob", "#dev"), guest(world, "carol")
    assert refused(carol, "INVITE bob #dev") == 442
    assert refused(bob, "INVITE nobody") == 401
    assert refused(bob, "INVITE alice") == 443
    assert refused(bob, "INVITE") == 461
    assert ask(bob, "INVITE carol") == ["* carol is invited to #dev"]
    alice.send("ROOM lock")
    assert refused(bob, "INVITE carol") == 482
    # What a mere member says is no key.
    assert refused(carol, "JOIN #dev") == 473


def test_invitations_into_rooms_that_are_closed_are_not_counted(world: World) -> None:
    root, bob = member(world, "root"), guest(world, "bob")
    for number in range(120):
        root.send(f"JOIN #r{number}", "INVITE bob", "PART")
        skip(root, bob)
    root.send("JOIN #den", "ROOM lock", "INVITE bob")
    assert "* bob joined #den" in ask(bob, "JOIN #den")


def test_an_ignored_one_invites_in_vain(world: World) -> None:
    bob, carol = guest(world, "bob", "#dev"), guest(world, "carol")
    carol.send("IGNORE bob")
    skip(carol)
    bob.send("INVITE carol")
    assert carol.lines() == []


def test_a_key(world: World) -> None:
    alice = member(world, "alice", "#dev")
    bob = guest(world, "bob")
    assert ask(alice, "ROOM key hush") == ["* #dev has a key now (alice)"]
    assert refused(bob, "JOIN #dev") == 475
    assert refused(bob, "JOIN #dev wrong") == 475
    assert "* bob joined #dev" in ask(bob, "JOIN #dev hush")
    assert ask(bob, "ROOM") == ["* #dev: has a key; owners: alice"]
    assert "key hush" in ask(alice, "ROOM")[-1]
    alice.send("ROOM key")
    assert "* carol joined #dev" in ask(guest(world, "carol"), "JOIN #dev")


@pytest.mark.parametrize("key", ["x" * 51, "a,b", "#a", "\x01", "two words"])
def test_a_bad_key(world: World, key: str) -> None:
    assert refused(member(world, "alice", "#dev"), f"ROOM key {key}") == 461


def test_a_limit(world: World) -> None:
    alice = member(world, "alice", "#dev")
    bob = guest(world, "bob")
    assert ask(alice, "ROOM limit 1") == ["* #dev takes 1 people (alice)"]
    assert refused(bob, "JOIN #dev") == 471
    alice.send("ROOM limit 2")
    assert "* bob joined #dev" in ask(bob, "JOIN #dev")
    for bad in ("0", "-1", "x", "1" * 20, "²"):
        assert refused(alice, f"ROOM limit {bad}") == 461
    assert ask(alice, "ROOM limit") == ["* #dev has no limit any more (alice)"]


def test_owners_and_operators_always_get_in(world: World) -> None:
    alice, bob = member(world, "alice", "#dev"), guest(world, "bob", "#dev")
    root = member(world, "root")
    alice.send("ROOM lock", "ROOM key hush", "ROOM limit 1", "PART #dev")
    assert "* alice joined #dev" in ask(alice, "JOIN #dev")
    assert "* root joined #dev" in ask(root, "JOIN #dev")
    assert bob.user in world.room("#dev").members


def test_a_refused_newcomer_leaves_no_room_behind(world: World) -> None:
    alice, bob = member(world, "alice", "#dev"), guest(world, "bob")
    alice.send("ROOM lock", "PART #dev")
    assert refused(bob, "JOIN #dev") == 473
    assert "#dev" not in world.hub.rooms
    assert bob.connection.session.room is world.room("#lobby")


# Speaking


def test_in_a_moderated_room_voices_speak(world: World) -> None:
    alice, bob = member(world, "alice", "#dev"), guest(world, "bob", "#dev")
    alice.send("ROOM moderated on")
    for line in ("MSG hi", "ME waves"):
        assert refused(bob, line) == 404
    skip(alice)
    assert ask(alice, "VOICE bob") == ["* #dev has a new voice: bob (alice)"]
    bob.send("MSG hi", "ME waves")
    assert alice.lines() == ["#dev bob: hi", "#dev * bob waves"]
    alice.send("MSG hello", "VOICE -bob")
    assert bob.lines()[-2:] == [
        "#dev alice: hello",
        "* #dev has a voice less: bob (alice)",
    ]
    assert refused(bob, "MSG hi") == 404
    alice.send("ROOM moderated off")
    skip(alice)
    bob.send("MSG free")
    assert alice.lines() == ["#dev bob: free"]


def test_a_guests_voice_ends_with_leaving_an_accounts_does_not(world: World) -> None:
    alice = member(world, "alice", "#dev")
    bob, carol = guest(world, "bob", "#dev"), member(world, "carol", "#dev")
    alice.send("ROOM moderated on", "VOICE bob", "VOICE carol")
    for client in (bob, carol):
        client.send("PART #dev", "JOIN #dev")
    assert refused(bob, "MSG hi") == 404
    assert ask(carol, "MSG hi") == []
    assert refused(alice, "VOICE nobody") == 401
    bob.send("PART #dev")
    assert refused(alice, "VOICE bob") == 441


def test_a_parting_word_is_no_way_round_it(world: World) -> None:
    alice, bob = member(world, "alice", "#dev"), guest(world, "bob", "#dev")
    alice.send("ROOM moderated on")
    skip(alice)
    bob.send("PART #dev you are all wrong")
    assert alice.lines() == ["* bob left #dev"]


def test_a_locked_topic(world: World) -> None:
    alice, bob = member(world, "alice", "#dev"), guest(world, "bob", "#dev")
    bob.send("TOPIC free")
    alice.send("ROOM topic lock")
    assert refused(bob, "TOPIC mine") == 482
    assert ask(bob, "TOPIC") == ["* #dev is about: free (bob)"]
    alice.send("TOPIC order", "ROOM topic unlock")
    skip(bob)
    assert ask(bob, "TOPIC mine") == ["* #dev is about: mine (bob)"]


@pytest.mark.parametrize(
    ("who", "refusals"),
    [("anyone", ""), ("registered", "bob"), ("operators", "bob alice")],
)
def test_who_sets_the_lobbys_topic(who: str, refusals: str) -> None:
    world = World(operators=frozenset({"root"}), lobby_topic=who)
    guest(world, "bob")
    member(world, "alice")
    member(world, "root")
    for nick in ("bob", "alice", "root"):
        client = world.connect()
        state = client.connection.session.state
        presence.attach(world.hub, state, world.hub.users[nick])
        [answer] = ask(client, f"TOPIC by {nick}")
        assert answer.startswith("ERR 482 ") == (nick in refusals.split()), answer
    root = world.hub.users["root"]
    administering.set_rule(world.hub, root, world.room(), "topic_locked", "on")
    world.room().rules.check_topic(world.room(), root)
    with pytest.raises(ChatError, match="Only operators"):
        world.room().rules.check_topic(world.room(), world.hub.users["alice"])


def test_by_itself_guests_do_not_set_the_lobbys_topic() -> None:
    assert Settings().lobby_topic == "registered"


def test_a_guest_sets_the_topic_of_another_room() -> None:
    world = World(lobby_topic="operators")
    bob = guest(world, "bob", "#dev")
    assert ask(bob, "TOPIC mine") == ["* #dev is about: mine (bob)"]


# What is said of it


def test_rules_as_json(world: World) -> None:
    alice = member(world, "alice", "#dev")
    alice.send("FORMAT json")
    skip(alice)
    alice.send("ROOM limit 7", "ROOM")
    changed, rules = alice.events()
    del changed["at"], rules["at"]
    assert changed == {
        "event": "room",
        "room": "#dev",
        "by": "alice",
        "rule": "limit",
        "value": "7",
    }
    assert rules == {
        "event": "rules",
        "room": "#dev",
        "locked": False,
        "moderated": False,
        "topic_locked": False,
        "secret": False,
        "no_ctcp": False,
        "key": None,
        "limit": 7,
        "owners": ["alice"],
        "voices": [],
    }
    alice.send("WHO")
    [who] = alice.events()
    assert who["people"] == [{"nick": "alice", "away": "", "rank": "owner"}]


def test_bad_words(world: World) -> None:
    alice = member(world, "alice", "#dev")
    for line in ("ROOM open", "ROOM topic", "ROOM key a b", "ROOM moderated"):
        assert refused(alice, line) == 461
    bob = guest(world, "bob")
    assert refused(bob, "ROOM #dev") == 442
    assert refused(bob, "ROOM #nowhere") == 403
    bob.send("PART")
    assert refused(bob, "ROOM") == 404


# Rooms that are kept


def test_an_owned_room_is_kept_while_nobody_is_there() -> None:
    store = Kept()
    world = World(store=store)
    alice = member(world, "alice", "#Dev")
    alice.send("TOPIC work", "ROOM key hush", "ROOM moderated on", "PART #dev")
    assert "#dev" not in world.hub.rooms
    [record] = store.rooms()
    assert (record.name, record.topic, record.key) == ("#Dev", "work", "hush")
    assert (record.moderated, record.owners) == (True, ("alice",))
    assert refused(guest(world, "bob"), "JOIN #dev") == 475
    shown = ask(alice, "JOIN #dev")
    assert "* #Dev is about: work (alice)" in shown
    alice.send("ROOM key", "OWNER -alice")
    assert store.rooms() == []


def test_a_room_without_owner_is_not_kept() -> None:
    store = Kept()
    world = World(store=store)
    bob = guest(world, "bob", "#dev")
    bob.send("TOPIC nothing", "PART #dev")
    assert store.rooms() == []
    bob.send("JOIN #dev", "TOPIC")
    assert "* #dev has no topic" in bob.lines()


def test_the_lobbys_topic_is_kept() -> None:
    store = Kept()
    World(store=store).enter("bob").send("TOPIC welcome")
    again = World(store=store)
    again.hub.load(Stored(rooms=store.rooms()))
    alice = again.connect()
    assert "* #lobby is about: welcome (bob)" in ask(alice, "NICK alice")


def test_who_enters_an_empty_room_that_is_owned_does_not_own_it() -> None:
    world = World()
    alice = member(world, "alice", "#dev")
    alice.send("PART #dev")
    bob = member(world, "bob", "#dev")
    assert list(world.room("#dev").rules.owners) == ["alice"]
    assert refused(bob, "ROOM #dev lock") == 482
    bob.send("PART #dev")
    alice.send("JOIN #dev", "ROOM #dev lock")
    assert refused(bob, "JOIN #dev") == 473


def test_rooms_that_strangers_open_leave_nothing_behind() -> None:
    world = World()
    bob = world.enter("bob")
    history, registry = world.hub.history, world.hub.room_registry
    for number in range(300):
        bob.send(f"JOIN #fresh{number}", "ROOM moderated", "PART")
    assert list(world.hub.rooms) == ["#lobby"]
    assert list(registry._lists) == ["#lobby"]
    assert not registry._records
    assert not registry.hidden
    assert isinstance(history, MemoryHistory)
    assert list(history._rooms) == ["#lobby"]
    assert not world.hub.last_ids
