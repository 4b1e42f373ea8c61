"""Findings as code hosts take them: GitHub's own reading of commands, SARIF's published schema."""

import json
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from hypothesis import given
from hypothesis import strategies as st

import node_harness
from wirechart import build
from wirechart.diagnostics import Finding, Severity, Span
from wirechart.report import Report, as_github, as_sarif
from workflow_commands import Command, commands

ROOT = Path(__file__).parent.parent
HARNESS = ROOT / "tests/github"
SCHEMA = HARNESS / "node_modules/@microsoft/jest-sarif/lib/schemas/sarif-2.1.0-rtm.5.json"
LEVELS = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.NOTE: "notice"}
HARD = ("plain", "50 %", "%0A", "%25", "a,b", "a:b", "::error::x", "a=b", "é ✓", "a\nb", "a\r\nb")


def finding(message: str, severity: Severity = Severity.ERROR) -> Finding:
    return Finding("REF001", severity, Span(3, 5, 3, 9), message)


@pytest.fixture(scope="module")
def sarif() -> dict[str, Any]:
    """SARIF's schema (draft 4), as Microsoft's package ships it."""
    node_harness.install(HARNESS)
    schema: dict[str, Any] = json.loads(SCHEMA.read_text())
    return schema


PATHS = st.text(min_size=1).filter(lambda path: path.strip() == path)


@given(PATHS, st.text(), st.sampled_from(Severity))
def test_the_runner_reads_what_was_meant(path: str, message: str, severity: Severity) -> None:
    output = as_github.render((Report(path, "", (finding(message, severity),)),))

    place = {"file": path, "line": "3", "endLine": "3", "col": "5", "endColumn": "8"}
    assert commands(output) == [
        Command(LEVELS[severity], {**place, "title": "REF001"}, message),
    ]


def test_github_s_own_toolkit_writes_the_same_commands() -> None:
    hard = [(path, message) for path in HARD for message in HARD]
    place = {"startLine": 3, "endLine": 3, "startColumn": 5, "endColumn": 8, "title": "REF001"}

    theirs = node_harness.run(
        HARNESS,
        "annotate.mjs",
        [["error", message, {**place, "file": path}] for path, message in hard],
    )
    ours = as_github.render(tuple(Report(path, "", (finding(message),)) for path, message in hard))

    assert len(commands(theirs)) == len(hard)
    assert commands(ours) == commands(theirs)


def test_sarif_is_as_its_published_schema_says(sarif: dict[str, Any]) -> None:
    twice = Finding(
        "DET001",
        Severity.NOTE,
        Span(1, 1, 4, 3),
        "`Bye` is never taken",
        "remove it",
        ("Open -Hello→ Ready",),
        ((Span(3, 5, 3, 10), "this takes every message"),),
    )
    reports = (
        Report("spec/my link.yaml", "", (finding("a\nb"), twice)),
        Report("/srv/é.yaml", "", (finding("", Severity.WARNING),)),
        Report("a.yaml", "", ()),
    )

    jsonschema.validate(json.loads(as_sarif.render(reports)), sarif)


def test_sarif_of_a_spec_full_of_mistakes_is_valid(sarif: dict[str, Any]) -> None:
    text = (ROOT / "spec/ch-migration.yaml").read_text().replace("payload: none", "paylod: non")
    found = build.check(text).findings
    log = json.loads(as_sarif.render((Report("spec/ch-migration.yaml", text, found),)))

    assert len(log["runs"][0]["results"]) == len(found) > 5
    jsonschema.validate(log, sarif)


def test_the_published_schema_refuses_what_is_no_sarif(sarif: dict[str, Any]) -> None:
    log = json.loads(as_sarif.render((Report("a.yaml", "", (finding("x"),)),)))
    log["runs"][0]["results"][0]["level"] = "fatal"

    with pytest.raises(jsonschema.ValidationError, match="'fatal' is not one of"):
        jsonschema.validate(log, sarif)
