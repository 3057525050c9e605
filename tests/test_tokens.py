"""TOKEN: browsers that stay logged in, and the cookie that they have."""

from __future__ import annotations

import marshal
import re
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from twisted.logger import capturedLogs

from twisted_chat.doors.line import LineDoor
from twisted_chat.doors.web import WebDoor
from twisted_chat.storage.accounts import MAX_TICKETS, MAX_TOKENS, Account, Token
from twisted_chat.storage.accounts_sqlite import all_accounts, drop_proofs, put_account
from twisted_chat.storage.database import open_file
from twisted_chat.storage.writes import PutAccount, from_plain, to_plain

from .databases import migrated
from .irc_support import Network
from .kept import Kept
from .support import PASSWORD, Client, World
from .websockets import WebClient, connect, events, handshake, raw, request

OWN = "http://chat.example"
NAME = "chat-login"
DAY = 86400.0
ELSEWHERE = "192.0.2.1"


def told(client: Client, *lines: str) -> list[dict[str, Any]]:
    """What a page is told when it has sent `lines`."""
    client.send(*lines)
    client.world.settle()
    return events(client.bytes())


def codes(found: list[dict[str, Any]]) -> list[str | int]:
    """Of notices and errors."""
    return [each["code"] for each in found if "code" in each]


def registered(world: World, nick: str = "alice", **headers: str) -> WebClient:
    """A page of the site, logged in by its password."""
    page = connect(world, **{"Origin": OWN, **headers})
    words = f"LOGIN {nick} {PASSWORD}"
    known = world.hub.accounts.find(nick) is not None
    told(page, *([words] if known else [f"NICK {nick}", f"REGISTER {PASSWORD}"]))
    return page


def ticket(page: Client) -> str:
    found = told(page, "TOKEN ticket")
    [word] = [each["value"] for each in found if each.get("code") == "ticket"]
    assert isinstance(word, str)
    return word


def ask(world: World, method: str, **headers: str) -> tuple[int, str]:
    """The status and the cookie that ``/login`` answers with."""
    named = {"Host": "chat.example", "Origin": OWN, **headers}
    named = {name: value for name, value in named.items() if value}
    transport = raw(world, request("/login", method, **named), ELSEWHERE)
    world.settle()
    head = bytes(transport.taken).partition(b"\r\n\r\n")[0].decode()
    cookie = re.search("^Set-Cookie: (.*)\r?$", head, re.MULTILINE | re.IGNORECASE)
    assert head.startswith("HTTP/1.1 "), head
    return int(head.split()[1]), cookie[1].strip() if cookie else ""


def staying(world: World, page: Client | None = None) -> str:
    """The cookie of a browser that stays logged in as alice."""
    word = ticket(page or registered(world))
    code, cookie = ask(world, "POST", Login_Ticket=word)
    assert code == 200
    return cookie.partition(";")[0]


def come(world: World, cookie: str, **headers: str) -> WebClient:
    """A page of that browser, which has a connection."""
    page = connect(world, **{"Origin": OWN, "Cookie": cookie, **headers})
    page.bytes()
    return page


def logs_in(world: World, cookie: str, **headers: str) -> bool:
    page = come(world, cookie, **headers)
    logged = [
        each
        for each in told(page, "TOKEN login")
        if each["event"] == "account" and each.get("you")
    ]
    told(page, "QUIT")
    return bool(logged) and logged[0]["account"] == "alice"


def test_a_browser_stays_logged_in() -> None:
    world = World(WebDoor)
    page = registered(world)
    cookie = staying(world, page)
    told(page, "QUIT")
    again = come(world, cookie)
    found = told(again, "TOKEN login")
    assert [
        each["account"]
        for each in found
        if each["event"] == "account" and each.get("you")
    ] == ["alice"]
    assert not [code for code in codes(found) if isinstance(code, int)]
    # It joins who is here already.
    assert logs_in(world, cookie)
    assert len(world.hub.users) == 1


