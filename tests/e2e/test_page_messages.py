"""Messages on the page: several lines, answers, edits, deletions, reactions."""

from __future__ import annotations

import re
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect

from .browser import People, Person
from .conftest import StartServer
from .support import Client, Server
from .test_page import HOSTILE, WEB, url

PHONE: dict[str, Any] = {
    "viewport": {"width": 360, "height": 640},
    "has_touch": True,
    "is_mobile": True,
}
CODE = "see\n```py\ndef f(x):\n    if x:\n\n        return <b>x</b>\n```\nand `that`"


@pytest.fixture
def chat(start_server: StartServer) -> Server:
    server = start_server(*WEB)
    server.wait_open(2)
    return server


def row(person: Person, text: str) -> Any:
    words = person.page.locator(".text", has_text=text)
    return person.page.locator("#rows .row:not(.pending)").filter(has=words).last


def menu(person: Person, text: str, entry: str = "") -> None:
    """Open the menu of a message with the mouse, and choose what it says."""
    one = row(person, text)
    one.hover()
    one.locator(".dots").click()
    expect(person.page.locator("#message-menu")).to_be_visible()
    if entry:
        button = person.page.locator("#message-menu").get_by_role("button", name=entry)
        button.click()


def accessible(person: Person) -> None:
    found = Axe().run(person.page).response["violations"]
    assert [(one["id"], [node["html"] for node in one["nodes"]]) for one in found] == []


def owner(chat: Server, room: str) -> Client:
    client = chat.enter("owner")
    client.send("REGISTER correct-horse-battery", f"JOIN {room}")
    client.expect(f"joined {room}")
    return client


def test_several_lines_are_one_message(chat: Server, people: People) -> None:
    bob, carol = people(url(chat)).enter("bob"), chat.enter("carol")
    alice = people(url(chat)).enter("alice")
    words = alice.page.locator("#words")
    words.press_sequentially("one")
    words.press("Shift+Enter")
    words.press_sequentially("  two")
    words.press("Enter")
    assert carol.expect("two") == "alice:   two"
    bob.hears("one\n  two")
    alice.say(CODE)
    block = row(bob, "def f(x)").locator("pre")
    expect(block).to_have_text("def f(x):\n    if x:\n\n        return <b>x</b>")
    expect(row(bob, "def f(x)").locator("code")).to_have_count(2)
    assert alice.texts()[0] == "one\n  two"
    assert len(alice.texts()) == 2


def test_who_writes_too_much_is_warned(chat: Server, people: People) -> None:
    alice = people(url(chat)).enter("alice")
    carol = chat.enter("carol")
    limit, words = alice.page.locator("#limit"), alice.page.locator("#words")
    words.fill("x" * 3599)
    expect(limit).to_have_text("")
    words.fill("x" * 3600)
    expect(limit).to_have_text("3600 of 4000 characters")
    words.fill("x" * 4001)
    expect(limit).to_contain_text("4001 characters is too long")
    words.fill("\n".join("abcdefghij"[:9] for _ in range(40)))
    expect(limit).to_have_text("40 of 40 lines")
    accessible(alice)
    alice.say("\n".join(f"line {number}." for number in range(90)))
    expect(limit).to_have_text("")
    carol.expect("line 89.")
    alice.hears("line 89.")
    assert [len(text.split("\n")) for text in alice.texts()] == [40, 40, 10]


def test_answer_and_jump(chat: Server, people: People) -> None:
    bob, carol = people(url(chat)).enter("bob"), chat.enter("carol")
    alice = people(url(chat)).enter("alice")
    carol.send("MSG is anybody <b>here</b>?", *(f"MSG filler {n}" for n in range(60)))
    alice.hears("filler 59")
    alice.page.locator("#rows .row", has_text="anybody").scroll_into_view_if_needed()
    menu(alice, "anybody", "Answer")
    expect(alice.page.locator("#about")).to_contain_text("Answering carol: is anybody")
    alice.say("yes")
    expect(alice.page.locator("#about")).to_be_hidden()
    assert "to carol: is any" in carol.expect("yes")
    quote = row(bob, "yes").locator(".answered")
    expect(quote).to_contain_text("carol: is anybody <b>here</b>?")
    quote.click()
    expect(bob.page.locator("#rows .row.found")).to_contain_text("anybody")
    expect(bob.page.locator("#rows .row.found")).to_be_in_viewport()
    alice.say("no answer")
    row(alice, "no answer")
    expect(row(alice, "no answer").locator(".answered")).to_have_count(0)


