"""What a picture shows: nodes in their tree, arrows with their labels. Knows no drawing tool.

Three views of one chart. `happy`: the messages that lead on towards a success. `errors`: everything
else that can happen. `full`: both, and the data of each state.
"""

from dataclasses import dataclass
from textwrap import wrap
from typing import TYPE_CHECKING, Literal

from wirechart.chart import ancestors, asks, data, finals, initial
from wirechart.graph import can_succeed
from wirechart.targets.home import diagram_name
from wirechart.targets.wording import (
    FAULT_WORDS,
    condition,
    faults,
    limit,
    silence,
    type_text,
)

if TYPE_CHECKING:
    from collections.abc import Iterable

    from wirechart.chart import Chart
    from wirechart.decisions import Outcome, Row
    from wirechart.expressions import Expression
    from wirechart.model import State

View = Literal["happy", "full", "errors"]
VIEWS: tuple[View, ...] = ("happy", "full", "errors")
OUTSIDE = ""  # before the first state, and behind the last
GLUE = "\x00"  # a space at which no line ends
WIDTH = 28  # characters of a line: Mermaid breaks at 200 pixels, also before a reply


@dataclass(frozen=True, slots=True)
class Node:
    """A state as drawn. With `children` it is a box around them."""

    name: str
    kind: Literal["running", "success", "failure"]
    lines: tuple[str, ...]  # below the name
    children: tuple["Node", ...]


@dataclass(frozen=True, slots=True)
class Edge:
    """An arrow; an endpoint is a node's name or OUTSIDE."""

    source: str
    target: str
    lines: tuple[str, ...]
    failing: bool  # nothing on it leads towards a success


@dataclass(frozen=True, slots=True)
class Diagram:
    """One view. Nodes in document order; edges by source, then by first appearance in the table."""

    title: str
    nodes: tuple[Node, ...]
    edges: tuple[Edge, ...]


@dataclass(frozen=True, slots=True)
class _Way:
    """What outcomes written at one place of the spec have in common."""

    source: str  # who wrote it: a leaf, or a composite for all its leaves
    element: str
    guards: "tuple[Expression, ...]"
    reply: str | None


@dataclass(frozen=True, slots=True)
class _Case:
    """An outcome, and the row it stands in."""

    row: "Row"
    outcome: "Outcome"
    happy: bool  # a handled message, or the peer's leaving, that leads on towards a success


@dataclass(frozen=True, slots=True)
class _Label:
    """What events of one arrow can share: when they happen, and the reply to them."""

    rank: int  # 0 handled, 1 a refused message, 2 anything else refused, 3 the stream
    guard: str  # "": always
    reply: str  # "": nothing was asked


def diagram(chart: "Chart", table: "tuple[Row, ...]", view: View) -> Diagram:
    """One view of a chart with its table."""
    edges = _between(chart, _ways(chart, table, view), view)
    begin = initial(chart)
    ends = {name for edge in edges for name in (edge.source, edge.target)}
    shown = {"happy": ends | {begin}, "errors": ends, "full": set(chart.nodes)}[view]
    nodes = _nodes(chart, chart.spec.machine.states, shown, view)
    drawn = _names(nodes)
    first = tuple(name for name in ancestors(chart, begin) if name in drawn)[:1]
    last = tuple(name for name in finals(chart) if name in drawn)
    return Diagram(
        title=f"{diagram_name(chart.spec)}: {view}",
        nodes=nodes,
        edges=(
            *(Edge(OUTSIDE, name, (), failing=False) for name in first),
            *edges,
            *(_ending(chart, name, view) for name in last),
        ),
    )


def arrows(
    chart: "Chart", table: "tuple[Row, ...]", view: View
) -> dict[tuple[str, str], tuple[str, ...]]:
    """Every pair of states between which there is an arrow, with all that it stands for.

    Each text is one event on one line: `Hello / Ok if message.version == 1`; in the happy view
    only its name.
    """
    found: dict[tuple[str, str], list[str]] = {}
    for way, cases in _ways(chart, table, view).items():
        label = _label(chart, way, cases)
        text = _on_one_line(_event(chart, way, cases), label, view)
        found.setdefault((way.source, _target(way, cases)), []).append(text)
    return {ends: tuple(texts) for ends, texts in found.items()}


def _on_one_line(event: str, label: _Label, view: View) -> str:
    if view == "happy" or not label.reply:
        return event
    guard = f" if {label.guard}" if label.guard else ""
    return f"{event} / {label.reply}{guard}"


def _ways(chart: "Chart", table: "tuple[Row, ...]", view: View) -> dict[_Way, list[_Case]]:
    """The outcomes of a view by the place that wrote them, in the table's order."""
    good = can_succeed(chart, table)
    ways: dict[_Way, list[_Case]] = {}
    for row in table:
        for outcome in row.outcomes:
            if outcome.kind == "idle" and not silence(chart, row.state):
                continue  # it may be silent for ever
            happy = outcome.kind in ("handled", "eof") and outcome.target in good
            if view == "full" or happy == (view == "happy"):
                way = _Way(outcome.owner, outcome.element, outcome.guards, outcome.reply)
                ways.setdefault(way, []).append(_Case(row, outcome, happy))
    return ways


