"""Writing in the full-screen interface: keys go in, the screen is looked at."""

from __future__ import annotations

import json

import pytest

from .seats import Seat
from .support import PASSWORD, World

UP, DOWN, LEFT = "\x1b[A", "\x1b[B", "\x1b[D"


def here(*nicks: str) -> tuple[World, Seat]:
    world = World()
    for nick in nicks:
        world.enter(nick)
    return world, Seat(world)


def test_what_is_typed_is_shown_and_sent_with_enter() -> None:
    world = World()
    bob = world.enter("bob")
    alice = Seat(world)
    alice.type("helo")
    alice.keys(LEFT, "l")
    assert alice.line == "hel" + "l"
    alice.type("\r")
    assert "alice hello" in alice.messages[-1]
    assert bob.lines()[-1] == "alice: hello"
    assert alice.line == ""


def test_nothing_disturbs_the_line_that_is_written() -> None:
    world = World()
    bob = world.enter("bob")
    alice = Seat(world)
    alice.type("half a wo")
    for number in range(40):
        bob.send(f"MSG message {number}")
    assert alice.line == "half a wo"
    assert alice.messages[-1].endswith("message 39")


@pytest.mark.parametrize(
    ("keys", "line"),
    [
        (["one two", "\x01", "x"], "x"),
        (["one two", "\x1b[H", "\x05"], "one two"),
        (["one two", "\x17"], "one "),
        (["one two", "\x15"], ""),
        (["one two", "\x01", "\x0b", "\x19\x19"], "one twoone two"),
        (["one two", "\x1bb", "\x1bb", "\x1bf"], "one"),
        (["one two", "\x1b[1;5D"], "one "),
        (["one two", "\x15", "\x1f"], "one two"),
        (["one two", "\x17", "\x17", "\x19"], "one two"),
        (["e\u0301👩‍👩‍👧", "\x7f"], "e\u0301"),
    ],
)
def test_keys_of_readline(keys: list[str], line: str) -> None:
    _, alice = here()
    alice.keys(*keys)
    assert alice.line == line


@pytest.mark.parametrize("newline", ["\n", "\x1b\r"])
def test_several_lines_are_one_message(newline: str) -> None:
    world = World()
    bob = world.enter("bob")
    alice = Seat(world)
    alice.keys("one", newline, "two")
    assert alice.terminal.rows()[-2].endswith("] one")
    assert alice.terminal.rows()[-1] == "two"
    alice.type("\r")
    assert bob.lines()[-2:] == ["alice: one", "alice: two"]
    assert [json.loads(line)["text"] for line in alice.sent] == ["one\ntwo"]
    assert [row.split() for row in alice.messages[-2:]] == [
        [*alice.messages[-2].split()[:1], "alice", "one"],
        ["two"],
    ]
    assert "…" not in alice.screen, "it is known to be said"


def test_code_keeps_its_indentation_and_blank_lines() -> None:
    world = World()
    bob, alice = world.enter("bob"), Seat(world)
    alice.paste("def f():\n\tif x:\n\n\t\treturn\n")
    alice.type("\r")
    assert bob.lines()[-4:] == [
        "alice: def f():",
        "alice:     if x:",
        "alice: ",
        "alice:         return",
    ]
    rows = [row.split("│")[0].rstrip() for row in alice.terminal.rows()[1:-2]][-4:]
    start = rows[0].index("def")
    assert [row[start:] for row in rows] == [
        "def f():",
        "    if x:",
        "",
        "        return",
    ]


def test_more_than_ten_lines_are_asked_about() -> None:
    world = World()
    bob = world.enter("bob")
    alice = Seat(world)
    for number in range(11):
        alice.keys(f"{number}", "\n")
    alice.type("\r")
    assert "Send 11 lines? (y/n)" in alice.screen
    alice.type("n")
    bob.lines()
    assert not any("alice: 0" in line for line in bob.lines())
    alice.keys("\r", "y")
    assert bob.lines()[-11:] == [f"alice: {n}" for n in range(11)]
    assert len(alice.sent) == 1


