"""Who comes by a room's former name, as after a time offline, is led into the room."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from twisted_chat.hub.entering import LED_FOR, MAX_ROOMS
from twisted_chat.hub.renaming import PAUSE

from .irc_support import Network
from .kept import Kept
from .support import PASSWORD, Client, ask, refused, skip
from .test_ssh_exec import Scene
from .test_two_nodes import Nodes


@pytest.fixture
def world() -> Network:
    return Network(operators=frozenset({"root"}))


def owner(world: Network) -> Client:
    """alice, who owns #old, in which something has been said."""
    alice = world.netcat("alice")
    alice.send(f"REGISTER {PASSWORD}", "JOIN #old", "MSG one")
    skip(alice)
    return alice


def registered(world: Network, nick: str) -> Client:
    client = world.netcat(nick)
    client.send(f"REGISTER {PASSWORD}")
    skip(client)
    return client


def test_who_was_away_comes_back_by_the_old_name(world: Network) -> None:
    alice, bob = owner(world), world.netcat("bob")
    alice.send("ROOM rename #New")
    skip(alice)
    told = ask(bob, "JOIN #OLD")
    assert told[:3] == [
        "* #OLD is now #New",
        "* bob joined #New",
        "* In #New: alice, bob",
    ]
    assert [line[-10:] for line in told[3:]] == ["alice: one"]
    assert alice.lines() == ["* bob joined #New"]
    assert ask(bob, "MSG hi") == []
    assert alice.lines() == ["#New bob: hi"]


# Who is led there.  Each begins with how the room is, and ends with who comes.


def who_was_there(world: Network, alice: Client) -> Client:
    bob = registered(world, "bob")
    bob.send("JOIN #old", "PART #old")
    return bob


def who_is_invited(world: Network, alice: Client) -> Client:
    bob = world.netcat("bob")
    alice.send("INVITE bob #old")
    return bob


def who_is_banned(world: Network, alice: Client) -> Client:
    alice.send("BAN #old bob")
    return world.netcat("bob")


def an_operator(world: Network, alice: Client) -> Client:
    return registered(world, "root")


def an_owner(world: Network, alice: Client) -> Client:
    bob = registered(world, "bob")
    alice.send("OWNER #old bob")
    return bob


def a_stranger(world: Network, alice: Client) -> Client:
    return registered(world, "bob")


LED: list[tuple[str, Callable[[Network, Client], Client], str, bool]] = [
    ("", a_stranger, "", True),
    ("", who_is_banned, "", False),
    ("secret on", a_stranger, "", False),
    ("secret on", who_was_there, "", True),
    ("secret on", who_is_invited, "", True),
    ("secret on", an_owner, "", True),
    ("secret on", an_operator, "", True),
    ("lock", a_stranger, "", False),
    ("lock", who_was_there, "", False),
    ("lock", who_is_invited, "", True),
    ("lock", an_owner, "", True),
    ("lock", an_operator, "", True),
    ("invex bob", a_stranger, "", True),
    ("key word", a_stranger, "", False),
    ("key word", a_stranger, "other", False),
    ("key word", a_stranger, "word", True),
    ("key word", who_was_there, "", False),
    ("key word", who_is_invited, "", True),
    ("limit 1", who_was_there, "", False),
]


@pytest.mark.parametrize(("rule", "who", "key", "led"), LED)
def test_who_is_led(
    world: Network,
    rule: str,
    who: Callable[[Network, Client], Client],
    key: str,
    led: bool,
) -> None:
    """Nobody else learns that there is such a room: they make one of that name."""
    alice = owner(world)
    if rule != "lock":
        alice.send(f"ROOM {rule}")
    comer = who(world, alice)
    if rule == "lock":
        alice.send(f"ROOM {rule}")
    alice.send("ROOM rename #new")
    skip(alice)
    told = "\n".join(ask(comer, f"JOIN #old {key}".strip()))
    name = "#new" if led else "#old"
    assert (f"joined {name}" in told, "#new" in told) == (True, led), told
    assert comer.user.rooms.keys() == {"#lobby", name}
    assert ("joined #new" in "".join(alice.lines())) is led


