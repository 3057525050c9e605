"""The hub as the state that a shared log changes."""

from __future__ import annotations

from dataclasses import replace

import pytest

from twisted_chat.hub import entries as e
from twisted_chat.hub.shared_settings import share
from twisted_chat.log.replica import Broken

from .test_checks import Cluster

pytest.importorskip("msgspec")


def test_a_node_whose_settings_are_overtaken_stops() -> None:
    """Two come up at once: each takes itself for the first, and the later one is."""
    cluster = Cluster(0)
    one, other = cluster.machine(1), cluster.machine(2)
    hub = cluster.hub(other)
    hub.settings = replace(hub.settings, password="sesame")
    first = [each.encode(each.first(n)) for n, each in ((1, one), (2, other))]
    for body in first:
        for entry in other.decode(body):
            other.apply(entry, 1.0)
    for entry in one.decode(first[0]):
        one.apply(entry, 1.0)
    up, settings = one.decode(first[1])
    one.apply(up, 1.0)
    with pytest.raises(Broken, match="started with other --password than"):
        one.apply(settings, 1.0)


def test_who_reads_of_it_before_it_is_up_is_told_when_it_enters() -> None:
    cluster = Cluster(0)
    late = cluster.machine(2)
    for entry in (
        e.NodeUp(1, "n1", 1),
        e.Configure(share(replace(cluster.hub(late).settings, max_clients=5))),
    ):
        late.apply(entry, 1.0)
    with pytest.raises(Broken, match="started with other --max-clients than"):
        late.first(2)
