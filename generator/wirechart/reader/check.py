"""Checks nodes against a shape: every shape error, and what is left of the tree. Knows no key.

What is left is a tree that can be bound without asking again: unknown keys are gone, a misspelt
key or word with an evident meaning is mended, and something stands in for the rest, so that one
cause gives one finding and the rules run on everything else.
"""

from typing import TYPE_CHECKING

from wirechart.diagnostics import Finding, Severity, Span, did_you_mean, nearest
from wirechart.expressions import parse
from wirechart.reader import leaves
from wirechart.reader.scalars import is_null
from wirechart.reader.stand_ins import StandIns
from wirechart.reader.wording import KINDS, expected, how, how_with, label
from wirechart.record import replace
from wirechart.shape import Choice, Each, Formula, Items, Record, Sentence, Use, Word
from wirechart.syntax import Entry, Mapping, Scalar, Sequence
from wirechart.tokens import ExpressionError

if TYPE_CHECKING:
    from wirechart.expressions import Expression
    from wirechart.shape import Key, Leaf, Shape
    from wirechart.statements import Statement
    from wirechart.syntax import Node


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

    def __init__(
        self, uses: "dict[str, Shape]", turn: int = 0, unread: frozenset[Span] = frozenset()
    ) -> None:
        """`turn` says which of several guesses stands in for a word; `unread` are a document's."""
        self.uses = uses
        self.unread = unread
        self.stand_ins = StandIns(uses, turn)
        self.findings: list[Finding] = []
        self.declared: list[Finding] = []  # those about the name of a thing where it is declared
        self.formulas: dict[tuple[str, Span], Expression] = {}
        self.sentences: dict[tuple[str, Span], Statement] = {}

    def report(self, code: str, span: Span, message: str, help_: str) -> None:
        """Add an error."""
        self.findings.append(Finding(code, Severity.ERROR, span, message, help_))

    def check(self, shape: "Shape", node: "Node", owner: Scalar) -> "Node":
        """The node, mended, or what stands in for it. `owner` is the key it belongs to."""
        match shape:
            case _ if self.unread and node.span in self.unread and isinstance(node, Scalar):
                return self.stand_ins.make(shape, node, node.span)
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

    def choice(self, shape: Choice, node: "Node", owner: Scalar) -> "Node":
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

    def one_of(self, shape: Choice, node: Mapping, owner: Scalar) -> "Node":
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
        return self.stand_ins.make(shape, node, place(node, owner))

    def mapping(self, shape: Record | Each, node: Mapping, owner: Scalar) -> "Node":
        if isinstance(shape, Record):
            return self.record(shape, node, owner)
        return self.each(shape, node, owner)

    def record(self, shape: Record, node: Mapping, owner: Scalar) -> Mapping:
        named = self.keys_of(shape, node)
        missing = self.complete(shape, named, node, owner)
        entries: list[Entry] = []
        for key in shape.keys:
            if not owner.text:
                self.stand_ins.section = key.name
            written = named.get(key.name)
            if written is not None:
                entries.append(mended(written, self.check(key.shape, written.value, written.key)))
            elif key in missing:
                absent = Scalar(key.name, True, owner.span)
                entries.append(Entry(absent, self.stand_ins.make(key.shape, absent, owner.span)))
        return Mapping(tuple(entries), node.span)

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
            if meant is None:
                self.stand_ins.places.append(entry.key.span)
            else:
                named[meant] = Entry(replace(entry.key, text=meant), entry.value)
        return named

    def complete(
        self, shape: Record, named: dict[str, Entry], node: Mapping, owner: Scalar
    ) -> "list[Key]":
        """What it needs and has not."""
        missing = [key for key in shape.keys if key.required and key.name not in named]
        for key in missing if node.span not in self.unread else ():
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
                self.stand_ins.drop(named.pop(key.name).key)
        if not missing and len(node.entries) < shape.at_least:
            self.empty(shape, node, owner)
        return missing

    def each(self, shape: Each, node: Mapping, owner: Scalar) -> "Node":
        entries: dict[str, Entry] = {}
        for entry in node.entries:
            if isinstance(shape.key, Formula):
                key = self.formula(entry.key, entry.key)
            else:
                as_text = Scalar(entry.key.text, True, entry.key.span)  # keys are always text
                key = self.name(shape, shape.key, as_text, entry.key)
            value = self.check(shape.value, entry.value, entry.key)
            entries.setdefault(key.text, Entry(key, value))
        if len(node.entries) < shape.at_least:
            self.empty(shape, node, owner)
            return self.stand_ins.make(shape, node, place(node, owner))
        if shape.at_most is not None and len(node.entries) > shape.at_most:
            extra = node.entries[shape.at_most].key
            self.report(
                "STR015",
                place(extra, owner),
                f"{label(owner)} takes {shape.at_most} entry, found {len(node.entries)}",
                f"remove {leaves.shown(extra.text)}",
            )
        return Mapping(tuple(entries.values())[: shape.at_most], node.span)

    def items(self, shape: Items, node: Sequence, owner: Scalar) -> "Node":
        checked = tuple(self.check(shape.item, item, owner) for item in node.items)
        if len(checked) < shape.at_least:
            self.empty(shape, node, owner)
            return self.stand_ins.make(shape.item, node, owner.span)
        return Sequence(checked, node.span)

    def leaf(self, shape: "Leaf", node: Scalar, owner: Scalar) -> Scalar:
        if isinstance(shape, Formula):
            return self.formula(node, owner)
        if isinstance(shape, Sentence):
            return self.sentence(node, owner)
        return self.keep(shape, node, leaves.leaf(shape, node, owner))

    def keep(self, shape: "Leaf", node: Scalar, checked: Scalar | Finding) -> Scalar:
        if isinstance(checked, Scalar):
            return checked
        self.findings.append(checked)
        return self.stand_ins.leaf(shape, node, checked.span)

    def name(self, around: Each, shape: Word, node: Scalar, owner: Scalar) -> Scalar:
        checked = leaves.word(shape, node, owner)
        if isinstance(checked, Scalar):
            return checked
        self.findings.append(checked)
        if not around.refers:
            self.declared.append(checked)
        return self.stand_ins.key(shape, node)

    def said(self) -> tuple[Finding, ...]:
        """In the order of the text; of a name that is none not again where it is referred to."""
        declared = {finding.message: finding.span for finding in self.declared}
        once = (f for f in self.findings if declared.get(f.message, f.span) == f.span)
        return tuple(sorted(once, key=lambda finding: (finding.span, finding.code)))

    def formula(self, node: Scalar, owner: Scalar) -> Scalar:
        if (is_null(node) and node is not owner) or not node.text.strip():
            finding = leaves.nothing(node, owner, "write an expression")
            self.findings.append(finding)
            return self.stand_ins.leaf(Formula(), node, finding.span)
        origin = inside(node)
        try:
            self.formulas[node.text, node.span] = parse(node.text, origin or node.span)
        except ExpressionError as error:
            self.report("EXP001", error.span if origin else node.span, error.message, error.help)
            return self.stand_ins.leaf(Formula(), node, node.span)
        return node

    def sentence(self, node: Scalar, owner: Scalar) -> Scalar:
        from wirechart import statements  # noqa: PLC0415 -- few specs have properties

        if is_null(node) or not node.text.strip():
            finding = leaves.nothing(node, owner, f"write {leaves.sample(Sentence())}")
            self.findings.append(finding)
            return self.stand_ins.leaf(Sentence(), node, finding.span)
        origin = inside(node)
        try:
            self.sentences[node.text, node.span] = statements.parse(node.text, origin or node.span)
        except ExpressionError as error:
            self.report("EXP002", error.span if origin else node.span, error.message, error.help)
            return self.stand_ins.leaf(Sentence(), node, node.span)
        return node

    def empty(self, shape: Record | Each | Items, node: "Node", owner: Scalar) -> None:
        self.report(
            "STR013",
            place(node, owner),
            f"{label(owner)} is empty",
            f"add at least one entry to {shape.what}",
        )

    def wrong_kind(self, shape: "Shape", node: "Node", owner: Scalar) -> "Node":
        if isinstance(node, Scalar) and is_null(node):
            finding = leaves.nothing(node, owner, how(shape))
            self.findings.append(finding)
            return self.stand_ins.make(shape, node, finding.span)
        self.report(
            "STR003",
            place(node, owner),
            f"{label(owner)} must be {expected(shape)}, found {KINDS[type(node)]}",
            how_with(shape, node),
        )
        return self.stand_ins.make(shape, node, place(node, owner))


def mended(entry: Entry, value: "Node") -> Entry:
    """The entry with what is left of its value."""
    return entry if value is entry.value else Entry(entry.key, value)


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


def names_of(record: Record) -> tuple[str, ...]:
    """The names of its keys."""
    return tuple(key.name for key in record.keys)


def is_wholly(record: Record, node: Mapping) -> bool:
    """Whether every key is the record's and every value plain: else these are an author's names."""
    known = names_of(record)
    return all(e.key.text in known and isinstance(e.value, Scalar) for e in node.entries)
