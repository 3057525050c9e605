"""What a nick and a room may be called, and what text may contain.

Lengths are in characters.  The numbers of `ChatError` are IRC's.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Container
from functools import lru_cache

from .events import ChatError

NICK_LENGTH = 32
ROOM_LENGTH = 51
TEXT_LENGTH = 4000
MAX_LINES = 40
"""Lines in a text."""
TAB = 4
"""Columns of a tab in a text of several lines."""
TOPIC_LENGTH = 300
REASON_LENGTH = 200
COMBINING_RUN = 30
LOBBY = "#lobby"

_SPECIALS = r"\[\]\\`^{|}"
"""What a nick may have beside letters, digits, _ and -, inside of a class."""

NICK = rf"[A-Za-z_{_SPECIALS}][A-Za-z0-9_{_SPECIALS}-]{{0,31}}"
"""The pattern of a nick (RFC 2812 section 2.3.1, but longer)."""

_NICK = re.compile(NICK)
# All printable ASCII but , : * ? and /, which lists, masks and "#dev/17" need.
_ROOM = re.compile(r"#[!-)+\-.0-9;->@-~]{1,50}")

_BIDI = "\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"
_CONTROLS = dict.fromkeys((*range(0x20), *range(0x7F, 0xA0)))
# No mark is a word character to `re`, so this cheap search finds every long run.
_MAYBE_MARKS = re.compile(rf"[^\w\s\x00-\x7f]{{{COMBINING_RUN + 1}}}")
_LINE_ENDS = dict.fromkeys((0x09, 0x0A, 0x0B, 0x0C, 0x0D, 0x85, 0x2028, 0x2029), " ")
_CLEAN = {
    **_CONTROLS,
    **dict.fromkeys(map(ord, _BIDI)),
    **dict.fromkeys(range(0xFFF9, 0xFFFC)),
    **dict.fromkeys(range(0xD800, 0xE000)),
    **_LINE_ENDS,
}


def fold(name: str) -> str:
    """The key under which a nick or room is compared.

    Names are ASCII, so this is what IRC calls ``CASEMAPPING=ascii``.
    """
    return name.lower()


# These look alike: l, I, 1 and | (and so i, which `fold` makes of I), O and 0, - and _.
# IRC's older casemapping takes {}| for []\ in lower case, and some clients still do.
_LOOKS = str.maketrans("i1|\\0-{}", "llllo_[]")


@lru_cache(1000)
def skeleton(nick: str) -> str:
    """A key that is the same for nicks that a person could confuse.

    Who comes in has it looked at four times.
    """
    return nick.lower().translate(_LOOKS)


# People would take these for the server: textbook doors show its words as
# "server"'s, the audit names "admin", and two are services on IRC networks.
RESERVED = ("server", "system", "operator", "admin", "nickserv", "chanserv")
_RESERVED_LOOKS = frozenset(map(skeleton, RESERVED))


def is_reserved(nick: str) -> bool:
    """Whether `nick` is, or looks like, a name that is not for people."""
    return skeleton(nick) in _RESERVED_LOOKS


def check_nick(nick: str) -> str:
    """Return `nick` if it may be a nick.

    :raises ChatError: 431 for none, 432 for one that may not be.
    """
    if _NICK.fullmatch(nick):
        return nick
    if not nick:
        raise ChatError(431, "No nick given; use NICK name")
    raise ChatError(
        432,
        "Bad nick; use up to 32 of letters, digits and _-[]{}\\|^`, "
        "and begin with no digit and no -",
    )


def check_room(room: str) -> str:
    """Return `room` if it may be a room's name.

    :raises ChatError: 479 when it may not.
    """
    if _ROOM.fullmatch(room):
        return room
    raise ChatError(
        479,
        "Bad room name; use # and then up to 50 of ASCII, but no space and no ,:*?/",
    )


def mention_of(nick: str) -> re.Pattern[str]:
    """Where a text speaks to `nick`, as its group 1.

    It stands there as a whole nick; brackets and backticks around it are no part of
    it: "[alice]" is alice, and "alice|away" isn't.
    """
    part = rf"[A-Za-z0-9_{_SPECIALS}-]"
    return re.compile(
        rf"(?<!{part})[\[{{`]*({re.escape(nick)})[\]}}`]*(?!{part})",
        re.IGNORECASE | re.ASCII,
    )


def is_room(name: str) -> bool:
    """Whether `name` is meant as a room's name, valid or not."""
    return name.startswith("#")


