"""The wire of a generated package: layouts, decoders and replies, as finished lines."""

from typing import TYPE_CHECKING

from wirechart import layout
from wirechart.bounds import bounded
from wirechart.chart import receivable
from wirechart.expressions import show
from wirechart.lower import constant, frame_indexes, longest_payload, maximum, struct_format
from wirechart.model import Bytes, Fields, Json, Table
from wirechart.names import snake
from wirechart.targets.conditions import returned
from wirechart.targets.home import home
from wirechart.targets.python import argument, definition, docstring
from wirechart.targets.statements import call

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from wirechart.chart import Chart
    from wirechart.expressions import Expression
    from wirechart.model import Message, Payload, Spec


def wire(chart: "Chart") -> "Mapping[str, object]":
    """What the template of wire.py prints."""
    spec = chart.spec
    indexes = frame_indexes(spec)
    received = receivable(chart)
    layouts = [tuple(_layout(spec, message)) for message in received]
    functions = [made for message in received for made in _functions(spec, message, indexes)]
    text = "\n".join(line for lines in (*layouts, *functions) for line in lines)
    limits = [name for limit in spec.limits if (name := constant(limit.name)) in text]
    used = ("Code", "Reply", *(message.name for message in received), *limits)
    values = _reply_values(spec)
    return {
        "imports": home(chart.spec).imports({"messages": used}),
        "request": struct_format(spec, spec.wire.request, indexes),
        "reply": reply_format(spec),
        "reply_values": values,
        "functions": functions,
        "layouts": layouts,
        "select": indexes[spec.wire.select.name],
        "size": indexes[spec.wire.payload_size.name] if spec.wire.payload_size else None,
        "constants": argument(1, "constants", _constants(spec, indexes)),
        "echoes": any(field.echo for field in spec.wire.reply),
        "accept": spec.wire.accept.name,
        "sized": spec.wire.reply_size is not None,
        "encode": definition(
            0,
            "encode_reply",
            [
                ("reply", "int"),
                ("header" if "header[" in str(values) else "_header", "runtime.Header"),
                ("size" if "size" in values else "_size", "int"),
            ],
            "bytes",
        ),
        "size_name": "size" if "size" in values else "_size",
    }


def _constants(spec: "Spec", indexes: "Mapping[str, int]") -> list[str]:
    return [
        f"({indexes[field.name]}, 0x{field.constant:X})"
        for field in spec.wire.request
        if field.constant is not None
    ]


def reply_format(spec: "Spec") -> str:
    """The fields of a reply, for `struct`."""
    request = {field.name: field for field in spec.wire.request}
    fields = (request[f.echo.name] if f.echo else f for f in spec.wire.reply)
    return struct_format(spec, fields, (f.echo.name for f in spec.wire.reply if f.echo))


def _reply_values(spec: "Spec") -> list[str]:
    indexes = frame_indexes(spec)
    values: list[str] = []
    for field in spec.wire.reply:
        if field.echo:
            values.append(f"header[{indexes[field.echo.name]}]")
        elif field.constant is not None:
            values.append(f"0x{field.constant:X}")
        elif field.name == spec.wire.status.name:
            values.append("reply")
        elif spec.wire.reply_size and field.name == spec.wire.reply_size.name:
            values.append("size")
        elif field.type:
            values.append("0")
    return values


def _functions(
    spec: "Spec", message: "Message", indexes: "Mapping[str, int]"
) -> "Iterator[tuple[str, ...]]":
    """The functions that a message's layout refers to."""
    yield tuple(_decoder(spec, message, indexes))
    payload = message.payload
    name = snake(message.name)
    if isinstance(payload, Table) and payload.check is not None:
        columns = [(column.name, "int") for column in payload.columns if column.type]
        head = definition(0, f"check_{name}", columns, "bool")
        yield (*head, *docstring(1, show(payload.check)), *returned(payload.check))
    if message.reply_payload and message.reply_payload.size is not None:
        head = definition(0, f"reply_size_{name}", [("message", message.name)], "int")
        size = message.reply_payload.size
        yield (*head, *docstring(1, bytes_behind(size)), *returned(size))


