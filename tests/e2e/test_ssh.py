"""The door for ssh, with the clients that people have."""

from __future__ import annotations

import functools
import shlex
import signal
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from .conftest import StartServer
from .screens import MakeScreen, screens
from .support import PATIENCE, Server, have, run_tool, wait_for

PASSWORD = "open-sesame"

pytestmark = pytest.mark.skipif(not have("ssh"), reason="ssh is not installed")


class SSHServer:
    """A server with a door for ssh, and a person's own files for its clients."""

    def __init__(self, server: Server, home: Path) -> None:
        self.server = server
        self.home = home
        home.mkdir()
        self.port = server.ports[1]

    def options(self, port: str = "-p") -> list[str]:
        known = self.home / "known_hosts"
        return [
            *("-F", "none", "-o", f"UserKnownHostsFile={known}"),
            *("-o", "StrictHostKeyChecking=accept-new", "-o", "IdentityAgent=none"),
            *(port, str(self.port)),
        ]

    def command(self, nick: str, *more: str, options: tuple[str, ...] = ()) -> str:
        words = ("ssh", *self.options(), *options, f"{nick}@127.0.0.1", *more)
        return shlex.join(words)

    def ssh(
        self, nick: str, *more: str, input: str = "", options: tuple[str, ...] = ()
    ) -> subprocess.CompletedProcess[bytes]:
        words = shlex.split(self.command(nick, *more, options=options))
        return run_tool(*words, input=input.encode())

    def fingerprint(self) -> str:
        """Of the server's key, as a scan finds it."""
        scanned = run_tool(
            *("ssh-keyscan", "-t", "ed25519", "-p", str(self.port), "127.0.0.1")
        )
        (self.home / "scanned").write_bytes(scanned.stdout)
        shown = run_tool("ssh-keygen", "-lf", str(self.home / "scanned"))
        return shown.stdout.decode().split()[1]

    def key(self, name: str = "id", kind: str = "ed25519") -> tuple[Path, str]:
        """A new key; its file, and the line that has its public half."""
        path = self.home / name
        done = run_tool("ssh-keygen", "-q", "-t", kind, "-N", "", "-f", str(path))
        assert done.returncode == 0, done.stderr
        return path, path.with_suffix(".pub").read_text().strip()


@pytest.fixture
def make_screen(tmp_path: Path) -> Iterator[MakeScreen]:
    yield from screens(tmp_path)


StartSSH = Callable[..., SSHServer]


@pytest.fixture
def start_ssh(start_server: StartServer, tmp_path: Path) -> StartSSH:
    def start(*options: str, **more: Any) -> SSHServer:
        where = "tcp:0:interface=127.0.0.1"
        more["wait"] = False
        server = start_server(
            *("--port", where, "--ssh", where, "--flood", "off", *options), **more
        )
        server.wait_open(2)
        return SSHServer(server, tmp_path / "home")

    return start


@pytest.fixture
def ssh(start_ssh: StartSSH) -> SSHServer:
    return start_ssh()


def test_lines_for_scripts(ssh: SSHServer) -> None:
    bob = ssh.server.enter("bob")
    done = ssh.ssh("alice", input="MSG one\nPRIV bob two\nWHO\n", options=("-T",))
    assert done.returncode == 0, done.stderr
    assert done.stdout.decode().splitlines() == [
        "* Welcome to twisted-chat!",
        "* You are now known as alice",
        "* In #lobby: bob, alice",
        "* In #lobby: bob, alice",
    ]
    assert b"closed by remote" not in done.stderr
    assert bob.expect("alice: one")
    assert bob.expect("PRIV alice: two")
    assert bob.expect("alice left")


def test_one_command(ssh: SSHServer) -> None:
    bob = ssh.server.enter("bob")
    bob.send("JOIN #dev")
    done = ssh.ssh("bot", "PRIV", "#dev", "the build is green")
    assert (done.returncode, done.stdout) == (0, b""), done
    refused = ssh.ssh("bot", "PRIV nobody hello")
    assert (refused.returncode, refused.stdout) == (1, b"")
    assert b"ERR 401 Nobody here is called nobody" in refused.stderr
    assert b"* In #dev: bob" in ssh.ssh("bot", "WHO #dev").stdout
    said = bob.sync()
    assert [line for line in said if "bot" in line] == ["#dev bot: the build is green"]


