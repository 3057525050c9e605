"""From the first byte to the welcome: CAP, PASS, NICK, USER in any order.

Sources: the Modern IRC Client Protocol, "Connection Setup"; IRCv3 capability
negotiation.
"""

from __future__ import annotations

from typing import TYPE_CHECKING
from weakref import proxy

from ...events import ChatError
from ...hub import proposals
from ...hub.entries import Introduce
from ...hub.hosts import username_of
from ...hub.proposals import ABOUT_LENGTH
from ...hub.session import Session
from ...names import check_nick, check_room, clean
from ...outcomes import Outcome, run, settled
from .commands.accounts import abort
from .commands.rooms import join

if TYPE_CHECKING:
    from .connection import IRCConnection


class Registration:
    """What a client has said of itself before it is let in.

    :ivar away: why they are away from the start; empty when they are not.
    :ivar negotiating: between CAP LS or REQ and CAP END, when it waits.
    :ivar version: what CAP LS was asked for: 301, or 302 and more, where
        capabilities have values.
    """

    __slots__ = (
        "_connection",
        "about",
        "away",
        "negotiating",
        "nick",
        "user",
        "version",
    )

    def __init__(self, connection: IRCConnection) -> None:
        # A reference would keep the connection in memory: see `Session.detach`.
        self._connection: IRCConnection = proxy(connection)
        self.nick = ""
        self.user = ""
        self.about = self.away = ""
        self.negotiating = False
        self.version = 301

    def take_nick(self, nick: str) -> Outcome:
        """NICK before the welcome.

        Whether it is taken is known at the end only: an account that is
        proven meanwhile (SASL) may take its own nick back.

        :raises ChatError: 431 for none, 432 for one that may not be a nick.
        """
        self.nick = check_nick(nick)
        self._connection.nick = nick
        return self.proceed()

    def take_user(self, user: str, about: str) -> Outcome:
        """USER.

        :raises ChatError: 462 the second time.
        """
        if self.user:
            raise ChatError(462, "You may not reregister")
        self.user = user or "user"
        self.about = clean(about).strip()[:ABOUT_LENGTH]
        return self.proceed()

    def proceed(self) -> Outcome:
        """Come into the chat, if NICK and USER have come and no CAP END is due.

        A SASL exchange that hasn't ended by then is aborted (IRCv3 sasl).
        """
        session = self._connection.session
        if not (self.nick and self.user) or self.negotiating:
            return None
        if session.user is not None:
            return None
        abort(self._connection)
        session.about = self.about
        return run(self._come_in(session))

    async def _come_in(self, session: Session) -> None:
        try:
            session.check_passed()
            await settled(self.introduce())
            await settled(session.set_nick(self.nick))
        except ChatError as error:
            self._refused(error)
            return
        await self.arrived()

    def introduce(self) -> Outcome:
        """Say what has to be known before a session comes in."""
        c = self._connection
        if not c.hub.supports(Introduce):
            return None
        username = username_of(self.user) if self.user else ""
        entry = Introduce(c.session.id, username, c.factory.lobby)
        return c.session.propose(entry)

    async def arrived(self) -> None:
        """Be in the rooms that all are in, if this is the person's first session."""
        c = self._connection
        if len(c.session.me.sessions) > 1:
            return
        if self.away:
            await settled(proposals.set_away(c.session, self.away))
        if rooms := c.factory.autojoin:
            await c.each("JOIN", rooms, lambda room: join(c, room))

    def _refused(self, error: ChatError) -> None:
        c = self._connection
        nick, self.nick = self.nick, ""
        c.nick = "*"
        c.deny(error, "NICK", nick)
        if error.code in (464, 465):
            c.end("Password incorrect" if error.code == 464 else error.text)


def read_autojoin(value: str) -> list[str]:
    """The rooms of a list with commas; raises `ValueError` for what is none."""
    try:
        return [check_room(room.strip()) for room in value.split(",") if room.strip()]
    except ChatError as error:
        raise ValueError(f"bad --irc-autojoin {value!r}: {error.text}") from None
