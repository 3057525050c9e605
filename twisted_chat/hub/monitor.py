"""Who is told when a nick is taken or given up, and who was here before."""

from __future__ import annotations

from collections import OrderedDict, deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, NamedTuple

from ..events import ChatError, Event, Seen
from ..fanout import Channel, Listener
from ..names import fold
from .hosts import host_of, origin_of

if TYPE_CHECKING:
    from .user import User

MAX_WATCHED = 100
MAX_PAST = 1000
MAX_WEARERS = 5


class Monitor:
    """Tells listeners when a nick is taken and when it is given up.

    That is IRC's MONITOR (IRCv3: Monitor), for whichever door wants it.

    :param now: the wall clock, in seconds since the epoch.
    """

    def __init__(self, now: Callable[[], float]) -> None:
        self._now = now
        self._watchers: dict[str, dict[Listener, None]] = {}
        self._watched: dict[Listener, dict[str, str]] = {}
        self._extended: set[Listener] = set()

    def add(self, listener: Listener, nick: str) -> None:
        """Tell `listener` of `nick`.

        :raises ChatError: 734 (ERR_MONLISTFULL) for more than `MAX_WATCHED`.
        """
        nicks = self._watched.setdefault(listener, {})
        key = fold(nick)
        if key not in nicks and len(nicks) >= MAX_WATCHED:
            raise ChatError(734, f"You watch {MAX_WATCHED} nicks already")
        nicks[key] = nick
        self._watchers.setdefault(key, {})[listener] = None

    def discard(self, listener: Listener, nick: str) -> None:
        key = fold(nick)
        if self._watched.get(listener, {}).pop(key, None) is not None:
            watchers = self._watchers[key]
            del watchers[listener]
            if not watchers:
                del self._watchers[key]

    def extend(self, listener: Listener, more: bool) -> None:
        """Whether `listener` is told `more` of whom it watches; see `notify`."""
        if more:
            self._extended.add(listener)
        else:
            self._extended.discard(listener)

    def forget(self, listener: Listener) -> None:
        """Tell `listener` of nobody any more."""
        for nick in list(self._watched.get(listener, ())):
            self.discard(listener, nick)
        self._watched.pop(listener, None)

    def nicks(self, listener: Listener) -> list[str]:
        """Whom `listener` watches, as it wrote them."""
        return list(self._watched.get(listener, {}).values())

    def announce(self, nick: str, here: bool) -> None:
        """`nick` is in use from now on, or no more."""
        for listener in self._watchers.get(fold(nick), ()):
            listener.tell(Seen((nick,), here, self._now()))

    def notify(self, nick: str, event: Event, told: Sequence[Channel]) -> None:
        """Something about `nick` has changed (IRCv3 extended-monitor).

        :param told: where `event` is told anyway.
        """
        for listener in self._watchers.get(fold(nick), ()):
            if listener in self._extended and not any(
                listener in channel for channel in told
            ):
                listener.tell(event)

    def announce_changes(
        self, before: Mapping[str, User], after: Mapping[str, User]
    ) -> None:
        """Those nicks are in use now, in place of those `before`, by folded nick."""
        for key in list(self._watchers):
            was, now = before.get(key), after.get(key)
            if now is not None and was is None:
                self.announce(now.nick, here=True)
            elif was is not None and now is None:
                self.announce(was.nick, here=False)


class Gone(NamedTuple):
    """Somebody who wore `nick` until `at`, in seconds of the wall clock.

    See `User` for the rest.
    """

    nick: str
    about: str
    at: float
    account: str = ""
    token: str = ""
    username: str = ""

    @property
    def host(self) -> str:
        """As `User.host`."""
        return host_of(self.account, self.token)

    @property
    def origin(self) -> str:
        """As `User.origin`."""
        return origin_of(self.username, self.account, self.token)


class Whowas:
    """The latest wearers of each nick that was given up, at most `MAX_PAST` nicks.

    IRC's WHOWAS (RFC 2812, section 3.6.3) tells them.
    """

    def __init__(self) -> None:
        self._gone: OrderedDict[str, deque[Gone]] = OrderedDict()

    def add(self, gone: Gone) -> None:
        key = fold(gone.nick)
        wearers = self._gone.setdefault(key, deque(maxlen=MAX_WEARERS))
        wearers.append(gone)
        self._gone.move_to_end(key)
        if len(self._gone) > MAX_PAST:
            self._gone.popitem(last=False)

    def __iter__(self) -> Iterator[Gone]:
        """All of them, in an order in which to `add` them: the latest nick last."""
        for wearers in self._gone.values():
            yield from wearers

    def all(self, nick: str) -> list[Gone]:
        """Who wore `nick` and gave it up, the latest first."""
        return list(self._gone.get(fold(nick), ()))[::-1]

    def last(self, nick: str) -> Gone | None:
        """Who last wore `nick` and gave it up, if that is known."""
        wearers = self._gone.get(fold(nick))
        return wearers[-1] if wearers else None
