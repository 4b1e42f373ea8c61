"""What holds of breaks whatever the specs are."""

from types import SimpleNamespace
from typing import Any

from hypothesis import HealthCheck, Phase, given, settings

from random_changes import additions, changes
from random_specs import read, spec_texts
from wirechart import chart as charts
from wirechart.breaking import structure
from wirechart.breaking.classes import classes
from wirechart.breaking.compare import compare
from wirechart.breaking.live import Live
from wirechart.breaking.pairing import Specs, pairs
from wirechart.breaking.search import Search, Taken
from wirechart.breaking.verdict import Verdict
from wirechart.cases import reference
from wirechart.cases.values import plain
from wirechart.chart import Chart
from wirechart.loading import importable, run
from wirechart.names import package
from wirechart.targets import receiver, statemachine, tests, witnesses

SLOW = (HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.filter_too_much)
QUICK = (Phase.explicit, Phase.generate)
FEW = settings(max_examples=8, phases=QUICK, suppress_health_check=SLOW, deadline=None)
MANY = settings(FEW, max_examples=30)


def compared(texts: tuple[str, str]) -> Verdict:
    old, new = texts
    return compare(read(old), read(new))


@given(spec_texts(2))
@MANY
def test_a_spec_breaks_nothing_of_itself_and_is_proven_equal(text: str) -> None:
    found = compared((text, text))

    assert (found.breaks, found.equality, found.unsearched) == ((), "proven", 0)


@given(spec_texts(2))
@FEW
def test_states_of_other_names_are_proven_equal(text: str) -> None:
    states = charts.build(read(text)).nodes
    renamed = text
    for number, name in enumerate(sorted(states, key=len, reverse=True)):
        renamed = renamed.replace(name, f"Other{number}X")

    assert compared((text, renamed)).equality == "proven"


@given(additions())
@MANY
def test_a_transition_that_is_added_breaks_no_old_sender(texts: tuple[str, str]) -> None:
    old, new = texts

    found = compare(read(old), read(new), directions=("old-to-new",))

    assert [each for each in found.breaks if each.family != "source"] == []


@given(changes())
@FEW
def test_who_breaks_is_the_same_whichever_spec_is_called_old(texts: tuple[str, str]) -> None:
    old, new = texts

    assert meetings((old, new)) == {(there, here) for here, there in meetings((new, old))}


def meetings(texts: tuple[str, str]) -> set[tuple[bool, bool]]:
    """For every break between peers: whether old senders, and whether new ones, meet it."""
    found = [each.problem.directions for each in compared(texts).breaks if each.family != "source"]
    return {("old-to-new" in ways, "new-to-old" in ways) for ways in found}


def packaged(text: str) -> tuple[Chart, dict[str, str]]:
    """The generated package of a spec, in memory."""
    chart = charts.build(read(text))
    return chart, {**receiver.files(chart, "x.yaml"), **tests.files(chart, "x.yaml")}


def failing(text: str, module: str) -> list[str]:
    """The tests of a module that fail on the receiver that a spec is generated to."""
    chart, files = packaged(text)
    failed: list[str] = []
    with importable(files, package(chart.spec.protocol)):
        names: dict[str, Any] = {"__name__": "witnesses"}
        run(module, "witnesses", names)
        for name in [name for name in names if name.startswith("test_")]:
            try:
                names[name]()
            except AssertionError:
                failed.append(name)
    return failed


@given(changes())
@FEW
def test_a_witness_is_green_on_the_old_receiver_and_red_on_the_new(texts: tuple[str, str]) -> None:
    old, new = texts
    found = [each for each in compared(texts).breaks if each.witness is not None]
    module = witnesses.tests("old", "new", found) if found else ""
    written = [line.partition("(")[0][4:] for line in module.splitlines() if line[:4] == "def "]

    assert failing(old, module) == []
    assert failing(new, module) == written


@given(changes())
@MANY
def test_python_statemachine_walks_both_charts_where_the_search_did(
    texts: tuple[str, str],
) -> None:
    old, new = (read(text) for text in texts)
    for pair in pairs(Specs(old, new, old)):
        product = structure.product(pair)
        live = Live(pair, product, frozenset())
        one = Search(pair, live, classes(pair, product), "old-to-new")
        for foreign in (False, True):
            for found in one.run(foreign=foreign):
                ways = [walked(pair.old.chart, found.way, 0), walked(pair.new.chart, found.way, 1)]
                places = [
                    [taken.old.place.state.name for taken in found.way],
                    [taken.new.place.state.name for taken in found.way],
                ]
                assert ways == places


def walked(chart: Chart, way: tuple[Taken, ...], side: int) -> list[str]:
    """The states that the chart in python-statemachine goes through."""
    machine = statemachine.chart_class(chart)()
    place = reference.begin(chart, {})
    states: list[str] = []
    for taken in way:
        reaction = (taken.old, taken.new)[side]
        item = (taken.both.mine, taken.both.theirs)[side]
        outcome = reaction.outcome
        if outcome is not None and not machine.is_terminated:
            row = outcome.kind
            message = item.request.message if item.request and not item.then else ""
            faulty = row in ("malformed", "handler_error", "eof", "cut", "idle", "lost")
            name = f"fault_{row}" if faulty or not message else statemachine.event(message)
            fields = SimpleNamespace(**dict(item.request.fields)) if item.request else None
            held = {key: plain(value) for key, value in place.state.fields}
            agreed = {key: plain(value) for key, value in reaction.place.context}
            scopes = (fields, SimpleNamespace(**held), SimpleNamespace(**agreed))
            statemachine.happened(machine, name, *scopes)
        (leaf,) = (state.id for state in machine.configuration if state.is_atomic)
        states.append(leaf)
        place = reaction.place
    return states
