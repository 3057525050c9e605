"""The line protocol as a person sees it: rooms, and oneself."""

from __future__ import annotations

import pytest

from .line_support import COMMANDS, error
from .support import Client, World, skip

# Rooms


def test_joining_and_leaving_a_room(trio: list[Client]) -> None:
    alice, bob, carol = trio
    assert alice.ask("JOIN #dev") == ["* alice joined #dev", "* In #dev: alice"]
    assert bob.ask("join #DEV") == ["* bob joined #dev", "* In #dev: alice, bob"]
    assert alice.lines() == ["* bob joined #dev"]
    assert carol.lines() == []
    bob.send("MSG to dev", "JOIN #lobby", "MSG to lobby", "PART #dev tea")
    lines = alice.lines()
    assert lines[-1] == "bob: to lobby"
    assert lines[:-1] == ["#dev bob: to dev", "* bob left #dev (tea)"]
    assert carol.lines() == ["bob: to lobby"]
    alice.send("PART")
    assert alice.lines() == ["* alice left #dev"]
    alice.send("MSG back in the lobby")
    assert carol.lines() == ["alice: back in the lobby"]


def test_who_left_hears_no_more(trio: list[Client]) -> None:
    alice, bob, carol = trio
    alice.send("PART #lobby")
    skip(*trio)
    bob.send("MSG gone?")
    assert alice.lines() == []
    assert carol.lines() == ["bob: gone?"]
    assert error(alice.ask("MSG hello")) == 404
    assert alice.ask("JOIN #lobby")[0] == "* alice joined #lobby"
    assert bob.lines() == ["* alice joined #lobby"]


@pytest.mark.parametrize(
    "line",
    ["JOIN #", "JOIN #a?b", "JOIN #" + "x" * 51, "JOIN #é", "JOIN #a,#b"],
)
def test_bad_room_names(trio: list[Client], line: str) -> None:
    world = trio[0].world
    assert error(trio[0].ask(line)) == 479
    assert list(world.hub.rooms) == ["#lobby"]


def test_rooms_errors(trio: list[Client]) -> None:
    alice, bob, _ = trio
    bob.send("JOIN #dev")
    assert error(alice.ask("JOIN")) == 461
    assert error(alice.ask("PART #nowhere")) == 403
    assert error(alice.ask("PART #dev")) == 442
    assert error(alice.ask("WHO #nowhere")) == 403
    assert error(alice.ask("TOPIC #dev mine now")) == 442


def test_at_most_fifty_rooms(trio: list[Client]) -> None:
    alice = trio[0]
    alice.send(*(f"JOIN #r{i}" for i in range(49)))
    alice.lines()
    assert error(alice.ask("JOIN #onemore")) == 405
    assert "#onemore" not in alice.world.hub.rooms
    assert alice.ask("JOIN #r3") == ["* You speak in #r3 now"]


def test_an_empty_room_is_gone(trio: list[Client]) -> None:
    alice = trio[0]
    alice.send("JOIN #dev", "TOPIC code", "PART")
    assert list(alice.world.hub.rooms) == ["#lobby"]
    alice.lines()
    shown = alice.ask("JOIN #Dev")
    assert shown[:2] == ["* alice joined #Dev", "* In #Dev: alice"]
    # It has no topic any more; who set it is history.
    assert [line[8:] for line in shown[2:]] == ["* #dev is about: code (alice)"]


def test_rooms_and_who_and_whois(trio: list[Client]) -> None:
    alice, bob, carol = trio
    bob.send("JOIN #dev", "TOPIC all about code")
    carol.send("AWAY lunch")
    skip(*trio)
    assert alice.ask("ROOMS") == ["* #lobby (3)", "* #dev (1): all about code"]
    assert alice.ask("WHO") == ["* In #lobby: alice, bob, carol (away)"]
    assert alice.ask("WHO #dev") == ["* In #dev: bob"]
    for nick in ("bobby", "bob"):
        bob.send(f"NICK {nick}")
        skip(*trio)
        assert alice.ask("WHO") == [f"* In #lobby: alice, {nick}, carol (away)"]
    alice.world.advance(5)
    (line,) = alice.ask("WHOIS carol")
    assert line.startswith("* carol ")
    assert "5 s" in line
    assert "#lobby" in line
    assert "lunch" in line
    (line,) = alice.ask("WHOIS BOB")
    assert "#lobby" in line
    assert "#dev" not in line, "a room that one is not in oneself"
    assert error(alice.ask("WHOIS nobody")) == 401
    assert error(alice.ask("WHOIS")) == 461


