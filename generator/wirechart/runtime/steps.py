"""Decisions, and the one place that runs handlers. Knows messages and states, no bytes."""

from collections.abc import Callable, Generator, Iterable, Mapping
from types import GeneratorType
from typing import Any, Generic, NamedTuple, TypeVar, cast

from .causes import Cause, Refusal, WrongResultError
from .kinds import Scattered
from .machine import Faults, Layout, Machine, Row
from .streams import Payload

S = TypeVar("S")


class Step(NamedTuple, Generic[S]):
    """What a message led to."""

    next: S
    reply: int | None  # None: the message has no reply
    payload: bytes = b""  # of the reply


class Failed:
    """A handler raised."""

    __slots__ = ("error",)

    def __init__(self, error: BaseException) -> None:
        self.error = error


class Returned:
    """A generator has ended."""

    __slots__ = ("value",)

    def __init__(self, value: object) -> None:
        self.value = value


def attempt(work: Callable[..., Any], *arguments: object) -> Any:  # noqa: ANN401 -- what it returns
    """Do what runs code of a handler, and catch what it raises: the only place that does both.

    KeyboardInterrupt and SystemExit pass. GeneratorExit is none of theirs: it comes from a handler.
    """
    try:
        return work(*arguments)
    except (Exception, GeneratorExit) as error:  # noqa: BLE001 -- any failure is answered
        return Failed(error)


def choose(rows: Iterable[Row], state: object, message: object, context: object) -> Row | None:
    """The first row whose guard holds; None: none does."""
    for row in rows:
        if row.guard is None or row.guard(state, message, context):
            return row
    return None


def handle(handlers: object, row: Row, layout: Layout, state: object, message: object) -> Any:  # noqa: ANN401 -- of a handler
    """What the handler returns, checked."""
    result = getattr(handlers, row.handler)(state, message)
    return check_result(row, layout, message, result)


def check_result(row: Row, layout: Layout, message: object, result: Any) -> Any:  # noqa: ANN401 -- of a handler
    """The same result: the next state, or that and the payload of the reply.

    Raises:
        WrongResultError: it is not what the handler's type promises.
    """
    if layout.replies_up_to is None:
        check_next(row, result)
    else:
        check_pair(row, layout, message, result)
    return result


def check_next(row: Row, result: object) -> None:
    """Whether it is the state the row leads to, with what `set` demands."""
    if type(result) is not row.target:
        wrong = type(result).__name__
        raise WrongResultError(f"{row.handler} has to return {row.target.__name__}, not {wrong}")
    for name, value in row.values:
        found = getattr(result, name)
        if found != value or type(found) is not type(value):
            raise WrongResultError(f"{row.handler} has to set {name} to {value!r}, not {found!r}")


def check_pair(row: Row, layout: Layout, message: object, result: object) -> None:
    """Whether it is such a state, and bytes of the size that the message asks for."""
    if type(result) is not tuple or len(cast("tuple[object, ...]", result)) != 2:
        raise WrongResultError(f"{row.handler} has to return a state and bytes")
    following, payload = cast("tuple[object, object]", result)
    check_next(row, following)
    if type(payload) is not bytes:
        raise WrongResultError(f"{row.handler} has to return bytes, not {type(payload).__name__}")
    wanted = layout.replies_with(message) if layout.replies_with else len(payload)
    if len(payload) != wanted or len(payload) > cast("int", layout.replies_up_to):
        raise WrongResultError(f"{row.handler} returned {len(payload)} bytes, not {wanted}")


def start(
    handlers: object, row: Row, state: object, message: object, payload: Payload
) -> Generator[Any, None, Any]:
    """A handler that takes bytes as they come.

    Raises:
        WrongResultError: it is no generator.
    """
    generator = getattr(handlers, row.handler)(state, message, payload)
    if type(generator) is not GeneratorType:
        raise WrongResultError(f"{row.handler} has to be a generator")
    return cast("Generator[Any, None, Any]", generator)


def resume(generator: Generator[object, None, Any], remaining: int) -> memoryview | Returned:
    """Where the next bytes go, at most `remaining` ones; or what the generator returned.

    Raises:
        WrongResultError: it yielded something that bytes cannot be received into.
    """
    try:
        view = next(generator)
    except StopIteration as stop:
        return Returned(stop.value)
    if type(view) is not memoryview or view.readonly or not view.nbytes:
        raise WrongResultError("what a handler yields has to be a writable view, and not empty")
    if not remaining:
        raise WrongResultError("a handler yields, but its payload has ended")
    if view.ndim != 1 or view.format != "B":
        view = view.cast("B")
    return view[:remaining] if view.nbytes > remaining else view


def announce(layout: Layout, message: object, size: int) -> Payload:
    """The payload that a streaming handler is given."""
    kind = layout.payload
    if isinstance(kind, Scattered):
        table = cast("Any", message).table
        return Payload(size, lambda: kind.places(table))
    return Payload(size)


def owned_parts(owned: Mapping[type[Any], tuple[str, ...]], whole: object) -> dict[int, Any]:
    """Everything in a state or message that has to be closed, by identity."""
    found: dict[int, Any] = {}
    waiting: list[Any] = [getattr(whole, name) for name in owned.get(type(whole), ())]
    while waiting:
        part = waiting.pop()
        if type(part) in owned:
            waiting += [getattr(part, name) for name in owned[type(part)]]
        elif isinstance(part, Mapping):
            entries = cast("Mapping[object, object]", part)
            waiting += [*entries, *entries.values()]
        elif isinstance(part, tuple | list):
            waiting += cast("list[object]", part)
        elif hasattr(part, "close"):
            found[id(part)] = part
    return found


def release(machine: Machine, before: object, message: object, after: object) -> None:
    """Close what a state or message held and the next state does not."""
    dropped = owned_parts(machine.owned, before) | owned_parts(machine.owned, message)
    if dropped:
        kept = owned_parts(machine.owned, after)
        close_all(part for key, part in dropped.items() if key not in kept)


def close_all(parts: Iterable[Any]) -> None:
    """Close all of them; the first error is raised when all were tried."""
    errors: list[BaseException] = []
    for part in parts:
        outcome = attempt(part.close)
        if type(outcome) is Failed:
            errors.append(outcome.error)
    if errors:
        raise errors[0]


def failed_reply(machine: Machine, faults: Faults, error: BaseException) -> int | None:
    """The reply to a request whose handler failed: its own choice, or the spec's."""
    if isinstance(error, Refusal):
        code = error.reply
        if code in machine.wire.replies and code != machine.wire.accept:
            return code
    return faults.handler_error.reply


def conclude(
    machine: Machine,
    target: type[Any],
    cause: Cause | None,
    values: tuple[tuple[str, object], ...] = (),
) -> Any:  # noqa: ANN401 -- some state
    """A state that the receiver makes by itself."""
    parts = dict(values)
    final = machine.finals.get(target)
    if final is not None and final.cause:
        parts[final.cause] = cause
    return target(**parts)
