"""The full-screen client as a process, on a real terminal emulator."""

from __future__ import annotations

import os
import shlex
import signal
import subprocess
import sys
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from .conftest import StartServer
from .support import PATIENCE, Server, free_port, have, wait_for

CLIENT = (sys.executable, "-m", "twisted_chat")
SIZES = [(100, 30), (60, 15)]

pytestmark = pytest.mark.skipif(not have("tmux"), reason="tmux is not installed")


class Screen:
    """A pane of tmux with a shell in it, in which the client runs."""

    def __init__(self, columns: int, rows: int, config: Path) -> None:
        self._tmux = ("tmux", "-L", f"chat-{uuid.uuid4().hex}", "-f", "/dev/null")
        size = ("-x", str(columns), "-y", str(rows))
        shell = f"env PS1='$ ' XDG_CONFIG_HOME={config} bash --norc --noprofile"
        self.run("new-session", "-d", *size, shell)
        self.wait("$")

    def start(self, *arguments: str) -> None:
        """Run the client."""
        self.type(shlex.join((*CLIENT, *arguments)) + "\r")

    def type(self, text: str) -> None:
        """Type `text`, a key of it after the other."""
        for start in range(0, len(text), 200):
            part = text[start : start + 200].encode()
            self.run("send-keys", "-H", *(f"{byte:x}" for byte in part))

    def keys(self, *names: str) -> None:
        """Press keys by the names that tmux has for them."""
        self.run("send-keys", *names)

    def paste(self, text: str) -> None:
        """Paste `text`, with brackets if the client asked for them."""
        subprocess.run(
            (*self._tmux, "load-buffer", "-"),
            input=text.encode(),
            check=True,
            timeout=PATIENCE,
        )
        self.run("paste-buffer", "-p", "-r")

    def rows(self) -> list[str]:
        return self.run("capture-pane", "-p").splitlines()

    def wait(self, *texts: str, gone: str = "") -> str:
        """Wait until all `texts` are on the screen, and `gone` isn't."""

        def look() -> str:
            shown = "\n".join(self.rows())
            there = all(text in shown for text in texts)
            return shown if there and not (gone and gone in shown) else ""

        what = f"{texts} without {gone!r}"
        try:
            return str(wait_for(look, what))
        except AssertionError:
            shown = "\n".join(self.rows())
            raise AssertionError(f"waited for {what}:\n{shown}") from None

    def ask(self, question: str) -> str:
        """What tmux knows of the pane."""
        return self.run("display-message", "-p", question).strip()

    @property
    def child(self) -> int:
        """The process that the shell runs."""
        shell = self.ask("#{pane_pid}")
        found = Path(f"/proc/{shell}/task/{shell}/children").read_text().split()
        return int(found[0])

    def is_given_back(self) -> bool:
        """Whether the terminal is as a shell needs it, once the shell has it."""
        wait_for(self._has_prompt, "the prompt of the shell")
        self.type("stty -a | grep -o '[ -]icanon' ; echo che''cked\r")
        shown = self.wait("checked")
        return " icanon" in shown and self.ask("#{alternate_on}") == "0"

    def _has_prompt(self) -> bool:
        """What is typed before that would be dropped with what the client left."""
        rows = [row for row in self.rows() if row.strip()]
        return bool(rows) and rows[-1].strip() == "$"

    def close(self) -> None:
        self.run("kill-server")

    def run(self, *arguments: str) -> str:
        done = subprocess.run(
            (*self._tmux, *arguments), check=True, capture_output=True, timeout=PATIENCE
        )
        return done.stdout.decode()


MakeScreen = Callable[..., Screen]


@pytest.fixture
def make_screen(tmp_path: Path) -> Iterator[MakeScreen]:
    made: list[Screen] = []

    def make(columns: int = 100, rows: int = 30) -> Screen:
        made.append(Screen(columns, rows, tmp_path))
        return made[-1]

    yield make
    for screen in made:
        screen.close()


@pytest.fixture
def server(start_server: StartServer) -> Server:
    """One that has a door for ssh, too."""
    where = "tcp:0:interface=127.0.0.1"
    server = start_server(
        *("--port", where, "--ssh", where, "--flood", "off"), wait=False
    )
    server.wait_open(2)
    return server


@pytest.fixture(params=["client", "ssh"])
def way(request: pytest.FixtureRequest) -> str:
    """How one comes to the interface."""
    if request.param == "ssh" and not have("ssh"):
        pytest.skip("ssh is not installed")
    return str(request.param)


def enter(
    screen: Screen, server: Server, way: str = "client", nick: str = "alice"
) -> None:
    if way == "client":
        screen.start(f"{nick}@127.0.0.1:{server.port}")
    else:
        options = (
            *("-F", "none", "-o", "StrictHostKeyChecking=no"),
            *("-o", "UserKnownHostsFile=/dev/null", "-o", "LogLevel=ERROR"),
            *("-o", "IdentityAgent=none"),
        )
        where = ("-p", str(server.ports[1]), f"{nick}@127.0.0.1")
        screen.type(shlex.join(("ssh", *options, *where)) + "\r")
    screen.wait("1:#lobby", "[#lobby]", nick)


