"""IRC servers configured without throttles and limits."""

from __future__ import annotations

from pathlib import Path


def ngircd(port: int, where: Path) -> str:
    return f"""\
[Global]
    Name = irc.bench.example
    Info = benchmark
    Listen = 127.0.0.1
    Ports = {port}
    MotdPhrase = none
    ServerUID = 65534
    ServerGID = 65534
[Limits]
    MaxConnections = 0
    MaxConnectionsIP = 0
    MaxJoins = 0
    MaxNickLength = 20
    MaxPenaltyTime = 0
    PingTimeout = 3600
    PongTimeout = 3600
[Options]
    DNS = no
    Ident = no
    PAM = no
    RequireAuthPing = no
"""


def inspircd(port: int, where: Path) -> str:
    return f"""\
<server name="irc.bench.example" description="benchmark" network="bench" id="001">
<admin name="bench" nick="bench" email="bench@bench.example">
<bind address="127.0.0.1" port="{port}" type="clients">
<connect name="all" allow="*" timeout="60" pingfreq="3600" fakelag="no"
    threshold="100000" commandrate="1000000000" recvq="1048576"
    softsendq="536870912" hardsendq="1073741824" localmax="100000"
    globalmax="100000" maxconnwarn="no" useident="no" maxchans="1000"
    resolvehostnames="no">
<performance somaxconn="4096" softlimit="20000" quietbursts="yes"
    nouserdns="yes" netbuffersize="65534">
<options defaultmodes="n">
<limits maxnick="20" maxline="512">
<log method="file" type="* -USERINPUT -USEROUTPUT" level="default"
    target="{where}/inspircd.log">
<files motd="/dev/null">
<dns server="127.0.0.1" timeout="1">
"""
