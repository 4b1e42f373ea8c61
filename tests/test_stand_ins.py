"""What cannot be bound is one finding, and the rules run on the rest."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from spec_changes import Mutation, deleted, every_form, quoted, root, with_value
from wirechart import build, rules
from wirechart.diagnostics import Span
from wirechart.model import Spec
from wirechart.reader import read
from wirechart.record import replace
from wirechart.syntax import Document, Mapping, Node, Scalar

ROOT = Path(__file__).parent.parent
LINK = """\
wirechart: 1
protocol: link
limits: {block: 64 KiB, table: 4 KiB, all: 1 GiB, idle: 10 s}
wire:
  byte_order: little
  roles: {client: sender, server: receiver}
  request: {code: u16, length: u32}
  reply: {status: u16}
  select: code
  status: status
  payload_size: length
  replies: {Ok: 0, Error: 1}
  accept: Ok
  refuse: Error
messages:
  Hello: {code: 1, payload: {fields: {version: u16}}}
  Block: {code: 2, payload: {bytes: stored, max: limits.block}}
  Table:
    code: 3
    payload:
      table: {at: u64, of: u32}
      max: limits.table
      check: at + of <= 2^40
      contents: {of: of, at: at, to: disk, max: limits.all}
  End: {code: 4, payload: none}
machine:
  role: receiver
  initial: Open
  states:
    Open:
      initial: Waiting
      otherwise: {reply: Error, to: Faild}
      on_eof: {to: Failed}
      on_idle: {after: limits.idle, to: Failed}
      states:
        Waiting: {on: {Hello: {to: Ready, if: message.version == 1}}}
        Ready: {data: {disk: memory}, on: {Block: stay, Table: stay, End: Done}}
    Done: {final: success}
    Failed: {data: {cause: cause}, final: failure}
"""


@pytest.mark.parametrize(
    ("old", "new", "codes"),
    [
        ("version == 1", "version == = 1", ["EXP001"]),
        ("at + of <=", "at + of = <", ["EXP001"]),
        ("accept: Ok", "", ["STR002"]),
        ("code: 1, ", "", ["STR002"]),
        ("after: limits.idle, ", "", ["STR002"]),
        ("on_idle: {after: limits.idle, to: Failed}", "on_idle: 60 s", ["STR003"]),
        ("code: 2", "code: two", ["STR004"]),
        ("code: 2", "code: 18446744073709551616", ["STR005"]),
        ("code: 2", "code: 02", ["STR006"]),
        ("block: 64 KiB", "block: 4 MB", ["STR007"]),
        ("block: 64 KiB", "block: much", ["STR007"]),
        ("idle: 10 s", "idle: long", ["STR007"]),
        ("  Block: {", "  block: {", ["STR008"]),
        ("final: failure", "final: wrong", ["STR010"]),
        ("final: success", "final: right", ["STR010"]),
        ("max: limits.block", "max: 64 KiB", ["STR011"]),
        ("max: limits.block", "max: block", ["STR012"]),
        ("length: u32", "length: int", ["STR014"]),
        ("version: u16", "version: short", ["STR014"]),
        ("length: u32", "length: &size u32", ["YAML009"]),
        ("version: u16", "version: *size", ["YAML009"]),
        ("{to: Ready, if", "{<<: *more, if", ["YAML010"]),
        ("code: 2", "code: !!int 2", ["YAML011"]),
    ],
)
def test_a_wrong_shape_hides_no_wrong_target(old: str, new: str, codes: list[str]) -> None:
    assert old in LINK

    found = build.check(LINK.replace(old, new, 1)).findings

    assert sorted(finding.code for finding in found) == sorted([*codes, "REF001"])


@pytest.mark.parametrize("old", ["version == 1", "code: 1", "64 KiB", "final: success"])
def test_nothing_is_made_of_a_stand_in(old: str) -> None:
    text = LINK.replace("Faild", "Failed").replace(old, f"{old} =", 1)

    assert dict(build.build(text, "spec/link.yaml").files) == {}


GOOD = [
    ROOT / "spec" / "ch-migration.yaml",
    ROOT / "tests" / "specs" / "nbd-transmission.yaml",
    *sorted((ROOT / "tests" / "specs" / "good").glob("*.yaml")),
]


def under(node: Node, key: str, new: Node) -> Node:
    """The mapping with another value under a key."""
    assert isinstance(node, Mapping)
    at = next(at for at, entry in enumerate(node.entries) if entry.key.text == key)
    return with_value(node, at, new)


def value(node: Node, key: str) -> Node:
    assert isinstance(node, Mapping)
    return next(entry.value for entry in node.entries if entry.key.text == key)


def broken(spec: Node, change: Mutation, section: str, other: str, name: str) -> Iterator[Node]:
    """Every change of one section, with an unknown name under `other`."""
    unknown = Scalar("Zzz", False, Span(1, 1, 1, 2))
    rest = under(spec, other, under(value(spec, other), name, unknown))
    for changed in every_form(change, value(spec, section), (), set()):
        yield under(rest, section, changed)


def codes(spec: Spec) -> set[str]:
    return {found.code for found in rules.check(spec)}


def silent(made: Iterator[Node], code: str) -> list[tuple[object, ...]]:
    """Where the shape is wrong, and the rule says nothing."""
    hidden: list[tuple[object, ...]] = []
    for node in made:
        spec, shape = read(Document(node, (), (), ""))
        if shape and spec is not None and code not in codes(spec):
            hidden.append(shape)
    return hidden


@pytest.mark.parametrize("change", [deleted, quoted])
@pytest.mark.parametrize("path", GOOD, ids=lambda path: path.stem)
def test_a_wrong_shape_in_the_machine_hides_no_unknown_reply(path: Path, change: Mutation) -> None:
    made = broken(root(path), change, "machine", "wire", "accept")

    assert silent(made, "REF003") == []


@pytest.mark.parametrize("change", [deleted, quoted])
@pytest.mark.parametrize("section", ["wire", "messages"])
@pytest.mark.parametrize("path", GOOD, ids=lambda path: path.stem)
def test_a_wrong_shape_elsewhere_hides_no_unknown_state(
    path: Path, section: str, change: Mutation
) -> None:
    made = broken(root(path), change, section, "machine", "initial")

    assert silent(made, "REF001") == []


def rumours(spec: Node, change: Mutation) -> list[tuple[object, ...]]:
    """What the rules say of a good spec that only has a wrong shape."""
    said: list[tuple[object, ...]] = []
    for node in every_form(change, spec, (), set()):
        found, shape = read(Document(node, (), (), ""))
        if shape and found is not None:
            said += [(shape[0].message, f.code, f.message) for f in rules.check(found)]
    return said


def unreadable(node: Node) -> Iterator[Node]:
    if isinstance(node, Scalar):
        yield replace(node, text="= ?", quoted=False)


@pytest.mark.parametrize("change", [deleted, unreadable])
@pytest.mark.parametrize("path", GOOD, ids=lambda path: path.stem)
def test_the_rules_say_nothing_of_a_stand_in(path: Path, change: Mutation) -> None:
    assert rumours(root(path), change) == []
