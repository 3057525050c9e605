"""The stream in a real Redis."""

from __future__ import annotations

import signal
import time
from collections.abc import Awaitable, Callable, Coroutine, Iterator
from typing import Any

import pytest
from twisted.internet.defer import CancelledError, Deferred, gatherResults

from twisted_chat.log.encryption import Encrypted
from twisted_chat.log.redis import Limits, RedisStream, parse_address
from twisted_chat.log.shared import SharedLog
from twisted_chat.log.state import State
from twisted_chat.log.stream import (
    BEGINNING,
    Away,
    Malformed,
    Position,
    Record,
    Sealed,
    StreamError,
)

from ..shared_log_support import Words
from ..stream_contract import (
    FAR,
    RecordRules,
    StreamContract,
    StreamTest,
    bodies,
    everything,
    scenario,
)
from .certificate import self_signed
from .redis import RedisServer, Turning
from .support import PATIENCE

LIMITS = Limits(lease=3.0, quiet=2.0)


@pytest.fixture(scope="module")
def turning() -> Iterator[Turning]:
    turning = Turning()
    yield turning
    turning.close()


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RedisServer]:
    server = RedisServer(tmp_path_factory.mktemp("redis"))
    try:
        server.start()
        yield server
    finally:
        server.stop(signal.SIGKILL)


class OnRedis(StreamTest):
    """What tests on a Redis share."""

    limits = LIMITS
    lease, quiet = LIMITS.lease, LIMITS.quiet

    @pytest.fixture(autouse=True)
    def log(self, turning: Turning, server: RedisServer) -> Iterator[None]:
        if server.process is None:
            server.start()
        server.ask("FLUSHALL")
        self.turning, self.server = turning, server
        self.streams: list[RedisStream] = []
        yield
        for stream in self.streams:
            stream.stop()
        turning.reactor.iterate(0)

    def run(self, test: Coroutine[Deferred[Any], Any, None]) -> None:
        self.turning.run(test)

    def wait(self, seconds: float) -> Deferred[None]:
        return self.turning.wait(seconds)

    async def connect(self) -> RedisStream:
        return await self.connected(self.stream())

    def stream(self, url: str = "", **more: Any) -> RedisStream:
        """One that isn't started."""
        options = {"limits": self.limits, **more}
        address = parse_address(url or self.server.url)
        stream = RedisStream(self.turning.reactor, address, **options)
        self.streams.append(stream)
        return stream

    async def connected(self, stream: RedisStream) -> RedisStream:
        await stream.start()
        return stream

    async def restart(self, how: signal.Signals = signal.SIGTERM) -> None:
        self.server.stop(how)
        await self.until(False)
        self.server.start()
        await self.until(True)

    async def until(self, connected: bool) -> None:
        """Wait until all streams are connected, or none is."""
        for _ in range(round(PATIENCE / 0.02)):
            if all(stream.connected == connected for stream in self.streams):
                return
            await self.wait(0.02)
        raise AssertionError(f"waited {PATIENCE} s for {connected}")

    async def empty(self) -> None:
        self.server.ask("FLUSHALL")


class TestRedisStream(OnRedis, StreamContract):
    """The contract, in clear."""


class TestEncryptedRedisStream(OnRedis, RecordRules):
    """What a key could spoil."""

    def stream(self, url: str = "", **more: Any) -> RedisStream:
        return super().stream(url, cipher=Encrypted(b"k" * 32), **more)


