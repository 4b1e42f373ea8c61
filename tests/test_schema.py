"""The JSON Schema of a spec: it says of every shape what the reader says."""

import json
import re
from collections.abc import Iterator
from pathlib import Path

import jsonschema_rs
import pytest

from spec_changes import (
    CHANGES,
    HERE,
    Json,
    Mutation,
    every_form,
    everywhere,
    records,
    replaced_more,
    root,
)
from wirechart.reader.check import Checker
from wirechart.reader.language import SPEC, USES
from wirechart.schema import spec_schema
from wirechart.shape import Shape
from wirechart.syntax import Mapping, Node, Scalar, Sequence, parse

ROOT = Path(__file__).parent.parent
SPECS = (
    ROOT / "spec" / "ch-migration.yaml",
    ROOT / "tests" / "specs" / "nbd-transmission.yaml",
)
EVERY_FEATURE = ROOT / "tests" / "data" / "every-feature.yaml"
OWNER = Scalar("", False, HERE)
SCHEMA = jsonschema_rs.Draft7Validator(spec_schema())

# Not shape: `010` is 10 to an editor's parser, and whether an expression parses no schema can say.
BEYOND_SHAPE = {"STR006", "EXP001", "EXP002"}

NULLS = {"", "~", "null", "Null", "NULL"}
BOOLEANS = {"true", "True", "TRUE", "false", "False", "FALSE"}


def plain(text: str) -> object:
    if text in NULLS:
        return None
    if text in BOOLEANS:
        return text.lower() == "true"
    if re.fullmatch("[-+]?[0-9]+", text):
        return int(text)
    if re.fullmatch("0o[0-7]+|0x[0-9A-Fa-f]+", text):
        return int(text, 0)
    if re.fullmatch(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?", text):
        return float(text)
    return text


class Reading(Checker):
    """The reader's checker, which remembers what it takes of a spec, by identity."""

    def __init__(self, taken: dict[tuple[int, int, int], Node], root: Node) -> None:
        super().__init__(USES)
        self.taken = taken
        self.learns = not taken
        self.check(SPEC, root, OWNER)

    def check(self, shape: Shape, node: Node, owner: Scalar) -> Node:
        place = id(shape), id(node), id(owner)
        if place in self.taken:
            return self.taken[place]
        found = len(self.findings)
        left = super().check(shape, node, owner)
        if self.learns and len(self.findings) == found:
            self.taken[place] = left
        return left

    def codes(self) -> set[str]:
        return {finding.code for finding in self.findings}


class Judge:
    """Reader and schema side by side, on changes of one spec.

    What parts that did not change are, and what the reader says of them, is remembered by
    identity: to read a whole spec for each of thousands of changes takes minutes.
    """

    def __init__(self, root: Node) -> None:
        self.values: dict[int, object] = {}
        self.root = root
        self.keep(root)
        self.taken: dict[tuple[int, int, int], Node] = {}
        Reading(self.taken, root)

    def keep(self, node: Node) -> None:
        if not isinstance(node, Scalar):
            parts = (
                tuple(entry.value for entry in node.entries)
                if isinstance(node, Mapping)
                else node.items
            )
            for part in parts:
                self.keep(part)
            self.values[id(node)] = self.value(node)

    def value(self, node: Node) -> object:
        """What YAML 1.2's core schema makes of a node; keys are text, as editors have them."""
        match node:
            case Mapping(entries):
                known = self.values.get(id(node))
                return known or {entry.key.text: self.value(entry.value) for entry in entries}
            case Sequence(items):
                return self.values.get(id(node)) or [self.value(item) for item in items]
            case Scalar(text, quoted=True):
                return text
            case Scalar(text):
                return plain(text)

    def accepts(self, root: Node) -> tuple[bool, bool]:
        """Whether the reader takes the shape, and whether the schema does.

        Only what the reader checks: to bind a spec with its stand-ins takes four times as long.
        """
        codes = Reading(self.taken, root).codes() - BEYOND_SHAPE
        return not codes, SCHEMA.is_valid(self.value(root))


def disagreements(judge: Judge, mutants: Iterator[Node]) -> list[Json]:
    """The changed specs that only one of reader and schema accepts."""
    return [judge.value(mutant) for mutant in mutants if len(set(judge.accepts(mutant))) > 1]


@pytest.mark.parametrize("path", [*SPECS, EVERY_FEATURE], ids=lambda path: path.stem)
def test_reader_and_schema_accept_every_spec(path: Path) -> None:
    spec = root(path)

    assert Judge(spec).accepts(spec) == (True, True)


@pytest.mark.parametrize("change", CHANGES)
@pytest.mark.parametrize("path", SPECS, ids=lambda path: path.stem)
def test_reader_and_schema_agree_on_every_change_of_one_node(path: Path, change: Mutation) -> None:
    judge = Judge(root(path))

    assert disagreements(judge, everywhere(change, judge.root)) == []


@pytest.mark.parametrize("change", [*CHANGES, replaced_more])
def test_they_agree_on_every_change_of_every_form_of_the_language(change: Mutation) -> None:
    judge = Judge(root(EVERY_FEATURE))

    assert disagreements(judge, every_form(change, judge.root, (), set())) == []


def test_the_schema_is_a_schema_of_draft_7() -> None:
    jsonschema_rs.meta.validate(spec_schema())


def test_the_written_schema_is_the_one_the_reader_has() -> None:
    written = ROOT / "spec" / "schema" / "spec.json"

    assert written.read_text() == json.dumps(spec_schema(), indent=2, ensure_ascii=False) + "\n"


def test_every_key_has_a_description_and_no_record_takes_others() -> None:
    undescribed = [
        name
        for record in records(spec_schema())
        for name, key in record["properties"].items()
        if not key["description"].strip()
    ]
    loose = [r for r in records(spec_schema()) if r["additionalProperties"] is not False]

    assert (undescribed, loose) == ([], [])


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("010", {"STR006"}),
        ("True", {"STR018"}),
        ("0o17", {"STR006"}),
        ("1e3", {"STR006"}),
        ("-1", {"STR005"}),
    ],
)
def test_spellings_that_parsers_disagree_about_are_refused(
    written: str, expected: set[str]
) -> None:
    key = "accept" if written == "True" else "code"
    spec = SPECS[0].read_text().replace("accept: Ok", "accept: Ok", 1)
    changed = re.sub(rf"(?m)^( +{key}:) \w+$", rf"\1 {written}", spec, count=1)

    root = parse(changed).root
    assert root is not None
    assert Reading({}, root).codes() == expected
