"""What every client is told about the server, made once for all of them.

Source: the Modern IRC Client Protocol, "Numerics".
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime

from ... import __version__
from ...names import NICK_LENGTH
from .message import finish

USER_MODES = "Bio"
CHANNEL_MODES = "CIbeiklmnoqstv"
VERSION = f"twisted-chat-{__version__}"
_TOKENS = 12  # a line of RPL_ISUPPORT; 13 are allowed
_LONGEST = "n" * NICK_LENGTH


class Numerics:
    """Replies that differ in nothing but the nick of who reads them.

    Each is cut as for the longest nick.

    :param lines: the number of each reply, and what stands behind the nick.
    """

    __slots__ = ("_around",)

    def __init__(self, server: str, lines: Iterable[tuple[int, str]]) -> None:
        around = [b""]
        for code, rest in lines:
            head = f":{server} {code:03} "
            line = finish(f"{head}{_LONGEST} {rest}")
            around[-1] += head.encode()
            around.append(line[len(head) + NICK_LENGTH :])
        self._around = around

    def to(self, nick: str) -> bytes:
        """All of them for `nick`."""
        return nick.encode().join(self._around)


class Greeting:
    """The replies to whoever comes in that are the same for all.

    :ivar about: RPL_YOURHOST, RPL_CREATED and RPL_MYINFO.
    :ivar isupport: RPL_ISUPPORT.
    :ivar motd: RPL_MOTDSTART to RPL_ENDOFMOTD, or ERR_NOMOTD.
    :param since: when the door was opened, in seconds of the wall clock.
    :param tokens: those of RPL_ISUPPORT.
    :param motd: the message of the day, line by line.
    """

    def __init__(
        self, server: str, since: float, tokens: Sequence[str], motd: Sequence[str]
    ) -> None:
        opened = datetime.fromtimestamp(since, UTC)
        self.about = Numerics(
            server,
            (
                (2, f":Your host is {server}, running version {VERSION}"),
                (3, f":This server was created {opened:%Y-%m-%d %H:%M:%S} UTC"),
                (4, f"{server} {VERSION} {USER_MODES} {CHANNEL_MODES} Ibekloqv"),
            ),
        )
        lines = (tokens[n : n + _TOKENS] for n in range(0, len(tokens), _TOKENS))
        supported = ":are supported by this server"
        self.isupport = Numerics(
            server, ((5, " ".join((*line, supported))) for line in lines)
        )
        day = [
            (375, f":- {server} Message of the day -"),
            *((372, f":- {line}") for line in motd),
            (376, ":End of /MOTD command."),
        ]
        self.motd = Numerics(server, day if motd else [(422, ":MOTD File is missing")])