class TestConnection(OnRedis):
    @scenario
    async def test_a_stopped_redis_is_away_and_comes_back(self) -> None:
        self.limits = LIMITS._replace(timeout=0.5, lease=60.0)
        stream, member = await self.entered()
        self.server.signal(signal.SIGSTOP)
        try:
            appending, looking = stream.append(member.node, 1, b"x"), stream.look()
            with pytest.raises(Away):
                await appending
            with pytest.raises(Away):
                await looking
            with pytest.raises(Away):
                await stream.look()
        finally:
            self.server.signal(signal.SIGCONT)
        await self.until(True)
        await stream.append(member.node, 1, b"x")
        assert await bodies(stream) == [b"opened", b"x"]

    @scenario
    async def test_what_is_called_without_a_connection_fails_at_once(self) -> None:
        stream = self.stream()
        with pytest.raises(Away):
            await stream.look()
        await stream.start()
        with pytest.raises(Sealed):
            await stream.look()
        self.server.stop()
        await self.until(False)
        failed: list[object] = []
        stream.look().addErrback(failed.append)
        stream.snapshot().addErrback(failed.append)
        stream.read(BEGINNING).addErrback(failed.append)
        assert len(failed) == 3

    @scenario
    async def test_a_start_that_fails_says_why_and_goes_on(self) -> None:
        self.server.stop()
        stream = self.stream()
        with pytest.raises(Away, match=rf"redis://127.0.0.1:{self.server.port}/0: "):
            await stream.start()
        self.server.start()
        await self.until(True)

    @scenario
    async def test_a_redis_that_was_killed_is_sealed_and_has_it_all(self) -> None:
        stream, member = await self.entered()
        for sequence in range(1, 51):
            await stream.append(member.node, sequence, b"%d" % sequence)
        head = (await stream.look()).head
        await self.restart(signal.SIGKILL)
        with pytest.raises(Sealed):
            await stream.append(member.node, 51, b"x")
        await stream.open(1, head, b"", b"again")
        assert len(await everything(stream)) == 52

    @scenario
    async def test_appends_that_are_cancelled_or_sent_again_are_there_once(
        self,
    ) -> None:
        stream, member = await self.entered()
        cancelled = stream.append(member.node, 1, b"x")
        cancelled.cancel()
        with pytest.raises(CancelledError):
            await cancelled
        await gatherResults([stream.append(member.node, 1, b"x") for _ in range(5)])
        await stream.append(member.node, 2, b"y")
        assert await bodies(stream) == [b"opened", b"x", b"y"]

    @scenario
    async def test_scripts_that_redis_forgot_are_loaded_again(self) -> None:
        stream, member = await self.entered()
        self.server.ask("SCRIPT", "FLUSH")
        calls = [stream.append(member.node, n, b"%d" % n) for n in (1, 2, 3)]
        for call in calls:
            with pytest.raises(Away):
                await call
        await self.until(True)
        await gatherResults(
            [stream.append(member.node, n, b"%d" % n) for n in (1, 2, 3)]
        )
        assert await bodies(stream) == [b"opened", b"1", b"2", b"3"]

    @scenario
    async def test_a_redis_that_is_full_is_away(self) -> None:
        stream, member = await self.entered()
        self.server.ask("CONFIG", "SET", "maxmemory", "1")
        try:
            with pytest.raises(Away, match="OOM"):
                await stream.append(member.node, 1, b"x")
        finally:
            self.server.ask("CONFIG", "SET", "maxmemory", "0")
        await stream.append(member.node, 1, b"x")
        assert await bodies(stream) == [b"opened", b"x"]

    @scenario
    async def test_stopping_fails_what_waits_and_connects_no_more(self) -> None:
        stream, member = await self.entered()
        reading = stream.read(member.position)
        await self.wait(0.05)
        self.streams[0].stop()
        with pytest.raises(Away):
            await reading
        await self.wait(0.3)
        assert not self.streams[0].connected
        with pytest.raises(Away):
            await stream.look()

    @scenario
    async def test_a_unix_socket_and_a_database(self) -> None:
        stream = await self.connected(self.stream(f"unix://{self.server.socket}?db=3"))
        await stream.open(0, BEGINNING, b"", b"opened")
        assert await bodies(stream) == [b"opened"]
        assert "db3:keys=" in self.server.ask("INFO", "keyspace")
        with pytest.raises(Sealed):
            await (await self.connect()).look()

    @scenario
    async def test_prefixes_are_logs_of_their_own(self) -> None:
        one = await self.connected(self.stream(prefix="one"))
        two = await self.connected(self.stream(prefix="two"))
        await one.open(0, BEGINNING, b"", b"in one")
        with pytest.raises(Sealed):
            await two.look()
        await two.open(0, BEGINNING, b"", b"in two")
        assert await bodies(one) == [b"in one"]
        keys = self.server.ask("KEYS", "*")
        assert keys.count("{one}:") == keys.count("{two}:") == 3

    def test_a_prefix_is_plain(self) -> None:
        for prefix in ("", "a b", "a{b}", "x" * 65, "é"):
            with pytest.raises(ValueError, match="begin keys"):
                self.stream(prefix=prefix)