CONVERSATION = "@"
"""What the key of a private conversation begins with, and no room or nick does."""


def is_conversation(place: str) -> bool:
    """Whether it is the key, or the name, of a private conversation and not a room."""
    return place.startswith(CONVERSATION)


def clean(text: str) -> str:
    """`text` without anything that could act on another person's terminal.

    Line separators become spaces.  Control characters, among them the first
    of an escape sequence, bidirectional controls (UAX #9) and lone surrogates
    are removed.  A run of combining marks is cut after 30, which is also what
    Unicode's Stream-Safe Text Format allows (UAX #15).  Emoji and every
    script stay.
    """
    if text.isprintable() and text.isascii():
        return text
    if not text.isprintable():
        text = text.translate(_CLEAN)
    return _cut_marks(text) if _MAYBE_MARKS.search(text) else text


def _cut_marks(text: str) -> str:
    run = 0
    kept = []
    for char in text:
        category = unicodedata.category(char)
        if category[0] == "M":
            run += 1
        elif category != "Cf":  # a joiner shows nothing, and ends no run
            run = 0
        if run <= COMBINING_RUN:
            kept.append(char)
    return "".join(kept)


def check_text(text: str, most: int = TEXT_LENGTH) -> str:
    """`text` as it may be shown to others; see `clean`.

    :param most: how many characters it may have.
    :raises ChatError: 412 when nothing is left of it, 417 when it is too
        long (it is never cut).
    """
    text = clean(text)
    if len(text) > most:
        raise ChatError(417, f"Too long; at most {most} characters, so say it in parts")
    if not text or text.isspace():
        raise ChatError(412, "Nothing to say; write some text after the command")
    return text


def check_message(text: str) -> str:
    """As `check_text`, but it may have `MAX_LINES` lines.

    Each of them is clean, and keeps its indentation.  Blank lines stay, but not at the
    end: one at the beginning puts a drawing below the nick.

    :raises ChatError: 412, 417.
    """
    if "\n" not in text:
        return check_text(text)
    lines = [clean(line.expandtabs(TAB)).rstrip() for line in text.split("\n")]
    while lines and not lines[-1]:
        del lines[-1]
    if len(lines) > MAX_LINES:
        raise ChatError(417, f"Too long; at most {MAX_LINES} lines at once")
    text = "\n".join(lines)
    if len(text) > TEXT_LENGTH:
        raise ChatError(
            417, f"Too long; at most {TEXT_LENGTH} characters, so say it in parts"
        )
    return text if lines[1:] else check_text(text)


_PICTURE = (
    "[\u00a9\u00ae\u203c\u2049\u2122\u2139\u2190-\u21ff\u2300-\u23ff\u24c2"
    "\u25a0-\u27bf\u2934\u2935\u2b05-\u2b55\u3030\u303d\u3297\u3299"
    "\U0001f000-\U0001f1e5\U0001f200-\U0001faff]"
    "[\U0001f3fb-\U0001f3ff]?\ufe0f?"
)
# UTS #51, section 1.4.9: a picture, several that are joined, a flag, a keycap.
_EMOJI = re.compile(
    f"{_PICTURE}(?:\u200d{_PICTURE}){{0,8}}"
    "|[\U0001f1e6-\U0001f1ff]{2}"
    "|\U0001f3f4[\U000e0020-\U000e007e]{1,8}\U000e007f"
    "|[0-9#*]\ufe0f?\u20e3"
)


def check_reaction(reaction: str) -> str:
    """Return `reaction` if it is one emoji; raises `ChatError` 412."""
    if _EMOJI.fullmatch(reaction):
        return reaction
    raise ChatError(412, "React with one emoji")


QUOTED = 40


def beginning(text: str) -> str:
    """The first words of `text`, in one line, to tell which message is meant."""
    words = " ".join(text[: 4 * QUOTED].split())
    return words if len(words) <= QUOTED else f"{words[: QUOTED - 1].rstrip()}…"


def suggest(nick: str, taken: Container[str]) -> str:
    """A nick like `nick` whose fold is not in `taken`.

    :param taken: folded nicks.
    """
    candidate = nick
    for _ in range(3):
        candidate = candidate[: NICK_LENGTH - 1] + "_"
        if fold(candidate) not in taken:
            return candidate
    number = 2
    while fold(candidate := f"{nick[: NICK_LENGTH - 8]}_{number}") in taken:
        number += 1
    return candidate
