"""Checks nodes against a shape: every shape error, and what is left of the tree. Knows no key.

What is left is a tree that can be bound without asking again: unknown keys are gone, a misspelt
key or word with an evident meaning is mended, so that one cause gives one finding.
"""

from difflib import get_close_matches
from functools import cache
from typing import TYPE_CHECKING

from wirechart.diagnostics import Finding, Severity, Span, did_you_mean
from wirechart.expressions import parse
from wirechart.reader import leaves
from wirechart.reader.scalars import is_null
from wirechart.record import replace
from wirechart.shape import Choice, Each, Formula, Items, Record, Text, Use, Word
from wirechart.syntax import Entry, Mapping, Scalar, Sequence
from wirechart.tokens import ExpressionError

if TYPE_CHECKING:
    from collections.abc import Iterable

    from wirechart.expressions import Expression
    from wirechart.shape import Leaf, Shape
    from wirechart.syntax import Node

KINDS = {Scalar: "text", Mapping: "a mapping", Sequence: "a list"}


def nearest(text: str, names: "Iterable[str]") -> str | None:
    """The name it was probably meant to be; None: no telling."""
    return next(iter(get_close_matches(text, sorted(names), n=1, cutoff=0.6)), None)


def inside(scalar: Scalar) -> Span | None:
    """Where its text stands, character by character; None: it is escaped or folded."""
    span = scalar.span
    quotes = 2 if scalar.quoted else 0
    if span.line != span.end_line or span.end_column - span.column != len(scalar.text) + quotes:
        return None
    return replace(span, column=span.column + 1, end_column=span.end_column - 1) if quotes else span


def place(node: "Node", owner: Scalar) -> Span:
    """Where to point for a whole node: inside one line, and never at nothing."""
    match node:
        case Mapping(entries=(first, *_)):
            return first.key.span
        case Sequence(items=(first, *_)):
            return place(first, owner)
        case Scalar(text="", quoted=False):
            return owner.span
        case _:
            return node.span


