"""Which versions of Twisted will do."""

from __future__ import annotations

import pytest

from twisted_chat.doors import web
from twisted_chat.options import Options


def test_an_old_twisted_has_no_websocket_to_build_on(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(web, "TWISTED_NEEDED", (99, 1))
    with pytest.raises(SystemExit) as error:
        Options().parseOptions(["--web", "8080"])
    assert "--web needs Twisted 99.1; this is" in str(error.value)
    Options().parseOptions(["--port", "8080"])
