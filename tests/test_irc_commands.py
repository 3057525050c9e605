"""Every command and numeric of the IRC door, each with its source.

A case is what alice sends and what she is answered.  In the room with her are
bob, who speaks IRC too, and carol with netcat.  "…" in an answer is anything.
Sources: "modern" is the Modern IRC Client Protocol, "rfc" RFC 2812, the rest
IRCv3's specifications.
"""

from __future__ import annotations

import pytest

from tests.irc_support import ALICE, BOB, Case, Network, S, check, names, sasl
from tests.support import skip

LIST = f"{S} 321 alice Channel :Users  Name"
END = f"{S} 323 alice :End of /LIST"

CASES = [
    # The connection
    Case("modern PING", ("PING :a b",), (f"{S} PONG irc.Test :a b",)),
    Case("modern 409", ("PING",), (f"{S} 409 alice :No origin specified",)),
    Case("modern PONG", ("PONG x",), ()),
    Case("modern 421", ("FOO bar",), (f"{S} 421 alice FOO :Unknown command",)),
    Case("modern 461", ("JOIN",), (f"{S} 461 alice JOIN :Not enough parameters",)),
    Case("modern 461", ("TOPIC",), (f"{S} 461 alice TOPIC :Not enough parameters",)),
    Case("modern 462", ("USER a 0 * :b",), (f"{S} 462 alice :You may not reregister",)),
    Case("modern 462", ("PASS x",), (f"{S} 462 alice :You may not reregister",)),
    Case("modern 417", ("PING " + "x" * 600,), (f"{S} 417 alice :Input line was…",)),
    Case(
        "message-tags 417",
        ("@a=" + "x" * 4100 + " PING x",),
        (f"{S} 417 alice :Input line was too long",),
    ),
    Case("message-tags", ("@a=" + "x" * 4000 + " PING x",), (f"{S} PONG irc.Test :x",)),
    # Capabilities
    Case(
        "capability-negotiation LS",
        ("CAP LS 302",),
        (f"{S} CAP alice LS * :…", f"{S} CAP alice LS :…"),
    ),
    Case("capability-negotiation LIST", ("CAP LIST",), (f"{S} CAP alice LIST :",)),
    Case(
        "capability-negotiation REQ",
        ("CAP REQ :batch setname", "CAP REQ :-batch", "CAP LIST"),
        (
            f"{S} CAP alice ACK :batch setname",
            f"{S} CAP alice ACK :-batch",
            f"{S} CAP alice LIST :setname",
        ),
    ),
    Case(
        "capability-negotiation NAK",
        ("CAP REQ :batch nonsense", "CAP LIST"),
        (f"{S} CAP alice NAK :batch nonsense", f"{S} CAP alice LIST :"),
    ),
    Case("capability-negotiation 410", ("CAP FOO",), (f"{S} 410 alice FOO :Invalid…",)),
    # Nicks
    Case("modern 431", ("NICK",), (f"{S} 431 alice :No nickname given",)),
    Case("modern 431", ("NICK :",), (f"{S} 431 alice :No nickname given",)),
    Case("modern 432", ("NICK 9lives",), (f"{S} 432 alice 9lives :Bad nick…",)),
    Case("modern 432", ("NICK :a b",), (f"{S} 432 alice * :Bad nick…",)),
    Case("modern 433", ("NICK BOB",), (f"{S} 433 alice BOB :BOB is taken…",)),
    Case("modern NICK", ("NICK alicia",), (f"{ALICE} NICK :alicia",)),
    Case("modern NICK", ("NICK alice",), ()),
    # Speaking
    Case("modern PRIVMSG", ("PRIVMSG #lobby :hi",), ()),
    Case("modern PRIVMSG", ("PRIVMSG #LOBBY,bob :hi",), ()),
    Case("modern 411", ("PRIVMSG",), (f"{S} 411 alice :No recipient given",)),
    Case("modern 412", ("PRIVMSG bob",), (f"{S} 412 alice :No text to send",)),
    Case("modern 412", ("PRIVMSG bob :",), (f"{S} 412 alice :No text to send",)),
    Case("modern 401", ("PRIVMSG eve :x",), (f"{S} 401 alice eve :No such nick/ch…",)),
    Case("modern 403", ("PRIVMSG #no :x",), (f"{S} 403 alice #no :No such channel",)),
    Case("modern 404", ("PRIVMSG #den :x",), (f"{S} 404 alice #den :Cannot send…",)),
    Case(
        "modern 407",
        (f"PRIVMSG {','.join(f'n{n}' for n in range(21))} :x",),
        (f"{S} 407 alice n0,n1,…:Too many targets",),
    ),
    Case("rfc 3.3.2: no reply", ("NOTICE eve :x", "NOTICE", "NOTICE #den :x"), ()),
    Case("message-tags", ("@+typing=active TAGMSG #lobby",), (), "message-tags"),
    Case(
        "echo-message",
        ("PRIVMSG #lobby :hi", "PRIVMSG bob :psst", "NOTICE #lobby :note"),
        (
            f"{ALICE} PRIVMSG #lobby :hi",
            f"{ALICE} PRIVMSG bob :psst",
            f"{ALICE} NOTICE #lobby :note",
        ),
        "echo-message",
    ),
    # Rooms
    Case(
        "modern JOIN",
        ("JOIN #new",),
        (
            f"{ALICE} JOIN #new",
            f"{S} 353 alice = #new :@alice",
            f"{S} 366 alice #new :End of /NAMES list.",
        ),
    ),
    Case(
        "extended-join",
        ("JOIN #new",),
        (f"{ALICE} JOIN #new * :Alice", f"{S} 353 …", f"{S} 366 …"),
        "extended-join",
    ),
    Case("modern JOIN again", ("JOIN #lobby",), ()),
    Case("modern 403", ("JOIN nothing",), (f"{S} 403 alice nothing :No such channel",)),
    Case("modern 476", ("JOIN #b?d",), (f"{S} 476 alice #b?d :Bad Channel Mask",)),
    Case("modern JOIN 0", ("JOIN 0",), (f"{ALICE} PART #lobby",)),
    Case("modern PART", ("PART #lobby :bye",), (f"{ALICE} PART #lobby :bye",)),
    Case("modern 442", ("PART #den",), (f"{S} 442 alice #den :You're not on that…",)),
    Case("modern 403", ("PART #no",), (f"{S} 403 alice #no :No such channel",)),
    Case("modern 331", ("TOPIC #lobby",), (f"{S} 331 alice #lobby :No topic is set",)),
    Case("modern TOPIC", ("TOPIC #lobby :x y",), (f"{ALICE} TOPIC #lobby :x y",)),
    Case(
        "modern 332, 333",
        ("TOPIC #lobby :x y", "TOPIC #lobby", "TOPIC #lobby :", "TOPIC #lobby"),
        (
            f"{ALICE} TOPIC #lobby :x y",
            f"{S} 332 alice #lobby :x y",
            f"{S} 333 alice #lobby alice!~alice@guest 1700000000",
            f"{ALICE} TOPIC #lobby :",
            f"{S} 331 alice #lobby :No topic is set",
        ),
    ),
    Case("modern 442", ("TOPIC #den :x",), (f"{S} 442 alice #den :You're not on th…",)),
    Case("modern 403", ("TOPIC #no",), (f"{S} 403 alice #no :No such channel",)),
    Case(
        "modern 353, 366",
        ("NAMES #lobby",),
        (f"{S} 353 alice = #lobby :bob carol alice", f"{S} 366 alice #lobby :End of…"),
    ),
    Case(
        "modern NAMES of several",
        ("NAMES #lobby,#no,#den",),
        (
            f"{S} 353 alice = #lobby :bob carol alice",
            f"{S} 366 alice #lobby :End of /NAMES list.",
            f"{S} 366 alice #no :End of /NAMES list.",
            f"{S} 353 alice = #den :@dave",
            f"{S} 366 alice #den :End of /NAMES list.",
        ),
    ),
    Case("modern 366", ("NAMES #no",), (f"{S} 366 alice #no :End of /NAMES list.",)),
    Case("modern 366", ("NAMES",), (f"{S} 366 alice * :End of /NAMES list.",)),
    Case(
        "userhost-in-names",
        ("NAMES #lobby",),
        (
            f"{S} 353 alice = #lobby :bob!~bob@guest carol!~carol@guest "
            "alice!~alice@guest",
            f"{S} 366 …",
        ),
        "userhost-in-names",
    ),
    Case(
        "modern LIST",
        ("LIST",),
        (
            LIST,
            f"{S} 322 alice #lobby 3 :",
            f"{S} 322 alice #den 1 :",
            END,
        ),
    ),
    Case("ELIST U", ("LIST >2",), (LIST, f"{S} 322 alice #lobby…", END)),
    Case("ELIST U", ("LIST <2",), (LIST, f"{S} 322 alice #den…", END)),
    Case("ELIST M", ("LIST *e?",), (LIST, f"{S} 322 alice #den…", END)),
    Case("ELIST N", ("LIST !#d*",), (LIST, f"{S} 322 alice #lob…", END)),
    Case("ELIST C", ("LIST C>9",), (LIST, END)),
    Case("ELIST T", ("LIST T<9",), (LIST, END)),
    Case("rfc LIST", ("LIST #DEN",), (LIST, f"{S} 322 alice #den…", END)),
    # Asking about people
    Case(
        "modern WHO",
        ("WHO #lobby",),
        (
            f"{S} 352 alice #lobby ~bob guest irc.Test bob H :0 Bob",
            f"{S} 352 alice #lobby ~carol guest irc.Test carol H :0 carol",
            f"{S} 352 alice #lobby ~alice guest irc.Test alice H :0 Alice",
            f"{S} 315 alice #lobby :End of WHO list",
        ),
    ),
    Case("modern WHO", ("WHO BOB",), (f"{S} 352 … bob H :0 Bob", f"{S} 315 …")),
    Case("modern WHO", ("WHO b*b",), (f"{S} 352 … bob H :0 Bob", f"{S} 315 …")),
    Case("modern WHO: i", ("WHO d*e",), (f"{S} 315 alice d*e :End of WHO list",)),
    Case("modern WHO: i", ("WHO dave",), (f"{S} 352 … dave H :0 Dave", f"{S} 315 …")),
    Case("modern WHO", ("WHO #no",), (f"{S} 315 alice #no :End of WHO list",)),
    Case("modern WHO", ("WHO * o",), (f"{S} 315 alice * :End of WHO list",)),
    Case(
        "whox",
        ("WHO #den %tcuihsnfdlaor,42",),
        (
            f"{S} 354 alice 42 #den ~dave 255.255.255.255 guest irc.Test dave H@ 0 0 "
            "0 n/a :Dave",
            f"{S} 315 alice #den :End of WHO list",
        ),
    ),
    Case("whox", ("WHO #den %na",), (f"{S} 354 alice dave 0", f"{S} 315 …")),
    Case(
        "modern WHOIS",
        ("WHOIS bob",),
        (
            f"{S} 311 alice bob ~bob guest * :Bob",
            f"{S} 319 alice bob :#lobby",
            f"{S} 312 alice bob irc.Test :Test",
            f"{S} 317 alice bob 0 1700000000 :seconds idle, signon time",
            f"{S} 318 alice bob :End of /WHOIS list.",
        ),
    ),
    Case("rfc WHOIS", ("WHOIS irc.Test bob",), (f"{S} 311 …",) + ("…",) * 4),
    Case("modern 431", ("WHOIS",), (f"{S} 431 alice :No nickname given",)),
    Case(
        "modern 401, 318",
        ("WHOIS eve",),
        (f"{S} 401 alice eve :No such nick/channel", f"{S} 318 alice eve :End of…"),
    ),
    Case(
        "modern WHOWAS 406",
        ("WHOWAS eve",),
        (f"{S} 406 alice eve :There was no such nickname", f"{S} 369 alice eve :End…"),
    ),
    Case(
        "modern WHOWAS",
        ("NICK alix", "WHOWAS alice"),
        (
            f"{ALICE} NICK :alix",
            f"{S} 314 alix alice ~alice guest * :Alice",
            f"{S} 312 alix alice irc.Test :…",
            f"{S} 369 alix alice :End of WHOWAS",
        ),
    ),
    Case("rfc ISON", ("ISON bob eve CAROL",), (f"{S} 303 alice :bob carol",)),
    Case("rfc USERHOST", ("USERHOST Bob e",), (f"{S} 302 alice :bob=+~bob@guest",)),
    # Oneself
    Case(
        "modern AWAY 306, 305",
        ("AWAY :out", "AWAY"),
        (
            f"{S} 306 alice :You have been marked as being away",
            f"{S} 305 alice :You are no longer marked as being away",
        ),
    ),
    Case(
        "modern 301",
        ("AWAY :out", "PRIVMSG alice :x", "WHOIS alice", "USERHOST alice", "WHO alice"),
        (
            f"{S} 306 …",
            f"{ALICE} PRIVMSG alice :x",
            f"{S} 301 alice alice :out",
            *(f"{S} 311 …", f"{S} 319 …", f"{S} 312 …"),
            f"{S} 301 alice alice :out",
            *(f"{S} 317 …", f"{S} 318 …"),
            f"{S} 302 alice :alice=-~alice@guest",
            *(f"{S} 352 … alice G :0 Alice", f"{S} 315 …"),
        ),
    ),
    Case("setname", ("SETNAME :Al I. Ce",), (f"{ALICE} SETNAME :Al I. Ce",), "setname"),
    Case("modern MODE 221", ("MODE alice",), (f"{S} 221 alice +i",)),
    Case("modern MODE", ("MODE alice -i",), (f"{ALICE} MODE alice :-i",)),
    Case("bot-mode", ("MODE alice +B",), (f"{ALICE} MODE alice :+B",)),
    Case("bot-mode", ("MODE alice +B", "WHO alice"), ("…", "… alice HB :0 Alice", "…")),
    Case("modern 501", ("MODE alice +Q",), (f"{S} 501 alice :Unknown MODE flag",)),
    Case("modern 502", ("MODE bob +i",), (f"{S} 502 alice :Cant change…",)),
    Case("modern 401", ("MODE eve +i",), (f"{S} 401 alice eve :No such nick/channel",)),
    # Watching
    Case(
        "monitor 730, 731",
        ("MONITOR + bob,eve", "MONITOR S", "MONITOR L", "MONITOR - bob", "MONITOR L"),
        (
            f"{S} 730 alice :bob!~bob@guest",
            f"{S} 731 alice :eve",
            f"{S} 730 alice :bob!~bob@guest",
            f"{S} 731 alice :eve",
            f"{S} 732 alice :bob,eve",
            f"{S} 733 alice :End of MONITOR list",
            f"{S} 732 alice :eve",
            f"{S} 733 alice :End of MONITOR list",
        ),
    ),
    Case("monitor C", ("MONITOR + bob", "MONITOR C", "MONITOR L"), ("…", f"{S} 733 …")),
    # The server
    Case("modern 422", ("MOTD",), (f"{S} 422 alice :MOTD File is missing",)),
    Case(
        "modern LUSERS",
        ("LUSERS",),
        (
            f"{S} 251 alice :There are 0 users and 4 invisible on 1 servers",
            f"{S} 252 alice 0 :IRC Operators online",
            f"{S} 253 alice 0 :unknown connection(s)",
            f"{S} 254 alice 2 :channels formed",
            f"{S} 255 alice :I have 4 clients and 0 servers",
            f"{S} 265 alice 4 4 :Current local users 4, max 4",
            f"{S} 266 alice 4 4 :Current global users 4, max 4",
        ),
    ),
    Case("modern 351", ("VERSION",), (f"{S} 351 alice twisted-chat-…",) + ("…",) * 3),
    Case("modern 391", ("TIME",), (f"{S} 391 alice irc.Test 1700000000 0 :Tuesday…",)),
    Case("rfc INFO", ("INFO",), (f"{S} 371 …", "…", f"{S} 374 …")),
    Case(
        "modern ADMIN",
        ("ADMIN",),
        (f"{S} 256 …", f"{S} 257 alice :Test", f"{S} 258 …", f"{S} 259 …"),
    ),
    Case("modern HELP", ("HELP",), (f"{S} 704 …", "…", "…", f"{S} 706 …")),
    *(
        Case(
            "modern HELP",
            (f"{verb} part",),
            (
                f"{S} 704 alice PART :PART room[,room] [:reason]",
                f"{S} 705 alice PART :leave rooms",
                f"{S} 706 alice PART :End of /HELP.",
            ),
        )
        for verb in ("HELP", "HELPOP")
    ),
    Case(
        "rfc LINKS 364, 365",
        ("LINKS",),
        (
            f"{S} 364 alice irc.Test irc.Test :0 Test",
            f"{S} 365 alice * :End of /LINKS list.",
        ),
    ),
    Case("modern 524", ("HELP FOO",), (f"{S} 524 alice FOO :Help not found",)),
    # Accounts
    Case("sasl, unasked", ("AUTHENTICATE PLAIN",), ("AUTHENTICATE +",)),
    Case(
        "sasl 908, 904",
        ("AUTHENTICATE FOO",),
        (
            f"{S} 908 alice PLAIN :are available SASL mechanisms",
            f"{S} 904 alice :SASL authentication failed",
        ),
        "sasl",
    ),
    Case(
        "sasl 906",
        ("AUTHENTICATE PLAIN", "AUTHENTICATE *"),
        ("AUTHENTICATE +", f"{S} 906 alice :SASL authentication aborted"),
        "sasl",
    ),
    Case(
        "sasl 905",
        ("AUTHENTICATE PLAIN", "AUTHENTICATE " + "a" * 401),
        ("AUTHENTICATE +", f"{S} 905 alice :SASL message too long"),
        "sasl",
    ),
    Case(
        "sasl 904",
        ("AUTHENTICATE PLAIN", "AUTHENTICATE bm90IHJpZ2h0"),
        ("AUTHENTICATE +", f"{S} 904 alice :SASL authentication failed"),
        "sasl",
    ),
    Case("modern OPER 464", ("OPER bob x",), (f"{S} 464 alice :bob is not register…",)),
    # Labels
    Case(
        "labeled-response",
        ("@label=a\\sb PING x",),
        (f"@label=a\\sb {S} PONG irc.Test :x",),
        "labeled-response batch",
    ),
    Case(
        "labeled-response ACK",
        ("@label=1 PONG x", "@label=2 PRIVMSG #lobby :hi"),
        (f"@label=1 {S} ACK", f"@label=2 {S} ACK"),
        "labeled-response batch",
    ),
    Case(
        "labeled-response batch",
        ("@label=1 WHOIS eve",),
        (
            f"@label=1 {S} BATCH +b1 labeled-response",
            f"@batch=b1 {S} 401 alice eve :No such nick/channel",
            f"@batch=b1 {S} 318 alice eve :End of /WHOIS list.",
            f"{S} BATCH -b1",
        ),
        "labeled-response batch",
    ),
    Case(
        "labeled-response to oneself",
        ("@label=1 PRIVMSG alice :x",),
        (f"{ALICE} PRIVMSG alice :x", f"@label=1 {ALICE} PRIVMSG alice :x"),
        "labeled-response echo-message",
    ),
    Case(
        "server-time, message-ids, labeled-response",
        ("@label=1 PRIVMSG #lobby :x",),
        (
            "@label=1;time=2023-11-14T22:13:20.000Z;msgid=1#lobby "
            f"{ALICE} PRIVMSG #lobby :x",
        ),
        "labeled-response echo-message server-time message-tags",
    ),
    Case(
        "labeled-response 417",
        ("@label=1 PING " + "x" * 600,),
        (f"@label=1 {S} 417 alice :Input line was too long",),
        "labeled-response",
    ),
    Case(
        "labeled-response: at most 64 bytes",
        (f"@label={'x' * 65} PING x",),
        (f"{S} PONG irc.Test :x",),
        "labeled-response",
    ),
]


