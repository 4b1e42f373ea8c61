"""Both receivers fed with the same bytes, breadth first: the shortest witnesses.

Where the tables show that nothing can differ any more it does not look. After a difference the two
have parted: what a peer sends then is no longer the same conversation.
"""

from collections import deque
from typing import TYPE_CHECKING, TypeAlias

from wirechart.breaking import inputs, live
from wirechart.cases import explore, reference
from wirechart.chart import initial
from wirechart.record import record

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from wirechart.breaking.classes import Classes
    from wirechart.breaking.inputs import Both
    from wirechart.breaking.pairing import Pair, Side
    from wirechart.breaking.structure import Edge, Node
    from wirechart.breaking.verdict import Direction
    from wirechart.cases.reference import Place, Reaction
    from wirechart.cases.scripts import Counted
    from wirechart.cases.values import Value
    from wirechart.decisions import Outcome

# Inputs that are tried for one machine, in one direction, by one kind of sender: so many, and so
# many more for every pair of states.
MOST, MORE = 4_000, 40
WELL = ("handled", "lingering")  # what a peer that keeps to the spec counts on

Key: TypeAlias = tuple[object, ...]


@record
class Taken:
    """An input and what both receivers made of it."""

    both: "Both"
    before: "Node"
    old: "Reaction"
    new: "Reaction"
    edge: "Edge | None"  # what the tables say of it; None: the bytes decide, not the tables
    counted: "Counted | None" = None  # the input again and again, with another key each time

    @property
    def name(self) -> str:
        """In words."""
        return f"{self.counted.count} times {self.both.name}" if self.counted else self.both.name


@record
class Divergence:
    """A shortest way to a difference."""

    direction: "Direction"
    way: tuple[Taken, ...]  # the last one differs
    context: "tuple[tuple[str, Value], ...]"  # of the old machine
    foreign: bool  # some input is none that the sender's spec foresees

    @property
    def last(self) -> Taken:
        """Where it shows."""
        return self.way[-1]


@record
class Spot:
    """Where a search is."""

    old: "Place"
    new: "Place"
    asker: str | None  # the sender's state; None: it has ended, or there is none in the spec
    way: tuple[Taken, ...] = ()


