"""Settings of all tests."""

from __future__ import annotations

import pytest
from hypothesis import settings

from .support import Client, World, skip

# A busy machine is slow, not wrong.
settings.register_profile("patient", deadline=None)
settings.load_profile("patient")


@pytest.fixture
def world() -> World:
    """A chat with a line door."""
    return World()


@pytest.fixture
def trio(world: World) -> list[Client]:
    """alice, bob and carol at its line door, who have read all so far."""
    people = [world.enter(nick) for nick in ("alice", "bob", "carol")]
    skip(*people)
    return people
