"""The line door under bad conditions, in memory and without real time."""

from __future__ import annotations

import pytest
from twisted.internet.defer import Deferred
from twisted.logger import capturedLogs, formatEvent
from twisted.trial.unittest import SynchronousTestCase

from twisted_chat.doors import base, frames
from twisted_chat.events import ChatError
from twisted_chat.limits import Rate
from twisted_chat.verbs import Interpreter
from twisted_chat.wire import BufferedWire

from .support import BUFFER, World
from .support import skip as catch_up  # trial takes a module's `skip` for a reason

HTTP = [
    b"GET / HTTP/1.1\r\n",
    b"POST /x HTTP/1.0\r\n",
    b"OPTIONS * HTTP/1.1\r\n",
    b"nick /x HTTP/1.1\r\n",
    b"CONNECT host:443 HTTP/1.1\r\n",
    b"PRI * HTTP/2.0\r\n",
    b"POST /" + b"a" * 5000 + b" HTTP/1.1\r\n",
    b"POST http://host/" + b"a" * 5000 + b" HTTP/1.1\r\n",
]
BODY = b"Host: x\r\n\r\nNICK evil\r\nMSG from a web page\r\n"


@pytest.mark.parametrize("request_line", HTTP)
@pytest.mark.parametrize("size", [1, 7, 100_000])
def test_http_is_closed_at_its_request_line(request_line: bytes, size: int) -> None:
    world = World()
    alice = world.enter("alice")
    page = world.connect()
    data = request_line + BODY
    for start in range(0, len(data), size):
        page.send_bytes(data[start : start + size])
    assert page.closed
    assert alice.lines() == []
    assert list(world.hub.users) == ["alice"]


@pytest.mark.parametrize("size", [1, 1000])
def test_a_tls_hello_is_closed_at_once(size: int) -> None:
    world = World()
    client = world.connect()
    client.bytes()
    hello = b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + bytes(200)
    for start in range(0, 2 if size == 1 else len(hello), size):
        client.send_bytes(hello[start : start + size])
    assert client.closed
    assert client.bytes() == b""


