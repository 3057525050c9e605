"""Who comes and goes, and what they say of themselves."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from ...events import AwaySet, Described, Notice
from ...names import fold
from .. import entries as e
from .. import presence, private
from ..entering import admit
from ..session_state import SessionState
from .actors import state_of, user_of

if TYPE_CHECKING:
    from ..hub import Hub


# Coming and going


def _connect(hub: Hub, entry: e.Connect) -> None:
    """Raises as `Hub.check_host`."""
    who, host, secure, can_log_in = entry
    hub.check_host(host, hub.at)
    state = SessionState(who, host, secure, can_log_in)
    hub.add(state)


def _disconnect(hub: Hub, entry: e.Disconnect) -> None:
    state = hub.sessions.get(entry.who)
    if state is None:
        return
    user, reason = state.user, entry.reason
    if user is not None and not presence.may_part_with(user, *user.rooms.values()):
        reason = entry.fallback
    presence.disconnect(hub, state, reason)


def _introduce(hub: Hub, entry: e.Introduce) -> None:
    state = state_of(hub, entry.who)
    state.username, state.lobby = entry.username, entry.lobby


def _name_device(hub: Hub, entry: e.NameDevice) -> None:
    hub.devices.named(state_of(hub, entry.who), entry.device)


def _take_nick(hub: Hub, entry: e.TakeNick) -> None:
    state = state_of(hub, entry.who)
    presence.take_nick(hub, state, entry.nick, entry.about, entry.token)


def _visit(hub: Hub, entry: e.Visit) -> None:
    """Raises what `_take_nick` and `_join` raise."""
    who, name, nick, token = entry
    if not name:
        presence.visit(hub, state_of(hub, who), nick, token)
        return
    me, state = user_of(hub, who), state_of(hub, who)
    if fold(name) in me.rooms:
        return
    room = admit(hub, me, name, "", len(state.visits))
    if me in room.members:
        return
    room.visit(me)
    state.visits += (room,)


# Oneself


def _set_away(hub: Hub, entry: e.SetAway) -> None:
    me = user_of(hub, entry.who)
    me.away = entry.text
    me.tell_others(AwaySet(me.nick, me.away, hub.at))
    if me.away:
        me.tell(Notice(f"You are away: {me.away}", hub.at, "away", me.away))
    else:
        me.tell(Notice("You are back", hub.at, "back"))


def _describe(hub: Hub, entry: e.Describe) -> None:
    """Raises 404 for who is muted, everywhere or in a room where they are."""
    me = user_of(hub, entry.who)
    me.check_muted()
    for room in me.rooms.values():
        room.rules.check_muted(room, me)
    me.about = entry.about
    event = Described(me.nick, me.about, hub.at)
    me.tell(event)
    me.tell_others(event)


def _set_bot(hub: Hub, entry: e.SetBot) -> None:
    user_of(hub, entry.who).bot = entry.bot


def _set_keep(hub: Hub, entry: e.SetKeep) -> None:
    private.set_keep(user_of(hub, entry.who), entry.keep)


def _set_stay(hub: Hub, entry: e.SetStay) -> None:
    hub.staying.choose(user_of(hub, entry.who), entry.stay)


def _end_stay(hub: Hub, entry: e.EndStay) -> None:
    hub.staying.end_long(*entry)


def _mark_read(hub: Hub, entry: e.MarkRead) -> None:
    who, place, id = entry
    hub.markers.read(user_of(hub, who), place, id, who)


def _forget_conversation(hub: Hub, entry: e.ForgetConversation) -> None:
    hub.conversations.delete(user_of(hub, entry.who), entry.key)


def _ignore(hub: Hub, entry: e.Ignore) -> None:
    shown = hub.ignoring.ignore(user_of(hub, entry.who), entry.nick)
    text = f"You ignore {shown} now"
    hub.sessions[entry.who].tell(Notice(text, hub.at, "ignored", shown))


def _unignore(hub: Hub, entry: e.Unignore) -> None:
    nick = entry.nick
    hub.ignoring.unignore(user_of(hub, entry.who), nick)
    text = f"You hear {nick} again"
    hub.sessions[entry.who].tell(Notice(text, hub.at, "unignored", nick))


CHANGES: dict[type[e.Entry], Callable[[Hub, Any], None]] = {
    e.Connect: _connect,
    e.Disconnect: _disconnect,
    e.Introduce: _introduce,
    e.NameDevice: _name_device,
    e.TakeNick: _take_nick,
    e.Visit: _visit,
    e.SetAway: _set_away,
    e.Describe: _describe,
    e.SetBot: _set_bot,
    e.SetKeep: _set_keep,
    e.MarkRead: _mark_read,
    e.SetStay: _set_stay,
    e.EndStay: _end_stay,
    e.ForgetConversation: _forget_conversation,
    e.Ignore: _ignore,
    e.Unignore: _unignore,
}
