"""How a style looks: with 256 colours, with 16, or with none.

Nicks and what is dim have colours of middling lightness, which can be read on black
and on white: a contrast of 3.5 or more on both (WCAG 2.1, 1.4.3).
"""

from __future__ import annotations

import zlib
from functools import lru_cache

from ..names import fold
from .cells import NICK_STYLES, Style

# Of xterm's 256 colours.
NICK_COLOURS = (161, 166, 130, 100, 64, 29, 31, 33, 63, 98, 133, 168)
GREY = 243

# Kinds of terminals (TERM) that don't know them.
FEW_COLOURS = ("linux", "ansi", "vt100", "vt220", "xterm-16color")

# Those that are known to open links (OSC 8).
LINKS = ("alacritty", "contour", "foot", "wezterm", "xterm-ghostty", "xterm-kitty")

# SGR parameters (ECMA-48, 8.3.117).
_NONE: dict[Style, str] = {
    Style.DIM: "2",
    Style.NOTICE: "2",
    Style.ERROR: "1",
    Style.BOLD: "1",
    Style.MENTION: "7",
    Style.LINK: "4",
    Style.NEW: "1",
    Style.BAR: "7",
    Style.BAR_CURRENT: "1",
    Style.BAR_UNREAD: "7;1",
    Style.BAR_MENTION: "7;1;4",
    Style.SELECTED: "7",
    Style.PROMPT: "1",
}
_16: dict[Style, str] = {
    **_NONE,
    Style.ERROR: "31",
    Style.NEW: "31",
    Style.PROMPT: "1;36",
    **{style: f"{n % 2};{31 + n // 2}" for n, style in enumerate(NICK_STYLES)},
}
_256: dict[Style, str] = {
    **_16,
    Style.DIM: f"38;5;{GREY}",
    Style.NOTICE: f"38;5;{GREY}",
    Style.ERROR: "38;5;160",
    Style.NEW: "38;5;160",
    Style.PROMPT: "1;38;5;31",
    **{
        style: f"1;38;5;{colour}"
        for style, colour in zip(NICK_STYLES, NICK_COLOURS, strict=True)
    },
}
_PALETTES = {0: _NONE, 16: _16, 256: _256}


@lru_cache
def sgr(colours: int) -> list[bytes]:
    """The sequence that selects each style, in the place of the style's number.

    :param colours: 0, 16 or 256.
    """
    looks = _PALETTES[colours]
    found = [b"\x1b[0m"] * (max(Style) + 1)
    for style, look in looks.items():
        found[style] = f"\x1b[0;{look}m".encode()
    return found


@lru_cache(maxsize=4096)
def nick_style(nick: str) -> Style:
    """The colour of a nick, always the same one."""
    return NICK_STYLES[zlib.crc32(fold(nick).encode()) % len(NICK_STYLES)]
