"""What becomes of the bytes of one payload: kept, taken by a handler, or skipped.

A part says where the next bytes go (`target`), is told when that is full (`filled`), and knows how
to skip what it has not received yet (`rest`). It knows no messages and no states.
"""

from collections.abc import Generator
from typing import Any, Final, Protocol, cast

from .kinds import Kind, Sink
from .spool import CHUNK, SPILL, Spool
from .steps import RAISED, attempt
from .streams import Payload
from .targets import FileRange, Wide, checked

NOTHING: Final = memoryview(bytearray(0))
SKIPPED: Final = 1 << 16  # bytes skipped at once
COPIED: Final = 1 << 18  # bytes for a file that are held until they are written


class Part(Protocol):
    """Some of the bytes behind a header."""

    @property
    def target(self) -> memoryview | Wide:
        """Where the next bytes go."""
        ...

    left: int  # bytes that are not received yet, the target's included
    poured: int  # bytes that `filled` took at once

    def filled(self, more: memoryview = NOTHING) -> bool:
        """The target is full. True: all bytes have come; else the target is a new one.

        Of the bytes that are there already, `more`, it may take some at once: `poured` of them.

        Raises:
            MalformedError: the bytes are wrong.
            HandlerError: a handler, or this machine, could not take them.
        """
        ...

    def rest(self, unfilled: int) -> "Skipping":
        """Skip what is left, when so many bytes of the target have not come."""
        ...


class HandlerError(Exception):
    """Carries what a handler raised, as its `__cause__`."""


class Skipping:
    """Bytes that nobody wants."""

    __slots__ = ("_scratch", "_sink", "endless", "left", "target")
    poured = 0

    def __init__(self, size: int, sink: Sink | None = None, *, endless: bool = False) -> None:
        """Skip `size` bytes, and the contents that they announce to the sink; or all that come."""
        self.left = size
        self.endless = endless
        self._sink = sink
        length = SKIPPED if endless else min(size, SKIPPED)
        self._scratch = memoryview(bytearray(length)) if length else NOTHING
        self.target = self._scratch

    def filled(self, more: memoryview = NOTHING) -> bool:
        """The target is full. True: all bytes have come."""
        del more  # a small target is quick to fill
        if self.endless:
            return False
        self.left -= self.target.nbytes
        if self._sink is not None:
            self.endless = True  # unless the sink is content
            self._sink.feed(self.target)
            self.endless = False
            if not self.left:
                self._skip_contents(self._sink)
        self.target = self._scratch[: min(self.left, self._scratch.nbytes)]
        return not self.left

    def _skip_contents(self, sink: Sink) -> None:
        self._sink = None
        self.left = sink.finish(Spool())[1]
        self._scratch = memoryview(bytearray(min(self.left, SKIPPED)))

    def rest(self, unfilled: int) -> "Skipping":
        """Itself goes on, unless its target is half full."""
        if self.endless or (self._sink and unfilled < self.target.nbytes):
            return Skipping(0, endless=True)
        self.left -= self.target.nbytes - unfilled
        self.target = self._scratch[: min(self.left, self._scratch.nbytes)]
        return self


class Keeping:
    """A payload that its message holds."""

    __slots__ = ("_kind", "_piece", "_sink", "_spool", "contents", "left", "target", "value")
    poured = 0

    def __init__(self, kind: Kind, size: int) -> None:
        self.left = size
        self.value: object = None  # when all bytes have come
        self.contents = 0  # bytes that follow, then
        self._kind = kind
        self._sink = None
        held = size
        if size > SPILL and (sink := kind.sink()):
            self._sink, self._spool = sink, Spool()
            held = CHUNK - CHUNK % kind.unit
        self.target = self._piece = memoryview(bytearray(held))

    def filled(self, more: memoryview = NOTHING) -> bool:
        """The target is full. True: all bytes have come, and `value` is there."""
        del more
        piece, self.target = self.target, NOTHING
        self.left -= piece.nbytes
        if self._sink is None:
            self.value, self.contents = self._kind.parse(bytes(piece))
            return True
        return self._spooled(piece, self._sink)

    def _spooled(self, piece: memoryview, sink: Sink) -> bool:
        sink.feed(piece, final=not self.left)
        try:
            self._spool.append(piece)
        except OSError as error:
            raise HandlerError from error
        self.target = self._piece[: min(self.left, self._piece.nbytes)]
        if not self.left:
            self.value, self.contents = sink.finish(self._spool)
        return not self.left

    def rest(self, unfilled: int) -> Skipping:
        """Skip what is left; contents can only follow a table that was read from its beginning."""
        if not self._kind.streamed:
            return Skipping(self.left - self.target.nbytes + unfilled)
        return Skipping(0, endless=True)


class Taking:
    """A payload that a handler takes as it comes; what it leaves is skipped."""

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
