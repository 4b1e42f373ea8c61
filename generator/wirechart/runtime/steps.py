"""Decisions, and the one place that runs handlers. Knows messages and states, no bytes."""

from collections.abc import Callable, Generator, Iterable, Mapping
from functools import partial
from types import GeneratorType
from typing import Any, Final, TypeAlias, TypeVar, cast

from .causes import Cause, Refusal, WrongResultError
from .kinds import Scattered
from .machine import Faults, Layout, Machine, Row, Values
from .machine import Final as Ending
from .streams import Payload

S = TypeVar("S")
_SEQUENCES: Final = (tuple, list)
_CONTAINERS: Final = (dict, tuple, list)
Owned: TypeAlias = Mapping[type[Any], tuple[str, ...]]


# What a message led to: the next state, the reply (None: the message has none) and its payload.
# A plain tuple: one with names takes longer to make than the decision to find.
Step: TypeAlias = tuple[S, int | None, bytes]


class Failed:
    """A handler raised."""

    __slots__ = ("error",)

    def __init__(self, error: BaseException) -> None:
        self.error = error


# What a handler may raise and is answered for. KeyboardInterrupt and SystemExit pass;
# a GeneratorExit is none of the interpreter's where no generator is being closed.
RAISED: Final = (Exception, GeneratorExit)


def attempt(work: Callable[..., Any], *arguments: object) -> Any:  # noqa: ANN401 -- what it returns
    """Do what runs code of a handler; what it raises is returned as `Failed`."""
    try:
        return work(*arguments)
    except RAISED as error:
        return Failed(error)


def check_next(row: Row, result: object) -> None:
    """Whether it is the state the row leads to, with what `set` demands."""
    if type(result) is not row.target:
        wrong = type(result).__name__
        raise WrongResultError(f"{row.handler} has to return {row.target.__name__}, not {wrong}")
    for name, value in row.values:
        found = getattr(result, name)
        if found != value or type(found) is not type(value):
            raise WrongResultError(f"{row.handler} has to set {name} to {value!r}, not {found!r}")


def check_pair(row: Row, layout: Layout, message: object, result: object) -> tuple[object, bytes]:
    """The same: a state, and bytes of the size that the message asks for."""
    if type(result) is not tuple or len(cast("tuple[object, ...]", result)) != 2:
        raise WrongResultError(f"{row.handler} has to return a state and bytes")
    following, payload = cast("tuple[object, object]", result)
    if type(payload) is not bytes:
        raise WrongResultError(f"{row.handler} has to return bytes, not {type(payload).__name__}")
    found, most = len(payload), cast("int", layout.replies_up_to)
    wanted = layout.replies_with(message) if layout.replies_with else found
    if found != wanted:
        raise WrongResultError(f"{row.handler} returned {found} bytes, not {wanted}")
    if found > most:
        raise WrongResultError(f"{row.handler} returned {found} bytes, more than {most}")
    return following, payload


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


def announce(layout: Layout, message: object, size: int) -> Payload:
    """The payload that a streaming handler is given."""
    kind = layout.payload
    if isinstance(kind, Scattered):
        return Payload(size, partial(kind.places, cast("Any", message).table))
    return Payload(size)


def owned_parts(owned: Owned, whole: object) -> dict[int, Any]:
    """Everything in a state or message that has to be closed, by identity."""
    found: dict[int, Any] = {}
    waiting: list[Any] = [getattr(whole, name) for name in owned.get(type(whole), ())]
    while waiting:
        part = waiting.pop()
        if isinstance(part, dict):
            entries = cast("dict[object, object]", part)
            waiting += [*entries, *entries.values()]
        elif isinstance(part, _SEQUENCES):
            waiting += cast("list[object]", part)
        elif type(part) in owned:
            waiting += [getattr(part, name) for name in owned[type(part)]]
        elif hasattr(part, "close"):
            found[id(part)] = part
    return found


def release(owned: Owned, before: object, message: object, after: object) -> None:
    """Close what a state or message held and the next state does not."""
    if type(message) not in owned:
        if carries(owned, before, after):
            return
        names = owned[type(before)]
        if len(names) == 1 and type(after) not in owned:
            part = getattr(before, names[0])
            if not isinstance(part, _CONTAINERS) and type(part) not in owned:
                part.close()
                return
    dropped = owned_parts(owned, before) | owned_parts(owned, message)
    kept = owned_parts(owned, after)
    close_all(part for key, part in dropped.items() if key not in kept)


def carries(owned: Owned, before: object, after: object) -> bool:
    """Whether the next state has all that the last one had, by the same names."""
    for name in owned.get(type(before), ()):
        if getattr(after, name, None) is not getattr(before, name):
            return False
    return True


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
    finals: Mapping[type[Any], Ending],
    target: type[Any],
    cause: Cause | None,
    values: Values = (),
) -> Any:  # noqa: ANN401 -- some state
    """A state that a machine makes by itself."""
    parts = dict(values)
    final = finals.get(target)
    if final is not None and final.cause:
        parts[final.cause] = cause
    return target(**parts)
