"""Sample requests and replies as bytes, valid and malformed. Knows layouts; knows no states.

The bytes come from the spec's layouts alone, never from generated code.
"""

from typing import TYPE_CHECKING

from wirechart import layout
from wirechart.expressions import evaluate
from wirechart.model import Bytes, Fields, Json, Table
from wirechart.record import record, replace

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from wirechart.chart import Chart
    from wirechart.expressions import Expression
    from wirechart.layout import Placed
    from wirechart.model import Message, Ref, Spec

BIGGEST_SENT = 4096  # bytes of a payload that are really sent; a larger one is only announced
JSON = (b'{"sample": 1}', b"{}", b"1")  # the first that fits
ROWS = 2  # of a sample table
ROW_CONTENTS = 4  # bytes of each


@record
class Request:
    """A request on the wire, or its beginning where `announced` is more than is sent."""

    message: str  # empty: no receivable message
    header: bytes
    payload: bytes
    contents: bytes  # behind the payload
    descriptors: int  # that come with the payload
    announced: int  # the payload's size as the header tells it
    fields: tuple[tuple[str, int], ...]  # what guards can see of it
    flaw: str = ""  # what is wrong with it; empty: nothing
    too_long: bool = False  # announces more than its limit
    lost: bool = False  # its constants are wrong: it is no request at all
    endless: bool = False  # so wrong that nobody can say where the next message begins
    early_descriptors: int = 0  # that come with the header, where none belong
    known: str = ""  # of a request that is none: the name that its code has all the same

    @property
    def data(self) -> bytes:
        """All of it, as far as it is sent."""
        return self.header + self.payload + self.contents

    @property
    def complete(self) -> bool:
        """Whether all that is announced is sent."""
        return self.announced == len(self.payload)


def integer(spec: "Spec", value: int, size: int) -> bytes:
    """In the byte order of the protocol."""
    return value.to_bytes(size, spec.wire.byte_order)


def filler(size: int) -> int:
    """A number of so many bytes that shows when their order is wrong: 0x0102…"""
    return int.from_bytes(bytes(range(1, size + 1)), "big")


def _header(spec: "Spec", values: "Mapping[str, int]", parts: "tuple[Placed, ...]" = ()) -> bytes:
    """The request frame: constants, `values` by frame field or part, else filler or zeros."""
    frame = bytearray(layout.size(layout.request(spec)))
    placed_fields = [(placed, filler(placed.size)) for placed in layout.request(spec)]
    for placed, usual in (*placed_fields, *((part, 0) for part in parts)):
        field = placed.field
        opaque = field.type is None
        value = field.constant if field.constant is not None else values.get(field.name, usual)
        if not (opaque and field.name not in values):
            frame[placed.offset : placed.end] = integer(spec, value, placed.size)
    return bytes(frame)


def request(
    chart: "Chart",
    message: "Message",
    values: "Mapping[str, int] | None" = None,
    silent: "Mapping[str, int] | None" = None,
) -> Request:
    """A well-formed request; `values` are those of its integers that matter, by name.

    `silent` are those of frame fields that the message does not name.
    """
    spec = chart.spec
    given = dict(values or {})
    parts = layout.header(spec, message)
    for number, placed in enumerate(parts):
        given.setdefault(placed.field.name, number + 1)
    for number, field in enumerate(layout.fields_of(message)):
        given.setdefault(field.name, number + 1)
    size_field = layout.payload_size_field(spec, message)
    size_name = size_field.name if size_field else ""
    asked = any(placed.field.name == size_name for placed in parts)
    wanted = (values or {}).get(size_name) if asked else None
    payload = _payload(spec, message, given, wanted)
    is_bytes = isinstance(message.payload, Bytes)
    announced = len(payload) if wanted is None or not is_bytes else wanted
    # A field of the payload may have the name of one of the frame.
    own = {field.name: given.pop(field.name) for field in layout.fields_of(message)}
    given |= dict(silent or {})
    given |= {spec.wire.select.name: message.code} | layout.settled(spec, message)
    if size_name:
        given[size_name] = announced
    seen = {placed.field.name: given[placed.field.name] for placed in parts} | own
    return Request(
        message=message.name,
        header=_header(spec, given, parts),
        payload=payload,
        contents=_contents(spec, message, payload),
        descriptors=len(message.payload.descriptors) if isinstance(message.payload, Fields) else 0,
        announced=announced,
        fields=tuple(seen.items()),
    )