def test_while_nobody_is_there_it_is_kept_alike(world: Network) -> None:
    """Its rules hold though it is closed, and what was said is found."""
    alice, bob = owner(world), world.netcat("bob")
    alice.send("ROOM rename #new", "PART #new")
    assert "* #old is now #new" in ask(bob, "JOIN #old")
    bob.send("PART #new")
    alice.send("JOIN #new", "ROOM #new secret on", "PART #new")
    assert ask(bob, "JOIN #old")[0] == "* bob joined #old"
    assert set(world.hub.rooms) == {"#lobby", "#old"}


def test_of_a_guests_room_nobody_is_in_the_name_is_free(world: Network) -> None:
    """Else names could be taken by the dozen, with nobody there to answer for it."""
    alice, bob = world.netcat("alice"), world.netcat("bob")
    alice.send("JOIN #old", "MSG one", "ROOM rename #new")
    assert ask(bob, "JOIN #old")[0] == "* #old is now #new"
    bob.send("PART #new")
    alice.send("PART #new")
    assert ask(bob, "JOIN #old")[0] == "* bob joined #old"


def test_another_room_of_the_name_is_that_room(world: Network) -> None:
    """While it is there, and while something of it is kept; then no more."""
    alice, bob, carol = owner(world), world.netcat("bob"), world.netcat("carol")
    alice.send("ROOM rename #new")
    carol.send("JOIN #other", "ROOM rename #old")
    assert ask(bob, "JOIN #old")[0] == "* bob joined #old"
    bob.send("PART #old")
    carol.send("PART #old")
    assert ask(bob, "JOIN #old")[0] == "* #old is now #new"
    bob.send("PART #new", "JOIN #other", "ROOM rename #old", "MSG hi", "PART #old")
    assert ask(bob, "JOIN #old")[0] == "* bob joined #old"


def test_of_two_rooms_the_later_one_is_meant(world: Network) -> None:
    alice, bob = owner(world), world.netcat("bob")
    alice.send("ROOM rename #z")
    world.wall_offset += 1
    bob.send("JOIN #x", "ROOM rename #old", "MSG two", "ROOM #old rename #b")
    world.wall_offset += PAUSE
    bob.send("ROOM #old rename #b")
    assert set(world.hub.rooms) == {"#lobby", "#z", "#b"}
    assert ask(alice, "JOIN #old")[0] == "* #old is now #b"
    again = Network()
    again.hub.restore(world.hub.snapshot())
    assert again.hub.former.successor("#old") == "#b"


def test_from_name_to_name(world: Network) -> None:
    alice, bob = owner(world), world.netcat("bob")
    for name in ("#b", "#c", "#d"):
        alice.send(f"ROOM rename {name}")
        world.wall_offset += PAUSE
    for name in ("#c", "#b", "#old"):
        assert ask(bob, f"JOIN {name}")[0] == f"* {name} is now #d"
        bob.send("PART #d")


def test_it_ends(world: Network) -> None:
    alice, bob = owner(world), world.netcat("bob")
    alice.send("ROOM rename #new")
    world.wall_offset += LED_FOR + 1
    assert ask(bob, "JOIN #old")[0] == "* bob joined #old"


def test_one_is_in_no_more_rooms_than_one_may_be(world: Network) -> None:
    alice, bob = owner(world), world.netcat("bob")
    alice.send("INVITE bob #old", "ROOM lock", "ROOM rename #new")
    rooms = [f"JOIN #r{number}" for number in range(MAX_ROOMS - 1)]
    bob.send(*rooms)
    assert refused(bob, "JOIN #old") == 405
    bob.send("PART #r1")
    assert ask(bob, "JOIN #old")[0] == "* #old is now #new"


def test_who_is_there_already_is_told_so(world: Network) -> None:
    """A second client of an account, which was offline meanwhile."""
    alice = owner(world)
    alice.send("ROOM rename #new")
    other = world.connect(door=world.lines)
    other.send(f"LOGIN alice {PASSWORD}")
    skip(alice)
    assert ask(other, "JOIN #old") == [
        "* #old is now #new",
        "* alice joined #new",
        "* In #new: alice",
    ]
    assert alice.lines() == []


