"""The page in a real browser, with others in browsers and at netcat."""

from __future__ import annotations

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect

from .browser import People, Person
from .conftest import StartServer
from .support import Client, Server

WEB = ("--web", "tcp:0:interface=127.0.0.1", "--flood", "off")
HOSTILE = [
    "<script>document.title='owned'</script>",
    "<img src=x onerror=alert(1)>",
    '"><svg onload=alert(1)>',
    "javascript:alert(1)",
    "https://x.example/\"onmouseover='alert(1)'",
    "data:text/html,<script>alert(1)</script>",
    "<a href='javascript:alert(1)'>x</a>",
    "${alert(1)} {{7*7}} <%= 7 %>",
    "&lt;b&gt; &amp; <b>bold</b>",
    "`<i>`</code><script>1</script>",
    "__proto__ constructor toString",
]


@pytest.fixture
def chat(start_server: StartServer) -> Server:
    server = start_server(*WEB, "--lobby-topic", "anyone")
    server.wait_open(2)
    return server


def url(server: Server) -> str:
    return f"http://localhost:{server.ports[1]}/"


def leave(*clients: Client) -> None:
    for client in clients:
        client.send("QUIT")


# Talking


def test_two_browsers_and_netcat(chat: Server, people: People) -> None:
    alice = people(url(chat)).enter("alice")
    bob = people(url(chat)).enter("bob")
    carol = chat.enter("carol")
    alice.notes("carol joined the chat")
    alice.say("hello from a browser")
    bob.hears("hello from a browser")
    carol.expect("alice: hello from a browser")
    carol.send("MSG hello from netcat")
    alice.hears("hello from netcat")
    bob.hears("hello from netcat")
    bob.say("/me waves")
    carol.expect("* bob waves")
    alice.hears("waves")
    assert alice.texts() == ["hello from a browser", "hello from netcat", "waves"]
    expect(alice.page.locator("#people-list .nick")).to_have_text(
        ["alice", "bob", "carol"]
    )
    carol.send("AWAY lunch")
    leave(carol)
    alice.notes("carol left the chat")
    expect(alice.page.locator("#people-list .nick")).to_have_text(["alice", "bob"])


def test_private_conversations_and_unread(chat: Server, people: People) -> None:
    alice = people(url(chat)).enter("alice")
    carol = chat.enter("carol")
    alice.notes("carol joined")
    carol.send("PRIV alice between us")
    tab = alice.tab("carol")
    expect(tab.locator(".badge")).to_have_text("1")
    expect(alice.page).to_have_title("(1) #lobby · twisted-chat")
    tab.click()
    alice.hears("between us")
    expect(tab.locator(".badge")).to_be_hidden()
    alice.say("I know")
    assert carol.expect("PRIV").endswith("alice: I know")
    alice.hears("I know")
    carol.send("MSG for everyone", "MSG alice: for you")
    lobby = alice.tab("#lobby")
    expect(lobby.locator(".badge")).to_have_text("2")
    expect(lobby.locator(".badge.mention")).to_be_visible()
    lobby.click()
    expect(alice.page.locator(".row.mention")).to_have_count(1)
    expect(alice.page.locator(".fresh")).to_have_count(1)
    expect(alice.page).to_have_title("#lobby · twisted-chat")


def test_rooms(chat: Server, people: People) -> None:
    alice = people(url(chat)).enter("alice")
    carol = chat.enter("carol")
    carol.send("JOIN #garden", "TOPIC roses", "MSG in the garden")
    carol.expect("roses")
    alice.page.click("#join-button")
    alice.page.click("#join-rooms button:has-text('#garden')")
    expect(alice.page.locator("#title")).to_have_text("#garden")
    expect(alice.page.locator("#topic")).to_have_text("roses")
    alice.say("nice here")
    carol.expect("#garden alice: nice here")
    alice.say("/topic tulips")
    expect(alice.page.locator("#topic")).to_have_text("tulips")
    alice.page.reload()
    expect(alice.page.locator("#title")).to_have_text("#garden")
    alice.say("/leave")
    expect(alice.page.locator("#title")).to_have_text("#lobby")
    carol.expect("alice left #garden")


def test_grouping_folding_and_links(chat: Server, people: People) -> None:
    alice = people(url(chat)).enter("alice")
    carol = chat.enter("carol")
    carol.send("MSG one", "MSG two", "MSG see https://example.org/a_(b), and http://x")
    alice.hears("see https")
    assert alice.page.locator("#rows .row.lead").count() == 1
    links = alice.page.locator("#rows a")
    expect(links.first).to_have_attribute("href", "https://example.org/a_(b)")
    expect(links.first).to_have_attribute("rel", "noopener noreferrer nofollow")
    for number in range(5):
        leave(chat.enter(f"guest{number}"))
    expect(alice.page.locator("summary", has_text="5 people left")).to_be_visible()
    leave(carol)
    alice.notes("carol left the chat")
    assert alice.page.locator("details:has-text('carol')").count() == 0
    expect(alice.page.locator(".day")).to_have_text(["Today"])


# Writing


