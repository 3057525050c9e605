"""Who may answer, edit, delete and react, and what comes of it: a table of rights."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.histories import in_a_file, with_history
from tests.kept import Kept
from tests.support import PASSWORD, Client, World, member
from twisted_chat.events import ChatError, Said
from twisted_chat.history import FOREVER
from twisted_chat.hub.entries import Edit, Facts, React
from twisted_chat.hub.touched import FRESH, MAX_TOUCHED, MEMORY, Touched
from twisted_chat.storage.purges import Purge

UP = "\U0001f44d"


@pytest.fixture(params=["memory", "sqlite"])
def world(request: pytest.FixtureRequest) -> World:
    world = World(store=Kept(), operators=frozenset({"root"}))
    if request.param == "sqlite":
        with_history(in_a_file(world.clock, FOREVER), world)
    return world


def send(client: Client, **fields: object) -> list[dict[str, Any]]:
    """What comes of an object."""
    client.world.advance(0.3)
    client.bytes()
    client.send(json.dumps(fields))
    client.world.advance(0.3)
    return client.events()


def code(client: Client, **fields: object) -> int:
    """The number of the refusal; 0 where it was done."""
    events = send(client, **fields)
    errors = [event["code"] for event in events if event["event"] == "error"]
    return errors[0] if errors else 0


def program(client: Client) -> Client:
    client.send("FORMAT json")
    client.world.advance(0.3)
    client.bytes()
    return client


class Scene:
    """A room of owner's, where author (an account) and guest have each said something.

    Old is a message of who is no author any more.
    """

    def __init__(self, world: World) -> None:
        self.world = world
        self.owner = program(member(world, "owner", "#dev"))
        self.author = program(member(world, "author", "#dev"))
        self.guest = program(world.enter("guest"))
        self.other = program(member(world, "other", "#dev"))
        self.root = program(member(world, "root", "#dev"))
        self.stranger = program(member(world, "stranger"))
        self.guest.send("JOIN #dev")
        self.world.advance(0.3)
        send(self.author, do="msg", room="#dev", text="author's secret words")
        send(self.guest, do="msg", room="#dev", text="guest's secret words")
        room = world.room("#dev")
        room.last_id += 1
        old = Said("#dev", "author", "old words", world.hub.at, room.last_id)
        room.tail.append(old)
        world.hub.history.append(old)
        world.advance(0.3)
        self.last = room.last_id

    def person(self, name: str) -> Client:
        found: Client = getattr(self, name, None) or getattr(self, f"_{name}")()
        return found

    def _muted(self) -> Client:
        assert code(self.owner, do="mute", room="#dev", mask="author") == 0
        return self.author

    def _muted_other(self) -> Client:
        assert code(self.owner, do="mute", room="#dev", mask="other") == 0
        return self.other

    def _banned(self) -> Client:
        assert code(self.owner, do="ban", room="#dev", mask="author") == 0
        return self.author

    def _gone(self) -> Client:
        send(self.author, do="part", room="#dev")
        return self.author

    def _unvoiced(self) -> Client:
        send(self.owner, do="room", room="#dev", rule="moderated", value="on")
        return self.author

    def _late(self) -> Client:
        self.world.advance(24 * 3600 + 10, step=3600)
        return self.author

    def _renamed(self) -> Client:
        send(self.author, do="nick", nick="anna")
        return self.author

    def _later_wearer(self) -> Client:
        """Of the guest's nick."""
        self.guest.reset()
        client = program(self.world.enter("guest"))
        send(client, do="join", room="#dev")
        return client

    def _logged_in(self) -> Client:
        """The guest, who is an account by now."""
        send(self.guest, do="register", password=PASSWORD)
        return self.guest

    def _later_account(self) -> Client:
        """Of the same nick as author."""
        send(self.author, do="unregister", password=PASSWORD)
        send(self.author, do="register", password=PASSWORD)
        return self.author


@pytest.fixture
def scene(world: World) -> Scene:
    return Scene(world)


