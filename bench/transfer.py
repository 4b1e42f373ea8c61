"""(c): contents of 1 GiB over one connection against a bare `recv_into` loop."""

import os
import socket
import struct
import time
from statistics import median
from typing import TYPE_CHECKING

from bench.measure import Ratio

from ch_migration.handlers import Defaults
from ch_migration.receiver import Receiver
from ch_migration.runtime import sockets

if TYPE_CHECKING:
    from collections.abc import Callable

SIZE = 1 << 30
CHUNK = 1 << 19
ROUNDS = 9
HEADER = struct.Struct("<H6xQ")


def ratios() -> list[Ratio]:
    """All of them, in the order of the printed table."""
    found: list[Ratio] = []
    for name, pair in (("unix", socket.socketpair), ("TCP", _tcp_pair)):
        runs = [(_receive(pair), _bare(pair)) for _ in range(ROUNDS)]
        ours, theirs = median(run[0] for run in runs), median(run[1] for run in runs)
        title = f"1 GiB of contents, {name}: as fast as recv_into"
        found.append(Ratio(title, ours, theirs, 0.9, at_least=True))
    return found


def _tcp_pair() -> tuple[socket.socket, socket.socket]:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        client = socket.create_connection(listener.getsockname())
        return client, listener.accept()[0]


def _send(sender: socket.socket, before: bytes, after: bytes) -> None:
    zeros = bytes(1 << 20)
    sender.sendall(before)
    for _ in range(SIZE // len(zeros)):
        sender.sendall(zeros)
    sender.sendall(after)
    sender.shutdown(socket.SHUT_WR)
    while sender.recv(1 << 16):
        pass
    sender.close()


def _timed(
    pair: "Callable[[], tuple[socket.socket, socket.socket]]",
    before: bytes,
    after: bytes,
    receive: "Callable[[socket.socket], object]",
) -> float:
    """Seconds; the peer is another process, as it always is."""
    sender, receiver = pair()
    process = os.fork()
    if not process:
        receiver.close()
        try:
            _send(sender, before, after)
        finally:
            os._exit(0)
    sender.close()
    start = time.perf_counter()
    with receiver:
        receive(receiver)
    elapsed = time.perf_counter() - start
    os.waitpid(process, 0)
    return elapsed


def _receive(pair: "Callable[[], tuple[socket.socket, socket.socket]]") -> float:
    config = b"{}"
    before = HEADER.pack(1, 0) + HEADER.pack(2, len(config)) + config
    before += HEADER.pack(4, 16) + struct.pack("<QQ", 0, SIZE)
    after = HEADER.pack(3, 2) + b"{}" + HEADER.pack(5, 0)
    return _timed(pair, before, after, lambda peer: sockets.drive(peer, Receiver(Defaults())))


def _bare(pair: "Callable[[], tuple[socket.socket, socket.socket]]") -> float:
    def loop(peer: socket.socket) -> None:
        view = memoryview(bytearray(CHUNK))
        while peer.recv_into(view):
            pass

    return _timed(pair, b"", b"", loop)
