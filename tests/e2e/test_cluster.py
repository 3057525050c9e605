"""Two real servers that are one chat: all that people do, from one to the other."""

from __future__ import annotations

import base64
import json
import re
import select
import subprocess
import sys
import threading
from collections.abc import Iterator
from typing import Any

import pytest

from ..contract import Adapter, Heard, TextAdapter
from ..test_contract_irc import IRCAdapter
from ..test_contract_line import JsonAdapter
from ..test_contract_textbook import (
    AtAdapter,
    Header10Adapter,
    Header64Adapter,
    NickAdapter,
    RawAdapter,
)
from ..test_contract_web import WebAdapter
from ..websockets import TEXT, frames, handshake
from .cluster import Cluster
from .support import IN_LOBBY, PATIENCE, Client, Server, wait_for

PASSWORD = "correct-horse"
# In the order in which the doors open.
DOORS = ("line", "irc", "nick", "header64", "raw", "header10", "at", "web")
TEXTBOOK = DOORS[2:-1]
ADAPTERS: dict[str, tuple[str, Adapter]] = {
    "text": ("line", TextAdapter()),
    "json": ("line", JsonAdapter()),
    "irc": ("irc", IRCAdapter()),
    "nick": ("nick", NickAdapter()),
    "header64": ("header64", Header64Adapter()),
    "raw": ("raw", RawAdapter()),
    "header10": ("header10", Header10Adapter()),
    "at": ("at", AtAdapter()),
    "web": ("web", WebAdapter()),
}
TIMES = 100


