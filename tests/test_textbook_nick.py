"""The textbook door that asks for a nick."""

from __future__ import annotations

import pytest

from twisted_chat.doors.textbook.nick import PAUSE, NickDoor

from .textbook_support import Class


class TestNick:
    def test_the_question_comes_alone_and_exact(self) -> None:
        room = Class(NickDoor, motd=("a message of the day",))
        client = room.world.connect()
        assert client.bytes() == b"NICK"
        room.world.hub.tell_all("to everyone", "announcement")
        room.carol.send("MSG not yet for you")
        assert client.bytes() == b""

    def test_coming_in(self) -> None:
        room = Class(NickDoor)
        bob = room.enter("bob")
        alice = room.world.connect()
        alice.bytes()
        alice.send_bytes(b"alice")
        room.quiet()
        assert alice.bytes() == b"alice joined the chat!\nConnected to the server!\n"
        assert bob.bytes() == b"alice joined the chat!\n"
        assert room.carol.lines() == ["* alice joined the chat!"]

    def test_speaking_reaches_everyone_the_sender_included(self) -> None:
        room = Class(NickDoor)
        alice, bob = room.enter("alice"), room.enter("bob")
        alice.bytes()
        alice.send_bytes(b"alice: hello")
        room.quiet()
        assert alice.bytes() == bob.bytes() == b"alice: hello\n"
        assert room.carol.lines() == ["alice: hello"]

    def test_leaving(self) -> None:
        room = Class(NickDoor)
        alice, bob = room.enter("alice"), room.enter("bob")
        alice.reset()
        assert bob.bytes() == b"alice left the chat!\n"

    @pytest.mark.parametrize("claim", ["bob: ", "nobody: ", "bob:  "])
    def test_another_prefix_is_not_believed(self, claim: str) -> None:
        room = Class(NickDoor)
        room.enter("bob")
        alice = room.enter("alice")
        alice.send_bytes(f"{claim}it's me".encode())
        room.quiet()
        (line,) = room.carol.lines()
        assert line.split() == ["alice:", "it's", "me"]

    def test_text_without_a_prefix_is_speech_too(self) -> None:
        room = Class(NickDoor)
        alice = room.enter("alice")
        alice.send_bytes(b"see http://x:80/ at 10:30\n")
        assert room.carol.lines() == ["alice: see http://x:80/ at 10:30"]

    def test_an_empty_message_says_nothing(self) -> None:
        room = Class(NickDoor)
        alice = room.enter("alice")
        alice.send_bytes(b"alice: \nalice:\n\n  \n")
        assert room.carol.bytes() == alice.bytes() == b""

    def test_a_taken_nick_is_asked_for_again_after_a_pause(self) -> None:
        room = Class(NickDoor)
        client = room.world.connect()
        client.bytes()
        client.send_bytes(b"carol\n")
        assert client.bytes() == b"carol is taken; try carol_\n"
        room.world.advance(PAUSE * 0.9)
        assert client.bytes() == b""
        room.world.advance(PAUSE)
        assert client.bytes() == b"NICK"
        client.send_bytes(b"carol_\n")
        assert client.bytes().endswith(b"Connected to the server!\n")
        room.world.advance(10)
        assert client.bytes() == b""

    def test_an_answer_before_the_next_question_cancels_it(self) -> None:
        room = Class(NickDoor)
        client = room.world.connect()
        client.send_bytes(b"9lives\nlives9\n")
        room.world.advance(PAUSE * 3)
        data = client.bytes()
        assert data.endswith(b"Connected to the server!\n")
        assert data.count(b"NICK") == 1

    def test_the_third_failure_closes(self) -> None:
        room = Class(NickDoor)
        client = room.world.connect()
        for _ in range(3):
            assert not client.closed
            client.send_bytes(b"no nick\n")
            room.world.advance(PAUSE * 2)
        assert client.closed
        data = client.bytes()
        assert data.count(b"NICK") == 3
        assert data.count(b"Bad nick; ") == 3
        assert data.endswith(b"-\n")

    @pytest.mark.parametrize(
        "sent",
        [
            b"alicealice: hello",  # the answer and the first message in one packet
            b"alice\nalice: hello",
            b"alice: hello",  # the first message is faster than the question
        ],
    )
    def test_a_hasty_first_message(self, sent: bytes) -> None:
        room = Class(NickDoor)
        client = room.world.connect()
        client.send_bytes(sent)
        room.quiet()
        assert room.carol.lines()[1:] == ["alice: hello"]

    def test_an_answer_behind_a_hasty_message_is_not_said(self) -> None:
        room = Class(NickDoor)
        client = room.world.connect()
        client.send_bytes(b"alice: hello")
        room.quiet()
        client.send_bytes(b"alice")
        room.quiet()
        client.send_bytes(b"alice: alice")
        room.quiet()
        assert room.carol.lines()[1:] == ["alice: hello", "alice: alice"]

    def test_only_one_answer_is_not_said(self) -> None:
        room = Class(NickDoor)
        client = room.world.connect()
        client.send_bytes(b"alice: hello\nalice\nalice\n")
        assert room.carol.lines()[1:] == ["alice: hello", "alice: alice"]

    def test_no_message_can_be_taken_for_the_question(self) -> None:
        room = Class(NickDoor)
        bob = room.enter("bob")
        room.carol.send("MSG NICK", "PRIV bob NICK", "ME NICK", "NICK NICK")
        room.carol.send("MSG NICK")
        lines = bob.lines()
        assert len(lines) == 5
        assert "NICK" not in lines

    def test_what_others_do_is_shown(self) -> None:
        room = Class(NickDoor)
        bob = room.enter("bob")
        room.carol.send("PRIV bob psst", "ME waves", "NICK caroline", "QUIT bye")
        assert bob.lines() == [
            "carol (private): psst",
            "carol: * waves",
            "carol is now known as caroline",
            "caroline left the chat!",
        ]

    def test_a_crowd_is_shown_one_by_one(self) -> None:
        room = Class(NickDoor)
        bob = room.enter("bob")
        for number in range(105):
            room.netcat(f"n{number}")
        room.world.advance(3)
        joined = [line for line in bob.lines() if line.endswith(" joined the chat!")]
        assert joined == [f"n{number} joined the chat!" for number in range(105)]

    def test_a_full_server_says_so(self) -> None:
        room = Class(NickDoor, max_clients=1)
        client = room.world.connect()
        assert client.bytes() == b"The server is full; try again later\n"
        room.world.advance(3)
        assert client.closed
