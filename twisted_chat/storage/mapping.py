"""A mapped file in which a store never ends the process.

A store beyond the end of a file that somebody has cut short is SIGBUS, which
no program in Python can survive.  The kernel, when it copies into the same
memory, says that it can't.  So it does the copying, from a file that is nothing
but memory: that waits for the disk no more than a store, and costs about two
microseconds.
"""

from __future__ import annotations

import mmap
import os
from pathlib import Path
from tempfile import TemporaryFile

PAGE = mmap.PAGESIZE


class Mapping:
    """A file of `size` bytes, made anew, with `token` at its beginning.

    `store` and `touch` may be called in two threads at once.  To make one blocks.

    :raises OSError: the file can't be made.
    """

    _file = _zeros = _words = -1

    def __init__(self, path: Path, size: int, token: bytes) -> None:
        flags = os.O_CREAT | os.O_RDWR | os.O_NOFOLLOW
        self._size = size
        self._file = os.open(path, flags, 0o600)
        self._zeros = os.open("/dev/zero", os.O_RDONLY)
        self._words = _scratch()
        os.ftruncate(self._file, 0)
        os.ftruncate(self._file, size)
        os.pwrite(self._file, token, 0)
        self._memory = memoryview(mmap.mmap(self._file, size))

    def __del__(self) -> None:
        for descriptor in (self._file, self._zeros, self._words):
            if descriptor >= 0:
                os.close(descriptor)

    def store(self, at: int, data: bytes) -> None:
        """Put `data` at the byte `at`; raises `OSError` where the file ends before."""
        os.pwrite(self._words, data, 0)
        copied = os.preadv(self._words, [self._memory[at : at + len(data)]], 0)
        if copied != len(data):
            raise OSError("the file is too short")

    def touch(self, begin: int, end: int) -> None:
        """Store a zero into each page from the byte `begin` up to the byte `end`.

        Each is written first: a store can't say that the disk is full.

        :raises OSError: the disk is full, or the file was cut short.
        """
        for page in range(begin, end, PAGE):
            os.pwrite(self._file, b"\0", page)
            os.preadv(self._zeros, [self._memory[page : page + 1]], 0)

    def zero(self, begin: int, end: int) -> None:
        """Let there be nothing from the byte `begin` up to the byte `end`."""
        os.pwrite(self._file, bytes(end - begin), begin)

    def is_at(self, path: Path) -> bool:
        """Whether the file is still what is found there, and as long as it was."""
        try:
            there = path.lstat()
        except FileNotFoundError:
            return False
        mine = os.fstat(self._file)
        return os.path.samestat(there, mine) and mine.st_size == self._size

    def begins_with(self, token: bytes) -> bool:
        """Whether `token` is still at the beginning of the file."""
        return os.pread(self._file, len(token), 0) == token


def _scratch() -> int:
    """A file that is nothing but memory, where the system has such."""
    if hasattr(os, "memfd_create"):
        return os.memfd_create("spool")
    with TemporaryFile() as file:
        return os.dup(file.fileno())
