"""What can be asked about the settings that all nodes share: see `SharedSettings`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from ..events import ChatError
from ..hub import Hub
from ..hub.entries import ChangeSettings, RecordAction
from ..hub.setting_values import SETTINGS, Setting
from ..outcomes import settled
from .accounts import ADMIN
from .server import Command, Request, word


def commands(hub: Hub) -> Mapping[str, Command]:
    """The commands about the settings of `hub`."""

    async def listed(request: Request) -> Sequence[str]:
        return [f"{name}: {_shown(hub, each)}" for name, each in SETTINGS.items()]

    async def changed(request: Request) -> Sequence[str]:
        name = word(request, "name")
        setting = SETTINGS.get(name)
        if setting is None:
            raise ChatError(400, f"a setting is one of {', '.join(SETTINGS)}")
        change: dict[str, Any] = {setting.field: _read(name, setting, request)}
        now = hub.shared._replace(**change)
        await settled(hub.propose(ChangeSettings(hub.shared, now)))
        shown = _shown(hub, setting)
        await settled(hub.propose(RecordAction(ADMIN, "SETTING", f"{name}: {shown}")))
        who = "every node" if hub.nodes else "the server"
        return [f"{name}: {shown} from now on; start {who} with that --{name} next"]

    return {"settings": listed, "setting": changed}


def _shown(hub: Hub, setting: Setting) -> str:
    return setting.show(getattr(hub.shared, setting.field))


def _read(name: str, setting: Setting, request: Request) -> object:
    """What it shall be; raises `ChatError` 400."""
    value = request.get("value")
    if value is None:
        if setting.unset is ...:
            raise ChatError(400, f"{name} can't be unset")
        return setting.unset
    try:
        return setting.read(str(value))
    except ValueError as error:
        raise ChatError(400, f"{name}: {error}") from None
