"""What the generator has to make of Cloud Hypervisor's two askers, written by hand.

The source on its main connection, and the destination on the connection for page faults. Messages
are those of the generated package.
"""

import struct
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, overload

from ch_migration import (
    Code,
    Complete,
    CompletePaused,
    Config,
    Memory,
    MemoryFd,
    Start,
    State,
    runtime,
)
from ch_migration.runtime import Asker, AskingMachine, AskingWire, Contents, Outcome, Request
from ch_migration.runtime.links import Link

REQUEST = struct.Struct("<H6sQ")
NOTHING = bytes(6)


@dataclass(frozen=True, slots=True)
class PageFault:
    """Asks for a range of memory."""

    gpa: int
    length: int


@dataclass(frozen=True, slots=True)
class Established:
    pass


@dataclass(frozen=True, slots=True)
class Started:
    pass


@dataclass(frozen=True, slots=True)
class Configured:
    pass


@dataclass(frozen=True, slots=True)
class Paused:
    """State was sent: the source's VM stands still."""


@dataclass(frozen=True, slots=True)
class Migrated:
    """The VM is the destination's."""

    paused: bool


@dataclass(frozen=True, slots=True)
class Kept:
    """The VM stays here, unless its end is in doubt."""

    cause: runtime.Cause


@dataclass(frozen=True, slots=True)
class Faulting:
    pass


@dataclass(frozen=True, slots=True)
class Unserved:
    cause: runtime.Cause


WIRE = AskingWire(
    request=REQUEST,
    reply=struct.Struct("<H6xQ"),
    status=0,
    size=1,
    constants=(),
    echoes=(),
    replies={0: "Invalid", 1: "Ok", 2: "Error"},
    accept=1,
)


def _frame(code: int, payload: bytes = b"", headers: bytes = NOTHING) -> bytes:
    return REQUEST.pack(code, headers, len(payload)) + payload


def encode_start(message: Start) -> bytes:
    return _frame(Code.Start, headers=struct.pack("<H4x", message.version))


def encode_memory_fd(message: MemoryFd) -> bytes:
    return _frame(Code.MemoryFd, struct.pack("<I", message.slot))


def descriptors_of_memory_fd(message: MemoryFd) -> tuple[runtime.Descriptor]:
    return (message.memory,)


def encode_config(message: Config) -> bytes:
    return _frame(Code.Config, message.payload.raw)


def encode_state(message: State) -> bytes:
    return _frame(Code.State, message.payload.raw)


def encode_memory(message: Memory) -> bytes:
    return _frame(Code.Memory, b"".join(struct.pack("<QQ", *row) for row in message.table))


def contents_of_memory(message: Memory) -> int:
    return sum(length for _, length in message.table)


def encode_complete(_message: Complete) -> bytes:
    return _frame(Code.Complete)


def encode_complete_paused(_message: CompletePaused) -> bytes:
    return _frame(Code.CompletePaused)


def encode_page_fault(message: PageFault) -> bytes:
    return _frame(9, struct.pack("<QQ", message.gpa, message.length))


def _request(code: int, type_: type[Any], encode: Callable[[Any], bytes], **more: Any) -> Request:  # noqa: ANN401 -- of Request
    return Request(type=type_, code=code, encode=encode, **more)


def _faults(failure: type[Any], path: str) -> runtime.Faults:
    otherwise = runtime.Fault(None, failure, f"{path}.otherwise")
    return runtime.Faults(
        refused=otherwise,
        malformed=otherwise,
        handler_error=otherwise,
        eof=runtime.Fault(None, failure, f"{path}.on_eof"),
        idle=runtime.Fault(None, failure, f"{path}.on_idle"),
        silence=60.0,
    )


SOURCE = AskingMachine(
    wire=WIRE,
    requests={
        Start: _request(Code.Start, Start, encode_start),
        MemoryFd: _request(
            Code.MemoryFd, MemoryFd, encode_memory_fd, descriptors=descriptors_of_memory_fd
        ),
        Config: _request(Code.Config, Config, encode_config),
        Memory: _request(Code.Memory, Memory, encode_memory, contents=contents_of_memory),
        State: _request(Code.State, State, encode_state),
        Complete: _request(Code.Complete, Complete, encode_complete),
        CompletePaused: _request(Code.CompletePaused, CompletePaused, encode_complete_paused),
    },
    table={
        Established: {Start: Outcome(Started)},
        Started: {MemoryFd: Outcome(Started), Config: Outcome(Configured)},
        Configured: {Memory: Outcome(Configured), State: Outcome(Paused)},
        Paused: {
            Complete: Outcome(Migrated, (("paused", False),)),
            CompletePaused: Outcome(Migrated, (("paused", True),)),
        },
    },
    faults=dict.fromkeys((Established, Started, Configured, Paused), _faults(Kept, "source")),
    finals={
        Migrated: runtime.Final(success=True),
        Kept: runtime.Final(success=False, cause="cause"),
    },
)

PAGE_FAULTS = AskingMachine(
    wire=WIRE,
    requests={PageFault: _request(9, PageFault, encode_page_fault, replies_up_to=1 << 30)},
    table={Faulting: {PageFault: Outcome(Faulting)}},
    faults={Faulting: _faults(Unserved, "page_faults")},
    finals={Unserved: runtime.Final(success=False, cause="cause")},
)


class Source(Link[Established | Started | Configured | Paused, Migrated | Kept]):
    """The source's end of the main connection."""

    @overload
    def send(self, state: Established, message: Start) -> Started: ...
    @overload
    def send(self, state: Started, message: MemoryFd) -> Started: ...
    @overload
    def send(self, state: Started, message: Config) -> Configured: ...
    @overload
    def send(self, state: Configured, message: Memory, *, contents: Contents) -> Configured: ...
    @overload
    def send(self, state: Configured, message: State) -> Paused: ...
    @overload
    def send(self, state: Paused, message: Complete | CompletePaused) -> Migrated: ...
    def send(self, state: object, message: object, *, contents: Contents | None = None) -> object:
        """Ask in this state; where the reply leads."""
        return self.exchange(state, message, contents=contents)


class PageFaults(Link[Faulting, Unserved]):
    """The destination's end of a connection for page faults."""

    def send(
        self, state: Faulting, message: PageFault, *, into: memoryview | None = None
    ) -> tuple[Faulting, memoryview]:
        """Ask for a page; its bytes, or none if it lies in shared memory already."""
        following: tuple[Faulting, memoryview] = self.exchange(state, message, into=into)
        return following


def source() -> Asker[Established | Started | Configured | Paused, Migrated | Kept]:
    """A source at its beginning."""
    return Asker(SOURCE, Established())


def page_faults() -> Asker[Faulting, Unserved]:
    """A client of page faults at its beginning."""
    return Asker(PAGE_FAULTS, Faulting())
