"""Where a Redis is and how to log in there, as it is written on the command line."""

from __future__ import annotations

from ipaddress import ip_address
from pathlib import Path
from typing import NamedTuple
from urllib.parse import SplitResult, parse_qs, unquote, urlsplit

DEFAULT_PORT = 6379
MAX_DB = 2**16
FILE = "file:"
FORMS = "redis://[user[:password]@]host[:port][/db], rediss://…, unix:///path[?db=0]"


class Address(NamedTuple):
    """Where a Redis is; its text has no password.

    :ivar path: of a unix socket; empty: `host` and `port` are it.
    :ivar user: empty with a password: the default user.
    :ivar tls: speak TLS, and check that the certificate is the host's.
    :ivar ca: a file with the one certificate that is trusted; empty: the system's.
    """

    host: str
    port: int
    path: str
    db: int
    user: str
    password: str
    tls: bool
    ca: str

    @property
    def local(self) -> bool:
        """What is sent there stays on this machine."""
        if self.path or self.host == "localhost":
            return True
        try:
            return ip_address(self.host).is_loopback
        except ValueError:
            return False

    def __repr__(self) -> str:
        if self.path:
            return f"unix://{self.path}?db={self.db}"
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{'rediss' if self.tls else 'redis'}://{host}:{self.port}/{self.db}"


def parse_address(text: str) -> Address:
    """Read an address, or the file that ``file:/path`` names, which has it.

    In a file a password isn't in the list of processes.

    :raises ValueError: with one line, which shows nothing of a password.
    """
    if text.startswith(FILE):
        name = text.removeprefix(FILE)
        try:
            text = Path(name).read_text("utf-8").strip()
        except (OSError, UnicodeDecodeError) as error:
            why = getattr(error, "strerror", None) or "is no text"
            raise ValueError(f"{name}: {why}") from None
    try:
        return _parse(urlsplit(text))
    except ValueError:
        # What is wrong may be in what urlsplit took for the password.
        raise ValueError(f"a Redis is given as {FORMS}") from None


def _parse(url: SplitResult) -> Address:
    query = {name: values[-1] for name, values in parse_qs(url.query).items()}
    unix, tls = url.scheme == "unix", url.scheme == "rediss"
    db = query.pop("db", "0") if unix else url.path.removeprefix("/") or "0"
    ca = query.pop("ca", "") if tls else ""
    path = unquote(url.path) if unix else ""
    well = (
        url.scheme in ("redis", "rediss", "unix")
        and (path.startswith("/") if unix else bool(url.hostname))
        and not (unix and url.hostname)
        and db.isdecimal()
        and int(db) < MAX_DB
        and not query
        and not url.fragment
    )
    if not well:
        raise ValueError
    return Address(
        host=url.hostname or "",
        port=url.port or DEFAULT_PORT,
        path=path,
        db=int(db),
        user=unquote(url.username or ""),
        password=unquote(url.password or ""),
        tls=tls,
        ca=ca,
    )


def check_protected(address: Address, encrypted: bool) -> None:
    """Make sure that nobody on the way reads what is said.

    :param encrypted: there is a key for what is put into the log.
    :raises ValueError: with one line, where somebody could.
    """
    if not (address.local or address.tls or encrypted):
        raise ValueError(
            f"{address}: a log on another machine needs rediss:// or a key file"
        )
