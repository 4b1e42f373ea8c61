"""Every message in all the ways in which it can be malformed. Knows layouts; knows no states."""

from typing import TYPE_CHECKING

from wirechart import layout
from wirechart.model import Bytes, Fields, Json, Table
from wirechart.record import replace
from wirechart.samples import (
    Request,
    announcing,
    request,
    row,
    row_where_check_fails,
    rows_of,
    with_payload,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from wirechart.chart import Chart
    from wirechart.model import Message, Ref

BAD_TEXTS = (
    (b"", "no JSON text"),
    (b'{"sample": ', "a JSON text that ends too early"),
    (b'{"sample": NaN}', "a JSON text with NaN"),
    (b'{"sample": "\xff"}', "a JSON text that is not UTF-8"),
)


def flaws(
    chart: "Chart", message: "Message", values: "Mapping[str, int] | None" = None
) -> tuple[Request, ...]:
    """Malformed requests of a message, each with one thing wrong; `values` are its integers."""
    good = request(chart, message, values)
    found = list(_descriptors(message, good))
    if layout.payload_size_field(chart.spec, message) is None:
        return tuple(found)
    match message.payload:
        case None:
            found.append(with_payload(chart, message, good, b"\0", "a payload"))
        case Fields():
            found += _wrong_fields(chart, message, good)
        case Json(shape=shape):
            found += (with_payload(chart, message, good, text, flaw) for text, flaw in BAD_TEXTS)
            if shape == "object":
                found.append(
                    with_payload(chart, message, good, b"[]", "a JSON text that is no object")
                )
        case Table() as table:
            found += _wrong_rows(chart, message, good, table)
        case Bytes():
            pass
    return (*found, *_too_long(chart, message, good))


def _descriptors(message: "Message", good: Request) -> "Iterable[Request]":
    for count in (good.descriptors - 1, good.descriptors + 1):
        if count >= 0 and good.payload:
            flaw = f"{count} descriptors instead of {good.descriptors}"
            endless = count > good.descriptors and has_contents(message)
            yield replace(good, descriptors=count, flaw=flaw, endless=endless)
    yield replace(good, early_descriptors=1, descriptors=0, flaw="a descriptor with the header")


def has_contents(message: "Message") -> bool:
    """Whether bytes follow its table, outside its size."""
    return isinstance(message.payload, Table) and message.payload.contents is not None


def _wrong_fields(chart: "Chart", message: "Message", good: Request) -> "Iterable[Request]":
    for payload in (b"", good.payload[:-1], good.payload + b"\0"):
        if len(payload) != len(good.payload):
            flaw = f"{len(payload)} bytes instead of {len(good.payload)}"
            yield with_payload(chart, message, good, payload, flaw)


def _wrong_rows(
    chart: "Chart", message: "Message", good: Request, table: Table
) -> "Iterable[Request]":
    spec = chart.spec
    if layout.size(layout.place(table.columns)) > 1:
        half = good.payload[:-1] or row(spec, table, 0)[:-1]
        wrong = with_payload(chart, message, good, half, "half a row")
        yield replace(wrong, endless=has_contents(message))
    if (bad := row_where_check_fails(spec, table)) is not None:
        wrong = with_payload(
            chart, message, good, good.payload + bad, "a row for which the check fails"
        )
        yield replace(wrong, endless=has_contents(message))
    if table.contents is not None:
        most = limit(chart, table.contents.max)
        column = next(c for c in table.columns if c.name == table.contents.of.name)
        if most + 1 < 1 << 8 * column.size:
            longer = row(spec, table, 0, {column.name: most + 1})
            wrong = with_payload(chart, message, good, longer, "contents of a byte too many")
            yield replace(wrong, endless=True)


def _too_long(chart: "Chart", message: "Message", good: Request) -> "Iterable[Request]":
    """More than its maximum announced, and the most that the size field can say."""
    spec = chart.spec
    field = layout.payload_size_field(spec, message)
    size = next(f.size for f in spec.wire.request if field and f.name == field.name)
    biggest = (1 << 8 * size) - 1
    most = longest(chart, message)
    # One byte more than a payload of fixed size has is no more than another wrong size.
    over = (most + unit(message),) if hasattr(message.payload, "max") else ()
    for announced in dict.fromkeys((*over, biggest)):
        if most < announced <= biggest:
            yield replace(announcing(spec, message, good, announced), too_long=True)


def longest(chart: "Chart", message: "Message") -> int:
    """The most bytes that its payload may have."""
    match message.payload:
        case Json(max=most) | Bytes(max=most) | Table(max=most):
            return limit(chart, most) - limit(chart, most) % unit(message)
        case _:
            return len(request(chart, message).payload)


def fits(chart: "Chart", message: "Message", size: int) -> bool:
    """Whether its payload may have that size."""
    if isinstance(message.payload, Fields) or message.payload is None:
        return size == longest(chart, message)
    return size <= longest(chart, message) and size % unit(message) == 0


def unit(message: "Message") -> int:
    """What its payload's size is a multiple of."""
    table = message.payload
    return layout.size(layout.place(table.columns)) if isinstance(table, Table) else 1


def limit(chart: "Chart", ref: "Ref") -> int:
    """The value of a limit."""
    return next(item.value for item in chart.spec.limits if item.name == ref.name)


def announced_contents(chart: "Chart", request: "Request") -> int:
    """How many bytes of contents the rows of a request announce."""
    message = chart.messages.get(request.message)
    table = message.payload if message else None
    if not isinstance(table, Table) or table.contents is None:
        return 0
    rows = rows_of(chart.spec, table, request.payload)
    return sum(row[table.contents.of.name] for row in rows)
