"""A node that was cut off comes back, and its people with it."""

from __future__ import annotations

from typing import Any

import pytest
from twisted.internet.defer import Deferred
from twisted.python.failure import Failure

from twisted_chat.events import Ban, ChatError
from twisted_chat.hub import entries as e
from twisted_chat.hub.entries import VERSION, Entry, Seat, SessionId
from twisted_chat.hub.isolation import CutOff
from twisted_chat.log import Within

from .irc_support import Network
from .later_log import Waited
from .support import PASSWORD, Client, World

FAR = SessionId(9, 1)
"""A session of another node."""

HOST, NEAR = "192.0.2.77", "198.51.100.7"
BACK = "* This server is with the others again"
LOST = "* This server has lost the others; what you send waits until it is back"

# How the log behaves is said here test by test.
pytestmark = pytest.mark.at_once


class Cut:
    """A node that is cut off, and comes back under another number."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.hub = world.hub
        self.hub.node = 1
        self.apply(e.NodeUp(1, "east", VERSION))
        self.apply(e.NodeUp(9, "west", VERSION))

    def apply(self, entry: Entry) -> None:
        self.hub.apply(entry, self.hub.now())

    def off(self) -> None:
        """The others say that the node is gone."""
        self.apply(e.NodeGone(self.hub.node))

    def on(self) -> None:
        self.hub.node += 1
        self.apply(e.NodeUp(self.hub.node, "east", VERSION))
        self.hub.stranded.bring_back()

    def elsewhere(self, nick: str, id: SessionId = FAR) -> None:
        """Somebody comes in on another node."""
        self.apply(e.Connect(id, HOST, True, True))
        self.apply(e.TakeNick(id, nick, "", f"{id.number:010x}"))


def cut_world(**settings: Any) -> tuple[World, Cut]:
    world = World(**settings)
    return world, Cut(world)


def rooms_of(world: World, nick: str) -> list[str]:
    return list(world.hub.users[nick].rooms)


def test_people_come_back_as_they_were() -> None:
    world, cut = cut_world()
    alice, bob = world.enter("alice"), world.enter("bob")
    alice.send("JOIN #a", "JOIN #b", "JOIN #lobby", "AWAY tea", "IGNORE bob")
    before = world.hub.snapshot()
    cut.off()
    assert not world.hub.sessions
    assert not world.hub.users
    assert list(world.hub.rooms) == ["#lobby"]
    cut.on()
    after = world.hub.snapshot()
    assert [session.id.node for session in after.sessions] == [2, 2]
    for was, now in zip(before.people, after.people, strict=True):
        same = was._replace(
            sessions=now.sessions,
            since=now.since,
            spoke=now.spoke,
            rooms=now.rooms,
            author=now.author,
        )
        assert now == same
        assert sorted(now.rooms) == sorted(was.rooms)
    assert [room.since for room in after.rooms] == [room.since for room in before.rooms]
    assert not alice.closed
    assert not bob.closed


def test_the_person_is_told_and_goes_on_where_they_were() -> None:
    world, cut = cut_world()
    alice = world.enter("alice")
    alice.send("JOIN #a", "JOIN #b", "JOIN #a")
    alice.lines()
    cut.off()
    assert alice.lines() == [LOST]
    cut.on()
    assert BACK in alice.lines()
    bob = world.enter("bob")
    bob.send("JOIN #a")
    bob.lines()
    alice.send("MSG still in the same room")
    assert bob.lines() == ["#a alice: still in the same room"]


def test_what_they_send_meanwhile_waits() -> None:
    world, cut = cut_world()
    alice = world.enter("alice")
    alice.send("JOIN #a")
    cut.off()
    alice.send("MSG one", "MSG two")
    assert not alice.transport.reading
    assert world.hub.lobby.last_id == 0
    cut.on()
    world.turn()
    assert alice.transport.reading
    assert world.hub.rooms["#a"].last_id == 2


def test_who_has_no_nick_is_connected_anew() -> None:
    world, cut = cut_world()
    new = world.connect()
    new.lines()
    cut.off()
    cut.on()
    assert new.lines() == [LOST, BACK]
    assert "alice" in new.ask("NICK alice")[0]
    assert rooms_of(world, "alice") == ["#lobby"]


def test_who_went_meanwhile_does_not_come_back() -> None:
    world, cut = cut_world()
    alice, bob = world.enter("alice"), world.enter("bob")
    listener = alice.connection.listener
    world.hub.monitor.add(listener, "carol")
    cut.off()
    alice.reset()
    world.turn()
    assert not world.hub.monitor.nicks(listener)
    cut.on()
    assert list(world.hub.users) == ["bob"]
    assert not bob.closed


def test_they_ignore_whom_they_did() -> None:
    world, cut = cut_world()
    alice, bob = world.enter("alice"), world.enter("bob")
    alice.send("IGNORE bob")
    cut.off()
    cut.on()
    alice.lines()
    bob.send("MSG hi")
    assert alice.lines() == []


def open_rooms(cut: Cut, *rooms: str) -> None:
    """Rooms that carol, of another node, has made, so that they stay."""
    cut.elsewhere("carol")
    for room in rooms:
        cut.apply(e.Join(FAR, room, ""))


def test_a_guest_has_the_voice_and_the_rooms_that_they_had() -> None:
    world, cut = cut_world()
    open_rooms(cut, "#a", "#b", "#c")
    alice = world.enter("alice")
    alice.send("JOIN #mine", "JOIN #a", "JOIN #b")
    cut.apply(e.Join(FAR, "#mine", ""))
    cut.apply(e.SetRule(FAR, "#a", "moderated", "on"))
    cut.apply(e.SetVoice(FAR, "#a", "alice", True))
    since = world.hub.users["alice"].since
    world.clock.advance(60)
    cut.off()
    assert not world.hub.rooms["#mine"].rules.guest_owners
    cut.on()
    user, rooms = world.hub.users["alice"], world.hub.rooms
    assert user.since == since
    ranks = {key: rooms[key].rules.rank(user) for key in user.rooms}
    assert ranks == {"#lobby": "", "#mine": "owner", "#a": "voice", "#b": ""}
    alice.send("JOIN #a", "MSG heard")
    assert [m.text for m in rooms["#a"].tail.messages] == ["heard"]


@pytest.mark.parametrize("account", [False, True], ids=["guest", "account"])
def test_what_they_wrote_as_a_guest_is_theirs_still(account: bool) -> None:
    world, cut = cut_world()
    open_rooms(cut)
    alice = world.enter("alice")
    alice.send("MSG helo")
    if account:
        alice.send(f"REGISTER {PASSWORD}", "MSG with an account")
    cut.off()
    world.clock.advance(5)
    cut.on()
    alice.send("EDIT 1 hello", *(["EDIT 2 changed"] if account else []))
    world.advance(1)
    tail = world.room().tail.messages
    assert [m.text for m in tail] == ["hello", "changed"][: 1 + account]
    user = world.hub.users["alice"]
    assert (user.author > 0) is account


def test_a_guest_who_has_registered_since_or_never_had_it_gets_nothing() -> None:
    """Who comes back is who they were; a room of the same name is another one."""
    world, cut = cut_world()
    alice = world.enter("alice")
    alice.send("JOIN #mine")
    cut.off()
    world.clock.advance(5)
    open_rooms(cut, "#mine")
    cut.on()
    alice.send("JOIN #mine")
    assert world.hub.rooms["#mine"].rules.rank(world.hub.users["alice"]) == ""


def test_who_was_invited_still_is() -> None:
    world, cut = cut_world()
    open_rooms(cut, "#a")
    alice = world.enter("alice")
    cut.apply(e.SetRule(FAR, "#a", "locked", "on"))
    cut.apply(e.Invite(FAR, "#a", "alice"))
    cut.off()
    cut.on()
    alice.send("JOIN #a")
    assert "#a" in world.hub.users["alice"].rooms


@pytest.mark.parametrize("where", ["elsewhere", "here"])
def test_they_reply_to_who_wrote_to_them(where: str) -> None:
    """Also where that one has come back after them."""
    world, cut = cut_world()
    alice = world.enter("alice")
    if where == "elsewhere":
        cut.elsewhere("carol")
        cut.apply(e.Whisper(FAR, ("alice",), "psst", "message"))
    else:
        world.enter("carol").send("PRIV alice psst")
    cut.off()
    log = late(world)
    cut.on()
    log.run()
    writer = world.hub.users["alice"].last_writer
    assert writer is world.hub.users["carol"]
    assert alice.lines()


def test_who_has_another_s_nick_now_is_not_written_to() -> None:
    world, cut = cut_world()
    world.enter("alice")
    cut.elsewhere("carol")
    cut.apply(e.Whisper(FAR, ("alice",), "psst", "message"))
    cut.off()
    cut.apply(e.Disconnect(FAR, ""))
    cut.elsewhere("carol", SessionId(9, 2))
    cut.on()
    assert world.hub.users["alice"].last_writer is None


@pytest.mark.parametrize("gone", [False, True])
def test_an_account_that_was_proven_before_nick_is(gone: bool) -> None:
    world, cut = cut_world()
    cut.elsewhere("bob")
    cut.apply(e.Register(FAR, "bob", "hash", b"net"))
    cut.apply(e.Disconnect(FAR, ""))
    client = world.connect()
    session = client.connection.session
    cut.apply(e.Prove(session.id, "bob"))
    cut.off()
    if gone:
        cut.apply(e.Unregister("bob", "00000000aa"))
    cut.on()
    assert session.account == ("" if gone else "bob")


def test_a_room_that_they_had_left_stays_left() -> None:
    world, cut = cut_world()
    alice = world.enter("alice")
    alice.send("JOIN #a", "PART #lobby")
    cut.off()
    cut.on()
    assert rooms_of(world, "alice") == ["#a"]


# What was said meanwhile


def test_they_are_shown_what_they_missed_and_that_alone() -> None:
    world, cut = cut_world()
    alice = world.enter("alice")
    cut.elsewhere("carol")
    cut.apply(e.Say(FAR, "#lobby", "message", "before"))
    assert "carol: before" in alice.lines()
    cut.off()
    cut.apply(e.Say(FAR, "#lobby", "message", "meanwhile"))
    assert alice.lines() == [LOST]
    cut.on()
    lines = alice.lines()
    assert any("meanwhile" in line for line in lines)
    assert not any("before" in line for line in lines)


# What others took meanwhile


def test_a_nick_that_others_took_is_theirs() -> None:
    world, cut = cut_world()
    alice = world.enter("alice")
    cut.off()
    cut.elsewhere("alice")
    alice.lines()
    cut.on()
    lines = alice.lines()
    assert "* alice is taken: alice came while this server was cut off" in lines
    (guest,) = (nick for nick in world.hub.users if nick.startswith("guest_"))
    assert any(guest in line for line in lines)
    assert world.hub.users["alice"].sessions[0].id == FAR


def test_a_nick_that_others_registered_is_theirs() -> None:
    world, cut = cut_world()
    alice = world.enter("alice")
    cut.off()
    cut.apply(e.Register(SessionId(9, 99), "Alice", "hash", b"abc"))
    cut.on()
    assert "* alice is taken: Alice is registered" in alice.lines()
    assert next(iter(world.hub.users)).startswith("guest_")


def test_who_wears_the_nick_of_an_account_gives_it_back() -> None:
    world, cut = cut_world()
    alice = world.enter("alice")
    alice.send("REGISTER long-enough")
    cut.off()
    cut.elsewhere("alice")
    cut.on()
    assert world.hub.users["alice"].account == "alice"
    (other,) = (nick for nick in world.hub.users if nick.startswith("guest_"))
    assert [state.id for state in world.hub.users[other].sessions] == [FAR]


def test_an_account_that_was_removed_is_one_no_more() -> None:
    world, cut = cut_world(operators=frozenset({"alice"}))
    alice = world.enter("alice")
    alice.send("REGISTER long-enough")
    alice.lines()
    cut.off()
    cut.apply(e.Unregister("alice", "0123456789"))
    cut.apply(e.Register(FAR, "alice", "hash", b"abc"))  # by somebody else
    cut.on()
    assert "* You are logged out" in alice.lines()
    (user,) = world.hub.users.values()
    assert (user.account, user.operator) == ("", False)
    assert user.nick.startswith("guest_")


def test_who_is_an_operator_no_more_comes_back_as_none() -> None:
    world, cut = cut_world()
    alice, bob = world.enter("alice"), world.enter("bob")
    for client in (alice, bob):
        client.send("REGISTER long-enough")
    cut.apply(e.SetOperator("alice", True))
    cut.apply(e.SetOperator("bob", True))
    cut.off()
    cut.apply(e.SetOperator("alice", False))
    cut.on()
    assert not world.hub.users["alice"].operator
    assert world.hub.users["bob"].operator


@pytest.mark.parametrize("mask", ["alice", NEAR])
def test_who_was_banned_meanwhile_stays_out(mask: str) -> None:
    world, cut = cut_world(operators=frozenset({"root"}))
    cut.elsewhere("root")
    cut.apply(e.Register(FAR, "root", "hash", b"abc"))
    alice = world.connect(host=NEAR)
    alice.send("NICK alice")
    cut.off()
    cut.apply(e.Restrain(FAR, "ban", "", mask, 0, "spam"))
    cut.on()
    assert alice.closed
    assert list(world.hub.users) == ["root"]
    assert [id.node for id in world.hub.sessions] == [9]


def test_limits_keep_nobody_out() -> None:
    world, cut = cut_world(max_clients=2, max_per_ip=1)
    alice = world.connect(host=HOST)
    alice.send("NICK alice")
    cut.off()
    for number in (1, 2):
        cut.apply(e.Connect(SessionId(9, number), f"192.0.2.{number}", True, True))
    cut.apply(e.Disconnect(SessionId(9, 2), ""))
    cut.apply(e.Connect(SessionId(9, 3), HOST, True, True))
    cut.on()
    assert not alice.closed
    assert "alice" in world.hub.users


# Rooms whose rules have changed


def closed_room() -> tuple[World, Cut, Client, Client]:
    """Alice, who is cut off, was in Root's room, who is not."""
    world, cut = cut_world(operators=frozenset())
    alice = world.enter("alice")
    cut.elsewhere("root")
    cut.apply(e.Register(FAR, "root", "hash", b"abc"))
    cut.apply(e.Join(FAR, "#a", ""))
    alice.send("JOIN #a")
    bob = world.enter("bob")
    bob.send("JOIN #a")
    alice.lines()
    return world, cut, alice, bob


