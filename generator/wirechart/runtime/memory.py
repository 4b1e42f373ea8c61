"""Where contents go: a file, memory of this process, or nowhere. Knows addresses, no protocol."""

import errno
import os
import stat
from bisect import bisect_right
from collections import deque
from collections.abc import Callable, Generator, Iterable, Iterator
from contextlib import contextmanager
from functools import cache, partial
from itertools import accumulate, cycle, groupby, islice, repeat
from mmap import mmap
from operator import add, call, eq, itemgetter
from typing import Final, NoReturn, Protocol, TypeAlias, TypeVar

from .ahead import ahead
from .behind import WAITING, Behind
from .descriptors import Descriptor
from .targets import Batch, FileRange, Target, write

# Bytes that are received at once and dropped: so many that calls cost little, and so few that they
# and what is copied into them fit into a second-level cache.
WINDOW: Final = 512 << 10
TOGETHER: Final = 2 << 20  # bytes of short places that are received at once, and then written
CROWDED: Final = 128 << 10  # the same where many receive
# How many write behind at once; that takes three buffers each. All others have a small one only, or
# the connections of a large session would hold a lot of memory.
_WRITING_BEHIND: Final = 4
ALONE: Final = 64 << 10  # bytes for a file that the kernel shall move by itself
# Ranges that are received at once: so many that calls cost little, and so few that the peer does
# not wait while they are looked up.
MOST: Final = 512
HIGHEST: Final = 1 << 46  # what an address can be on today's machines
_SIZE: Final = itemgetter(1)  # of a place


T = TypeVar("T")
Make: TypeAlias = Callable[[], T]  # how handlers come by data that no message holds
Places: TypeAlias = Iterable[tuple[int, int]]  # address and size, in order of arrival
_Group: TypeAlias = tuple[tuple[int, ...], tuple[int, ...]]  # addresses, and their sizes


class Resource(Protocol):
    """Something that state data owns: closed when no later state has it."""

    def close(self) -> None:
        """Give it up; called once."""
        ...


class Memory(Protocol):
    """A place for contents, indexed by address. Whatever was not written reads as zeros."""

    def receive(self, places: Places) -> Generator[Target, None, None]:
        """Yield where the bytes for these places go, as a streaming handler does.

        Places may be empty, repeat and overlap: the last one counts. They are as many as the peer
        likes, so none is kept for long.
        """
        ...

    def close(self) -> None:
        """Give it up; called once."""
        ...


def neighbours(places: Places) -> Iterator[tuple[int, int]]:
    """The same, those that lie one behind the other as one; without empty ones."""
    begin = end = 0
    for address, size in places:
        if address != end:
            if begin != end:
                yield begin, end - begin
            begin = end = address
        end += size
    if begin != end:
        yield begin, end - begin


@cache
def _dropped() -> memoryview:
    return memoryview(bytearray(WINDOW))


class Nowhere:
    """Contents are received and dropped."""

    __slots__ = ()

    def receive(self, places: Places) -> Generator[memoryview, None, None]:
        """The same scratch bytes for every address, of every session: nobody reads them."""
        scratch = _dropped()
        left = sum(map(_SIZE, places))
        while left > 0:
            view = scratch[:left]
            yield view
            left -= view.nbytes

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


class Mapped:
    """Memory of this process, from address 0 on: an mmap, or another buffer that can be written.

    It stays its owner's, who cannot close it before this, nor while a failure tells of it.
    """

    __slots__ = ("_view",)

    def __init__(self, buffer: mmap | bytearray | memoryview) -> None:
        self._view = memoryview(buffer).cast("B")

    def receive(self, places: Places) -> Generator[Target, None, None]:
        """Many places at once, each a part of the buffer.

        Raises:
            ValueError: an address lies behind the end of the buffer.
        """
        batches = self._batches(iter(places))
        if (first := next(batches, None)) is None:
            return
        yield first
        # To look up ranges takes half as long as to receive them: the peer would wait meanwhile.
        if len(first.views) == MOST:
            batches = ahead(batches)
        yield from batches

    def _batches(self, places: Iterator[tuple[int, int]]) -> Generator[Batch, None, None]:
        whole = self._view
        while some := list(islice(places, MOST)):
            batch = Batch([whole[at : at + size] for at, size in some if size])
            if batch.nbytes < sum(map(_SIZE, some)):  # parts end where the buffer does
                raise ValueError(f"contents lie behind the end of {whole.nbytes} bytes of memory")
            if batch.nbytes:
                yield batch

    def close(self) -> None:
        """Let the buffer go."""
        self._view.release()