def bytes_behind(size: "Expression") -> str:
    """What a function says that gives the size of a reply's payload."""
    return f"How many bytes follow the reply: {show(size)}."


def _decoder(spec: "Spec", message: "Message", indexes: "Mapping[str, int]") -> "Iterator[str]":
    values = [*_header_values(spec, message, indexes), *_payload_values(message)]
    text = "".join(values)
    parameters = [
        ("header" if "header[" in text else "_header", "runtime.Header"),
        ("payload" if "payload" in text else "_payload", "typing.Any"),
    ]
    yield from definition(0, f"decode_{snake(message.name)}", parameters, message.name)
    yield from call(1, f"return {message.name}", values)


def _header_values(
    spec: "Spec", message: "Message", indexes: "Mapping[str, int]"
) -> "Iterator[str]":
    frame = {field.name: field for field in spec.wire.request}
    for item in message.header:
        index = indexes[item.frame_field.name]
        for placed in layout.place(item.parts):
            if placed.field.type is None:
                continue
            if frame[item.frame_field.name].type:
                yield f"{placed.field.name}=header[{index}]"
            else:
                part = f"header[{index}][{placed.offset}:{placed.end}]"
                yield f'{placed.field.name}=int.from_bytes({part}, "{spec.wire.byte_order}")'


def _payload_values(message: "Message") -> "Iterator[str]":
    match message.payload:
        case Fields(descriptors=descriptors):
            carried = [field.name for field in layout.fields_of(message)]
            carried += [descriptor.name for descriptor in descriptors]
            yield from (f"{name}=payload[{index}]" for index, name in enumerate(carried))
        case Json() | Bytes(streamed=False):
            yield "payload=payload"
        case Table():
            yield "table=payload"
        case _:
            pass


def _layout(spec: "Spec", message: "Message") -> "Iterator[str]":
    name = snake(message.name)
    indexes = frame_indexes(spec)
    size = layout.payload_size_field(spec, message)
    payload = message.payload
    yield f"    Code.{message.name}: runtime.Layout("
    yield f"        type={message.name},"
    yield f"        decode=decode_{name},"
    if payload is not None:
        made, arguments = kind(spec, message, payload)
        yield from call(2, f"payload={made}", arguments, ",")
    if size is not None:
        yield f"        size={indexes[size.name]},"
    limit = maximum(message)
    skippable = constant(limit) if limit else str(longest_payload(spec))
    yield f"        skippable={skippable},"
    if isinstance(payload, Fields) and payload.descriptors:
        yield f"        descriptors={len(payload.descriptors)},"
    if not message.replied:
        yield "        answered=False,"
    if message.reply_payload:
        if message.reply_payload.size is not None:
            yield f"        replies_with=reply_size_{name},"
        yield f"        replies_up_to={constant(message.reply_payload.max.name)},"
    yield "    ),"


def kind(spec: "Spec", message: "Message", payload: "Payload") -> "tuple[str, list[str]]":
    """The runtime's class for a payload, and the arguments it is made with."""
    match payload:
        case Fields(fields):
            return "runtime.Fields", [f'"{struct_format(spec, fields)}"']
        case Bytes(streamed, most):
            return f"runtime.{'Stream' if streamed else 'Kind'}", [constant(most.name)]
        case Json(shape, most):
            return "runtime.JsonText", [constant(most.name), f'top="{shape}"']
        case Table():
            return _table(spec, message, payload)


def _table(spec: "Spec", message: "Message", payload: Table) -> "tuple[str, list[str]]":
    columns = [column.name for column in payload.columns if column.type]
    arguments = [f'"{struct_format(spec, payload.columns)}"', constant(payload.max.name)]
    if payload.check is not None:
        arguments.append(f"check=check_{snake(message.name)}")
        if bounded(payload.check):
            arguments.append("bounded=True")
    if payload.contents is None:
        return "runtime.Rows", arguments
    arguments.append(f"address={columns.index(payload.contents.at.name)}")
    arguments.append(f"size={columns.index(payload.contents.of.name)}")
    arguments.append(f"contents={constant(payload.contents.max.name)}")
    return "runtime.Scattered", arguments
