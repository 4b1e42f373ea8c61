"""Memory of both kinds that contents can come to, and what is in it afterwards."""

import os
from mmap import mmap

from wirechart.runtime import Descriptor, Image, Mapped, Memory

SPACE = 4 << 20  # bytes of address space


class Stored:
    """A file in memory."""

    def __init__(self) -> None:
        self._file = os.memfd_create("contents")
        os.ftruncate(self._file, SPACE)
        self.memory: Memory = Image(Descriptor(os.dup(self._file)))

    def content(self) -> bytes:
        whole = os.pread(self._file, SPACE, 0)
        os.close(self._file)
        return whole


class Held:
    """Memory of this process."""

    def __init__(self) -> None:
        self._buffer = mmap(-1, SPACE)
        self.memory: Memory = Mapped(self._buffer)

    def content(self) -> bytes:
        with self._buffer:
            return self._buffer[:]