@pytest.fixture(scope="module")
def pair(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    """Two nodes, for all tests here: each has nicks and rooms of its own."""
    directory = tmp_path_factory.mktemp("pair")
    operators = directory / "operators"
    operators.write_text("root\n")
    doors = [word for kind in TEXTBOOK for word in ("--textbook", f"{kind}:tcp:0")]
    options = ["--irc", "tcp:0", *IN_LOBBY, *doors, "--web", "tcp:0"]
    options += ["--operators", str(operators)]
    cluster = Cluster(directory, "a", "b", options=options)
    try:
        for node in cluster.nodes.values():
            node.wait_open(len(DOORS))
        register(cluster.nodes["a"], "root").close()
        yield cluster
        cluster.stop()
    finally:
        cluster.close()


@pytest.fixture
def nodes(pair: Cluster) -> Iterator[tuple[Server, Server]]:
    """The two; who came in meanwhile is gone after the test."""
    a, b = pair.nodes.values()
    yield a, b
    pair.wait_empty()


def register(node: Server, nick: str) -> Client:
    client = node.enter(nick)
    client.send(f"REGISTER {PASSWORD}")
    client.expect(f"* You are logged in as {nick}")
    return client


def login(node: Server, nick: str) -> Client:
    client = node.connect()
    client.send("REPLAY off", f"LOGIN {nick} {PASSWORD}")
    client.expect(f"* You are logged in as {nick}")
    return client


# Doors


class Peer:
    """A client of any door, on a real socket, as an adapter of the contract speaks."""

    def __init__(self, node: Server, door: str, adapter: Adapter, nick: str) -> None:
        self.adapter = adapter
        self.nick = nick
        self._web = door == "web"
        self._greeting = {"web": b"\r\n\r\n", "line": b"tells more.\n"}.get(door, b"")
        self.client = node.connect(door=DOORS.index(door))
        if self._web:
            self.client.send_bytes(handshake())
        self._data = b""
        if adapter.must_register:
            self.client.send_bytes(adapter.hello(nick))

    def say(self, text: str) -> None:
        self.client.send_bytes(self.adapter.speech(self.nick, text.encode()))

    def data(self) -> bytes:
        """All that has come so far, of whole messages."""
        connection = self.client.socket
        while select.select([connection], [], [], 0)[0] and (
            data := connection.recv(65536)
        ):
            self._data += data
        behind = self._data
        if self._greeting:
            _, _, behind = behind.partition(self._greeting)
        if not self._web:
            return behind
        return b"".join(each.payload for each in frames(behind)[0] if each[0] == TEXT)

    def heard(self) -> list[Heard]:
        try:
            return self.adapter.heard(self.data())
        except (AssertionError, ValueError):
            return []  # the rest is on its way

    def wait_heard(self, text: str) -> None:
        wait_for(lambda: text in self.texts(), f"{text!r} in {self.data()!r}")

    def texts(self) -> list[str]:
        return [text for _, text in self.heard()]


@pytest.mark.parametrize("kind", ADAPTERS)
def test_a_door_reaches_the_other_node(nodes: tuple[Server, Server], kind: str) -> None:
    a, b = nodes
    carol = b.enter("carol")
    door, adapter = ADAPTERS[kind]
    alice = Peer(a, door, adapter, "alice")
    name = carol.expect(" joined the chat!").split()[1]
    bob = Peer(b, door, adapter, "bob")
    carol.expect(" joined the chat!")
    alice.say("here I am")
    assert carol.expect("here I am") == f"{name}: here I am"
    carol.send("MSG welcome")
    for peer in (alice, bob):
        peer.wait_heard("welcome")
    assert "here I am" in bob.texts()
    if adapter.writes_private:
        alice.client.send_bytes(adapter.private("alice", "carol", "psst"))
        assert carol.expect("psst") == "PRIV alice: psst"
    carol.send(f"PRIV {name} between us")
    wait_for(lambda: b"between us" in alice.data(), "a private message")
    assert b"between us" not in bob.data()
    if goodbye := adapter.goodbye("alice"):
        alice.client.send_bytes(goodbye)
    else:
        alice.client.close()
    assert carol.expect(f"* {name} left the chat!")
    if adapter.shows_leaving:
        wait_for(lambda: name in adapter.gone(bob.data()), "who left")


def test_all_see_one_order(nodes: tuple[Server, Server]) -> None:
    """Whoever speaks, at whatever door of whatever node."""
    watchers = [node.connect() for node in nodes]
    for number, watcher in enumerate(watchers):
        watcher.send("REPLAY off", "FORMAT json", f"NICK watcher{number}", "PING in")
        watcher.expect('"token":"in"')
    watchers[0].expect('"arrived":true')  # the other one
    peers = []
    for number, (kind, (door, adapter)) in enumerate(ADAPTERS.items()):
        peers.append(Peer(nodes[number % 2], door, adapter, f"{kind}er"))
        watchers[0].expect('"arrived":true')
    for number in range(10):
        for peer in peers:
            peer.say(f"{peer.nick} says {number}.")
    orders = []
    for watcher in watchers:
        events = (json.loads(watcher.expect('"event":"message"')) for _ in range(90))
        orders.append([(event["id"], event["text"]) for event in events])
    assert orders[0] == orders[1]
    ids = [id for id, _ in orders[0]]
    assert ids == list(range(ids[0], ids[0] + 90))
    for peer in peers:
        order = [t for _, t in orders[0] if not t.startswith(f"{peer.nick} ")]
        texts: list[str] = []

        def whole(peer: Peer = peer) -> list[str]:
            shown = [t for t in peer.texts() if re.fullmatch(r"\w+er says \d\.", t)]
            return [t for t in shown if not t.startswith(f"{peer.nick} ")]

        texts = wait_for(lambda: len(got := whole()) >= 80 and got, peer.nick)
        assert texts == order


# People


def test_who_is_who(nodes: tuple[Server, Server]) -> None:
    a, b = nodes
    root, bob = login(a, "root"), b.enter("bob")
    root.expect("* bob joined the chat!")
    bob.send("JOIN #dev", "TOPIC cats")
    bob.expect("* #dev is about: cats")
    bob.send("PRIV root what was before is known there too")
    root.expect("PRIV bob: what was")
    root.send("WHO", "ROOMS", "JOIN #dev", "WHO #dev", "FORMAT json", "WHOIS bob")
    root.expect("* In #lobby: root, bob")
    root.expect("* #dev (1): cats")
    root.expect("* In #dev: bob, root")
    whois = json.loads(root.expect('"event":"whois"'))
    assert (whois["nick"], whois["node"], whois["rooms"]) == (
        "bob",
        "b",
        ["#lobby", "#dev"],
    )
    irc = b.connect(door=DOORS.index("irc"))
    irc.send("NICK irma", "USER i 0 * :i", "NAMES #dev", "LIST", "JOIN #dev")
    irc.send("NAMES #dev", "WHO #dev", "WHOIS root")
    irc.expect(" 366 irma #dev")
    assert irc.expect(" 322 irma #dev").endswith(" 2 :cats")
    irc.expect(" 366 irma #dev")
    assert {"bob", "irma", "root"} == {
        nick.lstrip("@+") for nick in irc.expect(" 353 ").split(":")[2].split()
    }
    irc.expect(" 315 irma #dev")
    assert " root " in irc.expect(" 330 irma")
    bob.send("AWAY lunch")
    bob.expect("You are away")
    root.send("FORMAT text", "PRIV bob hi")
    root.expect("bob is away: lunch")
    bob.expect("PRIV root: hi")
    bob.send("NICK bobby")
    root.expect("* bob is now known as bobby")
    bob.send("IGNORE root")
    bob.expect("* You ignore root now")
    root.send("MSG unheard")
    irc.expect("unheard")
    assert not any("unheard" in line for line in bob.sync())


def test_an_account_is_everywhere(nodes: tuple[Server, Server]) -> None:
    a, b = nodes
    alice = register(a, "alice")
    alice.send("JOIN #home")
    alice.expect("* In #home: alice")
    carol = b.enter("carol")
    again = login(b, "alice")
    again.expect("* In #home: alice")
    again.send("WHO #lobby", "PRIV carol from two")
    assert again.expect("* In #lobby: ") == "* In #lobby: alice, carol"
    assert carol.expect("from two") == "PRIV alice: from two"
    carol.send("PRIV alice to both")
    alice.expect("PRIV carol: to both")
    again.expect("PRIV carol: to both")
    alice.send(f"PASSWD {PASSWORD} {PASSWORD}2")
    alice.expect("* Your password is changed")
    alice.close()
    again.send("QUIT")
    again.rest()
    assert carol.expect(" left the chat!").startswith("* alice ")
    refused, welcome = b.connect(), b.connect()
    refused.send(f"LOGIN alice {PASSWORD}")
    refused.expect("ERR 464")
    welcome.send(f"LOGIN alice {PASSWORD}2")
    welcome.expect("* You are logged in as alice")
    welcome.send(f"UNREGISTER {PASSWORD}2")
    welcome.expect("* You are logged out")
    thief = a.connect()
    thief.send(f"LOGIN alice {PASSWORD}2")
    thief.expect("ERR 464")


def test_who_wears_a_registered_nick_elsewhere(nodes: tuple[Server, Server]) -> None:
    a, b = nodes
    dora, witness = register(a, "dora"), b.enter("will")
    dora.send("QUIT")
    witness.expect("* dora left the chat!")
    stranger = b.enter("dora")
    login(a, "dora")
    stranger.expect("* dora logged in, and the nick is theirs")
    stranger.expect("* You are now known as guest_")


def test_order_is_kept_on_both(nodes: tuple[Server, Server]) -> None:
    a, b = nodes
    root = login(a, "root")
    bob, owner = b.enter("bob"), register(b, "owen")
    root.send("MUTE bob 1h noise")
    bob.expect("* You are muted by root")
    bob.send("MSG hi")
    bob.expect("ERR 404")
    root.send("UNMUTE bob", "KICK bob bye")
    assert "kicked out of the chat by root (bye)" in bob.expect("kicked")
    assert bob.rest() == []
    owner.send("JOIN #own", "ROOM key hush", "ROOM moderated on")
    owner.expect("* #own is moderated")
    carol = a.enter("carol")
    carol.send("JOIN #own", "JOIN #own hush", "MSG hi")
    carol.expect("ERR 475")
    carol.expect("* In #own: ")
    carol.expect("ERR 404")
    owner.expect("* carol joined #own")
    owner.send("VOICE #own carol")
    carol.expect("carol")
    carol.send("MSG hi")
    owner.expect("#own carol: hi")
    owner.send("KICK #own carol out", "ROOM #own lock")
    carol.expect("* carol was kicked out of #own by owen (out)")
    owner.expect("* #own is locked")
    carol.send("JOIN #own hush")
    carol.expect("ERR 473")
    owner.send("INVITE carol #own")
    carol.expect("* owen invites you to #own")
    carol.send("JOIN #own hush")
    carol.expect("* In #own: ")
    register(a, "second")
    owner.send("OWNER #own second", "BAN #own carol")
    carol.expect("* carol was kicked out of #own by owen")
    root.send("BAN carol 1h spam")
    carol.expect("ERR 465 You are banned until")
    assert carol.rest() == []
    for node in (a, b):
        again = node.connect()
        again.send("NICK carol")
        assert "spam" in again.expect("ERR 465")
    root.send("UNBAN carol", "ANNOUNCE tea is ready")
    owner.expect("tea is ready")
    b.enter("carol")


def test_an_operators_command_reaches_the_other(
    pair: Cluster, nodes: tuple[Server, Server]
) -> None:
    """twisted-chat-admin asks one node, and all follow."""
    olga = register(nodes[1], "olga")
    admin = "from twisted_chat.admin import main; main()"
    database = str(pair.directory("a") / "twisted-chat.sqlite")
    words = (sys.executable, "-c", admin, "--database", database)
    subprocess.run([*words, "operator", "add", "olga"], check=True, timeout=PATIENCE)
    olga.expect("* You are an operator now")
    subprocess.run([*words, "operator", "remove", "olga"], check=True, timeout=PATIENCE)
    olga.expect("* You are no")


# What was said


def test_the_past_is_on_both(pair: Cluster, nodes: tuple[Server, Server]) -> None:
    a, b = nodes
    alice, bob = a.enter("alice"), b.enter("bob")
    for client in (alice, bob):
        client.send("JOIN #past")
        client.expect("* In #past: ")
    alice.send("MSG zebra one", "MSG zebra two")
    alice.sync()
    bob.send("ME tells of a zebra")
    alice.expect("* bob tells of a zebra")
    found = []
    for client in (alice, bob):
        client.sync()
        client.send("SEARCH zebra", "HISTORY #past 10")
        found.append(client.sync())
    assert found[0] == found[1]
    assert len(found[0]) == 6
    said = pair.settled_history("#past", "tells of a zebra")
    assert [message.id for message in said] == [1, 2, 3]
    carol = b.connect()
    carol.send("NICK carol", "JOIN #past")
    carol.expect("zebra one")
    carol.expect("zebra two")


def test_a_search_goes_on_by_the_other_node(nodes: tuple[Server, Server]) -> None:
    a, b = nodes
    alice, bob = a.enter("alice"), b.enter("bob")
    alice.send("JOIN #search", *(f"MSG yak {number}" for number in range(30)))
    alice.sync()
    bob.send("JOIN #search")
    bob.sync()
    pages: list[dict[str, Any]] = []
    for client in (alice, bob):
        before = f" before {pages[0]['next']}" if pages else ""
        client.send("FORMAT json", f"SEARCH yak{before}")
        pages.append(json.loads(client.expect('"event":"search"')))
    found = [message["text"] for page in pages for message in page["messages"]]
    assert found == [f"yak {number}" for number in reversed(range(30))]
    assert pages[1]["next"] is None


# Races


def test_a_nick_has_one_wearer(nodes: tuple[Server, Server]) -> None:
    """However often it is raced for on two nodes."""
    rivals = [node.enter(f"rival{at}") for at, node in enumerate(nodes)]
    winners = []
    start = threading.Barrier(2)

    def race(client: Client, nick: str) -> None:
        start.wait(PATIENCE)
        client.send(f"NICK {nick}")

    for number in range(TIMES):
        nick = f"prize{number}"
        threads = [threading.Thread(target=race, args=(r, nick)) for r in rivals]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        told = [rival.sync() for rival in rivals]
        won = [any(f"now known as {nick}" in x and "You" in x for x in t) for t in told]
        lost = [any("ERR 433" in line for line in t) for t in told]
        assert won == [not each for each in lost]
        assert sum(won) == 1
        winners.append(won.index(True))
        rivals[0].send("WHO")
        assert rivals[0].expect("* In #lobby: ").count(nick) == 1
    for rival in rivals:
        rival.send("WHO")
    assert len({rival.expect("* In #lobby: ") for rival in rivals}) == 1


# IRC


def irc(node: Server, nick: str, *caps: str) -> Client:
    client = node.connect(door=DOORS.index("irc"))
    client.send(f"CAP REQ :{' '.join(caps)}", f"NICK {nick}", f"USER {nick} 0 * :x")
    client.send("CAP END")
    client.expect(" 366 ")
    return client


def until(client: Client, text: str) -> list[str]:
    lines = [client.line()]
    while text not in lines[-1]:
        lines.append(client.line())
    return lines


def test_labels_are_right_over_a_log(nodes: tuple[Server, Server]) -> None:
    a, b = nodes
    caps = ("labeled-response", "batch", "echo-message", "message-tags", "server-time")
    irma, bob = irc(a, "irma", *caps), b.enter("bob")
    for number in range(30):
        bob.send(f"MSG noise {number}")
        irma.send(f"@label=l{number} PRIVMSG #lobby :mine {number}")
    seen = until(irma, ":mine 29")
    own = [line for line in seen if ":mine " in line]
    assert len(own) == 30
    for number, line in enumerate(own):
        assert re.match(rf"@\S*\blabel=l{number}\b", line), line
    assert not any("label=" in line for line in seen if ":noise " in line)
    irma.send("@label=x1 PRIVMSG nobody :hi", "@label=x2 PRIVMSG bob :psst")
    irma.send("@label=x3 JOIN #left,#right", "@label=x4 PING 4")
    assert " 401 " in irma.expect("label=x1")
    assert " PRIVMSG bob :psst" in irma.expect("label=x2")
    bob.expect("PRIV irma: psst")
    joined = until(irma, "label=x4")
    batch = re.search(r"BATCH \+(\S+) labeled-response", joined[0])
    assert batch, joined
    assert "label=x3" in joined[0]
    for room in ("#left", "#right"):
        assert any(re.search(rf" JOIN :?{room}\b", line) for line in joined)
    irma.send("@label=x5 PRIVMSG #left,#right,bob :to all", "@label=x6 PING 6")
    all = until(irma, "label=x6")
    assert sum(":to all" in line for line in all) == 3
    bob.expect("PRIV irma: to all")


def test_sasl_on_the_other_node(nodes: tuple[Server, Server]) -> None:
    a, b = nodes
    register(a, "sally").close()
    client = b.connect(door=DOORS.index("irc"))
    client.send("CAP REQ :sasl", "AUTHENTICATE PLAIN")
    client.expect("AUTHENTICATE +")
    word = base64.b64encode(f"\0sally\0{PASSWORD}".encode()).decode()
    client.send(f"AUTHENTICATE {word}", "CAP END", "NICK sally", "USER s 0 * :s")
    client.expect(" 903 ")
    client.expect(" 001 sally ")


# Without the others


def test_alone_it_imports_nothing_of_a_cluster() -> None:
    code = """
import sys
from twisted_chat.tap import Options, makeService
options = Options()
options.parseOptions(["--port", "tcp:0", "--database", ":memory:"])
makeService(options)
parts = {"redis", "hiredis", "msgspec"}
ours = {f"twisted_chat.{name}" for name in ("cluster", "log.redis", "log.shared")}
print(sorted((parts | ours) & set(sys.modules)))
"""
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, timeout=PATIENCE
    )
    assert (done.stdout, done.returncode) == ("[]\n", 0), done.stderr
