"""The options of ``twistd chat``."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from twisted.internet.asyncioreactor import AsyncioSelectorReactor
from twisted.internet.epollreactor import EPollReactor
from twisted.internet.pollreactor import PollReactor
from twisted.internet.selectreactor import SelectReactor

from twisted_chat.hub import Settings
from twisted_chat.limits import Rate
from twisted_chat.tap import Options, affordable, follow_elapsed_time, serving_sockets


def parse(*arguments: str) -> Options:
    options = Options()
    options.parseOptions(list(arguments))
    return options


BAD = [
    ("--port", "99999"),
    ("--port", "65536"),
    ("--port", "-1"),
    ("--port", ""),
    ("--port", "line"),
    ("--port", "tcp:x"),
    ("--port", "nonsense:1"),
    ("--port", "tcp:1:colour=red"),
    ("--name", ""),
    ("--name", "\x1b"),
    ("--motd", "/nonexistent/motd"),
    ("--motd", "/"),
    ("--max-clients", "0"),
    ("--max-clients", "many"),
    ("--max-clients", "1.5"),
    ("--max-clients", "9" * 5000),
    ("--max-per-ip", "-1"),
    ("--password", ""),
    ("--password", "two words"),
    ("--password", "tab\t"),
    ("--password", "\udcff"),
    ("--flood", "5"),
    ("--flood", "5:2:1"),
    ("--flood", "0:1"),
    ("--flood", "5:0"),
    ("--flood", "nan:nan"),
    ("--flood", "inf:1"),
    ("--flood", "a:b"),
    ("--lobby-topic", "nobody"),
    ("--idle", "3"),
    ("--idle", "32768"),
    ("--send-queue", "4095"),
    ("--send-queue", "96K"),
    ("--textbook", "nick"),
    ("--textbook", "nick:"),
    ("--textbook", "nick:x"),
    ("--textbook", "nick:65536"),
    ("--textbook", "header65:1"),
    ("--textbook", ":1"),
    ("--nonsense", "1"),
]


@pytest.mark.parametrize(("option", "value"), BAD)
def test_a_bad_value_is_one_clear_line(option: str, value: str) -> None:
    with pytest.raises(SystemExit) as caught:
        parse(option, value)
    line = caught.value.code
    assert isinstance(line, str), "a string is status 1, and itself on stderr"
    assert "\n" not in line
    assert line.startswith("twistd chat: ")
    assert "Traceback" not in line
    assert option.strip("-") in line


def test_more_words_are_refused() -> None:
    with pytest.raises(SystemExit):
        parse("extra")


def test_defaults() -> None:
    options = parse()
    settings = options.settings()
    assert [opening.where for opening in options.openings()] == ["55555"]
    assert settings.name
    assert settings.max_clients == 10_000
    assert settings.max_per_ip == 10
    assert settings.flood == Rate(5, 2)
    assert settings.send_queue == 96 * 1024
    assert settings.password == ""
    assert settings.patience == 60


def test_values(tmp_path: Path) -> None:
    motd = tmp_path / "motd"
    motd.write_text("Be kind.\nBe \x1b[31mbrief.\n")
    options = parse(
        *("--port", "0", "--port", "tcp:0:interface=127.0.0.1", "-p", "unix:x"),
        *("--name", "the Gate", "--motd", str(motd), "--max-clients", "7"),
        *("--max-per-ip", "0", "--password", "s€same", "--flood", "10:0.5"),
        *("--idle", "30", "--send-queue", "4096"),
    )
    settings = options.settings()
    assert [opening.where for opening in options.openings()] == [
        "0",
        "tcp:0:interface=127.0.0.1",
        "unix:x",
    ]
    assert settings.name == "the Gate"
    assert settings.motd == ("Be kind.", "Be [31mbrief.")
    assert settings.max_clients == 7
    assert settings.max_per_ip == 0
    assert settings.password == "s€same"
    assert settings.flood == Rate(10, 0.5)
    assert settings.idle == 30
    assert settings.send_queue == 4096
    assert "s€same" not in repr(settings), "no password in a log by accident"
    assert parse("--flood", "off").settings().flood is None


def test_every_option_is_explained_with_its_default() -> None:
    for option in Options.optParameters:
        name, _, default, help, *_ = option
        assert help, name
        assert default is not None or "default" in help, name
    text = str(Options())
    for default in ("10000", "5:2", "98304", "55555"):
        assert f"[default: {default}]" in " ".join(text.split()), default


def asyncio_reactor() -> Any:
    return AsyncioSelectorReactor(asyncio.SelectorEventLoop())


@pytest.mark.parametrize(
    "make", [SelectReactor, PollReactor, asyncio_reactor, EPollReactor]
)
def test_timers_follow_elapsed_time(make: Callable[[], Any]) -> None:
    """Not the wall clock, so that no deadline waits when that is set back."""
    reactor = make()
    try:
        follow_elapsed_time(reactor)
        call = reactor.callLater(50, print)
        assert 0 <= time.monotonic() + 50 - call.getTime() < 40
        assert 0 < reactor.timeout() <= 50
        call.cancel()
    finally:
        for reader in reactor.removeAll():
            reader.connectionLost(None)


@pytest.mark.parametrize(
    ("make", "ours"),
    [(SelectReactor, False), (PollReactor, False), (EPollReactor, True)],
)
def test_an_iteration_of_epoll_is_the_servers_own(
    make: Callable[[], Any], ours: bool
) -> None:
    reactor = make()
    called: list[str] = []
    try:
        call_soon = serving_sockets(reactor)
        assert (call_soon is not None) == ours
        if call_soon is not None:
            call_soon(called.append, "called")
        reactor.doIteration(0)
        assert called == ["called"] * ours
    finally:
        for reader in reactor.removeAll():
            reader.connectionLost(None)


def test_textbook_doors_open_in_the_order_given() -> None:
    options = parse(
        "--textbook", "at:tcp:5004:interface=127.0.0.1", "--textbook", "nick:0"
    )
    assert [where for _, where in options.openings()] == [
        "55555",
        "tcp:5004:interface=127.0.0.1",
        "0",
    ]


def test_no_textbook_client_could_give_a_password(tmp_path: Path) -> None:
    (tmp_path / "word").write_text("secret\n")
    for given in (("--password", "secret"), ("--password-file", f"{tmp_path}/word")):
        with pytest.raises(SystemExit, match="--textbook"):
            parse("--textbook", "at:1", *given)


def test_a_password_in_a_file(tmp_path: Path) -> None:
    path = tmp_path / "word"
    path.write_text("s€same\n")
    assert parse("--password-file", str(path)).settings().password == "s€same"
    with pytest.raises(SystemExit, match="are the same thing"):
        parse("--password-file", str(path), "--password", "s€same")


@pytest.mark.parametrize("text", ["", "\n", "two words\n", "two\nlines\n"])
def test_what_is_no_password_in_a_file(tmp_path: Path, text: str) -> None:
    path = tmp_path / "word"
    path.write_text(text)
    with pytest.raises(SystemExit, match="--password-file: a password is one word"):
        parse("--password-file", str(path))
    with pytest.raises(SystemExit, match="--password-file: can't read"):
        parse("--password-file", f"{path}-not-there")


@pytest.mark.parametrize(
    ("wanted", "files", "clients"),
    [(10_000, 1_000_000, 999_900), (10_000, 1024, 924), (10_000, 64, 48), (5, 64, 48)],
)
def test_no_more_clients_than_open_files(wanted: int, files: int, clients: int) -> None:
    assert affordable(Settings(max_clients=wanted), files).max_here == clients
