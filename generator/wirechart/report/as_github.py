"""Findings as workflow commands, which GitHub shows beside the lines of a pull request."""

from typing import TYPE_CHECKING

from wirechart.diagnostics import Severity

if TYPE_CHECKING:
    from wirechart.diagnostics import Finding
    from wirechart.report import Report

COMMANDS = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.NOTE: "notice"}


def render(reports: "tuple[Report, ...]") -> str:
    """One line per finding; nothing for none."""
    return "".join(
        _command(report.path, finding) for report in reports for finding in report.findings
    )


def _command(path: str, finding: "Finding") -> str:
    span = finding.span
    place: dict[str, str | int] = {"file": path, "line": span.line, "endLine": span.end_line}
    if span.line == span.end_line:  # columns are taken on one line only, the end inclusive
        place |= {"col": span.column, "endColumn": max(span.column, span.end_column - 1)}
    place["title"] = finding.code
    properties = ",".join(f"{key}={_property(str(value))}" for key, value in place.items())
    lines = [finding.message, *(f"path: {step}" for step in finding.evidence)]
    lines += [f"help: {finding.help}"] if finding.help else []
    text = _data("\n".join(lines))
    return f"::{COMMANDS[finding.severity]} {properties}::{text}\n"


def _data(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")
