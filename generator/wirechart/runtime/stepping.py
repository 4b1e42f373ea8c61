"""One step of a machine as a function: a state and a message give the next state and the reply."""

from typing import Any

from .causes import Cause, HandlerFailed, Named, RefusedMessage
from .machine import Fault, Layout, Machine, Plan, Row, Values
from .steps import (
    Failed,
    Step,
    announce,
    attempt,
    choose,
    conclude,
    failed_reply,
    handle,
    release,
    resume,
    settle,
    start,
)


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
    plan = machine.steps[type(state)].get(type(message))
    if plan is None:
        return _refused(machine, state, message, ())
    row = plan.always or choose(plan.rows, state, message, context)
    if row is None or row.kind != "handled":
        return _refused(machine, state, message, plan.rows, row)
    if plan.streamed:
        result = attempt(_stream, machine, handlers, plan, row, state, message, contents)
    else:
        result = handle(machine, handlers, plan, row, state, message)
    if type(result) is Failed:
        return _failed(machine, plan.layout, state, message, result.error)
    if plan.layout.replies_up_to is None:
        return Step(result, row.reply)
    return Step(result[0], row.reply, result[1])


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
    return settle(machine, plan, row, state, message, target.value)


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
    machine: Machine, state: object, message: object, rows: tuple[Row, ...], row: Row | None = None
) -> Step[Any]:
    """What is done instead of a handler; `row` is the one that was chosen, if there is one."""
    layout = machine.layouts[machine.codes[type(message)]]
    about: Any = {"state": type(state).__name__, "message": layout.name}
    if row is None:
        fault, guard = machine.table[type(state)].faults.refused, " or ".join(r.text for r in rows)
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