@pytest.mark.parametrize(("rule", "value"), [("locked", "on"), ("key", "word")])
def test_who_was_in_a_room_may_be_there(rule: str, value: str) -> None:
    world, cut, _, _ = closed_room()
    cut.off()
    cut.apply(e.SetRule(FAR, "#a", rule, value))
    cut.on()
    assert rooms_of(world, "alice") == ["#lobby", "#a"]


def test_a_room_that_has_become_full_is_full() -> None:
    world, cut, alice, _ = closed_room()
    cut.off()
    cut.apply(e.SetRule(FAR, "#a", "limit", "2"))
    cut.on()
    # Alice was the first to come back, Bob finds it full.
    assert rooms_of(world, "alice") == ["#lobby", "#a"]
    assert rooms_of(world, "bob") == ["#lobby"]
    assert not any("full" in line for line in alice.lines())


def test_who_was_banned_from_a_room_is_told() -> None:
    world, cut, alice, _ = closed_room()
    cut.off()
    cut.apply(e.Restrain(FAR, "ban", "#a", "alice", 0, "spam"))
    cut.on()
    assert rooms_of(world, "alice") == ["#lobby"]
    assert "* You are banned from #a: spam" in alice.lines()


def test_a_room_that_nobody_may_enter_stays_closed() -> None:
    world, cut = cut_world()
    owner, alice = world.enter("owner"), world.enter("alice")
    owner.send("REGISTER long-enough", "JOIN #a")
    alice.send("JOIN #a")
    cut.elsewhere("root")
    cut.apply(e.Register(FAR, "root", "hash", b"abc"))
    cut.apply(e.SetOperator("root", True))
    cut.apply(e.Restrain(FAR, "ban", "#a", "alice", 0, "spam", False))
    cut.off()
    owner.reset()
    world.turn()
    cut.on()
    assert rooms_of(world, "alice") == ["#lobby"]
    assert list(world.hub.rooms) == ["#lobby"]


