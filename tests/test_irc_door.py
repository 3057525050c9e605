"""The IRC door beside its commands: coming in, what others do, limits, bytes."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.irc_support import ALL_CAPS, Network, sasl
from tests.support import skip
from twisted_chat.doors.irc.message import escape, finish, parse, split, too_long
from twisted_chat.hub.masks import glob
from twisted_chat.hub.room import CROWD
from twisted_chat.limits import Rate

S = ":irc.Test"


def codes(lines: list[str]) -> list[str]:
    return [line.split(" ")[1] for line in lines if line.startswith(":")]


# Coming in


@pytest.mark.parametrize(
    "lines",
    [
        ("NICK alice", "USER a 0 * :A"),
        ("USER a 0 * :A", "NICK alice"),
        ("CAP LS", "USER a 0 * :A", "NICK alice", "CAP END"),
        ("NICK alice", "CAP LS 302", "USER a 0 * :A", "CAP REQ :batch", "CAP END"),
        ("PASS sesame", "NICK alice", "USER a 0 * :A"),
    ],
)
def test_registration_in_any_order(lines: tuple[str, ...]) -> None:
    world = Network(password="sesame" if lines[0].startswith("PASS") else "")
    answer = codes(world.connect().ask(*lines))
    welcome = list(dict.fromkeys(code for code in answer if code != "CAP"))
    assert welcome == [
        *("001", "002", "003", "004", "005"),
        *("251", "252", "253", "254", "255", "265", "266", "422"),
        *("JOIN", "353", "366"),
    ]


def test_negotiation_holds_the_welcome_back() -> None:
    client = Network().connect()
    client.send("CAP LS 302", "NICK alice", "USER a 0 * :A")
    assert set(codes(client.lines())) == {"CAP"}
    assert "001" in codes(client.ask("CAP END"))


def test_before_the_welcome_only_registration() -> None:
    client = Network().connect()
    assert client.ask("JOIN #x") == [f"{S} 451 * :You have not registered"]
    assert client.ask("FOO") == [f"{S} 421 * FOO :Unknown command"]
    assert client.ask("PING x") == [f"{S} PONG irc.Test :x"]


@pytest.mark.parametrize(
    ("line", "answer"),
    [
        ("NICK", "431 * :No nickname given"),
        ("NICK :", "431 * :No nickname given"),
        ("NICK 9lives", "432 * 9lives :Bad nick; "),
        ("NICK :a b", "432 * * :Bad nick; "),
        ("NICK ünï", "432 * ünï :Bad nick; "),
    ],
)
def test_a_bad_nick_is_refused_and_a_better_one_taken(line: str, answer: str) -> None:
    """Source: the Modern specification, NICK; before the welcome the nick is ``*``."""
    client = Network().connect()
    [refusal] = client.ask(line, "USER a 0 * :A")
    assert refusal.startswith(f"{S} {answer}")
    assert "001" in codes(client.ask("NICK alice"))


def test_a_taken_nick_is_refused_and_another_taken() -> None:
    world = Network()
    world.irc("alice")
    client = world.connect()
    answer = client.ask("NICK alice", "USER a 0 * :A")
    assert answer == [f"{S} 433 * alice :alice is taken; try alice_"]
    assert "001" in codes(client.ask("NICK alice_"))


def test_a_wrong_password_ends_it() -> None:
    world = Network(password="sesame")
    client = world.connect()
    answer = client.ask("PASS wrong", "NICK alice", "USER a 0 * :A")
    assert codes(answer)[0] == "464"
    assert answer[-1] == "ERROR :Closing Link: * (Password incorrect)"
    without = world.connect()
    assert codes(without.ask("NICK alice", "USER a 0 * :A"))[0] == "464"


def test_isupport_is_true() -> None:
    world = Network()
    lines = world.connect().ask("NICK alice", "USER a 0 * :A")
    words = [w for line in lines if " 005 " in line for w in line.split(" ")[3:]]
    tokens = dict(w.partition("=")[::2] for w in words if w.isupper() or "=" in w)
    assert tokens["CASEMAPPING"] == "ascii"
    assert tokens["CHANTYPES"] == "#"
    client = world.irc("bob")
    longest = "n" * int(tokens["NICKLEN"])
    assert client.ask(f"NICK {longest}") == [f":bob!~bob@guest NICK :{longest}"]
    assert codes(client.ask(f"NICK {longest}n")) == ["432"]
    room = "#" + "r" * (int(tokens["CHANNELLEN"]) - 1)
    assert codes(client.ask(f"JOIN {room}"))[0] == "JOIN"
    assert codes(client.ask(f"JOIN {room}r")) == ["476"]
    topic = "t" * int(tokens["TOPICLEN"])
    assert codes(client.ask(f"TOPIC {room} :{topic}")) == ["TOPIC"]
    assert codes(client.ask(f"TOPIC {room} :{topic}t")) == ["417"]


def test_a_name_with_spaces_is_escaped() -> None:
    lines = Network(name="My Chat").connect().ask("NICK a", "USER a 0 * :A")
    assert any("NETWORK=My\\x20Chat " in line for line in lines)
    assert lines[0].startswith(":irc.My-Chat 001 a :Welcome to the My Chat Network")


def test_the_message_of_the_day() -> None:
    lines = Network(motd=("one", "two")).connect().ask("NICK a", "USER a 0 * :A")
    assert f"{S} 372 a :- two" in lines
    assert f"{S} 376 a :End of /MOTD command." in lines


def test_http_and_tls_are_turned_away() -> None:
    world = Network()
    for data in (b"POST / HTTP/1.1\r\n\r\nNICK x\r\nUSER a b c d\r\n", b"\x16\x03\x01"):
        client = world.connect()
        client.send_bytes(data)
        assert b"001" not in client.bytes()
        world.advance(5)
        assert client.closed


# Accounts


def test_sasl_proves_an_account_before_coming_in() -> None:
    world = Network()
    alice = world.irc("alice", "account-notify")
    assert codes(alice.ask("REGISTER open-sesame")) == ["900", "ACCOUNT"]
    alice.send("QUIT")
    alice = world.connect()
    alice.send("CAP REQ :sasl extended-join", "NICK al", "USER a 0 * :A")
    alice.send("AUTHENTICATE PLAIN")
    assert codes(alice.ask(sasl("alice", "wrong-word")))[-1] == "904"
    answer = alice.ask("AUTHENTICATE PLAIN", sasl("alice", "open-sesame"))
    assert answer[0] == "AUTHENTICATE +"
    assert codes(answer) == ["900", "903"]
    lines = alice.ask("CAP END")
    assert "900" not in codes(lines), "it was told already"
    assert ":al!~a@account-alice JOIN #lobby alice :A" in lines
    assert codes(alice.ask("AUTHENTICATE PLAIN")) == ["907"]


def test_a_second_client_of_an_account_is_the_same_person() -> None:
    world = Network()
    alice = world.irc("alice")
    alice.send("REGISTER open-sesame", "JOIN #den")
    bob = world.irc("bob")
    skip(alice)
    phone = world.connect()
    phone.send("CAP REQ sasl", "NICK alice", "USER a 0 * :A", "AUTHENTICATE PLAIN")
    lines = phone.ask(sasl("alice", "open-sesame"), "CAP END")
    assert codes(lines).count("JOIN") == 2
    assert bob.lines() == []
    phone.send("PRIVMSG #den :from the phone")
    assert alice.lines() == [":alice!~alice@account-alice PRIVMSG #den :from the phone"]
    alice.send("PRIVMSG bob :psst", "JOIN #new")
    assert phone.lines()[:2] == [
        ":alice!~alice@account-alice PRIVMSG bob :psst",
        ":alice!~alice@account-alice JOIN #new",
    ]


def test_a_room_of_ones_own_after_registering() -> None:
    world = Network()
    alice = world.irc("alice")
    assert f"{S} 353 alice = #den :@alice" in alice.ask("JOIN #den")
    assert f"{S} MODE #den +o alice" in alice.ask("REGISTER open-sesame")
    assert f"{S} 353 alice = #den :@alice" in alice.ask("NAMES #den")
    assert list(world.room("#den").rules.owners) == ["alice"]


def test_login_moves_a_client_to_the_account() -> None:
    world = Network()
    alice = world.irc("alice")
    alice.send("REGISTER open-sesame", "JOIN #den")
    other = world.irc("other")
    other.send("JOIN #mine")
    skip(other, alice)
    lines = other.ask("LOGIN alice open-sesame")
    assert lines[:2] == [
        ":other!~other@guest PART #mine",
        ":other!~other@guest NICK :alice",
    ]
    assert ":alice!~alice@account-alice JOIN #den" in lines


def test_how_to_log_in_is_told_so_that_nobody_says_a_password() -> None:
    world = Network()
    world.irc("alice").send("REGISTER open-sesame", "QUIT")
    bob, carol = world.irc("bob"), world.netcat("carol")
    skip(bob, carol)
    told = bob.ask("NICK alice")
    assert (
        f"{S} NOTICE alice :alice is registered; /quote LOGIN password within 30 s, "
        "or you get another nick"
    ) in told
    skip(carol)
    assert bob.ask("PRIVMSG #lobby :LOGIN open-sesame") == [
        f"{S} 404 alice #lobby :That reads like a password, so nobody was shown it; "
        "to log in use /quote LOGIN password"
    ]
    assert carol.lines() == []
    assert bob.ask("NICK bob", "NICK alice")[-1] == (
        f"{S} 433 bob alice :alice is registered; use /quote LOGIN alice password"
    )


def test_sasl_tells_why_it_failed() -> None:
    world = Network()
    world.irc("alice").send("REGISTER open-sesame", "QUIT")
    phone = world.connect()
    phone.send("CAP REQ sasl", "NICK al", "USER a 0 * :A")
    skip(phone)
    failed = f"{S} 904 al :SASL authentication failed: "
    wrong = phone.ask("AUTHENTICATE PLAIN", sasl("alice", "wrong-one"))
    assert wrong[-1] == failed + "Wrong password for alice"
    for _ in range(5):
        phone.ask("AUTHENTICATE PLAIN", sasl("alice", "wrong-one"))
    early = phone.ask("AUTHENTICATE PLAIN", sasl("alice", "open-sesame"))
    assert early[-1] == failed + "Too many tries; wait 1 s"


# What others do


def test_others_are_shown() -> None:
    world = Network()
    alice = world.irc("alice")
    bob = world.netcat("bob")
    assert alice.lines() == [":bob!~bob@guest JOIN #lobby"]
    bob.send("MSG hi", "ME waves", "PRIV alice psst", "TOPIC new topic", "NICK rob")
    assert alice.lines() == [
        ":bob!~bob@guest PRIVMSG #lobby :hi",
        ":bob!~bob@guest PRIVMSG #lobby :\x01ACTION waves\x01",
        ":bob!~bob@guest PRIVMSG alice :psst",
        ":bob!~bob@guest TOPIC #lobby :new topic",
        ":bob!~bob@guest NICK :rob",
    ]
    bob.send("PART #lobby gone")
    assert alice.lines() == [":rob!~bob@guest PART #lobby :gone"]
    bob.send("JOIN #lobby", "QUIT good bye")
    assert alice.lines() == [
        ":rob!~bob@guest JOIN #lobby",
        ":rob!~bob@guest QUIT :good bye",
    ]


def test_others_see_irc_people() -> None:
    world = Network()
    bob = world.netcat("bob")
    alice = world.irc("alice")
    alice.send(
        "PRIVMSG #lobby :hi \x02bold\x02 \x0304,05red\x03",
        "PRIVMSG #lobby :\x01ACTION waves\x01",
        "NOTICE #lobby :note",
        "PRIVMSG bob :psst",
        "NICK ali",
        "QUIT :so long",
    )
    assert bob.lines() == [
        "* alice joined the chat!",
        "alice: hi bold red",
        "* alice waves",
        "alice: note",
        "PRIV alice: psst",
        "* alice is now known as ali",
        "* ali left the chat! (so long)",
    ]


def test_capabilities_change_what_is_shown() -> None:
    world = Network()
    full = world.irc("full", ALL_CAPS)
    bare = world.irc("bare")
    skip(full)
    bob = world.irc("bob", about="Bob B")
    at = "@time=2023-11-14T22:13:20.000Z"
    bob.send("AWAY :out", "SETNAME :Robert", "PRIVMSG #lobby :hi", "AWAY")
    assert full.lines() == [
        f"{at} :bob!~bob@guest JOIN #lobby * :Bob B",
        f"{at} :bob!~bob@guest AWAY :out",
        f"{at} :bob!~bob@guest SETNAME :Robert",
        f"{at};msgid=1#lobby :bob!~bob@guest PRIVMSG #lobby :hi",
        f"{at} :bob!~bob@guest AWAY",
    ]
    assert bare.lines() == [
        ":bob!~bob@guest JOIN #lobby",
        ":bob!~bob@guest PRIVMSG #lobby :hi",
    ]
    bob.send("MODE bob +B", "REGISTER open-sesame", "PRIVMSG #lobby :hi")
    assert full.lines()[-1] == (
        f"{at};msgid=2#lobby;account=bob;bot :bob!~bob@account-bob PRIVMSG #lobby :hi"
    )


def test_equal_capabilities_share_a_format() -> None:
    world = Network()
    one = world.irc("one", "server-time batch")
    two = world.irc("two", "batch labeled-response server-time multi-prefix")
    three = world.irc("three", "message-tags")
    formats = [x.connection.listener.format for x in (one, two, three)]
    assert formats[0] is formats[1] is not formats[2]


def test_ctcp_passes_through_to_a_person() -> None:
    world = Network()
    alice, bob, carol = world.irc("alice"), world.irc("bob"), world.netcat("carol")
    skip(alice, bob, carol)
    alice.send("PRIVMSG bob :\x01VERSION\x01")
    assert bob.lines() == [":alice!~alice@guest PRIVMSG bob :\x01VERSION\x01"]
    bob.send("NOTICE alice :\x01VERSION irssi\x01")
    assert alice.lines() == [":bob!~bob@guest NOTICE alice :\x01VERSION irssi\x01"]
    alice.send("PRIVMSG carol :\x01VERSION\x01", "PRIVMSG bob :\x01ACTION nods\x01")
    assert carol.lines() == []
    assert bob.lines() == [":alice!~alice@guest PRIVMSG bob :\x01ACTION nods\x01"]


def test_monitor_tells_of_coming_and_going() -> None:
    world = Network()
    alice = world.irc("alice")
    alice.send("PART #lobby", "MONITOR + bob")
    skip(alice)
    bob = world.netcat("bob")
    assert alice.lines() == [f"{S} 730 alice :bob!~bob@guest"]
    bob.send("QUIT")
    assert alice.lines() == [f"{S} 731 alice :bob"]


def test_a_crowd_comes_and_goes_nick_by_nick() -> None:
    world = Network()
    people = [world.netcat(f"nick{n}") for n in range(CROWD)]
    alice = world.irc("alice")
    world.advance(2)
    skip(alice)
    late = world.irc("late")
    assert alice.lines() == []
    world.advance(2)
    assert alice.lines() == [":late!~late@guest JOIN #lobby"]
    assert late.lines() == []
    people[0].send("QUIT")
    world.advance(2)
    assert alice.lines() == [":nick0!~nick0@guest PART #lobby"]


def test_names_of_a_crowd_are_complete_and_fit() -> None:
    world = Network()
    nicks = [f"n{number:03}_with_a_rather_long_nick" for number in range(300)]
    for nick in nicks:
        world.netcat(nick)
    alice = world.irc("alice")
    lines = [line for line in alice.ask("NAMES #lobby") if " 353 " in line]
    assert all(len(line) <= 510 for line in lines)
    named = [nick for line in lines for nick in line.partition(" :")[2].split()]
    assert named == [*nicks, "alice"]


# Limits


def test_long_text_is_split_between_words() -> None:
    world = Network()
    alice, bob = world.irc("alice"), world.netcat("bob")
    skip(alice)
    text = " ".join(f"wörd{number}" for number in range(110))
    bob.send(f"MSG {text}", f"ME {text}")
    lines = alice.lines()
    assert all(len(line.encode()) <= 510 for line in lines)
    start = ":bob!~bob@guest PRIVMSG #lobby :"
    said = [x.removeprefix(start) for x in lines if "\x01" not in x]
    assert " ".join(said) == text
    acted = [x.removeprefix(f"{start}\x01ACTION ")[:-1] for x in lines if "\x01" in x]
    assert " ".join(acted) == text


def test_pieces_have_msgids_of_their_own() -> None:
    world = Network()
    alice, bob = world.irc("alice", "message-tags"), world.netcat("bob")
    skip(alice)
    bob.send("MSG " + "x" * 1000)
    ids = [line.partition(" ")[0] for line in alice.lines()]
    assert ids == ["@msgid=1#lobby", "@msgid=1.2#lobby", "@msgid=1.3#lobby"]


def test_what_is_not_utf8_gets_a_fail() -> None:
    alice = Network().irc("alice")
    alice.send_bytes(b"PRIVMSG #lobby :caf\xe9\r\n@a=b :x QUUX \xff\r\n")
    assert [line.partition(" :")[0] for line in alice.lines()] == [
        f"{S} FAIL PRIVMSG INVALID_UTF8",
        f"{S} FAIL * INVALID_UTF8",
    ]


def test_silence_is_asked_and_then_ended() -> None:
    world = Network(idle=100)
    alice, bob = world.irc("alice"), world.irc("bob")
    world.advance(250)
    assert alice.lines()[-1] == "PING :irc.Test"
    alice.send("PONG :irc.Test")
    world.advance(60)
    assert bob.lines()[-1] == "ERROR :Closing Link: bob (Ping timeout: 100 seconds)"
    assert ":bob!~bob@guest QUIT :Ping timeout: 100 seconds" in alice.lines()


def test_each_is_asked_in_their_own_time() -> None:
    world = Network(idle=100)
    alice = world.irc("alice")
    world.advance(30)
    bob = world.irc("bob")
    world.advance(180)
    assert alice.lines()[-1] == "PING :irc.Test"
    assert bob.lines() == []
    world.advance(30)
    assert bob.lines() == ["PING :irc.Test"]


def test_nothing_is_kept_of_who_has_gone() -> None:
    world = Network(idle=100)
    before = len(world.clock.getDelayedCalls())
    world.irc("alice").transport.lose()
    world.advance(1)
    assert len(world.clock.getDelayedCalls()) == before


def test_every_end_is_an_error_line() -> None:
    world = Network()
    alice = world.irc("alice")
    assert alice.ask("QUIT :bye") == ["ERROR :Closing Link: alice (bye)"]


# Pure things


@given(st.text(), st.integers(40, 200))
def test_split_keeps_all_and_fits(text: str, most: int) -> None:
    text = text.encode(errors="ignore").decode()
    pieces = split(text, most)
    assert all(len(piece.encode()) <= most for piece in pieces)
    assert "".join(pieces).replace(" ", "") == text.replace(" ", "")


@pytest.mark.parametrize(
    ("tags", "rest", "long"),
    [
        (0, 510, False),
        (0, 511, True),
        (4096, 510, False),
        (4097, 4, True),
        (4096, 511, True),
    ],
)
def test_a_line_may_be_just_so_long(tags: int, rest: int, long: bool) -> None:
    """`tags` counts the "@" and the space."""
    before = f"@{'t' * (tags - 2)} " if tags else ""
    assert too_long(f"{before}{'x' * rest}".encode()) is long


def test_split_keeps_a_character_whole() -> None:
    family = "👨‍👩‍👧‍👦"
    assert split(f"abc{family}{family}", len(family.encode()) + 8) == [
        f"abc{family}",
        family,
    ]
    assert split("e\u0301" * 20, 10) == ["e\u0301" * 3] * 6 + ["e\u0301" * 2]


@given(st.text())
def test_a_finished_line_is_one_line(text: str) -> None:
    line = finish(text)
    assert line.endswith(b"\r\n")
    assert len(line) <= 512
    assert not set(line[:-2]) & set(b"\r\n\0")
    line.decode()


@given(st.text())
def test_parse_never_raises(text: str) -> None:
    parse(text)


@given(st.dictionaries(st.from_regex(r"[a-z]+", fullmatch=True), st.text(), max_size=3))
def test_tags_survive(tags: dict[str, str]) -> None:
    safe = {key: value.replace("\0", "") for key, value in tags.items()}
    line = ";".join(f"{key}={escape(value)}" for key, value in safe.items())
    message = parse(f"@{line} PING" if line else "PING")
    assert message is not None
    assert message.tags == safe


@given(st.text("ab*?", max_size=12), st.text("ab", max_size=8))
def test_glob_is_what_it_says(mask: str, name: str) -> None:
    def model(mask: str, name: str) -> bool:
        if not mask:
            return not name
        if mask[0] == "*":
            return any(model(mask[1:], name[cut:]) for cut in range(len(name) + 1))
        return bool(name) and mask[0] in ("?", name[0]) and model(mask[1:], name[1:])

    assert bool(glob(mask).fullmatch(name)) == model(mask, name)


def test_who_is_slowed_down_is_not_taken_for_silent() -> None:
    world = Network(idle=60, flood=Rate(5, 2))
    alice = world.irc("alice")
    alice.send_bytes(b"PRIVMSG #lobby :hi\r\n" * 400)
    world.advance(190)
    assert not alice.closed
    assert not any(line.startswith("PING") for line in alice.lines())
    world.advance(200)
    assert alice.closed


def test_formatting_goes() -> None:
    said = parse(
        "PRIVMSG #x :\x0304,12red\x0f \x02b\x02 \x1di \x04ff0000,00ff00h \x0399"
    )
    assert said is not None
    assert said.params == ["#x", "red b i h "]


RED = "\x02\x0304,05red\x0f \x04ff0000hex\x04"


def test_formatting_goes_from_all_that_is_written() -> None:
    world = Network()
    bob = world.connect()
    bob.send("NICK bob", f"USER bob 0 * :{RED}")
    alice = world.irc("alice", "away-notify setname")
    assert "0 red hex" in alice.ask("WHO bob")[0]
    bob.send("JOIN #den")
    alice.ask("JOIN #den")
    bob.send(
        *(
            f"{verb} :{RED}"
            for verb in ("TOPIC #den", "AWAY", "SETNAME", "NOTICE #den")
        ),
        f"PART #den :{RED}",
        f"PRIVMSG #lobby :\x01ACTION {RED}\x01",
        f"QUIT :{RED}",
    )
    heard = [line for line in alice.lines() if " 403 " not in line]
    assert len(heard) == 7
    assert all("red hex" in line for line in heard), heard
    alice.send("REGISTER open-sesame", "JOIN #own")
    carol = world.irc("carol")
    carol.ask("JOIN #own")
    alice.send(f"KICK #own carol :{RED}")
    assert carol.lines()[-1].endswith("KICK #own carol :red hex")


WORDS = st.sampled_from(
    b"CAP NICK USER PRIVMSG #lobby #x alice bob MODE +o WHO % %tn :a , * LS REQ END "
    b"JOIN PART @a=b @label=1 MONITOR + - AUTHENTICATE PLAIN LIST >1 NOTICE "
    b"\x01ACTION \xff KICK INVITE CHATHISTORY LATEST msgid=1#x TOPIC NAMES".split()
)


@settings(max_examples=150, deadline=None)
@given(
    st.lists(
        st.one_of(st.lists(WORDS, max_size=5).map(b" ".join), st.binary(max_size=40)),
        max_size=20,
    ),
    st.booleans(),
)
def test_any_bytes(lines: list[bytes], early: bool) -> None:
    """Nothing closes the connection by a bug, breaks a line, or harms others."""
    world = Network()
    bob = world.irc("bob", ALL_CAPS)
    client = world.connect() if early else world.irc("alice", ALL_CAPS)
    client.send_bytes(b"\r\n".join(lines) + b"\r\n")
    for seen in (client.bytes(), bob.bytes()):
        assert b"bug" not in seen
        assert not seen or seen.endswith(b"\r\n")
        for line in seen.split(b"\r\n"):
            assert not set(line) & set(b"\r\n\0"), line
            assert len(line.decode().rpartition(" :")[2]) <= 510
    assert bob.ask("PING x")[-1] == f"{S} PONG irc.Test :x"