@pytest.mark.parametrize("kind", ["ed25519", "rsa"])
def test_a_key_is_bound_and_logs_in(ssh: SSHServer, kind: str) -> None:
    alice = ssh.server.enter("alice")
    path, line = ssh.key(kind=kind)
    alice.send(f"REGISTER {PASSWORD}", f"KEY add {line}")
    alice.expect("is yours now")
    strange, _ = ssh.key("strange")
    options = ("-T", "-o", "BatchMode=yes", "-i", str(strange), "-i", str(path))
    done = ssh.ssh("alice", input="WHOIS alice\n", options=options)
    assert done.returncode == 0, done.stderr
    assert b"logged in as alice" in done.stdout
    refused = ssh.ssh("alice", options=options[:-2])
    assert refused.returncode == 255
    assert b"Permission denied" in refused.stderr


def test_the_key_that_the_client_has_offered(
    ssh: SSHServer, make_screen: MakeScreen
) -> None:
    """``/key add`` needs nothing pasted."""
    alice, screen = ssh.server.enter("alice"), make_screen()
    alice.send(f"REGISTER {PASSWORD}")
    alice.expect("logged in")
    alice.send("QUIT")
    alice.rest()
    path, _ = ssh.key()
    options = ("-i", str(path), "-o", "IdentitiesOnly=yes")
    screen.type(f"TERM=xterm {ssh.command('alice', options=options)}\r")
    screen.wait("The password of alice:")
    screen.type(f"{PASSWORD}\r")
    screen.wait("[#lobby]")
    screen.type("/key add\r")
    screen.wait("SHA256:")
    screen.type("/quit\r")
    screen.wait("$", gone="#lobby")
    batch = (*options, "-T", "-o", "BatchMode=yes")
    done = ssh.ssh("alice", input="KEY\n", options=batch)
    assert b"logged in as alice" in done.stdout, done


SCREENS = {"plink": "plink -ssh -batch -t -P", "dbclient": "dbclient -y -t -p"}


@pytest.mark.parametrize("program", SCREENS)
def test_the_screen_by_other_clients(
    ssh: SSHServer, make_screen: MakeScreen, program: str
) -> None:
    if not have(program):
        pytest.skip(f"{program} is not installed")
    bob, screen = ssh.server.enter("bob"), make_screen(90, 20)
    words = f"{SCREENS[program]} {ssh.port}"
    if program == "plink":
        words += f" -hostkey {ssh.fingerprint()}"
    screen.type(f"HOME={ssh.home} TERM=xterm {words} alice@127.0.0.1\r")
    screen.wait("1:#lobby", "│ bob", "[#lobby]")
    bob.send("MSG hello")
    screen.wait("bob hello")
    screen.resize(60, 15)
    screen.wait("bob hello", gone="│")
    screen.type("and you\r")
    assert bob.expect("alice: ") == "alice: and you"
    screen.type("/quit\r")
    screen.wait("$", gone="#lobby")
    assert screen.is_given_back()


def test_a_password_is_asked_for(ssh: SSHServer, make_screen: MakeScreen) -> None:
    alice, screen = ssh.server.enter("alice"), make_screen()
    alice.send(f"REGISTER {PASSWORD}")
    alice.expect("logged in")
    screen.type(f"TERM=xterm {ssh.command('alice')}\r")
    screen.wait("The password of alice:")
    screen.type("wrong-one\r")
    screen.wait("Wrong password for alice")
    screen.type(f"{PASSWORD}\r")
    screen.wait("1:#lobby", "[#lobby]", "alice")
    assert PASSWORD not in "\n".join(screen.rows())


def test_the_servers_password(
    start_ssh: StartSSH, make_screen: MakeScreen, tmp_path: Path
) -> None:
    """It is asked of everybody first, also of who has a key."""
    word = "sesame-street"
    (tmp_path / "word").write_text(f"{word}\n")
    ssh = start_ssh("--password-file", str(tmp_path / "word"))
    screen = make_screen()
    screen.type(f"TERM=xterm {ssh.command('alice')}\r")
    screen.wait("The password of this server:")
    screen.type("wrong\r")
    screen.wait("Wrong password; ask who runs the server")
    screen.type(f"{word}\r")
    screen.wait("1:#lobby", "[#lobby]", "alice")
    assert word.encode() not in screen.raw()
    path, line = ssh.key()
    screen.type(f"/register {PASSWORD}\r")
    screen.wait("logged in as alice")
    screen.type(f"/key add {line}\r")
    screen.wait("SHA256:")
    screen.type("/quit\r")
    screen.wait("$", gone="#lobby")
    key = ("-i", str(path), "-o", "IdentitiesOnly=yes")
    batch = ssh.ssh("alice", options=(*key, "-T", "-o", "BatchMode=yes"))
    assert batch.returncode == 255
    screen.type("clear\r")
    screen.wait("$", gone="password")
    screen.type(f"TERM=xterm {ssh.command('alice', options=key)}\r")
    screen.wait("The password of this server:")
    screen.type(f"{word}\r")
    shown = screen.wait("1:#lobby", "[#lobby]")
    assert "The password of alice" not in shown


