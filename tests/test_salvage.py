"""What a node has shown, and the log went on without, is proposed again."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest
from twisted.internet.defer import Deferred, fail, succeed

from twisted_chat.events import (
    Ban,
    ChatError,
    Deleted,
    Edited,
    Marks,
    RoomChanged,
    Said,
    TopicSet,
)
from twisted_chat.history.base import Found
from twisted_chat.history.sqlite import SqliteHistory
from twisted_chat.hub import Stored
from twisted_chat.hub import entries as e
from twisted_chat.hub.entries import Entry, SessionId
from twisted_chat.hub.repeating import MAX_FORKS
from twisted_chat.log import Within
from twisted_chat.log.machine import Place
from twisted_chat.log.packed import MAX_MARK
from twisted_chat.log.stream import Position
from twisted_chat.names import fold
from twisted_chat.storage.changes import EditMessage
from twisted_chat.storage.database import MEMORY, Database
from twisted_chat.storage.database.opening import open_file
from twisted_chat.storage.moderation import ban_key
from twisted_chat.storage.places import Place as KeptPlace
from twisted_chat.storage.places import place, repeated
from twisted_chat.storage.sqlite import perform
from twisted_chat.storage.writes import (
    PutPlace,
    PutRepeated,
    PutStarts,
    Write,
    from_plain,
    to_plain,
)

from .later_log import Waited
from .support import START
from .test_state_machine import Node

pytest.importorskip("msgspec")

from twisted_chat.cluster.machine import HubMachine
from twisted_chat.cluster.salvage import Salvage, mark_of, marked, unpack
from twisted_chat.cluster.salvaging import AGAIN, Salvaging

ROOT, BOB, FAR = SessionId(1, 1), SessionId(1, 2), SessionId(2, 1)
FORK = Position(int(START * 1000) + 60_000, 0)
AT = Place(1, FORK)
PAST = Place(1, Position(FORK.ms + 9000, 0))


class Forked:
    """A node that has shown more than the log went on from.

    :ivar base: the state where that was.
    """

    def __init__(self) -> None:
        self.node = Node(ears=False)
        self.history = SqliteHistory(Database(MEMORY), self.node.clock, print)
        self.node.hub.history = self.history
        self.history.open("#lobby")
        kept = KeptPlace(1, *PAST.position)
        self.machine = HubMachine(self.node.hub, self.history, Stored(), kept, "east")
        self.machine.load()
        self.apply(
            e.Connect(ROOT, "127.0.0.1", True, True),
            e.Register(ROOT, "root", "hash", b"abc"),
            e.Register(ROOT, "carol", "old", b"abc"),
            e.LogIn(ROOT, "root", "", "00000000aa"),
            e.Connect(BOB, "192.0.2.1", True, True),
            e.TakeNick(BOB, "bob", "", "00000000bb"),
            *(e.Join(ROOT, room, "") for room in ("#a", "#secret", "#later")),
            e.SetRule(ROOT, "#secret", "secret", "on"),
            *(e.Say(ROOT, room, "message", "before") for room in ("#a", "#secret")),
            after=1.0,
        )
        self.base = self.machine.take_snapshot()
        self.node.at = PAST.position.ms / 1000

    def apply(self, *entries: Entry, after: float = 0.0) -> None:
        for entry in entries:
            self.node.apply(entry, after)
            assert self.node.refusals[-1][0] == 0, (entry, self.node.refusals[-1])
            self.history.recorder.hold(lambda: None)

    def say(self, *rooms: str) -> None:
        for room in rooms:
            self.apply(e.Say(ROOT, room, "message", f"in {room}"))

    def rewind(self, known: bool = True, mark: str = "") -> list[Entry]:
        """Go back to the fork; gives what is to be proposed again.

        :param known: what was so there is still known.
        """
        done: list[None] = []
        base = self.base if known else None
        self.machine.rewind(AT, base, mark).addCallback(done.append)
        self.node.clock.advance(1)
        self.node.clock.advance(1)
        assert done == [None]
        return self.aside()

    def aside(self) -> list[Entry]:
        found: list[bytes] = []
        self.history.rejoining.put_aside().addCallback(found.append)
        items = unpack(found[0])
        return [entry for item in items for entry in self.machine.decode(item.body)]

    def restore(self) -> None:
        self.machine.restore(self.base, Place(2, FORK))

    def messages(self, room: str) -> list[Said]:
        found: list[list[Said]] = []
        self.history.latest(room, 10).addCallback(found.append)
        return found[0]

    def kept(self, room: str) -> list[str]:
        return [message.text for message in self.messages(room)]


@pytest.fixture
def forked() -> Forked:
    return Forked()


def test_the_file_goes_back_and_what_it_had_is_put_aside(forked: Forked) -> None:
    forked.say("#a", "#lobby", "#a")
    repeats = forked.rewind()
    assert [(entry.room, entry.id, entry.text) for entry in _repeats(repeats)] == [
        ("#a", 2, "in #a"),
        ("#lobby", 1, "in #lobby"),
        ("#a", 3, "in #a"),
    ]
    assert {entry.fork for entry in _repeats(repeats)} == {(FORK.ms, 0)}
    assert forked.kept("#a") == ["before"]
    forked.restore()
    forked.apply(*repeats)
    forked.node.clock.advance(1)
    assert forked.kept("#a") == ["before", "in #a", "in #a"]
    assert forked.kept("#lobby") == ["in #lobby"]


def test_whose_it_is_and_what_it_answers_is_kept_where_the_log_knows_it(
    forked: Forked,
) -> None:
    forked.say("#a")
    forked.apply(
        e.Connect(FAR, "192.0.2.2", True, True),
        e.TakeNick(FAR, "eve", "", "00000000ee"),
        e.Say(FAR, "#lobby", "message", "new here"),
    )
    root, eve = _repeats(forked.rewind())
    assert root.author == forked.node.hub.users["root"].author != 0
    assert eve.author == 0, "that number is another's now, or nobody's"
    salvage = Salvage(forked.node.hub, None, FORK, forked.machine.encode)
    lost = [
        Said("#a", "bob", text, START, id, reply_to=to, marks=marks)
        for id, to, text, marks in (
            (5, 3, "to what is there", None),
            (6, 5, "to what is lost", None),
            (7, 0, "gone", Marks(deleted_by="root")),
        )
    ]
    [item] = salvage.items(lost, ())
    repeats = _repeats(forked.machine.decode(item.body))
    assert [(each.id, each.reply_to) for each in repeats] == [(5, 3), (6, 0)]


def test_it_goes_back_once(forked: Forked) -> None:
    forked.say("#a")
    assert len(forked.rewind()) == 1
    assert len(forked.rewind()) == 1


def test_where_nothing_else_is_known_time_tells(forked: Forked) -> None:
    forked.say("#a", "#lobby")
    assert [entry.room for entry in _repeats(forked.rewind(known=False))] == [
        "#a",
        "#lobby",
    ]
    assert forked.kept("#a") == ["before"]


@pytest.mark.parametrize(
    ("is_marked", "lost"),
    [
        (True, ["two", "later", "four"]),
        (False, ["one", "two", "later", "four"]),  # rather twice than never
    ],
)
def test_of_one_millisecond_a_mark_tells_what_is_lost(
    forked: Forked, is_marked: bool, lost: list[str]
) -> None:
    """Another record of it was the last one from which the log went on."""

    def say(room: str, text: str) -> None:
        forked.apply(e.Say(ROOT, room, "message", text))

    forked.node.at = FORK.ms / 1000 - 1
    say("#a", "zero")
    forked.node.at = FORK.ms / 1000
    say("#a", "one")
    mark = forked.machine.mark(FORK)
    for room, text in (("#a", "two"), ("#later", "later")):
        say(room, text)
    forked.node.at += 0.001
    say("#a", "four")
    repeats = _repeats(forked.rewind(known=False, mark=mark if is_marked else ""))
    assert [entry.text for entry in repeats] == lost
    there = ["before", "zero"] if "one" in lost else ["before", "zero", "one"]
    assert forked.kept("#a") == there


def test_a_mark_that_would_be_too_long_is_none() -> None:
    said = [[Said(f"#{n}", "a", "", FORK.ms / 1000, 9)] for n in range(200)]
    assert mark_of(said, FORK) == ""
    assert marked("") == {}
    said[0][0] = said[0][0]._replace(room="#Ä")
    assert marked(mark_of([said[0]], FORK)) == {"#ä": 9}
    assert marked(mark_of([[], *said], FORK._replace(ms=FORK.ms - 1))) == {}


@pytest.mark.parametrize(
    "mark", ["{", "[]", "null", '{"#a": "x"}', '{"#a": null}', "[" * MAX_MARK]
)
def test_a_mark_from_nowhere_is_none(mark: str) -> None:
    assert marked(mark) == {}


@pytest.mark.parametrize(
    ("before", "room", "is_said"),
    [
        ((), "#a", True),
        ((), "#secret", True),  # the log knows that it is
        ((), "#later", True),  # nothing was said there yet, but it was open
        ((e.Join(ROOT, "#new", ""),), "#new", True),
        ((e.SetRule(ROOT, "#a", "secret", "on"),), "#a", False),
        ((e.SetRule(ROOT, "#a", "locked", "on"),), "#a", False),
        ((e.SetRule(ROOT, "#a", "key", "word"),), "#a", False),
        ((e.SetRule(ROOT, "#secret", "secret", "off"),), "#secret", True),
        (
            (e.Join(ROOT, "#new", ""), e.SetRule(ROOT, "#new", "secret", "on")),
            "#new",
            False,
        ),
    ],
)
def test_what_was_said_behind_a_door_is_not_said_before_it(
    forked: Forked, before: Sequence[Entry], room: str, is_said: bool
) -> None:
    """A room that was closed when the log was lost is open where it goes on."""
    forked.apply(*before)
    forked.say(room)
    assert bool(_repeats(forked.rewind())) is is_said


def test_what_was_said_in_a_room_that_is_gone_is_said_again(forked: Forked) -> None:
    """It was open: what is said behind a guest's lock is in no file."""
    forked.apply(e.Join(BOB, "#new", ""))
    forked.apply(e.Say(BOB, "#new", "message", "open"))
    forked.apply(e.SetRule(BOB, "#new", "locked", "on"))
    forked.apply(e.Say(BOB, "#new", "message", "behind the lock"))
    forked.apply(e.Part(BOB, "#new", ""))
    assert [entry.text for entry in _repeats(forked.rewind())] == ["open"]


