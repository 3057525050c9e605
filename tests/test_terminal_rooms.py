"""Rooms and conversations in the full-screen interface."""

from __future__ import annotations

import pytest

from twisted_chat.terminal import Settings, Size

from .seats import PLAIN, Seat
from .support import World

CTRL_G, ESCAPE = "\x07", "\x1b"


def test_the_bar_counts_what_is_unread_and_mentions() -> None:
    world = World()
    bob = world.enter("bob")
    alice = Seat(world)
    alice.keys("/join #dev\r", "\x1b1")
    bob.send("JOIN #dev", "MSG one", "MSG alice: two", "MSG alicea", "PRIV alice psst")
    assert "1:#lobby" in alice.bar
    assert "2:#dev(3,1!)" in alice.bar
    assert "3:bob(1)" in alice.bar
    assert alice.terminal.look_of("2:#dev") == "0;7;1;4"
    alice.keys("\x1b2")
    assert "2:#dev " in alice.bar
    assert alice.messages[-1].endswith("alicea")


def test_switching_by_number_and_arrows() -> None:
    world = World()
    alice = Seat(world)
    alice.keys("/join a\r", "/join b\r")
    for keys, room in [
        ("\x1b1", "#lobby"),
        ("\x1b[1;3C", "#a"),
        ("\x1b[1;3B", "#b"),
        ("\x1b[1;3C", "#lobby"),
        ("\x1b[1;3D", "#b"),
        ("\x1b2", "#a"),
        ("\x1b9", "#a"),
    ]:
        alice.keys(keys)
        assert f"[{room}]" in alice.terminal.rows()[-1]


def test_alt_a_goes_where_one_is_wanted() -> None:
    world = World()
    bob = world.enter("bob")
    alice = Seat(world)
    alice.keys("/join a\r", "/join b\r", "\x1b1")
    bob.send("JOIN #a", "MSG hi", "JOIN #b", "MSG hi alice")
    alice.settle()
    alice.keys("\x1ba")
    assert "[#b]" in alice.terminal.rows()[-1]
    alice.keys("\x1ba")
    assert "[#a]" in alice.terminal.rows()[-1]


def test_go_and_the_quick_switcher() -> None:
    world = World()
    alice = Seat(world)
    alice.keys("/join garden\r", "/join dev\r", "/go gar\r")
    assert "[#garden]" in alice.terminal.rows()[-1]
    alice.keys(CTRL_G)
    assert "Go to" in alice.screen
    alice.keys("lob", "\r")
    assert "[#lobby]" in alice.terminal.rows()[-1]
    alice.keys("/go nowhere\r")
    assert "No conversation is called nowhere" in alice.screen


def test_the_line_where_unread_begins() -> None:
    world = World()
    bob = world.enter("bob")
    alice = Seat(world)
    bob.send("MSG seen")
    alice.keys("/join dev\r")
    bob.send("MSG unseen", "MSG more")
    alice.settle()
    alice.keys("\x1b1")
    rows = alice.messages
    new = next(n for n, row in enumerate(rows) if row.startswith("── new ─"))
    assert rows[new - 1].endswith("seen")
    assert rows[new + 1].endswith("unseen")
    alice.type("I see\r")
    assert "── new" not in alice.screen


def test_the_topic_and_the_people() -> None:
    world = World()
    bob = world.enter("bob")
    alice = Seat(world, columns=80)
    bob.send("TOPIC cats and dogs")
    assert alice.terminal.rows()[0].startswith(" #lobby") or alice.screen
    assert "#lobby  cats and dogs" in alice.screen.splitlines()[0]
    people = [row.partition("│")[2].strip() for row in alice.terminal.rows()[1:3]]
    assert people == ["alice", "bob"]
    narrow = Seat(world, "carol", columns=79)
    assert "│" not in narrow.screen


def test_ranks_and_who_is_away() -> None:
    alice = Seat()
    alice.hear(event="nick", old=None, nick="alice", you=True)
    people = [
        {"nick": "zoe", "away": "", "rank": "owner"},
        {"nick": "bob", "away": "lunch", "rank": "voice"},
        {"nick": "alice", "away": "", "rank": ""},
    ]
    alice.hear(event="who", room="#lobby", people=people, more=40)
    rows = [row.partition("│")[2] for row in alice.screen.splitlines()[1:-2]]
    assert rows[:3] == ["@zoe", "+bob", " alice"]
    assert alice.terminal.look_of("bob") == "0;38;5;243"
    assert rows[3] == " and 40 more"


