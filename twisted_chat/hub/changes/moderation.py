"""What keeps order."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from .. import entries as e
from .. import reinstating
from .actors import user_of, where_of

if TYPE_CHECKING:
    from ..hub import Hub


def _kick(hub: Hub, entry: e.Kick) -> None:
    me, room = where_of(hub, entry.who, entry.room)
    hub.moderation.kick(me, entry.nick, room, entry.reason)


def _restrain(hub: Hub, entry: e.Restrain) -> None:
    who, kind, name, mask, seconds, reason, expel = entry
    me, room = where_of(hub, who, name)
    if kind == "ban":
        hub.moderation.ban(me, mask, room, seconds, reason, expel)
    else:
        hub.moderation.mute(me, mask, room, seconds, reason)


def _release(hub: Hub, entry: e.Release) -> None:
    me, room = where_of(hub, entry.who, entry.room)
    lift = hub.moderation.unban if entry.kind == "ban" else hub.moderation.unmute
    lift(me, entry.mask, room)


def _set_exception(hub: Hub, entry: e.SetException) -> None:
    who, kind, name, mask, on = entry
    me = user_of(hub, who)
    hub.moderation.set_exception(me, kind, mask, hub.room(name, me), on)


def _repeat_ban(hub: Hub, entry: e.RepeatBan) -> None:
    reinstating.ban(hub, entry.ban)


def _repeat_release(hub: Hub, entry: e.RepeatRelease) -> None:
    reinstating.release(hub, entry.ban)


def _repeat_rules(hub: Hub, entry: e.RepeatRules) -> None:
    reinstating.rules(hub, entry)


def _record_action(hub: Hub, entry: e.RecordAction) -> None:
    hub.audit.record_of(entry.by, entry.what, "", entry.target, "")


def _announce(hub: Hub, entry: e.Announce) -> None:
    hub.moderation.announce(user_of(hub, entry.who), entry.text)


CHANGES: dict[type[e.Entry], Callable[[Hub, Any], None]] = {
    e.Kick: _kick,
    e.Restrain: _restrain,
    e.Release: _release,
    e.SetException: _set_exception,
    e.RepeatBan: _repeat_ban,
    e.RepeatRelease: _repeat_release,
    e.RepeatRules: _repeat_rules,
    e.RecordAction: _record_action,
    e.Announce: _announce,
}
