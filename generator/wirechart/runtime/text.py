"""JSON as bytes, checked as they arrive. Builds no objects and knows no protocol.

A push-down automaton over regular expressions: those swallow whole runs of members and items at
the speed of C, the automaton keeps the containers that are open between them. All repetitions
are possessive: none backtracks, none needs memory that grows with its input.

It takes what `json.loads` takes, except for: other encodings than UTF-8, a byte order mark,
`NaN` and `Infinity`, more than 64 open containers, and more than 4 300 digits in a row.
"""

import codecs
import json
import re
from contextlib import suppress
from typing import Any, Final, NoReturn

from .causes import MalformedError

DEPTH: Final = 64
SMALL: Final = 128 << 10  # bytes; a text of this size may be parsed to check it
_SWALLOWED: Final = 3  # levels of containers that one expression may swallow
_DIGITS: Final = 4300  # as many as Python turns into an integer
_LONGEST: Final = 16 << 10  # bytes; every token but a string is shorter

_SPACE: Final = rb"[ \t\n\r]*+"
_PLAIN: Final = rb'[^"\\\x00-\x1f]*+'
_BODY: Final = _PLAIN + rb'(?:\\(?:["\\/bfnrt]|u[0-9A-Fa-f]{4})' + _PLAIN + b")*+"
_STRING: Final = b'"' + _BODY + b'"'
_NUMBER: Final = (
    rb"-?+(?:0|[1-9][0-9]{0,4299}+)(?:\.[0-9]{1,4300}+)?+(?:[eE][-+]?+[0-9]{1,4300}+)?+"
)
_ATOM: Final = b"(?:" + _NUMBER + b"|true|false|null)"


def check(text: bytes, *, top: str = "any") -> None:
    """Check a whole text; `top="object"` takes only an object.

    Raises:
        MalformedError: this is not the text of a JSON value.
    """
    if len(text) > SMALL:
        return Checker(top=top).feed(text, final=True)
    try:
        value = _parsed(text.decode())
    except UnicodeDecodeError as error:
        raise MalformedError(f"the JSON text is not UTF-8: {error.reason}") from None
    except json.JSONDecodeError as error:
        raise MalformedError(f"the JSON text is wrong: {error}") from None
    except ValueError as error:
        raise MalformedError(f"the JSON text has a number that is too long: {error}") from None
    except RecursionError:
        raise MalformedError(f"the JSON text is nested deeper than {DEPTH}") from None
    if top == "object" and type(value) is not tuple:
        raise MalformedError("the JSON text is not an object")
    return _check_depth(value, text)


def _parsed(text: str) -> Any:  # noqa: ANN401 -- whatever JSON can say
    """The value of a text; in a hurry where no space is around it."""
    with suppress(json.JSONDecodeError):
        value, end = _PARSER.raw_decode(text)
        if end == len(text):
            return value
    return _PARSER.decode(text)


def _check_depth(value: Any, text: bytes) -> None:  # noqa: ANN401 -- whatever JSON can say
    """Count the containers level by level; objects are tuples of pairs, see `_PARSER`."""
    level: list[Any] = [value] if type(value) in _CONTAINERS else []
    seen = 0
    for depth in range(1, DEPTH + 1):
        seen += len(level)
        if len(level) > _MANY and depth + text.count(b"[") + text.count(b"{") - seen <= DEPTH:
            return  # those not seen yet are too few to be too deep
        level = [
            part
            for whole in level
            for part in ([part for _, part in whole] if whole.__class__ is tuple else whole)
            if type(part) in _CONTAINERS
        ]
        if not level:
            return
    raise MalformedError(f"the JSON text is nested deeper than {DEPTH}")


def _no_constant(name: str) -> NoReturn:
    raise MalformedError(f"the JSON text has the number {name}")


def _float(digits: str) -> float:
    """Only its form matters: nobody sees the parsed value."""
    if len(digits) > _DIGITS and not _NUMBERS.fullmatch(digits.encode()):
        raise MalformedError("the JSON text has a number that is too long")
    return 0.0


def _value(levels: int) -> bytes:
    """A value with at most so many levels of containers."""
    scalar = b"(?:" + _STRING + b"|" + _ATOM
    if not levels:
        return scalar + b")"
    inner = _value(levels - 1) + _SPACE
    # After an item comes a comma and then no end, or the end.
    items = rb"\[" + _SPACE + b"(?:" + inner + rb"(?:," + _SPACE + rb"(?!\])|(?=\])))*+\]"
    key = _STRING + _SPACE + b":" + _SPACE
    members = rb"\{" + _SPACE + b"(?:" + key + inner + rb"(?:," + _SPACE + rb"(?!\})|(?=\})))*+\}"
    return scalar + b"|" + items + b"|" + members + b")"


def _runs(levels: int) -> tuple[re.Pattern[bytes], re.Pattern[bytes]]:
    """Items and members, each with the comma behind it: of an array, of an object."""
    value = _SPACE + _value(levels) + _SPACE + b","
    key = _SPACE + _STRING + _SPACE + b":"
    return re.compile(b"(?:" + value + b")*+"), re.compile(b"(?:" + key + value + b")*+")


_FLAT_ITEMS, _FLAT_MEMBERS = _runs(0)
_ITEMS, _MEMBERS = _runs(_SWALLOWED)
_SPACES: Final = re.compile(_SPACE)
_BODIES: Final = re.compile(_BODY)
_ATOMS: Final = re.compile(_ATOM)
_WORDS: Final = re.compile(rb"[-+.0-9A-Za-z]*+")
_CONTAINERS: Final = frozenset({tuple, list})
_MANY: Final = 32  # containers of one level that are not looked into without need
_NUMBERS: Final = re.compile(_NUMBER)
# A dict would drop the first of two equal keys, and with it whatever is nested there.
_PARSER: Final = json.JSONDecoder(
    parse_constant=_no_constant, parse_float=_float, object_pairs_hook=tuple
)

