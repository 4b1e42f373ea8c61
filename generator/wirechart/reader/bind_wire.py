"""Binds checked nodes to limits, wire, messages and types. Knows keys; reports nothing."""

from typing import TYPE_CHECKING, Literal, cast

from wirechart.model import (
    INTEGER_SIZES,
    Bytes,
    Code,
    Contents,
    DataField,
    Field,
    Fields,
    HeaderField,
    Json,
    Limit,
    List,
    Map,
    Message,
    NamedType,
    ReplyPayload,
    Table,
    Wire,
)
from wirechart.reader.names import integer
from wirechart.reader.nodes import (
    Keys,
    doc,
    entries,
    is_scalar,
    keys,
    listed,
    maybe_ref,
    name,
    ref,
    scalar,
    text,
    was,
    within,
)
from wirechart.reader.scalars import amount
from wirechart.record import replace

if TYPE_CHECKING:
    from collections.abc import Callable

    from wirechart.expressions import Expression
    from wirechart.model import ByteOrder, DataType, Payload
    from wirechart.syntax import Entry, Node, Scalar

    Formula = Callable[[Scalar], Expression]


def long_value(node: "Node", key: str) -> "Node":
    """What a long form says under `key`, or the short form itself."""
    return node if is_scalar(node) else keys(node)[key].value


def limit(entry: "Entry") -> Limit:
    """An entry of `limits`."""
    written = scalar(long_value(entry.value, "value")).text
    held = amount(written)
    return Limit(
        name=entry.key.text,
        kind=held.kind,
        value=held.value,
        text=written,
        doc=doc(entry.value),
        span=entry.key.span,
        was=was(entry.value),
    )


def field(entry: "Entry") -> Field:
    """A field of a frame, a payload, a header or a row."""
    return typed_field(entry.key.text, entry.value, entry.key)


def typed_field(called: str, node: "Node", key: "Scalar") -> Field:
    """A field of any form: plain, long, constant or echoed."""
    if is_scalar(node):
        return plain_field(called, scalar(node).text, "", key)
    written = keys(node)
    if "type" in written:
        plain = plain_field(called, text(written, "type"), doc(node), key)
        return replace(plain, was=was(node))
    if "echo" in written:
        echoed = ref(written, "echo")
        return Field(called, None, 0, doc(node), key.span, echo=echoed, was=was(node))
    type_ = next(word for word in INTEGER_SIZES if word in written)
    value = integer(text(written, type_))
    return Field(
        name=called,
        type=type_,
        size=INTEGER_SIZES[type_],
        doc=doc(node),
        span=key.span,
        constant=value,
        was=was(node),
    )


def plain_field(called: str, type_: str, doc_: str, key: "Scalar") -> Field:
    """`u16`, or `4 bytes`."""
    if type_ in INTEGER_SIZES:
        return Field(called, type_, INTEGER_SIZES[type_], doc_, key.span)
    return Field(called, None, int(type_.partition(" ")[0]), doc_, key.span)


def fields(written: Keys, key: str) -> tuple[Field, ...]:
    """The fields under a key."""
    return tuple(field(entry) for entry in within(written, key))


def reply(entry: "Entry") -> Code:
    """An entry of `replies`."""
    value = integer(scalar(long_value(entry.value, "value")).text)
    return Code(entry.key.text, value, doc(entry.value), entry.key.span, was(entry.value))


def wire(entry: "Entry") -> Wire:
    """The key `wire`."""
    written = keys(entry.value)
    roles = keys(written["roles"].value)
    return Wire(
        byte_order=cast("ByteOrder", text(written, "byte_order")),
        client=ref(roles, "client"),
        server=ref(roles, "server"),
        request=fields(written, "request"),
        reply=fields(written, "reply"),
        select=ref(written, "select"),
        status=ref(written, "status"),
        payload_size=maybe_ref(written, "payload_size"),
        reply_size=maybe_ref(written, "reply_size"),
        replies=tuple(reply(entry) for entry in within(written, "replies")),
        accept=ref(written, "accept"),
        refuse=ref(written, "refuse"),
        doc=doc(entry.value),
        span=entry.key.span,
    )


