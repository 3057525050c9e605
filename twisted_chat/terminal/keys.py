"""Bytes from a terminal as keys, text and pastes.

Keys are named as people write them: ``a``, ``ctrl-a``, ``alt-b``, ``alt-left``,
``enter``, ``pageup``.
"""

from __future__ import annotations

import codecs
import re
from typing import Protocol

from ..clock import Clock, Timer

# Seconds until an ESC that nothing follows is the key Escape, and until an end mark
# that nothing follows ends a paste: a terminal sends all of a paste at once, so a mark
# that more follows was in what was copied.
ESCAPE = 0.05
SETTLED = 0.1
# Seconds until a paste ends whose end mark more followed, or which has none.
DOUBTED = 0.5
ABANDONED = 5.0
MOST_PASTED = 64 * 1024
_MOST_SEQUENCE = 32

_BEGIN, _END = b"\x1b[200~", b"\x1b[201~"
_TOKEN = re.compile(
    rb"\x1b\[([0-9;<=>?]*)[ -/]*([@-~])"  # CSI
    rb"|\x1b(?:O([@-~])|([\x00-\x1a\x1c-\x7f]))"  # SS3, Alt
    rb"|([^\x00-\x1f\x7f]+)"
    rb"|([\x00-\x1f\x7f])"
)
_INCOMPLETE = re.compile(rb"\x1b(?:\[[0-9;<=>?]*[ -/]*|O)?\Z")

_FINALS = {
    "A": "up",
    "B": "down",
    "C": "right",
    "D": "left",
    "F": "end",
    "H": "home",
    "M": "enter",
    "Z": "shift-tab",
}
_TILDES = {
    "1": "home",
    "2": "insert",
    "3": "delete",
    "4": "end",
    "5": "pageup",
    "6": "pagedown",
    "7": "home",
    "8": "end",
}
_CONTROLS = {
    0x08: "backspace",
    0x09: "tab",
    0x0A: "ctrl-j",
    0x0D: "enter",
    0x1B: "escape",
    0x1C: "ctrl-\\",
    0x1D: "ctrl-]",
    0x1E: "ctrl-^",
    0x1F: "ctrl-_",
    0x00: "ctrl-space",
    0x7F: "backspace",
}
# xterm's modifiers are these bits, plus 1.
_MODIFIERS = ((4, "ctrl-"), (2, "alt-"), (1, "shift-"))


class Typist(Protocol):
    """Whoever is told what is typed."""

    def key(self, name: str) -> None: ...

    def text(self, text: str) -> None:
        """`text` was typed: characters that stand for themselves."""

    def paste(self, text: str) -> None:
        """`text` was pasted; it may have lines."""


class Keys:
    """Reads keys.  It never fails, and keeps a bounded number of bytes.

    :param clock: for what ends by nothing following.
    """

    def __init__(self, typist: Typist, clock: Clock) -> None:
        self._typist = typist
        self._timer = Timer(clock)
        self._rest = b""
        self._pasted: bytearray | None = None
        self._decoder = codecs.getincrementaldecoder("utf-8")("replace")

    def stop(self) -> None:
        """Forget what is not complete."""
        self._timer.stop()
        self._rest, self._pasted = b"", None

    def feed(self, data: bytes) -> None:
        self._timer.stop()
        if self._pasted is not None:
            self._paste(data)
            return
        data, self._rest = self._rest + data, b""
        begin = data.find(_BEGIN)
        if begin >= 0:
            self._keys(data[:begin])
            self._pasted = bytearray()
            self._paste(data[begin + len(_BEGIN) :])
            return
        if (cut := _INCOMPLETE.search(data)) and len(cut[0]) < _MOST_SEQUENCE:
            data, self._rest = data[: cut.start()], cut[0]
            self._timer.start(ESCAPE, self._nothing_follows)
        self._keys(data)

    # Pastes

    def _paste(self, data: bytes) -> None:
        assert self._pasted is not None
        self._pasted += data[: MOST_PASTED + len(_END)]
        # The end mark has to be seen even if the paste is cut before it.
        if len(self._pasted) > MOST_PASTED + len(_END):
            kept = bytes(self._pasted[:MOST_PASTED])
            self._pasted = bytearray(kept + bytes(self._pasted[-len(_END) :]))
        if self._pasted.endswith(_END):
            patience = SETTLED
        else:
            patience = DOUBTED if _END in self._pasted else ABANDONED
        self._timer.start(patience, self._pasted_all)

    def _pasted_all(self) -> None:
        pasted, self._pasted = bytes(self._pasted or b""), None
        text = pasted.replace(_END, b"").replace(_BEGIN, b"").decode(errors="replace")
        self._typist.paste(text.replace("\r\n", "\n").replace("\r", "\n"))

    # Keys

    def _nothing_follows(self) -> None:
        rest, self._rest = self._rest, b""
        if rest == b"\x1b":
            self._typist.key("escape")

    def _keys(self, data: bytes) -> None:
        for match in _TOKEN.finditer(data):
            text = match[5]
            if text is None:
                if name := _name(match):
                    self._typist.key(name)
            elif typed := self._decoder.decode(text):
                self._typist.text(typed)


def _name(match: re.Match[bytes]) -> str:
    """The name of the key that a token of `_TOKEN` is; empty for none."""
    parameters, final, application, alt, _, control = match.groups()
    if final is not None:
        return _sequence(parameters.decode(), final.decode())
    if application is not None:
        return _FINALS.get(application.decode(), "")
    return _alt(alt[0]) if alt is not None else _control(control[0])


def _control(code: int) -> str:
    return _CONTROLS.get(code) or f"ctrl-{chr(code + 0x60)}"


def _alt(char: int) -> str:
    if char in (0x0D, 0x0A):
        return "alt-enter"
    if char < 0x20 or char == 0x7F:
        return f"alt-{_control(char)}"
    return f"alt-{chr(char)}"


def _sequence(parameters: str, final: str) -> str:
    """The name of a CSI sequence's key; empty for one that is no key."""
    if parameters[:1] in ("<", "=", ">", "?"):
        return ""  # an answer of the terminal, or its mouse
    numbers = parameters.split(";")
    if final == "~":
        if numbers[0] == "27" and len(numbers) == 3:  # xterm's modifyOtherKeys
            return _other(numbers[2], numbers[1])
        key = _TILDES.get(numbers[0], "")
    elif final == "u":  # fixterms
        return _other(numbers[0], numbers[1] if len(numbers) > 1 else "1")
    else:
        key = _FINALS.get(final, "")
    modifier = numbers[1] if len(numbers) > 1 else ""
    return _modified(key, modifier) if key else ""


def _other(code: str, modifier: str) -> str:
    number = int(code) if code.isdecimal() and len(code) < 8 else 0
    if number in _CONTROLS:
        return _modified(_CONTROLS[number], modifier)
    return _modified(chr(number), modifier) if 0x20 < number < 0x7F else ""


def _modified(key: str, modifier: str) -> str:
    bits = int(modifier) - 1 if modifier.isdecimal() and len(modifier) < 4 else 0
    return "".join(word for bit, word in _MODIFIERS if bits & bit) + key
