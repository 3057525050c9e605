"""Operators of the chat at the IRC door: OPER, KILL."""

from __future__ import annotations

import pytest

from tests.irc_support import Network, S
from tests.kept import Kept
from tests.support import ask, skip
from twisted_chat.hub.entries import ChangeSettings


def test_an_operator() -> None:
    """Modern specification, OPER 381; RFC 2812, KILL."""
    world = Network(operators=frozenset({"alice"}))
    first = world.irc("alice")
    first.send("REGISTER open-sesame", "QUIT")
    alice, bob, carol = world.irc("ally"), world.irc("bob"), world.netcat("carol")
    skip(alice, carol)
    answer = alice.ask("OPER alice open-sesame", "MODE ally", "WHO ally %naf")
    assert answer == [
        f"{S} 900 ally ally!~ally@account-alice alice :You are now logged in as alice",
        ":ally!~ally@account-alice MODE ally :+o",
        f"{S} 381 ally :You are now an IRC operator",
        f"{S} 221 ally +io",
        f"{S} 354 ally ally H* alice",
        f"{S} 315 ally ally :End of WHO list",
    ]
    assert any(
        " 338 " in line and "127.0.0.1" in line for line in alice.ask("WHOIS bob")
    )
    assert not any("127.0.0.1" in line for line in bob.ask("WHOIS ally"))
    assert alice.ask("NICK alice") == [":ally!~ally@account-alice NICK :alice"]
    bob.lines()
    alice.send("KILL bob :spam")
    assert bob.lines() == [
        ":alice!~ally@account-alice KILL bob :spam",
        "ERROR :Closing Link: bob (kicked by alice: spam)",
    ]
    assert "* bob left the chat! (kicked by alice: spam)" in carol.lines()


def test_oper_of_an_account_that_is_no_operators_or_is_here_already() -> None:
    world = Network(operators=frozenset({"alice"}))
    alice, bob, carol = (world.irc(nick) for nick in ("alice", "bob", "carol"))
    alice.ask("REGISTER open-sesame")
    bob.ask("REGISTER open-sesame", "QUIT")
    assert ask(carol, "OPER bob open-sesame") == [
        f"{S} 491 carol :No O-lines for your host"
    ]
    assert not carol.user.operator
    # The nick stays, and so does who they are.
    assert ask(carol, "OPER alice open-sesame") == [
        ":carol!~carol@guest MODE carol :+o",
        f"{S} 381 carol :You are now an IRC operator",
    ]
    assert (carol.user.account, alice.user.account) == ("", "alice")
    assert any(" 313 carol carol " in line for line in ask(carol, "WHOIS carol"))
    carol.send("REGISTER open-sesame")
    assert (carol.user.account, carol.user.operator) == ("carol", True)
    skip(alice)
    assert ask(carol, "OPER alice open-sesame")[-1].startswith(f"{S} 381 ")


@pytest.mark.parametrize(
    ("how", "left"), [("UNREGISTER", 0), ("not listed", 0), ("leaves", 1)]
)
def test_an_operator_by_anothers_account_is_one_no_longer(how: str, left: int) -> None:
    world = Network(operators=frozenset({"alice"}))
    alice, carol, bob = (world.irc(nick) for nick in ("alice", "carol", "bob"))
    alice.send("REGISTER open-sesame")
    carol.send("OPER alice open-sesame")
    assert carol.user.operator
    assert f"{S} 252 bob 2 :IRC Operators online" in bob.ask("LUSERS")
    if how == "UNREGISTER":
        alice.send("UNREGISTER open-sesame")
    elif how == "not listed":
        shared = world.hub.shared._replace(operators=())
        world.hub.apply(ChangeSettings(world.hub.shared, shared), world.hub.now())
    else:
        carol.send("QUIT")
        carol = world.irc("carol")
    assert f"{S} 252 bob {left} :IRC Operators online" in bob.ask("LUSERS")
    if how == "leaves":
        assert not carol.user.operator
        return
    assert ":carol!~carol@guest MODE carol :-o" in carol.lines()
    assert not carol.user.operator
    assert ask(carol, "KILL alice :x")[0].startswith(f"{S} 481 ")


def test_what_they_do_is_on_record_as_the_accounts() -> None:
    store = Kept()
    world = Network(operators=frozenset({"alice"}), store=store)
    world.irc("alice").send("REGISTER open-sesame")
    carol = world.irc("carol")
    world.irc("bob")
    carol.send("OPER alice open-sesame", "KILL bob :spam")
    [entry] = store.audit_entries()
    assert (entry.by, entry.what, entry.target) == ("alice", "KICK", "bob")
    restored = Network().hub
    restored.restore(world.hub.snapshot())
    assert restored.users["carol"].operator
    assert restored.checksum() == world.hub.checksum()
