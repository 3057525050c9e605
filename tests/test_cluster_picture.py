"""The picture in docs/cluster.rst is the one that is made."""

from __future__ import annotations

from xml.etree import ElementTree

from .cluster_picture import HEIGHT, PATH, WIDTH, picture


def test_it_is_as_it_is_made() -> None:
    assert PATH.read_text("utf-8") == picture(), "python -m tests.cluster_picture"


def test_it_is_well_formed_and_nothing_is_outside() -> None:
    root = ElementTree.fromstring(picture())
    for each in root.iter():
        x, y = float(each.get("x", 0)), float(each.get("y", 0))
        assert 0 <= x + float(each.get("width", 0)) <= WIDTH
        assert 0 <= y + float(each.get("height", 0)) <= HEIGHT
