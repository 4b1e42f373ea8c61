"""What contents cost beside time: system calls, bytes written twice, resident memory."""

import mmap
import os
import socket
import subprocess
import sys
import tempfile
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from bench.contents import SIZE, WHOLE, memory_file, receive, shuffled, size_of
from bench.peer import migration, table_of, timed

from ch_migration.handlers import Defaults
from ch_migration.receiver import Receiver
from ch_migration.runtime import Descriptor, Image, Mapped, sockets
from ch_migration.states import Completed

if TYPE_CHECKING:
    from collections.abc import Callable, Generator

    from ch_migration.runtime import Memory

PIECE: Final = 1 << 16  # ranges that are sent at once
RANGES: Final = 1 << 24
PEAK: Final = 100  # MB
MIB: Final = 1 << 20
# Every call that moves contents or sets up one that does.
CALLS: Final = (
    *((socket.socket, name) for name in ("recv_into", "recvmsg_into", "setsockopt")),
    *((os, name) for name in ("splice", "pwrite", "read")),
)


@dataclass(frozen=True, slots=True)
class Cost:
    """A number, maybe with a limit."""

    name: str
    value: float
    unit: str
    limit: float | None = None

    @property
    def good(self) -> bool:
        """Whether the limit is kept."""
        return self.limit is None or self.value <= self.limit

    def __str__(self) -> str:
        limit = "" if self.limit is None else f"≤ {self.limit:g}{'' if self.good else '  MISSED'}"
        return f"{self.name:<58} {self.value:>11,.0f} {self.unit:<20}  {limit}".rstrip()


@dataclass(slots=True)
class Count:
    """What was called."""

    calls: int = 0
    written: int = 0  # bytes, from a buffer of ours


def costs() -> list[Cost]:
    """All of them, in the order in which they are printed."""
    file = memory_file()
    os.ftruncate(file, SIZE)
    with mmap.mmap(file, SIZE) as memory:
        stored = _costs("a file", lambda: Image(Descriptor(os.dup(file))))
        held = _costs("memory", lambda: Mapped(memory))
    os.close(file)
    program = (sys.executable, "-c", "from bench import costs; print(costs.peak())")
    peak = subprocess.run(program, check=True, capture_output=True, text=True).stdout
    resident = Cost("a table of 2²⁴ ranges: resident at most", float(peak), "MB", PEAK)
    return [*stored, *held, resident]


def _costs(where: str, memory: "Callable[[], Memory]") -> list[Cost]:
    found: list[Cost] = []
    for what, table in (("1 GiB", WHOLE), ("shuffled pages", shuffled(100_000, mmap.PAGESIZE))):
        with _counted() as count:
            receive("TCP", table, memory)
        part = size_of(table) / SIZE
        name = f"{what} into {where}, of each GiB"
        found += [
            Cost(f"{name}: system calls", count.calls / part, "calls"),
            Cost(f"{name}: written twice", count.written / part / MIB, "MiB"),
        ]
    return found


@contextmanager
def _counted() -> "Generator[Count]":
    """Count all calls; what `pwrite` writes was written to a buffer before."""
    count = Count()

    def counting(call: "Callable[..., Any]") -> "Callable[..., Any]":
        def counted(*arguments: object, **named: object) -> Any:  # noqa: ANN401 -- as of the call
            count.calls += 1
            result = call(*arguments, **named)
            if call.__name__ == "pwrite":
                count.written += result
            return result

        return counted

    before = [(owner, name, getattr(owner, name)) for owner, name in CALLS]
    for owner, name, call in before:
        setattr(owner, name, counting(call))
    try:
        yield count
    finally:
        for owner, name, call in before:
            setattr(owner, name, call)


def peak() -> float:
    """The most megabytes that this process has had, after one byte for each of many ranges."""
    piece = table_of([(2 * number, 1) for number in range(PIECE)])
    stream = migration(((piece, RANGES // PIECE),), RANGES)
    with tempfile.TemporaryDirectory() as folder:
        image = Image(Path(folder) / "image")
        receiver = Receiver(Defaults(lambda: image))
        timed("TCP", stream, lambda peer: sockets.drive(peer, receiver))
    if not isinstance(receiver.termination, Completed):
        raise TypeError(receiver.termination)
    status = Path("/proc/self/status").read_text()
    return int(status.partition("VmHWM:")[2].split()[0]) / 1000
