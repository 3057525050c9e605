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
ONCE_FAILED = {
    837: "a node asked whether the log is open, then learned that it is astray, and"
    " went on waiting with the others",
    865: "a log was opened from before what a node had shown that had just come up,"
    " for nobody had read of it; what it proposed again was sent again, too",
    975: "without a snapshot of the fork, what was said in its millisecond was taken"
    " for lost, though the log had it",
    1231: "who had missed a forced opening sent again what another node had shown",
    1883: "the simulated disk took what was said under a room's former name for lost;"
    " a file has it under the name that the room has now",
}
"""Seeds that have failed, and why; ``test_shared_log_*`` and ``test_salvage_*`` have a
test of each mechanism."""


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


@pytest.mark.parametrize("seed", ONCE_FAILED)
def test_what_has_failed_does_not_any_more(seed: int) -> None:
    _run(seed)
