"""The connections of a session together. Knows what is open when; knows no messages.

Connections influence each other in this only: a further one is opened while both machines of the
first one run; a partition cuts all at once; behind it each side closes its further ones when its
machine on the first one has ended. So a situation of all of them is a number, with one digit for
each connection, and a step of one connection adds always the same to it.
"""

from typing import TYPE_CHECKING

from wirechart.chart import asks, build, connection, is_first, views
from wirechart.composition import relation, sides
from wirechart.composition.connection import explore
from wirechart.composition.moves import FAULTS, Pair
from wirechart.record import record

if TYPE_CHECKING:
    from collections.abc import Iterable

    from wirechart.chart import Chart
    from wirechart.composition.connection import Graph
    from wirechart.composition.moves import Move
    from wirechart.model import Connection, Spec

OPEN, ASKER_OVER, ANSWERER_OVER = 1, 2, 4  # of the first connection


@record
class Kind:
    """One kind of connection of a session, and the machines at its ends."""

    name: str  # empty: the only one, which has no name
    pair: Pair
    further: bool  # the first one is open from the beginning, the others are opened
    most: int  # how many there may be at once


@record
class Part:
    """One connection of a system."""

    name: str  # `memory 2`; the kind's name where there is one of it
    kind: str
    further: bool
    graph: "Graph"
    weight: int  # what one more of its number adds to the number of the whole


@record
class System:
    """Some connections; the first one, where it takes part, comes first."""

    parts: tuple[Part, ...]

    @property
    def size(self) -> int:
        """How many combinations of situations there are, whether or not they can come to be."""
        last = self.parts[-1]
        return last.weight * len(last.graph.situations)

    def situations(self, number: int) -> tuple[int, ...]:
        """The number of each part's situation."""
        return tuple(number // part.weight % len(part.graph.situations) for part in self.parts)


def kinds(spec: "Spec") -> tuple[Kind, ...]:
    """Every kind of connection with a machine at one end at least, the first one first."""
    ends: dict[str, dict[bool, Chart]] = {}
    named: dict[str, Connection | None] = {}
    for view in views(spec):
        kind = connection(view)
        name = kind.name if kind else ""
        named[name] = kind
        ends.setdefault(name, {}).setdefault(asks(view), build(view))
    found = (_kind(spec, named[name], charts) for name, charts in ends.items())
    return tuple(sorted(found, key=lambda kind: kind.further))


def _kind(spec: "Spec", kind: "Connection | None", charts: "dict[bool, Chart]") -> Kind:
    asking, answering = charts.get(True), charts.get(False)
    one = sides.asker(asking) if asking else sides.any_asker(charts[False])
    other = sides.answerer(answering) if answering else sides.any_answerer(charts[True])
    limits = {limit.name: limit.value for limit in spec.limits}
    return Kind(
        name=kind.name if kind else "",
        pair=Pair(one, other, relation.same(spec.wire.accept.name)),
        further=kind is not None and not is_first(kind),
        most=limits.get(kind.most.name, 1) if kind and kind.most else 1,
    )


def system(kinds: "Iterable[Kind]", further: int = 1, faults: tuple[str, ...] = FAULTS) -> System:
    """Connections of some kinds, of each further one as many as may be, but at most `further`."""
    parts: list[Part] = []
    weight = 1
    for kind in kinds:
        graph = explore(kind.pair, faults, further=kind.further)
        count = min(further, kind.most) if kind.further else 1
        for number in range(1, count + 1):
            name = f"{kind.name} {number}" if count > 1 else kind.name
            parts.append(Part(name, kind.name, kind.further, graph, weight))
            weight *= len(graph.situations)
    return System(tuple(parts))


def phases(system: System) -> tuple[int, ...]:
    """What each situation of the first part allows the others: bits of what `may_happen` asks."""
    return tuple(
        OPEN * (not now.asker_over and not now.answerer_over and now.broken != "partition")
        | ASKER_OVER * bool(now.asker_over)
        | ANSWERER_OVER * bool(now.answerer_over)
        for now in system.parts[0].graph.situations
    )


def may_happen(system: System, part: Part, move: "Move", phase: int) -> bool:
    """Whether the first connection allows a move of a part."""
    if not part.further or system.parts[0].further:
        return True
    if move.kind == "opens":
        return bool(phase & OPEN)
    return move.kind != "is closed" or bool(phase & over(system, part, move.by))


def over(system: System, part: Part, by: str) -> int:
    """The bit that says that on the first connection a side of this one has ended."""
    pair, first = part.graph.pair, system.parts[0].graph.pair
    role = pair.asker.role if by == "asker" else pair.answerer.role
    return ASKER_OVER if role == first.asker.role else ANSWERER_OVER
