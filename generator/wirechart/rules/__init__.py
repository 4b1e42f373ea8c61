"""The rules. A module of a family says its own; here they are put together."""

from typing import TYPE_CHECKING

from wirechart.rules import (
    data,
    decisions,
    duplicates,
    endings,
    frames,
    guards,
    limits,
    naming,
    reachability,
    references,
    security,
    unused,
    values,
)
from wirechart.rules.facts import gather
from wirechart.rules.registry import Rule, registered

if TYPE_CHECKING:
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
    limits,
    endings,
    security,
    naming,
)

RULES: tuple[Rule, ...] = tuple(sorted(registered, key=lambda rule: rule.code))


def check(spec: "Spec") -> "tuple[Finding, ...]":
    """Everything the rules find in a spec, by place, then by code."""
    facts = gather(spec)
    found = (finding for rule in RULES for finding in rule.findings(facts))
    return tuple(sorted(found, key=lambda finding: (finding.span, finding.code)))
