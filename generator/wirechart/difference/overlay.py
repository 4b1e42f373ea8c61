"""Two charts laid over one another: what a picture of their difference shows. Draws nothing.

What changed is shown whole. Of what did not, only the way to success: it tells where one is.
"""

from typing import TYPE_CHECKING, Any, Literal

from wirechart import chart as charts
from wirechart.decisions import rows
from wirechart.difference.outline import machine_path
from wirechart.difference.values import text
from wirechart.record import record, replace
from wirechart.targets.diagram import arrows
from wirechart.targets.home import diagram_name

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from wirechart.chart import Chart
    from wirechart.difference.changes import Change, Difference
    from wirechart.model import Spec
    from wirechart.renaming import Rename

Mark = Literal["", "+", "-", "~"]  # unchanged, added, removed, changed
Ends = tuple[str, str]
BEGIN = ""  # before the first state


@record
class Text:
    """One line of a label."""

    mark: Mark
    text: str


@record
class Box:
    """A state; with `children` one around others."""

    name: str
    kind: Literal["running", "success", "failure"]
    mark: Mark
    lines: tuple[Text, ...]  # what of its data changed
    shared: bool  # it has arrows of its own, for all states inside
    children: tuple["Box", ...]


@record
class Arrow:
    """From a state, or BEGIN, to another."""

    source: str
    target: str
    mark: Mark
    lines: tuple[Text, ...]


@record
class Overlay:
    """One machine, then and now."""

    title: str
    boxes: tuple[Box, ...]
    arrows: tuple[Arrow, ...]


def overlays(old: "Spec", new: "Spec", changed: "Difference") -> tuple[Overlay, ...]:
    """A picture of every machine in which something to be seen changed; specs without errors."""
    before = {view.machine.name: view for view in charts.views(_with_limits_of(new, old))}
    after = {view.machine.name: view for view in charts.views(new)}
    found = (_overlay(before.get(name), after.get(name), changed) for name in {**after, **before})
    return tuple(one for one in found if one is not None)


def _with_limits_of(new: "Spec", old: "Spec") -> "Spec":
    """A limit with another value is one change, and none of every arrow that names it."""
    texts = {limit.name: limit.text for limit in new.limits}
    limits = tuple(replace(x, text=texts.get(x.name, x.text)) for x in old.limits)
    return replace(old, limits=limits)


def _overlay(old: "Spec | None", new: "Spec | None", changed: "Difference") -> Overlay | None:
    view = new or old
    assert view is not None  # noqa: S101 -- a name comes from one of them
    before, after = (None if side is None else charts.build(side) for side in (old, new))
    marks = _marks(before, after, view.machine.name, changed)
    lines = dict(_data(changed, view.machine.name))
    drawn = tuple(_arrows(before, after))
    if not any(arrow.mark for arrow in drawn) and not any(marks.values()):
        return None
    boxes = _boxes(before, after, marks, lines, drawn)
    return Overlay(f"{diagram_name(view)}: changes", boxes, drawn)


def _marks(
    old: "Chart | None", new: "Chart | None", machine: str, changed: "Difference"
) -> dict[str, Mark]:
    """Every state of both, in the order of the new chart, what is gone behind."""
    path = (*machine_path(machine), "states")
    touched = {each.path[len(path)] for each in changed.changes if _of_state(each, path)}
    touched |= {each.new for each in changed.renames if _is_state(each, machine)}
    marks: dict[str, Mark] = {}
    for name in new.nodes if new else ():
        there = old is not None and name in old.nodes
        marks[name] = ("~" if name in touched else "") if there else "+"
    for name in old.nodes if old else ():
        marks.setdefault(name, "-")
    return marks


def _of_state(change: "Change", path: tuple[str, ...]) -> bool:
    """Whether it changed a state itself, its data, or how it lingers; reactions are arrows."""
    inside = change.path[: len(path)] == path
    what = change.path[len(path) + 1 : len(path) + 2]
    return inside and change.key != "doc" and what in ((), ("data",), ("linger",))


def _is_state(named: "Rename", machine: str) -> bool:
    return named.kind == "state" and named.within == (machine,)


