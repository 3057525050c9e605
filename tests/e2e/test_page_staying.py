"""Staying logged in, and leaving nothing behind."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from playwright.sync_api import expect

from .browser import People, Person
from .certificate import self_signed
from .conftest import StartServer
from .support import Client, Server, wait_for
from .test_page import url
from .test_page_messages import accessible
from .test_page_reading import PASSWORD, chat, open_tab, registered

__all__ = ["chat"]

KEEP_SOCKET = """
  const Plain = WebSocket;
  window.WebSocket = class extends Plain {
    constructor(url) {
      super(url);
      window.socket = this;
    }
  };
"""
MEMORY = "JSON.parse(localStorage.getItem('twisted-chat'))"


def tick(person: Person, box: str) -> None:
    person.page.get_by_label("Stay logged in on this device").and_(
        person.page.locator(box)
    ).check()


def log_in(person: Person, nick: str = "alice", stay: bool = True) -> Person:
    """By the first dialog."""
    page = person.page
    page.goto(person.url)
    page.fill("#enter-nick", nick)
    page.eval_on_selector("#enter-account", "node => node.open = true")
    if stay:
        tick(person, "#enter-stay")
    person.submit("#enter-password", PASSWORD)
    inside(person)
    if stay:
        stays(person)
    return person


def inside(person: Person) -> None:
    expect(person.page.locator("#enter")).to_be_hidden()
    expect(person.page.locator("#me-state")).to_have_text("Logged in")


def stays(person: Person) -> None:
    """Wait until the browser has its cookie."""
    remembers(person, "stays", True)


def remembers(person: Person, name: str, what: bool) -> None:
    """Wait until the page has that in what it remembers."""
    # Not by wait_for_function: the page's policy lets nobody evaluate strings.
    check = f"Boolean({MEMORY}.{name}) === {json.dumps(what)}"
    wait_for(lambda: person.script(check), f"{name}: {what}")


def both_widths(person: Person) -> None:
    """What is shown is accessible, and no wider than a phone."""
    accessible(person)
    size = person.page.viewport_size
    assert size is not None
    person.page.set_viewport_size({"width": 360, "height": 640})
    accessible(person)
    assert person.script("document.documentElement.scrollWidth") == 360
    person.page.set_viewport_size(size)


def cookies(person: Person) -> list[Any]:
    return list(person.page.context.cookies())


def stored(person: Person) -> str:
    """All that the page has put into the browser."""
    kept: str = person.script(
        "JSON.stringify([{...localStorage}, {...sessionStorage}, document.cookie])"
    )
    return kept


def register(person: Person) -> None:
    """By the dialog about oneself, to stay logged in."""
    person.page.click("#me-button")
    expect(person.page.locator("#settings-stays")).to_be_hidden()
    person.page.click("#settings-register summary")
    tick(person, "#settings-stay")
    person.submit("#settings-password", PASSWORD)
    inside(person)
    stays(person)


def tell(bob: Client, alice: Person) -> None:
    """Let alice's page show a private word."""
    bob.send("PRIV alice the tulips are red")
    open_tab(alice, "bob")
    alice.hears("the tulips")


def log_out(person: Person) -> None:
    person.page.click("#me-button")
    person.page.get_by_role("button", name="Log out").click()
    expect(person.page.locator("#enter")).to_be_visible()


def test_a_browser_stays_logged_in_until_one_logs_out(
    chat: Server, people: People
) -> None:
    [bob] = registered(chat, "bob")
    alice = log_in(people(url(chat)))
    tell(bob, alice)
    # No script has the secret, and it outlives the browser.
    [cookie] = cookies(alice)
    assert cookie["httpOnly"]
    assert cookie["sameSite"] == "Strict"
    assert cookie["expires"] > 0
    assert cookie["value"] not in stored(alice)
    alice.page.reload()
    inside(alice)
    again = people(url(chat), storage_state=alice.page.context.storage_state())
    again.page.goto(again.url)
    inside(again)
    open_tab(again, "bob")
    again.hears("the tulips")
    again.page.fill("#words", "and the roses")
    second = Person(again.page.context.new_page(), again.url)
    second.page.goto(second.url)
    inside(second)
    open_tab(second, "bob")
    second.page.fill("#words", "and the lilies")
    # In all its tabs it forgets all of it.
    log_out(again)
    expect(second.page.locator("#enter")).to_be_visible()
    expect(second.page.locator("#enter-error")).to_contain_text("another tab")
    for tab in (again, second):
        assert cookies(tab) == []
        kept = stored(tab) + tab.page.content()
        for word in ("tulips", "roses", "lilies", "bob", "alice'"):
            assert word not in kept, word
    again.page.reload()
    expect(again.page.locator("#enter")).to_be_visible()
    again.page.go_back()
    again.page.goto(again.url)
    expect(again.page.locator("#enter")).to_be_visible()
    second.page.close()
    # Nor does the secret open anything that somebody has copied.
    inside(alice)
    alice.page.reload()
    expect(alice.page.locator("#enter-error")).to_contain_text("not logged in here")
    both_widths(alice)


