"""Payloads by themselves: JSON texts against the standard library, tables against plain Python."""

import json
import re
import struct
from itertools import islice
from typing import Any, Final, NoReturn

from fuzz.invariants import hold
from fuzz.source import Source

from ch_migration.runtime import Scattered, Table
from ch_migration.runtime.causes import MalformedError
from ch_migration.runtime.spool import Spool
from ch_migration.runtime.text import DEPTH, Checker, check

_REPEAT: Final = 1  # in a text: the next two bytes say how often the third comes
_STRINGS: Final = re.compile(r'"(?:[^"\\]|\\.)*"', re.DOTALL)
_DIGITS: Final = re.compile(r"[0-9]{4301}")
_ROW: Final = struct.Struct("<QQ")
_LONG: Final = 1 << 10  # bytes
_MOST: Final = 1 << 12  # bytes of a table, and of its contents


def _fits(gpa: int, length: int) -> bool:
    """gpa + length <= 2^64"""
    return gpa + length <= 1 << 64


_KIND: Final = Scattered("<QQ", _MOST, _fits, address=0, size=1, contents=_MOST)


def verify_text(data: Source) -> None:
    """A text is taken whole and in pieces, when `json.loads` takes it and none of ours forbids it.

    Raises:
        Violation: it is not so.
    """
    cuts, text = data.number(1) + 1, _text(data)
    cuts = cuts if len(text) < _LONG else 50 + cuts  # a long token begins anew with each piece
    for top in ("any", "object"):
        expected = _takes(text, top)
        found = {
            "whole": _accepts(lambda top=top: check(text, top=top)),
            "checker": _accepts(lambda top=top: Checker(top=top).feed(text, final=True)),
            f"by {cuts} bytes": _accepts(lambda top=top: _in_pieces(text, cuts, top)),
        }
        wrong = [name for name, accepted in found.items() if accepted != expected]
        hold(not wrong, f"{text!r:.200} is taken: {expected}; otherwise {' and '.join(wrong)}")


def _text(data: Source) -> bytes:
    """Bytes, some of them many times: long numbers and deep nesting have to be easy to find."""
    text = bytearray()
    while data:
        byte = data.piece(1)
        text += byte if byte[0] != _REPEAT else data.number(2) % 5000 * data.piece(1)
    return bytes(text)


def _accepts(work: Any) -> bool:  # noqa: ANN401 -- a function of nothing
    try:
        work()
    except MalformedError:
        return False
    return True


def _in_pieces(text: bytes, size: int, top: str) -> None:
    checker = Checker(top=top)
    for at in range(0, len(text), size):
        checker.feed(text[at : at + size])
    checker.feed(b"", final=True)


def _takes(text: bytes, top: str) -> bool:
    """What `json.loads` says, but for what the module's docstring excepts."""
    try:
        decoded = text.decode()
        value = json.loads(decoded, parse_constant=_refuse)
    except (ValueError, RecursionError):
        return False
    bare = _STRINGS.sub("", decoded)  # only legal texts come here
    return (top == "any" or isinstance(value, dict)) and _depth(bare) and not _DIGITS.search(bare)


def _refuse(name: str) -> NoReturn:
    raise ValueError(name)


def _depth(bare: str) -> bool:
    """Whether no more containers are open at once than may be."""
    depth = deepest = 0
    for character in bare:
        depth += (character in "[{") - (character in "]}")
        deepest = max(deepest, depth)
    return deepest <= DEPTH


def verify_table(data: Source) -> None:
    """A table is read whole and in pieces alike, and is what `struct` makes of its bytes.

    Raises:
        Violation: it is not so.
    """
    size, begin, end = data.number(1) % 8 * 16 + 16, data.number(1), data.number(1)
    raw = data.rest()
    wrong = bool(_KIND.wrong(len(raw)))
    hold(wrong == (len(raw) > _MOST or len(raw) % 16 != 0), f"a size of {len(raw)} is {wrong}")
    if wrong:
        return
    rows = list(_ROW.iter_unpack(raw))
    legal = all(_fits(*row) for row in rows) and sum(length for _, length in rows) <= _MOST
    for table, contents in (_parsed(raw), _sunk(raw, size)):
        hold((table is not None) == legal, f"the table {raw.hex()} is legal: {legal}")
        if table is not None:
            _same_rows(table, rows, slice(begin % 64, end % 64))
            hold(contents == sum(length for _, length in rows), f"{contents} bytes of contents")


def _parsed(raw: bytes) -> tuple[Any, int]:
    try:
        return _KIND.parse(raw)
    except MalformedError:
        return None, 0


def _sunk(raw: bytes, size: int) -> tuple[Any, int]:
    sink, spool = _KIND.sink(), Spool()
    try:
        for at in range(0, len(raw), size):
            sink.feed(raw[at : at + size], final=at + size >= len(raw))
            spool.append(memoryview(raw)[at : at + size])
        return sink.finish(spool)
    except MalformedError:
        return None, 0


def _same_rows(table: Table[tuple[int, int]], rows: list[tuple[int, int]], part: slice) -> None:
    hold(list(table) == rows and len(table) == len(rows), "its rows are others")
    hold(list(table[part]) == rows[part], f"rows {part} are others")
    hold(table[::-1].raw == b"".join(_ROW.pack(*row) for row in rows[::-1]), "backwards")
    hold(list(_KIND.places(table)) == rows, "its places are others")
    hold([table[number] for number in islice(range(len(rows)), 4)] == rows[:4], "single rows")
