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
from .parts import NOTHING
from .steps import Failed, attempt
from .targets import FileRange

S = TypeVar("S")
T = TypeVar("T")

COPIED: Final = 1 << 18  # bytes of contents that are gathered in memory, to be sent at once
_SMALL: Final = 1 << 16  # bytes that are gathered: more are worth a call of their own
_UNHEARD: Final = 1 << 20  # bytes that are sent before it is asked whether the peer said something
_LONGEST: Final = 1 << 30  # milliseconds in one call of poll
_WAITS: Final = (BlockingIOError, ssl.SSLWantReadError, ssl.SSLWantWriteError)


class Transfer(Generic[S, T]):
    """What passes through the connection; `links.Link` knows what has to."""

    def __init__(self, connection: socket.socket, asker: Asker[S, T]) -> None:
        """Own the connection, which is closed when the machine fails, or by `close`."""
        self.asker = asker
        self._connection = connection
        encrypts = isinstance(connection, ssl.SSLSocket)
        self._is_unix = connection.family == socket.AF_UNIX and not encrypts
        self._now = asker.now  # its time, which passes only while the peer is waited for
        self._unheard = 0
        self._elsewhere = False
        self._scratch = NOTHING  # bytes that are gathered, once there are contents
        self._gathered = 0
        connection.settimeout(0)
        if connection.family in (socket.AF_INET, socket.AF_INET6):
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._poll = select.poll()
        self._poll.register(connection)

    def heard(self) -> None:
        """The peer was heard of on another connection; any thread may say so."""
        self._elsewhere = True

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

    def _put_buffer(self, data: memoryview) -> bool:
        """Send a part of contents: a small one with those around it."""
        if data.nbytes > _SMALL:
            return self._flush() and self._put(data)
        if self._gathered + data.nbytes > COPIED and not self._flush():
            return False
        self._scratch[self._gathered : self._gathered + data.nbytes] = data
        self._gathered += data.nbytes
        return True

    def _put_file(self, piece: FileRange) -> bool:
        """The same, from a file: on a unix socket a large one by the kernel, unless it cannot.

        Through TCP, copies in large pieces arrive sooner than pages that are sent one by one.
        """
        size = piece.size

        def send(done: int) -> int:
            place, left = piece.offset + done, size - done
            return os.sendfile(self._connection.fileno(), piece.descriptor, place, left)

        if size <= _SMALL or not self._is_unix:
            return self._copy(piece, 0)
        return self._flush() and self._copy(piece, self._push(size, send))

    def _copy(self, piece: FileRange, done: int) -> bool:
        """Send what the kernel has not sent, gathered in memory."""
        while done < piece.size and self.asker.termination is None:
            if self._gathered == COPIED and not self._flush():
                return False
            room = self._scratch[self._gathered : self._gathered + piece.size - done]
            count = attempt(os.preadv, piece.descriptor, [room], piece.offset + done)
            if isinstance(count, Failed):
                self.asker.failed(count.error)
            elif not count:
                self.asker.failed(EOFError(f"a file ended {piece.size - done} bytes early"))
            else:
                done += count
                self._gathered += count
        return done == piece.size

    def _flush(self) -> bool:
        """Send what is gathered; whether all was taken."""
        data, self._gathered = self._scratch[: self._gathered], 0
        return self._put(data)

    def _push(self, size: int, send: Callable[[int], int]) -> int:
        """Send `size` bytes with calls that say how many were taken behind those already done.

        How many were: fewer if the peer is gone, has answered, or is silent; or nothing is left.
        """
        done = 0
        while done < size and self.asker.termination is None:
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
        left = None if deadline is None else max(0.0, deadline - self._now)
        self._poll.modify(self._connection, events)
        began = time.monotonic()
        ready = self._poll.poll(left and min(math.ceil(left * 1000), _LONGEST))
        self._now += time.monotonic() - began
        if self._receive() or any(found & select.POLLOUT for _, found in ready):
            return
        if self._elsewhere:
            self._elsewhere = False
            self.asker.heard(self._now)
        self.asker.tick(self._now)
