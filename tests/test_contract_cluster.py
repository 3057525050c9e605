"""The doors keep the contract of every door on two servers that are one chat."""

from __future__ import annotations

from typing import Any

import pytest

from . import test_contract_irc as irc
from . import test_contract_line as line
from . import test_contract_ssh as ssh
from . import test_contract_textbook as textbook
from . import test_contract_web as web
from .support import World

pytest.importorskip("msgspec")

from .twins import Twins

# What is at once and what is later is the shared log's.
pytestmark = pytest.mark.at_once


class OnTwoNodes:
    """Has people come into two nodes in turn, which must agree in the end."""

    kind: type[World] = Twins

    @pytest.fixture(autouse=True)
    def agree(self, monkeypatch: pytest.MonkeyPatch) -> Any:
        made: list[Twins] = []

        class Noted(Twins):
            def __init__(self, *args: Any, **settings: Any) -> None:
                super().__init__(*args, **settings)
                made.append(self)

        monkeypatch.setattr(type(self), "kind", Noted)
        yield
        for world in made:
            world.check()


class TestText(OnTwoNodes, line.TestText): ...


class TestIRC(OnTwoNodes, irc.TestIRC): ...


class TestWeb(OnTwoNodes, web.TestWeb): ...


class TestAt(OnTwoNodes, textbook.TestAt): ...


class TestSSH(OnTwoNodes, ssh.TestSSH): ...


class TestJson(OnTwoNodes, line.TestJson): ...


class TestNick(OnTwoNodes, textbook.TestNick): ...


class TestRaw(OnTwoNodes, textbook.TestRaw): ...


class TestHeader64(OnTwoNodes, textbook.TestHeader64): ...


class TestHeader10(OnTwoNodes, textbook.TestHeader10): ...


def test_they_are_two() -> None:
    world = Twins(line.TestText.adapter.door)
    alice, bob = (line.TestText.adapter.enter(world, nick) for nick in ("anna", "bob"))
    assert alice.connection.session.hub is not bob.connection.session.hub
    assert isinstance(world, World)
    alice.send("MSG hello")
    assert bob.lines()[-1] == "anna: hello"
