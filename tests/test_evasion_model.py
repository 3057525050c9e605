"""Whoever is muted by intent is not heard, whatever they do and in whatever order.

Each person has an address of their own, or all are on this machine, whose addresses
count for nobody's.  They may take nicks, make and give up accounts, come again as a
guest or logged in, and be here twice.
"""

from __future__ import annotations

from contextlib import suppress

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, rule

from twisted_chat.events import ChatError
from twisted_chat.hub import proposals
from twisted_chat.names import fold

from .support import PASSWORD, Client, World, member

PEOPLE = 2
people = st.integers(0, PEOPLE - 1)
nicks = st.sampled_from(["anna", "bert", "carl", "dora"])
scopes = st.sampled_from(["", "#dev"])
WORDS = {
    "say": "PRIV #lobby {}",
    "act": "ME {}",
    "dev": "PRIV #dev {}",
    "topic": "TOPIC #dev {}",
    "away": "AWAY {}",
    "part": "PART #dev {}",
    "whisper": "PRIV watch {}",
    "whois": "AWAY {}",
}
words = st.sampled_from(sorted(WORDS))
dodges = st.sampled_from(["", "rename", "register", "unregister", "log_in"])


class Evasion(RuleBasedStateMachine):
    """root mutes, watch sees what is shown."""

    @initialize(local=st.booleans())
    def begin(self, local: bool) -> None:
        self.local = local
        self.world = World(operators=frozenset({"root"}))
        self.root = member(self.world, "root", "#dev")
        self.watch = self.world.enter("watch")
        self.watch.send("JOIN #dev", "FORMAT json")
        self.clients: list[list[Client]] = [[] for _ in range(PEOPLE)]
        self.accounts: list[str] = [""] * PEOPLE
        self.meant: list[set[tuple[str, str]]] = [set() for _ in range(PEOPLE)]
        for who in range(PEOPLE):
            self.come(who)

    # What people do

    def come(self, who: int, line: str = "") -> Client | None:
        client = self.world.connect("127.0.0.1" if self.local else f"192.0.2.{who}")
        client.send(line or f"NICK person{who}")
        self.world.advance(1)
        if client.connection.session.user is None:
            client.reset()
            return None
        self.clients[who].append(client)
        client.send("JOIN #dev", "JOIN #lobby")
        return client

    def one(self, who: int) -> Client:
        return self.clients[who][0]

    @rule(who=people, nick=nicks)
    def rename(self, who: int, nick: str) -> None:
        self.one(who).send(f"NICK {nick}")

    @rule(who=people)
    def register(self, who: int) -> None:
        user = self.one(who).user
        if not user.account:
            self.one(who).send(f"REGISTER {PASSWORD}")
            self.accounts[who] = user.account or self.accounts[who]

    @rule(who=people)
    def unregister(self, who: int) -> None:
        if self.one(who).user.account:
            self.one(who).send(f"UNREGISTER {PASSWORD}")
            self.accounts[who] = ""

    @rule(who=people)
    def log_in(self, who: int) -> None:
        """A guest's session takes along what means it."""
        if self.accounts[who] and not self.held_as_guest(who):
            self.one(who).send(f"LOGIN {self.accounts[who]} {PASSWORD}")

    @rule(who=people)
    def once_more(self, who: int) -> None:
        account = self.one(who).user.account
        if account and len(self.clients[who]) < 3:
            self.come(who, f"LOGIN {account} {PASSWORD}")

    @rule(who=people, last=st.booleans(), as_guest=st.booleans())
    def come_again(self, who: int, last: bool, as_guest: bool) -> None:
        """By an account that the mute doesn't mean anybody may come back, and as a
        guest from an address that counts for nobody's."""
        account = self.accounts[who]
        gone = self.clients[who] if last else self.clients[who][:1]
        for client in list(gone):
            self.quit(who, client)
        if self.clients[who]:
            return
        if account and not as_guest and self.may_log_in(who):
            self.come(who, f"LOGIN {account} {PASSWORD}")
        else:
            if self.local:
                self.meant[who].clear()
            self.come(who)
        if not self.clients[who]:
            if self.local:
                self.meant[who].clear()
            self.come(who, f"NICK else{who}")

    def may_log_in(self, who: int) -> bool:
        account = fold(self.accounts[who])
        return all(
            account in map(fold, self.bans(scope).get(mask, ()))
            for scope, mask in self.meant[who]
        )

    def held_as_guest(self, who: int) -> bool:
        user = self.one(who).user
        return any(hold.people[user] for hold in user.held)

    @rule(who=people, back=st.booleans())
    def room(self, who: int, back: bool) -> None:
        self.one(who).send("JOIN #dev" if back else "PART #dev")

    # What is heard of them

    @rule(who=people, how=words, dodge=dodges, nick=nicks)
    def speak(self, who: int, how: str, dodge: str, nick: str) -> None:
        """Most often after something that might help against a mute."""
        if dodge == "rename":
            self.rename(who, nick)
        elif dodge:
            getattr(self, dodge)(who)
        client = self.one(who)
        self.watch.bytes()
        in_dev = "#dev" in client.user.rooms
        client.send(WORDS[how].format(f"word{who}"))
        if how == "whois":
            self.watch.send(f"WHOIS {client.user.nick}", "WHO #dev", "WHO #lobby")
        self.check(who, in_dev)

    @rule(who=people)
    def describe(self, who: int) -> None:
        session = self.one(who).connection.session
        with suppress(ChatError):
            proposals.describe(session, f"word{who}")
        about = session.me.about
        assert not (about and self.is_muted(who, "#dev" in session.me.rooms))

    def quit(self, who: int, client: Client) -> None:
        self.watch.bytes()
        in_dev = "#dev" in client.user.rooms
        client.send(f"QUIT word{who}")
        self.clients[who].remove(client)
        self.check(who, in_dev)

    def check(self, who: int, in_dev: bool) -> None:
        for event in self.watch.events():
            if f"word{who}" not in str(event) or event.get("replay"):
                continue
            private = event.get("to") is not None
            anywhere = event.get("room") in (None, "#dev") and in_dev and not private
            assert not self.is_muted(who, anywhere), event

    # Muting

    def bans(self, scope: str) -> dict[str, tuple[str, ...]]:
        """The masks that are muted, and the accounts that they mean."""
        lists = self.world.hub.bans.of("mute", scope)
        return {fold(ban.mask): ban.accounts for ban in lists}

    def is_muted(self, who: int, in_dev: bool) -> bool:
        return any(
            mask in self.bans(scope)
            for scope, mask in self.meant[who]
            if not scope or in_dev
        )

    @rule(who=people, scope=scopes)
    def mute(self, who: int, scope: str) -> None:
        nick = self.one(who).user.nick
        self.root.send(f"MUTE {scope} {nick}".replace("  ", " "))
        self.meant[who].add((scope, fold(nick)))

    @rule(who=people, scope=scopes)
    def unmute(self, who: int, scope: str) -> None:
        """What is taken back by a nick is all that means its wearer."""
        nick = self.one(who).user.nick
        self.root.send(f"UNMUTE {scope} {nick}".replace("  ", " "))
        gone = {pair for pair in self.meant[who] if pair[0] == scope}
        for meant in self.meant:
            meant -= gone | {(scope, fold(nick))}

    def teardown(self) -> None:
        if not hasattr(self, "clients"):
            return
        for scope in ("", "#dev"):
            for mask in self.bans(scope):
                self.root.send(f"UNMUTE {scope} {mask}".replace("  ", " "))
        for clients in self.clients:
            for client in clients:
                client.send("JOIN #dev")
                self.watch.bytes()
                client.send("PRIV #dev free")
                [event] = [e for e in self.watch.events() if e.get("text") == "free"]
                assert event["nick"] == client.user.nick


Evasion.TestCase.settings = settings(
    max_examples=80, stateful_step_count=40, deadline=None
)
TestEvasion = Evasion.TestCase
