"""`ch_snapshot receive` as a process, and sources that talk to it. Knows no recording."""

import json
import socket
import subprocess
import sys
from collections.abc import Callable, Generator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

COMMAND = (sys.executable, "-m", "ch_snapshot")
PATIENCE = 30.0  # seconds in which a test gives up


@dataclass(frozen=True, slots=True)
class Ran:
    """How a process has ended."""

    code: int
    events: tuple[dict[str, Any], ...]
    errors: str
    replies: bytes

    @property
    def names(self) -> list[str]:
        """What the events are."""
        return [event["event"] for event in self.events]

    @property
    def stored(self) -> dict[str, Any]:
        """The last event; fails when nothing was stored."""
        last = self.events[-1]
        assert last["event"] == "stored"
        return last


@contextmanager
def receiving(
    folder: Path,
    *options: str | Path,
    listen: str = "tcp:127.0.0.1:0",
    command: tuple[str, ...] = COMMAND,
) -> Generator[tuple[subprocess.Popen[bytes], str]]:
    """A process that waits for its source, and the address it listens at."""
    with subprocess.Popen(
        [*command, "receive", "--listen", listen, *options, folder],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    ) as process:
        try:
            first = json.loads(piped(process.stdout).readline())
            yield process, first["address"]
        finally:
            process.kill()


def piped(stream: IO[bytes] | None) -> IO[bytes]:
    assert stream is not None
    return stream


def connected(address: str) -> socket.socket:
    """A connection to the address that a receiver announced."""
    kind, _, place = address.partition(":")
    connection = socket.socket(socket.AF_UNIX if kind == "unix" else socket.AF_INET)
    connection.settimeout(PATIENCE)
    host, _, port = place.rpartition(":")
    connection.connect(place if kind == "unix" else (host, int(port)))
    return connection


def session(
    talk: Callable[[socket.socket], None],
    folder: Path,
    *options: str,
    listen: str = "tcp:127.0.0.1:0",
    command: tuple[str, ...] = COMMAND,
) -> Ran:
    """Run the command and let a source talk to it; the first event is gone."""
    with receiving(folder, *options, listen=listen, command=command) as (process, address):
        with connected(address) as connection:
            replies = exchanged(connection, talk)
        output, errors = process.communicate(timeout=PATIENCE)
    events = tuple(json.loads(line) for line in output.splitlines())
    return Ran(process.returncode, events, errors.decode(), replies)


def exchanged(connection: socket.socket, talk: Callable[[socket.socket], None]) -> bytes:
    """Talk, and close; all replies. A receiver that refuses or dies may close before that."""
    with suppress(ConnectionError):
        talk(connection)
        connection.shutdown(socket.SHUT_WR)
    replies = b""
    with suppress(ConnectionError):
        while data := connection.recv(65_536):
            replies += data
    return replies


def sent(stream: bytes) -> Callable[[socket.socket], None]:
    """Send these bytes."""
    return lambda connection: connection.sendall(stream)
