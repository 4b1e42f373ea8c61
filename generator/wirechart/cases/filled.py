"""Maps so large that a message fills them which is sent again and again. Knows no suite."""

from typing import TYPE_CHECKING

from wirechart.cases import reference
from wirechart.cases.guards import asked
from wirechart.cases.scripts import Counted
from wirechart.cases.values import Entries, plain
from wirechart.expressions import Name
from wirechart.layout import header, size
from wirechart.layout import place as place_fields
from wirechart.layout import request as chart_request
from wirechart.model import Fields
from wirechart.record import replace
from wirechart.samples import request

if TYPE_CHECKING:
    from wirechart.cases import explore
    from wirechart.cases.machine import Machine
    from wirechart.cases.reference import Place
    from wirechart.cases.transitions import Start
    from wirechart.cases.values import Built, Value
    from wirechart.chart import Chart
    from wirechart.samples import Request

MANY = 8  # entries of a map that are put there one by one


def large(value: "Value") -> bool:
    """Whether it is a map that nobody would fill by single steps."""
    return isinstance(value, Entries) and len(value.items) > MANY


def filled(
    made: "Machine", graph: "explore.Graph", start: "Start"
) -> "tuple[explore.Key, Counted] | None":
    """Where a state with a large map is near, and the message that fills it; None: not found."""
    name = next(name for name, value in start.place.state.fields if large(value))
    for key, edges in graph.edges.items():
        place = graph.places[key]
        held = _held(place, name)
        if place.ended or held is None:
            continue
        for item, edge in edges.items():
            field = _counting(edge, name, start) if item.is_message else None
            if field is None or item.request is None:
                continue
            counted = _counted(made, place, start, name, item.request, field, held)
            if counted is not None:
                return key, counted
    return None


def _counting(edge: "explore.Edge", name: str, start: "Start") -> str | None:
    """The field under which an edge to the start's state puts something into the map."""
    outcome = edge.reaction.outcome
    if outcome is None or outcome.kind != "handled" or outcome.target != start.place.state.name:
        return None
    for put in outcome.put:
        if put.name.name == name and isinstance(put.key, Name) and put.key.scope == "message":
            return put.key.name
    return None


def _held(place: "Place", name: str) -> int | None:
    """How many entries a map has that counts from 1; None: its keys are others."""
    keys = [plain(key) for key, _ in _entries(place, name)]
    return len(keys) if keys == list(range(1, len(keys) + 1)) else None


def _counted(
    made: "Machine",
    place: "Place",
    start: "Start",
    name: str,
    like: "Request",
    field: str,
    held: int,
) -> Counted | None:
    """A message so often that the map is as full as in the start, always answered alike."""
    entries = _entries(start.place, name)
    count, message = len(entries), made.chart.messages[like.message]
    offset, size = where(made.chart, like.message, field)
    if count >= 1 << 8 * size:
        return None
    fields, begin = dict(like.fields), held + 1
    first, last = (request(made.chart, message, {**fields, field: n}) for n in (begin, count))
    one = reference.receive(made, place, first)
    full = reference.receive(made, _with(start.place, name, entries[:-1]), last)
    alike = len(first.payload) == len(last.payload) and one.reply == full.reply
    if not alike or _keyed(one.place) != _keyed(_with(start.place, name, entries[:begin])):
        return None
    further = range(begin + 1, count + 1)
    if _keyed(full.place) != _keyed(start.place) or not _goes_on(
        made, one.place, name, first, field, further
    ):
        return None
    return Counted(first, one.reply, offset, size, count - held, begin)


def _keyed(place: "Place") -> "Built":
    """Its state without the values of maps: nothing asks for them."""
    fields = (
        (name, Entries(tuple((key, key) for key, _ in value.items)))
        if isinstance(value, Entries)
        else (name, value)
        for name, value in place.state.fields
    )
    return replace(place.state, fields=tuple(fields))


def _entries(place: "Place", name: str) -> "tuple[tuple[Value, Value], ...]":
    value = dict(place.state.fields).get(name, Entries())
    assert isinstance(value, Entries), name  # noqa: S101 -- asked for maps only
    return value.items


def _with(place: "Place", name: str, entries: "tuple[tuple[Value, Value], ...]") -> "Place":
    held = dict(place.state.fields) | {name: Entries(entries)}
    return replace(place, state=replace(place.state, fields=tuple(held.items())))


def _goes_on(
    made: "Machine", place: "Place", name: str, sent: "Request", field: str, further: range
) -> bool:
    """Whether each further message of that kind, with these keys, has the same outcome.

    The map grows in place: a Place for each would take time with the square of their number.
    """
    row = made.rows[place.state.name, sent.message]
    ways = [[asked(guard, made.limits) for guard in outcome.guards] for outcome in row.outcomes]
    seen = reference.seen(place, sent)
    held = dict[object, object]((key, None) for key in range(1, further.start - 1))
    seen["state", name] = held
    met: set[int] = set()
    for number in further:
        held[number - 1] = None
        seen["message", field] = number
        met.add(next(n for n, guards in enumerate(ways) if all(ask(seen) for ask in guards)))
    return len(met) <= 1


def where(chart: "Chart", message: str, field: str) -> tuple[int, int]:
    """Offset and size of a field in the bytes of a whole request."""
    made = chart.messages[message]
    placed = list(header(chart.spec, made))
    start = size(chart_request(chart.spec))
    if isinstance(made.payload, Fields):
        placed += [replace(p, offset=p.offset + start) for p in place_fields(made.payload.fields)]
    found = next(p for p in placed if p.field.name == field)
    return found.offset, found.size
