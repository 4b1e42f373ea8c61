"""An asker on a socket: sends requests with what belongs to them, and takes the replies. Linux.

A peer may answer or close while it is still being sent to: what it says is read all the same. Time
stands still while the program supplies contents: only waiting for the peer counts.
"""

import array
import math
import os
import select
import socket
import ssl
import time
from collections.abc import Callable, Iterable, Iterator
from types import TracebackType
from typing import Any, Final, Generic, Self, TypeAlias, TypeVar

from .asker import Asker
from .asking import Asked, Request
from .causes import Cause, NotAllowedError
from .steps import Failed, attempt
from .targets import FileRange

S = TypeVar("S")
T = TypeVar("T")

COPIED: Final = (
    1 << 18
)  # bytes of a file that are in memory at once where the kernel cannot send it
_UNHEARD: Final = 1 << 20  # bytes that are sent before it is asked whether the peer said something
_WAITS: Final = (BlockingIOError, ssl.SSLWantReadError, ssl.SSLWantWriteError)


# What follows a payload, in order: exactly as many bytes as the message announces.
Contents: TypeAlias = Iterable[bytes | bytearray | memoryview | FileRange]


class AskingFailed(Exception):  # noqa: N818 -- how a protocol ended, not an error of the program
    """The machine has ended in a failure, and the connection is closed."""

    def __init__(self, termination: object, cause: Cause | None, *, in_doubt: bool) -> None:
        super().__init__(str(cause))
        self.termination = termination
        self.cause = cause
        self.in_doubt = in_doubt  # the peer may have done what ends the machine in a success


class Link(Generic[S, T]):
    """One connection and its asker; a generated subclass declares where each message leads."""

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

    def exchange(
        self,
        state: object,
        message: object,
        *,
        contents: Contents | None = None,
        into: memoryview | None = None,
    ) -> Any:  # noqa: ANN401 -- the generated method says what
        """Ask in this state, and wait for the reply: the next state.

        For a message whose reply has a payload a pair: the state, and the payload, which is at the
        beginning of `into` if that is given.

        Raises:
            NotAllowedError: nothing was sent, nothing has changed.
            AskingFailed: the machine has ended in a failure.
        """
        request = self._request(state, message, contents)
        self._receive()  # what nobody asked for, or the end
        if self.asker.termination is None:
            asked = self.asker.ask(message, into=into, now=self._now)
            try:
                self._carry(asked, contents)
            except BaseException:
                self.close()
                raise
        return self._result(request)

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

    def _request(self, state: object, message: object, contents: Contents | None) -> Request:
        """What is known of the message, once it may be asked like this."""
        request = self.asker.allowed(message)[0]
        wrong = ""
        if state != self.asker.state:
            wrong = f"it is in {type(self.asker.state).__name__}"
        elif request.descriptors and not self._passes_descriptors:
            wrong = "descriptors pass through unix sockets only"
        elif (contents is None) is not (request.contents is None):
            wrong = "it needs contents" if contents is None else "it has no contents"
        if wrong:
            raise NotAllowedError(type(state).__name__, request.name, wrong)
        return request

    def _result(self, request: Request) -> Any:  # noqa: ANN401 -- as of `exchange`
        asker = self.asker
        if asker.cause is not None:
            self.close()
            raise AskingFailed(asker.termination, asker.cause, in_doubt=asker.in_doubt)
        following = asker.state if asker.termination is None else asker.termination
        return following if request.replies_up_to is None else (following, asker.payload)

    def _carry(self, asked: Asked, contents: Contents | None) -> None:
        """Send all of it, or as much as the peer takes, until its reply has come."""
        data = memoryview(asked.data)
        if asked.descriptors:
            # The peer reads a header without room for descriptors.
            sent = self._put(data[: asked.header]) and self._pass(
                data[asked.header :], asked.descriptors
            )
        else:
            sent = self._put(data)
        if sent and contents is not None:
            self._supply(iter(contents), asked.contents)
        while self.asker.waiting:
            if not self._receive():
                self._await(select.POLLIN)

    def _supply(
        self, pieces: Iterator[bytes | bytearray | memoryview | FileRange], size: int
    ) -> None:
        """Send contents, exactly as many as were announced."""
        left = size
        while self.asker.termination is None:
            piece = attempt(next, pieces, None)
            if isinstance(piece, Failed):
                return self.asker.failed(piece.error)
            if piece is None:
                break
            if not isinstance(piece, FileRange):
                piece = memoryview(piece).cast("B")
            left -= piece.size if isinstance(piece, FileRange) else piece.nbytes
            if left < 0:
                return self.asker.failed(ValueError(f"more than {size} bytes were supplied"))
            if not (self._put_file(piece) if isinstance(piece, FileRange) else self._put(piece)):
                return None
        if left:
            self.asker.failed(ValueError(f"{left} of {size} bytes were not supplied"))
        return None

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
        left = None if deadline is None else math.ceil(max(0.0, deadline - self._now) * 1000)
        self._poll.modify(self._connection, events)
        began = time.monotonic()
        ready = self._poll.poll(left)
        self._now += time.monotonic() - began
        if not self._receive() and not any(found & select.POLLOUT for _, found in ready):
            self.asker.tick(self._now)
