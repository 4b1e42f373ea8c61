"""The rules. A module of a family says its own; here they are put together."""

from typing import TYPE_CHECKING

from wirechart.chart import views
from wirechart.rules import (
    connections,
    data,
    decisions,
    duplicates,
    endings,
    frames,
    guards,
    headers,
    limits,
    models,
    naming,
    reachability,
    references,
    renames,
    security,
    sessions,
    unread,
    unused,
    values,
)
from wirechart.rules.facts import Facts, gather
from wirechart.rules.registry import Rule, registered

if TYPE_CHECKING:
    from collections.abc import Iterable

    from wirechart.diagnostics import Finding
    from wirechart.model import Spec

FAMILIES = (
    references,
    duplicates,
    unused,
    reachability,
    decisions,
    guards,
    data,
    values,
    frames,
    headers,
    limits,
    endings,
    security,
    naming,
    connections,
    models,
    renames,
    sessions,
)

RULES: tuple[Rule, ...] = tuple(sorted(registered, key=lambda rule: rule.code))


def check(spec: "Spec") -> "tuple[Finding, ...]":
    """Everything the rules find in a spec, by place, then by code."""
    found = _check(spec)
    for other in spec.others:
        again = {(finding.code, finding.span) for finding in _check(other)}
        found = [finding for finding in found if (finding.code, finding.span) in again]
    return tuple(sorted(found, key=lambda finding: (finding.span, finding.code)))


def _check(spec: "Spec") -> "list[Finding]":
    every = [gather(view) for view in views(spec)]
    asked = [rule for rule in RULES if not spec.unread or unread.answers(rule.code, spec.broken)]
    found = [finding for rule in asked for finding in _findings(rule, every)]
    return [finding for finding in found if finding.span not in spec.unread]


def _findings(rule: Rule, every: "list[Facts]") -> "Iterable[Finding]":
    """What a rule finds in any machine, or where it must, in all; each place once."""
    said = [{(found.span, found.message): found for found in rule.findings(f)} for f in every]
    places = dict.fromkeys(place for each in said for place in each)
    for place in places:
        if not rule.everywhere or all(place in each for each in said):
            yield next(each[place] for each in said if place in each)
