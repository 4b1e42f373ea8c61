"""A difference in lines that people read: one for each thing, the most important first.

Knows the words of the language; knows no output format.
"""

from typing import TYPE_CHECKING, Any, Literal

from wirechart import model
from wirechart.difference import values
from wirechart.difference.cells import reasons, states
from wirechart.difference.outline import FALLBACKS, Element
from wirechart.difference.subjects import Sides, dotted, machine_of, place_of, subject
from wirechart.record import field, record, replace

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from wirechart.diagnostics import Span
    from wirechart.difference.cells import Key, Table
    from wirechart.difference.changes import Change, Difference, Sign
    from wirechart.difference.outline import Path
    from wirechart.renaming import Rename

Area = Literal["bytes", "behaviour", "limits", "data", "names", "sessions", "docs"]
AREAS: tuple[Area, ...] = (
    "bytes",  # what is on the wire
    "behaviour",  # sequences, replies, endings
    "limits",
    "data",  # what states hold
    "names",
    "sessions",  # scenarios, resources and properties
    "docs",
)


@record
class Detail:
    """One thing that is said otherwise."""

    what: str  # "": all of it
    old: str
    new: str


@record
class Line:
    """One thing that is new, gone, changed or renamed."""

    sign: "Sign"
    area: Area
    kind: str  # what it is: a Kind of outline
    path: str  # `machine.Receiving.on.Abandon`, as called now
    subject: str  # `Receiving on Abandon`
    text: str  # of something new, gone or renamed; "" where the subject says all
    details: tuple[Detail, ...]  # of something changed
    before: "Span | None" = field(compare=False)  # None: not there
    after: "Span | None" = field(compare=False)
    machine: str = ""  # whose states `states` are
    states: tuple[str, ...] = ()  # the leaf states in which something else happens for it
    silent: bool = False  # a reaction or ending, and no state does anything else for it

    @property
    def owner(self) -> str:
        """The state that says it; of a reaction or ending."""
        return self.path.split(".")[-3 if self.kind == "reaction" else -2]


def lines(sides: Sides, changed: "Difference", tables: "tuple[Table, ...]") -> tuple[Line, ...]:
    """All of it: by area, then in the order of the spec."""
    cells = {path: keys for table in tables for path, keys in reasons(table).items()}
    made = [
        *(_renamed(sides, each) for each in changed.renames),
        *(line for each in _grouped(changed.changes) for line in _lines(sides, each, cells)),
    ]
    together = _fallbacks_together(made)
    return tuple(sorted(together, key=lambda line: AREAS.index(line.area)))


def _grouped(changes: "tuple[Change, ...]") -> "Iterator[tuple[Change, ...]]":
    """The changes of one element, without those inside something that is new or gone."""
    whole = {change.path for change in changes if not change.key}
    by_path: dict[Path, list[Change]] = {}
    for change in changes:
        if not any(change.path[:length] in whole for length in range(len(change.path))):
            by_path.setdefault(change.path, []).append(change)
    yield from (tuple(group) for group in by_path.values())


def _lines(
    sides: Sides, changes: "tuple[Change, ...]", cells: "Mapping[Path, tuple[Key, ...]]"
) -> "Iterator[Line]":
    first = changes[0]
    if not first.key:
        yield _with_cells(_whole(sides, first), first.path, cells)
        return
    docs = tuple(change for change in changes if change.key == "doc")
    rest = tuple(change for change in changes if change.key != "doc")
    details = tuple(part for change in rest for part in _details(sides, change))
    if details:
        areas: set[Area] = {_area(sides, change) for change in rest}
        area = min(areas, key=AREAS.index)
        yield _with_cells(_line(sides, first, area, details), first.path, cells)
    for change in docs:
        said = Detail("doc", values.text(change.old), values.text(change.new))
        if said.old != said.new:  # not just one alternative more, without a doc
            yield _line(sides, change, "docs", (said,))


def _line(sides: Sides, change: "Change", area: Area, details: tuple[Detail, ...]) -> Line:
    element = sides.element(change.path)
    return Line(
        sign=change.sign,
        area=area,
        kind=element.kind,
        path=dotted(sides, change.path),
        subject=subject(sides, element),
        text="",
        details=details,
        before=change.before,
        after=change.after,
        machine=machine_of(change.path),
    )


def _whole(sides: Sides, change: "Change") -> Line:
    element: Element = change.new or change.old
    side = sides.new if change.sign == "+" else sides.old
    line = _line(sides, change, _kind_area(element.kind), ())
    return replace(line, text=values.described(side, element))


def _with_cells(line: Line, path: "Path", cells: "Mapping[Path, tuple[Key, ...]]") -> Line:
    if line.kind not in ("reaction", "fallback", "ending", "idle"):
        return line
    found = states(cells.get(path, ()))
    return replace(line, states=found, silent=not found)


