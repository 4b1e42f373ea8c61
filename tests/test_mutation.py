"""Mutation of the table: the suites kill what they can see, and a weaker suite is found out.

`make test` mutates the flagship by the command; here are smaller specs.
"""

import re
import sys
from functools import cache
from importlib import import_module
from pathlib import Path

import pytest

from random_specs import read
from wirechart.cases import Cases, cases
from wirechart.cases.machine import machine
from wirechart.cases.scripts import Sent
from wirechart.chart import Chart, build, views
from wirechart.loading import importable
from wirechart.mutants import mutants, untried
from wirechart.mutated import UnsoundError
from wirechart.mutation import Report, mutate
from wirechart.record import replace
from wirechart.targets import receiver

ROOT = Path(__file__).parent.parent
SOURCE = "spec/link.yaml"
README = (ROOT / "spec/README.md").read_text(encoding="utf-8")


@cache
def link() -> Chart:
    """The whole spec in the reference of the language."""
    found = re.search(r"^```yaml\n(.*?)^```$", README, re.MULTILINE | re.DOTALL)
    assert found is not None
    return build(read(found[1]))


@cache
def nbd() -> Chart:
    """Guards on three sides, stays after errors, a context, and no reply to one message."""
    return build(read((ROOT / "tests/specs/nbd-transmission.yaml").read_text(encoding="utf-8")))


@cache
def report() -> Report:
    """What came of the mutants of NBD; made once, it takes seconds."""
    return mutate(nbd(), SOURCE)


def test_both_suites_kill_every_mutant_that_they_can_see() -> None:
    found = mutate(link(), SOURCE)

    assert [(s.name, s.rate, s.survivors) for s in found.suites] == [
        ("white-box", 1.0, ()),
        ("wire", 1.0, ()),
    ]
    assert found.passed


def test_guards_replies_and_endings_of_another_protocol_are_killed_too() -> None:
    white_box, wire = report().suites

    assert (white_box.survivors, wire.survivors) == ((), ())
    assert (white_box.killed, white_box.equivalents) == (len(list(mutants(machine(nbd())))), ())


def test_mutants_of_a_machine_inside_a_package_are_killed_too() -> None:
    spec = read((ROOT / "spec/ch-migration.yaml").read_text(encoding="utf-8"))
    (worker,) = (view for view in views(spec) if view.machine.name == "worker")

    found = mutate(build(worker), SOURCE, around=receiver.files(build(spec), SOURCE))
    linger = found.suites[0].equivalents

    assert [suite.survivors for suite in found.suites] == [(), ()]
    assert [(e.mutant.state, e.mutant.operator, e.reason) for e in linger] == [
        ("Drained", "linger", "where the stream has ended nobody lingers")
    ]


def test_what_no_peer_sees_has_a_reason() -> None:
    _, wire = report().suites

    assert {(each.mutant.event, each.reason) for each in wire.equivalents} == {
        ("handler_error", "no peer can make a handler fail"),
        ("Disconnect", "whatever a peer sends, it gets the same answers"),
        ("eof", "whatever a peer sends, it gets the same answers"),
        ("idle", "whatever a peer sends, it gets the same answers"),
        ("lost", "whatever a peer sends, it gets the same answers"),
    }


def test_a_suite_without_its_refusals_lets_mutants_survive() -> None:
    whole = cases(link())
    few = replace(whole.transitions, cases=whole.transitions.cases[:1])

    found = mutate(link(), SOURCE, made=replace(whole, transitions=few))

    assert found.suites[0].cases == 1
    assert found.suites[0].rate < 0.5
    assert not found.passed


def weakened(made: Cases, message: str) -> Cases:
    """The cases without those that are about a message of that name."""
    kept = tuple(case for case in made.transitions.cases if case.event != message)
    moves = tuple(
        move
        for move in made.wire.moves
        if not any(isinstance(s, Sent) and s.request.message == message for s in move.steps)
    )
    transitions = replace(made.transitions, cases=kept)
    return replace(made, transitions=transitions, wire=replace(made.wire, moves=moves))


def test_survivors_are_named_with_the_changed_row() -> None:
    found = mutate(nbd(), SOURCE, made=weakened(cases(nbd()), "Flush"))
    white_box, wire = found.suites

    assert {mutant.event for mutant in white_box.survivors} == {"Flush"}
    assert {mutant.event for mutant in wire.survivors} == {"Flush"}
    assert (
        "  survived: Transmission, Flush: reply: handled → Transmission, reply Ok"
        " ⇒ handled → Transmission, reply EPERM (machine.Transmission.on.Flush)"
    ) in list(found.lines())


def test_a_case_that_fails_without_a_change_is_no_kill() -> None:
    made = cases(link())
    first, *others = made.transitions.cases
    wrong = replace(first, name="a wrong case", calls=("nobody",))
    false = replace(made, transitions=replace(made.transitions, cases=(wrong, *others)))

    with pytest.raises(UnsoundError, match="a wrong case"):
        mutate(link(), SOURCE, made=false)


def test_the_report_begins_with_the_kill_rates() -> None:
    first = next(report().lines())

    assert first == "white-box: 261 of 261 mutants killed (100.0%) by 47 cases"


def test_progress_is_told_up_to_the_end() -> None:
    told: list[tuple[int, int]] = []
    mutate(link(), SOURCE, lambda done, every: told.append((done, every)))

    assert [done for done, _ in told] == list(range(1, told[0][1] + 1))


def test_what_is_not_tried_has_a_reason() -> None:
    assert list(untried(machine(nbd()))) == [
        ("Transmission, eof ⇒ Transmission", "an ending never leads to a running state"),
        ("Transmission, idle ⇒ Transmission", "an ending never leads to a running state"),
        ("Transmission, lost ⇒ Transmission", "an ending never leads to a running state"),
    ]


def test_what_is_loaded_from_memory_leaves_no_trace() -> None:
    before = set(sys.modules), list(sys.meta_path)
    with importable({"generated/link_x/__init__.py": "answer = 42\n"}, "link_x"):
        assert import_module("link_x").answer == 42

    assert (set(sys.modules), list(sys.meta_path)) == before
