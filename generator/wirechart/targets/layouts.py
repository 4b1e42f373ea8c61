"""Frames, messages and payloads as Markdown tables. Knows where bytes lie; knows no states."""

from typing import TYPE_CHECKING

from wirechart import layout
from wirechart.chart import sender
from wirechart.expressions import Number, show
from wirechart.model import Bytes, Fields, Json, Table
from wirechart.targets.markdown import code, plain, table
from wirechart.targets.wording import limit

if TYPE_CHECKING:
    from collections.abc import Iterable

    from wirechart.chart import Chart
    from wirechart.layout import Placed
    from wirechart.model import Message, Payload, Ref, Spec

FIELD_COLUMNS = ("offset", "bytes", "field", "type", "")


def messages(chart: "Chart") -> "Iterable[str]":
    """A table of all messages by code, then the layout of each that has one."""
    known = sorted(chart.messages.values(), key=lambda message: message.code)
    yield table(
        ("code", "message", "from", "payload", "reply", ""),
        (
            (
                str(message.code),
                code(message.name),
                "*reserved*" if message.reserved else plain(sender(chart, message)),
                _kind(message.payload),
                _reply(chart.spec, message),
                plain(message.doc),
            )
            for message in known
        ),
    )
    for message in known:
        yield from _message(chart.spec, message)


def _kind(payload: "Payload | None") -> str:
    match payload:
        case Fields(descriptors=()):
            return "fields"
        case Fields(descriptors=several):
            return f"fields, {len(several)} descriptor{'s' if len(several) > 1 else ''}"
        case Json():
            return "JSON"
        case Bytes(streamed):
            return "bytes, streamed" if streamed else "bytes"
        case Table(contents=contents):
            return "table and contents" if contents else "table"
        case None:
            return ""


def _reply(spec: "Spec", message: "Message") -> str:
    if message.reserved:
        return ""
    if not message.replied:
        return "none"
    if message.reply_payload is None:
        return "yes"
    payload = message.reply_payload
    if isinstance(payload.size, Number):
        return f"with {payload.size.value} bytes"
    exactly = f"{code(show(payload.size))} bytes" if payload.size else "bytes"
    return f"with {exactly}, at most {limit(spec, payload.max.name)}"


def _message(spec: "Spec", message: "Message") -> "Iterable[str]":
    own, bounded = layout.header(spec, message), layout.payload_size_field(spec, message)
    if not own and message.payload is None:
        return
    yield f"### {plain(message.name)}"
    if own:
        yield "In the request's header:"
        yield _fields(own)
    if message.payload is not None and bounded is not None:
        yield from _payload(spec, message.payload, bounded.name)


def _payload(spec: "Spec", payload: "Payload", bounded: str) -> "Iterable[str]":
    length = code(bounded)
    match payload:
        case Fields(fields, descriptors):
            names = ", ".join(code(item.name) for item in descriptors)
            several = "s" if len(descriptors) > 1 else ""
            beside = f", with the descriptor{several} {names} attached to them" if names else ""
            placed = layout.place(fields)
            yield f"The payload, always {layout.size(placed)} bytes ({length}){beside}:"
            yield _fields(placed)
        case Json(shape, most, dialects=dialects):
            what = "JSON object" if shape == "object" else "JSON text"
            names = " or ".join(code(ref.name) for ref in dialects)
            form = f", in the dialect {names}" if names else ""
            most_ = limit(spec, most.name)
            yield f"The payload: one {what} in UTF-8{form}, at most {most_} ({length})."
        case Bytes(_, most):
            yield f"The payload: at most {limit(spec, most.name)} ({length})."
        case Table(columns, most, check, contents):
            row = layout.place(columns)
            holds = f"; in every row {code(show(check))}" if check else ""
            yield (
                f"The payload: rows of {layout.size(row)} bytes, at most "
                f"{limit(spec, most.name)} ({length}){holds}."
            )
            yield _fields(row)
            if contents is not None:
                yield (
                    f"Behind it, not counted in {length}: for each row {code(contents.of.name)} "
                    f"bytes of {code(contents.to.name)} at {code(contents.at.name)}, together "
                    f"at most {limit(spec, contents.max.name)}."
                )


def frames(spec: "Spec") -> "Iterable[str]":
    """The request and the reply frame, and the codes of replies."""
    order = f"{spec.wire.byte_order}-endian"
    wire = spec.wire
    request = {wire.select.name: "names the message"} | _sizes(wire.payload_size)
    reply = {wire.status.name: "names the reply"} | _sizes(wire.reply_size)
    parts = (("Request", layout.request(spec), request), ("Reply", layout.reply(spec), reply))
    for title, placed, roles in parts:
        yield f"### {title}, {layout.size(placed)} bytes, {order}"
        yield _fields(placed, roles)
    yield table(
        ("value", "reply", ""),
        ((str(reply.value), code(reply.name), plain(reply.doc)) for reply in spec.wire.replies),
    )


def _sizes(field: "Ref | None") -> dict[str, str]:
    return {field.name: "bytes of payload"} if field else {}


def _fields(placed: "tuple[Placed, ...]", roles: "dict[str, str] | None" = None) -> str:
    return table(
        FIELD_COLUMNS,
        (
            (
                str(item.offset),
                str(item.size),
                code(item.field.name),
                _type(item),
                plain(item.field.doc) or (roles or {}).get(item.field.name, ""),
            )
            for item in placed
        ),
    )


def _type(placed: "Placed") -> str:
    field = placed.field
    if field.echo is not None:
        return f"echo of {code(field.echo.name)}"
    constant = "" if field.constant is None else f" = {field.constant:#x}"
    return f"{field.type or 'bytes'}{constant}"
