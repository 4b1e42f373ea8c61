"""The JSON Schema of a spec: it says of every shape what the reader says."""

import json
import re
from collections.abc import Callable, Iterator
from functools import partial
from itertools import chain
from pathlib import Path
from typing import Any, cast

import pytest
from jsonschema import Draft7Validator, validators

from wirechart.diagnostics import Span
from wirechart.reader.check import Checker
from wirechart.reader.language import SPEC, USES
from wirechart.record import replace
from wirechart.schema import spec_schema
from wirechart.syntax import Entry, Mapping, Node, Scalar, Sequence, parse

ROOT = Path(__file__).parent.parent
SPECS = (
    ROOT / "spec" / "ch-migration.yaml",
    ROOT / "tests" / "specs" / "nbd-transmission.yaml",
)
EVERY_FEATURE = ROOT / "tests" / "data" / "every-feature.yaml"
HERE = Span(1, 1, 1, 2)

# Not shape: `010` is 10 to an editor's parser, and whether an expression parses no schema can say.
BEYOND_SHAPE = {"STR006", "EXP001", "EXP002"}

Json = Any  # as `jsonschema` has it
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


class Judge:
    """Reader and schema side by side, on changes of one spec.

    The schema's verdicts on parts that did not change are remembered, by identity: validating a
    whole spec for each of thousands of changes takes minutes.
    """

    def __init__(self, root: Node) -> None:
        self.values: dict[int, object] = {}
        self.root = root
        self.keep(root)
        self.unchanged = {id(part) for part in self.values.values()}
        self.verdicts: dict[tuple[str, int, int], list[Any]] = {}
        keywords = {name: self.remembered(name) for name in Draft7Validator.VALIDATORS}
        untyped: Json = validators
        self.validator: Json = untyped.extend(Draft7Validator, keywords)(spec_schema())

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

    def remembered(self, keyword: str) -> Callable[..., Iterator[Any]]:
        original = Draft7Validator.VALIDATORS[keyword]

        def check(validator: Json, part: Json, instance: Json, schema: Json) -> Iterator[Any]:
            if id(instance) not in self.unchanged:
                yield from original(validator, part, instance, schema) or ()
                return
            key = (keyword, id(schema), id(instance))
            if key not in self.verdicts:
                self.verdicts[key] = list(original(validator, part, instance, schema) or ())
            yield from self.verdicts[key]

        return check

    def accepts(self, root: Node) -> tuple[bool, bool]:
        """Whether the reader takes the shape, and whether the schema does.

        Only what the reader checks: to bind a spec with its stand-ins takes four times as long.
        """
        checker = Checker(USES)
        checker.check(SPEC, root, Scalar("", False, HERE))
        codes = {finding.code for finding in checker.findings} - BEYOND_SHAPE
        return not codes, self.validator.is_valid(self.value(root))


def text(written: str) -> Scalar:
    return Scalar(written, False, HERE)


def entry(key: str, node: Node) -> Entry:
    return Entry(text(key), node)


REPLACEMENTS: tuple[Node, ...] = (
    *map(text, ("zzz", "7", "")),
    Mapping((entry("zzz", text("7")),), HERE),
    Mapping((), HERE),
    Sequence((text("zzz"),), HERE),
)
MORE_REPLACEMENTS: tuple[Node, ...] = (
    *map(text, ("Zzz", "none", "stay", "limits.zzz", "u8", "3 bytes", "5 s", "4 MiB")),
    *map(text, ("-7", "010", "0x7", "1.5", "2.0", "99999999999999999999", "true", "True")),
    *map(text, ("~", "a b", "a-b")),
    Scalar("", True, HERE),
    Scalar(" ", True, HERE),
    Scalar("7", True, HERE),
    Scalar("true", True, HERE),
    Mapping((entry("Zzz", text("u8")),), HERE),
    Mapping((entry("type", text("u8")),), HERE),
    Mapping((entry("to", text("Zzz")),), HERE),
    Sequence((), HERE),
    Sequence((Mapping((entry("to", text("Zzz")),), HERE),), HERE),
)


def records(schema: Json) -> Iterator[dict[str, Json]]:
    """Every mapping with keys of the language, at any depth."""
    if isinstance(schema, list):
        inner = cast("list[Json]", schema)  # type: ignore[redundant-cast]  # pyright needs it
        yield from chain.from_iterable(map(records, inner))
    if isinstance(schema, dict):
        known = cast("dict[str, Json]", schema)
        yield from [known] if known.get("type") == "object" and "properties" in known else []
        yield from chain.from_iterable(map(records, known.values()))


KEYS = frozenset(key for record in records(spec_schema()) for key in record["properties"])

Mutation = Callable[[Node], Iterator[Node]]


