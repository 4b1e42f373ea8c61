"""The kinds of payload: what size they may have, and how their bytes become values.

Knows no messages and no states. All sizes are in bytes.
"""

import struct
import sys
from collections.abc import Callable, Iterable
from itertools import compress, count, starmap
from operator import itemgetter, not_
from typing import ClassVar, Protocol, cast

from .causes import MalformedError
from .payloads import Json, Table
from .spool import Spool
from .text import Checker, check

_MANY = 1 << 9  # bytes of a table; the columns of a shorter one are not worth a view
_table: "type[Table[tuple[int, ...]]]" = Table  # to subscribe a class anew for each one is slow


class Sink(Protocol):
    """Checks a long payload as it arrives, in pieces that end at a multiple of its kind's unit."""

    def feed(self, piece: bytes | memoryview, *, final: bool = False) -> None:
        """Check the next piece; `final` says that no other one comes.

        Raises:
            MalformedError: it is wrong.
        """
        ...

    def finish(self, spool: Spool) -> tuple[object, int]:
        """The same as `Kind.parse`, when the last piece was checked."""
        ...


class Kind:
    """Bytes that are kept as they are."""

    __slots__ = ("maximum", "minimum", "unit")
    kept: ClassVar[bool] = True  # whether the message holds it
    streamed: ClassVar[bool] = False  # whether the handler takes bytes as they arrive

    def __init__(self, maximum: int, unit: int = 1) -> None:
        self.minimum = 0
        self.maximum = maximum
        self.unit = unit

    def wrong(self, size: int) -> str:
        """Why it cannot have this size; empty when it can."""
        if size > self.maximum:
            return f"its length {size} is more than {self.maximum}"
        return f"its length {size} is not a multiple of {self.unit}" if size % self.unit else ""

    def parse(self, raw: bytes) -> tuple[object, int]:
        """What the message gets, and how many bytes of contents follow.

        Raises:
            MalformedError: it is wrong.
        """
        return raw, 0

    def sink(self) -> Sink | None:
        """For a payload that is too long for the memory; None: this kind never is."""
        return None


class Fields(Kind):
    """Integers at fixed places; their value is the tuple of them."""

    __slots__ = ("_layout",)

    def __init__(self, layout: str) -> None:
        """The layout as `struct` writes it."""
        self._layout = struct.Struct(layout)
        super().__init__(self._layout.size)
        self.minimum = self.maximum

    def wrong(self, size: int) -> str:
        """Why it cannot have this size; empty when it can."""
        return "" if size == self.maximum else f"its length is {size}, not {self.maximum}"

    def parse(self, raw: bytes) -> tuple[object, int]:
        """The integers."""
        return self._layout.unpack(raw), 0


class Stream(Kind):
    """Bytes that the handler takes as they arrive."""

    __slots__ = ()
    kept = False
    streamed = True


class JsonText(Kind):
    """A JSON text, with `top="object"` only an object."""

    __slots__ = ("_top",)

    def __init__(self, maximum: int, *, top: str = "any") -> None:
        super().__init__(maximum)
        self._top = top

    def parse(self, raw: bytes) -> tuple[object, int]:
        """The text, checked."""
        check(raw, top=self._top)
        return Json(Spool(raw)), 0

    def sink(self) -> Sink:
        """For a text in pieces."""
        return _TextSink(self._top)


class _TextSink:
    __slots__ = ("feed",)

    def __init__(self, top: str) -> None:
        self.feed = Checker(top=top).feed

    def finish(self, spool: Spool) -> tuple[object, int]:
        return Json(spool), 0


