"""What is put into a log, encrypted for who may read it or as it is."""

from __future__ import annotations

import os
import re
import stat
from pathlib import Path
from typing import TYPE_CHECKING, Final, Protocol

KEY: Final = 32
"""The length of a key, in bytes: AES-256."""

_MARK: Final = b"\xc1GCM"  # 0xC1 begins nothing in MessagePack
_NONCE: Final = 12


class DecryptionError(Exception):
    """It was encrypted with another key, is for another place, or isn't encrypted."""


class Cipher(Protocol):
    """Encrypts what is put into a log, and decrypts what comes from there.

    :ivar encrypts: nobody without the key can read or make what is in the log.
    """

    @property
    def encrypts(self) -> bool: ...

    def encrypt(self, data: bytes, place: bytes) -> bytes:
        """Make what is kept at a `place`."""

    def decrypt(self, data: bytes, place: bytes) -> bytes:
        """Get back what was encrypted for that place.

        :raises DecryptionError: it wasn't, or not with this key.
        """


class Plain:
    """Everything as it is."""

    encrypts: Final = False

    def encrypt(self, data: bytes, place: bytes) -> bytes:
        """As `Cipher.encrypt`."""
        return data

    def decrypt(self, data: bytes, place: bytes) -> bytes:
        """As `Cipher.decrypt`."""
        if data.startswith(_MARK):
            raise DecryptionError("it is encrypted, and there is no key")
        return data


class Encrypted:
    """AES-256 in Galois/Counter Mode (NIST SP 800-38D), each time with a new nonce.

    The place is authenticated, so that nothing can be moved to another one.

    :raises ValueError: the key has not `KEY` bytes.
    """

    encrypts: Final = True

    def __init__(self, key: bytes) -> None:
        from cryptography.exceptions import InvalidTag
        from cryptography.hazmat.primitives.ciphers.aead import AESGCM

        if len(key) != KEY:
            raise ValueError(f"a key has {KEY} bytes")
        self._aead = AESGCM(key)
        self._invalid = InvalidTag

    def encrypt(self, data: bytes, place: bytes) -> bytes:
        """As `Cipher.encrypt`."""
        nonce = os.urandom(_NONCE)
        return _MARK + nonce + self._aead.encrypt(nonce, data, place)

    def decrypt(self, data: bytes, place: bytes) -> bytes:
        """As `Cipher.decrypt`."""
        if not data.startswith(_MARK):
            raise DecryptionError("it is not encrypted, though there is a key")
        start = len(_MARK) + _NONCE
        try:
            return self._aead.decrypt(data[len(_MARK) : start], data[start:], place)
        except (self._invalid, ValueError):
            raise DecryptionError(
                "it was encrypted with another key or for another place"
            ) from None


def read_key(path: Path) -> bytes:
    """The key in a file: `KEY` bytes, or twice as many hexadecimal digits.

    :raises ValueError: with one line: there is none, or others may read it too.
    """
    try:
        with path.open("rb") as file:
            mode = stat.S_IMODE(os.fstat(file.fileno()).st_mode)
            kept = file.read(2 * KEY + 3)
    except OSError as error:
        raise ValueError(f"{path}: {error.strerror}") from None
    if mode & 0o077:
        raise ValueError(f"{path}: others than its owner may use it: chmod 600 it")
    if len(kept) == KEY:
        return kept
    digits = kept.strip()
    if not re.fullmatch(rb"[0-9A-Fa-f]{%d}" % (2 * KEY), digits):
        raise ValueError(f"{path}: a key is {KEY} bytes or {2 * KEY} hex digits")
    return bytes.fromhex(digits.decode())


if TYPE_CHECKING:

    def _conform(plain: Plain, encrypted: Encrypted) -> tuple[Cipher, Cipher]:
        return plain, encrypted
