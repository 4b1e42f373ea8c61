"""What an observer of a machine is told, in the order in which it happens."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeAlias

from .causes import Cause


@dataclass(frozen=True, slots=True)
class MessageArrived:
    """A header is complete; `size` is that of the payload it announces, in bytes."""

    state: str
    message: str  # empty: an unknown code
    code: int
    size: int


@dataclass(frozen=True, slots=True)
class ReplyMade:
    """A reply is about to be sent; `size` is that of its payload, in bytes."""

    message: str
    reply: str
    size: int


@dataclass(frozen=True, slots=True)
class RequestMade:
    """A request is about to be sent; `size` is that of its payload, in bytes, without contents."""

    state: str
    message: str
    code: int
    size: int


@dataclass(frozen=True, slots=True)
class ReplyArrived:
    """The frame of a reply is complete; `size` is that of the payload it announces, in bytes."""

    message: str
    reply: str
    size: int


@dataclass(frozen=True, slots=True)
class StateEntered:
    """A transition, maybe to the same state."""

    before: str
    state: str
    message: str


@dataclass(frozen=True, slots=True)
class Terminated:
    """The machine has ended; nothing changes that any more."""

    state: str
    success: bool
    cause: Cause | None


Event: TypeAlias = (
    MessageArrived | ReplyMade | RequestMade | ReplyArrived | StateEntered | Terminated
)
Observer: TypeAlias = Callable[[Event], None]
