"""What the benchmark makes of its figures."""

from __future__ import annotations

import math
from xml.etree import ElementTree

from benchmarks import servers
from benchmarks.__main__ import rst
from benchmarks.bench import Cell, Measured
from benchmarks.generator import Result
from benchmarks.plot import Series, svg
from benchmarks.tables import Table


def test_the_plot_is_svg_with_a_line_for_each_server() -> None:
    picture = svg(
        "a < b",
        "listeners",
        "deliveries",
        [
            Series("one & only", {10: 7e5, 100: 5e6, 1000: 12e6}),
            Series("two", {10: 1e6, 100: math.nan}),
            Series("never ran", {10: math.nan}),
        ],
    )
    root = ElementTree.fromstring(picture)
    lines = root.findall("{http://www.w3.org/2000/svg}polyline")
    assert [len(line.attrib["points"].split()) for line in lines] == [3, 1]
    assert "one &amp; only" in picture
    assert "never ran" not in picture


def test_a_table_is_restructured_text() -> None:
    table = Table("Title", ["a", "b"], [["1", ""], ["long cell", "2"]], ["reached: x"])
    assert rst(table).splitlines() == [
        "Title",
        "-----",
        "",
        "=========  ==",
        "a          b",
        "=========  ==",
        "1          ..",
        "long cell  2",
        "=========  ==",
        "",
        "- reached: x",
    ]


def measured(*p50s: float) -> Measured:
    one = Measured(Cell("a cell", servers.TWISTED_CHAT, 10))
    one.results = [Result(10, 1.0, 1.0, 0, 0, 0, p50=p50) for p50 in p50s]
    return one


def test_a_ratio_is_taken_within_each_run() -> None:
    # The machine gets three times slower after the first run.
    one, other = measured(1.0, 3.3, 3.0), measured(1.0, 3.0, 2.0)
    assert one.to(other, lambda result: result.p50) == 3.3 / 3.0
    assert math.isnan(measured().to(other, lambda result: result.p50))