@pytest.mark.parametrize("case", CASES, ids=names(CASES))
def test_command(case: Case) -> None:
    world = Network()
    bob = world.irc("bob")
    carol = world.netcat("carol")
    dave = world.irc("dave")
    dave.send("JOIN #den", "PART #lobby")
    alice = world.irc("alice", case.caps)
    skip(bob, carol, dave)
    check(case, alice.ask(*case.sent))


def test_a_refusal_in_other_bytes_carries_the_label() -> None:
    """IRCv3 utf8-only, labeled-response."""
    world = Network()
    alice = world.irc("alice", "labeled-response")
    alice.send_bytes(b"@label=7 PRIVMSG #lobby :\xff\r\n")
    assert alice.lines() == [
        f"@label=7 {S} FAIL PRIVMSG INVALID_UTF8 "
        ":Message rejected, this server takes UTF-8 only"
    ]


def test_other_clients_of_a_person_see_them_go_away_and_come_back() -> None:
    """Modern specification, AWAY: 305, 306."""
    world = Network()
    alice = world.irc("alice")
    alice.send("REGISTER open-sesame")
    other = world.irc("other")
    other.send("LOGIN alice open-sesame")
    skip(alice, other)
    alice.send("AWAY :out", "AWAY")
    told = [
        f"{S} 306 alice :You have been marked as being away",
        f"{S} 305 alice :You are no longer marked as being away",
    ]
    assert alice.lines() == told
    assert other.lines() == told


