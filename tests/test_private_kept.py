"""What registered people write to each other: kept, read again, waiting, deleted."""

from __future__ import annotations

import json

import pytest

from twisted_chat.hub import Stored
from twisted_chat.hub.conversations import key_of

from .support import PASSWORD, Client, World, ask, member, refused, skip


@pytest.fixture
def world() -> World:
    return World()


def login(world: World, nick: str) -> Client:
    client = world.connect()
    client.lines()
    client.send(f"LOGIN {nick} {PASSWORD}")
    return client


def leave(client: Client) -> None:
    client.send("QUIT")
    client.bytes()


def times_cut(lines: list[str]) -> list[str]:
    return [line.split("] ", 1)[-1] for line in lines]


def test_both_read_on_what_they_have_written(world: World) -> None:
    alice, bob = member(world, "alice"), member(world, "bob")
    alice.send("PRIV bob hello", "ME waves")
    bob.send("PRIV alice hi", "REPLY well?")
    skip(alice, bob)
    said = ["@bob alice: hello", "@bob bob: hi", "@bob bob: well?"]
    assert times_cut(ask(alice, "HISTORY @bob")) == said
    assert times_cut(ask(bob, "HISTORY @ALICE 2"))[:2] == [
        "@alice bob: hi",
        "@alice bob: well?",
    ]
    assert ask(bob, "HISTORY @alice 2")[2:] == [
        "* HISTORY @alice 2 before 2 shows earlier ones"
    ]
    assert times_cut(ask(bob, "HISTORY @alice 1 after 2")) == ["@alice bob: well?"]
    alice.send("NICK anna")
    assert times_cut(ask(bob, "HISTORY @anna 1 after 2")) == ["@anna bob: well?"]
    assert times_cut(ask(bob, "HISTORY @alice 1 after 2")) == ["@anna bob: well?"]


def test_programs_are_told_ids_and_with_whom(world: World) -> None:
    alice, bob = member(world, "alice"), member(world, "bob")
    bob.send("FORMAT json")
    skip(bob)
    alice.send("PRIV bob one", "PRIV bob two")
    assert [event["id"] for event in bob.events()] == [1, 2]
    bob.send('{"do":"priv","to":["alice"],"text":"three","label":"x"}')
    [echo] = bob.events()
    assert (echo["event"], echo["id"], echo["label"]) == ("private", 3, "x")
    bob.send('{"do":"history","with":"alice","n":2}')
    [page] = bob.events()
    assert page["with"] == "alice"
    assert "room" not in page
    assert [(m["with"], m["id"], m["nick"]) for m in page["messages"]] == [
        ("alice", 2, "alice"),
        ("alice", 3, "bob"),
    ]
    bob.send('{"do":"search","words":"two"}')
    [[found]] = [event["messages"] for event in bob.events()]
    assert (found["with"], found["id"], found["text"]) == ("alice", 2, "two")


def test_several_have_a_conversation_of_their_own(world: World) -> None:
    alice, bob, carol = (member(world, nick) for nick in ("alice", "bob", "carol"))
    alice.send("PRIV bob,carol both", "PRIV bob one")
    carol.send("PRIV alice,bob answer")
    assert times_cut(ask(bob, "HISTORY @alice,carol"))[:2] == [
        "@alice,carol alice: both",
        "@alice,carol carol: answer",
    ]
    assert times_cut(ask(bob, "HISTORY @alice")) == ["@alice alice: one"]
    assert ask(carol, "HISTORY @alice") == ["* No messages of @alice there"]


def test_nothing_of_a_guest_is_kept(world: World) -> None:
    alice, guest = member(world, "alice"), world.enter("guest")
    alice.send("PRIV guest psst")
    guest.send("PRIV alice psst")
    assert "PRIV alice: psst" in guest.lines()
    assert not world.hub.last_ids
    assert refused(guest, "HISTORY @alice") == 464
    assert refused(alice, "HISTORY @guest") == 401
    assert refused(alice, "HISTORY @nobody") == 401