@pytest.mark.parametrize(
    ("origin", "name", "secure"),
    [
        ("http://chat.example", NAME, False),
        ("https://chat.example", f"__Host-{NAME}", True),
        ("http://chat.example:8080", f"{NAME}-8080", False),
        ("https://[::1]:8443", f"__Host-{NAME}-8443", True),
        ("https://[::1]", f"__Host-{NAME}", True),
    ],
)
def test_no_script_and_no_other_site_gets_the_cookie(
    origin: str, name: str, secure: bool
) -> None:
    world = World(WebDoor)
    host = origin.partition("://")[2]
    word = ticket(registered(world))
    code, cookie = ask(world, "POST", Origin=origin, Host=host, Login_Ticket=word)
    pair, *attributes = cookie.split("; ")
    assert code == 200
    assert re.fullmatch(f"{re.escape(name)}=[A-Za-z0-9_-]{{43}}", pair)
    wanted = {"Path=/", f"Max-Age={400 * 86400}", "HttpOnly", "SameSite=strict"}
    assert set(attributes) == wanted | ({"Secure"} if secure else set())
    assert logs_in(world, pair, Origin=origin, Host=host)
    # What came in the clear doesn't count where there is TLS, nor at another port.
    other = pair.replace("__Host-", "") if secure else f"__Host-{pair}"
    assert not logs_in(world, other, Origin=origin, Host=host)


STRANGERS = [
    "",
    "https://evil.example",
    "https://friend.example",
    "http://chat.example:81",
    "http://chat.example.evil.example",
    "null",
]


@pytest.mark.parametrize("origin", STRANGERS)
def test_the_cookie_counts_for_pages_of_the_site_alone(origin: str) -> None:
    world = World(lambda hub: WebDoor(hub, ["https://friend.example"]))
    page = registered(world)
    cookie = staying(world, page)
    headers = {"Cookie": cookie, **({"Origin": origin} if origin else {})}
    transport = raw(world, handshake(**headers))
    if bytes(transport.taken).startswith(b"HTTP/1.1 101 "):
        assert isinstance(world.door, WebDoor)
        visitor = WebClient(world, transport, world.door)
        assert codes(told(visitor, "TOKEN login"))[-1] == 464
    else:
        assert b" 403 " in bytes(transport.taken)
    # Nor can they set it, or end it.
    word = ticket(page)
    assert ask(world, "POST", Origin=origin, Login_Ticket=word) == (403, "")
    assert ask(world, "DELETE", Origin=origin, Cookie=cookie) == (403, "")
    assert logs_in(world, cookie)


@pytest.mark.parametrize("method", ["GET", "HEAD", "PUT", "OPTIONS"])
def test_other_methods_do_nothing(method: str) -> None:
    world = World(WebDoor)
    word = ticket(registered(world))
    assert ask(world, method, Login_Ticket=word) == (405, "")
    assert ask(world, "POST", Login_Ticket=word)[0] == 200


def test_a_ticket_is_of_one_use_and_over_in_a_minute() -> None:
    world = World(WebDoor)
    page = registered(world)
    word = ticket(page)
    assert ask(world, "POST", Login_Ticket=word)[0] == 200
    assert ask(world, "POST", Login_Ticket=word) == (403, "")
    word = ticket(page)
    world.wall_offset += 61
    assert ask(world, "POST", Login_Ticket=word) == (403, "")
    for none in ("", "x" * 43, "é"):
        assert ask(world, "POST", Login_Ticket=none) == (403, "")
    # A ticket logs nobody in, nor does a token fetch another.
    assert not logs_in(world, f"{NAME}={ticket(page)}")
    secret = staying(world, page).partition("=")[2]
    assert ask(world, "POST", Login_Ticket=secret) == (403, "")


def test_the_latest_tickets_count() -> None:
    world = World(WebDoor)
    page = registered(world)
    words = []
    for _ in range(MAX_TICKETS + 1):
        words.append(ticket(page))
        world.wall_offset += 1
    found = [ask(world, "POST", Login_Ticket=word)[0] for word in words]
    assert found == [403] + [200] * MAX_TICKETS


@pytest.mark.parametrize("cookie", ["", f"{NAME}=", f"{NAME}={'x' * 43}", "=", ";;;="])
def test_any_other_cookie_proves_nothing(cookie: str) -> None:
    world = World(WebDoor)
    registered(world)
    assert not logs_in(world, cookie)
    assert not logs_in(world, f"{NAME}={'é' * 43}")


def test_logging_out_ends_it() -> None:
    world = World(WebDoor)
    page = registered(world)
    cookie, other = staying(world, page), staying(world, page)
    code, gone = ask(world, "DELETE", Cookie=cookie)
    assert code == 200
    assert gone.startswith(f"{NAME}=; ")
    assert "Max-Age=0" in gone
    assert not logs_in(world, cookie)
    assert logs_in(world, other)
    assert ask(world, "DELETE", Cookie=cookie)[0] == 200
    assert ask(world, "DELETE")[0] == 200


def test_a_browser_has_one_token() -> None:
    """Of the account that it stays logged in to, whoever that was before."""
    world = World(WebDoor)
    cookie = staying(world)
    word = ticket(registered(world, "bob"))
    assert ask(world, "POST", Cookie=cookie, Login_Ticket=word)[0] == 200
    assert not logs_in(world, cookie)


