"""Findings as programs read them: JSON, GitHub's commands, SARIF."""

import json
from pathlib import Path

import jsonschema_rs
import pytest

from findings import LINK, TWICE, UNKNOWN
from wirechart import __version__, codes
from wirechart.diagnostics import Finding, Severity, Span
from wirechart.report import Report, as_github, as_json, as_sarif

ROOT = Path(__file__).parent.parent


def test_json_holds_every_part_of_every_finding() -> None:
    reports = (Report("a.yaml", "", ()), Report("spec/link.yaml", LINK, (UNKNOWN, TWICE)))

    assert json.loads(as_json.render(reports)) == {
        "version": 1,
        "specs": ["a.yaml", "spec/link.yaml"],
        "findings": [
            {
                "path": "spec/link.yaml",
                "code": "REF001",
                "severity": "error",
                "span": {"line": 3, "column": 12, "end_line": 3, "end_column": 16},
                "message": "`Redy` is not a state",
                "help": "did you mean `Ready`?",
                "evidence": [],
                "related": [],
            },
            {
                "path": "spec/link.yaml",
                "code": "DET001",
                "severity": "warning",
                "span": {"line": 4, "column": 5, "end_line": 4, "end_column": 8},
                "message": "`Bye` is never taken",
                "help": "remove it",
                "evidence": ["Open -Hello→ Ready"],
                "related": [
                    {
                        "span": {"line": 3, "column": 5, "end_line": 3, "end_column": 10},
                        "message": "this takes every message",
                    }
                ],
            },
        ],
        "summary": {"error": 1, "warning": 1, "note": 0},
    }


@pytest.mark.parametrize("findings", [(), (UNKNOWN,), (UNKNOWN, TWICE)])
def test_json_is_as_its_schema_says(findings: tuple[Finding, ...]) -> None:
    output = json.loads(as_json.render((Report("a.yaml", LINK, findings),)))

    jsonschema_rs.validate(as_json.SCHEMA, output)


def test_the_schema_of_the_output_is_a_schema_and_takes_nothing_else() -> None:
    jsonschema_rs.meta.validate(as_json.SCHEMA)
    output = json.loads(as_json.render((Report("a.yaml", LINK, (UNKNOWN,)),)))
    output["findings"][0]["severity"] = "fatal"

    with pytest.raises(jsonschema_rs.ValidationError, match='"fatal" is not one of'):
        jsonschema_rs.validate(as_json.SCHEMA, output)


def test_the_repository_holds_the_schema_that_the_tool_prints() -> None:
    printed = json.dumps(as_json.SCHEMA, indent=2, ensure_ascii=False) + "\n"

    assert (ROOT / "spec" / "schema" / "output.json").read_text() == printed


def test_github_gets_one_command_per_finding() -> None:
    note = Finding("NAM001", Severity.NOTE, Span(1, 1, 2, 4), "two lines")

    assert as_github.render((Report("spec/link.yaml", LINK, (UNKNOWN, TWICE, note)),)) == (
        "::error file=spec/link.yaml,line=3,endLine=3,col=12,endColumn=15,title=REF001::"
        "`Redy` is not a state%0Ahelp: did you mean `Ready`?\n"
        "::warning file=spec/link.yaml,line=4,endLine=4,col=5,endColumn=7,title=DET001::"
        "`Bye` is never taken%0Apath: Open -Hello→ Ready%0Ahelp: remove it\n"
        "::notice file=spec/link.yaml,line=1,endLine=2,title=NAM001::two lines\n"
    )


def test_text_cannot_end_a_github_command() -> None:
    finding = Finding("STR001", Severity.ERROR, Span(1, 1, 1, 2), "50 %\r\n::error::x", "")

    assert as_github.render((Report("a,b:c%.yaml", "", (finding,)),)) == (
        "::error file=a%2Cb%3Ac%25.yaml,line=1,endLine=1,col=1,endColumn=1,title=STR001::"
        "50 %25%0D%0A::error::x\n"
    )


def test_sarif_names_the_tool_and_everything_it_can_find() -> None:
    run = json.loads(as_sarif.render(()))["runs"][0]

    driver = run["tool"]["driver"]
    assert (driver["name"], driver["version"], run["columnKind"]) == (
        "wirechart",
        __version__,
        "unicodeCodePoints",
    )
    assert [rule["id"] for rule in driver["rules"]] == [code.code for code in codes.every()]


def test_a_sarif_rule_says_what_explain_says() -> None:
    code = next(code for code in codes.every() if code.code == "SUP003")

    rules = json.loads(as_sarif.render(()))["runs"][0]["tool"]["driver"]["rules"]

    assert next(rule for rule in rules if rule["id"] == "SUP003") == {
        "id": "SUP003",
        "shortDescription": {"text": "A suppression that suppresses nothing"},
        "fullDescription": {"text": code.explanation},
        "help": {"text": code.explanation},
        "defaultConfiguration": {"level": "warning"},
        "properties": {"tags": ["suppressions"]},
    }


def test_a_sarif_result_points_at_its_rule_and_at_its_places() -> None:
    rule = [code.code for code in codes.every()].index("DET001")
    reports = (Report("a.yaml", "", ()), Report("spec/my link.yaml", LINK, (TWICE,)))

    log = json.loads(as_sarif.render(reports))

    place = {"uri": "spec/my%20link.yaml", "index": 1}
    assert (log["version"], log["$schema"]) == (
        "2.1.0",
        "https://json.schemastore.org/sarif-2.1.0.json",
    )
    assert log["runs"][0]["artifacts"] == [
        {"location": {"uri": "a.yaml"}},
        {"location": {"uri": "spec/my%20link.yaml"}},
    ]
    assert log["runs"][0]["results"] == [
        {
            "ruleId": "DET001",
            "ruleIndex": rule,
            "level": "warning",
            "message": {"text": "`Bye` is never taken\nPath: Open -Hello→ Ready\nremove it"},
            "locations": [
                {
                    "physicalLocation": {
                        "artifactLocation": place,
                        "region": {"startLine": 4, "startColumn": 5, "endLine": 4, "endColumn": 8},
                    }
                }
            ],
            "relatedLocations": [
                {
                    "physicalLocation": {
                        "artifactLocation": place,
                        "region": {"startLine": 3, "startColumn": 5, "endLine": 3, "endColumn": 10},
                    },
                    "message": {"text": "this takes every message"},
                }
            ],
        }
    ]


def test_a_sarif_place_outside_the_working_folder_is_a_file_uri() -> None:
    log = json.loads(as_sarif.render((Report("/srv/link.yaml", "", ()),)))

    assert log["runs"][0]["artifacts"] == [{"location": {"uri": "file:///srv/link.yaml"}}]