class Search:
    """One machine of both specs, one direction."""

    def __init__(
        self, pair: "Pair", alive: "live.Live", found: "Classes", direction: "Direction"
    ) -> None:
        self.pair = pair
        self.product = alive.product
        self.contexts = found.contexts
        self.live = alive
        self.direction: Direction = direction
        first, second = pair.old, pair.new
        if direction == "new-to-old":
            first, second = second, first
        self.mine, self.theirs = first, second
        chosen = found.old, found.new
        if direction == "new-to-old":
            chosen = found.new, found.old
        self.inputs = inputs.alphabet(first, second, pair.alike, chosen)
        self.spots: dict[Node, Spot] = {}  # where it was, each kind once
        self.widened: set[tuple[str, str]] = set()  # elements where the receiver takes more
        self.pairs = 0
        self.most = MOST + MORE * len(self.product.edges)
        self.left = self.most
        self.full = False

    def run(self, *, foreign: bool) -> "Iterator[Divergence]":
        """Every cause by a shortest way; with `foreign` also what no sender should send."""
        self.left = self.most
        for agreed in self.contexts:
            if not self.live.any:
                return
            yield from self._session(agreed, foreign=foreign)

    def _session(self, agreed: "Mapping[str, Value]", *, foreign: bool) -> "Iterator[Divergence]":
        begin = Spot(
            reference.begin(self.pair.old.chart, agreed),
            reference.begin(self.pair.new.chart, agreed),
            initial(self.mine.asker.chart) if self.mine.asker else None,
        )
        waiting = deque([begin])
        seen = {self._key(begin)}
        while waiting and self.live.any:
            here = waiting.popleft()
            for taken in self._all(here, foreign=foreign):
                if self.parted(taken):
                    yield from self._difference(here, taken, foreign=foreign)
                    continue
                if taken.both.left:  # what they make of that is nothing that a peer says
                    continue
                there = self._after(here, taken)
                key = self._key(there)
                if key in seen or self._over(there) or self.live.blocked(taken.edge):
                    continue
                seen.add(key)
                waiting.append(there)
        self.pairs = max(self.pairs, len(seen))

    def _all(self, here: Spot, *, foreign: bool) -> "Iterator[Taken]":
        """Whatever may happen there and lead to something."""
        node = here.old.state.name, here.new.state.name
        self.spots.setdefault(node, here)
        for both in self.inputs:
            if self.live.events(node).isdisjoint(both.events):
                continue
            if not self.left:
                self.full = True
                return
            if foreign or self._foreseen(here, both):
                self.left -= 1
                taken = self.take(here, node, both)
                if taken is not None:
                    yield taken

    def _difference(self, here: Spot, taken: Taken, *, foreign: bool) -> "Iterator[Divergence]":
        if self._harms(taken):
            found = Divergence(self.direction, (*here.way, taken), here.old.context, foreign)
            if self.live.found(found):
                yield found
        elif taken.edge:
            self.widened.add((taken.edge.old.element, taken.edge.new.element))

    def _after(self, here: Spot, taken: Taken) -> Spot:
        way = (*here.way, taken)
        return Spot(taken.old.place, taken.new.place, self._asker(here, taken), way)

    def _key(self, spot: Spot) -> Key:
        old, new = self.pair.old.machine, self.pair.new.machine
        return explore.key(old, spot.old), explore.key(new, spot.new), spot.asker

    def _over(self, spot: Spot) -> bool:
        return spot.old.closing or spot.new.closing

    def take(self, here: Spot, node: "Node", both: "Both") -> Taken | None:
        """None: it says nothing there."""
        old_input, new_input = both.mine, both.theirs
        if self.direction == "new-to-old":
            old_input, new_input = new_input, old_input
        old_side, new_side = self.pair.old, self.pair.new
        if not (
            explore.applicable(old_side.machine, here.old, old_input)
            and explore.applicable(new_side.machine, here.new, new_input)
        ):
            return None
        old = inputs.react(old_side, here.old, old_input, failing=both.failing)
        new = inputs.react(new_side, here.new, new_input, failing=both.failing)
        if both.failing and not (old.calls and new.calls):
            return None
        return Taken(both, node, old, new, self._edge(node, both, old.outcome, new.outcome))

    def _edge(
        self, node: "Node", both: "Both", old: "Outcome | None", new: "Outcome | None"
    ) -> "Edge | None":
        """What the tables say; of a silence that only one of the two minds, what ends it."""
        edges = self.product.edges.get(node, ())
        silent = both.mine.then == "silence" and (old is None or new is None)
        if silent:
            return next((edge for edge in edges if edge.event == "idle"), None)
        return next((edge for edge in edges if edge.old == old and edge.new == new), None)

    def _foreseen(self, here: Spot, both: "Both") -> bool:
        """Whether a sender that keeps to its spec may do so there."""
        item = both.mine
        if both.foreign or item.request is None:
            return not both.foreign
        mine = here.old if self.mine is self.pair.old else here.new
        name = item.request.message
        if not name or item.request.flaw:
            return False
        if self.mine.asker is not None:
            rows = self.mine.asker.rows
            return here.asker is not None and bool(rows.get((here.asker, name)))
        if mine.ended:
            row = self.mine.machine.rows.get((mine.state.name, name))
            return row is not None and row.outcomes[0].kind in WELL
        chosen = reference.decide(self.mine.machine, mine, name, item.request)
        return chosen.kind in WELL

    def _asker(self, here: Spot, taken: Taken) -> str | None:
        """The sender's state after it heard the reply of its own spec's receiver."""
        made, request = self.mine.asker, taken.both.mine.request
        if made is None or here.asker is None or request is None:
            return None
        row = made.rows.get((here.asker, request.message))
        if row is None:
            return None
        mine = taken.old if self.mine is self.pair.old else taken.new
        got = mine.outcome.reply if mine.outcome else None
        awaited = row.outcomes[0].reply
        if got == awaited and not taken.both.failing:
            after = row.outcomes[0].target
        else:
            after = made.rows[here.asker, "refused"].outcomes[0].target
        return after if made.chart.nodes[after].state.final is None else None

    def parted(self, taken: Taken) -> bool:
        return visible(self.pair.old, taken.old) != visible(self.pair.new, taken.new)

    def _harms(self, taken: Taken) -> bool:
        """Whether the receiver is not at least as good as that of the sender's own spec."""
        mine, theirs = taken.old, taken.new
        if self.mine is self.pair.new:
            mine, theirs = theirs, mine
        item = taken.both.mine
        if item.then == "silence":
            return not (mine.place.ended and not theirs.place.ended) and not (
                mine.place.closing and not theirs.place.closing
            )
        if mine.outcome is None:  # it waits for more
            return True
        if mine.outcome.kind in WELL or item.then == "eof":
            return True
        taken_well = theirs.outcome is None or theirs.outcome.kind in WELL
        return not taken_well and self._alike_taken(taken)

    def _alike_taken(self, taken: Taken) -> bool:
        """Whether both take the message at all: else what is wrong with it is no matter."""
        sides = zip((self.mine, self.theirs), (taken.both.mine, taken.both.theirs), strict=True)
        states = taken.before if self.mine is self.pair.old else taken.before[::-1]
        found = {
            _takes(side, state, item.request.message if item.request else "")
            for state, (side, item) in zip(states, sides, strict=True)
        }
        return len(found) == 1


def _takes(side: "Side", state: str, message: str) -> bool:
    row = side.machine.rows.get((state, message))
    return row is not None and any(outcome.kind in WELL for outcome in row.outcomes)


def visible(side: "Side", reaction: "Reaction") -> tuple[object, ...]:
    """What a peer sees of a reaction, then what only the program that owns the machine sees."""
    place = reaction.place
    final = side.chart.nodes[place.state.name].state.final
    outcome = reaction.outcome
    held = dict(place.state.fields)
    sets = tuple((i.name.name, held.get(i.name.name)) for i in outcome.set) if outcome else ()
    cause = named_cause(outcome) if outcome and final == "failure" else None
    return reaction.reply, place.closing, final, sets, cause


def named_cause(outcome: "Outcome") -> str | None:
    """The cause that the spec names; None: a usual one."""
    usual = (outcome.kind, "eof", "refused", "lost", "idle", "malformed", "handler_error")
    return outcome.cause if outcome.cause not in usual else None
