"""The bytes of guest memory: where they arrive, and how they become one file. Knows no JSON.

All sizes are in bytes; content that nobody wrote is a hole, and stays one.
"""

import errno
import fcntl
import os
import stat
from collections.abc import Generator, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Protocol

from ch_migration import Descriptor
from ch_migration.runtime import Image, Memory, Target
from ch_migration.runtime.memory import Places
from ch_migration.runtime.targets import write

from .layout import CannotStoreError, Range, Slot, Spans
from .progress import Progress

_BUFFER: Final = 1 << 20
_PART: Final = 64 << 20  # bytes that are written to the disk at once
# Between these file systems, or for this kind of file, the kernel does not copy in this way.
_UNCOPIED: Final = frozenset({errno.EXDEV, errno.EINVAL, errno.ENOSYS, errno.EOPNOTSUPP})


@dataclass(frozen=True, slots=True)
class Segment(Range):
    """A mapping, and the file in which its content lies."""

    file: Descriptor
    offset: int  # of its first byte in the file
    zone: str

    def place(self, address: int) -> int:
        """Where in the file an address lies."""
        return address - self.gpa + self.offset


class Contents(Memory, Protocol):
    """Guest memory that arrives, one way or the other."""

    segments: Spans[Segment]

    def in_order(self, ranges: Iterable[Range]) -> bool:
        """Whether these ranges are one file of ours already, from its first byte to its last."""
        ...

    def sync(self) -> None:
        """Everything that was written is on the disk."""
        ...


class Ram:
    """Memory that arrives as bytes: in one sparse file, the mappings one behind the other.

    So the file is what a snapshot holds already when State lists the memory in Config's order.
    """

    def __init__(self, path: Path, slots: Sequence[Slot], progress: Progress) -> None:
        """Make the file.

        Raises:
            OSError: it cannot be made, or not so large.
        """
        with ExitStack() as undo:
            self._image = Image(path)
            undo.callback(self._image.close)
            self._file = Descriptor(os.open(path, os.O_RDWR | os.O_CLOEXEC))
            os.ftruncate(self._file.fileno(), sum(slot.size for slot in slots))
            undo.pop_all()
        self.segments = Spans(_behind_one_another(slots, self._file))
        self._progress = progress
        self._last = Segment(0, 0, self._file, 0, "")  # where the last bytes went

    def receive(self, places: Places) -> Generator[Target, None, None]:
        """Receive contents; a range may reach from one mapping into the next.

        Raises:
            CannotStoreError: an address is no memory.
        """
        for target in self._image.receive(self._placed(places)):
            yield target
            self._progress.arrived(size_of(target))

    def put(self, address: int, content: memoryview) -> None:
        """Write content that was fetched; it may reach from one mapping into the next."""
        at = 0
        for place, size in self._placed([(address, content.nbytes)]):
            write(self._file.fileno(), content[at : at + size], place)
            at += size
        self._progress.arrived(content.nbytes)

    def _placed(self, places: Places) -> Iterator[tuple[int, int]]:
        """Where in the file they lie."""
        for begin, size in places:
            address, end = begin, begin + size
            while address < end:
                segment = self._at(address)
                count = min(end, segment.end) - address
                yield segment.place(address), count
                address += count

    def _at(self, address: int) -> Segment:
        segment = self._last
        if not segment.gpa <= address < segment.end:
            found = next(self.segments.within(address, address + 1), None)
            if found is None:
                raise CannotStoreError(f"memory arrives for {address:#x}, where Config has none")
            segment = self._last = found[0]
        return segment

    def in_order(self, ranges: Iterable[Range]) -> bool:
        """Whether these ranges are the file already, from its first byte to its last."""
        end = 0
        for one in ranges:
            for segment, begin, stop in self.segments.within(one.gpa, one.end):
                if segment.place(begin) != end:
                    return False
                end += stop - begin
        return end == os.fstat(self._file.fileno()).st_size

    def sync(self) -> None:
        """Everything that was written is on the disk."""
        os.fdatasync(self._file.fileno())

    def close(self) -> None:
        """Close the file."""
        self._image.close()
        self._file.close()


def _behind_one_another(slots: Iterable[Slot], file: Descriptor) -> Iterator[Segment]:
    offset = 0
    for slot in slots:
        yield Segment(slot.gpa, slot.size, file, offset, slot.zone)
        offset += slot.size


class Shared:
    """The contents, for somebody who does not own them."""

    def __init__(self, contents: Memory) -> None:
        self._contents = contents

    def receive(self, places: Places) -> Generator[Target, None, None]:
        """As the contents do."""
        return self._contents.receive(places)

    def close(self) -> None:
        """They stay."""


class Slots:
    """Memory that arrives by descriptor: its content is final when State has arrived."""

    def __init__(self, slots: Sequence[Slot], files: Mapping[int, Descriptor]) -> None:
        """Take the descriptors over.

        Raises:
            CannotStoreError: one is missing, unknown, or smaller than its mapping.
        """
        if unknown := files.keys() - {slot.number for slot in slots}:
            raise CannotStoreError(f"slot {min(unknown)} came, which Config does not have")
        for slot in slots:
            if slot.number not in files:
                raise CannotStoreError(f"slot {slot.number} of Config came by no descriptor")
            _check_size(files[slot.number], slot.file_offset + slot.size, f"slot {slot.number}")
        self._files = {number: Descriptor(file.take()) for number, file in files.items()}
        self.segments = Spans(
            Segment(slot.gpa, slot.size, self._files[slot.number], slot.file_offset, slot.zone)
            for slot in slots
        )

    def receive(self, places: Places) -> Generator[Target, None, None]:
        """Nothing is written to them: they are the source's memory.

        Raises:
            CannotStoreError: always, unless nothing comes.
        """
        for address, size in places:
            if size:
                text = f"memory for {address:#x} comes in a message, and by descriptor"
                raise CannotStoreError(text)
        yield from ()

    def in_order(self, ranges: Iterable[Range]) -> bool:
        """Never: the files are the source's."""
        del ranges
        return False

    def sync(self) -> None:
        """Nothing was written."""

    def close(self) -> None:
        """Close all descriptors."""
        for file in self._files.values():
            file.close()