def test_five_tries(ssh: SSHServer, make_screen: MakeScreen) -> None:
    alice, screen = ssh.server.enter("alice"), make_screen()
    alice.send(f"REGISTER {PASSWORD}")
    alice.expect("logged in")
    more = ("-o", "NumberOfPasswordPrompts=9")
    screen.type(f"TERM=xterm {ssh.command('alice', options=more)}\r")
    for tries in range(1, 6):
        screen.wait_times("The password of alice:", tries)
        screen.type("wrong-one\r")
    shown = screen.wait("too many tries")
    assert shown.count("The password of alice:") == 5
    assert "#lobby" not in shown


def test_a_taken_nick(ssh: SSHServer, make_screen: MakeScreen) -> None:
    ssh.server.enter("alice")
    screen = make_screen()
    screen.type(f"TERM=xterm {ssh.command('alice')}\r")
    screen.wait("alice is taken; try alice_. Nick:")
    screen.type("alice_\r")
    screen.wait("1:#lobby", "[#lobby]", "alice_")


def test_the_host_key_stays_and_another_one_is_noticed(
    start_ssh: StartSSH, start_server: StartServer, tmp_path: Path
) -> None:
    ssh = start_ssh()
    assert ssh.ssh("alice", options=("-T",)).returncode == 0
    kept = ssh.server.cwd / "twisted-chat.sqlite-ssh-host-key"
    assert kept.stat().st_mode & 0o777 == 0o600
    shown = run_tool("ssh-keygen", "-lf", str(kept)).stdout.decode().split()[1]
    assert f"ssh host key {shown}" in ssh.server.log()
    assert ssh.fingerprint() == shown
    ssh.server.stop()
    given, _ = ssh.key("given", kind="rsa")
    where = ("--port", "tcp:0", "--ssh", f"tcp:{ssh.port}:interface=127.0.0.1")
    other = start_server(*where, "--ssh-host-key", str(given), wait=False)
    other.wait_open(2)
    changed = ssh.ssh("alice", options=("-T",))
    assert changed.returncode == 255
    assert b"HOST IDENTIFICATION HAS CHANGED" in changed.stderr
    (ssh.home / "known_hosts").unlink()
    assert ssh.ssh("alice", options=("-T",)).returncode == 0
    assert b" ssh-rsa " in (ssh.home / "known_hosts").read_bytes()


def test_nothing_else_is_offered(ssh: SSHServer) -> None:
    for options, more in (
        (("-N", "-o", "ExitOnForwardFailure=yes", "-R", "0:127.0.0.1:22"), ()),
        (("-s",), ("sftp",)),
        (("-W", "127.0.0.1:22"), ()),
    ):
        done = ssh.ssh("alice", *more, options=options)
        assert done.returncode == 255 or done.returncode == 1, (options, done)
    done = ssh.ssh("alice", options=("-T", "-A", "-X", "-C", "-v"), input="WHO\n")
    assert b"In #lobby" in done.stdout
    assert b"compression: none" in done.stderr
    old = "-oKexAlgorithms=diffie-hellman-group14-sha1"
    for weak in ("-c3des-cbc", "-mhmac-sha1", old):
        assert b"no matching" in ssh.ssh("alice", options=(weak,)).stderr.lower()


@pytest.mark.parametrize("pty", ["-T", "-tt"])
def test_a_cut_connection_is_leaving(ssh: SSHServer, pty: str) -> None:
    bob = ssh.server.enter("bob")
    words = shlex.split(ssh.command("alice", options=(pty,)))
    with subprocess.Popen(
        words, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
    ) as client:
        bob.expect("alice joined")
        client.kill()
    bob.expect("alice left")


def test_a_client_that_stops_reading_is_dropped(ssh: SSHServer) -> None:
    bob = ssh.server.enter("bob")
    words = shlex.split(ssh.command("alice", options=("-T",)))
    with subprocess.Popen(
        words, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
    ) as client:
        bob.expect("alice joined")
        client.send_signal(signal.SIGSTOP)
        for number in range(30_000):
            bob.send(f"MSG {number} {'x' * 1000}")
        assert "send queue exceeded" in bob.expect("alice left")
        client.kill()


