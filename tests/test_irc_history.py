"""What was said before, for IRC clients: replay, CHATHISTORY (IRCv3 chathistory)."""

from __future__ import annotations

import re

import pytest

from tests.irc_support import Network, sasl
from tests.support import Client, skip
from twisted_chat.events import Deleted

S = ":irc.Test"
CAPS = "batch server-time message-tags draft/chathistory labeled-response"
START = "2023-11-14T22:13:2"


def talk(world: Network) -> None:
    """Ten messages in the lobby, 1 to 10, one each second from 22:13:20 on."""
    bob = world.netcat("bob")
    for number in range(1, 11):
        bob.send(f"MSG message {number}")
        world.advance(1)


def said(client: Client, request: str) -> list[int]:
    """Which messages the answer has; all must be in one batch."""
    lines = client.ask(f"CHATHISTORY {request}")
    assert re.fullmatch(rf"{S} BATCH \+(b\d+) chathistory #lobby", lines[0]), lines
    reference = lines[0].split(" ")[2][1:]
    assert lines[-1] == f"{S} BATCH -{reference}"
    assert all(line.startswith(f"@batch={reference};") for line in lines[1:-1])
    return [int(line.rpartition(" ")[2]) for line in lines[1:-1]]


PAGES = {
    "LATEST #lobby * 3": [8, 9, 10],
    "LATEST #LOBBY * 100": list(range(1, 11)),
    "LATEST #lobby msgid=8#lobby 5": [9, 10],
    f"LATEST #lobby timestamp={START}7.000Z 5": [9, 10],
    f"LATEST #lobby timestamp={START}0.000Z 2": [9, 10],
    "BEFORE #lobby msgid=4#lobby 2": [2, 3],
    f"BEFORE #lobby timestamp={START}3.000Z 2": [2, 3],
    "BEFORE #lobby msgid=1#lobby 5": [],
    "AFTER #lobby msgid=4#lobby 2": [5, 6],
    "AFTER #lobby msgid=4.2#lobby 2": [5, 6],
    f"AFTER #lobby timestamp={START}3.000Z 2": [5, 6],
    "AFTER #lobby timestamp=2033-01-01T00:00:00.000Z 2": [],
    "AROUND #lobby msgid=5#lobby 4": [3, 4, 5, 6],
    f"AROUND #lobby timestamp={START}4.000Z 4": [3, 4, 5, 6],
    "BETWEEN #lobby msgid=3#lobby msgid=8#lobby 3": [4, 5, 6],
    "BETWEEN #lobby msgid=8#lobby msgid=3#lobby 3": [5, 6, 7],
    f"BETWEEN #lobby timestamp={START}2.000Z timestamp={START}6.000Z 9": [4, 5, 6],
    f"BETWEEN #lobby msgid=3#lobby timestamp={START}6.000Z 9": [4, 5, 6],
}


@pytest.mark.parametrize("request_", PAGES)
def test_pages(request_: str) -> None:
    world = Network()
    talk(world)
    alice = world.irc("alice", CAPS)
    assert said(alice, request_) == PAGES[request_]


FAILURES = {
    "": "461 alice CHATHISTORY :Not enough parameters",
    "FOO #lobby * 1": "FAIL CHATHISTORY INVALID_PARAMS FOO :Unknown command",
    "LATEST #lobby": "FAIL CHATHISTORY INVALID_PARAMS LATEST :Insufficient parameters",
    "LATEST #lobby * 1 2": "FAIL CHATHISTORY INVALID_PARAMS LATEST :Too many…",
    "LATEST #lobby * x": "FAIL CHATHISTORY INVALID_PARAMS LATEST x :Invalid limit",
    "LATEST #lobby * 0": "FAIL CHATHISTORY INVALID_PARAMS LATEST 0 :Invalid limit",
    "BEFORE #lobby timestamp=x 1": "FAIL CHATHISTORY INVALID_PARAMS BEFORE x :Inv…",
    "BEFORE #lobby timestamp=2023-99-14T22:13:20.0Z 1": "FAIL CHATHISTORY INVALID_PAR…",
    "BEFORE #lobby msgid=1#den 1": "FAIL CHATHISTORY INVALID_PARAMS BEFORE 1#den :No…",
    "BEFORE #lobby foo=1 1": "FAIL CHATHISTORY INVALID_MSGREFTYPE BEFORE #lobby :Not…",
    "LATEST #den * 1": "FAIL CHATHISTORY INVALID_TARGET LATEST #den :Messages could…",
    "LATEST #no * 1": "FAIL CHATHISTORY INVALID_TARGET LATEST #no :Messages could not…",
    "TARGETS x y 1": "FAIL CHATHISTORY INVALID_PARAMS TARGETS x :Invalid timestamp",
    "TARGETS x": "FAIL CHATHISTORY INVALID_PARAMS TARGETS :Insufficient parameters",
}