def test_edit_and_delete(chat: Server, people: People) -> None:
    bob, carol = people(url(chat)).enter("bob"), chat.enter("carol")
    alice = people(url(chat)).enter("alice")
    words = alice.page.locator("#words")
    alice.say("helo", "oops")
    alice.hears("oops")
    words.fill("a draft")
    menu(alice, "helo", "Edit")
    expect(words).to_have_value("helo")
    words.press("Escape")
    expect(words).to_have_value("a draft")
    menu(alice, "helo", "Edit")
    alice.submit("#words", "hello\nworld")
    expect(words).to_have_value("a draft")
    for person in (alice, bob):
        expect(row(person, "hello")).to_contain_text("(edited)")
        expect(row(person, "hello").locator(".text")).to_have_text("hello\nworld")
    carol.expect("changed")
    menu(alice, "oops", "Delete")
    expect(row(bob, "oops")).to_be_visible()
    alice.page.locator("#menu-delete").click()
    for person in (alice, bob):
        expect(person.page.locator("#rows .gone")).to_have_text(
            "This message was deleted"
        )
        assert person.texts() == ["hello\nworld"]
    bob.page.reload()
    expect(bob.page.locator("#rows .gone")).to_be_visible()
    expect(row(bob, "hello")).to_contain_text("(edited)")
    menu(bob, "hello")
    expect(bob.page.locator("#menu-edit")).to_be_hidden()
    expect(bob.page.locator("#menu-delete")).to_be_hidden()


def test_a_refused_edit_is_not_lost(chat: Server, people: People) -> None:
    mod = owner(chat, "#dev")
    alice = people(url(chat)).enter("alice")
    alice.say("/join #dev")
    mod.expect("alice joined")
    alice.say("helo")
    alice.hears("helo")
    mod.send("MUTE #dev alice")
    alice.notes("You are muted")
    menu(alice, "helo", "Edit")
    alice.submit("#words", "hello")
    expect(alice.page.locator("#about")).to_contain_text("Editing")
    expect(alice.page.locator("#words")).to_have_value("hello")
    assert alice.texts() == ["helo"]


def test_owners_delete_what_others_said(chat: Server, people: People) -> None:
    alice = people(url(chat)).enter("alice")
    bob = chat.enter("bob")
    alice.say("/register correct-horse-battery", "/join #dev")
    expect(alice.page.locator("#title")).to_have_text("#dev")
    bob.send("JOIN #dev", "MSG buy this")
    alice.hears("buy this")
    menu(alice, "buy this", "Delete")
    alice.page.locator("#menu-delete").click()
    expect(alice.page.locator("#rows .gone")).to_contain_text("by alice")


def test_reactions(chat: Server, people: People) -> None:
    bob, carol = people(url(chat)).enter("bob"), chat.enter("carol")
    alice = people(url(chat)).enter("alice")
    carol.send("MSG shipped")
    alice.hears("shipped")
    menu(alice, "shipped", "thumbsup")
    chip = row(bob, "shipped").locator(".chip")
    expect(chip).to_have_text("👍 1")
    expect(chip).to_have_attribute("aria-pressed", "false")
    chip.click()
    expect(chip).to_have_text("👍 2")
    expect(chip).to_have_attribute("aria-pressed", "true")
    expect(chip).to_have_attribute("title", re.compile("alice, bob"))
    accessible(bob)
    chip.click()
    expect(chip).to_have_text("👍 1")
    expect(chip).to_have_attribute("aria-pressed", "false")
    bob.page.reload()
    expect(chip).to_have_text("👍 1")
    mine = row(alice, "shipped").locator(".chip")
    mine.focus()
    alice.page.keyboard.press("Enter")
    expect(mine).to_have_count(0)
    expect(row(alice, "shipped").locator(".dots")).to_be_focused()


