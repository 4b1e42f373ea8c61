"""A comparison for programs: one JSON object, described by `wirechart schema diff`."""

import json
from typing import TYPE_CHECKING, Any, get_args

from wirechart.difference.comparison import SIGNS, summary
from wirechart.difference.lines import AREAS
from wirechart.difference.outline import Kind
from wirechart.expressions import show

if TYPE_CHECKING:
    from collections.abc import Iterable

    from wirechart.decisions import Row
    from wirechart.diagnostics import Span
    from wirechart.difference.cells import Key, Table
    from wirechart.difference.comparison import Comparison
    from wirechart.difference.lines import Line
    from wirechart.revisions import Version

VERSION = 1  # of the format; a new key is no new version

TEXT: dict[str, Any] = {"type": "string"}
PLACE: dict[str, Any] = {
    "description": "Where it is written; null: not there.",
    "anyOf": [
        {"type": "null"},
        {
            "type": "object",
            "required": ["path", "line", "column"],
            "additionalProperties": False,
            "properties": {
                "path": {"description": "`spec/x.yaml`, or `REVISION:spec/x.yaml`.", **TEXT},
                "line": {"type": "integer", "minimum": 1},
                "column": {"type": "integer", "minimum": 1},
            },
        },
    ],
}


def _object(properties: dict[str, Any]) -> dict[str, Any]:
    return {
        "type": "object",
        "required": list(properties),
        "additionalProperties": False,
        "properties": properties,
    }


SCHEMA: dict[str, Any] = {
    "$schema": "http://json-schema.org/draft-07/schema#",
    "title": "wirechart diff --format json, version 1",
    **_object(
        {
            "version": {"const": VERSION},
            "different": {"description": "Whether there is any change.", "type": "boolean"},
            "protocols": {
                "description": "In the order of the new specs, then what is gone.",
                "type": "array",
                "items": {"$ref": "#/definitions/protocol"},
            },
        }
    ),
    "definitions": {
        "protocol": _object(
            {
                "protocol": {"description": "Its name now, or last.", **TEXT},
                "old": {"description": "null: it is new.", "type": ["string", "null"]},
                "new": {"description": "null: it is gone.", "type": ["string", "null"]},
                "summary": {"description": "One line.", **TEXT},
                "changes": {
                    "description": "By area, the most important first, then as in the spec.",
                    "type": "array",
                    "items": {"$ref": "#/definitions/change"},
                },
                "cells": {
                    "description": "Where a state does something else with an event.",
                    "type": "array",
                    "items": {"$ref": "#/definitions/cell"},
                },
            }
        ),
        "change": _object(
            {
                "change": {"enum": list(SIGNS.values())},
                "area": {"enum": list(AREAS)},
                "kind": {"description": "What it is.", "enum": list(get_args(Kind))},
                "path": {"description": "`machine.Open.on.Hello`, as called now.", **TEXT},
                "subject": {"description": "The same in words.", **TEXT},
                "text": {"description": "Of what is new, gone or renamed.", **TEXT},
                "details": {
                    "description": "Of what is changed: how it was and how it is.",
                    "type": "array",
                    "items": _object({"what": TEXT, "old": TEXT, "new": TEXT}),
                },
                "states": {
                    "description": "Leaf states in which something else happens for it.",
                    "type": "array",
                    "items": TEXT,
                },
                "silent": {
                    "description": "A reaction or ending for which no state does anything else.",
                    "type": "boolean",
                },
                "old": PLACE,
                "new": PLACE,
            }
        ),
        "cell": _object(
            {
                "machine": {"description": "Empty: the protocol's own.", **TEXT},
                "state": {"description": "A leaf, or a failure that lingers.", **TEXT},
                "event": {"description": "A message, `refused`, `eof`, ….", **TEXT},
                "old": {"type": "array", "items": {"$ref": "#/definitions/outcome"}},
                "new": {"type": "array", "items": {"$ref": "#/definitions/outcome"}},
            }
        ),
        "outcome": _object(
            {
                "if": {"description": "Empty: always.", "type": "array", "items": TEXT},
                "to": TEXT,
                "reply": {"description": "null: none.", "type": ["string", "null"]},
                "handled": {"description": "A handler runs.", "type": "boolean"},
            }
        ),
    },
}


def render(compared: "Iterable[Comparison]") -> str:
    """All of it, also of protocols without a difference."""
    found = tuple(compared)
    output = {
        "version": VERSION,
        "different": any(one.lines for one in found),
        "protocols": [_protocol(one) for one in found],
    }
    return json.dumps(output, indent=2, ensure_ascii=False) + "\n"


def _protocol(compared: "Comparison") -> dict[str, object]:
    return {
        "protocol": compared.protocol,
        "old": compared.old.source.path if compared.old else None,
        "new": compared.new.source.path if compared.new else None,
        "summary": summary(compared),
        "changes": [_change(compared, line) for line in compared.lines],
        "cells": [_cell(table, key) for table in compared.tables for key in table.changed],
    }


def _change(compared: "Comparison", line: "Line") -> dict[str, object]:
    return {
        "change": SIGNS[line.sign],
        "area": line.area,
        "kind": line.kind,
        "path": line.path,
        "subject": line.subject,
        "text": line.text,
        "details": [{"what": d.what, "old": d.old, "new": d.new} for d in line.details],
        "states": list(line.states),
        "silent": line.silent,
        "old": _place(compared.old, line.before),
        "new": _place(compared.new, line.after),
    }


def _place(side: "Version | None", span: "Span | None") -> dict[str, object] | None:
    if side is None or span is None:
        return None
    return {"path": side.source.path, "line": span.line, "column": span.column}


def _cell(table: "Table", key: "Key") -> dict[str, object]:
    return {
        "machine": table.machine,
        "state": key[0],
        "event": key[1],
        "old": _outcomes(table.old.get(key)),
        "new": _outcomes(table.new.get(key)),
    }


def _outcomes(row: "Row | None") -> list[dict[str, object]]:
    return [
        {
            "if": [show(guard) for guard in outcome.guards],
            "to": outcome.target,
            "reply": outcome.reply,
            "handled": outcome.kind == "handled",
        }
        for outcome in (row.outcomes if row else ())
    ]
