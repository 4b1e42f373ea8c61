"""Every rule on a spec that breaks it, and on specs that break nothing.

A bad example says what is found under the place where it is found:

    initial: Opne
    #        ^ REF001 `Opne` is not a state
"""

import re
from pathlib import Path

import pytest

from wirechart import rules
from wirechart.diagnostics import Finding
from wirechart.reader import read
from wirechart.rules.registry import Rule
from wirechart.syntax import parse

HERE = Path(__file__).parent
ROOT = HERE.parent.parent
BAD = sorted(HERE.glob("*.yaml"))
GOOD = [
    ROOT / "spec" / "ch-migration.yaml",
    ROOT / "tests" / "specs" / "nbd-transmission.yaml",
    *sorted((ROOT / "tests" / "specs" / "good").glob("*.yaml")),
]
MARK = re.compile(r"#(?P<space> *)\^ (?P<code>[A-Z]{3}\d{3}) (?P<message>.*)")

Place = tuple[int, int, str, str]  # line, column, code, message


def marked(text: str) -> list[Place]:
    """What the marks of an example demand, in the order of the text."""
    wanted: list[Place] = []
    above = 0
    for number, line in enumerate(text.split("\n"), 1):
        mark = MARK.fullmatch(line)
        if mark is None:
            above = number
        else:
            wanted.append((above, len(mark["space"]) + 2, mark["code"], mark["message"]))
    return wanted


def found(text: str) -> list[Place]:
    """What the rules find; the shape of an example is right."""
    document = parse(text)
    spec, shape = read(document)
    assert (document.findings, shape) == ((), ())
    assert spec is not None
    return [(f.span.line, f.span.column, f.code, f.message) for f in rules.check(spec)]


@pytest.mark.parametrize("path", BAD, ids=lambda path: path.stem)
def test_a_bad_example_has_exactly_the_marked_findings(path: Path) -> None:
    text = path.read_text()

    assert found(text) == marked(text)


@pytest.mark.parametrize("path", BAD, ids=lambda path: path.stem)
def test_a_bad_example_breaks_only_the_rule_it_is_named_after(path: Path) -> None:
    assert {code for _, _, code, _ in marked(path.read_text())} == {path.stem}


def test_every_rule_has_a_bad_example() -> None:
    assert [path.stem for path in BAD] == [rule.code for rule in rules.RULES]


@pytest.mark.parametrize("path", GOOD, ids=lambda path: path.stem)
def test_a_good_spec_has_no_findings(path: Path) -> None:
    assert found(path.read_text()) == []


@pytest.mark.parametrize("rule", rules.RULES, ids=lambda rule: rule.code)
def test_an_explanation_says_what_is_wrong_and_how_to_mend_it(rule: Rule) -> None:
    what, _, more = rule.explanation.partition("\n\n")

    assert what.endswith(".")
    assert more.endswith((".", "?"))
    assert len(rule.title) < 60


def test_codes_are_unique() -> None:
    codes = [rule.code for rule in rules.RULES]

    assert sorted(set(codes)) == codes


def first(name: str) -> Finding:
    """The first finding of a bad example."""
    spec, _ = read(parse((HERE / f"{name}.yaml").read_text()))
    assert spec is not None
    return rules.check(spec)[0]


@pytest.mark.parametrize(
    ("name", "evidence"),
    [
        ("RCH002", ("Waiting -Hello→ Ready -Block→ Stuck",)),
        ("DET001", ("Waiting -Hello→ Ready",)),
        ("DAT003", ("Waiting -Hello→ Counting -Block→ Ready",)),
        ("END001", ("Waiting",)),
        ("REF001", ()),
    ],
)
def test_a_finding_about_a_state_shows_the_way_there(name: str, evidence: tuple[str, ...]) -> None:
    assert first(name).evidence == evidence


@pytest.mark.parametrize(
    ("name", "help_"),
    [
        ("REF012", "did you mean `Waiting`?"),
        ("REF010", "did you mean `version`?"),
        ("REF014", "give `End` a code of its own"),
        ("SEC002", "write `check: offset + length <= 2^64`"),
    ],
)
def test_a_finding_says_how_to_mend_it(name: str, help_: str) -> None:
    assert first(name).help == help_
