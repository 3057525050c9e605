"""Whatever befalls servers that are one chat; see `chaos`.

``CLUSTER_CHAOS`` in the environment has it last for ten minutes.
"""

from __future__ import annotations

import os
import random
from pathlib import Path

from . import chaos

LONG = bool(os.environ.get("CLUSTER_CHAOS"))


def test_what_anybody_was_shown_is_in_every_history_once(tmp_path: Path) -> None:
    seconds, pause = (600.0, 30.0) if LONG else (12.0, 2.0)
    seed = random.randrange(10**6)
    print(f"chaos --seed {seed}")
    report = chaos.run(tmp_path / "cluster", seconds, seed, pause)
    assert report.shown > report.messages > 50, report