@pytest.mark.parametrize("request_", FAILURES)
def test_failures(request_: str) -> None:
    world = Network()
    world.irc("dave").send("JOIN #den")
    alice = world.irc("alice", CAPS)
    (line,) = alice.ask(f"CHATHISTORY {request_}".strip())
    assert line.startswith(f"{S} {FAILURES[request_].rstrip('…')}")


def test_targets() -> None:
    world = Network()
    talk(world)
    alice = world.irc("alice", CAPS)
    between = "timestamp=2023-01-01T00:00:00.000Z timestamp=2033-01-01T00:00:00.000Z"
    lines = alice.ask("JOIN #empty", f"CHATHISTORY TARGETS {between} 10")[-3:]
    assert [line.partition(" ")[2] for line in lines] == [
        "BATCH +b1 draft/chathistory-targets",
        ":irc.Test CHATHISTORY TARGETS #lobby 2023-11-14T22:13:29.000Z",
        "BATCH -b1",
    ]


@pytest.mark.parametrize(
    ("between", "found"),
    [
        (f"{START}9.999Z timestamp={START}9.250Z", []),
        (f"{START}9.250Z timestamp={START}9.000Z", []),
        (f"{START}9.251Z timestamp={START}9.249Z", ["#lobby"]),
    ],
)
def test_targets_are_found_by_the_time_that_they_show(
    between: str, found: list[str]
) -> None:
    """The selectors are excluded, as those of BETWEEN (IRCv3 chathistory)."""
    world = Network()
    bob, alice = world.netcat("bob"), world.irc("alice", CAPS)
    world.advance(9.2505, 9.2505)
    bob.send("MSG hello")
    alice.lines()
    lines = alice.ask(f"CHATHISTORY TARGETS timestamp={between} 10")[1:-1]
    assert [line.split(" ")[-2] for line in lines] == found


# In private


def written(world: Network) -> tuple[Client, Client]:
    """alice and bob have written 1 to 4 in private, and carol 9 to alice."""
    people = []
    for nick in ("alice", "bob", "carol"):
        people.append(world.irc(nick, f"{CAPS} draft/event-playback"))
        people[-1].send("REGISTER open-sesame")
    alice, bob, carol = people
    for number in range(1, 5):
        speaker, other = ((alice, "bob"), (bob, "alice"))[number % 2]
        speaker.send(f"PRIVMSG {other} :message {number}")
        world.advance(1)
    carol.send("PRIVMSG alice :message 9")
    skip(alice, bob, carol)
    return alice, bob


def page(client: Client, request: str) -> list[str]:
    """The lines of the answer without their tags; all must be in one batch."""
    first, *lines, last = client.ask(f"CHATHISTORY {request}")
    assert " BATCH +" in first
    assert " BATCH -" in last
    return [line.partition(" ")[2] for line in lines]


ALICE, BOB = ":alice!~alice@account-alice", ":bob!~bob@account-bob"
EXCHANGED = [
    f"{BOB} PRIVMSG alice :message 1",
    f"{ALICE} PRIVMSG bob :message 2",
    f"{BOB} PRIVMSG alice :message 3",
    f"{ALICE} PRIVMSG bob :message 4",
]
PRIVATE_PAGES = {
    "LATEST {} * 10": EXCHANGED,
    "LATEST {} * 2": EXCHANGED[2:],
    "BEFORE {} msgid=3@{} 1": EXCHANGED[1:2],
    "AFTER {} msgid=1@{} 10": EXCHANGED[1:],
    "AROUND {} msgid=2@{} 2": EXCHANGED[:2],
    f"AFTER {{}} timestamp={START}1.000Z 10": EXCHANGED[2:],
}


