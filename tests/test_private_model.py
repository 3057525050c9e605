"""No sequence of acts shows a private or deleted word to who may not see it."""

from __future__ import annotations

import json
import re
from typing import Any

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    rule,
)

from twisted_chat.hub.conversations import key_of, people_of
from twisted_chat.hub.entries import ForgetRooms

from .histories import Disk
from .irc_support import Network, sasl
from .support import PASSWORD, Client

NICKS = ("alice", "bob", "carol", "root", "guest", "b0b")
who = st.sampled_from(NICKS[:5])
names = st.lists(st.sampled_from(NICKS), min_size=1, max_size=3, unique=True)
irc_users = st.sampled_from(("alice", "bob"))
CAPS = "sasl batch server-time message-tags draft/chathistory draft/read-marker"
SINCE = "timestamp=2000-01-01T00:00:00.000Z"
IRC = (
    f"CHATHISTORY TARGETS {SINCE} timestamp=2100-01-01T00:00:00.000Z 50",
    "CHATHISTORY LATEST {to} * 50",
    f"CHATHISTORY AFTER {{to}} {SINCE} 50",
    "MARKREAD {to}",
    "CHATHISTORY LATEST @1,2 * 50",
)
WORD = re.compile(r"\bsecret(\d+)\b")


class Private(RuleBasedStateMachine):
    """People write, read, search, leave, come back, and are somebody else.

    :ivar allowed: of each word, the numbers of those who may read it.
    :ivar gone: words that were deleted.
    :cvar on_disk: the history is in a real file.
    """

    network: type[Network] = Network
    on_disk = False

    def __init__(self) -> None:
        super().__init__()
        self.world = self.network(max_per_ip=0)
        self.disk = Disk(self.world) if self.on_disk else None
        self.clients: dict[str, Client] = {}
        self.allowed: list[set[int]] = []
        self.key: list[str] = []
        self.gone: set[int] = set()

    @initialize()
    def begin(self) -> None:
        for nick in NICKS[:5]:
            client = self.clients[nick] = self.world.netcat(nick)
            if nick != "guest":
                client.send(f"REGISTER {PASSWORD}")
            client.send("JOIN #a", "FORMAT json" if nick in ("bob", "root") else "PING")
        self.world.hub.identities.set_operator("root", True)
        for nick in ("alice", "bob"):
            client = self.clients[f"{nick} by IRC"] = self.world.connect()
            client.send(f"CAP REQ :{CAPS}", f"NICK {nick}", "USER a 0 * :A")
            client.send("AUTHENTICATE PLAIN", sasl(nick, PASSWORD), "CAP END")
        self.look()
        assert len(self.world.hub.users["alice"].sessions) == 2

    def teardown(self) -> None:
        if self.disk is not None:
            self.disk.close()

    # What they do

    def do(self, nick: str, *lines: str) -> None:
        """Send lines, and see what everybody is shown."""
        for line in lines:
            self.clients[nick].send(line)
            self.look()

    def look(self) -> None:
        self.world.settle()
        if self.disk is not None:
            self.disk.settle()
        for client in self.clients.values():
            user = client.connection.session.user
            number = user.author if user is not None and user.online else 0
            for found in WORD.findall(client.bytes().decode()):
                word = int(found)
                assert number in self.allowed[word], f"secret{word}"
                assert word not in self.gone, f"secret{word} was deleted"

    @rule(nick=who, to=names)
    def write(self, nick: str, to: list[str]) -> None:
        self._write(nick, to, f"PRIV {','.join(to)} ")

    def _write(self, nick: str, to: list[str], command: str) -> None:
        hub, user = self.world.hub, self.clients[nick].connection.session.user
        if user is None or not user.online:
            return
        numbers = {user.author}
        for name in to:
            other = hub.users.get(name)
            account = hub.accounts.find(name)
            if other is not None:
                numbers.add(other.author)
            elif account is not None:
                numbers.add(account.number)
        self.allowed.append(numbers)
        self.key.append(key_of(numbers))
        self.do(nick, f"{command}secret{len(self.allowed) - 1}")

    @rule(nick=who, people=names, n=st.sampled_from(("", " 3", " 9 after 0")))
    def read_again(self, nick: str, people: list[str], n: str) -> None:
        self.do(nick, f"HISTORY @{','.join(people)}{n}", f"READ @{','.join(people)}")

    @rule(nick=who, data=st.data())
    def read_by_key(self, nick: str, data: st.DataObject) -> None:
        keys = sorted(set(self.key)) or ["@1,2"]
        key = data.draw(st.sampled_from(keys))
        self.do(nick, f"HISTORY {key}", f"HISTORY #{key}", f"JOIN {key}")
        for order in (
            {"do": "history", "room": key},
            {"do": "history", "with": key[1:]},
            {"do": "read", "with": key},
            {"do": "forget", "with": key},
        ):
            self.do(nick, json.dumps(order))
        self.do(nick, f"FORGET {key}")

    @rule(nick=who, data=st.data())
    def look_for(self, nick: str, data: st.DataObject) -> None:
        word = data.draw(st.integers(0, max(0, len(self.allowed) - 1)))
        self.clients[nick].send(f"SEARCH secret{word}")
        if self.disk is not None:
            self.disk.settle()
        shown = self.clients[nick].bytes().decode()
        # The answer names what was looked for.
        shown = re.sub(rf'"query":"secret{word}"|for secret{word}\b', "", shown)
        user = self.clients[nick].connection.session.user
        if f"secret{word}" in shown:
            assert user is not None
            assert user.author in self.allowed[word]
            assert word not in self.gone
        self.look()

    @rule(nick=who, line=st.sampled_from(("UNREAD", "MENTIONS", "ROOMS", "SEARCH s*")))
    def ask(self, nick: str, line: str) -> None:
        self.do(nick, line)

    @rule(nick=who, other=st.sampled_from(NICKS))
    def forget(self, nick: str, other: str) -> None:
        hub = self.world.hub
        before = set(hub.last_ids)
        self.do(nick, f"FORGET {other}")
        self.note_gone(before - set(hub.last_ids))

    def note_gone(self, keys: set[str]) -> None:
        self.gone |= {word for word, key in enumerate(self.key) if key in keys}

    @rule(nick=irc_users, to=st.sampled_from(NICKS), what=st.sampled_from(IRC))
    def read_by_irc(self, nick: str, to: str, what: str) -> None:
        self.do(f"{nick} by IRC", what.format(to=to))

    @rule(nick=irc_users, to=st.sampled_from(NICKS))
    def write_by_irc(self, nick: str, to: str) -> None:
        self._write(f"{nick} by IRC", [to], f"PRIVMSG {to} :")

    @rule(nick=who, on=st.sampled_from(("on", "off")))
    def keep(self, nick: str, on: str) -> None:
        self.do(nick, f"KEEP {on}")

    @rule(nick=who, on=st.sampled_from(("on", "off")))
    def stay(self, nick: str, on: str) -> None:
        self.do(nick, f"STAY {on}")

    @rule(nick=who, other=st.sampled_from(NICKS), verb=st.sampled_from(("", "UN")))
    def ignore(self, nick: str, other: str, verb: str) -> None:
        self.do(nick, f"{verb}IGNORE {other}")

    @rule(nick=who, name=st.sampled_from((*NICKS, "other")))
    def rename(self, nick: str, name: str) -> None:
        self.do(nick, f"NICK {name}")

    @rule(nick=who, login=st.sampled_from((*NICKS, "")))
    def come_again(self, nick: str, login: str) -> None:
        """As another account, or a guest."""
        self.do(nick, "QUIT")
        self.clients[nick] = client = self.world.connect(door=self.world.lines)
        client.send(f"LOGIN {login} {PASSWORD}" if login else "PING", f"NICK {nick}")
        self.look()

    @rule(nick=who)
    def be_nobody_and_somebody_new(self, nick: str) -> None:
        before = set(self.world.hub.last_ids)
        self.do(nick, f"UNREGISTER {PASSWORD}")
        self.note_gone(before - set(self.world.hub.last_ids))
        self.do(nick, f"REGISTER {PASSWORD}")

    @rule(seconds=st.sampled_from((1.0, 31.0)))
    def wait(self, seconds: float) -> None:
        self.world.advance(seconds)
        self.look()

    @rule()
    def restart(self) -> None:
        """Another hub goes on from a snapshot."""
        hub = self.world.hub
        again = self.network()
        again.hub.restore(hub.snapshot())
        assert again.hub.checksum() == hub.checksum()

    @rule(data=st.data())
    def all_is_too_old(self, data: st.DataObject) -> None:
        hub = self.world.hub
        keys = sorted(hub.last_ids.items())
        if keys:
            some = data.draw(st.sampled_from(keys))
            hub.apply(ForgetRooms((some,), hub.forgotten), hub.now())
            self.note_gone({some[0]})

    # What holds

    @invariant()
    def what_is_kept_is_of_accounts(self) -> None:
        hub = self.world.hub
        for key in hub.last_ids:
            if key.startswith("@"):
                accounts = [hub.accounts.numbered(each) for each in people_of(key)]
                assert all(accounts), key
                assert all(key in hub.conversations.of(n) for n in people_of(key))
        for number in hub.conversations.accounts():
            assert set(hub.conversations.of(number)) <= set(hub.last_ids)

    @invariant()
    def what_waits_is_there(self) -> None:
        hub = self.world.hub
        for waiting in hub.waiting:
            account: Any = hub.accounts.numbered(waiting.account)
            user = hub.identities.user_of(account.nick)
            assert user is None or not user.sessions
            assert waiting.place in hub.conversations.of(waiting.account)
            assert waiting.first <= hub.last_ids[waiting.place]


class LaterNetwork(Network):
    """What is proposed is applied later, as with several servers."""

    later = True


class PrivateLater(Private):
    network = LaterNetwork


class PrivateOnDisk(Private):
    network = LaterNetwork
    on_disk = True


TestPrivate = Private.TestCase
TestPrivate.settings = settings(max_examples=40, stateful_step_count=40, deadline=None)
TestPrivateLater = PrivateLater.TestCase
TestPrivateLater.settings = settings(
    max_examples=30, stateful_step_count=40, deadline=None
)
TestPrivateOnDisk = PrivateOnDisk.TestCase
TestPrivateOnDisk.settings = settings(
    max_examples=10, stateful_step_count=30, deadline=None
)
