"""``trial tests`` says PASSED when what pytest runs has passed, and only then."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]


def trial(where: Path, what: str, *addopts: str) -> tuple[int, str]:
    """The exit status of ``trial``, and what it prints."""
    done = subprocess.run(
        [sys.executable, "-m", "twisted.trial", f"--temp-directory={where}", what],
        cwd=ROOT,
        env={**os.environ, "PYTEST_ADDOPTS": " ".join(addopts)},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        timeout=300,
    )
    return done.returncode, done.stdout.decode()


def test_it_runs_what_pytest_runs(tmp_path: Path) -> None:
    # That is all but most unit tests, which take long to collect.
    few = "--ignore-glob=*/tests/test_[!a]*"
    status, shown = trial(tmp_path / "trial", "tests", "--collect-only", "-q", few)
    assert status == 0, shown
    for test in (
        "tests/test_addresses.py::",
        "tests/e2e/test_trial.py::test_it_runs_what_pytest_runs",
    ):
        assert test in shown


def test_it_fails_when_one_of_them_fails(tmp_path: Path) -> None:
    failing = tmp_path / "test_failing.py"
    failing.write_text("def test_failing() -> None:\n    raise AssertionError\n")
    options = (str(failing), "--rootdir", str(tmp_path))
    # To import all others for the one that there is takes long.
    status, shown = trial(tmp_path / "trial", "tests.test_trial", *options)
    assert status == 1
    assert "test_failing" in shown
    assert re.search(r"^FAILED \(.*=1\b", shown, re.MULTILINE)
