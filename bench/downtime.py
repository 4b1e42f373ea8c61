"""(e): from State's first byte to Complete's reply, while the guest stands still, by memory size.

The receiver is the command that stores snapshots; the time is that of the source.
"""

import errno
import json
import os
import socket
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING, Final

from bench import peer
from bench.contents import memory_file
from bench.measure import Ratio

from ch_migration.runtime.sockets import parse

if TYPE_CHECKING:
    from collections.abc import Callable, Generator
MIB: Final = 1 << 20
LARGE: Final = 1 << 30
SMALL: Final = 64 * MIB
ROUNDS: Final = 5
PIECE: Final = MIB
SLOT: Final = bytes(4)
SHARED: Final = Path("/dev/shm")  # noqa: S108 -- in directories of their own


def ratios() -> list[Ratio]:
    """All of them, in the order of the printed table."""
    full, sparse = (_memory(every) for every in (1, 64))
    try:
        whole, changed, holes, kernel, threads = _medians(
            partial(_by_descriptor, full),
            partial(_by_descriptor, full, _change),
            partial(_by_descriptor, sparse),
            partial(_copied, full, _kernel),
            partial(_copied, full, _parallel),
        )
    finally:
        os.close(full)
        os.close(sparse)
    large, small = _medians(*(partial(_by_socket, size) for size in (LARGE, SMALL)))
    name = "downtime, 1 GiB by descriptor"
    return [
        Ratio("downtime, TCP, of 1 GiB: of 64 MiB", large, small, 1.5),
        Ratio(f"{name}: copied by the kernel", whole, kernel, 0.9, at_least=True),
        Ratio(f"{name}: copied by two threads", whole, threads, 0.9, at_least=True),
        Ratio(f"{name}, all changed: copied by the kernel", changed, kernel, 0.9, at_least=True),
        Ratio(f"{name}, all changed: by two threads", changed, threads, 0.9, at_least=True),
        Ratio(f"{name}, 63/64 a hole: all of it", holes, whole, 8, at_least=True),
    ]


def _medians(*runs: "Callable[[], float]") -> tuple[float, ...]:
    """Of each; they take turns."""
    rounds = [[run() for run in runs] for _ in range(ROUNDS)]
    return tuple(map(median, zip(*rounds, strict=True)))


def _memory(every: int) -> int:
    """1 GiB in which one MiB of so many has content."""
    file = memory_file()
    os.ftruncate(file, LARGE)
    _fill(file, every, b"memory")
    return file


def _fill(file: int, every: int, content: bytes) -> None:
    for offset in range(0, LARGE, every * MIB):
        os.pwrite(file, content.ljust(8) * (MIB // 8), offset)


def _change(file: int) -> None:
    """All of it: a guest that runs after Config changes less."""
    _fill(file, 1, os.urandom(8))


@contextmanager
def _folder() -> "Generator[Path]":
    """In memory where there is such a place: a disk would be what is measured."""
    with tempfile.TemporaryDirectory(dir=SHARED if SHARED.is_dir() else None) as folder:
        yield Path(folder)


def _by_socket(size: int) -> float:
    with (
        tempfile.TemporaryDirectory() as folder,
        _receiving(Path(folder), "tcp:127.0.0.1:0") as source,
    ):
        table = peer.request(4, peer.table_of([(0, size)]))
        _ask(source, peer.START)
        _ask(source, _config(size))
        peer.exchange(source, ((table, 1), *peer.zeros(size)))
        return _paused(source, size)


def _leave(_file: int) -> None:
    """The guest sleeps."""


def _by_descriptor(file: int, change: "Callable[[int], None]" = _leave) -> float:
    with (
        _folder() as folder,
        _receiving(folder, f"unix:{folder / 'socket'}") as source,
    ):
        _ask(source, peer.START)
        source.sendall(peer.HEADER.pack(7, len(SLOT)))
        socket.send_fds(source, [SLOT], [file])
        peer.exchange(source, ())
        _ask(source, _config(LARGE))
        change(file)
        return _paused(source, LARGE)


def _paused(source: socket.socket, size: int) -> float:
    state = _state(size)
    start = time.perf_counter()
    _ask(source, state)
    _ask(source, peer.COMPLETE)
    return time.perf_counter() - start


def _ask(source: socket.socket, request: bytes) -> None:
    peer.exchange(source, ((request, 1),))


@contextmanager
def _receiving(folder: Path, address: str) -> "Generator[socket.socket]":
    """A connection to the command, which has ended well afterwards."""
    command = (sys.executable, "-m", "ch_snapshot", "receive", "--listen", address)
    with subprocess.Popen([*command, folder / "snapshot"], stdout=subprocess.PIPE) as process:
        try:
            place = parse(json.loads(next(iter(process.stdout or ())))["address"])
            family = socket.AF_UNIX if isinstance(place, str) else socket.AF_INET
            with socket.socket(family) as source:
                source.connect(place)
                yield source
            process.communicate()
        finally:
            process.kill()
    if process.returncode:
        raise OSError(f"ch_snapshot ended with {process.returncode}")


def _config(size: int) -> bytes:
    mapping = {"slot": 0, "gpa": 0, "size": size, "zone_id": "ram", "file_offset": 0}
    manager = {"guest_ram_mappings": [mapping]}
    return peer.request(2, json.dumps({"vm_config": {}, "memory_manager_data": manager}).encode())


def _state(size: int) -> bytes:
    ranges = json.dumps({"memory_ranges": {"data": [{"gpa": 0, "length": size}]}})
    manager = {"snapshots": {}, "snapshot_data": {"state": ranges}}
    return peer.request(3, json.dumps({"snapshots": {"memory-manager": manager}}).encode())


def _copied(file: int, copy: "Callable[[int, int], object]") -> float:
    """Seconds for a copy on the disk."""
    with _folder() as folder, (folder / "copy").open("wb") as target:
        start = time.perf_counter()
        copy(file, target.fileno())
        os.fsync(target.fileno())
        return time.perf_counter() - start


def _kernel(source: int, target: int) -> None:
    """By copy_file_range; where that cannot leave its file system, by sendfile."""
    done = 0
    while done < LARGE:
        try:
            done += os.copy_file_range(source, target, LARGE - done, done, done)
        except OSError as error:
            if error.errno != errno.EXDEV:
                raise
            os.lseek(target, done, os.SEEK_SET)
            done += os.sendfile(target, source, done, LARGE - done)


def _parallel(source: int, target: int) -> None:
    """Two threads, each with a buffer of its own."""
    os.ftruncate(target, LARGE)
    with ThreadPoolExecutor(2) as pool:
        list(pool.map(partial(_part, source, target), (0, LARGE // 2)))


def _part(source: int, target: int, begin: int) -> None:
    buffer = bytearray(PIECE)
    for offset in range(begin, begin + LARGE // 2, PIECE):
        os.preadv(source, [buffer], offset)
        os.pwrite(target, buffer, offset)
