"""Contents at their address, in a file or in memory, against plain loops: in Python, and in C."""

import ctypes
import mmap
import os
import random
import shutil
import socket
import subprocess
import tempfile
from dataclasses import dataclass
from functools import partial
from itertools import repeat
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING, Final

from bench.measure import Ratio
from bench.peer import RANGE, migration, table_of, timed, zeros

from ch_migration.handlers import Defaults
from ch_migration.receiver import Receiver
from ch_migration.runtime import Descriptor, Image, Mapped, sockets
from ch_migration.states import Completed

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from ch_migration.runtime import Memory

SIZE: Final = 1 << 30
CHUNK: Final = 1 << 19
ROUNDS: Final = 11
TOGETHER: Final = 96  # pages
TRANSPORTS: Final = ("TCP", "unix")
LIMITS: Final = {
    ("file", "TCP"): 2.0,
    ("file", "unix"): 1.2,
    ("memfd", "TCP"): 2.0,  # where splice in C itself reached 1.8 to 2.1; held against it, too
    ("memfd", "unix"): 1.2,
}
SPLICED: Final = 0.9  # of splice in C, into a memfd
WHOLE: Final = table_of([(0, SIZE)])


def shuffled(count: int, size: int) -> bytes:
    """A table of so many ranges of one size, each in a page of its own."""
    places = random.Random(4).sample(range(0, SIZE, mmap.PAGESIZE), count)  # noqa: S311 -- no secret
    return table_of([(place, size) for place in places])


def ratios() -> list[Ratio]:
    """All of them, in the order of the printed table."""
    if not (compiler := shutil.which("cc")):
        print("there is no cc: nothing is measured against loops in C")
        return [_first_pass(kind, transport) for kind in FRESH for transport in TRANSPORTS]
    with tempfile.TemporaryDirectory() as folder:
        loops = _compiled(compiler, Path(folder))
    fresh = [_first_pass(kind, transport, loops) for kind in FRESH for transport in TRANSPORTS]
    spliced = [_bare_splice(transport, loops) for transport in TRANSPORTS]
    return [*fresh, *spliced, *_touched(loops), *_stored(loops)]


def _first_pass(kind: str, transport: str, loops: ctypes.CDLL | None = None) -> Ratio:
    """With loops in C also beside the least that a kernel has to do."""
    name = f"1 GiB into a fresh {kind}, {transport}: recv_into an mmap"
    ours = partial(_fresh, kind, transport)
    theirs = partial(_bare, kind, transport, _receive_mapped)
    if loops is None:
        return _ratio(name, ours, theirs, LIMITS[kind, transport])
    least = Least("splice in C", partial(_bare, kind, transport, partial(_spliced, loops)))
    return _ratio(name, ours, theirs, LIMITS[kind, transport], least)


def _bare_splice(transport: str, loops: ctypes.CDLL) -> Ratio:
    """Into a memfd: a disk may keep what comes in large pieces so that later writes are slow."""
    name = f"1 GiB into a fresh memfd, {transport}: splice in C"
    theirs = partial(_bare, "memfd", transport, partial(_spliced, loops))
    return _ratio(name, partial(_fresh, "memfd", transport), theirs, SPLICED)


def _bare(kind: str, transport: str, receive: "Callable[[int, socket.socket], None]") -> float:
    file = FRESH[kind]()
    elapsed = timed(transport, zeros(SIZE), partial(receive, file))
    os.close(file)
    return elapsed


def _fresh(kind: str, transport: str) -> float:
    file = FRESH[kind]()
    elapsed = receive(transport, WHOLE, lambda: Image(Descriptor(os.dup(file))))
    os.close(file)  # to free a file takes its time, too
    return elapsed


def _receive_mapped(file: int, peer: socket.socket) -> None:
    os.ftruncate(file, SIZE)
    with mmap.mmap(file, SIZE) as mapped, memoryview(mapped) as view:
        at = 0
        while at < SIZE:
            at += peer.recv_into(view[at : at + CHUNK])


def _spliced(loops: ctypes.CDLL, file: int, peer: socket.socket) -> None:
    if loops.splice_all(peer.fileno(), file, ctypes.c_size_t(SIZE)):
        raise OSError("the yardstick failed")


