"""What a spec makes of the requests and replies of another. Knows bytes; knows no states.

Only bytes count: the same code is the same message, whatever it is called on either side.
"""

from typing import TYPE_CHECKING

from wirechart import layout
from wirechart.compat import octets
from wirechart.compat.payloads import fit, reply_bounds
from wirechart.record import record

if TYPE_CHECKING:
    from wirechart.composition.relation import Heard
    from wirechart.model import Message, Spec


@record
class Reading:
    """What the answerer takes a request for."""

    event: str  # one of its messages; "refused" or "malformed": none
    why: str = ""  # it is none
    bounds: tuple[str, ...] = ()  # when it is; empty: always
    values: tuple[tuple[str, int], ...] = ()  # what the answerer's fields hold, where that is known


def is_sent(spec: "Spec", message: "Message", by_client: bool) -> bool:
    """Whether a message is one of the client's, or one of the server's."""
    server = message.sender is not None and message.sender.name == spec.wire.server.name
    return not message.reserved and server != by_client


def reading(asker: "Spec", message: "Message", answerer: "Spec") -> Reading:
    """What a request is taken for."""
    header, order = octets.request(asker, message), answerer.wire.byte_order
    frame = {placed.field.name: placed for placed in layout.request(answerer)}
    if layout.size(tuple(frame.values())) != len(header):
        size = layout.size(tuple(frame.values()))
        return Reading("refused", f"its header has {len(header)} bytes, and {size} are read")
    for placed in frame.values():
        constant = placed.field.constant
        if constant is not None and octets.read(header, placed, order) != constant:
            return Reading("refused", f"`{placed.field.name}` is not {constant:#x}")
    code = octets.read(header, frame[answerer.wire.select.name], order)
    by_client = is_sent(asker, message, by_client=True)
    known = (m for m in answerer.messages if is_sent(answerer, m, by_client))
    found = next((m for m in known if m.code == code), None)
    if found is None:
        return Reading("refused", f"{code} is none of its codes" if code is not None else "no code")
    return _sized(asker, message, answerer, found, header)


def _sized(
    asker: "Spec", message: "Message", answerer: "Spec", found: "Message", header: octets.Octets
) -> Reading:
    """The payload, and the fields of the header."""
    order = answerer.wire.byte_order
    frame = {placed.field.name: placed for placed in layout.request(answerer)}
    bounded = layout.payload_size_field(answerer, found)
    size = octets.read(header, frame[bounded.name], order) if bounded else 0
    mine = layout.payload_size_field(asker, message)
    announced = message.payload is not None and mine is not None
    if size is None or (announced and bounded is None) or (size == 0) == announced:
        return Reading("malformed", "the size of its payload is read from other bytes")
    constants = layout.place(())  # a message's own constants stand inside its header's parts
    for item in found.header:
        base = frame[item.frame_field.name]
        for part in layout.place(item.parts):
            moved = layout.Placed(part.field, base.offset + part.offset, part.size)
            constants += (moved,) if part.field.constant is not None else ()
    for part in constants:
        value = octets.read(header, part, order)
        if value != part.field.constant:
            return Reading("malformed", f"`{part.field.name}` is not {part.field.constant}")
    told = fit(asker, message, answerer, found)
    if told.wrong:
        return Reading("malformed", told.wrong)
    read = ((p.field.name, octets.read(header, p, order)) for p in layout.header(answerer, found))
    values = tuple((name, value) for name, value in read if isinstance(value, int))
    bounds = (*told.bounds, *reply_bounds(answerer, found, asker, message))
    return Reading(found.name, bounds=bounds, values=(*values, *told.values))


def heard(
    asker: "Spec", message: "Message", answerer: "Spec", read: "Message", reply: str
) -> "Heard":
    """What the asker takes a reply for."""
    asked = octets.request(asker, message)
    code = next(code.value for code in answerer.wire.replies if code.name == reply)
    data, order = octets.reply(answerer, read, code, asked), asker.wire.byte_order
    frame = layout.reply(asker)
    if layout.size(frame) != len(data):
        return "lost"
    header = {placed.field.name: placed for placed in layout.request(asker)}
    for placed in frame:
        constant, echo = placed.field.constant, placed.field.echo
        if constant is not None and octets.read(data, placed, order) != constant:
            return "lost"
        if echo is not None:
            repeated = header[echo.name]
            if data[placed.offset : placed.end] != asked[repeated.offset : repeated.end]:
                return "lost"
    if read.reply_payload is not None and message.reply_payload is None:
        return "lost"
    status = next(placed for placed in frame if placed.field.name == asker.wire.status.name)
    value = octets.read(data, status, order)
    name = next((known.name for known in asker.wire.replies if known.value == value), None)
    if name is None:
        return "malformed"
    return "accepted" if name == asker.wire.accept.name else "refused"
