"""What a node has shown, and the log went on without, is proposed again.

The node puts it aside, in its file, when it goes back to where the log left it; see
`Machine.rewind`.  Once it is up again it proposes what it has put aside, and forgets it
when all of that is decided (`salvaging`).  Who does so twice does no harm: see
`hub.repeating` and `hub.reinstating`.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from secrets import token_hex
from typing import NamedTuple

import msgspec

from ..events import Ban, Said, SpeechKind
from ..hub import Hub
from ..hub import entries as e
from ..hub.entries import Entry
from ..hub.snapshot import Snapshot
from ..hub.user import TOKEN_LENGTH
from ..log.packed import MAX_MARK
from ..log.stream import Position
from ..names import fold
from ..storage.accounts import Account
from ..storage.moderation import RoomRecord, ban_key

AT_ONCE = 40
"""Messages that are proposed without waiting for each other."""

NOBODY = e.SessionId(0, 0)


class Item(NamedTuple):
    """Entries that are proposed together.

    :ivar body: the entries, as in a log.
    :ivar nick: only while that account has the password `hash`; empty: in any case.
    """

    body: bytes
    nick: str = ""
    hash: str = ""


_ITEMS = msgspec.msgpack.Decoder(list[Item])


def pack(items: Sequence[Item]) -> bytes:
    """As bytes; none for nothing."""
    return msgspec.msgpack.encode(items) if items else b""


def unpack(data: bytes) -> list[Item]:
    """What `pack` made; nothing of nothing."""
    return _ITEMS.decode(data) if data else []


def last_ids(base: Snapshot) -> dict[str, int]:
    """The latest id in each room, open or not, by folded name."""
    opened = {fold(room.record.name): room.last_id for room in base.rooms}
    return {**dict(base.last_ids), **opened}


def mark_of(tails: Iterable[Sequence[Said]], position: Position) -> str:
    """The latest ids of what was said in the millisecond of a position; see `marked`.

    :param tails: of each room its latest messages up to there, in order.
    :return: empty where they are too many.
    """
    at, ids = position.ms / 1000, dict[str, int]()
    for messages in tails:
        if messages and messages[-1].at == at:
            ids[fold(messages[-1].room)] = messages[-1].id
    mark = json.dumps(ids, ensure_ascii=False)
    return mark if len(mark) <= MAX_MARK else ""


def marked(mark: str) -> Mapping[str, int]:
    """By folded room, up to which id what was said in that millisecond isn't lost.

    :param mark: what `mark_of` made on some node; without an effect if it is empty, or
        can't be from there.
    """
    try:
        ids = json.loads(mark)
        return {str(room): int(id) for room, id in ids.items()}
    except (ValueError, TypeError, AttributeError, RecursionError):
        return {}


# What is put aside


class Salvage:
    """What a node has, and the log has not after `fork`.

    :param base: the state there; None where it isn't known any more.
    :param hub: in the state that is given up.
    """

    def __init__(
        self,
        hub: Hub,
        base: Snapshot | None,
        fork: Position,
        encode: Callable[[Sequence[Entry]], bytes],
    ) -> None:
        self._hub = hub
        self._base = base
        self._fork = fork
        self._encode = encode
        # Taken now: the state may change before the file is read.
        self._closed = _closed(base.records if base is not None else ())
        self._closed_here = _closed(hub.room_registry.records())
        self._accounts = list(self._account_items())
        self._decisions = self._all_decisions()

    def items(
        self,
        lost: Sequence[Said],
        before: Sequence[Item],
        changed: Sequence[Said] = (),
    ) -> list[Item]:
        """All that is to be proposed.

        :param lost: the messages that are in no log any more, in order.
        :param before: what was put aside before and not decided yet; of that, what is
            in `lost` has been said since, and is lost once more.
        :param changed: those that aren't lost, and were edited or deleted after that.
        """
        first: dict[str, int] = {}
        for each in lost:
            first.setdefault(fold(each.room), each.id)
        # The topic is one of the decisions: to set it once more is a change of its own.
        words = [
            self._repeat(each, each.kind, first[fold(each.room)])
            for each in lost
            if each.kind != "topic" and self._may_be_said(each)
        ]
        return [
            *before,
            *self._accounts,
            *self._items(self._decisions),
            *self._items([c for said in changed for c in self._change(said)]),
            *self._items(words),
        ]

    def _items(self, entries: Sequence[Entry]) -> Iterator[Item]:
        for at in range(0, len(entries), AT_ONCE):
            yield Item(self._encode(entries[at : at + AT_ONCE]))

    def _repeat(self, said: Said, kind: SpeechKind, first: int) -> e.Repeat:
        """As it is said once more.

        Numbers of authors are times: who had one at the fork has it still.

        :param first: the id of the first message of that room that is lost.
        """
        author = said.author if abs(said.author) < self._fork.ms else 0
        reply_to = said.reply_to if said.reply_to < first else 0
        fork, where = (self._fork.ms, self._fork.seq), (said.room, said.id)
        return e.Repeat(fork, *where, said.nick, kind, said.text, author, reply_to)

    def _change(self, said: Said) -> Iterator[Entry]:
        if said.marks is None:
            return
        if by := said.marks.deleted_by:
            yield e.RepeatDelete(said.room, said.id, said.nick, by)
        elif (at := said.marks.changed) is not None and self._may_be_said(said):
            yield e.RepeatEdit(said.room, said.id, said.nick, said.text, at)

    def _may_be_said(self, said: Said) -> bool:
        """Whether it isn't deleted, and nobody can read it who couldn't then.

        Of a room that was closed to strangers the file has words only where an account
        owns it.  They are not said again where the log doesn't know it as closed.
        """
        key, marks = fold(said.room), said.marks
        open_or_known = key not in self._closed_here or key in self._closed
        return open_or_known and not (marks is not None and marks.deleted_by)

    def _all_decisions(self) -> list[Entry]:
        """What operators and owners have decided."""
        mine = {
            ban_key(ban): ban
            for bans in self._hub.bans.lists()
            for ban in bans
            if not ban.temporary
        }
        if self._base is None:
            since = self._fork.ms / 1000
            return [e.RepeatBan(ban) for ban in mine.values() if ban.since > since]
        return [
            *self._settings(self._base),
            *self._rules(self._base),
            *self._bans(mine, self._base),
        ]

    def _settings(self, base: Snapshot) -> Iterator[Entry]:
        shared = self._hub.shared
        if shared != base.shared:
            yield e.ChangeSettings(base.shared, shared)

    def _rules(self, base: Snapshot) -> Iterator[Entry]:
        """Not of rooms that are kept no more: nobody owns those."""
        known = {fold(record.name): record for record in base.records}
        fork = self._fork.ms, self._fork.seq
        for record in self._hub.room_registry.records():
            before = known.get(fold(record.name), RoomRecord(record.name))
            if before != record:
                yield e.RepeatRules(fork, before, record)

    def _bans(
        self, mine: Mapping[tuple[str, str, str], Ban], base: Snapshot
    ) -> Iterator[Entry]:
        theirs = {ban_key(ban): ban for ban, _ in base.bans if not ban.temporary}
        for key, ban in mine.items():
            if key not in theirs or ban.since > theirs[key].since:
                yield e.RepeatBan(ban)
        for key, ban in theirs.items():
            if key not in mine and not 0 < ban.until <= self._hub.at:
                yield e.RepeatRelease(ban)

    def _account_items(self) -> Iterator[Item]:
        mine = {fold(account.nick): account for account in self._hub.accounts}
        if self._base is None:
            for account in mine.values():
                if account.created * 1000 > self._fork.ms:
                    yield from self._new(account)
            return
        theirs = {fold(account.nick): account for account in self._base.accounts}
        for key, account in mine.items():
            if key not in theirs:
                yield from self._new(account)
            else:
                yield from self._changed(theirs[key], account)
        for key in theirs.keys() - mine.keys():
            token = token_hex(TOKEN_LENGTH // 2)
            gone = theirs[key]
            yield self._item(gone, e.Unregister(gone.nick, token))

    def _item(self, account: Account, *entries: Entry) -> Item:
        return Item(self._encode(entries), account.nick, account.hash)

    def _new(self, account: Account) -> Iterator[Item]:
        network, *others = account.networks or (b"",)
        nick, hash = account.nick, account.hash
        yield Item(self._encode([e.Register(NOBODY, nick, hash, network)]))
        more: list[Entry] = [e.RememberNetwork(nick, each) for each in others]
        more += _proofs(Account(nick, ""), account)
        if account.operator:
            more.append(e.SetOperator(nick, True))
        if more:
            yield self._item(account, *more)

    def _changed(self, before: Account, account: Account) -> Iterator[Item]:
        nick, changes = account.nick, _proofs(before, account)
        if account.operator is not before.operator:
            changes.append(e.SetOperator(nick, account.operator))
        if account.hash != before.hash:
            changes.append(e.SetPassword(nick, account.hash, False))
        if changes:
            yield self._item(before, *changes)


def _proofs(before: Account, account: Account) -> list[Entry]:
    """What brings all but the password that proves an account from one to another."""
    nick, changes = account.nick, list[Entry]()
    gone, new = _differ(before.certificates, account.certificates)
    changes += [e.RemoveCertificate(nick, each) for each in gone]
    changes += [e.AddCertificate(nick, each, False) for each in new]
    gone, new = _differ(before.keys, account.keys)
    changes += [e.RemoveKey(nick, each) for each in gone]
    changes += [e.AddKey(nick, each) for each in new]
    gone, new = _differ(_digests(before), _digests(account))
    changes += [e.RemoveToken(nick, each) for each in gone]
    for each in new:
        changes += [e.AddTicket(nick, each), e.UseToken(each, each)]
    return changes


def _differ(
    before: Sequence[str], now: Sequence[str]
) -> tuple[Sequence[str], Sequence[str]]:
    """What is not there any more, and what is new."""
    gone = [each for each in before if each not in now]
    return gone, [each for each in now if each not in before]


def _digests(account: Account) -> Sequence[str]:
    """Of its tokens; a ticket is over before it could be proposed again."""
    return [token.digest for token in account.tokens if token.used]


def undecided(
    items: Sequence[Item],
    lost: Sequence[Said],
    encode: Callable[[Sequence[Entry]], bytes],
    decode: Callable[[bytes], Sequence[Entry]],
) -> list[Item]:
    """Those of `items` that were not said since: what of them was is in `lost`."""
    said = {(fold(each.room), *_words(each)) for each in lost}
    left = []
    for item in items:
        entries = [
            entry
            for entry in decode(item.body)
            if not isinstance(entry, e.Repeat)
            or (fold(entry.room), entry.nick, entry.kind, entry.text) not in said
        ]
        if entries:
            left.append(item._replace(body=encode(entries)))
    return left


def _words(message: Said) -> tuple[str, str, str]:
    return message.nick, message.kind, message.text


def _closed(records: Iterable[RoomRecord]) -> set[str]:
    return {fold(record.name) for record in records if record.closed}
