"""A request of one spec as the receiver of another one reads its bytes. Knows no states.

Both frames of a request must have one size: otherwise no header begins where the peer wrote one.
"""

import json
from typing import TYPE_CHECKING

from wirechart import layout
from wirechart.cases.flaws import limit, longest, unit
from wirechart.chart import receivable
from wirechart.model import Fields, Json, Table
from wirechart.record import replace
from wirechart.samples import Request, accepted, rows_of

if TYPE_CHECKING:
    from wirechart.chart import Chart
    from wirechart.model import Message, Payload


def read(chart: "Chart", sent: Request) -> Request:
    """What a receiver of the chart makes of the bytes of a request."""
    spec = chart.spec
    values = {p.field.name: _number(chart, sent.header, p) for p in layout.request(spec)}
    for placed in layout.request(spec):
        if placed.field.constant not in (None, values[placed.field.name]):
            flaw = f"wrong {placed.field.name}"
            return Request("", sent.header, b"", b"", 0, 0, (), flaw, lost=True)
    code = values[spec.wire.select.name]
    message = next((item for item in receivable(chart) if item.code == code), None)
    if message is None:
        return _unknown(chart, sent, code, values)
    return _known(chart, sent, message, values)


def _number(chart: "Chart", data: bytes, placed: layout.Placed) -> int:
    return int.from_bytes(data[placed.offset : placed.end], chart.spec.wire.byte_order)


def _unknown(chart: "Chart", sent: Request, code: int, values: "dict[str, int]") -> Request:
    known = next((name for name, item in chart.messages.items() if item.code == code), "")
    size = chart.spec.wire.payload_size
    announced = values[size.name] if size else 0
    return replace(
        sent,
        message="",
        announced=announced,
        fields=(("code", code),),
        flaw=f"{known or 'nothing'} has code {code}",
        too_long=False,
        lost=False,
        endless=False,
        known=known,
    )


def _known(chart: "Chart", sent: Request, message: "Message", values: "dict[str, int]") -> Request:
    spec = chart.spec
    field = layout.payload_size_field(spec, message)
    whole = sent.payload + sent.contents
    announced = values[field.name] if field else longest(chart, message)
    seen = {
        placed.field.name: _number(chart, sent.header, placed)
        for placed in layout.header(spec, message)
    }
    if isinstance(message.payload, Fields):
        seen |= {
            placed.field.name: _number(chart, whole, placed)
            for placed in layout.place(message.payload.fields)
            if placed.field.type is not None
        }
    made = replace(
        sent,
        message=message.name,
        payload=whole[:announced],
        contents=whole[announced:],
        announced=announced,
        fields=tuple(seen.items()),
        flaw="",
        too_long=announced > longest(chart, message),
        lost=False,
        endless=False,
        known="",
    )
    flaw, endless = _flaw(chart, message, made)
    return replace(made, flaw=flaw, endless=endless)


def _flaw(chart: "Chart", message: "Message", made: Request) -> tuple[str, bool]:
    """What is wrong with it, and whether nobody can say where the next message begins."""
    payload = message.payload
    wanted = len(payload.descriptors) if isinstance(payload, Fields) else 0
    has_contents = isinstance(payload, Table) and payload.contents is not None
    if made.early_descriptors:
        return "a descriptor with the header", False
    if made.too_long:
        return f"size {made.announced}", False
    if isinstance(payload, Fields) and made.announced != longest(chart, message):
        return f"{made.announced} bytes instead of {longest(chart, message)}", False
    if made.announced % unit(message):
        return "half a row", has_contents
    if not made.complete:
        return "", False
    if made.payload and made.descriptors != wanted:
        return f"{made.descriptors} descriptors instead of {wanted}", has_contents
    if isinstance(payload, Json):
        return _json(payload, made.payload), False
    if isinstance(payload, Table):
        flaw = _rows(chart, payload, made)
        return flaw, has_contents and bool(flaw)
    return "", False


def _json(payload: Json, text: bytes) -> str:
    try:
        value = json.loads(text.decode(), parse_constant=_no_constant)
    except (ValueError, RecursionError):
        return "no JSON text"
    return "" if payload.shape == "any" or isinstance(value, dict) else "no object"


def _no_constant(name: str) -> object:
    raise ValueError(name)


def _rows(chart: "Chart", table: Table, made: Request) -> str:
    rows = rows_of(chart.spec, table, made.payload)
    if not all(accepted(table, row) for row in rows):
        return "a row for which the check fails"
    if table.contents is None:
        return ""
    total = _behind(chart, table, made.payload)
    return "contents of a byte too many" if total > limit(chart, table.contents.max) else ""


def awaited(chart: "Chart", request: Request) -> bool:
    """Whether more of it must come before anything can be said."""
    if not request.message or request.flaw:
        return False
    table = chart.messages[request.message].payload
    if not request.complete:
        return True
    return _behind(chart, table, request.payload) > len(request.contents)


def _behind(chart: "Chart", payload: "Payload | None", data: bytes) -> int:
    """How many bytes follow a payload, as its rows say."""
    if not isinstance(payload, Table) or payload.contents is None:
        return 0
    return sum(row[payload.contents.of.name] for row in rows_of(chart.spec, payload, data))


def left_over(chart: "Chart", made: Request) -> int:
    """How many bytes of a request, as a receiver reads it, it takes for the next one's header."""
    if made.lost or made.endless:
        return 0
    payload = chart.messages[made.message].payload if made.message else None
    behind = 0 if made.flaw else _behind(chart, payload, made.payload)
    return max(0, len(made.payload) + len(made.contents) - made.announced - behind)
