"""What comes over other connections than the main one. Knows no sockets."""

from collections.abc import Iterator
from typing import Final, Protocol

from ch_migration.pager import Fetching, PageFault, Sender

from .layout import CannotStoreError, Range

CHUNK: Final = 1 << 20  # bytes that are asked for at once


class Others(Protocol):
    """The further connections of a migration, as handlers on the main one see them."""

    def settled(self) -> None:
        """All memory that was begun has arrived, and no more is taken.

        Raises:
            Exception: some of it will never be whole.
        """
        ...

    def pager(self, *, expected: bool) -> Sender | None:
        """Whom to ask for pages; None: this is no postcopy. One that is expected may still come."""
        ...


class Nobody:
    """There is only the main connection."""

    def settled(self) -> None:
        """Nothing else was begun."""

    def pager(self, *, expected: bool) -> Sender | None:
        """There is none."""
        del expected
        return None


def fetched(pager: Sender, memory: Range) -> Iterator[tuple[int, memoryview]]:
    """Ask for all of a part of memory: address and content, piece by piece, without empty ones.

    Raises:
        CannotStoreError: the source wrote it to memory that it does not share with us.
        AskingFailed: the source does not answer.
    """
    buffer, zeros = memoryview(bytearray(CHUNK)), bytes(CHUNK)
    for gpa in range(memory.gpa, memory.end, CHUNK):
        size = min(CHUNK, memory.end - gpa)
        _, content = pager.send(Fetching(), PageFault(gpa, size), into=buffer[:size])
        if content.nbytes != size:
            what = f"{content.nbytes} of {size} bytes at {gpa:#x}"
            raise CannotStoreError(f"the source answered {what}: this program shares no memory")
        if content.tobytes() != zeros[:size]:
            yield gpa, content
