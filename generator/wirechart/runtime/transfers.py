"""One connection of an asker: bytes, descriptors and files out, replies in, waits that end. Linux.

A peer may answer or close while it is still being sent to: what it says is read all the same.
"""

import array
import math
import os
import select
import socket
import ssl
import time
from collections.abc import Callable
from types import TracebackType
from typing import Final, Generic, Self, TypeVar

from .asker import Asker
from .asking import FileRange
from .steps import Failed, attempt

S = TypeVar("S")
T = TypeVar("T")

COPIED: Final = (
    1 << 18
)  # bytes of a file that are in memory at once where the kernel cannot send it
_UNHEARD: Final = 1 << 20  # bytes that are sent before it is asked whether the peer said something
_LONGEST: Final = 1 << 30  # milliseconds in one call of poll
_WAITS: Final = (BlockingIOError, ssl.SSLWantReadError, ssl.SSLWantWriteError)


class Transfer(Generic[S, T]):
    """What passes through the connection; `links.Link` knows what has to."""

    def __init__(self, connection: socket.socket, asker: Asker[S, T]) -> None:
        """Own the connection, which is closed when the machine fails, or by `close`."""
        self.asker = asker
        self._connection = connection
        self._encrypts = isinstance(connection, ssl.SSLSocket)
        self._passes_descriptors = connection.family == socket.AF_UNIX and not self._encrypts
        self._now = asker.now  # its time, which passes only while the peer is waited for
        self._unheard = 0
        connection.settimeout(0)
        if connection.family != socket.AF_UNIX:
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._poll = select.poll()
        self._poll.register(connection)

    def close(self) -> None:
        """Close the connection."""
        self.asker.close()
        self._connection.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def _put(self, data: memoryview) -> bool:
        """Send bytes; whether all were taken."""
        send = self._connection.send
        return self._push(data.nbytes, lambda done: send(data[done:])) == data.nbytes

    def _pass(self, data: memoryview, descriptors: tuple[int, ...]) -> bool:
        """The same, with descriptors attached to the first byte."""
        rights = (socket.SOL_SOCKET, socket.SCM_RIGHTS, array.array("i", descriptors))

        def send(done: int) -> int:
            return self._connection.sendmsg([data[done:]], () if done else (rights,))

        return self._push(data.nbytes, send) == data.nbytes

    def _put_file(self, piece: FileRange) -> bool:
        """The same, from a file: by the kernel, or what it cannot send through memory."""
        descriptor, size = piece.descriptor, piece.size

        def send(done: int) -> int:
            place, left = piece.offset + done, size - done
            return os.sendfile(self._connection.fileno(), descriptor, place, left)

        done = 0 if self._encrypts else self._push(size, send)
        while done < size and self.asker.waiting:
            chunk = attempt(os.pread, descriptor, min(size - done, COPIED), piece.offset + done)
            if isinstance(chunk, Failed):
                self.asker.failed(chunk.error)
            elif not chunk:
                self.asker.failed(EOFError(f"a file ended {size - done} bytes early"))
            elif not self._put(memoryview(chunk)):
                return False
            else:
                done += len(chunk)
        return done == size

    def _push(self, size: int, send: Callable[[int], int]) -> int:
        """Send `size` bytes with calls that say how many were taken behind those already done.

        How many were: fewer if the peer is gone, has answered, or is silent; or nothing is left.
        """
        done = 0
        while done < size:
            try:
                count = send(done)
            except _WAITS:
                self._await(select.POLLIN | select.POLLOUT)
            except OSError:
                return done  # what the peer has said before it left is still to be read
            else:
                if not count:
                    return done
                done += count
                self._sent(count)
            if self.asker.termination is not None:
                return done
        return done

    def _sent(self, count: int) -> None:
        self.asker.sent(count, now=self._now)
        self._unheard += count
        if self._unheard >= _UNHEARD:
            self._unheard = 0
            self._receive()

    def _receive(self) -> bool:
        """Take what the peer says, if it says something or has left; whether it did."""
        view = self.asker.wants()
        if view is None:
            return False
        try:
            count = self._connection.recv_into(view)
        except _WAITS:
            return False
        except OSError:
            count = 0
        if count:
            self.asker.received(count, now=self._now)
        else:
            self.asker.eof(now=self._now)
        return True

    def _await(self, events: int) -> None:
        """Until the peer says or takes something, or its time is over."""
        deadline = self.asker.deadline
        left = (
            None
            if deadline is None
            else min(math.ceil(max(0.0, deadline - self._now) * 1000), _LONGEST)
        )
        self._poll.modify(self._connection, events)
        began = time.monotonic()
        ready = self._poll.poll(left and min(math.ceil(left * 1000), _LONGEST))
        self._now += time.monotonic() - began
        if not self._receive() and not any(found & select.POLLOUT for _, found in ready):
            self.asker.tick(self._now)
