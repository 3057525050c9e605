"""Every command and numeric of the IRC door, each with its source.

A case is what alice sends and what she is answered.  In the room with her are
bob, who speaks IRC too, and carol with netcat.  "…" in an answer is anything.
Sources: "modern" is the Modern IRC Client Protocol, "rfc" RFC 2812, the rest
IRCv3's specifications.
"""

from __future__ import annotations

import re
from typing import NamedTuple

import pytest

from tests.irc_support import Network, sasl
from tests.kept import Kept
from tests.support import ask, skip
from twisted_chat.hub.entries import ChangeSettings
from twisted_chat.storage.moderation import AuditEntry

S = ":irc.Test"
LIST = f"{S} 321 alice Channel :Users  Name"
END = f"{S} 323 alice :End of /LIST"
ALICE = ":alice!~alice@guest"
OWNER = ":alice!~alice@account-alice"
BOB = ":bob!~bob@guest"


class Case(NamedTuple):
    source: str
    sent: tuple[str, ...]
    answer: tuple[str, ...]
    caps: str = ""


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


def names() -> list[str]:
    return [f"{case.source}-{case.sent[0][:20]}" for case in CASES]


def matches(expected: str, line: str) -> bool:
    pattern = ".*".join(map(re.escape, expected.split("…")))
    return re.fullmatch(pattern, line) is not None


