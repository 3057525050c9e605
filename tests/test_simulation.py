"""Nodes of a cluster agree, whatever happens to them and to what is between them.

``SIMULATION_RUNS=5000`` has that many runs, and ``SIMULATION_SEED=17`` just that one.
"""

from __future__ import annotations

import os

import pytest

from .simulation.world import World

RUNS = int(os.environ.get("SIMULATION_RUNS", "80"))
SEED = os.environ.get("SIMULATION_SEED")
PARTS = 10


def _run(seed: int) -> None:
    world = World(seed)
    try:
        world.run()
    except Exception as error:
        happened = ", ".join(world.happened)
        pytest.fail(f"SIMULATION_SEED={seed}: {error}\n{happened}", pytrace=False)


@pytest.mark.parametrize("part", range(PARTS))
def test_all_nodes_agree(part: int) -> None:
    if SEED is not None:
        if not part:
            _run(int(SEED))
        return
    for seed in range(part, RUNS, PARTS):
        _run(seed)
