"""What the log says of people and of bugs."""

from __future__ import annotations

from twisted.logger import capturedLogs, formatEvent
from twisted.trial.unittest import SynchronousTestCase

from twisted_chat.verbs import Interpreter

from .support import World
from .support import skip as catch_up  # trial takes a module's `skip` for a reason


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
