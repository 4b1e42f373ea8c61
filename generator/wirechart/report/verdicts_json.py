"""Verdicts as JSON, with the schema of what is printed."""

import json
from typing import TYPE_CHECKING, Any

from wirechart.composition.told import action

if TYPE_CHECKING:
    from collections.abc import Iterable

    from wirechart.composition.connection import Step
    from wirechart.composition.system import Part
    from wirechart.composition.verdicts import Verdict
    from wirechart.report.verdicts import Answers

Json = dict[str, Any]  # as `json` takes it

TEXT, COUNT = {"type": "string"}, {"type": "integer", "minimum": 0}


def _object(properties: Json) -> Json:
    return {
        "type": "object",
        "properties": properties,
        "required": list(properties),
        "additionalProperties": False,
    }


STEP = _object(
    {
        "connection": TEXT | {"description": "Empty: the only one, which has no name."},
        "by": {"enum": ["asker", "answerer", "line"]},
        "machine": TEXT | {"description": "Who moves; empty: the connection breaks."},
        "does": TEXT | {"description": "In words."},
        "kind": TEXT,
        "message": TEXT,
        "reply": TEXT,
        "fault": TEXT | {"description": "Empty: it belongs to the protocol."},
        "asker": TEXT | {"description": "Its state behind the step."},
        "answerer": TEXT | {"description": "Its state behind the step."},
        "element": TEXT | {"description": "Where in the spec it is decided; empty: nowhere."},
    }
)
VERDICT = _object(
    {
        "check": {
            "enum": ["deadlock", "reception", "consumption", "ending", "ownership", "property"]
        },
        "subject": TEXT | {"description": "The connection, the resource or the property."},
        "says": TEXT | {"description": "What should hold."},
        "verdict": {"enum": ["holds", "violated", "open"]},
        "states": COUNT | {"description": "How many were seen."},
        "moves": COUNT,
        "what": TEXT | {"description": "What is wrong; empty: nothing."},
        "trace": {"type": "array", "items": STEP},
        "others": {"type": "array", "items": TEXT},
        "notes": {
            "type": "array",
            "items": TEXT,
            "description": "What it is about and never comes to be.",
        },
    }
)
SCHEMA: Json = {
    "$schema": "http://json-schema.org/draft-07/schema#",
    "title": "wirechart verify --format json",
    **_object(
        {
            "specs": {
                "type": "array",
                "items": _object(
                    {
                        "path": TEXT,
                        "faults": {"type": "array", "items": TEXT},
                        "connections": COUNT,
                        "most_states": COUNT,
                        "verdicts": {"type": "array", "items": VERDICT},
                    }
                ),
            }
        }
    ),
}


def render(every: "Iterable[Answers]") -> str:
    """All of them as one document."""
    specs = [
        {
            "path": answers.path,
            "faults": list(answers.faults),
            "connections": answers.connections,
            "most_states": answers.most,
            "verdicts": [_verdict(verdict) for verdict in answers.verdicts],
        }
        for answers in every
    ]
    return json.dumps({"specs": specs}, indent=2, ensure_ascii=False) + "\n"


def _verdict(verdict: "Verdict") -> Json:
    witness = verdict.witness
    return {
        "check": verdict.check,
        "subject": verdict.subject,
        "says": verdict.says,
        "verdict": {True: "holds", False: "violated", None: "open"}[verdict.holds],
        "states": verdict.states,
        "moves": verdict.moves,
        "what": witness.what if witness else "",
        "trace": [_step(part, step) for part, step in witness.trace] if witness else [],
        "others": list(verdict.others),
        "notes": list(verdict.notes),
    }


def _step(part: "Part", step: "Step") -> Json:
    graph, move = part.graph, step.move
    after = graph.situations[step.after]
    names = {"asker": graph.pair.asker.name, "answerer": graph.pair.answerer.name, "line": ""}
    return {
        "connection": part.name,
        "by": move.by,
        "machine": names[move.by],
        "does": action(graph, step),
        "kind": move.kind,
        "message": move.message,
        "reply": move.reply,
        "fault": move.fault,
        "asker": after.asker,
        "answerer": after.answerer,
        "element": move.outcome.element if move.outcome else "",
    }
