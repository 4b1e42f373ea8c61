"""Messages, states and the wire of a generated package, as finished lines. Knows no decisions."""

from typing import TYPE_CHECKING

from wirechart import layout
from wirechart.chart import build, data, receivable, views
from wirechart.expressions import Binary, Boolean, Name, Not, Number, printed, show
from wirechart.lower import (
    annotation,
    constant,
    frame_indexes,
    longest_payload,
    maximum,
    messages_in,
    owned_fields,
    state_names,
    struct_format,
)
from wirechart.model import INTEGER_SIZES, Bytes, Fields, Json, Table
from wirechart.names import snake
from wirechart.targets.home import home
from wirechart.targets.python import (
    alias,
    argument,
    definition,
    docstring,
    import_order,
    imports,
)
from wirechart.targets.statements import LINE, call

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from wirechart.chart import Chart
    from wirechart.expressions import Expression
    from wirechart.model import Limit, Message, Payload, Spec

OPPOSITE = {"==": "!=", "!=": "==", "<": ">=", ">=": "<", ">": "<=", "<=": ">"}
MESSAGE_TYPES = {"fd": "runtime.Descriptor", "json": "runtime.Json", "bytes": "bytes"}


def messages(chart: "Chart") -> "Mapping[str, object]":
    """What the template of messages.py prints."""
    spec = chart.spec
    received = receivable(chart)
    every = known(spec)
    return {
        "limits": [_limit(limit) for limit in spec.limits],
        "codes": [_member(message.name, message.code, message.doc) for message in spec.messages],
        "replies": [_member(code.name, code.value, code.doc) for code in spec.wire.replies],
        "select": spec.wire.select.name,
        "status": spec.wire.status.name,
        "classes": [tuple(_message(spec, message)) for message in every],
        "union": alias("Message", [message.name for message in received]),
        "needs_runtime": any(
            type_ not in INTEGER_SIZES and type_ != "bytes"
            for message in every
            for _, type_ in layout.attributes(spec, message)
        ),
    }


def known(spec: "Spec") -> "tuple[Message, ...]":
    """The messages that any machine is about, by code."""
    found = {m.name: m for view in views(spec) for m in receivable(build(view))}
    return tuple(sorted(found.values(), key=lambda message: message.code))


def own_messages(chart: "Chart", text: str) -> "Mapping[str, object]":
    """What the template of a further machine's messages.py prints: the protocol's that it needs.

    `text` is what its other modules say.
    """
    received = [message.name for message in receivable(chart)]
    limits = [name for name in _limits(chart.spec) if name in text]
    shared = ["Code", "Reply", *limits, *received]
    return {
        "imports": imports(f"{home(chart.spec).root}.messages", shared),
        "names": sorted(["Message", *shared], key=import_order),
        "union": alias("Message", received),
    }


def _limit(limit: "Limit") -> str:
    head = f"{constant(limit.name)}: typing.Final = {limit.value}  # {limit.text}"
    whole = f"{head}: {limit.doc}"
    return whole if limit.doc and len(whole) <= LINE else head


def _member(name: str, value: int, doc: str) -> str:
    whole = f"{name} = {value}  # {doc}"
    return whole if doc and len(whole) <= LINE - 4 else f"{name} = {value}"


def _message(spec: "Spec", message: "Message") -> "Iterator[str]":
    yield "@dataclasses.dataclass(frozen=True, slots=True)"
    yield f"class {message.name}:"
    yield from docstring(1, message.doc or f"The message with code {message.code}.")
    attributes = layout.attributes(spec, message)
    if attributes:
        yield ""
    for name, type_ in attributes:
        if type_ in INTEGER_SIZES:
            yield f"    {name}: int  # {type_}"
        elif type_ == "table":
            yield from _table_field(name, message)
        else:
            yield f"    {name}: {MESSAGE_TYPES[type_]}"


def _table_field(name: str, message: "Message") -> "Iterator[str]":
    assert isinstance(message.payload, Table), name  # noqa: S101 -- as its attribute says
    columns = message.payload.columns
    shown = f"    # Columns: {', '.join(column.name for column in columns)}."
    yield shown if len(shown) <= LINE else f"    # It has {len(columns)} columns."
    integers = ", ".join("int" for column in columns if column.type)
    flat = f"    {name}: runtime.Table[tuple[{integers}]]"
    yield flat if len(flat) <= LINE else f"    {name}: runtime.Table[tuple[int, ...]]"


def states(chart: "Chart") -> "Mapping[str, object]":
    """What the template of states.py prints."""
    going, ends = state_names(chart)
    held = [item for name in (*going, *ends) for item in data(chart, name)]
    used = frozenset(name for item in held for name in messages_in(chart, item.type))
    texts = [annotation(chart, item.type) for item in held]
    return {
        "imports": home(chart.spec).imports(
            {"messages": used}, runtime=any("runtime." in text for text in texts)
        ),
        "classes": [tuple(_state(chart, name)) for name in (*going, *ends)],
        "running": alias("Running", going),
        "termination": alias("Termination", ends),
    }