@pytest.mark.parametrize("start", [b"x", b"\xff\xfa\x18"])
def test_what_never_ends_is_closed_with_a_reason(start: bytes) -> None:
    """A line, or a subnegotiation of telnet, of which nothing is kept."""
    world = World()
    client = world.connect()
    client.bytes()
    client.send_bytes(start)
    for _ in range(frames.MAX_UNFINISHED // 1024 - 1):
        client.send_bytes(b"x" * 1024)
    assert not client.closed
    client.send_bytes(b"x" * 10_000)
    assert client.lines()[-1] == "ERR 417 Over 1 MiB without an end"
    assert client.closed


def test_a_line_that_ends_starts_the_count_anew() -> None:
    world = World()
    client = world.connect()
    for _ in range(3 * frames.MAX_UNFINISHED // 65536):
        client.send_bytes(b"x" * 65536)
        client.send_bytes(b"\n")
    assert not client.closed


def test_someone_with_a_nick_may_speak_of_http() -> None:
    world = World()
    alice = world.enter("alice")
    assert alice.ask("GET / HTTP/1.1")[0].startswith("ERR 421")
    alice.send("MSG GET / HTTP/1.1")
    assert not alice.closed


# Half-closed


def test_who_half_closes_is_served_and_leaves() -> None:
    world = World()
    alice = world.enter("alice")
    netcat = world.connect()
    netcat.bytes()
    netcat.send_bytes(b"NICK nc\nECHO on\nMSG hello\nPING 1\nMSG the end")
    netcat.half_close()
    assert netcat.lines()[-3:] == ["nc: hello", "PONG 1", "nc: the end"]
    assert netcat.closed
    assert alice.lines() == [
        "* nc joined the chat!",
        "nc: hello",
        "nc: the end",
        "* nc left the chat!",
    ]


def test_who_half_closes_is_served_also_at_the_pace_of_the_flood_limit() -> None:
    world = World(flood=Rate(5, 2))
    alice = world.enter("alice")
    netcat = world.connect()
    netcat.send_bytes(b"NICK nc\n" + b"".join(b"MSG %d\n" % n for n in range(15)))
    netcat.half_close()
    world.advance(4)
    assert not netcat.closed
    assert "* nc left the chat!" not in alice.lines()
    world.advance(4)
    assert netcat.closed
    lines = alice.lines()
    assert lines[-2:] == ["nc: 14", "* nc left the chat!"]


def test_who_half_closes_and_reads_slowly_gets_everything() -> None:
    world = World()
    netcat = world.enter("nc")
    netcat.transport.stall()
    for number in range(40):
        netcat.send(f"PING {number:01000}")
    netcat.half_close()
    world.turn()
    netcat.connection.readConnectionLost()
    world.advance(5)
    got = b""
    while netcat.transport.buffer:
        got += netcat.transport.take(1000)
        world.turn()
    assert got.count(b"PONG") == 40
    assert netcat.closed


# Deadlines


def test_without_a_nick_one_is_dropped_after_60_s() -> None:
    world = World()
    silent, busy, alice = world.connect(), world.connect(), world.connect()
    alice.send("NICK alice")
    for _ in range(59):
        busy.send("PING")
        world.advance(1)
        world.wall_offset -= 3600
    assert not silent.closed
    assert not busy.closed
    world.advance(1)
    for client in (silent, busy):
        assert client.lines()[-1].startswith("ERR 451")
        world.turn()
        assert client.closed
    world.advance(100)
    assert not alice.closed


def test_who_quits_and_reads_nothing_is_gone_after_a_while() -> None:
    """It is in no count any more, so it must not keep a descriptor."""
    world = World()
    alice = world.enter("alice")
    alice.transport.stall()
    for number in range(80):
        alice.send(f"PING {number:01000}")
    alice.send("QUIT")
    world.advance(59)
    assert not alice.closed
    world.advance(2)
    assert alice.transport.aborted
    assert alice.closed
    assert not world.door.connections


# Floods


def test_flood_is_delayed_and_nothing_is_lost() -> None:
    world = World(flood=Rate(5, 2))
    bob = world.enter("bob")
    alice = world.enter("alice")
    world.advance(60)
    catch_up(alice, bob)
    alice.send_bytes(b"".join(b"MSG %d\n" % n for n in range(20)))
    assert bob.lines() == [f"alice: {n}" for n in range(5)]
    assert not alice.transport.reading, "what else it sends waits in the kernel"
    world.advance(1)
    assert bob.lines() == ["alice: 5", "alice: 6"]
    world.advance(7)
    assert bob.lines() == [f"alice: {n}" for n in range(7, 20)]
    assert alice.transport.reading
    assert alice.lines() == []


def test_a_paste_arrives_whole_however_many_lines_it_has() -> None:
    world = World(flood=Rate(5, 2))
    bob, alice = world.enter("bob"), world.enter("alice")
    world.advance(60)
    catch_up(alice, bob)
    alice.send_bytes(b"".join(b"MSG %d\n" % n for n in range(1000)))
    world.advance(500)
    assert bob.lines() == [f"alice: {n}" for n in range(1000)]
    assert alice.lines() == []


def test_of_a_packet_that_waits_only_a_slice_is_cut() -> None:
    """A line takes ten times the memory of its two bytes."""
    world = World(flood=Rate(5, 2))
    alice = world.enter("alice")
    alice.send_bytes(b"x\n" * 32 * 1024)
    waiting = alice.connection.frames._frames
    assert waiting is not None
    assert len(waiting) <= frames.SLICE
    assert not alice.transport.reading


def test_who_half_closes_behind_much_that_waits_is_served_to_the_end() -> None:
    world = World(flood=Rate(5, 2))
    bob, alice = world.enter("bob"), world.enter("alice")
    world.advance(60)
    catch_up(bob)
    alice.send_bytes(b"".join(b"MSG %d %b\n" % (n, b"x" * 500) for n in range(40)))
    alice.send_bytes(b"MSG without an end")
    alice.half_close()
    world.advance(60)
    heard = bob.lines()
    assert len(heard) == 42
    assert heard[-2:] == ["alice: without an end", "* alice left the chat!"]


def test_who_has_half_closed_is_read_no_more() -> None:
    """A socket at its end is always ready: it would be read again and again."""
    world = World(flood=Rate(5, 2))
    alice = world.enter("alice")
    alice.send_bytes(b"PING\n" * 20)
    alice.half_close()
    assert not alice.transport.reading
    alice.connection.end("")
    assert not alice.transport.reading


def test_lines_wait_for_what_the_hub_is_still_to_find_out() -> None:
    world = World()
    alice = world.enter("alice")
    alice.lines()
    outcome: Deferred[None] = Deferred()
    alice.connection.hold(outcome)
    alice.send("PING 1")
    assert alice.lines() == []
    outcome.errback(ChatError(404, "It can't be found out"))
    assert alice.lines() == ["ERR 404 It can't be found out", "PONG 1"]


def test_past_the_bytes_that_may_wait_one_is_dropped_with_a_reason() -> None:
    """A transport that is paused doesn't get there."""
    world = World(flood=Rate(5, 2), waiting=1500)
    bob, alice = world.enter("bob"), world.enter("alice")
    world.advance(60)
    catch_up(bob)
    for _ in range(3):
        alice.send_bytes(b"MSG x\n" * 150)
    assert bob.lines()[-1] == "* alice left the chat! (flood)"
    assert "Flood" in alice.lines()[-1]
    assert alice.closed


@pytest.mark.parametrize(
    "line",
    [
        "NICK a{}",
        "JOIN #r{}",
        "PRIV bob {}",
        "PING {}",
        "WHO",
        "HELP",
        "ROOMS",
        "",
        "X",
    ],
)
def test_no_command_is_free(line: str) -> None:
    world = World(flood=Rate(5, 2))
    world.enter("bob")
    alice = world.enter("alice")
    world.advance(60)
    alice.lines()
    for number in range(5):
        alice.send(line.format(number))
    assert alice.transport.reading
    alice.send(line.format(5), line.format(6))
    assert not alice.transport.reading
    world.advance(1)
    assert alice.transport.reading


def test_a_message_to_many_costs_as_much_as_one_to_each() -> None:
    world = World(flood=Rate(5, 2))
    names = [f"n{number}" for number in range(10)]
    people = [world.enter(name) for name in names]
    alice = world.enter("alice")
    world.advance(60)
    alice.send(f"PRIV {','.join(names)} one", "MSG two")
    catch_up(*people)
    world.advance(2)
    assert people[0].lines() == []
    world.advance(1.5)
    assert people[0].lines() == ["alice: two"]
    world.advance(60)
    rooms = [f"#r{number}" for number in range(5)]
    for room in rooms:
        alice.send(f"JOIN {room}")
        world.advance(1)
    world.advance(60)
    alice.send(f"PRIV {','.join(rooms)} one", "PRIV n0 two")
    catch_up(*people)
    assert people[0].lines() == []
    world.advance(1)
    assert people[0].lines() == ["PRIV alice: two"]


def test_rooms_beside_people_cost_as_much_as_a_message_to_each() -> None:
    world = World(flood=Rate(5, 2))
    bob, alice = world.enter("bob"), world.enter("alice")
    rooms = [f"#r{number}" for number in range(4)]
    for room in rooms:
        alice.send(f"JOIN {room}")
    world.advance(60)
    alice.send(f"PRIV bob,{','.join(rooms)} one", "PRIV bob two")
    catch_up(bob)
    world.advance(0.25)
    assert bob.lines() == []
    world.advance(0.25)
    assert bob.lines() == ["PRIV alice: two"]


def test_before_nick_no_command_is_free_either() -> None:
    world = World(flood=Rate(5, 2))
    client = world.connect()
    client.send_bytes(b"NICK 1\n" * 10)
    assert len([line for line in client.lines() if "ERR 432" in line]) == 5


def test_connections_from_one_address_are_slowed() -> None:
    world = World(max_per_ip=0)
    clients = [world.connect("192.0.2.1") for _ in range(30)]
    for client in clients:
        client.bytes()
    assert [client.transport.reading for client in clients] == [True] * 20 + [
        False
    ] * 10
    other = world.connect("192.0.2.2")
    assert other.transport.reading
    world.advance(0.5)
    assert [client.transport.reading for client in clients].count(True) == 21
    world.advance(5)
    assert all(client.transport.reading for client in clients)


def test_an_address_waits_no_longer_than_others_could_bear() -> None:
    world = World(max_per_ip=0)
    for _ in range(5000):
        world.connect("192.0.2.1").reset()
    client = world.connect("192.0.2.1")
    world.advance(25)
    assert client.transport.reading


@pytest.mark.at_once
def test_a_packet_of_newlines_is_taken_in_portions() -> None:
    """Others have their turn in between, flood limit or not."""
    world = World()
    flooder, bob = world.enter("flooder"), world.enter("bob")
    flooder.send_bytes(b"MSG x\n" * 1000 + b"\n" * 60_000 + b"PING done\n")
    assert world.room().last_id <= frames.MAX_PER_TURN
    assert not flooder.transport.reading
    assert bob.lines() == ["flooder: x"] * 1000
    assert flooder.lines()[-1] == "PONG done"
    assert flooder.transport.reading


# How many


def test_max_clients() -> None:
    world = World(max_clients=2)
    alice, bob = world.enter("alice"), world.enter("bob")
    third = world.connect()
    assert [line[:8] for line in third.lines()] == ["ERR 263 "]
    assert third.closed
    third.connection.dataReceived(b"NICK eve\n")
    assert len(world.hub.users) == 2
    bob.send("QUIT")
    assert world.enter("carol").user
    assert alice.lines() != []


@pytest.mark.parametrize(
    ("addresses", "other"),
    [
        (["192.0.2.1"] * 3, "192.0.2.2"),
        (["192.0.2.1", "::ffff:192.0.2.1", "::ffff:c000:201"], "::ffff:192.0.2.9"),
        (["2001:db8::1", "2001:db8::2", "2001:db8:0:0:ffff::"], "2001:db8:0:1::1"),
        (["fe80::1%eth0", "fe80::2%eth1", "fe80::1"], "fe81::1"),
    ],
)
def test_max_per_ip(addresses: list[str], other: str) -> None:
    world = World(max_per_ip=2)
    first, second, third = (world.connect(address) for address in addresses)
    assert [line[:8] for line in third.lines()] == ["ERR 463 "]
    assert third.closed
    world.connect(other).send("NICK other")
    assert "other" in world.hub.users
    second.reset()
    assert not world.connect(addresses[2]).closed
    assert not first.closed


@pytest.mark.parametrize(
    "host", ["127.0.0.1", "127.9.9.9", "::1", "::ffff:127.0.0.1", None]
)
def test_loopback_is_not_limited(host: str | None) -> None:
    world = World(max_per_ip=1)
    clients = [world.connect(host) for _ in range(40)]
    assert not any(client.closed for client in clients)
    assert all(client.transport.reading for client in clients)


def test_max_per_ip_0_is_no_limit() -> None:
    world = World(max_per_ip=0)
    assert not any(world.connect("192.0.2.1").closed for _ in range(50))


# Slow readers


def test_who_stops_reading_is_dropped_and_nobody_is_delayed() -> None:
    world = World(send_queue=4096)
    alice, bob, slow = world.enter("alice"), world.enter("bob"), world.enter("slow")
    catch_up(alice, bob)
    slow.transport.stall()
    text = "x" * 1000
    count = 0
    while not slow.closed:
        alice.send(f"MSG {count} {text}")
        count += 1
        assert count < 200
        if bob.lines()[0] != f"alice: {count - 1} {text}":
            raise AssertionError("bob waits")
        assert slow.connection.wire.unsent <= 4096
        assert len(slow.transport.buffer) < BUFFER + 2000
    assert alice.lines() == ["* slow left the chat! (send queue exceeded)"]
    assert slow.transport.aborted


def test_who_vanishes_leaves_once() -> None:
    world = World()
    alice, bob = world.enter("alice"), world.enter("bob")
    for person in (alice, bob):
        person.send("JOIN #a", "JOIN #b")
    catch_up(alice)
    bob.send("MSG last words")
    bob.reset()
    assert alice.lines() == [
        "#b bob: last words",
        "* bob left the chat! (connection lost)",
    ]
    assert world.hub.sessions.keys() == {alice.connection.session.id}


def test_many_resets_at_once_disturb_nobody() -> None:
    world = World()
    alice = world.enter("alice")
    crowd = [world.enter(f"n{number}") for number in range(300)]
    alice.lines()
    for client in crowd:
        client.send("MSG x")
        client.reset()
    alice.send("ECHO on", "MSG still here")
    assert "alice: still here" in alice.lines()
    world.advance(2)
    assert list(world.hub.users) == ["alice"]
    assert len(world.door.connections) == 1


# The end


def test_refused_connections_do_not_pile_up(monkeypatch: pytest.MonkeyPatch) -> None:
    """A flood of connections past a limit holds few descriptors."""
    monkeypatch.setattr(BufferedWire, "half_closes", True)
    world = World(max_clients=1)
    world.connect()
    many = [world.connect() for _ in range(500)]
    world.turn()
    assert sum(client.transport.connected for client in many) <= base.MAX_REFUSED
    world.advance(base.LINGER + 0.1)
    assert not any(client.transport.connected for client in many)
    assert world.door.refused == 0


def test_unread_input_does_not_take_the_last_words(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Only our half closes, for a while, and what still comes is thrown away."""
    monkeypatch.setattr(BufferedWire, "half_closes", True)
    world = World()
    alice, bob = world.enter("alice"), world.enter("bob")
    alice.send("QUIT")
    world.turn()
    assert alice.transport.write_closed
    assert alice.transport.connected
    assert alice.transport.reading
    bob.bytes()
    alice.send("MSG too late")
    assert bob.lines() == []
    alice.half_close()
    assert alice.closed
    bob.send("QUIT")
    world.turn()
    world.advance(base.LINGER + 0.1)
    assert bob.transport.aborted


# Crowds


def test_in_a_crowd_coming_and_going_is_told_once_a_second() -> None:
    world = World()
    people = [world.enter(f"n{number}") for number in range(101)]
    catch_up(*people)
    late = [world.enter(f"late{number}") for number in range(15)]
    assert people[0].lines() == []
    people[1].reset()
    world.advance(1)
    (line,) = people[0].lines()
    assert line.startswith("* #lobby joined: ")
    assert "late0" in line
    assert "and " in line
    assert "left: n1" in line
    catch_up(*late)
    late[0].send("MSG hello")
    assert people[0].lines() == ["late0: hello"]
    world.advance(5)
    assert people[0].lines() == []


def test_a_crowd_is_told_who_stayed_under_which_nick() -> None:
    world = World()
    people = [world.enter(f"n{number}") for number in range(101)]
    world.advance(1)
    first, second = world.enter("first"), world.enter("second")
    catch_up(*people, first, second)
    first.send("NICK renamed")
    third = world.enter("third")
    third.send("QUIT")
    world.turn()
    catch_up(*people, first, second)
    world.advance(1)
    assert people[0].lines() == ["* #lobby joined: second, renamed"]
    assert first.lines() == [], "they know that they came, and who was there"
    assert second.lines() == ["* #lobby joined: renamed"]
    people[1].send("PART")
    people[1].send("JOIN #lobby")
    catch_up(*people)
    world.advance(1)
    assert people[0].lines() == [], "who went and came again is here as before"


class BugTests(SynchronousTestCase):
    """A bug in one handler closes that connection, and nothing else."""

    def setUp(self) -> None:
        self.world = World()
        self.alice = self.world.enter("alice")
        self.bob = self.world.enter("bob")
        catch_up(self.alice)

        def bug(*_: object) -> None:
            raise ZeroDivisionError("a bug")

        self.patch(
            Interpreter,
            "commands",
            {
                **Interpreter.commands,
                "PING": Interpreter.commands["PING"]._replace(run=bug),
            },
        )

    def test_a_bug_closes_its_connection_only(self) -> None:
        self.bob.send_bytes(b"MSG before\nPING\nMSG never\n")
        assert self.alice.lines() == [
            "bob: before",
            "* bob left the chat! (a bug in the server)",
        ]
        assert self.bob.closed
        self.alice.send("ECHO on", "MSG on I talk")
        assert "alice: on I talk" in self.alice.lines()
        (failure,) = self.flushLoggedErrors(ZeroDivisionError)
        assert "a bug" in failure.getErrorMessage()

    def test_a_bug_while_lines_wait_too(self) -> None:
        self.bob.send_bytes(b"\n" * 1000 + b"PING\nMSG never\n")
        self.world.advance(1, step=0.01)
        assert self.bob.closed
        assert len(self.flushLoggedErrors(ZeroDivisionError)) == 1


# The log


def test_the_log_says_who_came_and_left_and_never_what_was_said() -> None:
    with capturedLogs() as events:
        _come_speak_and_leave()
    logged = [formatEvent(event) for event in events]
    text = "\n".join(logged)
    assert "alice came from 192.0.2.1" in text
    assert "192.0.2.1 refused" in text
    assert "alice is now known as anna" in text
    assert "anna left: tired  of it" in text
    assert "192.0.2.1 left without a nick" in text
    for secret in ("private", "matter", "sesame", "wrong"):
        assert secret not in text
    assert all("\n" not in line and "\r" not in line for line in logged)


def _come_speak_and_leave() -> None:
    world = World(password="sesame", max_per_ip=2)
    first, second = world.connect("192.0.2.1"), world.connect("192.0.2.1")
    world.connect("192.0.2.1")
    first.send("PASS wrong", "PASS sesame", "NICK alice", "NICK anna")
    first.send("MSG private matter", "PRIV anna private matter", "ME private matter")
    first.send("TOPIC private matter", "AWAY private matter", "PING private", "private")
    first.send_bytes(b"MSG private \xff\n")
    second.reset()
    first.send("QUIT tired\r of it")
    world.turn()
