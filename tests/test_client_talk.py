"""A whole client, fed by a pipe, against a whole server, in memory."""

from __future__ import annotations

import pytest

from twisted_chat.client.outbox import MAX_WAITING
from twisted_chat.limits import Rate

from .client_support import Run, event, let_in
from .support import PASSWORD, World, member, skip


def test_piped_lines_are_said_and_taken_and_then_it_leaves_with_0() -> None:
    world = World()
    bob = world.enter("bob")
    run = Run(world)
    assert run.input.reading
    run.lines("hi", "/me waves", "//x")
    run.end()
    assert bob.lines() == [
        "* alice joined the chat!",
        "alice: hi",
        "* alice waves",
        "alice: /x",
        "* alice left the chat!",
    ]
    assert (run.status, run.complaints) == (0, [])


def test_nothing_is_read_before_the_nick_is_accepted() -> None:
    run = Run()
    assert not run.input.reading
    run.hear(b"* Welcome", event("notice", text="The format is json"))
    assert not run.input.reading
    run.hear(event("nick", old=None, nick="alice", you=True))
    assert run.input.reading


@pytest.mark.parametrize("waiting", [0, 100])
def test_every_line_arrives_at_a_server_that_limits_floods(waiting: int) -> None:
    world = World(flood=Rate(5, 2))
    bob = world.enter("bob")
    run = Run(world)
    for number in range(60):
        run.talk.line(str(number))
    run.talk.end_of_input()
    for _ in range(200):
        run.settle()
        world.advance(0.5)
    heard = bob.lines()
    assert [line for line in heard if line.startswith("alice:")] == [
        f"alice: {number}" for number in range(60)
    ]
    assert heard[-1] == "* alice left the chat!"
    assert (run.status, run.complaints) == (0, [])


def test_a_flood_of_input_is_told_to_wait() -> None:
    run = Run()
    run.hear(event("nick", old=None, nick="alice", you=True))
    for number in range(100):
        run.talk.line(str(number))
    assert not run.input.reading
    for number in range(1, 20):
        run.hear(event("pong", token=f"taken-{number}"))
    assert run.input.reading


def test_no_more_is_read_while_much_waits_for_a_decision() -> None:
    run = Run()
    let_in(run)
    run.lines("/join #den", *(["more"] * MAX_WAITING))
    assert not run.input.reading
    run.hear(event("pong", token="taken-1"))
    assert not run.input.reading
    run.hear(event("pong", token="taken-2"))
    assert run.input.reading


def test_what_follows_a_quit_is_not_read() -> None:
    run = Run()
    let_in(run)
    for number in range(100):
        run.talk.line(str(number))
    run.talk.line("/quit")
    for number in range(1, 20):
        run.hear(event("pong", token=f"taken-{number}"))
    assert run.wrote()[-1] == "QUIT"
    assert not run.input.reading


def test_a_refused_line_is_named_and_makes_the_status_1() -> None:
    world = World()
    run = Run(world)
    run.lines("/priv nobody hi", "still here")
    run.end()
    assert run.status == 1
    assert len(run.complaints) == 1
    assert run.complaints[0].startswith("ERR 401 ")


def test_a_taken_nick_is_one_clear_line() -> None:
    world = World()
    world.enter("bob")
    run = Run(world, nick="Bob")
    run.settle()
    assert run.status == 1
    assert run.complaints == ["ERR 433 Bob is taken; try Bob_"]


def test_the_password_comes_before_the_nick() -> None:
    world = World(password="sesame")
    assert Run(world, password="sesame").talk._signed_in
    wrong = Run(world, nick="eve", password="guess")
    wrong.settle()
    assert wrong.status == 1
    assert len(wrong.complaints) == 1
    assert wrong.complaints[0].startswith("ERR 464 ")


def test_a_lost_connection_is_status_1_and_tells_what_may_be_lost() -> None:
    run = Run(World())
    run.settle()
    run.talk.line("one")
    run.talk.line("two")
    run.transport.lose()
    assert run.status == 1
    assert run.complaints == ["the connection was lost; the last lines may be lost"]


def test_what_is_no_chat_server_is_told_so() -> None:
    run = Run()
    run.hear(b"SSH-2.0-OpenSSH_9.2\x1b[31m")
    run.clock.advance(0)
    assert run.status == 1
    assert "no twisted-chat server" in run.complaints[0]
    assert "SSH-2.0" in run.complaints[0]
    assert "\x1b" not in run.complaints[0]


def test_a_refusal_before_json_is_understood() -> None:
    run = Run()
    run.hear(b"ERR 465 You are banned")
    run.clock.advance(0)
    assert (run.status, run.complaints) == (1, ["ERR 465 You are banned"])