def test_joins_and_leaves_are_folded() -> None:
    world = World()
    alice = Seat(world)
    bob, carol = world.enter("bob"), world.enter("carol")
    dave = world.enter("dave")
    carol.send("QUIT")
    assert [r for r in alice.messages if "→" in r] == ["22:13           - → bob, dave"]
    bob.send("MSG hi")
    alice.settle()
    bob.send("QUIT")
    dave.send("QUIT")
    assert alice.messages[-1].endswith("← bob, dave")


def test_a_crowd_is_folded_and_counted() -> None:
    alice = Seat()
    alice.hear(event="nick", old=None, nick="alice", you=True)
    alice.hear(event="join", room="#lobby", nick="alice")
    nicks = [f"n{n}" for n in range(10)]
    alice.hear(
        event="crowd",
        room="#lobby",
        joined=nicks,
        joined_count=50,
        left=[],
        left_count=0,
    )
    assert "→ n0, n1, n2, n3, n4, n5, n6, n7 and 2 more" in alice.screen


def test_authors_are_grouped_with_times_and_days() -> None:
    world = World()
    bob = world.enter("bob")
    alice = Seat(world)
    bob.send("MSG one", "MSG two")
    alice.settle()
    world.advance(6 * 60)
    bob.send("MSG three")
    alice.settle()
    alice.keys("/go nowhere\r")
    world.wall_offset += 24 * 3600
    bob.send("MSG four")
    rows = alice.messages
    assert rows[0].startswith("── Tuesday, 14 November 2023 ─")
    assert [row[:23].rstrip() for row in rows[1:4]] == [
        "22:13         bob one",
        "                  two",
        "22:19         bob three",
    ]
    assert rows[5].startswith("── Wednesday, 15 November 2023 ─")


def test_what_is_addressed_to_one_is_highlighted_and_rings() -> None:
    world = World()
    bob = world.enter("bob")
    alice = Seat(world)
    bob.send("MSG hello Alice, look", "MSG malice is no mention")
    alice.settle()
    assert alice.terminal.bells == 1
    assert alice.terminal.look_of("Alice") == "0;7"
    bob.send("PRIV alice psst")
    alice.settle()
    assert alice.terminal.bells == 2
    alice.keys("/bell off\r")
    bob.send("MSG alice?")
    alice.settle()
    assert alice.terminal.bells == 2
    alice.keys("/bell on\r", "I am alice\r", "\x1b1", "alice too\r")
    assert alice.terminal.bells == 2, "not by oneself"
    assert alice.terminal.look_of("alice too") == "0"
    quiet = Seat(world, "carol", settings=PLAIN._replace(bell=False))
    bob.send("MSG carol?")
    quiet.settle()
    assert quiet.terminal.bells == 0


@pytest.mark.parametrize(
    ("owns", "text", "rings"),
    [
        (True, "all @here, look", 1),
        (True, "alice and @here", 1),
        (True, "mail@here.example or x@here", 0),
        (False, "all @here, look", 0),
    ],
)
def test_an_owner_calls_all_who_are_there(owns: bool, text: str, rings: int) -> None:
    world = World()
    bob = world.enter("bob")
    bob.send("JOIN #dev")
    alice = Seat(world)
    if not owns:
        bob.send("OWNER -bob")
    alice.keys("/join dev\r", "\x1b1")
    bob.send(f"MSG {text}")
    alice.settle()
    assert alice.terminal.bells == rings
    assert ("(1,1!)" if rings else "(1)") in alice.bar
    alice.keys("\x1b2")
    assert (alice.terminal.look_of("@here") == "0;7") is (
        text == "all @here, look" and owns
    )


def test_all_of_what_is_selected_is_shown() -> None:
    world = World()
    bob = world.enter("bob")
    long = " ".join(f"word{number}" for number in range(60))
    bob.send(*(f"MSG {number} {long}" for number in range(20)))
    alice = Seat(world, columns=60, rows=15)
    alice.keys("/search word7\r")
    keys = ["", *["\x1b[B"] * 19]
    for number, key in zip(range(19, -1, -1), keys, strict=True):
        alice.keys(*([key] if key else []))
        rows = alice.terminal.rows()[1:-2]
        start = next(n for n, row in enumerate(rows) if f"bob: {number} word0" in row)
        shown = " ".join(row.strip() for row in rows[start:])
        assert f"{number} {' '.join(long.split()[:30])}" in shown, number
        assert alice.terminal.look_of(f"{number} word0") == "0;7"


