"""The asking end of the control socket; it blocks."""

from __future__ import annotations

import json
import socket

from .base import SUFFIX

PATIENCE = 60.0
MAX_ANSWER = 16 * 1024 * 1024


class NoServerError(Exception):
    """No server has its control socket there."""


class RefusedError(Exception):
    """The server's answer is no; the text says why."""


def ask(database: str, do: str, **fields: object) -> list[str]:
    """Have the server that uses the file `database` do something.

    :return: the lines that it says.
    :raises NoServerError: there is none.
    :raises RefusedError: it can't be done, or the answer is none.
    :raises OSError: the server didn't answer within 60 s.
    """
    request = json.dumps({"do": do, **fields}).encode() + b"\n"
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as connection:
        connection.settimeout(PATIENCE)
        try:
            connection.connect(f"{database}{SUFFIX}")
        except (FileNotFoundError, ConnectionRefusedError):
            raise NoServerError(database) from None
        connection.sendall(request)
        answer = _read(connection)
    match answer:
        case {"said": [*lines]}:
            return [str(line) for line in lines]
        case {"refused": str(why)}:
            raise RefusedError(why)
    raise RefusedError("the server gave no answer; its log tells more")


def _read(connection: socket.socket) -> object:
    read = bytearray()
    while piece := connection.recv(65536):
        read += piece
        if len(read) > MAX_ANSWER:
            raise RefusedError("the server's answer has no end")
    try:
        return json.loads(read)
    except ValueError:
        return None
