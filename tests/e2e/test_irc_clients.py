"""Real IRC clients beside somebody with netcat.

irssi runs in tmux, where its screen can be read; weechat-headless takes
commands by its pipe and writes what it shows into logs; the bot is made with
the `irc` library.  Each sees history, talks, changes its nick, is kicked and
comes back.
"""

from __future__ import annotations

import os
import shlex
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.e2e.support import IN_LOBBY, Client, Server, have, wait_for

from .conftest import StartServer


@pytest.fixture
def irc_server(start_server: StartServer) -> Server:
    """A server with an IRC door."""
    server = start_server(
        *("--flood", "off", "--irc", "tcp:0", *IN_LOBBY, "--name", "e2e chat")
    )
    server.wait_open(2)
    return server


@pytest.fixture
def alice(irc_server: Server) -> Client:
    """Somebody with netcat, who owns #den, and has spoken in both rooms."""
    alice = irc_server.enter("alice")
    alice.send("REGISTER open-sesame")
    alice.expect("You are logged in as alice")
    alice.send("MSG before you came", "JOIN #den", "MSG the den's past")
    alice.sync()
    return alice


# irssi


class Irssi:
    """irssi in a tmux of its own."""

    def __init__(self, home: Path, port: int, nick: str) -> None:
        self._name = f"irssi-{os.getpid()}-{port}"
        client = shlex.join(
            ["irssi", f"--home={home}", "-c", "127.0.0.1", "-p", str(port), "-n", nick]
        )
        self._tmux(
            "-f", "/dev/null", "new-session", "-d", "-x", "120", "-y", "50", client
        )

    def _tmux(self, *arguments: str) -> str:
        command = ["tmux", "-L", self._name, *arguments]
        environment = {**os.environ, "LC_ALL": "C.UTF-8", "TERM": "xterm"}
        done = subprocess.run(
            command, capture_output=True, text=True, timeout=30, env=environment
        )
        return done.stdout

    def type(self, line: str) -> None:
        self._tmux("send-keys", "-l", line)
        self._tmux("send-keys", "Enter")

    def screen(self) -> str:
        return self._tmux("capture-pane", "-p")

    def expect(self, text: str) -> None:
        wait_for(lambda: text in self.screen(), f"{text!r} on irssi's screen")

    def close(self) -> None:
        self._tmux("kill-server")


@pytest.fixture
def irssi(irc_server: Server, alice: Client, tmp_path: Path) -> Iterator[Irssi]:
    if not (have("irssi") and have("tmux")):
        pytest.skip("needs irssi and tmux")
    home = tmp_path / "irssi"
    home.mkdir()
    (home / "startup").write_text("/set cmds_max_at_once 100\n")
    client = Irssi(home, irc_server.ports[1], "irma")
    try:
        yield client
    finally:
        client.close()


def test_irssi(irssi: Irssi, alice: Client) -> None:
    alice.expect("irma joined the chat!")
    irssi.expect("Welcome to the e2e chat Network")
    irssi.type("/window goto #lobby")
    irssi.expect("before you came")
    irssi.type("hello from irssi ☕")
    alice.expect("irma: hello from irssi ☕")
    irssi.type("/me waves")
    alice.expect("* irma waves")
    alice.send("PRIV irma psst", "JOIN #lobby", "MSG hello from netcat")
    irssi.expect("< alice> hello from netcat")
    irssi.type("/msg alice psst yourself")
    alice.expect("PRIV irma: psst yourself")
    irssi.type("/nick irmgard")
    alice.expect("* irma is now known as irmgard")
    irssi.type("/join #den")
    alice.expect("* irmgard joined #den")
    irssi.expect("the den's past")
    irssi.expect("[@alice]")
    alice.send("KICK #den irmgard out with you")
    irssi.expect("irmgard was kicked from #den by alice [out with you]")
    irssi.type("/join #den")
    alice.expect("* irmgard joined #den")
    alice.send("JOIN #cellar", "ROOM #cellar rename #vault")
    alice.expect("* #cellar is now #vault")
    irssi.type("/join #cellar")
    alice.expect("* irmgard joined #vault")
    irssi.expect("[#vault]")
    irssi.type("/quit so long")
    alice.expect("* irmgard left the chat! (so long)")


# WeeChat


