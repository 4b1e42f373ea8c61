"""A proxy between a source and a destination that cuts, stalls or holds up one connection.

Knows no protocol: it counts bytes, and passes on the descriptors that come with them.
"""

import os
import selectors
import socket
import struct
import threading
import time
from collections.abc import Callable
from contextlib import ExitStack, suppress
from dataclasses import dataclass
from typing import Final, Literal, Self, TypeAlias

from ch_migration.runtime.connect import connect
from ch_migration.runtime.sockets import address_of, listening

PATIENCE: Final = 20.0  # seconds that nothing here should take
HOLDING: Final = 0.2  # seconds after which a connection is held up no longer
_DESCRIPTORS: Final = 4  # at most, with one message
_RESET: Final = struct.pack("ii", 1, 0)  # SO_LINGER: the peer of TCP is told ECONNRESET

Kind: TypeAlias = Literal["close", "reset", "shutdown", "stall", "hold"]
Counts: TypeAlias = tuple[int, int]  # bytes of the source and of the destination that have passed


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """What happens to a connection, once so many bytes of one direction have passed.

    One that is held up goes on when the others have passed on as much as `others`.
    """

    kind: Kind = "close"
    passes: int
    answers: bool = False  # of what the destination says; otherwise of what the source does
    waits: bool = False  # until one more byte has come, which does not pass
    connection: int = 0  # in the order in which the source connects; 0: the main one
    others: int = 0  # bytes of the source


@dataclass(frozen=True, slots=True)
class Turn:
    """The destination said something on the main connection."""

    before: Counts
    size: int
    stored: bool  # what `stored` gave, before it was passed on


class _Pair:
    """A connection: its ends are the source, and the destination once it is connected."""

    def __init__(self, number: int, source: socket.socket) -> None:
        self.number = number
        self.ends = [source]
        self.passed = [0, 0]
        self.ended = [False, False]
        self.watched = False