OWNED = [
    # Alice owns #own, where bob and dave are; bans, keys and the like are hers.
    Case("modern 324, 329", ("MODE #own",), (f"{S} 324 alice #own +nt", f"{S} 329 …")),
    Case("modern MODE i", ("MODE #own +i",), (f"{OWNER} MODE #own +i",)),
    Case("modern MODE again", ("MODE #own +i-i-i", "MODE #own"), ("…",) * 2),
    Case("modern MODE again", ("MODE #own +i", "MODE #own +i"), ("…",)),
    Case(
        "modern MODE in the end",
        ("MODE #own +bv-bv+lm-l bob bob bob bob 5", "MODE #own +b"),
        (f"{OWNER} MODE #own +m", f"{S} 368 …"),
    ),
    Case(
        "modern MODE m t",
        ("MODE #own +m-tm",),
        (f"{OWNER} MODE #own -t",),
    ),
    Case(
        "modern MODE k l",
        ("MODE #own +kl sesame 5", "MODE #own", "MODE #own -kl sesame"),
        (
            f"{OWNER} MODE #own +k *",
            f"{OWNER} MODE #own +l 5",
            f"{S} 324 alice #own +ntkl sesame 5",
            f"{S} 329 alice #own 1700000000",
            f"{OWNER} MODE #own -k *",
            f"{OWNER} MODE #own -l",
        ),
    ),
    Case("modern 696", ("MODE #own +k",), (f"{S} 696 alice #own k * :You must…",)),
    Case("modern 696", (f"MODE #own +k {'k' * 99}",), (f"{S} 696 alice #own k * :A…",)),
    Case("modern 696", ("MODE #own +l x",), (f"{S} 696 alice #own l x :A limit is…",)),
    Case(
        "modern 696",
        ("MODE #own +e *!~bot@*",),
        (f"{S} 696 alice #own e *!~bot@* :Anybody can say that user; name…",),
    ),
    Case("modern 696", ("MODE #own +b :a b",), (f"{S} 696 alice #own b * :That's…",)),
    Case("modern 472", ("MODE #own +x",), (f"{S} 472 alice x :is unknown mode char…",)),
    Case("modern MODE n", ("MODE #own +n-n",), ()),
    Case(
        "modern MODE v",
        ("MODE #own +v bob", "NAMES #own", "MODE #own -v bob"),
        (
            f"{OWNER} MODE #own +v bob",
            f"{S} 353 alice = #own :@alice +bob dave",
            f"{S} 366 …",
            f"{OWNER} MODE #own -v bob",
        ),
    ),
    Case("modern 401", ("MODE #own +v eve",), (f"{S} 401 alice eve :No such nick…",)),
    Case("modern 441", ("MODE #own +v carol",), (f"{S} 441 alice carol #own :They…",)),
    Case("modern 441", ("MODE #own +o carol",), (f"{S} 441 alice carol #own :They…",)),
    Case("modern +o", ("MODE #own +o bob",), ("… MODE #own +o bob",)),
    Case(
        "modern MODE b, 367, 368",
        ("MODE #own +b carol!*@*", "MODE #own b", "MODE #own -b carol!*@*"),
        (
            f"{OWNER} MODE #own +b carol!*@*",
            f"{S} 367 alice #own carol!*@* alice 1700000000",
            f"{S} 368 alice #own :End of channel ban list",
            f"{OWNER} MODE #own -b carol!*@*",
        ),
    ),
    Case(
        "solanum q, 728, 729",
        ("MODE #own +q bob", "MODE #own +q", "MODE #own -q bob"),
        (
            f"{OWNER} MODE #own +q bob!*@*",
            f"{S} 728 alice #own q bob!*@* alice 1700000000",
            f"{S} 729 alice #own q :End of channel quiet list",
            f"{OWNER} MODE #own -q bob!*@*",
        ),
    ),
    Case(
        "modern KICK",
        ("KICK #own bob,dave :out",),
        (f"{OWNER} KICK #own bob :out", f"{OWNER} KICK #own dave :out"),
    ),
    Case("modern KICK", ("KICK #own bob",), (f"{OWNER} KICK #own bob :alice",)),
    Case("modern 441", ("KICK #own carol",), (f"{S} 441 alice carol #own :They…",)),
    Case("modern 401", ("KICK #own eve",), (f"{S} 401 alice eve :No such nick/chan…",)),
    Case("modern 403", ("KICK #no bob",), (f"{S} 403 alice #no :No such channel",)),
    Case("modern 442", ("KICK #den bob",), (f"{S} 442 alice #den :You're not on th…",)),
    Case("modern 482", ("KICK #lobby bob",), (f"{S} 482 alice #lobby :You're not c…",)),
    Case("rfc 481", ("KILL bob :x",), (f"{S} 481 alice :Permission Denied- You're…",)),
    Case("modern 341", ("INVITE carol #own",), (f"{S} 341 alice carol #own",)),
    Case("modern 443", ("INVITE bob #own",), (f"{S} 443 alice bob #own :is already…",)),
    Case("modern 442", ("INVITE bob #den",), (f"{S} 442 alice #den :You're not on …",)),
    Case("modern 401", ("INVITE eve #own",), (f"{S} 401 alice eve :No such nick/ch…",)),
    Case("modern 403", ("INVITE bob #no",), (f"{S} 403 alice #no :No such channel",)),
    Case("modern 461", ("INVITE bob",), (f"{S} 461 alice INVITE :Not enough para…",)),
    Case("modern 337", ("INVITE",), (f"{S} 337 alice :End of /INVITE list",)),
    Case("modern 482", ("MODE #lobby +m",), (f"{S} 482 alice #lobby :You're not ch…",)),
    Case("modern 403", ("MODE #no",), (f"{S} 403 alice #no :No such channel",)),
    Case("modern 368", ("MODE #lobby b",), (f"{S} 368 alice #lobby :End of channel…",)),
    Case("sasl 900", ("UNREGISTER wrong-one",), (f"{S} 464 alice :Wrong password…",)),
    Case(
        "the chat's own",
        ("ROOM #own", "LOGIN bob x"),
        ("…:irc.Test NOTICE alice :…", f"{S} 462 alice :You are logged in as alice…"),
    ),
    Case("modern OPER 464", ("OPER alice x",), (f"{S} 464 alice :Wrong password f…",)),
]


@pytest.mark.parametrize(
    "case", OWNED, ids=[f"{case.source}-{case.sent[0][:20]}" for case in OWNED]
)
def test_command_of_an_owner(case: Case) -> None:
    world = Network()
    alice = world.irc("alice", case.caps)
    alice.send("REGISTER open-sesame", "JOIN #own")
    bob, dave, carol = world.irc("bob"), world.irc("dave"), world.netcat("carol")
    bob.send("JOIN #own")
    dave.send("JOIN #own", "JOIN #den", "PART #lobby")
    skip(alice, bob, carol, dave)
    check(case, alice.ask(*case.sent))


def check(case: Case, answer: list[str]) -> None:
    assert len(answer) == len(case.answer), answer
    for expected, line in zip(case.answer, answer, strict=True):
        assert matches(expected, line), (expected, line)
    assert all(len(line.encode()) <= 510 for line in answer if line[0] != "@")


DENIED = {
    "+i": "473 bob #own :Cannot join channel (+i)",
    "+k sesame": "475 bob #own :Cannot join channel (+k)",
    "+l 1": "471 bob #own :Cannot join channel (+l)",
    "+b bob": "474 bob #own :You are banned from #own",
}


