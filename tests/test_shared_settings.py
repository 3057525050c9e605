"""What all nodes share of their settings."""

from __future__ import annotations

from dataclasses import replace

import pytest

from twisted_chat.events import ChatError
from twisted_chat.history import Retention
from twisted_chat.hub import Settings
from twisted_chat.hub import entries as e
from twisted_chat.hub.shared_settings import differing, digest, share

from .support import World

SALT = bytes(range(16))
OWN = Settings(password="sesame", operators=frozenset({"root", "anna"}))
KEPT = Retention(86400.0, 1000)


def configure(world: World, settings: Settings) -> None:
    world.hub.apply(e.Configure(share(settings)), world.hub.now())


def test_a_node_that_was_started_alike_differs_in_nothing() -> None:
    assert differing(OWN, KEPT, share(OWN, KEPT, SALT)) == []
    other = replace(OWN, idle=30, send_queue=4096, motd=("hi",), max_here=7)
    assert differing(other, KEPT, share(OWN, KEPT, SALT)) == [], "of no concern"


@pytest.mark.parametrize(
    ("option", "settings", "retention"),
    [
        ("--name", replace(OWN, name="other"), KEPT),
        ("--password", replace(OWN, password="Sesame"), KEPT),
        ("--password", replace(OWN, password=""), KEPT),
        ("--operators", replace(OWN, operators=frozenset({"root"})), KEPT),
        ("--retention", OWN, Retention(60.0, 1000)),
        ("--retention-messages", OWN, Retention(86400.0, None)),
        ("--max-clients", replace(OWN, max_clients=5), KEPT),
        ("--max-per-ip", replace(OWN, max_per_ip=5), KEPT),
        ("--lobby-topic", replace(OWN, lobby_topic="anyone"), KEPT),
    ],
)
def test_what_differs_is_named_by_its_option(
    option: str, settings: Settings, retention: Retention
) -> None:
    assert differing(settings, retention, share(OWN, KEPT, SALT)) == [option]


def test_a_password_where_there_is_none() -> None:
    without = replace(OWN, password="")
    assert differing(OWN, KEPT, share(without, KEPT, SALT)) == ["--password"]
    assert differing(without, KEPT, share(without, KEPT, SALT)) == []


def test_nobody_can_read_the_password() -> None:
    shared = share(OWN, KEPT, SALT)
    assert "sesame" not in repr(shared)
    one, other = (digest("sesame", salt) for salt in (SALT, SALT[::-1]))
    assert one.partition(":")[2] != other.partition(":")[2]
    assert share(OWN, KEPT).password == "", "a server that is alone keeps none"


def test_limits_are_those_that_all_share() -> None:
    world = World(max_clients=9, max_per_ip=9)
    configure(world, Settings(max_clients=2, max_per_ip=1))
    assert not world.connect(host="192.0.2.1").closed
    assert "ERR 463" in world.connect(host="192.0.2.1").lines()[0]
    assert not world.connect(host="192.0.2.2").closed
    assert "ERR 263" in world.connect(host="192.0.2.3").lines()[0]


def test_who_is_an_operator_is_shared() -> None:
    world = World(operators=frozenset({"anna"}))
    anna, bob = world.enter("anna"), world.enter("bob")
    for client in (anna, bob):
        client.send("REGISTER long-enough")
    assert anna.user.operator
    configure(world, Settings(operators=frozenset({"bob"})))
    assert (anna.user.operator, bob.user.operator) == (False, True)
    far = world.connect(host="192.0.2.1")
    configure(world, Settings(operators=frozenset({"root"})))
    far.send("NICK root")
    assert "ERR 481" in far.ask("REGISTER long-enough")[-1]


def test_an_operator_by_the_store_stays_one() -> None:
    world = World()
    anna = world.enter("anna")
    anna.send("REGISTER long-enough")
    world.hub.apply(e.SetOperator("anna", True), world.hub.now())
    configure(world, Settings(name="other"))
    assert anna.user.operator


def test_who_sets_the_topic_of_the_lobby_and_the_name_are_shared() -> None:
    world = World(lobby_topic="anyone", name="mine")
    guest = world.enter("guest")
    configure(world, Settings(lobby_topic="operators", name="ours"))
    assert "ERR 482" in guest.ask("TOPIC hi")[-1]
    assert "Welcome to ours!" in world.connect().lines()[0]


def test_a_node_takes_no_more_than_it_has_files_for() -> None:
    world = World(max_here=1)
    assert not world.connect().closed
    assert "ERR 263 The server is full" in world.connect().lines()[0]


def test_they_are_in_the_snapshot() -> None:
    world, other = World(), World()
    configure(world, OWN)
    other.hub.restore(world.hub.snapshot())
    assert other.hub.shared == share(OWN)
    with pytest.raises(ChatError):
        other.hub.moderation._check_harmless("root")
