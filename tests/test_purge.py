"""All that somebody wrote is deleted: who may have that done, and what is left."""

from __future__ import annotations

import json
from typing import Any

import pytest
from twisted.internet.task import Clock

from tests.histories import (
    ThreadBox,
    in_a_file,
    left,
    run_upkeep,
    threads,
    with_history,
)
from tests.kept import Kept
from tests.support import PASSWORD, Client, World, member
from tests.test_acts import program, send
from tests.test_control import Transport
from twisted_chat.control import accounts
from twisted_chat.control.server import Control
from twisted_chat.events import NAMED, Said
from twisted_chat.history import FOREVER
from twisted_chat.storage.changes import PutReaction, changed
from twisted_chat.storage.purges import Purge, without

__all__ = ["threads"]

UP = "\U0001f44d"


@pytest.fixture(params=["memory", "sqlite"])
def world(request: pytest.FixtureRequest) -> World:
    world = World(store=Kept(), operators=frozenset({"root"}))
    if request.param == "sqlite":
        with_history(in_a_file(world.clock, FOREVER), world)
    return world


def code_of(events: list[dict[str, Any]]) -> str:
    [code] = [e["value"] for e in events if e.get("code") == "code"]
    return str(code)


def texts(client: Client) -> list[str]:
    [page] = send(client, do="history", room="#lobby", n=50)
    return [message["text"] for message in page["messages"]]


def said(world: World) -> tuple[Client, Client, Client]:
    root, alice = program(member(world, "root")), program(member(world, "alice"))
    guest = program(world.enter("guest"))
    for number in range(3):
        for client in (alice, guest):
            send(client, do="msg", text=f"{client.user.nick} {number}")
    return root, alice, guest


@pytest.mark.parametrize("nick", ["alice", "guest"])
def test_an_operator_purges_somebody_and_is_asked_twice(
    world: World, nick: str
) -> None:
    root, alice, guest = said(world)
    assert send(alice, do="purge", nick=nick)[0]["code"] == 481
    code = code_of(send(root, do="purge", nick=nick))
    assert len(texts(root)) == 6
    other = code_of(send(root, do="purge", nick=nick, code="000000"))
    assert code_of(send(root, do="purge", nick=nick, code=code)) != other
    code = code_of(send(root, do="purge", nick=nick))
    guest.bytes()
    told = send(root, do="purge", nick=nick, code=code)
    assert [e["value"] for e in told if e.get("code") == "purging"] == [nick]
    deleted = [e for e in guest.events() if e["event"] == "deleted"]
    assert [e["nick"] for e in deleted] == [nick] * 3
    world.advance(10, step=0.02)
    left = {"alice", "guest"} - {nick}
    assert texts(root) == [f"{other} {n}" for n in range(3) for other in left]
    late = program(world.enter("late"))
    assert len(texts(late)) == 3


@pytest.mark.parametrize("nick", ["alice", "guest"])
def test_the_tool_asks_a_server_that_runs(world: World, nick: str) -> None:
    root, _, _ = said(world)
    control = Control(accounts.commands(world.hub), Clock())
    protocol, transport = control.buildProtocol(None), Transport()
    assert protocol is not None
    protocol.makeConnection(transport)
    request = {"do": "purge", "nick": nick, "room": "", "seconds": "0"}
    protocol.dataReceived(json.dumps(request).encode() + b"\n")
    world.advance(10, step=0.02)
    told = [f"all that {nick} wrote is being deleted"]
    assert json.loads(transport.value()) == {"said": told}
    [left] = {"alice", "guest"} - {nick}
    assert texts(root) == [f"{left} {n}" for n in range(3)]


def test_only_there_and_only_lately(world: World) -> None:
    root, alice, _ = said(world)
    world.advance(3600, step=60)
    send(alice, do="msg", text="late")
    send(alice, do="join", room="#dev")
    send(alice, do="msg", room="#dev", text="elsewhere")
    for line in ("PURGE alice #lobby 10min",):
        code = code_of(_line(root, line))
        _line(root, f"{line} {code}")
    world.advance(10, step=0.02)
    assert "late" not in texts(root)
    assert len(texts(root)) == 6
    assert world.room("#dev").tail.messages[-1].text == "elsewhere"


def purge_by(root: Client, nick: str) -> None:
    code = code_of(send(root, do="purge", nick=nick))
    send(root, do="purge", nick=nick, code=code)


def page_of(client: Client) -> list[dict[str, Any]]:
    [page] = send(client, do="history", room="#lobby", n=50)
    return list(page["messages"])


