"""What clients saw is in the history, whatever happens to server and disk."""

from __future__ import annotations

import contextlib
import json
import os
import random
import resource
import selectors
import shutil
import sqlite3
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from twisted_chat.storage.database import open_file

from .conftest import StartServer
from .support import Client, Server, wait_for

KILLS = 20
WRITERS = 4
ROOMS = ("#lobby", "#dev")
MIB = 1 << 20


# SIGKILL


def settle(client: Client) -> None:
    """Read, as a program, all that came so far."""
    client.send("PING settled")
    client.expect('"token":"settled"')


class Load:
    """Clients that write as fast as they read, and note all that they see."""

    def __init__(self, server: Server, round: int) -> None:
        self.server = server
        self.round = round
        self.count = 0
        self.clients = [self._enter(number) for number in range(WRITERS)]
        self.unread = [b""] * WRITERS
        self.seen: list[dict[str, Any]] = []

    def _enter(self, number: int) -> Client:
        client = self.server.connect()
        client.send("REPLAY off", "FORMAT json", f"NICK writer{number}", "JOIN #dev")
        settle(client)
        client.socket.setblocking(False)
        return client

    def run(self, seconds: float) -> None:
        """Write and read for that long, kill the server, read what is left."""
        end = time.monotonic() + seconds
        with selectors.DefaultSelector() as selector:
            for number, client in enumerate(self.clients):
                selector.register(client.socket, selectors.EVENT_READ, number)
                self._write(number)
            while (left := end - time.monotonic()) > 0:
                for key, _ in selector.select(left):
                    self._read(key.data)
                    self._write(key.data)
            self.server.process.kill()
            self.server.process.wait()
            while selector.get_map():
                for key, _ in selector.select(5):
                    if not self._read(key.data):
                        selector.unregister(key.fileobj)

    def _write(self, number: int) -> None:
        lines = []
        for _ in range(3):
            self.count += 1
            room = random.choice(ROOMS)
            lines.append(f"PRIV {room} {self.round}.{number}.{self.count}\n")
        with contextlib.suppress(BlockingIOError, ConnectionError):
            self.clients[number].socket.send("".join(lines).encode())

    def _read(self, number: int) -> bool:
        try:
            data = self.clients[number].socket.recv(1 << 20)
        except BlockingIOError:
            return True
        except ConnectionError:
            return False
        *lines, self.unread[number] = (self.unread[number] + data).split(b"\n")
        self.seen += map(json.loads, lines)
        return bool(data)


def all_of(server: Server, room: str, after: int) -> list[dict[str, Any]]:
    """What HISTORY gives of `room`, page by page."""
    client = server.connect()
    client.send("REPLAY off", "FORMAT json", "NICK reader", f"JOIN {room}")
    settle(client)
    found: list[dict[str, Any]] = []
    more = True
    while more:
        client.send(f"HISTORY {room} 100 after {after}")
        page = client.event()
        assert page["event"] == "history", page
        found += page["messages"]
        more, after = page["more"], page["next"]
    client.close()
    return found


def test_what_anyone_saw_is_there_after_sigkill(
    start_server: StartServer, tmp_path: Path
) -> None:
    options = ("--flood", "off", "--database", str(tmp_path / "chat.sqlite"))
    kept: dict[str, dict[int, str]] = {room: {} for room in ROOMS}
    seen: list[dict[str, Any]] = []
    shown = 0
    for round in range(KILLS + 1):
        server = start_server(*options)
        for room, messages in kept.items():
            for message in all_of(server, room, after=len(messages)):
                # Once and in order: ids are consecutive, no text comes twice.
                assert message["id"] == len(messages) + 1
                messages[message["id"]] = message["text"]
            assert len(set(messages.values())) == len(messages)
        for message in seen:
            assert kept[message["room"]].get(message["id"]) == message["text"]
        shown += len(seen)
        if round < KILLS:
            load = Load(server, round)
            load.run(random.uniform(0.02, 0.3))
            seen = [event for event in load.seen if event["event"] == "message"]
        else:
            server.kill()
    assert shown > KILLS * WRITERS