def test_another_room_of_that_name_is_another_room() -> None:
    world, cut = cut_world()
    alice = world.enter("alice")
    alice.send("JOIN #a")
    cut.off()
    world.advance(5)
    cut.elsewhere("root")
    cut.apply(e.Register(FAR, "root", "hash", b"abc"))
    cut.apply(e.Join(FAR, "#a", ""))
    cut.apply(e.SetRule(FAR, "#a", "key", "word"))
    cut.on()
    assert rooms_of(world, "alice") == ["#lobby"]
    assert [user.nick for user in world.hub.rooms["#a"].members] == ["root"]


def test_all_of_a_locked_room_come_back_into_it() -> None:
    world, cut = cut_world()
    alice, bob, carol = (world.enter(nick) for nick in ("alice", "bob", "carol"))
    alice.send("REGISTER long-enough", "JOIN #a")
    for client in (bob, carol):
        client.send("JOIN #a")
    alice.send("ROOM #a lock")
    cut.off()
    world.advance(5)
    world.hub.stranded._strandings = dict(  # whose return comes first is all the same
        reversed(world.hub.stranded._strandings.items())
    )
    cut.on()
    assert {user.nick for user in world.hub.rooms["#a"].members} == {
        "alice",
        "bob",
        "carol",
    }


# Several connections of one person