def test_a_paste_is_one_edit_and_asked_about_above_ten_lines() -> None:
    world = World()
    bob = world.enter("bob")
    alice = Seat(world)
    alice.paste("one\ntwo")
    assert not any("alice: " in line for line in bob.lines()), "nothing is sent"
    assert "two" in alice.screen
    alice.type("\x1f")
    assert alice.line == ""
    alice.paste("\n".join(f"line {n}" for n in range(20)))
    assert "Paste 20 lines? (y/n)" in alice.screen
    alice.keys("n", "\r")
    assert not any("alice: " in line for line in bob.lines())
    alice.paste("\n".join(f"line {n}" for n in range(20)))
    alice.keys("y", "\r")
    assert bob.lines()[-20:] == [f"alice: line {n}" for n in range(20)]


def test_what_is_pasted_never_executes() -> None:
    world = World()
    bob = world.enter("bob")
    alice = Seat(world)
    alice.paste("see this\x1b[201~\r/quit\r/nick fool\rend")
    assert alice.left is None
    assert alice.sent == []
    alice.type("\r")
    assert bob.lines()[-4:] == [
        "alice: see this",
        "alice: /quit",
        "alice: /nick fool",
        "alice: end",
    ]


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("x" * 4001, "too long: 4001 of 4000 characters"),
        ("\n".join("x" * 41), "too long: 41 of 40 lines"),
    ],
)
def test_what_is_too_long_is_told_before_it_is_sent(text: str, told: str) -> None:
    world = World()
    bob, alice = world.enter("bob"), Seat(world)
    alice.paste(text)
    alice.keys("y" if "\n" in text else "")
    assert told in alice.screen
    alice.type("\r")
    assert "Too long; at most" in alice.screen
    assert not any("alice: " in line for line in bob.lines())
    assert alice.interface._composer.editor.text == text, "it stays in the line"
    alice.keys("\x7f\x7f")
    assert "too long" not in alice.screen


@pytest.mark.parametrize(
    "text", ["🎉" * 4000, '"é\\' * 1333, "\n".join(["x" * 90] * 40)]
)
def test_the_longest_texts_are_one_message(text: str) -> None:
    world = World()
    bob, alice = world.enter("bob"), Seat(world)
    alice.paste(text)
    alice.keys("y" if "\n" in text else "", "\r")
    said = [line.removeprefix("alice: ") for line in bob.lines() if "alice: " in line]
    assert "\n".join(said) == text
    assert len(alice.sent) == 1


def test_what_was_entered_comes_back_room_by_room() -> None:
    world = World()
    alice = Seat(world)
    alice.keys("in the lobby\r", "/join #dev\r", "in dev\r", "draft")
    alice.keys(UP)
    assert alice.line == "in dev"
    alice.keys(UP)
    assert alice.line == "in dev", "this was entered in another room"
    alice.keys(DOWN)
    assert alice.line == "draft"
    alice.keys("\x1b1", UP)
    assert alice.line == "/join #dev"
    alice.keys(UP)
    assert alice.line == "in the lobby"
    alice.keys("\x1b2")
    assert alice.line == "draft", "it waits where it was begun"


def test_ctrl_r_searches_in_it() -> None:
    _, alice = here()
    alice.keys("the build is red\r", "hello\r", "the build is green\r")
    alice.keys("\x12", "build")
    assert "(search: build) the build is green" in alice.screen
    alice.keys("\x12", "\x05", "!")
    assert alice.line == "the build is red!"
    alice.keys("\x15", "draft", "\x12", "hello", "\x1b")
    alice.clock.advance(1)
    assert "hello" not in alice.terminal.rows()[-1]


def test_tab_completes_nicks_who_spoke_last_first() -> None:
    world = World()
    bob, bert = world.enter("bob"), world.enter("bert")
    alice = Seat(world)
    bert.send("MSG one")
    bob.send("MSG two")
    alice.keys("b", "\t")
    assert alice.line == "bob: "
    alice.keys("\t")
    assert alice.line == "bert: "
    assert "bob: bert:" in alice.screen, "the choices are shown"
    alice.keys("\x15", "hi b", "\t")
    assert alice.line == "hi bob "
    alice.keys("\x1b[Z")
    assert alice.line == "hi bert "