# What the automaton waits for. A FIRST one may also be the end of an empty container.
_VALUE, _FIRST_ITEM, _KEY, _FIRST_KEY, _COLON, _AFTER, _END, _STRING_END = range(8)
_ARRAY, _OBJECT, _QUOTE, _COMMA, _BACKSLASH = b'[{",\\'
_ENDS: Final = {_ARRAY: ord("]"), _OBJECT: ord("}")}
_ESCAPE: Final = 6  # bytes of the longest escape


class Checker:
    """Takes a JSON text in pieces; raises soon after the first byte that cannot belong to one."""

    __slots__ = ("_behind", "_decoder", "_offset", "_open", "_rest", "_top", "_waits")

    def __init__(self, *, top: str = "any") -> None:
        """Take any value, or with `top="object"` only an object."""
        self._decoder = codecs.getincrementaldecoder("utf-8")()
        self._open = bytearray()  # the containers around the current place
        self._waits = _VALUE
        self._behind = _AFTER  # what follows the string that the current place is in
        self._rest = b""  # the end of the last piece, when it may be half a token
        self._offset = 0  # of the current text, in bytes from the beginning
        self._top = top

    def feed(self, piece: bytes | memoryview, *, final: bool = False) -> None:
        """Check the next piece; `final` says that no other one comes.

        Raises:
            MalformedError: this is not the text of a JSON value.
        """
        try:
            self._decoder.decode(piece, final)
        except UnicodeDecodeError as error:
            raise MalformedError(f"the JSON text is not UTF-8: {error.reason}") from None
        text = self._rest + bytes(piece)
        position = self._walk(text, final)
        if final and (position < len(text) or self._waits != _END):
            self._offset += position
            raise MalformedError(f"the JSON text ends too early, at byte {self._offset}")
        if len(text) - position > _LONGEST:
            raise self._wrong(position)
        self._rest = text[position:]
        self._offset += position

    def _wrong(self, position: int) -> MalformedError:
        return MalformedError(f"the JSON text is wrong at byte {self._offset + position}")

    def _walk(self, text: bytes, final: bool) -> int:
        """Where the first token begins that needs more bytes; the end, when all are understood."""
        position = 0
        while True:
            if self._waits == _STRING_END:
                position = _end(_BODIES, text, position)
            else:
                position = _end(_SPACES, text, self._swallow(text, position))
            if position == len(text):
                return position
            after = self._token(text, position, final)
            if after == position:
                return position
            position = after

    def _swallow(self, text: bytes, position: int) -> int:
        """Step over the items or members that are followed by another one."""
        if not self._open or self._waits > _FIRST_KEY:
            return position
        flat = len(self._open) > DEPTH - _SWALLOWED
        if self._waits >= _KEY:
            after = _end(_FLAT_MEMBERS if flat else _MEMBERS, text, position)
        elif self._open[-1] == _ARRAY:
            after = _end(_FLAT_ITEMS if flat else _ITEMS, text, position)
        else:
            return position
        if after > position:
            self._waits = _KEY if self._waits >= _KEY else _VALUE
        return after

    def _token(self, text: bytes, position: int, final: bool) -> int:
        """Step over one token; the same position when it may need more bytes."""
        byte = text[position]
        waits = self._waits
        if waits == _STRING_END:
            return self._string_end(text, position, final)
        if waits == _VALUE and self._top == "object" and not self._open and byte != _OBJECT:
            raise MalformedError("the JSON text is not an object")
        if byte == _QUOTE and waits <= _FIRST_KEY:
            self._behind = _COLON if waits >= _KEY else self._behind_value()
            self._waits = _STRING_END
        elif waits == _AFTER and byte == _COMMA:
            self._waits = _VALUE if self._open[-1] == _ARRAY else _KEY
        elif waits == _COLON and byte == ord(":"):
            self._waits = _VALUE
        elif waits in (_AFTER, _FIRST_ITEM, _FIRST_KEY) and byte == _ENDS[self._open[-1]]:
            self._open.pop()
            self._waits = self._behind_value()
        elif waits <= _FIRST_ITEM:
            return self._begin(text, position, final)
        else:
            raise self._wrong(position)
        return position + 1

    def _begin(self, text: bytes, position: int, final: bool) -> int:
        byte = text[position]
        if byte in _ENDS:
            if len(self._open) == DEPTH:
                raise MalformedError(f"the JSON text is nested deeper than {DEPTH}")
            self._open.append(byte)
            self._waits = _FIRST_ITEM if byte == _ARRAY else _FIRST_KEY
            return position + 1
        if not final and _end(_WORDS, text, position) == len(text):
            return position  # more digits or letters may come; `feed` knows when it is too long
        atom = _ATOMS.match(text, position)
        if atom is None:
            raise self._wrong(position)
        self._waits = self._behind_value()
        return atom.end()

    def _string_end(self, text: bytes, position: int, final: bool) -> int:
        if text[position] == _QUOTE:
            self._waits = self._behind
            return position + 1
        if text[position] == _BACKSLASH and len(text) - position < _ESCAPE and not final:
            return position
        raise self._wrong(position)

    def _behind_value(self) -> int:
        return _AFTER if self._open else _END


def _end(pattern: re.Pattern[bytes], text: bytes, position: int) -> int:
    match = pattern.match(text, position)
    return match.end() if match else position