# Who, which message; the number of the refusal of edit, delete and react, or 0.
RIGHTS = [
    ("author", 1, 0, 0, 0),
    ("other", 1, 482, 482, 0),
    ("owner", 1, 482, 0, 0),
    ("root", 1, 482, 0, 0),
    ("stranger", 1, 442, 442, 442),
    ("guest", 1, 482, 482, 0),
    ("guest", 2, 0, 0, 0),
    ("author", 2, 482, 482, 0),
    ("owner", 2, 482, 0, 0),
    ("muted", 1, 404, 404, 404),
    ("muted_other", 1, 482, 482, 404),
    ("banned", 1, 442, 442, 442),
    ("gone", 1, 442, 442, 442),
    ("unvoiced", 1, 404, 404, 404),
    ("late", 1, 482, 482, 0),
    ("renamed", 1, 0, 0, 0),
    ("later_wearer", 2, 482, 482, 0),
    ("logged_in", 2, 0, 0, 0),
    ("later_account", 1, 482, 482, 0),
    ("author", 3, 482, 482, 0),
    ("owner", 3, 482, 0, 0),
    ("root", 3, 482, 0, 0),
    ("author", 99, 400, 400, 400),
    ("stranger", 99, 442, 442, 442),
]


@pytest.mark.parametrize(("who", "id", "edit", "delete", "react"), RIGHTS)
def test_rights(
    scene: Scene, who: str, id: int, edit: int, delete: int, react: int
) -> None:
    client = scene.person(who)
    where: dict[str, Any] = {"room": "#dev", "id": id}
    assert code(client, do="react", reaction=UP, **where) == react
    assert code(client, do="edit", text="hi", **where) == edit
    assert code(client, do="delete", **where) == delete
    for said in history(scene.root, id):
        assert ("deleted" in said) is (delete == 0)
        assert (said["text"] == "") is (delete == 0)


def history(client: Client, id: int) -> list[dict[str, Any]]:
    events = send(client, do="history", room="#dev", around=id, n=1)
    [page] = [event for event in events if event["event"] == "history"]
    found: list[dict[str, Any]] = page["messages"]
    return [each for each in found if each["id"] == id]


def test_the_same_by_lines(scene: Scene) -> None:
    for client, line, wanted in (
        (scene.other, "EDIT #dev 1 x", 482),
        (scene.other, "DELETE #dev 1", 482),
        (scene.author, "EDIT #dev 1 other words", 0),
        (scene.owner, "DELETE #dev 1 not here", 0),
        (scene.author, "EDIT #dev 1 again", 400),
        (scene.other, f"REACT #dev 2 {UP}", 0),
        (scene.other, "REACT #dev 2 x", 412),
        (scene.other, f"REACT #dev nine {UP}", 461),
        (scene.other, f"UNREACT #dev 2 {UP}", 0),
    ):
        scene.world.advance(0.3)
        client.bytes()
        client.send(line)
        scene.world.advance(0.3)
        errors = [e["code"] for e in client.events() if e["event"] == "error"]
        assert errors == ([wanted] if wanted else []), line


# What others see


def test_what_an_edit_shows(scene: Scene) -> None:
    lines = scene.world.enter("reader")
    lines.send("JOIN #dev")
    scene.world.advance(0.3)
    lines.bytes()
    scene.other.bytes()
    send(scene.author, do="edit", room="#dev", id=1, text="new\nwords")
    [event] = [e for e in scene.other.events() if e["event"] == "edited"]
    assert (event["room"], event["id"], event["nick"]) == ("#dev", 1, "author")
    assert event["text"] == "new\nwords"
    assert lines.lines() == [
        '#dev * author changed "author\'s secret words": new',
        '#dev * author changed "author\'s secret words": words',
    ]
    [said] = history(scene.other, 1)
    assert said["text"] == "new\nwords"
    assert "changed" in said
    late = program(scene.world.enter("late"))
    late.send("JOIN #dev")
    scene.world.advance(0.3)
    shown = [e for e in late.events() if e["event"] == "message"]
    assert [e["text"] for e in shown if e["id"] == 1] == ["new\nwords"]


def test_what_a_deletion_shows(scene: Scene) -> None:
    reader = scene.world.enter("reader")
    reader.send("JOIN #dev")
    scene.world.advance(0.3)
    reader.bytes()
    scene.other.bytes()
    send(scene.owner, do="delete", room="#dev", id=1, reason="not here")
    [event] = [e for e in scene.other.events() if e["event"] == "deleted"]
    assert (event["id"], event["nick"]) == (1, "author")
    assert (event["by"], event["reason"]) == ("owner", "not here")
    assert reader.lines() == [
        "#dev * a message of author was deleted by owner (not here)"
    ]
    audited = scene.world.hub.store
    assert isinstance(audited, Kept)
    reader.send("HISTORY #dev")
    scene.world.advance(0.3)
    shown = reader.lines()
    assert any("a message of author was deleted" in line for line in shown)
    assert not any("author's secret" in line for line in shown)


