"""Resources and properties as something to look for in a product. Knows no search.

A situation of a part has marks: every so many bits of their sum count the parts of which something
is true. So whether a condition holds is seen from the sum, and from the event of the last step.
"""

from typing import TYPE_CHECKING, NamedTuple

from wirechart.chart import ancestors, is_leaf
from wirechart.composition.search import Watch
from wirechart.composition.system import ANSWERER_OVER, ASKER_OVER, OPEN, over, phases
from wirechart.record import record
from wirechart.statements import Ended, Happens, InState, Joined, Negation

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

    from wirechart.chart import Chart
    from wirechart.composition.connection import Graph
    from wirechart.composition.moves import Move
    from wirechart.composition.search import Marks
    from wirechart.composition.system import Part, System
    from wirechart.model import Owner
    from wirechart.statements import Condition, Statement

BYTE = 12  # bits: at most 4095 connections are searched at once
UNSEEN, SEEN, VIOLATED = 0, 1, 2  # what is remembered of a property: nothing, what comes first
FULL = (1 << BYTE) - 1

States = frozenset[tuple[str, str]]  # machine and leaf


def inside(charts: "Mapping[str, Chart]", machine: str, state: str) -> States:
    """The leaves inside a state, or itself where it is one, with their machine."""
    chart = charts[machine]
    return frozenset(
        (machine, name)
        for name in chart.nodes
        if is_leaf(chart, name) and state in ancestors(chart, name)
    )


def owned(charts: "Mapping[str, Chart]", owners: "Iterable[Owner]") -> States:
    """All states of some owners."""
    return frozenset(
        place
        for owner in owners
        for state in owner.states
        for place in inside(charts, owner.machine.name, state.name)
    )


def _marks(system: "System", facts: "Callable[[Part, int], Iterable[int]]") -> "Marks":
    return tuple(
        tuple(
            sum(fact << BYTE * place for place, fact in enumerate(facts(part, number)))
            for number in range(len(part.graph.situations))
        )
        for part in system.parts
    )


def _byte(total: int, place: int) -> int:
    return total >> BYTE * place & FULL


def ownership(system: "System", owners: States, doubtful: States) -> Watch:
    """Wanted is a situation with two owners, or with none where nobody may be excused."""

    def facts(part: "Part", number: int) -> tuple[int, int]:
        count, excused = owners_in(part.graph, number, owners, doubtful)
        return len(count), int(excused)

    def wanted(_: int, total: int) -> bool:
        count, excused = _byte(total, 0), _byte(total, 1)
        return count > 1 or (count == 0 and not excused)

    return Watch(_marks(system, facts), wanted)


def owners_in(
    graph: "Graph", number: int, owners: States, doubtful: States
) -> tuple[tuple[str, ...], bool]:
    """The machines of a connection that own something, and whether there need be no owner."""
    now, pair = graph.situations[number], graph.pair
    if not now.asker:
        return (), False
    asker, answerer = (pair.asker.name, now.asker), (pair.answerer.name, now.answerer)
    passing = bool(now.asked) and _passes(graph, owners, now.asker, now.asked)
    under_way = now.line == "request" and not now.asked and now.broken != "partition"
    passing |= under_way and any(
        _passes(graph, owners, state, now.carried) for state in pair.asker.sends
    )
    found = [answerer] if answerer in owners else []
    if asker in owners and not (now.asked and passing):
        found.append(asker)
    excused = passing or asker in doubtful or answerer in doubtful
    return tuple(f"{machine} in {state}" for machine, state in reversed(found)), excused


def _passes(graph: "Graph", owners: States, state: str, message: str) -> bool:
    """Whether the acceptance of a message makes its asker an owner, or ends that."""
    name, outcome = graph.pair.asker.name, graph.pair.asker.sends.get(state, {}).get(message)
    return outcome is not None and ((name, state) in owners) != ((name, outcome.target) in owners)


@record
class Reading:
    """A statement, ready to be watched in a system."""

    statement: "Statement"
    states: "Mapping[Condition, int]"  # what is read from a byte of the marks, by its place
    events: "Mapping[Condition, int]"  # what is read from a bit of the event, by its place

    def holds(self, condition: "Condition", event: int, total: int) -> bool:
        """Whether a condition holds behind a step."""
        match condition:
            case Negation(operand):
                return not self.holds(operand, event, total)
            case Joined(operator, left, right):
                first = self.holds(left, event, total)
                if first is (operator == "or"):
                    return first
                return self.holds(right, event, total)
            case Happens():
                return bool(event >> self.events[condition] & 1)
            case _:
                return _byte(total, self.states[condition]) > 0

    def remember(self, memory: int, event: int, total: int) -> int:
        """What is to be remembered behind a step."""
        statement = self.statement
        first = self.holds(statement.first, event, total)
        second = statement.second and self.holds(statement.second, event, total)
        match statement.kind:
            case "always":
                return UNSEEN if first else VIOLATED
            case "never":
                return VIOLATED if first else UNSEEN
            case "after" if memory and first:
                return VIOLATED
            case "precedes" if second and not memory and not first:
                return VIOLATED
            case "after":
                return SEEN if memory or second else UNSEEN
            case _:
                return SEEN if memory or first else UNSEEN

    def wanted(self, memory: int, total: int) -> bool:
        """Whether it is violated; what holds at last is, where nothing goes on without it."""
        if self.statement.kind != "eventually":
            return memory == VIOLATED
        found = (_byte(total, len(self.states) + place) for place in range(len(Rest._fields)))
        return not memory and rests(Rest(*found))


