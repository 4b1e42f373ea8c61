"""Breaks for programs: one JSON object, described by `wirechart schema breaking`."""

import json
from typing import TYPE_CHECKING, Any

from wirechart.breaking.verdict import DIRECTIONS
from wirechart.report.breaking import counts

if TYPE_CHECKING:
    from wirechart.breaking.ignoring import Ignored
    from wirechart.breaking.verdict import Break, Witness
    from wirechart.diagnostics import Finding, Span
    from wirechart.report.breaking import Compared, Result, Text

VERSION = 1  # of the format; a new key is no new version

TEXT = {"type": "string"}
COUNT = {"type": "integer", "minimum": 0}
POSITION = {"type": "integer", "minimum": 1}
MAYBE_SPAN = {"anyOf": [{"$ref": "#/definitions/span"}, {"type": "null"}]}
MAYBE_PATH = {"type": ["string", "null"]}
DIRECTION = {"enum": list(DIRECTIONS)}


def _object(**properties: object) -> dict[str, object]:
    """An object with exactly these keys."""
    return {
        "type": "object",
        "required": list(properties),
        "additionalProperties": False,
        "properties": properties,
    }


def _list(items: object, doc: str) -> dict[str, object]:
    return {"description": doc, "type": "array", "items": items}


SCHEMA: dict[str, Any] = {
    "$schema": "http://json-schema.org/draft-07/schema#",
    "title": "wirechart breaking --format json, version 1",
    **_object(
        version={"const": VERSION},
        protocols=_list({"$ref": "#/definitions/protocol"}, "Every protocol that was compared."),
        unused=_list(
            _object(path=TEXT, span={"$ref": "#/definitions/span"}, message=TEXT),
            "Entries of accepted breaks that ignore nothing.",
        ),
        summary={
            "description": "How many breaks of each level, without what was accepted.",
            **_object(error=COUNT, warning=COUNT, note=COUNT),
        },
    ),
    "definitions": {
        "span": {
            "description": "Lines and columns from 1, columns in characters, the end exclusive.",
            **_object(line=POSITION, column=POSITION, end_line=POSITION, end_column=POSITION),
        },
        "protocol": _object(
            protocol=TEXT,
            old={"description": "The path of the old spec; null: it is new.", **MAYBE_PATH},
            new={"description": "The path of the new spec; null: it is gone.", **MAYBE_PATH},
            equality={
                "description": "Whether every sequence of messages gets the same replies.",
                "enum": ["proven", "different", "unknown"],
            },
            pairs={"description": "Pairs of situations that were searched.", **COUNT},
            unsearched={"description": "Differences that lie behind breaks.", **COUNT},
            breaks=_list({"$ref": "#/definitions/break"}, "By family, place and code."),
            ignored=_list(
                _object(code=TEXT, element=TEXT, reason=TEXT), "Breaks that were accepted."
            ),
        ),
        "break": _object(
            code={"type": "string", "pattern": "^BR[A-Z][0-9]{3}$"},
            level={"enum": ["error", "warning", "note"]},
            family={"enum": ["wire", "behaviour", "source"]},
            directions=_list(DIRECTION, "Of a sender to a receiver; empty: programs break."),
            foreign={
                "description": "Only a sender that does not keep to its own spec sees it.",
                "type": "boolean",
            },
            element={"description": "Where in the spec.", **TEXT},
            message=TEXT,
            old={"description": "Its place in the old spec.", **MAYBE_SPAN},
            new={"description": "Its place in the new spec.", **MAYBE_SPAN},
            witness={
                "description": "The shortest sequence that shows it; null: the specs alone do.",
                "anyOf": [{"$ref": "#/definitions/witness"}, {"type": "null"}],
            },
        ),
        "witness": _object(
            direction=DIRECTION,
            sender=TEXT,
            receiver=TEXT,
            exchanges=_list(
                _object(event=TEXT, message={"type": "boolean"}, old=TEXT, new=TEXT),
                "What happens, and what each receiver does; the last one differs.",
            ),
        ),
    },
}


def render(result: "Result") -> str:
    """Everything, also of protocols without breaks."""
    unused = result.entries
    output = {
        "version": VERSION,
        "protocols": [_protocol(one) for one in result.compared],
        "unused": [_unused(unused.path, each) for each in unused.findings] if unused else [],
        "summary": {str(level): count for level, count in counts(result).items()},
    }
    return json.dumps(output, indent=2, ensure_ascii=False) + "\n"


def _unused(path: str, each: "Finding") -> dict[str, object]:
    return {"path": path, "span": _span(each.span), "message": each.message}


def _protocol(one: "Compared") -> dict[str, object]:
    return {
        "protocol": one.protocol,
        "old": _path(one.old),
        "new": _path(one.new),
        "equality": one.verdict.equality,
        "pairs": one.verdict.pairs,
        "unsearched": one.verdict.unsearched,
        "breaks": [_break(each) for each in one.verdict.breaks],
        "ignored": [_ignored(each) for each in one.ignored],
    }


def _path(text: "Text | None") -> str | None:
    return None if text is None else text.path


def _ignored(each: "Ignored") -> dict[str, str]:
    entry = each.entry
    return {"code": entry.code, "element": entry.element, "reason": entry.reason}


def _break(each: "Break") -> dict[str, object]:
    problem = each.problem
    return {
        "code": each.code,
        "level": str(each.level),
        "family": each.family,
        "directions": list(problem.directions),
        "foreign": each.foreign,
        "element": problem.element,
        "message": problem.message,
        "old": None if problem.old is None else _span(problem.old),
        "new": None if problem.new is None else _span(problem.new),
        "witness": None if each.witness is None else _witness(each.witness),
    }


def _witness(witness: "Witness") -> dict[str, object]:
    return {
        "direction": witness.direction,
        "sender": witness.sender,
        "receiver": witness.receiver,
        "exchanges": [
            {"event": each.event, "message": each.is_message, "old": each.old, "new": each.new}
            for each in witness.exchanges
        ],
    }


def _span(span: "Span") -> dict[str, int]:
    return {
        "line": span.line,
        "column": span.column,
        "end_line": span.end_line,
        "end_column": span.end_column,
    }
