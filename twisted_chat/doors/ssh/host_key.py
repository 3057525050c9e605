"""The key by which clients know this server again."""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from twisted.conch.ssh.keys import (
    BadKeyError,
    EncryptedKeyError,
    FingerprintFormats,
    Key,
)
from twisted.logger import Logger

log = Logger()

LEAST_RSA_BITS = 2048


class HostKey(NamedTuple):
    """A private key and what it is called in SSH, such as ``ssh-ed25519``."""

    kind: bytes
    key: Key

    @property
    def fingerprint(self) -> str:
        """As ``ssh-keygen -l`` shows it."""
        digest = self.key.fingerprint(FingerprintFormats.SHA256_BASE64)
        return f"SHA256:{digest.rstrip('=')}"


def read_host_key(path: str) -> HostKey:
    """The key in a file, as ``ssh-keygen`` makes it.

    :raises ValueError: it can't be read, others may read it, or it is of no kind that
        this server uses: ed25519, or RSA of 2048 bits.
    """
    try:
        with open(path, "rb") as file:
            if os.fstat(file.fileno()).st_mode & 0o077:
                raise ValueError(f"others may use {path}: chmod 600 it")
            data = file.read(64 * 1024)
    except OSError as error:
        raise ValueError(f"can't read {path}: {error.strerror}") from None
    try:
        key: Key = Key.fromString(data)
    except EncryptedKeyError:
        raise ValueError(f"{path} has a passphrase; a server can't type it") from None
    except (BadKeyError, ValueError, TypeError, LookupError):
        raise ValueError(f"{path} is no private key of ssh") from None
    good = key.type() == "Ed25519" or (
        key.type() == "RSA" and key.size() >= LEAST_RSA_BITS
    )
    if key.isPublic() or not good:
        text = f"{path} is no private key of ed25519, or of RSA with 2048 bits or more"
        raise ValueError(text)
    return HostKey(key.sshType(), key)


def kept_host_key(path: str) -> HostKey:
    """The key that is kept in a file, made at the first start.

    :param path: empty: the key is forgotten when the server ends.
    :raises ValueError: see `read_host_key`; also when it can't be written.
    """
    if path and Path(path).exists():
        return read_host_key(path)
    key = Key(Ed25519PrivateKey.generate())
    if not path:
        log.warn("nothing is kept, so the ssh host key is another at the next start")
        return HostKey(key.sshType(), key)
    part = f"{path}.{os.getpid()}"
    try:
        made = os.open(part, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600)
        with open(made, "wb") as file:
            file.write(key.toString("openssh", subtype="v1"))
            file.flush()
            os.fsync(file.fileno())
        # Of several that start at once, all go on with the key of one.
        with suppress(FileExistsError):
            os.link(part, path)
    except OSError as error:
        raise ValueError(f"can't write {path}: {error.strerror}") from None
    finally:
        with suppress(OSError):
            os.unlink(part)
    return read_host_key(path)
