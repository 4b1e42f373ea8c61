"""Bytes kept out of the heap when there are many. Knows files, not what the bytes mean."""

import os
import tempfile
from collections.abc import Iterator
from typing import Final

from .descriptors import Descriptor

SPILL: Final = 1 << 20  # bytes; what is larger lies in an unlinked temporary file
CHUNK: Final = 1 << 18  # bytes read or written at once


class Spool:
    """A sequence of bytes of any size, written once from the front, then only read.

    Compares by content. At most `SPILL` bytes of it are in memory.
    """

    __slots__ = ("_data", "_file", "size")

    def __init__(self, data: bytes = b"") -> None:
        self.size = len(data)
        self._data = data
        self._file: Descriptor | None = None

    def append(self, chunk: memoryview) -> None:
        """Add bytes at the end, in a file.

        Raises:
            OSError: there is no room for them.
        """
        if self._file is None:
            with tempfile.TemporaryFile(buffering=0) as file:
                self._file = Descriptor(os.dup(file.fileno()))
        while chunk:
            count = os.pwrite(self._file.fileno(), chunk, self.size)
            self.size += count
            chunk = chunk[count:]

    def read(self, offset: int, count: int) -> bytes:
        """The bytes from `offset` on; fewer than `count` only at the end."""
        if self._file is None:
            return self._data[offset : offset + count]
        parts: list[bytes] = []
        while count > 0 and (part := os.pread(self._file.fileno(), count, offset)):
            parts.append(part)
            offset += len(part)
            count -= len(part)
        return b"".join(parts)

    def chunks(self, count: int = CHUNK) -> Iterator[bytes]:
        """All bytes in order, `count` at a time."""
        for offset in range(0, self.size, count):
            yield self.read(offset, count)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Spool):
            return NotImplemented
        if self.size != other.size:
            return False
        return all(a == b for a, b in zip(self.chunks(), other.chunks(), strict=True))

    def __hash__(self) -> int:
        return hash((self.size, self.read(0, 64)))

    def __repr__(self) -> str:
        more = "…" if self.size > 64 else ""
        return f"Spool({self.read(0, 64)!r}{more})"
