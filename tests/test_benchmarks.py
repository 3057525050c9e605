"""What the benchmark makes of its figures."""

from __future__ import annotations

import json
import math
import re
from pathlib import Path
from xml.etree import ElementTree

import pytest

from benchmarks import estimate, servers
from benchmarks.__main__ import main, merged, rst
from benchmarks.bench import Cell, Measured
from benchmarks.generator import Result
from benchmarks.plot import Series, svg
from benchmarks.scenarios import SCENARIOS
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


@pytest.mark.parametrize("name", SCENARIOS)
def test_it_is_known_how_long_a_scenario_takes(name: str) -> None:
    short = estimate.minutes(SCENARIOS[name], runs=1, seconds=1, warmup=0)
    usual = estimate.minutes(SCENARIOS[name], runs=5, seconds=3, warmup=1)
    assert 1 <= short < usual < 60


def test_an_estimate_is_what_is_run() -> None:
    cells = [Cell("a", servers.TWISTED_CHAT, 10), Cell("b", servers.TWISTED_CHAT, 20)]
    each = estimate.A_RUN + 3 + 1 + 15 * estimate.A_CLIENT
    took = estimate.minutes(lambda bench: bench.interleave(cells), 60, 3, 1)
    assert took == math.ceil(each * 2)


def test_help_lists_every_scenario_with_its_time(
    capsys: pytest.CaptureFixture[str],
) -> None:
    with pytest.raises(SystemExit):
        main(["--help"])
    lines = capsys.readouterr().out.splitlines()
    for name in (*SCENARIOS, "all"):
        [line] = [line for line in lines if line.startswith(f"  {name} ")]
        assert re.search(r"\d+ min", line)


def measured(*p50s: float) -> Measured:
    one = Measured(Cell("a cell", servers.TWISTED_CHAT, 10))
    one.results = [Result(10, 1.0, 1.0, 0, 0, 0, p50=p50) for p50 in p50s]
    return one


def test_a_ratio_is_taken_within_each_run() -> None:
    # The machine gets three times slower after the first run.
    one, other = measured(1.0, 3.3, 3.0), measured(1.0, 3.0, 2.0)
    assert one.to(other, lambda result: result.p50) == 3.3 / 3.0
    assert math.isnan(measured().to(other, lambda result: result.p50))


def test_idle_for_longer_than_it_ran_is_all_of_the_time() -> None:
    # What it waited is measured by the clock, what it worked by the CPU's.
    assert Result(10, 1.0, 1.0, 0, 0, 0, seconds=1.0, own_cpu=-0.4).idle_share == 1.0


def test_what_was_not_measured_anew_is_kept(tmp_path: Path) -> None:
    figures = tmp_path / "performance.json"
    old, other = {"server": "a", "label": "x"}, {"server": "b", "label": "x"}
    assert merged(figures, [old]) == [old]
    figures.write_text(json.dumps({"machine": "one", "runs": [old, other, other]}))
    new = {"machine": "two", **old}
    kept = {"machine": "one", **other}
    assert merged(figures, [new]) == [kept, kept, new]
