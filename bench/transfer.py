"""(c): contents of 1 GiB over one connection against a bare `recv_into` loop."""

from statistics import median
from typing import TYPE_CHECKING

from bench.measure import Ratio
from bench.peer import migration, table_of, timed, zeros

from ch_migration.handlers import Defaults
from ch_migration.receiver import Receiver
from ch_migration.runtime import sockets

if TYPE_CHECKING:
    import socket

SIZE = 1 << 30
CHUNK = 1 << 19
ROUNDS = 9


def ratios() -> list[Ratio]:
    """All of them, in the order of the printed table."""
    found: list[Ratio] = []
    for name in ("unix", "TCP"):
        runs = [(_receive(name), _bare(name)) for _ in range(ROUNDS)]
        ours, theirs = median(run[0] for run in runs), median(run[1] for run in runs)
        title = f"1 GiB of contents, {name}: as fast as recv_into"
        found.append(Ratio(title, ours, theirs, 0.9, at_least=True))
    return found


def _receive(transport: str) -> float:
    stream = migration(((table_of([(0, SIZE)]), 1),), SIZE)
    return timed(transport, stream, lambda peer: sockets.drive(peer, Receiver(Defaults())))


def _bare(transport: str) -> float:
    def loop(peer: "socket.socket") -> None:
        view = memoryview(bytearray(CHUNK))
        while peer.recv_into(view):
            pass

    return timed(transport, zeros(SIZE), loop)
