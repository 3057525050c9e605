"""What the owner of a room does at the IRC door, each with its source.

Sources are named as in `test_irc_commands`.
"""

from __future__ import annotations

import pytest

from tests.irc_support import BOB, OWNER, Case, Network, S, check, names
from tests.kept import Kept
from tests.support import skip
from twisted_chat.storage.moderation import AuditEntry

OWNED = [
    # Alice owns #own, where bob and dave are; bans, keys and the like are hers.
    Case("modern 324, 329", ("MODE #own",), (f"{S} 324 alice #own +nt", f"{S} 329 …")),
    Case("modern MODE i", ("MODE #own +i",), (f"{OWNER} MODE #own +i",)),
    Case("modern MODE again", ("MODE #own +i-i-i", "MODE #own"), ("…",) * 2),
    Case("modern MODE again", ("MODE #own +i", "MODE #own +i"), ("…",)),
    Case(
        "modern MODE in the end",
        ("MODE #own +bv-bv+lm-l bob bob bob bob 5", "MODE #own +b"),
        (f"{OWNER} MODE #own +m", f"{S} 368 …"),
    ),
    Case(
        "modern MODE m t",
        ("MODE #own +m-tm",),
        (f"{OWNER} MODE #own -t",),
    ),
    Case(
        "modern MODE k l",
        ("MODE #own +kl sesame 5", "MODE #own", "MODE #own -kl sesame"),
        (
            f"{OWNER} MODE #own +k *",
            f"{OWNER} MODE #own +l 5",
            f"{S} 324 alice #own +ntkl sesame 5",
            f"{S} 329 alice #own 1700000000",
            f"{OWNER} MODE #own -k *",
            f"{OWNER} MODE #own -l",
        ),
    ),
    Case("modern 696", ("MODE #own +k",), (f"{S} 696 alice #own k * :You must…",)),
    Case("modern 696", (f"MODE #own +k {'k' * 99}",), (f"{S} 696 alice #own k * :A…",)),
    Case("modern 696", ("MODE #own +l x",), (f"{S} 696 alice #own l x :A limit is…",)),
    Case(
        "modern 696",
        ("MODE #own +e *!~bot@*",),
        (f"{S} 696 alice #own e *!~bot@* :Anybody can say that user; name…",),
    ),
    Case("modern 696", ("MODE #own +b :a b",), (f"{S} 696 alice #own b * :That's…",)),
    Case("modern 472", ("MODE #own +x",), (f"{S} 472 alice x :is unknown mode char…",)),
    Case("modern MODE n", ("MODE #own +n",), ()),
    Case(
        "modern MODE n",
        ("MODE #own +n-n",),
        (f"{S} NOTICE alice :#own stays +n, as all rooms do",),
    ),
    Case(
        "modern MODE v",
        ("MODE #own +v bob", "NAMES #own", "MODE #own -v bob"),
        (
            f"{OWNER} MODE #own +v bob",
            f"{S} 353 alice = #own :@alice +bob dave",
            f"{S} 366 …",
            f"{OWNER} MODE #own -v bob",
        ),
    ),
    Case("modern 401", ("MODE #own +v eve",), (f"{S} 401 alice eve :No such nick…",)),
    Case("modern 441", ("MODE #own +v carol",), (f"{S} 441 alice carol #own :They…",)),
    Case("modern 441", ("MODE #own +o carol",), (f"{S} 441 alice carol #own :They…",)),
    Case("modern +o", ("MODE #own +o bob",), ("… MODE #own +o bob",)),
    Case(
        "modern MODE b, 367, 368",
        ("MODE #own +b carol!*@*", "MODE #own b", "MODE #own -b carol!*@*"),
        (
            f"{OWNER} MODE #own +b carol!*@*",
            f"{S} 367 alice #own carol!*@* alice 1700000000",
            f"{S} 368 alice #own :End of channel ban list",
            f"{OWNER} MODE #own -b carol!*@*",
        ),
    ),
    Case(
        "solanum q, 728, 729",
        ("MODE #own +q bob", "MODE #own +q", "MODE #own -q bob"),
        (
            f"{OWNER} MODE #own +q bob!*@*",
            f"{S} 728 alice #own q bob!*@* alice 1700000000",
            f"{S} 729 alice #own q :End of channel quiet list",
            f"{OWNER} MODE #own -q bob!*@*",
        ),
    ),
    Case(
        "modern KICK",
        ("KICK #own bob,dave :out",),
        (f"{OWNER} KICK #own bob :out", f"{OWNER} KICK #own dave :out"),
    ),
    Case("modern KICK", ("KICK #own bob",), (f"{OWNER} KICK #own bob :alice",)),
    Case("modern 441", ("KICK #own carol",), (f"{S} 441 alice carol #own :They…",)),
    Case("modern 401", ("KICK #own eve",), (f"{S} 401 alice eve :No such nick/chan…",)),
    Case("modern 403", ("KICK #no bob",), (f"{S} 403 alice #no :No such channel",)),
    Case("modern 442", ("KICK #den bob",), (f"{S} 442 alice #den :You're not on th…",)),
    Case("modern 482", ("KICK #lobby bob",), (f"{S} 482 alice #lobby :You're not c…",)),
    Case("rfc 481", ("KILL bob :x",), (f"{S} 481 alice :Permission Denied- You're…",)),
    Case("modern 341", ("INVITE carol #own",), (f"{S} 341 alice carol #own",)),
    Case("modern 443", ("INVITE bob #own",), (f"{S} 443 alice bob #own :is already…",)),
    Case("modern 442", ("INVITE bob #den",), (f"{S} 442 alice #den :You're not on …",)),
    Case("modern 401", ("INVITE eve #own",), (f"{S} 401 alice eve :No such nick/ch…",)),
    Case("modern 403", ("INVITE bob #no",), (f"{S} 403 alice #no :No such channel",)),
    Case("modern 461", ("INVITE bob",), (f"{S} 461 alice INVITE :Not enough para…",)),
    Case("modern 337", ("INVITE",), (f"{S} 337 alice :End of /INVITE list",)),
    Case("modern 482", ("MODE #lobby +m",), (f"{S} 482 alice #lobby :You're not ch…",)),
    Case("modern 403", ("MODE #no",), (f"{S} 403 alice #no :No such channel",)),
    Case("modern 368", ("MODE #lobby b",), (f"{S} 368 alice #lobby :End of channel…",)),
    Case("sasl 900", ("UNREGISTER wrong-one",), (f"{S} 464 alice :Wrong password…",)),
    Case(
        "the chat's own",
        ("ROOM #own", "LOGIN bob x"),
        ("…:irc.Test NOTICE alice :…", f"{S} 462 alice :You are logged in as alice…"),
    ),
    Case("modern OPER 464", ("OPER alice x",), (f"{S} 464 alice :Wrong password f…",)),
]


