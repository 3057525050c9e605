"""What all IRC connections share: the server's name, its formats, ISUPPORT."""

from __future__ import annotations

import re
from collections.abc import Sequence

from ...clock import Deadlines
from ...fanout import Listener
from ...hub import Hub
from ...hub.bans import MAX_BANS_IN_ROOM
from ...hub.changes import MAX_ROOMS
from ...hub.hosts import USERNAME_LENGTH
from ...hub.monitor import MAX_WATCHED
from ...hub.proposals import ABOUT_LENGTH
from ...hub.rules import KEY_LENGTH
from ...hub.session import MAX_TARGETS
from ...names import (
    LOBBY,
    NICK_LENGTH,
    REASON_LENGTH,
    ROOM_LENGTH,
    TOPIC_LENGTH,
    fold,
)
from ..base import Door
from .capabilities.sts import Sts
from .capabilities.table import CAPABILITIES
from .commands.history import MOST
from .connection import IRCConnection
from .formats import Formats
from .greeting import Greeting
from .hosts import HOST_LENGTH
from .room_modes import DEFAULT, Flags


class IRCDoor(Door):
    """Keeps the IRC connections; the hub keeps their nicks.

    :param sts: what clients are told of TLS; the last counts.
    :param room_modes: what holds in a room that a client opens; likewise.
    :param autojoin: rooms that a client is in when it has come in.
    :ivar lobby: whether the lobby is one of them; `autojoin`: the others.
    :ivar server: this server's name in a line's source; never a nick.
    :ivar since: when it was opened, in seconds of the wall clock.
    :ivar silences: when each client is next seen to, whether it is still there.
    :ivar visible: the clients without user mode i, by how they are told: strangers
        find those people by a mask.
    :ivar capabilities: what may be asked for by CAP.
    :ivar greeting: what every client is told; made anew for another name of the chat.
    """

    protocol = IRCConnection  # type: ignore[assignment]
    certificates = True

    def __init__(
        self,
        hub: Hub,
        sts: Sequence[Sts] = (),
        room_modes: Sequence[Flags] = (),
        autojoin: Sequence[str] = (),
    ) -> None:
        super().__init__(hub, "irc")
        self.lobby = any(fold(room) == LOBBY for room in autojoin)
        self.autojoin = tuple(room for room in autojoin if fold(room) != LOBBY)
        self.sts = sts[-1] if sts else None
        self.room_modes = room_modes[-1] if room_modes else DEFAULT
        self.server = server_name(hub.shared.name)
        self.since = hub.now()
        self.silences = Deadlines(hub.clock, hub.settings.idle)
        self.visible: dict[Listener, IRCConnection] = {}
        self.capabilities = CAPABILITIES
        self.formats = Formats(hub, CAPABILITIES, self.server)
        self._greeting: tuple[str, Greeting] | None = None

    @property
    def greeting(self) -> Greeting:
        name = self.hub.shared.name
        if self._greeting is None or self._greeting[0] != name:
            tokens, motd = self._isupport(), self.hub.settings.motd
            made = Greeting(self.server, self.since, tokens, motd)
            self._greeting = name, made
        return self._greeting[1]

    def count_visible(self) -> int:
        """How many people of this node have a client without user mode i."""
        if not self.visible:
            return 0
        users = {client.session.user for client in self.visible.values()}
        return sum(user is not None and user.online for user in users)

    def _isupport(self) -> tuple[str, ...]:
        """The tokens of RPL_ISUPPORT (Modern specification, its parameters)."""
        network = re.sub(r"[^\w.-]+", r"\\x20", self.hub.shared.name)
        return (
            f"AWAYLEN={REASON_LENGTH}",
            "BOT=B",
            "CASEMAPPING=ascii",
            f"CHANLIMIT=#:{MAX_ROOMS}",
            "CHANMODES=Ibeq,k,l,Cimnst",
            f"CHATHISTORY={MOST}",
            f"CHANNELLEN={ROOM_LENGTH}",
            "CHANTYPES=#",
            "ELIST=CMNTU",
            "EXCEPTS=e",
            "INVEX=I",
            f"KEYLEN={KEY_LENGTH}",
            f"HOSTLEN={HOST_LENGTH}",
            f"KICKLEN={REASON_LENGTH}",
            "MODES=20",
            "MSGREFTYPES=msgid,timestamp",
            f"MAXLIST=Ibeq:{MAX_BANS_IN_ROOM}",
            f"MONITOR={MAX_WATCHED}",
            f"NAMELEN={ABOUT_LENGTH}",
            f"NETWORK={network}",
            f"NICKLEN={NICK_LENGTH}",
            "PREFIX=(ov)@+",
            f"TARGMAX=JOIN:,KICK:,LIST:,MONITOR:,NAMES:,NOTICE:{MAX_TARGETS},"
            f"PART:,PRIVMSG:{MAX_TARGETS},WHOIS:1",
            f"TOPICLEN={TOPIC_LENGTH}",
            f"USERLEN={USERNAME_LENGTH + 1}",
            "UTF8ONLY",
            "WHOX",
            *(token for each in CAPABILITIES for token in each.tokens),
        )


def server_name(name: str) -> str:
    """The server's name in a line's source, of the name of the chat.

    It has a dot, or clients would take it for a nick.
    """
    if re.fullmatch(r"(?=.{1,63}$)[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)+", name):
        return name
    plain = re.sub(r"[^A-Za-z0-9.-]+", "-", name)[:40].strip("-.")
    return f"irc.{plain or 'chat'}"
