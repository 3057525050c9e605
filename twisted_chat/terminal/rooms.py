"""The conversations: rooms and people, which one is shown, what is unread."""

from __future__ import annotations

from typing import NamedTuple

from ..names import beginning, fold, is_room
from .input_history import InputHistory
from .timeline import Item, Timeline

# Items of a conversation that isn't shown; there are half as many after a cut.
KEPT_ASIDE = 120
# Conversations: rooms, and people who may be anybody.
MOST_OPEN = 150
# People of a room that are known by name.
MOST_PEOPLE = 500


# Messages that are answered and not loaded, of one conversation.
MOST_QUOTED = 100


class Person(NamedTuple):
    """:ivar rank: "owner", "voice" or empty."""

    nick: str
    away: bool = False
    rank: str = ""


class Aim(NamedTuple):
    """Which message the line that is written is about.

    :ivar edit: it is to say something else; else it is answered.
    """

    id: int
    nick: str
    edit: bool


class Quote(NamedTuple):
    """The beginning of what is answered; empty where it is gone."""

    nick: str = ""
    text: str = ""


class Conversation:
    """One room, or one person, or several, to whom one writes in private.

    :ivar unread: messages since it was last shown; `mentions` of them, addressed.
    :ivar marker: the first message that was unread when it was shown.
    :ivar anchor: the last item shown and how many of its rows are hidden below;
        None while the end is shown.
    :ivar draft: what was being written there.
    :ivar loading: whether a page of history is under way.
    :ivar read: the id up to which the server knows it to be read.
    :ivar new_from: the id after which it was unread; None where nobody knows.
    :ivar fresh: whether what was said there before is still to be asked for.
    :ivar returned: whether one was there before the connection was lost last: what is
        said again is news then.
    :ivar aim: the message that is being answered or changed; None: none.
    :ivar wanted: ids of messages that are answered and not loaded; `asking` for one.
    """

    def __init__(self, name: str) -> None:
        self.name = name
        self.is_room = is_room(name)
        self.timeline = Timeline(older=self.is_room)
        self.unread = 0
        self.mentions = 0
        self.marker: Item | None = None
        self.anchor: tuple[Item, int] | None = None
        self.found: Item | None = None
        self.topic = ""
        self.people: dict[str, Person] = {}
        self.more_people = 0
        self.history = InputHistory()
        self.draft = ""
        self.loading = False
        self.read = 0
        self.new_from: int | None = None
        self.fresh = not self.is_room
        self.returned = False
        self.aim: Aim | None = None
        self.wanted: dict[int, None] = {}
        self.asking = False
        self._quotes: dict[int, Quote] = {}
        self._spoke: dict[str, None] = {}

    @property
    def place(self) -> dict[str, str | int | list[str]]:
        """How commands name it."""
        if self.is_room:
            return {"room": self.name}
        return {"with": list(self.name.split(","))}

    def put(self, item: Item) -> None:
        """Show `item` in place of the message with its id, where that is loaded."""
        items = self.timeline.items
        for n in range(len(items) - 1, -1, -1):
            if items[n].id == item.id:
                break
        else:
            return
        old, items[n] = items[n], item
        if self.anchor is not None and self.anchor[0] is old:
            self.anchor = (item, 0)
        self.marker = item if self.marker is old else self.marker
        self.found = item if self.found is old else self.found

    def mark(self, me: str) -> None:
        """Find the first message that is unread, by what the server says."""
        if self.marker is None and self.new_from is not None:
            after, mine = self.new_from, fold(me)
            items = self.timeline.items
            new = (x for x in items if x.id > after and fold(x.nick) != mine)
            self.marker = next(new, None)

    def told(self, id: int, unread: int, mentions: int) -> None:
        """The server says up to where it is read, and how much is not."""
        self.read = max(self.read, id)
        self.unread, self.mentions = max(0, unread), max(0, mentions)
        self.new_from = id if unread else None
        if not unread:
            self.marker = None

    def again(self, item: Item) -> None:
        """`item` is shown again, perhaps as it was not known."""
        known = self.timeline.find(item.id)
        if known is not None and (known.text, known.more) != (item.text, item.more):
            self.put(known.changed(item.text, item.more))

    def quote(self, id: int, place: int) -> Quote | None:
        """The beginning of the message `id`, which that at `place` answers.

        None where it isn't known yet: then it is `wanted`.
        """
        items = self.timeline.items
        for n in range(place, -1, -1):
            if 0 < items[n].id <= id:
                if items[n].id == id:
                    return quote_of(items[n])
                break
        if id not in self._quotes:
            self.wanted[id] = None
        return self._quotes.get(id)

    def forget(self, id: int) -> None:
        """The message `id` is gone: nothing of it is shown where it is answered."""
        if id in self._quotes:
            self._quotes[id] = Quote()
        if self.aim is not None and self.aim.id == id:
            self.aim = None

    def learn(self, id: int, quote: Quote) -> None:
        """`quote` is the beginning of the message `id`."""
        self.wanted.pop(id, None)
        self._quotes[id] = quote
        if len(self._quotes) > MOST_QUOTED:
            del self._quotes[next(iter(self._quotes))]

    def heard(self, nick: str) -> None:
        """Note that `nick` spoke last."""
        self._spoke.pop(fold(nick), None)
        self._spoke[fold(nick)] = None
        if len(self._spoke) > 200:
            del self._spoke[next(iter(self._spoke))]

    def nicks(self) -> list[str]:
        """Who is here; who spoke last first."""
        spoke = [k for k in reversed(self._spoke) if k in self.people]
        others = sorted(self.people.keys() - set(spoke))
        if not self.is_room:
            return self.name.split(",")
        return [self.people[key].nick for key in (*spoke, *others)]

    def renamed(self, old: str, new: str) -> None:
        if (person := self.people.pop(fold(old), None)) is not None:
            self.people[fold(new)] = person._replace(nick=new)
        if fold(old) in self._spoke:
            del self._spoke[fold(old)]
            self.heard(new)

    def count(self, item: Item) -> None:
        """Count `item`, which came while this wasn't shown."""
        if not self.unread:
            self.marker = item
        self.unread += 1
        self.mentions += item.mention
        self.timeline.shrink(KEPT_ASIDE)

    def came(self, nick: str) -> None:
        """`nick` is here now."""
        if len(self.people) < MOST_PEOPLE:
            self.people[fold(nick)] = Person(nick)
        else:
            self.more_people += 1


