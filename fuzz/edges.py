"""Cases that no recording has: what lies right on a limit, and what comes half."""

import struct
from collections.abc import Iterator
from typing import Final

from fuzz import askers, handlers
from fuzz.framing import HEADER, MEMORY, MEMORY_FD, OK
from fuzz.scripts import ATTACH, MESSAGE, RANGES, RAW

RECEIVER, ASKER, TEXT, TABLE = range(4)  # what the first byte says
NOW: Final = 32  # a question that is sent at once
_TOP: Final = 1 << 64
_ROW: Final = struct.pack("<QQ", 4096, 3)
_DESCRIPTORS: Final = {"none": 0, "one": 1, "two": 2, "truncated": 5}


def cases() -> Iterator[tuple[str, bytes]]:
    """Every case by its name."""
    yield from _misbehaving()
    yield from _descriptors()
    yield from _texts()
    yield from _tables()
    yield from _questions()


def script(receiver: int, begin: int, trick: int = 0, call: int = 1) -> bytes:
    """The beginning of a case."""
    return bytes([RECEIVER, receiver, begin, trick, call])


def raw(data: bytes) -> bytes:
    """A step: these bytes."""
    return bytes([RAW]) + struct.pack("<H", len(data)) + data


def request(code: int, payload: bytes = b"") -> bytes:
    """A step: a header and its payload."""
    return bytes([MESSAGE, code]) + struct.pack("<H", len(payload)) + payload


def ask(number: int) -> bytes:
    """A step: one of the questions, sent at once."""
    return bytes([askers.ASK, number | NOW])


def reply(status: int, size: int = 0) -> bytes:
    """A step: a reply, and the beginning of its payload."""
    return bytes([askers.ANSWER, status]) + size.to_bytes(3, "little")


def _misbehaving() -> Iterator[tuple[str, bytes]]:
    """Every way to misbehave, at the first call of each state."""
    ranges = bytes([RANGES, MEMORY, 2]) + b"\0\1\0" + b"\x50\0" + b"\0\0\0" + b"\x08\0"
    behind = request(3, b"{}") + request(8)
    for trick in range(1, len(handlers.STREAMED)):
        yield f"trick-{trick}.memory", script(0, 3, trick) + ranges + behind
    for trick in range(1, len(handlers.PLAIN)):
        yield f"trick-{trick}.config", script(0, 1, trick) + request(2, b"{}") + behind
        yield f"trick-{trick}.complete", script(0, 4, trick) + request(5)
        yield f"trick-{trick}.memory-fd", script(0, 1, trick) + _shared(1, 4)
    replaced = script(0, 3, handlers.STREAMED.index(handlers.replaces))
    yield "replaced.cut", replaced + raw(HEADER.pack(MEMORY, 16) + _ROW + b"12")
    yield "closed.memory", script(0, 3, 0, 128) + raw(HEADER.pack(MEMORY, 64))
    yield "closed.state", script(0, 4, 0, 128)


def _shared(attached: int, size: int) -> bytes:
    """A slot of memory, or some bytes of it, with descriptors."""
    return raw(HEADER.pack(MEMORY_FD, 4)) + bytes([ATTACH, attached]) + raw(bytes(4)[:size])


def _descriptors() -> Iterator[tuple[str, bytes]]:
    for name, attached in _DESCRIPTORS.items():
        yield f"descriptors-{name}", script(0, 1) + _shared(attached, 4)
        yield f"descriptors-{name}.half", script(0, 1) + _shared(attached, 2)
        config = raw(HEADER.pack(2, 2)) + bytes([ATTACH, attached]) + raw(b"{}")
        yield f"descriptors-{name}.config", script(0, 1) + config + request(3, b"{}")
        start = bytes([ATTACH, attached]) + request(1)
        yield f"descriptors-{name}.start", script(0, 0) + start + request(2, b"{}")


def _texts() -> Iterator[tuple[str, bytes]]:
    for count in (64, 65):
        deep = _many(count, b"[") + _many(count, b"]")
        yield f"nested-{count}", _text(deep)
        yield f"nested-{count}.hidden", _text(b'{"a":' + deep[:-4] + _many(count - 1, b"]"))
        hidden = _many(count - 1, b"[") + _many(count - 1, b"]")
        yield f"nested-{count}.again", _text(b'{"a":' + hidden + b',"a":1}')
        yield f"nested-{count}.items", _text(_many(count - 1, b"[") + b"[1],2" + hidden[4:])
    for count in (4300, 4301):
        yield f"digits-{count}", _text(_many(count, b"1"))
        yield f"digits-{count}.fraction", _text(b"[0." + _many(count, b"1") + b"]")


def _text(text: bytes) -> bytes:
    return bytes([TEXT, 3]) + text


def _many(count: int, byte: bytes) -> bytes:
    """As `payloads` reads it."""
    return b"\1" + struct.pack("<H", count) + byte


def _tables() -> Iterator[tuple[str, bytes]]:
    rows = {"fits": (_TOP - 1, 1), "too-high": (_TOP - 1, 2), "too-long": (0, _TOP - 1)}
    for name, row in rows.items():
        table = struct.pack("<QQ", *row)
        yield f"range-{name}", bytes([TABLE, 0, 0, 1]) + bytes(16) + table
        memory = raw(HEADER.pack(MEMORY, 32) + bytes(16) + table + b"1")
        yield f"range-{name}.main", script(0, 3) + memory + request(3, b"{}")
        yield f"range-{name}.late", script(0, 0) + memory + request(6)


def _questions() -> Iterator[tuple[str, bytes]]:
    memory, complete = 3, 7
    ways = ask(0) + reply(OK) + ask(2) + reply(OK)
    half = bytes([askers.ASK, memory, askers.SEND, 20])
    yield "asked.half", bytes([ASKER, 0]) + ways + half + reply(OK)
    yield "asked.twice", bytes([ASKER, 0]) + ways + half + ask(memory) + reply(2)
    last = bytes([ASKER, 0]) + ways + ask(5) + reply(OK) + ask(complete)
    yield "asked.doubt", last
    yield "asked.refused", last + reply(2)
    yield "asked.odd", last + reply(7)
    yield "asked.long", last + reply(OK, 1)
