"""Keeping order: kicking, muting, banning.

Every method takes effect or raises `ChatError`: 481 for what only operators
may do, 482 for what only the owners of a room may, 404 for who is muted
themselves, 263 for who does too much.
"""

from __future__ import annotations

from ipaddress import ip_address
from typing import TYPE_CHECKING

from ..addresses import parse_network
from ..events import Ban, BanList, ChatError, Failed, Kicked, Notice
from ..names import fold
from . import meant, presence
from .hold import Hold, why
from .masks import cut_source, is_pattern, is_source, parse_mask
from .room_registry import KINDS

if TYPE_CHECKING:
    from .hub import Hub
    from .room import Room
    from .user import User

WIDEST = {4: 8, 6: 16}
"""The shortest prefix that may be banned, in bits, by IP version."""


class Moderation:
    """What operators may do everywhere, and owners in their rooms.

    A method's `by` is who does it; `room` is None for the whole chat.  Who may not do
    it gets `ChatError` 481 or 482, whoever changes too much 263 (`Audit.check`).
    """

    def __init__(self, hub: Hub) -> None:
        self._hub = hub

    # Kicking

    def kick(
        self, by: User, nick: str, room: Room | None = None, reason: str = ""
    ) -> None:
        """KICK: out of `room`, or out of the chat.

        :raises ChatError: 401 or 441 when `nick` isn't there.
        """
        user = self._hub.user(nick)
        self._check_rank(by, room, user)
        if room is not None and user not in room.members:
            raise ChatError(441, f"{user.nick} is not in {room.name}")
        self._hub.audit.check(by)
        self._hub.audit.record(by, "KICK", room, user.nick, reason)
        if room is None:
            self._throw_out(user, Kicked("", user.nick, by.nick, reason, self._hub.at))
        else:
            room.kick(user, by.nick, reason)

    def _throw_out(self, user: User, event: Kicked) -> None:
        why = f": {event.reason}" if event.reason else ""
        self._hub.staying.end(user, f"kicked by {event.by}{why}")
        for state in list(user.sessions):
            state.tell(event)
            presence.drop(self._hub, state, f"kicked by {event.by}{why}")

    # Muting

    def mute(
        self,
        by: User,
        mask: str,
        room: Room | None = None,
        seconds: float = 0,
        reason: str = "",
    ) -> None:
        """MUTE: keep a nick, address or prefix from speaking.  Who is meant is told.

        :param seconds: how long; 0 for ever.
        :raises ChatError: 476 for a bad mask, 478 for too many.
        """
        hold = self._hub.bans.add(
            by, self._make("mute", by, mask, room, seconds, reason), room
        )
        self.silence(hold, room)

    def silence(self, hold: Hold, room: Room | None) -> None:
        """Whom it means is muted from now on, and told."""
        if room is None:
            self.refresh_muted()
            return
        room.refresh_restricted()
        for user in [user for user in room.members if hold.means(user)]:
            room.rules.tell_muted(room, user)

    def unmute(self, by: User, mask: str, room: Room | None = None) -> None:
        """UNMUTE: raises `ChatError` 440 when `mask` isn't muted."""
        self._check_rank(by, room)
        if room is None:
            self._hub.bans.remove(by, "mute", mask, room)
            self.refresh_muted()
            return
        rules, now = room.rules, self._hub.at
        silent = [user for user in room.members if rules.mute_of(user, now)]
        self._hub.bans.remove(by, "mute", mask, room)
        room.refresh_restricted()
        for user in silent:
            if not rules.mute_of(user, now):
                text = f"You are no longer muted in {room.name}"
                user.tell(Notice(text, now, "unmuted", room.name))

    def refresh_muted(self) -> None:
        """See who is muted everywhere."""
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
        """BAN: keep a nick, address or prefix out.

        :param seconds: how long; 0 for ever.
        :param expel: throw out who is there.
        :raises ChatError: 476 for a bad mask, 478 for too many, 481 for one that would
            lock out everyone, an operator or this machine.
        """
        ban = self._make("ban", by, mask, room, seconds, reason)
        if room is None:
            self.check_harmless(ban.mask)
        hold = self._hub.bans.add(by, ban, room)
        if expel:
            self.expel(hold, room)

    def unban(self, by: User, mask: str, room: Room | None = None) -> None:
        """UNBAN: raises `ChatError` 440 when `mask` isn't banned."""
        self._check_rank(by, room)
        self._hub.bans.remove(by, "ban", mask, room)

    def set_exception(
        self, by: User, kind: str, mask: str, room: Room, on: bool
    ) -> None:
        """ROOM except, ROOM invex; see `BanLists.set_exception`.

        :param kind: "except" or "invex".
        """
        ban = self._make(kind, by, mask, room, 0, "")
        if on and is_source(ban.mask):
            nick, _, host = cut_source(ban.mask)
            if not (nick.strip("*?") or host.strip("*?")):
                raise ChatError(476, "Anybody can say that user; name a nick or a host")
        self._hub.bans.set_exception(by, ban, room, on)

    def list_bans(self, by: User, room: Room | None = None) -> BanList:
        """BANS: the bans and mutes, the oldest first, and exceptions from them.

        Addresses are for operators.
        """
        self._check_decides(by, room)
        name, now = room.name if room else "", self._hub.now()
        kinds = KINDS if room else ("ban", "mute")
        lists = [self._hub.bans.of(kind, name) for kind in kinds]
        listed = (ban for bans in lists for ban in bans)
        found = [ban for ban in listed if not ban.until or now < ban.until]
        found.sort(key=lambda ban: ban.since)
        if not by.operator:
            found = [meant.hide_hosts(ban) for ban in found]
        return BanList(name, tuple(found), now)

    def check_harmless(self, mask: str) -> None:
        """Raises `ChatError` 476 or 481 for what nobody may ban from the whole chat."""
        network = parse_network(mask)
        if network is None:
            if is_pattern(mask) or is_source(mask):
                raise ChatError(476, "A ban of the whole chat takes no * and ?")
            user = self._hub.identities.user_of(mask) or self._hub.users.get(fold(mask))
            listed = fold(mask) in self._hub.shared.operators
            if listed or (user is not None and user.operator):
                raise ChatError(481, f"{mask} is an operator; nobody may ban one")
            return
        if network.prefixlen < WIDEST[network.version]:
            raise ChatError(481, f"{mask} is too wide; it would lock everyone out")
        if any(address in network for address in _LOOPBACK):
            raise ChatError(481, f"{mask} is this machine; nobody may ban it")
        probe = Hold(Ban("ban", "", mask, "", "", 0, 0))
        for user in self._hub.users.values():
            if user.operator and probe.means(user):
                raise ChatError(481, f"{user.nick}, an operator, is at {mask}")

    def expel(self, hold: Hold, room: Room | None) -> None:
        """Throw out who is there and banned."""
        by, now = hold.ban.by, self._hub.at
        if room is not None:
            for member in [each for each in room.members if hold.means(each)]:
                if not room.rules.may_administer(member):
                    room.kick(member, by, hold.ban.reason)
            return
        text = f"You are banned{why(hold.ban)}"
        for state in list(self._hub.sessions.values()):
            user = state.user
            if user is not None and user.operator:
                continue
            there = hold.network is not None and hold.includes(state.host)
            if there or (user is not None and hold.exact and hold.means(user)):
                state.tell(Failed(465, text, now))
                presence.drop(self._hub, state, f"banned by {by}")
        for user in list(self._hub.users.values()):
            if not user.sessions and hold.exact and hold.means(user):
                self._hub.staying.end(user, f"banned by {by}")

    # Everyone

    def announce(self, by: User, text: str) -> None:
        """ANNOUNCE: tell every session."""
        self._check_rank(by, None)
        self._hub.audit.check(by)
        self._hub.audit.record(by, "ANNOUNCE", None, "", text)
        self._hub.tell_all(
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
        now = self._hub.at
        until = now + seconds if seconds else 0.0
        name = room.name if room else ""
        passing = room is not None and not room.rules.owners and not by.operator
        return Ban(kind, name, mask, by.nick, reason, now, until, temporary=passing)

    # Who may

    def _check_rank(
        self, by: User, room: Room | None, target: User | None = None
    ) -> None:
        self._check_decides(by, room)
        if room is None:
            return
        if target is not None and target.operator and not by.operator:
            raise ChatError(481, f"{target.nick} is an operator")
        # Reasons, masks and changes of rules are words, too.
        by.check_muted()

    def _check_decides(self, by: User, room: Room | None) -> None:
        if room is None:
            if not by.operator:
                raise ChatError(481, "Only operators may do that")
        elif not room.rules.may_administer(by):
            raise ChatError(482, f"Only an owner of {room.name} may do that")

    def check_owner(self, by: User, room: Room) -> None:
        """Raises `ChatError` 482 when `by` doesn't decide in `room`."""
        self._check_rank(by, room)


_LOOPBACK = (ip_address("127.0.0.1"), ip_address("::1"))
