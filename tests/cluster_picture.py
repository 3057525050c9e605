"""Makes docs/images/cluster.svg: ``python -m tests.cluster_picture``.

It is the way of one message from a client of one node to clients of all.
"""

from __future__ import annotations

from xml.sax.saxutils import escape

from .scene import IMAGES

PATH = IMAGES / "cluster.svg"
WIDTH, HEIGHT = 860, 400
INK, LINE, PAPER, FILL, WAY = "#1b1f24", "#57606a", "#ffffff", "#f3f5f8", "#0b63ce"

HEAD = f"""<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" \
font-family="sans-serif" font-size="14" fill="{INK}">
<title>The way of one message from a client of one node to clients of all</title>
<defs><marker id="head" viewBox="0 0 10 10" refX="9" refY="5" markerWidth="7" \
markerHeight="7" orient="auto-start-reverse"><path d="M0 0 10 5 0 10z" \
fill="{WAY}"/></marker></defs>
<rect width="{WIDTH}" height="{HEIGHT}" fill="{PAPER}"/>"""


def box(x: int, y: int, width: int, height: int, *words: str) -> str:
    """A box with a heading, and lines below it."""
    middle = x + width // 2
    shown = [
        f'<text x="{middle}" y="{y + 22 + 20 * at}" text-anchor="middle"'
        f' font-weight="{400 if at else 700}">{escape(word)}</text>'
        for at, word in enumerate(words)
    ]
    frame = (
        f'<rect x="{x}" y="{y}" width="{width}" height="{height}" rx="8"'
        f' fill="{FILL}" stroke="{LINE}"/>'
    )
    return "\n".join((frame, *shown))


def client(x: int, y: int, nick: str) -> str:
    return (
        f'<rect x="{x}" y="{y}" width="96" height="34" rx="17" fill="{PAPER}"'
        f' stroke="{LINE}"/>\n<text x="{x + 48}" y="{y + 22}"'
        f' text-anchor="middle">{nick}</text>'
    )


def way(path: str, step: str, x: int, y: int, anchor: str = "middle") -> str:
    """An arrow, and what goes there."""
    return (
        f'<path d="{path}" fill="none" stroke="{WAY}" stroke-width="2"'
        f' marker-end="url(#head)"/>\n<text x="{x}" y="{y}" fill="{WAY}"'
        f' text-anchor="{anchor}">{escape(step)}</text>'
    )


def records(x: int, y: int) -> str:
    """The stream: one record after another, the newest filled."""
    return "\n".join(
        f'<rect x="{x + 30 * at}" y="{y}" width="24" height="24" rx="3"'
        f' fill="{WAY if at == 4 else PAPER}" stroke="{LINE}"/>'
        for at in range(5)
    )


def picture() -> str:
    """All of it."""
    node = ("the hub applies it", "its spool keeps it", "its SQLite file has it")
    parts = (
        HEAD,
        client(30, 20, "alice"),
        client(160, 20, "carol"),
        client(669, 20, "bob"),
        box(30, 140, 226, 96, "node a", *node),
        box(604, 140, 226, 96, "node b", *node),
        box(345, 270, 170, 100, "Redis", "one stream for all"),
        records(358, 326),
        way("M78 54V138", "1  MSG hello", 88, 100, "start"),
        way("M100 236V340H343", "2  append", 200, 332),
        way("M345 296H180V238", "3  read", 300, 288),
        way("M515 320H717V238", "3  read", 640, 312),
        way("M208 140V56", "4  shown", 218, 100, "start"),
        way("M717 140V56", "4  shown", 727, 100, "start"),
        f'<text x="430" y="165" text-anchor="middle" fill="{LINE}">both apply the same'
        " records</text>",
        f'<text x="430" y="185" text-anchor="middle" fill="{LINE}">in the same order'
        "</text>",
        "</svg>\n",
    )
    return "\n".join(parts)


if __name__ == "__main__":
    PATH.write_text(picture(), encoding="utf-8")