def test_who_is_thrown_out_may_come_again() -> None:
    world = World()
    bob = world.enter("bob")
    bob.send("JOIN #dev")
    alice = Seat(world)
    alice.keys("/join dev\r")
    assert alice.interface.rooms == ("#lobby", "#dev")
    bob.send("KICK alice")
    alice.settle()
    assert list(alice.interface.rooms or ()) == ["#lobby"]
    alice.keys("\x1b1", "/join dev\r")
    assert list(alice.interface.rooms or ()) == ["#lobby", "#dev"]
    assert "│@bob" in alice.screen


@pytest.mark.parametrize(
    ("kind", "told"),
    [
        (9, ["9;bob in #lobby: alice, 1,2"]),
        (99, ["99;i=chat:d=0;bob in #lobby", "99;i=chat:p=body;alice, 1,2"]),
        (777, ["777;notify;bob in #lobby;alice, 1,2"]),
    ],
)
def test_desktop_notifications_where_asked(kind: int, told: list[str]) -> None:
    world = World()
    bob = world.enter("bob")
    alice = Seat(world, settings=PLAIN._replace(notify=kind))
    bob.send("MSG alice; 1;2".replace("; 1", ", 1"), "MSG not for her")
    alice.settle()
    assert alice.terminal.notifications == told


def test_links_stay_whole() -> None:
    world = World()
    bob = world.enter("bob")
    alice = Seat(world, columns=60, settings=PLAIN._replace(links=True))
    link = "https://a.example/a-link-that-is-longer-than-its-column"
    bob.send(f"MSG see {link}, please")
    assert link in alice.messages
    assert alice.terminal.links == [link]
    plain = Seat(world, "carol", columns=60)
    assert link in plain.messages
    assert plain.terminal.links == []


def test_private_conversations() -> None:
    world = World()
    bob = world.enter("bob")
    alice = Seat(world)
    alice.keys("/query bob\r")
    assert "[bob]" in alice.terminal.rows()[-1]
    alice.keys("psst\r")
    assert bob.lines()[-1] == "PRIV alice: psst"
    alice.keys("\x1b1", "@bob one more\r")
    assert "[bob]" in alice.terminal.rows()[-1]
    assert bob.lines()[-1] == "PRIV alice: one more"
    bob.send("NICK robert", "PRIV alice it is me")
    assert "2:robert" in alice.bar
    assert "robert it is me" in alice.screen
    alice.keys("/close\r")
    assert "robert" not in alice.bar


def test_a_refusal_is_shown_where_it_was_caused() -> None:
    world = World()
    alice = Seat(world)
    alice.keys("/join dev\r", "/msg zed hello\r", "\x1b2")
    assert "zed" not in "\n".join(alice.messages)
    alice.keys("\x1b3")
    shown = "\n".join(alice.messages)
    assert "Not sent: hello" in shown
    assert "ERR 401" in shown


def test_leaving_a_room() -> None:
    world = World()
    alice = Seat(world)
    alice.keys("/j dev\r", "/part\r")
    assert "#dev" not in alice.bar
    assert "[#lobby]" in alice.terminal.rows()[-1]


@pytest.mark.parametrize(
    ("typed", "shown"),
    [
        ("/names", "In #lobby: bob, alice"),
        ("/whois bob", "bob has been silent"),
        ("/away lunch", "You are away: lunch"),
        ("/topic news", "#lobby is about: news"),
        ("/w bob hi", "alice hi"),
        ("/q bob hi", "alice hi"),
        ("/me waves", "alice waves"),
        ("//x", "alice /x"),
        ("/nonsense", "ERR 421"),
        ("/echo off", "no need of /echo"),
        ("/help whois", "WHOIS"),
        ("/help /react", "- /react emoji -- react to the message that is marked"),
        ("/help q", "- /msg nick [text] -- talk"),
        ("/help history", "HISTORY"),
    ],
)
def test_commands(typed: str, shown: str) -> None:
    world = World()
    world.enter("bob")
    alice = Seat(world)
    alice.keys(f"{typed}\r")
    assert shown in alice.screen