class Checker:
    """Collects what is wrong, and the expressions on the way."""

    def __init__(self, uses: "dict[str, Shape]") -> None:
        self.uses = uses
        self.findings: list[Finding] = []
        self.formulas: dict[tuple[str, Span], Expression] = {}

    def report(self, code: str, span: Span, message: str, help_: str) -> None:
        """Add an error."""
        self.findings.append(Finding(code, Severity.ERROR, span, message, help_))

    def check(self, shape: "Shape", node: "Node", owner: Scalar) -> "Node | None":
        """The node, mended; None: it cannot be bound. `owner` is the key it belongs to."""
        match shape:
            case Use(name):
                return self.check(self.uses[name], node, owner)
            case Choice():
                return self.choice(shape, node, owner)
            case Record() | Each() if isinstance(node, Mapping):
                return self.mapping(shape, node, owner)
            case Items() if isinstance(node, Sequence):
                return self.items(shape, node, owner)
            case Record() | Each() | Items():
                return self.wrong_kind(shape, node, owner)
            case _ if isinstance(node, Scalar):
                return self.leaf(shape, node, owner)
            case _:
                return self.wrong_kind(shape, node, owner)

    def choice(self, shape: Choice, node: "Node", owner: Scalar) -> "Node | None":
        match node:
            case Mapping() if shape.mappings:
                return self.one_of(shape, node, owner)
            case Sequence() if shape.items:
                return self.items(shape.items, node, owner)
            case Scalar() if shape.leaf:
                return self.leaf(shape.leaf, node, owner)
            case Scalar() if is_null(node) and len(shape.mappings) == 1:
                return self.wrong_kind(shape.mappings[0], node, owner)
            case _:
                return self.wrong_kind(shape, node, owner)

    def one_of(self, shape: Choice, node: Mapping, owner: Scalar) -> "Node | None":
        chosen = claimed(shape.mappings, node)
        if chosen is not None:
            return self.mapping(chosen, node, owner)
        tags = [m.tag for m in shape.mappings if isinstance(m, Record)]
        self.report(
            "STR002",
            place(node, owner),
            f"{label(owner)} does not say which kind of {shape.what.split(' ', 1)[-1]} it is",
            "add one of " + ", ".join(f"`{tag}:`" for tag in tags),
        )
        return None

    def mapping(self, shape: Record | Each, node: Mapping, owner: Scalar) -> Mapping | None:
        if isinstance(shape, Record):
            return self.record(shape, node, owner)
        return self.each(shape, node, owner)

    def record(self, shape: Record, node: Mapping, owner: Scalar) -> Mapping | None:
        named = self.keys_of(shape, node)
        usable = self.complete(shape, named, node, owner)
        entries: list[Entry] = []
        for key in shape.keys:
            written = named.get(key.name)
            if written is None:
                continue
            value = self.check(key.shape, written.value, written.key)
            if value is not None:
                entries.append(mended(written, value))
            elif not isinstance(key.shape, Text):  # a doc can be left out
                usable = False
        return Mapping(tuple(entries), node.span) if usable else None

    def keys_of(self, shape: Record, node: Mapping) -> dict[str, Entry]:
        """The entries by key, misspelt keys mended; of equal keys, which are known, the first."""
        known = names_of(shape)
        named: dict[str, Entry] = {}
        unknown: list[Entry] = []
        for entry in node.entries:
            if entry.key.text in known:
                named.setdefault(entry.key.text, entry)
            else:
                unknown.append(entry)
        for entry in unknown:
            absent = [name for name in known if name not in named]
            meant = nearest(entry.key.text, absent)
            self.report(
                "STR001",
                place(entry.key, entry.key),
                f"{leaves.shown(entry.key.text)} is not a key of {shape.what}",
                did_you_mean(entry.key.text, absent or known),
            )
            if meant is not None:
                named[meant] = Entry(replace(entry.key, text=meant), entry.value)
        return named

    def complete(
        self, shape: Record, named: dict[str, Entry], node: Mapping, owner: Scalar
    ) -> bool:
        missing = [key for key in shape.keys if key.required and key.name not in named]
        for key in missing:
            meaning = f"{key.doc[:1].lower()}{key.doc[1:].rstrip('.')}"
            self.report(
                "STR002",
                owner.span,
                f"{label(owner)} has no `{key.name}`",
                f"add `{key.name}:`, {meaning}",
            )
        for key in shape.keys:
            if key.needs and key.name in named and key.needs not in named:
                self.report(
                    "STR016",
                    named[key.name].key.span,
                    f"`{key.name}` without `{key.needs}`",
                    f"add `{key.needs}:`, or remove `{key.name}`",
                )
                del named[key.name]
        if not missing and len(node.entries) < shape.at_least:
            self.empty(shape, node, owner)
            return False
        return not missing

    def each(self, shape: Each, node: Mapping, owner: Scalar) -> Mapping | None:
        usable = True
        entries: dict[str, Entry] = {}
        for entry in node.entries:
            if isinstance(shape.key, Formula):
                usable &= self.formula(entry.key, entry.key)
            else:
                as_text = Scalar(entry.key.text, True, entry.key.span)  # keys are always text
                self.keep(leaves.word(shape.key, as_text, entry.key))
            value = self.check(shape.value, entry.value, entry.key)
            usable &= value is not None
            if value is not None:
                entries.setdefault(entry.key.text, mended(entry, value))
        if len(node.entries) < shape.at_least:
            self.empty(shape, node, owner)
            return None
        if shape.at_most is not None and len(node.entries) > shape.at_most:
            extra = node.entries[shape.at_most].key
            self.report(
                "STR015",
                place(extra, owner),
                f"{label(owner)} takes {shape.at_most} entry, found {len(node.entries)}",
                f"remove {leaves.shown(extra.text)}",
            )
            return None
        return Mapping(tuple(entries.values()), node.span) if usable else None

    def items(self, shape: Items, node: Sequence, owner: Scalar) -> Sequence | None:
        checked = [self.check(shape.item, item, owner) for item in node.items]
        if len(checked) < shape.at_least:
            self.empty(shape, node, owner)
            return None
        usable = tuple(item for item in checked if item is not None)
        return Sequence(usable, node.span) if len(usable) == len(checked) else None

    def leaf(self, shape: "Leaf", node: Scalar, owner: Scalar) -> Scalar | None:
        if isinstance(shape, Formula):
            return node if self.formula(node, owner) else None
        kept = self.keep(leaves.leaf(shape, node, owner))
        if kept is None and isinstance(shape, Word) and shape.form is None:
            meant = nearest(node.text, shape.words)
            return replace(node, text=meant) if meant else None
        return kept

    def keep(self, checked: Scalar | Finding) -> Scalar | None:
        if isinstance(checked, Scalar):
            return checked
        self.findings.append(checked)
        return None

    def formula(self, node: Scalar, owner: Scalar) -> bool:
        if (is_null(node) and node is not owner) or not node.text.strip():
            self.findings.append(leaves.nothing(node, owner, "write an expression"))
            return False
        origin = inside(node)
        try:
            self.formulas[node.text, node.span] = parse(node.text, origin or node.span)
        except ExpressionError as error:
            self.report("EXP001", error.span if origin else node.span, error.message, error.help)
            return False
        return True

    def empty(self, shape: Record | Each | Items, node: "Node", owner: Scalar) -> None:
        self.report(
            "STR013",
            place(node, owner),
            f"{label(owner)} is empty",
            f"add at least one entry to {shape.what}",
        )

    def wrong_kind(self, shape: "Shape", node: "Node", owner: Scalar) -> "Node | None":
        if isinstance(node, Scalar) and is_null(node):
            return self.nothing(shape, node, owner)
        self.report(
            "STR003",
            place(node, owner),
            f"{label(owner)} must be {expected(shape)}, found {KINDS[type(node)]}",
            how(shape),
        )
        return None

    def nothing(self, shape: "Shape", node: Scalar, owner: Scalar) -> "Node | None":
        self.findings.append(leaves.nothing(node, owner, how(shape)))
        needed = isinstance(shape, Record) and any(key.required for key in shape.keys)
        can_be_empty = isinstance(shape, (Record, Each)) and not shape.at_least and not needed
        return Mapping((), node.span) if can_be_empty else None


