"""The yardstick: the flagship's receiver as one writes it by hand, with match over dataclasses.

It does what the generated one does on the way of a good migration: decodes, decides, calls a
handler, checks what it returned, closes what nobody holds, answers. It has no deadlines, no
draining, no causes.
"""

import json
import struct
from dataclasses import dataclass, field

HEADER = struct.Struct("<H6sQ")
RANGE = struct.Struct("<QQ")
OK = struct.pack("<H6xQ", 1, 0)
ERROR = struct.pack("<H6xQ", 2, 0)
MAX_CONFIG = 4 << 20
MAX_STATE = 16 << 20


@dataclass(frozen=True, slots=True)
class Start:
    version: int


@dataclass(frozen=True, slots=True)
class Config:
    raw: bytes


@dataclass(frozen=True, slots=True)
class State:
    raw: bytes


@dataclass(frozen=True, slots=True)
class Memory:
    ranges: bytes


@dataclass(frozen=True, slots=True)
class Complete:
    pass


@dataclass(frozen=True, slots=True)
class CompletePaused:
    pass


@dataclass(frozen=True, slots=True)
class Abandon:
    pass


@dataclass(frozen=True, slots=True)
class MemoryFd:
    slot: int
    fd: int


Message = Start | Config | State | Memory | Complete | CompletePaused | Abandon | MemoryFd


@dataclass(frozen=True, slots=True)
class Established:
    pass


@dataclass(frozen=True, slots=True)
class Started:
    pass


@dataclass(frozen=True, slots=True)
class MemoryFdsReceived:
    memory_fds: dict[int, int] = field(default_factory=dict[int, int])


class Nothing:
    """Guest memory that is none; whoever holds it last closes it."""

    __slots__ = ()

    def close(self) -> None:
        """Nothing is open."""


@dataclass(frozen=True, slots=True)
class Configured:
    config: Config
    memory: Nothing


@dataclass(frozen=True, slots=True)
class StateReceived:
    config: Config
    memory: Nothing
    state: State


@dataclass(frozen=True, slots=True)
class Completed:
    paused: bool


@dataclass(frozen=True, slots=True)
class Aborted:
    reason: str


Running = Established | Started | MemoryFdsReceived | Configured | StateReceived
Termination = Completed | Aborted


class Handlers:
    """Builds every state from what arrived; stores nothing."""

    def start(self, state: Established, message: Start) -> Started:
        return Started()

    def memory_fd(self, state: Started | MemoryFdsReceived, message: MemoryFd) -> MemoryFdsReceived:
        known = state.memory_fds if isinstance(state, MemoryFdsReceived) else {}
        return MemoryFdsReceived({**known, message.slot: message.fd})

    def config(self, state: Started | MemoryFdsReceived, message: Config) -> Configured:
        return Configured(message, Nothing())

    def memory(self, state: Configured, message: Memory) -> Configured:
        return state

    def state(self, state: Configured, message: State) -> StateReceived:
        return StateReceived(state.config, state.memory, message)

    def complete(self, state: StateReceived, message: Complete) -> Completed:
        return Completed(paused=False)

    def complete_paused(self, state: StateReceived, message: CompletePaused) -> Completed:
        return Completed(paused=True)


def decide(state: Running, message: Message) -> str:
    """The decision alone: the target's name."""
    match state, message:
        case Established(), Start(version=0):
            return "Started"
        case ((Started() | MemoryFdsReceived()), MemoryFd()):
            return "MemoryFdsReceived"
        case ((Started() | MemoryFdsReceived()), Config()):
            return "Configured"
        case Configured(), Memory():
            return "Configured"
        case Configured(), State():
            return "StateReceived"
        case StateReceived(), (Complete() | CompletePaused()):
            return "Completed"
        case _:
            return "Aborted"


def checked(result: object, expected: type) -> object:
    """What a handler returned, if it is what the transition says."""
    if not isinstance(result, expected):
        raise TypeError(f"expected {expected.__name__}, got {result!r}")
    return result


def step(handlers: Handlers, state: Running, message: Message) -> tuple[object, bytes]:
    """Next state and reply."""
    try:
        match state, message:
            case Established(), Start(version=0):
                return checked(handlers.start(state, message), Started), OK
            case ((Started() | MemoryFdsReceived()), MemoryFd()):
                return checked(handlers.memory_fd(state, message), MemoryFdsReceived), OK
            case ((Started() | MemoryFdsReceived()), Config()):
                return checked(handlers.config(state, message), Configured), OK
            case Configured(), Memory():
                return checked(handlers.memory(state, message), Configured), OK
            case Configured(), State():
                return checked(handlers.state(state, message), StateReceived), OK
            case StateReceived(), Complete():
                result = checked(handlers.complete(state, message), Completed)
                state.memory.close()
                return result, OK
            case StateReceived(), CompletePaused():
                result = checked(handlers.complete_paused(state, message), Completed)
                state.memory.close()
                return result, OK
            case _, Abandon():
                return Aborted("abandoned"), OK
            case _:
                return Aborted("refused"), ERROR
    except Exception as error:
        return Aborted(str(error)), ERROR


def decode(command: int, headers: bytes, payload: bytes) -> Message:
    """The message; what is wrong with it raises."""
    length = len(payload)
    match command:
        case 1 if length == 0:
            return Start(int.from_bytes(headers[:2], "little"))
        case 2 if length <= MAX_CONFIG:
            return Config(json_object(payload))
        case 3 if length <= MAX_STATE:
            return State(json_object(payload))
        case 4 if length % RANGE.size == 0:
            return Memory(payload)
        case 5 if length == 0:
            return Complete()
        case 8 if length == 0:
            return CompletePaused()
        case _:
            return Abandon()


def json_object(text: bytes) -> bytes:
    """The same text, if it is one of an object."""
    if not isinstance(json.loads(text), dict):
        raise TypeError("the payload is no object")
    return text


def session(stream: bytes) -> tuple[object, bytes]:
    """A whole session: last state and all replies. Contents are copied out of the way."""
    handlers = Handlers()
    view = memoryview(stream)
    scratch = memoryview(bytearray(1 << 19))
    state: object = Established()
    replies = bytearray()
    at = 0
    while at < len(stream) and not isinstance(state, Completed | Aborted):
        command, headers, length = HEADER.unpack_from(stream, at)
        at += HEADER.size
        message = decode(command, headers, stream[at : at + length])
        at += length
        if isinstance(message, Memory):
            for _, size in RANGE.iter_unpack(message.ranges):
                for start in range(at, at + size, scratch.nbytes):
                    piece = view[start : min(at + size, start + scratch.nbytes)]
                    scratch[: piece.nbytes] = piece
                at += size
        state, reply = step(handlers, state, message)  # type: ignore[arg-type]  # running, as the loop says
        replies += reply
    return state, bytes(replies)
