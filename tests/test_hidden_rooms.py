"""What a stranger learns of rooms that aren't theirs, at every door.

alice owns three rooms: one is locked, one secret, one has a key.  mallory is in
none of them, and asks.  Of the first two every answer but JOIN's is that of a
room which isn't there, word for word; of the third it may be the name.
"""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.contract import Adapter
from tests.irc_support import Network
from tests.support import Client, World, member, skip
from tests.test_contract_textbook import (
    AtAdapter,
    Header10Adapter,
    Header64Adapter,
    NickAdapter,
    RawAdapter,
)

TOPIC = "all-about-cats"
WORDS = "miaow-said-the-cat"
HIDDEN = {"#Locked": "ROOM lock", "#Secret": "ROOM secret on"}
KEYED = "#Keyed-"
RULES = {**HIDDEN, KEYED: "ROOM key hush"}
ABSENT = "#absent"


def line(world: Network) -> Client:
    return world.netcat("mallory")


def json(world: Network) -> Client:
    client = world.netcat("mallory")
    client.ask("FORMAT json")
    return client


def irc(world: Network) -> Client:
    return world.irc("mallory")


LINES = (
    *("WHO {}", "TOPIC {}", "TOPIC {} mine", "HISTORY {}", "HISTORY {} 5 before 9"),
    *("ROOM {} except alice", "ROOM {} invex -alice", "ROOM {} ctcp off"),
    *("ROOM {}", "ROOM {} unlock", "ROOM {} secret off", "ROOM {} key"),
    *("OWNER {}", "OWNER {} mallory", "OWNER {} -alice", "VOICE {} mallory"),
    *("INVITE mallory {}", "INVITE alice {}", "PRIV {} hello", "PART {}"),
    *("KICK {} alice", "BAN {} alice", "UNBAN {} alice", "BANS {}", "MUTE {} alice"),
    *("UNMUTE {} alice", "WHOIS alice", "SEARCH miaow*", "ROOMS", "WHO"),
)
IRC_LINES = (
    *("NAMES {}", "NAMES {},{}", "LIST", "LIST {}", "LIST *e*", "LIST T>0", "LIST T<9"),
    *("LIST >0", "LIST !*x*", "WHO {}", "WHO {} %tcuhsnfdlaor,1", "WHO *", "WHO alice"),
    *("TOPIC {}", "TOPIC {} :mine", "MODE {}", "MODE {} b", "MODE {} q", "MODE {} -i"),
    *("MODE {} +b alice", "MODE {} -s", "MODE {} +o mallory", "MODE {} -k x"),
    *("PRIVMSG {} :hello", "PRIVMSG {} :\x01VERSION\x01", "NOTICE {} :hello"),
    *("TAGMSG {}", "PART {}", "KICK {} alice", "INVITE mallory {}", "INVITE alice {}"),
    *("CHATHISTORY LATEST {} * 10", "CHATHISTORY BEFORE {} msgid=9 10"),
    *("WHOIS alice", "WHOWAS alice", "LUSERS", "INVITE"),
    *("MODE {} e", "MODE {} I", "MODE {} +e alice", "MODE {} -I bob", "MODE {} +C"),
    *("KICK {},{} alice", "KICK {} alice,bob", "NOTICE {} :\x01VERSION me\x01"),
    *("HISTORY {}", "SEARCH miaow", "ROOM {}", "OWNER {}", "BANS {}", "MUTE {} alice"),
)
ASKED = [
    *((door, asked) for door in (line, json) for asked in LINES),
    *((irc, asked) for asked in IRC_LINES),
]


@pytest.fixture
def world() -> Network:
    world = Network(operators=frozenset({"root"}))
    world.door, own = world.lines, world.door
    alice = member(world, "alice")
    for room, rule in RULES.items():
        alice.send(f"JOIN {room}", f"TOPIC {TOPIC}", f"MSG {WORDS}", rule)
    world.door = own
    return world


def answer(client: Client, asked: str, room: str) -> str:
    """What comes of `asked`, wherever it names the room in one way only."""
    skip(client)
    said = "\n".join(client.ask(asked.replace("{}", room)))
    return said.replace(room, "#room")


