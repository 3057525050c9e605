"""Whom the masks of bans mean."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from twisted_chat.events import Ban
from twisted_chat.hub.bans import Bans
from twisted_chat.hub.masks import parse_mask

nicks = st.from_regex(r"[ab_1]{1,4}", fullmatch=True)
patterns = st.from_regex(r"[ab_1*?]{1,5}", fullmatch=True)
fours = st.integers(0, 2**8 - 1).map(lambda n: f"192.0.2.{n}")
sixes = st.integers(0, 2**8 - 1).map(lambda n: f"2001:db8::{n:x}")
prefixes = st.tuples(fours, st.integers(24, 32)).map(lambda p: f"{p[0]}/{p[1]}")
longer = st.tuples(sixes, st.integers(120, 128)).map(lambda p: f"{p[0]}/{p[1]}")
masks = st.one_of(nicks, patterns, fours, sixes, prefixes, longer).map(parse_mask)


def fits(mask: str, nick: str, host: str) -> bool:
    """The plain meaning of a mask, for comparison."""
    from fnmatch import fnmatchcase
    from ipaddress import ip_address, ip_network

    try:
        return ip_address(host) in ip_network(mask)
    except ValueError:
        return fnmatchcase(nick.lower(), mask.lower())


@settings(max_examples=200, deadline=None)
@given(
    st.lists(st.tuples(masks, st.sampled_from([0.0, 5.0, 15.0])), max_size=8),
    st.lists(masks, max_size=3),
    nicks,
    st.one_of(fours, sixes),
)
def test_masks_match_as_a_list_would(
    entries: list[tuple[str, float]], gone: list[str], nick: str, host: str
) -> None:
    bans, model = Bans(), {}
    for mask, until in entries:
        bans.add(Ban("ban", "", mask, "", "", 0, until))
        model[mask.lower()] = until
    for mask in gone:
        assert (bans.remove(mask) is None) is (model.pop(mask.lower(), None) is None)
    holding = {mask for mask, until in model.items() if not until or until > 10}
    found = bans.match([nick], [host], 10)
    expected = {mask for mask in holding if fits(mask, nick, host)}
    assert (found.mask.lower() in expected) if found else not expected
    assert len(bans) == len(model)
    assert {b.mask.lower() for b in bans.expired(10)} == set(model) - holding


def test_many_stars_cost_little() -> None:
    bans = Bans()
    bans.add(Ban("ban", "", "*a" * 15 + "*b", "", "", 0, 0))
    assert bans.match_nick("a" * 32, 1) is None