@pytest.mark.parametrize("request_", PRIVATE_PAGES)
def test_pages_of_a_conversation(request_: str) -> None:
    """The two see the same, with the same msgids."""
    alice, bob = written(Network(private=True))
    key = alice.world.hub.conversations.find(alice.user, ["bob"])
    ids = alice.connection.renderer.ids  # type: ignore[attr-defined]
    word = ids.of_changed(Deleted("", 0, "", "", "", 0.0, key))[2:]
    expected = PRIVATE_PAGES[request_]
    assert page(alice, request_.format("bob", word)) == expected
    assert page(bob, request_.format("alice", word)) == expected


def test_msgids_are_those_that_were_told() -> None:
    world = Network(private=True)
    alice, bob = written(world)
    bob.send("PRIVMSG alice :one", "PRIVMSG alice :two")
    told = [msgid_of(line) for line in alice.lines()]
    read = [msgid_of(line) for line in alice.ask("CHATHISTORY LATEST bob * 2")[1:-1]]
    assert told == read
    assert len(set(told)) == 2


def msgid_of(line: str) -> str:
    return line.partition("msgid=")[2].partition(" ")[0]


NOT_THEIRS = [
    # Who asks, and what they have done before; of alice nothing is shown to them.
    ("eve", ()),
    ("eve", ("REGISTER open-sesame",)),
    ("root", ("REGISTER open-sesame",)),
    # Whoever wears a nick has not what its account wrote.
    ("eve", ("REGISTER open-sesame", "NICK bob")),
]


@pytest.mark.parametrize(("nick", "before"), NOT_THEIRS)
def test_strangers_see_nothing(nick: str, before: tuple[str, ...]) -> None:
    world = Network(private=True, operators=frozenset({"root"}))
    _, bob = written(world)
    bob.transport.lose()
    eve = world.irc(nick, f"{CAPS} draft/event-playback")
    eve.send(*before)
    skip(eve)
    for target in ("alice", "bob", "alice,bob", "@1,2", "@alice"):
        assert page(eve, f"LATEST {target} * 10") == []
    assert page(eve, f"TARGETS {EVER} 10") == []


EVER = "timestamp=2023-01-01T00:00:00.000Z timestamp=2033-01-01T00:00:00.000Z"


def test_targets_have_rooms_and_people() -> None:
    world = Network(private=True)
    alice, _ = written(world)
    world.advance(1)
    alice.send("PRIVMSG #lobby :message 5")
    assert page(alice, f"TARGETS {EVER} 10") == [
        f"{S} CHATHISTORY TARGETS bob {START}3.000Z",
        f"{S} CHATHISTORY TARGETS carol {START}4.000Z",
        f"{S} CHATHISTORY TARGETS #lobby {START}5.000Z",
    ]


def test_a_conversation_goes_by_the_account_not_by_the_nick() -> None:
    alice, bob = written(Network(private=True))
    bob.send("NICK robert")
    skip(alice)
    robert = BOB.replace(":bob", ":robert")
    for target in ("robert", "bob"):
        shown = page(alice, f"LATEST {target} * 2")
        assert shown == [f"{robert} PRIVMSG alice :message 3", shown[1]]
        assert shown[1] == f"{ALICE} PRIVMSG {target} :message 4"


@pytest.mark.parametrize("private", [True, False])
def test_guests_have_no_private_history(private: bool) -> None:
    world = Network(private=private)
    bob = world.netcat("bob")
    alice = world.irc("alice", CAPS)
    bob.send("PRIV alice psst")
    skip(alice)
    assert alice.ask("CHATHISTORY LATEST bob * 10") == [
        f"{S} BATCH +b1 chathistory bob",
        f"{S} BATCH -b1",
    ]