def test_the_count_of_255_is_of_people() -> None:
    """RFC 2812 section 5.1: 255 has as many clients as 251 and 265."""
    world = Network()
    alice = world.irc("alice")
    alice.send("REGISTER open-sesame")
    world.irc("other").send("LOGIN alice open-sesame")
    world.connect()
    skip(alice)
    answer = alice.ask("LUSERS")
    assert f"{S} 251 alice :There are 0 users and 1 invisible on 1 servers" in answer
    assert f"{S} 253 alice 1 :unknown connection(s)" in answer
    assert f"{S} 255 alice :I have 1 clients and 0 servers" in answer


def test_sasl_after_the_welcome_leaves_the_nick_alone() -> None:
    """IRCv3 sasl 3.2: what is proven is an account, and no nick."""
    world = Network()
    world.irc("alice").send("REGISTER open-sesame", "QUIT")
    bob, ally = world.irc("bob"), world.irc("ally")
    skip(bob, ally)
    assert ally.ask("AUTHENTICATE PLAIN", sasl("alice", "open-sesame")) == [
        "AUTHENTICATE +",
        f"{S} 900 ally ally!~ally@account-alice alice :You are now logged in as alice",
        f"{S} 903 ally :SASL authentication successful",
    ]
    assert ally.user.nick == "ally"
    assert ally.user.account == "alice"
    assert ally.ask("AUTHENTICATE PLAIN") == [
        f"{S} 907 ally :You have already authenticated using SASL"
    ]
    # Who is that account already is joined.
    answer = bob.ask("AUTHENTICATE PLAIN", sasl("alice", "open-sesame"))
    assert f"{BOB} NICK :ally" in [
        line.replace("account-alice", "guest") for line in answer
    ]
    assert bob.user is ally.user


