"""A terminal for end-to-end tests: tmux, with a shell in which a client runs."""

from __future__ import annotations

import shlex
import subprocess
import sys
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path

from .support import PATIENCE, Server, wait_for

CLIENT = (sys.executable, "-m", "twisted_chat")
SSH = (
    *("ssh", "-F", "none", "-o", "StrictHostKeyChecking=no"),
    *("-o", "UserKnownHostsFile=/dev/null", "-o", "LogLevel=ERROR"),
    *("-o", "IdentityAgent=none"),
)


def ssh_to(server: Server, nick: str, *options: str) -> str:
    """The command for the shell; `server` has its door for ssh second."""
    where = ("-p", str(server.ports[1]), f"{nick}@127.0.0.1")
    return shlex.join((*SSH, *options, *where))


class Screen:
    """A pane of tmux with a shell in it, in which the client runs.

    :param config: the folder of its configuration; all that is written to the
        terminal is kept there.
    """

    def __init__(self, columns: int, rows: int, config: Path) -> None:
        name = f"chat-{uuid.uuid4().hex}"
        self._tmux = ("tmux", "-L", name, "-f", "/dev/null")
        self._raw = config / f"{name}.raw"
        size = ("-x", str(columns), "-y", str(rows))
        homes = (f"XDG_CONFIG_HOME={config}", f"XDG_STATE_HOME={config}/state")
        shell = f"env PS1='$ ' {shlex.join(homes)} bash --norc --noprofile"
        self.run("new-session", "-d", *size, shell)
        self.wait("$")
        self._raw.touch()
        self.run("pipe-pane", f"exec cat >> {shlex.quote(str(self._raw))}")

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

    def play(self, *parts: str) -> None:
        """Type texts, and press the keys whose names begin with ``<``, at once."""
        words: list[str] = []
        for part in parts:
            key = part.startswith("<")
            typed = [part[1:-1]] if key else [f"{byte:x}" for byte in part.encode()]
            words += ["send-keys", *(() if key else ("-H",)), *typed, ";"]
        self.run(*words[:-1])

    def paste(self, text: str) -> None:
        """Paste `text`, with brackets if the client asked for them."""
        subprocess.run(
            (*self._tmux, "load-buffer", "-"),
            input=text.encode(),
            check=True,
            timeout=PATIENCE,
        )
        self.run("paste-buffer", "-p", "-r")

    def resize(self, columns: int, rows: int) -> None:
        self.run("resize-window", "-x", str(columns), "-y", str(rows))

    # What is to be seen

    def rows(self) -> list[str]:
        return self.run("capture-pane", "-p").splitlines()

    def styled(self) -> str:
        """The screen with the SGR sequences of its cells (ECMA-48, 8.3.117)."""
        return self.run("capture-pane", "-p", "-e")

    def raw(self) -> bytes:
        """All that was written to the terminal since it is there."""
        return self._raw.read_bytes()

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

    def wait_times(self, text: str, times: int) -> None:
        """Wait until `text` is on the screen so many times."""

        def look() -> bool:
            return "\n".join(self.rows()).count(text) == times

        wait_for(look, f"{text!r} {times} times")

    def wait_raw(self, *texts: bytes, after: int = 0) -> bytes:
        """Wait until all `texts` were written, the first `after` bytes aside."""

        def look() -> bytes:
            written = self.raw()[after:]
            return written if all(text in written for text in texts) else b""

        return bytes(wait_for(look, f"{texts!r}"))

    def ask(self, question: str) -> str:
        """What tmux knows of the pane."""
        return self.run("display-message", "-p", question).strip()

    # The shell

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


def screens(config: Path) -> Iterator[MakeScreen]:
    """Makes screens, and closes them."""
    made: list[Screen] = []

    def make(columns: int = 100, rows: int = 30) -> Screen:
        made.append(Screen(columns, rows, config))
        return made[-1]

    yield make
    for screen in made:
        screen.close()


def with_ssh(where: Path, *options: str) -> Iterator[Server]:
    """A server in the directory `where` that has a door for ssh, too."""
    port = "tcp:0:interface=127.0.0.1"
    doors = ("--port", port, "--ssh", port, "--flood", "off")
    server = Server(where, *doors, *options, wait=False)
    try:
        server.wait_open(2)
        yield server
        server.stop()
    finally:
        server.kill()