def test_it_lasts_thirty_days_from_its_last_use() -> None:
    world = World(WebDoor)
    page = registered(world)
    used, unused = staying(world, page), staying(world, page)
    for _ in range(3):
        world.wall_offset += 20 * DAY
        assert logs_in(world, used)
    assert not logs_in(world, unused)
    world.wall_offset += 30 * DAY
    assert not logs_in(world, used)


def test_an_account_has_ten_the_least_used_goes() -> None:
    world = World(WebDoor)
    page = registered(world)
    cookies = []
    for _ in range(MAX_TOKENS):
        cookies.append(staying(world, page))
        world.wall_offset += 1
    world.wall_offset += DAY
    assert logs_in(world, cookies[0])
    world.wall_offset += 1
    cookies.append(staying(world, page))
    account = world.hub.accounts.find("alice")
    assert account is not None
    assert len(account.tokens) == MAX_TOKENS
    assert [logs_in(world, each) for each in cookies] == [True, False] + [True] * 9


def test_listed_and_removed() -> None:
    world = World(WebDoor)
    page = registered(world)
    assert codes(told(page, "TOKEN")) == ["no-token"]
    cookies = [staying(world, page) for _ in range(3)]
    mine = come(world, cookies[0])
    told(mine, "TOKEN login")
    found = told(mine, "TOKEN list")
    assert codes(found) == ["token"] * 3
    [here] = [each["value"] for each in found if "of this connection" in each["text"]]
    [other, _] = [each["value"] for each in found if each["value"] != here]
    assert codes(told(page, f"TOKEN remove {other}")) == ["token-removed"]
    assert codes(told(page, f"TOKEN remove {other}")) == [400]
    assert codes(told(mine, "TOKEN remove")) == ["token-removed"]
    assert [logs_in(world, each) for each in cookies].count(True) == 1
    assert codes(told(page, "TOKEN remove ALL")) == ["token-removed"]
    assert not any(logs_in(world, each) for each in cookies)
    assert codes(told(page, "TOKEN remove")) == [400]
    told(page, "TOKEN remove all")
    assert codes(told(page, "TOKEN remove all")) == ["token-removed"]


@pytest.mark.parametrize(
    ("line", "code"),
    [
        ("TOKEN remove xyz", 461),
        (f"TOKEN remove {'0' * 12}", 400),
        (f"TOKEN remove {'0' * 13}", 461),
        ("TOKEN ticket more", 461),
        ("TOKEN list more", 461),
        ("TOKEN add", 461),
        ("TOKEN login", 464),
    ],
)
def test_what_cannot_be(line: str, code: int) -> None:
    assert codes(told(registered(World(WebDoor)), line)) == [code]


def test_only_for_who_is_logged_in() -> None:
    world = World(WebDoor)
    cookie = staying(world)
    bob = come(world, cookie)
    told(bob, "NICK guest")
    for line in ("TOKEN", "TOKEN ticket", "TOKEN remove", "TOKEN remove all"):
        assert codes(told(bob, line)) == [464]
    netcat = World(LineDoor).enter("alice")
    assert netcat.ask("TOKEN login") == ["ERR 464 Your connection has no token"]
    # Nobody ends another's.
    carol = registered(world, "carol")
    account = world.hub.accounts.find("alice")
    assert account is not None
    assert codes(told(carol, f"TOKEN remove {account.tokens[0].digest[:12]}")) == [400]
    told(carol, "TOKEN remove all")
    assert codes(told(come(world, cookie), "TOKEN login bob"))[-1] == 464
    assert logs_in(world, cookie)


@pytest.mark.parametrize(
    ("line", "left"),
    [
        (f"PASSWD {PASSWORD} another-secret", True),
        (f"PASSWD {PASSWORD} another-secret alone", False),
        (f"UNREGISTER {PASSWORD}", False),
        ("NICK al", True),
    ],
)
def test_what_else_ends_it(line: str, left: bool) -> None:
    world = World(WebDoor)
    page = registered(world)
    cookie = staying(world, page)
    told(page, line)
    assert logs_in(world, cookie) is left


def test_who_has_the_nick_next_inherits_none() -> None:
    world = World(WebDoor)
    page = registered(world)
    cookie = staying(world, page)
    told(page, f"UNREGISTER {PASSWORD}", f"REGISTER {PASSWORD}")
    assert not logs_in(world, cookie)