def test_all_connections_of_a_person_are_one_person_again() -> None:
    world, cut = cut_world()
    first = world.enter("alice")
    first.send("REGISTER long-enough")
    second = world.connect()
    second.send("LOGIN alice long-enough")
    second.send("JOIN #a")
    cut.off()
    cut.on()
    assert len(world.hub.users["alice"].sessions) == 2
    assert rooms_of(world, "alice") == ["#lobby", "#a"]
    first.lines()
    second.lines()
    bob = world.enter("bob")
    bob.send("JOIN #a", "PRIV #a hi", "PRIV alice psst")
    for client in (first, second):
        lines = client.lines()
        assert any("bob: hi" in line for line in lines)
        assert sum("psst" in line for line in lines) == 1


def test_who_stayed_on_another_node_has_decided_where_they_are() -> None:
    world, cut = cut_world()
    here = world.enter("alice")
    here.send("REGISTER long-enough", "JOIN #a", "JOIN #b")
    cut.apply(e.Connect(FAR, HOST, True, True))
    cut.apply(e.LogIn(FAR, "alice", "", "0123456789"))
    cut.off()
    cut.apply(e.Part(FAR, "#a", ""))
    cut.on()
    assert rooms_of(world, "alice") == ["#lobby", "#b"]
    assert len(world.hub.users["alice"].sessions) == 2
    here.lines()
    here.send("PRIV #b hi")
    assert not any(line.startswith("ERR") for line in here.lines())