class Host:
    """A server whose state is the words that were said."""

    def __init__(self, test: OnRedis, stream: RedisStream, name: str) -> None:
        self.told: list[str] = []
        self.machine = Words(name)
        reactor = test.turning.reactor
        self.log = SharedLog(
            stream, self.machine, self, reactor, time.time, name, patience=0.0
        )

    def away(self, since: float) -> None:
        self.told.append("away")

    def back(self) -> None:
        self.told.append("back")

    def fenced(self, old: int, new: int) -> None:
        self.told.append("fenced")

    def failed(self, reason: str) -> None:
        self.told.append(reason)

    def forked(self, position: Position) -> None:
        self.told.append("forked")

    def lost(self, certain: bool) -> Exception:
        return RuntimeError("lost")

    def too_much(self) -> Exception:
        return RuntimeError("too much")


class TestSharedLog(OnRedis):
    def test_a_restart_of_redis_is_a_pause(self) -> None:
        async def test() -> None:
            hosts = [Host(self, await self.connect(), name) for name in ("a", "b")]
            for host in hosts:
                await host.log.start()
            numbers = [host.log.node for host in hosts]
            await hosts[0].log.propose("before")
            self.server.stop(signal.SIGKILL)
            await self.until(False)
            waiting = [host.log.propose(f"by {host.log.node}") for host in hosts]
            self.server.start()
            await gatherResults(waiting)
            await gatherResults([host.log.propose("after") for host in hosts])
            await self.wait(0.5)
            for host in hosts:
                assert host.log.state is State.RUNNING
                assert host.told == ["away", "back"]
                assert sorted(host.machine.words) == sorted(
                    ["before", "after", "after", *(f"by {n}" for n in numbers)]
                )
                assert list(host.machine.up) == numbers
            assert hosts[0].machine.words == hosts[1].machine.words
            assert [host.log.node for host in hosts] == numbers
            await gatherResults([host.log.stop() for host in hosts])

        self.run(test())


