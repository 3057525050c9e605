"""The page and the past: reconnecting, scrolling up, searching; accounts."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import expect

from .browser import People, Person
from .conftest import StartServer
from .support import Client, Server, free_port


class Place:
    """A server that can be killed and started again where it was."""

    def __init__(self, start: StartServer, folder: Path) -> None:
        self._start = start
        self._options = (
            "--flood",
            "off",
            "--database",
            str(folder / "chat.sqlite"),
            "--web",
            f"tcp:{free_port()}:interface=127.0.0.1",
        )
        self.server = self.start()

    def start(self) -> Server:
        self.server = self._start(*self._options)
        self.server.wait_open(2)
        return self.server

    @property
    def url(self) -> str:
        return f"http://localhost:{self.server.ports[1]}/"

    def fill(self, count: int) -> Client:
        """`count` messages by carol, numbered from 1, on disk."""
        carol = self.server.enter("carol")
        for first in range(1, count + 1, 500):
            last = min(first + 499, count)
            carol.send(*(f"MSG number {number}." for number in range(first, last + 1)))
            carol.sync()
        return carol


@pytest.fixture
def place(start_server: StartServer, tmp_path: Path) -> Place:
    return Place(start_server, tmp_path)


def numbers(person: Person) -> list[int]:
    """The numbered messages that are in the page, in order."""
    texts = [text for text in person.texts() if text.startswith("number ")]
    return [int(text.removeprefix("number ").rstrip(".")) for text in texts]


def test_killed_and_restarted_without_gap_or_double(
    place: Place, people: People
) -> None:
    alice = people(place.url).enter("alice")
    alice.say("/join #garden")
    carol = place.server.enter("carol")
    carol.send("JOIN #garden", *(f"MSG number {number}." for number in range(1, 6)))
    alice.hears("number 5.")
    alice.say("before")
    alice.hears("before")
    alice.page.context.set_offline(True)
    place.server.kill()
    expect(alice.page.locator("#banner")).to_contain_text("connection is lost")
    alice.say("typed meanwhile", "and this too")
    expect(alice.page.locator(".row.pending")).to_have_count(2)
    place.start()
    carol = place.server.enter("carol")
    carol.send("JOIN #garden", *(f"MSG number {number}." for number in range(6, 251)))
    carol.send("MSG alice: all the numbers")
    carol.sync()
    alice.page.context.set_offline(False)
    alice.hears("and this too")
    expect(alice.page.locator("#banner")).to_be_hidden()
    expect(alice.page.locator(".row.pending")).to_have_count(0)
    carol.expect("alice: typed meanwhile")
    carol.expect("alice: and this too")
    carol.send("MSG number 251.")
    alice.hears("number 251.")
    scroll_up(alice, 1)
    assert numbers(alice) == list(range(1, 252))
    texts = alice.texts()
    assert texts.count("before") == 1
    assert texts.count("typed meanwhile") == 1
    assert texts.index("alice: all the numbers") + 1 == texts.index("typed meanwhile")
    alice.complaints.clear()


def test_echo_that_was_lost_is_not_sent_twice(place: Place, people: People) -> None:
    """The server has it, the page doesn't know: only asking tells."""
    alice = people(place.url).enter("alice")
    carol = place.server.enter("carol")
    alice.notes("carol joined")
    alice.page.evaluate(
        """() => {
          const take = WebSocket.prototype.send;
          WebSocket.prototype.send = function (data) {
            take.call(this, data);
            if (String(data).includes('said once')) this.onmessage = null;
          };
        }"""
    )
    alice.say("said once")
    carol.expect("alice: said once")
    expect(alice.page.locator(".row.pending")).to_have_count(1)
    place.server.kill()
    place.start()
    carol = place.server.enter("carol")
    expect(alice.page.locator("#banner")).to_be_hidden()
    alice.hears("said once")
    expect(alice.page.locator(".row.pending")).to_have_count(0)
    alice.say("afterwards")
    said = carol.lines_until("afterwards")
    assert not [line for line in said if line == "alice: said once"]
    assert alice.texts().count("said once") == 1
    alice.complaints.clear()


