"""People and their sessions after any order of coming, proving, moving, going."""

from __future__ import annotations

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from twisted_chat.hub.identities import GRACE
from twisted_chat.names import fold, skeleton

from .support import Client, World

NICKS = ("alice", "Alice", "al1ce", "bob", "carol")
ROOMS = ("#dev", "#pub", "#lobby")
nicks = st.sampled_from(NICKS)
rooms = st.sampled_from(ROOMS)
numbers = st.integers(0, 5)


class People(RuleBasedStateMachine):
    def __init__(self) -> None:
        super().__init__()
        self.world = World(patience=1e9)
        self.clients: list[Client] = []
        self.passwords: dict[str, str] = {}

    def client(self, number: int) -> Client | None:
        return self.clients[number % len(self.clients)] if self.clients else None

    def does(self, number: int, line: str) -> str:
        """The last answer of a client, perhaps none, to `line`."""
        client = self.client(number)
        if client is None:
            return ""
        client.lines()
        return "\n".join(client.ask(line))

    @rule()
    def connect(self) -> None:
        if len(self.clients) < 6:
            self.clients.append(self.world.connect())

    @rule(number=numbers, how=st.sampled_from(["QUIT", "reset"]))
    def go(self, number: int, how: str) -> None:
        if client := self.client(number):
            self.clients.remove(client)
            if how == "QUIT":
                client.send("QUIT")
            else:
                client.reset()

    @rule(number=numbers, nick=nicks)
    def nick(self, number: int, nick: str) -> None:
        self.does(number, f"NICK {nick}")

    @rule(number=numbers)
    def register(self, number: int) -> None:
        client = self.client(number)
        if client is None or client.connection.session.user is None:
            return
        key = fold(client.user.nick)
        answer = self.does(number, "REGISTER password-one")
        if "logged in as" in answer and "ERR" not in answer:
            assert key not in self.passwords
            self.passwords[key] = "password-one"

    @rule(number=numbers, nick=nicks, right=st.booleans())
    def login(self, number: int, nick: str, right: bool) -> None:
        client = self.client(number)
        if client is None:
            return
        self.world.advance(120, step=30)
        user = client.connection.session.user
        before = user.account if user else ""
        answer = self.does(
            number, f"LOGIN {nick} {'password-one' if right else 'wrong-one'}"
        )
        if before:
            assert "ERR 462" in answer
        elif not right or fold(nick) not in self.passwords:
            assert "ERR 464" in answer
        else:
            assert fold(client.user.account) == fold(nick)

    @rule(number=numbers)
    def unregister(self, number: int) -> None:
        client = self.client(number)
        if client is None or client.connection.session.user is None:
            return
        account = client.user.account
        answer = self.does(number, "UNREGISTER password-one")
        assert ("logged out" in answer) == bool(account)
        self.passwords.pop(fold(account), None)

    @rule(number=numbers, room=rooms, verb=st.sampled_from(["JOIN", "PART"]))
    def move(self, number: int, room: str, verb: str) -> None:
        self.does(number, f"{verb} {room}")

    @rule(number=numbers, nick=nicks)
    def ignore(self, number: int, nick: str) -> None:
        self.does(number, f"IGNORE {nick}")

    @rule()
    def wait(self) -> None:
        self.world.advance(GRACE + 1, step=1)
        for user in self.world.hub.users.values():
            owned = fold(user.nick) in self.passwords
            assert not owned or fold(user.account) == fold(user.nick)

    @invariant()
    def sessions_belong_to_their_people(self) -> None:
        hub = self.world.hub
        for state in hub.sessions.values():
            user, session = state.user, state.local
            assert session is not None
            if user is None:
                assert session.listener.channels == []
                continue
            assert hub.users[fold(user.nick)] is user
            assert state in user.sessions
            channels = {room.channel for room in user.rooms.values()}
            assert set(session.listener.channels) == channels
            assert session.room is None or session.room in user.rooms.values()
            assert session.room is not None or not user.rooms

    @invariant()
    def people_are_who_they_are(self) -> None:
        hub = self.world.hub
        accounts = [fold(u.account) for u in hub.users.values() if u.account]
        assert len(set(accounts)) == len(accounts)
        for key, user in hub.users.items():
            assert fold(user.nick) == key
            assert user.sessions
            assert all(session.user is user for session in user.sessions)
            if user.account:
                assert fold(user.account) in self.passwords
                assert hub.identities.user_of(user.account) is user
            for room in user.rooms.values():
                assert user in room.members
        looks = [skeleton(user.nick) for user in hub.users.values()]
        assert len(set(looks)) == len(looks)

    @invariant()
    def rooms_have_just_who_is_there(self) -> None:
        hub = self.world.hub
        for room in hub.rooms.values():
            assert room.members or room is hub.lobby
            for user in room.members:
                assert user in hub.users.values()

    def teardown(self) -> None:
        for client in self.clients:
            client.reset()
        assert not self.world.hub.users
        assert not self.world.hub.sessions
        assert not self.world.hub.ignoring.ignored_by


People.TestCase.settings = settings(
    max_examples=60, stateful_step_count=40, deadline=None
)
TestPeople = People.TestCase
