"""The other end of `link`, written by hand: a machine that asks.

`ASKING` fails into `Lost`. A `Fetch` is asked of no receiver: its reply has a payload, and its
frame a size and a magic number; `FETCHING` has it.
"""

import struct
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, overload

from runtime import link
from runtime.link import Blocks, Bye, Hello, Note, Ping, Raw, Slot, Text
from wirechart import runtime
from wirechart.runtime import Asker, AskingMachine, AskingWire, Contents, Outcome, Request
from wirechart.runtime.links import Link


@dataclass(frozen=True, slots=True)
class Fresh:
    pass


@dataclass(frozen=True, slots=True)
class Ready:
    pass


@dataclass(frozen=True, slots=True)
class Finished:
    clean: bool


@dataclass(frozen=True, slots=True)
class Lost:
    cause: runtime.Cause


WIRE = AskingWire(
    request=link.REQUEST,
    reply=struct.Struct("<H"),
    status=0,
    size=None,
    constants=(),
    echoes=(),
    replies={reply: reply.name for reply in link.Reply},
    accept=link.Reply.Ok,
)


def _request(code: link.Code, payload: bytes = b"") -> bytes:
    return link.request(code, payload)


def _rows(message: Blocks) -> bytes:
    return _request(link.Code.Blocks, link.rows(*message.table))


def _length(message: Blocks) -> int:
    return sum(size for _, size in message.table)


def _note(message: Note) -> bytes:
    if len(message.payload) > 16:
        raise ValueError(f"its payload of {len(message.payload)} bytes is longer than 16")
    return _request(link.Code.Note, message.payload)


def _descriptor(message: Slot) -> tuple[runtime.Descriptor]:
    return (message.memory,)


def _asks(type_: type[Any], encode: Callable[[Any], bytes], **more: Any) -> Request:  # noqa: ANN401 -- of Request
    return Request(type=type_, code=link.Code[type_.__name__], encode=encode, **more)


REQUESTS = {
    request.type: request
    for request in (
        _asks(Hello, lambda m: _request(link.Code.Hello, struct.pack("<H", m.version))),
        _asks(
            Slot,
            lambda m: _request(link.Code.Slot, struct.pack("<H", m.number)),
            descriptors=_descriptor,
        ),
        _asks(Text, lambda m: _request(link.Code.Text, m.payload.raw)),
        _asks(Blocks, _rows, contents=_length),
        _asks(Raw, lambda _: _request(link.Code.Raw, b"raw bytes")),
        _asks(Note, _note),
        _asks(Ping, lambda _: _request(link.Code.Ping), answered=False),
        _asks(Bye, lambda _: _request(link.Code.Bye)),
    )
}

FAULTS = runtime.Faults(
    refused=runtime.Fault(None, Lost, "machine.otherwise"),
    malformed=runtime.Fault(None, Lost, "machine.on_malformed"),
    handler_error=runtime.Fault(None, Lost, "machine.on_handler_error"),
    eof=runtime.Fault(None, Lost, "machine.on_eof"),
    idle=runtime.Fault(None, Lost, "machine.on_idle"),
    lost=runtime.Fault(None, Lost, "machine.on_lost"),
    silence=10.0,
)
STAY = Outcome(Ready, element="machine.Ready")
FINALS = {
    Finished: runtime.Final(success=True),
    Lost: runtime.Final(success=False, cause="cause"),
}
ASKING = AskingMachine(
    wire=WIRE,
    requests=REQUESTS,
    table={
        Fresh: {Hello: Outcome(Ready, element="machine.Fresh.on.Hello")},
        Ready: {
            **dict.fromkeys((Slot, Text, Blocks, Raw, Note, Ping), STAY),
            Bye: Outcome(Finished, (("clean", True),), "machine.Ready.on.Bye"),
        },
    },
    faults={Fresh: FAULTS, Ready: FAULTS},
    finals=FINALS,
)


@dataclass(frozen=True, slots=True)
class Fetch:
    """Asks for bytes; `cookie` comes back in the reply's frame."""

    cookie: int
    count: int
    exact: bool = False


MAGIC = 0x4B4E494C
MOST = 64  # bytes of a fetched payload
FETCHED = struct.Struct("<IHHI")  # magic, status, cookie, size


def fetched(status: int, payload: bytes = b"", *, cookie: int = 7, magic: int = MAGIC) -> bytes:
    """A reply to a Fetch."""
    return FETCHED.pack(magic, status, cookie, len(payload)) + payload


def _fetching(*, exact: bool) -> AskingMachine:
    fetch = Request(
        type=Fetch,
        code=10,
        encode=lambda m: struct.pack("<HI", m.cookie, m.count),
        replies_with=(lambda m: m.count) if exact else None,
        replies_up_to=MOST,
    )
    wire = AskingWire(
        request=struct.Struct("<HI"),
        reply=FETCHED,
        status=1,
        size=3,
        constants=((0, MAGIC),),
        echoes=((2, 0),),
        replies=WIRE.replies,
        accept=link.Reply.Ok,
    )
    return AskingMachine(
        wire=wire,
        requests={
            Fetch: fetch,
            Bye: Request(type=Bye, code=6, encode=lambda _: struct.pack("<HI", 7, 0)),
        },
        table={Ready: {Fetch: STAY, Bye: Outcome(Finished, (("clean", True),))}},
        faults={Ready: FAULTS},
        finals=FINALS,
    )


FETCHING = _fetching(exact=False)
FETCHING_EXACTLY = _fetching(exact=True)


class Client(Link[Fresh | Ready, Finished | Lost]):
    """What the generator makes of `ASKING`: each message in its states, and where it leads."""

    @overload
    def send(self, state: Fresh, message: Hello) -> Ready: ...
    @overload
    def send(self, state: Ready, message: Slot | Text | Raw | Note | Ping) -> Ready: ...
    @overload
    def send(self, state: Ready, message: Blocks, *, contents: Contents) -> Ready: ...
    @overload
    def send(self, state: Ready, message: Bye) -> Finished: ...
    def send(
        self, state: Fresh | Ready, message: object, *, contents: Contents | None = None
    ) -> object:
        """Ask in this state; where the reply leads."""
        return self.exchange(state, message, contents=contents)


def blocks(*rows: tuple[int, int]) -> Blocks:
    """Where contents go: pairs of offset and size."""
    return Blocks(runtime.Table[tuple[int, int]].of("<II", rows))


def asker(machine: AskingMachine = ASKING, **more: Any) -> Asker[Any, Any]:  # noqa: ANN401 -- of Asker
    """One at its beginning."""
    return Asker(machine, Fresh() if Fresh in machine.table else Ready(), **more)
