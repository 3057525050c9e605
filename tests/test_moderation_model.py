"""The rules of a room against a model of sets: any order of any commands."""

from __future__ import annotations

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    rule,
)

from .support import Client, World

ACCOUNTS = ("root", "alice", "carol")
GUESTS = ("bob", "dave")
PEOPLE = ACCOUNTS + GUESTS
someone = st.sampled_from(PEOPLE)


class Rules(RuleBasedStateMachine):
    """root is an operator, and never leaves, so that the room stays."""

    @initialize(moderated=st.booleans())
    def begin(self, moderated: bool) -> None:
        self.world = World(operators=frozenset({"root"}))
        self.clients: dict[str, Client] = {n: self.world.enter(n) for n in PEOPLE}
        for nick in ACCOUNTS:
            self.clients[nick].send("REGISTER long-enough")
        for nick in ("alice", "root", "bob"):
            self.clients[nick].send("JOIN #dev")
        if moderated:
            self.clients["root"].send("ROOM #dev moderated on", "VOICE #dev bob")
        self.members = {"alice", "root", "bob"}
        self.owners = {"alice"}
        self.voices = {"bob"} if moderated else set()
        self.invited: set[str] = set()
        self.banned: set[str] = set()
        self.muted: set[str] = set()
        self.silenced: set[str] = set()
        self.moderated = moderated
        self.locked = self.topic_locked = self.secret = False
        self.key = ""
        self.limit = 0

    def decides(self, nick: str) -> bool:
        return nick == "root" or nick in self.owners

    def does(self, nick: str, line: str) -> int:
        """Send `line`; the number of the refusal, 0 for none."""
        client = self.clients[nick]
        client.lines()
        errors = [a for a in client.ask(line) if a.startswith("ERR ")]
        assert len(errors) <= 1, errors
        return int(errors[0].split()[1]) if errors else 0

    def leave(self, nick: str) -> None:
        self.members.discard(nick)
        if nick in GUESTS:
            self.voices.discard(nick)
            self.owners.discard(nick)

    def outside(self, nick: str) -> int:
        """What somebody is told who has to be a member."""
        if nick in self.members:
            return 0
        hidden = self.locked or self.secret
        return 403 if hidden and not self.knows(nick) else 442

    def knows(self, nick: str) -> bool:
        return nick in self.members | self.invited or self.decides(nick)

    def refusal(self, by: str, nick: str = "") -> int:
        if self.outside(by) == 403:
            return 403
        if not self.decides(by):
            return 482
        if nick == "root" != by:
            return 481
        return 404 if by in self.silenced else 0

    # In and out

    @rule(nick=someone, key=st.sampled_from(["", "hush", "wrong"]))
    def join(self, nick: str, key: str) -> None:
        expected = 0 if nick in self.members else self.entry(nick, key)
        assert self.does(nick, f"JOIN #dev {key}") == expected
        if not expected:
            self.members.add(nick)

    def entry(self, nick: str, key: str) -> int:
        if self.decides(nick):
            return 0
        if nick in self.banned:
            return 474
        if nick in self.invited:
            self.invited.discard(nick)
            return 0
        if self.locked:
            return 473
        if self.key and key != self.key:
            return 475
        return 471 if self.limit and len(self.members) >= self.limit else 0

    @rule(nick=st.sampled_from(PEOPLE[1:]))
    def part(self, nick: str) -> None:
        assert self.does(nick, "PART #dev") == self.outside(nick)
        self.leave(nick)

    @rule(by=someone, nick=someone)
    def invite(self, by: str, nick: str) -> None:
        expected = self.invitation(by, nick)
        assert self.does(by, f"INVITE {nick} #dev") == expected
        if not expected and self.decides(by):
            self.invited.add(nick)

    def invitation(self, by: str, nick: str) -> int:
        if self.outside(by) and by != "root":
            return self.outside(by)
        if self.locked and not self.decides(by):
            return 482
        if by in self.silenced or (by in self.muted and not self.decides(by)):
            return 404
        return 443 if nick in self.members else 0

    # Speaking

    @rule(nick=someone)
    def speak(self, nick: str) -> None:
        expected = self.outside(nick) or self.silence(nick)
        assert self.does(nick, "PRIV #dev hello") == expected

    def silence(self, nick: str) -> int:
        if nick == "root":
            return 0
        if nick in self.silenced:
            return 404
        if nick in self.owners:
            return 0
        quiet = nick in self.muted or (self.moderated and nick not in self.voices)
        return 404 if quiet else 0

    @rule(nick=someone)
    def topic(self, nick: str) -> None:
        expected = self.outside(nick)
        if not expected and self.topic_locked and not self.decides(nick):
            expected = 482
        expected = expected or self.silence(nick)
        assert self.does(nick, "TOPIC #dev words") == expected

    # Deciding

    @rule(nick=someone)
    def who(self, nick: str) -> None:
        expected = self.outside(nick)
        if self.knows(nick) or (expected == 442 and not self.key):
            expected = 0
        assert self.does(nick, "WHO #dev") == expected

    @rule(
        by=someone,
        what=st.sampled_from(["locked", "moderated", "topic_locked", "secret"]),
    )
    def switch(self, by: str, what: str) -> None:
        on = not getattr(self, what)
        words = {
            "locked": "lock" if on else "unlock",
            "moderated": "moderated on" if on else "moderated off",
            "topic_locked": "topic lock" if on else "topic unlock",
            "secret": "secret on" if on else "secret off",
        }
        expected = self.refusal(by)
        assert self.does(by, f"ROOM #dev {words[what]}") == expected
        if not expected:
            setattr(self, what, on)

    @rule(by=someone, key=st.sampled_from(["", "hush"]))
    def set_key(self, by: str, key: str) -> None:
        expected = self.refusal(by)
        assert self.does(by, f"ROOM #dev key {key}") == expected
        if not expected:
            self.key = key

    @rule(by=someone, limit=st.integers(0, 4))
    def set_limit(self, by: str, limit: int) -> None:
        expected = self.refusal(by)
        assert self.does(by, f"ROOM #dev limit {limit or ''}") == expected
        if not expected:
            self.limit = limit

    @rule(by=someone, nick=someone, sign=st.sampled_from(["", "-"]))
    def own(self, by: str, nick: str, sign: str) -> None:
        expected = self.refusal(by)
        absent = nick in GUESTS and nick not in self.members
        if not expected and (absent or (sign and nick not in self.owners)):
            expected = 441
        assert self.does(by, f"OWNER #dev {sign}{nick}") == expected
        if not expected:
            (self.owners.discard if sign else self.owners.add)(nick)

    @rule(by=someone, nick=someone, sign=st.sampled_from(["", "-"]))
    def voice(self, by: str, nick: str, sign: str) -> None:
        expected = self.refusal(by) or (0 if nick in self.members else 441)
        assert self.does(by, f"VOICE #dev {sign}{nick}") == expected
        if not expected:
            (self.voices.discard if sign else self.voices.add)(nick)

    @rule(by=someone, nick=st.sampled_from(PEOPLE[1:]))
    def kick(self, by: str, nick: str) -> None:
        expected = self.refusal(by, nick) or (0 if nick in self.members else 441)
        assert self.does(by, f"KICK #dev {nick}") == expected
        if not expected:
            self.leave(nick)

    @rule(by=someone, nick=someone)
    def ban(self, by: str, nick: str) -> None:
        expected = self.refusal(by, nick)
        assert self.does(by, f"BAN #dev {nick} 1h") == expected
        if not expected:
            self.banned.add(nick)
            if not self.decides(nick):
                self.leave(nick)

    @rule(by=someone, nick=someone)
    def mute(self, by: str, nick: str) -> None:
        expected = self.refusal(by, nick)
        assert self.does(by, f"MUTE #dev {nick}") == expected
        if not expected:
            self.muted.add(nick)

    @rule(by=someone, nick=someone, what=st.sampled_from(["ban", "mute"]))
    def undo(self, by: str, nick: str, what: str) -> None:
        names = self.banned if what == "ban" else self.muted
        expected = self.refusal(by) or (0 if nick in names else 440)
        assert self.does(by, f"UN{what} #dev {nick}") == expected
        if not expected:
            names.discard(nick)

    @rule(nick=st.sampled_from(PEOPLE[1:]))
    def silence_everywhere(self, nick: str) -> None:
        if nick in self.silenced:
            assert self.does("root", f"UNMUTE {nick}") == 0
            self.silenced.discard(nick)
        else:
            assert self.does("root", f"MUTE {nick}") == 0
            self.silenced.add(nick)

    @invariant()
    def same(self) -> None:
        room = self.world.room("#dev")
        assert {user.nick for user in room.members} == self.members
        guests = {user.nick for user in room.rules.guest_owners}
        assert {*room.rules.owners, *guests} == self.owners
        assert {u.nick for u in room.rules.invited} == self.invited
        voiced = {
            u.nick for u in self.world.hub.users.values() if room.rules.has_voice(u)
        }
        assert voiced == self.voices
        may_not_all_speak = self.moderated or self.muted or self.silenced & self.members
        assert room.restricted == bool(may_not_all_speak)


Rules.TestCase.settings = settings(
    max_examples=60, stateful_step_count=40, deadline=None
)
TestRules = Rules.TestCase