def test_accounts_come_again(forked: Forked) -> None:
    forked.apply(
        e.Register(BOB, "bob", "hash of bob", b"net"),
        e.AddCertificate("bob", "aa", False),
        e.AddKey("bob", "SHA256:a"),
        e.AddTicket("bob", "t1"),
        e.UseToken("t1", "d1"),
        e.AddTicket("bob", "t2"),
        e.SetPassword("carol", "new", False),
    )
    entries = forked.rewind()
    assert entries == [
        e.SetPassword("carol", "new", False),
        e.Register(SessionId(0, 0), "bob", "hash of bob", b"net"),
        e.AddCertificate("bob", "aa", False),
        e.AddKey("bob", "SHA256:a"),
        e.AddTicket("bob", "d1"),
        e.UseToken("d1", "d1"),
    ]


def test_what_was_logged_out_stays_logged_out(forked: Forked) -> None:
    """Who ended it was told so, and would not know that it is there again."""
    forked.apply(
        e.AddCertificate("carol", "aa", False),
        e.AddKey("carol", "SHA256:a"),
        e.AddTicket("carol", "t1"),
        e.UseToken("t1", "d1"),
        e.AddTicket("carol", "t2"),
    )
    forked.base = forked.machine.take_snapshot()
    forked.apply(
        e.RemoveCertificate("carol", "aa"),
        e.RemoveKey("carol", "SHA256:a"),
        e.RemoveToken("carol", ""),
    )
    assert forked.rewind() == [
        e.RemoveCertificate("carol", "aa"),
        e.RemoveKey("carol", "SHA256:a"),
        e.RemoveToken("carol", "d1"),
    ]


