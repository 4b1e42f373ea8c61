"""What rules ask about a spec, found once. Judges nothing."""

from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING

from wirechart import layout
from wirechart.chart import (
    Chart,
    ancestors,
    asks,
    build,
    data,
    entry,
    nearest,
    receivable,
    running,
)
from wirechart.decisions import Row, linger_rows, rows
from wirechart.graph import Step, paths
from wirechart.record import record
from wirechart.rules.places import Way, every_state, ways
from wirechart.rules.scopes import Judged, Scopes, Use, described, judged
from wirechart.scenarios import walks

if TYPE_CHECKING:
    from wirechart.decisions import Outcome
    from wirechart.model import DataField, Limit, Message, Ref, Scenario, Spec, State
    from wirechart.scenarios import Stage, Stuck


Edges = Mapping[str, set[str]]


@record
class Facts:
    """A spec with everything that more than one rule looks up."""

    spec: "Spec"
    chart: Chart
    table: tuple[Row, ...]
    late: tuple[Row, ...]
    roads: Mapping[str, tuple[Step, ...]]  # a shortest path to every state that can be reached
    limits: "Mapping[str, Limit]"
    asks: bool  # the machine sends the requests
    receivable: "Mapping[str, Message]"  # the requests that the machine decides on
    leaves: Mapping[str, tuple[str, ...]]  # state -> the running leaves in it, or itself
    judged: tuple[Judged, ...]  # every alternative, its expressions judged
    described: tuple[Use, ...]  # the expressions in messages, judged
    states: "tuple[State, ...]"  # as written, second ones of a name included
    ways: tuple[Way, ...]
    edges: Edges  # from leaf to leaf: what may happen
    handled: Edges  # only by a handled message, or where the peer leaves
    walks: "tuple[tuple[Scenario, tuple[Stage, ...] | Stuck], ...]"  # where they can be judged
    certain: bool  # the graph is what was meant: one state to a name, every entry known


def gather(spec: "Spec") -> Facts:
    """The facts of a spec, which may be as wrong as it likes."""
    chart = build(spec)
    table = rows(chart)
    leaves: dict[str, list[str]] = {name: [] for name in chart.nodes}
    for leaf in running(chart):
        for above in ancestors(chart, leaf):
            leaves[above].append(leaf)
    inside = {name: tuple(names) for name, names in leaves.items()}
    # What stands inside a second state of a name is in no chart: the name is said to be wrong.
    written = tuple(way for way in ways(spec) if way.state.name in chart.nodes)
    scopes = Scopes(chart, inside)
    certain = not chart.incomplete and _well_formed(chart)
    return Facts(
        spec=spec,
        chart=chart,
        table=table,
        late=linger_rows(chart),
        roads=paths(chart, table),
        limits={limit.name: limit for limit in reversed(spec.limits)},
        asks=asks(spec),
        receivable={message.name: message for message in receivable(chart)},
        leaves=inside,
        judged=tuple(judged(scopes, written)),
        described=tuple(described(scopes)),
        states=tuple(state for state in every_state(spec) if state.name in chart.nodes),
        ways=written,
        edges=_edges(chart, table, written, inside, only_handled=False),
        handled=_edges(chart, table, written, inside, only_handled=True),
        walks=walks(spec) if certain and not spec.machine.name else (),
        certain=certain,
    )


def _edges(
    chart: Chart,
    table: tuple[Row, ...],
    written: tuple[Way, ...],
    leaves: Mapping[str, tuple[str, ...]],
    *,
    only_handled: bool,
) -> Edges:
    """From leaf to leaf, also by what another rule complains about: that is said once."""
    edges: dict[str, set[str]] = {name: set() for name in chart.nodes}
    for row in table:
        for outcome in row.outcomes:
            if outcome.kind in ("handled", "eof") or not only_handled:
                edges[row.state].add(outcome.target)
    events = {message.name for message in receivable(chart)}
    for way in written:
        target = way.alternative.target
        doubtful = way.reaction.message.name not in events or way.index > 0
        named = nearest(target.name, chart.nodes) if doubtful and target is not None else None
        if named is not None:
            for leaf in leaves[way.state.name]:
                edges[leaf].add(entry(chart, named))
    return edges


def _well_formed(chart: Chart) -> bool:
    begin = nearest(chart.spec.machine.initial.name, chart.nodes)
    if begin is None or chart.nodes[begin].state.final is not None:
        return False
    count = 0
    for state in every_state(chart.spec):
        count += 1
        inside = {child.name for child in state.states}
        if inside and (state.initial is None or state.initial.name not in inside):
            return False
    return count == len(chart.nodes)


def meant(facts: Facts, ref: "Ref | None") -> "State | None":
    """The state a reference means, also misspelled; None: `stay`, or nothing like it."""
    if ref is None:
        return None
    name = nearest(ref.name, facts.chart.nodes)
    return None if name is None else facts.chart.nodes[name].state


def road(facts: Facts, state: str, *more: tuple[str, str]) -> tuple[str, ...]:
    """`Open -Hello→ Ready` as evidence, `more` steps (event, state) added; empty: no way there."""
    if state not in facts.roads:
        return ()
    steps = facts.roads[state]
    start = steps[0].state if steps else state
    legs = [(step.event, step.outcome.target) for step in steps]
    return (start + "".join(f" -{event}→ {to}" for event, to in (*legs, *more)),)


def step(row: Row, outcome: "Outcome") -> tuple[str, str]:
    """One step for `road`."""
    return row.event, outcome.target


def size_field(facts: Facts, message: "Message") -> "layout.Placed | None":
    """The frame field with a message's payload size; None: none that could be one is named."""
    ref = layout.payload_size_field(facts.spec, message)
    if ref is None or ref == facts.spec.wire.select:
        return None
    return field_of(layout.request(facts.spec), ref)


def field_of(frame: "Iterable[layout.Placed]", ref: "Ref") -> "layout.Placed | None":
    """The field of that name."""
    return next((placed for placed in frame if placed.field.name == ref.name), None)


def in_bytes(size: int) -> str:
    """`1 byte`, `4 bytes`."""
    return "1 byte" if size == 1 else f"{size} bytes"


def listed(names: Iterable[str], most: int = 4) -> str:
    """`A`, `B` and 3 more."""
    every = list(names)
    shown = [f"`{name}`" for name in every[:most]]
    if len(every) > most:
        return f"{', '.join(shown)} and {len(every) - most} more"
    return " and ".join([", ".join(shown[:-1]), shown[-1]] if len(shown) > 1 else shown)


def above(facts: Facts, name: str) -> "Iterator[State]":
    """The state's ancestors, innermost first, itself left out."""
    for outer in ancestors(facts.chart, name)[1:]:
        yield facts.chart.nodes[outer].state


def targets_of(
    facts: Facts, state: str, target: "Ref | None"
) -> "list[tuple[str, dict[str, DataField]]]":
    """The leaves that a reaction leads to, with their data: for `stay` every leaf in the state."""
    if target is None:
        leaves: tuple[str, ...] = facts.leaves[state]
    else:
        named = nearest(target.name, facts.chart.nodes)
        leaves = () if named is None else (entry(facts.chart, named),)
    return [(leaf, {item.name: item for item in data(facts.chart, leaf)}) for leaf in leaves]