def test_server_that_counts_anew(start_server: StartServer, people: People) -> None:
    """Without a database ids begin at 1 again: what is new is not old."""
    web = f"tcp:{free_port()}:interface=127.0.0.1"
    options = ("--flood", "off", "--database", ":memory:", "--web", web)
    server = start_server(*options)
    server.wait_open(2)
    alice = people(f"http://localhost:{server.ports[1]}/").enter("alice")
    carol = server.enter("carol")
    carol.send(*(f"MSG number {number}." for number in range(1, 6)))
    alice.hears("number 5.")
    alice.page.context.set_offline(True)
    server.kill()
    server = start_server(*options)
    server.wait_open(2)
    carol = server.enter("carol")
    carol.send("MSG number 6.", "MSG number 7.")
    carol.sync()
    alice.page.context.set_offline(False)
    alice.hears("number 7.")
    carol.send("MSG number 8.")
    alice.hears("number 8.")
    assert numbers(alice) == list(range(1, 9))
    alice.complaints.clear()


def scroll_up(person: Person, to: int) -> None:
    """Scroll until the message with the number `to` is in the page."""
    person.page.evaluate(
        """async (text) => {
          const log = document.getElementById('log');
          const there = () => [...document.querySelectorAll('#rows .text')]
            .some((node) => node.textContent === text);
          for (let turn = 0; turn < 2000 && !there(); turn += 1) {
            log.scrollTop = 0;
            await new Promise((done) => setTimeout(done, 10));
          }
        }""",
        f"number {to}.",
    )


def test_ten_thousand_messages(place: Place, people: People) -> None:
    """All the way up; the page holds a bounded part, each once and in order."""
    alice = people(place.url).enter("alice")
    carol = place.fill(10_000)
    alice.hears("number 10000.")
    scroll_up(alice, 1)
    expect(alice.page.locator("#log-top")).to_have_text("This is where #lobby begins.")
    seen = numbers(alice)
    assert seen == list(range(1, len(seen) + 1))
    assert alice.page.locator("#rows li").count() < 700
    carol.send("MSG news")
    button = alice.page.locator("#to-end")
    expect(button).to_contain_text("new message")
    button.click()
    alice.hears("news")
    expect(button).to_be_hidden()


def test_scrolling_up_fetches_the_past(place: Place, people: People) -> None:
    place.fill(700)
    alice = people(place.url).enter("alice")
    alice.hears("number 700.")
    scroll_up(alice, 1)
    expect(alice.page.locator("#log-top")).to_have_text("This is where #lobby begins.")
    seen = numbers(alice)
    assert seen == list(range(1, len(seen) + 1))


def test_scrolling_keeps_the_place(place: Place, people: People) -> None:
    carol = place.fill(300)
    alice = people(place.url).enter("alice")
    alice.hears("number 300.")
    # Not by wait_for_function: the page's policy lets nobody evaluate strings.
    expect(alice.page.locator("#rows .text").nth(90)).to_be_attached()
    moved = alice.script(
        """async () => {
          const log = document.getElementById('log');
          log.scrollTop = 1000;
          const rows = [...document.querySelectorAll('#rows .row')];
          const top = log.getBoundingClientRect().top;
          const row = rows.find((one) => one.getBoundingClientRect().bottom > top);
          const before = row.getBoundingClientRect().top;
          const count = rows.length;
          log.scrollTop -= 300;
          for (let turn = 0; turn < 500; turn += 1) {
            await new Promise((done) => setTimeout(done, 10));
            if (document.querySelectorAll('#rows .row').length > count) break;
          }
          return row.getBoundingClientRect().top - before - 300;
        }"""
    )
    assert abs(moved) < 2
    carol.send("MSG below")
    expect(alice.page.locator("#to-end")).to_contain_text("One new message")


def test_search_and_jump(place: Place, people: People) -> None:
    carol = place.fill(100)
    carol.send("MSG the needle is here")
    carol.sync()
    for number in range(101, 601):
        carol.send(f"MSG number {number}.")
    carol.sync()
    alice = people(place.url).enter("alice")
    alice.hears("number 600.")
    alice.say("/search needle")
    result = alice.page.locator("#search-results li")
    expect(result).to_have_count(1)
    expect(result.locator("mark")).to_have_text("needle")
    result.locator("button").click()
    found = alice.page.locator(".row.found")
    expect(found).to_contain_text("the needle is here")
    expect(found).to_be_in_viewport()
    around = numbers(alice)
    assert around[0] < 100 < around[-1] < 600
    assert around == list(range(around[0], around[-1] + 1))
    alice.page.get_by_role("button", name="Back to now").click()
    alice.hears("number 600.")
    alice.page.click("#search-button")
    alice.submit("#search-words", "nothing like that")
    expect(alice.page.locator("#search-state")).to_have_text("Nothing was found.")


