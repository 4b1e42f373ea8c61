"""Two specs side by side: which machines, messages and bytes belong together. Judges nothing."""

from typing import TYPE_CHECKING, TypeAlias, cast

from wirechart import layout
from wirechart.breaking.guards import places, valued
from wirechart.cases.machine import machine
from wirechart.chart import asks, build, connection, receivable, views
from wirechart.model import Bytes, Fields, Json, Table
from wirechart.record import record

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from wirechart.cases.machine import Machine
    from wirechart.chart import Chart
    from wirechart.model import Message, Payload, Ref, Spec

Shape: TypeAlias = tuple[object, ...]  # equal for what is equal on the wire


@record
class Side:
    """One of the two specs, seen from one machine."""

    chart: "Chart"
    machine: "Machine"
    by_code: "Mapping[int, Message]"  # what the machine decides on
    replies: "Mapping[str, int]"
    asker: "Machine | None"  # who sends on the same connection; None: the spec does not say

    @property
    def spec(self) -> "Spec":
        """The spec."""
        return self.chart.spec

    def reply(self, data: bytes) -> str | None:
        """The name of a reply from its bytes; None: there are none."""
        if not data:
            return None
        wire = self.spec.wire
        status = next(p for p in layout.reply(self.spec) if p.field.name == wire.status.name)
        value = int.from_bytes(data[status.offset : status.end], wire.byte_order)
        return next(code.name for code in wire.replies if code.value == value)


@record
class Pair:
    """The same machine in both specs, one that answers."""

    name: str
    old: Side
    new: Side
    alike: frozenset[int]  # codes of messages whose bytes mean the same to both


@record
class Specs:
    """Two specs."""

    old: "Spec"  # with the names of the new one, where it says what was renamed
    new: "Spec"
    before: "Spec"  # the old one as it was written


def pairs(specs: Specs) -> "Iterator[Pair]":
    """Every machine that answers in both specs, the protocol's own first."""
    new = {view.machine.name: view for view in views(specs.new)}
    for view in views(specs.old):
        other = new.get(view.machine.name)
        if other is not None and not asks(view) and not asks(other):
            yield pair(view, other)


def pair(old: "Spec", new: "Spec") -> Pair:
    """Two views of machines that answer."""
    one, other = side(old), side(new)
    framed = frames(old) == frames(new)
    shared = one.by_code.keys() & other.by_code.keys() if framed else ()
    alike = frozenset(
        code
        for code in shared
        if _alike(message(one.chart, one.by_code[code]), message(other.chart, other.by_code[code]))
    )
    return Pair(new.machine.name, one, other, alike)


def _alike(one: "Mapping[str, Shape]", other: "Mapping[str, Shape]") -> bool:
    """Whether bytes mean the same; a part of the header that only one side reads is no matter."""
    moved = moved_parts(one, other)
    return not moved and all(one[key] == other[key] for key in one if key != "header")


def moved_parts(one: "Mapping[str, Shape]", other: "Mapping[str, Shape]") -> tuple[str, ...]:
    """The parts of a message's header that both have, at other places."""
    after = dict(_parts(other))
    return tuple(sorted(str(name) for name, at in _parts(one) if after.get(name, at) != at))


def _parts(shape: "Mapping[str, Shape]") -> "Iterator[tuple[object, object]]":
    for part in shape["header"]:
        if isinstance(part, tuple):
            name, place = cast("Shape", part)
            yield name, place


def side(spec: "Spec") -> Side:
    """A view of a machine that answers."""
    chart = build(spec)
    return Side(
        chart,
        machine(chart),
        {item.code: item for item in receivable(chart)},
        {code.name: code.value for code in spec.wire.replies},
        _asker(spec),
    )


def _asker(spec: "Spec") -> "Machine | None":
    mine = connection(spec)
    for view in views(spec):
        if asks(view) and connection(view) == mine:
            return machine(build(view))
    return None


def frames(spec: "Spec") -> "Mapping[str, Shape]":
    """What all messages have in common on the wire, by the key of `wire` that says it."""
    wire = spec.wire
    return {
        "byte_order": (wire.byte_order,),
        "request": tuple(_field(placed) for placed in layout.request(spec)),
        "reply": tuple(
            (*_field(p), _place(layout.request(spec), p.field.echo)) for p in layout.reply(spec)
        ),
        "select": _place(layout.request(spec), wire.select),
        "status": _place(layout.reply(spec), wire.status),
        "payload_size": _place(layout.request(spec), wire.payload_size),
        "reply_size": _place(layout.reply(spec), wire.reply_size),
    }


def _field(placed: layout.Placed) -> Shape:
    """A field's bytes; its name is no matter of the wire."""
    return (placed.offset, placed.size, placed.field.type is None, placed.field.constant)


def _place(placed: "tuple[layout.Placed, ...]", ref: "Ref | None") -> Shape:
    return next(((p.offset, p.size) for p in placed if ref and p.field.name == ref.name), ())


def message(chart: "Chart", item: "Message") -> "Mapping[str, Shape]":
    """What a message is on the wire, by the key that says it; its code and reply aside."""
    spec = chart.spec
    parts = ((p.field.name, (p.offset, p.size)) for p in layout.header(spec, item))
    return {
        "header": tuple(parts),
        "payload": payload(chart, item.payload),
        "max": longest(chart, item.payload),
        "size": _place(layout.request(spec), layout.payload_size_field(spec, item)),
        "reply_payload": reply_payload(chart, item),
    }


def fields(chart: "Chart", item: "Message") -> "Mapping[str, str]":
    """The fields of a message that have values, by the bytes they are."""
    found = dict(places(layout.header(chart.spec, item), "frame"))
    if isinstance(item.payload, Fields):
        found |= dict(places(layout.place(item.payload.fields), "payload"))
    return found


def limits_of(chart: "Chart") -> "Mapping[str, int]":
    """The values of limits."""
    return {limit.name: limit.value for limit in chart.spec.limits}


def payload(chart: "Chart", item: "Payload | None") -> Shape:
    """Kind and layout, without maxima."""
    match item:
        case Fields(fields=fields, descriptors=descriptors):
            placed = layout.place(fields)
            parts = tuple((p.offset, p.size, p.field.type is None) for p in placed)
            return ("fields", parts, len(descriptors))
        case Bytes():
            return ("bytes",)
        case Json(shape=shape):
            return ("json", shape)
        case Table(columns=columns, check=check, contents=contents):
            placed = layout.place(columns)
            parts = tuple((p.offset, p.size, p.field.type is None) for p in placed)
            named = dict(places(placed, "row"))
            rule = valued(check, limits_of(chart), named) if check else None
            behind = (named[contents.of.name], named[contents.at.name]) if contents else None
            return ("table", parts, rule, behind)
        case None:
            return ("none",)


def longest(chart: "Chart", item: "Payload | None") -> Shape:
    """The values of its maxima."""
    limits = limits_of(chart)
    if item is None or isinstance(item, Fields):
        return ()
    contents = item.contents if isinstance(item, Table) else None
    return (limits[item.max.name], limits[contents.max.name] if contents else None)


def reply_payload(chart: "Chart", item: "Message") -> Shape:
    """What follows an accepting reply: its size, and the most that it may be."""
    wanted, limits = item.reply_payload, limits_of(chart)
    if wanted is None:
        return ()
    size = valued(wanted.size, limits, fields(chart, item)) if wanted.size else None
    return (size, limits[wanted.max.name])
