"""The client's command line."""

from __future__ import annotations

import pytest

from twisted_chat.client.options import Address, parse_address, parse_options


@pytest.mark.parametrize(
    ("text", "nick", "address"),
    [
        ("", "", Address("127.0.0.1", 55555)),
        ("chat.example", "", Address("chat.example", 55555)),
        ("alice@chat.example", "alice", Address("chat.example", 55555)),
        ("alice@chat.example:6000", "alice", Address("chat.example", 6000)),
        ("alice@", "alice", Address("127.0.0.1", 55555)),
        ("alice@:6000", "alice", Address("127.0.0.1", 6000)),
        ("::1", "", Address("::1", 55555)),
        ("alice@[::1]:6000", "alice", Address("::1", 6000)),
        (
            "alice@tls:chat.example:6697",
            "alice",
            Address("", 0, "tls:chat.example:6697"),
        ),
        ("unix:/run/a@b", "", Address("", 0, "unix:/run/a@b")),
    ],
)
def test_address(text: str, nick: str, address: Address) -> None:
    assert parse_address(text) == (nick, address)


@pytest.mark.parametrize(
    ("host", "address"),
    [
        ("alice@chat.example", Address("chat.example", 6000)),
        ("alice@::1", Address("::1", 6000)),
        ("alice@[::1]", Address("::1", 6000)),
    ],
)
def test_a_port_as_nc_takes_it(host: str, address: Address) -> None:
    assert parse_options([host, "6000"]).address == address


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["host:port"], "is no port"),
        (["host:0"], "is no port"),
        (["host:65536"], "is no port"),
        (["1st@host"], "Bad nick"),
        (["@host"], "no nick before"),
        (["--tls", "tls:host:1"], "endpoint"),
        (["--frobnicate"], "--frobnicate"),
        (["a", "b"], "is no port"),
        (["a:6000", "6000"], "two ports"),
        (["tls:a:6000", "6000"], "its port itself"),
        (["a", "6000", "b"], "b"),
    ],
)
def test_nonsense_is_one_line_and_status_2(
    arguments: list[str], says: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as error:
        parse_options(arguments)
    assert error.value.code == 2
    written = capsys.readouterr().err
    assert written.count("\n") == 1
    assert written.startswith("twisted-chat: ")
    assert says in written


def test_password_comes_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TWISTED_CHAT_PASSWORD", "sesame")
    assert parse_options(["a@b"]).password == "sesame"
    assert parse_options(["a@b", "--password", "other"]).password == "other"


def test_the_nick_is_the_login_name_unless_it_may_not_be_one(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("LOGNAME", "carol")
    assert parse_options([]).nick == "carol"
    assert parse_options(["bob@host"]).nick == "bob"
    monkeypatch.setenv("LOGNAME", "carol.smith")
    assert parse_options([]).nick == ""


def test_colours_can_be_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("NO_COLOR", raising=False)
    assert parse_options([]).colour
    assert not parse_options(["--no-color"]).colour
    monkeypatch.setenv("NO_COLOR", "1")
    assert not parse_options([]).colour