class Proxy:
    """Passes everything on, on a thread of its own; a context manager that ends it."""

    def __init__(
        self,
        listens: str,
        to: str,
        fault: Fault | None,
        *,
        stored: Callable[[], bool],
        turned: Callable[[int], None],
        most: int = 1 << 16,
    ) -> None:
        """`turned` is told how many times the destination has spoken on the main connection.

        So many bytes are taken at once at `most`; where descriptors travel, as few as precede them.
        """
        self.turns: list[Turn] = []
        self._to, self._fault, self._most = to, fault, most
        self._stored, self._turned = stored, turned
        self._pairs: list[_Pair] = []
        self._struck = False  # the fault has happened
        self._held: _Pair | None = None
        self._release = 0.0  # when it goes on at the latest
        self._stack = ExitStack()
        self._listener = self._stack.enter_context(listening(listens))
        self.address = address_of(self._listener)
        self._selector = self._stack.enter_context(selectors.DefaultSelector())
        self._stop, stopped = socket.socketpair()
        self._stack.enter_context(stopped)
        self._selector.register(self._listener, selectors.EVENT_READ)
        self._selector.register(stopped, selectors.EVENT_READ)
        self._thread = threading.Thread(target=self._run, name="proxy")

    @property
    def counts(self) -> tuple[Counts, ...]:
        """What has passed on each connection."""
        return tuple((pair.passed[0], pair.passed[1]) for pair in self._pairs)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.close()
        self._thread.join(PATIENCE)
        for pair in self._pairs:
            self._close(pair)
        self._stack.close()
        assert not self._thread.is_alive()

    def _run(self) -> None:
        while True:
            for key, _ in self._selector.select(HOLDING if self._held else None):
                if key.data is not None:
                    pair, side = key.data
                    if pair.watched and not pair.ended[side]:  # by what came a moment ago
                        self._pass(pair, side)
                elif key.fileobj is self._listener:
                    self._accept()
                else:
                    return
            self._relent()

    def _accept(self) -> None:
        source, _ = self._listener.accept()
        source.settimeout(PATIENCE)
        pair = _Pair(len(self._pairs), source)
        self._pairs.append(pair)
        if self._is_held_at_once(pair):
            self._strike(pair)
        else:
            self._open(pair)

    def _is_held_at_once(self, pair: _Pair) -> bool:
        fault = self._fault
        return fault is not None and fault.kind == "hold" and self._is_due(pair, 0)

    def _open(self, pair: _Pair) -> None:
        if len(pair.ends) == 1:
            try:
                pair.ends.append(connect(self._to, seconds=PATIENCE))
            except OSError:
                return self._close(pair)
        pair.watched = True
        for side, end in enumerate(pair.ends):
            if end.family != socket.AF_UNIX:
                end.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            self._selector.register(end, selectors.EVENT_READ, (pair, side))
        return None

    def _pass(self, pair: _Pair, side: int) -> None:
        data, descriptors = self._taken(pair.ends[side])
        try:
            if data:
                self._forward(pair, side, data, descriptors)
            else:
                self._end(pair, side)
        except OSError:  # the other end is gone
            self._close(pair)
        finally:
            for number in descriptors:
                os.close(number)

    def _taken(self, end: socket.socket) -> tuple[bytes, list[int]]:
        try:
            if end.family != socket.AF_UNIX:
                return end.recv(self._most), []
            return socket.recv_fds(end, self._most, _DESCRIPTORS)[:2]
        except ConnectionError:
            return b"", []

    def _forward(self, pair: _Pair, side: int, data: bytes, descriptors: list[int]) -> None:
        room = self._room(pair, side, len(data))
        if part := data[:room]:
            if side and not pair.number:
                before = pair.passed[0], pair.passed[1]
                self.turns.append(Turn(before, len(part), self._stored()))
            other = pair.ends[1 - side]
            sent = socket.send_fds(other, [part], descriptors) if descriptors else 0
            other.sendall(part[sent:])
            pair.passed[side] += len(part)
            if side and not pair.number:
                self._turned(len(self.turns))
        if room < len(data) or self._is_due(pair, side):
            self._strike(pair)

    def _room(self, pair: _Pair, side: int, size: int) -> int:
        """How many of so many bytes pass."""
        fault = self._fault
        if fault is None or fault.kind == "hold" or not self._concerns(fault, pair, side):
            return size
        return min(size, fault.passes - pair.passed[side])

    def _is_due(self, pair: _Pair, side: int) -> bool:
        fault = self._fault
        if fault is None or fault.waits or not self._concerns(fault, pair, side):
            return False
        return pair.passed[side] >= fault.passes

    def _concerns(self, fault: Fault, pair: _Pair, side: int) -> bool:
        return (pair.number, side, False) == (fault.connection, fault.answers, self._struck)

    def _strike(self, pair: _Pair) -> None:
        assert self._fault
        self._struck = True
        match self._fault.kind:
            case "close":
                self._close(pair)
            case "reset":
                for end in pair.ends:
                    end.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET)
                self._close(pair)
            case "shutdown":
                self._forget(pair)
                for end in pair.ends:
                    end.shutdown(socket.SHUT_RDWR)
            case "stall":
                self._forget(pair)
            case "hold":
                self._forget(pair)
                self._held, self._release = pair, time.monotonic() + HOLDING

    def _relent(self) -> None:
        """Let what is held up go on, when it is time."""
        if self._held is None or self._fault is None:
            return
        others = sum(pair.passed[0] for pair in self._pairs[1:] if pair is not self._held)
        if others >= self._fault.others or time.monotonic() >= self._release:
            pair, self._held = self._held, None
            self._open(pair)

    def _end(self, pair: _Pair, side: int) -> None:
        """Nothing more comes from one end."""
        self._selector.unregister(pair.ends[side])
        pair.ended[side] = True
        if all(pair.ended):
            self._close(pair)
        else:
            pair.ends[1 - side].shutdown(socket.SHUT_WR)

    def _forget(self, pair: _Pair) -> None:
        """Look at neither end."""
        pair.watched = False
        for end in pair.ends:
            with suppress(KeyError):
                self._selector.unregister(end)

    def _close(self, pair: _Pair) -> None:
        if pair.watched:
            self._forget(pair)
        for end in pair.ends:
            end.close()
