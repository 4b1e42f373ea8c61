"""Every verdict on one spec. Knows which connections each question is about.

A question is searched in the product of the connections it is about: the others cannot influence
them. The four questions about one connection need no product at all.
"""

from typing import TYPE_CHECKING

from wirechart.chart import build, called, views
from wirechart.composition.moves import FAULTS
from wirechart.composition.search import MOST, search
from wirechart.composition.system import kinds, system
from wirechart.composition.told import standing
from wirechart.composition.vacuity import missing
from wirechart.composition.verdicts import Verdict, Witness, of_connection
from wirechart.composition.watches import owned, owners_in, ownership, parts_of, property_
from wirechart.record import record
from wirechart.statements import Ended, Happens, InState

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from wirechart.chart import Chart
    from wirechart.composition.search import Walk
    from wirechart.composition.system import Kind, System
    from wirechart.composition.watches import States
    from wirechart.model import Property, Resource, Spec
    from wirechart.statements import Condition, Statement


@record
class Bounds:
    """What is put together, and how much of it is looked at."""

    connections: int = 2  # of each further kind, if there may be so many
    faults: tuple[str, ...] = FAULTS
    most: int = MOST  # situations of a product
    whole: bool = False  # always the product of all connections, whatever a question is about


def verify(spec: "Spec", bounds: Bounds) -> "Iterator[Verdict]":
    """The verdicts on connections, resources and properties of a spec without errors."""
    every = kinds(spec)
    charts = {called(view): build(view) for view in views(spec)}
    doubtful = frozenset(
        place for resource in spec.resources for place in owned(charts, resource.in_doubt)
    )
    for part in system(every, 1, bounds.faults).parts:
        yield from of_connection(part, doubtful)
    for resource in spec.resources:
        yield _of_resource(charts, every, resource, bounds)
    for item in spec.properties:
        yield _of_property(charts, every, item, bounds)


def _of_resource(
    charts: "Mapping[str, Chart]", every: "tuple[Kind, ...]", resource: "Resource", bounds: Bounds
) -> Verdict:
    owners, doubtful = owned(charts, resource.owners), owned(charts, resource.in_doubt)
    chosen = _about(every, bounds, lambda kind: owns(resource, kind))
    walk = search(chosen, ownership(chosen, owners, doubtful), bounds.most)
    found = walk.found
    return Verdict(
        check="ownership",
        subject=resource.name,
        says="exactly one machine owns it",
        states=walk.states,
        moves=walk.moves,
        whole=walk.whole,
        witness=None
        if found is None
        else Witness(
            f"{resource.name} has {_owners(walk, found, owners, doubtful)}", walk.way(found)
        ),
    )


def _owners(walk: "Walk", found: int, owners: "States", doubtful: "States") -> str:
    names: list[str] = []
    for part, number in zip(walk.system.parts, walk.system.situations(found), strict=True):
        names += owners_in(part.graph, number, owners, doubtful)[0]
    count = {0: "no owner", 2: "two owners"}.get(len(names), f"{len(names)} owners")
    return f"{count}: {' and '.join(names) or _standing(walk)}"


def _standing(walk: "Walk") -> str:
    """Where the machines are in what was found; empty: nothing was."""
    if walk.found is None:
        return ""
    parts = zip(walk.system.parts, walk.system.situations(walk.found), strict=True)
    return "; ".join(
        standing(part.graph, number)
        for part, number in parts
        if part.graph.situations[number].asker
    )


def _of_property(
    charts: "Mapping[str, Chart]", every: "tuple[Kind, ...]", item: "Property", bounds: Bounds
) -> Verdict:
    statement = item.holds
    chosen = _about(every, bounds, lambda kind: concerned(statement, kind))
    walk = search(chosen, property_(charts, chosen, statement), bounds.most)
    found = walk.found
    rests = ", and nothing more happens" if statement.kind == "eventually" else ""
    what = f"{item.name} does not hold{rests}: {_standing(walk)}"
    return Verdict(
        check="property",
        subject=item.name,
        says=statement.text,
        states=walk.states,
        moves=walk.moves,
        whole=walk.whole,
        witness=None if found is None else Witness(what, walk.way(found)),
        notes=tuple(missing(charts, chosen, statement)) if walk.whole else (),
    )


def _about(
    every: "tuple[Kind, ...]", bounds: Bounds, concerns: "Callable[[Kind], bool]"
) -> "System":
    """The connections that a question concerns; the first one where it concerns none."""
    chosen = [kind for kind in every if bounds.whole or concerns(kind)] or list(every[:1])
    return system(chosen, bounds.connections, bounds.faults)


def owns(resource: "Resource", kind: "Kind") -> bool:
    """Whether a machine on a kind of connection may own a resource."""
    machines = {owner.machine.name for owner in (*resource.owners, *resource.in_doubt)}
    return bool(machines & _machines(kind))


def concerned(statement: "Statement", kind: "Kind") -> bool:
    """Whether a statement is about a kind of connection."""
    if statement.kind == "eventually" and not kind.further:
        return True  # with its end comes the rest of those that were never opened
    parts = (*parts_of(statement.first), *parts_of(statement.second))
    return any(_concerns(part, kind) for part in parts)


def _machines(kind: "Kind") -> set[str]:
    return {kind.pair.asker.name, kind.pair.answerer.name}


def _concerns(part: "Condition", kind: "Kind") -> bool:
    if isinstance(part, Happens):
        there = part.connection is None or part.connection.name == kind.name
        asks = kind.pair.asker.sends.values()
        return there and any(part.message.name in messages for messages in asks)
    return isinstance(part, InState | Ended) and part.machine.name in _machines(kind)
