"""What others do that a client may be told: away, accounts, hosts, real names."""

from __future__ import annotations

from .... import events as e
from ..formats import Renderer
from .capability import Capability


def _away(renderer: Renderer, event: e.AwaySet) -> bytes:
    text = f" :{event.text}" if event.text else ""
    return renderer.line(event.nick, event.at, f"AWAY{text}")


def _account(renderer: Renderer, event: e.AccountSet) -> bytes:
    rest = f"ACCOUNT {event.account or '*'}"
    return renderer.line(event.nick, event.at, rest)


def _rehosted(renderer: Renderer, event: e.AccountSet) -> bytes:
    return renderer.rehosted(event.nick, event.before, event.account, event.at)


def _invited(renderer: Renderer, event: e.InviteSent) -> bytes:
    return renderer.line(event.by, event.at, f"INVITE {event.nick} :{event.room}")


def _described(renderer: Renderer, event: e.Described) -> bytes:
    return renderer.line(event.nick, event.at, f"SETNAME :{event.about}")


NOTIFICATIONS = (
    Capability(
        "extended-monitor",
        "``MONITOR`` tells of those below too, and without a room that you share",
    ),
    Capability(
        "away-notify",
        "who is away, in rooms of up to a hundred people",
        renders=True,
        shows={e.AwaySet: _away},
    ),
    Capability(
        "chghost",
        "whose host changes: with the account",
        shows={e.AccountSet: _rehosted},
    ),
    Capability("account-notify", "who is logged in", shows={e.AccountSet: _account}),
    Capability("invite-notify", "who has invited whom", shows={e.InviteSent: _invited}),
    Capability("setname", "who says who they are now", shows={e.Described: _described}),
)
