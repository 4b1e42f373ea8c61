"""Where values lie in the text of a JSON value. Builds no objects; knows no key.

The text has been checked before: what is wrong JSON gives wrong spans here.
"""

import json
import re
from collections.abc import Iterator
from typing import Final

_STRING: Final = rb'"[^"\\]*+(?:\\.[^"\\]*+)*+"'
_STRINGS: Final = re.compile(_STRING, re.DOTALL)
_MARKS: Final = re.compile(_STRING + rb"|[\[\]{}]", re.DOTALL)
_ATOMS: Final = re.compile(rb"[^ \t\n\r,\]}]++")
# Where tokens begin and end is all that matters, so what parts them may be skipped with the space.
_BETWEEN: Final = re.compile(rb"[ \t\n\r,:]*+")


class ScanError(ValueError):
    """The text is no object or array, or has a key twice."""


def find(text: bytes, key: str) -> bytes | None:
    """The text of a member's value, unchanged; None: the object has no such member.

    Raises:
        ScanError: the text is not an object, or the key is there twice.
    """
    span = _span(text, key)
    return None if span is None else text[span]


def replaced(text: bytes, key: str, value: bytes) -> bytes:
    """The text of an object with another value for a member that it has, otherwise unchanged.

    Raises:
        ScanError: the text is not an object, or the key is not there, or twice.
    """
    span = _span(text, key)
    if span is None:
        raise ScanError(f"the key `{key}` is not there")
    return text[: span.start] + value + text[span.stop :]


def items(text: bytes) -> Iterator[bytes]:
    """The text of each item of an array.

    Raises:
        ScanError: the text is not an array.
    """
    position = _inside(text, b"[")
    while text[position : position + 1] != b"]":
        end = _end(text, position)
        yield text[position:end]
        position = _next(text, end)


def _span(text: bytes, key: str) -> slice | None:
    found = [span for name, span in _members(text) if name == key]
    if len(found) > 1:
        raise ScanError(f"the key `{key}` is there twice")
    return found[0] if found else None


def _members(text: bytes) -> Iterator[tuple[str, slice]]:
    """Each key of an object, and where its value lies."""
    position = _inside(text, b"{")
    while text[position : position + 1] != b"}":
        end = _end(text, position)
        begin = _next(text, end)
        key = text[position:end]
        end = _end(text, begin)
        yield json.loads(key) if b"\\" in key else key[1:-1].decode(), slice(begin, end)
        position = _next(text, end)


def _inside(text: bytes, bracket: bytes) -> int:
    """The first token behind the bracket that the text has to begin with."""
    position = _next(text, 0)
    if text[position : position + 1] != bracket:
        raise ScanError("it is not an object" if bracket == b"{" else "it is not an array")
    return _next(text, position + 1)


def _next(text: bytes, position: int) -> int:
    return _matched(_BETWEEN, text, position)


def _end(text: bytes, position: int) -> int:
    """Behind the value that begins here."""
    first = text[position : position + 1]
    if first == b'"':
        return _matched(_STRINGS, text, position)
    if first not in (b"[", b"{"):
        return _matched(_ATOMS, text, position)
    depth = 0
    for mark in _MARKS.finditer(text, position):
        byte = text[mark.start()]
        if byte in b"[{":
            depth += 1
        elif byte in b"]}":
            depth -= 1
        if not depth:
            return mark.end()
    raise ScanError("it ends too early")


def _matched(pattern: re.Pattern[bytes], text: bytes, position: int) -> int:
    match = pattern.match(text, position)
    if match is None:
        raise ScanError("it ends too early")
    return match.end()
