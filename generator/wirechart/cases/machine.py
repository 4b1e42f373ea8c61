"""The table of decisions with its times, as one value that can be changed. Knows no bytes."""

from typing import TYPE_CHECKING

from wirechart.chart import running
from wirechart.decisions import ending, linger_rows, rows
from wirechart.expressions import names
from wirechart.model import Bytes, Json, Table
from wirechart.names import handler
from wirechart.record import record

if TYPE_CHECKING:
    from collections.abc import Mapping

    from wirechart.chart import Chart
    from wirechart.decisions import Row
    from wirechart.model import Ref


@record
class Patience:
    """For how long a state waits, in seconds; None: for ever."""

    inside: float | None  # a message
    between: float | None  # two messages


@record
class Lingering:
    """For how long a termination waits, in seconds, and after which causes it does not."""

    seconds: float
    unless: tuple[str, ...]


@record
class Machine:
    """The decisions by state and event, those of failures that linger among them; and the times."""

    chart: "Chart"
    rows: "Mapping[tuple[str, str], Row]"
    idle: "Mapping[str, Patience]"
    linger: "Mapping[str, Lingering]"  # of those that do
    table: "tuple[Row, ...]"  # as the chart has it
    targets: "Mapping[str, frozenset[str]]"  # of the handlers of each message
    limits: "Mapping[str, int]"
    asked: frozenset[str]  # the data of states that guards ask for
    skippable: "Mapping[str, int]"  # by message: the longest payload that may be skipped to stay


def machine(chart: "Chart") -> Machine:
    """The machine of a chart."""
    table = (*rows(chart), *linger_rows(chart))
    return Machine(
        chart,
        {(row.state, row.event): row for row in table},
        {state: _patience(chart, state) for state in running(chart)},
        {
            name: Lingering(_seconds(chart, linger.duration), tuple(r.name for r in linger.unless))
            for name, node in chart.nodes.items()
            if (linger := node.state.linger) is not None
        },
        rows(chart),
        targets(chart, table),
        {limit.name: limit.value for limit in chart.spec.limits},
        frozenset(
            name.name
            for row in table
            for outcome in row.outcomes
            for guard in outcome.guards
            for name in names(guard)
            if name.scope == "state"
        ),
        _skippable(chart),
    )


def _skippable(chart: "Chart") -> "Mapping[str, int]":
    """A message's own maximum, else the longest there is; empty: of what is no message."""
    limits = {limit.name: limit.value for limit in chart.spec.limits}
    own = {
        name: limits[message.payload.max.name]
        for name, message in chart.messages.items()
        if isinstance(message.payload, Bytes | Json | Table)
    }
    longest = max(own.values(), default=0)
    return {name: own.get(name, longest) for name in ("", *chart.messages)}


def targets(chart: "Chart", table: "tuple[Row, ...]") -> "Mapping[str, frozenset[str]]":
    """Where the handlers of each message lead."""
    found: dict[str, set[str]] = {}
    for row in table:
        for outcome in row.outcomes:
            if outcome.kind == "handled" and not is_failure(chart, outcome.target):
                found.setdefault(row.event, set()).add(outcome.target)
    return {message: frozenset(names) for message, names in found.items()}


def _patience(chart: "Chart", state: str) -> Patience:
    found = ending(chart, state, "idle")
    idle = chart.nodes[found[0]].state.on_idle if found else None
    if idle is None:
        return Patience(None, None)
    return Patience(
        _seconds(chart, idle.after) if idle.after else None,
        _seconds(chart, idle.between_messages) if idle.between_messages else None,
    )


def _seconds(chart: "Chart", ref: "Ref") -> float:
    return next(item.value for item in chart.spec.limits if item.name == ref.name) / 1000


def patience(made: Machine, state: str, *, inside: bool) -> float | None:
    """How long the peer may be silent, in seconds, inside a message or between two."""
    if not made.rows[state, "idle"].outcomes:
        return None
    return made.idle[state].inside if inside else made.idle[state].between


def is_failure(chart: "Chart", name: str) -> bool:
    """Whether a state ends the machine without success."""
    return chart.nodes[name].state.final == "failure"


def method(made: Machine, message: str, target: str) -> str:
    """The handler of a transition group."""
    return handler(message, target if len(made.targets.get(message, ())) > 1 else None)
