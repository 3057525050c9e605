"""How people log in by ssh (RFC 4252, RFC 4256).

The name is a nick.  A key of its account proves it, or the account's password.  Nobody
need prove a nick that isn't registered; where it is taken, another one is asked for.
Conch's own service has no keyboard-interactive, and answers requests all at once.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Final, Protocol

from twisted.conch.ssh.common import NS, getNS
from twisted.conch.ssh.keys import Key
from twisted.conch.ssh.service import SSHService
from twisted.conch.ssh.transport import DISCONNECT_NO_MORE_AUTH_METHODS_AVAILABLE
from twisted.internet.defer import Deferred
from twisted.logger import Logger

from ...events import ChatError
from ...hub.keys import fingerprint_of
from ...names import clean, fold
from ...outcomes import settled
from .reader import SILENT
from .transport import SIGNATURES

if TYPE_CHECKING:
    from ...hub import Session
    from .transport import Transport

log = Logger()

REQUEST, FAILURE, SUCCESS, BANNER = 50, 51, 52, 53
PK_OK, INFO_REQUEST, INFO_RESPONSE = 60, 60, 61

MAX_TRIES: Final = 5
MAX_OFFERED: Final = 20
"""Keys that a client may offer, one after the other, of which none is right."""

KEY, ASKING = b"publickey", b"keyboard-interactive"
NEXT_SERVICE: Final = b"ssh-connection"


class Newcomer(Protocol):
    """What logging in asks of the connection.

    :ivar nick: as whom to come in.
    :ivar offered: the fingerprints of the keys that the client has offered.
    """

    nick: str
    offered: dict[str, None]

    @property
    def session(self) -> Session: ...

    def logged_in(self) -> SSHService:
        """It is known who it is; what is served now."""


class UserAuth(SSHService):
    """Lets one connection log in.

    :ivar _release: has the packets behind this one read; None while nothing is done.
    :ivar _number: of the latest request: one that was abandoned holds up nothing.
    :ivar _answers: is waiting for the client's answers.
    :ivar _proven: the account that a key has proven, while something else is missing.
    """

    name = b"ssh-userauth"
    protocolMessages = {REQUEST: "MSG_USERAUTH_REQUEST", INFO_RESPONSE: "MSG_ANSWERS"}
    transport: Transport
    _log = SILENT

    def __init__(self, newcomer: Newcomer) -> None:
        self._newcomer: Newcomer | None = newcomer
        self._release: Callable[[], None] | None = None
        self._answers: Deferred[str | None] | None = None
        self._proven = ""
        self._number = self._tries = self._refused = 0

    def serviceStopped(self) -> None:
        self._newcomer = None
        self._abandon()

    def ssh_USERAUTH_REQUEST(self, packet: bytes) -> None:
        """Do what one request asks, and meanwhile nothing else."""
        name, service, method, rest = getNS(packet, 3)
        self._abandon()
        if self._newcomer is None:
            return
        if service != NEXT_SERVICE:
            self._refuse()
            return
        self._number += 1
        self._hold()
        done = Deferred.fromCoroutine(
            self._try(self._newcomer, name.decode(), method, rest)
        )
        done.addErrback(self._failed).addBoth(self._done, self._number)

    def ssh_ANSWERS(self, packet: bytes) -> None:
        """SSH_MSG_USERAUTH_INFO_RESPONSE (RFC 4256, section 3.4)."""
        waiting, self._answers = self._answers, None
        if waiting is None:
            self._refuse()
            return
        count = int.from_bytes(packet[:4], "big")
        answer = getNS(packet[4:], 1)[0].decode() if count == 1 else ""
        self._hold()
        waiting.callback(answer)

    def _hold(self) -> None:
        if self._release is None:
            self._release = self.transport.hold()

    def _done(self, _: object, number: int) -> None:
        """The request of that number waits for nothing any more but the client."""
        if number != self._number:
            return
        release, self._release = self._release, None
        if release is not None:
            release()

    def _failed(self, failure: Any) -> None:
        """What a request came to that did not succeed."""
        if self._newcomer is None:
            return
        if failure.check(ChatError):
            self._tries += 1
            self._say(failure.value.text)
        else:
            log.failure("a bug in logging in by ssh", failure)
        self._refuse()

    # Answers

    def _say(self, text: str) -> None:
        """Show a line before it is known who it is (RFC 4252, section 5.4)."""
        line = f"{clean(text)}\r\n".encode()
        self.transport.sendPacket(BANNER, NS(line) + NS(b"en"))

    def _refuse(self, methods: bytes = b"", partly: bool = False) -> None:
        """:param methods: by which it can go on."""
        if self._tries >= MAX_TRIES or self._refused >= MAX_OFFERED:
            why = DISCONNECT_NO_MORE_AUTH_METHODS_AVAILABLE
            self.transport.sendDisconnect(why, b"too many tries")
            return
        if not methods:
            methods = ASKING if self._proven else KEY + b"," + ASKING
        self.transport.sendPacket(FAILURE, NS(methods) + bytes([partly]))

    def _abandon(self) -> None:
        """What is asked will not be answered.

        No error: its frames would keep all of the connection in memory.
        """
        waiting, self._answers = self._answers, None
        if waiting is not None:
            waiting.callback(None)

    # Requests

    async def _try(
        self, newcomer: Newcomer, name: str, method: bytes, rest: bytes
    ) -> None:
        if self._proven and fold(name) != fold(self._proven):
            self._refused += 1
            self._refuse()
            return
        if method == KEY:
            proven = await self._try_key(newcomer, name, rest)
        elif method == ASKING:
            proven = await self._interview(newcomer, name)
        else:
            # Also "none", always: a client that may come in by it offers no key.
            self._refused += method != b"none"
            self._refuse()
            return
        if proven and self._newcomer is not None:
            self.transport.sendPacket(SUCCESS, b"")
            self.transport.setService(newcomer.logged_in())

    async def _try_key(self, newcomer: Newcomer, name: str, rest: bytes) -> bool:
        """See whether a key of the account has signed (RFC 4252, section 7)."""
        signed = rest[:1] != b"\0"
        algorithm, blob, rest = getNS(rest[1:], 2)
        key = fingerprint_of(blob) if algorithm in SIGNATURES else ""
        session = newcomer.session
        account = session.hub.accounts.find(name)
        if key and len(newcomer.offered) < MAX_OFFERED:
            newcomer.offered[key] = None
        if not key or account is None or key not in account.keys:
            self._refused += 1
            self._refuse()
            return False
        if not signed:
            self.transport.sendPacket(PK_OK, NS(algorithm) + NS(blob))
            return False
        if not self._has_signed(name, algorithm, blob, getNS(rest)[0]):
            raise ChatError(464, "That is not the signature of this key")
        nick = await session.hub.keys.identify(session, account.nick, key)
        newcomer.nick = self._proven = nick
        if session.lacks_password:
            self._refuse(ASKING, partly=True)
        return not session.lacks_password

    def _has_signed(
        self, name: str, algorithm: bytes, blob: bytes, signature: bytes
    ) -> bool:
        session = self.transport.sessionID
        assert session is not None
        said = (NS(session), bytes([REQUEST]), NS(name), NS(NEXT_SERVICE), NS(KEY))
        data = b"".join((*said, b"\1", NS(algorithm), NS(blob)))
        try:
            same = getNS(signature)[0] == algorithm
            return same and bool(Key.fromString(blob).verify(signature, data))
        except Exception:
            return False  # Conch and cryptography raise what they like

    async def _interview(self, newcomer: Newcomer, name: str) -> bool:
        """Ask what has to be asked, which may be nothing (RFC 4256)."""
        session = newcomer.session
        authentication = session.hub.authentication
        if session.lacks_password:
            word = await self._ask("The password of this server: ", echo=False)
            if word is None:
                return False
            await settled(authentication.give_password(session, word))
        if self._proven:
            return True
        nick, why = name, ""
        for _ in range(MAX_TRIES):
            account = session.hub.accounts.find(nick)
            if account is not None:
                asked = f"The password of {account.nick}: "
                password = await self._ask(asked, echo=False)
                if password is None:
                    return False
                nick = await authentication.identify(session, account.nick, password)
                newcomer.nick = nick
                return True
            try:
                newcomer.nick = session.hub.people.claim(nick, None)
            except ChatError as error:
                why = error.text
            else:
                session.hub.bans.check_guest(session.host)
                return True
            said = await self._ask(f"{why}. Nick: ", echo=True)
            if said is None:
                return False
            if not said:
                break  # nobody is there to choose another
            nick = said
        raise ChatError(433, why)

    async def _ask(self, prompt: str, echo: bool) -> str | None:
        """Ask for one thing; None where the client gives no answer to that.

        Packets are read again until it comes.
        """
        answers: Deferred[str | None] = Deferred()
        self._answers = answers
        head = NS(b"") + NS(b"") + NS(b"") + (1).to_bytes(4, "big")
        asked = NS(clean(prompt).encode()) + bytes([echo])
        self.transport.sendPacket(INFO_REQUEST, head + asked)
        self._done(None, self._number)
        return await answers
