"""Findings as SARIF 2.1.0, the format of code scanning services."""

import json
from typing import TYPE_CHECKING
from urllib.parse import quote

from wirechart import __version__, codes

if TYPE_CHECKING:
    from wirechart.codes import Code
    from wirechart.diagnostics import Finding, Span
    from wirechart.report import Report

SCHEMA = "https://json.schemastore.org/sarif-2.1.0.json"


def render(reports: "tuple[Report, ...]") -> str:
    """One run; it lists every kind of mistake that can be found, and those that were."""
    known = codes.every()
    places = {code.code: index for index, code in enumerate(known)}
    run = {
        "tool": {
            "driver": {
                "name": "wirechart",
                "version": __version__,
                "rules": [_rule(code) for code in known],
            }
        },
        "columnKind": "unicodeCodePoints",
        "artifacts": [{"location": {"uri": _uri(report.path)}} for report in reports],
        "results": [
            _result(index, report.path, finding, places[finding.code])
            for index, report in enumerate(reports)
            for finding in report.findings
        ],
    }
    return json.dumps({"$schema": SCHEMA, "version": "2.1.0", "runs": [run]}, indent=2) + "\n"


def _rule(code: "Code") -> dict[str, object]:
    return {
        "id": code.code,
        "shortDescription": {"text": code.title},
        "fullDescription": {"text": code.explanation or code.title},
        "help": {"text": code.explanation or code.title},
        "defaultConfiguration": {"level": str(code.severity)},
        "properties": {"tags": [code.family]},
    }


def _result(index: int, path: str, finding: "Finding", rule: int) -> dict[str, object]:
    parts = [finding.message, *(f"Path: {step}" for step in finding.evidence), finding.help]
    return {
        "ruleId": finding.code,
        "ruleIndex": rule,
        "level": str(finding.severity),
        "message": {"text": "\n".join(part for part in parts if part)},
        "locations": [_location(index, path, finding.span)],
        "relatedLocations": [
            {**_location(index, path, span), "message": {"text": text}}
            for span, text in finding.related
        ],
    }


def _location(index: int, path: str, span: "Span") -> dict[str, object]:
    region = {
        "startLine": span.line,
        "startColumn": span.column,
        "endLine": span.end_line,
        "endColumn": span.end_column,
    }
    artifact = {"uri": _uri(path), "index": index}
    return {"physicalLocation": {"artifactLocation": artifact, "region": region}}


def _uri(path: str) -> str:
    """Relative paths stay relative, so that a service finds them in the repository."""
    return f"file://{quote(path)}" if path.startswith("/") else quote(path)
