"""What a wheel holds."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from zipfile import ZipFile

ROOT = Path(__file__).parent.parent


def test_a_wheel_holds_the_package_and_the_plugin(tmp_path: Path) -> None:
    subprocess.run(
        [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", tmp_path],
        cwd=ROOT,
        check=True,
        capture_output=True,
        timeout=120,
    )
    (wheel,) = tmp_path.glob("*.whl")
    names = set(ZipFile(wheel).namelist())
    sources = {
        str(path.relative_to(ROOT))
        for path in (ROOT / "twisted_chat").rglob("*")
        if path.is_file() and path.suffix not in (".pyc", ".c") and path.name[0] != "."
    }
    assert sources <= names
    assert "twisted_chat/py.typed" in names
    assert "twisted/plugins/twisted_chat_plugin.py" in names
    # These are Twisted's own; ours would hide them.
    assert not names & {"twisted/__init__.py", "twisted/plugins/__init__.py"}
    tops = {name.partition("/")[0] for name in names}
    assert {top for top in tops if not top.endswith(".dist-info")} == {
        "twisted",
        "twisted_chat",
    }


def test_nothing_of_the_extra_cluster_is_loaded_unless_it_is_used() -> None:
    program = """
import sys
import twisted_chat.admin, twisted_chat.client, twisted_chat.log, twisted_chat.tap
print(*sorted({"hiredis", "msgspec", "twisted_chat.log.redis"} & set(sys.modules)))
"""
    loaded = subprocess.run(
        [sys.executable, "-c", program],
        cwd=ROOT,
        check=True,
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert loaded.stdout.split() == []
