"""The line protocol: what never reaches another terminal."""

from __future__ import annotations

import pytest

from .support import Client


@pytest.mark.parametrize(
    "command",
    ["MSG {}", "ME {}", "PRIV bob {}", "TOPIC {}", "PART #lobby {}", "QUIT {}"],
)
@pytest.mark.parametrize(
    "evil",
    [
        "\x1b[31mred\x1b[0m",
        "\x1b]0;title\x07",
        "\x9b31m",
        "bell\x07",
        "back\x08\x08\x7f",
        "x\u202eevil\u2066y",
        "one\rERR 999 forged",
        "one\x85ERR 999 forged",
        "one\u2028ERR 999 forged\u2029x",
        "one\x0bERR 999\x0cforged\x1cx\x1dx\x1e",
    ],
)
def test_no_terminal_is_acted_on(trio: list[Client], command: str, evil: str) -> None:
    alice, bob, _ = trio
    alice.send(command.format(f"hey {evil} you"))
    got = bob.bytes().decode()
    assert got.count("\n") == 1, "one line, and no second one forged"
    assert len(got.splitlines()) == 1
    assert got[:-1].isprintable()
    assert "hey " in got
    assert " you" in got


def test_away_and_whois_are_clean(trio: list[Client]) -> None:
    alice, bob, _ = trio
    alice.send("AWAY \x1b[31m\u202ered\rERR")
    for line in bob.ask("WHOIS alice", "PRIV alice x"):
        assert line.isprintable()


@pytest.mark.parametrize(
    "text",
    ["😀👩‍👩‍👧‍👦🏳️‍🌈🇩🇪", "שלום עולם", "مرحبا", "你好", "ไทยดี", "é e\u0301", "🏴󠁧󠁢󠁥󠁮󠁧󠁿"],
)
def test_every_script_and_emoji_pass(trio: list[Client], text: str) -> None:
    alice, bob, _ = trio
    alice.send(f"MSG {text}")
    assert bob.lines() == [f"alice: {text}"]


def test_combining_marks_are_cut_at_thirty(trio: list[Client]) -> None:
    alice, bob, _ = trio
    mark = "\N{COMBINING ACUTE ACCENT}"
    alice.send("MSG a" + mark * 30 + "b" + mark * 500 + "c")
    assert bob.lines() == ["alice: a" + mark * 30 + "b" + mark * 30 + "c"]
    joiner = "\N{ZERO WIDTH NON-JOINER}"
    alice.send("MSG a" + (mark * 20 + joiner) * 20)
    assert bob.bytes().decode().count(mark) == 30


def test_an_error_repeats_nothing_harmful(trio: list[Client]) -> None:
    alice = trio[0]
    for line in ("\x1b[31m", "WHOIS \x1b[31m", "WHO #\u202e\x1b", "HELP \x1b[1m"):
        assert all(got.isprintable() for got in alice.ask(line))


def test_help_shows_how_a_line_is_written(trio: list[Client]) -> None:
    alice, *_ = trio
    for line, usage in (
        ("HELP priv", "* PRIV nick[,nick] text -- write to people in private; /msg"),
        ("HELP msg", "* MSG text -- speak in the current room; /msg is PRIV"),
        ("HELP join", "* JOIN #room [key] -- "),
        ("HELP history", "* HISTORY [#room|@nick] [n] [before id|after id|around"),
        ("HELP login", "* LOGIN [nick] password -- "),
    ):
        [shown] = alice.ask(line)
        assert shown.startswith(usage)
