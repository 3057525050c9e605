"""Keeping order: kicking, muting, banning, and the rules of rooms.

Every method takes effect or raises `ChatError`: 481 for what only operators
may do, 482 for what only the owners of a room may.
"""

from __future__ import annotations

from collections.abc import Iterable
from ipaddress import ip_address
from typing import TYPE_CHECKING

from twisted.logger import Logger

from ..events import Ban, BanList, ChatError, Failed, Kicked, Notice
from ..ledger import Deed, Ledger
from ..limits import is_local
from ..names import REASON_LENGTH, check_text, clean, fold
from .bans import Bans, is_pattern, network_in, parse_mask, why
from .keeping import Keeping
from .scribe import Scribe

if TYPE_CHECKING:
    from .hub import Hub
    from .room import Room
    from .user import User

log = Logger()

WIDEST = {4: 8, 6: 16}


_CODES = {
    "ban+": "ban-set",
    "ban-": "ban-lifted",
    "mute+": "mute-set",
    "mute-": "mute-lifted",
}


class Moderation:
    """What operators may do everywhere, and owners in their rooms.

    A method's `by` is who does it; `room` is None for the whole chat.

    :ivar keeping: the rooms' rules; see there.
    """

    def __init__(self, hub: Hub, ledger: Ledger) -> None:
        self._hub = hub
        self._ledger = ledger
        self.scribe = Scribe(hub.clock)
        self.keeping = Keeping(hub, ledger, self.scribe)
        self._bans = Bans()
        self._mutes = Bans()

    def load(self, bans: Iterable[Ban]) -> None:
        """Know again what was decided before; once, before the doors open."""
        now = self._hub.now()
        for ban in bans:
            if ban.until and ban.until <= now:
                self.scribe.write(self._ledger.drop_ban, ban)
            else:
                self._list(ban.kind, ban.room).add(ban)

    # What holds

    def check_host(self, host: str) -> None:
        """Raises `ChatError` 465 when `host` may not connect at all."""
        ban = self._bans.match_host(host, self._hub.now())
        if ban is not None and not is_local(host):
            raise ChatError(465, f"You are banned{why(ban)}")

    def check_nick(self, nick: str) -> None:
        """Raises `ChatError` 465 when nobody may be called `nick`."""
        if ban := self._bans.match_nick(nick, self._hub.now()):
            raise ChatError(465, f"{nick} is banned{why(ban)}")

    def mute_of(self, user: User) -> Ban | None:
        """What keeps `user` silent everywhere."""
        if user.operator:
            return None
        kept = user.muted
        # Another nick doesn't help against a mute.
        if kept is not None and self._mutes.get(kept.mask, self.now()) is kept:
            return kept
        return self._mutes.match(user.names(), user.hosts(), self._hub.now())

    # Kicking

    def kick(
        self, by: User, nick: str, room: Room | None = None, reason: str = ""
    ) -> None:
        """KICK: out of `room`, or out of the chat.

        :raises ChatError: 401 or 441 when `nick` isn't there.
        """
        user = self._hub.user(nick)
        self._check_rank(by, room, user)
        reason = tidy(reason)
        if room is not None and user not in room.members:
            raise ChatError(441, f"{user.nick} is not in {room.name}")
        self.note(by, "KICK", room, user.nick, reason)
        if room is None:
            self._throw_out(user, Kicked("", user.nick, by.nick, reason, self.now()))
        else:
            room.kick(user, by.nick, reason)

    def _throw_out(self, user: User, event: Kicked) -> None:
        why = f": {event.reason}" if event.reason else ""
        for session in list(user.sessions):
            session.listener.tell(event)
            session.drop(f"kicked by {event.by}{why}")

    # Muting

    def mute(
        self,
        by: User,
        mask: str,
        room: Room | None = None,
        seconds: float = 0,
        reason: str = "",
    ) -> None:
        """MUTE: keep a nick, address or prefix from speaking; 0 s: for ever."""
        ban = self._make("mute", by, mask, room, seconds, reason)
        self._add(by, ban, room)
        self._refresh(room)

    def unmute(self, by: User, mask: str, room: Room | None = None) -> None:
        """UNMUTE: raises `ChatError` 440 when `mask` isn't muted."""
        self._check_rank(by, room)
        user = self._hub.users.get(fold(mask))
        if room is None and user is not None and user.muted is not None:
            mask = user.muted.mask
        self._remove(by, "mute", mask, room)
        self._refresh(room)

    def _refresh(self, room: Room | None) -> None:
        """Let mutes take hold, or go."""
        if room is not None:
            room.refresh_restricted()
            return
        for user in self._hub.users.values():
            user.refresh_muted()

    # Banning

    def ban(
        self,
        by: User,
        mask: str,
        room: Room | None = None,
        seconds: float = 0,
        reason: str = "",
        expel: bool = True,
    ) -> None:
        """BAN: keep a nick, address or prefix out; 0 s: for ever.

        :param expel: throw out who is there.
        :raises ChatError: 476 for a bad mask, 481 for one that would lock out
            everyone, an operator or this machine.
        """
        ban = self._make("ban", by, mask, room, seconds, reason)
        if room is None:
            self._check_harmless(ban.mask)
        self._add(by, ban, room)
        if expel and room is not None:
            self._expel_from(room, ban)
        elif expel:
            self._expel(by, ban)

    def unban(self, by: User, mask: str, room: Room | None = None) -> None:
        """UNBAN: raises `ChatError` 440 when `mask` isn't banned."""
        self._check_rank(by, room)
        self._remove(by, "ban", mask, room)

    def list_bans(self, by: User, room: Room | None = None) -> BanList:
        """BANS: the bans and mutes, the oldest first."""
        self._check_rank(by, room)
        name = room.name if room else ""
        lists = self._list("ban", name), self._list("mute", name)
        for bans in lists:
            for ban in bans.expired(self.now()):
                self.scribe.write(self._ledger.drop_ban, ban)
        found = sorted((*lists[0], *lists[1]), key=lambda ban: ban.since)
        return BanList(name, tuple(found), self.now())

    def _check_harmless(self, mask: str) -> None:
        network = network_in(mask)
        if network is None:
            if is_pattern(mask):
                raise ChatError(476, "A ban of the whole chat takes no * and ?")
            user = self._hub.registrar.user_of(mask) or self._hub.users.get(fold(mask))
            listed = fold(mask) in self._hub.settings.operators
            if listed or (user is not None and user.operator):
                raise ChatError(481, f"{mask} is an operator; nobody may ban one")
            return
        if network.prefixlen < WIDEST[network.version]:
            raise ChatError(481, f"{mask} is too wide; it would lock everyone out")
        if any(address in network for address in _LOOPBACK):
            raise ChatError(481, f"{mask} is this machine; nobody may ban it")
        probe = Bans()
        probe.add(Ban("ban", "", mask, "", "", 0, 0))
        for user in self._hub.users.values():
            if user.operator and probe.match((), user.hosts(), 0):
                raise ChatError(481, f"{user.nick}, an operator, is at {mask}")

    def _expel(self, by: User, ban: Ban) -> None:
        one = Bans()
        one.add(ban)
        now = self.now()
        for session in list(self._hub.sessions):
            user = session.user
            hosts = () if is_local(session.host) else (session.host,)
            if user is not None and user.operator:
                continue
            if one.match(user.names() if user else (), hosts, now):
                if user is not None and not network_in(ban.mask):
                    text = f"{user.nick} came from {session.host}"
                    by.tell(Notice(text, now, "came-from", session.host))
                text = f"You are banned{why(ban)}"
                session.listener.tell(Failed(465, text, now))
                session.drop(f"banned by {by.nick}")

    def _expel_from(self, room: Room, ban: Ban) -> None:
        one = Bans()
        one.add(ban)
        now = self.now()
        for user in list(room.members):
            if not room.rules.rules(user) and one.match(
                user.names(), user.hosts(), now
            ):
                room.kick(user, ban.by, ban.reason)

    # Everyone

    def announce(self, by: User, text: str) -> None:
        """ANNOUNCE: tell every session; raises `ChatError` 412 and 417, too."""
        self._check_rank(by, None)
        text = check_text(text)
        self.note(by, "ANNOUNCE", None, "", text)
        self._hub.announce(
            f"Announcement by {by.nick}: {text}", "announcement", by.nick
        )

    # Bans and mutes alike

    def _make(
        self,
        kind: str,
        by: User,
        mask: str,
        room: Room | None,
        seconds: float,
        reason: str,
    ) -> Ban:
        mask = parse_mask(mask)
        user = self._hub.users.get(fold(mask))
        self._check_rank(by, room, user)
        now = self.now()
        until = now + seconds if seconds else 0.0
        name = room.name if room else ""
        return Ban(kind, name, mask, by.nick, tidy(reason), now, until)

    def _add(self, by: User, ban: Ban, room: Room | None) -> None:
        bans = self._list(ban.kind, ban.room)
        for over in bans.expired(self.now()):
            self.scribe.write(self._ledger.drop_ban, over)
        bans.add(ban)
        self.scribe.write(self._ledger.put_ban, ban)
        until = why(ban).strip(" :")
        self.note(by, ban.kind.upper(), room, ban.mask, until)
        self._told(by, ban, room, "+")

    def _remove(self, by: User, kind: str, mask: str, room: Room | None) -> None:
        bans = self._list(kind, room.name if room else "")
        ban = bans.remove(mask) or bans.remove(parse_mask(mask))
        if ban is None:
            past = "banned" if kind == "ban" else "muted"
            raise ChatError(440, f"{mask} is not {past}; BANS lists who is")
        self.scribe.write(self._ledger.drop_ban, ban)
        self.note(by, f"UN{kind.upper()}", room, ban.mask, "")
        self._told(by, ban, room, "-")

    def _told(self, by: User, ban: Ban, room: Room | None, sign: str) -> None:
        if room is not None:
            room.tell_rule(by, ban.kind, f"{sign}{ban.mask}")
        if room is None or by not in room.members:
            done = "banned" if ban.kind == "ban" else "muted"
            says = "is" if sign == "+" else "is no longer"
            until = why(ban) if sign == "+" else ""
            text = f"{ban.mask} {says} {done}{until}"
            by.tell(Notice(text, self.now(), _CODES[ban.kind + sign], ban.mask))

    def _list(self, kind: str, room: str) -> Bans:
        if room:
            return self.keeping.lists_of(room)[kind]
        return self._bans if kind == "ban" else self._mutes

    # Who may, and who did

    def _check_rank(
        self, by: User, room: Room | None, target: User | None = None
    ) -> None:
        if room is None:
            if not by.operator:
                raise ChatError(481, "Only operators may do that")
            return
        if not room.rules.rules(by):
            raise ChatError(482, f"Only an owner of {room.name} may do that")
        if target is not None and target.operator and not by.operator:
            raise ChatError(481, f"{target.nick} is an operator")

    def check_owner(self, by: User, room: Room) -> None:
        """Raises `ChatError` 482 when `by` doesn't decide in `room`."""
        self._check_rank(by, room)

    def note(
        self, by: User, what: str, room: Room | None, target: str, reason: str
    ) -> None:
        """Put a deed into the log and the audit table."""
        name = room.name if room else ""
        account = by.account or by.nick
        log.info(
            "audit: {by} {what} {room} {target} {reason}",
            by=account,
            what=what,
            room=name,
            target=target,
            reason=reason,
        )
        deed = Deed(self.now(), account, what, name, target, reason)
        self.scribe.write(self._ledger.note, deed)

    def now(self) -> float:
        return self._hub.now()


def tidy(reason: str) -> str:
    """A reason as others may see it."""
    return clean(reason).strip()[:REASON_LENGTH]


_LOOPBACK = (ip_address("127.0.0.1"), ip_address("::1"))
