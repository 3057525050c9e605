"""Labelled replies and batches (IRCv3 labeled-response, batch), line by line."""

from __future__ import annotations

from tests.irc_support import Network
from twisted_chat.doors.irc.batches import reply

S = ":irc.Test"


def replied(*lines: str) -> list[str]:
    """What becomes of `lines` as the reply to label 7, in batch b9."""
    data = "".join(f"{line}\r\n" for line in lines).encode()
    return reply(data, "7", "irc.Test", "b9").decode().splitlines()


def test_a_batch_inside_a_reply_keeps_its_lines() -> None:
    assert replied(
        f"{S} NOTICE alice :before",
        f"@time=x {S} BATCH +b1 chathistory #den",
        f"@batch=b1 {S} PRIVMSG #den :one",
        f"@time=x;batch=b1 {S} PRIVMSG #den :two",
        f"{S} BATCH -b1",
    ) == [
        f"@label=7 {S} BATCH +b9 labeled-response",
        f"@batch=b9 {S} NOTICE alice :before",
        f"@batch=b9;time=x {S} BATCH +b1 chathistory #den",
        f"@batch=b1 {S} PRIVMSG #den :one",
        f"@time=x;batch=b1 {S} PRIVMSG #den :two",
        f"@batch=b9 {S} BATCH -b1",
        f"{S} BATCH -b9",
    ]


def test_two_batches_are_not_one() -> None:
    assert (
        replied(
            f"{S} BATCH +b1 chathistory #a",
            f"{S} BATCH -b1",
            f"{S} BATCH +b2 chathistory #b",
            f"{S} BATCH -b2",
        )[0]
        == f"@label=7 {S} BATCH +b9 labeled-response"
    )


def test_last_words_wait_for_no_label() -> None:
    alice = Network().irc("alice", "labeled-response batch")
    assert alice.ask("@label=7 QUIT :bye") == ["ERROR :Closing Link: alice (bye)"]