@pytest.mark.parametrize("size", SIZES)
def test_talking(
    server: Server, make_screen: MakeScreen, size: tuple[int, int], way: str
) -> None:
    bob, screen = server.enter("bob"), make_screen(*size)
    enter(screen, server, way)
    screen.wait("/help lists commands and keys")
    screen.type("helo")
    screen.keys("Left")
    screen.type("l")
    screen.keys("C-a")
    screen.type("oh ")
    bob.expect("alice joined")
    bob.send("MSG this does not disturb")
    screen.wait("bob this does not disturb", "[#lobby] oh hello")
    screen.keys("Enter")
    assert bob.expect("alice: ") == "alice: oh hello"
    screen.wait("alice oh hello")
    screen.type("b\t:tad\t\r")
    assert bob.expect("alice: ") == "alice: bob: 🎉 "
    screen.type("one")
    screen.keys("M-Enter")
    screen.type("two\r")
    assert bob.expect("alice: ") == "alice: one"
    assert bob.expect("alice: ") == "alice: two"
    screen.wait(" one", " two", gone="…")
    bob.send("MSG 日本語 👍 alice: e\u0301", "MSG the end")
    shown = screen.wait("日本語 👍 alice: e\u0301", "the end")
    assert ("│" in shown) == (size[0] >= 80), "people where there is room"
    screen.type("/quit good night\r")
    assert "good night" in bob.expect("alice left")
    assert screen.is_given_back()


@pytest.mark.parametrize("size", SIZES)
def test_rooms(
    server: Server, make_screen: MakeScreen, size: tuple[int, int], way: str
) -> None:
    bob, screen = server.enter("bob"), make_screen(*size)
    enter(screen, server, way)
    screen.type("/join dev\r")
    screen.wait("[#dev]")
    screen.keys("M-1")
    screen.wait("[#lobby]")
    bob.send("JOIN #dev", "MSG one", "MSG alice: two", "PRIV alice psst")
    screen.wait("2:#dev(2,1!)", "3:bob(1)")
    screen.keys("M-Right")
    screen.wait("[#dev]", "── new ─", "bob one")
    screen.keys("M-3")
    screen.wait("[bob]", "psst")
    screen.type("yes?\r")
    assert bob.expect("PRIV alice") == "PRIV alice: yes?"
    screen.type("/go lob\r")
    screen.wait("[#lobby]")
    screen.keys("C-g")
    screen.wait("Go to")
    screen.type("dev\r")
    screen.wait("[#dev]")
    screen.type("/topic cats and dogs\r")
    screen.wait("#dev  cats and dogs")
    screen.type("/help\r")
    screen.wait(" Talking", "/me action")
    screen.keys("Escape")
    screen.wait("[#dev]", gone="/me action")


@pytest.mark.parametrize("size", SIZES)
def test_history(
    server: Server, make_screen: MakeScreen, size: tuple[int, int], way: str
) -> None:
    bob, screen = server.enter("bob"), make_screen(*size)
    for number in range(1, 201):
        bob.send(f"MSG message {number}.")
    bob.sync()
    enter(screen, server, way)
    screen.wait("message 200.")
    for _ in range(30):
        screen.keys("PPage")
    screen.wait("message 1.")
    bob.send("MSG the newest")
    screen.keys("End")
    screen.wait("message 200.", "the newest")
    screen.type("/search 77.\r")
    screen.wait("Found: 77.", "message 77.")
    screen.keys("Enter")
    screen.wait("message 77.", "message 76.", gone="the newest")
    screen.keys("Escape")
    screen.wait("the newest")


def test_a_paste_never_executes(
    server: Server, make_screen: MakeScreen, way: str
) -> None:
    bob, screen = server.enter("bob"), make_screen()
    enter(screen, server, way)
    bob.expect("alice joined")
    screen.paste("one\n\x1b[201~\n/quit\n/nick fool\nend")
    screen.wait("[#lobby] one", "/nick fool", "end")
    screen.keys("Enter")
    for text in ("one", "", "/quit", "/nick fool", "end"):
        assert bob.expect("alice: ") == f"alice: {text}"
    screen.paste("\n".join(f"line {number}" for number in range(20)))
    screen.wait("Paste 20 lines? (y/n)")
    screen.type("n")
    screen.wait("[#lobby]", gone="Paste")
    screen.type("still here\r")
    assert bob.expect("alice: ") == "alice: still here"


def test_a_resize_paints_anew(
    server: Server, make_screen: MakeScreen, way: str
) -> None:
    bob, screen = server.enter("bob"), make_screen(60, 15)
    enter(screen, server, way)
    bob.send("MSG hello")
    assert "│" not in screen.wait("bob hello")
    screen.run("resize-window", "-x", "100", "-y", "20")
    screen.wait("│ bob", "bob hello")
    assert len(screen.rows()) == 20
    screen.run("resize-window", "-x", "40", "-y", "8")
    screen.wait("bob hello", "[#lobby]", gone="│")


