"""Two machines walked through at once, by their tables alone: where they may differ at all.

Data is not looked at, so every pair of states that can be met is met, and maybe more. Where no
event of any pair differs, the machines are equal for every sequence: that is a proof.
"""

from collections import deque
from typing import TYPE_CHECKING, TypeAlias

from wirechart.breaking.guards import NOWHERE, biggest, choices, valued
from wirechart.breaking.pairing import fields
from wirechart.cases.machine import Patience
from wirechart.chart import data, expand, initial
from wirechart.dataflow import flows
from wirechart.decisions import FAULTS, rows
from wirechart.expressions import Expression, Name, Size
from wirechart.model import INTEGER_SIZES, Map, Ref
from wirechart.record import record

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from wirechart.breaking.pairing import Pair, Side
    from wirechart.chart import Chart
    from wirechart.decisions import Outcome

Node: TypeAlias = tuple[str, str]  # a state of each machine
Event: TypeAlias = "int | str"  # a message's code, or a fault
NOBODY = 1 << 64  # more than any value has


@record
class Edge:
    """What may happen in a pair of states on an event."""

    event: Event
    old: "Outcome"
    new: "Outcome"
    there: Node | None  # None: it is over, for one of them at least
    differs: bool  # somebody sees it at once
    written: bool  # the tables say something else
    exact: bool  # it can happen, once the pair is reached
    parts: bool = False  # the two are no longer in the same conversation
    kept: bool = True  # the data that guards ask for comes from the same


@record
class Product:
    """All pairs of states that may be met."""

    start: Node
    edges: "Mapping[Node, tuple[Edge, ...]]"

    @property
    def equal(self) -> bool:
        """Whether nobody can tell the machines apart, whatever happens."""
        every = (edge for edges in self.edges.values() for edge in edges)
        return all(edge.kept and not edge.differs for edge in every)


def product(pair: "Pair") -> Product:
    """Every pair of states that the two machines may be in after the same events."""
    made = _Comparison(pair)
    start = (initial(pair.old.chart), initial(pair.new.chart))
    edges: dict[Node, tuple[Edge, ...]] = {}
    waiting = deque([start])
    while waiting:
        node = waiting.popleft()
        if node in edges:
            continue
        edges[node] = tuple(made.edges(node))
        waiting += [edge.there for edge in edges[node] if edge.there is not None]
    return Product(start, edges)


