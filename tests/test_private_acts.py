"""Answers, edits, deletions and reactions in private conversations."""

from __future__ import annotations

import json
from typing import Any

import pytest

from twisted_chat.events import ChatError
from twisted_chat.hub import entries as e

from .support import Client, World, ask, member, refused, skip


@pytest.fixture
def world() -> World:
    return World()


def order(client: Client, **fields: Any) -> list[dict[str, Any]]:
    """What comes of a command as an object."""
    client.bytes()
    client.send(json.dumps(fields))
    return client.events()


def test_a_message_in_private_is_answered(world: World) -> None:
    alice, bob = member(world, "alice"), member(world, "bob")
    alice.send("PRIV bob is anybody there?")
    bob.send("FORMAT json")
    skip(alice, bob)
    [echo] = order(bob, do="priv", to=["alice"], text="yes", reply_to=1)
    assert (echo["id"], echo["reply_to"]) == (2, 1)
    assert alice.lines() == ["PRIV bob (to alice: is anybody there?): yes"]
    [error] = order(bob, do="priv", to="alice", text="yes", reply_to=9)
    assert (error["event"], error["code"]) == ("error", 400)
    [error] = order(bob, do="priv", to="alice,#lobby", text="yes", reply_to=1)
    assert (error["event"], error["code"]) == ("error", 461)
    [page] = order(bob, do="history", **{"with": "alice"})
    assert [m.get("reply_to") for m in page["messages"]] == [None, 1]


def test_ones_own_message_is_edited_and_deleted(world: World) -> None:
    alice, bob = member(world, "alice"), member(world, "bob")
    bob.send("FORMAT json")
    alice.send("PRIV bob helo", "PRIV bob secret")
    skip(alice, bob)
    assert alice.ask("EDIT @bob 1 hello") == []
    [event] = bob.events()
    assert (event["event"], event["with"], event["text"]) == (
        "edited",
        "alice",
        "hello",
    )
    assert "room" not in event
    assert refused(world.enter("guest"), "EDIT @bob 1 hello") == 464
    [error] = order(bob, do="edit", id=1, text="mine", **{"with": "alice"})
    assert error["code"] == 482
    alice.send("DELETE @bob 2")
    [event] = bob.events()
    assert (event["event"], event["with"], event["id"]) == ("deleted", "alice", 2)
    [page] = order(bob, do="history", **{"with": "alice"})
    assert [m["text"] for m in page["messages"]] == ["hello", ""]
    assert "secret" not in str(order(bob, do="search", words="secret")[0]["messages"])


def test_reactions_in_private(world: World) -> None:
    alice, bob, carol = (member(world, nick) for nick in ("alice", "bob", "carol"))
    bob.send("FORMAT json")
    alice.send("PRIV bob hello")
    skip(alice, bob)
    [event] = order(bob, do="react", id=1, reaction="\U0001f44d", **{"with": "alice"})
    assert (event["with"], event["count"], event["on"]) == ("alice", 1, True)
    [page] = order(bob, do="history", **{"with": "alice"})
    [message] = page["messages"]
    assert message["reactions"][0]["nicks"] == ["bob"]
    for line in ("REACT @alice 1 \U0001f44d", "EDIT @alice 1 x", "DELETE @alice 1"):
        assert refused(carol, line) == 400


def test_nobody_else_does_anything_to_it(world: World) -> None:
    """Operators neither, and not by its key."""
    alice, bob, root = (member(world, nick) for nick in ("alice", "bob", "root"))
    world.hub.identities.set_operator("root", True)
    alice.send("PRIV bob hello")
    key = next(iter(world.hub.conversations.of(alice.user.author)))
    skip(alice, bob, root)
    for verb, rest in (("EDIT", " x"), ("DELETE", ""), ("REACT", " \U0001f44d")):
        for place in (key, f"#{key}", "@alice", "@bob", "@alice,bob"):
            assert root.ask(f"{verb} {place} 1{rest}")[0].startswith("ERR ")
    assert alice.lines() == bob.lines() == []
    assert len(ask(alice, "HISTORY @bob")) == 1


def test_no_entry_reaches_a_conversation_of_others(world: World) -> None:
    """Whatever another node proposes for somebody."""
    alice, _, carol = (member(world, nick) for nick in ("alice", "bob", "carol"))
    alice.send("PRIV bob hello")
    hub, who = world.hub, carol.connection.session.id
    [key] = hub.conversations.of(alice.user.author)
    facts = e.Facts(
        carol.user.author, "x", hub.now(), "", False, 0, 0, False, hub.now()
    )
    before = hub.snapshot()._replace(at=0.0)
    for entry in (
        e.Edit(who, key, 1, "changed", facts),
        e.Delete(who, key, 1, "", facts),
        e.React(who, key, 1, "\U0001f44d", True, facts),
        e.MarkRead(who, key, 1),
        e.ForgetConversation(who, key),
        e.Say(who, key, "message", "hi"),
        e.Join(who, key, ""),
    ):
        with pytest.raises(ChatError):
            hub.apply(entry, hub.now())
        assert hub.snapshot()._replace(at=0.0) == before, entry


def test_muted_and_ignored_ones_act_in_vain(world: World) -> None:
    alice, bob, root = (member(world, nick) for nick in ("alice", "bob", "root"))
    world.hub.identities.set_operator("root", True)
    alice.send("PRIV bob hello")
    bob.send("IGNORE alice")
    skip(alice, bob)
    alice.send("EDIT @bob 1 changed", "REACT @bob 1 \U0001f44d")
    assert bob.lines() == []
    root.send("MUTE alice")
    skip(alice)
    assert refused(alice, "EDIT @bob 1 again") == 404
    assert refused(alice, "REACT @bob 1 \U0001f44e") == 404


def test_what_is_deleted_does_not_wait_any_more(world: World) -> None:
    alice, bob = member(world, "alice"), member(world, "bob")
    bob.send("QUIT")
    alice.send("PRIV bob secret", "PRIV bob other", "DELETE @bob 1")
    bob = world.connect()
    bob.send("LOGIN bob long-enough")
    shown = [line for line in bob.lines() if "PRIV" in line]
    assert len(shown) == 1
    assert shown[0].endswith("PRIV alice: other")
