"""What people build on: libraries for clients and bots, a bouncer, a relay, a phone.

irc-framework is what The Lounge and Kiwi IRC are built on; it comes from npm.  ZNC is
a bouncer, and WeeChat's relay another: who connects to either sees what was said while
they were away.
"""

from __future__ import annotations

import base64
import os
import re
import shutil
import socket
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path

import pytest

from tests.e2e.support import IN_LOBBY, Client, Server, have, wait_for

from .conftest import StartServer
from .test_irc_clients import WeeChat

FRAMEWORK = "irc-framework@4.14.0"
SCRIPT = Path(__file__).with_name("irc_framework.js")


@pytest.fixture
def irc_server(start_server: StartServer) -> Server:
    """A server with an IRC door, and the flood rule that it has by default."""
    server = start_server(
        *("--irc", "tcp:0:interface=127.0.0.1", *IN_LOBBY, "--name", "e2e chat")
    )
    server.wait_open(2)
    return server


@pytest.fixture
def alice(irc_server: Server) -> Client:
    """Somebody with netcat, who owns #den, and has spoken there."""
    alice = irc_server.enter("alice")
    alice.send("REGISTER open-sesame")
    alice.expect("You are logged in as alice")
    alice.send("JOIN #den", "MSG the den's past")
    alice.sync()
    return alice


