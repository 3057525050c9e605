"""The line protocol as a person sees it: lines, coming in, nicks."""

from __future__ import annotations

import pytest

from .line_support import COMMANDS, error
from .support import Client, World, skip

# Lines


@pytest.mark.parametrize("end", ["\n", "\r\n"])
@pytest.mark.parametrize("verb", ["ME", "me", "mE", "/me", "/ME"])
def test_verbs_in_any_case_with_or_without_slash(
    trio: list[Client], verb: str, end: str
) -> None:
    alice, bob, _ = trio
    alice.send_bytes(f"{verb} says hello{end}".encode())
    assert bob.lines() == ["* alice says hello"]


@pytest.mark.parametrize("verb", ["/msg", "/MSG", "/Msg", "  /msg"])
def test_msg_with_a_slash_is_private(trio: list[Client], verb: str) -> None:
    alice, bob, carol = trio
    assert alice.ask(f"{verb} bob secret words") == []
    assert bob.lines() == ["PRIV alice: secret words"]
    assert error(alice.ask(f"{verb} nobody secret")) == 401
    assert error(alice.ask(f"{verb} hello")) == 412
    assert error(alice.ask(verb)) == 411
    assert bob.lines() == carol.lines() == []
    alice.send(f"{verb} #lobby aloud")
    assert bob.lines() == carol.lines() == ["alice: aloud"]
    alice.send("MSG bob aloud")
    assert bob.lines() == carol.lines() == ["alice: bob aloud"]


def test_what_was_received_can_be_typed_back(trio: list[Client]) -> None:
    alice, bob, carol = trio
    alice.send("PRIV bob psst")
    [received] = bob.lines()
    assert bob.ask(received) == []
    assert alice.lines() == ["PRIV bob: psst"]
    alice.send("PRIV bob,carol: yes: both")
    assert bob.lines() == carol.lines() == ["PRIV alice > bob,carol: yes: both"]


def test_a_room_may_lack_its_sign(trio: list[Client]) -> None:
    alice, bob, _ = trio
    assert alice.ask("JOIN dev")[0] == "* alice joined #dev"
    assert alice.ask("WHO dev") == ["* In #dev: alice"]
    assert alice.ask("INVITE bob dev") == ["* bob is invited to #dev"]
    assert bob.ask("JOIN dev") != []
    skip(alice)
    assert alice.ask("TOPIC dev") == ["* #dev has no topic"]
    assert alice.ask("ROOM dev") == ["* #dev: owners: alice"]
    assert alice.ask("HISTORY dev 5") == ["* No messages of #dev there"]
    assert alice.ask("TOPIC dev words") == ["* #dev is about: dev words (alice)"]
    assert alice.ask("PART dev") == ["* alice left #dev"]
    skip(bob)
    assert bob.ask("JOIN tea", "PART dev soon")[-1] == "* bob left #tea (dev soon)"
    assert bob.ask("PART bye") == ["* bob left #dev (bye)"]


def test_what_is_no_command_is_told_how_to_say(trio: list[Client]) -> None:
    alice, bob, _ = trio
    assert alice.ask("hello there, bob") == [
        "ERR 421 Unknown command HELLO; to say it: MSG hello there, bob"
    ]
    assert alice.ask("/dance") == ["ERR 421 Unknown command DANCE; HELP lists them"]
    [answer] = alice.ask(f"\x1b[31m{'x' * 3000} y")
    assert answer.isprintable()
    assert answer.endswith("x…")
    assert len(answer) < 150
    [answer] = alice.world.connect().ask("hello there")[-1:]
    assert answer == "ERR 421 Unknown command HELLO; HELP lists them"
    assert bob.lines() == []


def test_text_is_kept_as_it_is(trio: list[Client]) -> None:
    alice, bob, _ = trio
    alice.send("MSG   two  spaces /slash @bob ")
    assert bob.lines() == ["alice:   two  spaces /slash @bob "]