@pytest.mark.parametrize("case", OWNED, ids=names(OWNED))
def test_command_of_an_owner(case: Case) -> None:
    world = Network()
    alice = world.irc("alice", case.caps)
    alice.send("REGISTER open-sesame", "JOIN #own")
    bob, dave, carol = world.irc("bob"), world.irc("dave"), world.netcat("carol")
    bob.send("JOIN #own")
    dave.send("JOIN #own", "JOIN #den", "PART #lobby")
    skip(alice, bob, carol, dave)
    check(case, alice.ask(*case.sent))


DENIED = {
    "+i": "473 bob #own :Cannot join channel (+i)",
    "+k sesame": "475 bob #own :Cannot join channel (+k)",
    "+l 1": "471 bob #own :Cannot join channel (+l)",
    "+b bob": "474 bob #own :You are banned from #own",
}


@pytest.mark.parametrize("modes", DENIED)
def test_modes_keep_people_out_until_invited(modes: str) -> None:
    """Modern specification, JOIN: 471, 473, 474, 475."""
    world = Network()
    alice = world.irc("alice")
    alice.send("REGISTER open-sesame", "JOIN #own", f"MODE #own {modes}")
    bob = world.irc("bob")
    assert bob.ask("JOIN #own") == [f"{S} {DENIED[modes]}"]
    alice.send("INVITE bob #own")
    assert bob.lines() == [f"{OWNER} INVITE bob :#own"]
    answer = bob.ask("INVITE", "JOIN #own wrong")
    assert answer[0] == f"{S} 336 bob #own"
    assert (f"{BOB} JOIN #own" in answer) == (not modes.startswith("+b"))


