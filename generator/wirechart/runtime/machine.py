"""What a receiver is driven by: the wire, the messages and the table of decisions, as data.

Knows neither how bytes arrive nor what a handler does. Codes and replies are numbers here; the
generated enumerations are numbers too.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from enum import IntEnum
from struct import Struct
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

from .kinds import Kind

if TYPE_CHECKING:
    from .plans import Plan

Header: TypeAlias = tuple[Any, ...]  # the fields of a request, in the order of the frame
Values: TypeAlias = tuple[tuple[str, object], ...]
Guard: TypeAlias = Callable[[Any, Any, Any], bool]  # of state, message, context


@dataclass(frozen=True, slots=True, kw_only=True)
class Wire:
    """The frames of requests and replies; a field is its index in the header."""

    request: Struct
    select: int  # the field that holds the code
    size: int | None  # the field that bounds every payload; None: messages say so themselves
    constants: tuple[tuple[int, int], ...]  # fields that always have one value
    encode: Callable[[int, Header, int], bytes]  # reply, header of its request, size of its payload
    frames: Mapping[int, bytes]  # of replies without a payload; empty where a frame echoes
    replies: Mapping[int, str]
    accept: int
    sized: bool = False  # a reply says how many bytes of payload it has
    reasons: int = 0  # the most bytes of text in a reply that refuses


@dataclass(frozen=True, slots=True, kw_only=True)
class Layout:
    """How one message lies in a frame, and how it is made from it."""

    type: type[object]
    decode: Callable[[Header, Any], object]  # header and payload; descriptors behind its fields
    payload: Kind | None = None
    size: int | None = None  # the header field with the payload's size; None: it has no payload
    skippable: int = 0  # the longest payload that may be skipped in order to stay
    descriptors: int = 0
    answered: bool = True
    replies_with: Callable[[Any], int] | None = None  # size of the reply's payload; None: any
    replies_up_to: int | None = None  # the most bytes in the reply's payload; None: it has none

    @property
    def name(self) -> str:
        """The message's name in the spec."""
        return self.type.__name__


@dataclass(frozen=True, slots=True)
class Fault:
    """What happens instead of a handled message."""

    reply: int | None  # None: no reply of its own
    target: type[Any] | None  # None: stay
    element: str = ""  # what says so: a path in the spec
    cause: str | None = None  # a name that the spec gives it; None: the built-in one


@dataclass(frozen=True, slots=True, kw_only=True)
class Faults:
    """What happens in a state beside its messages."""

    refused: Fault
    malformed: Fault  # its reply is also that of a request whose payload never came
    handler_error: Fault
    eof: Fault
    cut: Fault | None = None  # the stream ends inside a message; None: like `eof`
    idle: Fault | None = None  # None: the peer may be silent for ever
    lost: Fault | None = None  # None: framing cannot be lost
    # Of an asker: what becomes of a request that has left as a whole is open; None: as said above.
    unanswered: Fault | None = None
    silence: float | None = None  # seconds without a byte inside a message; None: for ever
    pause: float | None = None  # seconds without a byte between messages; None: for ever


@dataclass(frozen=True, slots=True)
class Row:
    """One way a message can go; the first whose guard holds is taken."""

    code: IntEnum
    kind: Literal["handled", "refused", "ended"]  # ended: the message asks for a failure
    handler: str  # empty: the receiver itself does all
    target: type[Any]
    reply: int | None  # None: no reply
    guard: Guard | None = None  # its docstring is what the spec says
    values: Values = ()  # what `set` demands of the target
    cause: str | None = None  # of an ending: a name that the spec gives it
    element: str = ""

    @property
    def text(self) -> str:
        """The guard as the spec says it; empty without one."""
        return " ".join((self.guard.__doc__ or "").split()) if self.guard else ""


@dataclass(frozen=True, slots=True)
class Rules:
    """Every decision of one running state."""

    faults: Faults
    rows: Mapping[int, tuple[Row, ...]]  # by code; a code that is missing is refused


def handled(
    code: IntEnum,
    handler: str,
    target: type[Any],
    reply: int | None,
    *,
    when: Guard | None = None,
    sets: Mapping[str, object] | None = None,
    at: str = "",
) -> Row:
    """A message that a handler takes; it has to set what `sets` says."""
    values = tuple(sets.items()) if sets else ()
    return Row(code, "handled", handler, target, reply, when, values, element=at)


def refused(
    code: IntEnum,
    cause: str | None,
    target: type[Any],
    reply: int | None,
    *,
    when: Guard | None = None,
    at: str = "",
) -> Row:
    """A message that is refused in its own way."""
    return Row(code, "refused", "", target, reply, when, cause=cause, element=at)


def ended(
    code: IntEnum,
    cause: str | None,
    target: type[Any],
    reply: int | None,
    *,
    when: Guard | None = None,
    sets: Mapping[str, object] | None = None,
    at: str = "",
) -> Row:
    """A message that ends the machine in a failure."""
    values = tuple(sets.items()) if sets else ()
    return Row(code, "ended", "", target, reply, when, values, cause, at)


def rules(path: str, faults: Faults, *rows: Row) -> Rules:
    """The decisions of the state at `path`; rows without an `at` of their own stand there."""
    placed: dict[int, tuple[Row, ...]] = {}
    for row in rows:
        element = f"{row.element or path}.on.{row.code.name}"
        placed[int(row.code)] = (*placed.get(row.code, ()), replace(row, element=element))
    return Rules(faults, placed)


@dataclass(frozen=True, slots=True, kw_only=True)
class Final:
    """A termination, and what it still answers: the first answered message ends it."""

    success: bool
    cause: str = ""  # the field that says why; empty: it has none
    linger: float = 0.0  # seconds; 0: it does not wait
    answers: tuple[tuple[int, int], ...] = ()  # code and reply
    unless: tuple[str, ...] = ()  # causes after which it does not wait


@dataclass(frozen=True, slots=True, kw_only=True)
class Machine:
    """All of it. Mutants are made by replacing parts of it."""

    wire: Wire
    layouts: Mapping[int, Layout]  # by code: the messages that this side receives
    names: Mapping[int, str]  # of all messages that the protocol knows
    codes: Mapping[type[Any], int]  # of the messages that this side receives
    table: Mapping[type[Any], Rules]
    finals: Mapping[type[Any], Final]
    owned: Mapping[type[Any], tuple[str, ...]]  # fields of states and messages to be closed
    # The table prepared, by state and code: filled when the machine is first used.
    plans: "dict[type[Any], dict[int, Plan]]" = field(
        init=False, repr=False, compare=False, default_factory=dict["type[Any]", "dict[int, Plan]"]
    )
