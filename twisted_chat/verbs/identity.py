"""Registered nicks: claiming one, proving it, giving it up."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..outcomes import Outcome
from .command import Command, by_name
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


def _cert(interpreter: Interpreter, values: Values) -> Outcome:
    session = interpreter.session
    certificates = session.hub.certificates
    fingerprint = values["fingerprint"]
    match values["action"].lower():
        case "" | "list" if not fingerprint:
            certificates.show(session)
            return None
        case "login":
            return certificates.log_in(session, fingerprint)
        case "add":
            return certificates.add(session, fingerprint)
        case "remove":
            return certificates.remove(session, fingerprint)
    raise UsageError(COMMANDS["CERT"].usage)


def _key(interpreter: Interpreter, values: Values) -> Outcome:
    session = interpreter.session
    keys, key = session.hub.keys, values["key"]
    match values["action"].lower():
        case "" | "list" if not key:
            keys.show(session)
            return None
        case "add":
            return keys.add(session, key)
        case "remove":
            return keys.remove(session, key)
    raise UsageError(COMMANDS["KEY"].usage)


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
        _cert,
        True,
    ),
    Command(
        "KEY",
        "keys of ssh that prove your nick in place of the password",
        [
            word("action", False, "[add|remove [key]|list]"),
            text("key", False, ""),
        ],
        _key,
    ),
    Command(
        "UNREGISTER",
        "give your registered nick up",
        [PASSWORD],
        _unregister,
    ),
)