def _payload(
    spec: "Spec", message: "Message", given: "Mapping[str, int]", wanted: int | None
) -> bytes:
    match message.payload:
        case Fields(fields=fields):
            return b"".join(integer(spec, given.get(f.name, 0), f.size) for f in fields)
        case Bytes(max=most):
            size = min(ROW_CONTENTS, _limit(spec, most)) if wanted is None else wanted
            return pattern(size) if size <= BIGGEST_SENT else b""
        case Json(shape=shape, max=most):
            texts = JSON[:-1] if shape == "object" else JSON
            text = next((text for text in texts if len(text) <= _limit(spec, most)), texts[-1])
            return text.ljust(wanted or 0) if (wanted or 0) <= BIGGEST_SENT else text
        case Table() as table:
            tables = (_table(spec, table, count) for count in range(ROWS, -1, -1))
            return next(rows for rows in tables if rows is not None)
        case None:
            return b""


def _table(spec: "Spec", table: Table, count: int) -> bytes | None:
    """So many rows; None: a table may not have those."""
    rows = b"".join(row(spec, table, number) for number in range(count))
    spelled = rows_of(spec, table, rows)
    most = _limit(spec, table.contents.max) if table.contents else 0
    contents = sum(row[table.contents.of.name] for row in spelled) if table.contents else 0
    fits = len(rows) <= _limit(spec, table.max) and contents <= min(most, BIGGEST_SENT)
    return rows if fits and all(accepted(table, row) for row in spelled) else None


def _limit(spec: "Spec", ref: "Ref") -> int:
    return next(limit.value for limit in spec.limits if limit.name == ref.name)


def pattern(size: int) -> bytes:
    """So many bytes, of which neighbours differ."""
    return bytes((0xA0 + number) % 256 for number in range(size))


