"""The command line of the client."""

from __future__ import annotations

import argparse
import getpass
import os
import re
import sys
from pathlib import Path
from typing import NamedTuple, NoReturn

from .. import __version__
from ..names import check_nick
from .config import Config, Server, config_path, read_config

HOST = "127.0.0.1"
PORT = 55555
KEYRING = "twisted-chat"
PASSWORD_VARIABLE = "TWISTED_CHAT_PASSWORD"

_ENDPOINT = re.compile(r"(?:tcp|tls|ssl|unix):.*[:/]", re.DOTALL)


class Address(NamedTuple):
    """Where to connect: a host and a TCP port, or a Twisted endpoint string."""

    host: str
    port: int
    endpoint: str = ""

    def __str__(self) -> str:
        if self.endpoint:
            return self.endpoint
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{host}:{self.port}"


class Options(NamedTuple):
    """:ivar ca: a file with the certificate to trust; empty: the system's.
    :ivar cert: a file with a certificate and its key, which prove the account.
    :ivar login: the password of the account; empty for none.
    :ivar plain: lines, even at a terminal.
    :ivar rooms: to be entered at first, full-screen.
    """

    nick: str
    address: Address
    password: str = ""
    tls: bool = False
    ca: str = ""
    json: bool = False
    colour: bool = True
    login: str = ""
    plain: bool = False
    rooms: tuple[str, ...] = ()
    cert: str = ""
    config: Config = Config()


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        """One line, and exit status 2."""
        self.exit(2, f"{self.prog}: {message} (see {self.prog} --help)\n")


def parse_options(
    arguments: list[str] | None = None, config_file: Path | None = None
) -> Options:
    """Read the command line, and the file of configuration.

    :param config_file: by default where `config_path` says.
    :raises SystemExit: with status 2 and one line when it makes no sense.
    """
    parser = _parser()
    found = parser.parse_args(arguments)
    try:
        config = read_config(config_file or config_path())
        server = config.servers.get(found.address, Server(found.address))
        nick, address = parse_address(server.address, found.port)
        if nick:
            check_nick(nick)
    except Exception as error:
        parser.error(str(getattr(error, "text", error)))
    tls, ca = found.tls or server.tls, found.ca or server.ca
    if (tls or ca) and address.endpoint:
        parser.error("--tls and --ca go with host:port, not with an endpoint string")
    nick = nick or _login_name()
    login_file = found.login_file or server.login_file
    asks, keyring = found.login or server.login, found.keyring or server.keyring
    cert = found.cert or server.cert
    if (asks or login_file or keyring or cert) and not nick:
        parser.error("to log in you need a nick: nick@host")
    if cert and not (tls or ca):
        parser.error("--cert goes with --tls")
    try:
        login = _login(nick, asks, login_file)
        if keyring and not login:
            login = _from_keyring(nick, address)
        if cert:
            check_secret(Path(cert).expanduser())
    except (OSError, ValueError) as error:
        parser.error(str(error))
    return Options(
        nick=nick,
        address=address,
        password=_password(found.password),
        tls=tls or bool(ca),
        ca=ca,
        cert=cert,
        json=found.json,
        colour=not (found.no_color or os.environ.get("NO_COLOR")),
        login=login,
        plain=found.plain or config.plain,
        rooms=server.rooms,
        config=config,
    )


def parse_address(text: str, apart: str = "") -> tuple[str, Address]:
    """``[nick@]host[:port]``, or ``[nick@]`` and an endpoint string.

    An IPv6 address may stand in brackets.

    :param apart: the port where it stands apart, or empty.
    :raises ValueError: when the port is no port, or there are two.
    """
    nick, at, where = text.rpartition("@")
    if "/" in nick or ":" in nick:
        nick, at, where = "", "", text
    if at and not nick:
        raise ValueError("there is no nick before the @")
    if _ENDPOINT.match(where):
        if apart:
            raise ValueError("an endpoint string says its port itself")
        return nick, Address("", 0, where)
    host, port = where, ""
    if match := re.fullmatch(r"\[([^\]]*)\](?::(.*))?", where):
        host, port = match[1], match[2] or ""
    elif where.count(":") == 1:
        host, _, port = where.partition(":")
    if port and apart:
        raise ValueError(f"there are two ports, {port} and {apart}")
    port = port or apart
    if port and not (port.isdecimal() and 0 < int(port) < 65536):
        raise ValueError(f"{port!r} is no port; a port is a number from 1 to 65535")
    return nick, Address(host or HOST, int(port or PORT))


