"""Makes pictures of the full-screen client: ``python -m tests.terminal_screenshots``.

A few people talk in memory; the cells of the terminal become an SVG.
"""

from __future__ import annotations

from html import escape
from itertools import groupby

from wcwidth import wcswidth

from .emulator import Emulator
from .scene import IMAGES, SCENE
from .seats import Seat
from .support import World

WIDTH, HEIGHT, SIZE = 8.4, 18, 14
DARK = {"paper": "#16181d", "ink": "#d8dbe2"}
SHIFT_UP = "\x1b[1;2A"
LIGHT = {"paper": "#ffffff", "ink": "#24272e"}


def colour(number: int) -> str:
    """One of xterm's 256 colours, from 16 on."""
    if number >= 232:
        return "#" + f"{8 + 10 * (number - 232):02x}" * 3
    levels = (0, 95, 135, 175, 215, 255)
    number -= 16
    parts = levels[number // 36], levels[number // 6 % 6], levels[number % 6]
    return "#" + "".join(f"{part:02x}" for part in parts)


def style(look: str, theme: dict[str, str]) -> tuple[str, str, str]:
    """Ink, paper (or nothing), and attributes of an SGR."""
    words = look.split(";")
    ink, paper, more = theme["ink"], "", ""
    if "38" in words:
        ink = colour(int(words[words.index("5") + 1]))
        del words[words.index("38") :]
    if "7" in words:
        ink, paper = theme["paper"], ink
    if "1" in words:
        more += ' font-weight="bold"'
    if "4" in words:
        more += ' text-decoration="underline"'
    return ink, paper, more


def svg(terminal: Emulator, theme: dict[str, str]) -> str:
    """The screen of `terminal`, with its cursor."""
    columns, rows = terminal.columns, terminal.height
    out = [
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{columns * WIDTH + 20:.0f}"'
        f' height="{rows * HEIGHT + 20}" font-family="DejaVu Sans Mono, Menlo,'
        f' Consolas, monospace" font-size="{SIZE}" xml:space="preserve">',
        f'<rect width="100%" height="100%" rx="6" fill="{theme["paper"]}"/>',
        '<g transform="translate(10,10)">',
    ]
    for y, (cells, looks) in enumerate(
        zip(terminal.cells, terminal.looks, strict=True)
    ):
        x = 0
        for look, group in groupby(zip(cells, looks, strict=True), lambda c: c[1]):
            run = [cell for cell, _ in group]
            out += _run(x, y, "".join(run), len(run), style(look, theme))
            x += len(run)
    x, y = terminal.column, terminal.row
    out.append(
        f'<rect x="{x * WIDTH:.1f}" y="{y * HEIGHT}" width="{WIDTH}" height="{HEIGHT}"'
        f' fill="{theme["ink"]}" opacity="0.7"/>'
    )
    return "\n".join((*out, "</g>", "</svg>", ""))


def _run(
    x: int, y: int, text: str, columns: int, look: tuple[str, str, str]
) -> list[str]:
    ink, paper, more = look
    out = []
    if paper:
        out.append(
            f'<rect x="{x * WIDTH:.1f}" y="{y * HEIGHT}" width="{columns * WIDTH:.1f}"'
            f' shape-rendering="crispEdges" height="{HEIGHT}" fill="{paper}"/>'
        )
    if text.strip():
        stripped = text.rstrip()
        left = len(stripped) - len(stripped.lstrip())
        words = stripped.lstrip()
        wide = wcswidth(words) * WIDTH
        out.append(
            f'<text x="{(x + left) * WIDTH:.1f}" y="{y * HEIGHT + SIZE}" fill="{ink}"'
            f' textLength="{wide:.1f}" lengthAdjust="spacingAndGlyphs"{more}>'
            f"{escape(words)}</text>"
        )
    return out


def play(columns: int, rows: int) -> Seat:
    """Somebody's screen, after a morning in the chat."""
    world = World()
    nicks = ("maria", "ben", "kofi", "yuki", "ines", "tom")
    clients = {nick: world.enter(nick) for nick in nicks}
    alice = Seat(world, "alice", columns, rows)
    world.advance(3600 * 9.8)
    for line in SCENE.splitlines():
        nick, _, command = line.partition(" ")
        clients[nick].send(command)
        alice.settle()
        world.advance(20)
    alice.keys(SHIFT_UP, SHIFT_UP, "r", "On it, give me five minutes\r")
    alice.keys("/join garden\r")
    for nick in ("ines", "tom"):
        clients[nick].send("REACT #lobby 7 🥞")
    for command in ("JOIN #garden", "MSG the tomatoes are red", "MSG come and see"):
        clients["ines"].send(command)
    alice.settle()
    alice.keys("\x1b1")
    clients["tom"].send("AWAY back after lunch")
    for guest in ("guest1", "guest2", "guest3"):
        world.enter(guest)
    clients["ines"].send("MSG the roses too, alice")
    clients["kofi"].send("PRIV alice Do you have a minute after the meeting?")
    clients["yuki"].send("MSG Great, tagging it now 🚀")
    alice.settle()
    alice.type("All green here")
    return alice


def main() -> None:
    IMAGES.mkdir(exist_ok=True)
    for name, columns, rows, theme in (
        ("dark", 96, 22, DARK),
        ("light", 96, 22, LIGHT),
        ("small", 60, 15, DARK),
    ):
        picture = svg(play(columns, rows).terminal, theme)
        (IMAGES / f"terminal-{name}.svg").write_text(picture, "utf-8")


if __name__ == "__main__":
    main()
