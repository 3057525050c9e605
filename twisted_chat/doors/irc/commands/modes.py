"""MODE: what holds in a room, and for a person.

What each letter means is in the Modern specification, "Modes"; q is Libera's
quiet.  n always holds: nobody speaks in a room from outside.
"""

from __future__ import annotations

from contextlib import suppress
from functools import partial
from typing import TYPE_CHECKING

from ....events import Ban, ChatError
from ....hub import Room, proposals
from ....hub.banlists import EXCEPTIONS
from ....names import fold, is_room
from ....outcomes import Outcome, run, settled
from .. import replies
from ..command import Command, alone
from ..message import middle
from ..room_modes import FLAGS, mask_of
from .masks import subject

if TYPE_CHECKING:
    from ..connection import IRCConnection
    from ..message import Message

MAX_CHANGES = 20
LISTS = {"b": "ban", "q": "mute", "e": "except", "I": "invex"}
LISTED = {
    "b": (367, 368, "ban"),
    "q": (728, 729, "quiet"),
    "e": (348, 349, "exception"),
    "I": (346, 347, "invite exception"),
}
"""The numerics of an entry and of the end, and what a list is called."""
VALUES = {"k": "key", "l": "limit"}
RANKS = "ov"
WITH_PARAMETER = f"Ibeqkl{RANKS}"
ONCE = {263, 404, 482}
"""Refusals that are told once for all changes of a line."""


def _mode(c: IRCConnection, message: Message) -> Outcome:
    target, *rest = message.params
    if is_room(target):
        return run(_room_mode(c, c.hub.room(target, c.session.me), rest))
    if fold(target) != fold(c.nick):
        c.hub.user(target)
        raise ChatError(502, "Cant change mode for other users")
    if rest:
        return run(_change_own(c, rest[0]))
    c.numeric(221, own_modes(c), final=False)
    return None


# A person's


def own_modes(c: IRCConnection) -> str:
    """The parameter of RPL_UMODEIS: a plus sign and the letters that are set."""
    user = c.session.me
    return "+" + "B" * user.bot + "i" * (not c.visible) + "o" * user.operator


async def _change_own(c: IRCConnection, changes: str) -> None:
    """i and B; o comes and goes with the account."""
    before = own_modes(c)
    unknown = False
    for on, char in _signed(changes):
        if char == "i":
            c.set_visible(not on)
        elif char == "B":
            await settled(proposals.set_bot(c.session, on))
        elif char != "o":
            unknown = True
    if unknown:
        c.numeric(501, "Unknown MODE flag")
    after = own_modes(c)
    added = "".join(char for char in after if char not in before)
    taken = "".join(char for char in before if char not in after)
    if added or taken:
        shown = (f"+{added}" if added else "") + (f"-{taken}" if taken else "")
        at = c.hub.now()
        c.listener.send(c.renderer.line(c.nick, at, f"MODE {c.nick} :{shown}"))


def _signed(changes: str) -> list[tuple[bool, str]]:
    """The letters of "+a-b", each with whether it is set."""
    on = True
    found = []
    for char in changes:
        if char in "+-":
            on = char == "+"
        else:
            found.append((on, char))
    return found


# A room's


async def _room_mode(c: IRCConnection, room: Room, rest: list[str]) -> None:
    if not rest:
        c.numeric(324, room.name, *replies.room_modes(c, room), final=False)
        c.numeric(329, room.name, str(int(room.since)), final=False)
        return
    denied: set[int] = set()
    changes = _signed(rest[0])[:MAX_CHANGES]
    c.session.charge(targets=len(changes) - 1)
    for on, char, word in _net(c, changes, rest[1:]):
        try:
            await settled(_change(c, room, on, char, word))
        except ChatError as error:
            if error.code not in denied & ONCE:
                _deny(c, error, room, char, word)
            denied.add(error.code)


