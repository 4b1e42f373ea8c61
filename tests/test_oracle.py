"""The chart in python-statemachine against the table: two ways from a spec to what happens.

The one keeps the tree and lets the library find the way, the other is flattened by `decisions`.
"""

import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache
from importlib import import_module, invalidate_caches
from itertools import cycle, product
from pathlib import Path
from tempfile import TemporaryDirectory
from types import ModuleType, SimpleNamespace
from typing import TYPE_CHECKING, Any, TypeAlias

import pytest
from hypothesis import HealthCheck, Phase, find, given, settings
from hypothesis import strategies as st

from random_specs import read, spec_texts
from wirechart import chart as charts
from wirechart import decisions, layout
from wirechart.chart import Chart
from wirechart.decisions import FAULTS, faults, rows
from wirechart.expressions import Name, evaluate
from wirechart.model import DataField, List, Map
from wirechart.names import package
from wirechart.targets import receiver, statemachine

if TYPE_CHECKING:
    from wirechart.targets.statemachine import StateChart

ROOT = Path(__file__).parent.parent
SPECS = {
    "ch-migration": (ROOT / "spec/ch-migration.yaml").read_text(),
    "nbd-transmission": (ROOT / "tests/specs/nbd-transmission.yaml").read_text(),
}
BIG = (2**16, 2**25, 2**25 + 1, 2**32 - 1, 2**64 - 1)
EVENTS = 12  # of a walk

# An event by number, and the numbers that stand for whatever its guards look at.
Choice: TypeAlias = tuple[int, tuple[int, ...]]
VALUES = st.integers(0, 7) | st.integers(0, 2**16 - 1) | st.sampled_from(BIG)
CHOICES = st.lists(
    st.tuples(st.integers(0, 63), st.lists(VALUES, min_size=6, max_size=6).map(tuple)),
    max_size=EVENTS,
)
SLOW = (HealthCheck.too_slow, HealthCheck.data_too_large)
QUICK = (Phase.explicit, Phase.generate)  # shrinking would take longer than looking
FEW = settings(max_examples=20, phases=QUICK, suppress_health_check=SLOW)
MANY = settings(FEW, max_examples=100)
FINDING = settings(FEW, max_examples=1000, database=None)


@dataclass(frozen=True, slots=True)
class Event:
    """What happens at one step, with what guards can see."""

    name: str
    message: SimpleNamespace
    data: SimpleNamespace
    context: SimpleNamespace


Decide: TypeAlias = Callable[
    [str, Event], str | None
]  # state, event -> next state; None: undecided


def difference(text: str, choices: list[Choice]) -> str:
    """The first step after which table and chart are not in the same state; "" for none."""
    chart = charts.build(read(text))
    return parted(chart, by_rows(chart), statemachine.chart_class(chart), choices)


def parted(chart: Chart, decide: Decide, made: "type[StateChart]", choices: list[Choice]) -> str:
    """The first event after which `decide` and an instance of `made` are not in the same state.

    A walk from the beginning, and after it every event in every state, with the walk's values.
    """
    machine, state = made(), charts.initial(chart)
    if leaf(machine) != state:
        return f"begins in {leaf(machine)}, not in {state}"
    for choice in choices:
        event = happening(chart, state, choice)
        if problem := step(chart, decide, machine, state, event):
            return problem
        if machine.is_terminated:
            break
        state = leaf(machine)
    values = cycle([numbers for _, numbers in choices] or [(0,)])
    events = range(len(charts.receivable(chart)) + len(faults(chart)))
    places = zip(product(charts.running(chart), events), values, strict=False)
    for (state, number), seen in places:
        if machine.is_terminated or leaf(machine) != state:
            machine = made(start_value=state)
        if problem := step(chart, decide, machine, state, happening(chart, state, (number, seen))):
            return problem
    return ""


def step(chart: Chart, decide: Decide, machine: "StateChart", state: str, event: Event) -> str:
    """Send an event; what went wrong, "" if both go the same way."""
    target = decide(state, event)
    after = state if target is None else target
    if went(machine, event) != (target is not None) or leaf(machine) != after:
        return f"{event} in {state}: the chart goes to {leaf(machine)}, the table to {after}"
    if machine.is_terminated != (after in charts.finals(chart)):
        return f"{event} in {state}: ended or not"
    return ""


def by_rows(chart: Chart) -> Decide:
    """What the table of decisions says."""
    table = {(row.state, row.event): row.outcomes for row in rows(chart)}
    limits = {limit.name: limit.value for limit in chart.spec.limits}

    def decide(state: str, event: Event) -> str | None:
        scopes = {"message": event.message, "state": event.data, "context": event.context}

        def value_of(name: Name) -> object:
            is_limit = name.scope == "limits"
            return limits[name.name] if is_limit else getattr(scopes[name.scope], name.name)

        known = "eof" if event.name == "cut" and (state, "cut") not in table else event.name
        held = (
            outcome.target
            for outcome in table.get((state, known), ())  # what an asker may not send is not there
            if all(evaluate(guard, value_of) for guard in outcome.guards)
        )
        return next(held, None)

    return decide