def key_of(name: str) -> str:
    """The key of the conversation that is called so: several people in any order."""
    if "," not in name:
        return fold(name)
    return ",".join(sorted(map(fold, name.split(","))))


def quote_of(item: Item) -> Quote:
    return Quote(item.nick, beginning(item.text))


class Conversations:
    """Those that are open, in the order of the bar.

    :ivar current: the one that is shown; None before there is any.
    """

    def __init__(self) -> None:
        self._open: dict[str, Conversation] = {}
        self.current: Conversation | None = None
        self._before: list[str] = []

    def all(self) -> list[Conversation]:
        return list(self._open.values())

    def get(self, name: str) -> Conversation | None:
        return self._open.get(key_of(name))

    def open(self, name: str) -> Conversation:
        """The conversation of that name, new if need be."""
        found = self.get(name)
        if found is None:
            self._make_room()
            found = self._open[key_of(name)] = Conversation(name)
            if self.current is None:
                self.current = found
        return found

    def _make_room(self) -> None:
        """Close a private conversation if too many are open: the oldest read one."""
        if len(self._open) >= MOST_OPEN:
            private = [c for c in self.all() if not c.is_room and c is not self.current]
            private.sort(key=lambda c: c.unread > 0)
            for conversation in private[:1]:
                del self._open[key_of(conversation.name)]

    def close(self, name: str) -> None:
        if (closed := self._open.pop(key_of(name), None)) is None:
            return
        if closed is self.current:
            self.current = None
            before = [key for key in self._before if key in self._open]
            rest = before[-1:] or list(self._open)[:1]
            if rest:
                self.show(self._open[rest[0]])

    def rename(self, old: str, new: str) -> None:
        """Whoever one writes to is called otherwise now."""
        if fold(old) == fold(new) or self.get(new) is not None:
            return
        for conversation in self._open.values():
            names = conversation.name.split(",")
            if not conversation.is_room and fold(old) in map(fold, names):
                names = [new if fold(name) == fold(old) else name for name in names]
                conversation.name = ",".join(names)
        self._open = {key_of(each.name): each for each in self._open.values()}

    def rename_room(self, old: str, new: str) -> Conversation | None:
        """A room is called otherwise now; None where it isn't open."""
        room = self.get(old)
        if room is None or not room.is_room:
            return None
        if fold(old) != fold(new) and self.get(new) is not None:
            self.close(new)  # what is left of one that isn't there any more
        room.name = new
        self._before = [key_of(new) if k == key_of(old) else k for k in self._before]
        self._open = {key_of(each.name): each for each in self._open.values()}
        return room

    def show(self, conversation: Conversation) -> None:
        """Make it the current one, with nothing unread any more."""
        left = self.current
        if left is not None and left is not conversation:
            left.marker = left.found = left.new_from = None
            left.wanted.clear()
            left.timeline.shrink(KEPT_ASIDE)
            self._before = [*self._before[-20:], key_of(left.name)]
        self.current = conversation
        conversation.unread = conversation.mentions = 0

    def step(self, way: int) -> None:
        """Show the next one in the bar, or the one before."""
        if self.current is not None:
            every = self.all()
            self.show(every[(every.index(self.current) + way) % len(every)])

    def number(self, number: int) -> bool:
        """Show the one with that number, from 1; False if there is none."""
        every = self.all()
        if not 0 < number <= len(every):
            return False
        self.show(every[number - 1])
        return True

    def urgent(self) -> Conversation | None:
        """Where to look next: mentions and private messages, then what is unread."""
        waiting = [c for c in self.all() if c.unread and c is not self.current]
        return max(
            waiting, key=lambda c: bool(c.mentions) or not c.is_room, default=None
        )

    def matching(self, part: str) -> list[Conversation]:
        """Those with `part` in their names; the best match first."""
        whole = fold(part)
        bare = whole.lstrip("#")
        found = [c for c in self.all() if bare in fold(c.name)]

        def rank(conversation: Conversation) -> int:
            name = fold(conversation.name)
            if name == whole or (bare and name.lstrip("#") == bare):
                return 0
            begins = name.startswith(whole) or (
                bare and name.lstrip("#").startswith(bare)
            )
            return 1 if begins else 2

        return sorted(found, key=rank)