def test_a_banned_account_does_not_come_in_by_it() -> None:
    world = World(WebDoor, operators=frozenset({"root"}))
    page = registered(world)
    cookie = staying(world, page)
    told(registered(world, "root"), "BAN alice")
    assert codes(told(come(world, cookie), "TOKEN login"))[-1] == 465


def test_the_servers_password_was_given_when_it_was_got() -> None:
    world = World(WebDoor, password="open-sesame")
    page = connect(world, Origin=OWN)
    told(page, "PASS open-sesame", "NICK alice", f"REGISTER {PASSWORD}")
    cookie = staying(world, page)
    assert logs_in(world, cookie)
    assert codes(told(come(world, ""), "TOKEN login"))[-1] == 464
    # Whoever changes that password means everybody.
    password = world.hub.shared.password
    shared = world.hub.shared._replace(password=f"{password}x")
    world.hub.shared = shared
    assert not logs_in(world, cookie)


def test_no_secret_is_in_the_log_or_in_the_state() -> None:
    world = World(WebDoor)
    with capturedLogs() as logs:
        page = registered(world)
        word = ticket(page)
        _, cookie = ask(world, "POST", Login_Ticket=word)
        secret = cookie.partition(";")[0].partition("=")[2]
        assert logs_in(world, f"{NAME}={secret}")
        assert not logs_in(world, f"{NAME}={secret[:-1]}?")
    shown = f"{logs}{world.hub.snapshot()}"
    assert secret not in shown
    assert word not in shown
    said = [event["log_format"].format(**event) for event in logs]
    assert "alice stays logged in with a browser" in said


def test_it_outlives_the_server_and_the_file_has_no_secret() -> None:
    store = Kept()
    world = World(WebDoor, store=store)
    page = registered(world)
    word, cookie = ticket(page), staying(world, page)
    store.turn()
    again = World(WebDoor)
    again.hub.load(store.stored())
    assert logs_in(again, cookie)
    dump = "\n".join(store.connection.iterdump())
    assert "login_tokens" in dump
    assert cookie.partition("=")[2] not in dump
    assert word not in dump
    told(page, "TOKEN remove all")
    store.turn()
    assert list(store.connection.execute("SELECT * FROM login_tokens")) == []


def test_a_spool_has_it_too() -> None:
    token = Token("aa", 1.0, 2.0, b"abc")
    write = PutAccount(Account("alice", "hash", tokens=(token,)))
    back = from_plain(marshal.loads(marshal.dumps(to_plain(write))))
    assert back == write
    assert isinstance(back, PutAccount)
    assert back.account.tokens[0].until == token.until


def test_tokens_come_into_a_file_of_the_version_before(tmp_path: Path) -> None:
    path = tmp_path / "chat.sqlite"
    with migrated(path, 14) as old:
        old.execute(
            "INSERT INTO accounts (key, nick, hash, operator, created, number)"
            " VALUES ('alice', 'Alice', 'h', 0, 1.5, 7)"
        )
    with closing(open_file(str(path))) as new:
        [account] = all_accounts(new)
        assert account == Account("Alice", "h", False, 1.5, number=7)
        account = account._replace(tokens=(Token("aa", 1.0, 2.0, b"abc"),))
        put_account(new, account)
        put_account(new, account)
        assert all_accounts(new) == [account]
        drop_proofs(new, "alice")
        assert list(new.execute("SELECT * FROM login_tokens")) == []


def test_what_comes_behind_waits_for_the_answer() -> None:
    """Also where that is given later, and where nobody is there to take it."""
    world = World(WebDoor)
    named = {"Host": "chat.example", "Origin": OWN}
    behind = request("/nothing", Host="chat.example")
    for gone in (False, True):
        post = request(
            "/login", "POST", Login_Ticket=ticket(registered(world)), **named
        )
        if world.later:
            world.away()
        transport = raw(world, post + behind, ELSEWHERE)
        assert bytes(transport.taken).count(b"HTTP/1.1 404") == 0
        if world.later:
            world.advance(1)
            assert not transport.reading
        if gone:
            transport.lose()
        if world.later:
            world.back()
        world.advance(1)
        found = re.findall(rb"HTTP/1.1 (\d+)", bytes(transport.taken))
        if not gone:
            assert found == [b"200", b"404"]
            transport.protocol.dataReceived(behind)
            world.advance(1)
            assert bytes(transport.taken).count(b"HTTP/1.1 404") == 2


def test_over_irc() -> None:
    alice = Network().irc("alice")
    alice.ask(f"REGISTER {PASSWORD}")
    [line] = alice.ask("TOKEN remove all")
    assert line.endswith("No browser stays logged in to your account any more")
