"""Registered nicks: claiming one, proving it, giving it up."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from ..hub import Hub
from ..hub.proofs import AddedProofs, ConnectionProofs, Proofs
from ..hub.tokens import Tokens
from ..outcomes import Outcome
from .command import Command, Run, by_name
from .fields import UsageError, Values, text, word

if TYPE_CHECKING:
    from .interpreter import Interpreter

PASSWORD = word("password")


def _register(interpreter: Interpreter, values: Values) -> Outcome:
    session = interpreter.session
    return session.hub.authentication.register(session, values["password"])


def _login(interpreter: Interpreter, values: Values) -> Outcome:
    session, nick = interpreter.session, values["nick"]
    if not nick and session.user is None:
        raise UsageError("LOGIN nick password")
    return session.hub.authentication.login(session, nick, values["password"])


def _passwd(interpreter: Interpreter, values: Values) -> Outcome:
    session, alone = interpreter.session, values["alone"].lower()
    if alone not in ("", "alone"):
        raise UsageError(COMMANDS["PASSWD"].usage)
    return session.hub.authentication.change_password(
        session, values["old"], values["new"], bool(alone)
    )


def _unregister(interpreter: Interpreter, values: Values) -> Outcome:
    session = interpreter.session
    return session.hub.authentication.unregister(session, values["password"])


def _proofs(verb: str, field: str, of: Callable[[Hub], Proofs]) -> Run:
    """What the command about one kind of proofs does.

    :param field: what it calls one of them.
    """

    def run(interpreter: Interpreter, values: Values) -> Outcome:
        session, proof = interpreter.session, values[field]
        proofs = of(session.hub)
        match values["action"].lower():
            case "" | "list" if not proof:
                proofs.show(session)
                return None
            case "add" if isinstance(proofs, AddedProofs):
                return proofs.add(session, proof)
            case "remove":
                return proofs.remove(session, proof)
            case "login" if isinstance(proofs, ConnectionProofs):
                return proofs.log_in(session, proof)
            case "ticket" if isinstance(proofs, Tokens) and not proof:
                return proofs.ticket(session)
        raise UsageError(COMMANDS[verb].usage)

    return run


COMMANDS = by_name(
    Command(
        "REGISTER",
        "make the nick that you wear yours",
        [PASSWORD],
        _register,
    ),
    Command(
        "LOGIN",
        "prove that a nick is yours",
        [word("nick", False), PASSWORD],
        _login,
        True,
    ),
    Command(
        "PASSWD",
        "change your password; alone: nothing else proves your nick any more",
        [word("old"), word("new"), word("alone", False, "[alone]")],
        _passwd,
    ),
    Command(
        "CERT",
        "certificates that prove your nick in place of the password",
        [
            word("action", False, "[add|remove [fingerprint]|list|login [nick]]"),
            word("fingerprint", False, ""),
        ],
        _proofs("CERT", "fingerprint", lambda hub: hub.certificates),
        True,
    ),
    Command(
        "KEY",
        "keys of ssh that prove your nick in place of the password",
        [
            word("action", False, "[add|remove [key]|list]"),
            text("key", False, ""),
        ],
        _proofs("KEY", "key", lambda hub: hub.keys),
    ),
    Command(
        "TOKEN",
        "browsers that stay logged in",
        [
            word("action", False, "[remove [token|all]|list|login [nick]|ticket]"),
            word("token", False, ""),
        ],
        _proofs("TOKEN", "token", lambda hub: hub.tokens),
        True,
    ),
    Command(
        "UNREGISTER",
        "give your registered nick up",
        [PASSWORD],
        _unregister,
    ),
)