def test_register_and_log_in(place: Place, people: People) -> None:
    alice = people(place.url).enter("alice")
    alice.page.click("#me-button")
    alice.page.click("#settings-register summary")
    alice.submit("#settings-password", "correct-horse-battery")
    expect(alice.page.locator("#me-state")).to_have_text("Logged in")
    alice.say("/quit")
    expect(alice.page.locator("#enter")).to_be_visible()
    alice.submit("#enter-nick", "alice")
    alice.submit("#login-password", "wrong")
    expect(alice.page.locator("#login-error")).to_contain_text("password")
    alice.submit("#login-password", "correct-horse-battery")
    expect(alice.page.locator("#login")).to_be_hidden()
    expect(alice.page.locator("#me-state")).to_have_text("Logged in")
    alice.page.reload()
    alice.submit("#enter-password", "wrong")
    expect(alice.page.locator("#enter-error")).to_contain_text("password")
    alice.submit("#enter-password", "correct-horse-battery")
    expect(alice.page.locator("#enter")).to_be_hidden()
    expect(alice.page.locator("#me-state")).to_have_text("Logged in")
    kept = alice.script("JSON.stringify(localStorage)")
    assert "battery" not in kept


def test_what_was_changed_meanwhile_is_so_after_a_reconnect(
    place: Place, people: People
) -> None:
    carol = place.server.enter("carol")
    carol.send("REGISTER correct-horse-battery", "MSG helo", "MSG oops", "MSG last")
    alice = people(place.url).enter("alice")
    alice.hears("last")
    alice.page.context.set_offline(True)
    place.server.kill()
    expect(alice.page.locator("#banner")).to_contain_text("connection is lost")
    carol = place.start().connect()
    carol.send("LOGIN carol correct-horse-battery")
    carol.expect("logged in")
    carol.send("EDIT #lobby 1 hello", "DELETE #lobby 2", "MSG more")
    carol.sync()
    alice.page.context.set_offline(False)
    alice.hears("more")
    expect(alice.page.locator("#rows .gone")).to_be_visible()
    assert alice.texts() == ["hello", "last", "more"]
    alice.complaints.clear()


def test_each_change_of_the_topic_is_shown_once(place: Place, people: People) -> None:
    alice = people(place.url).enter("alice")
    alice.say("/join #garden")
    bob = place.server.enter("bob")
    bob.send("JOIN #garden", "TOPIC roses", "MSG what do you think?", "TOPIC tulips")
    bob.sync()
    notes = alice.page.locator("#rows .row.note", has_text="set the topic")
    words = ["bob set the topic: roses", "bob set the topic: tulips"]
    expect(notes).to_contain_text(words)
    place.server.kill()
    place.start()
    alice.page.reload()
    alice.hears("what do you think?")
    alice.complaints.clear()
    expect(notes).to_contain_text(words)
    expect(alice.page.locator("#topic")).to_have_text("")
    bob = place.server.enter("bob")
    bob.send("JOIN #garden", "MSG still here", "TOPIC", "DELETE #garden 3")
    bob.sync()
    alice.hears("still here")
    expect(notes).to_contain_text(words)
    alice.say("/search tulips")
    result = alice.page.locator("#search-results li")
    expect(result).to_contain_text("bob set the topic: tulips")
    result.locator("button").click()
    expect(alice.page.locator("#rows .found")).to_contain_text("tulips")
    alice.say("/topic lilies", "/topic ")
    expect(alice.page.locator("#topic")).to_have_text("lilies")
    root = place.server.enter("lily")
    root.send("JOIN #garden", "TOPIC #garden thorns", "DELETE #garden 6")
    root.sync()
    alice.notes("A topic of lily was deleted")