def _net(
    c: IRCConnection, changes: list[tuple[bool, str]], words: list[str]
) -> list[tuple[bool, str, str]]:
    """What is changed in the end: the last of several changes of one thing."""
    net: dict[tuple[str, str], tuple[bool, str, str]] = {}
    for on, char in changes:
        wants = char in WITH_PARAMETER and (on or char != "l")
        word = words.pop(0) if wants and words else ""
        about = fold(_about(c, char, word))
        net.pop((char, about), None)
        net[char, about] = on, char, word
    return list(net.values())


def _about(c: IRCConnection, char: str, word: str) -> str:
    """What a change with `word` is one of."""
    if char in LISTS:
        with suppress(ChatError):
            return subject(word, c.renderer.hosts)
    return word if char in (*RANKS, *LISTS) else ""


def _deny(c: IRCConnection, error: ChatError, room: Room, char: str, word: str) -> None:
    if error.code in (401, 441) and char in (*RANKS, *LISTS):
        about = (word,) if error.code == 401 else (word, room.name)
        c.deny(error, "MODE", *about)
    elif error.code in (461, 476):
        shown = "*" if char == "k" else middle(word)  # a key isn't told to anybody
        c.numeric(696, room.name, char, shown, error.text)
    elif error.code == 440:
        pass  # what is not on the list is not taken off it
    else:
        c.deny(error, "MODE", room.name)


def _change(c: IRCConnection, room: Room, on: bool, char: str, word: str) -> Outcome:
    """Do one letter; raises `ChatError` when it can't be done."""
    set_rule = partial(proposals.set_rule, c.session, room.name)
    if char in FLAGS:
        return set_rule(FLAGS[char], "on" if on else "off")
    if char in LISTS:
        return _change_list(c, room, on, char, word)
    if char in RANKS:
        return _change_rank(c, room, on, char, word)
    if char in VALUES:
        rule = VALUES[char]
        if word or not on:
            return set_rule(rule, word if on else "")
        c.numeric(696, room.name, char, "*", f"You must specify a {rule}")
    elif char != "n":
        c.numeric(472, char, "is unknown mode char to me")
    elif not on:
        c.listener.send(c.notice_line(f"{room.name} stays +n, as all rooms do"))
    return None


def _change_rank(
    c: IRCConnection, room: Room, on: bool, char: str, nick: str
) -> Outcome:
    if not nick:
        what = "an owner" if char == "o" else "who is heard"
        c.numeric(696, room.name, char, "*", f"You must say {what}")
        return None
    if c.hub.user(nick) not in room.members:
        raise ChatError(441, "They aren't on that channel")
    change = proposals.set_owner if char == "o" else proposals.set_voice
    return change(c.session, room.name, nick, on)


def _change_list(
    c: IRCConnection, room: Room, on: bool, char: str, word: str
) -> Outcome:
    """Unlike BAN, +b throws nobody out: that is KICK's."""
    if not word:
        _list(c, room, char)
        return None
    kind = LISTS[char]
    whom = subject(word, c.renderer.hosts)
    if kind in EXCEPTIONS:
        return proposals.set_exception(c.session, room.name, kind, whom, on)
    if on:
        return proposals.restrain(c.session, kind, room.name, whom, expel=False)
    return proposals.release(c.session, kind, room.name, whom)


def _list(c: IRCConnection, room: Room, char: str) -> None:
    """RPL_BANLIST and the like; empty for who may not see them."""
    me = c.session.me
    found: list[Ban] = []
    if room.rules.may_administer(me):
        listed = c.hub.moderation.list_bans(me, room).bans
        found = [ban for ban in listed if ban.kind == LISTS[char]]
    entry, end, what = LISTED[char]
    letter = (char,) if char == "q" else ()
    for ban in found:
        words = (*letter, mask_of(ban.mask), ban.by, str(int(ban.since)))
        c.numeric(entry, room.name, *words, final=False)
    c.numeric(end, room.name, *letter, f"End of channel {what} list")


COMMANDS = {
    "MODE": Command(
        _mode,
        1,
        asks=alone,
        usage="target [modes [parameters]]",
        about="what holds in a room, or for you",
    )
}
