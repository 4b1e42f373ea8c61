"""The matrix for programs: one JSON object, described by `wirechart schema compat`."""

import json
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from wirechart.compat.matrix import Matrix, Peer, Table
    from wirechart.compat.verdict import Verdict
    from wirechart.compat.words import Exchange, Proof

VERSION = 1  # of the format; a new key is no new version

Schema = dict[str, Any]  # a JSON value; nothing typed can be said of it
TEXT = {"type": "string"}


def _object(**properties: Schema) -> Schema:
    return {
        "type": "object",
        "required": list(properties),
        "additionalProperties": False,
        "properties": properties,
    }


def _list(item: Schema) -> Schema:
    return {"type": "array", "items": item}


PROOF = {"anyOf": [{"$ref": "#/definitions/proof"}, {"type": "null"}]}
SCHEMA: Schema = {
    "$schema": "http://json-schema.org/draft-07/schema#",
    "title": "wirechart compat --format json, version 1",
    **_object(
        version={"const": VERSION},
        senders={"$ref": "#/definitions/table"},
        receivers={"$ref": "#/definitions/table"},
    ),
    "definitions": {
        "table": _object(
            rows=_list({"$ref": "#/definitions/peer"}),
            columns=_list({"$ref": "#/definitions/peer"}),
            cells=_list({"$ref": "#/definitions/cell"}),
        ),
        "peer": _object(name=TEXT, spec=TEXT, protocol=TEXT),
        "cell": _object(
            row=TEXT,
            column=TEXT,
            verdict={"enum": ["accepts", "accepts if", "breaks"]},
            conditions={
                "description": "All must hold; empty unless the verdict is `accepts if`.",
                **_list(_object(text=TEXT, proof=PROOF)),
            },
            proof={"description": "What breaks; null unless the verdict is `breaks`.", **PROOF},
        ),
        "proof": _object(exchanges=_list({"$ref": "#/definitions/exchange"}), why=TEXT),
        "exchange": _object(
            connection={"description": "Empty: the first one.", **TEXT},
            by={"enum": ["sender", "receiver"]},
            message={"description": "As its asker calls it.", **TEXT},
            taken={
                "description": "As its answerer calls it; `refused` or `malformed`: it knows no "
                "such message; empty: nobody took it.",
                **TEXT,
            },
            reply={"description": "As its answerer calls it; empty: none.", **TEXT},
            fails={"description": "Handling it fails, which may always be.", "type": "boolean"},
        ),
    },
}


def render(found: "Matrix") -> str:
    """The object, indented, with a line end at its end."""
    tables = {"senders": _table(found.senders), "receivers": _table(found.receivers)}
    return json.dumps({"version": VERSION, **tables}, indent=2, ensure_ascii=False) + "\n"


def _table(table: "Table") -> Schema:
    cells = (
        _cell(row.name, column.name, table.cells[row.name, column.name])
        for row in table.rows
        for column in table.columns
        if (row.name, column.name) in table.cells
    )
    return {
        "rows": [_peer(row) for row in table.rows],
        "columns": [_peer(column) for column in table.columns],
        "cells": list(cells),
    }


def _peer(peer: "Peer") -> Schema:
    return {"name": peer.name, "spec": peer.label, "protocol": peer.spec.protocol}


def _cell(row: str, column: str, verdict: "Verdict") -> Schema:
    return {
        "row": row,
        "column": column,
        "verdict": verdict.answer,
        "conditions": [
            {"text": condition.text, "proof": _proof(condition.proof)}
            for condition in verdict.conditions
        ],
        "proof": _proof(verdict.proof),
    }


def _proof(proof: "Proof | None") -> Schema | None:
    if proof is None:
        return None
    return {"exchanges": [_exchange(step) for step in proof.exchanges], "why": proof.why}


def _exchange(step: "Exchange") -> Schema:
    return {
        "connection": step.connection,
        "by": "sender" if step.by_sender else "receiver",
        "message": step.message,
        "taken": step.taken,
        "reply": step.reply,
        "fails": step.fails,
    }
