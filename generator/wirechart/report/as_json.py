"""Findings for programs: one JSON object, described by `wirechart schema output`."""

import json
from typing import TYPE_CHECKING, Any

from wirechart.report import counts

if TYPE_CHECKING:
    from wirechart.diagnostics import Finding, Span
    from wirechart.report import Report

VERSION = 1  # of the format; a new key is no new version

POSITION = {"type": "integer", "minimum": 1}
SCHEMA: dict[str, Any] = {
    "$schema": "http://json-schema.org/draft-07/schema#",
    "title": "wirechart check --format json, version 1",
    "type": "object",
    "required": ["version", "specs", "findings", "summary"],
    "additionalProperties": False,
    "properties": {
        "version": {"const": VERSION},
        "specs": {
            "description": "The paths of all specs that were checked, in order.",
            "type": "array",
            "items": {"type": "string"},
        },
        "findings": {
            "description": "By spec, then by position, then by code.",
            "type": "array",
            "items": {"$ref": "#/definitions/finding"},
        },
        "summary": {
            "description": "How many findings of each severity.",
            "type": "object",
            "required": ["error", "warning", "note"],
            "additionalProperties": False,
            "properties": {
                "error": {"type": "integer", "minimum": 0},
                "warning": {"type": "integer", "minimum": 0},
                "note": {"type": "integer", "minimum": 0},
            },
        },
    },
    "definitions": {
        "span": {
            "description": "Lines and columns from 1, columns in characters, the end exclusive.",
            "type": "object",
            "required": ["line", "column", "end_line", "end_column"],
            "additionalProperties": False,
            "properties": {
                "line": POSITION,
                "column": POSITION,
                "end_line": POSITION,
                "end_column": POSITION,
            },
        },
        "finding": {
            "type": "object",
            "required": [
                "path",
                "code",
                "severity",
                "span",
                "message",
                "help",
                "evidence",
                "related",
            ],
            "additionalProperties": False,
            "properties": {
                "path": {"type": "string"},
                "code": {
                    "description": "For `wirechart explain CODE`.",
                    "type": "string",
                    "pattern": "^[A-Z]+[0-9]{3}$",
                },
                "severity": {"enum": ["error", "warning", "note"]},
                "span": {"$ref": "#/definitions/span"},
                "message": {"type": "string", "minLength": 1},
                "help": {"description": "One way to mend it, or empty.", "type": "string"},
                "evidence": {
                    "description": "Paths of messages and states that show it.",
                    "type": "array",
                    "items": {"type": "string"},
                },
                "related": {
                    "description": "Other places in the spec that take part.",
                    "type": "array",
                    "items": {
                        "type": "object",
                        "required": ["span", "message"],
                        "additionalProperties": False,
                        "properties": {
                            "span": {"$ref": "#/definitions/span"},
                            "message": {"type": "string"},
                        },
                    },
                },
            },
        },
    },
}


def render(reports: "tuple[Report, ...]") -> str:
    """Everything, also of specs without findings."""
    output = {
        "version": VERSION,
        "specs": [report.path for report in reports],
        "findings": [
            _finding(report.path, finding) for report in reports for finding in report.findings
        ],
        "summary": {str(severity): count for severity, count in counts(reports).items()},
    }
    return json.dumps(output, indent=2) + "\n"


def _finding(path: str, finding: "Finding") -> dict[str, object]:
    return {
        "path": path,
        "code": finding.code,
        "severity": str(finding.severity),
        "span": _span(finding.span),
        "message": finding.message,
        "help": finding.help,
        "evidence": list(finding.evidence),
        "related": [{"span": _span(span), "message": text} for span, text in finding.related],
    }


def _span(span: "Span") -> dict[str, int]:
    return {
        "line": span.line,
        "column": span.column,
        "end_line": span.end_line,
        "end_column": span.end_column,
    }