def _state(chart: "Chart", name: str) -> "Iterator[str]":
    state = chart.nodes[name].state
    usual = f"The machine's {state.final}." if state.final else "It waits for a message."
    yield "@dataclasses.dataclass(frozen=True, slots=True)"
    yield f"class {name}:"
    yield from docstring(1, state.doc or usual)
    held = data(chart, name)
    if held:
        yield ""
    for item in held:
        yield from field_lines(item.name, annotation(chart, item.type))


def field_lines(name: str, type_: str) -> tuple[str, ...]:
    """A field of a dataclass."""
    flat = f"    {name}: {type_}"
    if len(flat) <= LINE:
        return (flat,)
    head, _, inner = type_.partition("[")
    parts = _top_level(inner[:-1])
    return (f"    {name}: {head}[", *(f"        {part}," for part in parts), "    ]")


def _top_level(text: str) -> list[str]:
    parts, depth = [""], 0
    for character in text:
        depth += {"[": 1, "]": -1}.get(character, 0)
        if character == "," and not depth:
            parts.append("")
        else:
            parts[-1] += character
    return [part.strip() for part in parts]


def wire(chart: "Chart") -> "Mapping[str, object]":
    """What the template of wire.py prints."""
    spec = chart.spec
    indexes = frame_indexes(spec)
    received = receivable(chart)
    layouts = [tuple(_layout(spec, message)) for message in received]
    functions = [made for message in received for made in _functions(spec, message, indexes)]
    text = "\n".join(line for lines in (*layouts, *functions) for line in lines)
    limits = (name for name in _limits(spec) if name in text)
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


def _limits(spec: "Spec") -> "Iterable[str]":
    return (constant(limit.name) for limit in spec.limits)


def reply_format(spec: "Spec") -> str:
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
        yield (*head, *docstring(1, show(size)), *returned(size))


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
    if payload.contents is None:
        return "runtime.Rows", arguments
    arguments.append(f"address={columns.index(payload.contents.at.name)}")
    arguments.append(f"size={columns.index(payload.contents.of.name)}")
    arguments.append(f"contents={constant(payload.contents.max.name)}")
    return "runtime.Scattered", arguments


def owned(chart: "Chart") -> list[str]:
    """The entries of OWNED."""
    return [line for entry in owned_fields(chart).items() for line in _owned(*entry)]


def _owned(name: str, fields: tuple[str, ...]) -> tuple[str, ...]:
    if len(fields) == 1:
        return (f'    {name}: ("{fields[0]}",),',)
    return call(1, f"{name}: ", [f'"{field}"' for field in fields], ",")


def returned_all(conditions: "tuple[Expression, ...]") -> tuple[str, ...]:
    """Whether all conditions hold, as the body of a function."""
    whole = conditions[0]
    for condition in conditions[1:]:
        whole = Binary("and", whole, condition, condition.span)
    return returned(whole)


def returned(expression: "Expression") -> tuple[str, ...]:
    """`return EXPRESSION` as the body of a function; one operation per line if it is too long."""
    flat = f"    return {python(expression)}"
    if len(flat) <= LINE:
        return (flat,)
    lines: list[str] = []

    def named(part: "Expression") -> "Expression":
        match part:
            case Binary(operator, left, right, span):
                part = Binary(operator, named(left), named(right), span)
            case Not(operand, span):
                part = Not(named(operand), span)
            case Number() | Boolean():
                return part
            case _:
                pass
        name = f"value_{len(lines) + 1}"
        lines.append(f"    {name} = {python(part)}")
        return Name("", name, part.span)

    last = named(expression)
    return (*lines, f"    return {python(last)}")


def python(expression: "Expression") -> str:
    """An expression in Python, over `message`, `state`, `context`, columns and limits."""
    return printed(_positive(expression), _leaf).replace("size(", "len(")


def _positive(expression: "Expression") -> "Expression":
    """`x != y` for `not x == y`."""
    match expression:
        case Not(Binary(operator, left, right, span)) if operator in OPPOSITE:
            return Binary(OPPOSITE[operator], _positive(left), _positive(right), span)
        case Not(operand, span):
            return Not(_positive(operand), span)
        case Binary(operator, left, right, span):
            return Binary(operator, _positive(left), _positive(right), span)
        case _:
            return expression


def _leaf(leaf: Number | Boolean | Name) -> str:
    match leaf:
        case Number(value):
            return str(value)
        case Boolean(value):
            return str(value)
        case Name("limits", name):
            return constant(name)
        case Name(scope, name):
            return f"{scope}.{name}" if scope else name


def class_names(chart: "Chart") -> tuple[list[str], list[str]]:
    """The messages and the states that have a class."""
    going, ends = state_names(chart)
    return [message.name for message in receivable(chart)], [*going, *ends]


def sentence(doc: str) -> str:
    """The first sentence of a doc, to go on with behind a semicolon."""
    first = " ".join(doc.split()).partition(". ")[0].rstrip(".")
    return (first[:1].lower() + first[1:]).replace("\\", "/").replace('"', "'")