# STAY


@pytest.mark.parametrize("read", [0, 3])
@pytest.mark.parametrize("missed", [0, 3, 40])
def test_who_stayed_is_shown_what_they_missed_once(missed: int, read: int) -> None:
    """Neither what they saw before they left, nor less, whatever they have read."""
    world = Network(flood=None)
    alice, bob = world.irc("alice"), world.irc("bob")
    alice.send("REGISTER open-sesame", "JOIN #den", "STAY on")
    bob.send("JOIN #den")
    said = [f"line {number}" for number in range(5 + missed)]
    for text in said[:5]:
        bob.send(f"PRIVMSG #den :{text}")
        world.advance(1)
    if read:
        alice.send(f"READ #den {read}")
    seen = texts(alice.lines())
    alice.transport.lose()
    world.advance(1)
    for text in said[5:]:
        bob.send(f"PRIVMSG #den :{text}")
        world.advance(1)
    back = world.connect()
    back.send("CAP REQ :sasl server-time", "AUTHENTICATE PLAIN")
    back.send(sasl("alice", "open-sesame"), "NICK alice", "USER a 0 * :A", "CAP END")
    seen += texts(back.lines())
    bob.send("PRIVMSG #den :and now")
    assert [*seen, *texts(back.lines())] == [*said, "and now"]
    # Who enters a room anew is shown what was said there last.
    back.send("PART #den")
    skip(back)
    assert "line 4" in texts(back.ask("JOIN #den")) or missed > 20


# What is no message (draft/event-playback)

CONTEXT = ";draft/chathistory-context;"
PLAYBACK = f"{CAPS} draft/event-playback draft/message-redaction"


@pytest.mark.parametrize(
    ("caps", "shown"),
    [
        (CAPS, ["PRIVMSG one", "PRIVMSG three"]),
        (f"{CAPS} draft/event-playback", ["PRIVMSG", "TAGMSG", "TOPIC", "PRIVMSG"]),
        (PLAYBACK, ["PRIVMSG", "TAGMSG", "TOPIC", "REDACT", "PRIVMSG"]),
        # Without tags nobody sees a reaction.
        ("batch draft/event-playback", ["PRIVMSG", "TOPIC", "PRIVMSG"]),
    ],
)
def test_what_happened_in_a_room(caps: str, shown: list[str]) -> None:
    world = Network()
    bob = world.irc("bob")
    world.advance(1)
    for line in (
        "JOIN #own",
        "PRIVMSG #own :one",
        "TOPIC #own :cats",
        "PRIVMSG #own :two",
        "@+reply=1#own;+draft/react=👍 TAGMSG #own",
        "REDACT #own 3#own",
        "PRIVMSG #own :three",
    ):
        bob.send(line)
        world.advance(1)
    alice = world.irc("alice", caps)
    alice.send("JOIN #own")
    skip(alice)
    lines = alice.ask("CHATHISTORY LATEST #own * 10")[1:-1]
    assert [line.split(" ")[2] for line in lines] == [each.split()[0] for each in shown]
    assert "two" not in str(lines)
    # What belongs to the message before it isn't counted (draft/chathistory-context).
    context = [line.split(" ")[2] for line in lines if CONTEXT in line.split(" ")[0]]
    assert context == [each for each in shown if each in ("TAGMSG", "REDACT")]


@pytest.mark.parametrize("room", ["#own", ""])
def test_a_reaction_has_one_msgid_and_time(room: str) -> None:
    """IRCv3 chathistory, Returned message notes: as it was sent; also to oneself."""
    world = Network(private=True)
    alice, bob = written(world)
    for client in (alice, bob):
        client.send(f"CAP REQ :{PLAYBACK} echo-message", "JOIN #own")
        skip(client)
    skip(alice)
    [line] = alice.ask(f"PRIVMSG {room or 'bob'} :hi")
    world.advance(5)
    skip(bob)
    reacts = f"@+reply={msgid_of(line)};+draft/react=👍 TAGMSG"
    told = alice.ask(f"{reacts} {room or 'bob'}") + bob.lines()
    world.advance(5)
    for client, other in ((alice, "bob"), (bob, "alice")):
        told += client.ask(f"CHATHISTORY LATEST {room or other} * 1")[2:-1]
    assert [line.split(" ")[2] for line in told] == ["TAGMSG"] * 4
    assert len({re.findall(r"msgid=([^; ]+)", line)[0] for line in told}) == 1
    [when] = {re.findall(r"time=([^; ]+)", line)[0] for line in told}
    assert when == f"{START}9.000Z", "not when the message was written"