class WeeChat:
    """weechat-headless: commands go into a pipe, what is shown into logs."""

    def __init__(self, home: Path, port: int, nick: str) -> None:
        self._home = home
        options = [
            "/set logger.file.flush_delay 0",
            '/set irc.server_default.capabilities "*"',
            "/set irc.server_default.anti_flood_prio_high 0",
            "/set irc.server_default.anti_flood_prio_low 0",
            f"/server add chat 127.0.0.1/{port} -notls -nicks={nick}",
            "/connect chat",
        ]
        runs = [word for option in options for word in ("-r", option)]
        self._process = subprocess.Popen(
            ["weechat-headless", "-d", str(home), "--stdout", *runs],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            env={**os.environ, "LC_ALL": "C.UTF-8", "HOME": str(home)},
        )

    def type(self, buffer: str, line: str) -> None:
        pipes = wait_for(
            lambda: list(self._home.glob("weechat_fifo_*")), "WeeChat's pipe"
        )
        with pipes[0].open("w", encoding="utf-8") as pipe:
            pipe.write(f"irc.{buffer} *{line}\n")

    def log(self, buffer: str) -> str:
        path = self._home / "logs" / f"irc.{buffer}.weechatlog"
        return path.read_text("utf-8") if path.exists() else ""

    def expect(self, buffer: str, text: str) -> None:
        wait_for(lambda: text in self.log(buffer), f"{text!r} in WeeChat's {buffer}")

    def close(self) -> None:
        self._process.kill()
        self._process.wait()


@pytest.fixture
def weechat(irc_server: Server, alice: Client, tmp_path: Path) -> Iterator[WeeChat]:
    if not have("weechat-headless"):
        pytest.skip("needs weechat-headless")
    home = tmp_path / "weechat"
    home.mkdir()
    client = WeeChat(home, irc_server.ports[1], "wanda")
    try:
        yield client
    finally:
        client.close()


def test_weechat(weechat: WeeChat, alice: Client) -> None:
    alice.expect("wanda joined the chat!")
    weechat.expect("server.chat", "Welcome to the e2e chat Network, wanda!")
    weechat.expect("chat.#lobby", "before you came")
    weechat.type("chat.#lobby", "hello from WeeChat ☕")
    alice.expect("wanda: hello from WeeChat ☕")
    weechat.type("chat.#lobby", "/me waves")
    alice.expect("* wanda waves")
    alice.send("PRIV wanda psst", "JOIN #lobby", "MSG hello from netcat")
    weechat.expect("chat.#lobby", "alice\thello from netcat")
    weechat.expect("chat.alice", "alice\tpsst")
    weechat.type("chat.alice", "psst yourself")
    alice.expect("PRIV wanda: psst yourself")
    weechat.type("chat.#lobby", "/nick wendy")
    alice.expect("* wanda is now known as wendy")
    weechat.type("server.chat", "/join #den")
    alice.expect("* wendy joined #den")
    weechat.expect("chat.#den", "the den's past")
    weechat.expect("chat.#den", "2 nicks (1 op, 0 voices, 1 normal)")
    alice.send("KICK #den wendy out with you")
    weechat.expect("chat.#den", "alice has kicked wendy (out with you)")
    weechat.type("chat.#den", "/join #den")
    alice.expect("* wendy joined #den")
    alice.send("JOIN #attic", "ROOM #attic rename #loft")
    alice.expect("* #attic is now #loft")
    weechat.type("chat.#den", "/join #attic")
    alice.expect("* wendy joined #loft")
    weechat.expect("chat.#loft", "2 nicks (1 op, 0 voices, 1 normal)")
    weechat.type("chat.#den", "/quit so long")
    alice.expect("* wendy left the chat! (so long)")


# A bot

BOT = """
import sys
from irc.bot import SingleServerIRCBot

class Bot(SingleServerIRCBot):
    def on_welcome(self, connection, event):
        connection.join("#den")

    def on_pubmsg(self, connection, event):
        text = event.arguments[0]
        who = event.source.nick
        if text == "!names":
            people = sorted(self.channels[event.target].users())
            connection.privmsg(event.target, " ".join(people))
        elif text.startswith("!nick "):
            connection.nick(text[6:])
        elif text.endswith("the den's past"):
            connection.privmsg("#den", f"{who} said: {text[-14:]}")

    def on_privmsg(self, connection, event):
        connection.notice(event.source.nick, event.arguments[0][::-1])

    def on_kick(self, connection, event):
        if event.arguments[0] == connection.get_nickname():
            connection.join(event.target)

Bot([("127.0.0.1", int(sys.argv[1]))], "robo", "a bot").start()
"""


@pytest.fixture
def bot(irc_server: Server, alice: Client) -> Iterator[None]:
    port = str(irc_server.ports[1])
    process = subprocess.Popen([sys.executable, "-c", BOT, port])
    try:
        yield
    finally:
        process.kill()
        process.wait()


@pytest.mark.usefixtures("bot")
def test_bot(alice: Client) -> None:
    alice.expect("* robo joined #den")
    alice.expect("#den robo: alice said: the den's past")
    alice.send("MSG !names")
    alice.expect("#den robo: alice robo")
    alice.send("PRIV robo racecars")
    alice.expect("PRIV robo: sracecar")
    alice.send("MSG !nick droid")
    alice.expect("* robo is now known as droid")
    alice.send("KICK #den droid out with you")
    alice.expect("droid")
    alice.expect("* droid joined #den")
    alice.send("MSG !names")
    alice.expect("#den droid: alice droid")