def test_sasl_that_is_not_over_when_one_comes_in_is_aborted() -> None:
    """IRCv3 sasl: the server should send 906, and let the client in."""
    client = Network().connect()
    client.send("AUTHENTICATE PLAIN", "NICK alice", "USER alice 0 * :Alice")
    lines = client.lines()
    assert lines[1] == f"{S} 906 alice :SASL authentication aborted"
    assert lines[2].startswith(f"{S} 001 alice ")


def test_who_finds_strangers_by_a_mask_only_where_they_let_it() -> None:
    """Modern specification, WHO, and user mode i."""
    world = Network(operators=frozenset({"root"}))
    alice, bob, root = (world.irc(nick) for nick in ("alice", "bob", "root"))
    alice.send("PART #lobby", "JOIN #own")
    root.send("REGISTER open-sesame", "PART #lobby")
    skip(alice, root, bob)
    end = f"{S} 315 bob ali* :End of WHO list"
    assert bob.ask("WHO ali*") == [end]
    assert len(root.ask("WHO ali*")) == 2, "an operator finds everyone"
    assert len(alice.ask("WHO ali*")) == 2, "and everyone themselves"
    assert len(bob.ask("WHO * o")) == 2, "and everyone the operators"
    alice.send("MODE alice -i")
    assert len(bob.ask("WHO ali*")) == 2
    alice.send("MODE alice +i")
    assert bob.ask("WHO ali*") == [end]
    bob.send("JOIN #own")
    skip(bob)
    assert len(bob.ask("WHO ali*")) == 2
