"""Findings as code hosts take them: GitHub's own reading of commands, SARIF's published schema."""

import json
from pathlib import Path

import jsonschema_rs
import pytest
from hypothesis import given
from hypothesis import strategies as st

import node_harness
import sarif
from wirechart import build
from wirechart.diagnostics import Finding, Severity, Span
from wirechart.report import Report, as_github, as_sarif
from workflow_commands import Command, commands

ROOT = Path(__file__).parent.parent
LEVELS = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.NOTE: "notice"}
HARD = ("plain", "50 %", "%0A", "%25", "a,b", "a:b", "::error::x", "a=b", "é ✓", "a\nb", "a\r\nb")


def finding(message: str, severity: Severity = Severity.ERROR) -> Finding:
    return Finding("REF001", severity, Span(3, 5, 3, 9), message)


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
        sarif.HARNESS,
        "annotate.mjs",
        [["error", message, {**place, "file": path}] for path, message in hard],
    )
    ours = as_github.render(tuple(Report(path, "", (finding(message),)) for path, message in hard))

    assert len(commands(theirs)) == len(hard)
    assert commands(ours) == commands(theirs)


def test_sarif_is_as_its_published_schema_says() -> None:
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

    sarif.published().validate(json.loads(as_sarif.render(reports)))


def test_sarif_of_a_spec_full_of_mistakes_is_valid() -> None:
    text = (ROOT / "spec/ch-migration.yaml").read_text().replace("payload: none", "paylod: non")
    found = build.check(text).findings
    log = json.loads(as_sarif.render((Report("spec/ch-migration.yaml", text, found),)))

    assert len(log["runs"][0]["results"]) == len(found) > 5
    sarif.published().validate(log)


def test_the_published_schema_refuses_what_is_no_sarif() -> None:
    log = json.loads(as_sarif.render((Report("a.yaml", "", (finding("x"),)),)))
    log["runs"][0]["results"][0]["level"] = "fatal"

    with pytest.raises(jsonschema_rs.ValidationError, match='"fatal" is not one of'):
        sarif.published().validate(log)
