"""Findings as text, for people and programs. Knows no rule and no terminal."""

from typing import TYPE_CHECKING

from wirechart.diagnostics import Severity
from wirechart.record import record

if TYPE_CHECKING:
    from collections.abc import Iterable

    from wirechart.diagnostics import Finding


SPECS = (".yaml", ".yml", "<stdin>")  # how the paths of specs end


@record
class Report:
    """What was found in one spec, or in another file that shows one."""

    path: str  # as given, printable
    text: str  # what the findings' positions mean; empty: there is nothing to show
    findings: "tuple[Finding, ...]"  # by position, then by code


def counts(reports: "Iterable[Report]") -> dict[Severity, int]:
    """How many findings of each severity, the worst first, zeros included."""
    found = [finding.severity for report in reports for finding in report.findings]
    return {severity: found.count(severity) for severity in Severity}


def summary(reports: tuple[Report, ...]) -> str:
    """`2 errors, 1 warning in spec/link.yaml`."""
    said = [
        f"{count} {severity}{'s' if count > 1 else ''}"
        for severity, count in counts(reports).items()
        if count
    ]
    what = "specs" if all(report.path.endswith(SPECS) for report in reports) else "files"
    where = reports[0].path if len(reports) == 1 else f"{len(reports)} {what}"
    return f"{', '.join(said) or 'nothing found'} in {where}"
