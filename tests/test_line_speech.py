"""The line protocol as a person sees it: speaking, and the order of what is said."""

from __future__ import annotations

import pytest

from .line_support import error
from .support import Client, World, skip

# Speaking


def test_speech_and_action_here_and_elsewhere(trio: list[Client]) -> None:
    alice, bob, carol = trio
    for person in (alice, bob):
        person.send("JOIN #dev")
    skip(*trio)
    alice.send("MSG hello", "ME waves", "PRIV #lobby hi all", "JOIN #lobby", "ME bows")
    assert bob.lines() == [
        "#dev alice: hello",
        "#dev * alice waves",
        "alice: hi all",
        "* alice bows",
    ]
    assert carol.lines() == ["alice: hi all", "* alice bows"]


def test_ones_own_words_come_back_with_echo_only(trio: list[Client]) -> None:
    alice = trio[0]
    assert alice.ask("MSG one") == []
    assert alice.ask("ECHO on", "MSG two", "ME three", "PRIV bob four")[1:] == [
        "alice: two",
        "* alice three",
        "PRIV alice: four",
    ]
    assert alice.ask("ECHO off", "MSG five")[1:] == []
    assert error(alice.ask("ECHO maybe")) == 461


def test_private_words_reach_whom_they_name(trio: list[Client]) -> None:
    alice, bob, carol = trio
    assert alice.ask("PRIV bob psst") == []
    assert bob.lines() == ["PRIV alice: psst"]
    alice.send("PRIV BOB,carol psst  both")
    assert bob.lines() == carol.lines() == ["PRIV alice > bob,carol: psst  both"]
    alice.send("PRIV bob,bob,BOB once")
    assert bob.lines() == ["PRIV alice: once"]


@pytest.mark.parametrize(
    ("line", "shown"),
    [
        ("@bob hi", "PRIV alice: hi"),
        ("@bob: hi", "PRIV alice: hi"),
        ("@bob:hi", "PRIV alice: hi"),
        ("@bob @carol: hi", "PRIV alice > bob,carol: hi"),
        ("@bob @carol hi", "PRIV alice > bob,carol: hi"),
        ("@bob mail@home: hi", "PRIV alice: mail@home: hi"),
    ],
)
def test_the_at_sign_is_sugar_for_priv(
    trio: list[Client], line: str, shown: str
) -> None:
    alice, bob, carol = trio
    assert alice.ask(line) == []
    assert bob.lines() == [shown]
    assert carol.lines() == ([shown] if "carol" in shown else [])


@pytest.mark.parametrize("line", ["@", "@bob", "@bob:", "@ bob hi", "@nobody hi"])
def test_bad_sugar_is_an_error_and_never_said(trio: list[Client], line: str) -> None:
    alice, bob, carol = trio
    assert error(alice.ask(line)) in (401, 412, 421)
    assert bob.lines() == carol.lines() == []


def test_priv_names_who_is_not_here_and_serves_the_others(trio: list[Client]) -> None:
    alice, bob, _ = trio
    (line,) = alice.ask("PRIV nobody,bob,noone psst")
    assert line.startswith("ERR 401 ")
    assert "nobody, noone" in line
    assert bob.lines() == ["PRIV alice: psst"]


@pytest.mark.parametrize("line", ["PRIV", "PRIV ", "PRIV , hi"])
def test_priv_to_nobody(trio: list[Client], line: str) -> None:
    assert error(trio[0].ask(line)) == 411


def test_priv_to_a_room_that_one_is_not_in(trio: list[Client]) -> None:
    alice, bob, _ = trio
    bob.send("JOIN #dev")
    skip(*trio)
    assert error(alice.ask("PRIV #dev hi")) == 442
    assert error(alice.ask("PRIV #nowhere hi")) == 403
    (line,) = alice.ask("PRIV #dev,#lobby,bob hi")
    assert line.startswith("ERR 442")
    assert bob.lines() == ["alice: hi", "PRIV alice: hi"]


def test_priv_to_many(trio: list[Client]) -> None:
    alice, bob, _ = trio
    many = ",".join(f"n{i}" for i in range(21))
    assert error(alice.ask(f"PRIV {many} hi")) == 407
    assert error(alice.ask(f"PRIV {many.replace('n', '#n')} hi")) == 407
    alice.send("PRIV " + "#lobby," * 500 + "#LOBBY hi")
    assert bob.lines() == ["alice: hi"]


def test_reply_goes_to_whoever_wrote_last(trio: list[Client]) -> None:
    alice, bob, carol = trio
    assert error(bob.ask("REPLY hello?")) == 401
    alice.send("PRIV bob one")
    carol.send("PRIV bob two")
    carol.send("NICK caro")
    skip(*trio)
    bob.send("REPLY yes")
    assert carol.lines() == ["PRIV bob: yes"]
    assert alice.lines() == []
    carol.send("QUIT")
    skip(*trio)
    assert error(bob.ask("REPLY still there?")) == 401


def test_a_return_in_one_packet_and_the_newline_in_the_next_are_one_end() -> None:
    telnet = World().connect()
    telnet.bytes()
    telnet.send_bytes(b"PING\r")
    telnet.send_bytes(b"\n")
    assert telnet.bytes() == b"PONG\r\n"


def test_nobody_ignores_themselves_under_a_nick_that_they_ignored(
    trio: list[Client],
) -> None:
    alice, bob, carol = trio
    alice.send("IGNORE bob", "ECHO on")
    bob.send("NICK bobby")
    skip(*trio)
    assert alice.ask("IGNORE") == ["* You ignore bobby"]
    bob.send("QUIT")
    skip(*trio)
    alice.send("NICK bobby")
    skip(*trio)
    assert alice.ask("IGNORE") == ["* You ignore nobody"]
    carol.send("MSG who is that?")
    assert alice.ask("MSG it's me") == ["carol: who is that?", "bobby: it's me"]
    assert alice.ask("PRIV bobby note to self") == ["PRIV bobby: note to self"]


def test_an_unknown_command_is_never_said(trio: list[Client]) -> None:
    alice, bob, _ = trio
    for line in (
        "hello",
        "hello world",
        "/hello",
        "//MSG x",
        "12",
        "MSGhello",
        "MSG\thi",
    ):
        assert error(alice.ask(line)) == 421, line
    assert bob.lines() == []


# Order


def test_replies_keep_their_place_among_what_others_say(trio: list[Client]) -> None:
    alice, bob, carol = trio
    bob.send("MSG 1")
    alice.send("PING 2")
    carol.send("MSG 3")
    alice.send("PRIV alice 4", "BAD")
    bob.send("MSG 5")
    lines = [line.split(" ")[1] for line in alice.lines()]
    assert lines == ["1", "2", "3", "alice:", "421", "5"]


def test_everyone_sees_one_order(trio: list[Client]) -> None:
    alice, bob, carol = trio
    for person in trio:
        person.send("ECHO on")
    skip(*trio)
    for number in range(30):
        trio[number * 7 % 3].send(f"MSG {number}")
    lines = alice.lines()
    assert [line.split(": ")[1] for line in lines] == [str(n) for n in range(30)]
    assert bob.lines() == carol.lines() == lines