# IRC


def test_irc_shows_the_rooms_anew() -> None:
    world = Network()
    cut = Cut(world)
    alice = world.irc("alice")
    alice.send("JOIN #a")
    alice.lines()
    cut.off()
    cut.on()
    lines = alice.lines()
    for room in ("#lobby", "#a"):
        assert sum(f" JOIN {room}" in line for line in lines) == 1, lines
        assert any(f" 366 alice {room} " in line for line in lines)
    assert not any(" 001 " in line or " PART " in line for line in lines)


# A log that takes its time


class LateLog(Waited[Entry]):
    """Applies what is proposed when it is told to, or fails it."""

    at_once = False
    lag = 0.0
    full = False

    def __init__(self, world: World) -> None:
        self._hub = world.hub
        self.time = world.hub.now
        self.waiting: list[tuple[Entry, Deferred[None]]] = []

    def propose(self, entry: Entry, within: Within | None = None) -> Deferred[None]:
        done: Deferred[None] = Deferred()
        self.waiting.append((entry, done))
        return done

    def run(self, error: ChatError | None = None) -> None:
        waiting = self.waiting if error is None else list(self.waiting)
        if error is not None:
            self.waiting.clear()
        while waiting:
            entry, done = waiting.pop(0)
            try:
                if error is not None:
                    raise error
                self._hub.apply(entry, self._hub.now())
            except ChatError:
                done.errback(Failure())
            else:
                done.callback(None)


