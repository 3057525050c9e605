"""A plot with two logarithmic axes, as SVG, made by hand."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import NamedTuple
from xml.sax.saxutils import escape

WIDTH, HEIGHT = 760, 480
LEFT, RIGHT, TOP, BOTTOM = 80, 170, 48, 60
COLOURS = ("#c1121f", "#1d3557", "#2a9d8f", "#e9a227", "#6a4c93", "#577590", "#8d5524")


class Series(NamedTuple):
    name: str
    points: Mapping[int, float]


def svg(title: str, across: str, up: str, series: Sequence[Series]) -> str:
    """`series` as a picture; both axes are logarithmic."""
    series = [Series(name, _known(points)) for name, points in series]
    series = [one for one in series if one.points]
    xs = [x for one in series for x in one.points]
    ys = [y for one in series for y in one.points.values()]
    frame = _Frame(min(xs), max(xs), min(ys), max(ys))
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" '
        f'font-family="sans-serif" font-size="12">',
        f'<rect width="{WIDTH}" height="{HEIGHT}" fill="white"/>',
        f'<text x="{LEFT}" y="24" font-size="15">{escape(title)}</text>',
        *frame.grid(across, up),
    ]
    ends = _spread([frame.y(list(one.points.values())[-1]) for one in series])
    for number, (one, end) in enumerate(zip(series, ends, strict=True)):
        parts += _line(frame, one, COLOURS[number % len(COLOURS)], end)
    return "\n".join([*parts, "</svg>", ""])


def _known(points: Mapping[int, float]) -> dict[int, float]:
    return {x: y for x, y in sorted(points.items()) if y > 0 and not math.isnan(y)}


class _Frame:
    def __init__(self, left: float, right: float, low: float, high: float) -> None:
        self.left, self.right = math.log10(left), math.log10(right)
        self.low, self.high = math.floor(math.log10(low)), math.ceil(math.log10(high))

    def x(self, value: float) -> float:
        share = (math.log10(value) - self.left) / ((self.right - self.left) or 1)
        return LEFT + share * (WIDTH - LEFT - RIGHT)

    def y(self, value: float) -> float:
        share = (math.log10(value) - self.low) / ((self.high - self.low) or 1)
        return HEIGHT - BOTTOM - share * (HEIGHT - TOP - BOTTOM)

    def grid(self, across: str, up: str) -> list[str]:
        right, bottom = WIDTH - RIGHT, HEIGHT - BOTTOM
        parts = []
        for power in range(self.low, self.high + 1):
            for step in range(1, 10 if power < self.high else 2):
                y = self.y(step * 10.0**power)
                shade = "#999" if step == 1 else "#e4e4e4"
                parts.append(
                    f'<path d="M{LEFT} {y:.1f}H{right}" stroke="{shade}" '
                    f'stroke-width="{1 if step == 1 else 0.7}"/>'
                )
                if step in (1, 2, 5):
                    parts.append(
                        f'<text x="{LEFT - 8}" y="{y + 4:.1f}" text-anchor="end">'
                        f"{step * 10.0**power / 1e6:g} M</text>"
                    )
        for power in range(math.ceil(self.left), math.floor(self.right) + 1):
            x = self.x(10.0**power)
            parts.append(
                f'<path d="M{x:.1f} {TOP}V{bottom}" stroke="#999"/>'
                f'<text x="{x:.1f}" y="{bottom + 18}" text-anchor="middle">'
                f"{10**power:,}</text>"
            )
        middle = (TOP + bottom) / 2
        return [
            *parts,
            f'<text x="{(LEFT + right) / 2}" y="{HEIGHT - 16}" text-anchor="middle">'
            f"{escape(across)}</text>",
            f'<text transform="translate(18 {middle}) rotate(-90)" '
            f'text-anchor="middle">{escape(up)}</text>',
        ]


def _line(frame: _Frame, series: Series, colour: str, label: float) -> list[str]:
    spots = [(frame.x(x), frame.y(y)) for x, y in series.points.items()]
    path = " ".join(f"{x:.1f},{y:.1f}" for x, y in spots)
    return [
        f'<polyline points="{path}" fill="none" stroke="{colour}" stroke-width="2"/>',
        *(
            f'<circle cx="{x:.1f}" cy="{y:.1f}" r="3" fill="{colour}"/>'
            for x, y in spots
        ),
        f'<text x="{WIDTH - RIGHT + 10}" y="{label + 4:.1f}" fill="{colour}">'
        f"{escape(series.name)}</text>",
    ]


def _spread(heights: list[float], gap: float = 15) -> list[float]:
    """`heights` with at least `gap` between any two, for labels."""
    spread = list(heights)
    last = -math.inf
    for number in sorted(range(len(heights)), key=heights.__getitem__):
        spread[number] = last = max(heights[number], last + gap)
    return spread
