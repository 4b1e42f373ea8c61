"""Sample data of states, messages and context. Knows types and layouts; knows no decisions."""

from typing import TYPE_CHECKING

from wirechart import layout, samples
from wirechart.cases.values import Built, Constant, Entries, Items, Literal, Value
from wirechart.chart import data, expand
from wirechart.model import INTEGER_SIZES, List, Map, Ref, Table

if TYPE_CHECKING:
    from collections.abc import Mapping

    from wirechart.chart import Chart
    from wirechart.model import DataType, Field
    from wirechart.samples import Request

ROOM = 4096  # what a wide number of the context is

BASIC: "Mapping[str, Value]" = {
    **dict.fromkeys(INTEGER_SIZES, Literal(1)),
    "bool": Literal(False),
    "bytes": Literal(b"sample"),
    "text": Literal("sample"),
    "fd": Constant("CLOSED_DESCRIPTOR"),
    "memory": Constant("KEPT_MEMORY"),
    "resource": Constant("IDLE_RESOURCE"),
}


def usual(chart: "Chart", type_: "DataType") -> Value:
    """The simplest value of a type that is not empty."""
    match expand(chart, type_):
        case Map(key=key, value=value):
            return filled_map(chart, key, value, 1)
        case List(item=item):
            return Items((usual(chart, item),))
        case Ref(name) if name in BASIC:
            return BASIC[name]
        case Ref(name):
            return message(chart, samples.request(chart, chart.messages[name]))


def filled_map(chart: "Chart", key: "DataType", value: "DataType", count: int) -> Entries:
    """A map of so many entries with keys 1, 2, …; with a type of few values at most one."""
    item = usual(chart, value)
    match expand(chart, key):
        case Ref(name) if name in INTEGER_SIZES:
            return Entries(tuple((Literal(number + 1), item) for number in range(count)))
        case Ref("text"):
            return Entries(tuple((Literal(f"key {number + 1}"), item) for number in range(count)))
        case other:
            return Entries(((usual(chart, other), item),) if count else ())


def state(chart: "Chart", name: str, given: "Mapping[str, Value] | None" = None) -> Built:
    """A state with sample data, some of it given."""
    chosen = given or {}
    return Built(
        name,
        tuple(
            (field.name, chosen.get(field.name) or usual(chart, field.type))
            for field in data(chart, name)
        ),
    )


def context(chart: "Chart", given: "Mapping[str, Value]") -> "tuple[tuple[str, Value], ...]":
    """Every value of the context; wide numbers, which are mostly sizes, leave room."""
    return tuple(
        (field.name, given.get(field.name) or agreed(chart, field.type))
        for field in chart.spec.context
    )


def agreed(chart: "Chart", type_: "DataType") -> Value:
    """The simplest value of something in the context."""
    expanded = expand(chart, type_)
    wide = isinstance(expanded, Ref) and expanded.name in ("u32", "u64")
    return Literal(ROOM) if wide else usual(chart, type_)


def message(chart: "Chart", request: "Request") -> Built:
    """The message that a well-formed request stands for."""
    values = dict(request.fields)
    made = chart.messages[request.message]
    return Built(
        made.name,
        tuple(
            (name, _attribute(chart, request, name, kind, values))
            for name, kind in layout.attributes(chart.spec, made)
        ),
    )


def _attribute(
    chart: "Chart", request: "Request", name: str, kind: str, values: "Mapping[str, int]"
) -> Value:
    match kind:
        case "fd":
            return Constant("CLOSED_DESCRIPTOR")
        case "json":
            return Built("Json.of", (("", Literal(request.payload)),))
        case "bytes":
            return Literal(request.payload)
        case "table":
            return _table(chart, request)
        case _:
            return Literal(values[name])


def _table(chart: "Chart", request: "Request") -> Built:
    table = chart.messages[request.message].payload
    assert isinstance(table, Table), request.message  # noqa: S101 -- only tables have this kind
    rows = samples.rows_of(chart.spec, table, request.payload)
    items = tuple(Items(tuple(Literal(value) for value in row.values())) for row in rows)
    form = struct_format(chart.spec.wire.byte_order, table.columns)
    columns = ", ".join("int" for column in table.columns if column.type)
    made = f"Table[tuple[{columns}]].of"
    return Built(made, (("", Literal(form)), ("", Items(items))))


def struct_format(byte_order: str, columns: "tuple[Field, ...]") -> str:
    """A row as Python's `struct` writes it."""
    codes = {"u8": "B", "u16": "H", "u32": "I", "u64": "Q"}
    order = "<" if byte_order == "little" else ">"
    return order + "".join(codes.get(c.type or "", f"{c.size}x") for c in columns)
