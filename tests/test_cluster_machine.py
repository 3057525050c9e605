"""The hub as the state that a shared log changes."""

from __future__ import annotations

from contextlib import nullcontext, suppress

import pytest

from twisted_chat.events import ChatError
from twisted_chat.hub import Stored
from twisted_chat.hub import entries as e
from twisted_chat.hub.entries import Entry
from twisted_chat.log.machine import Place
from twisted_chat.log.replica import Broken
from twisted_chat.log.stream import Position
from twisted_chat.storage.accounts import Account

from .test_checks import Cluster

pytest.importorskip("msgspec")


def test_a_node_whose_settings_are_overtaken_stops() -> None:
    """Two come up at once: each takes itself for the first, and the later one is."""
    cluster = Cluster(0)
    one, other = cluster.machine(1), cluster.machine(2)
    hub = cluster.hub(other)
    hub.told = hub.told._replace(lobby_topic="anyone")
    first = [each.encode(each.first(n)) for n, each in ((1, one), (2, other))]
    for body in first:
        for entry in other.decode(body):
            other.apply(entry, 1.0)
    for entry in one.decode(first[0]):
        one.apply(entry, 1.0)
    up, settings = one.decode(first[1])
    one.apply(up, 1.0)
    with pytest.raises(Broken, match="started with other --lobby-topic than"):
        one.apply(settings, 1.0)


def test_who_reads_of_it_before_it_is_up_is_told_when_it_enters() -> None:
    cluster = Cluster(0)
    late = cluster.machine(2)
    for entry in (
        e.NodeUp(1, "n1", 1),
        e.Configure(cluster.hub(late).told._replace(max_clients=5)),
    ):
        late.apply(entry, 1.0)
    with pytest.raises(Broken, match="started with other --max-clients than"):
        late.first(2)


def test_who_was_up_takes_what_all_share_though_it_was_told_something_else() -> None:
    """Settings were changed while all ran; then this node is cut off and comes back."""
    cluster = Cluster(0)
    node = cluster.machine(1)
    hub = cluster.hub(node)
    for entry in node.first(1):
        node.apply(entry, 1.0)
    now = hub.told._replace(max_clients=5)
    node.apply(e.ChangeSettings(hub.shared, now), 1.0)
    node.apply(e.NodeUp(2, "n2", e.VERSION), 1.0)
    node.apply(e.NodeGone(1), 1.0)
    assert node.first(3) == [e.NodeUp(3, "n1", e.VERSION)]
    node.apply(e.NodeGone(2), 1.0)
    assert node.first(3) == [e.NodeUp(3, "n1", e.VERSION)], "also where it is the first"
    node.load()
    assert hub.shared == now, "also where the log is lost"


@pytest.mark.parametrize(
    ("stored", "own"),
    [
        (Stored(), False),
        (Stored(last_number=1000), False),
        (Stored(last_ids={"#lobby": 1}), True),
        (Stored(accounts=(Account("anna", "hash"),)), True),
    ],
)
def test_a_file_that_has_a_chat_of_its_own(stored: Stored, own: bool) -> None:
    cluster = Cluster(0)
    others, node = cluster.machine(1), cluster.machine(2, stored)
    snapshot = others.take_snapshot()
    if own:
        with pytest.raises(Broken, match="has a chat of its own"):
            node.restore(snapshot, Place(1, Position(1, 0)))
    else:
        node.restore(snapshot, Place(1, Position(1, 0)))


@pytest.mark.parametrize(
    ("entry", "is_new"),
    [
        (e.NodeUp(3, "n3", 1), False),
        (e.Check(1), True),
        (e.RemoveKey("nobody", "SHA256:a"), True),  # is refused, and in the log
    ],
)
def test_who_is_too_old_for_what_led_to_a_snapshot_does_not_go_on_from_it(
    monkeypatch: pytest.MonkeyPatch, entry: Entry, is_new: bool
) -> None:
    """Nothing that comes after it may be of a kind that it doesn't know."""
    cluster = Cluster(0)
    others, node, late = (cluster.machine(number) for number in (1, 2, 3))
    with suppress(ChatError):
        others.apply(entry, 1.0)
    node.restore(others.take_snapshot(), at := Place(1, Position(1, 0)))
    snapshot = node.take_snapshot()  # who was told of it hands it on
    monkeypatch.setattr("twisted_chat.cluster.machine.VERSION", 1)
    with pytest.raises(Broken, match="upgrade it") if is_new else nullcontext():
        late.restore(snapshot, at)
