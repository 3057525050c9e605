"""The fan-out delivers what a naive loop over the listeners would."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule
from twisted.trial.unittest import SynchronousTestCase

from twisted_chat.events import Event, Notice
from twisted_chat.fanout import Channel, Fanout, Format, Listener, Writer


def encoder(name: str) -> Callable[[Event], bytes]:
    def encode(event: Event) -> bytes:
        assert isinstance(event, Notice)
        hides = name == "c" and event.text.endswith("3")
        return b"" if hides else f"{name}{event.text} ".encode()

    return encode


FORMATS = [Format(name, encoder(name)) for name in "abc"]
LISTENERS = st.integers(0, 4)
CHANNELS = st.integers(0, 2)
Entry = tuple[int | None, str]


class Collector(Writer):
    def __init__(self) -> None:
        self.got = b""
        self.writes = 0
        self.finished = False

    def write(self, data: bytes) -> None:
        assert data, "nothing is no write"
        assert not self.finished
        self.writes += 1
        self.got += data

    def finish(self) -> None:
        self.finished = True


class Model:
    """One listener, served at once and one by one."""

    def __init__(self) -> None:
        self.format = 0
        self.echo = False
        self.closed = False
        self.channels: set[int] = set()
        self.deaf_to: set[int] = set()
        self.due: list[Entry] = []

    def hear(self, channel: int | None, text: str) -> None:
        if shown := FORMATS[self.format].encode(Notice(text, 0, "help")):
            self.due.append((channel, shown.decode().strip()))


class FanoutMachine(RuleBasedStateMachine):
    def __init__(self) -> None:
        super().__init__()
        self.soon: list[Callable[[], None]] = []
        self.fanout = Fanout(self.soon.append)
        self.channels: list[Channel] = [self.fanout.channel() for _ in range(3)]
        self.writers = [Collector() for _ in range(5)]
        self.listeners: list[Listener] = [
            self.fanout.listener(writer, FORMATS[0]) for writer in self.writers
        ]
        self.models = [Model() for _ in range(5)]
        self.count = 0

        for who in range(4):
            self.join(who, 0)
            self.join(who, 1)

    def text(self) -> str:
        self.count += 1
        return str(self.count)

    @rule(who=LISTENERS, where=CHANNELS)
    def join(self, who: int, where: int) -> None:
        if not self.models[who].closed:
            self.channels[where].add(self.listeners[who])
            self.models[who].channels.add(where)

    @rule(who=LISTENERS, where=CHANNELS)
    def part(self, who: int, where: int) -> None:
        self.channels[where].discard(self.listeners[who])
        self.models[who].channels.discard(where)

    @rule(who=LISTENERS, where=CHANNELS)
    def say(self, who: int, where: int) -> None:
        text = self.text()
        self.channels[where].emit(Notice(text, 0, "help"), self.listeners[who])
        self.hear_said(who, where, text)

    def hear_said(self, who: int, where: int, text: str) -> None:
        for number, model in enumerate(self.models):
            own = number == who and not model.echo
            if where in model.channels and not own and who not in model.deaf_to:
                model.hear(where, text)

    @rule(who=LISTENERS, where=CHANNELS, n=st.integers(1, 3))
    def say_all(self, who: int, where: int, n: int) -> None:
        texts = [self.text() for _ in range(n)]
        said = [Notice(text, 0, "help") for text in texts]
        self.channels[where].emit_all(said, self.listeners[who])
        for text in texts:
            self.hear_said(who, where, text)

    @rule(where=CHANNELS, hidden=st.sets(LISTENERS, max_size=2))
    def announce(self, where: int, hidden: set[int]) -> None:
        text = self.text()
        hiding = [self.listeners[number] for number in hidden]
        self.channels[where].emit(Notice(text, 0, "help"), hidden=hiding)
        for number, model in enumerate(self.models):
            if where in model.channels and number not in hidden:
                model.hear(where, text)

    @rule(where=st.lists(CHANNELS, unique=True), hidden=st.sets(LISTENERS, max_size=1))
    def announce_once(self, where: list[int], hidden: set[int]) -> None:
        text = self.text()
        channels = [self.channels[number] for number in where]
        hiding = [self.listeners[number] for number in hidden]
        self.fanout.emit_once(channels, Notice(text, 0, "help"), hiding)
        for number, model in enumerate(self.models):
            first = [channel for channel in where if channel in model.channels]
            if first and number not in hidden:
                model.hear(first[0], text)

    @rule(who=LISTENERS)
    def tell(self, who: int) -> None:
        text = self.text()
        self.listeners[who].tell(Notice(text, 0, "help"))
        if not self.models[who].closed:
            self.models[who].hear(None, text)

    @rule(who=LISTENERS, format=st.integers(0, 2))
    def switch_format(self, who: int, format: int) -> None:
        self.listeners[who].format = FORMATS[format]
        self.models[who].format = format

    @rule(who=LISTENERS, echo=st.booleans())
    def switch_echo(self, who: int, echo: bool) -> None:
        self.listeners[who].echo = self.models[who].echo = echo

    @rule(who=LISTENERS, others=st.sets(LISTENERS))
    def ignore(self, who: int, others: set[int]) -> None:
        others -= {who}
        self.listeners[who].ignore(self.listeners[number] for number in others)
        self.models[who].deaf_to = others

    @rule(who=LISTENERS)
    def close(self, who: int) -> None:
        self.listeners[who].close()
        self.models[who].closed = True
        self.models[who].channels.clear()

    @rule()
    def end_turn(self) -> None:
        before = [writer.writes for writer in self.writers]
        for call in self.soon:
            call()
        assert len(self.soon) <= 1, "the end of a turn is asked for once"
        self.soon.clear()
        for writer, model, count in zip(self.writers, self.models, before, strict=True):
            assert writer.writes <= count + 1, "one write a turn"
            got = writer.got.decode().split()
            assert sorted(got) == sorted(text for _, text in model.due)
            for channel in range(3):
                mine = [text for where, text in model.due if where in (channel, None)]
                kept = set(mine)
                assert [text for text in got if text in kept] == mine
            assert writer.finished == model.closed

    @invariant()
    def audiences_are_those_who_hear_the_same(self) -> None:
        for listener, model in zip(self.listeners, self.models, strict=True):
            channels = frozenset(self.channels[number] for number in model.channels)
            audience = listener.audience
            if audience is None:
                assert not channels
            else:
                assert listener in audience.listeners
                assert audience.format is FORMATS[model.format]
                assert audience.channels == channels
        for channel in self.channels:
            assert all(audience.listeners for audience in channel.audiences)

    def teardown(self) -> None:
        self.end_turn()
        self.end_turn()


TestFanout = FanoutMachine.TestCase
TestFanout.settings = settings(max_examples=60, stateful_step_count=40, deadline=None)


class BrokenWriter(Collector):
    def write(self, data: bytes) -> None:
        raise ZeroDivisionError("a bug")


class BugTests(SynchronousTestCase):
    def setUp(self) -> None:
        self.soon: list[Any] = []
        self.fanout = Fanout(self.soon.append)

    def test_a_bug_on_the_way_to_one_costs_the_others_nothing(self) -> None:
        channel = self.fanout.channel()
        writers = [BrokenWriter() if n % 2 else Collector() for n in range(10)]
        for writer in writers:
            channel.add(self.fanout.listener(writer, FORMATS[0]))
        channel.emit(Notice("1", 0, "help"))
        self.soon.pop()()
        assert [writer.got for writer in writers] == [b"a1 ", b""] * 5
        assert len(self.flushLoggedErrors(ZeroDivisionError)) == 5

    def test_a_bug_in_a_format_costs_one_event(self) -> None:
        def encode(event: Event) -> bytes:
            assert isinstance(event, Notice)
            return b"%d " % (6 // int(event.text))

        channel, writer = self.fanout.channel(), Collector()
        channel.add(self.fanout.listener(writer, Format("broken", encode)))
        for text in "2031":
            channel.emit(Notice(text, 0, "help"))
        self.soon.pop()()
        assert writer.got == b"3 2 6 "
        assert len(self.flushLoggedErrors(ZeroDivisionError)) == 1