class _Comparison:
    """What is asked again and again of two machines."""

    def __init__(self, pair: "Pair") -> None:
        self.pair = pair
        self.codes = sorted(pair.old.by_code.keys() | pair.new.by_code.keys())
        # What only one of the two asks for shows in its guards.
        self.asked = pair.old.machine.asked & pair.new.machine.asked

    def edges(self, node: Node) -> "Iterator[Edge]":
        """Of a pair of states that both wait, or that both have ended."""
        old, new = node
        if self._ended(self.pair.old, old):
            yield from self._late(node)
            return
        for code in self.codes:
            yield from self._row(node, code, *self._named(code))
        for fault in FAULTS:
            one, other = (
                self._fault(self.pair.old, old, fault),
                self._fault(self.pair.new, new, fault),
            )
            yield from self._row(node, fault, one, other)

    def _named(self, code: int) -> tuple[str, str]:
        old, new = (side.by_code.get(code) for side in (self.pair.old, self.pair.new))
        return old.name if old else "refused", new.name if new else "refused"

    def _fault(self, side: "Side", state: str, fault: str) -> str:
        known = (state, fault) in side.machine.rows
        return fault if known else "eof"

    def _row(self, node: Node, event: Event, one: str, other: str) -> "Iterator[Edge]":
        old, new = (
            side.machine.rows[state, name].outcomes
            for side, state, name in zip(self._sides, node, (one, other), strict=True)
        )
        asked_old = [self._guards(self.pair.old, event, outcome) for outcome in old]
        asked_new = [self._guards(self.pair.new, event, outcome) for outcome in new]
        if not (old and new):
            return
        found = choices(asked_old, asked_new, lambda term: self._biggest(node, term))
        for at_old, at_new in found.pairs:
            same = asked_old[at_old] == asked_new[at_new]
            yield self._edge(node, event, old[at_old], new[at_new], same=same, exact=found.exact)

    @property
    def _sides(self) -> "tuple[Side, Side]":
        return self.pair.old, self.pair.new

    def _guards(self, side: "Side", event: Event, outcome: "Outcome") -> tuple[Expression, ...]:
        if not outcome.guards:
            return ()
        message = side.by_code.get(event) if isinstance(event, int) else None
        named = fields(side.chart, message) if message else NOWHERE
        return tuple(valued(guard, side.machine.limits, named) for guard in outcome.guards)

    def _biggest(self, node: Node, term: Expression) -> int:
        """The largest value that a term of a guard can have."""
        if isinstance(term, Size):
            return self._most_keys(node, term.operand)
        if not isinstance(term, Name):
            return NOBODY
        if term.scope == "message":
            return biggest(term.name) if "/" in term.name else NOBODY
        for side, state in zip(self._sides, node, strict=True):
            held = side.spec.context if term.scope == "context" else data(side.chart, state)
            types = {item.name: getattr(item.type, "name", "") for item in held}
            if types.get(term.name) in INTEGER_SIZES:
                return (1 << 8 * INTEGER_SIZES[types[term.name]]) - 1
        return NOBODY

    def _most_keys(self, node: Node, held: Expression) -> int:
        """How many entries a map can have, as each needs another key."""
        if not isinstance(held, Name) or held.scope != "state":
            return NOBODY
        found = [
            keys(side.chart, state, held.name)
            for side, state in zip(self._sides, node, strict=True)
        ]
        return max(NOBODY if each is None else each for each in found)

    def _edge(
        self,
        node: Node,
        event: Event,
        old: "Outcome",
        new: "Outcome",
        *,
        same: bool,
        exact: bool,
    ) -> Edge:
        both = tuple(zip(self._sides, (old, new), strict=True))
        seen = [self._seen(side, outcome) for side, outcome in both]
        differs = seen[0] != seen[1] or self._patience_differs(node, event)
        differs = differs or self._bytes_differ(event, old, new)
        ends = [self._ended(side, outcome.target) for side, outcome in both]
        over = [end and self._closes(s, o) for end, (s, o) in zip(ends, both, strict=True)]
        there = (old.target, new.target)
        lasting = ends[0] == ends[1] and not any(over)
        kept = self._kept(self.pair.old, node[0], old) == self._kept(self.pair.new, node[1], new)
        written = not same or differs or not kept or old.cause != new.cause
        after = there if lasting else None
        return Edge(event, old, new, after, differs, written, exact, seen[0] != seen[1], kept)

    def _bytes_differ(self, event: Event, old: "Outcome", new: "Outcome") -> bool:
        """Whether the message's bytes mean something else, and somebody takes it."""
        taken = "handled" in (old.kind, new.kind)
        both = event in self.pair.old.by_code and event in self.pair.new.by_code
        return taken and both and event not in self.pair.alike

    def _patience_differs(self, node: Node, event: Event) -> bool:
        if event != "idle":
            return False
        return self.patience(self.pair.old, node[0]) != self.patience(self.pair.new, node[1])

    def patience(self, side: "Side", state: str) -> Patience:
        """For how long a state waits; for ever where nothing says what comes then."""
        waits = bool(side.machine.rows[state, "idle"].outcomes)
        return side.machine.idle[state] if waits else Patience(None, None)

    def _seen(self, side: "Side", outcome: "Outcome") -> tuple[object, ...]:
        """What a peer, or the program that owns the machine, sees of an outcome."""
        reply = None if outcome.reply is None else side.replies[outcome.reply]
        node = side.chart.nodes[outcome.target].state
        values = tuple((item.name.name, item.value) for item in outcome.set)
        ends = node.final, node.final is not None and self._closes(side, outcome)
        named = outcome.cause if outcome.cause not in FAULTS else None
        return (reply, *ends, values, named)

    def _closes(self, side: "Side", outcome: "Outcome") -> bool:
        linger = side.machine.linger.get(outcome.target)
        return linger is None or outcome.cause in linger.unless

    def _kept(self, side: "Side", state: str, outcome: "Outcome") -> tuple[object, ...]:
        """What becomes of the data that guards ask for."""
        limits = side.machine.limits
        message = next((m for m in side.chart.messages if outcome.element.endswith(f".{m}")), None)
        made = tuple(
            (flow.field.name, flow.origin)
            for flow in flows(side.chart, state, message, outcome)
            if flow.field.name in self.asked
        )
        named = fields(side.chart, side.chart.messages[message]) if message else NOWHERE
        puts = tuple(
            (item.name.name, valued(item.key, limits, named))
            for item in outcome.put
            if item.name.name in self.asked
        )
        return made, puts

    def _ended(self, side: "Side", state: str) -> bool:
        return side.chart.nodes[state].state.final is not None

    def _late(self, node: Node) -> "Iterator[Edge]":
        """Both have failed, and linger."""
        events: tuple[Event, ...] = (*self.codes, "refused")
        for code in events:
            names = self._named(code) if isinstance(code, int) else ("refused", "refused")
            old, new = (
                side.machine.rows[state, name].outcomes[0]
                for side, state, name in zip(self._sides, node, names, strict=True)
            )
            replies = [
                side.replies[outcome.reply] if outcome.reply is not None else None
                for side, outcome in zip(self._sides, (old, new), strict=True)
            ]
            differs = old.kind != new.kind or replies[0] != replies[1]
            yield Edge(code, old, new, None, differs, differs, exact=True)
        waits = [side.machine.linger[s].seconds for side, s in zip(self._sides, node, strict=True)]
        if waits[0] != waits[1]:
            (old, new) = (
                side.machine.rows[state, "refused"].outcomes[0]
                for side, state in zip(self._sides, node, strict=True)
            )
            yield Edge("idle", old, new, None, differs=True, written=True, exact=True)


