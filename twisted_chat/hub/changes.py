"""What each entry does: the one table by which the chat changes.

A change takes effect or raises `ChatError`.  It looks at nothing but the state of the
hub, the entry and its time (`Hub.at`): never at a clock, the disk or chance, and not at
whether a listener is there, so that it comes out alike on every node.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from ..events import AwaySet, ChatError, Described, Marks, Notice
from ..names import fold
from ..storage.accounts import Account, mark
from . import (
    acts,
    nodes,
    presence,
    private,
    reinstating,
    renaming,
    repeating,
    returning,
    shared_settings,
    tags,
)
from . import entries as e
from .retention import unused
from .room import Room
from .session_state import SessionState
from .user import User

if TYPE_CHECKING:
    from .hub import Hub

MAX_ROOMS = 50
"""Rooms that one person is in at once."""


def _state(hub: Hub, who: e.SessionId) -> SessionState:
    try:
        return hub.sessions[who]
    except KeyError:
        raise ChatError(451, "You are gone") from None


def _user(hub: Hub, who: e.SessionId) -> User:
    user = _state(hub, who).user
    if user is None:
        raise ChatError(451, "Choose a nick first; use NICK name")
    return user


def _where(hub: Hub, who: e.SessionId, room: str) -> tuple[User, Room | None]:
    """Whose doing it is, and where; None for the whole chat."""
    user = _user(hub, who)
    return user, hub.room(room, user) if room else None


def _inside(hub: Hub, who: e.SessionId, room: str) -> tuple[User, Room]:
    """As `_where`, in a room where they are; raises `ChatError` 403, 442."""
    user = _user(hub, who)
    return user, user.here(room)


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
    state = _state(hub, entry.who)
    state.username, state.lobby = entry.username, entry.lobby


def _name_device(hub: Hub, entry: e.NameDevice) -> None:
    hub.devices.named(_state(hub, entry.who), entry.device)


def _take_nick(hub: Hub, entry: e.TakeNick) -> None:
    state = _state(hub, entry.who)
    presence.take_nick(hub, state, entry.nick, entry.about, entry.token)


def _visit(hub: Hub, entry: e.Visit) -> None:
    """Raises what `_take_nick` and `_join` raise."""
    who, name, nick, token = entry
    if not name:
        presence.visit(hub, _state(hub, who), nick, token)
        return
    me, state = _user(hub, who), _state(hub, who)
    if fold(name) in me.rooms:
        return
    if len(state.visits) >= MAX_ROOMS:
        raise ChatError(405, f"You are in {MAX_ROOMS} rooms; PART one first")
    room = hub.open_room(name)
    try:
        room.rules.check_entry(room, me, "")
    except ChatError:
        if room.deserted:
            hub.close_room(room)
        raise
    room.visit(me)
    state.visits += (room,)


# Who is who


def _prove(hub: Hub, entry: e.Prove) -> None:
    hub.identities.prove(_state(hub, entry.who), entry.account)


def _log_in(hub: Hub, entry: e.LogIn) -> None:
    who, account, about, token, keep_nick = entry
    state, identities = _state(hub, who), hub.identities
    if not identities.account_of(account):
        raise ChatError(464, f"{account} is not registered; REGISTER claims a nick")
    if keep_nick:
        identities.take_on(state, account)
    else:
        identities.log_in(state, account, about, token)


def _oper(hub: Hub, entry: e.Oper) -> None:
    hub.identities.oper(_user(hub, entry.who), entry.account)


def _register(hub: Hub, entry: e.Register) -> None:
    who, nick, hash, network = entry
    account = Account(nick, hash, created=hub.at, networks=(network,))
    hub.identities.register(hub.sessions.get(who), account)


def _set_password(hub: Hub, entry: e.SetPassword) -> None:
    hub.accounts.set_password(*entry)


def _set_operator(hub: Hub, entry: e.SetOperator) -> None:
    hub.identities.set_operator(*entry)


def _add_certificate(hub: Hub, entry: e.AddCertificate) -> None:
    hub.accounts.add_certificate(*entry)


def _remove_certificate(hub: Hub, entry: e.RemoveCertificate) -> None:
    hub.accounts.remove_certificate(*entry)


def _add_key(hub: Hub, entry: e.AddKey) -> None:
    hub.accounts.add_key(*entry)


def _remove_key(hub: Hub, entry: e.RemoveKey) -> None:
    hub.accounts.remove_key(*entry)


def _add_ticket(hub: Hub, entry: e.AddTicket) -> None:
    hub.accounts.add_ticket(entry.nick, entry.digest, hub.at)


def _use_token(hub: Hub, entry: e.UseToken) -> None:
    passed = mark("", hub.shared.password) if hub.shared.password else b""
    hub.accounts.use_token(entry.digest, entry.new, hub.at, passed)


def _remove_token(hub: Hub, entry: e.RemoveToken) -> None:
    hub.accounts.remove_token(entry.nick, entry.digest)


def _remember_network(hub: Hub, entry: e.RememberNetwork) -> None:
    hub.accounts.remember_network(*entry)


def _unregister(hub: Hub, entry: e.Unregister) -> None:
    hub.identities.unregister(entry.nick, entry.token)


def _attempt(hub: Hub, entry: e.Attempt) -> None:
    """Raises 464 where it comes too early."""
    state = _state(hub, entry.who)
    tries = hub.attempts.count(state, entry)
    if state.local is not None:
        state.local.tries = tries


def _attempt_over(hub: Hub, entry: e.AttemptOver) -> None:
    hub.attempts.take_back(entry.tries)


def _wrong_word(hub: Hub, entry: e.WrongWord) -> None:
    hub.attempts.count_word(_state(hub, entry.who))


def _end_grace(hub: Hub, entry: e.EndGrace) -> None:
    state = hub.sessions.get(entry.who)
    if state is not None:
        hub.identities.end_grace(state, entry.grace, entry.token)


# Speaking


def _say(hub: Hub, entry: e.Say) -> None:
    who, name, kind, text = entry
    state = _state(hub, who)
    if state.user is None:
        raise ChatError(451, "Choose a nick first; use NICK name")
    state.user.here(name).speak(kind, state, state.user, text)


def _send(hub: Hub, entry: e.Send) -> None:
    who, name, kind, text, reply_to, quote = entry
    me, state = _user(hub, who), _state(hub, who)
    room = me.here(name)
    if hub.touched.is_deleted((fold(room.name), reply_to)):
        quote = quote._replace(text="")
    marks = Marks(quote) if reply_to else None
    room.speak(kind, state, me, text, reply_to, marks)


def _edit(hub: Hub, entry: e.Edit) -> None:
    acts.edit(hub, _state(hub, entry.who), _user(hub, entry.who), entry)


def _delete(hub: Hub, entry: e.Delete) -> None:
    acts.delete(hub, _user(hub, entry.who), entry)


def _react(hub: Hub, entry: e.React) -> None:
    acts.react(hub, _state(hub, entry.who), _user(hub, entry.who), entry)


def _repeat_edit(hub: Hub, entry: e.RepeatEdit) -> None:
    reinstating.edit(hub, entry)


def _repeat_delete(hub: Hub, entry: e.RepeatDelete) -> None:
    reinstating.delete(hub, entry)


def _purge_author(hub: Hub, entry: e.PurgeAuthor) -> None:
    acts.purge(hub, entry.who and _user(hub, entry.who), entry)


def _forget_account(hub: Hub, entry: e.ForgetAccount) -> None:
    acts.forget(hub, entry)


def _repeat(hub: Hub, entry: e.Repeat) -> None:
    repeating.repeat(hub, entry)


def _whisper(hub: Hub, entry: e.Whisper) -> None:
    me = _user(hub, entry.who)
    state = hub.sessions[entry.who]
    private.whisper(hub, state, me, entry.nicks, entry.text, entry.kind)


def _write(hub: Hub, entry: e.Write) -> None:
    private.write(hub, entry)


def _query(hub: Hub, entry: e.Query) -> None:
    who, nick, text, answer = entry
    me = _user(hub, who)
    private.query(hub, hub.sessions[who], me, nick, text, answer)


def _tag(hub: Hub, entry: e.Tag) -> None:
    me = _user(hub, entry.who)
    tags.tag(hub, hub.sessions[entry.who], me, entry.to, entry.tags)


# Rooms


def _join(hub: Hub, entry: e.Join) -> None:
    _enter(hub, *entry)


def _join_with(hub: Hub, entry: e.JoinWith) -> None:
    _enter(hub, *entry)


def _enter(
    hub: Hub, who: e.SessionId, name: str, key: str, rules: Sequence[str] = ()
) -> None:
    """Raises 479 for the name, 405 for too many rooms; see `Rules.check_entry`.

    :param rules: flags that are on in a room that is made by it.
    """
    me = _user(hub, who)
    if fold(name) in me.rooms:
        return
    if len(me.rooms) >= MAX_ROOMS:
        raise ChatError(405, f"You are in {MAX_ROOMS} rooms; PART one first")
    room = hub.open_room(name)
    new = room.deserted
    try:
        room.rules.check_entry(room, me, key)
    except ChatError:
        if new:
            hub.close_room(room)
        raise
    if new:
        hub.room_registry.room_created(room, me, rules)
    room.enter(me)
    for state in me.sessions:
        if state.local is not None:
            state.local.entered(room, chosen=state.id == who)


def _part(hub: Hub, entry: e.Part) -> None:
    me, room = _inside(hub, entry.who, entry.room)
    if room not in me.rooms.values():
        raise ChatError(442, f"You are not in {room.name}; JOIN it first")
    room.part(me, entry.reason if presence.may_part_with(me, room) else "")


def _rename_room(hub: Hub, entry: e.RenameRoom) -> None:
    who, name, new, reason = entry
    me = _user(hub, who)
    renaming.rename(hub, me, hub.room(name, me), new, reason)


def _set_topic(hub: Hub, entry: e.SetTopic) -> None:
    me, room = _inside(hub, entry.who, entry.room)
    room.set_topic(me, entry.topic)


def _set_rule(hub: Hub, entry: e.SetRule) -> None:
    me = _user(hub, entry.who)
    hub.room_registry.set_rule(me, hub.room(entry.room, me), entry.rule, entry.value)


def _set_owner(hub: Hub, entry: e.SetOwner) -> None:
    me = _user(hub, entry.who)
    hub.room_registry.own(me, hub.room(entry.room, me), entry.nick, entry.owner)


def _set_voice(hub: Hub, entry: e.SetVoice) -> None:
    me = _user(hub, entry.who)
    hub.room_registry.voice(me, hub.room(entry.room, me), entry.nick, entry.voice)


def _invite(hub: Hub, entry: e.Invite) -> None:
    me = _user(hub, entry.who)
    hub.room_registry.invite(me, hub.room(entry.room, me), entry.nick)


def _forget_rooms(hub: Hub, entry: e.ForgetRooms) -> None:
    """Those in which something was said since it was proposed stay.

    So do all, where rooms have been forgotten since: one of them may have been made
    anew, and as much said in it as before.
    """
    if entry.after != hub.forgotten:
        return
    rooms = [key for key, _ in unused(hub, entry.rooms)]
    hub.forget_places(rooms)


# Moderation


def _kick(hub: Hub, entry: e.Kick) -> None:
    me, room = _where(hub, entry.who, entry.room)
    hub.moderation.kick(me, entry.nick, room, entry.reason)


def _restrain(hub: Hub, entry: e.Restrain) -> None:
    who, kind, name, mask, seconds, reason, expel = entry
    me, room = _where(hub, who, name)
    if kind == "ban":
        hub.moderation.ban(me, mask, room, seconds, reason, expel)
    else:
        hub.moderation.mute(me, mask, room, seconds, reason)


def _release(hub: Hub, entry: e.Release) -> None:
    me, room = _where(hub, entry.who, entry.room)
    lift = hub.moderation.unban if entry.kind == "ban" else hub.moderation.unmute
    lift(me, entry.mask, room)


def _set_exception(hub: Hub, entry: e.SetException) -> None:
    who, kind, name, mask, on = entry
    me = _user(hub, who)
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
    hub.moderation.announce(_user(hub, entry.who), entry.text)


# Oneself


def _set_away(hub: Hub, entry: e.SetAway) -> None:
    me = _user(hub, entry.who)
    me.away = entry.text
    me.tell_others(AwaySet(me.nick, me.away, hub.at))
    if me.away:
        me.tell(Notice(f"You are away: {me.away}", hub.at, "away", me.away))
    else:
        me.tell(Notice("You are back", hub.at, "back"))


def _describe(hub: Hub, entry: e.Describe) -> None:
    """Raises 404 for who is muted, everywhere or in a room where they are."""
    me = _user(hub, entry.who)
    me.check_muted()
    for room in me.rooms.values():
        room.rules.check_muted(room, me)
    me.about = entry.about
    event = Described(me.nick, me.about, hub.at)
    me.tell(event)
    me.tell_others(event)


def _set_bot(hub: Hub, entry: e.SetBot) -> None:
    _user(hub, entry.who).bot = entry.bot


def _set_keep(hub: Hub, entry: e.SetKeep) -> None:
    private.set_keep(_user(hub, entry.who), entry.keep)


def _set_stay(hub: Hub, entry: e.SetStay) -> None:
    hub.staying.choose(_user(hub, entry.who), entry.stay)


def _end_stay(hub: Hub, entry: e.EndStay) -> None:
    hub.staying.end_long(*entry)


def _mark_read(hub: Hub, entry: e.MarkRead) -> None:
    who, place, id = entry
    hub.markers.read(_user(hub, who), place, id, who)


def _forget_conversation(hub: Hub, entry: e.ForgetConversation) -> None:
    hub.conversations.delete(_user(hub, entry.who), entry.key)


def _ignore(hub: Hub, entry: e.Ignore) -> None:
    shown = hub.ignoring.ignore(_user(hub, entry.who), entry.nick)
    text = f"You ignore {shown} now"
    hub.sessions[entry.who].tell(Notice(text, hub.at, "ignored", shown))


def _unignore(hub: Hub, entry: e.Unignore) -> None:
    nick = entry.nick
    hub.ignoring.unignore(_user(hub, entry.who), nick)
    text = f"You hear {nick} again"
    hub.sessions[entry.who].tell(Notice(text, hub.at, "unignored", nick))


# The servers that are one chat


def _node_up(hub: Hub, entry: e.NodeUp) -> None:
    nodes.up(hub, entry)


def _node_gone(hub: Hub, entry: e.NodeGone) -> None:
    nodes.gone(hub, entry.node)


def _configure(hub: Hub, entry: e.Configure) -> None:
    shared_settings.configure(hub, entry.shared)


def _change_settings(hub: Hub, entry: e.ChangeSettings) -> None:
    shared_settings.change(hub, entry.before, entry.shared)


def _check(hub: Hub, entry: e.Check) -> None:
    hub.checks.asked_by = entry.node


def _checked(hub: Hub, entry: e.Checked) -> None:
    hub.checks.compare(entry)


def _return(hub: Hub, entry: e.Return) -> None:
    returning.come_back(hub, entry)


def _regain(hub: Hub, entry: e.Regain) -> None:
    returning.regain(hub, _user(hub, entry.who), entry)


CHANGES: dict[type[e.Entry], Callable[[Hub, Any], None]] = {
    e.Connect: _connect,
    e.Disconnect: _disconnect,
    e.Introduce: _introduce,
    e.NameDevice: _name_device,
    e.TakeNick: _take_nick,
    e.Visit: _visit,
    e.Prove: _prove,
    e.LogIn: _log_in,
    e.Oper: _oper,
    e.Register: _register,
    e.SetPassword: _set_password,
    e.SetOperator: _set_operator,
    e.AddCertificate: _add_certificate,
    e.RemoveCertificate: _remove_certificate,
    e.AddKey: _add_key,
    e.RemoveKey: _remove_key,
    e.AddTicket: _add_ticket,
    e.UseToken: _use_token,
    e.RemoveToken: _remove_token,
    e.RememberNetwork: _remember_network,
    e.Unregister: _unregister,
    e.Attempt: _attempt,
    e.AttemptOver: _attempt_over,
    e.WrongWord: _wrong_word,
    e.EndGrace: _end_grace,
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
    e.Join: _join,
    e.JoinWith: _join_with,
    e.Part: _part,
    e.SetTopic: _set_topic,
    e.RenameRoom: _rename_room,
    e.SetRule: _set_rule,
    e.SetOwner: _set_owner,
    e.SetVoice: _set_voice,
    e.Invite: _invite,
    e.ForgetRooms: _forget_rooms,
    e.Kick: _kick,
    e.Restrain: _restrain,
    e.Release: _release,
    e.SetException: _set_exception,
    e.RepeatBan: _repeat_ban,
    e.RepeatRelease: _repeat_release,
    e.RepeatRules: _repeat_rules,
    e.RecordAction: _record_action,
    e.Announce: _announce,
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
    e.NodeUp: _node_up,
    e.NodeGone: _node_gone,
    e.Check: _check,
    e.Checked: _checked,
    e.Configure: _configure,
    e.ChangeSettings: _change_settings,
    e.Return: _return,
    e.Regain: _regain,
}
