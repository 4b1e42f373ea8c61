"""Bytes from one file to another: without holes, or only what has changed. Knows no guest.

The source may change and vanish meanwhile. All sizes are in bytes.
"""

import errno
import os
from collections import deque
from collections.abc import Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, replace
from typing import Final

from ch_migration import Descriptor
from ch_migration.runtime.memory import neighbours
from ch_migration.runtime.targets import write

from .layout import CannotStoreError

BUFFER: Final = 1 << 20  # bytes that are copied at once
_FLUSHED: Final = 64 << 20  # bytes that are written to the disk at once
_THREADS: Final = 2
_TASK: Final = 16 << 20  # bytes that a thread compares before it is given others
_PIECE: Final = 256 << 10  # bytes that are compared at once: two of them fit into a cache
# Bytes that are written when one of them has changed: a disk takes as long for fewer, and to find
# the single page costs more than to write these.
_BLOCK: Final = 32 << 10
# Between these file systems, or for this kind of file, the kernel does not copy in this way.
_UNCOPIED: Final = frozenset({errno.EXDEV, errno.EINVAL, errno.ENOSYS, errno.EOPNOTSUPP})


@dataclass(frozen=True, slots=True)
class Part:
    """A part of one file, and the place in another one that shall have the same content."""

    source: Descriptor
    offset: int
    target: Descriptor
    place: int
    size: int

    def within(self, begin: int, size: int) -> "Part":
        """Of it so many bytes, `begin` behind its first."""
        return replace(self, offset=self.offset + begin, place=self.place + begin, size=size)


def extents(number: int, begin: int, end: int) -> Iterator[tuple[int, int]]:
    """Offset and size of what is not a hole, in a part of a file."""
    while (begin := _content(number, begin, end)) < end:
        hole = os.lseek(number, begin, os.SEEK_HOLE)
        yield begin, min(hole, end) - begin
        begin = hole


def _content(number: int, begin: int, end: int) -> int:
    """Where the next content begins, or `end`."""
    if begin >= end:
        return end
    try:
        return min(end, os.lseek(number, begin, os.SEEK_DATA))
    except OSError as error:
        if error.errno == errno.ENXIO:  # nothing but a hole, or the end of the file
            return end
        raise


def flushed(counts: Iterable[int], file: Descriptor) -> Iterator[int]:
    """The same counts, of bytes that are written to a file; afterwards it is on the disk.

    The disk writes one part while the next one is copied: a guest may stand still meanwhile.
    """
    number, fresh = file.fileno(), 0
    with ThreadPoolExecutor(1) as disk:
        syncing = disk.submit(os.fdatasync, number)
        for count in counts:
            yield count
            fresh += count
            if fresh >= _FLUSHED:
                syncing.result()
                syncing, fresh = disk.submit(os.fdatasync, number), 0
        syncing.result()
    os.fsync(number)


def update(parts: Iterable[Part]) -> Iterator[int]:
    """Write what differs, on several processors.

    Yields how many bytes were written, now and then.

    Raises:
        CannotStoreError: a source was truncated.
        OSError: a target cannot be written.
    """
    running: deque[Future[int]] = deque()
    with ThreadPoolExecutor(_THREADS) as pool:
        for part in parts:
            for begin, size in _contents(part):
                for at in range(begin, begin + size, _TASK):
                    task = part.within(at, min(_TASK, begin + size - at))
                    running.append(pool.submit(_update, task))
                    if len(running) > 2 * _THREADS:
                        yield running.popleft().result()
        while running:
            yield running.popleft().result()


def _contents(part: Part) -> Iterator[tuple[int, int]]:
    """Begin, inside the part, and size of what is not a hole in both files."""
    end = 0
    for offset, size in extents(part.source.fileno(), part.offset, part.offset + part.size):
        begin = offset - part.offset
        yield from _written(part, end, begin)
        yield begin, size
        end = begin + size
    yield from _written(part, end, part.size)


def _written(part: Part, begin: int, end: int) -> Iterator[tuple[int, int]]:
    """What is not a hole in the target: the source may have become one there."""
    for place, size in extents(part.target.fileno(), part.place + begin, part.place + end):
        yield place - part.place, size


def _update(part: Part) -> int:
    end = part.place + part.size
    written, fresh = 0, _content(part.target.fileno(), part.place, end) == end
    new, old = bytearray(min(part.size, _PIECE)), bytearray(min(part.size, _PIECE))
    for at in range(0, part.size, _PIECE):
        if (left := part.size - at) < len(new):
            new, old = new[:left], old[:left]
        _read(part.source, memoryview(new), part.offset + at)
        if not fresh:
            _read(part.target, memoryview(old), part.place + at)
        for begin, size in [(0, len(new))] if fresh else _differing(new, old):
            content = memoryview(new)[begin : begin + size]
            write(part.target.fileno(), content, part.place + at + begin)
            written += size
    return written


def _read(file: Descriptor, view: memoryview, offset: int) -> None:
    while view:
        count = os.preadv(file.fileno(), [view], offset)
        if not count:
            raise _truncated()
        offset, view = offset + count, view[count:]


def _differing(new: bytearray, old: bytearray) -> Iterator[tuple[int, int]]:
    """Begin and size of the blocks that differ, those that lie one behind the other as one."""
    if new == old:
        return iter(())
    view, end = memoryview(old), len(old)
    blocks = range(0, end, _BLOCK)
    return neighbours(
        [
            (at, min(_BLOCK, end - at))
            for at in blocks
            if not new.startswith(view[at : at + _BLOCK], at)
        ]
    )


def copy(part: Part, buffer: memoryview) -> Iterator[int]:
    """Copy bytes that may vanish meanwhile: what is not there any more is an error, no signal.

    Yields the size of each piece; the buffer is for where the kernel does not copy by itself. The
    target's position moves.

    Raises:
        CannotStoreError: the source was truncated.
        OSError: the target cannot be written.
    """
    done = 0
    while done < part.size:
        count = _copy_some(part.within(done, part.size - done), buffer)
        if not count:
            raise _truncated()
        yield count
        done += count


def _truncated() -> CannotStoreError:
    return CannotStoreError("a descriptor was truncated while it was copied")


def _copy_some(part: Part, buffer: memoryview) -> int:
    for move in (_within, _across):
        try:
            return move(part)
        except OSError as error:
            if error.errno not in _UNCOPIED:
                raise
    count = os.preadv(part.source.fileno(), [buffer[: part.size]], part.offset)
    write(part.target.fileno(), buffer[:count], part.place)
    return count


def _within(part: Part) -> int:
    """For files of one file system."""
    source, target = part.source.fileno(), part.target.fileno()
    return os.copy_file_range(source, target, part.size, part.offset, part.place)


def _across(part: Part) -> int:
    """For those of two, as memory and a disk always are."""
    target = part.target.fileno()
    os.lseek(target, part.place, os.SEEK_SET)
    return os.sendfile(target, part.source.fileno(), part.offset, min(part.size, BUFFER))