def test_a_command_means_the_room_on_the_screen() -> None:
    world = World()
    bob = world.enter("bob")
    bob.send("JOIN #dev")
    alice = Seat(world)
    alice.keys("/j dev\r", "/j garden\r", "\x1b2", "/topic cats\r")
    assert "* #dev is about: cats (alice)" in bob.lines()


def test_list_picks_a_room() -> None:
    world = World()
    world.enter("bob").send("JOIN #garden", "TOPIC tomatoes")
    alice = Seat(world)
    alice.keys("/list\r")
    assert "tomatoes" in alice.screen
    alice.keys("gard", "\r")
    assert "[#garden]" in alice.terminal.rows()[-1]


def test_help_is_by_groups_and_puts_a_command_into_the_line() -> None:
    world = World()
    alice = Seat(world)
    alice.keys("/help\r")
    assert " Talking" in alice.screen
    assert "/me action" in alice.screen
    alice.keys("search", "\r")
    assert alice.line == "/search "
    alice.keys("\x15/help\r", ESCAPE)
    alice.clock.advance(1)
    assert "Talking" not in alice.screen


def test_status() -> None:
    world = World()
    alice = Seat(world)
    assert alice.bar.endswith(" alice")
    alice.keys("/away lunch\r")
    assert alice.bar.endswith("alice, away")
    alice.keys("/back\r")
    assert alice.bar.endswith(" alice")
    alice.cut()
    assert alice.bar.endswith("alice, offline")


def test_lag_is_shown_while_an_answer_is_late() -> None:
    alice = Seat(settings=PLAIN._replace(probe=30))
    alice.hear(event="nick", old=None, nick="alice", you=True)
    alice.hear(event="join", room="#lobby", nick="alice")
    alice.clock.pump([1] * 4)
    assert "lag 4 s" in alice.bar
    alice.hear(event="pong", token="lag", label="t1")
    assert "lag 4.2 s" in alice.bar
    alice.clock.pump([0.9] * 6)
    alice.hear(event="pong", token="lag", label="t2")
    assert "lag" not in alice.bar


def test_clear_and_quit() -> None:
    world = World()
    world.enter("bob").send("MSG hello")
    alice = Seat(world)
    alice.keys("/clear\r")
    assert alice.messages == []
    alice.keys("/exit good night\r")
    assert alice.left == "good night"


def test_ignored_notices_are_not_shown() -> None:
    settings = Settings(ignored=frozenset({"away"}), probe=0)
    world = World()
    alice = Seat(world, settings=settings)
    alice.keys("/away lunch\r")
    assert "You are away" not in alice.screen
    assert "away" in alice.bar


def test_no_color_has_none() -> None:
    world = World()
    world.enter("bob").send("MSG hello")
    alice = Seat(world, settings=PLAIN._replace(colours=0))
    looks = {look for row in alice.terminal.looks for look in row}
    assert not {look for look in looks for p in look.split(";") if int(p) >= 30}


@pytest.mark.parametrize(("columns", "rows"), [(100, 30), (60, 15), (20, 5), (2, 1)])
def test_a_resize_paints_anew(columns: int, rows: int) -> None:
    world = World()
    bob = world.enter("bob")
    bob.send(*(f"MSG message {n} {'word ' * 20}" for n in range(20)))
    alice = Seat(world, columns=80, rows=24)
    alice.terminal.resize(columns, rows)
    alice.interface.resized(Size(columns, rows))
    bob.send("MSG the last one")
    assert len(alice.screen.splitlines()) == rows
    if columns > 20:
        assert "the last one" in alice.screen
        assert alice.screen.splitlines()[-1].startswith("[#lobby]")


def test_a_room_that_is_called_otherwise_keeps_its_place() -> None:
    world = World()
    bob = world.enter("bob")
    bob.send("JOIN #old", "MSG one")
    alice = Seat(world)
    alice.keys("/join #old\r", "/join #other\r", "\x1b2")
    bob.send("ROOM rename #new typo", "MSG two")
    assert "2:#new " in alice.bar
    assert "#old" not in alice.bar
    assert alice.messages[-1].endswith("two")
    alice.keys("three\r", "\x1b3", "/go new\r")
    assert "[#new]" in alice.terminal.rows()[-1]
    assert any("#old is now #new (typo)" in row for row in alice.terminal.rows())
    assert bob.lines()[-1] == "#new alice: three"
