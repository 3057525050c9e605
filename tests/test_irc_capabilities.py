"""What each capability changes, one table a capability.

A case is what alice, who has the capability, and bob send, and what alice is then
told.  Both are in the lobby.  "…" is anything.  Sources: IRCv3's specifications.
"""

from __future__ import annotations

from typing import NamedTuple

import pytest

from tests.irc_support import Network
from tests.support import skip
from tests.test_irc_commands import S, matches

ALICE = ":alice!alice@guest"
BOB = ":bob!bob@guest"


class Case(NamedTuple):
    caps: str
    alice: tuple[str, ...] = ()
    bob: tuple[str, ...] = ()
    told: tuple[str, ...] = ()


NO_IMPLICIT_NAMES = [
    Case("no-implicit-names", ("JOIN #new",), (), (f"{ALICE} JOIN #new",)),
    Case("draft/no-implicit-names", ("JOIN #new",), (), (f"{ALICE} JOIN #new",)),
    Case(
        "draft/no-implicit-names",
        ("NAMES #lobby", "CAP LIST"),
        (),
        (
            f"{S} 353 alice = #lobby :bob alice",
            f"{S} 366 …",
            f"{S} CAP alice LIST :draft/no-implicit-names",
        ),
    ),
    Case(
        "draft/no-implicit-names",
        ("CAP REQ -draft/no-implicit-names", "JOIN #new"),
        (),
        ("… ACK …", f"{ALICE} JOIN #new", f"{S} 353 …", f"{S} 366 …"),
    ),
]

CASES = [*NO_IMPLICIT_NAMES]


@pytest.mark.parametrize(
    "case", CASES, ids=[f"{case.caps}-{(case.alice + case.bob)[0]}" for case in CASES]
)
def test_capability(case: Case) -> None:
    world = Network()
    bob, alice = world.irc("bob"), world.irc("alice", case.caps)
    skip(bob, alice)
    alice.send(*case.alice)
    bob.send(*case.bob)
    told = alice.lines()
    assert len(told) == len(case.told), told
    for expected, line in zip(case.told, told, strict=True):
        assert matches(expected, line), (expected, line)
