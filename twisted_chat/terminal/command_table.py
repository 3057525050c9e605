"""The commands, by the groups in which the help shows them, and their aliases."""

from __future__ import annotations

from collections.abc import Callable

from . import acts, finding
from .commands import Command, Commands

# Of each its usage, its help, and what it does; None: what the server's does.
_ENTRIES: dict[str, list[tuple[str, str, Callable[[Commands, str], None] | None]]] = {
    "Talking": [
        ("me action", "say what you do", Commands.me),
        ("msg nick [text]", "talk to somebody in private", Commands.msg),
        ("reply [text]", "answer the message that is marked, or the last", acts.reply),
        ("edit [text]", "let your message say something else", acts.edit),
        ("delete [reason]", "delete your message, or the one marked", acts.delete),
        ("react emoji", "react to the message that is marked, or the last", acts.react),
        ("unreact emoji", "take that back", acts.unreact),
        ("away [text]", "say that you are away", None),
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
            None,
        ),
        ("invite nick [#room]", "ask somebody in", None),
        ("room [rule]", "show or change the rules of the room", None),
        ("go [name]", "switch to another conversation", Commands.go),
    ],
    "Before": [
        ("search words", "find what was said, and go there", finding.search),
        ("mentions", "where you are mentioned in what is unread", finding.mentions),
        ("clear", "empty the screen", Commands.clear),
    ],
    "People": [
        ("whois nick", "about somebody", None),
        (
            "ignore [nick]",
            "don't hear somebody; alone: whom you ignore",
            None,
        ),
        ("unignore nick", "hear somebody again", None),
    ],
    "Yourself": [
        ("nick name", "change your nick", None),
        ("login [nick] password", "log in to your account", None),
        ("register password", "keep your nick with a password", None),
        ("passwd old new", "change your password", None),
        ("key [add|remove]", "keys of ssh that prove your nick", None),
        ("stay on|off", "keep your nick and rooms while you are away", None),
        ("keep on|off", "whether what you write in private is kept", None),
        ("forgetme password", "delete all you wrote, and your account", None),
        ("bell on|off", "whether it rings when you are mentioned", Commands.bell),
        (
            "help [command]",
            "this; with a command: how it is used",
            Commands.help,
        ),
        ("quit [reason]", "leave", Commands.quit),
    ],
    "Keeping order": [
        ("kick nick [reason]", "throw somebody out", None),
        ("mute nick [duration] [reason]", "keep somebody silent", None),
        ("unmute nick", "let them speak again", None),
        ("ban nick [duration] [reason]", "keep somebody out", None),
        ("unban nick", "let them in again", None),
        ("bans", "who is banned or muted", None),
        ("owner [-]nick", "let somebody decide in the room", None),
        (
            "voice [-]nick",
            "let somebody speak in a moderated room",
            None,
        ),
        (
            "purge nick [#room] [duration]",
            "delete all that somebody wrote, as an operator",
            None,
        ),
        ("announce text", "tell everyone, as an operator", None),
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
