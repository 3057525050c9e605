"""PASS: the password of the whole server, which all nodes share as a hash."""

from __future__ import annotations

import hmac
from contextlib import suppress
from typing import TYPE_CHECKING

from ..addresses import network_of
from ..events import ChatError
from ..fair_queue import ANYBODY, Requester
from ..outcomes import settled
from ..storage.passwords import Passwords, as_bytes
from .entries import WrongWord

if TYPE_CHECKING:
    from .hub import Hub
    from .session import Session


class ServerPassword:
    """Compares what newcomers say with what all nodes share.

    The word that was right once is remembered here, in memory: what is said is compared
    with it, and only while it isn't known a hash is made of what is said, in its turn
    with the other passwords.

    :ivar hash: of the password that this node was told; empty where that is none.
    """

    def __init__(self, hub: Hub, passwords: Passwords) -> None:
        self._hub = hub
        self._passwords = passwords
        own = hub.settings.password
        self.hash = passwords.hash_now(own) if own else ""
        self._known = self.hash, as_bytes(own)

    async def give(self, session: Session, word: str) -> None:
        """A newcomer says `word`.

        :raises ChatError: 464 for a wrong one, or too many of them; 462 after NICK; see
            `Passwords.match`.
        """
        hub = self._hub
        if session.user is not None:
            raise ChatError(462, "You are in already; no password is needed now")
        if hub.shared.password:
            hub.attempts.check_word(session.host, hub.now())
        keys = (("address", network_of(session.host)),)
        requester = Requester(keys, here=lambda: session.id in hub.sessions)
        if not await self._is_right(word, requester):
            with suppress(ChatError):  # not while nodes can't, or have lost the others
                await settled(hub.propose(WrongWord(session.id)))
            raise ChatError(464, "Wrong password; ask who runs the server")
        session.passed = True

    async def is_own(self) -> bool:
        """Whether this node was told the same as the others."""
        own = self._hub.settings.password
        if not own or not self._hub.shared.password:
            return not own and not self._hub.shared.password
        return await self._is_right(own, ANYBODY)

    async def _is_right(self, word: str, requester: Requester) -> bool:
        wanted = self._hub.shared.password
        hash, known = self._known
        if not wanted:
            return True
        if hash == wanted:
            return hmac.compare_digest(as_bytes(word), known)
        right = await self._passwords.match(wanted, word, requester)
        if right:
            self._known = wanted, as_bytes(word)
        return right
