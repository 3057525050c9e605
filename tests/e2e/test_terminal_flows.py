"""All that the full-screen interface does, in each of its homes.

The same keys are pressed, and the same is looked for, in ``twisted-chat`` on a big and
on a small terminal, and by ssh: see `homes.KINDS`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import closing
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from wcwidth import wcswidth

from twisted_chat.storage.database import open_file

from .homes import KINDS, Home, Seat, seats
from .screens import with_ssh
from .support import Server, have, wait_for

pytestmark = [
    pytest.mark.skipif(not have("tmux"), reason="tmux is not installed"),
    pytest.mark.skipif(not have("ssh"), reason="ssh is not installed"),
]

PAST = 250
SECOND_DAY, LAST_DAY = 121, 246
LINK = "https://chat.example/a/b?c=d#e"


def write_past(path: Path) -> None:
    """A room ``#past``, with what two people said on three days."""
    begin = datetime(2026, 3, 2, 10, 0)
    days = (1, SECOND_DAY, LAST_DAY)
    rows = []
    for id in range(1, PAST + 1):
        day = sum(id >= first for first in days) - 1
        at = begin + timedelta(days=day, minutes=(id - days[day]) * 2)
        word = " needle" if id == 77 else ""
        nick = ("zoe", "yan")[id // 5 % 2]
        rows.append((id, 1, id, at.timestamp(), 0, nick, f"entry {id}.{word}"))
    with closing(open_file(str(path))) as connection, connection:
        columns = "serial, room, id, at, kind, nick, text"
        connection.executemany(
            f"INSERT INTO messages ({columns}) VALUES (?, ?, ?, ?, ?, ?, ?)", rows
        )
        room = "INSERT INTO rooms (number, key, name, last_id) VALUES (1, ?, ?, ?)"
        connection.execute(room, ("#past", "#past", PAST))


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    where = tmp_path_factory.mktemp("flows")
    write_past(where / "chat.sqlite")
    yield from with_ssh(where, "--database", "chat.sqlite")


@pytest.fixture(scope="module", params=KINDS)
def home(
    server: Server,
    request: pytest.FixtureRequest,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Home]:
    home = Home(KINDS[request.param], server, tmp_path_factory.mktemp("home"))
    yield home
    home.close()


@pytest.fixture
def seat(home: Home) -> Iterator[Seat]:
    yield from seats(home)


# The line that is written


def test_nothing_disturbs_the_line(seat: Seat) -> None:
    seat.play("half", "<Left>")
    seat.bob.say("one", "two", "three")
    seat.wait("bob one", " two", " three")
    seat.line("half")
    seat.type("X")
    seat.line("halXf")
    seat.play("<Enter>")
    seat.bob.hears(seat.nick, "halXf")


READLINE = [
    (("<Left>", "<Left>"), "one t|wo"),
    (("<Home>", "<Right>"), "o|ne two"),
    (("<C-b>",), "one tw|o"),
    (("<C-a>", "<C-f>"), "o|ne two"),
    (("<C-Left>",), "one |two"),
    (("<Home>", "<C-Right>"), "one| two"),
    (("<M-b>",), "one |two"),
    (("<C-a>", "<M-f>"), "one| two"),
    (("<Home>", "<End>"), "one two|"),
    (("<C-a>",), "|one two"),
    (("<C-a>", "<C-e>"), "one two|"),
    (("<BSpace>",), "one tw|"),
    (("<Home>", "<DC>"), "|ne two"),
    (("<Home>", "<C-d>"), "|ne two"),
    (("<C-w>",), "one |"),
    (("<M-b>", "<C-u>"), "|two"),
    (("<M-b>", "<C-k>"), "one |"),
    (("<C-a>", "<M-d>"), "| two"),
    (("<M-BSpace>",), "one |"),
    (("<C-w>", "<C-y>", "<C-y>"), "one twotwo|"),
    (("<C-w>", "<C-w>", "<C-y>"), "one two|"),
    (("<C-w>", "<Home>", "<M-d>", "<C-y>", "<M-y>"), "two| "),
    (("<C-t>",), "one tow|"),
    (("<M-b>", "<M-u>"), "one TWO|"),
    (("<M-b>", "<M-c>"), "one Two|"),
    (("<M-b>", "<M-u>", "<M-b>", "<M-l>"), "one two|"),
    (("<C-w>", "<C-_>"), "one two|"),
    (("<C-u>", "<C-_>", "<C-_>"), "|"),
]


def test_the_keys_of_readline(seat: Seat) -> None:
    for keys, _ in READLINE:
        seat.play("one two", *keys, "|", "<Enter>")
    seat.bob.hears(seat.nick, *(shown for _, shown in READLINE))


def test_several_lines_are_one_message(seat: Seat) -> None:
    seat.play("one", "<M-Enter>", "two", "<C-j>", "three")
    seat.wait(f"[{seat.room}] one", "\ntwo", "\nthree")
    seat.play("<Up>", "<Up>", "<Home>", "z", "<Enter>")
    seat.bob.hears(seat.nick, "zone\ntwo\nthree")
    seat.wait(f"{seat.nick} zone", " two", " three", gone="…")


def test_each_room_has_a_history_of_its_own(seat: Seat) -> None:
    seat.play("first", "<Enter>", "second", "<Enter>")
    seat.bob.hears(seat.nick, "first", "second")
    seat.play("draft", "<Up>")
    seat.line("second")
    seat.keys("Up")
    seat.line("first")
    seat.keys("Down", "Down")
    seat.line("draft")
    seat.keys("C-u", "M-1")
    seat.wait("[#lobby]")
    seat.keys("Up")
    seat.wait("[#lobby] /")
    seat.keys("C-u", "M-2", "Up")
    seat.line("second")
    seat.keys("C-u")


def test_what_was_entered_is_searched(seat: Seat) -> None:
    seat.play("apple one", "<Enter>", "pear", "<Enter>", "apple two", "<Enter>")
    seat.bob.hears(seat.nick, "apple one", "pear", "apple two")
    seat.play("<C-r>", "app")
    seat.wait("(search: app) apple two")
    seat.keys("C-r")
    seat.wait("(search: app) apple one")
    seat.keys("Enter")
    seat.bob.hears(seat.nick, "apple one")


def test_tab_completes(seat: Seat) -> None:
    bobby = seat.other("bobby")
    bobby.say("I am here, too")
    seat.wait("I am here, too")
    seat.type("bo\t")
    seat.line("bobby:")
    seat.type("\t")
    seat.line("bob:")
    seat.keys("BTab")
    seat.line("bobby:")
    seat.bob.say("so am I")
    seat.wait("so am I")
    seat.play("<C-u>", "hi bo\t")
    seat.line("hi bob")
    for typed, line in (
        ("see #lo\t", "see #lobby"),
        ("/top\t", "/topic"),
        ("/join #lob\t", "/join #lobby"),
        (":tad\t", "🎉"),
    ):
        seat.play("<C-u>", typed)
        seat.line(line)
    seat.keys("C-u")


# Conversations


def test_the_bar_counts_and_is_switched(seat: Seat) -> None:
    second = f"{seat.room}b"
    seat.type(f"/join {second}\r")
    seat.wait(f"[{second}]")
    seat.keys("M-1")
    seat.wait("[#lobby]")
    seat.bob.say("one", f"{seat.nick}: two")
    seat.bob.do(f"JOIN {second}", "MSG three", f"PRIV {seat.nick} psst")
    seat.wait(f"2:{seat.room}(2,1!)", f"3:{second}(1)", "4:bob(1)")
    for key, where in (
        ("M-a", seat.room),
        ("M-a", "bob"),
        ("M-3", second),
        ("M-Left", seat.room),
        ("M-Right", second),
        ("M-Up", seat.room),
        ("M-Down", second),
        ("M-4", "bob"),
    ):
        seat.keys(key)
        seat.wait(f"[{where}]")
    assert "(" not in seat.wait("psst")
    seat.type("/go lob\r")
    seat.wait("[#lobby]")
    seat.bob.say("now")
    seat.wait(f"3:{second}(1)")
    seat.keys("C-g")
    seat.wait("Go to", f"{second}  (1 unread)")
    seat.type(f"{second[1:]}\r")
    seat.wait(f"[{second}]", "now", gone="Go to")


def test_the_topic_and_the_people(seat: Seat) -> None:
    seat.type("/topic cats and dogs\r")
    seat.wait(f" {seat.room}  cats and dogs")
    seat.other("carol").do("AWAY lunch")
    if seat.wide:
        seat.wait(f"│@{seat.nick}", "│ bob", "│ carol")
        wait_for(
            lambda: "38;5;243m│ carol" in seat.screen.styled(),
            "who is away in grey",
        )
    else:
        assert "│" not in seat.wait("carol")


def test_a_room_that_is_called_otherwise(seat: Seat) -> None:
    seat.bob.say("before")
    seat.wait("bob before")
    new = f"{seat.room}n"
    seat.type(f"/room rename {new}\r")
    seat.wait(f"[{new}]", f"2:{new}", "bob before", gone=" 3:")
    seat.bob.hear("room-renamed", name=new)
    seat.type("after\r")
    seat.bob.hears(seat.nick, "after")
    seat.type(f"/topic still {new}\r")
    seat.wait(f" {new}  still {new}")


def test_where_unread_begins(seat: Seat) -> None:
    seat.bob.say("before")
    seat.wait("bob before")
    seat.keys("M-1")
    seat.wait("[#lobby]")
    seat.bob.say("one", "two")
    seat.wait(f"2:{seat.room}(2)")
    seat.keys("M-2")
    seat.wait(f"[{seat.room}]", "two")
    rows = seat.messages()
    new = next(n for n, row in enumerate(rows) if "── new ─" in row)
    assert rows[new - 1].endswith("before")
    assert rows[new + 1].endswith("one")


def test_who_comes_and_goes_is_folded(seat: Seat) -> None:
    carol, dave = seat.other("carol"), seat.other("dave")
    seat.wait("→ bob, carol, dave")
    dave.leave()
    seat.wait("→ bob, carol", gone="→ bob, carol, dave")
    seat.bob.say("hello")
    seat.wait("bob hello")
    carol.leave()
    seat.wait("← carol")
    assert sum("→" in row for row in seat.messages()) == 1


# What was said


def test_page_up_goes_through_all_history(seat: Seat) -> None:
    seat.type("/join past\r")
    seat.wait("[#past]", f"entry {PAST}.")

    def at_the_beginning() -> bool:
        seat.keys("PPage", "PPage")
        return bool(re.search(r" entry 1\.", "\n".join(seat.screen.rows())))

    wait_for(at_the_beginning, "the first message")
    seat.wait("── Monday, 2 March 2026 ─", " zoe entry 1.", gone="entry 50.")
    seat.keys("NPage")
    seat.wait("PgDn: back", gone="2 March 2026")
    seat.keys("End")
    seat.wait(f"entry {PAST}.", gone="PgDn: back")


def test_days_times_authors_and_colours(seat: Seat) -> None:
    seat.type("/join past\r")
    seat.wait("[#past]", f"entry {PAST}.")
    rows = seat.messages()
    day = next(n for n, row in enumerate(rows) if "── Wednesday, 4 March" in row)
    assert re.fullmatch(rf"10:00 +yan entry {LAST_DAY}\.", rows[day + 1])
    assert re.fullmatch(rf"10:02 +entry {LAST_DAY + 1}\.", rows[day + 2])
    assert re.fullmatch(rf"10:08 +zoe entry {PAST}\.", rows[day + 5])
    styled = seat.screen.styled()
    looks = {nick: re.findall(rf"38;5;(\d+)m{nick}", styled) for nick in ("zoe", "yan")}
    assert all(looks.values()), styled
    assert not set(looks["zoe"]) & set(looks["yan"])


def test_search_jumps(seat: Seat) -> None:
    seat.type("/join past\r")
    seat.wait("[#past]", f"entry {PAST}.")
    seat.type("/search needle\r")
    seat.wait("Found: needle", "#past yan: entry 77. needle")
    seat.keys("Enter")
    seat.wait("▸", "entry 77. needle", "entry 76.", gone=f"entry {PAST}.")
    seat.keys("Escape")
    seat.wait(f"entry {PAST}.", gone="needle")


def test_a_mention_rings_unless_it_is_told_not_to(seat: Seat) -> None:
    quiet = len(seat.screen.raw())
    seat.bob.say("about nobody")
    seat.wait("about nobody")
    assert b"\a" not in seat.screen.raw()[quiet:]
    seat.bob.say(f"{seat.nick}: look;here")
    raw = seat.screen.wait_raw(b"\a", b"look;here", after=quiet)
    assert raw.count(b"\a") == 1
    assert f"\x1b[7m{seat.nick}".encode() in raw or f"7m{seat.nick}" in str(raw)
    told = {
        99: f"\x1b]99;i=chat:p=body;{seat.nick}: look,here\x1b\\",
        777: f"\x1b]777;notify;bob in {seat.room};{seat.nick}: look,here\x1b\\",
        0: "",
    }[seat.kind.notify]
    assert told.encode() in raw
    seat.type("/bell off\r")
    seat.wait("The bell is off")
    quiet = len(seat.screen.raw())
    seat.bob.say(f"{seat.nick}: again")
    seat.screen.wait_raw(b"again", after=quiet)
    assert b"\a" not in seat.screen.raw()[quiet:]
    seat.type("/bell on\r")
    seat.wait("The bell is on")


def test_links_are_left_whole(seat: Seat) -> None:
    seat.bob.say(f"see ({LINK}), all of you")
    seat.wait(f"see ({LINK}), all of")
    told = f"\x1b]8;;{LINK}\x1b\\{LINK}\x1b]8;;\x1b\\"
    seat.screen.wait_raw(told.encode())
    long = f"{LINK}{'x' * 120}"
    seat.bob.say(f"and {long} too")
    seat.wait("too")
    rows = [row.split("│")[0].rstrip() for row in seat.screen.rows()]
    assert long in "".join(rows)


def test_wide_and_combining_characters(seat: Seat) -> None:
    seat.bob.say("日本語 👍 e\u0301 👩‍🚀", "the end")
    seat.wait("日本語 👍 e\u0301", "the end")
    if seat.wide:
        rules = [row.partition("│")[0] for row in seat.screen.rows() if "│" in row]
        ours = [row for row in rules if "👩" not in row]  # tmux has its own idea
        assert len({wcswidth(row) for row in ours}) == 1
    seat.play("日本語 e\u0301👍", "<BSpace>", "<Left>", "<Left>", "<BSpace>")
    seat.line("日本 e\u0301")
    seat.play("<End>", "<BSpace>", "x", "<Enter>")
    seat.bob.hears(seat.nick, "日本 x")


# Pasting


def test_a_paste_is_one_message_and_never_a_command(seat: Seat) -> None:
    text = "one\n\x1b[201~\n/quit\n\n    indented\nend"
    seat.screen.paste(text)
    seat.wait(f"[{seat.room}] one" if seat.kind.rows > 20 else "indented", "end")
    seat.keys("Enter")
    seat.bob.hears(seat.nick, "one\n\n/quit\n\n    indented\nend")


def test_a_long_paste_is_asked_about(seat: Seat) -> None:
    lines = "\n".join(f"line {number}" for number in range(20))
    seat.screen.paste(lines)
    seat.wait("Paste 20 lines? (y/n)")
    seat.type("n")
    seat.line("")
    seat.screen.paste(lines)
    seat.wait("Paste 20 lines? (y/n)")
    seat.type("y")
    seat.wait("line 19", gone="(y/n)")
    seat.keys("Enter")
    seat.bob.hears(seat.nick, lines)


# Messages


def test_ones_last_message_is_edited_and_deleted(seat: Seat) -> None:
    seat.type("helo\r")
    seat.bob.hears(seat.nick, "helo")
    seat.keys("M-e")
    seat.wait(f"[{seat.room}, edit] helo")
    seat.play("<BSpace>", "lo", "<Enter>")
    assert seat.bob.hear("edited", nick=seat.nick)["text"] == "hello"
    seat.wait(f"{seat.nick} hello (edited)")
    seat.keys("M-e")
    seat.wait(f"[{seat.room}, edit] hello")
    seat.keys("Escape")
    seat.line("")
    seat.type("/delete\r")
    seat.wait("Delete “hello”? (y/n)")
    seat.type("n")
    seat.line("")
    seat.type("/delete\r")
    seat.wait("(y/n)")
    seat.type("y")
    seat.bob.hear("deleted", by=seat.nick)
    seat.wait(f"deleted by {seat.nick}", gone="hello")


def test_a_chosen_message_is_answered_and_reacted_to(seat: Seat) -> None:
    seat.bob.say("first", "second")
    seat.wait("second")
    seat.keys("S-Up", "S-Up")
    seat.wait("▸", "r answer")
    assert any("▸" in row and row.endswith("first") for row in seat.messages())
    seat.type("r")
    seat.wait(f"[{seat.room}, to bob]")
    seat.type("indeed\r")
    said = seat.bob.hear("message", nick=seat.nick)
    assert (said["text"], said["reply_to"]) == ("indeed", said["id"] - 2)
    seat.wait("↳ bob: first", "indeed")
    seat.keys("M-p", "M-p")
    wait_for(
        lambda: any("▸" in r and r.endswith("second") for r in seat.messages()),
        "the second one to be chosen",
    )
    seat.type("+")
    seat.line("/react")
    seat.type(":tada:\r")
    assert seat.bob.hear("reaction", reaction="🎉", on=True)["id"] == said["id"] - 1
    seat.wait(f"🎉 {seat.nick}")
    seat.type("/unreact :tada:\r")
    seat.bob.hear("reaction", reaction="🎉", on=False)
    seat.wait(gone="🎉")


def test_private_conversations(seat: Seat) -> None:
    """Kept for those who have accounts: with answers, edits and reactions."""
    bea = seat.other(f"bea-{seat.nick}")
    bea.do("REGISTER open-sesame")
    bea.hear("account")
    seat.type("/register close-sesame")
    assert "sesame" not in seat.wait("/register ••••")
    seat.keys("Enter")
    seat.wait("logged in")
    seat.type(f"/query {bea.nick}\r")
    seat.wait(f"[{bea.nick}]", "in private")
    seat.type("helo\r")
    said = bea.hear("private", nick=seat.nick, text="helo")
    answer = '{"do":"priv","to":["%s"],"text":"who?","reply_to":%d}'
    bea.do(answer % (seat.nick, said["id"]))
    seat.wait(f"↳ {seat.nick}: helo", "who?")
    seat.keys("M-e")
    seat.wait("edit] helo")
    seat.play("<BSpace>", "lo", "<Enter>")
    assert bea.hear("edited", id=said["id"])["text"] == "hello"
    seat.type("/react 👍\r")
    bea.hear("reaction", reaction="👍")
    seat.type("/reply me\r")
    mine = bea.hear("private", nick=seat.nick, text="me")
    assert mine["reply_to"] == said["id"] + 1
    seat.play("/close\r")
    seat.wait(f"[{seat.room}]")
    seat.type(f"/msg {bea.nick}\r")
    seat.wait("hello (edited)", f"👍 {seat.nick}", "↳", "who?", " me")
    seat.type("/delete\r")
    seat.wait("(y/n)")
    seat.type("y")
    bea.hear("deleted", id=mine["id"])
    seat.wait(f"deleted by {seat.nick}")


def test_several_people_are_one_conversation(seat: Seat) -> None:
    carol = seat.other("carol")
    seat.type("/msg bob,carol hello both\r")
    seat.wait("[bob,carol]", "hello both")
    for person in (seat.bob, carol):
        person.hear("private", nick=seat.nick, text="hello both")
    carol.do(f"PRIV {seat.nick},bob hello two")
    seat.wait("carol hello two")
    assert seat.screen.rows()[-1].startswith("[bob,carol]")


# The screen


def test_status(seat: Seat) -> None:
    seat.type("/away lunch\r")
    seat.wait(f"{seat.nick}, away")
    seat.type("/back\r")
    seat.wait(seat.nick, gone=", away")


def test_a_resize_paints_anew(seat: Seat) -> None:
    seat.bob.say("hello")
    seat.wait("bob hello")
    seat.type("half")
    seat.screen.resize(90, 20)
    seat.wait("│ bob", "bob hello")
    assert len(seat.screen.rows()) == 20
    seat.screen.resize(44, 8)
    seat.wait("bob hello", f"[{seat.room}] half", gone="│")
    seat.screen.resize(seat.kind.columns, seat.kind.rows)
    wait_for(
        lambda: seat.screen.rows()[-1].startswith(f"[{seat.room}] half"),
        "the line at the bottom",
    )
    seat.keys("C-l", "C-u")
    seat.wait("bob hello")
    assert ("│ bob" in seat.wait("bob")) == seat.wide


def test_the_mouse_is_left_to_the_terminal(seat: Seat) -> None:
    assert seat.screen.ask("#{mouse_any_flag}") == "0"
    assert not re.search(rb"\x1b\[\?(9|100[0-6]|1015)h", seat.screen.raw())
    assert b"\x1b[?2004h" in seat.screen.raw(), "but pastes are told"


def test_help_by_groups(seat: Seat) -> None:
    seat.type("/help\r")
    seat.wait("Help", " Talking", "/me action")
    wanted = {"Rooms", "Before", "People", "Yourself", "Keeping order"}
    wanted |= {"Keys: conversations", "Keys: writing"}

    def scrolled() -> bool:
        rows = seat.screen.rows()
        wanted.difference_update([row.strip() for row in rows])
        seat.keys("Home" if "twice: leave" in rows[-3] else "Down", "Down")
        return not wanted

    wait_for(scrolled, f"{wanted}")
    seat.type("the room is about")
    seat.wait("/topic [text]", gone="/me action")
    seat.keys("Enter")
    seat.line("/topic")
    seat.keys("C-u")


def test_what_users_of_irc_type(seat: Seat) -> None:
    for typed, shown in (
        (f"/j {seat.room[1:]}j\r", f"[{seat.room}j]"),
        ("/leave\r", f"[{seat.room}]"),
        ("/names\r", f"In {seat.room}: "),
        ("/w bob hi\r", "[bob]"),
        ("/close\r", f"[{seat.room}]"),
        ("/q bob\r", "[bob]"),
        ("/close\r", f"[{seat.room}]"),
        ("/query bob\r", "[bob]"),
        ("/close\r", f"[{seat.room}]"),
        ("/list\r", " Rooms"),
    ):
        seat.type(typed)
        seat.wait(shown)
    seat.wait(f"{seat.room}  ", "#lobby  ")
    seat.keys("Escape")
    seat.line("")
    seat.type("/clear\r")
    seat.wait(gone=f"In {seat.room}")


@pytest.mark.parametrize("how", ["/exit good night", "/quit good night", "<C-d>"])
def test_leaving(seat: Seat, how: str) -> None:
    if how.startswith("<"):
        seat.play(how)
        seat.wait("Once more leaves the chat")
        seat.play(how)
    else:
        seat.type(f"{how}\r")
    assert how[6:] in seat.bob.hear("leave", nick=seat.nick)["reason"]
    assert seat.screen.is_given_back()
    seat.home.close()
