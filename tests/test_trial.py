"""``trial tests`` runs what pytest runs: it would not see the functions, so most."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from twisted.trial.unittest import SynchronousTestCase

ROOT = Path(__file__).parent.parent


class PytestTests(SynchronousTestCase):
    """For trial alone: pytest would run itself."""

    __test__ = False

    def test_the_whole_suite(self) -> None:
        """Every test passes that pytest finds; what it prints is shown."""
        status = subprocess.run([sys.executable, "-m", "pytest"], cwd=ROOT).returncode
        assert status == 0, "see above what pytest says"
