"""What the chat refuses."""

from __future__ import annotations


class ChatError(Exception):
    """A request that the chat refuses.

    :ivar code: the number that IRC gives to this refusal (RFC 2812 section
        5.2, or the Modern IRC Client Protocol), the same on every door.
    :ivar text: what went wrong and what to do next, one line for a person.
    """

    def __init__(self, code: int, text: str) -> None:
        super().__init__(code, text)
        self.code = code
        self.text = text
