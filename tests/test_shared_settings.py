"""What all nodes share of their settings."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import pytest
from twisted.internet.defer import Deferred
from twisted.python.failure import Failure

from twisted_chat.control import settings
from twisted_chat.events import ChatError
from twisted_chat.history import Retention
from twisted_chat.hub import Hub, Settings
from twisted_chat.hub import entries as e
from twisted_chat.hub.retention import purge
from twisted_chat.hub.setting_values import SETTINGS
from twisted_chat.hub.shared_settings import SharedSettings, differing, share

from .support import World, ask

DOCS = Path(__file__).parents[1] / "docs"
OWN = Settings(password="sesame", operators=frozenset({"root", "anna"}))
KEPT = Retention(86400.0, 1000)


def configure(world: World, settings: Settings) -> None:
    world.hub.apply(e.Configure(share(settings)), world.hub.now())


def test_a_node_that_was_started_alike_differs_in_nothing() -> None:
    theirs = share(OWN, KEPT, "one hash")
    assert differing(share(OWN, KEPT, "another hash"), theirs) == []
    other = replace(OWN, idle=30, send_queue=4096, motd=("hi",), max_here=7)
    assert differing(share(other, KEPT, "x"), theirs) == [], "of no concern"


@pytest.mark.parametrize(
    ("option", "settings", "retention"),
    [
        ("--name", replace(OWN, name="other"), KEPT),
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
    assert differing(share(settings, retention), share(OWN, KEPT)) == [option]


def test_a_password_where_there_is_none() -> None:
    assert differing(share(OWN, KEPT), share(OWN, KEPT, "x")) == ["--password"]
    assert differing(share(OWN, KEPT, "x"), share(OWN, KEPT)) == ["--password"]


def test_nobody_can_read_the_password() -> None:
    hubs = [World(password="sesame").hub for _ in range(2)]
    assert all(hub.told.password.startswith("$argon2id$") for hub in hubs)
    assert hubs[0].told.password != hubs[1].told.password
    assert "sesame" not in repr(hubs[0].snapshot())


# The password


def told(password: str) -> SharedSettings:
    """What others share whose password that is."""
    return World(password=password).hub.told


def guess(world: World, *words: str) -> list[str]:
    """What comes of each, said by a newcomer who then wants to be in."""
    client = world.connect()
    for word in words:
        client.send(f"PASS {word}")
    client.lines()
    return client.ask("NICK anna")


def test_what_newcomers_say_is_compared_with_what_all_share() -> None:
    world = World(password="sesame")
    world.hub.apply(e.Configure(told("simsim")), world.hub.now())
    assert guess(world, "sesame")[-1].startswith("ERR 464")
    assert not guess(world, "simsim")[-1].startswith("ERR")


def test_who_was_let_in_before_there_was_a_password_stays() -> None:
    world = World()
    bob, late = world.enter("bob"), world.connect()
    world.hub.apply(e.Configure(told("sesame")), world.hub.now())
    assert bob.ask("MSG still here") == []
    assert late.ask("NICK late")[-1].startswith("ERR 464")
    late.send("PASS sesame")
    late.send("NICK late")
    assert late.user.nick == "late"
    world.hub.apply(e.Configure(World().hub.told), world.hub.now())
    assert world.enter("carol").user


def test_a_word_that_is_known_takes_no_hash() -> None:
    """Also not to find out that another one is wrong."""
    world = World(password="sesame")
    world.pool.busy = True
    assert guess(world, "wrong")[-1].startswith("ERR 464")
    assert not guess(world, "sesame")[-1].startswith("ERR")
    world.hub.apply(e.Configure(told("simsim")), world.hub.now())
    client = world.connect()
    client.send("PASS simsim", "NICK anna2")
    assert client.connection.session.user is None, "it waits its turn"
    world.pool.work()
    assert client.user.nick == "anna2"
    assert not guess(world, "simsim")[-1].startswith("ERR 464"), "now it is known"


def test_a_node_knows_whether_it_was_told_the_same() -> None:
    def is_own(own: str, theirs: str) -> bool:
        world = World(password=own)
        world.hub.apply(e.Configure(told(theirs)), world.hub.now())
        found: list[bool] = []
        own_word = world.hub.authentication.server_password.is_own()
        Deferred.fromCoroutine(own_word).addCallback(found.append)
        return found[0]

    words = ("sesame", "simsim", "")
    for one in words:
        assert [is_own(one, other) for other in words] == [one == w for w in words]


# While they run


def test_a_setting_is_changed_while_all_run(world: World) -> None:
    before = world.hub.shared
    now = before._replace(max_clients=2, age=60.0)
    world.hub.apply(e.ChangeSettings(before, now), world.hub.now())
    assert world.hub.shared == now
    late = e.ChangeSettings(before, before._replace(max_clients=3))
    with pytest.raises(ChatError, match="meanwhile"):
        world.hub.apply(late, world.hub.now())
    assert world.hub.shared == now


def control(hub: Hub, do: str, **fields: object) -> list[str]:
    found: list[list[str]] = []
    asked = settings.commands(hub)[do]({"do": do, **fields})

    async def ask() -> None:
        found.append(list(await asked))

    failures: list[Failure] = []
    Deferred.fromCoroutine(ask()).addErrback(failures.append)
    for failure in failures:
        failure.raiseException()
    return found[0]


def test_they_are_listed_as_the_command_line_has_them() -> None:
    world = World(password="sesame", operators=frozenset({"root", "anna"}))
    world.hub.apply(
        e.Configure(world.hub.told._replace(age=86400 * 1.5)), world.hub.now()
    )
    assert control(world.hub, "settings") == [
        "name: twisted-chat",
        "password: set",
        "operators: anna, root",
        "retention: 1d12h",
        "retention-messages: all",
        "max-clients: 10000",
        "max-per-ip: 10",
        "lobby-topic: anyone",
        "private: on",
        "private-retention: as the rooms",
        "edit-window: 1d",
    ]


@pytest.mark.at_once
@pytest.mark.parametrize("name", SETTINGS)
def test_the_pages_for_operators_name_all(name: str) -> None:
    operating, cluster = (DOCS / page for page in ("operating.rst", "cluster.rst"))
    paragraph = operating.read_text().partition("settings unset retention\n")[2]
    assert f"``{name}``" in paragraph.partition("Nobody is sent away")[0]
    assert re.search(rf"``--{name}(-file)?``", cluster.read_text())


@pytest.mark.at_once
@pytest.mark.parametrize(
    ("name", "value", "shown"),
    [
        ("name", "the Gate", "the Gate"),
        ("operators", "Root, anna", "anna, root"),
        ("operators", None, "none"),
        ("retention", "30 days", "30d"),
        ("retention", None, "for ever"),
        ("retention-messages", "5", "5"),
        ("max-clients", "7", "7"),
        ("max-per-ip", "0", "0"),
        ("lobby-topic", "operators", "operators"),
        ("password", "$argon2id$x", "set"),
        ("password", None, "none"),
    ],
)
def test_who_runs_the_server_changes_one(
    world: World, name: str, value: str | None, shown: str
) -> None:
    [line] = control(world.hub, "setting", name=name, value=value)
    assert line.startswith(f"{name}: {shown} from now on; start the server with")
    assert f"{name}: {shown}" in control(world.hub, "settings")


@pytest.mark.at_once
@pytest.mark.parametrize(
    ("name", "value", "why"),
    [
        ("flood", "off", "a setting is one of name, password"),
        ("name", "  ", "the name is empty"),
        ("name", None, "can't be unset"),
        ("name", "x" * 201, "more than 200 characters"),
        ("operators", " ".join(f"n{n}" for n in range(1001)), "more than 1000"),
        ("password", "$argon2id$" + "x" * 200, "comes as its hash"),
        ("max-clients", "0", "no whole number from 1 up"),
        ("max-clients", None, "can't be unset"),
        ("max-per-ip", "many", "no whole number"),
        ("retention", "soon", "no span of time"),
        ("lobby-topic", "all", "none of anyone"),
        ("operators", "two#words", "operators: Bad nick"),
        ("password", "sesame", "comes as its hash"),
    ],
)
def test_what_a_setting_can_not_be(
    world: World, name: str, value: str | None, why: str
) -> None:
    before = world.hub.shared
    with pytest.raises(ChatError, match=why):
        control(world.hub, "setting", name=name, value=value)
    assert world.hub.shared == before


@pytest.mark.at_once
def test_less_is_kept_from_then_on(world: World) -> None:
    alice = world.enter("alice")
    alice.send(*(f"MSG {number}" for number in range(9)))
    control(world.hub, "setting", name="retention-messages", value="3")
    Deferred.fromCoroutine(purge(world.hub))
    assert len(ask(alice, "HISTORY 9")) == 3
    control(world.hub, "setting", name="retention", value="10s")
    world.advance(20)
    Deferred.fromCoroutine(purge(world.hub))
    assert not any("alice" in line for line in ask(alice, "HISTORY 9"))


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
        other.hub.moderation.check_harmless("root")
