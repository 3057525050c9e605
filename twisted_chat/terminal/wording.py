"""The words for an event: those of FORMAT text, which the server would use."""

from __future__ import annotations

from collections.abc import Callable

from .. import events as e
from ..grammar import text
from ..names import clean, mention_of
from .fields import Event, Fields

MAX_COUNTED = 100_000


def lines_of(event: Event) -> list[str]:
    """As `wording`; for an event of a newer server, its fields as they are."""
    try:
        return wording(event["event"], Fields(event))
    except KeyError:
        words = [
            f"{clean(name)}: {clean(str(value))}"
            for name, value in event.items()
            if name not in ("event", "at") and isinstance(value, str | int | float)
        ]
        return [f"* {clean(event['event'])} {', '.join(words)}".rstrip()]


def mentions(text: str, nick: str) -> bool:
    """Whether `nick` stands in `text` as a word."""
    if not nick or nick.lower() not in text.lower():
        return False
    return bool(mention_of(nick).search(text))


def wording(kind: str, fields: Fields) -> list[str]:
    """The lines for an event that nobody said; none if it isn't to be shown.

    :raises KeyError: for an event of a newer server.
    """
    if kind == "topic" and fields.flag("replay"):
        return text.shown(_topic_then(fields))
    event = _EVENTS[kind](fields)
    return text.RENDER[type(event)](event).splitlines()


def _topic_then(f: Fields) -> e.Said:
    where = f.text("room"), f.text("nick"), f.text("topic"), 0.0, 0
    gone = e.Marks(deleted_by="?") if f.has("deleted") else None
    return e.Said(*where, "topic", marks=gone)


def _join(f: Fields) -> e.Event:
    kind = e.Arrived if f.flag("arrived") else e.Joined
    return kind(f.text("room"), f.text("nick"), 0.0)


def _leave(f: Fields) -> e.Event:
    nick, reason = f.text("nick"), f.text("reason")
    if room := f.text("room"):
        return e.Parted(room, nick, reason, 0.0)
    return e.Departed(nick, reason, 0.0)


def _crowd(f: Fields) -> e.Event:
    return e.Crowd(f.text("room"), _counted(f, "joined"), _counted(f, "left"), 0.0)


def _counted(f: Fields, name: str) -> tuple[str, ...]:
    """The people named, and nameless ones up to their number."""
    named = f.texts(name)
    more = min(f.number(f"{name}_count"), MAX_COUNTED) - len(named)
    return named + ("",) * more


def _nick(f: Fields) -> e.Event:
    kind = e.Named if f.flag("you") else e.Renamed
    return kind(f.text("old"), f.text("nick"), 0.0)


def _account(f: Fields) -> e.Event:
    kind = e.LoggedIn if f.flag("you") else e.AccountSet
    return kind(f.text("nick"), f.text("account"), 0.0)


def _who(f: Fields) -> e.Event:
    people = [e.Person(p.text("nick"), p.text("away")) for p in f.parts("people")]
    return e.Members(f.text("room"), tuple(people), f.number("more"), 0.0)


def _rooms(f: Fields) -> e.Event:
    rooms = [
        e.RoomInfo(r.text("room"), r.number("people"), r.text("topic"))
        for r in f.parts("rooms")
    ]
    return e.Rooms(tuple(rooms), f.number("more"), 0.0)


def _whois(f: Fields) -> e.Event:
    return e.Profile(
        nick=f.text("nick"),
        away=f.text("away"),
        rooms=f.texts("rooms"),
        since=0.0,
        idle=f.number("idle"),
        at=0.0,
        account=f.text("account"),
        operator=f.flag("operator"),
        host=f.text("host"),
        node=f.text("node"),
    )


def _kick(f: Fields) -> e.Event:
    return e.Kicked(f.text("room"), f.text("nick"), f.text("by"), f.text("reason"), 0)