class TestHostile(OnRedis):
    """What somebody else wrote into the Redis."""

    def damage(self, *command: str) -> None:
        reply = self.server.ask(*command)
        assert not reply.startswith("-"), reply

    @pytest.mark.parametrize(
        "fields",
        [
            ("x", "y"),
            ("p", "0-0", "g", "1", "n", "0", "s", "0"),
            ("p", "0-0", "g", "1", "n", "0", "s", "0", "x", ""),
            ("p", "0", "g", "1", "n", "0", "s", "0", "b", ""),
            ("p", "0-0", "g", "x", "n", "0", "s", "0", "b", ""),
            ("p", "0-0", "g", "1", "n", "-1", "s", "0", "b", ""),
            ("p", "0-0", "g", "1", "n", "0", "s", "9" * 16, "b", ""),
            ("p", "0-0", "g", "1", "n", "0", "s", "9" * 99, "b", ""),
            ("p", f"{FAR + 5}-0", "g", "1", "n", "0", "s", "0", "b", ""),
        ],
    )
    def test_a_malformed_record_is_an_error_that_says_where(
        self, fields: tuple[str, ...]
    ) -> None:
        async def test() -> None:
            stream, member = await self.entered()
            self.damage("XADD", "{chat}:log", f"{FAR}-1", *fields)
            at = f"{member.position.ms}-{member.position.seq}"
            with pytest.raises(Malformed, match=f"the record after {at} is malformed"):
                await stream.read(member.position)

        self.run(test())

    def test_a_record_too_long_is_an_error(self) -> None:
        async def test() -> None:
            stream, member = await self.entered()
            body = "x" * (2**20 + 65)
            record = ("p", "0-0", "g", "1", "n", "0", "s", "0", "b", body)
            self.damage("XADD", "{chat}:log", f"{FAR}-1", *record)
            with pytest.raises(Malformed, match="too much"):
                await stream.read(member.position)

        self.run(test())

    @pytest.mark.parametrize(
        "kept",
        ["", "1 2 3-4", "1 2 3-4 ", "1 2 3-4 a\nb", f"{2**53 + 1} 2 3-4 x", "a b c d"],
    )
    def test_a_malformed_member_is_an_error(self, kept: str) -> None:
        async def test() -> None:
            stream = await self.opened()
            self.damage("HSET", "{chat}:nodes", "5", kept)
            with pytest.raises(Malformed):
                await stream.look()

        self.run(test())

    @pytest.mark.parametrize("key", ["log", "meta", "nodes", "snapshots"])
    def test_another_type_is_an_error(self, key: str) -> None:
        async def test() -> None:
            stream, member = await self.entered()
            self.damage("SET", f"{{chat}}:{key}", "x")
            calls: dict[str, Callable[[], Awaitable[object]]] = {
                "log": lambda: stream.append(member.node, 1, b"x"),
                "meta": stream.look,
                "nodes": stream.look,
                "snapshots": stream.snapshot,
            }
            with pytest.raises(StreamError, match="WRONGTYPE"):
                await calls[key]()

        self.run(test())

    @scenario
    async def test_a_snapshot_elsewhere_is_an_error(self) -> None:
        stream = await self.opened()
        self.damage("HSET", "{chat}:snapshots", "9" * 16 + "-0", "x")
        with pytest.raises(Malformed):
            await stream.snapshot()


class TestEncryption(OnRedis):
    def keyed(self, key: bytes) -> RedisStream:
        return self.stream(cipher=Encrypted(key * 32))

    @scenario
    async def test_nobody_without_the_key_reads_or_makes_anything(self) -> None:
        ann = await self.connected(self.keyed(b"a"))
        await ann.open(0, BEGINNING, b"a secret state", b"a secret record")
        member = await ann.enter("ann")
        await ann.append(member.node, 1, b"a secret entry")
        dumped = self.server.ask("XRANGE", "{chat}:log", "-", "+").encode()
        assert b"secret" not in dumped
        where = rf"{member.position.ms}-{member.position.seq}: it (was|is) encrypted"
        for other in (self.keyed(b"b"), self.stream()):
            await other.start()
            with pytest.raises(Malformed, match=where):
                await other.read(BEGINNING)
            with pytest.raises(Malformed, match=r"snapshot at 0-0: it (was|is) encr"):
                await other.snapshot()
        plain = self.streams[-1]
        await plain.look()
        await plain.append(member.node, 2, b"in clear")
        head = (await ann.look()).head
        with pytest.raises(Malformed, match=rf"{head.ms}-{head.seq}: it is not encr"):
            await everything(ann)

    @scenario
    async def test_a_record_that_was_moved_is_an_error(self) -> None:
        ann = await self.connected(self.keyed(b"a"))
        await ann.open(0, BEGINNING, b"", b"opened")
        member = await ann.enter("ann")
        moving = await self.connect()
        await moving.look()
        await ann.append(member.node, 1, b"first")
        (record,) = await self.raw(moving, member.position)
        await moving.append(member.node, 2, record.body)
        with pytest.raises(Malformed, match="for another place"):
            await everything(ann)

    async def raw(self, stream: RedisStream, after: Position) -> list[Record]:
        """Records as they are kept."""
        stream._cipher = Raw()
        return await stream.read(after)


class Raw:
    """Leaves everything as it is kept."""

    encrypts = False

    def encrypt(self, data: bytes, place: bytes) -> bytes:
        return data

    def decrypt(self, data: bytes, place: bytes) -> bytes:
        return data


