"""A peer in a process of its own, as it always is: it sends, and the time of receiving is taken."""

import os
import socket
import struct
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING, Final, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Sequence

HEADER: Final = struct.Struct("<H6xQ")
RANGE: Final = struct.Struct("<QQ")
OK: Final = HEADER.pack(1, 0)  # the reply
START: Final = HEADER.pack(1, 0)
COMPLETE: Final = HEADER.pack(5, 0)
ZEROS: Final = bytes(1 << 20)
Stream: TypeAlias = tuple[tuple[bytes, int], ...]  # pieces, and how often each is sent


def tcp_pair() -> tuple[socket.socket, socket.socket]:
    """Two ends of a connection over the loopback."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        client = socket.create_connection(listener.getsockname())
        return client, listener.accept()[0]


PAIRS: Final = {"TCP": tcp_pair, "unix": socket.socketpair}


def zeros(size: int) -> Stream:
    """So many zeros."""
    return (ZEROS, size // len(ZEROS)), (ZEROS[: size % len(ZEROS)], 1)


def request(command: int, payload: bytes) -> bytes:
    """A request whose payload is all of it, or a table of contents that follow."""
    return HEADER.pack(command, len(payload)) + payload


CONFIG: Final = request(2, b"{}")
STATE: Final = request(3, b"{}")


def migration(table: Stream, contents: int) -> Stream:
    """What a source sends with one Memory message: a table, and so many bytes of contents."""
    size = sum(len(piece) * times for piece, times in table)
    before = START + CONFIG + HEADER.pack(4, size)
    return ((before, 1), *table, *zeros(contents), (STATE + COMPLETE, 1))


@contextmanager
def beside(work: "Callable[[], object]") -> "Generator[None]":
    """Do it in a process of its own, which has ended afterwards."""
    process = os.fork()
    if not process:
        try:
            work()
        finally:
            os._exit(0)
    try:
        yield
    finally:
        os.waitpid(process, 0)


def timed(
    transport: str,
    stream: Stream,
    receive: "Callable[[socket.socket], object]",
) -> float:
    """Seconds until all was received."""
    sender, receiver = PAIRS[transport]()

    def send() -> None:
        receiver.close()
        send_all(sender, stream)

    with beside(send):
        sender.close()
        start = time.perf_counter()
        with receiver:
            receive(receiver)
        return time.perf_counter() - start


def send_all(sender: socket.socket, stream: Stream) -> None:
    """Send it, and wait until the receiver closes."""
    _send(sender, stream)
    sender.shutdown(socket.SHUT_WR)
    while sender.recv(1 << 16):
        pass
    sender.close()


def _send(sender: socket.socket, stream: Stream) -> None:
    for piece, times in stream:
        for _ in range(times):
            sender.sendall(piece)


def exchange(source: socket.socket, stream: Stream) -> None:
    """Send one request, and take its reply.

    Raises:
        OSError: it is another one than Ok.
    """
    _send(source, stream)
    reply = source.recv(len(OK))
    if reply != OK:
        raise OSError(f"the receiver answered {reply.hex()}")


def table_of(places: "Sequence[tuple[int, int]]") -> bytes:
    """The bytes of a table of these addresses and sizes."""
    return b"".join(RANGE.pack(*place) for place in places)
