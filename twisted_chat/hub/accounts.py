"""The registered nicks, and what proves each."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from ..events import ChatError
from ..names import fold, skeleton
from ..storage.accounts import (
    MAX_CERTIFICATES,
    MAX_KEYS,
    MAX_NETWORKS,
    MAX_TICKETS,
    MAX_TOKENS,
    Account,
    Token,
)
from ..storage.store import Store


class Accounts:
    """State of the hub, kept in `store`.  Nicks are compared by their fold."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._accounts: dict[str, Account] = {}
        self._by_skeleton: dict[str, str] = {}
        self._owners: dict[str, str] = {}
        self._numbers: dict[int, str] = {}
        self._token_owners: dict[str, str] = {}

    def load(self, accounts: Iterable[Account]) -> None:
        """Know the accounts that were kept before; they are not written again.

        Those that are older than numbers get the lowest, as in the tables' migration.
        """
        accounts = list(accounts)
        old = [account for account in accounts if not account.number]
        old.sort(key=lambda each: (each.created, each.nick))
        numbers = {id(account): number for number, account in enumerate(old, 1)}
        for account in accounts:
            number = account.number or numbers[id(account)]
            self._know(account._replace(number=number))

    def __iter__(self) -> Iterator[Account]:
        return iter(self._accounts.values())

    def find(self, nick: str) -> Account | None:
        return self._accounts.get(fold(nick))

    def number_of(self, nick: str) -> int:
        """The number of that account; 0 where there is none."""
        account = self.find(nick)
        return account.number if account is not None else 0

    def numbered(self, number: int) -> Account | None:
        """The account with that number."""
        return self._accounts.get(self._numbers.get(number, ""))

    def find_certificate(self, fingerprint: str) -> Account | None:
        """Whose certificate this is."""
        return self._accounts.get(self._owners.get(fingerprint, ""))

    def find_token(self, digest: str, now: float) -> tuple[Account, Token] | None:
        """What has this digest, unless it is over, and whose it is."""
        account = self._accounts.get(self._token_owners.get(digest, ""))
        for token in account.tokens if account is not None else ():
            if account is not None and token.digest == digest and now < token.until:
                return account, token
        return None

    def confusable(self, nick: str) -> str:
        """The registered nick that looks like `nick`; or empty."""
        return self._by_skeleton.get(skeleton(nick), "")

    # Changes.  Where the account is gone they raise `ChatError` 464.

    def add(self, account: Account) -> None:
        """A new account; raises `ChatError` 433 when the nick is registered.

        Certificates of others stay theirs.
        """
        if known := self.find(account.nick):
            text = f"{known.nick} is registered already; /login password"
            raise ChatError(433, text)
        mine = sorted({*account.certificates} - self._owners.keys())
        account = account._replace(certificates=tuple(mine[:MAX_CERTIFICATES]))
        self._know(account)
        self._store.put_account(account)

    def remove(self, nick: str) -> None:
        """Forget the account and all of it; no-op where there is none."""
        account = self._accounts.pop(fold(nick), None)
        if account is None:
            return
        if self._by_skeleton.get(skeleton(account.nick)) == account.nick:
            del self._by_skeleton[skeleton(account.nick)]
        self._numbers.pop(account.number, None)
        self._forget_proofs(account)
        self._store.drop_account(account.nick)

    def set_password(self, nick: str, hash: str, alone: bool) -> None:
        """Let another password prove the account.

        :param hash: see `Account.hash`.
        :param alone: nothing else proves the account any more.
        """
        account = self._find(nick)
        changed = account._replace(hash=hash)
        if alone:
            changed = changed._replace(certificates=(), keys=(), networks=(), tokens=())
        self._change(account, changed)

    def set_operator(self, nick: str, operator: bool) -> None:
        """Make the account an operator's, or no longer."""
        account = self._find(nick)
        self._change(account, account._replace(operator=operator))

    def add_certificate(self, nick: str, fingerprint: str, take: bool) -> None:
        """Let a certificate prove the account.

        :param take: also where it is another's so far.
        :raises ChatError: 400 for too many certificates, or one of another account.
        """
        account, owner = self._find(nick), self.find_certificate(fingerprint)
        held, most = account.certificates, MAX_CERTIFICATES
        mine = _with(held, fingerprint, most, "certificates")
        if owner is not None and owner is not account:
            if not take:
                text = "That is another account's; connect with it to take it"
                raise ChatError(400, text)
            self.remove_certificate(owner.nick, fingerprint)
        self._change(account, account._replace(certificates=mine))

    def remove_certificate(self, nick: str, fingerprint: str) -> None:
        """Raises `ChatError` 400 when the account has no such certificate."""
        account = self._find(nick)
        left = _without(account.certificates, fingerprint, "certificate")
        self._change(account, account._replace(certificates=left))

    def add_key(self, nick: str, fingerprint: str) -> None:
        """Let a key of ssh prove the account; raises `ChatError` 400 for too many."""
        account = self._find(nick)
        mine = _with(account.keys, fingerprint, MAX_KEYS, "keys")
        self._change(account, account._replace(keys=mine))

    def remove_key(self, nick: str, fingerprint: str) -> None:
        """Raises `ChatError` 400 when the account has no such key."""
        account = self._find(nick)
        left = _without(account.keys, fingerprint, "key")
        self._change(account, account._replace(keys=left))

    def add_ticket(self, nick: str, digest: str, now: float) -> None:
        """Let a browser of the account fetch a token; the latest few tickets count."""
        account, ticket = self._find(nick), Token(digest, now, 0.0)
        if digest not in self._token_owners:
            self._set_tokens(account, (*account.tokens, ticket), now)

    def use_token(self, digest: str, new: str, now: float, passed: bytes) -> None:
        """Let the token `new` take the place of a ticket or token that is used.

        The account's tokens that were used last count.

        :param passed: see `Token.passed`; only for a ticket.
        :raises ChatError: 464 where there is none, or it is over.
        """
        found = self.find_token(digest, now)
        if found is None or (new != digest and new in self._token_owners):
            raise ChatError(464, "You are not logged in here any more")
        account, token = found
        if not token.used:
            token = token._replace(since=now, passed=passed)
        others = (each for each in account.tokens if each.digest != digest)
        used = token._replace(digest=new, used=now)
        self._set_tokens(account, (*others, used), now)

    def remove_token(self, nick: str, digest: str) -> None:
        """End a token; an empty `digest` means all, and all tickets.

        :raises ChatError: 400 when the account has no such token.
        """
        account = self._find(nick)
        left = tuple(each for each in account.tokens if digest not in ("", each.digest))
        if digest and left == account.tokens:
            raise ChatError(400, "Your account has no such token")
        self._change(account, account._replace(tokens=left))

    def _set_tokens(
        self, account: Account, tokens: tuple[Token, ...], now: float
    ) -> None:
        """Of these, keep what counts still."""
        latest = sorted(tokens, key=lambda token: (token.used, token.since, token))
        valid = [token for token in latest if now < token.until]
        tickets = [token for token in valid if not token.used][-MAX_TICKETS:]
        used = [token for token in valid if token.used][-MAX_TOKENS:]
        mine = tuple(sorted((*tickets, *used)))
        self._change(account, account._replace(tokens=mine))

    def remember_network(self, nick: str, network: bytes) -> None:
        """Let `network`, which is a `mark`, be the latest of up to `MAX_NETWORKS`."""
        account = self._find(nick)
        others = tuple(known for known in account.networks if known != network)
        networks = (*others, network)[-MAX_NETWORKS:]
        self._change(account, account._replace(networks=networks))

    def set_keep(self, nick: str, keep: bool) -> None:
        """KEEP: see `Account.keep`."""
        account = self._find(nick)
        self._change(account, account._replace(keep=keep))

    def set_stay(self, nick: str, stay: bool) -> None:
        """STAY: see `Account.stay`."""
        account = self._find(nick)
        self._change(account, account._replace(stay=stay))

    def set_ignores(self, nick: str, ignores: Iterable[str]) -> None:
        """Let the account ignore these; see `Account.ignores`."""
        account = self._find(nick)
        self._change(account, account._replace(ignores=tuple(sorted(ignores))))

    def _find(self, nick: str) -> Account:
        account = self.find(nick)
        if account is None:
            raise ChatError(464, f"{nick} is not registered any more")
        return account

    def _change(self, before: Account, account: Account) -> None:
        if account != before:
            self._forget_proofs(before)
            self._know(account)
            self._store.put_account(account)

    def _know(self, account: Account) -> None:
        key = fold(account.nick)
        self._accounts[key] = account
        self._by_skeleton.setdefault(skeleton(account.nick), account.nick)
        self._numbers[account.number] = key
        for fingerprint in account.certificates:
            self._owners[fingerprint] = key
        for token in account.tokens:
            self._token_owners[token.digest] = key

    def _forget_proofs(self, account: Account) -> None:
        for fingerprint in account.certificates:
            del self._owners[fingerprint]
        for token in account.tokens:
            del self._token_owners[token.digest]


def _with(proofs: tuple[str, ...], proof: str, most: int, noun: str) -> tuple[str, ...]:
    """`proofs` and `proof`, sorted; raises `ChatError` 400 for more than `most`."""
    if proof in proofs:
        return proofs
    if len(proofs) >= most:
        raise ChatError(400, f"An account has at most {most} {noun}")
    return tuple(sorted((*proofs, proof)))


def _without(proofs: tuple[str, ...], proof: str, noun: str) -> tuple[str, ...]:
    """`proofs` but for `proof`; raises `ChatError` 400 where it isn't one."""
    if proof not in proofs:
        raise ChatError(400, f"Your account has no such {noun}")
    return tuple(each for each in proofs if each != proof)
