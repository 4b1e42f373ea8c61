"""A stored migration, opened to be sent: it is only ever read. Knows files, no sockets.

Sizes and addresses are in bytes. Holes are not sent: the peer's memory begins as zeros.
"""

import fcntl
import os
from collections.abc import Callable, Generator, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from ch_migration import Descriptor, Memory
from ch_migration.messages import LIMIT_CONFIG, LIMIT_STATE
from ch_migration.runtime import FileRange, Json, MalformedError, Table

from .assemble import config
from .contents import Segment, check_file
from .copying import BUFFER, Part, copy, extents
from .layout import CannotStoreError, Range, Slot, Spans, check, memory_ranges, slots
from .store import CONFIG, IMAGE, MEMORY, STATE, WHOLE_CONFIG

CHUNK: Final = 64 << 20  # bytes of contents in one request
ROWS: Final = 4096  # ranges in one request
_PIECE: Final = 4 << 20  # bytes between two counts of what was sent
_LONGEST: Final = 1 << 62  # bytes of a file
# The peer need not fear that its memory is cut off under it.
_SEALS: Final = fcntl.F_SEAL_SHRINK | fcntl.F_SEAL_GROW


@dataclass(frozen=True, slots=True)
class Chunk:
    """One Memory request."""

    message: Memory
    pieces: tuple[FileRange, ...]


@dataclass(frozen=True, slots=True)
class Stored:
    """A snapshot, and its file of memory."""

    directory: Path
    config: Json  # the payload of Config
    state: Json
    slots: tuple[Slot, ...]
    segments: tuple[Segment, ...]  # all memory, in the order of the file
    file: Descriptor
    mapped: Spans[Slot]
    kept: Spans[Segment]

    @property
    def memory(self) -> int:
        """How much memory it holds, holes included."""
        return sum(segment.size for segment in self.segments)

    def pieces(self) -> Iterator[tuple[int, int, int]]:
        """Address, offset in the file, and size of what is not a hole, in the file's order.

        Raises:
            OSError: the file cannot be read.
        """
        for segment in self.segments:
            end = segment.offset + segment.size
            for offset, size in extents(self.file.fileno(), segment.offset, end):
                yield offset - segment.offset + segment.gpa, offset, size

    def chunks(self) -> Iterator[Chunk]:
        """The same as requests: at least one, for a source without any gives memory otherwise."""
        rows: list[tuple[int, int, int]] = []
        room = CHUNK
        for gpa, offset, size in self.pieces():
            for done in range(0, size, _PIECE):
                count = min(size - done, _PIECE)
                if count > room or len(rows) == ROWS:
                    yield self._chunk(rows)
                    rows, room = [], CHUNK
                rows.append((gpa + done, offset + done, count))
                room -= count
        yield self._chunk(rows)

    def _chunk(self, rows: list[tuple[int, int, int]]) -> Chunk:
        table = Table[tuple[int, int]].of("<QQ", ((gpa, size) for gpa, _, size in rows))
        number = self.file.fileno()
        return Chunk(Memory(table), tuple(FileRange(number, *where) for _, *where in rows))

    def read(self, gpa: int, size: int) -> bytes:
        """A part of memory; zeros for what is not plugged in.

        Raises:
            CannotStoreError: it is no memory at all.
            OSError, EOFError: the file cannot be read, or ends too early.
        """
        wanted = Range(gpa, size)
        if self.mapped.covered(gpa, wanted.end) < size:
            raise CannotStoreError(f"memory at {wanted} is asked for, where Config has none")
        parts: list[bytes] = []
        for segment, begin, end in self.kept.within(gpa, wanted.end):
            parts.append(bytes(begin - gpa))
            parts += self._read(segment.place(begin), end - begin)
            gpa = end
        parts.append(bytes(wanted.end - gpa))
        return b"".join(filter(None, parts))

    def _read(self, offset: int, size: int) -> Iterator[bytes]:
        while size:
            part = os.pread(self.file.fileno(), size, offset)
            if not part:
                raise EOFError(f"the file of memory ends {size} bytes early")
            yield part
            offset, size = offset + len(part), size - len(part)

    def shared(self, slot: Slot, copied: Callable[[int], None]) -> Descriptor:
        """A new file in memory with the content of a slot, for a peer that goes on writing there.

        Never the snapshot's own file: what the guest writes would change it.

        Raises:
            CannotStoreError: the slot cannot be a file, or the snapshot's file was truncated.
            OSError: there is not so much memory.
        """
        if slot.file_offset + slot.size > _LONGEST:
            raise CannotStoreError(f"slot {slot.number} lies too far behind in its file")
        flags = os.MFD_CLOEXEC | os.MFD_ALLOW_SEALING
        file = Descriptor(os.memfd_create(f"slot-{slot.number}", flags))
        os.ftruncate(file.fileno(), slot.file_offset + slot.size)
        buffer = memoryview(bytearray(BUFFER))
        for segment, begin, end in self.kept.within(slot.gpa, slot.end):
            first, last = segment.place(begin), segment.place(end)
            behind = slot.file_offset + begin - slot.gpa - first
            for offset, size in extents(self.file.fileno(), first, last):
                part = Part(self.file, offset, file, offset + behind, size)
                for count in copy(part, buffer):
                    copied(count)
        os.lseek(file.fileno(), 0, os.SEEK_SET)  # its position is the peer's, too
        fcntl.fcntl(file.fileno(), fcntl.F_ADD_SEALS, _SEALS)
        return file