def test_deleted_words_are_nowhere(scene: Scene) -> None:
    """Shown to nobody: not replayed, found, quoted, nor in the state."""
    answer = {"do": "msg", "room": "#dev", "text": "yes", "reply_to": 1}
    send(scene.other, **answer)
    [said] = history(scene.other, scene.last + 1)
    assert said["reply_to"] == 1
    send(scene.author, do="delete", room="#dev", id=1)
    scene.world.advance(1)
    for order in (
        {"do": "history", "room": "#dev"},
        {"do": "search", "words": "author's"},
        {"do": "search", "words": "secret words"},
    ):
        assert "author's secret" not in json.dumps(send(scene.other, **order))
    [found] = send(scene.other, do="search", words="secret")
    assert [each["id"] for each in found["messages"]] == [2]
    late = scene.world.enter("late")
    late.send("JOIN #dev")
    scene.world.advance(0.3)
    shown = late.bytes()
    assert b"author's secret" not in shown
    assert b"other (to author: a message that is gone): yes" in shown
    assert "author's secret" not in repr(scene.world.hub.snapshot())
    assert "author's secret" not in repr(list(scene.world.room("#dev").tail.messages))


def test_a_message_that_is_answered_is_quoted(scene: Scene) -> None:
    reader = scene.world.enter("reader")
    reader.send("JOIN #dev")
    scene.world.advance(0.3)
    reader.bytes()
    assert code(scene.other, do="msg", room="#dev", text="yes", reply_to=1) == 0
    assert reader.lines() == ["#dev other (to author: author's secret words): yes"]
    assert code(scene.other, do="msg", room="#dev", text="x", reply_to=99) == 400
    assert code(scene.stranger, do="msg", room="#dev", text="x", reply_to=1) == 442
    assert code(scene.person("muted"), do="msg", room="#dev", text="x", reply_to=1)
    send(scene.other, do="ignore", nick="author")
    [said] = history(scene.other, scene.last + 1)
    assert said["text"] == "yes"


# Reactions


def test_reactions_are_counted(scene: Scene) -> None:
    reader = scene.world.enter("reader")
    reader.send("JOIN #dev", "REACTIONS on")
    scene.world.advance(0.3)
    reader.bytes()
    scene.guest.bytes()
    for client in (scene.other, scene.owner, scene.other):
        send(client, do="react", room="#dev", id=1, reaction=UP)
    events = [e for e in scene.guest.events() if e["event"] == "reaction"]
    assert [(e["nick"], e["on"], e["count"]) for e in events] == [
        ("other", True, 1),
        ("owner", True, 2),
    ]
    assert reader.lines() == [
        f"#dev * other reacts to message 1 with {UP}",
        f"#dev * owner reacts to message 1 with {UP}",
    ]
    [said] = history(scene.guest, 1)
    both = {"reaction": UP, "count": 2, "nicks": ["other", "owner"]}
    assert said["reactions"] == [both]
    send(scene.other, do="unreact", room="#dev", id=1, reaction=UP)
    send(scene.other, do="unreact", room="#dev", id=1, reaction=UP)
    [said] = history(scene.guest, 1)
    assert said["reactions"] == [{**both, "count": 1, "nicks": ["owner"]}]
    reader.send("REACTIONS off")
    reader.bytes()
    send(scene.other, do="react", room="#dev", id=1, reaction=UP)
    assert reader.lines() == []


def test_an_ignored_persons_reaction_is_not_shown(scene: Scene) -> None:
    send(scene.guest, do="ignore", nick="other")
    for client in (scene.other, scene.owner):
        send(client, do="react", room="#dev", id=1, reaction=UP)
    events = [e for e in scene.guest.events() if e["event"] == "reaction"]
    assert [e["nick"] for e in events] == ["owner"]
    [said] = history(scene.guest, 1)
    assert said["reactions"] == [{"reaction": UP, "count": 1, "nicks": ["owner"]}]


def test_only_so_many_kinds(scene: Scene) -> None:
    kinds = [chr(0x1F600 + number) for number in range(21)]
    for kind in kinds[:20]:
        assert code(scene.other, do="react", room="#dev", id=1, reaction=kind) == 0
    late = {"do": "react", "room": "#dev", "id": 1}
    assert code(scene.owner, reaction=kinds[20], **late) == 400
    assert code(scene.owner, reaction=kinds[3], **late) == 0
    send(scene.other, do="unreact", room="#dev", id=1, reaction=kinds[0])
    assert code(scene.owner, reaction=kinds[20], **late) == 0