def test_completion_and_what_was_typed(chat: Server, people: People) -> None:
    alice = people(url(chat)).enter("alice")
    bob, bert = chat.enter("bob"), chat.enter("bert")
    bert.send("MSG earlier")
    alice.hears("earlier")
    bob.send("MSG later")
    alice.hears("later")
    words = alice.page.locator("#words")
    words.press_sequentially("b")
    words.press("Tab")
    expect(words).to_have_value("bob: ")
    words.press("Tab")
    expect(words).to_have_value("bert: ")
    words.press("Shift+Tab")
    expect(words).to_have_value("bob: ")
    words.press_sequentially("hi")
    words.press("Enter")
    bob.expect("alice: bob: hi")
    words.press("ArrowUp")
    expect(words).to_have_value("bob: hi")
    words.press("ArrowDown")
    expect(words).to_have_value("")
    words.press_sequentially("/jo")
    expect(alice.page.locator("#choices li")).to_have_count(1)
    words.press("Tab")
    expect(words).to_have_value("/join ")
    words.fill("")
    words.press_sequentially(":tad")
    words.press("Enter")
    expect(words).to_have_value("🎉 ")


def test_errors_are_told(chat: Server, people: People) -> None:
    chat.enter("carol")
    alice = people(url(chat))
    alice.page.goto(alice.url)
    alice.submit("#enter-nick", "carol")
    error = alice.page.locator("#enter-error")
    expect(error).to_contain_text("carol is taken; try carol_")
    alice.submit("#enter-nick", "alice")
    expect(alice.page.locator("#enter")).to_be_hidden()
    alice.say("/nonsense")
    expect(alice.page.locator(".toast")).to_contain_text("Unknown command")
    alice.say("/nick carol")
    expect(alice.page.locator(".note.error").last).to_contain_text("taken")
    alice.say("x" * 4001)
    failed = alice.page.locator(".row.failed")
    expect(failed).to_contain_text("Too long")
    failed.get_by_text("Drop").click()
    expect(failed).to_have_count(0)


def test_keyboard_alone(chat: Server, people: People) -> None:
    alice = people(url(chat))
    alice.page.goto(alice.url)
    keys = alice.page.keyboard
    keys.type("alice")
    keys.press("Enter")
    expect(alice.page.locator("#words")).to_be_focused()
    keys.type("/join #garden")
    keys.press("Enter")
    expect(alice.page.locator("#title")).to_have_text("#garden")
    keys.press("Alt+ArrowDown")
    expect(alice.page.locator("#title")).to_have_text("#lobby")
    keys.type("hello")
    keys.press("Enter")
    alice.hears("hello")
    seen = set()
    for _ in range(30):
        keys.press("Tab")
        seen.add(
            alice.script(
                "document.activeElement.id || document.activeElement.className"
            )
        )
    assert {"log", "emoji-button", "send", "join-button", "me-button"} <= seen
    keys.press("Control+k")
    expect(alice.page.locator("#search")).to_be_visible()
    keys.press("Escape")
    expect(alice.page.locator("#search")).to_be_hidden()


# Hostile words


def test_what_people_write_is_text(chat: Server, people: People) -> None:
    alice = people(url(chat)).enter("alice")
    carol = chat.enter("carol")
    for words in HOSTILE:
        carol.send(f"MSG {words}", f"ME {words}", f"PRIV alice {words}")
    carol.send(f"TOPIC {HOSTILE[1]}", f"AWAY {HOSTILE[0]}", "MSG the end")
    alice.hears("the end")
    shown = [words.replace("`", "") for words in HOSTILE for _ in range(2)]
    assert alice.texts()[:-1] == shown
    expect(alice.page.locator("#topic")).to_have_text(HOSTILE[1])
    alice.tab("carol").click()
    alice.hears(HOSTILE[-1])
    room = "#<b>\"'&lt;({x})"
    carol.send(f"JOIN {room}", f"ROOM {room} rename {room}; {HOSTILE[2]}")
    carol.send(f"TOPIC {room}; {HOSTILE[2]}")
    carol.send(f"INVITE alice {room};")
    alice.notes(f"invites you to {room};")
    alice.say(f"/join {room};")
    expect(alice.tab(f"{room};")).to_be_visible()
    expect(alice.page.locator("#topic")).to_have_text(HOSTILE[2])
    carol.send(f"KICK {room}; alice {HOSTILE[0]}")
    expect(alice.page.locator("#status")).to_contain_text(HOSTILE[0])
    carol.send(f"QUIT {HOSTILE[2]}")
    alice.tab("#lobby").click()
    alice.notes("left the chat")
    for nick in ("__proto__", "constructor", "toString"):
        odd = chat.enter(nick)
        odd.send("MSG odd", f"PRIV alice from {nick}", "JOIN #constructor")
        expect(alice.tab(nick).first).to_be_visible()
    assert (
        alice.script("document.querySelectorAll('main script, main img').length") == 0
    )
    hrefs = alice.script("[...document.querySelectorAll('a')].map(a => a.protocol)")
    assert set(hrefs) <= {"http:", "https:"}
    assert "owned" not in alice.page.title()


# Sizes and looks


