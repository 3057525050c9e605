"""What is true of the hub whatever people do, and in whatever order."""

from __future__ import annotations

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from twisted_chat.names import fold

from .support import Client, World

PEOPLE = st.integers(0, 5)
NICKS = st.sampled_from(["anna", "Anna", "bob", "carol", "dave", "anna_", "e"])
ROOMS = st.sampled_from(["#lobby", "#a", "#A", "#b"])


class HubMachine(RuleBasedStateMachine):
    def __init__(self) -> None:
        super().__init__()
        self.world = World()
        self.clients: list[Client] = []
        self.orders: dict[str, list[int]] = {}
        self.count = 0
        for _ in range(6):
            self.clients.append(self.connect())
        for client, nick in zip(self.clients, ("anna", "bob", "carol"), strict=False):
            client.send(f"NICK {nick}")

    def connect(self) -> Client:
        client = self.world.connect()
        client.send("FORMAT json")
        client.bytes()
        return client

    def send(self, who: int, line: str) -> None:
        if self.clients[who].transport.connected:
            self.clients[who].send(line)

    @rule(who=PEOPLE, nick=NICKS)
    def nick(self, who: int, nick: str) -> None:
        self.send(who, f"NICK {nick}")

    @rule(who=PEOPLE, room=ROOMS)
    def join(self, who: int, room: str) -> None:
        self.send(who, f"JOIN {room}")

    @rule(who=PEOPLE, room=ROOMS)
    def part(self, who: int, room: str) -> None:
        self.send(who, f"PART {room}")

    @rule(who=PEOPLE, room=ROOMS)
    def say(self, who: int, room: str) -> None:
        self.count += 1
        self.send(who, f"PRIV {room} {self.count}")

    @rule(who=PEOPLE, nick=NICKS)
    def whisper(self, who: int, nick: str) -> None:
        self.send(who, f"PRIV {nick} psst")

    @rule(who=PEOPLE, nick=NICKS)
    def ignore(self, who: int, nick: str) -> None:
        self.send(who, f"IGNORE {nick}")

    @rule(who=PEOPLE, nick=NICKS)
    def unignore(self, who: int, nick: str) -> None:
        self.send(who, f"UNIGNORE {nick}")

    @rule(who=PEOPLE, vanish=st.booleans())
    def leave(self, who: int, vanish: bool) -> None:
        client = self.clients[who]
        if vanish:
            client.reset()
        else:
            self.send(who, "QUIT")
        self.end_turn()
        self.clients[who] = self.connect()

    @rule()
    def end_turn(self) -> None:
        """Whoever hears two messages of a room hears them in its order; those that
        are shown again on entering are no part of it."""
        for client in self.clients:
            last: dict[str, int] = {}
            for event in client.events():
                if event["event"] == "message" and "replay" not in event:
                    room, id = fold(event["room"]), event["id"]
                    seen = self.orders.setdefault(f"{room} {event['text']}", [id])
                    assert seen == [id], "one id for a message, whoever sees it"
                    assert id > last.get(room, 0)
                    last[room] = id

    @invariant()
    def nicks_are_unique(self) -> None:
        users = self.world.hub.users
        assert all(key == fold(user.nick) for key, user in users.items())
        assert len(set(users.values())) == len(users)

    @invariant()
    def sessions_and_people_agree(self) -> None:
        hub = self.world.hub
        online = {state.user for state in hub.sessions.values()} - {None}
        assert online == set(hub.users.values())
        for user in hub.users.values():
            assert all(session.user is user for session in user.sessions)
            assert user.sessions

    @invariant()
    def a_member_is_in_a_room_exactly_if_the_room_has_it(self) -> None:
        hub = self.world.hub
        for key, room in hub.rooms.items():
            assert key == fold(room.name)
            assert room.members or room is hub.lobby, "an empty room is closed"
            assert all(user.rooms[key] is room for user in room.members)
            listeners = {s.listener for user in room.members for s in user.sessions}
            assert room.channel.listeners() == listeners
        for user in hub.users.values():
            for key, room in user.rooms.items():
                assert hub.rooms[key] is room
                assert user in room.members
            for state in user.sessions:
                assert state.local is not None
                room_now = state.local.room
                assert room_now is None or room_now in user.rooms.values()

    @invariant()
    def who_is_ignored_is_not_heard(self) -> None:
        hub = self.world.hub
        for user in hub.users.values():
            others = hub.users.values()
            here = {other for other in others if hub.ignoring.ignores(user, other)}
            assert user not in here
            authors = {state for other in here for state in other.sessions}
            assert all(x.deaf_to == authors for x in user.listeners())
            assert all(user in hub.ignoring.ignored_by[key] for key in user.ignores)
        for key, ignorers in hub.ignoring.ignored_by.items():
            assert ignorers
            assert all(key in user.ignores for user in ignorers)
            assert set(ignorers) <= set(hub.users.values())


TestHub = HubMachine.TestCase
TestHub.settings = settings(max_examples=40, stateful_step_count=40, deadline=None)
