"""The page with nicks and rooms that have specials in them."""

from __future__ import annotations

from playwright.sync_api import expect

from .browser import People
from .conftest import StartServer
from .test_page import WEB, url


def test_nicks_and_rooms_with_specials(
    start_server: StartServer, people: People
) -> None:
    server = start_server(*WEB)
    server.wait_open(2)
    bob = server.enter("{bob}")
    alice = people(url(server)).enter("x[y]")
    for number, room in enumerate(("##c++", "#python.de", "#a'b"), 2):
        alice.page.click("#join-button")
        alice.submit("#join-name", room)
        expect(alice.page.locator("#title")).to_have_text(room)
        expect(alice.page.locator("#rooms .name")).to_have_count(number)
    bob.send("JOIN ##c++")
    bob.expect("joined ##c++")
    alice.tab("##c++").click()
    bob.send("MSG x[y]: see [https://example.org/a] and `x[y]`")
    row = alice.page.locator("#rows .row:not(.note)").last
    expect(row.locator(".you")).to_have_text(["x[y]"])
    expect(row.locator("a")).to_have_text(["https://example.org/a"])
    expect(row.locator("code")).to_have_text(["x[y]"])
    bob.send("MSG for x alone")
    alice.hears("for x alone")
    expect(
        alice.page.locator("#rows .row:not(.note)").last.locator(".you")
    ).to_have_count(0)

    field = alice.page.locator("#words")
    field.fill("{b")
    field.press("Tab")
    expect(field).to_have_value("{bob}: ")
    field.fill("see ##c")
    field.press("Tab")
    expect(field).to_have_value("see ##c++ ")
    field.fill("")
    alice.say("/msg {bob} psst")
    bob.expect("PRIV x[y]: psst")
    alice.tab("##c++").click()
    field.fill("not sent yet")
    alice.tab("#a'b").click()
    alice.say("/room ##c++ rename ##d typo")
    bob.expect("* ##c++ is now ##d (typo)")
    names = ["#lobby", "##d", "#a'b", "#python.de"]
    expect(alice.page.locator("#rooms .name")).to_have_text(names)
    alice.tab("##d").click()
    expect(field).to_have_value("not sent yet")
    expect(alice.page.locator("#title")).to_have_text("##d")
    bob.send("MSG in ##d")
    alice.hears("in ##d")
    alice.page.reload()
    expect(alice.page.locator("#rooms .name")).to_have_text(names)

    bob.send("JOIN #bobs")
    bob.expect("* In #bobs: {bob}")
    alice.say("/join #bobs")
    bob.expect("joined #bobs")
    alice.page.goto("about:blank")
    bob.expect("x[y] left the chat")
    bob.send("ROOM #bobs rename #ours", "MSG while you were away")
    bob.expect("* #bobs is now #ours")
    alice.page.goto(url(server))
    bob.expect("joined #ours")
    names = ["#lobby", "##d", "#a'b", "#ours", "#python.de"]
    expect(alice.page.locator("#rooms .name")).to_have_text(names)
    alice.tab("#ours").click()
    alice.hears("while you were away")
    alice.page.reload()
    expect(alice.page.locator("#rooms .name")).to_have_text(names)
