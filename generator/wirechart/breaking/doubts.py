"""Why a difference in the tables is left in doubt, in words. Searches nothing."""

from typing import TYPE_CHECKING

from wirechart.breaking.filling import LARGEST, most
from wirechart.chart import expand
from wirechart.expressions import names
from wirechart.record import record
from wirechart.samples import BIGGEST_SENT

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from wirechart.breaking.pairing import Pair, Side
    from wirechart.breaking.structure import Edge
    from wirechart.decisions import Outcome
    from wirechart.expressions import Name
    from wirechart.model import DataType

USUAL = "no values were found that show a difference, and none can be excluded"


@record
class Reason:
    """Why, and what may settle it; empty: nothing that is known."""

    text: str
    help: str = ""


def why(pair: "Pair", edges: "Sequence[Edge]") -> Reason:
    """The first reason that fits: another name, what handlers decide, what is too much to fill."""
    named = next(_renamed(pair, edges), None)
    if named is not None:
        old, new = named
        return Reason(
            f"`{old}` is gone and `{new}` is new, of the same type",
            f"if they are the same, write `was: {old}` at `{new}`",
        )
    asked = (name for edge in edges for side in (edge.old, edge.new) for name in _asked(side))
    written = set(_written(pair))
    free = dict.fromkeys(
        name.name for name in asked if name.scope == "state" and name.name not in written
    )
    if free:
        listed = " and ".join(f"`{name}`" for name in free)
        return Reason(f"what {listed} holds is for handlers to say, so no messages show it")
    long = _long_reply(pair, edges[0])
    if long:
        said = f"`{long}` may be answered with more than {BIGGEST_SENT} bytes"
        return Reason(f"{said}, and no witness has so many")
    large = [name for name in _filled(edges) if _least(pair, name) > LARGEST]
    if large:
        room = f"`{large[0]}` has room for more than {LARGEST} entries"
        return Reason(f"{room}, and no witness fills so many")
    return Reason(USUAL)


def _long_reply(pair: "Pair", edge: "Edge") -> str:
    """The message, where somebody answers it with more than is shown; empty: nobody does."""
    for side in (pair.new, pair.old):
        message = side.by_code.get(edge.event) if isinstance(edge.event, int) else None
        asked = message.reply_payload if message else None
        if asked and asked.size and side.machine.limits[asked.max.name] > BIGGEST_SENT:
            return message.name if message else ""
    return ""


def _renamed(pair: "Pair", edges: "Sequence[Edge]") -> "Iterator[tuple[str, str]]":
    """Data and context that only one of the two specs asks for and has, alone of its type."""
    for scope in ("state", "context"):
        old, new = (_types(side, scope) for side in (pair.old, pair.new))
        gone = {
            name: old[name] for name in _names(scope, (e.old for e in edges)) if name not in new
        }
        come = {
            name: new[name] for name in _names(scope, (e.new for e in edges)) if name not in old
        }
        for name, type_ in gone.items():
            alike = [other for other, its in come.items() if its == type_]
            if len(alike) == 1 and list(gone.values()).count(type_) == 1:
                yield name, alike[0]


def _names(scope: str, outcomes: "Iterable[Outcome]") -> "Iterator[str]":
    for outcome in outcomes:
        yield from (name.name for name in _asked(outcome) if name.scope == scope)


def _types(side: "Side", scope: str) -> "dict[str, DataType]":
    """By name; all that the states hold, or the context."""
    chart = side.chart
    if scope == "context":
        return {item.name: expand(chart, item.type) for item in chart.spec.context}
    held = (item for node in chart.nodes.values() for item in node.state.data)
    return {item.name: expand(chart, item.type) for item in held}


def _asked(outcome: "Outcome") -> "Iterator[Name]":
    """What its guards ask for."""
    for guard in outcome.guards:
        yield from names(guard)


def _written(pair: "Pair") -> "Iterator[str]":
    """The data that transitions write, whatever handlers do."""
    for side in (pair.old, pair.new):
        for outcome in (outcome for row in side.machine.table for outcome in row.outcomes):
            yield from (item.name.name for item in outcome.set)
            yield from (item.name.name for item in outcome.put)


def _filled(edges: "Sequence[Edge]") -> "Iterator[str]":
    for edge in edges:
        yield from (put.name.name for outcome in (edge.old, edge.new) for put in outcome.put)


def _least(pair: "Pair", name: str) -> int:
    """The smallest room that a map of that name has anywhere."""
    found = (most(side, state, name) for side in (pair.old, pair.new) for state in side.chart.nodes)
    return min((room for room in found if room is not None), default=0)