def test_it_reconnects_and_catches_up(
    start_server: StartServer, make_screen: MakeScreen, tmp_path: Path
) -> None:
    port, database = free_port(), tmp_path / "chat.sqlite"
    options = [
        *("--port", f"tcp:{port}:interface=127.0.0.1", "--flood", "off"),
        *("--database", str(database)),
    ]
    first, screen = start_server(*options), make_screen()
    bob = first.enter("bob")
    enter(screen, first)
    bob.send("MSG before")
    screen.wait("bob before")
    first.stop()
    screen.wait("again in")
    screen.type("typed meanwhile\r")
    screen.wait("…  typed meanwhile")
    second = start_server(*options)
    bob = second.enter("bob")
    bob.send(*(f"MSG missed {number}" for number in range(5)))
    bob.sync()
    assert bob.expect("alice: ") == "alice: typed meanwhile"
    shown = screen.wait("missed 4", "alice typed meanwhile", gone="…")
    for text in ("bob before", *(f"missed {number}" for number in range(5))):
        assert shown.count(text) == 1


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP, signal.SIGINT])
def test_a_signal_ends_it_in_order(
    server: Server, make_screen: MakeScreen, number: int
) -> None:
    bob, screen = server.enter("bob"), make_screen()
    enter(screen, server)
    bob.expect("alice joined")
    os.kill(screen.child, number)
    bob.expect("alice left")
    screen.wait("$", gone="#lobby")
    screen.type("echo status $?\r")
    screen.wait(f"status {128 + number}")
    assert screen.is_given_back()


@pytest.mark.parametrize("by", ["key", "signal"])
def test_it_stops_and_goes_on(server: Server, make_screen: MakeScreen, by: str) -> None:
    bob, screen = server.enter("bob"), make_screen()
    enter(screen, server)
    screen.type("half")
    screen.wait("[#lobby] half")
    if by == "key":
        screen.keys("C-z")
    else:
        os.kill(screen.child, signal.SIGTSTP)
    screen.wait("Stopped")
    assert screen.is_given_back()
    bob.send("MSG while you were away")
    screen.type("fg\r")
    screen.wait("while you were away", "[#lobby] half")
    screen.type(" done\r")
    assert bob.expect("alice: ") == "alice: half done"


def test_a_fault_gives_the_terminal_back(
    server: Server, make_screen: MakeScreen, tmp_path: Path
) -> None:
    """And is told when the screen is gone, not in the middle of it."""
    (tmp_path / "sitecustomize.py").write_text(
        "import twisted_chat.client.fullscreen as f\n"
        "def fail(self, number): raise RuntimeError('a fault')\n"
        "f.FullScreen._resized = fail\n"
    )
    screen = make_screen()
    screen.type(f"export PYTHONPATH={tmp_path}:$PYTHONPATH\r")
    enter(screen, server)
    screen.run("resize-window", "-x", "90", "-y", "20")
    screen.wait("This program has a fault")
    screen.type("/quit\r")
    screen.wait("RuntimeError: a fault", gone="#lobby")
    assert screen.is_given_back()


def test_a_fault_at_the_start_ends_it(
    server: Server, make_screen: MakeScreen, tmp_path: Path
) -> None:
    (tmp_path / "sitecustomize.py").write_text(
        "import twisted_chat.client.reconnecting as r\n"
        "def fail(self): raise RuntimeError('a fault')\n"
        "r.Reconnecting.start = fail\n"
    )
    screen = make_screen()
    screen.type(f"export PYTHONPATH={tmp_path}:$PYTHONPATH\r")
    screen.start(f"alice@127.0.0.1:{server.port}")
    screen.wait("RuntimeError: a fault")
    assert screen.is_given_back()


def test_a_server_by_its_name(
    server: Server, make_screen: MakeScreen, tmp_path: Path
) -> None:
    folder = tmp_path / "twisted-chat"
    folder.mkdir()
    (folder / "config.toml").write_text(
        f'log = "{tmp_path}/logs"\n[servers.work]\n'
        f'address = "alice@127.0.0.1:{server.port}"\nrooms = ["#dev"]\n'
    )
    bob, screen = server.enter("bob"), make_screen()
    screen.start("work")
    screen.wait("1:#lobby", "2:#dev")
    bob.send("MSG keep this")
    screen.wait("keep this")
    log = tmp_path / "logs" / f"127.0.0.1_{server.port}" / "#lobby.log"
    wait_for(log.exists, "the log")
    assert "bob: keep this" in log.read_text("utf-8")


@pytest.mark.parametrize("plain", ["--plain", "TERM=dumb"])
def test_lines_where_they_are_wanted(
    server: Server, make_screen: MakeScreen, plain: str
) -> None:
    screen = make_screen()
    where = f"alice@127.0.0.1:{server.port}"
    if plain == "--plain":
        screen.start(plain, where)
    else:
        screen.type(f"export {plain}\r")
        screen.start(where)
    screen.wait("* In #lobby: alice")
    assert screen.ask("#{alternate_on}") == "0"