def _parser() -> _Parser:
    parser = _Parser(
        prog="twisted-chat",
        description="Talk in a twisted-chat server.  What you type is said in the"
        " current room; /help lists the commands.  What is piped in is sent line by"
        " line, and the exit status tells whether the server took it all.",
    )
    parser.add_argument(
        "address",
        nargs="?",
        default="",
        metavar="[nick@]host[:port]|NAME",
        help=f"whom to be and where to go [default: your login name, {HOST}:{PORT}];"
        " instead of host:port, a Twisted endpoint string such as"
        " tls:chat.example:6697 or unix:/run/chat; or the name of a server in"
        " ~/.config/twisted-chat/config.toml",
    )
    parser.add_argument(
        "port", nargs="?", default="", help="the port, as nc and telnet take it"
    )
    parser.add_argument(
        "--login",
        action="store_true",
        help="log in to the account of that nick; the password is asked for",
    )
    parser.add_argument(
        "--login-file",
        metavar="FILE",
        default="",
        help="as --login, with the password from the first line of FILE, which only"
        " you may read",
    )
    parser.add_argument(
        "--keyring",
        action="store_true",
        help="as --login, with the password from the system's keyring",
    )
    parser.add_argument(
        "--cert",
        metavar="FILE",
        default="",
        help="log in by this certificate, whose key is in the file too (PEM)",
    )
    parser.add_argument(
        "--plain", action="store_true", help="lines in place of the full screen"
    )
    parser.add_argument(
        "--password",
        metavar="WORD",
        default="",
        help="the server's password; - asks for it; better than here it stands in"
        f" the environment, as {PASSWORD_VARIABLE}",
    )
    parser.add_argument(
        "--tls", action="store_true", help="encrypt; the certificate is checked"
    )
    parser.add_argument(
        "--ca", metavar="FILE", default="", help="trust this certificate (PEM) alone"
    )
    parser.add_argument(
        "--json", action="store_true", help="print the events as JSON, for programs"
    )
    parser.add_argument(
        "--no-color",
        "--no-colour",
        action="store_true",
        help="no colours (nor with NO_COLOR set)",
    )
    parser.add_argument(
        "--version", action="version", version=f"twisted-chat {__version__}"
    )
    return parser


def _password(given: str) -> str:
    if given == "-":
        return getpass.getpass("The server's password: ", sys.stderr)
    return given or os.environ.get(PASSWORD_VARIABLE, "")


def _login(nick: str, asks: bool, file: str) -> str:
    """The password of the account.

    :raises OSError, ValueError: when it can't be had, or isn't secret.
    """
    if not file:
        return getpass.getpass(f"Password of {nick}: ", sys.stderr) if asks else ""
    path = Path(file).expanduser()
    check_secret(path)
    if not (lines := path.read_text("utf-8").splitlines()) or not lines[0].strip():
        raise ValueError(f"there is no password in {path}")
    return lines[0].strip()


def check_secret(path: Path) -> None:
    """Raises `ValueError` where others may read it, `OSError` where there is none."""
    if path.stat().st_mode & 0o077:
        raise ValueError(f"others may read {path}; chmod 600 it")


def _from_keyring(nick: str, address: Address) -> str:
    """The password that the system's keyring has for an account.

    :raises ValueError: when it has none, or there is no keyring.
    """
    try:
        import keyring
    except ImportError:
        text = "--keyring needs pip install 'twisted-chat[keyring]'"
        raise ValueError(text) from None
    name = f"{nick}@{address}"
    try:
        password = keyring.get_password(KEYRING, name)
    except Exception as error:
        # Each kind of keyring has errors of its own.
        raise ValueError(f"the keyring: {error}") from None
    if not password:
        text = f"the keyring has none for {name}; keyring set {KEYRING} {name}"
        raise ValueError(text)
    return password


def _login_name() -> str:
    """The login name, if it may be a nick."""
    try:
        return check_nick(getpass.getuser())
    except Exception:
        return ""
