"""The commands, by the groups in which the help shows them, and their aliases."""

from __future__ import annotations

from collections.abc import Callable

from . import acts, finding
from .commands import Command, Commands


def _of_server(do: str) -> Callable[[Commands, str], None]:
    return lambda commands, rest: commands.server(do, rest)


_ENTRIES: dict[str, list[tuple[str, str, Callable[[Commands, str], None]]]] = {
    "Talking": [
        ("me action", "say what you do", Commands.me),
        ("msg nick [text]", "talk to somebody in private", Commands.msg),
        ("reply [text]", "answer the message that is marked, or the last", acts.reply),
        ("edit [text]", "let your message say something else", acts.edit),
        ("delete [reason]", "delete your message, or the one marked", acts.delete),
        ("react emoji", "react to the message that is marked, or the last", acts.react),
        ("unreact emoji", "take that back", acts.unreact),
        ("away [text]", "say that you are away", _of_server("away")),
        ("back", "say that you are back", Commands.back),
    ],
    "Rooms": [
        ("join #room [key]", "enter a room, or open it", Commands.join),
        (
            "part [#room] [reason]",
            "leave a room, or close a conversation",
            Commands.part,
        ),
        ("list", "the rooms, to pick one", Commands.list),
        ("names [#room]", "who is in a room", Commands.names),
        (
            "topic [text]",
            "what the room is about; with a text: set it",
            _of_server("topic"),
        ),
        ("invite nick [#room]", "ask somebody in", _of_server("invite")),
        ("room [rule]", "show or change the rules of the room", _of_server("room")),
        ("go [name]", "switch to another conversation", Commands.go),
    ],
    "Before": [
        ("search words", "find what was said, and go there", finding.search),
        ("mentions", "where you are mentioned in what is unread", finding.mentions),
        ("clear", "empty the screen", Commands.clear),
    ],
    "People": [
        ("whois nick", "about somebody", _of_server("whois")),
        (
            "ignore [nick]",
            "don't hear somebody; alone: whom you ignore",
            _of_server("ignore"),
        ),
        ("unignore nick", "hear somebody again", _of_server("unignore")),
    ],
    "Yourself": [
        ("nick name", "change your nick", _of_server("nick")),
        ("login [nick] password", "log in to your account", _of_server("login")),
        ("register password", "keep your nick with a password", _of_server("register")),
        ("passwd old new", "change your password", _of_server("passwd")),
        ("bell on|off", "whether it rings when you are mentioned", Commands.bell),
        (
            "help [command]",
            "this; with a command: what the server tells",
            Commands.help,
        ),
        ("quit [reason]", "leave", Commands.quit),
    ],
    "Keeping order": [
        ("kick nick [reason]", "throw somebody out", _of_server("kick")),
        ("mute nick [duration] [reason]", "keep somebody silent", _of_server("mute")),
        ("unmute nick", "let them speak again", _of_server("unmute")),
        ("ban nick [duration] [reason]", "keep somebody out", _of_server("ban")),
        ("unban nick", "let them in again", _of_server("unban")),
        ("bans", "who is banned or muted", _of_server("bans")),
        ("owner [-]nick", "let somebody decide in the room", _of_server("owner")),
        (
            "voice [-]nick",
            "let somebody speak in a moderated room",
            _of_server("voice"),
        ),
        ("announce text", "tell everyone, as an operator", _of_server("announce")),
    ],
}
_ALIASES = {
    "j": "join",
    "w": "msg",
    "q": "msg",
    "query": "msg",
    "priv": "msg",
    "leave": "part",
    "close": "part",
    "rooms": "list",
    "who": "names",
    "exit": "quit",
    "bye": "quit",
}

_BY_NAME: dict[str, Command] = {
    usage.split()[0]: Command(f"/{usage}", help, group, run)
    for group, entries in _ENTRIES.items()
    for usage, help, run in entries
}
COMMANDS: dict[str, Command] = {
    **_BY_NAME,
    **{alias: _BY_NAME[name] for alias, name in _ALIASES.items()},
}
