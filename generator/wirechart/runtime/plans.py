"""A machine's table, prepared for use: what is known of a message in a state is looked up once.

Each row that calls a handler becomes a function of its own; it is what runs in every step.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any, TypeAlias

from .machine import Guard, Layout, Machine, Row
from .steps import RAISED, Failed, Step, check_next, check_pair, release

# Handlers, state, message, context and contents give a Step, all of it checked; or a failure.
Handle: TypeAlias = Callable[[object, Any, Any, Any, bytes], Any]
Failure: TypeAlias = Callable[[object, object, BaseException], object]


@dataclass(frozen=True, slots=True)
class Way:
    """A row with the function that takes it."""

    row: Row
    guard: Guard | None
    handled: bool  # a handler is called
    handle: Handle


@dataclass(frozen=True, slots=True)
class Plan:
    """A message in a state."""

    layout: Layout
    ways: tuple[Way, ...]
    always: Way | None  # the way that is taken in any case; None: guards decide
    streamed: bool  # its handler takes bytes as they arrive

    @property
    def guards(self) -> str:
        """All guards as the spec says them."""
        return " or ".join(way.row.text for way in self.ways)


def prepare(machine: Machine) -> None:
    """Fill the plans of a machine, by state and code."""
    for state, rules in machine.table.items():
        codes = rules.rows.items()
        machine.plans[state] = {code: _plan(machine, state, code, rows) for code, rows in codes}


def _plan(machine: Machine, state: type[Any], code: int, rows: tuple[Row, ...]) -> Plan:
    layout = machine.layouts[code]
    ways = tuple(
        Way(row, row.guard, row.kind == "handled", handling(machine, state, layout, row, _failed))
        for row in rows
    )
    always = ways[0] if ways[0].guard is None else None
    streamed = layout.payload is not None and layout.payload.streamed
    return Plan(layout, ways, always, streamed)


def _failed(_state: object, _message: object, error: BaseException) -> Failed:
    return Failed(error)


def choose(ways: Iterable[Way], state: object, message: object, context: object) -> Way | None:
    """The first way whose guard holds; None: none does."""
    for way in ways:
        if way.guard is None or way.guard(state, message, context):
            return way
    return None


def handling(
    machine: Machine,
    state: type[Any],
    layout: Layout,
    row: Row,
    failed: Failure,
    refused: Handle | None = None,
) -> Handle:
    """The function that calls a row's handler, checks its result, and closes what nobody holds.

    `failed` makes its result of the state, the message, and what the handler raised; `refused`
    that of a false guard, without it the guard is known to hold. Here alone, and in
    `steps.attempt` and `taking.Taking` for streams, is caught what handlers raise.
    """
    guard = row.guard if refused else None
    name, target, reply, values = row.handler, row.target, row.reply, row.values
    owned, fields = machine.owned, machine.owned.get(state, ())
    plain = layout.type not in owned and layout.replies_up_to is None
    # The usual end: the state holds one thing to be closed, and the next one none.
    last = fields[0] if len(fields) == 1 and target not in owned else ""

    def handle(
        handlers: object, state: object, message: object, context: object, contents: bytes
    ) -> object:
        if guard and refused and not guard(state, message, context):
            return refused(handlers, state, message, context, contents)
        try:
            result = getattr(handlers, name)(state, message)
            if not plain or type(result) is not target:
                return settle(machine, layout, row, state, message, result)
            for field, value in values:
                if getattr(result, field) is not value:
                    check_next(row, result)
            if last and (close := getattr(getattr(state, last), "close", None)):
                close()
            else:
                for field in fields:
                    if getattr(result, field, None) is not getattr(state, field):
                        release(owned, state, None, result)
                        break
        except RAISED as error:
            return failed(state, message, error)
        return result, reply, b""

    return handle


def settle(
    machine: Machine, layout: Layout, row: Row, state: object, message: object, result: object
) -> Step[Any]:
    """What a handler returned as a Step; what was held and is not in the next state is closed.

    Raises:
        WrongResultError: it is not what the handler's type promises.
    """
    plain = layout.type not in machine.owned and layout.replies_up_to is None and not row.values
    if result is state and plain and type(state) is row.target:
        return result, row.reply, b""
    following, payload = result, b""
    if layout.replies_up_to is not None:
        following, payload = check_pair(row, layout, message, result)
    check_next(row, following)
    if following is state:
        release(machine.owned, message, None, following)
    else:
        release(machine.owned, state, message, following)
    return following, row.reply, payload
