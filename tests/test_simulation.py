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
