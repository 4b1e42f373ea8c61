"""A payload that a handler takes as it comes: its generator says where the next bytes go.

Knows no messages and no states.
"""

from collections.abc import Generator
from typing import Any, Final, cast

from .parts import NOTHING, HandlerError, Skipping
from .steps import RAISED, attempt
from .streams import Payload
from .targets import FileRange, Wide, checked

COPIED: Final = 1 << 18  # bytes for a file that are held until they are written


class Taking:
    """What the handler leaves is skipped."""

    __slots__ = (
        "_behind",
        "_buffer",
        "_error",
        "_generator",
        "_payload",
        "_skipping",
        "left",
        "poured",
        "result",
        "target",
    )

    def __init__(self, generator: Generator[Any, None, Any], payload: Payload, size: int) -> None:
        """Nothing runs yet: call `filled`."""
        self.left = size
        self.target: memoryview | Wide = NOTHING
        self.poured = 0
        self.result: object = None  # what the handler returned
        self._generator = generator
        self._payload = payload
        self._skipping: Skipping | None = None
        self._behind: Wide | None = None  # what the target is the beginning of, or a copy for
        self._buffer = NOTHING  # of bytes for a file
        self._error: OSError | None = None  # to be raised in the handler

    def narrow(self) -> memoryview:
        """A single view for the beginning of the target, in place of it."""
        target = self.target
        if isinstance(target, memoryview):
            return target
        if isinstance(target, FileRange):
            size = min(target.size, COPIED)
            if self._buffer.nbytes < size:
                self._buffer = memoryview(bytearray(size))
            self._behind, view = target, self._buffer[:size]
        else:
            view = target.views[0]
            self._behind = target.after(view.nbytes)
        self.target = view
        return view

    def took(self, count: int) -> Wide:
        """The first bytes of a wide target have come, but not all of them; the new target."""
        target = cast("Wide", self.target)
        self.left -= count
        self.target = target = target.after(count)
        return target

    def lost(self, count: int, error: OSError) -> None:
        """So many bytes of the target have come, and could not be put there: call `filled`."""
        self.left -= count
        self.target = NOTHING
        self._behind = None
        self._error = error

    def filled(self, more: memoryview = NOTHING) -> bool:
        """The target is full, or none was asked for yet. True: all bytes have come."""
        self.poured = 0
        if self._skipping is not None:
            done = self._skipping.filled()
            self.left, self.target = self._skipping.left, self._skipping.target
            return done
        self.left -= self.target.nbytes
        if self._behind is not None and self._goes_on(self._behind):
            return False
        self.target = NOTHING
        try:
            self.target = self._pour(more)
        except StopIteration as stop:
            self.result = stop.value
        except RAISED as error:
            raise HandlerError from error
        else:
            return False
        if self.left:
            self._skipping = Skipping(self.left)
            self.target = self._skipping.target
        return not self.left

    def _goes_on(self, behind: Wide) -> bool:
        """Whether there is more of what the full target was the beginning of."""
        self._behind = None
        if isinstance(behind, FileRange):
            view = cast("memoryview", self.target)
            self._error = _written(behind, view)
            behind = behind.after(view.nbytes)
        if self._error or not behind.nbytes:
            return False
        self.target = behind
        return True

    def _pour(self, more: memoryview) -> memoryview | Wide:
        """Ask for targets and fill them; the first one for which there are not enough bytes."""
        payload, generator, end = self._payload, self._generator, more.nbytes
        at, left = 0, self.left
        error, self._error = self._error, None
        try:
            while True:
                payload.remaining = left
                found = generator.throw(error) if error else next(generator)
                target, error = checked(found, left), None
                size = target.nbytes
                if size > end - at:
                    return target
                if isinstance(target, memoryview):
                    target[:] = more[at : at + size]
                else:
                    error = _written(target, more[at : at + size])
                at += size
                left -= size
        finally:
            self.poured, self.left = at, left

    def stop(self) -> None:
        """The handler hears of the end as a GeneratorExit."""
        attempt(self._generator.close)

    def rest(self, unfilled: int) -> Skipping:
        """Skip what is left, without the handler."""
        self.stop()
        return Skipping(self.left - self.target.nbytes + unfilled)


def _written(target: Wide, data: memoryview) -> OSError | None:
    """Fill it; what went wrong."""
    try:
        target.fill(data)
    except OSError as error:
        return error
    return None