def late(world: World) -> LateLog:
    log = LateLog(world)
    world.hub.log = log
    return log


def test_they_wait_until_it_is_so() -> None:
    world, cut = cut_world()
    alice = world.enter("alice")
    cut.off()
    log = late(world)
    cut.on()
    assert alice.lines()[-1] == LOST
    assert not alice.transport.reading
    log.run()
    world.turn()
    assert alice.transport.reading
    assert BACK in alice.lines()


def test_who_goes_while_it_is_proposed_goes_after_it() -> None:
    world, cut = cut_world()
    alice = world.enter("alice")
    cut.off()
    log = late(world)
    cut.on()
    alice.reset()
    world.turn()
    log.run()
    assert not world.hub.sessions
    assert not world.hub.users


def test_who_the_log_does_not_take_is_brought_back_later() -> None:
    world, cut = cut_world()
    alice = world.enter("alice")
    cut.off()
    log = late(world)
    cut.on()
    log.run(CutOff(True))
    assert not alice.closed
    cut.on()
    log.run()
    assert [id.node for id in world.hub.sessions] == [3]
    assert BACK in alice.lines()


def test_what_the_log_did_not_take_is_done_once_they_are_back() -> None:
    """In order, and before what was sent meanwhile."""
    world, cut = cut_world()
    alice, bob = world.enter("alice"), world.enter("bob")
    log = late(world)
    alice.send("MSG one", "MSG two", "JOIN #a", "MSG in #a")
    bob.send("TOPIC tea")
    bob.lines()
    cut.off()
    log.run(CutOff(True))
    alice.send("MSG also in #a")
    assert log.waiting == []
    cut.on()
    for _ in range(5):
        log.run()
        world.turn()
    said = [line for line in bob.lines() if line.startswith("alice: ")]
    assert said == ["alice: one", "alice: two"]
    assert world.hub.lobby.topic == "tea"
    assert not any("cut off" in line for line in alice.lines())
    room = world.hub.rooms["#a"]
    assert [m.text for m in room.tail.messages] == ["in #a", "also in #a"]


def test_what_the_log_may_have_taken_is_not_done_again() -> None:
    world, cut = cut_world()
    alice = world.enter("alice")
    log = late(world)
    alice.send("TOPIC tea")
    cut.off()
    log.run(CutOff(False))
    assert "cut off; see whether it was done" in alice.lines()[-1]
    cut.on()
    log.run()
    assert world.hub.lobby.topic == ""


@pytest.mark.parametrize("end", ["ban", "goes"])
def test_what_they_asked_for_ends_with_them(end: str) -> None:
    world, cut = cut_world()
    alice = world.enter("alice")
    log = late(world)
    alice.send("TOPIC tea")
    cut.off()
    log.run(CutOff(True))
    assert len(world.hub.stranded._kept) == 1
    if end == "goes":
        alice.reset()
        world.turn()
    else:
        ban = Ban("ban", "", "alice", "root", "", 0.0, 0.0)
        world.hub.bans.of("ban", "").add(ban)
    cut.on()
    log.run()
    assert world.hub.stranded._kept == {}
    assert world.hub.lobby.topic == ""


def test_a_node_that_knows_first_that_it_is_cut_off() -> None:
    """Nothing of what the others do then reaches its people."""
    world, cut = cut_world()
    alice = world.enter("alice")
    alice.lines()
    world.hub.stranded.strand(1)
    cut.elsewhere("carol")
    cut.off()
    assert alice.lines() == [LOST]
    cut.on()
    assert len(world.hub.users["alice"].sessions) == 1


def test_a_seat_of_no_name_is_none() -> None:
    world, cut = cut_world()
    entry = e.Return(
        SessionId(9, 5), HOST, True, True, "eve", "", "", "", False,
        (Seat("nonsense", 0.0),), (), "0123456789",
    )  # fmt: skip
    cut.apply(entry)
    assert rooms_of(world, "eve") == []
