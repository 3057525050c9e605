"""Makes the pictures of the page in docs/images: ``python -m tests.screenshots``.

It starts a server of its own, lets a few people talk, and looks at it in
chromium: light, dark, and as wide as a phone.
"""

from __future__ import annotations

import tempfile
from pathlib import Path

from playwright.sync_api import expect, sync_playwright

from .e2e.browser import People, Person, launch
from .e2e.support import Client, Server
from .scene import IMAGES, SCENE


def play(server: Server, alice: Person) -> dict[str, Client]:
    """Let everybody say what they have to say."""
    nicks = ("maria", "ben", "kofi", "yuki", "ines", "tom")
    clients = {nick: server.enter(nick) for nick in nicks}
    for line in SCENE.splitlines():
        nick, _, command = line.partition(" ")
        clients[nick].send(command)
        clients[nick].sync()
    for guest in ("guest1", "guest2", "guest3", "guest4"):
        server.enter(guest).send("QUIT")
    clients["tom"].send("AWAY back after lunch")
    alice.say("On it, give me five minutes", "All green here ✅")
    alice.hears("All green")
    for command in ("JOIN #garden", "MSG the tomatoes are red", "MSG come and see"):
        clients["ines"].send(command)
    clients["kofi"].send("PRIV alice Do you have a minute after the meeting?")
    clients["yuki"].send("MSG Great, tagging it now 🚀")
    alice.hears("tagging")
    expect(alice.tab("kofi").locator(".badge")).to_be_visible()
    expect(alice.tab("#garden").locator(".badge")).to_be_visible()
    return clients


def shoot(person: Person, name: str) -> None:
    person.page.wait_for_timeout(300)
    person.page.screenshot(path=IMAGES / f"web-{name}.png")


def main() -> None:
    IMAGES.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        options = ("--flood", "off", "--lobby-topic", "anyone")
        server = Server(Path(folder), "--web", "tcp:0:interface=127.0.0.1", *options)
        server.wait_open(2)
        people = People(launch(playwright))
        try:
            alice = people(
                f"http://localhost:{server.ports[1]}/",
                viewport={"width": 1180, "height": 760},
            ).enter("alice")
            alice.say("/join #garden")
            expect(alice.page.locator("#title")).to_have_text("#garden")
            alice.tab("#lobby").click()
            play(server, alice)
            alice.page.emulate_media(color_scheme="light")
            shoot(alice, "light")
            alice.page.emulate_media(color_scheme="dark")
            shoot(alice, "dark")
            alice.page.emulate_media(color_scheme="light")
            alice.page.set_viewport_size({"width": 360, "height": 720})
            shoot(alice, "phone")
        finally:
            people.close()
            server.stop()


if __name__ == "__main__":
    main()
