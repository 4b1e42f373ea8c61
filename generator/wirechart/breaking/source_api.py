"""What a program written against a generated package counts on, as names and types.

Knows what the package offers; knows no text of its modules.
"""

from typing import TYPE_CHECKING

from wirechart import decisions, layout
from wirechart.chart import asks, build, data, receivable, running
from wirechart.lower import annotation, handlers, state_names, supplies
from wirechart.names import package
from wirechart.record import record

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from wirechart.chart import Chart
    from wirechart.decisions import Row
    from wirechart.diagnostics import Span
    from wirechart.lower import Handler
    from wirechart.model import Spec

Fields = tuple[tuple[str, str], ...]  # name and type, in order

PAYLOADS = {"json": "Json", "bytes": "bytes", "table": "Table", "fd": "Descriptor"}


@record
class Method:
    """A handler."""

    sources: frozenset[str]
    message: str
    streamed: bool
    target: str
    replies: bool  # it returns bytes, too


@record
class Api:
    """What the package of one machine offers."""

    package: str
    element: str  # `machine`, `machines.worker`
    handlers: "Mapping[str, Method]"
    messages: "Mapping[str, Fields]"
    running: "Mapping[str, Fields]"
    ends: "Mapping[str, Fields]"
    context: Fields
    defaults: Fields  # what makes data that only a handler has
    replies: frozenset[str]
    asked: frozenset[tuple[str, str, str]]  # state, message, next state; of a machine that asks
    spans: "Mapping[str, Span]"  # of states and messages


def api(spec: "Spec") -> Api:
    """The package of a spec's machine."""
    chart = build(spec)
    rows = decisions.rows(chart)
    named = spec.machine.name
    own = package(spec.protocol)
    methods = () if asks(spec) else handlers(chart, rows)
    inside, ends = state_names(chart)
    return Api(
        f"{own}.{named}" if named else own,
        f"machines.{named}" if named else "machine",
        {method.name: _method(method) for method in methods},
        {item.name: _attributes(chart, item.name) for item in receivable(chart)},
        {name: _data(chart, name) for name in inside},
        {name: _data(chart, name) for name in ends},
        tuple((item.name, annotation(chart, item.type)) for item in spec.context),
        tuple(supplies(chart, methods).items()),
        frozenset(code.name for code in spec.wire.replies),
        frozenset(_asked(chart, rows)) if asks(spec) else frozenset(),
        {item.name: item.span for item in spec.messages}
        | {name: node.state.span for name, node in chart.nodes.items()},
    )


def _method(method: "Handler") -> Method:
    return Method(
        frozenset(method.sources),
        method.message.name,
        method.streamed,
        method.target,
        method.message.reply_payload is not None,
    )


def _attributes(chart: "Chart", name: str) -> Fields:
    found = layout.attributes(chart.spec, chart.messages[name])
    return tuple((field, PAYLOADS.get(kind, "int")) for field, kind in found)


def _data(chart: "Chart", name: str) -> Fields:
    return tuple((item.name, annotation(chart, item.type)) for item in data(chart, name))


def _asked(chart: "Chart", rows: "tuple[Row, ...]") -> "Iterator[tuple[str, str, str]]":
    states = set(running(chart))
    for row in rows:
        if row.event in chart.messages and row.state in states:
            yield row.state, row.event, row.outcomes[0].target
