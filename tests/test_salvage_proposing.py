"""What the log went on without is proposed until that is decided."""

from __future__ import annotations

import pytest

from .salvage_support import Forked

pytest.importorskip("msgspec")

from twisted_chat.cluster.salvaging import AGAIN


@pytest.fixture
def forked() -> Forked:
    return Forked()


@pytest.mark.parametrize("code", [0, 400])
def test_what_is_decided_is_forgotten(forked: Forked, code: int) -> None:
    forked.say("#a")
    entries = forked.rewind()
    log = forked.begin_salvaging(code)
    assert log.proposed == entries
    assert forked.aside() == []


def test_what_can_t_be_decided_is_proposed_later(forked: Forked) -> None:
    forked.say("#a")
    entries = forked.rewind()
    log = forked.begin_salvaging(263)
    assert forked.aside() == entries
    log.code = 0
    forked.node.clock.advance(AGAIN)
    assert log.proposed == entries * 2
    assert forked.aside() == []
