"""(d): whole sessions over TCP: four connections against one, TLS against others that read it."""

import mmap
import os
import shutil
import socket
import ssl
import subprocess
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING, Final

import trustme
from bench import peer
from bench.contents import memory_file
from bench.measure import Ratio

from ch_migration import Completed, Defaults, Receiver, worker
from ch_migration.connections import LANES, terms
from ch_migration.runtime import Descriptor, Image, Nowhere
from ch_migration.runtime.crew import Crew
from ch_migration.runtime.sockets import listening
from ch_migration.runtime.tls import client_context, server_context

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from ch_migration.runtime import Memory

    Run = Callable[[], float]

SIZE: Final = 1 << 30
SECURED: Final = SIZE // 4  # over TLS, which takes longer
CHUNK: Final = 64 << 20  # bytes of memory in one request, as the original has them
BUFFER: Final = 1 << 19
ROUNDS: Final = 7
WORKERS: Final = 4
PREAMBLE: Final = next(lane.preamble or b"" for lane in LANES if lane.name == "memory")
HOST: Final = "localhost"
ANYWHERE: Final = ("127.0.0.1", 0)


@dataclass(frozen=True, slots=True)
class Secrets:
    """TLS of both sides, and the directory of its certificates."""

    folder: Path
    client: ssl.SSLContext
    server: ssl.SSLContext


def ratios() -> list[Ratio]:
    """All of them, in the order of the printed table."""
    name = "1 GiB into a fresh memfd over 4 connections: over one"
    # Two cores are busy with one connection, and a file has one writer at a time.
    found = [_ratio(name, partial(_stored, WORKERS), partial(_stored, 0), 0.8)]
    with tempfile.TemporaryDirectory() as folder:
        return [*found, *_secured(_secrets(Path(folder)))]


def _secured(secrets: Secrets) -> list[Ratio]:
    name = "256 MiB into a fresh memfd, TLS: recv_into an mmap"
    found = [_ratio(name, partial(_stored, 0, secrets), partial(_plain, secrets), 0.9)]
    if not (program := shutil.which("openssl")):
        print("there is no openssl: TLS is not measured against it")
        return found
    name = "256 MiB, TLS, dropped: openssl s_server >/dev/null"
    dropped = partial(session, Nowhere, 0, secrets)
    return [*found, _ratio(name, dropped, partial(_openssl, program, secrets), 0.9)]


def _ratio(name: str, ours: "Run", theirs: "Run", limit: float) -> Ratio:
    pairs = [(ours(), theirs()) for _ in range(ROUNDS)]
    first, second = (median(pair[side] for pair in pairs) for side in (0, 1))
    return Ratio(name, first, second, limit, at_least=True)


def _secrets(folder: Path) -> Secrets:
    authority = trustme.CA()
    authority.cert_pem.write_to_path(folder / "ca-cert.pem")
    for side in ("server", "client"):
        issued = authority.issue_cert(HOST)
        issued.cert_chain_pems[0].write_to_path(folder / f"{side}-cert.pem")
        issued.private_key_pem.write_to_path(folder / f"{side}-key.pem")
    return Secrets(folder, client_context(folder), server_context(folder))


def _stored(workers: int, secrets: Secrets | None = None) -> float:
    """Seconds for a session whose contents come into one fresh file in memory."""
    file = memory_file()
    elapsed = session(lambda: Image(Descriptor(os.dup(file))), workers, secrets)
    os.close(file)
    return elapsed


def session(memory: "Callable[[], Memory]", workers: int, secrets: Secrets | None = None) -> float:
    """Seconds for a whole one; without workers all contents come over the main connection."""
    with listening("tcp:127.0.0.1:0") as listener:
        crew = Crew(listener, terms(tls=secrets.server if secrets else None))
        source = _Source(listener.getsockname(), secrets.client if secrets else None)
        start = time.perf_counter()
        with peer.beside(partial(source.migrate, workers)):
            main = crew.run(
                {
                    "main": lambda _: Receiver(Defaults(memory)),
                    "memory": lambda _: worker.Receiver(
                        worker.Defaults(), state=worker.Filling(memory())
                    ),
                }
            )
            elapsed = time.perf_counter() - start
    if not isinstance(main.termination, Completed):
        raise TypeError(main.termination)
    return elapsed


