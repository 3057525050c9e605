"""What was read and what was not, on two devices and after a reload; private tabs."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import expect

from .browser import People, Person
from .conftest import StartServer
from .support import Client, Server
from .test_page import WEB, url
from .test_page_messages import accessible, menu, row

PASSWORD = "correct-horse-battery"


@pytest.fixture
def chat(start_server: StartServer, tmp_path: Path) -> Server:
    server = start_server(*WEB, "--database", str(tmp_path / "chat.sqlite"))
    server.wait_open(2)
    return server


def registered(chat: Server, *nicks: str) -> list[Client]:
    """Netcats of these accounts, and the account alice."""
    found = []
    for nick in ("alice", *nicks):
        client = chat.enter(nick)
        client.send(f"REGISTER {PASSWORD}")
        client.expect("logged in")
        found.append(client)
    found[0].send("QUIT")
    found[0].rest()
    return found[1:]


def login(person: Person, nick: str) -> Person:
    """Come in to the account, also after a reload."""
    person.page.goto(person.url)
    person.page.fill("#enter-nick", nick)
    person.page.eval_on_selector("#enter-account", "node => node.open = true")
    person.submit("#enter-password", PASSWORD)
    expect(person.page.locator("#enter")).to_be_hidden()
    expect(person.page.locator("#me-state")).to_have_text("Logged in")
    return person


def badge(person: Person, tab: str) -> Any:
    return person.tab(tab).locator(".badge")


def open_tab(person: Person, name: str) -> None:
    person.tab(name).click()
    expect(person.page.locator("#title")).to_have_text(name)


def test_private_tabs_and_their_history_come_from_the_server(
    chat: Server, people: People
) -> None:
    bob, carol = registered(chat, "bob", "carol")
    alice = login(people(url(chat)), "alice")
    bob.send(*(f"PRIV alice number {number}." for number in range(150)))
    carol.send("PRIV alice,bob a tulip for all")
    alice.say("/msg bob hello\nworld")
    alice.hears("world")
    menu(alice, "hello", "Edit")
    alice.submit("#words", "good day\nworld")
    menu(alice, "number 149.", "thumbsup")
    expect(row(alice, "number 149.").locator(".chip")).to_have_text("👍 1")
    menu(alice, "number 149.", "Answer")
    alice.say("indeed")
    expect(row(alice, "indeed").locator(".answered")).to_contain_text("bob: number 149")
    bob.expect("good day")
    # Another device, which remembers nothing.
    other = login(people(url(chat)), "alice")
    open_tab(other, "bob, carol")
    other.hears("a tulip for all")
    other.page.get_by_role("list", name="Private").get_by_text(
        "bob", exact=True
    ).click()
    other.hears("indeed")
    expect(row(other, "good day")).to_contain_text("(edited)")
    expect(row(other, "number 149.").locator(".chip")).to_have_text("👍 1")
    for _ in range(6):
        other.page.eval_on_selector("#log", "log => log.scrollTop = 0")
        other.page.wait_for_timeout(300)
    other.hears("number 0.")
    texts = [text for text in other.texts() if text.startswith("number")]
    assert texts == [f"number {number}." for number in range(150)]
    other.page.keyboard.press("Control+k")
    other.submit("#search-words", "tulip")
    other.page.locator("#search-results button").click()
    expect(other.page.locator("#title")).to_have_text("bob, carol")
    other.page.locator("#rows .row", has_text="tulip").wait_for()
    # A tab that was closed comes back with a new message only.
    other.say("/leave")
    expect(other.tab("carol")).to_have_count(0)
    login(other, "alice")
    expect(other.page.get_by_role("list", name="Private").locator("li")).to_have_count(
        1
    )
    carol.send("PRIV alice,bob again")
    expect(badge(other, "carol")).to_have_text("1")


def test_counts_are_the_same_on_two_devices(chat: Server, people: People) -> None:
    [bob] = registered(chat, "bob")
    alice = login(people(url(chat)), "alice")
    alice.say("/join #dev")
    expect(alice.page.locator("#title")).to_have_text("#dev")
    other = login(people(url(chat)), "alice")
    expect(other.tab("#dev")).to_be_visible()
    for person in (alice, other):
        open_tab(person, "#lobby")
    # The account's nick calls one, too.
    alice.say("/nick wonder")
    bob.expect("alice is now known as wonder")
    bob.send("JOIN #dev", "MSG one", "MSG two for @alice", "PRIV wonder psst")
    for person in (alice, other):
        expect(badge(person, "#dev")).to_have_text("2")
        expect(badge(person, "bob")).to_have_text("1")
        expect(person.tab("#dev").locator(".badge.mention")).to_be_visible()
    open_tab(alice, "#dev")
    expect(row(alice, "two for").locator(".you")).to_have_text(["alice"])
    expect(badge(other, "#dev")).to_be_hidden()
    expect(badge(other, "bob")).to_have_text("1")
    open_tab(other, "bob")
    expect(badge(alice, "bob")).to_be_hidden()


def test_where_unread_begins_after_a_reload(chat: Server, people: People) -> None:
    [bob] = registered(chat, "bob")
    alice = login(people(url(chat)), "alice")
    alice.say("/join #dev")
    expect(alice.page.locator("#title")).to_have_text("#dev")
    bob.send("JOIN #dev", *(f"MSG old {number}." for number in range(30)))
    alice.hears("old 29.")
    open_tab(alice, "#lobby")
    alice.page.wait_for_timeout(1000)
    alice.page.goto("about:blank")
    bob.expect("alice left")
    bob.send(*(f"MSG new {number}." for number in range(300)), "MSG @alice!")
    bob.sync()
    login(alice, "alice")
    expect(badge(alice, "#dev")).to_have_text("99+")
    expect(alice.tab("#dev").locator(".badge.mention")).to_be_visible()
    open_tab(alice, "#dev")
    alice.hears("@alice!")
    jump = alice.page.locator("#to-fresh")
    expect(jump).to_have_text("↑ 301 new messages")
    accessible(alice)
    jump.click()
    line = alice.page.locator("#rows .fresh")
    expect(line).to_be_in_viewport()
    expect(jump).to_be_hidden()
    after = alice.script(
        "document.querySelector('#rows .fresh').nextSibling.textContent"
    )
    assert "new 0." in after
    alice.page.locator("#to-end").click()
    expect(badge(alice, "#dev")).to_be_hidden()