def parts_of(condition: "Condition | None") -> "Iterator[Condition]":
    """What a condition is made of, from left to right."""
    match condition:
        case None:
            return
        case Negation(operand):
            yield from parts_of(operand)
        case Joined(_, left, right):
            yield from parts_of(left)
            yield from parts_of(right)
        case _:
            yield condition


def property_(charts: "Mapping[str, Chart]", system: "System", statement: "Statement") -> Watch:
    """Wanted is a situation in which a statement is violated."""
    parts = dict.fromkeys((*parts_of(statement.first), *parts_of(statement.second)))
    states = [part for part in parts if not isinstance(part, Happens)]
    events = [part for part in parts if isinstance(part, Happens)]
    reading = Reading(
        statement,
        {part: place for place, part in enumerate(states)},
        {part: place for place, part in enumerate(events)},
    )
    leaves = [
        inside(charts, part.machine.name, part.state.name) if isinstance(part, InState) else None
        for part in states
    ]

    def facts(part: "Part", number: int) -> "Iterator[int]":
        for condition, within in zip(states, leaves, strict=True):
            yield int(is_true(part.graph, number, condition, within))
        yield from rest(system, part, number)

    return Watch(
        _marks(system, facts),
        reading.wanted,
        tuple(
            tuple(
                tuple(_event(part, step.move, events) for step in steps)
                for steps in part.graph.steps
            )
            for part in system.parts
        ),
        len(events),
        reading.remember,
        memories=3,
    )


def is_true(graph: "Graph", number: int, condition: "Condition", within: States | None) -> bool:
    """Whether a machine is `within` some states, or has ended; None: the condition is no state."""
    now, pair = graph.situations[number], graph.pair
    if not now.asker:
        return False
    if within is not None:
        return bool({(pair.asker.name, now.asker), (pair.answerer.name, now.answerer)} & within)
    overs = {pair.asker.name: now.asker_over, pair.answerer.name: now.answerer_over}
    return isinstance(condition, Ended) and bool(overs.get(condition.machine.name))


class Rest(NamedTuple):
    """In how many connections something more can happen without a fault, and what it waits for."""

    active: int
    opens: int = 0  # the first one, where others may be opened
    unopened: int = 0
    asker_over: int = 0  # a machine of the first one, and those that are closed then
    closed_with_asker: int = 0
    answerer_over: int = 0
    closed_with_answerer: int = 0


def rests(all_: Rest) -> bool:
    """Whether nothing more happens in all connections together."""
    return not (
        all_.active
        or (all_.opens and all_.unopened)
        or (all_.asker_over and all_.closed_with_asker)
        or (all_.answerer_over and all_.closed_with_answerer)
    )


def rest(system: "System", part: "Part", number: int) -> Rest:
    """What a connection in a situation adds to that."""
    now, graph, free = part.graph.situations[number], part.graph, system.parts[0].further
    if not part.further:
        phase = phases(system)[number]
        return Rest(
            active=int(not graph.quiet(number)),
            opens=int(bool(phase & OPEN)),
            asker_over=int(bool(phase & ASKER_OVER)),
            answerer_over=int(bool(phase & ANSWERER_OVER)),
        )
    if not now.asker:
        return Rest(active=0, unopened=int(not free))
    moves = [step.move for step in graph.steps[number] if not step.move.fault]
    closed = 0 if free else sum({over(system, part, m.by) for m in moves if m.kind == "is closed"})
    return Rest(
        active=int(any(move.kind != "is closed" or free for move in moves)),
        closed_with_asker=int(bool(closed & ASKER_OVER)),
        closed_with_answerer=int(bool(closed & ANSWERER_OVER)),
    )


def _event(part: "Part", move: "Move", events: "list[Happens]") -> int:
    return sum(1 << place for place, event in enumerate(events) if happens(part, move, event))


def happens(part: "Part", move: "Move", event: Happens) -> bool:
    """Whether a move is what a statement speaks of."""
    if move.message != event.message.name:
        return False
    if event.connection is not None and event.connection.name != part.kind:
        return False
    handled = move.outcome is not None and move.outcome.kind == "handled"
    return {
        "sent": move.kind == "sends",
        "taken": move.kind == "takes" and handled,
        "accepted": move.kind == "hears" and move.heard == "accepted",
        "refused": move.kind == "hears" and move.heard != "accepted",
    }[event.what]
