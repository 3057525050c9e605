"""Nodes of a cluster agree, whatever happens to them and to what is between them.

``SIMULATION_RUNS=5000`` has that many runs, and ``SIMULATION_SEED=17`` just that one.
``python -m tests.simulation`` runs as many as it can in two minutes, in all cores; CI
does that after the tests.
"""

from __future__ import annotations

import os

import pytest

from .simulation.__main__ import failure

RUNS = int(os.environ.get("SIMULATION_RUNS", "40"))
SEED = os.environ.get("SIMULATION_SEED")
PARTS = 10
KNOWN = {
    837: "three nodes don't settle after two forced openings and a cut",
    865: "what a node proposes again is in the log",
    975: "without a snapshot of the fork, what was said in its millisecond is taken for"
    " lost, though the log has it",
    1231: "as 865",
}
"""Seeds that fail, and why as far as it is known: 4 of the first 1,710."""


def _run(seed: int) -> None:
    if line := failure(seed):
        pytest.fail(line, pytrace=False)


@pytest.mark.parametrize("part", range(PARTS))
def test_all_nodes_agree(part: int) -> None:
    if SEED is not None:
        if not part:
            _run(int(SEED))
        return
    for seed in range(part, RUNS, PARTS):
        _run(seed)


@pytest.mark.xfail(strict=True, reason="known defects: see KNOWN")
@pytest.mark.parametrize("seed", KNOWN)
def test_what_is_known_to_fail(seed: int) -> None:
    _run(seed)
