"""Payloads that are kept: JSON texts and tables, as views over their bytes. Knows no protocol."""

import json
import struct
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import chain
from operator import eq
from typing import Any, Generic, TypeVar, cast, overload

from .spool import CHUNK, Spool
from .text import check

R_co = TypeVar("R_co", covariant=True)


@dataclass(frozen=True, slots=True)
class Json:
    """A JSON text: UTF-8, nested at most 64 deep, without NaN and Infinity; its bytes are kept."""

    spool: Spool

    @classmethod
    def of(cls, text: bytes) -> "Json":
        """Check a text and keep it.

        Raises:
            MalformedError: it is no such text.
        """
        check(text)
        return cls(Spool(text))

    @property
    def raw(self) -> bytes:
        """All bytes of the text, as they came."""
        return self.spool.read(0, self.spool.size)

    @property
    def value(self) -> Any:  # noqa: ANN401 -- whatever JSON can say
        """The objects it stands for, parsed anew at every access: keep the result."""
        return json.loads(self.raw)

    def chunks(self) -> Iterator[bytes]:
        """All bytes in order, a bounded number at a time."""
        return self.spool.chunks()


class Table(Sequence[R_co], Generic[R_co]):
    """Rows of unsigned integers, as a view over their bytes: tuples are made when asked for."""

    __slots__ = ("_layout", "_rows", "_spool")

    def __init__(self, layout: struct.Struct, spool: Spool, rows: range | None = None) -> None:
        """View the rows with these numbers; by default all that lie in the spool."""
        self._layout = layout
        self._spool = spool
        self._rows = range(spool.size // layout.size) if rows is None else rows

    @classmethod
    def of(cls, layout: str, rows: Iterable[tuple[int, ...]]) -> "Table[R_co]":
        """A table of these rows; the layout is one of `struct`, such as `<QQ`."""
        form = struct.Struct(layout)
        return cls(form, Spool(b"".join(form.pack(*row) for row in rows)))

    @property
    def raw(self) -> bytes:
        """The bytes of all rows, as they are on the wire."""
        size = self._layout.size
        if self._rows.step == 1:
            return self._spool.read(self._rows.start * size, len(self._rows) * size)
        return b"".join(self._spool.read(number * size, size) for number in self._rows)

    def __len__(self) -> int:
        return len(self._rows)

    @overload
    def __getitem__(self, index: int) -> R_co: ...
    @overload
    def __getitem__(self, index: slice) -> "Table[R_co]": ...
    def __getitem__(self, index: int | slice) -> "R_co | Table[R_co]":
        if isinstance(index, slice):
            return Table(self._layout, self._spool, self._rows[index])
        return self._row(self._rows[index])

    def _row(self, number: int) -> R_co:
        size = self._layout.size
        return cast("R_co", self._layout.unpack(self._spool.read(number * size, size)))

    def __iter__(self) -> Iterator[R_co]:
        rows, at_once = self._rows, CHUNK // self._layout.size
        if rows.step != 1:
            return map(self._row, rows)
        if len(rows) <= at_once:
            return self._unpacked(rows)
        pieces = (rows[first : first + at_once] for first in range(0, len(rows), at_once))
        return chain.from_iterable(map(self._unpacked, pieces))

    def _unpacked(self, rows: range) -> Iterator[R_co]:
        """Rows that lie behind one another, read at once."""
        size = self._layout.size
        raw = self._spool.read(rows.start * size, len(rows) * size)
        unpacked: Iterator[Any] = self._layout.iter_unpack(raw)
        return unpacked

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Table):
            return NotImplemented
        theirs = cast("Table[object]", other)
        return len(self) == len(theirs) and all(map(eq, self, theirs))

    def __hash__(self) -> int:
        return hash((len(self), *self[:4]))

    def __repr__(self) -> str:
        shown = ", ".join(map(repr, self[:4]))
        return f"Table({shown}{', …' if len(self) > 4 else ''})"
