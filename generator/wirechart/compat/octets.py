"""Frames byte by byte, as far as they are known before a message is made. Knows no machines.

What one side writes is read by the other one's layout; so two specs are compared by what comes of
it, whatever their fields are called.
"""

from typing import TYPE_CHECKING

from wirechart import layout
from wirechart.model import Fields
from wirechart.record import record

if TYPE_CHECKING:
    from collections.abc import Iterable

    from wirechart.layout import Placed
    from wirechart.model import ByteOrder, Field, Message, Spec

PAYLOAD_SIZE = "the size of the payload"  # no field has such a name


@record
class Part:
    """One byte of a number that is not known beforehand."""

    of: str  # the field, or PAYLOAD_SIZE
    rank: int  # 0: the least significant byte
    width: int  # bytes of the whole number


Octet = int | Part
Octets = tuple[Octet, ...]


def known(value: int, size: int, order: "ByteOrder") -> Octets:
    """A number that is known."""
    return tuple(value.to_bytes(size, order))


def free(name: str, size: int, order: "ByteOrder") -> Octets:
    """A number that is not."""
    ranks = range(size) if order == "little" else reversed(range(size))
    return tuple(Part(name, rank, size) for rank in ranks)


def fields(placed: "Iterable[Placed]", order: "ByteOrder") -> Octets:
    """Some fields one behind the other, as they are written: opaque bytes are zero."""
    return tuple(octet for item in placed for octet in _field(item.field, item.size, order))


def _field(field: "Field", size: int, order: "ByteOrder") -> Octets:
    if field.constant is not None:
        return known(field.constant, size, order)
    return free(field.name, size, order) if field.type else (0,) * size


def request(spec: "Spec", message: "Message") -> Octets:
    """The header of a request, as whoever asks writes it."""
    order, bounded = spec.wire.byte_order, layout.payload_size_field(spec, message)
    split = {item.frame_field.name: item.parts for item in message.header}
    octets: list[Octet] = []
    for placed in layout.request(spec):
        field, size = placed.field, placed.size
        if field.constant is not None:
            octets += known(field.constant, size, order)
        elif field.name == spec.wire.select.name:
            octets += known(message.code, size, order)
        elif bounded is not None and field.name == bounded.name:
            octets += _payload_size(message, size, order)
        else:
            octets += fields(layout.place(split.get(field.name, ())), order) or (0,) * size
    return tuple(octets)


def _payload_size(message: "Message", size: int, order: "ByteOrder") -> Octets:
    match message.payload:
        case None:
            return known(0, size, order)
        case Fields(inside):
            return known(layout.size(layout.place(inside)), size, order)
        case _:
            return free(PAYLOAD_SIZE, size, order)


def reply(spec: "Spec", message: "Message", code: int, asked: Octets) -> Octets:
    """The frame of a reply; `asked` is the header of its request, `message` what it was read as."""
    order, frame = spec.wire.byte_order, {p.field.name: p for p in layout.request(spec)}
    octets: list[Octet] = []
    for placed in layout.reply(spec):
        field, size = placed.field, placed.size
        if field.echo is not None:
            repeated = frame[field.echo.name]
            octets += asked[repeated.offset : repeated.end]
        elif field.constant is not None:
            octets += known(field.constant, size, order)
        elif field.name == spec.wire.status.name:
            octets += known(code, size, order)
        elif _is_reply_size(spec, field) and message.reply_payload is not None:
            octets += free(PAYLOAD_SIZE, size, order)
        else:
            octets += (0,) * size
    return tuple(octets)


def _is_reply_size(spec: "Spec", field: "Field") -> bool:
    return spec.wire.reply_size is not None and spec.wire.reply_size.name == field.name


def read(octets: Octets, placed: "Placed", order: "ByteOrder") -> int | str | None:
    """What a field is read as: a number, the name of what is read whole; None: a jumble."""
    taken = octets[placed.offset : placed.end]
    if all(isinstance(octet, int) for octet in taken):
        return int.from_bytes(bytes(octet for octet in taken if isinstance(octet, int)), order)
    first = next(octet for octet in taken if isinstance(octet, Part))
    return first.of if taken == free(first.of, first.width, order) else None