def keys(chart: "Chart", state: str, name: str) -> int | None:
    """How many keys a map of a state can have; None: it is none, or they are no numbers."""
    types = {item.name: expand(chart, item.type) for item in data(chart, state)}
    held = types.get(name)
    key = expand(chart, held.key) if isinstance(held, Map) else None
    size = INTEGER_SIZES.get(key.name) if isinstance(key, Ref) else None
    return None if size is None else 1 << 8 * size


def same_sender(old: "Chart", new: "Chart") -> bool:
    """Whether two machines that ask send the same sequences, and end alike."""
    one, other = _sent(old), _sent(new)
    waiting = [(initial(old), initial(new))]
    seen = set(waiting)
    while waiting:
        here, there = waiting.pop()
        mine, theirs = one.get(here, {}), other.get(there, {})
        ends = old.nodes[here].state.final, new.nodes[there].state.final
        if ends[0] != ends[1] or mine.keys() != theirs.keys():
            return False
        for event, outcome in mine.items():
            if (outcome.reply, outcome.set) != (theirs[event].reply, theirs[event].set):
                return False
            after = (outcome.target, theirs[event].target)
            if after not in seen:
                seen.add(after)
                waiting.append(after)
    return True


def _sent(chart: "Chart") -> "dict[str, dict[Event, Outcome]]":
    """What may be sent, by state and code, and what comes of faults."""
    codes: dict[str, Event] = {message.name: message.code for message in chart.spec.messages}
    found: dict[str, dict[Event, Outcome]] = {}
    for row in rows(chart):
        if row.outcomes:
            found.setdefault(row.state, {})[codes.get(row.event, row.event)] = row.outcomes[0]
    return found