def _line(client: Client, line: str) -> list[dict[str, Any]]:
    client.bytes()
    client.send(line)
    client.world.advance(0.3)
    return client.events()


def test_a_later_wearer_is_not_purged(world: World) -> None:
    root, _, guest = said(world)
    guest.reset()
    again = program(world.enter("guest"))
    send(again, do="msg", text="somebody else")
    code = code_of(send(root, do="purge", nick="guest"))
    send(root, do="purge", nick="guest", code=code)
    world.advance(10, step=0.02)
    assert "somebody else" not in texts(root)
    assert "guest 1" in texts(root)


def test_who_wants_to_be_forgotten(world: World) -> None:
    root, alice, guest = said(world)
    assert send(guest, do="forgetme", password=PASSWORD)[0]["code"] == 464
    assert send(alice, do="forgetme", password="wrong-one")[0]["code"] == 464
    code = code_of(send(alice, do="forgetme", password=PASSWORD))
    send(alice, do="forgetme", password="wrong-one", code=code)
    assert world.hub.accounts.find("alice") is not None
    code = code_of(send(alice, do="forgetme", password=PASSWORD))
    send(alice, do="forgetme", password=PASSWORD, code=code)
    assert world.hub.accounts.find("alice") is None
    world.advance(10, step=0.02)
    assert texts(root) == [f"guest {n}" for n in range(3)]


def test_what_they_reacted_with_goes_too(world: World) -> None:
    root, alice, guest = said(world)
    [one] = [m for m in page_of(root) if m["text"] == "guest 1"]
    for client in (alice, root):
        send(client, do="react", room="#lobby", id=one["id"], reaction=UP)
    guest.bytes()
    purge_by(root, "alice")
    told = [e for e in guest.events() if e["event"] == "reaction"]
    assert [(e["id"], e["nick"], e["on"], e["count"]) for e in told] == [
        (one["id"], "alice", False, 1)
    ]
    late = program(world.enter("late"))
    for _ in range(2):
        for client in (root, late):
            [now] = [m for m in page_of(client) if m["id"] == one["id"]]
            assert [(r["count"], r["nicks"]) for r in now["reactions"]] == [
                (1, ["root"])
            ]
        world.advance(30, step=0.02)
    guest.bytes()
    send(alice, do="react", room="#lobby", id=one["id"], reaction=UP)
    assert [e["count"] for e in guest.events() if e["event"] == "reaction"] == [2]


def counts(client: Client, room: str = "#lobby") -> dict[str, int]:
    """How many have reacted, by what the message says."""
    [page] = send(client, do="history", room=room, n=50)
    return {
        message["text"]: each["count"]
        for message in page["messages"]
        for each in message.get("reactions", ())
    }


def purged(root: Client, line: str) -> None:
    code = code_of(_line(root, line))
    _line(root, f"{line} {code}")


def react(client: Client, text: str, on: bool = True, room: str = "#lobby") -> None:
    [page] = send(client, do="history", room=room, n=50)
    [id] = [m["id"] for m in page["messages"] if m["text"] == text]
    do = "react" if on else "unreact"
    send(client, do=do, room=room, id=id, reaction=UP)


def test_reactions_go_by_when_they_were_made(world: World) -> None:
    """Not by when what they are about was said; at once, and in the file."""
    root, alice, guest = said(world)
    send(guest, do="msg", text="early")
    react(alice, "guest 1")
    world.advance(3600, step=60)
    send(guest, do="msg", text="late")
    for text in ("guest 0", "early", "late"):
        react(alice, text)
    react(root, "early")
    left = {"guest 1": 1, "early": 1}
    purged(root, "PURGE alice 10min")
    late = program(world.enter("newcomer"))
    for _ in range(2):
        assert counts(root) == counts(late) == left
        world.advance(30, step=0.02)
    react(alice, "guest 1")
    react(alice, "late")
    assert counts(root) == {**left, "late": 1}
    react(alice, "guest 1", on=False)
    assert counts(root) == {"early": 1, "late": 1}


def test_reactions_in_a_room_go_there(world: World) -> None:
    root, alice, guest = said(world)
    for client in (root, alice, guest):
        send(client, do="join", room="#dev")
    send(guest, do="msg", room="#dev", text="there")
    react(alice, "there", room="#dev")
    react(alice, "guest 1")
    guest.bytes()
    purged(root, "PURGE alice #dev")
    told = [e for e in guest.events() if e["event"] == "reaction"]
    assert [(e["room"], e["on"], e["count"]) for e in told] == [("#dev", False, 0)]
    for _ in range(2):
        assert counts(root, "#dev") == {}
        assert counts(root) == {"guest 1": 1}
        world.advance(30, step=0.02)
    react(alice, "there", room="#dev")
    react(alice, "guest 1", on=False)
    assert (counts(root, "#dev"), counts(root)) == ({"there": 1}, {})


