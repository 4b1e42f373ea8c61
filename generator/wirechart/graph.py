"""Questions about the table as a graph: paths, reachability, what a peer can tell apart."""

from collections import deque
from typing import TYPE_CHECKING

from wirechart.chart import finals, initial
from wirechart.record import record

if TYPE_CHECKING:
    from collections.abc import Mapping

    from wirechart.chart import Chart
    from wirechart.decisions import Outcome, Row


@record
class Step:
    """One step of a path: in `state`, `event` happens with `outcome`."""

    state: str
    event: str
    outcome: "Outcome"


def paths(chart: "Chart", table: "tuple[Row, ...]") -> "Mapping[str, tuple[Step, ...]]":
    """A shortest path from the beginning to every state that can be reached.

    Of paths equally long, one by handled messages: a refusal leads there only where nothing else
    does.
    """
    by_state: dict[str, list[Step]] = {}
    for row in table:
        steps = (Step(row.state, row.event, outcome) for outcome in row.outcomes)
        by_state.setdefault(row.state, []).extend(steps)
    for steps_ in by_state.values():
        steps_.sort(key=lambda step: step.outcome.kind != "handled")
    start = initial(chart)
    found: dict[str, tuple[Step, ...]] = {start: ()}
    waiting = deque([start])
    while waiting:
        state = waiting.popleft()
        for step in by_state.get(state, ()):
            if step.outcome.target not in found:
                found[step.outcome.target] = (*found[state], step)
                waiting.append(step.outcome.target)
    return found


def can_succeed(chart: "Chart", table: "tuple[Row, ...]") -> frozenset[str]:
    """The states from which a peer can lead to a success, the successes included."""
    into: dict[str, set[str]] = {}
    for row in table:
        for outcome in row.outcomes:
            if outcome.kind in ("handled", "eof"):  # a peer may leave with success
                into.setdefault(outcome.target, set()).add(row.state)
    waiting = [name for name in finals(chart) if chart.nodes[name].state.final == "success"]
    good = set(waiting)
    while waiting:
        for before in into.get(waiting.pop(), set()) - good:
            good.add(before)
            waiting.append(before)
    return frozenset(good)


def minimise(table: "tuple[Row, ...]", late: "tuple[Row, ...]") -> tuple[frozenset[str], ...]:
    """The states, grouped by what a peer can tell apart: replies now and ever after.

    Ends are alike unless one lingers with other answers. Order: first member in the table.
    """
    out: dict[str, list[Row]] = {}
    for row in (*table, *late):
        out.setdefault(row.state, []).append(row)
    ends: dict[str, list[Row]] = {
        o.target: [] for row in table for o in row.outcomes if o.target not in out
    }
    behaviour: dict[str, list[Row]] = {**out, **ends}
    lingers = {row.state for row in late}
    block = {state: int(state in lingers or state in ends) for state in behaviour}
    while True:
        seen: dict[object, int] = {}
        refined = {
            state: seen.setdefault((block[state], _signature(behaviour[state], block)), len(seen))
            for state in behaviour
        }
        if len(seen) == len(set(block.values())):
            groups = (
                frozenset(s for s in refined if refined[s] == number) for number in seen.values()
            )
            return tuple(groups)
        block = refined


def _signature(behaviour: "list[Row]", block: "Mapping[str, int]") -> tuple[object, ...]:
    return tuple(
        (row.event, tuple((o.guards, o.reply, block[o.target]) for o in row.outcomes))
        for row in behaviour
        if row.outcomes and row.outcomes[0].kind != "ignored"
    )
