"""Every small change of a table of decisions. Knows the table; knows no bytes and no package.

What the language cannot say is no mutant: an ending has no reply, and a message without a reply
gets none. Some targets are not tried, and `untried` names them.
"""

from typing import TYPE_CHECKING

from wirechart.cases.changes import changes, shown
from wirechart.cases.machine import Lingering, Patience
from wirechart.chart import data, finals, running
from wirechart.decisions import FAULTS, Outcome, Row
from wirechart.expressions import show
from wirechart.record import record, replace

if TYPE_CHECKING:
    from collections.abc import Iterable

    from wirechart.cases.machine import Machine
    from wirechart.chart import Chart

ENDINGS = ("eof", "cut", "idle", "lost")


@record
class Mutant:
    """A machine that differs in one place."""

    operator: str  # what was changed: target, reply, handled, guard, cause, set, linger, idle
    state: str
    event: str
    before: str
    after: str
    element: str  # the place in the spec that decides it
    machine: "Machine"

    def __str__(self) -> str:
        return (
            f"{self.state}, {self.event}: {self.operator}: {self.before} ⇒ {self.after}"
            f" ({self.element})"
        )


def mutants(made: "Machine") -> "Iterable[Mutant]":
    """All of them, row by row; then those of lingering and of patience."""
    for row in made.rows.values():
        if row.outcomes and made.chart.nodes[row.state].state.final is None:
            yield from _of_row(made, row)
        elif row.outcomes:
            yield from _of_late_row(made, row)
    yield from _of_linger(made)
    yield from _of_patience(made)


def _of_row(made: "Machine", row: Row) -> "Iterable[Mutant]":
    for at, outcome in enumerate(row.outcomes):
        for operator, changed in _changed(made, row, outcome):
            outcomes = (*row.outcomes[:at], changed, *row.outcomes[at + 1 :])
            yield _mutant(made, operator, row, outcomes, _shown(outcome), _shown(changed))
    for outcomes in changes(row.outcomes, made.limits):
        pairs = zip(row.outcomes, outcomes, strict=True)
        before, after = next((one, other) for one, other in pairs if one != other)
        yield _mutant(made, "guard", row, outcomes, _guards(before), _guards(after))


def _mutant(
    made: "Machine",
    operator: str,
    row: Row,
    outcomes: tuple[Outcome, ...],
    before: str,
    after: str,
) -> Mutant:
    rows = {**made.rows, (row.state, row.event): Row(row.state, row.event, outcomes)}
    element = next(
        (new.element for old, new in zip(row.outcomes, outcomes, strict=True) if old != new),
        row.outcomes[0].element,
    )
    return Mutant(operator, row.state, row.event, before, after, element, replace(made, rows=rows))


def _shown(outcome: Outcome) -> str:
    cause = f", cause {outcome.cause}" if outcome.cause else ""
    sets = "".join(f", {item.name.name} {item.value}" for item in outcome.set)
    return f"{shown(outcome)}{cause}{sets}"


def _guards(outcome: Outcome) -> str:
    return " and ".join(show(guard) for guard in outcome.guards) or "always"


def _changed(made: "Machine", row: Row, outcome: Outcome) -> "Iterable[tuple[str, Outcome]]":
    chart = made.chart
    for target in (*running(chart), *finals(chart)):
        changed = _to(chart, row, outcome, target)
        if target != outcome.target and not isinstance(changed, str):
            yield "target", changed
    for reply in _replies(chart, row, outcome):
        yield "reply", replace(outcome, reply=reply)
    yield from _handled(made, row, outcome)
    for cause in _causes(made, outcome):
        yield "cause", replace(outcome, cause=cause)
    for number, item in enumerate(outcome.set):
        for value in _others(item.value):
            changed_set = (
                *outcome.set[:number],
                replace(item, value=value),
                *outcome.set[number + 1 :],
            )
            yield "set", replace(outcome, set=changed_set)


def untried(made: "Machine") -> "Iterable[tuple[str, str]]":
    """Targets that no mutant has, as `state, event ⇒ target`, each with the reason."""
    chart = made.chart
    for row in made.rows.values():
        if chart.nodes[row.state].state.final is not None:
            continue
        for outcome in row.outcomes:
            for target in (*running(chart), *finals(chart)):
                reason = _to(chart, row, outcome, target)
                if target != outcome.target and isinstance(reason, str):
                    yield f"{row.state}, {row.event} ⇒ {target}", reason


def _to(chart: "Chart", row: Row, outcome: Outcome, target: str) -> Outcome | str:
    """The outcome with another target, or why there is none."""
    final = chart.nodes[target].state.final
    if row.event in ENDINGS and final is None:
        return "an ending never leads to a running state"
    usual = _built_in(outcome)
    cause = (outcome.cause or usual) if final == "failure" else None
    held = {field.name for field in data(chart, target)}
    kept = tuple(item for item in outcome.set if item.name.name in held)
    put = tuple(item for item in outcome.put if item.name.name in held)
    changed = replace(outcome, target=target, cause=cause, set=kept, put=put)
    made_by_receiver = final == "failure" or target == row.state or not held
    if outcome.kind == "handled" or made_by_receiver:
        return changed
    if row.event in FAULTS:
        return "only a handler can make the target's data, and a fault calls none"
    return replace(changed, kind="handled")