@contextmanager
def opened(directory: Path) -> Generator[Stored]:
    """Open a snapshot, to send it; afterwards its file is closed.

    Raises:
        OSError: a file cannot be read.
        ValueError: it is no snapshot, or one that cannot be sent.
    """
    opaque = (directory / IMAGE).exists()
    with closing(_file(directory / (IMAGE if opaque else MEMORY))) as file:
        try:
            stored = _checked(directory, file, opaque=opaque)
        except (CannotStoreError, MalformedError) as error:
            raise ValueError(f"{directory} cannot be sent: {error}") from None
        yield stored


def _checked(directory: Path, file: Descriptor, *, opaque: bool) -> Stored:
    check_file(file)
    state = _text(directory / STATE, LIMIT_STATE)
    if opaque:  # nobody could read State: beside it are Config, as it came, and memory in its order
        told = _text(directory / WHOLE_CONFIG, LIMIT_CONFIG)
    else:
        told = Json.of(config(_text(directory / CONFIG, LIMIT_CONFIG).raw, state.raw))
    if len(told.raw) > LIMIT_CONFIG:
        raise CannotStoreError(f"Config would be longer than {LIMIT_CONFIG} bytes")
    mapped = slots(told.raw)
    ranges = mapped if opaque else memory_ranges(state.raw)
    check(mapped, ranges)
    segments = tuple(_behind_one_another(ranges, file))
    spans = Spans(mapped), Spans(segments)
    stored = Stored(directory, told, state, mapped, segments, file, *spans)
    size = os.fstat(file.fileno()).st_size
    if size != stored.memory:
        raise CannotStoreError(f"State lists {stored.memory} bytes of memory, and it has {size}")
    return stored


def _behind_one_another(ranges: tuple[Range, ...], file: Descriptor) -> Iterator[Segment]:
    offset = 0
    for part in ranges:
        yield Segment(part.gpa, part.size, file, offset, "")
        offset += part.size


def _text(path: Path, most: int) -> Json:
    with closing(_file(path)) as file:
        check_file(file)
        text = os.pread(file.fileno(), most + 1, 0)
    if len(text) > most:
        raise CannotStoreError(f"{path.name} is longer than {most} bytes")
    try:
        return Json.of(text)
    except MalformedError as error:
        raise CannotStoreError(f"{path.name}: {error}") from None


def _file(path: Path) -> Descriptor:
    """A file for reading; if it is a pipe, its writer is not waited for."""
    return Descriptor(os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC))
