"""Builds the load generator and runs it."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

SOURCE = Path(__file__).parent / "generator"
LIMIT = 300.0


class Failed(Exception):  # noqa: N818
    """A run that gave no result."""


class Result(NamedTuple):
    """What one run of the generator measured; seconds, KiB, milliseconds.

    Latencies are those of deliveries, and of registrations where all stay idle.
    """

    clients: int
    opening_seconds: float
    opening_cpu: float
    rss_before: int
    rss_idle: int
    rss_most: int
    seconds: float = 0.0
    server_cpu: float = 0.0
    own_cpu: float = 0.0
    delivered: int = 0
    sent: int = 0
    reads: int = 0
    p50: float = 0.0
    p99: float = 0.0
    p999: float = 0.0
    most: float = 0.0
    foreign: int = 0
    lost: int = 0
    misordered: int = 0
    damaged: int = 0

    @property
    def rate(self) -> float:
        """Deliveries per CPU second of the server."""
        return self.delivered / self.server_cpu

    @property
    def registrations(self) -> float:
        """Registrations per CPU second of the server."""
        return self.clients / self.opening_cpu

    @property
    def idle_share(self) -> float:
        """How much of its time the generator had nothing to do, 0 to 1."""
        return min(1.0, max(0.0, 1 - self.own_cpu / self.seconds))

    @property
    def busy_share(self) -> float:
        """How much of its core the server used, 0 to 1."""
        return self.server_cpu / self.seconds

    def complaint(self) -> str:
        """What was wrong with what the listeners read; empty when all is well."""
        wrong = {
            "not heard by all": self.lost,
            "lost, doubled or out of order": self.misordered,
            "damaged": self.damaged,
        }
        return ", ".join(f"{count} {what}" for what, count in wrong.items() if count)


def build(where: Path) -> Path:
    """Compile the generator into the directory `where`."""
    return compiled(where / "generator", sorted(SOURCE.glob("*.c")))


def compiled(program: Path, sources: Sequence[Path]) -> Path:
    """Compile `sources` to `program`; raises `Failed` without a compiler."""
    compiler = os.environ.get("CC") or shutil.which("cc") or shutil.which("gcc")
    if compiler is None:
        raise Failed("no C compiler; install gcc and libc6-dev")
    flags = ["-std=gnu11", "-D_GNU_SOURCE", "-O2", "-Wall", "-Wextra", "-Werror"]
    subprocess.run(
        [compiler, *flags, "-o", str(program), *map(str, sources)], check=True
    )
    return program


def run(program: Path, core: int | None, **options: object) -> Result:
    """One run.

    :param core: the core to run on; None for any.
    :raises Failed: when the generator did, with what it said.
    """
    words = [f"{name}={_word(value)}" for name, value in options.items()]
    done = subprocess.run(
        [str(program), *words],
        capture_output=True,
        text=True,
        timeout=LIMIT,
        preexec_fn=None if core is None else lambda: os.sched_setaffinity(0, [core]),
    )
    if done.returncode:
        raise Failed(done.stderr.strip() or f"exit status {done.returncode}")
    figures: dict[str, Any] = json.loads(done.stdout)
    figures["clients"] = options.get("clients", 0)
    return Result(**figures)


def _word(value: object) -> str:
    return str(int(value)) if isinstance(value, bool) else str(value)