# The disk


def limit_files(size: int) -> None:
    """No file of this process may grow past `size` bytes, until further notice."""
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, resource.RLIM_INFINITY))


def test_a_full_disk(start_server: StartServer, tmp_path: Path) -> None:
    path = tmp_path / "chat.sqlite"
    operators = tmp_path / "operators"
    operators.write_text("root\n")
    options = ("--flood", "off", "--database", str(path), "--operators", str(operators))
    server = start_server(*options, preexec=lambda: limit_files(MIB // 2))
    root, alice = server.enter("root"), server.enter("alice")
    root.send("REGISTER a-long-password")
    root.expect("root")
    root.sync()
    said = 0
    while "can't be stored" not in server.log():
        for _ in range(50):
            said += 1
            alice.send(f"MSG {said} " + "x" * 900)
        alice.sync()
        assert said < 5000, "the disk never gets full"
    root.expect("Messages can't be stored")
    alice.send("MSG still talking")
    root.expect("alice: still talking")
    resource.prlimit(
        server.pid,
        resource.RLIMIT_FSIZE,
        (resource.RLIM_INFINITY, resource.RLIM_INFINITY),
    )
    root.expect("Messages are stored again; none were lost")
    assert server.log().count("can't be stored") == 1
    alice.send("MSG the last word")
    root.expect("the last word")
    server.stop()
    after = start_server(*options)
    found = all_of(after, "#lobby", 0)
    assert [m["id"] for m in found] == list(range(1, said + 3))
    assert [m["text"] for m in found[-2:]] == ["still talking", "the last word"]


def test_a_locked_file_holds_nobody_up(
    start_server: StartServer, tmp_path: Path
) -> None:
    path = tmp_path / "chat.sqlite"
    server = start_server("--flood", "off", "--database", str(path))
    alice, bob = server.enter("alice"), server.enter("bob")
    alice.send("MSG before")
    bob.expect("alice: before")
    holder = sqlite3.connect(path, isolation_level=None)
    holder.execute("BEGIN IMMEDIATE")
    alice.send("MSG meanwhile")
    bob.expect("alice: meanwhile")
    alice.send("MSG and then")
    bob.expect("alice: and then")
    bob.send("HISTORY")
    assert "alice: meanwhile" in bob.expect("meanwhile")
    server.wait_log("can't be stored")
    holder.execute("ROLLBACK")
    holder.close()
    server.wait_log("stored again; none were lost")
    server.stop()
    after = start_server("--database", str(path))
    texts = [message["text"] for message in all_of(after, "#lobby", 0)]
    assert texts == ["before", "meanwhile", "and then"]


def not_a_database(path: Path) -> None:
    path.write_bytes(b"Dear diary, " * 100)


def newer(path: Path) -> None:
    connection = open_file(str(path))
    connection.execute("PRAGMA user_version = 9999")
    connection.close()


def damaged(path: Path) -> None:
    open_file(str(path)).close()
    whole = path.read_bytes()
    path.write_bytes(whole[:100] + b"\xff" * (len(whole) - 100))


@pytest.mark.parametrize(
    ("spoil", "line"),
    [
        (not_a_database, "is not a database"),
        (newer, "is from a newer twisted-chat"),
        (damaged, "is damaged"),
        (Path.mkdir, "can't be opened"),
    ],
)
def test_a_file_that_cant_be_used_is_one_line(
    start_server: StartServer, tmp_path: Path, spoil: Any, line: str
) -> None:
    path = tmp_path / "chat.sqlite"
    spoil(path)
    server = start_server("--database", str(path), wait=False)
    assert server.wait_exit() == 1
    [said] = server.said().splitlines()
    assert said.startswith(f"twistd chat: {path} {line}")


def test_a_locked_file_at_start_is_one_line(
    start_server: StartServer, tmp_path: Path
) -> None:
    path = tmp_path / "chat.sqlite"
    open_file(str(path)).close()
    holder = sqlite3.connect(path, isolation_level=None)
    holder.execute("BEGIN IMMEDIATE")
    server = start_server("--database", str(path), wait=False)
    assert server.wait_exit() == 1
    holder.close()
    assert server.said() == f"twistd chat: {path} is locked by another process\n"


def test_a_second_server_on_one_file_is_one_line(
    start_server: StartServer, tmp_path: Path
) -> None:
    path = tmp_path / "chat.sqlite"
    start_server("--database", str(path))
    second = start_server("--database", str(path), wait=False)
    assert second.wait_exit() == 1
    assert second.said() == f"twistd chat: {path} is in use by another server\n"


def bound_by_permissions() -> list[str]:
    """A command in front of a server that even root's permissions then bind."""
    if os.geteuid():
        return []
    return ["setpriv", "--bounding-set", "-dac_override,-dac_read_search"]


@pytest.mark.parametrize(
    ("name", "mode", "line"),
    [
        ("chat.sqlite", 0o400, "is read-only"),
        ("chat.sqlite", 0o000, "can't be opened: Permission denied"),
        (".", 0o500, "can't be opened: Permission denied"),
    ],
)
def test_a_file_that_may_not_be_written_is_one_line(
    start_server: StartServer, tmp_path: Path, name: str, mode: int, line: str
) -> None:
    path = tmp_path / "private" / "chat.sqlite"
    path.parent.mkdir()
    open_file(str(path)).close()
    changed = path.parent / name
    before = changed.stat().st_mode
    changed.chmod(mode)
    server = start_server(
        "--database", str(path), wait=False, wrapper=bound_by_permissions()
    )
    assert server.wait_exit() == 1
    changed.chmod(before)
    [said] = server.said().splitlines()
    assert said.startswith(f"twistd chat: {path}")
    assert line in said


def test_a_file_that_gets_damaged_stops_nobody(
    start_server: StartServer, tmp_path: Path
) -> None:
    path = tmp_path / "chat.sqlite"
    options = ("--flood", "off", "--database", str(path))
    server = start_server(*options)
    alice = server.enter("alice")
    alice.send(*(f"MSG {number} " + "x" * 500 for number in range(600)))
    alice.sync()
    server.stop()
    server = start_server(*options)
    alice, bob = server.enter("alice"), server.enter("bob")
    with path.open("r+b") as file:
        file.seek(4096)
        file.write(b"\xff" * (path.stat().st_size - 4096))
    alice.send("HISTORY 10 before 100")
    alice.expect("The history can't be read now")
    alice.send("MSG can you hear me?")
    bob.expect("alice: can you hear me?")
    server.wait_log("Messages can't be stored")
    assert "is damaged; twisted-chat-admin check tells more" in server.log()
    bob.send("MSG yes")
    alice.expect("bob: yes")


def test_a_full_disk_at_start_is_one_line(
    start_server: StartServer, tmp_path: Path
) -> None:
    path = tmp_path / "chat.sqlite"
    server = start_server(
        "--database", str(path), wait=False, preexec=lambda: limit_files(4096)
    )
    assert server.wait_exit() == 1
    assert server.said().startswith(f"twistd chat: {path} can't be ")


def test_history_outlives_the_server(start_server: StartServer, tmp_path: Path) -> None:
    options = ("--database", str(tmp_path / "chat.sqlite"))
    server = start_server(*options)
    alice = server.enter("alice")
    alice.send("JOIN #dev", "MSG remember me", "QUIT")
    alice.rest()
    server.stop()
    bob = start_server(*options).enter("bob")
    bob.send("REPLAY on", "JOIN #dev", "SEARCH remember")
    assert "] #dev alice: remember me" in bob.expect("remember")
    assert "] #dev/1 alice: remember me" in bob.expect("remember")


def test_old_messages_go_by_themselves(
    start_server: StartServer, tmp_path: Path
) -> None:
    server = start_server(
        *("--database", str(tmp_path / "chat.sqlite"), "--retention", "2s")
    )
    alice = server.enter("alice")
    alice.send("MSG soon forgotten")
    for _ in range(300):
        alice.send("HISTORY")
        if "No messages of #lobby there" in alice.line():
            break
        time.sleep(0.1)
    else:
        pytest.fail("it is still there")


# What others do to the files


def spool_of(path: Path) -> Path:
    return path.with_name(f"{path.name}-spool")


def truncate(spool: Path) -> None:
    os.truncate(spool, 0)


def replace(spool: Path) -> None:
    spool.unlink()
    spool.write_bytes(b"mine now")


@pytest.mark.parametrize("spoil", [truncate, replace, Path.unlink])
def test_a_spool_that_somebody_spoils(
    start_server: StartServer, tmp_path: Path, spoil: Any
) -> None:
    path = tmp_path / "chat.sqlite"
    options = ("--flood", "off", "--database", str(path))
    server = start_server(*options)
    alice, bob = server.enter("alice"), server.enter("bob")
    said = 0

    def speak() -> None:
        nonlocal said
        for _ in range(20):
            said += 1
            alice.send(f"MSG word {said}")
            bob.expect(f"alice: word {said}")

    def speak_until(check: Callable[[], bool], what: str) -> None:
        # Where the disk is slow a turn may wait for its commit, without the spool.
        def spoken() -> bool:
            speak()
            return check()

        wait_for(spoken, what)

    speak_until(spool_of(path).exists, "a spool")
    spoil(spool_of(path))
    speak_until(lambda: "was cut short or replaced" in server.log(), "it to be seen")
    speak()
    server.kill()
    after = start_server(*options)
    texts = [message["text"] for message in all_of(after, "#lobby", 0)]
    assert texts == [f"word {number}" for number in range(1, said + 1)]


def remove_all(path: Path) -> None:
    for file in path.parent.glob(f"{path.name}*"):
        file.unlink()


def remove_log(path: Path) -> None:
    path.with_name(f"{path.name}-wal").unlink()


def put_another(path: Path) -> None:
    other = path.with_name("other")
    open_file(str(other)).close()
    other.rename(path)


@pytest.mark.parametrize("spoil", [Path.unlink, remove_all, remove_log, put_another])
def test_a_database_that_somebody_deletes_is_written_anew(
    start_server: StartServer, tmp_path: Path, spoil: Any
) -> None:
    path = tmp_path / "data" / "chat.sqlite"
    path.parent.mkdir()
    operators = tmp_path / "operators"
    operators.write_text("root\n")
    options = ("--flood", "off", "--database", str(path), "--operators", str(operators))
    server = start_server(*options)
    root, alice = server.enter("root"), server.enter("alice")
    root.send("REGISTER a-long-password")
    root.expect("root")
    alice.send("MSG before")
    root.expect("alice: before")
    spoil(path)
    alice.send("MSG meanwhile")
    root.expect("alice: meanwhile")
    root.expect("is written anew and nothing is lost")
    server.wait_log("is written anew and nothing is lost")
    alice.send("MSG after")
    root.expect("alice: after")
    found = list(path.parent.glob("chat.sqlite-found-1"))
    assert bool(found) == (spoil is put_another)
    second = start_server("--database", str(path), wait=False)
    assert second.wait_exit() == 1, "the lock is held again"
    server.kill()
    after = start_server(*options)
    texts = [message["text"] for message in all_of(after, "#lobby", 0)]
    assert texts == ["before", "meanwhile", "after"]
    root = after.connect()
    root.send("LOGIN root a-long-password")
    root.expect("You are now known as root")


def test_a_folder_that_is_gone_comes_back(
    start_server: StartServer, tmp_path: Path
) -> None:
    folder = tmp_path / "data"
    folder.mkdir()
    options = ("--database", str(folder / "chat.sqlite"))
    server = start_server(*options)
    alice, bob = server.enter("alice"), server.enter("bob")
    alice.send("MSG before")
    bob.expect("alice: before")
    shutil.rmtree(folder)
    server.wait_log("all is lost with this server")
    alice.send("MSG meanwhile")
    bob.expect("alice: meanwhile")
    folder.mkdir()
    server.wait_log("is written anew and nothing is lost")
    server.kill()
    after = start_server(*options)
    texts = [message["text"] for message in all_of(after, "#lobby", 0)]
    assert texts == ["before", "meanwhile"]
