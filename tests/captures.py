"""Recorded migrations: the bytes of both sides, the descriptors among them, and what came of them.

Knows the folder `data/captures` and how to send a recording; says nothing of what has to happen.
"""

import gzip
import hashlib
import json
import os
import socket
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import closing, suppress
from dataclasses import dataclass
from functools import cache
from itertools import pairwise
from mmap import mmap
from pathlib import Path
from threading import Thread
from typing import Any

from ch_migration import Descriptor, Receiver
from ch_migration.runtime import Mapped
from ch_migration.runtime.sockets import drive

CAPTURES = Path(__file__).parent / "data" / "captures"


@dataclass(frozen=True, slots=True)
class Attached:
    """A descriptor that came with a byte of the client: a sparse file in memory."""

    offset: int  # of that byte in the stream
    slot: int
    size: int
    extents: tuple[tuple[int, int], ...]  # offset and size of what is not a hole
    content: bytes  # of the extents, one behind the other
    sha256: str  # of the whole file

    def open(self) -> int:
        """Make the file; the caller owns its number."""
        number = memfd(self.size)
        position = 0
        for offset, size in self.extents:
            os.pwrite(number, self.content[position : position + size], offset)
            position += size
        return number


@dataclass(frozen=True, slots=True)
class Recording:
    """One migration over one main connection."""

    client: bytes
    server: bytes
    attached: tuple[Attached, ...]
    contents: tuple[range, ...]  # the client's bytes that are contents of memory

    def every_byte(self) -> Iterator[int]:
        """Cuts around each byte; contents are cut into pieces of 64 KiB and a bit."""
        at = 0
        for contents in self.contents:
            yield from range(at, contents.start)
            yield from contents[::65_537]
            at = contents.stop
        yield from range(at, len(self.client))


@dataclass(frozen=True, slots=True)
class Snapshot:
    """What the real receiver's VM was afterwards."""

    config: bytes
    size: int  # of the memory
    sha256: str
    ranges: tuple[tuple[int, int], ...]  # address and size, in the order of the memory


@cache
def recording(name: str) -> Recording:
    """The recording in the folder of this name."""
    folder = CAPTURES / name
    about: dict[str, Any] = json.loads((folder / "capture.json").read_text())
    (main,) = about["connections"]
    return Recording(
        unpacked(folder / main["client"], main["client_sha256"]),
        unpacked(folder / main["server"], main["server_sha256"]),
        tuple(
            Attached(
                fd["client_offset"],
                fd["slot"],
                fd["size"],
                tuple((offset, size) for offset, size in fd["extents"]),
                unpacked(folder / fd["memory"], fd["data_sha256"]),
                fd["memory_sha256"],
            )
            for fd in main["fds"]
        ),
        tuple(
            range(message["offset"] + 16 + message["length"], message["end"])
            for message in about["decoded"]
            if message["command"] == "Memory"
        ),
    )


@cache
def snapshot(name: str) -> Snapshot:
    """The snapshot beside the recording of this name."""
    folder = CAPTURES / name / "expected"
    memory: dict[str, Any] = json.loads((folder / "memory-ranges.json").read_text())
    ranges = tuple((part["gpa"], part["length"]) for part in memory["ranges"])
    config = (folder / "config.json").read_bytes()
    return Snapshot(config, memory["size"], memory["sha256"], ranges)


def unpacked(path: Path, sha256: str) -> bytes:
    """The bytes of a packed file, which have this digest."""
    data = gzip.decompress(path.read_bytes())
    if hashlib.sha256(data).hexdigest() != sha256:
        raise ValueError(f"{path} is not what was recorded")
    return data


def memfd(size: int) -> int:
    """An empty file in memory; the caller owns its number."""
    number = os.memfd_create("slot")
    os.ftruncate(number, size)
    return number


def replay(receiver: Receiver, recorded: Recording, cuts: Iterable[int] = ()) -> bytes:
    """Feed a recording, parted at these offsets; the replies."""
    descriptors = {attached.offset: attached for attached in recorded.attached}
    edges = sorted({0, len(recorded.client), *descriptors, *cuts})
    replies = b""
    for begin, end in pairwise(edges):
        passed = [Descriptor(descriptors[begin].open())] if begin in descriptors else []
        replies += receiver.feed(recorded.client[begin:end], passed)
    return replies


Talk = Callable[[socket.socket], None]


def converse(family: socket.AddressFamily, receiver: Receiver, talk: Talk) -> bytes:
    """Drive a receiver over a socket while a peer talks, and then closes its side; the replies."""
    ours, theirs = _pair(family)
    heard: list[bytes] = []
    peer = Thread(target=_talk, args=(theirs, talk, heard))
    peer.start()
    drive(ours, receiver)
    peer.join()
    return b"".join(heard)


def _pair(family: socket.AddressFamily) -> tuple[socket.socket, socket.socket]:
    if family == socket.AF_UNIX:
        return socket.socketpair()
    with socket.create_server(("127.0.0.1", 0)) as listener:
        theirs = socket.create_connection(listener.getsockname())
        return listener.accept()[0], theirs


def _talk(connection: socket.socket, talk: Talk, heard: list[bytes]) -> None:
    with closing(connection):
        # A receiver that refuses may close before all was sent.
        with suppress(ConnectionError, BrokenPipeError):
            talk(connection)
            connection.shutdown(socket.SHUT_WR)
        with suppress(ConnectionResetError):
            while data := connection.recv(65_536):
                heard.append(data)


def send(recorded: Recording) -> Talk:
    """Send a recording, each descriptor with its bytes."""

    def talk(connection: socket.socket) -> None:
        edges = [0, *(attached.offset for attached in recorded.attached), len(recorded.client)]
        connection.sendall(recorded.client[: edges[1]])
        for attached, (begin, end) in zip(recorded.attached, pairwise(edges[1:]), strict=True):
            number = attached.open()
            socket.send_fds(connection, [recorded.client[begin : begin + 4]], [number])
            os.close(number)
            connection.sendall(recorded.client[begin + 4 : end])

    return talk


class Ram(Mapped):
    """Guest memory from address 0 on; nothing lies behind its end."""

    def __init__(self, size: int = 64 << 20) -> None:
        self.content = mmap(-1, size)  # takes no room where nothing is written
        super().__init__(self.content)


def digest(pieces: Iterable[bytes | mmap]) -> str:
    """The SHA-256 of all pieces together."""
    whole = hashlib.sha256()
    for piece in pieces:
        whole.update(piece)
    return whole.hexdigest()


def descriptors_open() -> Mapping[str, str]:
    """This process's descriptors: by number, what they are."""
    found: dict[str, str] = {}
    for link in Path("/proc/self/fd").iterdir():
        with suppress(FileNotFoundError):  # the one that lists them
            found[link.name] = str(link.readlink())
    return found