def test_a_server_that_never_answers_is_given_up() -> None:
    run = Run()
    run.clock.advance(29)
    assert not run.complaints
    run.clock.advance(2)
    assert (run.status, run.complaints) == (1, ["the server does not answer"])


def test_a_server_that_does_not_close_is_left_anyway() -> None:
    run = Run()
    run.hear(event("nick", old=None, nick="alice", you=True))
    run.talk.end_of_input()
    run.hear(event("pong", token="taken-1"))
    assert run.wrote()[-1] == "QUIT"
    run.clock.advance(6)
    assert run.status == 0


def test_nothing_is_sent_after_quit() -> None:
    world = World()
    bob = world.enter("bob")
    run = Run(world)
    run.lines("hi", "/quit bye", "not this")
    run.end()
    assert bob.lines()[-1] == "* alice left the chat! (bye)"
    assert run.status == 0


def test_format_is_the_clients_own() -> None:
    run = Run(World())
    run.lines("/format text", "hi")
    assert len(run.complaints) == 1
    run.end()
    assert run.status == 1


def test_an_interrupt_says_goodbye_and_a_second_one_does_not_wait() -> None:
    run = Run()
    run.hear(event("nick", old=None, nick="alice", you=True))
    run.talk.interrupt(130)
    assert run.wrote()[-1] == "QUIT"
    assert run.status is None
    run.talk.interrupt(130)
    assert run.status == 130


def test_an_interrupt_before_the_first_answer_waits_no_longer_for_it() -> None:
    run = Run()
    run.talk.interrupt(130)
    run.hear(event("notice", text="The format is json"))
    run.clock.advance(6)
    assert (run.status, run.complaints) == (130, [])


@pytest.mark.parametrize(
    "junk", [b"", b"[]", b"{}", b"[" * 5000, b'{"event": 1}', b"\xff\xfe", b"null"]
)
def test_junk_from_the_server_is_passed_over(junk: bytes) -> None:
    run = Run()
    run.hear(event("nick", old=None, nick="alice", you=True), junk)
    run.hear(event("message", room="#lobby", nick="bob", text="hi", id=1))
    assert run.output[-1] == "bob: hi\n"


@pytest.mark.parametrize(
    ("line", "why"),
    [
        ("/login carol wrong-one", "ERR 464 carol is not registered"),
        ("/login", "ERR 461 "),
        ("/join #a?b", "ERR 479 "),
        ("/nick bob", "ERR 433 "),
    ],
)
def test_a_script_stops_after_a_refused_login_or_join(line: str, why: str) -> None:
    world = World()
    bob = world.enter("bob")
    run = Run(world)
    run.lines("before", "/priv nobody hi", line, "hello", "/me waves")
    run.end()
    assert run.status == 1
    nobody, refused = run.complaints
    assert nobody.startswith("ERR 401 ")
    assert refused.startswith(why)
    assert refused.endswith("; nothing that follows was sent")
    assert bob.lines() == [
        "* alice joined the chat!",
        "alice: before",
        "* alice left the chat!",
    ]


def test_a_script_waits_for_its_login_and_goes_on() -> None:
    world = World()
    bob, carol = world.enter("bob"), member(world, "carol")
    carol.send("QUIT")
    skip(bob)
    world.pool.busy = True
    run = Run(world)
    run.lines("one", f"/login carol {PASSWORD}", "two", "/join #lobby", "three")
    assert bob.lines() == ["* alice joined the chat!", "alice: one"]
    world.pool.work()
    run.end()
    assert bob.lines() == [
        "* alice is now known as carol",
        "carol: two",
        "carol: three",
        "* carol left the chat!",
    ]
    assert (run.status, run.complaints) == (0, [])


def test_a_script_stops_once_and_says_goodbye() -> None:
    run = Run()
    let_in(run)
    run.lines("/join #den", "/join #attic", "hello")
    run.hear(event("pong", token="taken-1"))
    run.hear(event("error", code=473, text="#den is locked"))
    run.lines("more")
    run.hear(event("error", code=404, text="no"), event("pong", token="taken-2"))
    run.hear(event("error", code=404, text="no"))
    assert run.complaints == [
        "ERR 473 #den is locked; nothing that follows was sent",
        *["ERR 404 no"] * 2,
    ]
    assert run.wrote()[2:] == ["PING taken-1", "JOIN #den", "PING taken-2", "QUIT"]
    assert run.status is None, "the server still says goodbye"
    run.transport.lose()
    assert run.status == 1
