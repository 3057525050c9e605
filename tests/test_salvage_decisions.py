"""Bans and rooms' rules that the log went on without hold again."""

from __future__ import annotations

import pytest

from twisted_chat.events import Ban, RoomChanged, TopicSet
from twisted_chat.hub import entries as e
from twisted_chat.storage.moderation import ban_key

from .salvage_support import BOB, FORK, ROOT, Forked
from .support import START


@pytest.fixture
def forked() -> Forked:
    return Forked()


MALLORY = Ban("ban", "", "mallory", "root", "spam", START + 1, 0.0)


def banned(forked: Forked) -> dict[tuple[str, str, str], str]:
    """The reason of each ban and mute."""
    return {
        ban_key(ban): ban.reason
        for bans in forked.node.hub.bans.lists()
        for ban in bans
    }


@pytest.mark.parametrize(
    ("kind", "room"), [("ban", ""), ("mute", ""), ("ban", "#a"), ("mute", "#a")]
)
def test_bans_hold_again(forked: Forked, kind: str, room: str) -> None:
    def restrain(mask: str, reason: str, seconds: float = 0.0) -> e.Restrain:
        return e.Restrain(ROOT, kind, room, mask, seconds, reason)

    forked.apply(restrain("old", "as it was"), restrain("gone", "to be lifted"))
    forked.base = forked.machine.take_snapshot()
    before = banned(forked)
    forked.apply(
        restrain("bob", "lost"),
        restrain("old", "for another reason"),
        restrain("short", "is over by then", 5.0),
        e.Release(ROOT, kind, room, "gone"),
        after=1.0,
    )
    after = banned(forked)
    entries = [entry for entry in forked.rewind() if not isinstance(entry, e.Repeat)]
    forked.restore()
    assert banned(forked) == before
    forked.node.at += 60
    for entry in entries:
        forked.node.apply(entry, 1.0)
    del after[kind, room, "short"]
    assert banned(forked) == after
    bob = forked.node.hub.users.get("bob")
    if kind == "mute":
        assert bob is not None
        assert room or bob.muted
    else:
        assert room or bob is None, "who is meant is thrown out"
    for entry in entries:
        forked.node.apply(entry, 1.0)
    assert forked.node.refusals[-1][0] == 400, "it is decided once"
    assert banned(forked) == after


def test_what_was_decided_since_stays(forked: Forked) -> None:
    forked.apply(e.Restrain(ROOT, "ban", "", "gone", 0.0, "first"))
    forked.base = forked.machine.take_snapshot()
    forked.apply(
        e.Release(ROOT, "ban", "", "gone"),
        e.Restrain(ROOT, "ban", "", "mallory", 0.0, "lost"),
        e.SetTopic(ROOT, "#a", "lost"),
        e.SetRule(ROOT, "#a", "limit", "7"),
    )
    entries = [entry for entry in forked.rewind() if not isinstance(entry, e.Repeat)]
    forked.restore()
    forked.node.at += 60
    forked.apply(
        e.Restrain(ROOT, "ban", "", "gone", 0.0, "again"),
        e.Restrain(ROOT, "ban", "", "mallory", 0.0, "since"),
        e.SetTopic(ROOT, "#a", "since"),
    )
    for entry in entries:
        forked.node.apply(entry, 1.0)
    reasons = {mask: reason for (_, _, mask), reason in banned(forked).items()}
    assert (reasons["gone"], reasons["mallory"]) == ("again", "since")
    room = forked.node.hub.rooms["#a"]
    assert (room.topic, room.rules.limit) == ("since", 7)


@pytest.mark.parametrize("is_open", [True, False])
def test_rooms_are_as_they_were(forked: Forked, is_open: bool) -> None:
    hub = forked.node.hub
    forked.apply(
        e.ChangeTopic(ROOT, "#a", "what we build"),
        e.SetRule(ROOT, "#a", "key", "word"),
        e.SetRule(ROOT, "#a", "moderated", "on"),
        e.SetRule(ROOT, "#secret", "secret", "off"),
        e.SetTopic(ROOT, "#lobby", "welcome"),
        e.Join(ROOT, "#new", ""),
        e.SetRule(ROOT, "#new", "locked", "on"),
    )
    after = {record.name: record for record in hub.room_registry.records()}
    entries = forked.rewind()
    forked.restore()
    if not is_open:
        forked.apply(*(e.Part(ROOT, room, "") for room in ("#a", "#secret")))
    forked.apply(*entries)
    hub = forked.node.hub
    assert {each.name: each for each in hub.room_registry.records()} == after
    assert after["#new"].owners == ("root",)
    assert hub.open_room("#a").rules.record(hub.rooms["#a"]) == after["#a"]
    if is_open:
        told = forked.node.rooms["#a"]
        [lost, again] = [event for event in told if isinstance(event, TopicSet)]
        assert (lost.topic, again.topic) == ("what we build",) * 2
        said = hub.rooms["#a"].tail.messages[-1]
        assert (said.id, said.kind, said.nick) == (again.id, "topic", "root")
        changed = [event for event in told if isinstance(event, RoomChanged)]
        assert [(event.rule, event.value) for event in changed[-2:]] == [
            ("moderated", "on"),
            ("key", "on"),
        ]
    forked.node.apply(entries[0], 0.0)
    assert forked.node.refusals[-1][0] == 400


def test_a_topic_is_decided_once_more_and_not_said(forked: Forked) -> None:
    forked.say("#a")
    forked.apply(*(e.ChangeTopic(ROOT, "#a", topic) for topic in ("cats", "dogs")))
    entries = forked.rewind()
    said = [entry.text for entry in entries if isinstance(entry, e.Repeat)]
    assert said == ["in #a"]
    forked.restore()
    forked.apply(*entries)
    kinds = [(each.kind, each.text) for each in forked.messages("#a")]
    assert kinds == [("message", "before"), ("topic", "dogs"), ("message", "in #a")]


def test_a_room_that_others_have_made_since_is_theirs(forked: Forked) -> None:
    forked.apply(e.Join(ROOT, "#new", ""), e.SetRule(ROOT, "#new", "locked", "on"))
    [rules] = forked.rewind()
    forked.restore()
    forked.node.at += 60
    forked.apply(e.Join(BOB, "#new", ""))
    forked.node.apply(rules, 0.0)
    assert forked.node.refusals[-1][0] == 403
    assert not forked.node.hub.rooms["#new"].rules.owners


def test_who_may_not_be_banned_is_not(forked: Forked) -> None:
    """An account that has become an operator since."""
    forked.node.apply(e.RepeatBan(MALLORY._replace(mask="root")), 0.0)
    forked.node.apply(e.RepeatBan(MALLORY._replace(mask="127.0.0.0/8")), 0.0)
    assert [code for code, _ in forked.node.refusals[-2:]] == [481, 481]
    forked.node.apply(e.RepeatBan(MALLORY._replace(room="#nowhere")), 0.0)
    assert forked.node.refusals[-1][0] == 403


def test_nobody_owns_a_room_who_has_no_account(forked: Forked) -> None:
    a = forked.node.hub.room_registry.record("#a")
    owners = (*a.owners, "carol", "nobody")
    fork = (FORK.ms, FORK.seq)
    forked.apply(e.RepeatRules(fork, a, a._replace(owners=owners, voices=("x",))))
    record = forked.node.hub.room_registry.record("#a")
    assert (record.owners, record.voices) == (("root", "carol"), ())