def test_search_finds_ones_own_and_nobody_elses(world: World) -> None:
    alice, bob, carol = (member(world, nick) for nick in ("alice", "bob", "carol"))
    alice.send("PRIV bob the secret word")
    alice.send("MSG a public word")
    for client, places in (
        (alice, ["#lobby/1", "@bob/1"]),
        (bob, ["#lobby/1", "@alice/1"]),
        (carol, ["#lobby/1"]),
    ):
        found = times_cut(ask(client, "SEARCH word"))
        assert [line.split()[0] for line in found] == places


CRAFTED = [
    '{"do":"history","room":"@1,2"}',
    '{"do":"history","room":"#@1,2"}',
    '{"do":"history","with":"1,2"}',
    '{"do":"history","with":"@1,2"}',
    '{"do":"history","with":["1","2"]}',
    '{"do":"history","with":"@@1"}',
    '{"do":"history","with":","}',
    '{"do":"join","room":"@1,2"}',
    '{"do":"msg","room":"@1,2","text":"x"}',
    '{"do":"who","room":"@1,2"}',
    '{"do":"topic","room":"@1,2"}',
    '{"do":"search","words":"@1,2"}',
    '{"do":"search","words":"room:1"}',
    '{"do":"search","words":"secret OR room"}',
    '{"do":"forget","with":"@1,2"}',
    "HISTORY @1,2",
    "HISTORY @@1,2",
    "HISTORY @alice,bob",
    "HISTORY @alice",
    "HISTORY @bob",
    "HISTORY @carol",
    "HISTORY #@1,2",
    "JOIN @1,2",
    "SEARCH secret",
    "SEARCH sec*",
    "WHO @1,2",
    "ROOMS",
    "BANS @1,2",
    "FORGET alice,bob",
    "FORGET @1,2",
]


@pytest.mark.parametrize("operator", [False, True], ids=["member", "operator"])
@pytest.mark.parametrize("line", CRAFTED)
def test_nobody_else_is_shown_a_word(line: str, operator: bool) -> None:
    """Operators neither."""
    world = World()
    alice, bob, carol = (member(world, nick) for nick in ("alice", "bob", "carol"))
    numbers = [client.user.author for client in (alice, bob, carol)]
    if operator:
        carol.user.operator = True
    alice.send("PRIV bob secret")
    skip(alice, bob, carol)
    carol.send("FORMAT json")
    for one, other in ((0, 1), (0, 2), (1, 2)):
        crafted = line.replace('"1"', f'"{numbers[one]}"')
        crafted = crafted.replace('"2"', f'"{numbers[other]}"')
        carol.send(crafted.replace("1,2", f"{numbers[one]},{numbers[other]}"))
    told = carol.bytes().decode()
    assert '"text":"secret"' not in told
    assert times_cut(ask(alice, "HISTORY @bob")) == ["@bob alice: secret"]


def test_words_wait_for_who_is_not_here_and_are_shown_once(world: World) -> None:
    alice, bob = member(world, "alice"), member(world, "bob")
    leave(bob)
    skip(alice)
    told = "* bob isn't here; they will see it when they come"
    assert alice.ask("PRIV bob one") == [told]
    assert alice.ask("PRIV Bob two") == [told]
    bob = login(world, "bob")
    shown = [line for line in bob.lines() if "PRIV" in line]
    assert times_cut(shown) == ["PRIV alice: one", "PRIV alice: two"]
    alice.send("PRIV bob three")
    assert bob.lines() == ["PRIV alice: three"]
    leave(bob)
    bob = login(world, "bob")
    assert not [line for line in bob.lines() if "PRIV" in line]
    assert len(ask(bob, "HISTORY @alice")) == 3


