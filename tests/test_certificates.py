"""CERT, SASL EXTERNAL, and TLS that asks for certificates."""

from __future__ import annotations

import base64
from contextlib import suppress
from typing import Any

import pytest
from OpenSSL import SSL
from OpenSSL.crypto import X509
from twisted.internet.endpoints import SSL4ServerEndpoint
from twisted.internet.interfaces import ISSLTransport
from twisted.internet.ssl import PrivateCertificate
from twisted.internet.testing import MemoryReactorClock
from twisted.logger import capturedLogs
from twisted.protocols.tls import TLSMemoryBIOFactory
from zope.interface import directlyProvides

from tests.certificates import fingerprint, self_signed, write
from tests.irc_support import Network
from tests.support import Client, World
from twisted_chat.doors.irc import IRCDoor
from twisted_chat.doors.line import LineDoor
from twisted_chat.doors.web import WebDoor
from twisted_chat.endpoints import endpoint
from twisted_chat.endpoints.tls import Asking, TLSReactor

PASSWORD = "open-sesame"
S = ":irc.Test"
MINE, _ = self_signed("alice")
PRINT = fingerprint(MINE)
OTHER = "0a" * 32


def show(client: Client, certificate: Any = MINE) -> Client:
    """As if `client` had come by TLS, with that certificate or none."""
    transport: Any = client.transport
    shown = certificate and X509.from_cryptography(certificate)
    transport.getPeerCertificate = lambda: shown
    directlyProvides(transport, ISSLTransport)
    return client


def registered(world: World, nick: str = "alice") -> Client:
    client = show(world.connect())
    client.send(f"NICK {nick}", f"REGISTER {PASSWORD}")
    client.lines()
    return client


# CERT


def test_the_certificate_of_the_connection() -> None:
    alice = registered(World())
    assert alice.ask("CERT") == ["* Your account has no certificate; CERT add adds one"]
    assert alice.ask("CERT add") == [f"* Certificate {PRINT} is yours now"]
    assert alice.ask("CERT add") == [f"* Certificate {PRINT} is yours now"]
    assert alice.ask("CERT LIST") == [f"* Certificate {PRINT}, of this connection"]
    assert alice.ask("CERT remove") == [f"* Certificate {PRINT} is yours no more"]
    assert alice.ask("CERT remove") == ["ERR 400 Your account has no such certificate"]


def test_a_named_certificate() -> None:
    alice = show(registered(World()), None)
    colons = ":".join(["0A"] * 32)
    assert alice.ask(f"CERT add {colons}") == [f"* Certificate {OTHER} is yours now"]
    assert alice.ask("CERT") == [f"* Certificate {OTHER}"]
    assert alice.ask(f"CERT remove {OTHER}")[0].endswith("is yours no more")


@pytest.mark.parametrize(
    ("line", "code"),
    [
        ("CERT add", 400),
        ("CERT remove", 400),
        ("CERT add 0a0a", 461),
        (f"CERT add {'0g' * 32}", 461),
        (f"CERT add {'٣' * 64}", 461),
        (f"CERT add {OTHER} {OTHER}", 461),
        ("CERT list all", 461),
        ("CERT forge", 461),
    ],
)
def test_what_cannot_be(line: str, code: int) -> None:
    alice = show(registered(World()), None)
    assert alice.ask(line)[0].startswith(f"ERR {code} ")


def test_a_connection_without_tls_has_no_certificate() -> None:
    client = World().enter("alice")
    assert client.connection.certificate() == ""
    client.ask(f"REGISTER {PASSWORD}")
    assert client.ask("CERT add")[0].startswith("ERR 400 ")


def test_only_who_is_logged_in_has_certificates() -> None:
    world = World()
    for line in ("CERT", "CERT add", "CERT remove"):
        assert show(world.connect()).ask(line)[-1].startswith("ERR 451 ")
        guest = show(world.enter("guest"))
        assert guest.ask(line)[0].startswith("ERR 464 ")
        guest.send("QUIT")


def test_an_account_has_ten_at_most() -> None:
    alice = registered(World())
    for number in range(10):
        assert alice.ask(f"CERT add {number:064x}")[0].endswith("is yours now")
    assert alice.ask("CERT add") == ["ERR 400 An account has at most 10 certificates"]
    assert len(alice.ask("CERT list")) == 10


def test_naming_a_certificate_takes_it_from_nobody_but_holding_it_does() -> None:
    world = World()
    squatter, alice = registered(world, "squatter"), registered(world)
    show(squatter, None).ask(f"CERT add {PRINT}")
    show(alice, None)
    assert alice.ask(f"CERT add {PRINT}")[0].startswith("ERR 400 That is another")
    show(alice)
    assert alice.ask("CERT add")[0].endswith("is yours now")
    assert squatter.ask("CERT") == [
        "* Your account has no certificate; CERT add adds one"
    ]