def _details(sides: Sides, change: "Change") -> "Iterator[Detail]":
    if change.key == "order":
        yield from _order(change)
    elif change.key == "alternatives" and len(change.old) == len(change.new):
        yield from _alternatives(sides, change)
    elif isinstance(change.old, model.Fallback | model.Ending | model.Idle | model.Linger):
        yield from _parts(change.old, change.new, _usual(sides, change.old), "")
    else:
        label = LABELS.get(change.key, change.key.replace("_", " "))
        yield Detail(label, values.text(change.old), values.text(change.new))


LABELS = {
    "value": "",
    "type": "",
    "alternatives": "",
    "parent": "in",
    "sender": "from",
    "replied": "replied",
    "opener": "from",
    "asker": "asks",
}


def _order(change: "Change") -> "Iterator[Detail]":
    """Where fields that stayed stand otherwise; what is new or gone has a line of its own."""
    both = set(change.old) & set(change.new)
    old, new = ([name for name in side if name in both] for side in (change.old, change.new))
    if old != new:
        yield Detail("order", ", ".join(change.old), ", ".join(change.new))


def _alternatives(sides: Sides, change: "Change") -> "Iterator[Detail]":
    several = len(change.new) > 1
    for number, (old, new) in enumerate(zip(change.old, change.new, strict=True), 1):
        where = f", alternative {number}" if several else ""
        yield from _parts(old, new, _usual(sides, old), where)


def _usual(sides: Sides, value: object) -> tuple[str, str]:
    """The reply that goes without saying, on each side."""
    key = "accept" if isinstance(value, model.Alternative) else "refuse"
    return tuple(side["wire",].values[key].name for side in (sides.old, sides.new))


def _parts(old: Any, new: Any, usual: tuple[str, str], where: str) -> "Iterator[Detail]":  # noqa: ANN401 -- parts of a machine
    before, after = (_by_label(value) for value in (old, new))
    for label in dict.fromkeys((*after, *before)):
        pair = before.get(label, ()), after.get(label, ())
        if pair[0] != pair[1]:
            absent = usual if label == "reply" else (UNSAID.get(label, "none"),) * 2
            was, now = (" and ".join(p) or a for p, a in zip(pair, absent, strict=True))
            yield Detail(f"{label}{where}", was, now)


UNSAID = {"if": "always"}


def _by_label(value: object) -> dict[str, tuple[str, ...]]:
    found: dict[str, tuple[str, ...]] = {}
    for label, said in values.parts(value):
        found[label] = (*found.get(label, ()), said)
    return found


def _area(sides: Sides, change: "Change") -> Area:
    kind = sides.element(change.path).kind
    if change.key in ("accept", "refuse", "replied", "sender"):
        return "behaviour"
    return _kind_area(kind) if change.key != "protocol" else "names"


def _kind_area(kind: str) -> Area:
    return KIND_AREAS.get(kind, "bytes")


KIND_AREAS: "Mapping[str, Area]" = {
    "limit": "limits",
    "context": "data",
    "type": "data",
    "data": "data",
    "connection": "behaviour",
    "machine": "behaviour",
    "state": "behaviour",
    "reaction": "behaviour",
    "fallback": "behaviour",
    "ending": "behaviour",
    "idle": "behaviour",
    "linger": "behaviour",
    "resource": "sessions",
    "property": "sessions",
    "scenario": "sessions",
}


def _renamed(sides: Sides, each: "Rename") -> Line:
    path = place_of(sides, each)
    old, new = sides.old.get(path), sides.new.get(path)
    element = new or old
    assert element is not None, each  # noqa: S101 -- a rename is of something on both sides
    return Line(
        sign="=",
        area="names",
        kind=element.kind,
        path=dotted(sides, path),
        subject=subject(sides, element),
        text=f"was {each.old}",
        details=(),
        before=old.span if old else None,
        after=new.span if new else None,
    )


def _fallbacks_together(made: "Iterable[Line]") -> "Iterator[Line]":
    """Where all three parts change alike the spec says `otherwise`, and so does the line."""
    waiting: dict[tuple[object, ...], list[Line]] = {}
    order: list[list[Line]] = []
    for line in made:
        above, _, key = line.path.rpartition(".")
        place = (above, line.sign, line.area, line.text, line.details)
        if line.kind != "fallback" or key not in FALLBACKS:
            order.append([line])
        elif place in waiting:
            waiting[place].append(line)
        else:
            order.append(waiting.setdefault(place, [line]))
    for group in order:
        yield from group if len(group) < len(FALLBACKS) else (_together(group),)


def _together(group: list[Line]) -> Line:
    first = group[0]
    found = tuple(dict.fromkeys(state for line in group for state in line.states))
    return replace(
        first,
        path=f"{first.path.rpartition('.')[0]}.otherwise",
        subject=f"{first.subject.rpartition(' ')[0]} otherwise",
        states=found,
        silent=not found,
    )
