"""The IRC door keeps the contract of every door."""

from __future__ import annotations

import re
from typing import Any

from .contract import Adapter, DoorContract, Heard
from .irc_support import IN_LOBBY
from .support import World

_SPEECH = re.compile(
    r"(?:@\S*?msgid=(\d+)(\.\d+)?#lobby\S* )?:(\S+?)!\S+ PRIVMSG #lobby :(.*)",
    re.DOTALL,
)
_QUIT = re.compile(r"(?:@\S+ )?:(\S+?)!\S+ (?:QUIT|PART #lobby).*")


class IRCAdapter(Adapter):
    """A client that knows what belongs to one message, by its msgid."""

    door = staticmethod(IN_LOBBY)
    garbage = (
        b"GET / HTTP/1.1\r\nHost: x\r\n\r\n",
        b"\x16\x03\x01\x02\x00\x01",
        b"\r\n\n\r\r \r\n",
        b"@\r\n@ \r\n: \r\n@a=\\ :\r\n",
        b"\xff\xfb\x01\r\n",
        b"CAP\r\nCAP LS 99999999999999\r\nCAP REQ :-\r\nNICK\r\nUSER\r\nUSER a b c\r\n",
        b"NICK :#lobby\r\nNICK \xe2\x80\xae\r\nUSER : : : :\r\n",
    )

    def hello(self, nick: str) -> bytes:
        return (
            "CAP REQ :message-tags server-time\r\n"
            f"NICK {nick}\r\nUSER {nick} 0 * :{nick}\r\nCAP END\r\n"
        ).encode()

    def speech(self, nick: str, text: bytes) -> bytes:
        return b"PRIVMSG #lobby :" + text + b"\r\n"

    def private(self, nick: str, to: str, text: str) -> bytes:
        return f"PRIVMSG {to} :{text}\r\n".encode()

    def goodbye(self, nick: str) -> bytes:
        return b"QUIT :bye\r\n"

    def heard(self, data: bytes) -> list[Heard]:
        found: list[Heard] = []
        for line in data.decode().split("\r\n"):
            if match := _SPEECH.fullmatch(line):
                _, piece, nick, text = match.groups()
                if piece:
                    nick, text = nick, found.pop().text + text
                found.append(Heard(nick, text))
        return found

    def gone(self, data: bytes) -> list[str]:
        found = map(_QUIT.fullmatch, data.decode().split("\r\n"))
        return [match[1] for match in found if match]


class TestIRC(DoorContract):
    adapter: Adapter = IRCAdapter()

    def world(self, **settings: Any) -> World:
        """These peers don't answer PING."""
        return super().world(**{"idle": 1_000_000, **settings})