def test_an_account_that_was_removed_is_removed_again(forked: Forked) -> None:
    forked.apply(e.Unregister("carol", "00000000cc"))
    [gone] = forked.rewind()
    assert isinstance(gone, e.Unregister)
    assert gone.nick == "carol"


# What was decided

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
        e.SetTopic(ROOT, "#a", "what we build"),
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
        assert [event.topic for event in told if isinstance(event, TopicSet)] == [
            "what we build"
        ] * 2
        changed = [event for event in told if isinstance(event, RoomChanged)]
        assert [(event.rule, event.value) for event in changed[-2:]] == [
            ("moderated", "on"),
            ("key", "on"),
        ]
    forked.node.apply(entries[0], 0.0)
    assert forked.node.refusals[-1][0] == 400


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


def changes(forked: Forked, entries: Sequence[Entry]) -> list[Entry]:
    """Those of `entries` that change messages."""
    return [each for each in entries if isinstance(each, e.RepeatEdit | e.RepeatDelete)]


def edited(id: int, text: str, room: str = "#lobby") -> e.Edit:
    author = AUTHOR[0]
    facts = e.Facts(author, "root", START, "before", False, 0, 0, False, FORK.ms / 1e3)
    return e.Edit(ROOT, room, id, text, facts)


AUTHOR = [0]


