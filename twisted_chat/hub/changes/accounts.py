"""Who is who: accounts, and what proves them."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from ...events import ChatError
from ...storage.accounts import Account, mark
from .. import entries as e
from .actors import state_of, user_of

if TYPE_CHECKING:
    from ..hub import Hub


def _prove(hub: Hub, entry: e.Prove) -> None:
    hub.identities.prove(state_of(hub, entry.who), entry.account)


def _log_in(hub: Hub, entry: e.LogIn) -> None:
    who, account, about, token, keep_nick = entry
    state, identities = state_of(hub, who), hub.identities
    if not identities.account_of(account):
        raise ChatError(464, f"{account} is not registered; REGISTER claims a nick")
    if keep_nick:
        identities.take_on(state, account)
    else:
        identities.log_in(state, account, about, token)


def _oper(hub: Hub, entry: e.Oper) -> None:
    hub.identities.oper(user_of(hub, entry.who), entry.account)


def _register(hub: Hub, entry: e.Register) -> None:
    who, nick, hash, network = entry
    account = Account(nick, hash, created=hub.at, networks=(network,))
    hub.identities.register(hub.sessions.get(who), account)


def _set_password(hub: Hub, entry: e.SetPassword) -> None:
    hub.accounts.set_password(*entry)


def _set_operator(hub: Hub, entry: e.SetOperator) -> None:
    hub.identities.set_operator(*entry)


def _add_certificate(hub: Hub, entry: e.AddCertificate) -> None:
    hub.accounts.add_certificate(*entry)


def _remove_certificate(hub: Hub, entry: e.RemoveCertificate) -> None:
    hub.accounts.remove_certificate(*entry)


def _add_key(hub: Hub, entry: e.AddKey) -> None:
    hub.accounts.add_key(*entry)


def _remove_key(hub: Hub, entry: e.RemoveKey) -> None:
    hub.accounts.remove_key(*entry)


def _add_ticket(hub: Hub, entry: e.AddTicket) -> None:
    hub.accounts.add_ticket(entry.nick, entry.digest, hub.at)


def _use_token(hub: Hub, entry: e.UseToken) -> None:
    passed = mark("", hub.shared.password) if hub.shared.password else b""
    hub.accounts.use_token(entry.digest, entry.new, hub.at, passed)


def _remove_token(hub: Hub, entry: e.RemoveToken) -> None:
    hub.accounts.remove_token(entry.nick, entry.digest)


def _remember_network(hub: Hub, entry: e.RememberNetwork) -> None:
    hub.accounts.remember_network(*entry)


def _unregister(hub: Hub, entry: e.Unregister) -> None:
    hub.identities.unregister(entry.nick, entry.token)


def _attempt(hub: Hub, entry: e.Attempt) -> None:
    """Raises 464 where it comes too early."""
    state = state_of(hub, entry.who)
    tries = hub.attempts.count(state, entry)
    if state.local is not None:
        state.local.tries = tries


def _attempt_over(hub: Hub, entry: e.AttemptOver) -> None:
    hub.attempts.take_back(entry.tries)


def _wrong_word(hub: Hub, entry: e.WrongWord) -> None:
    hub.attempts.count_word(state_of(hub, entry.who))


def _end_grace(hub: Hub, entry: e.EndGrace) -> None:
    state = hub.sessions.get(entry.who)
    if state is not None:
        hub.identities.end_grace(state, entry.grace, entry.token)


CHANGES: dict[type[e.Entry], Callable[[Hub, Any], None]] = {
    e.Prove: _prove,
    e.LogIn: _log_in,
    e.Oper: _oper,
    e.Register: _register,
    e.SetPassword: _set_password,
    e.SetOperator: _set_operator,
    e.AddCertificate: _add_certificate,
    e.RemoveCertificate: _remove_certificate,
    e.AddKey: _add_key,
    e.RemoveKey: _remove_key,
    e.AddTicket: _add_ticket,
    e.UseToken: _use_token,
    e.RemoveToken: _remove_token,
    e.RememberNetwork: _remember_network,
    e.Unregister: _unregister,
    e.Attempt: _attempt,
    e.AttemptOver: _attempt_over,
    e.WrongWord: _wrong_word,
    e.EndGrace: _end_grace,
}