def everywhere(change: Mutation, node: Node) -> Iterator[Node]:
    """The tree with one change at one node, for every node and change."""
    yield from change(node)
    for _, part, put_back in parts(node):
        yield from map(put_back, everywhere(change, part))


Place = tuple[object, ...]


def every_form(change: Mutation, node: Node, place: Place, seen: set[Place]) -> Iterator[Node]:
    """The same, but of places that differ in nothing but the author's names only the first."""
    inside = frozenset(step for step, _, _ in parts(node))
    form = place if change in REPLACING else (*place, inside)  # these see nothing of the inside
    if form not in seen:
        yield from change(node)
    seen.add(form)
    for step, part, put_back in parts(node):
        yield from map(put_back, every_form(change, part, (*place, step), seen))


def parts(node: Node) -> Iterator[tuple[object, Node, Callable[[Node], Node]]]:
    """The nodes right inside a node, each with its step and how to put another in its place."""
    match node:
        case Mapping(entries):
            beside = frozenset(written.key.text for written in entries) & KEYS
            for at, written in enumerate(entries):
                step = (written.key.text if written.key.text in KEYS else "a name", beside)
                yield step, written.value, partial(with_value, node, at)
        case Sequence(items):
            for at, item in enumerate(items):
                yield "an item", item, partial(with_item, node, at)
        case Scalar():
            return


def with_value(node: Mapping, at: int, made: Node) -> Mapping:
    entries = node.entries
    return replace(node, entries=(*entries[:at], Entry(entries[at].key, made), *entries[at + 1 :]))


def with_item(node: Sequence, at: int, made: Node) -> Sequence:
    return replace(node, items=(*node.items[:at], made, *node.items[at + 1 :]))


def deleted(node: Node) -> Iterator[Node]:
    match node:
        case Mapping(entries):
            for at in range(len(entries)):
                yield replace(node, entries=(*entries[:at], *entries[at + 1 :]))
        case Sequence(items):
            for at in range(len(items)):
                yield replace(node, items=(*items[:at], *items[at + 1 :]))
        case Scalar():
            return


NEW_NAMES: tuple[Callable[[str], str], ...] = (
    lambda key: f"{key}x",
    lambda key: f"{key}-",
    lambda key: key.swapcase(),
    lambda key: key * 41,
    lambda _: "type",
    lambda _: "",
)


def renamed(node: Node) -> Iterator[Node]:
    if isinstance(node, Mapping):
        for at, written in enumerate(node.entries):
            others = {other.key.text for other in node.entries}
            for name in {change(written.key.text) for change in NEW_NAMES} - others:
                made = Entry(text(name), written.value)
                yield replace(node, entries=(*node.entries[:at], made, *node.entries[at + 1 :]))


def replaced(node: Node) -> Iterator[Node]:
    yield from (new for new in REPLACEMENTS if new != node)


def replaced_more(node: Node) -> Iterator[Node]:
    yield from (new for new in MORE_REPLACEMENTS if new != node)


REPLACING = (replaced, replaced_more)


def doubled(node: Node) -> Iterator[Node]:
    match node:
        case Mapping(entries):
            for written in entries:
                again = Entry(replace(written.key, text=f"{written.key.text}2"), written.value)
                yield replace(node, entries=(*entries, again))
        case Sequence(items):
            for item in items:
                yield replace(node, items=(*items, item))
        case Scalar():
            return


def wrapped(node: Node) -> Iterator[Node]:
    yield Sequence((node,), HERE)
    yield Mapping((Entry(text("doc"), node),), HERE)
    yield Mapping((Entry(text("value"), node),), HERE)
    yield Mapping((Entry(text("type"), node),), HERE)


def quoted(node: Node) -> Iterator[Node]:
    if isinstance(node, Scalar):
        yield replace(node, quoted=not node.quoted)
        yield replace(node, text=f"{node.text}x")
        yield replace(node, text=f"{node.text} ")
        yield replace(node, text=node.text * 50)


def root(path: Path) -> Node:
    found = parse(path.read_bytes()).root
    assert found is not None
    return found


def disagreements(judge: Judge, mutants: Iterator[Node]) -> list[Json]:
    """The changed specs that only one of reader and schema accepts."""
    return [judge.value(mutant) for mutant in mutants if len(set(judge.accepts(mutant))) > 1]


@pytest.mark.parametrize("path", [*SPECS, EVERY_FEATURE], ids=lambda path: path.stem)
def test_reader_and_schema_accept_every_spec(path: Path) -> None:
    spec = root(path)

    assert Judge(spec).accepts(spec) == (True, True)


CHANGES = (deleted, renamed, replaced, doubled, wrapped, quoted)


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
    Draft7Validator.check_schema(spec_schema())


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
    checker = Checker(USES)
    checker.check(SPEC, root, Scalar("", False, HERE))

    assert {finding.code for finding in checker.findings} == expected
