"""Which versions of Twisted will do."""

from __future__ import annotations

import pytest

from twisted_chat import tap


def test_an_old_twisted_has_no_websocket_to_build_on(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(tap, "WEB_NEEDS", (99, 1))
    with pytest.raises(SystemExit) as error:
        tap.Options().parseOptions(["--web", "8080"])
    assert "--web needs Twisted 99.1; this is" in str(error.value)
    tap.Options().parseOptions(["--port", "8080"])
