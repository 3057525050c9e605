"""What nicks and rooms may be called, the same at every door."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from shutil import which

import pytest

from tests.contract import TEXT, Adapter
from tests.irc_support import Network
from tests.support import World, ask, member, refused, skip
from tests.test_contract_irc import IRCAdapter
from tests.test_contract_textbook import (
    AtAdapter,
    Header10Adapter,
    Header64Adapter,
    NickAdapter,
)
from tests.test_contract_web import WebAdapter
from twisted_chat.client.logs import Logs
from twisted_chat.doors.line import LineDoor
from twisted_chat.events import ChatError
from twisted_chat.names import check_nick, check_room, mention_of, skeleton

NICKS = ("x[y]", "alice|away", "al`ice", "al^", "{bob}", "\\o_", "_-9", "[[]]")
NO_NICKS = ("9lives", "-x", "a.b", "a b", "a~b", "a'b", "a!b", "a@b", "é", "b/x", "#a")
ROOMS = (
    "##c++",
    "#python.de",
    "#a'b",
    "###",
    "#-",
    "#.",
    '#<a>&"b"',
    "#a;b\\c",
    "#~@!",
)
NO_ROOMS = ("#", "#a b", "#a,b", "#a:b", "#dev/17", "#a*", "#a?", "#ä", "#a\x07", "x")
JS = Path(__file__).parent.parent / "twisted_chat/doors/web/static/js"

DOORS = (
    TEXT,
    IRCAdapter(),
    WebAdapter(),
    NickAdapter(),
    AtAdapter(),
    Header64Adapter(),
    Header10Adapter(),
)


@pytest.mark.parametrize("nick", NICKS)
@pytest.mark.parametrize("adapter", DOORS, ids=lambda door: type(door).__name__)
def test_a_nick_comes_in_and_speaks_at_every_door(adapter: Adapter, nick: str) -> None:
    world = World(adapter.door, idle=1_000_000)
    carol = world.connect(door=LineDoor(world.hub))
    carol.send("NICK carol")
    client = adapter.enter(world, nick)
    assert client.user.nick == nick
    skip(carol)
    client.send_bytes(adapter.speech(nick, b"hello"))
    world.advance(0.2)
    assert carol.lines() == [f"{nick}: hello"]
    if adapter.writes_private:
        client.send_bytes(adapter.private(nick, "carol", "psst"))
        world.advance(0.2)
        assert carol.lines() == [f"PRIV {nick}: psst"]
    carol.send(f"PRIV {nick} psst", f"@{nick} psst", f"/msg {nick}: psst")
    assert client.bytes().count(b"psst") == 3


@pytest.mark.parametrize("nick", NO_NICKS)
def test_what_is_no_nick(nick: str) -> None:
    with pytest.raises(ChatError) as refusal:
        check_nick(nick)
    assert refusal.value.code == 432


@pytest.mark.parametrize("room", NO_ROOMS)
def test_what_is_no_room(room: str) -> None:
    with pytest.raises(ChatError) as refusal:
        check_room(room)
    assert refusal.value.code == 479


@pytest.mark.parametrize("room", ROOMS)
def test_a_room_at_line_and_irc_doors(room: str) -> None:
    world = Network()
    bob, alice = world.netcat("bob"), world.irc("alice", "message-tags batch")
    skip(bob)
    assert any(f" 353 alice = {room} :" in line for line in alice.ask(f"JOIN {room}"))
    bob.send(f"JOIN {room}", "FORMAT json")
    skip(alice, bob)
    alice.send(f"PRIVMSG {room} :hello")
    [event] = [event for event in bob.events() if event["event"] == "message"]
    assert (event["room"], event["nick"], event["text"]) == (room, "alice", "hello")
    bob.send(json.dumps({"do": "msg", "room": room, "text": "hi"}))
    [line] = [line for line in alice.lines() if "PRIVMSG" in line]
    assert line.endswith(f"PRIVMSG {room} :hi")
    tag = line.partition("msgid=")[2].partition(" ")[0].partition(";")[0]
    id = tag.replace("\\:", ";").replace("\\\\", "\\")
    assert id == f"2{room}"
    found = alice.ask(f"CHATHISTORY BEFORE {room} msgid={id} 10")
    assert [line.rpartition(":")[2] for line in found if "PRIVMSG" in line] == ["hello"]
    skip(bob)
    alice.send(f"MODE {room} -t")
    skip(alice)
    bob.send("FORMAT text", f"HISTORY {room}", f"TOPIC {room} about {room}")
    told = bob.lines()
    assert sum(f"] {room} alice: hello" in line for line in told) == 1
    assert any(line.startswith(f"* {room} is about: about {room}") for line in told)
    assert any(room in line for line in ask(alice, f"LIST {room}"))
    assert "* #lobby (2)" in ask(bob, f"PART {room}") + bob.ask("ROOMS")


@pytest.mark.parametrize(
    ("nick", "like"),
    [
        ("x[y]", "x{y}"),
        ("x[y]", "X{Y]"),
        ("alice|away", "alice\\away"),
        ("alice|away", "aliceIaway"),
        ("a|l", "a1l"),
    ],
)
def test_what_old_irc_clients_take_for_one(nick: str, like: str) -> None:
    assert skeleton(nick) == skeleton(like)
    world = World()
    world.enter(nick)
    bob = world.enter("bob")
    assert refused(bob, f"NICK {like}") == 433


@pytest.mark.parametrize(
    ("nick", "other"), [("al^", "al"), ("al`ice", "alice"), ("x[y]", "x")]
)
def test_what_is_told_apart(nick: str, other: str) -> None:
    world = World()
    world.enter(nick)
    assert world.enter(other).user.nick == other


@pytest.mark.parametrize(
    ("mask", "meant", "spared"),
    [
        ("x[y]", "x[y]", "xy"),
        ("[a]*", "[a]b", "ab"),
        ("a\\?", "a\\b", "a]b"),
        ("{?}", "{x}", "[z]"),
        ("a|b", "a|b", "a"),
    ],
)
def test_masks_take_brackets_as_they_are(mask: str, meant: str, spared: str) -> None:
    world = World()
    alice = member(world, "owner", "#dev")
    alice.send(f"BAN #dev {mask}")
    assert refused(world.enter(meant), "JOIN #dev") == 474
    assert world.enter(spared).ask("JOIN #dev")[0].endswith(f"{spared} joined #dev")


MENTIONS = [
    ("hi alice: x", "alice", True),
    ("ALICE", "alice", True),
    ("[alice] hi, and `alice`", "alice", True),
    ("alice|away: hi", "alice", False),
    ("alice|away: hi", "alice|away", True),
    ("x[y]: hi", "x", False),
    ("x[y]: hi", "x[y]", True),
    ("(x[y])", "x[y]", True),
    ("al^: hi", "al", False),
    ("al`ice, hi", "al`ice", True),
    ("{bob}", "{bob}", True),
    ("malice", "alice", False),
    ("alice_", "alice", False),
    ("\\o_ \\o_", "\\o_", True),
    ("anything", "", False),
]


@pytest.mark.parametrize(("text", "nick", "spoken_to"), MENTIONS)
def test_mentions(text: str, nick: str, spoken_to: bool) -> None:
    assert bool(nick and mention_of(nick).search(text)) is spoken_to


@pytest.mark.skipif(which("node") is None, reason="needs node")
def test_the_page_has_the_same_rules(tmp_path: Path) -> None:
    """Of what may be a nick or a room, and of what is a mention."""
    for name in ("names.js", "text.js", "dom.js"):
        (tmp_path / name).write_bytes((JS / name).read_bytes())
    (tmp_path / "package.json").write_text('{"type": "module"}')
    (tmp_path / "ask.js").write_text(
        "import { mentions, nicksIn, roomName } from './names.js';\n"
        "import { pieces } from './text.js';\n"
        "const taken = (check, name) => {\n"
        "  try { return check(name).length > 0; } catch { return false; }\n"
        "};\n"
        "const { nicks, rooms, said } = JSON.parse(process.argv[2]);\n"
        "console.log(JSON.stringify([\n"
        "  nicks.map((nick) => taken(nicksIn, nick)),\n"
        "  rooms.map((room) => taken(roomName, room)),\n"
        "  said.map(([text, me]) => mentions(text, me)),\n"
        "  said.map(([text, me]) => pieces(text, me ? [me] : [])\n"
        "    .filter((piece) => piece.kind === 'you').map((piece) => piece.text)),\n"
        "]));\n"
    )
    asked = {
        "nicks": (*NICKS, *NO_NICKS),
        "rooms": (*ROOMS, *NO_ROOMS[:-1]),
        "said": [(text, nick) for text, nick, _ in MENTIONS],
    }
    run = subprocess.run(
        ["node", "ask.js", json.dumps(asked)],
        cwd=tmp_path,
        capture_output=True,
        check=True,
        timeout=60,
    )
    nicks, rooms, mentioned, shown = json.loads(run.stdout)
    assert nicks == [nick in NICKS for nick in asked["nicks"]]
    assert rooms == [room in ROOMS for room in asked["rooms"]]
    assert mentioned == [spoken_to for _, _, spoken_to in MENTIONS]
    for (text, nick, spoken_to), found in zip(MENTIONS, shown, strict=True):
        if "`" not in text or nick != "alice":  # what is code is shown as code
            assert bool(found) is spoken_to, text
        assert all(each.lower() == nick for each in found)


@pytest.mark.parametrize(
    ("name", "file"),
    [
        ("#dev", "#dev.log"),
        ("##c++", "##c%2B%2B.log"),
        ("#..", "#...log"),
        ("#a'b|$(x)", "#a%27b%7C%24%28x%29.log"),
        ("Alice|Away", "alice%7Caway.log"),
    ],
)
def test_logs_have_names_that_no_shell_takes_for_more(
    tmp_path: Path, name: str, file: str
) -> None:
    logs = Logs(tmp_path)
    if name.startswith("#"):
        said = {"event": "message", "room": name, "nick": "bob", "text": "hi", "id": 1}
    else:
        said = {"event": "private", "nick": name, "to": ["bob"], "text": "hi"}
    logs.event({**said, "at": 0.0}, "bob")
    assert [path.name for path in tmp_path.iterdir()] == [file]
