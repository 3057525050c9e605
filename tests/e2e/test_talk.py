"""People talk through a real server."""

from __future__ import annotations

from .support import Server


def test_two_people_talk(server: Server) -> None:
    alice, bob = server.enter("alice"), server.enter("bob")
    alice.expect("* bob joined the chat!")
    alice.send("MSG hello")
    bob.expect("alice: hello")
    bob.send("QUIT bye")
    alice.expect("* bob left the chat! (bye)")
    assert bob.rest() == []
