"""What a stream of requests means, read once more from the protocol's description.

Written by hand from the facts of the wire, not from the spec: the generated package is compared
with it. Knows frames and the order of messages, no states' data and no handlers.
"""

import re
import struct
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Final

HEADER: Final = struct.Struct("<H6xQ")
MEMORY: Final = 4
MEMORY_FD: Final = 7
ABANDON: Final = 6
OK: Final = 1
_TABLE: Final = 256 << 20  # bytes of the longest table
_CONTENTS: Final = 16 << 40  # bytes of the most contents
_LETTERS: Final = {1: "S", 2: "C", 3: "T", 4: "M", 5: "D", 7: "F", 8: "D"}
# What is accepted from each state on, cut anywhere; D is the end in success.
_ORDERS: Final = {
    "Established": "(S(F*(C(M*(TD?)?)?)?)?)?",
    "Started": "F*(C(M*(TD?)?)?)?",
    "MemoryFdsReceived": "F*(C(M*(TD?)?)?)?",
    "Configured": "M*(TD?)?",
    "StateReceived": "D?",
}

Write = tuple[int, bytes]  # address and content


@dataclass(frozen=True, slots=True)
class Request:
    """A complete header, and what has come of the contents behind its table."""

    code: int
    size: int
    place: range  # in the stream, behind the header
    writes: tuple[Write, ...] = ()


def requests(stream: bytes, *, memory: bool) -> Iterator[Request]:
    """Every complete header, as long as it is known where the next one begins.

    Args:
        memory: contents follow the table of a Memory request.
    """
    at = 0
    while at + HEADER.size <= len(stream):
        code, size = HEADER.unpack_from(stream, at)
        at += HEADER.size
        if code != MEMORY or not memory:
            yield Request(code, size, range(at, at + size))
            at += size
            continue
        table = stream[at : at + size]
        known = _is_table(table, size)
        contents = sum(length for _, length in _rows(table)) if known else 0
        place = range(at, at + size + contents)
        yield Request(code, size, place, tuple(_writes(table, stream, at + size)) if known else ())
        if not known:
            return
        at = place.stop


def _rows(table: bytes) -> Iterator[tuple[int, int]]:
    return struct.iter_unpack("<QQ", table)


def _is_table(table: bytes, size: int) -> bool:
    """Whether all of a table is there, and right."""
    if len(table) < size or size % 16 or size > _TABLE:
        return False
    right = all(address + length <= 1 << 64 for address, length in _rows(table))
    return right and sum(length for _, length in _rows(table)) <= _CONTENTS


def _writes(table: bytes, stream: bytes, at: int) -> Iterator[Write]:
    for address, length in _rows(table):
        yield address, stream[at : at + length]
        at += length


def joined(writes: Iterable[Write]) -> list[Write]:
    """The same writes, those that continue one another as one."""
    found: list[tuple[int, bytearray]] = []
    for address, content in writes:
        if found and found[-1][0] + len(found[-1][1]) == address:
            found[-1][1].extend(content)
        elif content:
            found.append((address, bytearray(content)))
    return [(address, bytes(content)) for address, content in found]


def in_order(state: str, codes: Iterable[int]) -> bool:
    """Whether the protocol accepts these messages, one after the other, from a state on."""
    letters = "".join(_LETTERS.get(code, "?") for code in codes)
    return re.fullmatch(_ORDERS[state], letters) is not None