class TestLimits(OnRedis):
    @scenario
    async def test_what_is_too_old_is_trimmed_though_somebody_needs_it(self) -> None:
        self.limits = LIMITS._replace(age=0.5)
        stream, member = await self.entered()
        await stream.append(member.node, 1, b"old")
        await self.wait(0.6)
        await stream.append(member.node, 2, b"new")
        head = (await stream.look()).head
        await stream.trim(member.position)
        assert len(await everything(stream)) == 3
        await stream.trim(head)
        assert await bodies(stream) == [b"new"]
        assert await stream.snapshot() is None

    @scenario
    async def test_of_old_snapshots_the_newest_is_kept(self) -> None:
        self.limits = LIMITS._replace(age=0.5)
        stream, member = await self.entered()
        at = []
        for sequence in (1, 2):
            await stream.append(member.node, sequence, b"%d" % sequence)
            at.append((await stream.look()).head)
            await stream.put_snapshot(at[-1], b"as of %d" % sequence)
        await self.wait(0.6)
        await stream.trim(at[1])
        assert await bodies(stream) == [b"2"]
        assert await stream.snapshot() == (at[1], b"as of 2")
        assert await stream.snapshot(at[0]) is None

    @scenario
    async def test_what_is_too_much_is_trimmed_though_somebody_needs_it(self) -> None:
        self.limits = LIMITS._replace(size=2**20)
        stream, member = await self.entered()
        for sequence in range(1, 41):
            await stream.append(member.node, sequence, bytes(50_000))
        await stream.trim(BEGINNING)
        records = await everything(stream)
        assert 10 <= len(records) <= 25
        assert records[-1].sequence == 40
        assert await stream.snapshot() is None

    @scenario
    async def test_no_more_enter_than_may(self) -> None:
        stream = await self.opened()
        await gatherResults([stream.enter(f"node {n}") for n in range(256)])
        with pytest.raises(StreamError, match="FULL"):
            await stream.enter("one more")


class TestAccess:
    """Passwords and TLS."""

    @pytest.fixture(autouse=True)
    def needs(self, turning: Turning, tmp_path: Any) -> Iterator[None]:
        self.turning, self.directory = turning, tmp_path
        self.servers: list[RedisServer] = []
        self.streams: list[RedisStream] = []
        yield
        for stream in self.streams:
            stream.stop()
        for server in self.servers:
            server.stop(signal.SIGKILL)

    def server(self, *options: str) -> RedisServer:
        server = RedisServer(self.directory, *options)
        self.servers.append(server)
        server.start()
        return server

    def look(self, url: str) -> None:
        async def test() -> None:
            stream = RedisStream(self.turning.reactor, parse_address(url))
            self.streams.append(stream)
            await stream.start()
            with pytest.raises(Sealed):
                await stream.look()

        self.turning.run(test())

    def test_passwords(self) -> None:
        server = self.server()
        server.ask("ACL", "SETUSER", "ann", "on", ">other", "~*", "+@all")
        server.ask("CONFIG", "SET", "requirepass", "s3cret/x")
        host = f"127.0.0.1:{server.port}"
        self.look(f"redis://:s3cret%2Fx@{host}")
        self.look(f"redis://ann:other@{host}/2")
        for who in ("", ":wr0ng@", "ann:wr0ng@"):
            with pytest.raises(Away, match=r"replied (WRONGPASS|NOAUTH)") as raised:
                self.look(f"redis://{who}{host}")
            assert "wr0ng" not in str(raised.value)

    def test_tls(self) -> None:
        pem = self_signed(self.directory, "localhost")
        server = self.server(
            *("--port", "0", "--tls-port", "PORT", "--tls-auth-clients", "no"),
            *("--tls-cert-file", str(pem), "--tls-key-file", str(pem)),
            *("--tls-ca-cert-file", str(pem)),
        )
        self.look(f"rediss://localhost:{server.port}?ca={pem}")
        for url in (
            f"rediss://localhost:{server.port}",
            f"rediss://127.0.0.1:{server.port}?ca={pem}",
            f"redis://localhost:{server.port}",
        ):
            with pytest.raises(Away):
                self.look(url)