def _room(f: Fields) -> e.Event:
    rule, value = f.text("rule"), f.text("value")
    return e.RoomChanged(f.text("room"), f.text("by"), rule, value, 0)


def _rules(f: Fields) -> e.Event:
    return e.RoomRules(
        room=f.text("room"),
        locked=f.flag("locked"),
        moderated=f.flag("moderated"),
        topic_locked=f.flag("topic_locked"),
        secret=f.flag("secret"),
        no_ctcp=f.flag("no_ctcp"),
        key=f.text("key"),
        limit=f.number("limit"),
        owners=f.texts("owners"),
        voices=f.texts("voices"),
        at=0.0,
    )


def _bans(f: Fields) -> e.Event:
    room = f.text("room")
    bans = [
        e.Ban(
            kind=ban.text("kind"),
            room=room,
            mask=ban.text("mask"),
            by=ban.text("by"),
            reason=ban.text("reason"),
            since=0.0,
            until=ban.seconds("until"),
            accounts=ban.texts("accounts"),
            hosts=ban.texts("hosts"),
        )
        for ban in f.parts("bans")
    ]
    return e.BanList(room, tuple(bans), 0.0)


def _place(f: Fields) -> str:
    """A room, or the people of a private conversation."""
    return f.text("room") or f"@{f.text('with')}"


def _unread(f: Fields) -> e.Event:
    places = [
        e.UnreadPlace(
            _place(place),
            place.number("id"),
            place.number("last"),
            place.number("unread"),
            place.number("mentions"),
        )
        for place in f.parts("places")
    ]
    return e.Unread(tuple(places), f.number("more"), 0.0)


def _conversations(f: Fields) -> e.Event:
    found = [
        e.Conversation(_place(each), each.number("last"))
        for each in f.parts("conversations")
    ]
    return e.Conversations(tuple(found), f.number("more"), 0.0)


def _mentioned(f: Fields) -> e.Event:
    messages = [
        e.Said(
            m.text("room"),
            m.text("nick"),
            m.text("text"),
            m.seconds("at"),
            m.number("id"),
        )
        for m in f.parts("messages")
    ]
    return e.Mentioned(tuple(messages), f.flag("more"), f.seconds("at"))


def _edited(f: Fields) -> e.Event:
    return e.Edited(_place(f), 0, f.text("nick"), f.lines("text"), "…", 0.0)


_EVENTS: dict[str, Callable[[Fields], e.Event]] = {
    "join": _join,
    "leave": _leave,
    "crowd": _crowd,
    "nick": _nick,
    "account": _account,
    "away": lambda f: e.AwaySet(f.text("nick"), f.text("text"), 0.0),
    "topic": lambda f: e.TopicSet(f.text("room"), f.text("nick"), f.text("topic"), 0.0),
    "room-renamed": lambda f: e.RoomRenamed(
        f.text("room"), f.text("name"), f.text("nick"), f.text("reason"), 0.0
    ),
    "notice": lambda f: e.Notice(f.text("text"), 0.0, f.text("code")),
    "error": lambda f: e.Failed(f.number("code"), f.text("text"), 0.0),
    "pong": lambda f: e.Pong(f.text("token"), 0.0),
    "who": _who,
    "rooms": _rooms,
    "whois": _whois,
    "read": lambda f: e.Read(_place(f), f.number("id"), 0, 0, 0.0),
    "unread": _unread,
    "conversations": _conversations,
    "mentions": _mentioned,
    "edited": _edited,
    "deleted": lambda f: e.Deleted(
        _place(f), 0, f.text("nick"), f.text("by"), f.text("reason"), 0.0
    ),
    "reaction": lambda f: e.Reacted(
        _place(f), 0, f.text("nick"), f.text("reaction"), f.flag("on"), 0, 0.0
    ),
    "kick": _kick,
    "room": _room,
    "rules": _rules,
    "bans": _bans,
    "invite": lambda f: e.Invited(f.text("room"), f.text("nick"), f.text("by"), 0.0),
}