def test_ended_from_elsewhere_the_page_shows_nothing_more(
    chat: Server, people: People
) -> None:
    [bob] = registered(chat, "bob")
    alice = people(url(chat))
    alice.page.add_init_script(KEEP_SOCKET)
    log_in(alice)
    tell(bob, alice)
    other = chat.connect()
    other.send(f"LOGIN alice {PASSWORD}", "TOKEN remove all")
    other.expect("No browser stays logged in")
    inside(alice)
    alice.script("window.socket.close()")
    expect(alice.page.locator("#enter-error")).to_contain_text("not logged in here")
    assert "tulips" not in alice.page.content() + stored(alice)


def test_nobody_sees_what_another_account_saw(chat: Server, people: People) -> None:
    """A browser stays logged in to one; tabs of another don't become that one's."""
    [bob] = registered(chat, "bob")
    dave = chat.enter("dave")
    dave.send(f"REGISTER {PASSWORD}", "QUIT")
    dave.rest()
    alice = people(url(chat))
    alice.page.add_init_script(KEEP_SOCKET)
    log_in(alice)
    tell(bob, alice)
    second = Person(alice.page.context.new_page(), alice.url)
    second.page.goto(second.url)
    inside(second)
    second.page.click("#me-button")
    second.page.get_by_role("button", name="Log out").click()
    expect(second.page.locator("#enter")).to_be_visible()
    expect(alice.page.locator("#enter")).to_be_visible()
    log_in(alice)
    open_tab(alice, "bob")
    alice.hears("the tulips")
    # Another account's cookie comes in place of hers.
    other = log_in(people(url(chat)), "dave")
    alice.page.context.clear_cookies()
    alice.page.context.add_cookies(cookies(other))
    alice.script("window.socket.close()")
    expect(alice.page.locator("#enter-error")).to_contain_text("not logged in here")
    assert "tulips" not in alice.page.content() + stored(alice)
    # And where the dialog is in front of what she saw.
    log_in(alice, stay=False)
    open_tab(alice, "bob")
    alice.hears("the tulips")
    bob.send("QUIT")
    root = chat.connect()
    root.send(f"LOGIN alice {PASSWORD}", f"PASSWD {PASSWORD} another-secret")
    root.expect("Your password is changed")
    alice.script("window.socket.close()")
    expect(alice.page.locator("#enter-error")).to_contain_text("Wrong password")
    alice.page.fill("#enter-password", "")
    alice.submit("#enter-nick", "mallory")
    expect(alice.page.locator("#me-nick")).to_have_text("mallory")
    assert "tulips" not in alice.page.content() + stored(alice)
    expect(alice.page.locator("#privates li")).to_have_count(0)


def test_who_registers_or_is_logged_in_can_choose_it(
    chat: Server, people: People
) -> None:
    alice = people(url(chat)).enter("alice")
    page = alice.page
    register(alice)
    page.reload()
    inside(alice)
    page.click("#me-button")
    expect(page.locator("#settings-stay")).to_be_checked()
    both_widths(alice)
    page.uncheck("#settings-stay")
    page.get_by_role("button", name="Save").click()
    remembers(alice, "stays", False)
    remembers(alice, "ending", False)
    assert cookies(alice) == []
    inside(alice)
    page.reload()
    expect(page.locator("#enter")).to_be_visible()


def test_over_tls_the_cookie_is_for_tls_alone(
    start_server: StartServer, people: People, tmp_path: Path
) -> None:
    pem = self_signed(tmp_path, "localhost")
    web = f"ssl:0:privateKey={pem}:certKey={pem}:interface=127.0.0.1"
    server = start_server("--web", web, "--flood", "off")
    server.wait_open(2)
    registered(server)
    where = url(server).replace("http:", "https:")
    alice = log_in(people(where, ignore_https_errors=True))
    [cookie] = cookies(alice)
    assert cookie["name"] == f"__Host-chat-login-{server.ports[1]}"
    assert cookie["secure"]
    alice.page.reload()
    inside(alice)
    log_out(alice)
    assert cookies(alice) == []


def test_logging_out_without_a_connection_is_made_good(
    chat: Server, people: People
) -> None:
    registered(chat)
    alice = log_in(people(url(chat)))
    copy = people(url(chat), storage_state=alice.page.context.storage_state())
    alice.page.route("**/login", lambda route: route.abort())
    log_out(alice)
    assert len(cookies(alice)) == 1
    alice.page.unroute("**/login")
    alice.page.reload()
    expect(alice.page.locator("#enter")).to_be_visible()
    remembers(alice, "ending", False)
    assert cookies(alice) == []
    copy.page.goto(copy.url)
    expect(copy.page.locator("#enter-error")).to_contain_text("not logged in here")
    alice.complaints.clear()
