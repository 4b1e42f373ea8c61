"""Bytes: where fields lie, how large frames and payloads are. Knows no states."""

from typing import TYPE_CHECKING

from wirechart.model import INTEGER_SIZES, Bytes, Fields, Json, Table
from wirechart.record import record

if TYPE_CHECKING:
    from wirechart.model import Field, Message, Ref, Spec


@record
class Placed:
    """A field at its place; offset and size in bytes."""

    field: "Field"
    offset: int
    size: int

    @property
    def end(self) -> int:
        """The offset of the byte behind it."""
        return self.offset + self.size


def place(fields: "tuple[Field, ...]", echoed: "tuple[Field, ...]" = ()) -> tuple[Placed, ...]:
    """The fields one behind the other, without padding; `echoed` is what `echo` fields repeat.

    An echo of an unknown field has no size.
    """
    sizes = {field.name: field.size for field in echoed}
    placed: list[Placed] = []
    offset = 0
    for field in fields:
        size = sizes.get(field.echo.name, 0) if field.echo else field.size
        placed.append(Placed(field, offset, size))
        offset += size
    return tuple(placed)


def size(placed: tuple[Placed, ...]) -> int:
    """In bytes, all together."""
    return placed[-1].end if placed else 0


def request(spec: "Spec") -> tuple[Placed, ...]:
    """The request frame."""
    return place(spec.wire.request)


def reply(spec: "Spec") -> tuple[Placed, ...]:
    """The reply frame."""
    return place(spec.wire.reply, spec.wire.request)


def header(spec: "Spec", message: "Message") -> tuple[Placed, ...]:
    """A message's own header fields at their place in the request frame.

    Skipped bytes and constants are left out.
    """
    frame = {placed.field.name: placed for placed in request(spec)}
    found: list[Placed] = []
    for item in message.header:
        base = frame.get(item.frame_field.name)
        if base is None:
            continue
        parts = (Placed(p.field, base.offset + p.offset, p.size) for p in place(item.parts))
        found += (p for p in parts if p.field.type is not None and p.field.constant is None)
    return tuple(found)


def settled(spec: "Spec", message: "Message") -> dict[str, int]:
    """What its header names and is known beforehand: constants of the frame, and its code."""
    frame = {field.name: field.constant for field in spec.wire.request}
    known = {**frame, spec.wire.select.name: message.code}
    named = [placed.field.name for placed in header(spec, message)]
    return {name: value for name in named if (value := known.get(name)) is not None}


def payload_size_field(spec: "Spec", message: "Message") -> "Ref | None":
    """The request field that bounds a message's payload; None: it can have none."""
    return message.payload_size or spec.wire.payload_size


def fields_of(message: "Message") -> "tuple[Field, ...]":
    """The fixed fields of a message's payload that carry a value."""
    if not isinstance(message.payload, Fields):
        return ()
    return tuple(field for field in message.payload.fields if field.type is not None)


def attributes(spec: "Spec", message: "Message") -> tuple[tuple[str, str], ...]:
    """Name and type of what a decoded message holds: header, payload, descriptors, in this order.

    Types: an integer type, "fd", "json", "table" or "bytes". A streamed payload is no attribute.
    """
    found = [(placed.field.name, placed.field.type or "") for placed in header(spec, message)]
    match message.payload:
        case Fields(descriptors=descriptors):
            found += [(field.name, field.type or "") for field in fields_of(message)]
            found += [(descriptor.name, "fd") for descriptor in descriptors]
        case Json():
            found.append(("payload", "json"))
        case Table():
            found.append(("table", "table"))
        case Bytes(streamed=False):
            found.append(("payload", "bytes"))
        case _:
            pass
    return tuple(found)


def is_streamed(message: "Message") -> bool:
    """Whether bytes of it go to the handler as they come: opaque ones, or a table's contents."""
    payload = message.payload
    if isinstance(payload, Table):
        return payload.contents is not None
    return isinstance(payload, Bytes) and payload.streamed


def width(type_name: str) -> int:
    """Bytes of an integer type."""
    return INTEGER_SIZES[type_name]