@pytest.mark.skipif(not have("plink"), reason="plink is not installed")
def test_putty(ssh: SSHServer) -> None:
    done = run_tool(
        *("plink", "-batch", "-ssh", "-T", "-P", str(ssh.port)),
        *("-hostkey", ssh.fingerprint(), "alice@127.0.0.1"),
        input=b"WHO\nQUIT\n",
    )
    assert b"* In #lobby: alice" in done.stdout, done


@pytest.mark.skipif(not have("dbclient"), reason="dropbear is not installed")
def test_dropbear(ssh: SSHServer) -> None:
    done = run_tool(
        *("env", f"HOME={ssh.home}", "dbclient", "-y", "-T", "-p", str(ssh.port)),
        "alice@127.0.0.1",
        input=b"WHO\nQUIT\n",
    )
    assert b"* In #lobby: alice" in done.stdout, done


@pytest.mark.parametrize("limit", ["64K", "1M"])
def test_openssh_exchanges_keys_anew(ssh: SSHServer, limit: str) -> None:
    bob = ssh.server.enter("bob")
    options = ("-T", "-v", "-o", f"RekeyLimit={limit}")
    words = shlex.split(ssh.command("alice", options=options))
    path = ssh.home / "out"

    def shown(text: str) -> bool:
        return text in path.read_text()

    with (
        path.open("wb") as out,
        subprocess.Popen(
            words, stdin=subprocess.PIPE, stdout=out, stderr=subprocess.PIPE
        ) as client,
    ):
        bob.expect("alice joined")
        for number in range(1500):
            bob.send(f"MSG {number} {'x' * 900}")
            if number % 100 == 99:
                bob.sync()
                last = f"bob: {number} x"
                wait_for(functools.partial(shown, last), last)
        _, log = client.communicate(b"MSG done\nQUIT\n", timeout=PATIENCE)
    lines = path.read_text().splitlines()
    heard = [line.split()[1] for line in lines if " xx" in line]
    assert heard == [str(number) for number in range(1500)]
    assert bob.expect("alice: ") == "alice: done"
    assert log.count(b"SSH2_MSG_NEWKEYS received") > (5 if limit == "64K" else 1)


REKEYING = {
    "ssh": ("-T",),
    "plink": ("-batch", "-ssh", "-T"),
    "dbclient": ("-y", "-T"),
}


@pytest.mark.parametrize("program", REKEYING)
def test_the_server_asks_for_new_keys(
    start_ssh: StartSSH, tmp_path: Path, program: str
) -> None:
    """Of each kind of client, here after 40 KB and not after 1 GiB."""
    if not have(program):
        pytest.skip(f"{program} is not installed")
    (tmp_path / "sitecustomize.py").write_text(
        "import twisted_chat.doors.ssh.transport as t\n"
        "t.KEYS_CARRY = 40_000\n"
        "renew = t.Transport._renew\n"
        "def noted(self):\n"
        "    print('renews', self._stage.name, flush=True)\n"
        "    renew(self)\n"
        "t.Transport._renew = noted\n"
    )
    ssh = start_ssh(env={"PYTHONPATH": str(tmp_path)})
    where = ("-p" if program != "plink" else "-P", str(ssh.port), "alice@127.0.0.1")
    words = [program, *REKEYING[program], *where]
    if program == "ssh":
        words = shlex.split(ssh.command("alice", options=("-T",)))
    elif program == "plink":
        words[1:1] = ["-hostkey", ssh.fingerprint()]
    bob = ssh.server.enter("bob")
    lines = "".join(f"MSG {number} {'y' * 900}\n" for number in range(400))
    run_tool("env", f"HOME={ssh.home}", *words, input=lines.encode() + b"QUIT\n")
    heard = [bob.expect("alice: ").split()[1] for _ in range(400)]
    assert heard == [str(number) for number in range(400)]
    assert (
        ssh.server.said().count("renews NONE") + ssh.server.log().count("renews NONE")
        > 2
    )


def test_it_says_what_is_missing_or_wrong(tmp_path: Path) -> None:
    def start(*options: str) -> str:
        server = Server(tmp_path, *options, wait=False)
        assert server.wait_exit() == 1
        server.kill()
        return server.said()

    missing = start("--ssh", "0", "--ssh-host-key", "nowhere")
    assert "can't read nowhere: No such file" in missing
    open_to_all = tmp_path / "key"
    open_to_all.write_text("x")
    open_to_all.chmod(0o644)
    assert "chmod 600 it" in start("--ssh", "0", "--ssh-host-key", str(open_to_all))
    open_to_all.chmod(0o600)
    said = start("--ssh", "0", "--ssh-host-key", str(open_to_all))
    assert "is no private key of ssh" in said
