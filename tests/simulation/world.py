"""A run of a cluster: all chance is one seed's, and at the end all must be well."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import combinations
from random import Random

from twisted_chat.events import Said
from twisted_chat.hub import entries as e
from twisted_chat.hub.entries import Entry
from twisted_chat.log.machine import Place
from twisted_chat.log.state import State
from twisted_chat.log.stream import Position, Record
from twisted_chat.names import fold

from .clock import WorldClock
from .keeper import Keeper
from .machine import ENTRIES, SimMachine
from .node import Bad, SimNode
from .people import Answer
from .stream import Faults

LASTS = 40.0
SETTLES = 90.0
COMPARED = 23
CALM = ("cut", "pause", "keeper")
MISFORTUNES = (*CALM, "kill", "wipe", "forget")
UNIQUE = (e.Say, e.TakeNick, e.LogIn, e.Register, e.SetPassword, e.Unregister)
"""Kinds of which no two of a run are equal."""


class World:
    """Three nodes, a keeper, and faults.

    :ivar calm: connections break, processes pause, and the keeper is restarted; but
        nothing is lost, and nobody may notice more than a pause.
    :ivar forced: the operator has a generation opened, though a node is missing.
    :ivar digests: what came of the log up to a place, by whoever was there first.
    :ivar said: the messages of a record.
    """

    def __init__(self, seed: int) -> None:
        self.random = Random(seed)
        self.clock = WorldClock()
        self.keeper = Keeper(self.clock)
        self.calm = self.random.random() < 0.25
        faults = ((0, 0.2),) if self.calm else ((0, 0), (0.01, 0.05), (0.05, 0.2))
        self.faults = Faults(*self.random.choice(faults))
        self.digests: dict[Place, int] = {}
        self.states: dict[Place, str] = {}
        self.said: dict[Place, tuple[Said, ...]] = {}
        self.nodes = [
            SimNode(name, self.clock, self.keeper, self.random, self.faults, self.note)
            for name in ("x", "y", "z")
        ]
        self.happened: list[str] = []
        self.forced = not self.calm and self.random.random() < 0.2
        self.fresh = set(self.nodes)
        self.buried: SimNode | None = None

    def note(self, machine: SimMachine, place: Place) -> None:
        """A node has applied a record: it must have come to the same everywhere."""
        digest = self.digests.setdefault(place, machine.digest)
        if digest != machine.digest:
            raise Bad(f"{machine.name} has another past at {place}")
        said = self.said.setdefault(place, tuple(machine.said))
        if said != tuple(machine.said):
            raise Bad(f"{machine.name} has other messages at {place}")
        if (place.position.ms + place.position.seq) % COMPARED == 0:
            state = machine.hub.checksum()
            if self.states.setdefault(place, state) != state:
                raise Bad(f"{machine.name} is in another state at {place}")

    # The run

    def run(self) -> None:
        for node in self.nodes:
            self.clock.callLater(self.random.uniform(0, 3), node.start)
        self._save()
        self._misfortune()
        if self.forced:
            self.clock.callLater(LASTS / 2, self._lose_for_long)
        self.clock.advance(LASTS)
        self._end_faults()
        self.clock.advance(3.0)
        for node in self.nodes:
            node.busy = False
        self._settle()
        self.check()

    def _save(self) -> None:
        self.keeper.save()
        self.clock.callLater(self.random.uniform(0.5, 3), self._save)

    def _misfortune(self) -> None:
        if self.clock.seconds() >= LASTS:
            return
        self.clock.callLater(self.random.expovariate(0.3), self._misfortune)
        self.fresh -= {node for node in self.nodes if node.running}
        if self.clock.seconds() < 2 or (self.calm and self.fresh):
            return
        kind = self.random.choice(CALM if self.calm else MISFORTUNES)
        self.happened.append(f"{self.clock.seconds():.1f} {kind}")
        node = self.random.choice(self.nodes)
        if kind == "keeper":
            self._stop_keeper()
        elif kind == "forget":
            if self.keeper.up and self.keeper.data.snapshots:
                self.keeper.forget()
        elif not node.alive:
            return
        elif kind == "cut":
            node.stream.cut()
        elif kind == "pause":
            self._pause(node)
        else:
            self._kill(node, wipe=kind == "wipe" and self._may_wipe())

    def _may_wipe(self) -> bool:
        """One disk at a time, and not where the keeper has lost something too."""
        return not self.fresh and self.keeper.up and not self.keeper.sealed

    def _pause(self, node: SimNode) -> None:
        node.clock.paused = True
        clock = node.clock
        seconds = 1 if self.calm else self.random.choice((1, 5, 15))
        self.clock.callLater(seconds, self._resume, node, clock)

    def _resume(self, node: SimNode, clock: object) -> None:
        if node.clock is clock and node.alive:
            node.clock.resume()

    def _kill(self, node: SimNode, wipe: bool) -> None:
        node.kill(wipe)
        if wipe:
            self.fresh.add(node)
        self.clock.callLater(self.random.choice((0.5, 5, 15)), self._revive, node)

    def _revive(self, node: SimNode) -> None:
        if not node.alive and node is not self.buried:
            node.start()

    def _stop_keeper(self) -> None:
        if not self.keeper.up:
            return
        self.keeper.up = False
        for node in self.nodes:
            if node.alive:
                node.stream.cut()
        lose = self.random.choice(("nothing", "tail", "all"))
        if self.fresh or self.calm:
            lose = "nothing"  # else nobody may know of those who have seen more
        self.happened[-1] += f" {lose}"
        self.clock.callLater(self.random.choice((0.2, 3, 12)), self._restart, lose)

    def _lose_for_long(self) -> None:
        """The log is lost, and so is a node, as far as the operator knows."""
        if self.fresh:
            return
        self.happened.append(f"{self.clock.seconds():.1f} operator")
        node = self.random.choice(self.nodes)
        node.kill()
        self.buried = node
        self.keeper.up = True
        self.keeper.restart("all")
        self.clock.callLater(self.random.uniform(4, 10), self._force)

    def _force(self) -> None:
        known = [each for each in self.nodes if each.disk.place.generation]
        sealed = [each for each in known if each.is_in(State.SEALED)]
        if sealed:
            self.random.choice(sealed).log.force_open()

    def _begin_anew(self) -> None:
        """Who has forked loses what it has; but that may not happen without a reason.

        The operator has opened a generation, or nobody who was there knew of it.
        """
        for node in self.nodes:
            if self._may_fork(node) and node.forks and node.is_in(State.STOPPED):
                node.kill(wipe=True)
                node.start()

    def _may_fork(self, node: SimNode) -> bool:
        """Whether a generation may have been opened from less than it had shown."""
        known = all(node.name in names for names in self.keeper.waited_for)
        return self.forced or not known

    def _restart(self, lose: str) -> None:
        if not self.keeper.up:
            self.keeper.restart(lose)

    def _end_faults(self) -> None:
        self.faults.lost = self.faults.slow = 0.0
        if not self.keeper.up:
            self.keeper.restart("nothing")
        for node in self.nodes:
            if not node.alive:
                node.start()
            elif node.clock.paused:
                node.clock.resume()

    def _settle(self) -> None:
        end = self.clock.seconds() + SETTLES
        while not self._settled():
            if self.clock.seconds() > end:
                states = {node.name: node.log.state for node in self.nodes}
                raise Bad(f"it doesn't settle: {states}")
            self.clock.advance(1.0)
            self._begin_anew()

    def _settled(self) -> bool:
        for node in self.nodes:
            for problem in node.failures:
                raise Bad(problem)
        head = self.keeper.data.head
        numbers = {node.log.node for node in self.nodes}
        return all(
            node.running
            and node.log.idle
            and node.log.place.position == head
            and set(node.hub.nodes) == numbers
            and not node.people.waiting
            and not node.disk.aside
            for node in self.nodes
        )

    # What must be so at the end

    def check(self) -> None:
        chain = list(self._chain())[::-1]
        said = [each for place in chain for each in self.said.get(place, ())]
        self._check_order(said)
        self._check_answers(chain, {each.text for each in said})
        for one, other in combinations(self.nodes, 2):
            if one.hub.checksum() != other.hub.checksum():
                raise Bad(f"{one.name} and {other.name} end in other states")
        for node in self.nodes:
            self._check_disk(node, set(chain))
            self._check_people(node)
            if node.forks:
                raise Bad(f"{node.name} has forked")
            if node.disk.rewound and not self._may_fork(node):
                raise Bad(f"{node.name} went back without a reason")
            if self.calm:
                self._check_calm(node)

    def _chain(self) -> Iterator[Place]:
        """All places of the log, from the last to the first."""
        data = self.keeper.data
        place: Place | None = Place(data.generation, data.head)
        while place is not None:
            yield place
            place = self._before(self.keeper.written[place])

    def _before(self, record: Record) -> Place | None:
        """Where a node only had what its disk had, it went on a little later."""
        ms, seq = record.previous
        for position in (record.previous, Position(ms, max(0, seq - 1))):
            for generation in sorted(self.keeper.generations, reverse=True):
                there = (generation, position) in self.keeper.written
                if there and generation <= record.generation:
                    return Place(generation, position)
        return None

    def _check_order(self, said: list[Said]) -> None:
        # A topic may be set to the same again, here and below.
        texts = [each.text for each in said if each.kind != "topic"]
        if len(set(texts)) != len(texts):
            doubled = [each for each in said if texts.count(each.text) > 1]
            raise Bad(f"a message was doubled: {doubled}")
        for room in {fold(each.room) for each in said}:
            ids = [each.id for each in said if fold(each.room) == room]
            if sorted(set(ids)) != ids:
                raise Bad(f"{room} has an id twice: {ids}")
            # A room that has another name now goes on there.
            renamed = any(len(node.hub.former) for node in self.nodes)
            if not renamed and ids != list(range(1, len(ids) + 1)):
                raise Bad(f"{room} has holes: {ids}")

    def _check_answers(self, chain: list[Place], said: set[str]) -> None:
        entries: set[Entry] = set()
        for place in chain:
            body = self.keeper.written[place].body
            entries.update(each for each in ENTRIES.decode(body) if _is_unique(each))
        for node in self.nodes:
            for life in node.lives:
                for answer in life.people.told:
                    if _is_unique(answer.entry):
                        gone = life.wiped != node.disk.wiped
                        there = answer.entry in entries
                        match answer:
                            case Answer(e.Say() as entry, outcome) if outcome != "lost":
                                # By who came back, or once more.
                                there = there or entry.text in said
                                gone = gone or (outcome == "refused")
                            case _ if self.forced or node.disk.rewound:
                                gone = True  # nobody does it once more
                        self._check_answer(answer, there, gone)

    def _check_answer(self, answer: Answer, there: bool, wiped: bool) -> None:
        entry, outcome = answer
        if there and outcome == "lost":
            raise Bad(f"{entry} was lost, and is there")
        if outcome in ("done", "refused") and not (there or wiped):
            raise Bad(f"{entry} was {outcome}, and is not there")

    def _check_people(self, node: SimNode) -> None:
        """Whose connection is open is here, under the number that the node has."""
        for session in node.people.here():
            if session.state.id not in node.hub.sessions:
                raise Bad(f"{session.state.id} is connected, and is not there")
        if len(node.people.here()) < len(node.people.sessions):
            raise Bad(f"somebody has not come back to {node.name}")

    def _check_calm(self, node: SimNode) -> None:
        """Nobody has noticed anything but a pause."""
        if len(node.numbers) != 1:
            raise Bad(f"{node.name} was {node.numbers}")
        for answer in node.people.told:
            if answer.outcome not in ("done", "refused"):
                raise Bad(f"{answer.entry} came to nothing")
        for peer in node.people.sessions.values():
            for room in {room for room, _ in peer.shown}:
                ids = [id for name, id in peer.shown if name == room]
                if sorted(set(ids)) != ids:
                    raise Bad(f"somebody was shown {ids} of {room}")

    def _check_disk(self, node: SimNode, chain: set[Place]) -> None:
        """A node has shown nothing that isn't in the log, and all once."""
        for said in node.disk.said:
            if said.place not in chain:
                raise Bad(f"{node.name} has shown {said}, which isn't in the log")
        texts = [said.text for _, said in node.disk.said if said.kind != "topic"]
        if len(set(texts)) != len(texts):
            raise Bad(f"{node.name} has shown a message twice")
        if {id.node for id in node.hub.sessions} - set(node.hub.nodes):
            raise Bad(f"{node.name} has sessions of nodes that are gone")
        nicks = [user.nick for user in node.hub.users.values()]
        if len(set(map(str.lower, nicks))) != len(nicks):
            raise Bad(f"a nick has two holders: {nicks}")
        stopped = [each for each in self.nodes if each.log.state is State.STOPPED]
        if stopped:
            raise Bad(f"{stopped[0].name} has stopped")


def _is_unique(entry: Entry) -> bool:
    return isinstance(entry, UNIQUE)
