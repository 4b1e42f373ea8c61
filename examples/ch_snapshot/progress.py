"""How far a migration is, in numbers. Knows the events of both sides, no terminal."""

import time
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from threading import Lock

from ch_migration.runtime import Event, MessageArrived, ReplyMade, StateEntered, Terminated


@dataclass(slots=True)
class Progress:
    """What has happened so far: handlers count, and `observe` is told of events."""

    clock: Callable[[], float] = time.monotonic
    memory: int = 0  # bytes of guest memory, or of it what is to be sent; 0 until Config came
    bytes: int = 0  # that arrived, left, or were copied; those that came twice count twice
    rounds: int = 0  # Memory requests on the main connection: all of it, then what changed since
    requests: int = 0  # Memory requests on all connections
    connections: int = 0
    state: str = "Listening"  # of the machine, once there is one
    paused_at: float | None = None  # when State began; None: not yet
    answered_at: float | None = None  # when the last message after it was answered
    _lock: AbstractContextManager[object] = field(default_factory=Lock, repr=False, compare=False)

    def arrived(self, count: int) -> None:
        """So many bytes of memory more, on any thread."""
        with self._lock:
            self.bytes += count

    def begins_round(self) -> None:
        """A Memory request on the main connection."""
        self.rounds += 1
        self.begins_request()

    def begins_request(self) -> None:
        """A Memory request, on any thread."""
        with self._lock:
            self.requests += 1

    def connects(self) -> None:
        """A further connection has a part in it."""
        with self._lock:
            self.connections += 1

    def observe(self, event: Event) -> None:
        """Take note of what the receiver tells."""
        match event:
            case MessageArrived(message="Start"):
                self.connections += 1
            case MessageArrived(message="State") if self.paused_at is None:
                self.paused_at = self.clock()
            case ReplyMade(message="State" | "Complete" | "CompletePaused"):
                self.answered_at = self.clock()
            case StateEntered(state=state) | Terminated(state=state):
                self.state = state
            case _:
                pass

    @property
    def paused(self) -> float:
        """Seconds from State's header to the last reply: so long the guest stood still."""
        if self.paused_at is None or self.answered_at is None:
            return 0.0
        return self.answered_at - self.paused_at


@dataclass(frozen=True, slots=True)
class Summary:
    """A snapshot that is stored, in numbers."""

    directory: str
    opaque: bool  # nobody could read its state
    source_kept: bool  # the source was told to keep its VM
    memory: int  # bytes
    holes: int  # bytes of it that nobody wrote
    bytes: int  # that arrived
    duplicates: int  # bytes of them that were written again later, in whole blocks of the file
    rounds: int
    requests: int
    connections: int
    paused: float  # seconds


@dataclass(frozen=True, slots=True)
class Sent:
    """A snapshot that a peer has taken, in numbers."""

    directory: str
    address: str
    paused: bool  # the peer was told not to let the VM go on
    memory: int  # bytes
    bytes: int  # of it that went over the connections, or were copied for the peer
    connections: int