def size_of(target: Target) -> int:
    """In bytes."""
    return sum(v.nbytes for v in target) if isinstance(target, list | tuple) else target.nbytes


def check_file(descriptor: Descriptor) -> None:
    """Whether it is a file that can be read: reading from something else may wait for ever.

    Raises:
        CannotStoreError: it is not.
    """
    number = descriptor.fileno()
    if not stat.S_ISREG(os.fstat(number).st_mode):
        raise CannotStoreError("the descriptor is not that of a file")
    if fcntl.fcntl(number, fcntl.F_GETFL) & os.O_ACCMODE == os.O_WRONLY:
        raise CannotStoreError("the descriptor is not for reading")


def _check_size(file: Descriptor, end: int, what: str) -> None:
    size = os.fstat(file.fileno()).st_size
    if size < end:
        raise CannotStoreError(f"the descriptor of {what} has {size} bytes, not {end}")


def gather(contents: Contents, ranges: Sequence[Range], file: Descriptor) -> Iterator[int]:
    """Copy these ranges into an empty file, one behind the other, and on to the disk.

    Yields the size of each piece that was copied; holes are none.

    Raises:
        CannotStoreError: a file was truncated.
        OSError: the file cannot be written.
    """
    number, fresh = file.fileno(), 0
    os.ftruncate(number, sum(one.size for one in ranges))
    # The guest stands still meanwhile: the disk writes one part while the next one is copied.
    with ThreadPoolExecutor(1) as disk:
        syncing = disk.submit(os.fdatasync, number)
        for count in _copied(contents, ranges, file):
            yield count
            fresh += count
            if fresh >= _PART:
                syncing.result()
                syncing, fresh = disk.submit(os.fdatasync, number), 0
        syncing.result()
    os.fsync(number)


def _copied(contents: Contents, ranges: Iterable[Range], file: Descriptor) -> Iterator[int]:
    end = 0
    buffer = memoryview(bytearray(_BUFFER))
    for one in ranges:
        for segment, begin, stop in contents.segments.within(one.gpa, one.end):
            place = segment.place(begin)
            for offset, size in extents(segment.file.fileno(), place, place + stop - begin):
                yield from copy(segment.file, offset, file, end + offset - place, size, buffer)
            _check_size(segment.file, segment.place(segment.end), f"zone `{segment.zone}`")
            end += stop - begin


def has_content(contents: Contents, where: Range) -> bool:
    """Whether any byte there is not a hole."""
    return any(
        True
        for segment, begin, stop in contents.segments.within(where.gpa, where.end)
        for _ in extents(segment.file.fileno(), segment.place(begin), segment.place(stop))
    )


def extents(number: int, begin: int, end: int) -> Iterator[tuple[int, int]]:
    """Offset and size of what is not a hole, in a part of a file."""
    while begin < end:
        try:
            begin = os.lseek(number, begin, os.SEEK_DATA)
            hole = os.lseek(number, begin, os.SEEK_HOLE)
        except OSError as error:
            if error.errno == errno.ENXIO:  # nothing but a hole, or the end of the file
                return
            raise
        if begin < end:
            yield begin, min(hole, end) - begin
        begin = hole


def copy(
    source: Descriptor, offset: int, target: Descriptor, place: int, size: int, buffer: memoryview
) -> Iterator[int]:
    """Copy bytes that may vanish meanwhile: what is not there any more is an error, no signal.

    Yields the size of each piece; the buffer is for where the kernel does not copy by itself. The
    target's position moves.

    Raises:
        CannotStoreError: the source was truncated.
        OSError: the target cannot be written.
    """
    while size:
        count = _copy_some(source.fileno(), offset, target.fileno(), place, size, buffer)
        if not count:
            raise CannotStoreError("a descriptor was truncated while it was copied")
        yield count
        offset, place, size = offset + count, place + count, size - count


def _copy_some(
    source: int, offset: int, target: int, place: int, size: int, buffer: memoryview
) -> int:
    for move in (_within, _across):
        try:
            return move(source, offset, target, place, size)
        except OSError as error:
            if error.errno not in _UNCOPIED:
                raise
    count = os.preadv(source, [buffer[:size]], offset)
    rest = buffer[:count]
    while rest:
        written = os.pwrite(target, rest, place)
        place, rest = place + written, rest[written:]
    return count


def _within(source: int, offset: int, target: int, place: int, size: int) -> int:
    """For files of one file system."""
    return os.copy_file_range(source, target, size, offset, place)


def _across(source: int, offset: int, target: int, place: int, size: int) -> int:
    """For those of two, as memory and a disk always are."""
    os.lseek(target, place, os.SEEK_SET)
    return os.sendfile(target, source, offset, min(size, _BUFFER))