def _touched(loops: ctypes.CDLL) -> "Iterator[Ratio]":
    """Into memory that has been written before."""
    file = memory_file()
    os.ftruncate(file, SIZE)
    with mmap.mmap(file, SIZE) as memory:
        for place in range(0, SIZE, mmap.PAGESIZE):
            memory[place] = 1
        for transport in TRANSPORTS:
            for what, table, limit in (
                ("1 GiB again", WHOLE, 0.95),
                ("10⁵ shuffled pages", shuffled(100_000, mmap.PAGESIZE), 1.1),
                ("10⁵ shuffled KiB", shuffled(100_000, 1024), 1.0),
            ):
                first = ctypes.c_char.from_buffer(memory)
                theirs = partial(_in_c, loops.read_ranges, transport, ctypes.byref(first), table)
                ours = partial(receive, transport, table, lambda: Mapped(memory))
                yield _ratio(f"{what} into memory, {transport}: read in C", ours, theirs, limit)
                del first, theirs


def _stored(loops: ctypes.CDLL) -> "Iterator[Ratio]":
    """Into a file that has been written before."""
    table = shuffled(100_000, mmap.PAGESIZE)
    file = _file()
    receive("TCP", WHOLE, lambda: Image(Descriptor(os.dup(file))))
    for transport in TRANSPORTS:
        theirs = partial(_in_c, loops.store_ranges, transport, file, table)
        ours = partial(receive, transport, table, lambda: Image(Descriptor(os.dup(file))))
        name = f"10⁵ shuffled pages into a file, {transport}: read, pwrite in C"
        loop = partial(_store, file, tuple(address for address, _ in RANGE.iter_unpack(table)))
        run = partial(timed, transport, zeros(size_of(table)), loop)
        least = Least("recv_into and pwrite in Python", run)
        yield _ratio(name, ours, theirs, 0.9, least)
    os.close(file)


def _store(file: int, addresses: tuple[int, ...], peer: socket.socket) -> None:
    """Pages to where they belong, by as few steps as Python can do it."""
    view = memoryview(bytearray(TOGETHER * mmap.PAGESIZE))
    parts = [view[at : at + mmap.PAGESIZE] for at in range(0, view.nbytes, mmap.PAGESIZE)]
    for first in range(0, len(addresses), TOGETHER):
        places = addresses[first : first + TOGETHER]
        left = view[: len(places) * mmap.PAGESIZE]
        while left:
            left = left[peer.recv_into(left) :]
        for _ in map(os.pwrite, repeat(file), parts, places):
            pass


@dataclass(frozen=True, slots=True)
class Least:
    """The calls that are needed, without a protocol: what could be reached on this machine."""

    name: str
    run: "Callable[[], float]"


def _ratio(
    name: str,
    ours: "Callable[[], float]",
    theirs: "Callable[[], float]",
    limit: float,
    least: Least | None = None,
) -> Ratio:
    """They take turns; what `least` reaches is printed, and changes no limit."""
    runs = [(ours(), theirs(), least.run() if least else 0.0) for _ in range(ROUNDS)]
    first, second, third = (median(run[side] for run in runs) for side in range(3))
    if least:
        print(f"{name}: bare {least.name} reaches {second / third:.2f}, claimed is {limit:g}")
    return Ratio(name, first, second, limit, at_least=True)


def receive(transport: str, table: bytes, memory: "Callable[[], Memory]") -> float:
    """Seconds for a whole migration with one Memory message."""
    stream = migration(((table, 1),), size_of(table))
    receiver = Receiver(Defaults(memory))
    elapsed = timed(transport, stream, lambda peer: sockets.drive(peer, receiver))
    if not isinstance(receiver.termination, Completed):
        raise TypeError(receiver.termination)
    return elapsed


def size_of(table: bytes) -> int:
    """Bytes of contents."""
    return sum(size for _, size in RANGE.iter_unpack(table))


def _in_c(loop: "Callable[..., int]", transport: str, into: object, table: bytes) -> float:
    def run(peer: socket.socket) -> None:
        if loop(peer.fileno(), into, table, ctypes.c_size_t(len(table) // RANGE.size)):
            raise OSError("the yardstick failed")

    return timed(transport, zeros(size_of(table)), run)


def _compiled(compiler: str, folder: Path) -> ctypes.CDLL:
    library = folder / "yardsticks.so"
    source = Path(__file__).with_name("yardsticks.c")
    subprocess.run([compiler, "-O2", "-shared", "-fPIC", "-o", library, source], check=True)
    return ctypes.CDLL(str(library))


def memory_file() -> int:
    """The descriptor of an empty file in memory."""
    return os.memfd_create("contents")


def _file() -> int:
    with tempfile.TemporaryFile() as file:
        return os.dup(file.fileno())


FRESH: Final = {"file": _file, "memfd": memory_file}
