"""A small protocol, written by hand, that the runtime's tests run: every kind of payload once.

Requests are `code u16, length u32`, replies `status u16`, little-endian. `STRICT` ends at the first
mistake and lingers, `QUICK` not for long; `HASTY` waits for ever between messages, and not long
inside them; `LENIENT` answers a mistake and stays.
"""

import enum
import struct
from dataclasses import dataclass, replace
from typing import Any

from wirechart import runtime
from wirechart.runtime import (
    Fault,
    Faults,
    Fields,
    Final,
    JsonText,
    Kind,
    Layout,
    Scattered,
    Stream,
)

REQUEST = struct.Struct("<HI")
MAX = 1 << 20  # bytes of a text, of contents and of a raw payload


class Code(enum.IntEnum):
    """The messages."""

    Reserved = 0
    Hello = 1
    Slot = 2
    Text = 3
    Blocks = 4
    Raw = 5
    Bye = 6
    Cancel = 7
    Note = 8
    Ping = 9


class Reply(enum.IntEnum):
    """The replies."""

    Ok = 1
    Error = 2
    Broken = 3
    Failed = 4


@dataclass(frozen=True, slots=True)
class Hello:
    version: int


@dataclass(frozen=True, slots=True)
class Slot:
    number: int
    memory: runtime.Descriptor


@dataclass(frozen=True, slots=True)
class Text:
    payload: runtime.Json


@dataclass(frozen=True, slots=True)
class Blocks:
    table: runtime.Table[tuple[int, int]]


@dataclass(frozen=True, slots=True)
class Raw:
    pass


@dataclass(frozen=True, slots=True)
class Bye:
    pass


@dataclass(frozen=True, slots=True)
class Cancel:
    pass


@dataclass(frozen=True, slots=True)
class Note:
    payload: bytes


@dataclass(frozen=True, slots=True)
class Ping:
    pass


@dataclass(frozen=True, slots=True)
class Waiting:
    pass


@dataclass(frozen=True, slots=True)
class Open:
    slots: dict[int, runtime.Descriptor]
    disk: runtime.Memory


@dataclass(frozen=True, slots=True)
class Done:
    clean: bool


@dataclass(frozen=True, slots=True)
class Broken:
    cause: runtime.Cause


def _fits(offset: int, size: int) -> bool:
    """offset + size <= 2^32"""
    return offset + size <= 1 << 32


def _version_is_1(_state: object, message: Hello, _context: object) -> bool:
    """message.version == 1"""
    return message.version == 1


def _is_new(state: Open, message: Slot, _context: object) -> bool:
    """message.number not in state.slots"""
    return message.number not in state.slots


def _encode(reply: int, _header: runtime.Header, _size: int) -> bytes:
    return struct.pack("<H", reply)


WIRE = runtime.Wire(
    request=REQUEST,
    select=0,
    size=1,
    constants=(),
    encode=_encode,
    frames={reply: _encode(reply, (), 0) for reply in Reply},
    replies={reply: reply.name for reply in Reply},
    accept=Reply.Ok,
)


def _layout(type_: type[Any], payload: Kind | None, *names: str, **more: Any) -> Layout:  # noqa: ANN401 -- of Layout
    def decode(_header: runtime.Header, value: Any) -> object:  # noqa: ANN401 -- of Layout
        values = value if len(names) > 1 or isinstance(payload, Fields) else (value,)
        return type_(**dict(zip(names, values, strict=bool(names))))

    return Layout(type=type_, decode=decode, payload=payload, size=1, skippable=MAX, **more)


LAYOUTS: dict[int, Layout] = {
    Code.Hello: _layout(Hello, Fields("<H"), "version"),
    Code.Slot: _layout(Slot, Fields("<H"), "number", "memory", descriptors=1),
    Code.Text: _layout(Text, JsonText(32 * MAX, top="object"), "payload"),
    Code.Blocks: _layout(
        Blocks,
        Scattered("<II", 256 * MAX, check=_fits, address=0, size=1, contents=1 << 40),
        "table",
    ),
    Code.Raw: _layout(Raw, Stream(MAX)),
    Code.Bye: _layout(Bye, None),
    Code.Cancel: _layout(Cancel, None),
    Code.Note: _layout(Note, Kind(16), "payload"),
    Code.Ping: _layout(Ping, None, answered=False),
}

ENDING = Faults(
    refused=Fault(Reply.Error, Broken, "machine.otherwise"),
    malformed=Fault(Reply.Broken, Broken, "machine.on_malformed"),
    handler_error=Fault(Reply.Failed, Broken, "machine.on_handler_error"),
    eof=Fault(None, Broken, "machine.on_eof"),
    idle=Fault(None, Broken, "machine.on_idle"),
    lost=Fault(None, Broken, "machine.on_lost"),
    silence=10.0,
    pause=60.0,
)
STAYING = Faults(
    refused=Fault(Reply.Error, None, "machine.otherwise"),
    malformed=Fault(Reply.Broken, None, "machine.on_malformed"),
    handler_error=Fault(Reply.Failed, None, "machine.on_handler_error"),
    eof=Fault(None, Broken, "machine.on_eof"),
    lost=Fault(None, Broken, "machine.on_lost"),
)


