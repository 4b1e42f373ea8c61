"""One step of a machine as a function: a state and a message give the next state and the reply."""

from typing import TYPE_CHECKING, Any, cast

from .causes import Cause, HandlerFailed, Named, RefusedMessage
from .machine import Fault, Layout, Machine, Row, Values
from .plans import Plan, choose, prepare, settle
from .steps import (
    Failed,
    Step,
    announce,
    attempt,
    conclude,
    failed_reply,
    release,
    resume,
    start,
)

if TYPE_CHECKING:
    from collections.abc import Callable

# It spares a named tuple the call of its own constructor.
_new: "Callable[[type[Step[Any]], tuple[object, ...]], Step[Any]]" = cast("Any", tuple).__new__


def step(
    machine: Machine,
    handlers: object,
    state: object,
    message: object,
    context: object = None,
    contents: bytes = b"",
) -> Step[Any]:
    """Decide, handle, check, and reply, as a receiver does; `contents` are what a handler streams.

    Raises:
        KeyError: it is no running state, or no message that this side receives.
    """
    if not machine.steps:
        prepare(machine)
    plan = machine.steps[type(state)].get(type(message))
    if plan is None:
        return _refused(machine, state, message, "")
    way = plan.always or choose(plan.ways, state, message, context)
    if way is None or not way.handled:
        return _refused(machine, state, message, plan.guards, way.row if way else None)
    if plan.streamed:
        result = attempt(_stream, machine, handlers, plan, way.row, state, message, contents)
    else:
        result = way.handle(handlers, state, message)
    if type(result) is Failed:
        return _failed(machine, plan.layout, state, message, result.error)
    if plan.pair:
        return Step(result[0], way.reply, result[1])
    return _new(Step, (result, way.reply, b""))


def _stream(
    machine: Machine,
    handlers: object,
    plan: Plan,
    row: Row,
    state: object,
    message: object,
    contents: bytes,
) -> Any:  # noqa: ANN401 -- what the handler returns
    payload = announce(plan.layout, message, len(contents))
    generator = start(handlers, row, state, message, payload)
    rest = memoryview(contents)
    while isinstance(target := resume(generator, rest.nbytes), memoryview):
        target[:] = rest[: target.nbytes]
        rest = rest[target.nbytes :]
        payload.remaining = rest.nbytes
    if isinstance(target, Failed):
        raise target.error
    return settle(machine, plan.layout, row, state, message, target.value)


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
    machine: Machine, state: object, message: object, guards: str, row: Row | None = None
) -> Step[Any]:
    """What is done instead of a handler; `row` is the one that was chosen, if there is one."""
    layout = machine.layouts[machine.codes[type(message)]]
    about: Any = {"state": type(state).__name__, "message": layout.name}
    if row is None:
        fault, guard = machine.table[type(state)].faults.refused, guards
    else:
        fault, guard = Fault(row.reply, row.target, row.element, row.cause), row.text
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
        name, message_name, element = cause.state, cause.message, fault.element
        cause = Named(
            state=name, message=message_name, element=element, name=fault.cause, because=cause
        )
    following = state
    if fault.target is not None and fault.target is not type(state):
        following = conclude(machine, fault.target, cause, values)
    attempt(release, machine.owned, message, None, following)
    attempt(release, machine.owned, state, None, following)
    return Step(following, fault.reply if layout.answered else None)
