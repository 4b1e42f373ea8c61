"""What a spec makes of the requests and replies of another. Knows bytes; knows no states.

Only bytes count: the same code is the same message, whatever it is called on either side.
"""

from math import inf
from typing import TYPE_CHECKING

from wirechart import layout
from wirechart.compat import octets
from wirechart.compat.payloads import fit, reply_bounds
from wirechart.model import Fields
from wirechart.record import record

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from wirechart.composition.relation import Heard
    from wirechart.layout import Placed
    from wirechart.model import ByteOrder, Message, Ref, Spec


# The events of a request that is none; `eof`: its bytes are too few, and more never come.
NO_MESSAGE = ("refused", "malformed", "lost", "eof")


@record
class Reading:
    """What the answerer takes a request for."""

    event: str  # one of its messages, or one of NO_MESSAGE
    why: str = ""  # it is none
    bounds: tuple[str, ...] = ()  # when it is; empty: always
    values: tuple[tuple[str, int], ...] = ()  # what the answerer's fields hold, where that is known
    framed: bool = (
        True  # False: other bytes are read as a header, and nobody can say what is replied
    )


def is_sent(spec: "Spec", message: "Message", by_client: bool) -> bool:
    """Whether a message is one of the client's, or one of the server's."""
    server = message.sender is not None and message.sender.name == spec.wire.server.name
    return not message.reserved and server != by_client


def reading(asker: "Spec", message: "Message", answerer: "Spec") -> Reading:
    """What a request is taken for."""
    header, order = octets.request(asker, message), answerer.wire.byte_order
    frame = layout.request(answerer)
    if layout.size(frame) != len(header):
        sizes = f"its header has {len(header)} bytes, and {layout.size(frame)} are read"
        short = len(header) + _certain(message) < layout.size(frame)
        return Reading("eof" if short else "refused", sizes, framed=False)
    if wrong := _wrong_constant(header, frame, order):
        return Reading("lost", wrong)
    code = octets.read(header, _named(frame, answerer.wire.select), order)
    by_client = is_sent(asker, message, by_client=True)
    known = (m for m in answerer.messages if is_sent(answerer, m, by_client))
    found = next((m for m in known if m.code == code), None)
    if found is None:
        return Reading("refused", f"{code} is none of its codes" if code is not None else "no code")
    return _taken(asker, message, answerer, found, header)


def _certain(message: "Message") -> float:
    """How many bytes of payload there always are; infinite: as many as somebody likes."""
    match message.payload:
        case None:
            return 0
        case Fields(inside):
            return layout.size(layout.place(inside))
        case _:
            return inf


def _wrong_constant(header: octets.Octets, fields: "Iterable[Placed]", order: "ByteOrder") -> str:
    """Which field of those that always have one value has another; empty: none."""
    for placed in fields:
        wanted = placed.field.constant
        if wanted is not None and octets.read(header, placed, order) != wanted:
            return f"`{placed.field.name}` is not {wanted:#x}"
    return ""


def _named(frame: "Iterable[Placed]", ref: "Ref") -> "Placed":
    return next(placed for placed in frame if placed.field.name == ref.name)


def _parts(spec: "Spec", message: "Message") -> "Iterator[Placed]":
    """What a message's `header` says, at its place in the frame."""
    for item in message.header:
        base = _named(layout.request(spec), item.frame_field)
        for part in layout.place(item.parts):
            yield layout.Placed(part.field, base.offset + part.offset, part.size)


def _taken(
    asker: "Spec", message: "Message", answerer: "Spec", found: "Message", header: octets.Octets
) -> Reading:
    """The same where the code is a message's."""
    order = answerer.wire.byte_order
    if not _finds_payload(asker, message, answerer, found, header):
        return Reading("malformed", "the size of its payload is read from other bytes")
    if wrong := _wrong_constant(header, _parts(answerer, found), order):
        return Reading("malformed", wrong)
    told = fit(asker, message, answerer, found)
    if told.wrong:
        return Reading("malformed", told.wrong)
    read = ((p.field.name, octets.read(header, p, order)) for p in layout.header(answerer, found))
    values = tuple((name, value) for name, value in read if isinstance(value, int))
    bounds = (*told.bounds, *reply_bounds(answerer, found, asker, message))
    return Reading(found.name, bounds=bounds, values=(*values, *told.values))


def _finds_payload(
    asker: "Spec", message: "Message", answerer: "Spec", found: "Message", header: octets.Octets
) -> bool:
    """Whether the answerer sees as much payload as the asker announces."""
    bounded = layout.payload_size_field(answerer, found)
    frame, order = layout.request(answerer), answerer.wire.byte_order
    size = octets.read(header, _named(frame, bounded), order) if bounded else 0
    announced = message.payload is not None
    announced = announced and layout.payload_size_field(asker, message) is not None
    return size is not None and (size != 0) == announced


def heard(
    asker: "Spec", message: "Message", answerer: "Spec", read: "Message", reply: str
) -> "Heard":
    """What the asker takes a reply for."""
    asked = octets.request(asker, message)
    code = next(code.value for code in answerer.wire.replies if code.name == reply)
    data, order = octets.reply(answerer, read, code, asked), asker.wire.byte_order
    frame = layout.reply(asker)
    unexpected = read.reply_payload is not None and message.reply_payload is None
    if layout.size(frame) != len(data) or unexpected:
        return "lost"
    if _wrong_constant(data, frame, order) or not _echoed(asker, asked, frame, data):
        return "lost"
    value = octets.read(data, _named(frame, asker.wire.status), order)
    name = next((known.name for known in asker.wire.replies if known.value == value), None)
    if name is None:
        return "malformed"
    return "accepted" if name == asker.wire.accept.name else "refused"


def _echoed(
    asker: "Spec", asked: octets.Octets, frame: "Iterable[Placed]", data: octets.Octets
) -> bool:
    """Whether a reply repeats what it should."""
    for placed in frame:
        if placed.field.echo is not None:
            sent = _named(layout.request(asker), placed.field.echo)
            if data[placed.offset : placed.end] != asked[sent.offset : sent.end]:
                return False
    return True
