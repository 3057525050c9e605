"""Runs a command as a server that knows only the first kinds of entry.

python older.py twistd -n chat …
"""

from __future__ import annotations

import runpy
import sys
from typing import Union, get_args

from twisted_chat.hub import entries, nodes

KNOWN = tuple(each for each in get_args(entries.Entry) if each not in entries.VERSIONS)

if __name__ == "__main__":
    # Before `cluster` is imported, which asks for them.
    for name, value in (("Entry", Union[KNOWN]), ("VERSION", 1)):  # noqa: UP007
        for module in (entries, nodes):
            setattr(module, name, value)
    entries.VERSIONS.clear()
    del sys.argv[0]
    runpy.run_path(sys.argv[0], run_name="__main__")
