"""A receiver that stores a migration, without sockets. Knows no expectation."""

from collections.abc import Generator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

from ch_migration import Aborted, Receiver
from ch_snapshot.directory import Partial
from ch_snapshot.progress import Progress
from ch_snapshot.store import FILES, Store
from sources import BLOCK, HIGH

A, B = b"a" * BLOCK, b"b" * BLOCK
ABOVE = {**HIGH, "gpa": 1 << 32}  # with a gap below it


@dataclass(frozen=True, slots=True)
class Session:
    """A receiver that stores, and where."""

    receiver: Receiver
    store: Store
    folder: Path

    @property
    def reason(self) -> str:
        """Why it ended in a failure, in one line; empty when it did not."""
        ending = self.receiver.termination
        return ending.cause.summary() if isinstance(ending, Aborted) else ""

    @property
    def files(self) -> list[str]:
        """What is in the snapshot; fails when there is none."""
        return sorted(path.name for path in self.folder.iterdir())

    def read(self, name: str = "memory-ranges") -> bytes:
        return (self.folder / name).read_bytes()


@contextmanager
def storing(
    folder: Path, *, max_memory: int = 1 << 40, keep_source: bool = False
) -> Generator[Session]:
    progress = Progress(clock=iter(range(100)).__next__)
    with Partial(folder, FILES) as directory:
        store = Store(directory, progress, max_memory=max_memory, keep_source=keep_source)
        with closing(store), Receiver(store, observe=progress.observe) as receiver:
            yield Session(receiver, store, folder)


def sparse(size: int, *pieces: tuple[int, bytes]) -> bytes:
    """Zeros, and pieces at their place."""
    whole = bytearray(size)
    for offset, content in pieces:
        whole[offset : offset + len(content)] = content
    return bytes(whole)
