"""The file of configuration, logs, and what the interface is given of them."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import keyring
import keyring.backends.fail
import pytest
from keyring.backend import KeyringBackend

from twisted_chat.client.app import credentials_of, is_full_screen, settings_of
from twisted_chat.client.config import Config, Server, config_path, read_config
from twisted_chat.client.logs import Logs
from twisted_chat.client.options import Address, Options, parse_options
from twisted_chat.client.remembered import Remembered
from twisted_chat.terminal import Settings

FILE = """
colours = false
bell = false
links = true
notify = 9
ignore = ["motd"]
log = "~/chat"

[servers.work]
address = "alice@chat.example:6697"
tls = true
rooms = ["#dev", "#garden"]

[servers.home]
address = "home.example"
login_file = "{secret}"
"""


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path, secret = tmp_path / "config.toml", tmp_path / "secret"
    path.write_text(FILE.format(secret=secret), "utf-8")
    secret.write_text("sesame-street\n", "utf-8")
    secret.chmod(0o600)
    return path


def test_without_a_file_all_is_as_by_default(tmp_path: Path) -> None:
    assert read_config(tmp_path / "nothing.toml") == Config()


def test_where_it_is(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    assert config_path() == tmp_path / "twisted-chat" / "config.toml"


def test_servers_by_name(file: Path) -> None:
    options = parse_options(["work"], file)
    assert (options.nick, options.address) == (
        "alice",
        Address("chat.example", 6697),
    )
    assert options.tls
    assert options.rooms == ("#dev", "#garden")
    assert parse_options(["bob@other"], file).address == Address("other", 55555)
    assert parse_options(["--ca", "x.pem", "work"], file).ca == "x.pem"


def test_what_one_likes(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("NO_COLOR", raising=False)
    monkeypatch.setenv("TERM", "xterm")
    assert settings_of(parse_options(["work"], file)) == Settings(
        colours=0,
        links=True,
        bell=False,
        notify=9,
        ignored=frozenset({"motd"}),
        rooms=("#dev", "#garden"),
    )
    plain = Options("alice", Address("x", 1))
    assert settings_of(plain).colours == 256
    assert settings_of(plain._replace(colour=False)).colours == 0
    monkeypatch.setenv("TERM", "linux")
    assert settings_of(plain).colours == 16
    assert not settings_of(plain).links
    monkeypatch.setenv("TERM", "xterm-kitty")
    assert settings_of(plain).links


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("colours = 3", "colours is true or false"),
        ("notify = 98", "notify is 9, 99, 777 or 0"),
        ("sound = true", "there is no sound"),
        ("ignore = 'x'", "ignore is a list of texts"),
        ("[servers.work]\ntls = true", "servers.work has no address"),
        ("[servers.x]\naddress = 'a'\nport = 1", "there is no servers.x.port"),
        ("[servers.x]\naddress = 'a'\nrooms = ['dev']", "'dev' is no room"),
        ("servers = 3", "servers is no table"),
        ("nonsense", "config.toml: "),
    ],
)
def test_trouble_is_one_line_and_status_2(
    text: str, says: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "config.toml"
    path.write_text(text, "utf-8")
    with pytest.raises(SystemExit) as trouble:
        parse_options(["work"], path)
    said = capsys.readouterr().err
    assert trouble.value.code == 2
    assert says in said
    assert said.count("\n") == 1


# Logging in


def test_the_account_password_comes_from_a_file_that_is_secret(
    file: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    secret = str(tmp_path / "secret")
    assert parse_options(["--login-file", secret, "a@b"], file).login == "sesame-street"
    assert parse_options(["home"], file).login == "sesame-street"
    (tmp_path / "secret").chmod(0o644)
    with pytest.raises(SystemExit):
        parse_options(["home"], file)
    assert "others may read" in capsys.readouterr().err
    with pytest.raises(SystemExit):
        parse_options(["--login-file", str(tmp_path / "none"), "a@b"], file)


def test_or_from_a_prompt(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    asked = []

    def getpass(prompt: str, stream: object) -> str:
        asked.append(prompt)
        return "sesame-street"

    monkeypatch.setattr("getpass.getpass", getpass)
    assert parse_options(["--login", "alice@b"], file).login == "sesame-street"
    assert asked == ["Password of alice: "]


class Ring(KeyringBackend):
    """A keyring in memory."""

    priority = 1

    def __init__(self) -> None:
        super().__init__()
        self.kept: dict[tuple[str, str], str] = {}

    def get_password(self, service: str, username: str) -> str | None:
        return self.kept.get((service, username))

    def set_password(self, service: str, username: str, password: str) -> None:
        self.kept[service, username] = password

    def delete_password(self, service: str, username: str) -> None:
        del self.kept[service, username]


@pytest.fixture
def ring() -> Iterator[Ring]:
    before = keyring.get_keyring()
    ring = Ring()
    keyring.set_keyring(ring)
    yield ring
    keyring.set_keyring(before)


def test_or_from_the_keyring(
    file: Path, ring: Ring, capsys: pytest.CaptureFixture[str]
) -> None:
    ring.set_password("twisted-chat", "a@b:55555", "sesame-street")
    assert parse_options(["--keyring", "a@b"], file).login == "sesame-street"
    file.write_text("[servers.x]\naddress = 'a@b'\nkeyring = true\n")
    assert parse_options(["x"], file).login == "sesame-street"
    for address in ("a@c", "bob@b"):
        with pytest.raises(SystemExit):
            parse_options(["--keyring", address], file)
        assert "keyring set twisted-chat" in capsys.readouterr().err
    keyring.set_keyring(keyring.backends.fail.Keyring())
    with pytest.raises(SystemExit):
        parse_options(["--keyring", "a@b"], file)
    assert "twisted-chat: the keyring: " in capsys.readouterr().err


def test_a_certificate_needs_tls_and_is_secret(
    file: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    cert = tmp_path / "alice.pem"
    cert.touch(0o600)
    with pytest.raises(SystemExit):
        parse_options(["--cert", str(cert), "a@b"], file)
    assert "--cert goes with --tls" in capsys.readouterr().err
    options = parse_options(["--tls", "--cert", str(cert), "a@b"], file)
    assert credentials_of(options).certificate
    cert.chmod(0o644)
    with pytest.raises(SystemExit):
        parse_options(["--tls", "--cert", str(cert), "a@b"], file)
    assert "others may read" in capsys.readouterr().err


def test_no_argument_holds_it(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        parse_options(["--login=sesame", "a@b"])
    assert "ignored explicit argument" in capsys.readouterr().err


# Full screen or lines


@pytest.mark.parametrize(
    ("option", "term", "ttys", "full"),
    [
        ("", "xterm", True, True),
        ("plain", "xterm", True, False),
        ("json", "xterm", True, False),
        ("", "dumb", True, False),
        ("", "", True, False),
        ("", "xterm", False, False),
    ],
)
def test_full_screen_is_for_terminals(
    option: str,
    term: str,
    ttys: bool,
    full: bool,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    if term:
        monkeypatch.setenv("TERM", term)
    else:
        monkeypatch.delenv("TERM", raising=False)
    monkeypatch.setattr("os.isatty", lambda number: ttys)
    asked = Options("alice", Address("x", 1))
    asked = asked._replace(plain=option == "plain", json=option == "json")
    assert is_full_screen(asked) is full


def test_plain_may_be_configured(tmp_path: Path) -> None:
    path = tmp_path / "config.toml"
    path.write_text("plain = true", "utf-8")
    assert parse_options([], path).plain
    assert parse_options(["--plain"], tmp_path / "none").plain
    assert Server("x").rooms == ()


# The rooms of the last time


@pytest.fixture
def state(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    return tmp_path / "twisted-chat"


def test_rooms_are_remembered_by_person_and_server(state: Path) -> None:
    first = Remembered("alice@chat.example:55555")
    assert first.read() == ()
    first.write(("#lobby", "#dev"))
    assert Remembered("alice@chat.example:55555").read() == ("#lobby", "#dev")
    assert Remembered("alice@other:55555").read() == ()
    Remembered("alice@unix:/../x").write(("#dev",))
    assert {path.name for path in state.iterdir()} == {
        "alice@chat.example%3A55555.rooms",
        "alice@unix%3A%2F..%2Fx.rooms",
    }
    assert {path.stat().st_mode & 0o777 for path in state.iterdir()} == {0o600}
    assert state.stat().st_mode & 0o777 == 0o700


def test_what_is_no_room_is_not_entered(state: Path) -> None:
    state.mkdir()
    file = state / "alice@x.rooms"
    file.write_bytes(b"#ok\nnobody\n#a b\n\x1b[2J\n#b,c\n" + b"#x\n" * 1000)
    assert Remembered("alice@x").read()[:2] == ("#ok", "#x")
    assert len(Remembered("alice@x").read()) < 200
    file.write_bytes(b"\xff")
    assert Remembered("alice@x").read() == ()


def test_where_nothing_can_be_kept_it_goes_on(state: Path) -> None:
    state.write_text("no folder")
    Remembered("alice@x").write(("#dev",))
    assert Remembered("alice@x").read() == ()


def test_they_are_entered_with_those_of_the_configuration(file: Path) -> None:
    rooms = settings_of(parse_options(["work"], file), ("#lobby", "#Dev")).rooms
    assert rooms == ("#lobby", "#dev", "#garden")


# Logs


def said(id: int, text: str, **more: object) -> dict[str, object]:
    at = "2023-11-14T22:13:20.000Z"
    event = {"event": "message", "at": at, "room": "#Dev", "nick": "bob", "id": id}
    return {**event, "text": text, **more}


def test_logs_keep_what_is_said_once(tmp_path: Path) -> None:
    folder = tmp_path / "logs"
    logs = Logs(folder)
    logs.event(said(1, "before", replay=True), "alice")
    logs.event(said(2, "one\x1b[2J"), "alice")
    logs.event(said(2, "one", replay=True), "alice")
    logs.event(said(3, "missed", replay=True), "alice")
    private = {"event": "private", "nick": "bob", "to": ["alice"], "text": "psst"}
    logs.event(private, "alice")
    logs.event({**private, "nick": "alice", "to": ["../x", "bob"]}, "alice")
    lines = (folder / "#dev.log").read_text("utf-8").splitlines()
    assert [line[20:] for line in lines] == ["#Dev bob: one[2J", "#Dev bob: missed"]
    assert (folder / "bob.log").read_text("utf-8").count("psst") == 2
    assert {path.name for path in folder.iterdir()} == {"#dev.log", "bob.log"}
    assert (folder / "#dev.log").stat().st_mode & 0o777 == 0o600
