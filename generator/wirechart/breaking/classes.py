"""Values for messages and context: one for each way that the guards of both specs can be true.

A class is a truth of every comparison in the guards of a state and message. The search for values
is bounded; what it does not find is not there for the inputs either.
"""

from typing import TYPE_CHECKING

from wirechart.cases import reference
from wirechart.cases.guards import asked, search
from wirechart.cases.transitions import start_with
from wirechart.cases.values import plain
from wirechart.chart import data
from wirechart.decisions import Row
from wirechart.expressions import atoms, names
from wirechart.layout import attributes
from wirechart.record import record
from wirechart.samples import BIGGEST_SENT

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from wirechart.breaking.pairing import Pair, Side
    from wirechart.breaking.structure import Product
    from wirechart.cases.transitions import Start
    from wirechart.cases.values import Value
    from wirechart.decisions import Outcome

MOST = 32  # classes of one state and message
CONTEXTS = 16


@record
class Classes:
    """What each side has to say, by the code of the message."""

    old: "Mapping[int, tuple[Start, ...]]"
    new: "Mapping[int, tuple[Start, ...]]"
    contexts: "tuple[Mapping[str, Value], ...]"  # the usual one first


def classes(pair: "Pair", product: "Product") -> Classes:
    """Those of one machine in both specs."""
    beside = _beside(product)
    old, new = (dict(_of_side(side, beside, at)) for at, side in enumerate((pair.old, pair.new)))
    return Classes(old, new, tuple(_contexts(pair, old, new)))


def _beside(product: "Product") -> "dict[tuple[int, str, object], tuple[Outcome, ...]]":
    """What the other side decides where they differ, by side, state and event."""
    found: dict[tuple[int, str, object], dict[Outcome, None]] = {}
    for node, edges in product.edges.items():
        for edge in edges:
            if edge.written and (edge.old.guards or edge.new.guards):
                found.setdefault((0, node[0], edge.event), {})[edge.new] = None
                found.setdefault((1, node[1], edge.event), {})[edge.old] = None
    return {key: tuple(outcomes) for key, outcomes in found.items()}


def _of_side(
    side: "Side", beside: "Mapping[tuple[int, str, object], tuple[Outcome, ...]]", at: int
) -> "Iterator[tuple[int, tuple[Start, ...]]]":
    codes = {message.name: code for code, message in side.by_code.items()}
    found: dict[int, list[Start]] = {}
    for (state, event), row in side.machine.rows.items():
        code = codes.get(event)
        if code is None or side.chart.nodes[state].state.final is not None:
            continue
        others = _known(side, row, beside.get((at, state, code), ()))
        whole = Row(state, event, (*others, *row.outcomes))
        if any(outcome.guards for outcome in whole.outcomes):
            found.setdefault(code, []).extend(_starts(side, whole))
    yield from ((code, tuple(starts)) for code, starts in found.items())


def _known(side: "Side", row: Row, outcomes: "Iterable[Outcome]") -> "tuple[Outcome, ...]":
    """Those whose guards name what this side has, too."""
    chart = side.chart
    scopes = {
        "message": {name for name, _ in attributes(chart.spec, chart.messages[row.event])},
        "state": {item.name for item in data(chart, row.state)},
        "context": {item.name for item in chart.spec.context},
        "limits": set(side.machine.limits),
    }
    return tuple(
        outcome
        for outcome in outcomes
        if all(name.name in scopes.get(name.scope, ()) for g in outcome.guards for name in names(g))
    )


def _starts(side: "Side", row: Row) -> "Iterator[Start]":
    """One for each class."""
    asked_for = dict.fromkeys(a for o in row.outcomes for guard in o.guards for a in atoms(guard))
    asks = [asked(atom, side.machine.limits) for atom in asked_for]
    seen: set[tuple[bool, ...]] = set()
    for given in search(side.chart, row).assignments:
        values = {key: plain(value) for key, value in given.items()}
        truth = tuple(bool(ask(values)) for ask in asks)
        if truth in seen or len(seen) == MOST:
            continue
        start = start_with(side.chart, row, given)
        sent_back = reference.reply_size(side.chart, start.request)
        if start.request.complete and sent_back <= BIGGEST_SENT:
            seen.add(truth)
            yield start


def _contexts(
    pair: "Pair", *found: "Mapping[int, tuple[Start, ...]]"
) -> "Iterator[Mapping[str, Value]]":
    """What starts need to be agreed on; of both specs, as far as both know it."""
    shared = {item.name for item in pair.old.spec.context} & {
        item.name for item in pair.new.spec.context
    }
    usual = dict(reference.begin(pair.old.chart, {}).context)
    seen = [{name: value for name, value in usual.items() if name in shared}]
    for starts in (starts for each in found for starts in each.values()):
        for start in starts:
            agreed = {name: value for name, value in start.place.context if name in shared}
            if agreed not in seen and len(seen) < CONTEXTS:
                seen.append(agreed)
    yield from seen
