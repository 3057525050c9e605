"""The connections of this node while it is cut off from the others."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, NamedTuple

from twisted.internet.defer import Deferred
from twisted.python.failure import Failure

from ..events import ChatError, LoggedIn, Notice
from ..log import Refused, Within
from ..names import fold
from ..outcomes import run, settled, unattended
from .entries import Connect, Entry, NameDevice, Oper, Prove, Regain, Return, Seat
from .isolation import CUT_OFF, REJOINED, CutOff
from .replay import Budget, at_once

if TYPE_CHECKING:
    from .hub import Hub
    from .room import Room
    from .session import Session
    from .user import User

NOT_WANTED = (465,)
"""Refusals that are about the person; any other is a trouble of the log."""


class Stranding:
    """What one connection was, and how it comes back.

    :ivar entry: what brings it back, under whatever `SessionId`.
    :ivar regain: gives it back what else it had; None for nothing.
    :ivar account: what was proven before NICK; empty for nothing.
    :ivar device: what its client calls itself; empty for nothing.
    :ivar oper: as in `User`.
    :ivar room: its current room; empty for none.
    :ivar heard: by folded room, the id of the latest message that it was shown.
    :ivar gate: fires when it is back, or has ended; what the peer sends waits for it.
    :ivar proposed: it was proposed to bring it back.
    """

    __slots__ = (
        "account",
        "device",
        "entry",
        "gate",
        "heard",
        "oper",
        "proposed",
        "regain",
        "room",
    )

    def __init__(self, session: Session) -> None:
        user = session.user if session.user and session.user.online else None
        rooms = user.rooms if user else {}
        self.entry = _entry(session, user)
        self.regain = None if user is None else _regain(session, user)
        self.account = session.state.account if user is None else ""
        self.device = session.state.device
        self.oper = user.oper if user is not None else ""
        self.room = fold(session.room.name) if session.room else ""
        self.heard = {key: room.last_id for key, room in rooms.items()}
        self.gate: Deferred[None] = Deferred()
        self.proposed = False

    def open(self) -> None:
        """Take what the peer sends again.  No-op the second time."""
        if not self.gate.called:
            self.gate.callback(None)


class Kept(NamedTuple):
    """What a session had asked for, and is still to be proposed."""

    entry: Entry
    within: Within | None
    outcome: Deferred[None]


class Stranded:
    """Keeps connections open whose node is gone, and brings their people back.

    A node that was cut off has another number when it comes back, so that its sessions
    are others.  The peers see a pause: they are told, and what they send waits.  All of
    this is local: to the others they have left and come again.
    """

    def __init__(self, hub: Hub) -> None:
        self._hub = hub
        self._strandings: dict[Session, Stranding] = {}
        self._kept: dict[Session, list[Kept]] = {}

    def __contains__(self, session: object) -> bool:
        return session in self._strandings

    def __iter__(self) -> Iterator[Session]:
        return iter(self._strandings)

    def strand(self, node: int) -> None:
        """Part the connections of this process from their sessions.

        That is done as soon as this node knows that it is cut off, or when the others
        say that it is gone.

        :param node: the number by which the sessions are known; see `SessionId.node`.
        """
        hub = self._hub
        states = [state for state in hub.sessions.values() if state.id.node == node]
        for session in [state.local for state in states if state.local is not None]:
            self._strand(session)

    def _strand(self, session: Session) -> None:
        if session.ended:  # it is gone for the others, and won't come back
            self._hub.let_go(session)
            return
        self._strandings[session] = stranding = Stranding(session)
        session.await_proof(0.0)
        session.leave_rooms()
        session.listener.ignore(())
        self._hub.let_go(session)
        if not self._hub.isolation.told:
            session.listener.tell(Notice(CUT_OFF, session.now(), "cut-off"))
        session.link.hold(stranding.gate)

    def bring_back(self) -> None:
        """Propose to bring all of them back, as sessions of what `Hub.node` is now.

        Whom the log doesn't take stays stranded, and may be brought back once more.
        """
        for session, stranding in list(self._strandings.items()):
            if not stranding.proposed:
                stranding.proposed = True
                self._hub.enroll(session)
                Deferred.fromCoroutine(self._bring_back(session, stranding))

    async def _bring_back(self, session: Session, stranding: Stranding) -> None:
        """All are proposed in one turn; so all are back before anybody regains."""
        entry = stranding.entry._replace(who=session.id)
        try:
            if outcome := self._hub.propose(entry):
                await outcome
        except ChatError as error:
            if self._strandings.get(session) is stranding:
                self._refused(session, stranding, error)
            return
        if self._strandings.get(session) is stranding:
            del self._strandings[session]
            if isinstance(entry, Connect):
                session.listener.tell(Notice(REJOINED, session.now(), "rejoined"))
            self._give_back(session, stranding)
        self._propose_kept(session)
        stranding.open()

    def _give_back(self, session: Session, stranding: Stranding) -> None:
        """Propose that it has what it had, but for what `Return` has brought."""
        if self._hub.identities.account_of(stranding.account):
            unattended(self._hub.propose(Prove(session.id, stranding.account)))
        if stranding.device and self._hub.supports(NameDevice):
            entry = NameDevice(session.id, stranding.device)
            unattended(self._hub.propose(entry))
        if stranding.oper and self._hub.supports(Oper):
            unattended(self._hub.propose(Oper(session.id, stranding.oper)))
        regain = stranding.regain
        if regain is not None and self._hub.supports(Regain):
            unattended(self._hub.propose(regain._replace(who=session.id)))

    def _refused(
        self, session: Session, stranding: Stranding, error: ChatError
    ) -> None:
        stranding.proposed = False
        self._hub.let_go(session)
        if isinstance(stranding.entry, Connect) or error.code in NOT_WANTED:
            session.drop(error.text)
            self.forget(session)

    def returned(self, session: Session, user: User) -> None:
        """The session is one of `user` again: show it what it has missed."""
        stranding = self._strandings[session]
        rooms = user.rooms
        last = next(reversed(rooms.values()), None)
        session.room = rooms.get(stranding.room, last)
        budget = Budget(at_once(session))
        for key, room in rooms.items():
            session.show_room(room, stranding.heard.get(key, 0), budget)

    def forget(self, session: Session) -> bool:
        """The connection is gone; whether its session may come back all the same."""
        stranding = self._strandings.pop(session, None)
        if stranding is None:
            return False
        self._hub.let_go(session)
        for kept in self._kept.pop(session, ()):
            kept.outcome.errback(CutOff(True))
        stranding.open()
        return stranding.proposed

    # What they had asked for

    def keep(
        self, failure: Failure, session: Session, entry: Entry, within: Within | None
    ) -> Deferred[None] | Failure:
        """What `session` has asked for is not in the log, if it is sure that it isn't.

        It is proposed once more as soon as the session is back, before what the peer
        has sent meanwhile.  Anything else fails as it did.
        """
        error = failure.value
        if not (isinstance(error, CutOff) and error.certain and self._stays(session)):
            return failure
        kept = Kept(entry, within, Deferred())
        self._kept.setdefault(session, []).append(kept)
        return kept.outcome

    def keep_said(
        self, session: Session, entry: Entry, refused: Refused, error: Exception
    ) -> None:
        """As `keep`, for what was submitted; `refused` is told of anything else."""

        def tell(failure: Failure) -> None:
            assert isinstance(failure.value, Exception)
            refused(failure.value)

        kept = self.keep(Failure(error), session, entry, None)
        if isinstance(kept, Failure):
            refused(error)
        else:
            kept.addErrback(tell)

    def _stays(self, session: Session) -> bool:
        """Whether it will be brought back, or is, by the state so far, still here."""
        here = self._hub.sessions.get(session.id) is session.state
        return not session.ended and (here or session in self._strandings)

    def _propose_kept(self, session: Session) -> None:
        for entry, within, done in self._kept.pop(session, ()):
            if "who" in entry._fields:
                entry = entry._replace(who=session.id)  # type: ignore[call-arg]
            outcome = run(self._proposed(session, entry, within))
            if outcome is None:
                done.callback(None)
            else:
                outcome.chainDeferred(done)

    async def _proposed(
        self, session: Session, entry: Entry, within: Within | None
    ) -> None:
        await settled(self._hub.propose(entry, within, session))

    def unhear(self, last_ids: Mapping[str, int]) -> None:
        """What came after these has not been said, though it was shown.

        :param last_ids: the latest in each room, by folded name.
        """
        for stranding in self._strandings.values():
            stranding.heard = {
                key: min(id, last_ids.get(key, 0))
                for key, id in stranding.heard.items()
            }

    # What the others decide meanwhile

    def unregistered(self, account: str) -> None:
        """The account is gone; who has that nick next is somebody else."""
        for session, stranding in self._strandings.items():
            entry = stranding.entry
            if fold(stranding.account) == fold(account):
                stranding.account = ""
            if isinstance(entry, Return) and fold(entry.account) == fold(account):
                session.listener.tell(LoggedIn(entry.nick, "", self._hub.at))
                stranding.entry = entry._replace(account="")


def _entry(session: Session, user: User | None) -> Connect | Return:
    """What brings the session back; who has no nick yet is connected anew."""
    state = session.state
    connect = Connect(session.id, state.host, state.secure, state.can_log_in)
    if user is None:
        return connect
    away, about = user.own_words()
    return Return(
        *connect,
        user.nick,
        user.account,
        about,
        away,
        user.bot,
        _seats(user.rooms.values()),
        tuple(user.ignores),
        user.token,
    )


def _regain(session: Session, user: User) -> Regain:
    rooms, writer = user.rooms.values(), user.last_writer
    here = writer is not None and writer.online
    return Regain(
        session.id,
        user.token,
        user.since,
        _seats(room for room in rooms if user in room.rules.guests),
        _seats(room for room in rooms if user in room.rules.guest_owners),
        _seats(user.invitations),
        writer.nick if writer is not None and here else "",
        writer.token if writer is not None and here else "",
        min(user.author, 0),
        user.was,
    )


def _seats(rooms: Iterable[Room]) -> tuple[Seat, ...]:
    return tuple(Seat(room.name, room.since) for room in rooms)
