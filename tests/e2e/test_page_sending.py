"""The page under way: refusals, pastes, drafts, rooms that one is thrown out of."""

from __future__ import annotations

import pytest
from playwright.sync_api import Dialog, expect

from .browser import People, Person
from .conftest import StartServer
from .support import Client, Server
from .test_page import WEB, url
from .test_page_messages import menu


@pytest.fixture
def chat(start_server: StartServer) -> Server:
    server = start_server(*WEB)
    server.wait_open(2)
    return server


def title(person: Person, text: str) -> None:
    expect(person.page.locator("#title")).to_have_text(text)


def count(person: Person, number: int) -> None:
    head = person.page.locator("#people-head")
    expect(head).to_have_text(f"People · {number}")


def leave(*clients: Client) -> None:
    for client in clients:
        client.send("QUIT")


def owner_of(chat: Server, room: str) -> Client:
    owner = chat.enter("owner")
    owner.send("REGISTER correct-horse-battery")
    owner.expect("logged in")
    owner.send(f"JOIN {room}")
    owner.expect(f"joined {room}")
    return owner


# Who is there


def test_the_count_is_right_after_a_crowd(chat: Server, people: People) -> None:
    """Only ten of those who come or leave in a second are named."""
    for number in range(110):
        chat.enter(f"early{number}")
    alice = people(url(chat)).enter("alice")
    count(alice, 111)
    late = [chat.enter(f"late{number}") for number in range(130)]
    count(alice, 241)
    leave(*late)
    count(alice, 111)


def test_the_count_is_right_when_those_leave_who_were_not_listed(
    chat: Server, people: People
) -> None:
    early = [chat.enter(f"early{number}") for number in range(40)]
    alice = people(url(chat)).enter("alice")
    count(alice, 41)
    leave(*early[1:])
    count(alice, 2)
    nicks = alice.page.locator("#people-list .nick")
    expect(nicks).to_have_text(["alice", "early0"])


# Refusals


def test_a_refusal_stands_at_its_message(chat: Server, people: People) -> None:
    alice = people(url(chat)).enter("alice")
    carol = chat.enter("carol")
    # Both are under way when the first is refused.
    alice.script(
        """() => {
          for (const line of ['/msg nobody one', '/msg carol two']) {
            document.getElementById('words').value = line;
            document.getElementById('composer').requestSubmit();
          }
        }"""
    )
    carol.expect("two")
    alice.tab("#lobby").click()
    long = "x" * 4001
    alice.say(long, "three")
    carol.expect("three")
    failed = alice.page.locator(".row.failed")
    expect(failed).to_have_count(1)
    expect(failed).to_contain_text("Too long")
    alice.tab("carol").click()
    alice.hears("two")
    expect(failed).to_have_count(0)
    alice.tab("nobody").click()
    expect(failed).to_have_count(1)
    expect(failed).to_contain_text("one")
    alice.tab("#lobby").click()
    expect(failed).to_contain_text("Too long")
    alice.say("/join #garden")
    title(alice, "#garden")
    alice.say("/kick carol")
    alice.page.locator(".conversation", has_text="#lobby").click()
    expect(alice.page.locator("#rows .note.error")).to_have_count(0)
    alice.tab("#garden").click()
    expect(alice.page.locator("#rows .note.error")).to_have_count(1)


def test_more_than_a_frame_is_refused_and_sent_never(
    chat: Server, people: People
) -> None:
    alice = people(url(chat)).enter("alice")
    alice.say("x" * 5000, "short")
    alice.hears("short")
    expect(alice.page.locator(".row.failed")).to_contain_text("Too long")
    expect(alice.page.locator("#banner")).to_be_hidden()


def test_a_bad_name_is_refused_in_the_dialog(chat: Server, people: People) -> None:
    owner = owner_of(chat, "#mine")
    owner.send("ROOM lock")
    owner.expect("locked")
    alice = people(url(chat)).enter("alice")
    alice.page.click("#join-button")
    error = alice.page.locator("#join-error")
    alice.submit("#join-name", "my room!")
    expect(error).to_contain_text("can't be a room")
    alice.submit("#join-name", "mine")
    expect(error).to_contain_text("locked")
    alice.submit("#join-name", "garden")
    title(alice, "#garden")
    expect(alice.page.locator("#join")).to_be_hidden()
    expect(alice.page.locator("#rooms .name")).to_have_text(["#lobby", "#garden"])


def test_after_a_kick_it_says_so_and_how_to_return(
    chat: Server, people: People
) -> None:
    owner = owner_of(chat, "#dev")
    alice = people(url(chat)).enter("alice")
    alice.say("/join #dev")
    title(alice, "#dev")
    owner.expect("alice joined #dev")
    owner.send("KICK #dev alice be kind")
    status = alice.page.locator("#status")
    expect(status).to_contain_text("You were removed from #dev by owner: be kind")
    alice.say("hello?")
    failed = alice.page.locator(".row.failed")
    expect(failed).to_contain_text("You were removed from #dev")
    expect(alice.page.locator(".pending")).to_have_count(0)
    alice.say("/topic mine")
    alice.notes("You were removed from #dev by owner")
    status.get_by_text("Enter again").click()
    expect(status).to_be_hidden()
    failed.get_by_text("Try again").click()
    owner.expect("alice: hello?")
    owner.send("BAN #dev alice", "MSG bye")
    expect(status).to_contain_text("You were removed")
    status.get_by_text("Enter again").click()
    expect(status).to_contain_text("banned")
    status.get_by_text("Close").click()
    title(alice, "#lobby")


# Drafts, and lines that wait