def _replies(chart: "Chart", row: Row, outcome: Outcome) -> "Iterable[str | None]":
    if row.event in ENDINGS or (row.event in chart.messages and not _replied(chart, row.event)):
        return
    for reply in (*(code.name for code in chart.spec.wire.replies), None):
        if reply != outcome.reply:
            yield reply


def _replied(chart: "Chart", message: str) -> bool:
    return chart.messages[message].replied


def _handled(made: "Machine", row: Row, outcome: Outcome) -> "Iterable[tuple[str, Outcome]]":
    """Handled ↔ refused."""
    if row.event in FAULTS:
        return
    refused = made.rows[row.state, "refused"].outcomes[0]
    if outcome.kind == "handled":
        yield "refused", replace(refused, guards=outcome.guards)
    else:
        accept = made.chart.spec.wire.accept.name if _replied(made.chart, row.event) else None
        stay = replace(outcome, kind="handled", target=row.state, reply=accept, cause=None)
        yield "handled", stay


def _causes(made: "Machine", outcome: Outcome) -> "Iterable[str]":
    """Every other cause that the spec names, and the built-in one."""
    if outcome.cause is None:
        return
    named = {
        other.cause
        for row in made.table
        for other in row.outcomes
        if other.cause and other.cause not in FAULTS
    }
    for cause in (_built_in(outcome), *sorted(named), "another"):
        if cause != outcome.cause:
            yield cause


def _built_in(outcome: Outcome) -> str:
    """The cause that nobody has to name."""
    if outcome.kind == "cut":
        return "eof"
    return outcome.kind if outcome.kind in FAULTS else "refused"


def _others(value: bool | int | str) -> "Iterable[bool | int | str]":
    match value:
        case bool():
            yield not value
        case int():
            yield from (value - 1, value + 1)
        case str():
            yield f"{value}?"


def _of_late_row(made: "Machine", row: Row) -> "Iterable[Mutant]":
    """A late message is answered otherwise, or answered instead of ignored, or the reverse."""
    if row.event not in made.chart.messages:
        return
    outcome = row.outcomes[0]
    ignored = replace(outcome, kind="ignored", reply=None)
    replies = [code.name for code in made.chart.spec.wire.replies if code.name != outcome.reply]
    changed = [replace(outcome, kind="lingering", reply=reply) for reply in replies]
    for other in (*changed, *([ignored] if outcome.reply else [])):
        yield _mutant(made, "linger", row, (other,), shown(outcome), shown(other))


def _of_linger(made: "Machine") -> "Iterable[Mutant]":
    """Lingering never, half as long, twice as long; after more causes, or fewer."""
    known = {outcome.cause for row in made.table for outcome in row.outcomes}
    for name in finals(made.chart):
        linger = made.linger.get(name)
        if linger is None:
            yield _lingering(made, name, "never", "1 s", Lingering(1.0, ()))
            continue
        text = f"{linger.seconds:g} s"
        yield _lingering(made, name, text, "never", None)
        for factor in (0.5, 2.0):
            other = replace(linger, seconds=linger.seconds * factor)
            yield _lingering(made, name, text, f"{other.seconds:g} s", other)
        for cause in sorted(known - {None, "eof"} - set(linger.unless), key=str):
            other = replace(linger, unless=(*linger.unless, str(cause)))
            yield _lingering(made, name, text, f"not after {cause}", other)
        for cause in linger.unless:
            other = replace(linger, unless=tuple(c for c in linger.unless if c != cause))
            yield _lingering(made, name, f"not after {cause}", text, other)


def _lingering(
    made: "Machine", name: str, before: str, after: str, linger: Lingering | None
) -> Mutant:
    others = {final: each for final, each in made.linger.items() if final != name}
    changed = replace(made, linger=others if linger is None else {**others, name: linger})
    element = f"{made.chart.nodes[name].path}.linger"
    return Mutant("linger", name, "linger", before, after, element, changed)


def _of_patience(made: "Machine") -> "Iterable[Mutant]":
    """Waiting for ever, half as long, twice as long; inside a message and between two."""
    for state, idle in made.idle.items():
        outcomes = made.rows[state, "idle"].outcomes
        if not outcomes:
            continue
        for where in ("inside", "between"):
            seconds: float | None = getattr(idle, where)
            for other in (None, seconds / 2, seconds * 2) if seconds else (1.0,):
                changed = Patience(
                    other if where == "inside" else idle.inside,
                    other if where == "between" else idle.between,
                )
                machine = replace(made, idle={**made.idle, state: changed})
                before, after = (f"{where} {_waits(each)}" for each in (seconds, other))
                yield Mutant("idle", state, "idle", before, after, outcomes[0].element, machine)


def _waits(seconds: float | None) -> str:
    return "for ever" if seconds is None else f"{seconds:g} s"