def test_what_happened_in_private() -> None:
    alice, bob = written(Network(private=True))
    for client in (alice, bob):
        client.send(f"CAP REQ :{PLAYBACK}")
    [first] = [msgid_of(line) for line in bob.ask("CHATHISTORY LATEST alice * 1")[2:-1]]
    bob.send(f"@+reply={first};+draft/react=👍 TAGMSG alice")
    third = first.replace("4@", "3@")
    bob.send(f"REDACT alice {third}")
    skip(alice, bob)
    for client, other in ((alice, "bob"), (bob, "alice")):
        assert page(client, f"LATEST {other} * 2") == [
            f"{BOB} REDACT alice {third}",
            f"{ALICE} PRIVMSG bob :message 4",
            f"{BOB} TAGMSG alice",
        ]


def test_reactions_take_no_more_than_fits() -> None:
    world = Network(flood=None, send_queue=4096)
    bob = world.irc("bob")
    bob.send("PRIVMSG #lobby :one")
    for number in range(20):
        fan = world.irc(f"fan{number}")
        for emoji in ("👍", "🎉"):
            fan.send(f"@+reply=1#lobby;+draft/react={emoji} TAGMSG #lobby")
    alice = world.irc("alice", PLAYBACK)
    skip(alice)
    lines = alice.ask("CHATHISTORY LATEST #lobby * 10")
    assert 500 < len("".join(lines).encode()) < 2048
    shown = [msgid_of(line) for line in lines if " TAGMSG " in line]
    assert len(set(shown)) == len(shown) > 2


def test_a_labelled_page_is_one_batch() -> None:
    world = Network()
    talk(world)
    alice = world.irc("alice", CAPS)
    lines = alice.ask("@label=7 CHATHISTORY LATEST #lobby * 1")
    assert lines == [
        f"@label=7 {S} BATCH +b1 chathistory #lobby",
        f"@batch=b1;time={START}9.000Z;msgid=10#lobby "
        ":bob!~bob@guest PRIVMSG #lobby :message 10",
        f"{S} BATCH -b1",
    ]


def test_without_batch_it_is_plain_lines() -> None:
    world = Network()
    talk(world)
    alice = world.irc("alice", "draft/chathistory")
    assert alice.ask("CHATHISTORY LATEST #lobby * 1") == [
        ":bob!~bob@guest PRIVMSG #lobby :message 10"
    ]


def test_whom_one_ignores_is_left_out() -> None:
    world = Network()
    talk(world)
    alice = world.irc("alice", CAPS)
    skip(alice)
    alice.send("IGNORE bob")
    skip(alice)
    assert said(alice, "LATEST #lobby * 5") == []


# Replay


def enter(world: Network, caps: str = "", nick: str = "alice") -> list[str]:
    client = world.connect()
    client.send(f"CAP REQ :{caps}", f"NICK {nick}", "USER a 0 * :A")
    lines = client.ask("CAP END")
    end = next(n for n, line in enumerate(lines) if " 366 " in line)
    return lines[end + 1 :]


def test_replay_is_a_batch() -> None:
    world = Network()
    talk(world)
    lines = enter(world, "batch server-time")
    assert lines[0] == f"{S} BATCH +b1 chathistory #lobby"
    assert lines[1] == (
        f"@batch=b1;time={START}0.000Z :bob!~bob@guest PRIVMSG #lobby :message 1"
    )
    assert lines[-1] == f"{S} BATCH -b1"
    assert len(lines) == 12