def test_empty_lines_say_nothing(trio: list[Client]) -> None:
    alice, bob, _ = trio
    assert alice.ask("", "   ", "\r") == []
    assert bob.lines() == []


def test_bytes_that_are_not_utf8_cost_their_line_only(trio: list[Client]) -> None:
    alice, bob, _ = trio
    alice.send_bytes(b"MSG \xff\xfe\xc3\nMSG \xc3\x28\nMSG ok\n")
    lines = alice.lines()
    assert lines[-1].startswith("ERR 400")
    assert bob.lines()[-1] == "alice: ok"
    assert not alice.closed


def test_a_character_split_across_packets_is_no_error(trio: list[Client]) -> None:
    alice, bob, _ = trio
    for byte in "MSG grüß dich 😀\n".encode():
        alice.send_bytes(bytes([byte]))
    assert bob.lines() == ["alice: grüß dich 😀"]
    assert alice.lines() == []


def test_telnet_is_recognised_and_dropped(trio: list[Client]) -> None:
    alice, bob, _ = trio
    alice.send_bytes(b"\xff\xfd\x03\xff\xfb\x1fMSG h\xff\xf9i\r\0 you\r\n")
    alice.send_bytes(b"\xff\xfa\x1f\0\x50")
    alice.send_bytes(b"\0\x18\xff\xf0MSG again\r\n")
    assert bob.lines() == ["alice: hi you", "alice: again"]


def test_who_sends_crlf_gets_crlf(world: World) -> None:
    """Also after negotiation, and also when the pair is split."""
    for packets in (
        [b"NICK alice\r\n"],
        [b"\xff\xfd\x03", b"NICK alice\r\n"],
        [b"NICK alice\r", b"\n"],
    ):
        telnet = world.connect()
        telnet.bytes()
        for packet in packets:
            telnet.send_bytes(packet)
        got = telnet.bytes()
        assert got.startswith(b"* You are now known as alice\r\n")
        assert got.count(b"\r\n") == got.count(b"\n")
        telnet.send("QUIT")
    netcat = world.enter("bob")
    netcat.send("PING")
    assert b"\r" not in netcat.bytes()


def test_a_line_of_4096_bytes_is_read(trio: list[Client]) -> None:
    alice = trio[0]
    line = "PING " + "x" * (4096 - 5)
    assert alice.ask(line)[0].startswith("PONG xxx")
    assert error(alice.ask(line + "x")) == 417
    assert alice.ask("PING ok") == ["PONG ok"]


def test_a_longer_line_is_discarded_up_to_its_newline(trio: list[Client]) -> None:
    alice, bob, _ = trio
    for _ in range(50):
        alice.send_bytes(b"MSG no! " * 1000)
    alice.send_bytes(b"MSG neither\nMSG but this\n")
    assert error(alice.lines()) == 417
    assert bob.lines() == ["alice: but this"]


def test_text_of_4000_characters_and_never_cut(trio: list[Client]) -> None:
    alice, bob, _ = trio
    longest = "u" * 4000
    alice.send(f"MSG {longest}")
    assert bob.lines() == [f"alice: {longest}"]
    for command in ("MSG", "ME", "PRIV bob"):
        assert error(alice.ask(f"{command} {longest}x")) == 417
    assert bob.lines() == []


@pytest.mark.parametrize("command", ["MSG", "MSG ", "MSG    ", "ME", "PRIV bob"])
def test_nothing_to_say(trio: list[Client], command: str) -> None:
    alice, bob, _ = trio
    assert error(alice.ask(command)) == 412
    assert bob.lines() == []


# Coming


def test_the_greeting(world: World) -> None:
    greeting = World(name="the Gate", motd=("Be kind.",)).connect().lines()
    assert "the Gate" in greeting[0]
    assert "* Be kind." in greeting
    assert "NICK" in greeting[-1]
    assert "HELP" in greeting[-1]
    assert all(line.startswith("* ") for line in greeting)