class _Window:
    """A buffer for short places that come together; they often have the same sizes."""

    __slots__ = ("_most", "_parts", "_sizes", "_whole", "filled")

    def __init__(self, most: int) -> None:
        self._most = most
        self._whole = self.filled = memoryview(bytearray())
        self._sizes: tuple[int, ...] = ()
        self._parts: list[memoryview] = []

    def parts(self, sizes: tuple[int, ...]) -> list[memoryview]:
        """The buffer, cut into parts of these sizes; `filled` is all of them."""
        if sizes != self._sizes:
            ends = list(accumulate(sizes))
            if self._whole.nbytes < ends[-1]:
                self._whole = memoryview(bytearray(self._most))
            self._sizes, self.filled = sizes, self._whole[: ends[-1]]
            cuts = zip(ends, sizes, strict=True)
            self._parts = [self._whole[end - size : end] for end, size in cuts]
        return self._parts


class Image:
    """A file in which contents lie at their address; sparse where none came.

    Raises (all methods):
        OSError: the file cannot be written, or there is no room.
    """

    __slots__ = ("_file", "stored")

    def __init__(self, file: str | os.PathLike[str] | Descriptor) -> None:
        """Take over an open file as it is, or create one at a path, readable by its owner only.

        What is at the path already loses its content.
        """
        self._file = file if isinstance(file, Descriptor) else _created(file)
        self.stored = 0  # bytes written; those written twice count twice
        if not stat.S_ISREG(os.fstat(self._file.fileno()).st_mode):
            self.close()
            name = None if isinstance(file, Descriptor) else os.fspath(file)
            raise OSError(errno.EINVAL, "is not a regular file", name)

    def receive(self, places: Places) -> Generator[Target, None, None]:
        """Long places are moved by the kernel; short ones come together, and are then written.

        To map the file instead would cost a page fault for each, and a signal on a full disk.

        Raises:
            ValueError: an address is higher than any memory.
        """
        with Behind() as behind, _room() as is_room:
            count, most = (WAITING + 1, TOGETHER) if is_room else (1, CROWDED)
            do = behind.do if is_room else call
            windows = cycle(_Window(most) for _ in range(count))
            for addresses, sizes in _groups(iter(places), most):
                if sizes[0] < ALONE:
                    window = next(windows)
                    parts = window.parts(sizes)
                    yield window.filled
                    do(partial(self._write, parts, addresses, sizes))
                else:
                    behind.wait()  # what comes last has to be written last
                    yield FileRange(self._file.fileno(), addresses[0], sizes[0])
                    self.stored += sizes[0]
            behind.wait()

    def _write(
        self, parts: list[memoryview], addresses: tuple[int, ...], sizes: tuple[int, ...]
    ) -> None:
        number = self._file.fileno()
        # Not a loop: that takes as long as a third of the calls.
        if tuple(map(os.pwrite, repeat(number), parts, addresses)) != sizes:
            for part, address in zip(parts, addresses, strict=True):
                write(number, part, address)
        self.stored += sum(sizes)

    def close(self) -> None:
        """Close the file."""
        self._file.close()


_rooms: Final = deque(range(_WRITING_BEHIND))  # whoever has taken one out may write behind


@contextmanager
def _room() -> Generator[bool, None, None]:
    """Whether there is room to write behind; nobody waits for it, and nobody holds a lock."""
    try:
        taken = [_rooms.pop()]
    except IndexError:
        taken = []
    try:
        yield bool(taken)
    finally:
        _rooms.extend(taken)


def _groups(places: Iterator[tuple[int, int]], most: int) -> Iterator[_Group]:
    """What is received at once: one long place, or short ones of at most so many bytes together.

    Raises:
        ValueError: an address is higher than any memory.
    """
    while some := list(islice(places, MOST)):
        # By column, without a loop: to look up a place shall take less time than to write it.
        addresses, sizes = zip(*some, strict=True)
        ends = list(map(add, addresses, sizes))
        if max(ends) > HIGHEST:
            _check(some)
        if 0 < min(sizes) <= max(sizes) < ALONE and not any(map(eq, ends, addresses[1:])):
            yield from _fitting(most, addresses, sizes)
            continue
        for is_long, group in groupby(neighbours(some), key=_is_long):
            alike = tuple(group)
            if is_long:
                yield from (((address,), (size,)) for address, size in alike)
            else:
                yield from _fitting(most, *zip(*alike, strict=True))


def _check(places: Iterable[tuple[int, int]]) -> None:
    for address, size in places:
        if size and address + size > HIGHEST:
            raise ValueError(f"address {address:#x} is higher than {HIGHEST:#x}")


def _is_long(place: tuple[int, int]) -> bool:
    return place[1] >= ALONE


def _fitting(most: int, addresses: tuple[int, ...], sizes: tuple[int, ...]) -> Iterator[_Group]:
    """Short places, as many together as are at most so many bytes."""
    ends = list(accumulate(sizes))
    first = before = 0
    while first < len(sizes):
        end = bisect_right(ends, before + most)
        yield addresses[first:end], sizes[first:end]
        first, before = end, ends[end - 1]


def _created(path: str | os.PathLike[str]) -> Descriptor:
    """An empty regular file, or something that is no regular file."""
    flags = os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NONBLOCK
    file = Descriptor(os.open(path, flags, 0o600))
    if stat.S_ISREG(os.fstat(file.fileno()).st_mode):
        os.ftruncate(file.fileno(), 0)
    return file
