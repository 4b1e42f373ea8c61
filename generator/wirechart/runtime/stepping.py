"""Steps as functions: handlers, a state and a message give the next state and the reply."""

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any, TypeAlias, cast

from .causes import Cause, HandlerFailed, Named, RefusedMessage
from .machine import Fault, Layout, Machine, Row, Values
from .parts import HandlerError
from .plans import Plan, Way, handling, prepare, settle
from .steps import Failed, Step, announce, attempt, conclude, failed_reply, release, start
from .taking import Taking

# Handlers, state, message, context, and the bytes that a handler streams, give a Step.
Stepper: TypeAlias = Callable[[object, Any, Any, Any, bytes], Step[Any]]
Steps: TypeAlias = Mapping[type[Any], Mapping[type[Any], Stepper]]  # by types of state and message


def steppers(machine: Machine) -> Steps:
    """One function for every running state and message: it does what a receiver does with them.

    Causes have no events: a step does not know what was before.
    """
    if not machine.plans:
        prepare(machine)
    return {
        state: {
            layout.type: _stepper(machine, state, layout, plans.get(code))
            for code, layout in machine.layouts.items()
        }
        for state, plans in machine.plans.items()
    }


def _stepper(machine: Machine, state: type[Any], layout: Layout, plan: Plan | None) -> Stepper:
    if plan is None:
        return partial(_refused, machine, layout, None, "")
    refused = partial(_refused, machine, layout, None, plan.guards)
    if len(plan.ways) == 1:
        return _taken(machine, state, plan, plan.ways[0], refused)
    taken = [(way.guard, _taken(machine, state, plan, way, None)) for way in plan.ways]

    def step(
        handlers: object, state: object, message: object, context: object, contents: bytes
    ) -> Step[Any]:
        for guard, take in taken:
            if guard is None or guard(state, message, context):
                return take(handlers, state, message, context, contents)
        return refused(handlers, state, message, context, contents)

    return step


def _taken(
    machine: Machine, state: type[Any], plan: Plan, way: Way, refused: Stepper | None
) -> Stepper:
    """The function of one way; with `refused` it looks at the guard itself."""
    take: Stepper
    if way.handled and not plan.streamed:
        failed = partial(_failed, machine, plan.layout)
        return cast("Stepper", handling(machine, state, plan.layout, way.row, failed, refused))
    if way.handled:
        take = partial(_streamed, machine, plan, way.row)
    else:
        take = partial(_refused, machine, plan.layout, way.row, way.row.text)
    guard = way.guard
    if guard is None or refused is None:
        return take
    return lambda handlers, state, message, context, contents: (
        take if guard(state, message, context) else refused
    )(handlers, state, message, context, contents)


def _streamed(
    machine: Machine,
    plan: Plan,
    row: Row,
    handlers: object,
    state: object,
    message: object,
    _context: object,
    contents: bytes,
) -> Step[Any]:
    result: Step[Any] | Failed = attempt(
        _stream, machine, plan, row, handlers, state, message, contents
    )
    if isinstance(result, Failed):
        error = result.error
        if isinstance(error, HandlerError):
            error = error.__cause__ or error
        return _failed(machine, plan.layout, state, message, error)
    return result


def _stream(
    machine: Machine,
    plan: Plan,
    row: Row,
    handlers: object,
    state: object,
    message: object,
    contents: bytes,
) -> Step[Any]:
    size = len(contents)
    payload = announce(plan.layout, message, size)
    part = Taking(start(handlers, row, state, message, payload), payload, size)
    rest = memoryview(contents)
    while not part.filled(rest):
        rest = rest[part.poured :]
        target = part.narrow()
        target[:] = rest[: target.nbytes]
        rest = rest[target.nbytes :]
    return settle(machine, plan.layout, row, state, message, part.result)


def _failed(
    machine: Machine, layout: Layout, state: object, message: object, error: BaseException
) -> Step[Any]:
    faults = machine.table[type(state)].faults
    usual = faults.handler_error
    reply = failed_reply(machine, faults, error)
    fault = Fault(reply, usual.target, usual.element, usual.cause)
    name, element = type(state).__name__, fault.element
    cause = HandlerFailed(state=name, message=layout.name, element=element, error=error)
    return _fault(machine, layout, state, message, fault, cause)


def _refused(
    machine: Machine,
    layout: Layout,
    row: Row | None,
    guard: str,
    _handlers: object,
    state: object,
    message: object,
    *_: object,
) -> Step[Any]:
    """What is done instead of a handler; `row` is the one that was chosen, if there is one."""
    about: Any = {"state": type(state).__name__, "message": layout.name}
    if row is None:
        fault = machine.table[type(state)].faults.refused
    else:
        fault = Fault(row.reply, row.target, row.element, row.cause)
    cause: Cause = RefusedMessage(**about, guard=guard, element=fault.element)
    if row is not None and row.kind == "ended":
        cause = Named(**about, name=row.cause or "refused", element=row.element)
        fault = Fault(row.reply, row.target, row.element)
    return _fault(machine, layout, state, message, fault, cause, row.values if row else ())


def _fault(
    machine: Machine,
    layout: Layout,
    state: object,
    message: object,
    fault: Fault,
    cause: Cause,
    values: Values = (),
) -> Step[Any]:
    if fault.cause:
        name, about, element = cause.state, cause.message, fault.element
        cause = Named(state=name, message=about, element=element, name=fault.cause, because=cause)
    following = state
    if fault.target is not None and fault.target is not type(state):
        following = conclude(machine.finals, fault.target, cause, values)
    attempt(release, machine.owned, message, None, following)
    attempt(release, machine.owned, state, None, following)
    return following, fault.reply if layout.answered else None, b""
