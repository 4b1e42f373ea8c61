"""Specs as trees of nodes, and small changes of them at every node."""

from collections.abc import Callable, Iterator
from functools import partial
from itertools import chain
from pathlib import Path
from typing import Any, cast

from wirechart.diagnostics import Span
from wirechart.record import replace
from wirechart.schema import spec_schema
from wirechart.syntax import Entry, Mapping, Node, Scalar, Sequence, parse

HERE = Span(1, 1, 1, 2)

Json = Any  # of a shape that only the schema knows


def records(schema: Json) -> Iterator[dict[str, Json]]:
    """Every mapping with keys of the language, at any depth."""
    if isinstance(schema, list):
        inner = cast("list[Json]", schema)  # type: ignore[redundant-cast]  # pyright needs it
        yield from chain.from_iterable(map(records, inner))
    if isinstance(schema, dict):
        known = cast("dict[str, Json]", schema)
        yield from [known] if known.get("type") == "object" and "properties" in known else []
        yield from chain.from_iterable(map(records, known.values()))


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


CHANGES = (deleted, renamed, replaced, doubled, wrapped, quoted)
