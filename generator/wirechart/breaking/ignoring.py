"""Breaks that were accepted: entries of a file that names each, and why. Touches no disk.

ignore:
  - protocol: link
    code: BRB001
    element: machine.Open.Waiting.on.Hello
    direction: old-to-new          # left out: both
    reason: No sender of version 1 is left.
"""

from typing import TYPE_CHECKING

from wirechart import syntax
from wirechart.breaking.registry import registered, rule
from wirechart.breaking.verdict import DIRECTIONS
from wirechart.diagnostics import Finding, Severity, Span, did_you_mean
from wirechart.record import record, replace
from wirechart.syntax import Mapping, Scalar, Sequence

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator

    from wirechart.breaking.verdict import Break, Direction
    from wirechart.syntax import Node

FILE = "breaking.yaml"  # in the folder that holds the folder `spec`
REQUIRED = ("protocol", "code", "element", "reason")
KEYS = (*REQUIRED, "direction")
HEAD = """\
# Breaks that were accepted, each with its reason. `wirechart breaking` does not tell them.
ignore:
"""


@record
class Entry:
    """One break that was accepted."""

    protocol: str
    code: str
    element: str
    direction: "Direction | None"  # None: both
    reason: str
    span: "Span"


@record
class Ignored:
    """A break that is not told any more, and why."""

    broken: "Break"
    entry: Entry


@record
class Unfit:
    """Why a file of entries cannot be taken: where, and what is wrong."""

    span: "Span"
    message: str


def read(text: bytes | str, codes: "Collection[str]") -> tuple[Entry, ...] | Unfit:
    """The entries of a file, in its order, or the first thing that is wrong with it.

    `codes` are those that breaks can have. An empty file has no entries: `--print-ignore > FILE`
    makes it before there is anything to write.
    """
    if not text.strip():
        return ()
    document = syntax.parse(text)
    for finding in document.findings:
        return Unfit(finding.span, finding.message)
    listed = _value(document.root, "ignore")
    if not isinstance(document.root, Mapping) or not isinstance(listed, Sequence):
        span = document.root.span if document.root else Span(1, 1, 1, 1)
        return Unfit(span, "expected `ignore:` with a list of entries")
    made = [_entry(item, codes) for item in listed.items]
    wrong = [item for item in made if isinstance(item, Unfit)]
    return wrong[0] if wrong else tuple(item for item in made if isinstance(item, Entry))


def _value(node: "Node | None", key: str) -> "Node | None":
    if not isinstance(node, Mapping):
        return None
    return next((entry.value for entry in node.entries if entry.key.text == key), None)


def _entry(node: "Node", codes: "Collection[str]") -> Entry | Unfit:
    if not isinstance(node, Mapping):
        return Unfit(node.span, f"expected an entry with {', '.join(REQUIRED)}")
    values: dict[str, str] = {}
    spans: dict[str, Span] = {}
    for entry in node.entries:
        key = entry.key.text
        if key not in KEYS:
            help_ = did_you_mean(key, KEYS)
            return Unfit(entry.key.span, f"`{key}` is no key of an entry; {help_}")
        if not isinstance(entry.value, Scalar):
            return Unfit(entry.value.span, f"expected a text for `{key}`")
        values[key] = entry.value.text.strip()
        spans[key] = entry.value.span
    for key in REQUIRED:
        if not values.get(key):
            return Unfit(node.span, f"an entry needs a {key}")
    direction = values.get("direction")
    if direction not in (None, *DIRECTIONS):
        return Unfit(node.span, f"`{direction}` is no direction; known: {' and '.join(DIRECTIONS)}")
    if values["code"] not in codes:
        help_ = did_you_mean(values["code"], codes)
        return Unfit(node.span, f"no break has the code `{values['code']}`; {help_}")
    return Entry(
        values["protocol"],
        values["code"],
        values["element"],
        direction,
        values["reason"],
        spans["element"],
    )


def applied(
    protocol: str, breaks: "Iterable[Break]", entries: "Iterable[Entry]"
) -> "tuple[tuple[Break, ...], tuple[Ignored, ...]]":
    """The breaks that are left, and those that were accepted; of one direction only that."""
    mine = [entry for entry in entries if entry.protocol == protocol]
    left: list[Break] = []
    ignored: list[Ignored] = []
    for each in breaks:
        rest: Break | None = each
        for entry in mine:
            if (entry.code, entry.element) == (each.code, each.problem.element):
                fewer = _without(rest, entry)
                if fewer != rest:
                    ignored.append(Ignored(each, entry))
                rest = fewer
            if rest is None:
                break
        left += [] if rest is None else [rest]
    return tuple(left), tuple(ignored)


def _without(each: "Break | None", entry: Entry) -> "Break | None":
    """A break without the direction of an entry; None: nothing is left."""
    if each is None or entry.direction is None:
        return None
    rest = tuple(way for way in each.problem.directions if way != entry.direction)
    if rest == each.problem.directions:
        return each
    if not rest:
        return None
    return replace(each, problem=replace(each.problem, directions=rest))


@rule("BRI001", Severity.WARNING, "an entry that ignores nothing")
def unused(entries: "Iterable[Entry]", ignored: "Iterable[Ignored]") -> "Iterator[Finding]":
    """A break that was accepted is not there any more, or has another code, element or direction.

    Mostly the change is part of what is compared against by now. Remove the entry.
    """
    used = {item.entry for item in ignored}
    for entry in entries:
        if entry not in used:
            message = f"there is no {entry.code} at `{entry.element}` of {entry.protocol} to ignore"
            level = registered["BRI001"].level
            yield Finding("BRI001", level, entry.span, message, "remove the entry")


def printed(protocol: str, breaks: "Iterable[Break]") -> str:
    """Entries that would silence some breaks. Their reasons are missing: none is read without."""
    lines: list[str] = []
    for each in dict.fromkeys((b.code, b.problem.element, b.problem.directions) for b in breaks):
        code, element, directions = each
        lines += [f"  - protocol: {protocol}", f"    code: {code}", f"    element: {element}"]
        if len(directions) == 1:
            lines.append(f"    direction: {directions[0]}")
        lines.append('    reason: ""  # why nobody is hurt')
    return "".join(f"{line}\n" for line in lines)
