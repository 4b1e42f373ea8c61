"""One step of a machine as a function: a state and a message give the next state and the reply."""

from typing import Any

from .causes import Cause, HandlerFailed, Named, RefusedMessage
from .machine import Fault, Layout, Machine, Row, Rules
from .steps import (
    Failed,
    Returned,
    Step,
    announce,
    attempt,
    check_result,
    choose,
    conclude,
    failed_reply,
    handle,
    release,
    resume,
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
    rules = machine.table[type(state)]
    code = machine.codes[type(message)]
    layout = machine.layouts[code]
    rows = rules.rows.get(code, ())
    row = choose(rows, state, message, context)
    if row is None or row.kind != "handled":
        fault, cause = _refusal(rules, rows, row, state, layout)
        return _fault(machine, layout, state, message, fault, cause)
    result = attempt(_result, handlers, row, layout, state, message, contents)
    if type(result) is not Failed:
        following, payload = (result, b"") if layout.replies_up_to is None else result
        result = attempt(release, machine, state, message, following)
        if type(result) is not Failed:
            return Step(following, row.reply, payload)
    usual = rules.faults.handler_error
    reply = failed_reply(machine, rules.faults, result.error)
    fault = Fault(reply, usual.target, usual.element, usual.cause)
    name, element = type(state).__name__, fault.element
    cause = HandlerFailed(state=name, message=layout.name, element=element, error=result.error)
    return _fault(machine, layout, state, message, fault, cause)


def _result(
    handlers: object, row: Row, layout: Layout, state: object, message: object, contents: bytes
) -> Any:  # noqa: ANN401 -- what the handler returns
    if layout.payload is None or not layout.payload.streamed:
        return handle(handlers, row, layout, state, message)
    payload = announce(layout, message, len(contents))
    generator = start(handlers, row, state, message, payload)
    rest = memoryview(contents)
    while not isinstance(target := resume(generator, rest.nbytes), Returned):
        target[:] = rest[: target.nbytes]
        rest = rest[target.nbytes :]
        payload.remaining = rest.nbytes
    return check_result(row, layout, message, target.value)


def _refusal(
    rules: Rules, rows: tuple[Row, ...], row: Row | None, state: object, layout: Layout
) -> tuple[Fault, Cause]:
    """What is done instead of a handler, and why."""
    name, message = type(state).__name__, layout.name
    if row is None:
        fault, guard = rules.faults.refused, " or ".join(row.text for row in rows)
    else:
        fault, guard = Fault(row.reply, row.target, row.element, row.cause), row.text
    if row is not None and row.kind == "ended":
        cause = Named(state=name, message=message, name=row.cause or "refused", element=row.element)
        return Fault(row.reply, row.target, row.element), cause
    return fault, RefusedMessage(state=name, message=message, guard=guard, element=fault.element)


def _fault(
    machine: Machine, layout: Layout, state: object, message: object, fault: Fault, cause: Cause
) -> Step[Any]:
    if fault.cause:
        name, message_name, element = cause.state, cause.message, fault.element
        cause = Named(
            state=name, message=message_name, element=element, name=fault.cause, because=cause
        )
    following = state
    if fault.target is not None and fault.target is not type(state):
        following = conclude(machine, fault.target, cause)
    attempt(release, machine, message, None, following)
    attempt(release, machine, state, None, following)
    return Step(following, fault.reply if layout.answered else None)
