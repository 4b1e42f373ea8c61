"""Two ends of a connection: an asker at ours, and a peer that does what it is told at the other."""

import os
import socket
import threading
from collections.abc import Callable, Generator, Iterable
from typing import Any, Self, TypeAlias

from runtime import link
from runtime.asking_link import (
    ASKING,
    Client,
    Ready,
    asker,
)
from wirechart.runtime import (
    Asker,
)
from wirechart.runtime.sockets import drive

MIB = 1 << 20
GIB = 1 << 30
Pair: TypeAlias = Callable[[], tuple[socket.socket, socket.socket]]


def tcp_pair() -> tuple[socket.socket, socket.socket]:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        ours = socket.create_connection(listener.getsockname())
        return ours, listener.accept()[0]


def unix_pair() -> tuple[socket.socket, socket.socket]:
    return socket.socketpair()


PAIRS: dict[str, Pair] = {"unix": unix_pair, "tcp": tcp_pair}


class Kept:
    """A memory that keeps contents, so many bytes."""

    def __init__(self, size: int) -> None:
        self.content = bytearray(size)

    def receive(self, places: Iterable[tuple[int, int]]) -> Generator[memoryview, None, None]:
        for address, size in places:
            if size:
                yield memoryview(self.content)[address : address + size]

    def close(self) -> None:
        pass


class Peer:
    """What runs at the other end, on a thread of its own; `over` is set when the test has ended."""

    def __init__(self, run: Callable[[threading.Event], object]) -> None:
        self._over = threading.Event()
        self._thread = threading.Thread(target=run, args=(self._over,))
        self._thread.start()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._thread.join(20)
        assert not self._thread.is_alive()


Script: TypeAlias = Callable[[socket.socket, threading.Event], object]


def receiving(peer: socket.socket, receiver: link.Receiver) -> Peer:
    """The real receiver of that protocol."""
    return Peer(lambda _: drive(peer, receiver))


def scripted(peer: socket.socket, script: Script) -> Peer:
    """A peer that does what it is told, and closes."""

    def run(over: threading.Event) -> None:
        with peer:
            peer.settimeout(20)
            script(peer, over)

    return Peer(run)


def replies(asked: int, reply: bytes) -> Script:
    """Take so many bytes, and answer."""

    def script(peer: socket.socket, _: threading.Event) -> None:
        take(peer, asked)
        peer.sendall(reply)

    return script


def take(peer: socket.socket, count: int) -> bytes:
    taken = b""
    while len(taken) < count and (more := peer.recv(count - len(taken))):
        taken += more
    return taken


def client(ours: socket.socket, **more: Any) -> Client:  # noqa: ANN401 -- of Asker
    return Client(ours, asker(**more))


def ready(ours: socket.socket, **more: Any) -> Client:  # noqa: ANN401 -- of Asker
    """One that was greeted already."""
    return Client(ours, Asker(ASKING, Ready(), **more))


def sparse(size: int, *extents: tuple[int, bytes]) -> int:
    """A file in memory, a hole but for these; the caller owns its number."""
    number = os.memfd_create("contents", os.MFD_CLOEXEC)
    os.ftruncate(number, size)
    for offset, content in extents:
        os.pwrite(number, content, offset)
    return number


def small(ours: socket.socket) -> socket.socket:
    """Let little be on its way."""
    ours.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 1 << 16)
    return ours
