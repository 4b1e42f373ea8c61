"""How bytes become what a peer does: pieces of its stream, descriptors, silence, the end.

A case begins with four bytes: which receiver, where it begins, how a handler misbehaves, and at
which call (its highest bit: the receiver is given up before the stream ends). Then come steps,
each a byte that says which one, and its arguments. Every sequence of bytes is a case.
"""

import struct
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import accumulate
from typing import Final, TypeAlias

from fuzz.source import Source

HEADER: Final = struct.Struct("<H6xQ")
MOST: Final = 1 << 18  # bytes that all steps of a case send together
PAUSE, ATTACH, RAW, HEAD, FILL, RANGES, MESSAGE = range(7)  # kinds of steps
_ROW: Final = struct.Struct("<QQ")
_CONTENTS: Final = bytes(range(251))  # repeated: no two pages are alike


@dataclass(frozen=True, slots=True)
class Piece:
    """Some bytes, and the descriptors that come with the first of them."""

    data: bytes
    descriptors: int = 0
    truncated: bool = False  # more descriptors came than there was room for

    @property
    def is_one(self) -> bool:
        """Whether exactly one descriptor comes with it."""
        return self.descriptors == 1 and not self.truncated


@dataclass(frozen=True, slots=True)
class Pause:
    """Nothing comes for so many seconds."""

    seconds: float


Step: TypeAlias = Piece | Pause


@dataclass(frozen=True, slots=True)
class Case:
    """What a peer does from the beginning to the end of its stream."""

    receiver: int
    begin: int  # which state
    trick: int  # how a handler misbehaves; 0: not at all
    call: int  # at which call of a handler, from 1 on
    closed: bool  # given up before the stream has ended
    steps: tuple[Step, ...]

    @property
    def pieces(self) -> tuple[Piece, ...]:
        """The stream."""
        return tuple(step for step in self.steps if isinstance(step, Piece))

    @property
    def attached(self) -> dict[int, Piece]:
        """What comes with descriptors, by its place in the stream."""
        places = accumulate((len(piece.data) for piece in self.pieces), initial=0)
        pieces = zip(places, self.pieces, strict=False)
        return {at: piece for at, piece in pieces if piece.descriptors or piece.truncated}


def read(source: Source) -> Case:
    """The case that these bytes stand for."""
    receiver, begin, trick, call = source.piece(4).ljust(4, b"\0")
    return Case(receiver, begin, trick, call % 8, call > 127, tuple(_steps(source)))


def _steps(source: Source) -> Iterator[Step]:
    data, attached, left = bytearray(), 0, MOST
    while source:
        kind = source.number(1) % 7
        if kind > ATTACH:
            more = _data(kind, source)[:left]
            data += more
            left -= len(more)
            continue
        if data:
            yield _piece(data, attached)
            data, attached = bytearray(), 0
        if kind == PAUSE:
            yield Pause(source.number(1) / 2)
        else:
            attached = source.number(1)
    if data:
        yield _piece(data, attached)


def _piece(data: bytearray, attached: int) -> Piece:
    return Piece(bytes(data), attached % 4, bool(attached & 4))


def _data(kind: int, source: Source) -> bytes:
    """The bytes that one step sends."""
    if kind == RAW:
        return source.piece(source.number(2))
    if kind == HEAD:  # and nothing behind it
        return HEADER.pack(source.number(1), source.number(8))
    if kind == FILL:  # one byte, many times
        return source.piece(1) * source.number(2)
    code = source.number(1)
    if kind == RANGES:
        return _ranges(code, source)
    payload = source.piece(source.number(2))
    return HEADER.pack(code, len(payload)) + payload


def _ranges(code: int, source: Source) -> bytes:
    """A table of ranges, and their contents."""
    rows = [(source.number(3), source.number(2)) for _ in range(source.number(1) % 32)]
    table = b"".join(_ROW.pack(*row) for row in rows)
    size = sum(size for _, size in rows)
    return HEADER.pack(code, len(table)) + table + (_CONTENTS * (size // 251 + 1))[:size]