@dataclass(frozen=True, slots=True)
class _Source:
    """Sends zeros; every request has its reply before the next one is sent."""

    place: tuple[str, int]
    tls: ssl.SSLContext | None

    def migrate(self, workers: int) -> None:
        with self._connected() as main:
            for request in (peer.START, peer.CONFIG):
                peer.exchange(main, ((request, 1),))
            addresses = range(0, SECURED if self.tls else SIZE, CHUNK)
            if workers:
                with ThreadPoolExecutor(workers) as pool:
                    parts = [addresses[first::workers] for first in range(workers)]
                    list(pool.map(self._work, parts))
            else:
                _give(main, addresses)
            for request in (peer.STATE, peer.COMPLETE):
                peer.exchange(main, ((request, 1),))

    def _work(self, addresses: "Sequence[int]") -> None:
        with self._connected() as connection:
            connection.sendall(PREAMBLE)
            _give(connection, addresses)

    def _connected(self) -> socket.socket:
        connection = socket.create_connection(self.place)
        # Or the first request waits until the end of the handshake is acknowledged.
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        if self.tls is None:
            return connection
        return self.tls.wrap_socket(connection, server_hostname=HOST)


def _give(connection: socket.socket, addresses: "Sequence[int]") -> None:
    for address in addresses:
        table = peer.request(4, peer.table_of([(address, CHUNK)]))
        peer.exchange(connection, ((table, 1), *peer.zeros(CHUNK)))


def _send(secrets: Secrets, connection: socket.socket) -> None:
    """Only contents."""
    secured = secrets.client.wrap_socket(connection, server_hostname=HOST)
    peer.send_all(secured, peer.zeros(SECURED))


def _plain(secrets: Secrets) -> float:
    file = memory_file()
    os.ftruncate(file, SECURED)
    with socket.create_server(ANYWHERE) as listener:
        client = socket.create_connection(listener.getsockname())
        start = time.perf_counter()
        with peer.beside(partial(_send, secrets, client)):
            client.close()
            with secrets.server.wrap_socket(listener.accept()[0], server_side=True) as connection:
                _receive_mapped(file, connection)
                elapsed = time.perf_counter() - start
    os.close(file)
    return elapsed


def _receive_mapped(file: int, connection: ssl.SSLSocket) -> None:
    with mmap.mmap(file, SECURED) as mapped, memoryview(mapped) as view:
        at = 0
        while at < SECURED:
            at += connection.recv_into(view[at : at + BUFFER])


def _openssl(program: str, secrets: Secrets) -> float:
    with socket.create_server(ANYWHERE) as listener:
        place = listener.getsockname()
    files = [secrets.folder / name for name in ("ca-cert.pem", "server-cert.pem", "server-key.pem")]
    command = (
        *(program, "s_server", "-accept", f"{place[0]}:{place[1]}", "-naccept", "1"),
        *("-tls1_3", "-num_tickets", "0", "-Verify", "1", "-verify_return_error"),
        *("-CAfile", files[0], "-cert", files[1], "-key", files[2]),
    )
    pipe, null = subprocess.PIPE, subprocess.DEVNULL
    # It ends when its own input does.
    with subprocess.Popen(command, stdin=pipe, stdout=null, stderr=null) as server:
        client = _connected(place, server)
        start = time.perf_counter()
        with peer.beside(partial(_send, secrets, client)):
            client.close()
            server.wait()
            return time.perf_counter() - start


def _connected(place: tuple[str, int], server: subprocess.Popen[bytes]) -> socket.socket:
    """A connection to a process that has just been started."""
    while server.poll() is None:
        try:
            return socket.create_connection(place)
        except ConnectionRefusedError:
            time.sleep(0.01)
    raise OSError(f"openssl s_server ended with {server.returncode}")