@pytest.mark.parametrize("words", ["login", "login alice", "login Alice"])
def test_it_logs_in_in_place_of_the_password(words: str) -> None:
    world = World()
    registered(world).send("CERT add", "QUIT")
    client = show(world.connect())
    client.ask(f"CERT {words}")
    assert client.user.nick == client.user.account == "alice"
    guest = show(world.enter("guest"))
    guest.ask(f"CERT {words}")
    assert guest.user is client.user
    client.lines()
    assert client.ask("CERT login")[0].startswith("ERR 462 ")


@pytest.mark.parametrize("shown", [None, self_signed("alice")[0], MINE])
def test_or_not(shown: Any) -> None:
    world = World()
    registered(world).send("CERT add", "QUIT")
    client = show(world.connect(), shown)
    client.lines()
    nick = "bob" if shown is MINE else "alice"
    assert client.ask(f"CERT login {nick}")[0].startswith("ERR 464 ")
    assert client.connection.session.user is None


def test_the_log_tells_who_added_and_removed_what() -> None:
    alice = registered(World())
    with capturedLogs() as logs:
        alice.send("CERT add", "CERT remove")
    said = [event["log_format"].format(**event) for event in logs]
    assert f"alice added certificate {PRINT}" in said
    assert f"alice removed certificate {PRINT}" in said


# SASL EXTERNAL


def known(world: Network) -> None:
    """alice is registered, has a certificate, and is gone again."""
    alice = world.irc("alice")
    show(alice).send(f"REGISTER {PASSWORD}", "CERT add", "QUIT")


def coming(world: Network, certificate: Any = MINE) -> Client:
    client = show(world.connect(), certificate)
    client.send("CAP REQ sasl", "NICK al", "USER a 0 * :A")
    client.lines()
    return client


def answer(words: str) -> str:
    return f"AUTHENTICATE {base64.b64encode(words.encode()).decode() or '+'}"


def test_cert_over_irc() -> None:
    alice = show(Network().irc("alice"))
    alice.ask(f"REGISTER {PASSWORD}")
    [line] = alice.ask("CERT add")
    assert line == f"{S} NOTICE alice :Certificate {PRINT} is yours now"
    [line] = alice.ask("CERT")
    assert line.endswith(f"Certificate {PRINT}, of this connection")


def test_external_is_offered_to_who_has_a_certificate() -> None:
    world = Network()
    assert " sasl=PLAIN,EXTERNAL " in show(world.connect()).ask("CAP LS 302")[0]
    assert " sasl " in show(world.connect()).ask("CAP LS")[0]
    for client in (world.connect(), show(world.connect(), None)):
        assert " sasl=PLAIN " in client.ask("CAP LS 302")[0]


@pytest.mark.parametrize("authzid", ["", "alice", "ALICE"])
def test_external_proves_an_account(authzid: str) -> None:
    world = Network()
    known(world)
    client = coming(world)
    assert client.ask("AUTHENTICATE EXTERNAL") == ["AUTHENTICATE +"]
    assert client.ask(answer(authzid)) == [
        f"{S} 900 al al!~a@account-alice alice :You are now logged in as alice",
        f"{S} 903 al :SASL authentication successful",
    ]
    client.send("CAP END")
    assert client.user.account == "alice"
    assert client.ask("AUTHENTICATE EXTERNAL")[-1] == (
        f"{S} 907 al :You have already authenticated using SASL"
    )


def test_external_after_the_welcome() -> None:
    world = Network()
    known(world)
    client = show(world.irc("al", "sasl"))
    lines = client.ask("AUTHENTICATE EXTERNAL", "AUTHENTICATE +")
    assert f"{S} 903 al :SASL authentication successful" in lines
    assert (client.user.nick, client.user.account) == ("al", "alice")


@pytest.mark.parametrize(
    "line", [answer("bob"), answer("al\0ice"), "AUTHENTICATE =", "AUTHENTICATE /w=="]
)
def test_external_refuses(line: str) -> None:
    world = Network()
    known(world)
    client = coming(world)
    lines = client.ask("AUTHENTICATE EXTERNAL", line)
    start, end = lines
    assert start == "AUTHENTICATE +"
    assert end.startswith(f"{S} 904 al :SASL authentication failed")
    assert client.connection.session.account == ""


def test_a_strange_certificate_proves_nothing() -> None:
    world = Network()
    known(world)
    client = coming(world, self_signed("alice")[0])
    for line in (answer(""), answer("alice")):
        lines = client.ask("AUTHENTICATE EXTERNAL", line)
        assert lines[-1].startswith(f"{S} 904 al :SASL authentication failed: ")


