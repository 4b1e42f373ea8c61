"""From a chart to finished names: what the generated package calls its things, and how they lie.

Templates decide nothing any more: every name, type, order and number is found here. Knows neither
the text of modules nor files.
"""

from typing import TYPE_CHECKING

from wirechart import names
from wirechart.chart import data, expand, receivable, running
from wirechart.dataflow import flows, owned, same
from wirechart.layout import is_streamed
from wirechart.model import Fields, List, Map
from wirechart.record import record

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from wirechart.chart import Chart
    from wirechart.dataflow import Flow
    from wirechart.decisions import Outcome, Row
    from wirechart.model import DataType, Field, Message, Spec

FORMATS = {"u8": "B", "u16": "H", "u32": "I", "u64": "Q"}  # for struct
TYPES = {
    "u8": "int",
    "u16": "int",
    "u32": "int",
    "u64": "int",
    "bool": "bool",
    "bytes": "bytes",
    "text": "str",
    "fd": "runtime.Descriptor",
    "memory": "runtime.Memory",
    "resource": "runtime.Resource",
    "cause": "runtime.Cause",
}


@record
class Way:
    """One transition of a handler: from a state, with what the target's data is made of."""

    source: str
    outcome: "Outcome"
    flows: "tuple[Flow, ...]"
    carried: frozenset[str]  # names of data that source and target have in common


@record
class Handler:
    """A method: every transition from one message to one state."""

    name: str
    message: "Message"
    target: str
    ways: tuple[Way, ...]  # in the order of the states; of one state in the order of its guards

    @property
    def streamed(self) -> bool:
        """Whether it takes bytes as they arrive."""
        return is_streamed(self.message)

    @property
    def sources(self) -> tuple[str, ...]:
        """The states it is called in."""
        return tuple(dict.fromkeys(way.source for way in self.ways))


def is_handled(chart: "Chart", outcome: "Outcome") -> bool:
    """Whether a handler runs: not where a message asks for a failure."""
    return outcome.kind == "handled" and chart.nodes[outcome.target].state.final != "failure"


def handlers(chart: "Chart", rows: "Iterable[Row]") -> tuple[Handler, ...]:
    """The methods, by the code of their message, then by the order of the table."""
    groups: dict[tuple[str, str], list[Way]] = {}
    for row in rows:
        for outcome in row.outcomes:
            if is_handled(chart, outcome):
                way = _way(chart, row, outcome)
                groups.setdefault((row.event, outcome.target), []).append(way)
    named = handler_names(groups)
    code = {message.name: message.code for message in receivable(chart)}
    return tuple(
        Handler(named[key], chart.messages[key[0]], key[1], tuple(groups[key]))
        for key in sorted(groups, key=lambda key: code[key[0]])
    )


def _way(chart: "Chart", row: "Row", outcome: "Outcome") -> Way:
    held = {item.name: item.type for item in data(chart, row.state)}
    found = flows(chart, row.state, row.event, outcome)
    common = (
        flow.field.name
        for flow in found
        if flow.field.name in held and same(chart, held[flow.field.name], flow.field.type)
    )
    return Way(row.state, outcome, found, frozenset(common))


def handler_names(groups: "Iterable[tuple[str, str]]") -> "Mapping[tuple[str, str], str]":
    """The method for each message and target."""
    keys = tuple(groups)
    messages = [message for message, _ in keys]
    return {
        (message, target): names.handler(message, target if messages.count(message) > 1 else None)
        for message, target in keys
    }


def handler_made(methods: "Iterable[Handler]") -> "Iterator[tuple[Handler, Flow]]":
    """The data that only a handler can make, with the handler."""
    for method in methods:
        for way in method.ways:
            yield from ((method, flow) for flow in way.flows if flow.origin == "handler")


