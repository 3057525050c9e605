"""The file of configuration: servers by name, and what one likes."""

from __future__ import annotations

import os
import tomllib
from pathlib import Path
from typing import Any, NamedTuple

from ..names import check_room, is_room

NOTIFY = (0, 9, 99, 777)


class Server(NamedTuple):
    """A server that has a name.

    :ivar address: as on the command line.
    :ivar cert: a file with a certificate and its key, which prove the account.
    :ivar login: whether to ask for the account's password; `login_file`: where it is;
        `keyring`: it is in the keyring.
    """

    address: str
    tls: bool = False
    ca: str = ""
    login: bool = False
    login_file: str = ""
    keyring: bool = False
    cert: str = ""
    rooms: tuple[str, ...] = ()


class Config(NamedTuple):
    """What the file says.

    :ivar ignore: codes of notices that aren't shown full-screen.
    :ivar log: a folder for what is said; empty for none.
    :ivar remember: whether to come back into the rooms of the last time.
    """

    servers: dict[str, Server] = {}
    colours: bool = True
    bell: bool = True
    links: bool = False
    notify: int = 0
    ignore: tuple[str, ...] = ()
    log: str = ""
    plain: bool = False
    remember: bool = True


def config_path() -> Path:
    """Where the file is (XDG Base Directory Specification)."""
    home = os.environ.get("XDG_CONFIG_HOME") or "~/.config"
    return Path(home).expanduser() / "twisted-chat" / "config.toml"


def read_config(path: Path) -> Config:
    """Read the file; without one all is as by default.

    :raises ValueError: with one line that names what is wrong in it.
    """
    try:
        table = tomllib.loads(path.read_text("utf-8"))
    except FileNotFoundError:
        return Config()
    except OSError as error:
        raise ValueError(f"{path}: {error.strerror}") from None
    except ValueError as error:
        raise ValueError(f"{path}: {error}") from None
    try:
        return _config(table)
    except ValueError as error:
        raise ValueError(f"{path}: {error}") from None


def _config(table: dict[str, Any]) -> Config:
    servers = table.pop("servers", {})
    if not isinstance(servers, dict):
        raise ValueError("servers is no table; write [servers.name]")
    values = {key: _value(Config(), key, value) for key, value in table.items()}
    named = {name: _server(name, server) for name, server in servers.items()}
    config = Config(**values)._replace(servers=named)
    if config.notify not in NOTIFY:
        raise ValueError("notify is 9, 99, 777 or 0")
    return config


def _server(name: str, table: object) -> Server:
    where = f"servers.{name}"
    if not isinstance(table, dict) or "address" not in table:
        raise ValueError(f"{where} has no address")
    server = Server(
        **{key: _value(Server(""), key, value, where) for key, value in table.items()}
    )
    for room in server.rooms:
        if not is_room(room):
            raise ValueError(f"{where}.rooms: {room!r} is no room")
        check_room(room)
    return server


def _value(default: Any, key: str, value: Any, where: str = "") -> Any:
    """`value`, if it is of the type that `key` has in `default`."""
    name = f"{where}.{key}" if where else key
    if key == "servers" or key not in default._fields:
        raise ValueError(f"there is no {name}")
    wanted = type(getattr(default, key))
    if wanted is tuple:
        if isinstance(value, list) and all(isinstance(word, str) for word in value):
            return tuple(value)
        raise ValueError(f"{name} is a list of texts")
    if type(value) is not wanted:
        kinds = {bool: "true or false", int: "a number", str: "a text"}
        raise ValueError(f"{name} is {kinds[wanted]}")
    return value