@pytest.mark.parametrize(
    ("reaction", "good"),
    [
        (UP, True),
        (f"{UP}\U0001f3fd", True),
        ("\u2764\ufe0f", True),
        ("\U0001f468\u200d\U0001f469\u200d\U0001f467", True),
        ("\U0001f1f3\U0001f1f1", True),
        ("1\ufe0f\u20e3", True),
        (
            "\U0001f3f4\U000e0067\U000e0062\U000e0065\U000e006e\U000e0067\U000e007f",
            True,
        ),
        ("x", False),
        ("", False),
        (UP * 2, False),
        (f"{UP}\n", False),
        ("\u200d", False),
        ("\u202e", False),
        ("\U0001f1f3", False),
        (UP + "\u200d" + UP * 9, False),
    ],
)
def test_what_is_an_emoji(scene: Scene, reaction: str, good: bool) -> None:
    fields = {"do": "react", "room": "#dev", "id": 1, "reaction": reaction}
    assert (code(scene.other, **fields) == 0) is good


# Entries that knew nothing of each other


def facts(**other: Any) -> Facts:
    plain = Facts(7, "alice", 0.0, "words", False, 0, 0, False, 100.0)
    return plain._replace(**other)


def test_what_was_touched_lately_counts() -> None:
    touched, place = Touched(), ("#a", 1)
    judge = touched.judge
    assert judge(place, facts(), 100.0, UP, {7}) == facts()
    touched.reacted(place, facts(total=1, kinds=1, mine=True), 100.0, UP, 7)
    assert judge(place, facts(), 101.0, UP, {8}) == facts(total=1, kinds=1)
    assert judge(place, facts(), 101.0, UP, {7}).mine
    touched.changed(place, facts(deleted=True, text=""), 102.0)
    assert judge(place, facts(), 103.0, "", set()).deleted
    again = Touched()
    again.restore(touched.since, touched.levels())
    assert list(again.levels()) == list(touched.levels())


@pytest.mark.parametrize(
    ("purge", "total", "mine"),
    [
        (Purge((7,), "", False, "", 0.0, 105.0), 2, False),
        (Purge((7,), "", False, "#a", 100.0, 105.0), 2, False),
        (Purge((7,), "", False, "#b", 0.0, 105.0), 3, True),
        (Purge((7,), "", False, "", 101.0, 105.0), 3, True),
        # Of theirs that is older the file knows.
        (Purge((6,), "", False, "", 0.0, 105.0), 5, True),
    ],
)
def test_what_is_purged_counts_no_more(purge: Purge, total: int, mine: bool) -> None:
    touched, place = Touched(), ("#a", 1)
    touched.reacted(place, facts(total=2, kinds=1, mine=True), 99.0, UP, 8)
    touched.reacted(place, facts(total=3, kinds=1, mine=True), 100.0, UP, 7)
    again = Touched()
    again.restore(touched.since, touched.levels())
    for each in (touched, again):
        each.erase(purge)
        now = each.judge(place, facts(total=5, seen=105.0), 105.0, UP, {7})
        assert (now.total, now.mine) == (total, mine)


@pytest.mark.parametrize("most", [False, True])
def test_what_is_too_old_to_tell_is_refused(most: bool) -> None:
    touched = Touched()
    for number in range(MAX_TOUCHED + 1 if most else 1):
        touched.changed(("#a", number), facts(), 100.0 + number / MAX_TOUCHED)
    at = 101.5 if most else 100.0 + FRESH + 1
    with pytest.raises(ChatError):
        touched.judge(("#b", 1), facts(seen=99.0), at, "", set())
    touched.changed(("#b", 1), facts(), at + MEMORY)
    assert len(list(touched.levels())) == 1


def test_two_who_race_come_out_alike(scene: Scene) -> None:
    """Both found that there was none; the second one is counted after the first."""
    hub = scene.world.hub
    seen = hub.now()
    found = facts(
        author=scene.author.user.author, nick="author", at=seen - 9, seen=seen
    )
    for client in (scene.other, scene.owner):
        id = client.connection.session.id
        hub.apply(React(id, "#dev", 1, UP, True, found), seen)
    scene.world.advance(0.3)
    [said] = history(scene.guest, 1)
    assert said["reactions"][0]["count"] == 2
    send(scene.owner, do="delete", room="#dev", id=1)
    with pytest.raises(ChatError):
        hub.apply(
            Edit(scene.author.connection.session.id, "#dev", 1, "back", found), hub.at
        )
    [said] = history(scene.guest, 1)
    assert said["text"] == ""