def test_replay_is_plain_lines_with_the_time_in_front() -> None:
    world = Network()
    bob = world.netcat("bob")
    bob.send("MSG hi", "ME waves")
    lines = [re.sub(r"\[\d\d:\d\d\]", "[22:13]", line) for line in enter(world)]
    assert lines == [
        ":bob!~bob@guest PRIVMSG #lobby :[22:13] hi",
        ":bob!~bob@guest PRIVMSG #lobby :\x01ACTION [22:13] waves\x01",
    ]


@pytest.mark.parametrize("caps", ["", "server-time"])
def test_nothing_is_left_of_what_was_deleted(caps: str) -> None:
    world = Network()
    bob = world.netcat("bob")
    bob.send("MSG hi", "MSG oh", "DELETE 1")
    [line] = enter(world, caps)
    assert line.endswith((" oh", ":oh"))


def test_the_time_is_in_front_of_no_blank_line() -> None:
    world = Network()
    bob = world.irc("bob", "draft/multiline batch")
    bob.send(
        "BATCH +1 draft/multiline #lobby",
        "@batch=1 PRIVMSG #lobby :",
        "@batch=1 PRIVMSG #lobby :one",
        "@batch=1 PRIVMSG #lobby :two",
        "BATCH -1",
    )
    said = [line.partition(" PRIVMSG #lobby :")[2] for line in enter(world)]
    assert said[0].endswith("] one")
    assert said[1:] == ["two"]


def test_replay_has_no_time_in_front_where_a_tag_tells_it() -> None:
    """WeeChat asks for the time, but not for batches."""
    world = Network()
    bob = world.netcat("bob")
    bob.send("MSG hi")
    assert enter(world, "server-time") == [
        f"@time={START}0.000Z :bob!~bob@guest PRIVMSG #lobby :hi"
    ]
    [_, line, _] = enter(world, "batch", "carol")
    assert re.search(r" PRIVMSG #lobby :\[\d\d:\d\d\] hi$", line)


def test_who_asks_for_history_is_not_replayed_to() -> None:
    world = Network()
    talk(world)
    assert enter(world, "batch server-time draft/chathistory") == []


def test_search_and_history_by_the_chats_own_commands() -> None:
    world = Network()
    talk(world)
    alice = world.irc("alice")
    lines = alice.ask("HISTORY #lobby 2", "SEARCH 7")
    assert re.fullmatch(rf"{S} NOTICE alice :\[\d\d:\d\d\] bob: message 9", lines[0])
    assert any(line.endswith("message 7") for line in lines)


def texts(lines: list[str]) -> list[str]:
    return [line.rpartition(" :")[2] for line in lines if " PRIVMSG #den " in line]


@pytest.mark.parametrize("caps", ["", CAPS])
def test_two_clients_of_one_account_and_one_is_away_for_an_hour(caps: str) -> None:
    """No line is lost, and none is there twice, for whoever asks for what it missed."""
    world = Network(flood=None)
    home, bob = world.irc("alice", caps), world.irc("bob")
    home.send("REGISTER open-sesame", "JOIN #den")
    bob.send("JOIN #den")
    came = ("CAP REQ :sasl echo-message " + CAPS, "AUTHENTICATE PLAIN")
    come = (*came, sasl("alice", "open-sesame"), "NICK alice", "USER a 0 * :A")
    phone = world.connect()
    phone.send(*come, "CAP END")
    skip(home, bob, phone)
    said = [f"line {number}" for number in range(1, 61)]
    for number, text in enumerate(said):
        speaker = (bob, home)[number % 2]
        speaker.send(f"PRIVMSG #den :{text}")
        world.clock.advance(60)
        if number == 9:
            seen = texts(phone.lines())
            phone.transport.lose()
    phone = world.connect()
    phone.send(*come, "CAP END")
    phone.lines()
    seen += texts(phone.ask("CHATHISTORY AFTER #den msgid=10#den 100"))
    bob.send("PRIVMSG #den :and now")
    seen += texts(phone.lines())
    assert seen == [*said, "and now"]
    assert texts(home.lines()) == [*said[::2], "and now"]
