"""What an asker is driven by: frames, requests and the table, as data. The like of `machine`.

Knows neither how bytes travel nor why a program asks. Codes and replies are numbers here; the
generated enumerations are numbers too.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from struct import Struct
from typing import Any, TypeAlias

from .causes import Cause
from .descriptors import Descriptor
from .kinds import Kind
from .machine import Faults, Final, Header, Values
from .targets import FileRange


@dataclass(frozen=True, slots=True, kw_only=True)
class AskingWire:
    """The frames of requests and replies; a field is its index in the frame."""

    request: Struct
    reply: Struct
    status: int  # the reply's field that holds its code
    size: int | None  # the reply's field with the size of its payload; None: it never has one
    constants: tuple[tuple[int, int], ...]  # fields of a reply that always have one value
    echoes: tuple[tuple[int, int], ...]  # fields of a reply, and those of its request they repeat
    replies: Mapping[int, str]
    accept: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """How one message is asked, and what its reply may carry."""

    type: type[Any]
    code: int
    # Header and payload, without contents. A message that cannot be said, or that is longer than
    # its limit, raises ValueError, MalformedError or struct.error.
    encode: Callable[[Any], bytes]
    descriptors: Callable[[Any], tuple[Descriptor, ...]] | None = None  # they go with the payload
    contents: Callable[[Any], int] | None = None  # bytes that follow the payload; None: none
    answered: bool = True
    replies_with: Callable[[Any], int] | None = None  # size of the reply's payload; None: any
    replies_up_to: int | None = None  # the most bytes in the reply's payload; None: it has none

    @property
    def name(self) -> str:
        """The message's name in the spec."""
        return self.type.__name__


@dataclass(frozen=True, slots=True)
class Outcome:
    """Where a message leads once it is accepted, or once it is sent if nothing answers it."""

    target: type[Any]
    values: Values = ()  # what the target is made of
    element: str = ""  # what says so: a path in the spec
    cause: str = ""  # of a failure that the program asks for, as the spec names it


@dataclass(frozen=True, slots=True, kw_only=True)
class AskingMachine:
    """All of it. Every fault leads to a failure; they have no replies."""

    wire: AskingWire
    requests: Mapping[type[Any], Request]  # by type of message
    table: Mapping[type[Any], Mapping[type[Any], Outcome]]  # a message that is missing: not allowed
    faults: Mapping[type[Any], Faults]  # by running state
    finals: Mapping[type[Any], Final]


# What follows a payload, in order: exactly as many bytes as the message announces.
Contents: TypeAlias = Iterable[bytes | bytearray | memoryview | FileRange]


class AskingFailed(Exception):  # noqa: N818 -- how a protocol ended, not an error of the program
    """The machine has ended in a failure, and the connection is closed."""

    def __init__(self, termination: object, cause: Cause | None, *, in_doubt: bool) -> None:
        super().__init__(str(cause))
        self.termination = termination
        self.cause = cause
        self.in_doubt = in_doubt  # the peer may have done what ends the machine in a success


@dataclass(frozen=True, slots=True)
class Asked:
    """What has to be sent for a request, in this order."""

    data: bytes  # header and payload
    header: int  # bytes of the header: descriptors go with what stands behind it
    descriptors: tuple[int, ...]  # numbers; the message still owns them
    contents: int  # bytes that follow


@dataclass(slots=True)
class Pending:
    """A request that has no reply yet."""

    request: Request
    outcome: Outcome
    header: Header
    left: int  # bytes of the request that are not sent
    into: memoryview | None  # where the reply's payload goes; None: it is to be made
    exactly: int | None  # bytes of that payload; None: any number up to `most`
    most: int

    def wrong(self, size: int) -> str:
        """Why the reply's payload cannot have this size; empty when it can."""
        if self.exactly is not None:
            return "" if size == self.exactly else f"its length is {size}, not {self.exactly}"
        return f"its length {size} is more than {self.most}" if size > self.most else ""

    def place(self, size: int) -> memoryview:
        """Where a payload of that size goes."""
        return memoryview(bytearray(size)) if self.into is None else self.into[:size]


def valid(kind: Kind, payload: bytes) -> bytes:
    """A payload as the peer will accept it.

    Raises:
        ValueError: it has a size that its message cannot have.
        MalformedError: it is not what its message says.
    """
    wrong = kind.wrong(len(payload))
    if wrong:
        raise ValueError(wrong)
    kind.parse(payload)
    return payload


def begin(
    frame: Struct, request: Request, outcome: Outcome, message: object, into: memoryview | None
) -> tuple[Asked, Pending]:
    """Encode a request, and what is to be known of it until its reply has come.

    Raises:
        ValueError, MalformedError, struct.error: it cannot be said, or not in this way.
    """
    owned = request.descriptors(message) if request.descriptors else ()
    numbers = tuple(descriptor.fileno() for descriptor in owned)
    contents = request.contents(message) if request.contents else 0
    asked = Asked(request.encode(message), frame.size, numbers, contents)
    most = request.replies_up_to or 0
    exactly = request.replies_with(message) if request.replies_with else None
    if request.replies_up_to is None:
        exactly = 0
    if into is not None:
        into = into.cast("B")
        most = min(most, into.nbytes)
        if request.replies_up_to is None or into.readonly or most < (exactly or 0):
            raise ValueError("the payload of its reply does not fit into that buffer")
    header, left = frame.unpack_from(asked.data), len(asked.data) + contents
    return asked, Pending(request, outcome, header, left, into, exactly, most)