def _data(changed: "Difference", machine: str) -> "Iterator[tuple[str, tuple[Text, ...]]]":
    path = (*machine_path(machine), "states")
    found: dict[str, list[Text]] = {}
    for each in changed.changes:
        rest = each.path[len(path) :]
        if _of_state(each, path) and len(rest) > 1:
            label = f"{rest[2]}: " if rest[1] == "data" else "lingers "
            found.setdefault(rest[0], []).extend(_texts(label, each))
    for named in changed.renames:
        if _is_state(named, machine):
            found.setdefault(named.new, []).append(Text("~", f"was {named.old}"))
    yield from ((name, tuple(lines)) for name, lines in found.items())


def _texts(label: str, change: "Change") -> "Iterator[Text]":
    """How it was and how it is; the first value of an element is what it says."""
    sides: tuple[tuple[Mark, Any], ...] = (("-", change.old), ("+", change.new))
    for mark, value in sides:
        said = next(iter(value.values.values())) if value and not change.key else value
        if said is not None:
            yield Text(mark, f"{label}{text(said)}")


def _arrows(old: "Chart | None", new: "Chart | None") -> "Iterator[Arrow]":
    before, after = _every(old), _every(new)
    happy = arrows(new, rows(new), "happy") if new else {}
    first, second = (None if side is None else charts.initial(side) for side in (old, new))
    yield from _beginnings(first, second)
    for ends in dict.fromkeys((*after, *before)):
        lines = tuple(_lines(before.get(ends, ()), after.get(ends, ()), happy.get(ends, ())))
        if lines:
            yield Arrow(*ends, _mark(lines, ends in before, ends in after), lines)


def _beginnings(old: str | None, new: str | None) -> "Iterator[Arrow]":
    if new is not None:
        yield Arrow(BEGIN, new, "" if old == new else "+", ())
    if old is not None and old != new:
        yield Arrow(BEGIN, old, "-", ())


def _every(chart: "Chart | None") -> dict[Ends, tuple[str, ...]]:
    return arrows(chart, rows(chart), "full") if chart else {}


def _lines(old: tuple[str, ...], new: tuple[str, ...], happy: tuple[str, ...]) -> "Iterator[Text]":
    """What is gone, what is new, and of the rest what leads on."""
    yield from (Text("-", one) for one in dict.fromkeys(old) if one not in new)
    yield from (Text("+", one) for one in dict.fromkeys(new) if one not in old)
    kept = [one for one in new if one in old]
    yield from (Text("", name) for name in happy if any(_is_of(one, name) for one in kept))


def _is_of(line: str, event: str) -> bool:
    return line == event or line.startswith(f"{event} / ")


def _mark(lines: "Iterable[Text]", before: bool, after: bool) -> Mark:
    if not any(line.mark for line in lines):
        return ""
    return "~" if before and after else "+" if after else "-"


def _boxes(
    old: "Chart | None",
    new: "Chart | None",
    marks: dict[str, Mark],
    lines: dict[str, tuple[Text, ...]],
    drawn: tuple[Arrow, ...],
) -> tuple[Box, ...]:
    """The states to be seen in their tree: that of the new chart, with what is gone in it."""
    ends = {name for arrow in drawn for name in (arrow.source, arrow.target)}
    parents = {name: _parent(old, new, name) for name in marks}
    seen = {name for name in marks if name in ends or marks[name]}
    for name in tuple(seen):
        above = parents[name]
        while above is not None:
            seen.add(above)
            above = parents[above]

    def inside(parent: str | None) -> tuple[Box, ...]:
        return tuple(built(name) for name in marks if name in seen and parents[name] == parent)

    def built(name: str) -> Box:
        chart = new if new and name in new.nodes else old
        assert chart is not None  # noqa: S101 -- the name comes from one of them
        children = inside(name)
        kind = chart.nodes[name].state.final or "running"
        shared = bool(children) and name in ends
        return Box(name, kind, marks[name], lines.get(name, ()), shared, children)

    return inside(None)


def _parent(old: "Chart | None", new: "Chart | None", name: str) -> str | None:
    """The state around it; of one that is gone the nearest that is still there."""
    if new is not None and name in new.nodes:
        return new.nodes[name].parent
    above = old.nodes[name].parent if old else None
    while above is not None and new is not None and above not in new.nodes:
        above = old.nodes[above].parent if old else None
    return above
