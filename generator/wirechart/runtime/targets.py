"""Where the next bytes go: into a view, into several, or to a place in a file. Knows no sockets."""

import os
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from operator import attrgetter
from typing import Final, TypeAlias, cast

from .causes import WrongResultError

END: Final = 1 << 63  # no file is longer
HIGHEST_NUMBER: Final = 1 << 31  # no descriptor has one
# Bytes that are written to a file at once. A file system may keep them as one large page, and then
# each small write into that is slow: on ext4 30 µs after pieces of 1 MiB, 5 µs after these.
WRITTEN: Final = 64 << 10

_FORM: Final = attrgetter("ndim", "format", "readonly")
_PLAIN: Final = {(1, "B", False)}
_SIZE: Final = attrgetter("nbytes")


@dataclass(frozen=True, slots=True)
class FileRange:
    """Bytes of an open file, its holes included."""

    descriptor: int  # a number; the caller still owns it
    offset: int
    size: int

    @property
    def nbytes(self) -> int:
        """The size, by the name it has for views."""
        return self.size

    def after(self, count: int) -> "FileRange":
        """What lies behind the first `count` bytes."""
        return FileRange(self.descriptor, self.offset + count, self.size - count)

    def fill(self, data: memoryview) -> None:
        """Write its first bytes, as many as there are in `data`.

        Raises:
            OSError: they cannot be written; some of them may have been.
        """
        write(self.descriptor, data, self.offset)


class Batch:
    """Views that are filled one after the other; the last one counts where they overlap."""

    __slots__ = ("nbytes", "views")

    def __init__(self, views: Sequence[memoryview]) -> None:
        """Of flat views of bytes that can be written, none of them empty; nobody checks that."""
        self.views = views
        self.nbytes = sum(map(_SIZE, views))

    def after(self, count: int) -> "Batch":
        """What lies behind the first `count` bytes."""
        for number, view in enumerate(self.views):
            if count < view.nbytes:
                return Batch([view[count:], *self.views[number + 1 :]])
            count -= view.nbytes
        return Batch(())

    def fill(self, data: memoryview) -> None:
        """Copy exactly as many bytes as it has."""
        at = 0
        for view in self.views:
            end = at + view.nbytes
            view[:] = data[at:end]
            at = end


# What a streaming handler may yield: the next bytes fill it from its beginning to its end.
Target: TypeAlias = memoryview | list[memoryview] | tuple[memoryview, ...] | Batch | FileRange
Wide: TypeAlias = Batch | FileRange  # what is no single view


def write(descriptor: int, data: memoryview, offset: int) -> None:
    """Write all of it.

    Raises:
        OSError: it cannot be written; some of it may have been.
    """
    while data:
        count = os.pwrite(descriptor, data[:WRITTEN], offset)
        offset += count
        data = data[count:]


def checked(target: object, remaining: int) -> memoryview | Wide:
    """Where the next bytes go, at most `remaining` ones: what a streaming handler has yielded.

    Raises:
        WrongResultError: bytes cannot be received into it, or none are left.
    """
    found: memoryview | Wide
    if type(target) is memoryview:
        found = _checked_view(target)
    elif type(target) is Batch and target.nbytes:
        found = target
    elif isinstance(target, (list, tuple)):
        found = _checked_batch(cast("Sequence[object]", target))
    elif isinstance(target, FileRange):
        found = _checked_range(target)
    else:
        wrong = type(target).__name__
        raise WrongResultError(f"a handler has to yield writable views or a FileRange, not {wrong}")
    if found.nbytes <= remaining:
        return found
    if not remaining:
        raise WrongResultError("a handler yields, but its payload has ended")
    return _shortened(found, remaining)


def _checked_view(view: memoryview) -> memoryview:
    if view.readonly or not view.nbytes:
        raise WrongResultError("what a handler yields has to be a writable view, not empty")
    return view if view.ndim == 1 and view.format == "B" else view.cast("B")


def _checked_batch(found: Sequence[object]) -> Batch:
    if not found or set(map(type, found)) != {memoryview}:
        raise WrongResultError("a batch that a handler yields has to hold views, and at least one")
    views = cast("list[memoryview]", list(found))
    if set(map(_FORM, views)) != _PLAIN or not all(map(_SIZE, views)):
        views = list(map(_checked_view, views))
    return Batch(views)


def _checked_range(found: FileRange) -> FileRange:
    numbers = (found.descriptor, found.offset, found.size)
    if set(map(type, numbers)) != {int} or min(numbers) < 0 or not found.size:
        raise WrongResultError(f"{found} is no range of a file")
    if found.offset + found.size >= END or found.descriptor >= HIGHEST_NUMBER:
        raise WrongResultError(f"{found} lies behind the end of any file")
    return found


def _shortened(target: memoryview | Wide, count: int) -> memoryview | Wide:
    """Only its first `count` bytes."""
    if isinstance(target, memoryview):
        return target[:count]
    if isinstance(target, FileRange):
        return FileRange(target.descriptor, target.offset, count)
    return Batch(list(_first(target.views, count)))


def _first(views: Iterable[memoryview], count: int) -> Iterable[memoryview]:
    for view in views:
        if count <= 0:
            return
        yield view[:count]
        count -= view.nbytes
