"""The bytes of guest memory: where they arrive, and how they become one file. Knows no JSON.

All sizes are in bytes; content that nobody wrote is a hole, and stays one.
"""

import fcntl
import os
import stat
from collections.abc import Generator, Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from typing import Protocol

from ch_migration import Descriptor
from ch_migration.runtime import Image, Memory, Target
from ch_migration.runtime.memory import Places
from ch_migration.runtime.targets import write

from .copying import BUFFER, Part, copy, extents, flushed, update
from .layout import CannotStoreError, Range, Slot, Spans
from .progress import Progress


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

    segments: Spans[Segment]  # where it lies for certain
    whole: "Whole"  # our file of it, which is made equal by `update`

    def update(self) -> Iterator[int]:
        """Bring what has changed in the source's files into our own, and on to the disk.

        Yields how many bytes were written, now and then.

        Raises:
            CannotStoreError: one of the source's files was truncated.
            OSError: our file cannot be written.
        """
        ...


class Whole:
    """One sparse file, the mappings one behind the other.

    So it is what a snapshot holds already when State lists the memory in Config's order.
    """

    def __init__(self, file: Descriptor, slots: Sequence[Slot]) -> None:
        """Of an empty file, which is its owner's.

        Raises:
            OSError: it cannot be so large.
        """
        self.file = file
        self.size = sum(slot.size for slot in slots)
        self.segments = Spans(_behind_one_another(slots, file))
        os.ftruncate(file.fileno(), self.size)

    def in_order(self, ranges: Iterable[Range]) -> bool:
        """Whether these ranges are the file already, from its first byte to its last."""
        end = 0
        for one in ranges:
            for segment, begin, stop in self.segments.within(one.gpa, one.end):
                if segment.place(begin) != end:
                    return False
                end += stop - begin
        return end == self.size

    def sync(self) -> None:
        """Everything that was written is on the disk."""
        os.fdatasync(self.file.fileno())


class Ram:
    """Memory that arrives as bytes, into the file of a snapshot."""

    def __init__(self, file: Descriptor, slots: Sequence[Slot], progress: Progress) -> None:
        """Take over an empty file.

        Raises:
            OSError: it cannot be so large.
        """
        with ExitStack() as undo:
            undo.callback(file.close)
            self.whole = Whole(file, slots)
            self._image = Image(file)
            undo.pop_all()
        self.segments = self.whole.segments
        self._progress = progress
        self._last = Segment(0, 0, file, 0, "")  # where the last bytes went

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
            write(self.whole.file.fileno(), content[at : at + size], place)
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

    def update(self) -> Iterator[int]:
        """Nothing: all content is in the file."""
        return iter(())

    def close(self) -> None:
        """Close the file."""
        self._image.close()


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
    """Memory that arrives by descriptor: its content is final when State has arrived.

    Most of it is the same already while the guest still runs. So it is copied before, and what has
    changed again when the guest stands still.
    """

    def __init__(
        self, file: Descriptor, slots: Sequence[Slot], files: Mapping[int, Descriptor]
    ) -> None:
        """Take over an empty file and the descriptors.

        Raises:
            CannotStoreError: one is missing, unknown, or smaller than its mapping.
            OSError: the file cannot be so large.
        """
        with ExitStack() as undo:
            undo.callback(file.close)
            _check_files(slots, files)
            self.whole = Whole(file, slots)
            undo.pop_all()
        self._files = {number: Descriptor(file.take()) for number, file in files.items()}
        self._theirs = tuple(
            Segment(slot.gpa, slot.size, self._files[slot.number], slot.file_offset, slot.zone)
            for slot in slots
        )
        self.segments = Spans(self._theirs)
        self._parts = tuple(map(_part, self._theirs, _behind_one_another(slots, file)))

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

    def update(self) -> Iterator[int]:
        """Bring what has changed in the source's files into our own."""
        yield from flushed(update(self._parts), self.whole.file)
        for segment in self._theirs:
            _check_end(segment)

    def close(self) -> None:
        """Close all descriptors."""
        self.whole.file.close()
        for file in self._files.values():
            file.close()


def _check_files(slots: Sequence[Slot], files: Mapping[int, Descriptor]) -> None:
    if unknown := files.keys() - {slot.number for slot in slots}:
        raise CannotStoreError(f"slot {min(unknown)} came, which Config does not have")
    for slot in slots:
        if slot.number not in files:
            raise CannotStoreError(f"slot {slot.number} of Config came by no descriptor")
        _check_size(files[slot.number], slot.file_offset + slot.size, f"slot {slot.number}")


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


def _check_end(segment: Segment) -> None:
    """What has no content may have been cut off."""
    _check_size(segment.file, segment.place(segment.end), f"zone `{segment.zone}`")


def _part(theirs: Segment, ours: Segment) -> Part:
    return Part(theirs.file, theirs.offset, ours.file, ours.offset, ours.size)


def gather(contents: Contents, ranges: Sequence[Range], file: Descriptor) -> Iterator[int]:
    """Copy these ranges into an empty file, one behind the other, and on to the disk.

    Yields the size of each piece that was copied; holes are none.

    Raises:
        CannotStoreError: a file was truncated.
        OSError: the file cannot be written.
    """
    os.ftruncate(file.fileno(), sum(one.size for one in ranges))
    yield from flushed(_copied(contents, ranges, file), file)


def _copied(contents: Contents, ranges: Iterable[Range], file: Descriptor) -> Iterator[int]:
    end = 0
    buffer = memoryview(bytearray(BUFFER))
    for one in ranges:
        for segment, begin, stop in contents.segments.within(one.gpa, one.end):
            place = segment.place(begin)
            for offset, size in extents(segment.file.fileno(), place, place + stop - begin):
                part = Part(segment.file, offset, file, end + offset - place, size)
                yield from copy(part, buffer)
            _check_end(segment)
            end += stop - begin


def has_content(contents: Contents, where: Range) -> bool:
    """Whether any byte there is not a hole."""
    return any(
        True
        for segment, begin, stop in contents.segments.within(where.gpa, where.end)
        for _ in extents(segment.file.fileno(), segment.place(begin), segment.place(stop))
    )