@pytest.mark.parametrize("modes", DENIED)
def test_modes_keep_people_out_until_invited(modes: str) -> None:
    """Modern specification, JOIN: 471, 473, 474, 475."""
    world = Network()
    alice = world.irc("alice")
    alice.send("REGISTER open-sesame", "JOIN #own", f"MODE #own {modes}")
    bob = world.irc("bob")
    assert bob.ask("JOIN #own") == [f"{S} {DENIED[modes]}"]
    alice.send("INVITE bob #own")
    assert bob.lines() == [f"{OWNER} INVITE bob :#own"]
    answer = bob.ask("INVITE", "JOIN #own wrong")
    assert answer[0] == f"{S} 336 bob #own"
    assert (f"{BOB} JOIN #own" in answer) == (not modes.startswith("+b"))


def test_changes_that_cancel_leave_nothing_in_the_audit() -> None:
    store = Kept()
    world = Network(store=store)
    alice = world.irc("alice")
    alice.send("REGISTER open-sesame", "JOIN #own")
    for _ in range(20):
        alice.send(f"MODE #own {'+C-C' * 10}")
    assert audit_entries(store) == []
    skip(alice)
    for _ in range(100):
        alice.send("MODE #own +C", "MODE #own -C")
    answer = alice.lines()
    assert len(audit_entries(store)) == 100
    assert answer[100:] == [f"{S} 263 alice MODE :You change too much; wait 10 s"] * 50
    assert alice.ask("MODE #own +imv-t+i alice")[-1].startswith(f"{S} 263 ")


def audit_entries(store: Kept) -> list[AuditEntry]:
    return store.audit_entries()


def test_the_muted_are_told_on_entering() -> None:
    world = Network()
    alice, bob = world.irc("alice"), world.irc("bob")
    alice.send("REGISTER open-sesame", "JOIN #own", "MODE #own +q bob")
    told = f"{S} NOTICE bob :You are muted in #own by alice"
    assert told in bob.ask("JOIN #own")
    alice.send("MODE #own -q bob")
    gone = f"{S} NOTICE bob :You are no longer muted in #own"
    assert bob.lines()[-1] == gone


def test_a_muted_one_shows_no_words_of_their_own() -> None:
    """Away text, real name, last words: none of them is read in the room."""
    world = Network()
    alice = world.irc("alice", "away-notify setname extended-join")
    bob = world.irc("bob")
    alice.send("REGISTER open-sesame", "JOIN #own")
    bob.send("JOIN #own", "AWAY :rude once", "SETNAME :rude twice")
    assert "rude" in "".join(alice.lines())
    alice.send("MODE #own +q bob")
    skip(alice)
    bob.send("AWAY :rude words", "PART #own :rude words", "JOIN #own")
    bob.send("TOPIC #own :rude words", "NOTICE #own :rude words", "INVITE carol #own")
    assert bob.ask("SETNAME :rude words")[-1].startswith(f"{S} 404 bob ")
    alice.send("WHO #own", "WHOIS bob", "WHO #own %cuhnfr", "PRIVMSG bob :hi")
    bob.send("QUIT :rude words")
    alice.send("WHOWAS bob")
    heard = alice.lines()
    assert "rude" not in "".join(heard)
    assert any("301 alice bob :away" in line for line in heard)


def test_a_key_lets_in() -> None:
    world = Network()
    alice = world.irc("alice")
    alice.send("REGISTER open-sesame", "JOIN #own,#two", "MODE #own +k sesame")
    bob = world.irc("bob")
    assert f"{BOB} JOIN #own" in bob.ask("JOIN #own,#two sesame")


def test_what_an_owner_does_is_shown() -> None:
    world = Network()
    alice, bob = world.irc("alice"), world.irc("bob", "invite-notify")
    carol = world.netcat("carol")
    alice.send("REGISTER open-sesame", "JOIN #own")
    bob.send("JOIN #own")
    skip(alice, bob, carol)
    alice.send("INVITE carol #own", "MODE #own +m", "KICK #own bob :out with you")
    assert bob.lines() == [
        f"{OWNER} INVITE carol :#own",
        f"{OWNER} MODE #own +m",
        f"{OWNER} KICK #own bob :out with you",
    ]
    assert carol.lines() == ["* alice invites you to #own; JOIN #own"]
    bob.send("JOIN #own")
    assert bob.ask("PRIVMSG #own :x")[-1].startswith(f"{S} 404 bob #own :#own is mod")
    assert f"{BOB} JOIN #own" in alice.lines()


