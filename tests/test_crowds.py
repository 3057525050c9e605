"""In a crowd coming and going is told once a second."""

from __future__ import annotations

from .support import World, skip


def test_in_a_crowd_coming_and_going_is_told_once_a_second() -> None:
    world = World()
    people = [world.enter(f"n{number}") for number in range(101)]
    skip(*people)
    late = [world.enter(f"late{number}") for number in range(15)]
    assert people[0].lines() == []
    people[1].reset()
    world.advance(1)
    (line,) = people[0].lines()
    assert line.startswith("* #lobby joined: ")
    assert "late0" in line
    assert "and " in line
    assert "left: n1" in line
    skip(*late)
    late[0].send("MSG hello")
    assert people[0].lines() == ["late0: hello"]
    world.advance(5)
    assert people[0].lines() == []


def test_a_crowd_is_told_who_stayed_under_which_nick() -> None:
    world = World()
    people = [world.enter(f"n{number}") for number in range(101)]
    world.advance(1)
    first, second = world.enter("first"), world.enter("second")
    skip(*people, first, second)
    first.send("NICK renamed")
    third = world.enter("third")
    third.send("QUIT")
    world.turn()
    skip(*people, first, second)
    world.advance(1)
    assert people[0].lines() == ["* #lobby joined: second, renamed"]
    assert first.lines() == [], "they know that they came, and who was there"
    assert second.lines() == ["* #lobby joined: renamed"]
    people[1].send("PART")
    people[1].send("JOIN #lobby")
    skip(*people)
    world.advance(1)
    assert people[0].lines() == [], "who went and came again is here as before"
