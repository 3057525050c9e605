"""A door is found by its `OPTION`: who opens a new one touches nothing else."""

from __future__ import annotations

from pathlib import Path

import pytest

from twisted_chat import doors
from twisted_chat.doors.line import LineDoor
from twisted_chat.doors.option import door_options
from twisted_chat.options import Options, offer

from .support import World

NEW = """
from .line import LineDoor
from .option import DoorOption, MoreOption

class NewDoor(LineDoor):
    def __init__(self, hub, words):
        super().__init__(hub)
        self.words = words

OPTION = DoorOption(
    "newest", "where it is new; repeatable", NewDoor, short="N",
    more=[MoreOption("newest-words", "what is said there", "words", str.split)],
)
"""


@pytest.fixture
def new_door(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> type[Options]:
    (tmp_path / "newest.py").write_text(NEW)
    monkeypatch.setattr(doors, "__path__", [*doors.__path__, str(tmp_path)])

    class NewOptions(Options):
        pass

    offer(NewOptions, door_options())
    return NewOptions


def test_a_new_module_is_a_new_option(new_door: type[Options]) -> None:
    options = new_door()
    options.parseOptions(
        ["--newest", "0", "-N", "1", "--newest-words", "a b", "--newest-words", "c"]
    )
    line, *new = options.openings()
    assert [where for _, where in new] == ["0", "1"]
    hub = World().hub
    assert type(line.door(hub)) is LineDoor
    for opening in new:
        door = opening.door(hub)
        assert type(door).__name__ == "NewDoor"
        assert door.words == ["a", "b", "c"]  # type: ignore[attr-defined]
    assert "where it is new" in str(options)


def test_the_door_that_is_always_open_is_the_first() -> None:
    assert [option.name for option in door_options()] == [
        "port",
        "irc",
        "ssh",
        "textbook",
        "web",
    ]
