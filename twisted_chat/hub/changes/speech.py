"""What is said, and what is done to it."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from ...events import ChatError, Marks
from ...names import fold
from .. import acts, private, reinstating, repeating, tags
from .. import entries as e
from .actors import state_of, user_of

if TYPE_CHECKING:
    from ..hub import Hub


def _say(hub: Hub, entry: e.Say) -> None:
    who, name, kind, text = entry
    state = state_of(hub, who)
    if state.user is None:
        raise ChatError(451, "Choose a nick first; use NICK name")
    state.user.here(name).speak(kind, state, state.user, text)


def _send(hub: Hub, entry: e.Send) -> None:
    who, name, kind, text, reply_to, quote = entry
    me, state = user_of(hub, who), state_of(hub, who)
    room = me.here(name)
    if hub.touched.is_deleted((fold(room.name), reply_to)):
        quote = quote._replace(text="")
    marks = Marks(quote) if reply_to else None
    room.speak(kind, state, me, text, reply_to, marks)


def _edit(hub: Hub, entry: e.Edit) -> None:
    acts.edit(hub, state_of(hub, entry.who), user_of(hub, entry.who), entry)


def _delete(hub: Hub, entry: e.Delete) -> None:
    acts.delete(hub, user_of(hub, entry.who), entry)


def _react(hub: Hub, entry: e.React) -> None:
    acts.react(hub, state_of(hub, entry.who), user_of(hub, entry.who), entry)


def _repeat_edit(hub: Hub, entry: e.RepeatEdit) -> None:
    reinstating.edit(hub, entry)


def _repeat_delete(hub: Hub, entry: e.RepeatDelete) -> None:
    reinstating.delete(hub, entry)


def _purge_author(hub: Hub, entry: e.PurgeAuthor) -> None:
    acts.purge(hub, entry.who and user_of(hub, entry.who), entry)


def _forget_account(hub: Hub, entry: e.ForgetAccount) -> None:
    acts.forget(hub, entry)


def _repeat(hub: Hub, entry: e.Repeat) -> None:
    repeating.repeat(hub, entry)


def _whisper(hub: Hub, entry: e.Whisper) -> None:
    me = user_of(hub, entry.who)
    state = hub.sessions[entry.who]
    private.whisper(hub, state, me, entry.nicks, entry.text, entry.kind)


def _write(hub: Hub, entry: e.Write) -> None:
    private.write(hub, entry)


def _query(hub: Hub, entry: e.Query) -> None:
    who, nick, text, answer = entry
    me = user_of(hub, who)
    private.query(hub, hub.sessions[who], me, nick, text, answer)


def _tag(hub: Hub, entry: e.Tag) -> None:
    me = user_of(hub, entry.who)
    tags.tag(hub, hub.sessions[entry.who], me, entry.to, entry.tags)


CHANGES: dict[type[e.Entry], Callable[[Hub, Any], None]] = {
    e.Say: _say,
    e.Repeat: _repeat,
    e.Send: _send,
    e.Edit: _edit,
    e.Delete: _delete,
    e.React: _react,
    e.RepeatEdit: _repeat_edit,
    e.RepeatDelete: _repeat_delete,
    e.PurgeAuthor: _purge_author,
    e.ForgetAccount: _forget_account,
    e.Whisper: _whisper,
    e.Write: _write,
    e.Query: _query,
    e.Tag: _tag,
}