def by_package(module: ModuleType) -> Decide:
    """What the table of a generated package says."""
    table = {state.__name__: rules for state, rules in module.TABLE.items()}

    def decide(state: str, event: Event) -> str | None:
        rules = table[state]
        if event.name in FAULTS:
            whole = rules.faults.eof if event.name == "cut" else None
            return of_fault(state, getattr(rules.faults, event.name) or whole)
        scopes = (event.data, event.message, event.context)
        held = (
            row.target.__name__
            for row in rules.rows.get(module.Code[event.name], ())
            if row.guard is None or row.guard(*scopes)
        )
        return next(held, None) or of_fault(state, rules.faults.refused)

    def of_fault(state: str, fault: Any) -> str | None:  # noqa: ANN401 -- of the package's own type
        if fault is None:
            return None
        return state if fault.target is None else str(fault.target.__name__)

    return decide


def packaged(chart: Chart) -> ModuleType:
    """The `table` of the package that is generated from a chart, imported and forgotten."""
    name = package(chart.spec.protocol)
    before = set(sys.modules)
    with TemporaryDirectory() as folder:
        for path, text in receiver.files(chart, "spec").items():
            file = Path(folder, path)
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(text)
        kept = {key: sys.modules.pop(key) for key in before if key.split(".")[0] == name}
        sys.path.insert(0, f"{folder}/generated")
        try:
            invalidate_caches()
            return import_module(f"{name}.table")
        finally:
            sys.path.remove(f"{folder}/generated")
            for key in set(sys.modules) - before | set(kept):
                sys.modules.pop(key, None)
            sys.modules.update(kept)


@cache
def prepared(name: str) -> "tuple[Chart, type[StateChart], Decide, Decide]":
    """A real spec as chart and class, and what its rows and its package decide."""
    chart = charts.build(read(SPECS[name]))
    made = statemachine.chart_class(chart)
    return chart, made, by_rows(chart), by_package(packaged(chart))


def leaf(machine: "StateChart") -> str:
    """The innermost state the chart is in; there is exactly one."""
    (atomic,) = (state for state in machine.configuration if state.is_atomic)
    return atomic.id


def went(machine: "StateChart", event: Event) -> bool:
    """Send an event; False: nothing in the chart says what happens then."""
    name = f"fault_{event.name}" if event.name in FAULTS else statemachine.event(event.name)
    return statemachine.happened(machine, name, event.message, event.data, event.context)


def happening(chart: Chart, state: str, choice: Choice) -> Event:
    """A choice as an event of a chart in a state: equal choices, equal events."""
    number, values = choice
    messages = charts.receivable(chart)
    names = (*(message.name for message in messages), *faults(chart))
    name = names[number % len(names)]
    numbers = iter(values * 10)
    message = chart.messages.get(name)
    fields = layout.attributes(chart.spec, message) if message else ()
    return Event(
        name,
        SimpleNamespace(**{field: next(numbers) for field, _ in fields}),
        SimpleNamespace(**sampled(chart, numbers, charts.data(chart, state))),
        SimpleNamespace(**sampled(chart, numbers, chart.spec.context)),
    )


def sampled(
    chart: Chart, numbers: Iterator[int], fields: tuple[DataField, ...]
) -> dict[str, object]:
    """Something for every field: containers with up to four entries, integers else."""
    found: dict[str, object] = {}
    for field in fields:
        number = next(numbers)
        container = isinstance(charts.expand(chart, field.type), Map | List)
        found[field.name] = {n: n for n in range(number % 5)} if container else number
    return found


@cache
def machine_of(name: str) -> "tuple[Chart, type[StateChart]]":
    """Another machine of the flagship, as chart and class."""
    views = charts.views(read(SPECS["ch-migration"]))
    chart = charts.build(next(view for view in views if view.machine.name == name))
    return chart, statemachine.chart_class(chart)


@pytest.mark.parametrize("name", ["worker", "pager", "source", "feeder", "page_server"])
@given(choices=CHOICES)
@FEW
def test_chart_and_table_of_a_further_machine_go_the_same_way(
    name: str, choices: list[Choice]
) -> None:
    chart, made = machine_of(name)

    assert parted(chart, by_rows(chart), made, choices) == ""


@given(spec_texts(), CHOICES)
@MANY
def test_chart_and_table_of_a_random_spec_go_the_same_way(text: str, choices: list[Choice]) -> None:
    assert difference(text, choices) == ""


@given(spec_texts(), CHOICES)
@FEW
def test_chart_and_generated_table_of_a_random_spec_go_the_same_way(
    text: str, choices: list[Choice]
) -> None:
    chart = charts.build(read(text))
    decide = by_package(packaged(chart))

    assert parted(chart, decide, statemachine.chart_class(chart), choices) == ""


@pytest.mark.parametrize("name", SPECS)
@given(choices=CHOICES)
@FEW
def test_chart_and_tables_of_a_real_spec_go_the_same_way(name: str, choices: list[Choice]) -> None:
    chart, made, by_decisions, by_generated = prepared(name)

    assert parted(chart, by_decisions, made, choices) == ""
    assert parted(chart, by_generated, made, choices) == ""


def test_outermost_handler_wins_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    def outermost_first(chart: Chart, name: str) -> tuple[str, ...]:
        return tuple(reversed(charts.ancestors(chart, name)))

    monkeypatch.setattr(decisions, "ancestors", outermost_first)

    text, choices = find(
        st.tuples(spec_texts(), CHOICES),
        lambda found: difference(*found) != "",
        settings=FINDING,
    )

    assert difference(text, choices) != ""