def supplies(chart: "Chart", methods: "Iterable[Handler]") -> "Mapping[str, str]":
    """Constructor arguments of Defaults: what makes data that only a handler has, and its type.

    Named as the data; with the state before it where two states mean different types by one name.
    """
    listed = [
        (method, flow.field, annotation(chart, flow.field.type))
        for method, flow in handler_made(methods)
    ]
    types: dict[str, set[str]] = {}
    for _, field, type_ in listed:
        types.setdefault(field.name, set()).add(type_)
    return {
        field.name
        if len(types[field.name]) == 1
        else f"{names.snake(method.target)}_{field.name}": type_
        for method, field, type_ in listed
    }


def annotation(chart: "Chart", type_: "DataType") -> str:
    """A data type as Python says it; messages by their bare name."""
    type_ = expand(chart, type_)
    match type_:
        case Map(key=key, value=value):
            return f"dict[{annotation(chart, key)}, {annotation(chart, value)}]"
        case List(item=item):
            return f"tuple[{annotation(chart, item)}, ...]"
        case _:
            return TYPES.get(type_.name, type_.name)


def messages_in(chart: "Chart", type_: "DataType") -> frozenset[str]:
    """The messages whose classes an annotation names."""
    type_ = expand(chart, type_)
    match type_:
        case Map(key=key, value=value):
            return messages_in(chart, key) | messages_in(chart, value)
        case List(item=item):
            return messages_in(chart, item)
        case _:
            return frozenset() if type_.name in TYPES else frozenset({type_.name})


def owned_fields(chart: "Chart") -> "Mapping[str, tuple[str, ...]]":
    """States and messages with the names of their fields that must be closed."""
    found: dict[str, tuple[str, ...]] = {}
    for message in receivable(chart):
        if isinstance(message.payload, Fields) and message.payload.descriptors:
            found[message.name] = tuple(ref.name for ref in message.payload.descriptors)
    for name, node in chart.nodes.items():
        held = tuple(item.name for item in data(chart, name) if owned(chart, item.type))
        if held and not node.state.states:
            found[name] = held
    return found


def frame_indexes(spec: "Spec") -> "Mapping[str, int]":
    """Where a request field stands in the header's tuple; bytes that nobody reads are left out."""
    read = {part.frame_field.name for message in spec.messages for part in message.header}
    read |= {field.echo.name for field in spec.wire.reply if field.echo}
    kept = [field.name for field in spec.wire.request if field.type or field.name in read]
    return {name: index for index, name in enumerate(kept)}


def struct_format(spec: "Spec", fields: "Iterable[Field]", read: "Iterable[str]" = ()) -> str:
    """Fields as `struct` writes them; opaque bytes are skipped unless they are in `read`."""
    kept = set(read)
    order = "<" if spec.wire.byte_order == "little" else ">"
    parts = (
        FORMATS[field.type] if field.type else f"{field.size}{'s' if field.name in kept else 'x'}"
        for field in fields
    )
    return order + "".join(parts)


def limit_value(spec: "Spec", name: str) -> int:
    """The number of a limit."""
    return next(limit.value for limit in spec.limits if limit.name == name)


def constant(limit: str) -> str:
    """The Python name of a limit."""
    return f"LIMIT_{limit.upper()}"


def longest_payload(spec: "Spec") -> int:
    """In bytes, of all kinds that say their maximum."""
    maxima = (maximum(message) for message in spec.messages)
    return max((limit_value(spec, name) for name in maxima if name), default=0)


def maximum(message: "Message") -> str | None:
    """The limit of a message's payload; None: it has none, or one size only."""
    payload = message.payload
    return None if payload is None or isinstance(payload, Fields) else payload.max.name


def state_names(chart: "Chart") -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The running states, and the terminations, in the order of the document."""
    ends = tuple(name for name, node in chart.nodes.items() if node.state.final is not None)
    return running(chart), ends


def cause_field(chart: "Chart", name: str) -> str | None:
    """The field of a termination that says why; None: it has none."""
    held = ((item.name, expand(chart, item.type)) for item in data(chart, name))
    return next((name for name, type_ in held if getattr(type_, "name", "") == "cause"), None)
