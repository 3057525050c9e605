"""A whole client, at a terminal, against a whole server, in memory."""

from __future__ import annotations

from twisted_chat.client.screen import Terminal
from twisted_chat.client.talk import Talk, TerminalTalk

from .client_support import Run, event, let_in
from .support import World
from .terminal import FakeTerminal


class AtTerminal(Run):
    def make_talk(self) -> Talk:
        self.terminal = FakeTerminal(60, 30)
        self.screen = Terminal(
            self.terminal.write, lambda: 60, lambda: False, self.clock, False
        )
        return TerminalTalk(self.screen, self.over)


def test_at_a_terminal_a_taken_nick_can_be_chosen_again() -> None:
    world = World()
    bob = world.enter("bob")
    run = AtTerminal(world, nick="bob")
    assert run.status is None
    assert any("ERR 433" in line for line in run.terminal.lines())
    run.lines("carol")
    run.lines("hello")
    assert bob.lines() == ["* carol joined the chat!", "carol: hello"]


def test_at_a_terminal_the_end_of_input_leaves() -> None:
    world = World()
    run = AtTerminal(world)
    run.end()
    assert run.status == 0
    assert world.hub.users == {}


def test_at_a_terminal_the_end_is_told_on_the_screen() -> None:
    run = AtTerminal(World())
    run.transport.lose()
    assert run.status == 1
    assert run.terminal.lines()[-1].endswith("* the connection was lost")


def slow(nick: str = "alice") -> AtTerminal:
    """At a terminal, with a server that has not answered yet."""
    run = AtTerminal(nick=nick)
    run.hear(b"* Welcome", event("notice", text="The format is json"))
    return run


def test_what_is_typed_before_the_nick_is_accepted_waits_for_it() -> None:
    run = slow()
    run.lines("hello", "/join #dev", "@bob psst", "//x", "/help", "there")
    assert run.wrote() == ["FORMAT json", "NICK alice", "HELP"]
    let_in(run)
    assert [line for line in run.wrote()[3:] if "taken-" not in line] == [
        "MSG hello",
        "JOIN #dev",
        "PRIV bob psst",
        "MSG /x",
        "MSG there",
    ]


def test_a_refused_nick_is_answered_while_words_wait() -> None:
    run = slow()
    run.lines("hello")
    run.hear(event("error", code=433, text="alice is taken; try alice_"))
    run.lines("alice_", "there")
    assert run.wrote()[2:] == ["NICK alice_"]
    let_in(run, "alice_")
    assert run.wrote()[3:] == ["MSG hello", "MSG there"]


def test_a_password_that_is_asked_for_is_never_said() -> None:
    world = World(password="sesame")
    bob = world.connect()
    bob.send("PASS sesame", "NICK bob")
    bob.lines()
    run = AtTerminal(world)
    for line in ("sesame", "/pass sesame", "/login alice wrong-one", "alice", "hello"):
        run.lines(line)
    assert bob.lines() == ["* alice joined the chat!", "alice: hello"]


def test_without_a_nick_the_first_word_is_one() -> None:
    run = slow(nick="")
    run.lines("carol", "hello")
    assert run.wrote() == ["FORMAT json", "NICK carol"]
    let_in(run, "carol")
    assert run.wrote()[2:] == ["MSG hello"]


def test_the_end_of_input_waits_for_the_nick_too() -> None:
    run = slow()
    run.lines("hello")
    run.talk.end_of_input()
    assert run.wrote()[2:] == []
    let_in(run)
    assert run.wrote()[2:4] == ["MSG hello", "PING taken-1"]
    run.hear(event("pong", token="taken-1"))
    assert run.wrote()[-1] == "QUIT"


def test_words_that_can_no_more_be_said_are_told() -> None:
    run = slow()
    run.lines("hello", "/quit")
    run.hear(event("error", code=433, text="alice is taken"))
    run.hear(event("pong", token="taken-1"))
    assert run.wrote()[-1] == "QUIT"
    run.transport.lose()
    assert run.status == 1
    assert run.terminal.lines()[-1].endswith("you left; what you typed was not sent")
