"""A real browser for the tests of the page: Debian's chromium, headless.

One browser process serves all tests; each person has a profile of their own.
A page that writes anything to the console fails its test.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import (
    Browser,
    ConsoleMessage,
    Page,
    Playwright,
    expect,
    sync_playwright,
)

from .support import PATIENCE

FLAGS = [
    "--headless=new",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
MILLISECONDS = PATIENCE * 1000


def launch(playwright: Playwright) -> Browser:
    """The browser; skips the test where there is none."""
    path = shutil.which("chromium")
    if path is None:
        pytest.skip("chromium is not installed")
    return playwright.chromium.launch(executable_path=path, args=FLAGS)


class Person:
    """Somebody at a browser.

    :ivar complaints: what the page wrote to the console; a test that makes
        the network fail clears it.
    """

    def __init__(self, page: Page, url: str) -> None:
        self.page = page
        self.url = url
        self.complaints: list[str] = []
        page.set_default_timeout(MILLISECONDS)
        page.on("console", self._note)
        page.on("pageerror", lambda error: self.complaints.append(str(error)))

    def _note(self, message: ConsoleMessage) -> None:
        self.complaints.append(f"{message.type}: {message.text}")

    def enter(self, nick: str) -> Person:
        self.page.goto(self.url)
        self.submit("#enter-nick", nick)
        expect(self.page.locator("#me-nick")).to_have_text(nick)
        expect(self.page.locator("#enter")).to_be_hidden()
        return self

    def submit(self, field: str, text: str) -> None:
        """Write `text` into `field`, and press Enter there."""
        self.page.fill(field, text)
        self.page.press(field, "Enter")

    def say(self, *lines: str) -> None:
        for line in lines:
            self.submit("#words", line)

    def texts(self) -> list[str]:
        """What is in the list of messages, in order."""
        rows: list[str] = self.page.eval_on_selector_all(
            "#rows .row:not(.note) .text", "nodes => nodes.map(n => n.textContent)"
        )
        return rows

    def hears(self, text: str) -> None:
        """Wait for a message that contains `text`."""
        row = self.page.locator("#rows .row:not(.pending) .text", has_text=text)
        expect(row.last).to_be_visible()

    def notes(self, text: str) -> None:
        """Wait for a line of the chat itself that contains `text`."""
        expect(self.page.locator("#rows .note", has_text=text).last).to_be_visible()

    def tab(self, name: str) -> Any:
        """The button of a conversation."""
        return self.page.locator(".conversation", has_text=name)

    def script(self, code: str, argument: object = None) -> Any:
        return self.page.evaluate(code, argument)


class People:
    """Opens pages, each in a profile of its own."""

    def __init__(self, browser: Browser) -> None:
        self._browser = browser
        self.persons: list[Person] = []

    def __call__(self, url: str, **options: Any) -> Person:
        context = self._browser.new_context(
            **{"viewport": {"width": 1200, "height": 800}, **options}
        )
        person = Person(context.new_page(), url)
        self.persons.append(person)
        return person

    def close(self) -> None:
        for person in self.persons:
            person.page.context.close()


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    expect.set_options(timeout=MILLISECONDS)
    with sync_playwright() as playwright:
        browser = launch(playwright)
        yield browser
        browser.close()


@pytest.fixture
def people(browser: Browser) -> Iterator[People]:
    people = People(browser)
    try:
        yield people
        complaints = [line for one in people.persons for line in one.complaints]
        assert not complaints, complaints
    finally:
        people.close()
