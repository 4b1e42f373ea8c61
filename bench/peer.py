"""A peer in a process of its own, as it always is: it sends, and the time of receiving is taken."""

import os
import socket
import struct
import time
from typing import TYPE_CHECKING, Final, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

HEADER: Final = struct.Struct("<H6xQ")
RANGE: Final = struct.Struct("<QQ")
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


def migration(table: Stream, contents: int) -> Stream:
    """What a source sends with one Memory message: a table, and so many bytes of contents."""
    size = sum(len(piece) * times for piece, times in table)
    before = HEADER.pack(1, 0) + HEADER.pack(2, 2) + b"{}" + HEADER.pack(4, size)
    after = HEADER.pack(3, 2) + b"{}" + HEADER.pack(5, 0)
    return ((before, 1), *table, *zeros(contents), (after, 1))


def timed(
    transport: str,
    stream: Stream,
    receive: "Callable[[socket.socket], object]",
) -> float:
    """Seconds until all was received."""
    sender, receiver = PAIRS[transport]()
    process = os.fork()
    if not process:
        receiver.close()
        try:
            _send(sender, stream)
        finally:
            os._exit(0)
    sender.close()
    start = time.perf_counter()
    with receiver:
        receive(receiver)
    elapsed = time.perf_counter() - start
    os.waitpid(process, 0)
    return elapsed


def _send(sender: socket.socket, stream: Stream) -> None:
    for piece, times in stream:
        for _ in range(times):
            sender.sendall(piece)
    sender.shutdown(socket.SHUT_WR)
    while sender.recv(1 << 16):
        pass
    sender.close()


def table_of(places: "Sequence[tuple[int, int]]") -> bytes:
    """The bytes of a table of these addresses and sizes."""
    return b"".join(RANGE.pack(*place) for place in places)
