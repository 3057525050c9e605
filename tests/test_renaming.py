"""ROOM … rename, RENAME: a room is called otherwise, and all that it is stays."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from twisted_chat.hub import entries as e
from twisted_chat.hub.former import MAX_NAMES
from twisted_chat.hub.renaming import PAUSE

from .irc_support import Network
from .kept import Kept
from .stranded_support import FAR, Cut
from .support import PASSWORD, Client, World, ask, member, refused, skip
from .test_two_nodes import Nodes

CAP = "draft/channel-rename standard-replies message-tags"
ALICE = ":alice!~alice@account-alice"


@pytest.fixture
def world() -> Network:
    return Network(operators=frozenset({"root"}))


def owner(world: Network, nick: str, *rooms: str) -> Client:
    client = world.netcat(nick)
    client.send(f"REGISTER {PASSWORD}", *(f"JOIN {room}" for room in rooms))
    skip(client)
    return client


# Who may, and what may be


def guest_owner(world: Network) -> Client:
    client = world.netcat("gus")
    client.send("JOIN #old")
    return client


def operator(world: Network) -> Client:
    owner(world, "alice", "#old")
    return owner(world, "root")


def voice(world: Network) -> Client:
    alice, bob = owner(world, "alice", "#old"), world.netcat("bob")
    bob.send("JOIN #old")
    alice.send("VOICE #old bob")
    return bob


def once_owner(world: Network) -> Client:
    alice, bob = owner(world, "alice", "#old"), owner(world, "bob", "#old")
    alice.send("OWNER #old bob", "OWNER #old -alice")
    skip(bob)
    return alice


def outsider(world: Network) -> Client:
    owner(world, "alice", "#old")
    return owner(world, "carol")


WHO: list[tuple[Callable[[Network], Client], int]] = [
    (lambda world: owner(world, "alice", "#old"), 0),
    (guest_owner, 0),
    (operator, 0),
    (voice, 482),
    (once_owner, 482),
    (outsider, 482),
]


@pytest.mark.parametrize(("who", "code"), WHO)
def test_who_may(world: Network, who: Callable[[Network], Client], code: int) -> None:
    client = who(world)
    if code:
        assert refused(client, "ROOM #old rename #new") == code
    else:
        assert ask(client, "ROOM #old rename #new typo") == [
            "* #old is now #new (typo)"
        ]
    assert set(world.hub.rooms) - {"#lobby"} == {"#old" if code else "#new"}


@pytest.mark.parametrize(
    ("line", "code"),
    [
        ("ROOM #lobby rename #hall", 484),
        ("ROOM #old rename #lobby", 448),
        ("ROOM #old rename #open", 448),
        ("ROOM #old rename #SECRET", 448),
        ("ROOM #old rename #kept", 448),
        ("ROOM #old rename #talked", 448),
        ("ROOM #old rename #a/b", 479),
        ("ROOM #old rename", 461),
        ("ROOM #none rename #new", 403),
        ("ROOM #old lock please now", 461),
    ],
)
def test_what_is_refused(world: Network, line: str, code: int) -> None:
    root = owner(world, "root", "#old")
    alice = owner(world, "alice", "#open", "#secret", "#kept", "#talked")
    alice.send("ROOM #secret secret on", "PART #kept")
    alice.send("OWNER #talked -alice", "MSG hi", "PART #talked", "JOIN #open")
    before = root.world.hub.checksum()
    assert refused(root, line) == code
    assert root.world.hub.checksum() == before


def test_a_hidden_room_is_unknown_to_who_would_rename_it(world: Network) -> None:
    alice, bob = owner(world, "alice", "#old"), world.netcat("bob")
    alice.send("ROOM #old secret on")
    assert refused(bob, "ROOM #old rename #new") == 403


def test_only_who_is_there_is_told(world: Network) -> None:
    """Of a secret room neither name gets about: not by events, and not by lists."""
    alice, bob = owner(world, "alice", "#old"), world.netcat("bob")
    watcher = world.irc("watcher", CAP)
    alice.send("ROOM #old secret on")
    skip(bob, watcher)
    alice.send("ROOM #old rename #new")
    assert (bob.lines(), watcher.lines()) == ([], [])
    assert ask(bob, "ROOMS") == ["* #lobby (3)"]
    assert refused(bob, "WHO #new") == 403
    assert refused(bob, "WHO #old") == 403
    told = "".join(watcher.ask("WHOIS alice", "LIST", "NAMES #new"))
    assert "#old" not in told
    assert "#new alice" not in told


def test_not_again_at_once(world: Network) -> None:
    alice = owner(world, "alice", "#a")
    alice.send("ROOM #a rename #b")
    assert refused(alice, "ROOM #b rename #c") == 447
    world.wall_offset += PAUSE
    assert ask(alice, "ROOM #b rename #c") == ["* #b is now #c"]


# What stays


def test_all_that_it_is_stays(world: Network) -> None:
    alice, bob = owner(world, "alice", "#old"), owner(world, "bob", "#old")
    carol = world.netcat("carol")
    alice.send("TOPIC #old of tea", "ROOM #old moderated on", "VOICE #old bob")
    alice.send("BAN #old dave 0 spam", "INVITE carol #old", "ROOM #old lock")
    bob.send("MSG one")
    carol.lines()
    assert ask(alice, "ROOM rename #New")[-1] == "* #old is now #New"
    assert ask(alice, "ROOM #new") == [
        "* #New: locked; moderated; owners: alice; voices: bob"
    ]
    assert ask(alice, "BANS #new")[1].startswith("* ban dave by alice")
    assert ask(alice, "TOPIC #new") == ["* #New is about: of tea (alice)"]
    assert ask(bob, "WHO #new") == ["* In #New: alice, bob"]
    joined = ask(carol, "JOIN #new")
    assert joined[0] == "* carol joined #New"
    assert any("#New bob: one" in line for line in joined)
    skip(alice)
    bob.send("MSG two")
    assert alice.lines() == ["#New bob: two"]
    past = [line for line in ask(alice, "HISTORY #new") if "bob: " in line]
    assert [line[-8:] for line in past] == ["bob: one", "bob: two"]
    dave = world.netcat("dave")
    assert refused(dave, "JOIN #new") == 474


def test_the_old_name_is_free(world: Network) -> None:
    alice, bob = owner(world, "alice", "#old"), world.netcat("bob")
    alice.send("ROOM lock", "MSG secrets", "ROOM rename #new")
    skip(alice)
    assert ask(bob, "JOIN #old") == ["* bob joined #old", "* In #old: bob"]
    assert ask(bob, "ROOM #old") == ["* #old: owners: bob"]
    bob.send("MSG hi")
    assert world.hub.rooms["#old"].last_id == 2
    assert alice.lines() == []
    assert ask(alice, "ROOM #new")[0].startswith("* #new: locked")


def test_what_is_on_its_way_by_the_old_name_arrives(world: Network) -> None:
    alice, bob = owner(world, "alice", "#old"), world.irc("bob")
    bob.send("JOIN #old")
    alice.send("ROOM rename #new")
    skip(alice, bob)
    bob.send("PRIVMSG #old :hi")
    assert alice.lines() == ["#new bob: hi"]
    world.netcat("carol").send("JOIN #other", "ROOM rename #old")
    skip(alice)
    bob.send("JOIN #old", "PRIVMSG #old :to carol")
    assert alice.lines() == []


def test_who_has_stayed_is_in_it(world: Network) -> None:
    alice, bob = owner(world, "alice", "#old"), owner(world, "bob", "#old")
    bob.send("STAY on", "READ #old 1", "QUIT")
    alice.send("MSG one", "ROOM rename #new", "MSG two")
    bob = world.connect(door=world.lines)
    bob.send(f"LOGIN bob {PASSWORD}")
    lines = bob.lines()
    assert bob.user.rooms.keys() == {"#lobby", "#new"}
    said = [line[-10:] for line in lines if "alice: " in line]
    assert said == ["alice: one", "alice: two"]


def test_how_far_it_is_read_stays(world: Network) -> None:
    alice, bob = owner(world, "alice", "#old"), owner(world, "bob", "#old")
    bob.send("MSG one", "MSG two", "MSG three")
    alice.send("READ #old 2", "ROOM rename #new")
    assert world.hub.markers.get(alice.user.author, "#new") == 2
    assert world.hub.markers.get(alice.user.author, "#old") is None


def test_a_crowd_is_told_before(world: Network) -> None:
    alice, root = owner(world, "alice", "#old"), owner(world, "root")
    people = [world.netcat(f"p{n}") for n in range(103)]
    for person in people:
        person.send("JOIN #old")
    assert refused(alice, "ROOM rename #new") == 447
    root.send("ROOM #old rename #new")
    first, second = alice.lines()
    assert first.startswith("* #old joined: p99, p100, p101, p102")
    assert second == "* #old is now #new"
    world.advance(2)
    assert [line for line in alice.lines() if "#lobby" not in line] == []


def test_a_ban_goes_on_to_its_end(world: Network) -> None:
    alice, bob = owner(world, "alice", "#old"), world.netcat("bob")
    bob.send("JOIN #old")
    alice.send("MUTE bob 1m", "ROOM rename #new")
    assert refused(bob, "MSG hi") == 404
    world.wall_offset += 61
    assert ask(bob, "MSG hi") == []
    alice.send("BAN #new bob")
    assert refused(bob, "JOIN #new") == 474
    alice.send("UNBAN #new bob")
    assert ask(bob, "JOIN #new")[0] == "* bob joined #new"


# As the doors tell it


def test_in_objects(world: Network) -> None:
    alice = owner(world, "alice", "#old")
    alice.send("FORMAT json")
    skip(alice)
    alice.send('{"do": "room", "room": "#old", "rule": "rename", "value": "new",'
               ' "reason": "typo", "label": "7"}')  # fmt: skip
    [event] = alice.events()
    del event["at"]
    assert event == {
        "event": "room-renamed",
        "room": "#old",
        "name": "#new",
        "nick": "alice",
        "reason": "typo",
        "label": "7",
    }


IRC: dict[str, tuple[str, list[str]]] = {
    # IRCv3 channel-rename, Messages
    CAP: ("RENAME #old #new :typo", [f"{ALICE} RENAME #old #new :typo"]),
    # … without a reason
    f"{CAP} multi-prefix": ("RENAME #old #new", [f"{ALICE} RENAME #old #new :"]),
    # … Implementations MUST allow channels to be renamed while only changing the case
    f"{CAP} cap-notify": ("RENAME #old #OLD", [f"{ALICE} RENAME #old #OLD :"]),
    # … Fallback
    "": (
        "RENAME #old #new :typo",
        [
            ":bob!~bob@guest PART #old :typo",
            ":bob!~bob@guest JOIN #new",
            ":irc.Test 332 bob #new :of tea",
            ":irc.Test 333 bob #new alice!~alice@account-alice 1700000000",
            ":irc.Test 353 bob = #new :@alice bob",
            ":irc.Test 366 bob #new :End of /NAMES list.",
        ],
    ),
    # … SHOULD NOT be used if the rename only changes the case
    "multi-prefix": ("RENAME #old #OLD", []),
}


@pytest.mark.parametrize("caps", IRC)
def test_as_irc_tells_it(world: Network, caps: str) -> None:
    line, expected = IRC[caps]
    alice, bob = world.irc("alice", CAP), world.irc("bob", caps)
    alice.send(f"REGISTER {PASSWORD}", "JOIN #old", "TOPIC #old :of tea")
    bob.send("JOIN #old")
    skip(alice, bob)
    told = alice.ask(line)
    name = line.split(" ")[2]
    assert told[0].startswith(f"{ALICE} RENAME #old {name} :")
    assert bob.lines() == expected
    bob.send(f"PRIVMSG {name} :hi")
    assert f"PRIVMSG {name} :hi" in alice.lines()[-1]


FAILS = {
    # IRCv3 channel-rename, Errors
    "RENAME #old #open": "FAIL RENAME CHANNEL_NAME_IN_USE #old #open :",
    "RENAME #old #a/b": "FAIL RENAME CANNOT_RENAME #old #a/b :",
    "RENAME #old &local": "FAIL RENAME CANNOT_RENAME #old &local :",
    "RENAME #lobby #hall": "482 alice #lobby :",
    "RENAME #none #new": "403 alice #none :",
    "RENAME #open #new": "482 alice #open :",
    "RENAME #old": "461 alice RENAME :",
}


@pytest.mark.parametrize("line", FAILS)
def test_as_irc_refuses_it(world: Network, line: str) -> None:
    owner(world, "bob", "#open")
    alice = world.irc("alice", CAP)
    alice.send("JOIN #old")
    skip(alice)
    [answer] = alice.ask(line)
    assert answer.startswith(f":irc.Test {FAILS[line]}")


def test_irc_refuses_it_too_soon(world: Network) -> None:
    alice = world.irc("alice", CAP)
    alice.send("JOIN #a", "RENAME #a #b")
    skip(alice)
    [answer] = alice.ask("RENAME #b #c")
    assert answer.startswith(":irc.Test FAIL RENAME CANNOT_RENAME #b #c :")


def test_an_operator_elsewhere_is_told_in_words(world: Network) -> None:
    owner(world, "alice", "#old")
    root = world.irc("root", CAP)
    root.send(f"REGISTER {PASSWORD}")
    skip(root)
    assert root.ask("RENAME #old #new") == [
        ":irc.Test NOTICE root :#old is now #new",
    ]


# Messages by their msgids

HISTORY = f"{CAP} draft/chathistory batch draft/message-redaction echo-message"


def msgids(client: Client, room: str) -> list[str]:
    """Those of all that was said in `room`, as history has them."""
    lines = ask(client, f"CHATHISTORY LATEST {room} * 50")
    said = [line for line in lines if " PRIVMSG " in line]
    return [line.split("msgid=")[1].split(" ")[0].split(";")[0] for line in said]


def test_a_msgid_never_changes(world: Network) -> None:
    """Not by names that change back, nor where somebody else has the name meanwhile."""
    alice, bob = world.irc("alice", HISTORY), world.irc("bob", HISTORY)
    alice.send("JOIN #a", "PRIVMSG #a :one", "RENAME #a #b")
    skip(alice)
    [echo] = alice.ask("PRIVMSG #b :two")
    assert "msgid=2#b" in echo
    bob.send("JOIN #x", "RENAME #x #a", "PRIVMSG #a :other")
    assert msgids(bob, "#a") == ["2#a"]
    assert msgids(alice, "#b") == ["1#a", "2#b"]
    bob.send("REDACT #a 2#a", "PART #a")
    skip(alice)
    world.wall_offset += PAUSE
    assert "CHANNEL_NAME_IN_USE" in "".join(alice.ask("RENAME #b #a"))
    alice.send("RENAME #b #B", "PRIVMSG #b :three")
    assert msgids(alice, "#b") == ["1#a", "2#b", "3#B"]


@pytest.mark.parametrize(
    ("line", "answer"),
    [
        ("REDACT #b 1#a", "REDACT #b 1#a"),
        ("REDACT #b 2#b", "REDACT #b 2#b"),
        ("REDACT #b 1#b", "FAIL REDACT UNKNOWN_MSGID #b 1#b"),
        ("REDACT #b 2#a", "FAIL REDACT UNKNOWN_MSGID #b 2#a"),
        ("@+draft/reply=1#a;+draft/react=🎉 TAGMSG #b", "+draft/reply=1#a;"),
        ("@+draft/reply=1#a PRIVMSG #b :yes", "+draft/reply=1#a;"),
        ("CHATHISTORY AFTER #b msgid=1#a 10", "PRIVMSG #b :two"),
        ("CHATHISTORY AROUND #b msgid=1#a 10", "PRIVMSG #b :one"),
    ],
)
def test_it_stands_for_the_message(world: Network, line: str, answer: str) -> None:
    alice = world.irc("alice", HISTORY)
    alice.send("JOIN #a", "PRIVMSG #a :one", "RENAME #a #b", "PRIVMSG #b :two")
    skip(alice)
    assert answer in "".join(alice.ask(line))


def test_former_names_are_bounded(world: Network) -> None:
    alice = world.irc("alice", HISTORY)
    alice.send("JOIN #r0")
    for number in range(MAX_NAMES + 3):
        world.wall_offset += PAUSE
        alice.send(f"PRIVMSG #r{number} :hi", f"RENAME #r{number} #r{number + 1}")
    [former] = world.hub.former
    assert len(former.names) == MAX_NAMES
    alice.send(f"PART #r{MAX_NAMES + 3}")


def test_of_a_room_that_is_gone_nothing_is_left(world: Network) -> None:
    alice = world.irc("alice")
    alice.send("JOIN #a", "RENAME #a #b", "PART #b")
    assert not list(world.hub.former)
    alice.send("JOIN #c", "PRIVMSG #c :hi", "RENAME #c #d", "PART #d")
    assert list(world.hub.former)
    world.hub.forget_places(["#d"])
    assert not list(world.hub.former)
    alice.send("JOIN #c")
    assert world.hub.rooms["#c"].last_id == 0


# Other nodes, and the next start


def test_nodes_agree() -> None:
    nodes = Nodes()
    alice, bob = nodes.east.irc("alice", HISTORY), nodes.west.irc("bob", HISTORY)
    alice.send("JOIN #a", "PRIVMSG #a :one")
    bob.send("JOIN #a")
    skip(bob)
    alice.send("RENAME #a #b :typo")
    assert bob.lines()[-1].endswith("RENAME #a #b :typo")
    bob.send("PRIVMSG #b :two")
    skip(alice)
    assert msgids(alice, "#b") == msgids(bob, "#b") == ["1#a", "2#b"]
    assert nodes.agree()


@pytest.mark.at_once
def test_who_was_cut_off_meanwhile_is_in_it() -> None:
    """They come back with the name that the room had, and find it all the same."""
    world = Network(operators=frozenset({"far"}))
    cut = Cut(world)
    cut.elsewhere("far")
    cut.apply(e.Register(FAR, "far", "hash", b"net"))
    bob = world.irc("bob")
    bob.send("JOIN #a", "PRIVMSG #a :one")
    cut.apply(e.Join(FAR, "#a", ""))
    cut.off()
    cut.apply(e.RenameRoom(FAR, "#a", "#b", ""))
    skip(bob)
    cut.on()
    told = [line.split(" ", 1)[1] for line in bob.lines() if "bob!" in line]
    assert {"PART #a", "JOIN #b"} <= set(told)
    assert set(world.hub.rooms) == {"#lobby", "#b"}
    assert bob.user.rooms.keys() == {"#lobby", "#b"}


def test_it_is_kept() -> None:
    store = Kept()
    world = World(store=store)
    alice = member(world, "alice", "#old")
    alice.send("ROOM secret on", "BAN #old dave", "MSG one", "READ #old 1")
    alice.send("ROOM rename #New", "PART #new")
    world.hub.markers.write()
    again = World()
    again.hub.load(store.stored()._replace(last_ids={"#new": 1}))
    assert not store.bugs
    assert [record.name for record in store.rooms()] == ["#New"]
    assert [ban.room for ban in store.bans()] == ["#New"]
    assert [marker.place for marker in store.markers()] == ["#new"]
    assert again.hub.former.room_of("#old", 1) == "#new"
    assert again.hub.open_room("#old").last_id == 1
    assert again.hub.open_room("#new").rules.secret
