"""Laws of differences: a value that is empty for what means the same, and can be applied."""

import json
from collections.abc import Iterator
from pathlib import Path
from random import Random
from typing import Any

import jsonschema_rs
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from random_specs import read, specs
from test_renaming import NEW, OLD
from wirechart.difference import as_html, as_json, as_markdown, as_text
from wirechart.difference.changes import apply, difference
from wirechart.difference.comparison import compare
from wirechart.difference.meaning import meaning
from wirechart.model import Machine, Ref, Spec, State
from wirechart.record import replace
from wirechart.renaming import Rename, every, rename
from wirechart.revisions import Pair, Version
from wirechart.sources import Source

ROOT = Path(__file__).parent.parent
FIXED = tuple(
    read(text)
    for text in (
        OLD,
        NEW,
        (ROOT / "tests/data/every-feature.yaml").read_text(),
        (ROOT / "spec/ch-migration.yaml").read_text(),
    )
)
PARTS = (
    "limits",
    "wire",
    "context",
    "messages",
    "types",
    "connections",
    "scenarios",
    "resources",
    "properties",
)
STATE_PARTS = (
    *("doc", "data", "initial", "reactions", "otherwise", "on_refused", "on_malformed"),
    *("on_handler_error", "on_eof", "on_lost", "on_idle", "final", "linger"),
)
SLOW = (HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.filter_too_much)
FEW = settings(max_examples=15, suppress_health_check=SLOW)


def any_spec() -> st.SearchStrategy[Spec]:
    return st.one_of(st.sampled_from(FIXED), specs(2))


@st.composite
def changed(draw: st.DrawFn) -> tuple[Spec, Spec]:
    """A spec, and the same with some parts of another one: also what no spec would say."""
    old, other = draw(any_spec()), draw(any_spec())
    taken = draw(st.sets(st.sampled_from(PARTS), max_size=3))
    parts = {name: other.__dict__[name] for name in taken}
    donors = list(every(other.machine.states))
    machine = replace(old.machine, states=tuple(_woven(draw, old.machine.states, donors)))
    machines = draw(st.sampled_from((old.machines, other.machines, old.machines[1:])))
    return old, replace(old, machine=_moved(draw, machine), machines=machines, **parts)


def _woven(draw: st.DrawFn, states: tuple[State, ...], donors: list[State]) -> Iterator[State]:
    """The states, a few of them without what is inside, or with parts of another spec's states."""
    for state in states:
        fate = draw(st.integers(0, 9))
        inside = tuple(_woven(draw, state.states, donors)) if fate else ()
        taken = draw(st.sampled_from(STATE_PARTS))
        more: dict[str, Any] = {}
        if fate > 6:
            more[taken] = draw(st.sampled_from(donors)).__dict__[taken]
        yield replace(state, states=inside, **more)


def _moved(draw: st.DrawFn, machine: Machine) -> Machine:
    """The machine, maybe with one state of an inner level at the root, and in another order."""
    boxes = [state for state in machine.states if state.states]
    chosen = draw(st.integers(0, 2 * len(boxes)))
    if chosen < len(boxes):
        box = boxes[chosen]
        rest = [state for state in machine.states if state is not box]
        last = replace(box, states=box.states[:-1])
        machine = replace(machine, states=(*rest, last, box.states[-1]))
    return replace(machine, states=tuple(draw(st.permutations(machine.states))))


@FEW
@given(any_spec())
def test_a_spec_does_not_differ_from_itself(spec: Spec) -> None:
    assert not difference(spec, spec)


@FEW
@given(changed())
def test_a_difference_applied_to_the_old_spec_gives_what_the_new_one_means(
    pair: tuple[Spec, Spec],
) -> None:
    old, new = pair

    assert meaning(apply(old, difference(old, new))) == meaning(new)


@FEW
@given(changed())
def test_there_is_a_difference_exactly_where_the_meanings_differ(pair: tuple[Spec, Spec]) -> None:
    old, new = pair

    assert bool(difference(old, new)) == (meaning(old) != meaning(new))


@FEW
@given(any_spec(), any_spec())
def test_two_specs_that_share_nothing_but_words_differ_by_a_difference_that_can_be_applied(
    old: Spec, new: Spec
) -> None:
    assert meaning(apply(old, difference(old, new))) == meaning(new)


@FEW
@given(changed())
def test_the_way_back_is_a_difference_too(pair: tuple[Spec, Spec]) -> None:
    old, new = pair

    assert meaning(apply(new, difference(new, old))) == meaning(old)


@FEW
@given(specs(2), st.randoms(use_true_random=False))
def test_the_order_of_names_is_no_difference(spec: Spec, chance: Random) -> None:
    def shuffled(items: tuple[Any, ...]) -> tuple[Any, ...]:
        return tuple(chance.sample(items, len(items)))

    def state(one: State) -> State:
        inside = shuffled(tuple(state(inner) for inner in one.states))
        return replace(
            one, states=inside, data=shuffled(one.data), reactions=shuffled(one.reactions)
        )

    machine = replace(spec.machine, states=shuffled(tuple(map(state, spec.machine.states))))
    parts = {name: shuffled(spec.__dict__[name]) for name in ("limits", "messages", "context")}

    assert not difference(spec, replace(spec, machine=machine, **parts))


@FEW
@given(any_spec())
def test_names_that_all_changed_and_say_so_are_renamed_and_nothing_else(spec: Spec) -> None:
    def was(items: tuple[Any, ...]) -> tuple[Any, ...]:
        return tuple(replace(one, was=(Ref(f"{one.name[:-1]}", one.span),)) for one in items)

    def state(one: State) -> State:
        inside = tuple(map(state, one.states))
        return replace(one, states=inside, was=(Ref(one.name[:-1], one.span),))

    messages = [Rename("message", (), one.name, f"{one.name}Z") for one in spec.messages]
    states = [
        Rename("state", ("",), one.name, f"{one.name}Z") for one in every(spec.machine.states)
    ]
    new = rename(spec, (*messages, *states))
    machine = replace(new.machine, states=tuple(map(state, new.machine.states)))
    found = difference(spec, replace(new, messages=was(new.messages), machine=machine))

    assert (found.renames, found.changes) == ((*messages, *states), ())


@FEW
@given(changed())
def test_every_change_is_told_in_a_line(pair: tuple[Spec, Spec]) -> None:
    old, new = (Version(Source("x", Path(), "x", b""), "", spec) for spec in pair)

    compared = compare(Pair(old, new))

    assert bool(compared.lines) == bool(compared.difference)


@settings(FEW, max_examples=8)
@given(changed())
def test_every_output_takes_every_difference(pair: tuple[Spec, Spec]) -> None:
    old, new = (Version(Source("x", Path(), "x", b""), "", spec) for spec in pair)
    compared = [compare(Pair(old, new)), compare(Pair(old, None)), compare(Pair(None, new))]

    jsonschema_rs.validate(as_json.SCHEMA, json.loads(as_json.render(compared)))
    for render in (as_text.render, as_markdown.render):
        assert render(compared).endswith("\n")
    assert as_html.render(compared, lambda dot: dot).endswith("</html>\n")
