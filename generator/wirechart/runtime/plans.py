"""A machine's table, prepared for use: what is known of a message in a state is looked up once.

Each row that calls a handler becomes a function of its own; it is what runs in every step.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any, TypeAlias

from .machine import Guard, Layout, Machine, Row
from .steps import RAISED, Failed, check_next, check_pair, release

# Handlers, state and message give what the handler returned, checked; or `Failed`.
Handle: TypeAlias = Callable[[object, object, object], Any]


@dataclass(frozen=True, slots=True)
class Way:
    """A row with the function that takes it."""

    row: Row
    guard: Guard | None
    handled: bool  # a handler is called
    handle: Handle
    reply: int | None


@dataclass(frozen=True, slots=True)
class Plan:
    """A message in a state."""

    layout: Layout
    ways: tuple[Way, ...]
    always: Way | None  # the way that is taken in any case; None: guards decide
    streamed: bool  # its handler takes bytes as they arrive
    pair: bool  # its handler returns the payload of the reply beside the state

    @property
    def guards(self) -> str:
        """All guards as the spec says them."""
        return " or ".join(way.row.text for way in self.ways)


def prepare(machine: Machine) -> None:
    """Fill the plans of a machine, by state and code, and by state and type of the message."""
    for state, rules in machine.table.items():
        plans = {code: _plan(machine, state, code, rows) for code, rows in rules.rows.items()}
        machine.plans[state] = plans
        machine.steps[state] = {plan.layout.type: plan for plan in plans.values()}


def _plan(machine: Machine, state: type[Any], code: int, rows: tuple[Row, ...]) -> Plan:
    layout = machine.layouts[code]
    ways = tuple(_way(machine, state, layout, row) for row in rows)
    always = ways[0] if ways[0].guard is None else None
    streamed = layout.payload is not None and layout.payload.streamed
    return Plan(layout, ways, always, streamed, layout.replies_up_to is not None)


def _way(machine: Machine, state: type[Any], layout: Layout, row: Row) -> Way:
    handle = handling(machine, state, layout, row)
    return Way(row, row.guard, row.kind == "handled", handle, row.reply)


def choose(ways: Iterable[Way], state: object, message: object, context: object) -> Way | None:
    """The first way whose guard holds; None: none does."""
    for way in ways:
        if way.guard is None or way.guard(state, message, context):
            return way
    return None


def handling(machine: Machine, state: type[Any], layout: Layout, row: Row) -> Handle:
    """The function that calls a row's handler, checks its result, and closes what nobody holds."""
    name, target, values = row.handler, row.target, row.values
    owned, fields = machine.owned, machine.owned.get(state, ())
    plain = layout.type not in owned and layout.replies_up_to is None

    def handle(handlers: object, state: object, message: object) -> Any:  # noqa: ANN401 -- unknown
        try:
            result = getattr(handlers, name)(state, message)
            if not plain or type(result) is not target:
                return settle(machine, layout, row, state, message, result)
            for field, value in values:
                if getattr(result, field) is not value:
                    check_next(row, result)
            for field in fields:
                if getattr(result, field, None) is not getattr(state, field):
                    release(owned, state, None, result)
                    break
        except RAISED as error:
            return Failed(error)
        return result

    return handle


def settle(
    machine: Machine, layout: Layout, row: Row, state: object, message: object, result: object
) -> object:
    """The same result, checked; what was held and is not in the next state is closed.

    Raises:
        WrongResultError: it is not what the handler's type promises.
    """
    following = result
    if layout.replies_up_to is not None:
        following = check_pair(row, layout, message, result)
    check_next(row, following)
    if following is state:
        release(machine.owned, message, None, following)
    else:
        release(machine.owned, state, message, following)
    return result