def test_what_waits_has_its_time_and_id(world: World) -> None:
    alice, bob = member(world, "alice"), member(world, "bob")
    leave(bob)
    alice.send("PRIV bob one")
    at = world.wall()
    world.advance(7200)
    bob = world.connect()
    bob.send("FORMAT json", f"LOGIN bob {PASSWORD}")
    lines = bob.bytes().decode().splitlines()
    [event] = [json.loads(line) for line in lines if '"private"' in line]
    assert (event["id"], event["replay"], event["to"]) == (1, True, ["bob"])
    assert event["at"].startswith("2023-11-14T22:13:2"), at


def test_it_waits_only_where_both_are_registered(world: World) -> None:
    alice, bob, guest = member(world, "alice"), member(world, "bob"), world.enter("g")
    leave(bob)
    assert refused(guest, "PRIV bob psst") == 401
    assert refused(alice, "PRIV nobody psst") == 401
    assert ask(alice, "PRIV g,bob psst")[0].startswith("ERR 401"), "g isn't registered"
    assert not list(world.hub.waiting)


def test_it_does_not_wait_without_end() -> None:
    world = World(send_queue=1 << 20)
    alice, bob = member(world, "alice"), member(world, "bob")
    leave(bob)
    for _ in range(20):
        alice.send("PRIV bob hi")
    assert refused(alice, "PRIV bob hi") == 404
    for number in range(9):
        client = member(world, f"n{number}")
        for _ in range(20):
            client.send("PRIV bob hi")
        assert refused(client, "PRIV bob hi") == 404
    assert refused(member(world, "last"), "PRIV bob hi") == 404
    assert sum(each.total for each in world.hub.waiting) == 200
    bob = login(world, "bob")
    assert len([line for line in bob.lines() if "PRIV n" in line]) == 180
    assert ask(alice, "PRIV bob there") == []


def test_of_what_waits_is_shown_what_may_be_sent_at_once() -> None:
    """And where the rest is; what is shown are the newest."""
    world = World(send_queue=4096)
    alice, bob = member(world, "alice"), member(world, "bob")
    leave(bob)
    for number in range(8):
        alice.send(f"PRIV bob {number}")
    bob = login(world, "bob")
    *shown, more = [line for line in bob.lines() if "PRIV" in line or "written" in line]
    assert 1 < len(shown) < 8
    assert shown[-1].endswith("PRIV alice: 7")
    assert more == "* More was written to you; HISTORY @nick shows it"


def test_what_an_ignored_one_writes_does_not_wait(world: World) -> None:
    """And they don't learn of it."""
    alice, bob = member(world, "alice"), member(world, "bob")
    bob.send("IGNORE alice")
    leave(bob)
    alice.send("NICK anna")
    skip(alice)
    assert alice.ask("PRIV bob hi")[0].startswith("* bob isn't here; they will")
    bob = login(world, "bob")
    assert not [line for line in bob.lines() if "PRIV" in line]
    assert bob.ask("IGNORE") == ["* You ignore alice"]
    assert ask(bob, "HISTORY @anna") == ["* No messages of @anna there"]
    bob.send("UNIGNORE anna")
    assert times_cut(ask(bob, "HISTORY @anna")) == ["@anna anna: hi"]


def test_who_wants_nothing_kept_has_nothing_kept(world: World) -> None:
    alice, bob, carol = (member(world, nick) for nick in ("alice", "bob", "carol"))
    bob.send("KEEP off")
    skip(alice, bob, carol)
    told = "* bob has nothing kept of what is written in private"
    assert alice.ask("PRIV bob psst", "PRIV bob psst") == [told]
    assert carol.ask("PRIV alice,bob psst") == [told]
    bob.send("PRIV alice psst")
    assert not world.hub.last_ids
    leave(bob)
    assert refused(alice, "PRIV bob psst") == 401
    bob = login(world, "bob")
    bob.send("KEEP on", "PRIV alice psst")
    assert times_cut(ask(bob, "HISTORY @alice")) == ["@alice bob: psst"]
    assert refused(world.enter("guest"), "KEEP off") == 464


