"""Lets the installed server write the file of its version."""

from __future__ import annotations

import gzip
import sqlite3
import tempfile
from pathlib import Path

from ..e2e.support import Server
from . import ROOT, SCENE, stored


def write(path: Path) -> int:
    """Play `SCENE` with a database at `path`; its version."""
    operators = path.with_name("operators")
    operators.write_text(f"{ROOT}\n")
    options = ("--flood", "off", "--database", str(path), "--operators", str(operators))
    server = Server(path.parent, *options)
    clients = {}
    for line in SCENE.splitlines():
        nick, _, command = line.partition(" ")
        if nick not in clients:
            clients[nick] = server.enter(nick)
        clients[nick].send(command)
        clients[nick].sync()
    server.stop()
    connection = sqlite3.connect(path)
    connection.execute("PRAGMA journal_mode = DELETE")
    connection.execute("VACUUM")
    [[version]] = connection.execute("PRAGMA user_version")
    connection.close()
    return int(version)


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as where:
        path = Path(where) / "chat.sqlite"
        file = stored(write(path))
        file.write_bytes(gzip.compress(path.read_bytes(), mtime=0))
        print(file, file.stat().st_size)