def test_an_operator() -> None:
    """Modern specification, OPER 381; RFC 2812, KILL."""
    world = Network(operators=frozenset({"alice"}))
    first = world.irc("alice")
    first.send("REGISTER open-sesame", "QUIT")
    alice, bob, carol = world.irc("ally"), world.irc("bob"), world.netcat("carol")
    skip(alice, carol)
    answer = alice.ask("OPER alice open-sesame", "MODE ally", "WHO ally %naf")
    assert answer == [
        f"{S} 900 ally ally!~ally@account-alice alice :You are now logged in as alice",
        ":ally!~ally@account-alice MODE ally :+o",
        f"{S} 381 ally :You are now an IRC operator",
        f"{S} 221 ally +io",
        f"{S} 354 ally ally H* alice",
        f"{S} 315 ally ally :End of WHO list",
    ]
    assert any(
        " 338 " in line and "127.0.0.1" in line for line in alice.ask("WHOIS bob")
    )
    assert not any("127.0.0.1" in line for line in bob.ask("WHOIS ally"))
    assert alice.ask("NICK alice") == [":ally!~ally@account-alice NICK :alice"]
    bob.lines()
    alice.send("KILL bob :spam")
    assert bob.lines() == [
        ":alice!~ally@account-alice KILL bob :spam",
        "ERROR :Closing Link: bob (kicked by alice: spam)",
    ]
    assert "* bob left the chat! (kicked by alice: spam)" in carol.lines()


def test_oper_of_an_account_that_is_no_operators_or_is_here_already() -> None:
    world = Network(operators=frozenset({"alice"}))
    alice, bob, carol = (world.irc(nick) for nick in ("alice", "bob", "carol"))
    alice.ask("REGISTER open-sesame")
    bob.ask("REGISTER open-sesame", "QUIT")
    assert ask(carol, "OPER bob open-sesame") == [
        f"{S} 491 carol :No O-lines for your host"
    ]
    assert not carol.user.operator
    # The nick stays, and so does who they are.
    assert ask(carol, "OPER alice open-sesame") == [
        ":carol!~carol@guest MODE carol :+o",
        f"{S} 381 carol :You are now an IRC operator",
    ]
    assert (carol.user.account, alice.user.account) == ("", "alice")
    assert any(" 313 carol carol " in line for line in ask(carol, "WHOIS carol"))
    carol.send("REGISTER open-sesame")
    assert (carol.user.account, carol.user.operator) == ("carol", True)
    skip(alice)
    assert ask(carol, "OPER alice open-sesame")[-1].startswith(f"{S} 381 ")


@pytest.mark.parametrize("how", ["UNREGISTER", "not listed", "leaves"])
def test_an_operator_by_anothers_account_is_one_no_longer(how: str) -> None:
    world = Network(operators=frozenset({"alice"}))
    alice, carol = world.irc("alice"), world.irc("carol")
    alice.send("REGISTER open-sesame")
    carol.send("OPER alice open-sesame")
    assert carol.user.operator
    if how == "UNREGISTER":
        alice.send("UNREGISTER open-sesame")
    elif how == "not listed":
        shared = world.hub.shared._replace(operators=())
        world.hub.apply(ChangeSettings(world.hub.shared, shared), world.hub.now())
    else:
        carol.send("QUIT")
        carol = world.irc("carol")
        assert not carol.user.operator
        return
    assert ":carol!~carol@guest MODE carol :-o" in carol.lines()
    assert not carol.user.operator
    assert ask(carol, "KILL alice :x")[0].startswith(f"{S} 481 ")


def test_what_they_do_is_on_record_as_the_accounts() -> None:
    store = Kept()
    world = Network(operators=frozenset({"alice"}), store=store)
    world.irc("alice").send("REGISTER open-sesame")
    carol = world.irc("carol")
    world.irc("bob")
    carol.send("OPER alice open-sesame", "KILL bob :spam")
    [entry] = store.audit_entries()
    assert (entry.by, entry.what, entry.target) == ("alice", "KICK", "bob")
    restored = Network().hub
    restored.restore(world.hub.snapshot())
    assert restored.users["carol"].operator
    assert restored.checksum() == world.hub.checksum()


@pytest.mark.parametrize("case", CASES, ids=names())
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
