"""What becomes of the bytes of one payload: kept, skipped, or (`taking`) taken by a handler.

A part says where the next bytes go (`target`), is told when that is full (`filled`), and knows how
to skip what it has not received yet (`rest`). It knows no messages and no states.
"""

from typing import Final, Protocol

from .kinds import Kind, Sink
from .spool import CHUNK, SPILL, Spool
from .targets import Wide

NOTHING: Final = memoryview(bytearray(0))
SKIPPED: Final = 1 << 16  # bytes skipped at once


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
