"""By where each generation began nodes know who is behind and who is astray."""

from __future__ import annotations

import pytest

from twisted_chat.log.lineage import Forked, Left, Lineage, is_opener, missing
from twisted_chat.log.machine import Place, Start
from twisted_chat.log.stream import Position, Report


def _report(name: str, generation: int, ms: int, *others: str) -> Report:
    return Report(name, generation, Position(ms, 0), others, 0.0)


def test_who_opens() -> None:
    behind, ahead = _report("a", 2, 5, "b"), _report("b", 2, 9)
    assert not is_opener("a", (), [behind]), "it knows of b"
    assert missing((), [behind]) == {"b"}
    assert missing(("a", "c"), [behind, ahead]) == {"c"}
    assert not is_opener("b", ("c",), [behind, ahead])
    assert is_opener("b", (), [behind, ahead])
    assert not is_opener("a", (), [behind, ahead])
    assert is_opener("a", (), [_report("b", 2, 5), _report("a", 2, 5)]), "by name"
    assert is_opener("b", (), [_report("b", 3, 5), _report("a", 2, 9)])


def test_a_lineage_tells_behind_from_astray() -> None:
    line = Lineage([Start(2, Position(10, 0)), Start(3, Position(20, 0))])
    line.check(Place(1, Position(10, 0)))
    line.check(Place(2, Position(20, 0)))
    line.check(Place(3, Position(99, 0)))
    for astray in (Place(1, Position(11, 0)), Place(2, Position(20, 1))):
        with pytest.raises(Forked):
            line.check(astray)
    with pytest.raises(Forked):
        line.check(Place(4, Position(1, 0)))
    again = line.next(Start(4, Position(30, 0), "marked"))
    with pytest.raises(Left) as left:
        again.check(Place(3, Position(31, 0)))
    assert left.value.mark == "marked"