# On other doors


@pytest.mark.parametrize(
    ("caps", "why"),
    [
        ("batch", "470 bob #old #new :Forwarding to another channel"),
        (
            "draft/channel-rename",
            "FAIL JOIN CHANNEL_RENAMED #old #new :The channel has been renamed",
        ),
    ],
)
def test_irc_forwards(world: Network, caps: str, why: str) -> None:
    """IRCv3 channel-rename, Channel redirection and Fallback."""
    alice, bob = owner(world), world.irc("bob", caps)
    alice.send("ROOM rename #new")
    told = ask(bob, "JOIN #old")
    assert told[:3] == [
        f":irc.Test {why}",
        ":bob!~bob@guest JOIN #new",
        ":irc.Test 353 bob = #new :@alice bob",
    ]
    assert ask(bob, "JOIN #old") == [told[0]]
    assert ask(bob, "PRIVMSG #new :hi") == []
    assert alice.lines()[-1] == "#new bob: hi"


def test_irc_has_the_read_marker_at_once(world: Network) -> None:
    alice = owner(world)
    alice.send("READ #old 1", "ROOM rename #new", "PART #new")
    phone = world.irc("phone", "draft/read-marker draft/chathistory")
    phone.send(f"LOGIN alice {PASSWORD}")
    told = ask(phone, "JOIN #old")
    commands = [line.split(" ")[1] for line in told]
    assert commands == ["470", "JOIN", "MARKREAD", "353", "366"]
    assert "MARKREAD #new timestamp=" in told[2]


def test_in_objects(world: Network) -> None:
    alice, bob = owner(world), world.netcat("bob")
    alice.send("ROOM rename #new", "FORMAT text")
    bob.send("FORMAT json")
    skip(bob)
    bob.send('{"do": "join", "room": "#old", "label": "7"}')
    event = bob.events()[0]
    del event["at"]
    assert event == {
        "event": "room-renamed",
        "room": "#old",
        "name": "#new",
        "nick": None,
        "reason": "",
        "label": "7",
    }


def test_what_is_said_by_one_command_arrives() -> None:
    scene = Scene()
    scene.carol.send("ROOM #dev rename #new")
    scene.carol.bytes()
    client = scene.run("PRIV #dev the build is green")
    assert scene.carol.lines() == ["#new bot: the build is green"]
    assert (client.channel.status, client.errors()) == (0, b"")
    assert set(scene.world.hub.rooms) == {"#lobby", "#new"}


# Another name's messages


def test_a_room_that_takes_a_former_name_goes_on_behind_its_ids(
    world: Network,
) -> None:
    """And what was said in it before is not forgotten when it empties."""
    alice, bob = owner(world), world.netcat("bob")
    alice.send("MSG two", "ROOM rename #new")
    bob.send("JOIN #x", "MSG mine", "ROOM rename #old")
    assert world.hub.rooms["#old"].last_id == 2
    bob.send("PART #old")
    assert any("bob: mine" in line for line in ask(bob, "JOIN #old"))
    bob.send("MSG three")
    assert world.hub.rooms["#old"].last_id == 3
    assert world.hub.former.said_under("#old", 1) == "#x"
    assert world.hub.former.said_under("#old", 3) == "#old"


# Other nodes, and the next start


def test_nodes_agree() -> None:
    nodes = Nodes()
    alice, bob = owner(nodes.east), nodes.west.netcat("bob")
    alice.send("ROOM rename #new")
    assert ask(bob, "JOIN #old")[0] == "* #old is now #new"
    assert alice.lines()[-1] == "* bob joined #new"
    assert nodes.agree()


def test_after_a_restart() -> None:
    store = Kept()
    world = Network(store=store)
    alice = owner(world)
    alice.send("ROOM rename #new", "PART #new")
    again = Network()
    again.hub.load(store.stored()._replace(last_ids={"#new": 1}))
    bob = again.netcat("bob")
    assert ask(bob, "JOIN #old")[:2] == ["* #old is now #new", "* bob joined #new"]
    assert again.hub.rooms["#new"].rules.owners == {"alice": "alice"}