def test_entering(world: World) -> None:
    alice = world.enter("alice")
    bob = world.connect()
    bob.lines()
    assert bob.ask("NICK bob") == [
        "* You are now known as bob",
        "* In #lobby: alice, bob",
    ]
    assert alice.lines() == ["* bob joined the chat!"]


def test_before_nick_little_works(world: World) -> None:
    client = world.connect()
    client.lines()
    for command in COMMANDS:
        if command not in ("NICK", "PASS", "FORMAT", "PING", "HELP", "QUIT"):
            assert error(client.ask(f"{command} #x y")) == 451, command
    assert client.ask("PING 1") == ["PONG 1"]
    assert client.ask("HELP") != []
    assert client.ask("FORMAT text") == ["* The format is text"]
    assert error(client.ask("DANCE")) == 421
    assert world.hub.lobby.members == {}
    client.send("QUIT")
    assert client.closed


@pytest.mark.parametrize(
    ("nick", "number"),
    [
        ("", 431),
        ("9lives", 432),
        ("-dash", 432),
        ("an na", 432),
        ("anná", 432),
        ("x" * 33, 432),
        ("a\u202eb", 432),
        ("a\x1b[31m", 432),
        ("#room", 432),
        ("a,b", 432),
        ("aa\u212a", 432),
    ],
)
def test_bad_nicks(world: World, nick: str, number: int) -> None:
    client = world.connect()
    client.lines()
    assert error(client.ask(f"NICK {nick}")) == number
    assert world.hub.users == {}


@pytest.mark.parametrize("nick", ["a", "_", "Z" * 32, "a-b_C9"])
def test_good_nicks(world: World, nick: str) -> None:
    assert world.enter(nick).user.nick == nick


def test_a_taken_nick_and_a_free_suggestion(world: World) -> None:
    people = [world.enter("anna"), world.enter("anna_")]
    client = world.connect()
    for asked in ("anna", "ANNA", "Anna_"):
        client.lines()
        (line,) = client.ask(f"NICK {asked}")
        assert line.startswith(f"ERR 433 {asked} is taken; try ")
        free = line.rpartition(" ")[2]
        assert client.ask(f"NICK {free}")[0] == f"* You are now known as {free}"
        people.append(client)
        client = world.connect()


def test_the_longest_nick_has_a_free_suggestion(world: World) -> None:
    name = "x" * 32
    people = []
    for _ in range(8):
        client = world.connect()
        client.lines()
        line = client.ask(f"NICK {name}")[0]
        if line.startswith("ERR 433"):
            line = client.ask(f"NICK {line.rpartition(' ')[2]}")[0]
        assert line.startswith("* You are now known as ")
        people.append(client)


# Nicks change


def test_a_new_nick_is_told_once_however_many_rooms(trio: list[Client]) -> None:
    alice, bob, carol = trio
    for person in (alice, bob):
        person.send("JOIN #a", "JOIN #b")
    skip(*trio)
    assert alice.ask("NICK Anna") == ["* You are now known as Anna"]
    assert bob.lines() == ["* alice is now known as Anna"]
    assert carol.lines() == ["* alice is now known as Anna"]
    alice.send("MSG still in b")
    assert bob.lines() == ["#b Anna: still in b"]
    assert error(carol.ask("WHOIS alice")) == 401


def test_the_case_of_ones_nick_can_change(trio: list[Client]) -> None:
    alice, bob, _ = trio
    assert alice.ask("NICK ALICE") == ["* You are now known as ALICE"]
    assert bob.lines() == ["* alice is now known as ALICE"]
    assert error(bob.ask("NICK aLiCe")) == 433


def test_the_same_nick_again_is_answered(trio: list[Client]) -> None:
    alice, bob, _ = trio
    assert alice.ask("NICK alice") == ["* You are now known as alice"]
    assert bob.lines() == []


def test_a_nick_that_was_given_up_is_free(trio: list[Client], world: World) -> None:
    alice, bob, _ = trio
    alice.send("NICK anna")
    bob.send("QUIT")
    assert world.enter("alice").user.nick == "alice"
    assert world.enter("bob").user.nick == "bob"
