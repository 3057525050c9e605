"""What is written to few on the page reaches them, and nobody else."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from .browser import People, Person
from .conftest import StartServer
from .support import Client, Server
from .test_page import WEB, url


@pytest.fixture
def chat(start_server: StartServer) -> Server:
    server = start_server(*WEB)
    server.wait_open(2)
    return server


def heard(client: Client, person: Person) -> list[str]:
    """What `client` was sent, up to something that `person` says in the lobby."""
    person.say("/msg #lobby so far")
    return client.lines_until("so far")


def title(person: Person, text: str) -> None:
    expect(person.page.locator("#title")).to_have_text(text)


def test_an_action_in_private_stays_there(chat: Server, people: People) -> None:
    bob, carol = chat.enter("bob"), chat.enter("carol")
    alice = people(url(chat)).enter("alice")
    alice.say("/msg bob hello", "/me winks")
    assert bob.expect("winks").startswith("PRIV * alice")
    expect(alice.page.locator("#rows .row.action")).to_contain_text("winks")
    title(alice, "bob")
    assert not [line for line in heard(carol, alice) if "winks" in line]
    bob.send("PRIV alice ok")
    alice.hears("ok")


def test_what_begins_with_a_nick_is_for_them(chat: Server, people: People) -> None:
    bob, carol, dave = chat.enter("bob"), chat.enter("carol"), chat.enter("dave")
    alice = people(url(chat)).enter("alice")
    alice.say("@bob one")
    assert bob.expect("one").startswith("PRIV alice")
    title(alice, "bob")
    alice.say("@bob @carol: two")
    assert carol.expect("two").startswith("PRIV alice > bob,carol")
    alice.say("@nobody three", "/msg #lobby @ four", "/msg #lobby and @bob five")
    rest = dave.lines_until("five")
    assert not [line for line in rest if "one" in line or "two" in line]
    assert not [line for line in rest if "three" in line]
    assert any("@ four" in line for line in rest)


# Command -> what it does in the private tab with bob: the rooms' commands are refused
# there, the others do what they always do, or something for this conversation.
REFUSED = [
    "/topic cats",
    "/history",
    "/kick bob",
    "/ban bob",
    "/mute bob 1h",
    "/unmute bob",
    "/unban bob",
    "/bans",
    "/room lock",
    "/owner bob",
    "/voice bob",
    "/invite carol",
    "/slap bob",
    "/echo off",
    "/format text",
    "/replay off",
    "/pass word",
    "/ping x",
    "/msg #nowhere hello",
    "/msg",
    "/msg b*b hello",
    "/!?",
]
TOLD = {
    "/who": "alice, bob: nobody else reads this",
    "/whois": "bob: active now",
    "/whois nobody": "Nobody",
    "/ignore": "You ignore nobody",
    "/ignore carol": "You ignore carol now",
    "/unignore carol": "You hear carol again",
    "/away lunch": "You are away: lunch",
    "/back": "You are back",
    "/help nick": "NICK name",
    "/register x": "password",
    "/passwd x y": "LOGIN",
    "/login x": "not registered",
    "/unregister x": "LOGIN",
    "/cert": "LOGIN",
    "/key": "not logged in",
    "/token": "not logged in",
    "/announce all": "operators",
    "/topic #lobby tulips": "",
    "/kick #lobby bob": "operators",
}


def test_every_command_acts_in_a_private_tab_or_is_refused_there(
    chat: Server, people: People
) -> None:
    bob, carol = chat.enter("bob"), chat.enter("carol")
    alice = people(url(chat)).enter("alice")
    alice.say("/msg bob hello")
    bob.expect("alice: hello")
    errors = alice.page.locator("#rows .note.error")
    for count, line in enumerate(REFUSED, 1):
        alice.say(line)
        expect(errors).to_have_count(count)
        title(alice, "bob")
    for line, told in TOLD.items():
        alice.say(line)
        title(alice, "bob")
        if told:
            alice.notes(told)
    alice.say("/reply to you")
    bob.expect("PRIV alice: to you")
    said = [line for line in heard(carol, alice) if line.startswith("alice")]
    assert said == []
    alice.say("/leave")
    title(alice, "#lobby")
    expect(alice.tab("bob")).to_have_count(0)


def test_a_message_to_several_is_answered_to_all(chat: Server, people: People) -> None:
    zed = people(url(chat)).enter("zed")
    alice, yb = chat.enter("alice"), chat.enter("yb")
    alice.send("PRIV zed just you", "PRIV zed,yb the two of you")
    zed.tab("alice, yb").click()
    zed.hears("the two of you")
    assert zed.texts() == ["the two of you"]
    zed.say("both hear me", "/me nods")
    for client in (alice, yb):
        assert "both hear me" in client.expect("PRIV zed")
        client.expect("nods")
    expect(zed.page.locator("#log-top")).to_contain_text("alice, yb alone")
    zed.page.get_by_role("list", name="Private").get_by_text(
        "alice", exact=True
    ).click()
    zed.hears("just you")
    assert zed.texts() == ["just you"]
    yb.send("NICK why")
    expect(zed.tab("alice, why")).to_be_visible()
    zed.say("/msg why,alice again")
    title(zed, "alice, why")
    zed.hears("again")
    alice.send("QUIT")
    zed.notes("alice left the chat")
    zed.say("who is there?")
    zed.hears("who is there?")
    zed.notes("alice")
    expect(
        zed.page.locator("#rows .row").filter(has_text="to why only")
    ).to_be_visible()


def test_msg_writes_in_private_or_is_refused(chat: Server, people: People) -> None:
    carol = chat.enter("carol")
    alice = people(url(chat)).enter("alice")
    alice.say("/msg bob secret")
    title(alice, "bob")
    failed = alice.page.locator(".row.failed")
    expect(failed).to_contain_text("secret")
    expect(failed).to_contain_text("bob")
    bob = chat.enter("bob")
    failed.get_by_text("Try again").click()
    assert bob.expect("secret") == "PRIV alice: secret"
    alice.say("/msg #lobby aloud")
    assert "secret" not in "".join(carol.lines_until("alice: aloud"))
    title(alice, "bob")
    alice.say("/msg Carol: you too")
    assert carol.expect("you too") == "PRIV alice: you too"