@pytest.mark.parametrize(
    ("typed", "line"),
    [
        ("/jo", "/join "),
        ("/j", "/j "),
        ("#d", "#dev "),
        ("/join de", "/join #dev "),
        ("ok :tad", "ok 🎉 "),
        ("@bo", "@bob "),
        ("/go de", "/go #dev"),
        ("nothing", "nothing"),
    ],
)
def test_tab_completes_rooms_commands_and_emoji(typed: str, line: str) -> None:
    _, alice = here("bob")
    alice.keys("/join #dev\r", "\x1b1", typed, "\t")
    assert alice.line == line


@pytest.mark.parametrize(
    ("typed", "line"),
    [
        ("##c", "##c++ "),
        ("/join c+", "/join ##c++ "),
        ("#python.", "#python.de "),
        ("[al", "[al]ice: "),
        ("hi [al", "hi [al]ice "),
        ("@{b", "@{bob} "),
        ("/go ##", "/go ##c++"),
    ],
)
def test_tab_completes_names_with_specials(typed: str, line: str) -> None:
    world, alice = here("[al]ice")
    world.enter("{bob}")
    alice.keys("/join ##c++\r", "/join #python.de\r", "\x1b1", typed, "\t")
    assert alice.line == line


def test_a_password_is_neither_shown_nor_kept() -> None:
    world = World()
    alice = Seat(world)
    alice.type(f"/register {PASSWORD}")
    assert PASSWORD not in alice.screen
    assert "/register •••" in alice.screen
    alice.type("\r")
    assert "logged in as alice" in alice.screen
    alice.keys(UP)
    assert alice.line == ""


def test_ctrl_c_empties_the_line_and_twice_leaves() -> None:
    _, alice = here()
    alice.keys("half", "\x03")
    assert (alice.line, alice.left) == ("", None)
    alice.keys("\x03")
    assert alice.left is None
    assert "Once more leaves" in alice.screen
    alice.keys("\x03")
    assert alice.left == ""


def test_ctrl_z_is_for_the_home() -> None:
    _, alice = here()
    alice.keys("\x1a")
    assert alice.suspended == 1


def test_a_long_line_is_wrapped_and_keeps_to_a_third_of_the_screen() -> None:
    world = World()
    alice = Seat(world, columns=60, rows=15)
    alice.paste("x" * 1000)
    rows = alice.terminal.rows()
    assert [row for row in rows if row.startswith("xxx")] == ["x" * 60] * 4 + [
        "x" * (1000 + 9 - 16 * 60)
    ]
    alice.keys("\x01", "y")
    assert alice.terminal.typed == "[#lobby] y"


def test_what_is_written_does_not_move_while_it_grows() -> None:
    alice = Seat(World(), columns=60, rows=15)
    alice.paste("x" * 4500)
    for _ in range(20):
        before = len(alice.terminal.rows()[-1])
        alice.type("y")
        assert len(alice.terminal.rows()[-1]) in (before + 1, 1)


def test_what_isnt_echoed_yet_is_shown_as_such() -> None:
    alice = Seat()
    alice.hear(event="nick", old=None, nick="alice", you=True)
    alice.hear(event="join", room="#lobby", nick="alice")
    alice.type("hello\r")
    assert "…  hello" in alice.screen
    label = json.loads(alice.sent[-1])["label"]
    alice.hear(
        event="message", room="#lobby", nick="alice", text="hello", id=1, label=label
    )
    assert "…  hello" not in alice.screen
    assert "alice hello" in alice.screen


def test_before_there_is_a_nick_one_is_asked_for() -> None:
    alice = Seat()
    alice.hear(event="error", code=433, text="alice is taken; try alice_")
    assert "alice is taken" in alice.screen
    assert "nick:" in alice.terminal.rows()[-1]
    alice.type("anna\r")
    assert json.loads(alice.sent[0])["nick"] == "anna"
