"""What a statement is about and never comes to be: it holds, and says nothing. Searches nothing.

Whatever one connection can come to, it can in the product too: it waits for no other one, and all
may be opened at the beginning. So it is enough to look at each for itself.
"""

from typing import TYPE_CHECKING

from wirechart.composition.watches import happens, inside, is_true, parts_of, rest, rests
from wirechart.statements import Ended, Happens, InState

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from wirechart.chart import Chart
    from wirechart.composition.system import Part, System
    from wirechart.composition.watches import Rest
    from wirechart.statements import Condition, Statement


def missing(
    charts: "Mapping[str, Chart]", system: "System", statement: "Statement"
) -> "Iterator[str]":
    """A sentence without an end for each part of a statement that is never true."""
    parts = dict.fromkeys((*parts_of(statement.first), *parts_of(statement.second)))
    for part in parts:
        if not _ever(charts, system, part):
            yield _never(part)
    if statement.kind == "eventually" and not _rests(system):
        yield "no session comes to rest"


def _ever(charts: "Mapping[str, Chart]", system: "System", condition: "Condition") -> bool:
    if isinstance(condition, Happens):
        return any(
            happens(part, step.move, condition)
            for part in system.parts
            for steps in part.graph.steps
            for step in steps
        )
    within = (
        inside(charts, condition.machine.name, condition.state.name)
        if isinstance(condition, InState)
        else None
    )
    return any(
        is_true(part.graph, number, condition, within)
        for part in system.parts
        for number in range(len(part.graph.situations))
    )


def _never(condition: "Condition") -> str:
    match condition:
        case Happens(message, what, where):
            return f"`{message.name} {what}{f' on {where.name}' if where else ''}` never happens"
        case InState(machine, state):
            return f"`{machine.name}.{state.name}` is never reached"
        case Ended(machine):
            return f"`{machine.name}` never ends"
        case _:
            raise AssertionError(condition)


def _rests(system: "System") -> bool:
    """Whether a situation of all connections is one in which nothing more happens."""
    first, *others = system.parts
    quiet = [now for now in _states(system, first) if rests(now)]
    settled = [now for now in quiet if not now.opens]
    resting = all(
        any(rests(now) and not now.unopened for now in _states(system, p)) for p in others
    )
    return bool(settled) or (bool(quiet) and resting)


def _states(system: "System", part: "Part") -> "Iterator[Rest]":
    for number in range(len(part.graph.situations)):
        yield rest(system, part, number)