@pytest.mark.parametrize("room", HIDDEN)
@pytest.mark.parametrize(("door", "asked"), ASKED)
def test_a_hidden_room_answers_as_one_that_is_not_there(
    world: Network, door: Callable[[Network], Client], asked: str, room: str
) -> None:
    mallory = door(world)
    told = answer(mallory, asked, room.lower())
    assert told == answer(mallory, asked, ABSENT)
    for name in HIDDEN:
        assert name not in told


@pytest.mark.parametrize(("door", "asked"), ASKED)
def test_a_room_with_a_key_tells_no_topic_and_no_names(
    world: Network, door: Callable[[Network], Client], asked: str
) -> None:
    told = answer(door(world), asked, KEYED)
    assert "miaow-" not in told
    assert TOPIC not in told
    assert "hush" not in told
    if "{}" in asked and "alice" not in asked:
        assert "alice" not in told


@pytest.mark.parametrize("door", [line, json, irc])
def test_only_join_tells_why(world: Network, door: Callable[[Network], Client]) -> None:
    mallory = door(world)
    assert "473" in str(mallory.ask("JOIN #locked"))
    assert "475" in str(mallory.ask("JOIN #keyed-"))
    assert TOPIC in str(mallory.ask("JOIN #secret"))


@pytest.mark.parametrize(
    "adapter",
    [NickAdapter(), AtAdapter(), RawAdapter(), Header64Adapter(), Header10Adapter()],
    ids=lambda adapter: type(adapter).__name__,
)
def test_textbook_clients_learn_nothing(adapter: Adapter) -> None:
    world = World()
    own, world.door = world.door, adapter.door(world.hub)
    mallory = adapter.enter(world, "mallory")
    world.door = own
    alice = member(world, "alice")
    for room, rule in RULES.items():
        alice.send(f"JOIN {room}", f"TOPIC {TOPIC}", f"MSG {WORDS}", rule)
    skip(mallory)
    for asked in (*LINES, "@alice WHO {}", "@{} hello", "/who {}"):
        for room in RULES:
            text = asked.replace("{}", room).encode()
            mallory.send_bytes(adapter.speech("mallory", text))
    told = mallory.bytes().decode()
    assert TOPIC not in told
    assert WORDS not in told


@pytest.mark.parametrize(
    ("door", "rooms"), [(line, "ROOMS"), (json, "ROOMS"), (irc, "LIST")]
)
def test_who_is_inside_is_told(
    world: Network, door: Callable[[Network], Client], rooms: str
) -> None:
    mallory = door(world)
    told = str(mallory.ask(rooms))
    assert (KEYED in told, "#Locked" in told, "#Secret" in told) == (True, False, False)
    mallory.send("JOIN #secret", "JOIN #keyed- hush")
    told = str(mallory.ask(rooms))
    assert told.count(TOPIC) >= 2
    assert ("#Locked" in told, "#Secret" in told) == (False, True)
    world.room("#locked").rules.owners["mallory"] = "mallory"
    mallory.user.account = "mallory"
    assert "#Locked" in str(mallory.ask(rooms))


def test_operators_and_the_invited_are_told(world: Network) -> None:
    mallory = line(world)
    mallory.user.operator = True
    assert "* In #Locked: alice" in mallory.ask("WHO #locked")
    mallory.user.operator = False
    mallory.user.invite(world.room("#locked"))
    skip(mallory)
    assert mallory.ask("WHO #locked") == ["* In #Locked: alice"]
    assert "#Locked (1): all-about-cats" in str(mallory.ask("ROOMS"))


def test_irc_counts_and_marks_them(world: Network) -> None:
    mallory = irc(world)
    [channels] = [line for line in mallory.ask("LUSERS") if " 254 " in line]
    assert channels.split()[3] == "2"  # the lobby, and the one with a key
    joined = mallory.ask("JOIN #secret")
    assert any(" 353 mallory @ #Secret :" in each for each in joined)
    assert ":irc.Test 324 mallory #Secret +ns" in mallory.ask("MODE #secret")
    world.room("#secret").rules.owners["mallory"] = "mallory"
    mallory.user.account = "mallory"
    mallory.send("MODE #secret -s")
    assert not world.room("#secret").rules.secret
    assert world.hub.rooms_shown() == 3


def test_the_lobby_is_no_secret(world: Network) -> None:
    root = line(world)
    root.user.operator = True
    assert root.ask("ROOM #lobby secret on")[-1].startswith("ERR 484 ")