@pytest.mark.parametrize("is_open", [True, False])
def test_what_was_edited_and_deleted_is_so_again(forked: Forked, is_open: bool) -> None:
    AUTHOR[0] = forked.node.hub.users["root"].author
    where = "#lobby" if is_open else "#later"
    forked.apply(
        *(e.Say(ROOT, where, "message", text) for text in ("one", "two", "three"))
    )
    forked.node.clock.advance(1)
    forked.node.at = FORK.ms / 1000
    forked.base = forked.machine.take_snapshot()
    facts = edited(2, "").facts
    forked.apply(
        edited(1, "uno", where),
        e.Delete(ROOT, where, 2, "", facts),
        e.React(ROOT, where, 3, "+", True, facts),
        after=1.0,
    )
    entries = forked.rewind()
    again = changes(forked, entries)
    at = FORK.ms / 1000 + 1
    assert again == [
        e.RepeatEdit(where, 1, "root", "uno", at),
        e.RepeatDelete(where, 2, "root", "root"),
    ]
    forked.restore()
    forked.node.clock.advance(20)
    if not is_open:
        forked.apply(e.Part(ROOT, where, ""))
    forked.node.at += 60
    forked.apply(*again)
    forked.node.clock.advance(20)
    assert forked.kept(where) == ["uno", "", "three"]
    tail = forked.history.open(where)
    assert [message.text for message in tail.messages] == ["uno", "", "three"]
    marks = [message.marks for message in tail.messages]
    assert not marks[2] or not marks[2].reactions, "who reacted may do so again"
    told = [type(event) for event in forked.node.rooms.get(where, ())]
    assert told.count(Edited) == told.count(Deleted) == (2 if is_open else 1)
    for entry in (again[1], again[0]):
        forked.node.apply(entry, 0.0)
        assert forked.node.refusals[-1][0] == (400 if entry is again[1] else 0)


def test_what_was_edited_since_is_not_edited_back(forked: Forked) -> None:
    AUTHOR[0] = forked.node.hub.users["root"].author
    forked.node.at = FORK.ms / 1000
    forked.base = forked.machine.take_snapshot()
    forked.apply(edited(1, "lost", "#a"), after=1.0)
    assert len(changes(forked, forked.rewind())) == 1
    forked.restore()
    forked.node.clock.advance(20)
    later = EditMessage("#a", 1, "since", FORK.ms / 1000 + 50)
    forked.node.hub.history.change(later)
    forked.history.recorder.hold(lambda: None)
    forked.node.clock.advance(20)
    log, hub = Log(), forked.node.hub
    hub.follow(log)
    clock, decode = forked.node.clock, forked.machine.decode
    Salvaging(hub, forked.history.rejoining, clock, decode).begin()
    assert changes(forked, log.proposed) == []
    assert forked.aside() == []


