"""Registered nicks: claiming one, proving it, giving it up."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..events import ChatError
from ..hub import Session
from .command import Command, Outcome, word

if TYPE_CHECKING:
    from .interpreter import Interpreter


def _login(interpreter: Interpreter, rest: str) -> Outcome:
    words = rest.split()
    session = interpreter.session
    if len(words) == 2:
        return session.login(words[0], words[1])
    if len(words) == 1 and session.user is not None:
        return session.login("", words[0])
    raise ChatError(461, "Use LOGIN password, or LOGIN nick password")


def _passwd(interpreter: Interpreter, rest: str) -> Outcome:
    words = rest.split()
    if len(words) != 2:
        raise ChatError(461, "Use PASSWD old new")
    return interpreter.session.change_password(words[0], words[1])


def _cert(interpreter: Interpreter, rest: str) -> Outcome:
    session = interpreter.session
    certificates = session.hub.registrar.certificates
    match rest.lower().split():
        case [] | ["list"]:
            return certificates.show(session)
        case ["add", *words] if len(words) < 2:
            return certificates.add(session, *words)
        case ["remove", *words] if len(words) < 2:
            return certificates.remove(session, *words)
    raise ChatError(461, "Use CERT list, CERT add or CERT remove, and a fingerprint")


COMMANDS: dict[str, Command] = {
    "REGISTER": word(
        "REGISTER password", "make the nick that you wear yours", Session.register
    ),
    "LOGIN": Command(
        "LOGIN [nick] password", "prove that a nick is yours", _login, True
    ),
    "PASSWD": Command("PASSWD old new", "change your password", _passwd),
    "CERT": Command(
        "CERT [add|remove [fingerprint]|list]",
        "certificates that prove your nick in place of the password",
        _cert,
    ),
    "UNREGISTER": word(
        "UNREGISTER password", "give your registered nick up", Session.unregister
    ),
}