class Rows(Kind):
    """A table: rows of unsigned integers, each of which fulfils a check."""

    __slots__ = ("_bounded", "_words", "check", "layout")

    def __init__(
        self,
        layout: str,
        maximum: int,
        check: Callable[..., bool] | None = None,
        *,
        bounded: bool = False,
    ) -> None:
        """The layout of a row as `struct` writes it; the check as a function of its columns.

        The check's docstring is what the spec says. `bounded`: it holds for smaller values where it
        holds for greater ones.
        """
        self.layout = struct.Struct(layout)
        self.check = check
        super().__init__(maximum, self.layout.size)
        # How many, when all columns are what this machine has in its registers.
        is_native = layout[:1] == "<" and set(layout[1:]) == {"Q"} and sys.byteorder == "little"
        self._words = len(layout) - 1 if is_native else 0
        self._bounded = bounded and is_native

    def parse(self, raw: bytes) -> tuple[object, int]:
        """The table, checked."""
        self.check_rows(raw, 0)
        return _table(self.layout, Spool(raw)), 0

    def check_rows(self, piece: bytes | memoryview, before: int) -> None:
        """Check the rows of a piece, the first of which has the number `before`.

        Raises:
            MalformedError: one is wrong.
        """
        check, rows = self.check, self.layout.iter_unpack
        if not check:
            return
        if self._bounded and len(piece) > _MANY and check(*map(max, self._columns(piece))):
            return
        if not all(starmap(check, rows(piece))):
            wrong = next(compress(count(before), map(not_, starmap(check, rows(piece)))))
            raise MalformedError(f"{check.__doc__} does not hold in row {wrong}")

    def _columns(self, piece: bytes | memoryview) -> list[memoryview]:
        words = memoryview(piece).cast("B").cast("Q")
        return [words[number :: self._words] for number in range(self._words)]

    def sink(self) -> Sink:
        """For a table in pieces."""
        return _RowSink(self)


class Scattered(Rows):
    """A table whose rows say where the bytes behind it belong, and how many they are."""

    __slots__ = ("_place_of", "_size", "_size_of", "contents")
    streamed = True

    def __init__(
        self,
        layout: str,
        maximum: int,
        check: Callable[..., bool] | None = None,
        *,
        bounded: bool = False,
        address: int,
        size: int,
        contents: int,
    ) -> None:
        """Column numbers of address and size, and the most bytes that all rows have together."""
        super().__init__(layout, maximum, check, bounded=bounded)
        self.contents = contents
        is_place = (address, size) == (0, 1) and len(self.layout.unpack(bytes(self.unit))) == 2
        self._place_of = None if is_place else itemgetter(address, size)
        self._size_of = itemgetter(size)
        self._size = size

    def places(self, table: Table[tuple[int, ...]]) -> Iterable[tuple[int, int]]:
        """Address and size of every row, in order."""
        if self._place_of is None:  # a row is one already
            return cast("Table[tuple[int, int]]", table)
        return map(self._place_of, table)

    def parse(self, raw: bytes) -> tuple[object, int]:
        """The table, checked, and the size of its contents."""
        self.check_rows(raw, 0)
        return _table(self.layout, Spool(raw)), self.contents_of(raw, 0)

    def contents_of(self, piece: bytes | memoryview, before: int) -> int:
        """How many bytes the rows of a piece announce, added to those before.

        Raises:
            MalformedError: too many.
        """
        total = before + sum(self._sizes(piece))
        if total > self.contents:
            raise MalformedError(f"its contents are more than {self.contents} bytes")
        return total

    def _sizes(self, piece: bytes | memoryview) -> Iterable[int]:
        if not self._words or len(piece) <= _MANY:
            return map(self._size_of, self.layout.iter_unpack(piece))
        return self._columns(piece)[self._size]

    def sink(self) -> Sink:
        """For a table in pieces."""
        return _ScatteredSink(self)


class _RowSink:
    __slots__ = ("_kind", "_rows")

    def __init__(self, kind: Rows) -> None:
        self._kind = kind
        self._rows = 0

    def feed(self, piece: bytes | memoryview, *, final: bool = False) -> None:
        del final  # pieces end with a row
        self._kind.check_rows(piece, self._rows)
        self._rows += len(piece) // self._kind.unit

    def finish(self, spool: Spool) -> tuple[object, int]:
        return _table(self._kind.layout, spool), 0


class _ScatteredSink(_RowSink):
    __slots__ = ("_places", "_total")

    def __init__(self, kind: Scattered) -> None:
        super().__init__(kind)
        self._places = kind
        self._total = 0

    def feed(self, piece: bytes | memoryview, *, final: bool = False) -> None:
        super().feed(piece, final=final)
        self._total = self._places.contents_of(piece, self._total)

    def finish(self, spool: Spool) -> tuple[object, int]:
        return super().finish(spool)[0], self._total