def test_phone_width(chat: Server, people: People) -> None:
    alice = people(url(chat), viewport={"width": 360, "height": 640}, has_touch=True)
    alice.enter("alice")
    carol = chat.enter("carol")
    carol.send("MSG " + "Wide" * 200, "MSG https://example.org/" + "x" * 300)
    alice.hears("https")
    alice.page.fill("#words", "short")
    alice.page.tap("#send")
    carol.expect("short")

    def overflow() -> int:
        width = "document.documentElement.scrollWidth - innerWidth"
        return int(
            alice.script(f"{width} + Math.max(0, log.scrollWidth - log.clientWidth)")
        )

    assert overflow() == 0
    assert not alice.page.locator("#sidebar").is_visible()
    carol.send("PRIV alice psst")
    expect(alice.page.locator("#menu-dot")).to_be_visible()
    alice.page.click("#menu-button")
    alice.tab("carol").click()
    alice.hears("psst")
    expect(alice.page.locator("#sidebar")).to_be_hidden()
    alice.page.click("#menu-button")
    alice.tab("#lobby").click()
    alice.page.click("#people-button")
    alice.page.click("#people-list >> text=carol")
    expect(alice.page.locator("#person")).to_be_visible()
    assert overflow() == 0


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_accessibility(chat: Server, people: People, scheme: str) -> None:
    alice = people(url(chat), color_scheme=scheme, reduced_motion="reduce")
    alice.page.goto(alice.url)
    check(alice, "the first dialog")
    alice.enter("alice")
    carol = chat.enter("carol")
    for number in range(12):
        leave(chat.enter(f"guest{number}"))
    carol.send("MSG hello alice, see https://example.org `code`", "ME waves")
    carol.send("PRIV alice psst", "TOPIC roses and tulips")
    carol.send(*(f"NICK nick{number}\nMSG hello" for number in range(12)))
    carol.send("NICK carol", "AWAY lunch")
    alice.notes("carol")
    alice.say("mine", "/nonsense")
    alice.notes("Unknown")
    check(alice, "the chat")
    for button, dialog in (
        ("#help-button", "#help"),
        ("#me-button", "#settings"),
        ("#search-button", "#search"),
        ("#join-button", "#join"),
    ):
        alice.page.click(button)
        check(alice, dialog)
        alice.page.keyboard.press("Escape")
        expect(alice.page.locator(dialog)).to_be_hidden()
    alice.page.fill("#words", "")
    alice.page.locator("#words").press_sequentially("/")
    expect(alice.page.locator("#choices")).to_be_visible()
    check(alice, "suggestions")
    alice.page.set_viewport_size({"width": 360, "height": 640})
    alice.page.click("#menu-button")
    check(alice, "the drawer")


def check(person: Person, what: str) -> None:
    found = Axe().run(person.page).response["violations"]
    told = [
        f"{one['id']}: {one['help']}: {[node['html'] for node in one['nodes'][:3]]}"
        for one in found
    ]
    assert told == [], what


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_every_nick_can_be_read(chat: Server, people: People, scheme: str) -> None:
    """AA asks for 4.5 : 1, whatever colour a nick gets."""
    alice = people(url(chat), color_scheme=scheme).enter("alice")
    worst = alice.script(
        """() => {
          const list = document.getElementById('rows');
          const row = document.createElement('li');
          const author = document.createElement('span');
          author.className = 'author';
          row.append(author);
          list.append(row);
          const often = { willReadFrequently: true };
          const pixel = document.createElement('canvas').getContext('2d', often);
          const light = (colour) => {
            pixel.fillStyle = colour;
            pixel.fillRect(0, 0, 1, 1);
            const parts = [...pixel.getImageData(0, 0, 1, 1).data].slice(0, 3);
            const [r, g, b] = parts.map((part) => {
              const share = part / 255;
              return share <= 0.04 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
            });
            return 0.2126 * r + 0.7152 * g + 0.0722 * b;
          };
          const root = getComputedStyle(document.documentElement);
          const ground = (name) => light(root.getPropertyValue(name));
          const grounds = ['--bg', '--side', '--mention'].map(ground);
          let worst = 21;
          for (let hue = 0; hue < 360; hue += 1) {
            author.style.setProperty('--hue', hue);
            const ink = light(getComputedStyle(author).color);
            for (const ground of grounds) {
              const [high, low] = ink > ground ? [ink, ground] : [ground, ink];
              worst = Math.min(worst, (high + 0.05) / (low + 0.05));
            }
          }
          row.remove();
          return worst;
        }"""
    )
    assert worst >= 4.5


# Speed


def test_hundred_messages_a_second(chat: Server, people: People) -> None:
    """The page keeps up: it shows the last one, and holds a bounded part."""
    alice = people(url(chat)).enter("alice")
    carol = chat.enter("carol")
    for _ in range(20):
        carol.send(*(f"MSG message {number}" for number in range(50)))
        carol.sync()
    carol.send("MSG the very last")
    alice.hears("the very last")
    alice.say("I can still type")
    carol.expect("I can still type")
    assert alice.page.locator("#rows li").count() < 700
