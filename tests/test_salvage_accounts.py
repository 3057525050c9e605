"""Accounts and settings that the log went on without come again."""

from __future__ import annotations

import pytest

from twisted_chat.hub import entries as e
from twisted_chat.hub.entries import SessionId

from .salvage_support import BOB, Forked


@pytest.fixture
def forked() -> Forked:
    return Forked()


def test_accounts_come_again(forked: Forked) -> None:
    forked.apply(
        e.Register(BOB, "bob", "hash of bob", b"net"),
        e.AddCertificate("bob", "aa", False),
        e.AddKey("bob", "SHA256:a"),
        e.AddTicket("bob", "t1"),
        e.UseToken("t1", "d1"),
        e.AddTicket("bob", "t2"),
        e.SetPassword("carol", "new", False),
    )
    entries = forked.rewind()
    assert entries == [
        e.SetPassword("carol", "new", False),
        e.Register(SessionId(0, 0), "bob", "hash of bob", b"net"),
        e.AddCertificate("bob", "aa", False),
        e.AddKey("bob", "SHA256:a"),
        e.AddTicket("bob", "d1"),
        e.UseToken("d1", "d1"),
    ]


def test_what_was_logged_out_stays_logged_out(forked: Forked) -> None:
    """Who ended it was told so, and would not know that it is there again."""
    forked.apply(
        e.AddCertificate("carol", "aa", False),
        e.AddKey("carol", "SHA256:a"),
        e.AddTicket("carol", "t1"),
        e.UseToken("t1", "d1"),
        e.AddTicket("carol", "t2"),
    )
    forked.base = forked.machine.take_snapshot()
    forked.apply(
        e.RemoveCertificate("carol", "aa"),
        e.RemoveKey("carol", "SHA256:a"),
        e.RemoveToken("carol", ""),
    )
    assert forked.rewind() == [
        e.RemoveCertificate("carol", "aa"),
        e.RemoveKey("carol", "SHA256:a"),
        e.RemoveToken("carol", "d1"),
    ]


def test_an_account_that_was_removed_is_removed_again(forked: Forked) -> None:
    forked.apply(e.Unregister("carol", "00000000cc"))
    [gone] = forked.rewind()
    assert isinstance(gone, e.Unregister)
    assert gone.nick == "carol"


def test_a_password_that_was_changed_since_stays(forked: Forked) -> None:
    forked.apply(e.SetPassword("carol", "new", False))
    forked.rewind()
    forked.restore()
    forked.apply(e.SetPassword("carol", "newer", False))
    assert forked.begin_salvaging().proposed == []
    assert forked.aside() == []


def test_settings_and_keys_come_again(forked: Forked) -> None:
    hub = forked.node.hub
    forked.apply(
        e.AddKey("carol", "SHA256:old"),
    )
    forked.base = forked.machine.take_snapshot()
    now = hub.shared._replace(max_clients=7)
    forked.apply(
        e.ChangeSettings(hub.shared, now),
        e.AddKey("carol", "SHA256:new"),
        e.RemoveKey("carol", "SHA256:old"),
        e.Register(BOB, "bob", "hash of bob", b"net"),
        e.AddKey("bob", "SHA256:bob"),
    )
    entries = forked.rewind()
    forked.restore()
    forked.apply(*entries)
    hub = forked.node.hub
    assert hub.shared == now
    keys = {account.nick: account.keys for account in hub.accounts}
    assert keys["carol"] == ("SHA256:new",)
    assert keys["bob"] == ("SHA256:bob",)
