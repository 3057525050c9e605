"""FORMAT json: what a program sees, one object a line."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from functools import lru_cache
from json import JSONEncoder, loads
from typing import Any

from .. import events as e

_encoder = JSONEncoder(ensure_ascii=False, separators=(",", ":"))
_dump = _encoder.encode
_name = lru_cache(maxsize=4096)(_dump)
"""A nick or a room, which may have what JSON escapes; most are written often."""


@lru_cache(maxsize=8)
def stamp(at: float) -> str:
    """`at`, in seconds since the epoch, as in RFC 3339: UTC, with milliseconds."""
    time = datetime.fromtimestamp(at, UTC)
    return time.isoformat(timespec="milliseconds").removesuffix("+00:00") + "Z"


def _said(event: e.Said, more: str = "") -> str:
    room, nick, text, at, id, kind, _, reply_to, marks = event
    if reply_to:
        more = f',"reply_to":{reply_to}{more}'
    if marks is not None:
        more = f"{_marks(marks)}{more}"
    if kind == "notice":
        kind, more = "message", f',"kind":"notice"{more}'
    return (
        f'{{"event":"{kind}","at":"{stamp(at)}","room":{_name(room)},'
        f'"nick":{_name(nick)},"text":{_dump(text)},"id":{id}{more}}}'
    )


def _marks(marks: e.Marks) -> str:
    """What there is to a message beside its words, as further keys."""
    data: dict[str, object] = {}
    if marks.changed is not None:
        data["changed"] = stamp(marks.changed)
    if marks.deleted_by:
        data["deleted"] = {"by": marks.deleted_by, "at": stamp(marks.deleted_at)}
    if marks.reactions:
        data["reactions"] = [
            {"reaction": reaction, "count": total, "nicks": nicks[: e.NAMED]}
            for reaction, total, nicks, *_ in marks.reactions
        ]
    return f",{_dump(data)[1:-1]}" if data else ""


def shown(event: e.Said, more: str = "") -> str:
    """What a history has, also of the kind "topic"."""
    if event.kind != "topic":
        return _said(event, more)
    if event.marks is not None:
        more = f"{_marks(event.marks)}{more}"
    return _topic(e.topic_of(event), more)


def _topic(event: e.TopicSet, more: str = "") -> str:
    if event.id:
        more = f',"id":{event.id}{more}'
    return (
        f'{{"event":"topic","at":"{stamp(event.at)}","room":{_name(event.room)},'
        f'"topic":{_dump(event.topic)},"nick":{_dump(event.nick or None)}{more}}}'
    )


def _said_before(event: e.Said) -> str:
    return placed(shown(event, ',"replay":true'))


def placed(line: str) -> str:
    """`line`, whose place is a private conversation and has another key then."""
    return line.replace('"room":"@', '"with":"', 1)


def _object(kind: str, **fields: Callable[[Any], object]) -> Callable[[Any], str]:
    def render(event: Any) -> str:
        data: dict[str, object] = {"event": kind, "at": stamp(event.at)}
        data.update((name, get(event)) for name, get in fields.items())
        return _dump(data)

    return render


def _placed_object(
    kind: str, **fields: Callable[[Any], object]
) -> Callable[[Any], str]:
    render = _object(kind, **fields)
    return lambda event: placed(render(event))


def _replayed(event: e.Replayed) -> str:
    read = event.read
    if read is None:
        return "\n".join(map(_said_before, event.messages))
    unread = ',"replay":true,"unread":true'
    return "\n".join(
        _said(message, unread)
        if message.id > read and message.kind != "topic"
        else _said_before(message)
        for message in event.messages
    )


def _recalled(event: e.Recalled) -> str:
    messages = ",".join(map(_said_before, event.messages))
    return placed(
        f'{{"event":"history","at":"{stamp(event.at)}","room":{_name(event.room)},'
        f'"messages":[{messages}],"more":{_dump(event.next is not None)},'
        f'"next":{_dump(event.next)}}}'
    )


def _found(event: e.Said) -> str:
    return placed(shown(event))


def _matched(event: e.Matched) -> str:
    messages = ",".join(map(_found, event.messages))
    return (
        f'{{"event":"search","at":"{stamp(event.at)}","query":{_dump(event.words)},'
        f'"messages":[{messages}],"more":{_dump(event.next is not None)},'
        f'"next":{_dump(event.next)}}}'
    )


def _whispered(event: e.Whispered, **more: object) -> str:
    data: dict[str, object] = {
        "event": "private",
        "at": stamp(event.at),
        "nick": event.nick,
        "to": event.to,
        "text": event.text,
    }
    if event.kind != "message":
        data["kind"] = event.kind
    if event.id:
        data["id"] = event.id
    if event.reply_to:
        data["reply_to"] = event.reply_to
    return _dump({**data, **more})


def _waited(event: e.Waited) -> str:
    return "\n".join(_whispered(each, replay=True) for each in event.messages)


def _read(event: e.Read) -> str:
    return placed(
        f'{{"event":"read","at":"{stamp(event.at)}","room":{_name(event.room)},'
        f'"id":{event.id},"unread":{event.unread},"mentions":{event.mentions}}}'
    )


def _unread_place(place: e.UnreadPlace) -> str:
    return placed(
        f'{{"room":{_name(place.room)},"id":{place.id},"last":{place.last},'
        f'"unread":{place.unread},"mentions":{place.mentions}}}'
    )


def _unread(event: e.Unread) -> str:
    places = ",".join(map(_unread_place, event.places))
    return (
        f'{{"event":"unread","at":"{stamp(event.at)}","places":[{places}],'
        f'"more":{event.more}}}'
    )


def _conversations(event: e.Conversations) -> str:
    found = (
        placed(f'{{"room":{_name(name)},"last":{last}}}')
        for name, last in event.conversations
    )
    return (
        f'{{"event":"conversations","at":"{stamp(event.at)}",'
        f'"conversations":[{",".join(found)}],"more":{event.more}}}'
    )


def _mentioned(event: e.Mentioned) -> str:
    messages = ",".join(map(_found, event.messages))
    return (
        f'{{"event":"mentions","at":"{stamp(event.at)}","messages":[{messages}],'
        f'"more":{_dump(event.more)}}}'
    )


def _crowd(event: e.Crowd) -> str:
    return _dump(
        {
            "event": "crowd",
            "at": stamp(event.at),
            "room": event.room,
            "joined": event.joined[:10],
            "joined_count": len(event.joined),
            "left": event.left[:10],
            "left_count": len(event.left),
        }
    )


def _notice(event: e.Notice) -> str:
    data = {
        "event": "notice",
        "at": stamp(event.at),
        "text": event.text,
        "code": event.code,
    }
    if event.value:
        data["value"] = event.value
    return _dump(data)


def _room(event: Any) -> str:
    return str(event.room)


def _nick(event: Any) -> str:
    return str(event.nick)


def _id(event: Any) -> int:
    return int(event.id)


def _by(event: Any) -> str:
    return str(event.by)


def _ban(ban: e.Ban) -> dict[str, object]:
    return {
        "kind": ban.kind,
        "mask": ban.mask,
        "by": ban.by,
        "reason": ban.reason,
        "since": stamp(ban.since),
        "until": stamp(ban.until) if ban.until else None,
        "accounts": ban.accounts,
        "hosts": ban.hosts,
    }


RENDER: dict[type, Callable[[Any], str]] = {
    e.Said: _said,
    e.Replayed: _replayed,
    e.Recalled: _recalled,
    e.Matched: _matched,
    e.Whispered: _whispered,
    e.Waited: _waited,
    e.Read: _read,
    e.Unread: _unread,
    e.Conversations: _conversations,
    e.Mentioned: _mentioned,
    e.Edited: _placed_object(
        "edited", room=_room, id=_id, nick=_nick, text=lambda x: x.text
    ),
    e.Deleted: _placed_object(
        "deleted", room=_room, id=_id, nick=_nick, by=_by, reason=lambda x: x.reason
    ),
    e.Reacted: _placed_object(
        "reaction",
        room=_room,
        id=_id,
        nick=_nick,
        reaction=lambda x: x.reaction,
        on=lambda x: x.on,
        count=lambda x: x.total,
    ),
    e.Queried: lambda x: "",
    e.Tagged: lambda x: "",
    e.Described: lambda x: "",
    e.Seen: lambda x: "",
    e.Arrived: _object("join", room=_room, nick=_nick, arrived=lambda x: True),
    e.Joined: _object("join", room=_room, nick=_nick),
    e.Departed: _object("leave", nick=_nick, reason=lambda x: x.reason),
    e.Parted: _object("leave", room=_room, nick=_nick, reason=lambda x: x.reason),
    e.Crowd: _crowd,
    e.Renamed: _object("nick", old=lambda x: x.old, nick=_nick),
    e.Named: _object(
        "nick", old=lambda x: x.old or None, nick=_nick, you=lambda x: True
    ),
    e.TopicSet: _topic,
    e.RoomRenamed: _object(
        "room-renamed",
        room=_room,
        name=lambda x: x.name,
        nick=lambda x: x.nick or None,
        reason=lambda x: x.reason,
    ),
    e.AwaySet: _object("away", nick=_nick, text=lambda x: x.text),
    e.LoggedIn: _object(
        "account", nick=_nick, account=lambda x: x.account or None, you=lambda x: True
    ),
    e.AccountSet: _object("account", nick=_nick, account=lambda x: x.account or None),
    e.Kicked: _object(
        "kick",
        room=lambda x: x.room or None,
        nick=_nick,
        by=_by,
        reason=lambda x: x.reason,
    ),
    e.RoomChanged: _object(
        "room", room=_room, by=_by, rule=lambda x: x.rule, value=lambda x: x.value
    ),
    e.InviteSent: lambda x: "",
    e.Invited: _object("invite", room=_room, nick=_nick, by=_by),
    e.BanList: _object(
        "bans",
        room=lambda x: x.room or None,
        bans=lambda x: [_ban(ban) for ban in x.bans],
    ),
    e.RoomRules: _object(
        "rules",
        room=_room,
        locked=lambda x: x.locked,
        moderated=lambda x: x.moderated,
        topic_locked=lambda x: x.topic_locked,
        secret=lambda x: x.secret,
        no_ctcp=lambda x: x.no_ctcp,
        key=lambda x: x.key or None,
        limit=lambda x: x.limit or None,
        owners=lambda x: x.owners,
        voices=lambda x: x.voices,
    ),
    e.Notice: _notice,
    e.Failed: _object("error", code=lambda x: x.code, text=lambda x: x.text),
    e.Done: _object("done"),
    e.Pong: _object("pong", token=lambda x: x.token),
    e.Members: _object(
        "who",
        room=_room,
        people=lambda x: [person._asdict() for person in x.people],
        more=lambda x: x.more,
    ),
    e.Rooms: _object(
        "rooms",
        rooms=lambda x: [room._asdict() for room in x.rooms],
        more=lambda x: x.more,
    ),
    e.Profile: _object(
        "whois",
        nick=_nick,
        away=lambda x: x.away or None,
        rooms=lambda x: x.rooms,
        since=lambda x: stamp(x.since),
        idle=lambda x: x.idle,
        account=lambda x: x.account or None,
        operator=lambda x: x.operator,
        host=lambda x: x.host or None,
        node=lambda x: x.node or None,
    ),
}


def encode(event: e.Event) -> bytes:
    """`event` as one JSON object on a line that ends in LF; empty if not shown."""
    line = RENDER[type(event)](event)
    return f"{line}\n".encode() if line else b""


def decode(line: bytes) -> dict[str, Any]:
    """What `encode` wrote, as a dictionary: how a client reads an event.

    :raises ValueError: for what is no JSON object with an ``event``.
    """
    try:
        event = loads(line)
    except RecursionError:
        raise ValueError("nested too deeply") from None
    if not isinstance(event, dict) or not isinstance(event.get("event"), str):
        raise ValueError("no event")
    return event
