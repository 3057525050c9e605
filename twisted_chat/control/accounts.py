"""What can be asked about accounts: each becomes entries, as any other change."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from ..events import ChatError
from ..hub import Hub
from ..hub.entries import (
    Entry,
    PurgeAuthor,
    RecordAction,
    SetOperator,
    SetPassword,
    Unregister,
)
from ..hub.session import new_token
from ..outcomes import settled
from .server import Command, Request, word

ADMIN = "admin"


def commands(hub: Hub) -> Mapping[str, Command]:
    """The commands about the accounts of `hub`."""

    async def change(entry: Entry, what: str, nick: str) -> None:
        if hub.accounts.find(nick) is None:
            raise ChatError(464, f"{nick} is not registered; REGISTER comes first")
        await settled(hub.propose(entry))
        await settled(hub.propose(RecordAction(ADMIN, what, nick)))

    async def operator(request: Request) -> Sequence[str]:
        nick, on = word(request, "nick"), request.get("on") is True
        await change(SetOperator(nick, on), "OPERATOR" if on else "UNOPERATOR", nick)
        return [f"{nick} is {'an operator' if on else 'no operator any more'}"]

    async def password(request: Request) -> Sequence[str]:
        nick, hash = word(request, "nick"), word(request, "hash")
        # Whoever had got into the account may have left a way back in.
        await change(SetPassword(nick, hash, alone=True), "PASSWD", nick)
        return [f"{nick} has another password"]

    async def remove(request: Request) -> Sequence[str]:
        nick = word(request, "nick")
        await change(Unregister(nick, new_token()), "UNREGISTER", nick)
        return [f"{nick} is not registered any more"]

    async def export(request: Request) -> Sequence[str]:
        """Somebody is about to read what this account has written in private."""
        nick = word(request, "nick")
        await settled(hub.propose(RecordAction(ADMIN, "EXPORT", nick)))
        return []

    async def purge(request: Request) -> Sequence[str]:
        nick, seconds = word(request, "nick"), float(word(request, "seconds"))
        room = str(request.get("room", ""))
        since = hub.now() - seconds if seconds else 0.0
        await settled(hub.propose(PurgeAuthor(None, nick, room, since)))
        return [f"all that {nick} wrote is being deleted"]

    return {
        "purge": purge,
        "export": export,
        "operator": operator,
        "password": password,
        "remove": remove,
    }