def test_whose_nick_is_not_shown_is_counted_no_more(world: World) -> None:
    """Of many who react alike twenty are named."""
    root, alice, guest = said(world)
    many = [program(world.enter(f"g{number}")) for number in range(NAMED + 2)]
    for client in (*many, alice, root):
        react(client, "guest 1")
    guest.bytes()
    purge_by(root, "alice")
    told = [e for e in guest.events() if e["event"] == "reaction"]
    assert [(e["nick"], e["count"]) for e in told] == [("alice", NAMED + 3)]
    for _ in range(2):
        assert counts(guest) == {"guest 1": NAMED + 3}
        [now] = [m for m in page_of(root) if m["text"] == "guest 1"]
        assert now["reactions"][0]["nicks"] == [f"g{n}" for n in range(NAMED)]
        world.advance(30, step=0.02)


def test_who_reads_it_in_private_is_told(world: World) -> None:
    root, alice, _ = said(world)
    bob, carol = program(member(world, "bob")), member(world, "carol")
    for number in range(2):
        send(alice, do="priv", to=["bob"], text=f"alice {number}")
        send(bob, do="priv", to=["alice"], text=f"bob {number}")
    send(bob, do="react", **{"with": "alice"}, id=1, reaction=UP)
    for client in (bob, carol, root):
        client.bytes()
    purge_by(root, "alice")
    told = [e for e in bob.events() if e["event"] == "deleted" and "with" in e]
    assert [(e["with"], e["id"], e["by"]) for e in told] == [
        ("alice", 1, "root"),
        ("alice", 3, "root"),
    ]
    assert not any("with" in e for e in root.events())
    assert len(carol.lines()) == 3  # those of the lobby
    [page] = send(bob, do="history", **{"with": "alice"})
    assert [m["text"] for m in page["messages"]] == ["bob 0", "bob 1"]


@pytest.mark.parametrize(
    ("author", "nick", "covered"),
    [
        (7, "alice", True),
        (7, "anna", True),
        (0, "Alice", True),
        (-5, "alice", False),
        (8, "alice", False),
        (0, "bob", False),
    ],
)
def test_what_is_an_accounts(author: int, nick: str, covered: bool) -> None:
    purge = Purge((7,), "alice", False, "#a", 5.0, 10.0)
    message = Said("#A", nick, "x", 7.0, 1, "message", author)
    assert purge.covers(message) is covered
    assert not purge.covers(message._replace(room="#b"))
    assert not purge.covers(message._replace(at=4.0))
    assert not purge.covers(message._replace(at=11.0))


def test_a_change_that_is_done_once_more_brings_nobody_back() -> None:
    """What was done a moment ago is done to all that is read from the file."""
    by_alice = PutReaction("#a", 1, UP, 7, "alice", 5.0, 1)
    by_bob = PutReaction("#a", 1, UP, 8, "bob", 6.0, 2)
    said = changed(by_bob, changed(by_alice, Said("#a", "carol", "x", 4.0, 1)))
    left = without(Purge((7,), "", False, "", 0.0, 10.0), said)
    assert left.marks is not None
    assert [tuple(each)[1:3] for each in left.marks.reactions] == [(1, ("bob",))]
    assert changed(by_bob, left) == left


# The file


@pytest.mark.parametrize("crash", [False, True])
def test_nothing_is_left_in_the_file(threads: ThreadBox, crash: bool) -> None:
    for number in range(30):
        threads.say("#dev", f"quartz{number}")
        threads.turn()
    threads.wait()
    threads.history.erase(Purge((), "alice", True, "", 0.0, 1e12))
    threads.turn()
    assert threads.texts(threads.history.latest("#dev", 50)) == []
    if crash:
        threads.crash()
        assert threads.texts(threads.history.latest("#dev", 50)) == []
        assert not threads.history.open("#dev").messages
    for _ in range(20):
        run_upkeep(threads)
        if not threads.history._purging:
            break
    threads.say("#dev", "new")
    threads.turn()
    run_upkeep(threads)
    assert threads.texts(threads.history.latest("#dev", 50)) == ["new"]
    assert left(threads, "quartz") == []
