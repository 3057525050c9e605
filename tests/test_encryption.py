"""What is put into a log, for who has the key."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from twisted_chat.log.encryption import (
    KEY,
    DecryptionError,
    Encrypted,
    Plain,
    read_key,
)

ONE, OTHER = Encrypted(b"1" * KEY), Encrypted(b"2" * KEY)
PLACE = b"chat record 1 2 3"


@given(st.binary(max_size=100), st.binary(max_size=20))
def test_the_key_gives_back_what_was_encrypted(data: bytes, place: bytes) -> None:
    assert ONE.decrypt(ONE.encrypt(data, place), place) == data


def test_the_same_looks_different_each_time() -> None:
    assert len({ONE.encrypt(b"hello", PLACE) for _ in range(100)}) == 100


@given(st.data())
def test_nothing_of_it_can_be_changed(data: st.DataObject) -> None:
    kept = bytearray(ONE.encrypt(b"hello", PLACE))
    place = data.draw(st.integers(0, len(kept) - 1))
    kept[place] ^= data.draw(st.integers(1, 255))
    with pytest.raises(DecryptionError):
        ONE.decrypt(bytes(kept), PLACE)


def test_what_is_wrong_is_said() -> None:
    kept = ONE.encrypt(b"hello", PLACE)
    for cipher, data, place, why in (
        (OTHER, kept, PLACE, "another key"),
        (ONE, kept, b"chat record 1 2 4", "another place"),
        (ONE, kept[:20], PLACE, "another key"),
        (ONE, b"hello", PLACE, "not encrypted"),
        (ONE, b"", PLACE, "not encrypted"),
        (Plain(), kept, PLACE, "no key"),
    ):
        with pytest.raises(DecryptionError, match=why):
            cipher.decrypt(data, place)


def test_without_a_key_all_is_as_it_is() -> None:
    assert Plain().encrypt(b"hello", PLACE) == b"hello"
    assert Plain().decrypt(b"hello", PLACE) == b"hello"


def key_file(directory: Path, data: bytes, mode: int = 0o600) -> Path:
    path = directory / "key"
    path.write_bytes(data)
    path.chmod(mode)
    return path


@pytest.mark.parametrize(
    "data", [b"\n" * KEY, bytes(range(KEY)), b"0aF1" * 16, b"0aF1" * 16 + b"\r\n"]
)
def test_a_key_file(tmp_path: Path, data: bytes) -> None:
    key = data if len(data) == KEY else b"\x0a\xf1" * 16
    assert read_key(key_file(tmp_path, data)) == key


@pytest.mark.parametrize(
    "data", [b"", b"x" * 31, b"x" * 33, b"0" * 63, b"x" * 64, b"0" * 64 + b"\n\n0"]
)
def test_a_file_that_has_no_key(tmp_path: Path, data: bytes) -> None:
    with pytest.raises(ValueError, match="a key is 32 bytes or 64 hex digits"):
        read_key(key_file(tmp_path, data))


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o620, 0o601])
def test_a_key_is_its_owners_alone(tmp_path: Path, mode: int) -> None:
    with pytest.raises(ValueError, match="chmod 600"):
        read_key(key_file(tmp_path, bytes(KEY), mode))


def test_a_key_file_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="No such file"):
        read_key(tmp_path / "key")


def test_a_key_has_its_length() -> None:
    with pytest.raises(ValueError, match="32 bytes"):
        Encrypted(b"short")
