"""A spec as a flat list of named elements. Compares nothing.

An element is what has a name, or a place of its own: a limit, a field, a state, what a state does
with a message. A state knows the one around it, so that moving it is one change.
"""

from typing import TYPE_CHECKING, Any, Literal

from wirechart import model
from wirechart.record import field, record, replace

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from wirechart.diagnostics import Span
    from wirechart.model import Field, Message, Payload, Ref, Spec, State

Path = tuple[str, ...]
Kind = Literal[
    "protocol",
    "limit",
    "wire",
    "frame",  # fields in their order
    "field",
    "reply",
    "context",
    "message",
    "header",  # what a frame's field means in a message
    "payload",
    "type",
    "connection",
    "preamble",
    "machine",
    "state",
    "data",
    "reaction",
    "fallback",
    "ending",
    "idle",
    "linger",
    "resource",
    "property",
    "scenario",
]
FALLBACKS = ("on_refused", "on_malformed", "on_handler_error")
ENDINGS = ("on_eof", "on_lost", "on_unanswered")


@record
class Element:
    """One named thing: what is said of it, without what has a name inside it."""

    kind: Kind
    path: Path
    values: "Mapping[str, Any]"
    span: "Span" = field(compare=False, repr=False)


@record
class Amount:
    """A limit's maximum."""

    kind: model.LimitKind
    value: int
    text: str = field(compare=False)


@record
class FieldType:
    """What a field is."""

    type: str | None
    size: int
    constant: int | None
    echo: "Ref | None"


Outline = dict[Path, Element]


def outline(spec: "Spec") -> Outline:
    """The elements of a spec by their paths, in document order; `otherwise` must be split."""
    return {element.path: element for element in _elements(spec)}


def machine_path(name: str) -> Path:
    """The path of a machine; the protocol's own has no name."""
    return ("machines", name) if name else ("machine",)


def _elements(spec: "Spec") -> "Iterator[Element]":
    root = {"protocol": spec.protocol, "model": spec.model, "doc": spec.doc}
    yield Element("protocol", (), root, spec.span)
    for limit in spec.limits:
        amount = Amount(limit.kind, limit.value, limit.text)
        values = {"value": amount, "doc": limit.doc}
        yield Element("limit", ("limits", limit.name), values, limit.span)
    yield from _wire(spec)
    for item in spec.context:
        yield _typed("context", ("context", item.name), item)
    for message in spec.messages:
        yield from _message(message)
    for named in spec.types:
        yield _typed("type", ("types", named.name), named)
    for kind in spec.connections:
        path = ("connections", kind.name)
        yield Element("connection", path, _rest(kind, "preamble"), kind.span)
        if kind.preamble:
            yield from _fields("preamble", (*path, "preamble"), kind.preamble, kind.span)
    for machine in (spec.machine, *spec.machines):
        held = machine_path(machine.name)
        yield Element("machine", held, _rest(machine, "states"), machine.span)
        yield from _states((*held, "states"), machine.states, None)
    yield from _sessions(spec)


def _sessions(spec: "Spec") -> "Iterator[Element]":
    """What is said of whole sessions."""
    parts: tuple[tuple[Kind, str, tuple[Any, ...]], ...] = (
        ("resource", "resources", spec.resources),
        ("property", "properties", spec.properties),
        ("scenario", "scenarios", spec.scenarios),
    )
    for kind, key, items in parts:
        for item in items:
            yield Element(kind, (key, item.name), _rest(item), item.span)


def _wire(spec: "Spec") -> "Iterator[Element]":
    wire = spec.wire
    yield Element("wire", ("wire",), _rest(wire, "request", "reply", "replies"), wire.span)
    yield from _fields("frame", ("wire", "request"), wire.request, wire.span)
    yield from _fields("frame", ("wire", "reply"), wire.reply, wire.span)
    for code in wire.replies:
        yield Element("reply", ("wire", "replies", code.name), _rest(code), code.span)


def _message(message: "Message") -> "Iterator[Element]":
    path = ("messages", message.name)
    values = _rest(message, "header", "payload", "code_span")
    yield Element("message", path, values, message.span)
    for item in message.header:
        where = (*path, "header", item.frame_field.name)
        yield from _fields("header", where, item.parts, item.span)
    if message.payload is not None:
        shape, inside = _opened(message.payload)
        span = message.payload.span
        yield from _fields("payload", (*path, "payload"), inside, span, shape=shape)


def _opened(payload: "Payload") -> "tuple[Payload, tuple[Field, ...]]":
    """A payload without its fields, and these."""
    match payload:
        case model.Fields(fields=inside):
            return replace(payload, fields=()), inside
        case model.Table(columns=inside):
            return replace(payload, columns=()), inside
        case _:
            return payload, ()


def _fields(
    kind: Kind, path: Path, fields: "tuple[Field, ...]", span: "Span", **more: object
) -> "Iterator[Element]":
    order = tuple(item.name for item in fields)
    yield Element(kind, path, {**more, "order": order}, span)
    for item in fields:
        made = FieldType(item.type, item.size, item.constant, item.echo)
        yield Element("field", (*path, item.name), {"type": made, "doc": item.doc}, item.span)


def _typed(kind: Kind, path: Path, item: "model.DataField | model.NamedType") -> Element:
    return Element(kind, path, {"type": item.type, "doc": item.doc}, item.span)


def _states(path: Path, states: "tuple[State, ...]", parent: str | None) -> "Iterator[Element]":
    for state in states:
        own = (*path, state.name)
        values = {
            "parent": parent,
            "initial": state.initial,
            "final": state.final,
            "doc": state.doc,
        }
        yield Element("state", own, values, state.span)
        for item in state.data:
            yield _typed("data", (*own, "data", item.name), item)
        for reaction in state.reactions:
            docs = tuple(one.doc for one in reaction.alternatives)
            bare = tuple(replace(one, doc="") for one in reaction.alternatives)
            where = (*own, "on", reaction.message.name)
            said = {"alternatives": bare, "doc": docs}
            yield Element("reaction", where, said, reaction.span)
        yield from _parts(state, own)
        yield from _states(path, state.states, state.name)


def _parts(state: "State", own: Path) -> "Iterator[Element]":
    kinds: tuple[tuple[Kind, tuple[str, ...]], ...] = (
        ("fallback", FALLBACKS),
        ("ending", ENDINGS),
        ("idle", ("on_idle",)),
    )
    for kind, keys in kinds:
        for key in keys:
            part = state.__dict__[key]
            if part is not None:
                values = {"value": replace(part, doc=""), "doc": part.doc}
                yield Element(kind, (*own, key), values, part.span)
    if state.linger is not None:
        yield Element("linger", (*own, "linger"), {"value": state.linger}, state.linger.span)


def _rest(part: object, *without: str) -> dict[str, Any]:
    """What a record says, but for its name, its places, and what has an element of its own."""
    left = {"name", "span", "was", *without}
    return {key: value for key, value in part.__dict__.items() if key not in left}