def row(spec: "Spec", table: Table, number: int, other: "Mapping[str, int] | None" = None) -> bytes:
    """A row that its check accepts, or one with some other values."""
    usual = {field.name: number + 1 for field in table.columns}
    if table.contents is not None:
        each = min(ROW_CONTENTS, _limit(spec, table.contents.max) // ROWS)
        usual[table.contents.of.name] = each
        usual[table.contents.at.name] = number * each
    if not accepted(table, usual):
        taken = (row for row in _rows(table) if accepted(table, row))
        behind = table.contents.of.name if table.contents else ""
        # Contents have a maximum of their own.
        usual = min(taken, key=lambda row: row.get(behind, 0), default=usual)
    return _packed_row(spec, table, usual | dict(other or {}))


def row_where_check_fails(spec: "Spec", table: Table) -> bytes | None:
    """A row that its check does not accept; None: there is no check, or none was found."""
    wrong = next((row for row in _rows(table) if not accepted(table, row)), None)
    return None if wrong is None else _packed_row(spec, table, wrong)


def _packed_row(spec: "Spec", table: Table, values: "Mapping[str, int]") -> bytes:
    return b"".join(integer(spec, values.get(c.name, 0), c.size) for c in table.columns)


def accepted(table: Table, row: "Mapping[str, int]") -> bool:
    """Whether a table may have that row."""
    return table.check is None or bool(evaluate(table.check, lambda name: row[name.name]))


def _rows(table: Table) -> "Iterable[dict[str, int]]":
    """Rows to try: every column at 0, 1, a few bytes, and its largest value; small ones first."""
    rows: list[dict[str, int]] = [{}]
    for column in table.columns:
        values = (0, 1, ROW_CONTENTS, (1 << 8 * column.size) - 1)
        rows = [row | {column.name: value} for row in rows for value in values]
    return sorted(rows, key=lambda row: sum(row.values()))


def _contents(spec: "Spec", message: "Message", payload: bytes) -> bytes:
    table = message.payload
    if not isinstance(table, Table) or table.contents is None:
        return b""
    return pattern(sum(row[table.contents.of.name] for row in rows_of(spec, table, payload)))


def rows_of(spec: "Spec", table: Table, payload: bytes) -> tuple[dict[str, int], ...]:
    """The rows that a payload spells."""
    placed = layout.place(table.columns)
    width = layout.size(placed)
    return tuple(
        {
            part.field.name: int.from_bytes(
                payload[start + part.offset : start + part.end], spec.wire.byte_order
            )
            for part in placed
        }
        for start in range(0, len(payload), width)
    )


def reply(spec: "Spec", name: str | None, header: bytes, payload: bytes = b"") -> bytes:
    """A reply frame to the request with that header, and the reply's payload; None: no bytes."""
    if name is None:
        return b""
    code = next(code.value for code in spec.wire.replies if code.name == name)
    sizes = {spec.wire.reply_size.name: len(payload)} if spec.wire.reply_size else {}
    values = {spec.wire.status.name: code} | sizes
    asked = {placed.field.name: placed for placed in layout.request(spec)}
    parts: list[bytes] = []
    for placed in layout.reply(spec):
        field = placed.field
        if field.echo is not None:
            source = asked[field.echo.name]
            parts.append(header[source.offset : source.end])
        elif field.constant is not None:
            parts.append(integer(spec, field.constant, placed.size))
        else:
            parts.append(integer(spec, values.get(field.name, 0), placed.size))
    return b"".join(parts) + payload


def reply_size(spec: "Spec", size: "Expression", request: Request) -> int:
    """How many bytes follow the reply that accepts a request; any number, where guards refuse."""
    limits = {limit.name: limit.value for limit in spec.limits}
    fields = dict(request.fields)
    found = evaluate(size, lambda name: (limits if name.scope == "limits" else fields)[name.name])
    assert isinstance(found, int), found  # noqa: S101 -- the rules see to it
    return found


def unknown(chart: "Chart") -> tuple[Request, ...]:
    """Requests that are none: reserved codes, those of the machine's own role, codes of nobody."""
    spec = chart.spec
    receivable = {m.code for m in receivable_messages(chart)}
    taken = {message.code: message.name for message in chart.messages.values()}
    biggest = (1 << 8 * _select_size(spec)) - 1
    beyond = max(taken, default=0) + 1
    free = next(code for code in range(len(taken) + 1) if code not in taken)
    codes = [*sorted(set(taken) - receivable), beyond if beyond <= biggest else free, biggest]
    return tuple(
        unknown_request(spec, code, taken.get(code, ""))
        for code in dict.fromkeys(codes)
        if code not in receivable and code <= biggest
    )


def unknown_request(spec: "Spec", code: int, known: str, announced: int = 0) -> Request:
    """A header with a code that the machine's peer may not send, and no payload.

    `known` is the name of a reserved message or one of the machine's own role.
    """
    values = {spec.wire.select.name: code}
    if spec.wire.payload_size is not None:
        values[spec.wire.payload_size.name] = announced
    header = _header(spec, values)
    flaw = f"{known or 'nothing'} has code {code}"
    return Request("", header, b"", b"", 0, announced, (("code", code),), flaw, known=known)


def receivable_messages(chart: "Chart") -> "tuple[Message, ...]":
    """The messages that the machine's peer may send, by code."""
    from wirechart.chart import receivable  # noqa: PLC0415 -- the chart's name is this module's too

    return receivable(chart)


def _select_size(spec: "Spec") -> int:
    return next(field.size for field in spec.wire.request if field.name == spec.wire.select.name)


def lost(spec: "Spec") -> tuple[Request, ...]:
    """Headers with a wrong constant: one for each constant field."""
    usual = _header(spec, {})
    wrong: list[Request] = []
    for placed in layout.request(spec):
        if placed.field.constant is not None:
            flipped = bytes((usual[placed.offset] ^ 0xFF,))
            header = usual[: placed.offset] + flipped + usual[placed.offset + 1 :]
            flaw = f"wrong {placed.field.name}"
            wrong.append(Request("", header, b"", b"", 0, 0, (), flaw, lost=True))
    return tuple(wrong)


def with_payload(
    chart: "Chart", message: "Message", good: Request, payload: bytes, flaw: str
) -> Request:
    """A request with another payload, its size announced rightly; no contents."""
    spec = chart.spec
    descriptors = good.descriptors if payload else 0
    announced = announcing(spec, message, good, len(payload))
    return replace(announced, payload=payload, descriptors=descriptors, flaw=flaw)


def announcing(spec: "Spec", message: "Message", good: Request, size: int) -> Request:
    """The request with another size in its header, and no payload sent."""
    field = layout.payload_size_field(spec, message)
    placed = next(p for p in layout.request(spec) if field and p.field.name == field.name)
    size_bytes = integer(spec, size, placed.size)
    header = good.header[: placed.offset] + size_bytes + good.header[placed.end :]
    restated = {part.field.name for part in layout.header(spec, message)} & {placed.field.name}
    fields = tuple((name, size if name in restated else value) for name, value in good.fields)
    return replace(
        good,
        header=header,
        payload=b"",
        contents=b"",
        descriptors=0,
        announced=size,
        fields=fields,
        flaw=f"size {size}",
    )
