"""Two specs compared: every break, each cause once. Pure; knows no files and no output."""

from typing import TYPE_CHECKING, cast

from wirechart.breaking import (
    asking,
    source,
    structure,
    wire_connections,
    wire_frames,
    wire_messages,
)
from wirechart.breaking.facts import gather
from wirechart.breaking.machines import Machines
from wirechart.breaking.misreading import misread
from wirechart.breaking.pairing import Specs, frames, pairs
from wirechart.breaking.registry import registered
from wirechart.breaking.verdict import DIRECTIONS, Break, Verdict
from wirechart.breaking.witness import certain, witness
from wirechart.chart import asks, build, views
from wirechart.layout import request, size
from wirechart.record import replace

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from wirechart.breaking.facts import Facts
    from wirechart.breaking.search import Divergence
    from wirechart.breaking.verdict import Direction, Equality, Problem
    from wirechart.model import Spec

# Modules whose rules look at the specs alone.
BY_SPECS = (wire_frames, wire_connections, wire_messages, asking, source)
FAMILIES = ("wire", "behaviour", "source")


def compare(
    before: "Spec",
    new: "Spec",
    old: "Spec | None" = None,
    directions: "tuple[Direction, ...]" = DIRECTIONS,
) -> Verdict:
    """Every break between two specs without errors.

    Args:
        before: the old spec as it was written.
        old: the same with the new names of what was renamed; None: nothing was.
        directions: which senders meet which receivers.
    """
    specs = Specs(old or before, new, before)
    found = [each for each in _by_rules(specs) if _concerns(each, directions)]
    wire: dict[Direction, frozenset[str]] = {
        way: frozenset(_abouts(found, way)) for way in directions
    }
    # Where headers differ in size, neither side finds where a message of the other begins.
    aligned = size(request(specs.old)) == size(request(specs.new))
    sessions = [Machines(pair, wire, directions) for pair in pairs(specs)] if aligned else []
    for session in sessions:
        session.search()
    equality = _equality(specs, found, sessions)
    found = _with_witnesses(found, sessions) if aligned else _misread(found, specs)
    found += [each for session in sessions for each in session.breaks()]
    return Verdict(
        tuple(sorted(found, key=_order)),
        equality,
        sum(session.pairs for session in sessions),
        sum(session.unsearched for session in sessions),
    )


def gone(old: "Spec", directions: "tuple[Direction, ...]") -> Verdict:
    """What it breaks when a protocol is no longer there."""
    rule = registered["BRW026"]
    found = tuple(
        Break(rule.code, rule.level, rule.family, problem)
        for problem in wire_frames.gone(old, directions)
    )
    return Verdict(found, "different", 0)


def _by_rules(specs: Specs) -> "Iterator[Break]":
    modules = {module.__name__ for module in BY_SPECS}
    facts = gather(specs)
    for code, rule in sorted(registered.items()):
        if rule.function.__module__ in modules and rule.code != "BRW026":
            find = cast("Callable[[Facts], Iterable[Problem]]", rule.function)
            yield from (Break(code, rule.level, rule.family, problem) for problem in find(facts))


def _abouts(found: list[Break], way: "Direction") -> "Iterator[str]":
    """What in the bytes breaks that direction."""
    for each in found:
        if way in each.problem.directions:
            yield from each.problem.about


def _concerns(each: Break, directions: "tuple[Direction, ...]") -> bool:
    asked = each.problem.directions
    return not asked or any(direction in directions for direction in asked)


def _equality(specs: Specs, found: list[Break], sessions: list[Machines]) -> "Equality":
    if any(each.family != "source" for each in found) or any(s.different for s in sessions):
        return "different"
    if not _same_around(specs):
        return "different"
    return "proven" if all(session.product.equal for session in sessions) else "unknown"


def _same_around(specs: Specs) -> bool:
    """Whether there are the same machines, connections and frames, and senders that send alike."""
    old, new = (
        {view.machine.name: view for view in views(spec)} for spec in (specs.old, specs.new)
    )
    if old.keys() != new.keys() or frames(specs.old) != frames(specs.new):
        return False
    if wire_connections.kinds(specs.old) != wire_connections.kinds(specs.new):
        return False
    return all(
        asks(view) == asks(new[name])
        and (not asks(view) or structure.same_sender(build(view), build(new[name])))
        for name, view in old.items()
    )


def _with_witnesses(found: list[Break], sessions: list[Machines]) -> list[Break]:
    """A witness shows one break of the wire: the first that it is about."""
    made: list[Break] = []
    taken: list[Divergence] = []
    for each in found:
        for session in sessions:
            first = session.witness_for(each.problem.about, each.problem.directions)
            if first is None or any(first is other for other in taken):
                continue
            if certain(session.pair, first):
                taken.append(first)
                shown = witness(session.pair, first)
                made.append(replace(each, witness=shown))
                break
        else:
            made.append(each)
    return made


def _misread(found: list[Break], specs: Specs) -> list[Break]:
    """One message of the protocol's own machine shows that frames have another size."""
    own = next(pairs(specs), None)
    at = next((at for at, each in enumerate(found) if each.problem.about == ("frames",)), None)
    if own is None or at is None:
        return found
    ways = found[at].problem.directions
    first = next(filter(None, (misread(own, way) for way in ways)), None)
    shown = None if first is None else replace(found[at], witness=witness(own, first))
    return found if shown is None else [*found[:at], shown, *found[at + 1 :]]


def _order(each: Break) -> tuple[object, ...]:
    place = each.problem.new or each.problem.old
    line = (place.line, place.column) if place else (0, 0)
    return FAMILIES.index(each.family), line, each.code, each.problem.element, each.problem.message
