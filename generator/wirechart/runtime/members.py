"""How a receiver is driven over one connection of several: the main one, or a further one."""

import math
import socket
import time
from collections.abc import Callable
from typing import Any

from .arrivals import Arrival
from .core import Core
from .intake import LostError, Taken
from .progress import Progress
from .sockets import Driver
from .targets import Wide
from .tls import TlsDriver


class Member(Driver):
    """A connection whose first header has come already: it is the first thing received."""

    __slots__ = ("_first", "_progress", "_truncated")

    def __init__(self, arrival: Arrival, receiver: Core[Any, Any], progress: Progress) -> None:
        super().__init__(arrival.connection, receiver)
        self._first = bytes(arrival.first)
        self._truncated = arrival.truncated
        self._progress = progress

    @property
    def connection(self) -> socket.socket:
        """What it is driven over."""
        return self._connection

    @property
    def receiver(self) -> Core[Any, Any]:
        """What is driven."""
        return self._receiver

    def _take(self, target: memoryview | Wide, seconds: float | None) -> Taken | None:
        if not self._first or not isinstance(target, memoryview):
            return super()._take(target, seconds)
        first, self._first = self._first, b""
        target[: len(first)] = first
        return len(first), (), self._truncated


class Main(Member):
    """The main connection: it is not silent while another one is not, and has a time limit."""

    __slots__ = ("_dismiss", "_end", "late")

    def __init__(
        self,
        arrival: Arrival,
        receiver: Core[Any, Any],
        progress: Progress,
        seconds: float | None,
        dismiss: Callable[[], None],
    ) -> None:
        """`dismiss` ends all others: a peer may close this connection only after them."""
        super().__init__(arrival, receiver, progress)
        self._end = math.inf if seconds is None else time.monotonic() + seconds
        self._dismiss = dismiss
        self.late = False  # it was ended by the time limit

    def _take(self, target: memoryview | Wide, seconds: float | None) -> Taken | None:
        if self._is_late():
            raise TimeoutError
        left = self._end - time.monotonic()
        if left < (math.inf if seconds is None else seconds):
            # Whole seconds, as long as there are some: the kernel is not told anew for each read.
            seconds = left if left < 1 else math.ceil(left)
        return super()._take(target, seconds)

    def _silent(self, now: float) -> bytes:
        receiver = self._receiver
        if self._is_late():
            return receiver.eof(now=self._now)
        heard = now - self._progress.quiet()
        if receiver.termination is None and heard > receiver.now:
            self._now = now
            receiver.heard(heard)
            return b""
        return super()._silent(now)

    def _is_late(self) -> bool:
        if self._receiver.termination is None and time.monotonic() >= self._end:
            self.late = True
        return self.late

    def _part(self) -> None:
        self._dismiss()
        super()._part()


class Further(Member):
    """A further connection: its requests are counted, and refused when they are not wanted."""

    __slots__ = ("_peer", "_request")

    def __init__(self, arrival: Arrival, receiver: Core[Any, Any], progress: Progress) -> None:
        super().__init__(arrival, receiver, progress)
        self._peer = arrival.peer
        self._request = False  # one is in hand

    def _take(self, target: memoryview | Wide, seconds: float | None) -> Taken | None:
        receiver, progress = self._receiver, self._progress
        if self._request and not (receiver.in_request and receiver.termination is None):
            self._conclude()
        progress.waits(self._peer)
        try:
            taken = super()._take(target, seconds)
        except LostError:
            progress.works(self._peer)
            raise
        progress.works(self._peer)
        rests = receiver.termination is None and not receiver.in_request
        if rests and taken and taken[0] == target.nbytes:  # a header is complete
            self._request = progress.begins(self._peer)
            if not self._request:
                receiver.refuse()
        return taken

    def _part(self) -> None:
        if self._request:
            self._conclude()
        super()._part()

    def _conclude(self) -> None:
        self._request = False
        if self._receiver.failed:
            self._progress.fails(self._peer, self._receiver.failure)
        else:
            self._progress.ends(self._peer)


class TlsMain(Main, TlsDriver):
    """The same over TLS."""

    __slots__ = ()


class TlsFurther(Further, TlsDriver):
    """The same over TLS."""

    __slots__ = ()
