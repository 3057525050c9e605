"""No sequence of acts shows a deleted or private word to who may not see it."""

from __future__ import annotations

import json
import re
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.histories import Disk, in_a_file, with_history
from tests.irc_support import Network
from tests.support import PASSWORD, Client
from twisted_chat.history import FOREVER

UP = "\U0001f44d"
ROOMS = ("#lobby", "#den")
PEOPLE = ("alice", "bob", "guest", "root")
WORD = re.compile(rb"w[0-9]+z")

who = st.sampled_from(PEOPLE)
room = st.sampled_from(ROOMS)
which = st.integers(0, 9)
ACTS = (
    *("say", "say", "answer", "edit", "delete", "delete", "react", "priv"),
    *("part", "join", "swap", "history", "search", "purge"),
)
"""Some twice, so that there is more of them."""

acts = st.tuples(st.sampled_from(ACTS), who, room, which).map(
    lambda act: ("purge", "root", *act[2:]) if act[0] == "purge" else act
)


class Message:
    """What the model knows: whose it is, and whether it may still be shown."""

    def __init__(self, owner: object, place: str, id: int, word: str) -> None:
        self.owner = owner
        self.place = place
        self.id = id
        self.word = word
        self.deleted = False


class Model:
    """People at three doors, and what each may see.

    :ivar forbidden: words that nobody may be shown any more.
    :ivar private: words that only these clients may be shown.
    """

    def __init__(self, network: type[Network], where: str) -> None:
        self.world = network(operators=frozenset({"root"}))
        self.disk = Disk(self.world) if where == "disk" else None
        if where == "sqlite":
            with_history(in_a_file(self.world.clock, FOREVER), self.world)
        self.clients: dict[str, Client] = {}
        self.readers: dict[str, Client] = {}
        for nick in PEOPLE:
            self.clients[nick] = client = self.world.netcat(nick)
            client.send("FORMAT json", "ECHO off")
            if nick != "guest":
                client.send(f"REGISTER {PASSWORD}")
                reader = self.world.netcat(f"{nick}s-text")
                reader.send(f"LOGIN {nick} {PASSWORD}")
                self.readers[nick] = reader
        self.readers["guest"] = self.world.irc("onirc")
        self.owners: dict[str, object] = {nick: object() for nick in PEOPLE}
        self.messages: list[Message] = []
        self.forbidden: set[bytes] = set()
        self.private: dict[bytes, set[str]] = {}
        self.dens: dict[bytes, set[str]] = {}
        self.count = 0
        self.clients["alice"].send("JOIN #den", "ROOM #den secret on")
        self.look("")

    def word(self) -> str:
        self.count += 1
        return f"w{self.count}z"

    def inside(self, nick: str, name: str) -> bool:
        found = self.world.hub.rooms.get(name)
        user = self.clients[nick].connection.session.user
        return found is not None and user in found.members

    def wait(self) -> None:
        self.world.advance(0.3)
        if self.disk is not None:
            self.disk.settle()

    def close(self) -> None:
        if self.disk is not None:
            self.disk.close()

    def look(self, just: str) -> None:
        """See what all were shown, with `just` as an exception: it was changed now."""
        self.wait()
        for people in (self.clients, self.readers):
            for nick, client in people.items():
                for word in set(WORD.findall(client.bytes())):
                    assert word not in self.forbidden or word == just.encode(), word
                    seen = self.private.get(word) or self.dens.get(word)
                    owner = "onirc" if client is self.readers["guest"] else nick
                    assert seen is None or owner in seen, (word, owner, seen)

    def send(self, nick: str, **fields: Any) -> None:
        client = self.clients[nick]
        text = fields.pop("find", None)
        client.send(json.dumps(fields))
        assert text is None
        if self.disk is not None:
            self.disk.settle()

    def act(self, what: str, nick: str, name: str, number: int) -> None:
        here = [message for message in self.messages if message.place == name]
        own = [message for message in here if message.owner is self.owners[nick]]
        if number % 2 and own:
            here = own
        chosen = here[number // 2 % len(here)] if here else None
        getattr(self, f"_{what}")(nick, name, chosen, number)

    def _say(self, nick: str, name: str, chosen: Message | None, _: int) -> None:
        self._speak(nick, name, {})

    def _answer(self, nick: str, name: str, chosen: Message | None, _: int) -> None:
        if chosen is not None:
            self._speak(nick, name, {"reply_to": chosen.id})

    def _speak(self, nick: str, name: str, more: dict[str, Any]) -> None:
        word, inside = self.word(), self.inside(nick, name)
        if name == "#den":
            self.dens[word.encode()] = {p for p in PEOPLE if self.inside(p, name)}
        self.send(nick, do="msg", room=name, text=f"{word}\nbob: {word}", **more)
        if inside:
            last = self.world.hub.rooms[name].last_id
            message = Message(self.owners[nick], name, last, word)
            self.messages.append(message)
        self.look("")

    def _edit(self, nick: str, name: str, chosen: Message | None, _: int) -> None:
        if chosen is None:
            return
        word, old = self.word(), chosen.word
        if name == "#den":
            self.dens[word.encode()] = {p for p in PEOPLE if self.inside(p, name)}
        own = chosen.owner is self.owners[nick] and self.inside(nick, name)
        self.send(nick, do="edit", room=name, id=chosen.id, text=word)
        if own and not chosen.deleted:
            self.forbidden.add(old.encode())
            chosen.word = word
            self.look(old)
        else:
            self.forbidden.add(word.encode())
            self.look("")

    def _delete(self, nick: str, name: str, chosen: Message | None, _: int) -> None:
        if chosen is None:
            return
        own = chosen.owner is self.owners[nick] and self.inside(nick, name)
        owner = nick == "alice" and name == "#den" and self.world.hub.rooms.get("#den")
        owns = bool(owner) and self.owns_den()
        self.send(nick, do="delete", room=name, id=chosen.id)
        if own or owns or nick == "root":
            self.forbidden.add(chosen.word.encode())
            chosen.deleted = True
        self.look("")

    def owns_den(self) -> bool:
        found = self.world.hub.rooms["#den"]
        return found.rules.is_owner(self.clients["alice"].user)

    def _react(self, nick: str, name: str, chosen: Message | None, _: int) -> None:
        if chosen is not None:
            self.send(nick, do="react", room=name, id=chosen.id, reaction=UP)
            self.look("")

    def _priv(self, nick: str, name: str, chosen: object, number: int) -> None:
        word, other = self.word(), PEOPLE[number % len(PEOPLE)]
        self.private[word.encode()] = {nick, other}
        to = self.clients[other].user.nick
        self.send(nick, do="priv", to=[to], text=word)
        self.look("")

    def _part(self, nick: str, name: str, chosen: object, _: int) -> None:
        if name != "#lobby":
            self.send(nick, do="part", room=name)
            self.look("")

    def _join(self, nick: str, name: str, chosen: object, _: int) -> None:
        self.send(nick, do="join", room=name)
        if self.inside(nick, name) and name == "#den":
            for seen in self.dens.values():
                seen.add(nick)  # it is shown what was said before
        self.look("")

    def _swap(self, nick: str, name: str, chosen: object, _: int) -> None:
        """The guest goes, and somebody else comes under the same nick."""
        old = self.clients["guest"]
        old.reset()
        self.clients["guest"] = client = self.world.netcat("guest")
        client.send("FORMAT json", "ECHO off")
        self.owners["guest"] = object()
        for seen in (*self.private.values(), *self.dens.values()):
            seen.discard("guest")
        self.look("")

    def _history(self, nick: str, name: str, chosen: object, _: int) -> None:
        self.send(nick, do="history", room=name, n=50)
        self.readers[nick].send(f"HISTORY {name}")
        if nick == "guest":
            self.readers[nick].send("CHATHISTORY LATEST #lobby * 50")
        for other in PEOPLE[:3]:
            self.clients[nick].send(f'{{"do":"history","with":"{other}"}}')
        self.look("")

    def _search(self, nick: str, name: str, chosen: object, number: int) -> None:
        for words in ("w*", f"w{number + 1}z"):
            # What is asked for comes back in the answer; words are no secret.
            client = self.clients[nick]
            client.bytes()
            client.send(json.dumps({"do": "search", "words": words}))
            self.wait()
            for event in client.events():
                event.pop("query", None)
                for word in WORD.findall(json.dumps(event).encode()):
                    assert word not in self.forbidden
                    seen = self.private.get(word) or self.dens.get(word)
                    assert seen is None or nick in seen
        self.look("")

    def _purge(self, nick: str, name: str, chosen: object, number: int) -> None:
        """Of alice or bob, in the lobby."""
        whose = PEOPLE[number % 2]
        client = self.clients["root"]
        client.bytes()
        client.send(f"PURGE {whose} #lobby")
        self.wait()
        [code] = [e["value"] for e in client.events() if e.get("code") == "code"]
        client.send(f"PURGE {whose} #lobby {code}")
        for message in self.messages:
            if message.place == "#lobby" and message.owner is self.owners[whose]:
                message.deleted = True
                self.forbidden.add(message.word.encode())
        self.look("")


class LaterNetwork(Network):
    """What is proposed is applied later, as with several servers."""

    later = True


@given(
    network=st.sampled_from([Network, LaterNetwork]),
    where=st.sampled_from(["memory", "sqlite", "disk"]),
    sequence=st.lists(acts, min_size=12, max_size=30),
)
@settings(max_examples=100, deadline=None)
def test_nobody_is_shown_what_they_may_not_see(
    network: type[Network], where: str, sequence: list[tuple[str, str, str, int]]
) -> None:
    model = Model(network, where)
    try:
        for act in sequence:
            model.act(*act)
        for nick in PEOPLE:
            model.act("history", nick, "#lobby", 0)
            model.act("search", nick, "#lobby", 0)
    finally:
        model.close()
