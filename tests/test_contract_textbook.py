"""The textbook doors keep the contract of every door."""

from __future__ import annotations

import re

from twisted_chat.doors.textbook.at import AtDoor
from twisted_chat.doors.textbook.header10 import Header10Door
from twisted_chat.doors.textbook.header64 import Header64Door
from twisted_chat.doors.textbook.headers import field
from twisted_chat.doors.textbook.nick import NickDoor
from twisted_chat.doors.textbook.raw import RawDoor

from .contract import Adapter, DoorContract, Heard
from .support import Client, World

HTTP = b"POST / HTTP/1.1\r\nContent-Type: text/plain\r\n\r\n"
TLS = b"\x16\x03\x01\x02\x00\x01"


def fields(width: int, data: bytes) -> list[str]:
    """What stands behind headers in `data`."""
    found = []
    while data:
        header, data = data[:width], data[width:]
        length = int(header)
        assert header == str(length).encode().ljust(width)
        found.append(data[:length].decode())
        data = data[length:]
    return found


class LinesAdapter(Adapter):
    """What the doors without headers have in common."""

    speech_pattern = re.compile(r"([A-Za-z_][\w-]*): (.*)")
    gone_pattern = re.compile(r"(\S+) left the chat!")

    def speech(self, nick: str, text: bytes) -> bytes:
        return text + b"\n"

    def heard(self, data: bytes) -> list[Heard]:
        found = map(self.speech_pattern.fullmatch, lines(data))
        return [Heard(*match.groups()) for match in found if match]

    def gone(self, data: bytes) -> list[str]:
        found = map(self.gone_pattern.fullmatch, lines(data))
        return [match[1].lower() for match in found if match]


def lines(data: bytes) -> list[str]:
    """Only what ends with a newline may be there."""
    *whole, rest = data.decode().split("\n")
    assert rest == ""
    return whole


class NickAdapter(LinesAdapter):
    door = NickDoor
    writes_private = False
    garbage = (HTTP, TLS, b"\n\n\n", b"not a nick\n" * 3, b"\xff\n")

    def hello(self, nick: str) -> bytes:
        return f"{nick}\n".encode()

    def speech(self, nick: str, text: bytes) -> bytes:
        return nick.encode() + b": " + text + b"\n"

    def shown(self, text: str) -> str:
        return text.replace("ünïcode 🎉 ¡olé!", "unicode ? ?ole!")


class AtAdapter(LinesAdapter):
    door = AtDoor
    gone_pattern = re.compile(r"(\S+) is offline now")
    garbage = (HTTP, TLS, b"\n\n\n", b"not a nick\n", b"@bob:hello\n", b"\xff\n")

    def hello(self, nick: str) -> bytes:
        return f"{nick}\n".encode()

    def private(self, nick: str, to: str, text: str) -> bytes:
        return f"@{to}:{text}\n".encode()


class RawAdapter(LinesAdapter):
    door = RawDoor
    speech_pattern = re.compile(r"<([^>]*)> :(.*)")
    writes_private = False
    shows_leaving = False
    must_register = False

    def enter(self, world: World, nick: str) -> Client:
        client = self.connect(world)
        assert client.bytes() == b"welcome\n"
        return client

    def heard(self, data: bytes) -> list[Heard]:
        return [heard for heard in super().heard(data) if heard.nick != "server"]


class Header64Adapter(Adapter):
    door = Header64Door
    writes_private = False
    shows_leaving = False
    endless = b"1" * 4096
    garbage = (
        HTTP,
        TLS,
        b"-5".ljust(64) + b"hello",
        b"five".ljust(64) + b"hello",
        b"9" * 64,
        b"100".ljust(64) + b"that never arrives",
        b" " * 64,
        field(64, "no name before this"),
        field(64, "[bad name] : hello"),
        b"2".ljust(64) + b"\xff\xff",
    )

    def hello(self, nick: str) -> bytes:
        return field(64, f"[{nick}] : ")

    def speech(self, nick: str, text: bytes) -> bytes:
        body = b"[" + nick.encode() + b"] : " + text
        return str(len(body)).encode().ljust(64) + body

    def goodbye(self, nick: str) -> bytes:
        return field(64, f"[{nick}] : !DISCONNECT")

    def heard(self, data: bytes) -> list[Heard]:
        found = [
            re.fullmatch(r"\[([^]]*)\] : (.*)", body, re.DOTALL)
            for body in fields(64, data)
        ]
        assert all(found)
        heard = [Heard(*match.groups()) for match in found if match]
        return [one for one in heard if one.nick != "server"]


class Header10Adapter(Adapter):
    door = Header10Door
    writes_private = False
    shows_leaving = False
    endless = b"1" * 4096
    garbage = (
        HTTP,
        TLS,
        b"-5        hello",
        b"9999999999",
        b"30        that never arrives",
        b" " * 10,
        field(10, "bad name"),
        field(10, "server"),
        field(10, ""),
        b"2         \xff\xff",
    )

    def hello(self, nick: str) -> bytes:
        return field(10, nick)

    def speech(self, nick: str, text: bytes) -> bytes:
        return str(len(text)).encode().ljust(10) + text

    def heard(self, data: bytes) -> list[Heard]:
        found = fields(10, data)
        heard = map(Heard, found[::2], found[1::2])
        return [one for one in heard if one.nick != "server"]


class TestNick(DoorContract):
    adapter: Adapter = NickAdapter()


class TestAt(DoorContract):
    adapter: Adapter = AtAdapter()


class TestRaw(DoorContract):
    adapter: Adapter = RawAdapter()


class TestHeader64(DoorContract):
    adapter: Adapter = Header64Adapter()


class TestHeader10(DoorContract):
    adapter: Adapter = Header10Adapter()