def test_who_is_ignored_is_not_counted(chat: Server, people: People) -> None:
    """Neither their words nor their reactions, also after a reload."""
    alice = people(url(chat)).enter("alice")
    bob, carol = chat.enter("bob"), chat.enter("carol")
    alice.say("/ignore bob", "shipped")
    alice.hears("shipped")
    bob.send("REACT 1 👍", "MSG nonsense", "EDIT 2 more nonsense")
    bob.sync()
    carol.send("REACT 1 👍", "MSG the end")
    alice.hears("the end")
    expect(row(alice, "shipped").locator(".chip")).to_have_text("👍 1")
    expect(row(alice, "shipped").locator(".chip")).to_have_attribute("title", "carol")
    assert alice.texts() == ["shipped", "the end"]
    alice.page.click("#people-list >> text=bob")
    alice.page.get_by_role("button", name="Hear again").click()
    alice.notes("You hear bob again")
    bob.send("UNREACT 1 👍", "REACT 1 👍")
    expect(row(alice, "shipped").locator(".chip")).to_have_text("👍 2")


def test_the_text_of_a_message_is_copied(chat: Server, people: People) -> None:
    carol = chat.enter("carol")
    rights = ["clipboard-read", "clipboard-write"]
    alice = people(url(chat), permissions=rights).enter("alice")
    carol.send("FORMAT json")
    carol.send('{"do": "msg", "text": "```\\n  <b>\\n\\nend\\n```"}')
    menu(alice, "<b>", "Copy the text")
    expect(alice.page.locator("#message-menu")).to_be_hidden()
    copied = alice.script("navigator.clipboard.readText()")
    assert copied == "```\n  <b>\n\nend\n```"


def test_the_menu_by_keyboard(chat: Server, people: People) -> None:
    carol = chat.enter("carol")
    alice = people(url(chat)).enter("alice")
    carol.send("MSG one", "MSG two")
    alice.hears("two")
    alice.page.focus("#log")
    alice.page.keyboard.press("Tab")
    alice.page.keyboard.press("Tab")  # the author's name
    expect(row(alice, "two").locator(".dots")).to_be_focused()
    alice.page.keyboard.press("ArrowUp")
    expect(row(alice, "one").locator(".dots")).to_be_focused()
    alice.page.keyboard.press("Enter")
    expect(alice.page.locator("#message-menu")).to_be_visible()
    accessible(alice)
    alice.page.keyboard.press("Escape")
    expect(row(alice, "one").locator(".dots")).to_be_focused()
    alice.page.keyboard.press("Enter")
    for _ in range(7):
        alice.page.keyboard.press("ArrowDown")
    expect(alice.page.locator("#menu-answer")).to_be_focused()
    alice.page.keyboard.press("Enter")
    expect(alice.page.locator("#words")).to_be_focused()
    alice.page.keyboard.type("me too")
    alice.page.keyboard.press("Enter")
    expect(row(alice, "me too").locator(".answered")).to_contain_text("carol: one")


def test_by_finger_at_the_width_of_a_phone(chat: Server, people: People) -> None:
    carol = chat.enter("carol")
    alice = people(url(chat), **PHONE)
    alice.page.goto(alice.url)
    alice.submit("#enter-nick", "alice")
    expect(alice.page.locator("#enter")).to_be_hidden()
    carol.send("MSG one", "MSG two " + "long " * 40)
    alice.hears("two")
    words = alice.page.locator("#words")
    words.press_sequentially("a\nb")
    expect(words).to_have_value("a\nb")
    alice.page.locator("#send").tap()
    alice.hears("a\nb")
    row(alice, "one").locator(".dots").tap()
    accessible(alice)
    alice.page.get_by_role("button", name="More emoji").tap()
    alice.page.get_by_role("button", name="coffee").tap()
    expect(row(alice, "one").locator(".chip")).to_have_text("☕ 1")
    row(alice, "one").locator(".dots").tap()
    alice.page.locator("#menu-answer").tap()
    accessible(alice)
    wide = alice.script("document.documentElement.scrollWidth")
    assert wide == 360


def test_hostile_words_stay_words(chat: Server, people: People) -> None:
    bob, carol = people(url(chat)).enter("bob"), chat.enter("carol")
    alice = people(url(chat)).enter("alice")
    for text in HOSTILE:
        carol.send(f"MSG {text}")
    carol.send("MSG last")
    alice.hears("last")
    before = alice.script("document.querySelectorAll('script, img, svg').length")
    for number in range(1, 3):
        carol.send(f"EDIT {number} ```{HOSTILE[0]}")
    menu(alice, "svg onload", "Answer")
    alice.say("```\n" + "\n".join(HOSTILE) + "\n```")
    bob.hears("svg onload=alert(1)")
    expect(bob.page.locator("#rows .answered")).to_be_visible()
    assert before == alice.script(
        "document.querySelectorAll('script, img, svg').length"
    )
