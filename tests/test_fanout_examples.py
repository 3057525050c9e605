"""Turns of the fan-out that were wrong once, or easily could be."""

from __future__ import annotations

import gc
from collections.abc import Callable
from weakref import ref

from twisted_chat.events import Notice
from twisted_chat.fanout import Channel, Fanout, Format, Listener, Writer
from twisted_chat.fanout.channel import FEW

from .support import World, skip


def encode(event: object) -> bytes:
    assert isinstance(event, Notice)
    return f"{event.text} ".encode()


WORDS = Format("words", encode)


class Collector(Writer):
    def __init__(self) -> None:
        self.got: list[bytes] = []
        self.finished = 0

    def write(self, data: bytes) -> None:
        self.got.append(data)

    def finish(self) -> None:
        self.finished += 1


class Turns:
    """A fan-out with one channel, whose turns a test ends."""

    def __init__(self) -> None:
        self.soon: list[Callable[[], None]] = []
        self.fanout = Fanout(self.soon.append)
        self.channel: Channel = self.fanout.channel()

    def listener(self) -> tuple[Listener, Collector]:
        writer = Collector()
        listener = self.fanout.listener(writer, WORDS)
        self.channel.add(listener)
        return listener, writer

    def say(self, text: str, author: Listener | None = None) -> None:
        self.channel.emit(Notice(text, 0, "help"), author)

    def end(self) -> None:
        while self.soon:
            self.soon.pop()()


# Echo


def test_echo_holds_from_where_it_was_switched() -> None:
    turns = Turns()
    alice, heard = turns.listener()
    turns.say("off", alice)
    alice.echo = True
    turns.say("on", alice)
    alice.echo = False
    turns.say("off", alice)
    turns.end()
    assert heard.got == [b"on "]


def test_words_before_echo_was_switched_on_are_not_shown() -> None:
    world = World()
    alice, bob = world.enter("alice"), world.enter("bob")
    skip(alice, bob)
    alice.send("MSG one", "ECHO on", "MSG two", "ECHO off", "MSG three")
    told = alice.lines()
    assert [line for line in told if line.startswith("alice: ")] == ["alice: two"]
    assert bob.lines() == ["alice: one", "alice: two", "alice: three"]


# Who is deaf to somebody


def test_who_ignores_hears_what_came_before_in_the_same_turn() -> None:
    turns = Turns()
    alice, _ = turns.listener()
    bob, heard = turns.listener()
    turns.say("1", alice)
    bob.ignore([alice])
    turns.say("2", alice)
    bob.ignore([])
    turns.say("3", alice)
    turns.end()
    assert heard.got == [b"1 3 "]


def test_who_comes_in_deaf_is_deaf() -> None:
    turns = Turns()
    alice, _ = turns.listener()
    writer = Collector()
    bob = turns.fanout.listener(writer, WORDS)
    bob.ignore([alice])
    turns.channel.add(bob)
    turns.say("1", alice)
    turns.say("2")
    turns.end()
    assert writer.got == [b"2 "]


def test_who_has_left_deaf_is_closed_once() -> None:
    turns = Turns()
    alice, _ = turns.listener()
    bob, heard = turns.listener()
    bob.ignore([alice])
    bob.close()
    turns.end()
    for text in "123":
        turns.say(text, alice)
        turns.end()
    assert (heard.finished, heard.got) == (1, [])


def test_who_has_left_deaf_is_forgotten() -> None:
    turns = Turns()
    alice, _ = turns.listener()
    bob, heard = turns.listener()
    bob.ignore([alice])
    turns.say("hello", alice)
    bob.leave()
    turns.end()
    gone = ref(heard)
    del bob, heard
    gc.collect()
    assert gone() is None


# Lone events, and few


def test_a_lone_event_is_encoded_once_for_each_format() -> None:
    turns = Turns()
    made: list[str] = []

    def encode(event: object) -> bytes:
        made.append("made")
        return b"x"

    counting = Format("counting", encode)
    writers = [Collector() for _ in range(4)]
    listeners = [turns.fanout.listener(writer, counting) for writer in writers]
    other = turns.fanout.channel()
    for listener in listeners:
        turns.channel.add(listener)
    for listener in listeners[:2]:
        other.add(listener)  # another audience of the same format
    turns.say("hello", author=listeners[0])
    turns.end()
    assert made == ["made"]
    assert [writer.got for writer in writers] == [[], [b"x"], [b"x"], [b"x"]]


def test_a_lone_event_that_a_format_does_not_show_writes_nothing() -> None:
    turns = Turns()
    writer = Collector()
    silent = Format("silent", lambda event: b"")
    turns.channel.add(turns.fanout.listener(writer, silent))
    _, heard = turns.listener()
    turns.say("hello")
    turns.end()
    assert writer.got == []
    assert heard.got == [b"hello "]


def test_many_events_are_served_as_a_few_are() -> None:
    for count in (FEW, FEW + 1):
        turns = Turns()
        (one, read_one), (_, read_all) = turns.listener(), turns.listener()
        for number in range(count):
            turns.say(f"{number}", author=one if number % 3 else None)
        turns.end()
        words = read_all.got[0].split()
        assert len(words) == count
        assert read_one.got[0].split() == words[::3]
