"""The full-screen client as a process: how it starts, ends, stops and comes back."""

from __future__ import annotations

import os
import re
import shlex
import signal
from collections.abc import Iterator
from itertools import count
from pathlib import Path

import pytest

from .conftest import StartServer
from .screens import CLIENT, MakeScreen, Screen, screens, ssh_to, with_ssh
from .support import Client, Server, free_port, have, wait_for

pytestmark = pytest.mark.skipif(not have("tmux"), reason="tmux is not installed")

_numbers = count(1)


@pytest.fixture
def make_screen(tmp_path: Path) -> Iterator[MakeScreen]:
    yield from screens(tmp_path)


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    yield from with_ssh(tmp_path_factory.mktemp("server"))


@pytest.fixture(scope="module")
def silent(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server where nobody talks: on a small screen what it tells at first stays."""
    silent = Server(tmp_path_factory.mktemp("silent"), "--flood", "off")
    try:
        yield silent
        silent.stop()
    finally:
        silent.kill()


@pytest.fixture
def nick() -> str:
    """One that nobody had before: who had the last one may not be gone yet."""
    return f"alice{next(_numbers)}"


@pytest.fixture
def bob(server: Server) -> Iterator[Client]:
    bob = server.enter(f"bob{next(_numbers)}")
    yield bob
    bob.close()


def enter(screen: Screen, server: Server, nick: str = "alice") -> None:
    screen.start(f"{nick}@127.0.0.1:{server.port}")
    screen.wait("1:#lobby", "[#lobby]", nick)


def inject(folder: Path, screen: Screen, code: str) -> None:
    """Have each Python that `screen` starts run `code` first."""
    (folder / "sitecustomize.py").write_text(code)
    screen.type(f"export PYTHONPATH={folder}:$PYTHONPATH\r")


def test_it_reconnects_without_gap_or_double(
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
    screen.type("/join dev\r")
    screen.wait("[#dev]")
    bob.send("JOIN #dev", "MSG before")
    screen.wait("bob before")
    first.kill()
    for delay in (1, 2):
        screen.wait(f"again in {delay} s")
    screen.play("typed meanwhile", "<Enter>", "two", "<M-Enter>", "lines", "<Enter>")
    screen.wait("…  typed meanwhile", "…  two", "lines")
    second = start_server(*options)
    bob = second.enter("bob")
    bob.send("JOIN #dev", *(f"MSG missed {number}" for number in range(5)))
    bob.sync()
    for text in ("typed meanwhile", "two", "lines"):
        assert bob.expect("alice: ") == f"#dev alice: {text}"
    shown = screen.wait("missed 4", "alice typed meanwhile", gone="…")
    for text in ("bob before", *(f"missed {number}" for number in range(5))):
        assert shown.count(text) == 1
    screen.type("and now\r")
    assert bob.expect("alice: ") == "#dev alice: and now", "and nothing else"
    screen.keys("M-1")
    screen.wait("[#lobby]", "1:#lobby", "2:#dev", gone=" 3:")


@pytest.mark.parametrize("size", [(100, 30), (60, 15)])
def test_a_late_server_is_told_of(
    server: Server,
    make_screen: MakeScreen,
    tmp_path: Path,
    nick: str,
    size: tuple[int, int],
) -> None:
    """By ssh it is that server that paints the screen."""
    screen = make_screen(*size)
    inject(
        tmp_path,
        screen,
        "from twisted_chat.terminal.settings import Settings\n"
        "Settings.__new__.__defaults__ = (*Settings.__new__.__defaults__[:-1], 0.2)\n",
    )
    enter(screen, server, nick)
    server.signal(signal.SIGSTOP)
    try:
        screen.wait(f"{nick}, lag 1 s")
    finally:
        server.signal(signal.SIGCONT)
    screen.wait(nick, gone="lag")


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP, signal.SIGINT])
def test_a_signal_ends_it_in_order(
    server: Server, make_screen: MakeScreen, number: int, nick: str, bob: Client
) -> None:
    screen = make_screen()
    enter(screen, server, nick)
    bob.expect(f"{nick} joined")
    os.kill(screen.child, number)
    bob.expect(f"{nick} left")
    screen.wait("$", gone="#lobby")
    screen.type("echo status $?\r")
    screen.wait(f"status {128 + number}")
    assert screen.is_given_back()


@pytest.mark.parametrize("by", ["key", "signal"])
def test_it_stops_and_goes_on(
    server: Server, make_screen: MakeScreen, by: str, nick: str, bob: Client
) -> None:
    screen = make_screen()
    enter(screen, server, nick)
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
    assert bob.expect(f"{nick}: ") == f"{nick}: half done"


def test_a_fault_gives_the_terminal_back(
    server: Server, make_screen: MakeScreen, tmp_path: Path, nick: str
) -> None:
    """And is told when the screen is gone, not in the middle of it."""
    screen = make_screen()
    inject(
        tmp_path,
        screen,
        "import twisted_chat.client.fullscreen as f\n"
        "def fail(self, number): raise RuntimeError('a fault')\n"
        "f.FullScreen._resized = fail\n",
    )
    enter(screen, server, nick)
    screen.resize(90, 20)
    screen.wait("This program has a fault")
    screen.type("/quit\r")
    screen.wait("RuntimeError: a fault", gone="#lobby")
    assert screen.is_given_back()


def test_a_fault_at_the_start_ends_it(
    server: Server, make_screen: MakeScreen, tmp_path: Path
) -> None:
    screen = make_screen()
    inject(
        tmp_path,
        screen,
        "import twisted_chat.client.reconnecting as r\n"
        "def fail(self): raise RuntimeError('a fault')\n"
        "r.Reconnecting.start = fail\n",
    )
    screen.start(f"alice@127.0.0.1:{server.port}")
    screen.wait("RuntimeError: a fault")
    assert screen.is_given_back()


def test_a_server_by_its_name(
    server: Server, make_screen: MakeScreen, tmp_path: Path, nick: str, bob: Client
) -> None:
    folder = tmp_path / "twisted-chat"
    folder.mkdir()
    (folder / "config.toml").write_text(
        f'log = "{tmp_path}/logs"\n[servers.work]\n'
        f'address = "{nick}@127.0.0.1:{server.port}"\nrooms = ["#dev"]\n'
    )
    screen = make_screen()
    screen.start("work")
    screen.wait("1:#lobby", "2:#dev")
    bob.send("MSG keep this")
    screen.wait("keep this")
    log = tmp_path / "logs" / f"127.0.0.1_{server.port}" / "#lobby.log"
    wait_for(log.exists, "the log")
    assert ": keep this" in log.read_text("utf-8")


def test_a_notification_as_iterm2_has_it(
    server: Server, make_screen: MakeScreen, tmp_path: Path, nick: str, bob: Client
) -> None:
    """OSC 9; the others are in each home's configuration."""
    folder = tmp_path / "twisted-chat"
    folder.mkdir()
    (folder / "config.toml").write_text("notify = 9\n")
    screen = make_screen(60, 15)
    enter(screen, server, nick)
    before = len(screen.raw())
    bob.send(f"MSG {nick}: look;here\x07")
    raw = screen.wait_raw(b"\x1b]9;", after=before)
    told = raw.partition(b"\x1b]9;")[2].partition(b"\x1b\\")[0].decode()
    assert told == f"bob{told[3:].partition(' ')[0]} in #lobby: {nick}: look,here"


def test_it_comes_back_into_its_rooms(
    silent: Server, make_screen: MakeScreen, tmp_path: Path, nick: str
) -> None:
    screen = make_screen(60, 15)
    enter(screen, silent, nick)
    for room in ("#one", "#two"):
        screen.type(f"/join {room}\r")
        screen.wait(f"[{room}]")
    screen.type("/quit\r")
    screen.wait("$", gone="#lobby")
    enter(screen, silent, nick)
    screen.wait("1:#lobby", "2:#one", "3:#two", gone="(")
    screen.keys("M-2")
    screen.wait("[#one]")
    screen.type("/part\r")
    screen.wait(gone="#one")
    os.kill(screen.child, signal.SIGKILL)
    screen.wait("Killed")
    screen.type("reset -Q; clear\r")
    screen.wait("$", gone="Killed")
    (tmp_path / "twisted-chat").mkdir()
    (tmp_path / "twisted-chat" / "config.toml").write_text("remember = false")
    enter(screen, silent, f"{nick}-")
    assert "#two" not in screen.wait("/help lists")
    screen.type("/quit\r")
    screen.wait("$", gone="#lobby")
    (tmp_path / "twisted-chat" / "config.toml").unlink()
    enter(screen, silent, nick)
    assert "#one" not in screen.wait("1:#lobby", "2:#two")


PASSWORD = "open-sesame"


@pytest.mark.parametrize("how", ["prompt", "file", "keyring"])
def test_it_logs_in(
    silent: Server, make_screen: MakeScreen, tmp_path: Path, how: str, nick: str
) -> None:
    """And no password is on the screen, nor among the processes."""
    owner = silent.enter(nick)
    owner.send(f"REGISTER {PASSWORD}")
    owner.expect("logged in")
    owner.send("QUIT")
    owner.rest()
    screen = make_screen(60, 15)
    where = f"{nick}@127.0.0.1:{silent.port}"
    if how == "file":
        secret = tmp_path / "secret"
        secret.write_text(f"{PASSWORD}\n")
        secret.chmod(0o600)
        screen.start("--login-file", str(secret), where)
    elif how == "keyring":
        (tmp_path / "ring.py").write_text(
            "from keyring.backend import KeyringBackend\n"
            "class Ring(KeyringBackend):\n"
            "    priority = 1\n"
            "    def get_password(self, service, name):\n"
            f"        return {PASSWORD!r} if name == {where!r} else None\n"
            "    set_password = delete_password = get_password\n"
        )
        screen.type(f"export PYTHONPATH={tmp_path} PYTHON_KEYRING_BACKEND=ring.Ring\r")
        screen.start("--keyring", where)
    else:
        screen.start("--login", where)
        screen.wait(f"Password of {nick}:")
        screen.type("wrong-one\r")
        screen.wait("Wrong password", "or choose", "no nick yet", "nick:")
        screen.type(f"/login {nick} {PASSWORD}\r")
    screen.wait("[#lobby]", f"logged in as {nick}")
    assert PASSWORD.encode() not in screen.raw()
    assert PASSWORD.encode() not in Path(f"/proc/{screen.child}/cmdline").read_bytes()


@pytest.mark.parametrize(
    ("how", "size"),
    [
        ("--plain", (100, 30)),
        ("--plain", (60, 15)),
        ("TERM=dumb", (60, 15)),
        ("a pipe", (100, 30)),
    ],
)
def test_lines_where_they_are_wanted(
    server: Server,
    make_screen: MakeScreen,
    how: str,
    size: tuple[int, int],
    nick: str,
    bob: Client,
) -> None:
    screen = make_screen(*size)
    words = shlex.join((*CLIENT, f"{nick}@127.0.0.1:{server.port}"))
    lines = {
        "--plain": f"{words} --plain",
        "TERM=dumb": f"TERM=dumb {words}",
        "a pipe": f"(echo said; read) | {words} | cat",
    }
    screen.type(f"{lines[how]}\r")
    bob.expect(f"{nick} joined")  # on a small screen others' talk may hide the rest
    if how != "a pipe":
        screen.type("said\r")
    assert bob.expect(f"{nick}: ") == f"{nick}: said"
    long = " ".join([f"{nick}'s"] * 15)  # others are shown again
    bob.send(f"MSG {long} line", f"MSG heard by {nick}")
    shown = screen.wait(f": heard by {nick}")
    assert "".join(shown.split()).count(f"{long}line".replace(" ", "")) == 1
    assert screen.ask("#{alternate_on}") == "0"
    assert b"\x1b[?1049h" not in screen.raw()


COLOUR = re.compile(rb"\x1b\[(?:\d+;)*(?:3[0-7]|38;5;\d+|4[0-7])m")


@pytest.mark.parametrize(
    "how", ["as ever", "--no-color", "NO_COLOR", "colours = false", "ssh", "ssh too"]
)
def test_colours_unless_they_are_refused(
    server: Server,
    make_screen: MakeScreen,
    tmp_path: Path,
    how: str,
    nick: str,
    bob: Client,
) -> None:
    screen = make_screen()
    if how == "colours = false":
        (tmp_path / "twisted-chat").mkdir()
        (tmp_path / "twisted-chat" / "config.toml").write_text(f"{how}\n")
    if how in ("NO_COLOR", "ssh"):
        screen.type("export NO_COLOR=1\r")
    before = len(screen.raw())
    if how.startswith("ssh"):
        screen.type(f"{ssh_to(server, nick, '-o', 'SendEnv=NO_COLOR')}\r")
    else:
        more = (how,) if how.startswith("--") else ()
        screen.start(*more, f"{nick}@127.0.0.1:{server.port}")
    screen.wait("[#lobby]")
    bob.send("MSG in which colour?")
    raw = screen.wait_raw(b"in which colour?", after=before)
    assert bool(COLOUR.search(raw)) == (how in ("as ever", "ssh too"))