def test_changes_that_cancel_leave_nothing_in_the_audit() -> None:
    store = Kept()
    world = Network(store=store)
    alice = world.irc("alice")
    alice.send("REGISTER open-sesame", "JOIN #own")
    for _ in range(20):
        alice.send(f"MODE #own {'+C-C' * 10}")
    assert audit_entries(store) == []
    skip(alice)
    for _ in range(100):
        alice.send("MODE #own +C", "MODE #own -C")
    answer = alice.lines()
    assert len(audit_entries(store)) == 100
    assert answer[100:] == [f"{S} 263 alice MODE :You change too much; wait 10 s"] * 50
    assert alice.ask("MODE #own +imv-t+i alice")[-1].startswith(f"{S} 263 ")


def audit_entries(store: Kept) -> list[AuditEntry]:
    return store.audit_entries()


def test_the_muted_are_told_on_entering() -> None:
    world = Network()
    alice, bob = world.irc("alice"), world.irc("bob")
    alice.send("REGISTER open-sesame", "JOIN #own", "MODE #own +q bob")
    told = f"{S} NOTICE bob :You are muted in #own by alice"
    assert told in bob.ask("JOIN #own")
    alice.send("MODE #own -q bob")
    gone = f"{S} NOTICE bob :You are no longer muted in #own"
    assert bob.lines()[-1] == gone


def test_a_muted_one_shows_no_words_of_their_own() -> None:
    """Away text, real name, last words: none of them is read in the room."""
    world = Network()
    alice = world.irc("alice", "away-notify setname extended-join")
    bob = world.irc("bob")
    alice.send("REGISTER open-sesame", "JOIN #own")
    bob.send("JOIN #own", "AWAY :rude once", "SETNAME :rude twice")
    assert "rude" in "".join(alice.lines())
    alice.send("MODE #own +q bob")
    skip(alice)
    bob.send("AWAY :rude words", "PART #own :rude words", "JOIN #own")
    bob.send("TOPIC #own :rude words", "NOTICE #own :rude words", "INVITE carol #own")
    assert bob.ask("SETNAME :rude words")[-1].startswith(f"{S} 404 bob ")
    alice.send("WHO #own", "WHOIS bob", "WHO #own %cuhnfr", "PRIVMSG bob :hi")
    bob.send("QUIT :rude words")
    alice.send("WHOWAS bob")
    heard = alice.lines()
    assert "rude" not in "".join(heard)
    assert any("301 alice bob :away" in line for line in heard)


def test_a_key_lets_in() -> None:
    world = Network()
    alice = world.irc("alice")
    alice.send("REGISTER open-sesame", "JOIN #own,#two", "MODE #own +k sesame")
    bob = world.irc("bob")
    assert f"{BOB} JOIN #own" in bob.ask("JOIN #own,#two sesame")


def test_what_an_owner_does_is_shown() -> None:
    world = Network()
    alice, bob = world.irc("alice"), world.irc("bob", "invite-notify")
    carol = world.netcat("carol")
    alice.send("REGISTER open-sesame", "JOIN #own")
    bob.send("JOIN #own")
    skip(alice, bob, carol)
    alice.send("INVITE carol #own", "MODE #own +m", "KICK #own bob :out with you")
    assert bob.lines() == [
        f"{OWNER} INVITE carol :#own",
        f"{OWNER} MODE #own +m",
        f"{OWNER} KICK #own bob :out with you",
    ]
    assert carol.lines() == ["* alice invites you to #own; JOIN #own"]
    bob.send("JOIN #own")
    assert bob.ask("PRIVMSG #own :x")[-1].startswith(f"{S} 404 bob #own :#own is mod")
    assert f"{BOB} JOIN #own" in alice.lines()
