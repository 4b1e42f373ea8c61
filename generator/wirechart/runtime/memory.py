"""Where contents go: an image file, or nowhere. Knows addresses, no protocol."""

import errno
import os
import stat
from collections.abc import Callable
from functools import cache
from typing import Final, NoReturn, Protocol, TypeAlias, TypeVar

from .descriptors import Descriptor

# Bytes that are received at once: so many that calls cost little, and so few that they and what is
# copied into them fit into a second-level cache.
WINDOW: Final = 384 << 10
HIGHEST: Final = 1 << 46  # what an address can be on today's machines


T = TypeVar("T")
Make: TypeAlias = Callable[[], T]  # how handlers come by data that no message holds


class Resource(Protocol):
    """Something that state data owns: closed when no later state has it."""

    def close(self) -> None:
        """Give it up; called once."""
        ...


class Memory(Protocol):
    """A place for contents, indexed by address. Whatever was not written reads as zeros."""

    def window(self, address: int, size: int) -> memoryview:
        """A writable view for what belongs at `address`: of at least one, at most `size` bytes.

        The next call may give the same view again.
        """
        ...

    def written(self, address: int, size: int) -> None:
        """The first `size` bytes of the last window have arrived, for this address."""
        ...

    def close(self) -> None:
        """Give it up; called once."""
        ...


@cache
def _dropped() -> memoryview:
    return memoryview(bytearray(WINDOW))


class Nowhere:
    """Contents are received and dropped."""

    __slots__ = ("_scratch",)

    def __init__(self) -> None:
        self._scratch = _dropped()

    def window(self, address: int, size: int) -> memoryview:
        """The same scratch bytes for every address, of every session: nobody reads them."""
        del address
        return self._scratch[:size]

    def written(self, address: int, size: int) -> None:
        """Forget them."""

    def close(self) -> None:
        """Nothing is open."""


class Nothing:
    """A resource that is none."""

    __slots__ = ()

    def close(self) -> None:
        """Nothing is open."""


def unsupplied() -> NoReturn:
    """Stands for data that only a handler can have.

    Raises:
        LookupError: always.
    """
    raise LookupError("these handlers were not told how to make it")


class Image:
    """A sparse file in which contents lie at their address.

    Raises (all methods):
        OSError: the file cannot be written, or there is no room.
    """

    __slots__ = ("_file", "_scratch", "stored")

    def __init__(self, path: str | os.PathLike[str]) -> None:
        """Create the file, readable by its owner only; one that exists loses its content."""
        flags = os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NONBLOCK
        self._file = Descriptor(os.open(path, flags, 0o600))
        if not stat.S_ISREG(os.fstat(self._file.fileno()).st_mode):
            self.close()
            raise OSError(errno.EINVAL, "is not a regular file", os.fspath(path))
        os.ftruncate(self._file.fileno(), 0)
        self._scratch = memoryview(bytearray(WINDOW))
        self.stored = 0  # bytes written; those written twice count twice

    def window(self, address: int, size: int) -> memoryview:
        """A part of one buffer: mapping the file instead would keep its pages resident.

        Raises:
            ValueError: the address is higher than any memory.
        """
        if address + size > HIGHEST:
            raise ValueError(f"address {address:#x} is higher than {HIGHEST:#x}")
        return self._scratch[:size]

    def written(self, address: int, size: int) -> None:
        """Write them to the file."""
        rest = self._scratch[:size]
        while rest:
            count = os.pwrite(self._file.fileno(), rest, address)
            address += count
            rest = rest[count:]
        self.stored += size

    def close(self) -> None:
        """Close the file."""
        self._file.close()