class Program:
    """A process that takes lines, and says what it was told in lines."""

    def __init__(self, command: list[str], cwd: Path) -> None:
        self._process = subprocess.Popen(
            command, cwd=cwd, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        self.said: list[str] = []
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def _read(self) -> None:
        assert self._process.stdout is not None
        for line in self._process.stdout:
            self.said.append(line.rstrip())

    def tell(self, *lines: str) -> None:
        assert self._process.stdin is not None
        for line in lines:
            self._process.stdin.write(f"{line}\n")
        self._process.stdin.flush()

    def expect(self, pattern: str) -> None:
        wait_for(
            lambda: any(re.fullmatch(pattern, line) for line in self.said),
            f"{pattern!r} in {self.said}",
        )

    def close(self) -> None:
        self._process.kill()
        self._process.wait()
        self._reader.join()
        for stream in (self._process.stdin, self._process.stdout):
            assert stream is not None
            stream.close()


# irc-framework


@pytest.fixture(scope="module")
def framework(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A directory with irc-framework, and the client that is made with it."""
    if not (have("node") and have("npm")):
        pytest.skip("npm is not installed")
    where = tmp_path_factory.mktemp("framework")
    command = ["npm", "install", "--no-audit", "--no-fund", "--ignore-scripts"]
    done = subprocess.run(
        [*command, FRAMEWORK], cwd=where, capture_output=True, timeout=300
    )
    if done.returncode:
        pytest.skip(f"npm gives no {FRAMEWORK}: {done.stderr.decode()[-200:]}")
    shutil.copy(SCRIPT, where)
    return where


def test_irc_framework(irc_server: Server, alice: Client, framework: Path) -> None:
    port = str(irc_server.ports[1])
    lou = Program(["node", SCRIPT.name, port, "lou"], framework)
    try:
        lou.expect("registered .*")
        alice.expect("lou joined the chat!")
        lou.tell("join #den")
        alice.expect("* lou joined #den")
        lou.expect("userlist #den lou,oalice")
        lou.tell("raw CHATHISTORY LATEST #den * 50")
        lou.expect("message past privmsg alice #den the den's past 1#den")
        lou.tell("say #den hello from The Lounge ☕")
        alice.expect("#den lou: hello from The Lounge ☕")
        lou.expect("message now privmsg lou #den hello from The Lounge ☕ 2#den")
        alice.send("TOPIC #den news", "PRIV lou psst", "AWAY out")
        lou.expect("topic #den news")
        lou.expect("message now privmsg alice lou psst .*")
        lou.tell("say alice psst yourself", "nick louise", "whois alice")
        alice.expect("PRIV lou: psst yourself")
        alice.expect("* lou is now known as louise")
        lou.expect("whois alice .*@#den.*")
        alice.send("KICK #den louise out with you")
        lou.expect("kick louise #den out with you")
        lou.tell("join #den", "quit so long")
        alice.expect("* louise left the chat! (so long)")
    finally:
        lou.close()


def test_two_of_irc_framework_see_each_other_type(
    irc_server: Server, alice: Client, framework: Path
) -> None:
    port = str(irc_server.ports[1])
    lou, kiwi = (
        Program(["node", SCRIPT.name, port, nick], framework)
        for nick in ("lou", "kiwi")
    )
    try:
        for client in (lou, kiwi):
            client.expect("registered .*")
            client.tell("join #den")
        for client in (lou, kiwi):
            client.expect("userlist #den .*")
        lou.expect("join kiwi #den|userlist #den .*kiwi.*")
        lou.tell("typing #den active")
        kiwi.expect("tagmsg lou #den active")
        kiwi.tell("typing lou paused")
        lou.expect("tagmsg kiwi lou paused")
        alice.send("MSG nothing was heard of that here")
        kiwi.expect("message now privmsg alice #den nothing was heard .*")
    finally:
        lou.close()
        kiwi.close()


# pydle

BOT = """
import sys
import pydle

class Bot(pydle.Client):
    async def on_connect(self):
        await self.join("#den")

    async def on_message(self, target, source, message):
        if message == "!who":
            people = " ".join(sorted(self.channels[target]["users"]))
            await self.message(target, people)
        elif message == "!whois":
            info = await self.whois(source)
            await self.message(target, f"{info['identified']} {info['account']}")
        elif message.startswith("!nick "):
            await self.set_nickname(message[6:])

    async def on_private_message(self, target, source, message):
        await self.notice(source, message[::-1])

    async def on_kick(self, channel, target, by, reason=None):
        if self.is_same_nick(target, self.nickname):
            await self.join(channel)

Bot("robo", realname="a bot").run("127.0.0.1", int(sys.argv[1]), tls=False)
"""


def test_pydle(irc_server: Server, alice: Client, tmp_path: Path) -> None:
    bot = Program([sys.executable, "-c", BOT, str(irc_server.ports[1])], tmp_path)
    try:
        alice.expect("* robo joined #den")
        alice.send("MSG !who")
        alice.expect("#den robo: alice robo")
        alice.send("MSG !whois")
        alice.expect("#den robo: True alice")
        alice.send("PRIV robo racecars")
        alice.expect("PRIV robo: sracecar")
        alice.send("MSG !nick droid")
        alice.expect("* robo is now known as droid")
        alice.send("KICK #den droid out with you")
        alice.expect("* droid joined #den")
        alice.send("MSG !who")
        alice.expect("#den droid: alice droid")
    finally:
        bot.close()


# IRC by hand


class Line:
    """Somebody who speaks IRC by hand, to a server or a bouncer."""

    def __init__(self, port: int, *lines: str) -> None:
        self._socket = socket.create_connection(("127.0.0.1", port), timeout=30)
        self._socket.settimeout(30)
        self.read = b""
        self.send(*lines)

    def send(self, *lines: str) -> None:
        self._socket.sendall("".join(f"{line}\r\n" for line in lines).encode())

    def expect(self, pattern: str) -> str:
        """What is read up to the end of the line that has `pattern`."""
        while True:
            match = re.search(rf"[^\n]*{pattern}[^\n]*\n", self.read.decode("utf-8"))
            if match:
                read = self.read.decode()
                self.read = read[match.end() :].encode()
                return read[: match.end()]
            data = self._socket.recv(65536)
            assert data, f"no {pattern!r} in {self.read!r}"
            self.read += data

    def close(self) -> None:
        self._socket.close()


# A bouncer

ZNC = """
Version = 1.8.2
ConnectDelay = 1
ServerThrottle = 1
<Listener l>
    Host = 127.0.0.1
    Port = {znc}
    IPv4 = true
    IPv6 = false
    SSL = false
</Listener>
<User alice>
    Pass = sha256#{hash}#salt#
    Admin = true
    Nick = anna
    Ident = anna
    RealName = Anna
    AutoClearChanBuffer = true
    <Network chat>
        Server = 127.0.0.1 {irc}
        TrustAllCerts = true
        FloodBurst = 20
        FloodRate = 2.00
        <Chan #den>
            Buffer = 50
        </Chan>
    </Network>
</User>
"""


def free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        port: int = found.getsockname()[1]
        return port


@pytest.fixture
def bouncer(irc_server: Server) -> Iterator[int]:
    """The port of a ZNC that is connected to the server as anna.

    As root it would wait half a minute before it starts, so it is nobody then.
    """
    if not have("znc"):
        pytest.skip("znc is not installed")
    port = free_port()
    user = "nobody" if os.geteuid() == 0 else None
    with tempfile.TemporaryDirectory() as home:
        configs = Path(home) / "configs"
        configs.mkdir()
        hash = sha256(b"sesamesalt").hexdigest()
        text = ZNC.format(znc=port, irc=irc_server.ports[1], hash=hash)
        (configs / "znc.conf").write_text(text)
        if user is not None:
            for path in (home, configs, configs / "znc.conf"):
                shutil.chown(path, user)
        process = subprocess.Popen(
            ["znc", "--foreground", f"--datadir={home}"],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            user=user,
        )
        try:
            yield port
        finally:
            process.kill()
            process.wait()


def test_znc(alice: Client, bouncer: int) -> None:
    """What is said while one is away is played back, with its time, and once.

    And it finds a room that was renamed while it wasn't connected.
    """
    alice.expect("* anna joined #den")
    alice.send("MSG said to a bouncer")
    alice.sync()
    come = (
        "PASS alice/chat:sesame",
        "CAP REQ :server-time batch",
        *("NICK anna", "USER anna 0 * :Anna", "CAP END"),
    )
    anna = Line(bouncer, *come)
    played = anna.expect("said to a bouncer")
    assert re.search(r"@[^ ]*time=\S+ :alice!\S+ PRIVMSG #den :said to a boun", played)
    anna.send("PRIVMSG #den :said by a bouncer")
    alice.expect("#den anna: said by a bouncer")
    anna.close()
    alice.send("MSG said later")
    alice.sync()
    anna = Line(bouncer, *come)
    assert "said to a bouncer" not in anna.expect("said later")

    alice.send("JOIN #mine")
    alice.expect("* alice joined #mine")
    anna.send("JOIN #mine")
    alice.expect("* anna joined #mine")
    anna.send("PRIVMSG *status :Disconnect")
    alice.expect("* anna left the chat")
    alice.send("ROOM #mine rename #ours")
    alice.expect("* #mine is now #ours")
    anna.send("PRIVMSG *status :Connect")
    anna.expect("JOIN :?#ours")
    alice.expect("* anna joined #ours")
    anna.close()


# WeeChat's relay


def test_weechat_relay(irc_server: Server, alice: Client, tmp_path: Path) -> None:
    """Another client comes by WeeChat's relay, and speaks as WeeChat does."""
    if not have("weechat-headless"):
        pytest.skip("weechat-headless is not installed")
    home = tmp_path / "weechat"
    home.mkdir()
    weechat = WeeChat(home, irc_server.ports[1], "wanda")
    try:
        weechat.expect("server.chat", "Welcome to the e2e chat Network, wanda!")
        weechat.type("server.chat", "/join #den")
        alice.expect("* wanda joined #den")
        port = free_port()
        for line in (
            "/set relay.network.ipv6 off",
            "/set relay.network.bind_address 127.0.0.1",
            "/set relay.network.password sesame",
            f"/relay add irc.chat {port}",
        ):
            weechat.type("server.chat", line)
        alice.send("MSG said to a relay")
        weechat.expect("chat.#den", "said to a relay")
        wanda = Line(port, "PASS sesame", "NICK wanda", "USER wanda 0 * :Wanda")
        assert "#den" in wanda.expect("366 wanda #den")
        wanda.send("PRIVMSG #den :said by a relay")
        alice.expect("#den wanda: said by a relay")
        alice.send("MSG heard")
        wanda.expect("PRIVMSG #den :heard")
        wanda.close()
    finally:
        weechat.close()


# A phone


def test_a_phone_starts(irc_server: Server, alice: Client) -> None:
    """Twenty rooms, each with CHATHISTORY and WHO at once, under default limits.

    All is answered and in order, and nobody is thrown out for asking.
    """
    rooms = [f"#room{number}" for number in range(20)]
    phone = Line(
        irc_server.ports[1],
        "CAP LS 302",
        "CAP REQ :batch server-time message-tags draft/chathistory labeled-response "
        "no-implicit-names",
        *("NICK alice", "USER goguma 0 * :Alice", "AUTHENTICATE PLAIN"),
    )
    phone.expect(r"AUTHENTICATE \+")
    word = base64.b64encode(b"\0alice\0open-sesame").decode()
    phone.send(f"AUTHENTICATE {word}", "CAP END")
    phone.expect(" 903 ")
    phone.expect("422|376")
    phone.send(f"JOIN {','.join(rooms)}")
    for room in rooms:
        phone.send(
            f"@label=h{room[5:]} CHATHISTORY LATEST {room} * 100",
            f"@label=w{room[5:]} WHO {room} %tnf,1",
        )
    phone.expect(f"JOIN {rooms[-1]}")
    for room in rooms:
        number = room[5:]
        assert f"chathistory {room}" in phone.expect(rf"@label=h{number}[ ;].*BATCH")
        phone.expect(rf"@label=w{number}[ ;].*BATCH")
        phone.expect(rf"315 alice {room} ")
    phone.send("PRIVMSG #room0 :all is there")
    alice.expect("#room0 alice: all is there")
    phone.close()
