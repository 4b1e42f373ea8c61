"""Comments that allow a finding on their line. Knows no rule but their codes.

Config: stay  # wirechart: allow DET007 -- old peers ignore the reply
"""

from collections.abc import Collection, Iterable
from typing import TYPE_CHECKING

from wirechart.diagnostics import Finding, Severity, did_you_mean
from wirechart.rules.registry import FAMILIES

if TYPE_CHECKING:
    from wirechart.syntax import Suppression

EXPLANATIONS = {
    "SUP001": """A suppression of an unknown code.

`# wirechart: allow CODE -- reason` names a code that no rule has. Nothing is suppressed by it.
Correct the code; `wirechart rules` lists them.""",
    "SUP002": """A suppression of an error.

Only warnings and notes can be allowed: with an error, nothing sensible can be generated. Mend what
the error says, and remove the comment.""",
    "SUP003": """A suppression that suppresses nothing.

The finding it allowed is gone, or on another line; what is written there as fine is not there.
Remove the comment, or move it to the line of the finding.""",
}


def apply(
    findings: Iterable[Finding],
    suppressions: "Iterable[Suppression]",
    known_codes: Collection[str] = (),
) -> tuple[Finding, ...]:
    """The findings without those that are allowed, and with those about suppressions themselves.

    Sorted by place, then by code. Errors stay, whatever a comment says.

    Args:
        known_codes: every code a finding can have; empty: any code may exist.
    """
    found = tuple(findings)
    written = tuple(suppressions)
    allowed = {(item.line, item.code) for item in written}
    kept = [
        finding
        for finding in found
        if finding.severity == Severity.ERROR or (finding.span.line, finding.code) not in allowed
    ]
    present = {(finding.span.line, finding.code): finding for finding in found}
    complete = all(finding.code[:3] in FAMILIES for finding in found)
    for item in written:
        complaint = _complaint(item, present.get((item.line, item.code)), known_codes)
        if complaint is not None and (complete or complaint.code != "SUP003"):
            kept.append(complaint)
    return tuple(sorted(kept, key=lambda finding: (finding.span, finding.code)))


def _complaint(
    item: "Suppression", finding: Finding | None, known_codes: Collection[str]
) -> Finding | None:
    """What is wrong with a suppression; None: it does its work.

    Where the shape of the file is wrong the rules may not have run, so `unused` would be a guess.
    """
    if finding is not None and finding.severity == Severity.ERROR:
        message = f"{item.code} is an error, and errors cannot be allowed"
        help_ = "mend what it says, and remove the comment"
        return Finding("SUP002", Severity.ERROR, item.span, message, help_)
    if known_codes and item.code not in known_codes:
        message = f"no rule has the code `{item.code}`"
        help_ = did_you_mean(item.code, known_codes)
        return Finding("SUP001", Severity.ERROR, item.span, message, help_)
    if finding is None:
        message = f"there is no {item.code} on line {item.line} to allow"
        help_ = "remove the comment, or move it to the line of the finding"
        return Finding("SUP003", Severity.WARNING, item.span, message, help_)
    return None
