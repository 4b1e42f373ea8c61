"""The connections beside the main one: feeders of memory, and the one on which the peer asks."""

import socket
import ssl
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, as_completed
from contextlib import suppress
from threading import Lock, Thread
from typing import Self

from ch_migration import Refusal, Reply
from ch_migration.feeder import Feeding
from ch_migration.feeder import Sender as Feeder
from ch_migration.messages import LIMIT_PAGE, PageFault
from ch_migration.page_server import Defaults, Receiver, Served, Serving
from ch_migration.runtime import Contents
from ch_migration.runtime.sockets import Driver
from ch_migration.runtime.tls import TlsDriver

from .sources import Chunk, Stored

Count = Callable[[int], None]  # of bytes that were sent; on any thread


class LostPagesError(Exception):
    """The peer can get no more memory from us, and may still need some."""


def counted(chunk: Chunk, count: Count) -> Contents:
    """The pieces of a request; each is counted when it was sent."""
    for piece in chunk.pieces:
        yield piece
        count(piece.size)


def feed(
    feeders: Sequence[tuple[socket.socket, Feeder]], chunks: Iterator[Chunk], count: Count
) -> None:
    """Send all memory, each request over the feeder that is free next, and wait for the replies.

    Raises:
        AskingFailed: a feeder has failed; the others are told to end.
        OSError: memory cannot be read.
    """
    lock = Lock()

    def run(feeder: Feeder) -> None:
        state = Feeding()
        while True:
            with lock:
                chunk = next(chunks, None)
            if chunk is None:
                return
            state = feeder.send(state, chunk.message, contents=counted(chunk, count))

    with ThreadPoolExecutor(len(feeders)) as pool:
        try:
            futures: list[Future[None]] = [pool.submit(run, feeder) for _, feeder in feeders]
            for future in as_completed(futures):
                future.result()
        except BaseException:
            for connection, _ in feeders:
                wake(connection)
            raise


def wake(connection: socket.socket) -> None:
    """End what a thread may be waiting for; an SSLSocket's own `shutdown` is not made for that."""
    with suppress(OSError):
        socket.socket.shutdown(connection, socket.SHUT_RDWR)


class Pages(Defaults):
    """Handlers: the peer asks for memory."""

    def __init__(self, stored: Stored, count: Count) -> None:
        self._stored = stored
        self._count = count
        self.asked = 0

    def page_fault(self, state: Serving, message: PageFault) -> tuple[Serving, bytes]:
        self.asked += 1
        if not 0 < message.length <= LIMIT_PAGE:
            text = f"{message.length} bytes are asked for at once, not 1 to {LIMIT_PAGE}"
            raise Refusal(Reply.Error, text)
        content = self._stored.read(message.gpa, message.length)
        self._count(message.length)
        return state, content


class PageServer:
    """Answers the peer on a thread of its own; a context manager that ends it."""

    def __init__(self, connection: socket.socket, pages: Pages) -> None:
        """Own the connection."""
        self._connection = connection
        self._pages = pages
        self._receiver = Receiver(pages)
        kind = TlsDriver if isinstance(connection, ssl.SSLSocket) else Driver
        self._driver = kind(connection, self._receiver)
        self._thread = Thread(target=self._driver.run, name="pages", daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        wake(self._connection)
        self._thread.join()
        self._receiver.close()
        self._connection.close()

    def check(self) -> None:
        """Whether all that was asked for was given.

        Raises:
            LostPagesError: it was not.
        """
        if self._receiver.failed:
            raise LostPagesError(str(self._receiver.failure))

    def wait(self, seconds: float) -> None:
        """Until the peer closes the connection.

        Raises:
            LostPagesError: it asked for what it could not get, or for nothing in so many seconds.
        """
        asked = -1
        while self._thread.is_alive() and self._pages.asked != asked:
            asked = self._pages.asked
            self._thread.join(seconds)
        self.check()
        if not isinstance(self._receiver.termination, Served):
            raise LostPagesError(f"for {seconds:g} s the peer neither asked for memory nor closed")