def _table(faults: Faults) -> dict[type[Any], runtime.Rules]:
    handled, ended = runtime.handled, runtime.ended
    cancel = ended(Code.Cancel, "cancelled", Broken, Reply.Ok)
    return {
        Waiting: runtime.rules(
            "machine.Waiting",
            faults,
            handled(Code.Hello, "hello", Open, Reply.Ok, when=_version_is_1),
            cancel,
        ),
        Open: runtime.rules(
            "machine.Open",
            faults,
            handled(Code.Slot, "slot", Open, Reply.Ok, when=_is_new),
            handled(Code.Text, "text", Open, Reply.Ok),
            handled(Code.Blocks, "blocks", Open, Reply.Ok),
            handled(Code.Raw, "raw", Open, Reply.Ok),
            handled(Code.Note, "note", Open, Reply.Ok),
            handled(Code.Ping, "ping", Open, None),
            handled(Code.Bye, "bye", Done, Reply.Ok, sets={"clean": True}),
            cancel,
        ),
    }


def _machine(faults: Faults, linger: float) -> runtime.Machine:
    late = ((Code.Cancel, Reply.Ok),) if linger else ()
    failure = Final(
        success=False, cause="cause", linger=linger, answers=late, unless=("cancelled",)
    )
    return runtime.Machine(
        wire=WIRE,
        layouts=LAYOUTS,
        names={code: code.name for code in Code},
        codes={layout.type: code for code, layout in LAYOUTS.items()},
        table=_table(faults),
        finals={Done: Final(success=True), Broken: failure},
        owned={Slot: ("memory",), Open: ("slots", "disk")},
    )


STRICT = _machine(ENDING, 2.0)
QUICK = _machine(ENDING, 0.05)
HASTY = _machine(replace(ENDING, silence=0.1, pause=None), 0.05)
LENIENT = _machine(STAYING, 0.0)


class Handlers:
    """Keep what arrives."""

    def __init__(self, disk: runtime.Memory | None = None) -> None:
        self.disk = disk or runtime.Nowhere()
        self.seen: list[object] = []

    def hello(self, _state: Waiting, _message: Hello) -> Open:
        return Open({}, self.disk)

    def slot(self, state: Open, message: Slot) -> Open:
        return Open({**state.slots, message.number: message.memory}, state.disk)

    def text(self, state: Open, message: Text) -> Open:
        self.seen.append(message)
        return state

    def blocks(
        self, state: Open, _message: Blocks, payload: runtime.Payload
    ) -> runtime.Receiving[Open]:
        yield from payload.scatter(state.disk)
        return state

    def raw(self, state: Open, _message: Raw, payload: runtime.Payload) -> runtime.Receiving[Open]:
        data = yield from payload.read(MAX)
        self.seen.append(data)
        return state

    def note(self, state: Open, message: Note) -> Open:
        self.seen.append(message)
        return state

    def ping(self, state: Open, message: Ping) -> Open:
        self.seen.append(message)
        return state

    def bye(self, _state: Open, _message: Bye) -> Done:
        return Done(clean=True)


class Receiver(runtime.Core[Any, Any]):
    """One end of a link."""

    def __init__(
        self,
        handlers: object = None,
        machine: runtime.Machine = STRICT,
        **more: Any,  # noqa: ANN401 -- of Core
    ) -> None:
        super().__init__(machine, Handlers() if handlers is None else handlers, Waiting(), **more)

    @property
    def cause(self) -> Any:  # noqa: ANN401 -- one of the causes
        """Why it ended."""
        assert isinstance(self.termination, Broken)
        return self.termination.cause


def request(code: int, payload: bytes = b"", length: int | None = None) -> bytes:
    """A request; `length` is what it announces."""
    return REQUEST.pack(code, len(payload) if length is None else length) + payload


def rows(*pairs: tuple[int, int]) -> bytes:
    """The bytes of a table."""
    return b"".join(struct.pack("<II", *pair) for pair in pairs)


HELLO = request(Code.Hello, b"\1\0")
BLOCKS = request(Code.Blocks, rows((0, 5), (3, 4))) + b"abcdeFGHI"
RAW = request(Code.Raw, b"raw bytes")
TEXT = request(Code.Text, b'{"a": 1}')
NOTE = request(Code.Note, b"note")
PING = request(Code.Ping)
BYE = request(Code.Bye)
CANCEL = request(Code.Cancel)
OK, ERROR, BROKEN, FAILED = (struct.pack("<H", reply) for reply in Reply)
SESSION = HELLO + BLOCKS + RAW + PING + TEXT + NOTE + BYE
SESSION_REPLIES = OK * 6
