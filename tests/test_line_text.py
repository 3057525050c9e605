"""The line protocol as a person sees it, sentence by sentence."""

from __future__ import annotations

import pytest

from .support import Client, World, skip


@pytest.fixture
def world() -> World:
    return World()


@pytest.fixture
def trio(world: World) -> list[Client]:
    people = [world.enter(nick) for nick in ("alice", "bob", "carol")]
    skip(*people)
    return people


def error(lines: list[str]) -> int:
    """The number of the only line, an error."""
    assert len(lines) == 1, lines
    word, number, text = lines[0].split(" ", 2)
    assert word == "ERR"
    assert text
    return int(number)


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
    assert alice.ask("ROOM dev") == ["* #dev: owners: none"]
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


def test_text_of_1024_characters_and_never_cut(trio: list[Client]) -> None:
    alice, bob, _ = trio
    longest = "ü" * 1024
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


COMMANDS = [
    "NICK",
    "MSG",
    "PRIV",
    "REPLY",
    "ME",
    "JOIN",
    "PART",
    "ROOMS",
    "WHO",
    "WHOIS",
    "TOPIC",
    "AWAY",
    "IGNORE",
    "UNIGNORE",
    "ECHO",
    "FORMAT",
    "PASS",
    "PING",
    "HELP",
    "QUIT",
]


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
    ["JOIN #", "JOIN #a.b", "JOIN #" + "x" * 51, "JOIN #é", "JOIN #a,#b"],
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
    assert alice.ask("JOIN #Dev") == ["* alice joined #Dev", "* In #Dev: alice"]


def test_rooms_and_who_and_whois(trio: list[Client]) -> None:
    alice, bob, carol = trio
    bob.send("JOIN #dev", "TOPIC all about code")
    carol.send("AWAY lunch")
    skip(*trio)
    assert alice.ask("ROOMS") == ["* #lobby (3)", "* #dev (1): all about code"]
    assert alice.ask("WHO") == ["* In #lobby: alice, bob, carol (away)"]
    assert alice.ask("WHO #dev") == ["* In #dev: bob"]
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


# What never reaches another terminal


@pytest.mark.parametrize(
    "command",
    ["MSG {}", "ME {}", "PRIV bob {}", "TOPIC {}", "PART #lobby {}", "QUIT {}"],
)
@pytest.mark.parametrize(
    "evil",
    [
        "\x1b[31mred\x1b[0m",
        "\x1b]0;title\x07",
        "\x9b31m",
        "bell\x07",
        "back\x08\x08\x7f",
        "x\u202eevil\u2066y",
        "one\rERR 999 forged",
        "one\x85ERR 999 forged",
        "one\u2028ERR 999 forged\u2029x",
        "one\x0bERR 999\x0cforged\x1cx\x1dx\x1e",
    ],
)
def test_no_terminal_is_acted_on(trio: list[Client], command: str, evil: str) -> None:
    alice, bob, _ = trio
    alice.send(command.format(f"hey {evil} you"))
    got = bob.bytes().decode()
    assert got.count("\n") == 1, "one line, and no second one forged"
    assert len(got.splitlines()) == 1
    assert got[:-1].isprintable()
    assert "hey " in got
    assert " you" in got


def test_away_and_whois_are_clean(trio: list[Client]) -> None:
    alice, bob, _ = trio
    alice.send("AWAY \x1b[31m\u202ered\rERR")
    for line in bob.ask("WHOIS alice", "PRIV alice x"):
        assert line.isprintable()


@pytest.mark.parametrize(
    "text",
    ["😀👩‍👩‍👧‍👦🏳️‍🌈🇩🇪", "שלום עולם", "مرحبا", "你好", "ไทยดี", "é e\u0301", "🏴󠁧󠁢󠁥󠁮󠁧󠁿"],
)
def test_every_script_and_emoji_pass(trio: list[Client], text: str) -> None:
    alice, bob, _ = trio
    alice.send(f"MSG {text}")
    assert bob.lines() == [f"alice: {text}"]


def test_combining_marks_are_cut_at_thirty(trio: list[Client]) -> None:
    alice, bob, _ = trio
    mark = "\N{COMBINING ACUTE ACCENT}"
    alice.send("MSG a" + mark * 30 + "b" + mark * 500 + "c")
    assert bob.lines() == ["alice: a" + mark * 30 + "b" + mark * 30 + "c"]
    joiner = "\N{ZERO WIDTH NON-JOINER}"
    alice.send("MSG a" + (mark * 20 + joiner) * 20)
    assert bob.bytes().decode().count(mark) == 30


def test_an_error_repeats_nothing_harmful(trio: list[Client]) -> None:
    alice = trio[0]
    for line in ("\x1b[31m", "WHOIS \x1b[31m", "WHO #\u202e\x1b", "HELP \x1b[1m"):
        assert all(got.isprintable() for got in alice.ask(line))


def test_help_shows_how_a_line_is_written(trio: list[Client]) -> None:
    alice, *_ = trio
    for line, usage in (
        ("HELP priv", "* PRIV nick[,nick] text -- write to people in private; /msg"),
        ("HELP msg", "* MSG text -- speak in the current room; /msg is PRIV"),
        ("HELP join", "* JOIN #room [key] -- "),
        ("HELP history", "* HISTORY [#room] [n] [before id|after id|around id] -- "),
        ("HELP login", "* LOGIN [nick] password -- "),
    ):
        [shown] = alice.ask(line)
        assert shown.startswith(usage)
