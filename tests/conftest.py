"""Settings of all tests."""

from __future__ import annotations

import gc
import importlib
import inspect
import sys
from contextlib import suppress

import pytest
from hypothesis import is_hypothesis_test, settings

from .support import Client, World, skip

# A busy machine is slow, not wrong.
settings.register_profile("patient", deadline=None)
settings.load_profile("patient")


def pytest_collection(session: pytest.Session) -> None:
    """Where several processes collect all tests, each begins with other modules.

    pytest rewrites each module's assertions, and keeps what it made of it.  In the same
    order all would make the same at the same time, which is most of a short run.
    """
    at: dict[str, str] | None = getattr(session.config, "workerinput", None)
    all = session.config.args == session.config.getini("testpaths")
    if at is None or not all or sys.dont_write_bytecode:
        return
    root = session.config.rootpath
    paths = sorted((root / "tests").rglob("test_*.py"))
    first = (
        len(paths) * int(at["workerid"].removeprefix("gw")) // int(at["workercount"])
    )
    for path in paths[first:] + paths[:first]:
        name = ".".join(path.relative_to(root).with_suffix("").parts)
        # pytest itself tells of a module that can't be imported.
        with suppress(Exception, pytest.skip.Exception):
            importlib.import_module(name)


@pytest.fixture(autouse=True, scope="module")
def _young_heap() -> None:
    """What a module's tests find stays: the modules, some thousand tests, leftovers.

    The collector looks through the rest alone, in a second less each time.
    """
    gc.collect()
    gc.freeze()


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


@pytest.fixture(autouse=True)
def log(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """By what log the chat of a test changes: see `World.later`."""
    monkeypatch.setattr(World, "later", getattr(request, "param", "") == "later")


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """What is so in a `World` is so whatever log it has.

    A test that is about what is done at once is marked ``at_once``.  Those that make
    up their examples run once: pytest-twisted can't run one of them twice.
    """
    worlds = "world" in metafunc.fixturenames or any(
        inspect.isclass(thing) and issubclass(thing, World)
        for thing in vars(metafunc.module).values()
    )
    once = is_hypothesis_test(metafunc.function)
    once = once or metafunc.definition.get_closest_marker("at_once") is not None
    if worlds and not once:
        metafunc.parametrize("log", ["at_once", "later"], indirect=True)
