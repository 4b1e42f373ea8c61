"""SARIF as its authors describe it. Knows nothing of what the tool writes."""

from functools import cache
from pathlib import Path

import jsonschema_rs

import node_harness

HARNESS = Path(__file__).parent / "github"


@cache
def published() -> jsonschema_rs.Draft4Validator:
    """The schema in Microsoft's package; in the pattern of languages it forgets to escape a `]`."""
    schemas = node_harness.install(HARNESS) / "@microsoft/jest-sarif/lib/schemas"
    text = (schemas / "sarif-2.1.0-rtm.5.json").read_text()
    return jsonschema_rs.Draft4Validator(text.replace("{2}]?$", r"{2}\\]?$"))