def header_field(entry: "Entry") -> HeaderField:
    """An entry of `header`: a restated field, or the parts of one."""
    written = {} if is_scalar(entry.value) else keys(entry.value)
    restated = is_scalar(entry.value) or (
        "type" in written
        and written.keys() <= {"type", "doc"}
        and all(is_scalar(part.value) for part in written.values())
    )
    parts = (field(entry),) if restated else tuple(field(part) for part in entries(entry.value))
    return HeaderField(name(entry.key), parts, entry.key.span)


def contents(entry: "Entry") -> Contents:
    """The key `contents` of a table."""
    written = keys(entry.value)
    return Contents(
        of=ref(written, "of"),
        at=ref(written, "at"),
        to=ref(written, "to"),
        max=ref(written, "max"),
        span=entry.key.span,
    )


def payload(written: Keys, key: "Scalar", formula: "Formula") -> "Payload":
    """A payload that is not `none`."""
    if "fields" in written:
        descriptors = tuple(name(item) for item in listed(written, "descriptors"))
        return Fields(fields(written, "fields"), descriptors, key.span)
    most = ref(written, "max")
    if "bytes" in written:
        return Bytes(text(written, "bytes") == "streamed", most, key.span)
    if "json" in written:
        shape = cast('Literal["object", "any"]', text(written, "json"))
        dialects = tuple(name(item) for item in listed(written, "dialect"))
        return Json(shape, most, key.span, dialects)
    check = formula(scalar(written["check"].value)) if "check" in written else None
    behind = contents(written["contents"]) if "contents" in written else None
    return Table(fields(written, "table"), most, check, behind, key.span)


def reply_payload(entry: "Entry", formula: "Formula") -> ReplyPayload:
    """The key `reply_payload`."""
    written = keys(entry.value)
    size = scalar(written["bytes"].value)
    exact = None if size.text == "any" else formula(size)
    return ReplyPayload(exact, ref(written, "max"), entry.key.span)


def message(entry: "Entry", formula: "Formula") -> Message:
    """An entry of `messages`."""
    written = keys(entry.value)
    held = written.get("payload")
    kind = {} if held is None or is_scalar(held.value) else keys(held.value)
    answered = written.get("reply_payload")
    return Message(
        name=entry.key.text,
        code=integer(text(written, "code")),
        reserved="reserved" in written,
        sender=maybe_ref(written, "from"),
        header=tuple(header_field(part) for part in within(written, "header")),
        payload=payload(kind, held.key, formula) if held and kind else None,
        payload_size=maybe_ref(kind, "size"),
        replied="reply" not in written,
        reply_payload=reply_payload(answered, formula) if answered else None,
        doc=doc(entry.value),
        span=entry.key.span,
        code_span=written["code"].value.span,
        was=was(entry.value),
    )


def data_type(node: "Node") -> "DataType":
    """A type: a name, a map, a list, or the long form of one of them."""
    if is_scalar(node):
        return name(node)
    written = keys(node)
    if "type" in written:
        return data_type(written["type"].value)
    if "list" in written:
        item = data_type(written["list"].value)
        return List(item, ref(written, "max"), written["list"].key.span)
    ((key, value),) = ((e.key, e.value) for e in within(written, "map"))
    return Map(name(key), data_type(value), ref(written, "max"), written["map"].key.span)


def named_type(entry: "Entry") -> NamedType:
    """An entry of `types`."""
    node = entry.value
    return NamedType(entry.key.text, data_type(node), doc(node), entry.key.span, was(node))


def data_field(entry: "Entry") -> DataField:
    """An entry of `data` or `context`."""
    node = entry.value
    return DataField(entry.key.text, data_type(node), doc(node), entry.key.span, was(node))
