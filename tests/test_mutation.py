"""Mutation of the table: the suites kill what they can see, and a weaker suite is found out."""

import re
from functools import cache
from pathlib import Path

from wirechart.cases import cases
from wirechart.chart import Chart, build
from wirechart.mutation import mutate
from wirechart.reader import read
from wirechart.record import replace
from wirechart.syntax import parse

SOURCE = "spec/link.yaml"
README = Path("spec/README.md").read_text(encoding="utf-8")


@cache
def link() -> Chart:
    """The whole spec in the reference of the language."""
    found = re.search(r"^```yaml\n(.*?)^```$", README, re.MULTILINE | re.DOTALL)
    assert found is not None
    spec, findings = read(parse(found[1]))
    assert spec is not None, findings
    return build(spec)


def test_both_suites_kill_every_mutant_that_they_can_see() -> None:
    report = mutate(link(), SOURCE)

    assert [(s.name, s.rate, s.survivors) for s in report.suites] == [
        ("white-box", 1.0, ()),
        ("wire", 1.0, ()),
    ]
    assert report.passed


def test_a_suite_without_its_refusals_lets_mutants_survive() -> None:
    whole = cases(link())
    few = replace(whole.transitions, cases=whole.transitions.cases[:1])

    report = mutate(link(), SOURCE, made=replace(whole, transitions=few))

    assert report.suites[0].cases == 1
    assert report.suites[0].rate < 0.5
    assert not report.passed