@pytest.mark.parametrize(
    ("first", "known", "is_there"),
    [
        (None, True, "before"),
        ("edited", True, "edited"),  # and that it was, and when
        ("edited", False, "hidden"),  # nobody knows any more what it said
    ],
)
def test_an_edit_behind_a_door_is_not_shown_before_it(
    forked: Forked, first: str | None, known: bool, is_there: str
) -> None:
    """It is undone in the file: no other node has it."""
    AUTHOR[0] = forked.node.hub.users["root"].author
    if first is not None:
        forked.node.at = FORK.ms / 1000 - 9
        forked.apply(edited(1, first, "#a"))
    at = forked.node.at
    forked.base = forked.machine.take_snapshot()
    forked.node.at = FORK.ms / 1000
    forked.apply(
        e.SetRule(ROOT, "#a", "locked", "on"), edited(1, "hidden", "#a"), after=1.0
    )
    assert changes(forked, forked.rewind(known)) == []
    [message] = forked.messages("#a")
    assert message.text == is_there
    if known:
        assert message.marks == (None if first is None else Marks(changed=at))
    search: list[Found] = []
    forked.history.search(["#a"], is_there, 5).addCallback(search.append)
    assert [said.text for _, said in search[0].messages] == [is_there]


def test_settings_and_keys_come_again(forked: Forked) -> None:
    hub = forked.node.hub
    forked.apply(
        e.AddKey("carol", "SHA256:old"),
    )
    forked.base = forked.machine.take_snapshot()
    now = hub.shared._replace(max_clients=7)
    forked.apply(
        e.ChangeSettings(hub.shared, now),
        e.AddKey("carol", "SHA256:new"),
        e.RemoveKey("carol", "SHA256:old"),
        e.Register(BOB, "bob", "hash of bob", b"net"),
        e.AddKey("bob", "SHA256:bob"),
    )
    entries = forked.rewind()
    forked.restore()
    forked.apply(*entries)
    hub = forked.node.hub
    assert hub.shared == now
    keys = {account.nick: account.keys for account in hub.accounts}
    assert keys["carol"] == ("SHA256:new",)
    assert keys["bob"] == ("SHA256:bob",)


def test_who_was_shown_more_is_shown_what_is_said_instead(forked: Forked) -> None:
    class Stranding:
        heard = {"#a": 5, "#lobby": 0, "#new": 3}

    stranding: Any = Stranding()
    forked.say("#a")
    forked.rewind()
    forked.node.hub.stranded._strandings[stranding] = stranding
    forked.restore()
    assert stranding.heard == {"#a": 1, "#lobby": 0, "#new": 0}


def _repeats(entries: Sequence[Entry]) -> list[e.Repeat]:
    return [entry for entry in entries if isinstance(entry, e.Repeat)]


def test_what_was_repeated_and_what_led_there_is_in_the_file() -> None:
    connection = open_file(MEMORY)
    assert (place(connection), repeated(connection)) == (KeptPlace(), ())
    starts = ((3, 1000, 0, ""), (4, 2000, 5, '{"#a": 3}'))
    forks = (((1000, 0), (("#a", 3), ("#b", 1))),)
    at = KeptPlace(4, 3000, 1, ("east",))
    puts: list[Write] = [PutPlace(at), PutStarts(starts), PutRepeated(forks)]
    assert perform(connection, [from_plain(to_plain(each)) for each in puts]) == []
    assert place(connection) == at._replace(starts=starts)
    assert repeated(connection) == forks
    earlier: Any = from_plain(("PutStarts", [[3, 1000, 0]]))
    assert perform(connection, [earlier]) == []
    assert place(connection).starts == starts[:1], "by a program that kept no marks"


