"""Requests as a machine that asks makes them, and the replies it understands: finished lines."""

from typing import TYPE_CHECKING

from wirechart import layout
from wirechart.chart import receivable
from wirechart.decisions import rows
from wirechart.expressions import show
from wirechart.lower import constant, frame_indexes, struct_format
from wirechart.model import Bytes, Fields, Json, Table
from wirechart.names import snake
from wirechart.targets import package_wire
from wirechart.targets.conditions import returned
from wirechart.targets.home import home
from wirechart.targets.literals import lines, several
from wirechart.targets.python import argument, definition, docstring
from wirechart.targets.statements import call

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from wirechart.chart import Chart
    from wirechart.model import Field, Message, Spec


def module(chart: "Chart") -> "Mapping[str, object]":
    """What the template of wire.py prints."""
    spec = chart.spec
    events = {row.event for row in rows(chart)}
    sent = [message for message in receivable(chart) if message.name in events]
    functions = [tuple(made) for message in sent for made in _functions(spec, message)]
    requests = [tuple(_request(message)) for message in sent]
    text = "\n".join(line for lines in (*functions, *requests) for line in lines)
    limits = [name for name in map(constant, (limit.name for limit in spec.limits)) if name in text]
    indexes = reply_indexes(spec)
    status, size = spec.wire.status.name, spec.wire.reply_size
    return {
        "imports": home(spec).imports(
            {"messages": ["Code", "Reply", *limits, *(message.name for message in sent)]}
        ),
        "request": struct_format(spec, spec.wire.request, frame_indexes(spec)),
        "reply": package_wire.reply_format(spec),
        "functions": functions,
        "status": indexes[status],
        "size": indexes[size.name] if size else None,
        "constants": argument(
            1,
            "constants",
            [
                f"({indexes[field.name]}, 0x{field.constant:X})"
                for field in spec.wire.reply
                if field.constant is not None
            ],
        ),
        "echoes": argument(1, "echoes", list(_echoes(spec, indexes))),
        "accept": spec.wire.accept.name,
        "requests": requests,
    }


def reply_indexes(spec: "Spec") -> "Mapping[str, int]":
    """Where a reply field stands in the frame's tuple; bytes that nobody reads are left out."""
    kept = [field.name for field in spec.wire.reply if field.type or field.echo]
    return {name: index for index, name in enumerate(kept)}


def _echoes(spec: "Spec", indexes: "Mapping[str, int]") -> "Iterator[str]":
    asked = frame_indexes(spec)
    for field in spec.wire.reply:
        if field.echo is not None:
            yield f"({indexes[field.name]}, {asked[field.echo.name]})"


def _functions(spec: "Spec", message: "Message") -> "Iterator[Iterable[str]]":
    """What a message's entry in REQUESTS refers to."""
    name, payload = snake(message.name), message.payload
    if isinstance(payload, Table) and payload.check is not None:
        columns = [(column.name, "int") for column in payload.columns if column.type]
        head = definition(0, f"check_{name}", columns, "bool")
        yield (*head, *docstring(1, show(payload.check)), *returned(payload.check))
    if isinstance(payload, Json | Table) or (isinstance(payload, Bytes) and not payload.streamed):
        made, arguments = package_wire.kind(spec, message, payload)
        yield call(0, f"{_kind_name(message)}: typing.Final = {made}", arguments)
    yield _encoder(spec, message)
    if isinstance(payload, Fields) and payload.descriptors:
        named = [f"message.{ref.name}" for ref in payload.descriptors]
        yield (
            *definition(
                0,
                f"descriptors_of_{name}",
                [("message", message.name)],
                "tuple[runtime.Descriptor, ...]",
            ),
            *lines(1, "return ", several(named)),
        )
    if isinstance(payload, Table) and payload.contents is not None:
        names = [column.name for column in payload.columns if column.type]
        size = names.index(payload.contents.of.name)
        yield (
            *definition(0, f"contents_of_{name}", [("message", message.name)], "int"),
            f"    return sum(row[{size}] for row in message.table)",
        )
    if message.reply_payload is not None and message.reply_payload.size is not None:
        head = definition(0, f"reply_size_{name}", [("message", message.name)], "int")
        size_ = message.reply_payload.size
        yield (*head, *docstring(1, package_wire.bytes_behind(size_)), *returned(size_))


def _encoder(spec: "Spec", message: "Message") -> "Iterator[str]":
    payload = list(_payload(spec, message))
    values = list(_frame(spec, message, sized=bool(payload)))
    text = "".join((*payload, *values))
    parameter = "message" if "message." in text else "_message"
    name = snake(message.name)
    yield from definition(0, f"encode_{name}", [(parameter, message.name)], "bytes")
    yield from payload
    if payload:
        yield from call(1, "header = REQUEST.pack", values)
        yield "    return header + payload"
    else:
        yield from call(1, "return REQUEST.pack", values)


def _payload(spec: "Spec", message: "Message") -> "Iterator[str]":
    """Statements that make `payload`; none without one."""
    payload = message.payload
    match payload:
        case None:
            return
        case Fields(fields):
            form = f'"{struct_format(spec, fields)}"'
            named = [f"message.{field.name}" for field in fields if field.type]
            yield from call(1, "payload = struct.pack", [form, *named])
        case Json() | Bytes(streamed=False) | Table():
            data = "table" if isinstance(payload, Table) else "payload"
            raw = "" if isinstance(payload, Bytes) else ".raw"
            arguments = [_kind_name(message), f"message.{data}{raw}"]
            yield from call(1, "payload = runtime.valid", arguments)
        case Bytes():
            return


def _kind_name(message: "Message") -> str:
    return f"KIND_OF_{snake(message.name).upper()}"


def _frame(spec: "Spec", message: "Message", *, sized: bool) -> "Iterator[str]":
    """The values of the request frame, in order."""
    known = frame_indexes(spec)
    said = {item.frame_field.name: item.parts for item in message.header}
    size = layout.payload_size_field(spec, message)
    for field in spec.wire.request:
        if field.name not in known:
            continue
        if field.constant is not None:
            yield f"0x{field.constant:X}"
        elif field.name == spec.wire.select.name:
            yield f"Code.{message.name}"
        elif size is not None and field.name == size.name and sized:
            yield "len(payload)"
        elif field.name in said and field.type:
            yield f"message.{said[field.name][0].name}"
        elif field.name in said:
            yield _opaque(spec, said[field.name])
        else:
            yield "0" if field.type else f"bytes({field.size})"


def _opaque(spec: "Spec", parts: "tuple[Field, ...]") -> str:
    form = struct_format(spec, parts)
    named = ", ".join(f"message.{part.name}" for part in parts if part.type)
    return f'struct.pack("{form}", {named})' if named else f'struct.pack("{form}")'


def _request(message: "Message") -> "Iterator[str]":
    name, payload = snake(message.name), message.payload
    yield f"    {message.name}: runtime.Request("
    yield f"        type={message.name},"
    yield f"        code=Code.{message.name},"
    yield f"        encode=encode_{name},"
    if isinstance(payload, Fields) and payload.descriptors:
        yield f"        descriptors=descriptors_of_{name},"
    if isinstance(payload, Table) and payload.contents is not None:
        yield f"        contents=contents_of_{name},"
    if not message.replied:
        yield "        answered=False,"
    if message.reply_payload is not None:
        if message.reply_payload.size is not None:
            yield f"        replies_with=reply_size_{name},"
        yield f"        replies_up_to={constant(message.reply_payload.max.name)},"
    yield "    ),"
