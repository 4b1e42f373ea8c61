"""Connections that are opened: addresses, preambles, time limits, and TLS with an asker on it."""

import os
import socket
import ssl
import threading
from collections.abc import Callable, Generator, Iterator
from contextlib import ExitStack, contextmanager, suppress
from itertools import repeat
from pathlib import Path
from typing import Any

import pytest

from runtime import certificates, link
from runtime.asking_link import Client, Finished, Fresh, Lost, Ready, asker, blocks
from runtime.link import ERROR, HELLO, OK, Bye, Hello, Note, Slot
from wirechart.runtime import (
    AskingFailed,
    Contents,
    Descriptor,
    FileRange,
    NotAllowedError,
    PeerRefused,
    PeerSilent,
)
from wirechart.runtime.connect import connect
from wirechart.runtime.sockets import AddressError, address_of, listening
from wirechart.runtime.tls import client_context, server_context

MIB = 1 << 20


@pytest.fixture(params=["unix", "tcp"])
def listener(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[socket.socket]:
    """A socket that listens."""
    address = {"unix": f"unix:{tmp_path / 's'}", "tcp": "tcp:127.0.0.1:0"}[request.param]
    with listening(address) as listener:
        yield listener


def test_a_preamble_is_sent_first(listener: socket.socket) -> None:
    with connect(address_of(listener), seconds=20, preamble=b"\1\0") as connection:
        connection.sendall(b"more")
        peer, _ = listener.accept()
        with peer:
            assert peer.recv(2) == b"\1\0"


def test_nobody_listens(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        connect(f"unix:{tmp_path / 'nobody'}", seconds=20)


def test_what_is_no_address_is_refused() -> None:
    with pytest.raises(AddressError):
        connect("udp:localhost:1", seconds=20)


def test_all_addresses_of_a_name_share_the_time(monkeypatch: pytest.MonkeyPatch) -> None:
    with ExitStack() as stack:
        ways = [stack.enter_context(full()) for _ in range(2)]
        with listening("tcp:127.0.0.1:0") as last:
            ways.append(last.getsockname())
            found = [(socket.AF_INET, socket.SOCK_STREAM, 0, "", way) for way in ways]
            monkeypatch.setattr(socket, "getaddrinfo", several(found))
            with connect("tcp:several:1", seconds=0.3) as connection:
                assert connection.getpeername() == ways[-1]


def test_a_name_with_many_silent_addresses_is_given_up_in_time(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    waits: list[float | None] = []

    class Noted(socket.socket):
        def connect(self, address: object) -> None:
            del address
            waits.append(self.gettimeout())
            raise TimeoutError

    found = [(socket.AF_INET, socket.SOCK_STREAM, 0, "", ("127.0.0.1", 1))] * 4
    monkeypatch.setattr(socket, "getaddrinfo", several(found))
    monkeypatch.setattr(socket, "socket", Noted)
    with pytest.raises(TimeoutError):
        connect("tcp:several:1", seconds=20)

    assert [round(wait or 0) for wait in waits] == [5, 7, 10, 20]


def several(found: list[Any]) -> Callable[..., list[Any]]:
    """Finds these addresses for any name."""

    def find(*_: object, **__: object) -> list[Any]:
        return found

    return find


@contextmanager
def full() -> Generator[tuple[str, int]]:
    """An address where so many wait already that nobody else is answered."""
    with ExitStack() as stack:
        listener = stack.enter_context(socket.socket())
        listener.bind(("127.0.0.1", 0))
        listener.listen(0)
        for _ in range(3):
            waiting = stack.enter_context(socket.socket())
            waiting.setblocking(False)
            with suppress(BlockingIOError):
                waiting.connect(listener.getsockname())
        yield listener.getsockname()


@pytest.fixture(scope="module")
def directory(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Keys and certificates of both sides."""
    return certificates.write(tmp_path_factory.mktemp("tls"), certificates.authority())


@pytest.fixture
def local() -> Iterator[socket.socket]:
    """A socket that listens at the name of the certificates."""
    with listening(f"tcp:{certificates.HOST}:0") as listener:
        yield listener


def named(listener: socket.socket) -> str:
    """Its address, with the name of the certificates."""
    return f"tcp:{certificates.HOST}:{listener.getsockname()[1]}"


def test_a_handshake_that_nobody_answers_ends_in_time(
    local: socket.socket, directory: Path
) -> None:
    with pytest.raises(TimeoutError):
        connect(named(local), tls=client_context(directory), seconds=0.05)


class Server:
    """The other end of TLS: takes a Hello and so many bytes more, and answers both."""

    def __init__(self, listener: socket.socket, directory: Path, size: int, reply: bytes) -> None:
        self._listener = listener
        self._context = server_context(directory)
        self._expected = ((len(HELLO), OK), (size, reply))
        self._came = bytearray()
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._run)
        self._thread.start()

    def _run(self) -> None:
        plain, _ = self._listener.accept()
        plain.settimeout(20)
        with self._context.wrap_socket(plain, server_side=True) as connection:
            for size, reply in self._expected:
                self._take(connection, size)
                connection.sendall(reply)
            assert self._over.wait(20)

    def _take(self, connection: ssl.SSLSocket, count: int) -> None:
        left = count
        while left and (more := connection.recv(left)):
            self._came += more
            left -= len(more)

    def end(self) -> bytes:
        """All that came."""
        self._over.set()
        self._thread.join(20)
        assert not self._thread.is_alive()
        return bytes(self._came)


def encrypted(listener: socket.socket, directory: Path, **more: Any) -> Client:  # noqa: ANN401 -- of Asker
    """An asker over TLS."""
    context = client_context(directory)
    return Client(connect(named(listener), tls=context, seconds=20), asker(**more))


def test_contents_of_every_kind_go_through_tls(local: socket.socket, directory: Path) -> None:
    table = blocks((0, 3 * MIB), (0, 3 * MIB))
    server = Server(local, directory, 22 + 6 * MIB, OK)
    file = os.memfd_create("contents", os.MFD_CLOEXEC)
    os.pwrite(file, bytes(range(256)) * (MIB >> 8), MIB)
    os.ftruncate(file, 3 * MIB)
    buffer = os.urandom(3 * MIB - 5)
    with encrypted(local, directory) as asking:
        state = asking.send(Fresh(), Hello(1))
        contents: Contents = [b"small", memoryview(buffer), FileRange(file, 0, 3 * MIB)]
        after = asking.send(state, table, contents=contents)
    os.close(file)

    asked = link.request(4, link.rows((0, 3 * MIB), (0, 3 * MIB)))
    pattern = bytes(MIB) + bytes(range(256)) * (MIB >> 8) + bytes(MIB)
    same = server.end() == HELLO + asked + b"small" + buffer + pattern
    assert (after, same) == (Ready(), True)


def test_a_refusal_stops_a_long_request_over_tls(local: socket.socket, directory: Path) -> None:
    server = Server(local, directory, 14, ERROR)
    with encrypted(local, directory) as asking:
        state = asking.send(Fresh(), Hello(1))
        with pytest.raises(AskingFailed) as raised:
            asking.send(state, blocks((0, 1 << 30)), contents=repeat(bytes(MIB), 1024))
    server.end()

    refused = PeerRefused(state="Ready", message="Blocks", reply="Error")
    assert raised.value.termination == Lost(refused)


def test_a_peer_that_says_nothing_is_silent_over_tls(local: socket.socket, directory: Path) -> None:
    server = Server(local, directory, len(link.NOTE), b"")
    with encrypted(local, directory, patience=0.5) as asking:
        state = asking.send(Fresh(), Hello(1))
        with pytest.raises(AskingFailed) as raised:
            asking.send(state, Note(b"note"))
    server.end()

    assert raised.value.cause == PeerSilent(state="Ready", message="Note", seconds=0.5)


def test_a_session_over_tls_is_asked_to_its_end(local: socket.socket, directory: Path) -> None:
    server = Server(local, directory, len(link.BYE), OK)
    with encrypted(local, directory) as asking:
        end = asking.send(asking.send(Fresh(), Hello(1)), Bye())

    assert (end, server.end()) == (Finished(clean=True), HELLO + link.BYE)


def test_descriptors_do_not_pass_through_tls(local: socket.socket, directory: Path) -> None:
    server = Server(local, directory, len(link.BYE), OK)
    null = Descriptor(os.open(os.devnull, os.O_RDONLY))
    with encrypted(local, directory) as asking:
        state = asking.send(Fresh(), Hello(1))
        with pytest.raises(NotAllowedError, match="through unix sockets only"):
            asking.send(state, Slot(1, null))
        asking.send(state, Bye())
    null.close()

    assert server.end() == HELLO + link.BYE