def test_topic(trio: list[Client]) -> None:
    alice, bob, _ = trio
    assert alice.ask("TOPIC") == ["* #lobby has no topic"]
    alice.send("TOPIC tea and cake")
    shown = ["* #lobby is about: tea and cake (alice)"]
    assert alice.lines() == bob.lines() == shown
    assert bob.ask("TOPIC") == shown
    assert bob.ask("TOPIC #lobby") == shown
    newcomer = bob.world.connect()
    newcomer.send("NICK dave")
    assert shown[0] in newcomer.lines()
    skip(*trio)
    assert error(bob.ask("TOPIC " + "x" * 301)) == 417


# Oneself


def test_away(trio: list[Client]) -> None:
    alice, bob, _ = trio
    assert bob.ask("AWAY back at five") == ["* You are away: back at five"]
    alice.lines()
    assert alice.ask("PRIV bob hi") == ["* bob is away: back at five"]
    assert bob.ask("AWAY") == ["PRIV alice: hi", "* You are back"]
    alice.lines()
    assert alice.ask("PRIV bob hi") == []


def test_ignore(trio: list[Client]) -> None:
    alice, bob, carol = trio
    assert alice.ask("IGNORE") == ["* You ignore nobody"]
    assert alice.ask("IGNORE Bob") == ["* You ignore bob now"]
    bob.send("MSG spam", "ME spams", "PRIV alice spam")
    carol.send("MSG hello")
    assert alice.lines() == ["carol: hello"]
    assert carol.lines() == ["bob: spam", "* bob spams"]
    assert alice.ask("IGNORE") == ["* You ignore bob"]
    assert alice.ask("UNIGNORE BOB") != []
    bob.send("MSG sorry")
    assert alice.lines() == ["bob: sorry"]
    assert error(alice.ask("UNIGNORE bob")) == 401
    assert error(alice.ask("IGNORE nobody")) == 401
    assert error(alice.ask("IGNORE alice")) == 400


def test_ignore_follows_the_nick(trio: list[Client], world: World) -> None:
    """Who changes the nick stays ignored; so does who comes back, and who takes it."""
    alice, bob, carol = trio
    alice.send("IGNORE bob")
    bob.send("NICK bobby", "MSG new name")
    assert "bobby: new name" not in alice.lines()
    bob.send("QUIT")
    carol.send("MSG before", "NICK bobby", "MSG after")
    assert alice.lines()[-2:] == ["carol: before", "* carol is now known as bobby"]
    carol.send("QUIT")
    again = world.enter("bobby")
    again.send("MSG here I am")
    assert alice.lines()[-1] == "* bobby joined the chat!"


def test_at_most_a_hundred_are_ignored(trio: list[Client], world: World) -> None:
    alice = trio[0]
    others = [world.enter(f"n{i}") for i in range(101)]
    for other in others[:100]:
        alice.send(f"IGNORE {other.user.nick}")
    alice.lines()
    assert error(alice.ask("IGNORE n100")) == 400


def test_ping_and_help(trio: list[Client]) -> None:
    alice = trio[0]
    assert alice.ask("PING") == ["PONG"]
    assert alice.ask("ping a b") == ["PONG a b"]
    listed = alice.ask("HELP")[0]
    for command in COMMANDS:
        assert command in listed
        (line,) = alice.ask(f"HELP {command.lower()}")
        assert line.startswith(f"* {command}")
        assert alice.ask(f"HELP /{command}") == [line]
    assert error(alice.ask("HELP dance")) == 421


def test_quit(trio: list[Client]) -> None:
    alice, bob, carol = trio
    alice.send("QUIT good night")
    assert alice.closed
    assert bob.lines() == ["* alice left the chat! (good night)"]
    carol.send("QUIT")
    assert bob.lines() == ["* carol left the chat!"]


def test_leaving_is_told_once_however_many_rooms(trio: list[Client]) -> None:
    alice, bob, _ = trio
    for person in (alice, bob):
        person.send("JOIN #a", "JOIN #b")
    skip(*trio)
    alice.reset()
    assert bob.lines() == ["* alice left the chat! (connection lost)"]


def test_password(world: World) -> None:
    world = World(password="sesame")
    client = world.connect()
    client.lines()
    assert error(client.ask("NICK alice")) == 464
    assert error(client.ask("PASS wrong")) == 464
    assert error(client.ask("PASS sesam\N{COMBINING ACUTE ACCENT}")) == 464
    assert error(client.ask("PASS")) == 461
    assert error(client.ask("NICK alice")) == 464
    assert world.hub.users == {}
    client.ask("PASS sesame")
    assert client.ask("NICK alice")[0] == "* You are now known as alice"
    assert error(client.ask("PASS sesame")) == 462


def test_without_a_password_pass_does_no_harm(world: World) -> None:
    client = world.connect()
    client.lines()
    assert (
        client.ask("PASS anything", "NICK alice")[-2] == "* You are now known as alice"
    )
