"""Where the log of a cluster is, and who this node is in it."""

from __future__ import annotations

import socket
from hashlib import sha256
from pathlib import Path
from typing import NamedTuple

from ..log.encryption import Cipher, Encrypted, Plain, read_key
from ..log.redis import Address, check_protected, parse_address
from ..log.stream import MAX_NAME
from ..names import clean


class Bus(NamedTuple):
    """See ``--bus`` and the options beside it.

    :ivar node: what this node is called, from one run to the next.
    """

    address: Address
    cipher: Cipher
    prefix: str
    node: str


def read_bus(url: str, key_file: str, prefix: str, node: str, database: str) -> Bus:
    """What the command line says.

    :param node: empty: the name of this machine and a word made of the database's path.
    :raises ValueError: with one line that shows nothing of a password.
    """
    address = parse_address(url)
    cipher: Cipher = Encrypted(read_key(Path(key_file))) if key_file else Plain()
    check_protected(address, cipher.encrypts)
    name = clean(node).strip() or _name(database)
    if len(name.encode()) > MAX_NAME:
        raise ValueError(f"a node's name has at most {MAX_NAME} bytes")
    return Bus(address, cipher, prefix, name)


def _name(database: str) -> str:
    digest = sha256(str(Path(database).resolve()).encode()).hexdigest()
    return f"{socket.gethostname()[:48]}-{digest[:4]}"