# Proposing


class Log(Waited[Entry]):
    """Answers as it is told; nothing is applied."""

    at_once = False
    lag = 0.0
    full = False

    def __init__(self) -> None:
        self.proposed: list[Entry] = []
        self.code = 0

    def time(self) -> float:
        return START

    def propose(self, entry: Entry, within: Within | None = None) -> Deferred[None]:
        self.proposed.append(entry)
        return fail(ChatError(self.code, "no")) if self.code else succeed(None)


@pytest.mark.parametrize("code", [0, 400])
def test_what_is_decided_is_forgotten(forked: Forked, code: int) -> None:
    forked.say("#a")
    entries = forked.rewind()
    log, hub = Log(), forked.node.hub
    log.code = code
    hub.follow(log)
    salvaging = Salvaging(
        hub, forked.history.rejoining, forked.node.clock, forked.machine.decode
    )
    salvaging.begin()
    assert log.proposed == entries
    assert forked.aside() == []


def test_what_can_t_be_decided_is_proposed_later(forked: Forked) -> None:
    forked.say("#a")
    entries = forked.rewind()
    log, hub = Log(), forked.node.hub
    log.code = 263
    hub.follow(log)
    salvaging = Salvaging(
        hub, forked.history.rejoining, forked.node.clock, forked.machine.decode
    )
    salvaging.begin()
    assert forked.aside() == entries
    log.code = 0
    forked.node.clock.advance(AGAIN)
    assert log.proposed == entries * 2
    assert forked.aside() == []


def test_a_password_that_was_changed_since_stays(forked: Forked) -> None:
    forked.apply(e.SetPassword("carol", "new", False))
    forked.rewind()
    forked.restore()
    forked.apply(e.SetPassword("carol", "newer", False))
    log, hub = Log(), forked.node.hub
    hub.follow(log)
    Salvaging(
        hub, forked.history.rejoining, forked.node.clock, forked.machine.decode
    ).begin()
    assert log.proposed == []
    assert forked.aside() == []


# What it does


def repeat(id: int, room: str = "#a", fork: Position = FORK) -> e.Repeat:
    return e.Repeat((fork.ms, fork.seq), room, id, "dora", "message", f"said {id}")


def test_each_is_said_once_whoever_proposes_it(forked: Forked) -> None:
    node = forked.node
    for id in (2, 3, 2, 3, 4):
        node.apply(repeat(id), 0.0)
    assert [code for code, _ in node.refusals[-5:]] == [0, 0, 400, 400, 0]
    forked.apply(repeat(2, "#lobby"))
    forked.apply(repeat(2, fork=Position(FORK.ms + 1, 0)))


def test_what_was_repeated_long_ago_is_forgotten(forked: Forked) -> None:
    for n in range(MAX_FORKS + 1):
        forked.apply(repeat(1, fork=Position(FORK.ms + n, 0)))
    assert len(forked.node.hub.repeated.levels()) == MAX_FORKS


def test_nobody_need_be_there(forked: Forked) -> None:
    forked.apply(repeat(1, "#empty"), repeat(2, "#Empty"))
    assert "#empty" not in forked.node.hub.rooms
    assert forked.node.hub.last_ids["#empty"] == 2


@pytest.mark.parametrize(
    ("rule", "value"), [("locked", "on"), ("secret", "on"), ("key", "word")]
)
def test_it_is_not_said_in_a_room_that_was_made_and_closed_since(
    forked: Forked, rule: str, value: str
) -> None:
    node = forked.node
    assert node.at * 1000 > FORK.ms
    forked.apply(e.Join(ROOT, "#b", ""))
    forked.apply(repeat(1, "#b"))
    forked.apply(e.SetRule(ROOT, "#b", rule, value))
    node.apply(repeat(2, "#b"), 0.0)
    assert node.refusals[-1][0] == 403
    forked.apply(repeat(1, "#secret"))
    assert fold("#b") in node.hub.rooms