def mended(entry: Entry, value: "Node") -> Entry:
    """The entry with what is left of its value."""
    return entry if value is entry.value else Entry(entry.key, value)


def label(owner: Scalar) -> str:
    """The key, as a message names it; the root has none."""
    return leaves.shown(owner.text) if owner.text else "the spec"


def claimed(mappings: tuple[Record | Each, ...], node: Mapping) -> Record | Each | None:
    """The mapping that a node claims to be, by its tag, or by a tag that is misspelt."""
    if len(mappings) == 1:
        return mappings[0]
    keys = [entry.key.text for entry in node.entries]
    last = mappings[-1]
    rest = last if isinstance(last, Each) or not last.tag else None
    tagged = {m.tag: m for m in mappings if isinstance(m, Record) and m.tag}
    for tag, record in tagged.items():
        if tag in keys and (not isinstance(rest, Each) or is_wholly(record, node)):
            return record
    if isinstance(rest, Each):
        return rest
    known = {key.name for m in mappings if isinstance(m, Record) for key in m.keys}
    for key in keys:
        meant = nearest(key, tagged) if key not in known else None
        if meant is not None:
            return tagged[meant]
    return rest


@cache
def names_of(record: Record) -> tuple[str, ...]:
    """The names of its keys."""
    return tuple(key.name for key in record.keys)


def is_wholly(record: Record, node: Mapping) -> bool:
    """Whether every key is the record's and every value plain: else these are an author's names."""
    known = names_of(record)
    return all(e.key.text in known and isinstance(e.value, Scalar) for e in node.entries)


def expected(shape: "Shape") -> str:
    """The kinds of node a shape takes, in words."""
    match shape:
        case Record() | Each():
            return "a mapping"
        case Items():
            return "a list"
        case Choice():
            leaf = ("text",) if shape.leaf else ()
            mapping = ("a mapping",) if shape.mappings else ()
            items = ("a list",) if shape.items else ()
            return " or ".join(leaf + mapping + items)
        case _:
            return "text"


def how(shape: "Shape") -> str:
    """One way to write a shape."""
    match shape:
        case Choice(leaf=leaf) if leaf is not None:
            return how(leaf)
        case Choice(mappings=mappings) if mappings:
            return how(mappings[-1])
        case Record():
            keys = [key for key in shape.keys if key.required] or list(shape.keys[:1])
            inner = ", ".join(f"{key.name}: …" for key in keys)
            return f"write `{{{inner}}}`" if shape.at_least or keys[0].required else "write `{}`"
        case Each(key=key):
            name = "EXPRESSION" if isinstance(key, Formula) else leaves.example(key)
            return f"write `{{{name}: …}}`" if shape.at_least else "write `{}`, or leave it out"
        case Items():
            return "write `[…]`"
        case Use() | Choice():
            return "write what belongs there"
        case _:
            return f"write {leaves.sample(shape)}"
