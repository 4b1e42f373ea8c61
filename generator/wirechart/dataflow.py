"""Where the data of a state comes from when it is entered. Knows no output."""

from typing import TYPE_CHECKING, Literal

from wirechart.chart import data, expand
from wirechart.expressions import names
from wirechart.model import BASIC_TYPES, List, Map, Ref
from wirechart.record import record

if TYPE_CHECKING:
    from wirechart.chart import Chart
    from wirechart.decisions import Outcome
    from wirechart.expressions import Expression
    from wirechart.model import DataField, DataType

Origin = Literal[
    "set",  # the literal in `set`
    "put",  # the source's map of that name (or a new one) with one entry more
    "message",  # the message itself
    "carried",  # the source's data of the same name and type
    "cause",  # the receiver: why the machine ends
    "handler",  # nobody but the handler can supply it
]


@record
class Flow:
    """One field of the target's data and where it comes from."""

    field: "DataField"
    origin: Origin


def flows(chart: "Chart", source: str, message: str | None, outcome: "Outcome") -> tuple[Flow, ...]:
    """For every field of the target's data, in its order; message None: no message arrived."""
    return tuple(
        Flow(field, _origin(chart, source, message, outcome, field))
        for field in data(chart, outcome.target)
    )


def _origin(
    chart: "Chart", source: str, message: str | None, outcome: "Outcome", field: "DataField"
) -> Origin:
    if any(item.name.name == field.name for item in outcome.set):
        return "set"
    if any(item.name.name == field.name for item in outcome.put):
        return "put"
    type_ = expand(chart, field.type)
    if type_ == Ref("cause", field.span):
        return "cause"
    held = {item.name: item for item in data(chart, source)}
    if field.name in held and same(chart, held[field.name].type, type_):
        return "carried"
    if isinstance(type_, Ref) and type_.name == message and message not in BASIC_TYPES:
        return "message"
    return "handler"


def same(chart: "Chart", one: "DataType", other: "DataType") -> bool:
    """Whether two types are the same when all their names are expanded."""
    one, other = expand(chart, one), expand(chart, other)
    match one, other:
        case Map(), Map():
            alike = one.max == other.max and same(chart, one.key, other.key)
            return alike and same(chart, one.value, other.value)
        case List(), List():
            return one.max == other.max and same(chart, one.item, other.item)
        case _:
            return one == other


def told(outcome: "Outcome") -> "tuple[Expression, ...]":
    """The guards that a handler can ask again, to tell alternatives with one target apart.

    It knows the state and the message, and nothing of the context.
    """
    return tuple(
        guard for guard in outcome.guards if all(name.scope != "context" for name in names(guard))
    )


def owned(chart: "Chart", type_: "DataType") -> bool:
    """Whether values of it hold something that must be closed."""
    type_ = expand(chart, type_)
    match type_:
        case Map():
            return owned(chart, type_.key) or owned(chart, type_.value)
        case List():
            return owned(chart, type_.item)
        case Ref(name):
            return name in ("fd", "memory", "resource") or _holds_descriptors(chart, name)


def _holds_descriptors(chart: "Chart", message: str) -> bool:
    payload = chart.messages[message].payload if message in chart.messages else None
    return bool(getattr(payload, "descriptors", ()))