def _between(chart: "Chart", ways: dict[_Way, list[_Case]], view: View) -> tuple[Edge, ...]:
    """One edge for each pair of states; its labels: messages, refused messages, faults."""
    labels: dict[tuple[str, str], dict[_Label, list[str]]] = {}
    leading_on: set[tuple[str, str]] = set()
    for way, cases in ways.items():
        ends = (way.source, _target(way, cases))
        labels.setdefault(ends, {}).setdefault(_label(chart, way, cases), []).append(
            _event(chart, way, cases)
        )
        if any(case.happy for case in cases):
            leading_on.add(ends)
    place = {name: number for number, name in enumerate(chart.nodes)}
    return tuple(
        Edge(*ends, _lines_of(labels[ends], view), ends not in leading_on)
        for ends in sorted(labels, key=lambda ends: place[ends[0]])
    )


def _target(way: _Way, cases: list[_Case]) -> str:
    """Where a way leads; to its own source when each leaf stays where it is."""
    moving = (case.outcome.target for case in cases if case.outcome.target != case.row.state)
    return next(moving, way.source)


def _label(chart: "Chart", way: _Way, cases: list[_Case]) -> _Label:
    kinds = {case.outcome.kind for case in cases}
    answered = kinds - {"eof", "cut", "idle", "lost", "unanswered"}
    if not answered or (asks(chart.spec) and "handled" not in kinds):
        return _Label(3, "", "")
    rank = 0 if kinds == {"handled"} else 1 if ".on." in way.element else 2
    return _Label(rank, condition(way.guards), way.reply or "no reply")


def _event(chart: "Chart", way: _Way, cases: list[_Case]) -> str:
    first = cases[0].row
    if ".on." in way.element:
        return first.event
    return faults(chart, first.state, {case.outcome.kind for case in cases})


def _lines_of(labels: dict[_Label, list[str]], view: View) -> tuple[str, ...]:
    """A case that takes several lines is a paragraph of its own."""
    lines: list[str] = []
    together = True
    for label, events in sorted(labels.items(), key=lambda item: item[0].rank):
        case = list(_printed(label, events, view))
        alone = len(case) > 1 and label.reply != "" and view != "happy"
        if lines and (alone or not together):
            lines.append("")
        lines += case
        together = not alone
    return tuple(lines)


def _printed(label: _Label, events: list[str], view: View) -> "Iterable[str]":
    if view == "happy" or not label.reply:
        return events
    whole = [event.replace(" ", GLUE) for event in ", ".join(events).split(", ")]
    reply = f"/{GLUE}{label.reply.replace(' ', GLUE)}"
    fits = len(whole[-1]) + len(GLUE) + len(reply) <= WIDTH
    text = f"{', '.join(whole)}{GLUE if fits else ' '}{reply}"
    guard = f"if {label.guard}" if label.guard else ""
    lines = (line for part in (text, guard) for line in wrap(part, WIDTH, break_on_hyphens=False))
    return [line.replace(GLUE, " ") for line in lines]


def _ending(chart: "Chart", name: str, view: View) -> Edge:
    """The arrow out of a final state: what a failure still answers, and until when."""
    state = chart.nodes[name].state
    failing = state.final == "failure"
    if state.linger is None or view == "happy":
        return Edge(name, OUTSIDE, (), failing)
    answered = (f"{m.name} / {reply.name}" for m, reply in state.linger.answer)
    unless = ", ".join(cause.name for cause in state.linger.unless)
    after = f"{limit(chart.spec, state.linger.duration.name)} later"
    at_once = (f"at once if {unless}",) if unless else ()
    return Edge(name, OUTSIDE, (*answered, FAULT_WORDS["eof"], after, *at_once), failing)


def _nodes(
    chart: "Chart", states: "tuple[State, ...]", shown: set[str], view: View
) -> tuple[Node, ...]:
    """The shown states; a composite that is not shown gives way to what is inside it."""
    nodes: list[Node] = []
    for state in states:
        inside = _nodes(chart, state.states, shown, view)
        if state.name in shown:
            lines = _lines(chart, state, inside, view)
            nodes.append(Node(state.name, state.final or "running", lines, inside))
        else:
            nodes += inside
    return tuple(nodes)


def _lines(chart: "Chart", state: "State", inside: tuple[Node, ...], view: View) -> tuple[str, ...]:
    """A leaf's data in the full view; the leaves of a composite of which nothing is drawn."""
    if state.states:
        leaves = [name for name in chart.nodes if not chart.nodes[name].state.states]
        mine = (name for name in leaves if state.name in ancestors(chart, name))
        return () if inside else tuple(mine)
    if view != "full":
        return ()
    return tuple(
        f"{item.name}: {type_text(chart.spec, item.type)}" for item in data(chart, state.name)
    )


def _names(nodes: tuple[Node, ...]) -> tuple[str, ...]:
    return tuple(node.name for node in every(nodes))


def every(nodes: tuple[Node, ...]) -> tuple[Node, ...]:
    """The nodes and all inside them, in document order."""
    return tuple(one for node in nodes for one in (node, *every(node.children)))


def shared(diagram: Diagram) -> frozenset[str]:
    """The boxes with arrows of their own: what happens the same way in any state inside."""
    ends = {name for edge in diagram.edges for name in (edge.source, edge.target)}
    return frozenset(n.name for n in every(diagram.nodes) if n.children and n.name in ends)