def test_either_one_deletes_their_conversation(world: World) -> None:
    alice, bob, carol = (member(world, nick) for nick in ("alice", "bob", "carol"))
    alice.send("PRIV bob one", "PRIV bob,carol all")
    skip(alice, bob)
    assert bob.ask("FORGET alice") == ["* bob has deleted the conversation @alice"]
    assert alice.lines() == ["* bob has deleted the conversation @bob"]
    assert ask(alice, "HISTORY @bob") == ["* No messages of @bob there"]
    assert ask(alice, "SEARCH one") == ["* Nothing found for one"]
    assert refused(alice, "FORGET bob") == 403
    assert refused(alice, "FORGET bob,carol") == 482
    assert len(ask(carol, "HISTORY @alice,bob")) == 1
    alice.send("PRIV bob anew")
    assert times_cut(ask(bob, "HISTORY @alice")) == ["@alice alice: anew"]


def test_what_waits_goes_with_the_conversation(world: World) -> None:
    alice, bob = member(world, "alice"), member(world, "bob")
    leave(bob)
    alice.send("PRIV bob one", "FORGET bob")
    assert not list(world.hub.waiting)
    bob = login(world, "bob")
    assert not [line for line in bob.lines() if "PRIV" in line]


def test_who_has_the_nick_next_reads_nothing(world: World) -> None:
    alice, bob = member(world, "alice"), member(world, "bob")
    alice.send("PRIV bob secret")
    leave(bob)
    alice.send("PRIV bob secret")
    bob = login(world, "bob")
    bob.send(f"UNREGISTER {PASSWORD}")
    leave(bob)
    assert not world.hub.conversations.of(alice.user.author)
    thief = member(world, "bob")
    assert ask(thief, "HISTORY @alice") == ["* No messages of @alice there"]
    assert ask(thief, "SEARCH secret") == ["* Nothing found for secret"]
    assert not [line for line in thief.lines() if "PRIV" in line]


def test_a_muted_one_leaves_nothing_waiting(world: World) -> None:
    alice, bob = member(world, "alice"), member(world, "bob")
    leave(bob)
    world.hub.identities.set_operator("alice", True)
    mallory = member(world, "mallory")
    alice.send("MUTE mallory")
    skip(mallory)
    assert refused(mallory, "PRIV bob hi") == 404
    assert not list(world.hub.waiting)


def test_a_server_may_keep_nothing() -> None:
    world = World(private=False)
    alice, bob = member(world, "alice"), member(world, "bob")
    alice.send("PRIV bob psst")
    assert bob.lines()[-1] == "PRIV alice: psst"
    assert refused(alice, "HISTORY @bob") == 403
    leave(bob)
    assert refused(alice, "PRIV bob psst") == 401
    assert not world.hub.last_ids


def test_a_note_to_oneself_is_kept(world: World) -> None:
    alice = member(world, "alice")
    alice.send("PRIV alice milk")
    assert times_cut(ask(alice, "HISTORY @alice")) == ["@alice alice: milk"]
    assert list(world.hub.last_ids) == [key_of([alice.user.author])]


def test_nobody_has_a_conversation_with_a_crowd(world: World) -> None:
    alice = member(world, "alice")
    many = ",".join(f"n{number}" for number in range(21))
    assert refused(alice, f"HISTORY @{many}") == 407
    assert refused(alice, f"PRIV {many} hi") == 407


def test_what_was_of_accounts_that_are_gone_is_forgotten_at_once() -> None:
    """Somebody has removed many while the server was down."""
    hub = World().hub
    before = hub.forgotten
    hub.load(Stored(last_ids={"@1,2": 3, "@1,3": 4, "@2,3": 1, "#dev": 2}))
    assert hub.last_ids == {"#dev": 2}
    assert hub.forgotten == before + 1
    assert not hub.conversations.accounts()
