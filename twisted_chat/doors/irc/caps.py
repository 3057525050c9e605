"""The capabilities that a client can ask for (IRCv3 capability negotiation)."""

from __future__ import annotations

CAPS: dict[str, str] = {
    "account-notify": "",
    "account-tag": "",
    "away-notify": "",
    "batch": "",
    "cap-notify": "",
    "chghost": "",
    "draft/chathistory": "",
    "echo-message": "",
    "extended-join": "",
    "invite-notify": "",
    "labeled-response": "",
    "message-tags": "",
    "multi-prefix": "",
    "sasl": "PLAIN",
    "server-time": "",
    "setname": "",
    "standard-replies": "",
    "userhost-in-names": "",
}
"""Every capability, with its value for clients of version 302."""

RENDERING = frozenset(
    {
        "account-notify",
        "account-tag",
        "away-notify",
        "chghost",
        "extended-join",
        "invite-notify",
        "message-tags",
        "server-time",
        "setname",
    }
)
"""Those that change how an event looks to everyone who has them."""

STICKY = frozenset({"cap-notify"})
"""Those that a client of version 302 can't give back."""