def test_drafts_outlive_a_reload(chat: Server, people: People) -> None:
    """With what they answer, of which the browser keeps the number only."""
    bob = chat.enter("bob")
    alice = people(url(chat)).enter("alice")
    words, about = alice.page.locator("#words"), alice.page.locator("#about")
    alice.say("/join #garden")
    title(alice, "#garden")
    bob.send("JOIN #garden", "MSG are they red?", "MSG or not")
    menu(alice, "are they red?", "Answer")
    words.fill("about roses")
    alice.tab("#lobby").click()
    alice.say("/msg bob")
    title(alice, "bob")
    words.fill("between us")
    alice.tab("#lobby").click()
    words.fill("/login secret-word")
    alice.page.reload()
    expect(alice.page.locator("#me-nick")).to_have_text("alice")
    alice.tab("bob").click()
    expect(words).to_have_value("between us")
    alice.tab("#garden").click()
    expect(words).to_have_value("about roses")
    expect(about).to_contain_text("Answering bob: are they red?")
    alice.tab("#lobby").click()
    expect(words).to_have_value("")
    expect(about).to_be_hidden()
    kept = alice.script("JSON.stringify(sessionStorage)")
    assert "secret-word" not in kept
    assert "red" not in kept
    alice.tab("#garden").click()
    words.press("Enter")
    alice.hears("about roses")
    assert "to bob: are they" in bob.expect("about roses")
    menu(alice, "or not", "Answer")
    about.get_by_role("button").click()
    alice.page.reload()
    title(alice, "#garden")
    expect(words).to_have_value("")
    expect(about).to_be_hidden()


def test_it_asks_before_unsent_lines_are_lost(
    start_server: StartServer, people: People
) -> None:
    server = start_server("--web", "tcp:0:interface=127.0.0.1", "--flood", "1:0.1")
    server.wait_open(2)
    alice = people(url(server)).enter("alice")
    asked: list[str] = []

    def stay(dialog: Dialog) -> None:
        asked.append(dialog.type)
        dialog.dismiss()

    alice.page.on("dialog", stay)
    alice.say("one", "two", "three", "four")
    status = alice.page.locator("#status")
    expect(status).to_contain_text("of 4 messages are said")
    with alice.page.expect_event("dialog"):
        alice.script("setTimeout(() => location.reload())")
    expect(status).to_contain_text("messages")
    alice.say("/quit")
    assert asked == ["beforeunload", "confirm"]
    status.get_by_text("Don't send the rest").click()
    expect(status).to_be_hidden()


def test_what_waits_holds_nothing_up(start_server: StartServer, people: People) -> None:
    """At the server's own pace; what is no speech goes first, and it can be stopped."""
    server = start_server("--web", "tcp:0:interface=127.0.0.1")
    server.wait_open(2)
    carol = server.enter("carol")
    alice = people(url(server)).enter("alice")
    alice.script(
        """() => {
          for (let number = 0; number < 60; number += 1) {
            document.getElementById('words').value = `line ${number}`;
            document.getElementById('composer').requestSubmit();
          }
        }"""
    )
    status = alice.page.locator("#status")
    expect(status).to_contain_text("of 60 messages are said")
    carol.expect("alice: line 4")
    alice.say("/join #garden")
    title(alice, "#garden")
    alice.say("in the garden")
    alice.hears("in the garden")
    alice.tab("#lobby").click()
    expect(status).to_contain_text("of 60 messages are said")
    status.get_by_text("Don't send the rest").click()
    expect(status).to_be_hidden()
    expect(alice.page.locator(".pending")).to_have_count(0)
    alice.say("the end")
    said = [line for line in carol.lines_until("the end") if "alice: line" in line]
    assert said == [f"alice: line {number}" for number in range(5, 5 + len(said))]
    assert len(said) < 40


def test_a_server_with_a_password(start_server: StartServer, people: People) -> None:
    """It is asked for by the notice's code, whatever the words of the refusal."""
    server = start_server("--web", "tcp:0:interface=127.0.0.1", "--password", "tea")
    server.wait_open(2)
    alice = people(url(server))
    alice.page.goto(alice.url)
    alice.submit("#enter-nick", "alice")
    expect(alice.page.locator("#enter-error")).to_contain_text("password")
    expect(alice.page.locator("#enter-door-password")).to_be_focused()
    alice.submit("#enter-door-password", "coffee")
    expect(alice.page.locator("#enter-error")).to_contain_text("Wrong password")
    alice.submit("#enter-door-password", "tea")
    expect(alice.page.locator("#me-nick")).to_have_text("alice")


def test_unsent_messages_outlive_a_reload(chat: Server, people: People) -> None:
    """In their conversations, and until one leaves the chat."""
    carol, bob = chat.enter("carol"), chat.enter("bob")
    alice = people(url(chat)).enter("alice")
    alice.page.on("dialog", lambda dialog: dialog.accept())
    alice.script("() => { WebSocket.prototype.send = () => {}; }")
    alice.say("one", "two", "three", "four\nfive", "/msg bob between us")
    expect(alice.page.locator(".pending")).to_have_count(1)
    alice.page.reload()
    carol.expect("alice: three")
    assert carol.line() == "alice: four"
    assert carol.line() == "alice: five"
    bob.expect("PRIV alice: between us")
    failed = alice.page.locator(".row.failed")
    expect(failed).to_have_count(2)
    expect(failed.first).to_contain_text("not certain that this arrived")
    failed.first.get_by_text("Try again").click()
    carol.expect("alice: one")
    expect(failed).to_have_count(1)
    alice.page.reload()
    expect(failed).to_contain_text("two")
    assert "two" in alice.script("JSON.stringify(sessionStorage)")
    alice.say("/quit")
    expect(alice.page.locator("#enter")).to_be_visible()
    assert "two" not in alice.script("JSON.stringify(sessionStorage)")
