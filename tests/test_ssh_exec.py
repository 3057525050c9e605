"""One command by ``ssh host command``: nobody comes or goes."""

from __future__ import annotations

from typing import Any

import pytest

from .irc_support import Network
from .ssh_support import SSHClient, ssh_door
from .support import PASSWORD, Client, World
from .test_ssh_login import netcat


class Scene:
    """carol is in the lobby and in #dev."""

    def __init__(self, **settings: Any) -> None:
        self.world = World(ssh_door, **settings)
        self.carol = netcat(self.world, "carol")
        self.carol.send("JOIN #dev")
        self.carol.bytes()

    def run(self, command: str, nick: str = "bot", *answers: str) -> SSHClient:
        client = SSHClient(self.world)
        assert client.log_in(nick, *answers)[-1] == "success"
        client.open()
        client.request(b"exec", _string(command))
        client.settle()
        return client


def _string(text: str) -> bytes:
    return len(text.encode()).to_bytes(4, "big") + text.encode()


@pytest.fixture
def scene(world: World) -> Scene:
    return Scene()


@pytest.mark.parametrize(
    ("command", "heard"),
    [
        ("PRIV #dev the build is green", ["#dev bot: the build is green"]),
        ("MSG hello", ["bot: hello"]),
        (
            "PRIV #dev,#lobby,carol one",
            ["PRIV bot: one", "#dev bot: one", "bot: one"],
        ),
        ("PRIV carol psst", ["PRIV bot: psst"]),
    ],
)
def test_it_is_heard_and_nothing_else(
    scene: Scene, command: str, heard: list[str]
) -> None:
    client = scene.run(command)
    assert sorted(scene.carol.lines()) == sorted(heard)
    assert (client.channel.status, client.bytes(), client.errors()) == (0, b"", b"")
    assert client.closed
    scene.world.advance(10)
    assert scene.carol.lines() == []
    assert "bot" not in scene.world.hub.users
    assert not any(room.visitors for room in scene.world.hub.rooms.values())


@pytest.mark.parametrize(
    ("command", "code"),
    [
        ("PRIV nobody hello", 401),
        ("PRIV #dev", 412),
        ("FROBNICATE", 421),
        ("", 421),
        ("KICK carol", 482),
        ("PART #dev", 442),
        ("JOIN #", 479),
        ("TOPIC", 0),
    ],
)
def test_a_refusal_is_status_1(scene: Scene, command: str, code: int) -> None:
    client = scene.run(command)
    told = client.errors().decode()
    if code:
        assert told.startswith(f"ERR {code} "), told
        assert told.endswith("\n")
    assert client.channel.status == bool(code)
    assert scene.carol.lines() == []
    assert client.closed


def test_what_answers_it_is_shown(scene: Scene) -> None:
    scene.carol.send("MSG one", "MSG two", "TOPIC cats")
    scene.carol.bytes()
    client = scene.run("HISTORY #dev")
    assert [line.split("] ")[-1] for line in client.lines()] == [
        "#dev carol: one",
        "#dev carol: two",
        "* #dev is about: cats (carol)",
    ]
    assert scene.run("WHO #dev").lines() == ["* In #dev: carol"]


def test_what_others_say_is_clean_and_apart(scene: Scene) -> None:
    scene.carol.send("MSG \x1b]0;evil\x07 hello\x9b2J")
    scene.carol.bytes()
    shown = bytes(scene.run("HISTORY #dev").channel.heard)
    assert b"hello" in shown
    assert all(char.isprintable() or char == "\n" for char in shown.decode())


@pytest.mark.parametrize(
    ("rule", "code"), [("key sesame", 475), ("lock", 473), ("limit 1", 471)]
)
def test_a_room_that_does_not_let_in(rule: str, code: int) -> None:
    scene = Scene()
    scene.carol.send(f"REGISTER {PASSWORD}", "JOIN #own", f"ROOM #own {rule}")
    scene.carol.bytes()
    client = scene.run("PRIV #own hello")
    assert client.errors().startswith(f"ERR {code} ".encode())
    assert scene.carol.lines() == []


@pytest.mark.parametrize("where", ["", "#dev "])
def test_the_muted_are_not_heard(where: str) -> None:
    scene = Scene(operators=frozenset({"carol"}))
    scene.carol.send(f"REGISTER {PASSWORD}", f"MUTE {where}bot")
    scene.carol.bytes()
    client = scene.run("PRIV #dev buy this")
    assert client.errors().startswith(b"ERR 404 ")
    assert scene.carol.lines() == []


def test_a_room_where_nobody_is(scene: Scene) -> None:
    assert scene.run("PRIV #night all is well").channel.status == 0
    assert "#night" not in scene.world.hub.rooms
    assert b"bot: all is well" in bytes(scene.run("HISTORY #night").channel.heard)


def registered(scene: Scene) -> Client:
    alice = netcat(scene.world, "alice")
    alice.send(f"REGISTER {PASSWORD}")
    alice.bytes()
    scene.carol.bytes()
    return alice


def test_whoever_is_here_stays_as_they_were(scene: Scene) -> None:
    alice = registered(scene)
    assert scene.run("PRIV #dev hi", "alice", PASSWORD).channel.status == 0
    assert scene.carol.lines() == ["#dev alice: hi"]
    assert alice.lines() == []
    assert list(alice.user.rooms) == ["#lobby"]
    assert len(alice.user.sessions) == 1


def test_who_comes_while_they_visit_is_seen(scene: Scene) -> None:
    registered(scene).send("QUIT")
    scene.carol.bytes()
    world = scene.world
    visit = SSHClient(world)
    visit.log_in("alice", PASSWORD)
    visit.connection.session.visit("alice", ["#dev"])
    world.settle()
    assert scene.carol.lines() == []
    alice = world.connect(door=scene.carol.connection.factory)
    alice.send(f"LOGIN alice {PASSWORD}")
    alice.lines()
    assert "* alice joined the chat!" in scene.carol.lines()
    visit.transport.lose()
    world.settle()
    assert scene.carol.lines() == []
    alice.send("QUIT")
    assert scene.carol.lines() == ["* alice left the chat!"]


def test_monitor_tells_nothing() -> None:
    world = Network()
    watcher = world.irc("watcher")
    watcher.ask("MONITOR + bot")
    fresh = world.connect()
    fresh.connection.session.visit("bot", ["#lobby"])
    world.settle()
    assert watcher.lines() == []
    assert "bot" in world.hub.users
    fresh.reset()
    assert watcher.lines() == []
    assert "bot" not in world.hub.users