def test_without_a_certificate_there_is_no_external() -> None:
    client = coming(Network(), None)
    assert client.ask("AUTHENTICATE EXTERNAL") == [
        f"{S} 908 al PLAIN :are available SASL mechanisms",
        f"{S} 904 al :SASL authentication failed",
    ]


def test_who_is_logged_in_cannot_become_another() -> None:
    world = Network()
    known(world)
    bob = show(world.irc("bob", "sasl"))
    bob.ask(f"REGISTER {PASSWORD}")
    assert bob.ask("AUTHENTICATE EXTERNAL") == [
        f"{S} 907 bob :You have already authenticated using SASL"
    ]
    session = bob.connection.session
    errors: list[object] = []
    refused: Any = world.hub.certificates.identify(session)
    refused.addErrback(lambda failure: errors.append(failure.value.code))
    world.settle()
    assert errors == [462]
    assert (bob.user.account, session.account) == ("bob", "")


def test_a_removed_certificate_and_a_removed_account_prove_nothing() -> None:
    world = Network()
    known(world)
    alice = coming(world)
    alice.ask("AUTHENTICATE EXTERNAL", answer(""), "CAP END")
    assert alice.user.account == "alice"
    alice.ask(f"UNREGISTER {PASSWORD}")
    again = world.irc("alice2")
    again.ask("NICK alice", f"REGISTER {PASSWORD}")
    lines = coming(world).ask("AUTHENTICATE EXTERNAL", "AUTHENTICATE +")
    assert lines[-1].split()[1] == "904"


def test_a_banned_account_does_not_come_in_by_its_certificate() -> None:
    world = Network(operators=frozenset({"root"}))
    known(world)
    root = world.netcat("root")
    root.ask(f"REGISTER {PASSWORD}", "BAN alice")
    lines = coming(world).ask("AUTHENTICATE EXTERNAL", "AUTHENTICATE +")
    assert lines[-1].split()[1] == "904"


# TLS


def accepted(where: str, certificates: bool, door: Any = LineDoor) -> Any:
    """The server's side of a TLS connection that comes there."""
    reactor = MemoryReactorClock()
    made: Any = door(World().hub)
    endpoint(reactor, where, certificates).listen(made)
    [(_, factory, context, _, _)] = reactor.sslServers
    protocol = TLSMemoryBIOFactory(context, False, factory).buildProtocol(None)
    connection = context.serverConnectionForTLS(protocol)
    connection.set_accept_state()
    return connection


def test_tls_asks_where_the_door_wants_certificates(tmp_path: Any) -> None:
    pem, _ = write(tmp_path, "server")
    where = f"ssl:0:privateKey={pem}"
    asking = [
        accepted(*each).get_verify_mode() == SSL.VERIFY_PEER
        # A proxy's own certificate would be everyone's.
        for each in ((where, True), (where, False), (f"haproxy:{where}", True))
    ]
    assert asking == [True, False, False]
    assert LineDoor.certificates
    assert IRCDoor.certificates
    assert not WebDoor.certificates


def test_any_other_context_is_passed_on() -> None:
    reactor = MemoryReactorClock()
    strange: Any = object()
    SSL4ServerEndpoint(TLSReactor(reactor, True), 0, strange).listen(World().door)
    assert reactor.sslServers[0][2] is strange


def test_twisted_makes_connections_that_ask() -> None:
    _, pem = self_signed("server")
    options = PrivateCertificate.loadPEM(pem).options()
    door: Any = World().door
    protocol = TLSMemoryBIOFactory(options, False, door).buildProtocol(None)
    made = Asking(options).serverConnectionForTLS(protocol)
    assert made.get_verify_mode() == SSL.VERIFY_PEER


@pytest.mark.parametrize(
    ("door", "offered", "agreed"),
    [
        (WebDoor, [b"h2", b"http/1.1"], b"http/1.1"),
        (WebDoor, [b"h2"], b""),
        (WebDoor, [], b""),
        (LineDoor, [b"h2", b"http/1.1"], b""),
        (IRCDoor, [b"irc"], b""),
    ],
)
def test_who_offers_protocols_is_let_in(
    tmp_path: Any, door: Any, offered: list[bytes], agreed: bytes
) -> None:
    """As every browser does; where none is the door's, the handshake goes on."""
    pem, _ = write(tmp_path, "server")
    server = accepted(f"ssl:0:privateKey={pem}", False, door)
    client = SSL.Connection(SSL.Context(SSL.TLS_METHOD), None)
    client.set_connect_state()
    if offered:
        client.set_alpn_protos(offered)
    done = set()
    for _ in range(4):
        for one, other in ((client, server), (server, client)):
            with suppress(SSL.WantReadError):
                one.do_handshake()
                done.add(one)
            with suppress(SSL.WantReadError):
                other.bio_write(one.bio_read(1 << 16))
    assert done == {client, server}
    assert client.get_alpn_proto_negotiated() == agreed
