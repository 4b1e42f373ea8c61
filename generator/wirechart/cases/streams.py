"""Whole sessions, to be cut everywhere, and every length at its edges. Knows no package."""

from collections import deque
from operator import itemgetter
from typing import TYPE_CHECKING

from wirechart import layout, samples
from wirechart.cases import explore, reference
from wirechart.cases.flaws import announced_contents, fits, has_contents, limit, longest, unit
from wirechart.cases.machine import machine as machine_of
from wirechart.cases.machine import patience
from wirechart.cases.scripts import PACE, Case, Sent
from wirechart.cases.transitions import Start, deadline, decided
from wirechart.cases.wire import alphabet
from wirechart.chart import receivable
from wirechart.model import Bytes, Json, Table
from wirechart.record import record, replace

if TYPE_CHECKING:
    from collections.abc import Iterable

    from wirechart.cases.explore import Edge, Graph, Input, Key
    from wirechart.cases.machine import Machine
    from wirechart.cases.transitions import Ways
    from wirechart.cases.values import Built, Value
    from wirechart.chart import Chart
    from wirechart.model import Message
    from wirechart.samples import Request

LONGEST = 24  # messages of a session that looks for what it did not meet yet


@record
class Session:
    """A session that ends well, where there is one; all its requests are handled."""

    context: "tuple[tuple[str, Value], ...]"
    steps: tuple[Sent, ...]
    after: "Built"
    refusals: tuple[bytes, ...]  # for each step: the reply when its payload never comes
    ends: "tuple[Built, ...]"  # for each step: where the end of the stream inside it leads
    leaves: "tuple[Built, ...]"  # for each step: where the end of the stream before it leads


@record
class StreamSuite:
    """A session, and the lengths of all messages at their edges."""

    session: Session
    lengths: tuple[Case, ...]


def suite(chart: "Chart", ways: "Ways") -> StreamSuite:
    """The session of a chart, and its lengths."""
    made = machine_of(chart)
    return StreamSuite(session(made, ways), tuple(_lengths(made, ways)))


def session(made: "Machine", ways: "Ways") -> Session:
    """Meets as many pairs of state and message as one way to a success can."""
    begin = reference.begin(made.chart, {})
    mine = tuple(start for start in ways.every() if start.place.context == begin.context)
    graph = explore.explore(made, begin, alphabet(made, mine))
    key = next(iter(graph.places))
    near = _distances(made, graph)
    met: set[tuple[str, str]] = set()
    taken: list[Input] = []
    while not graph.places[key].ended:
        item = _next(made, graph, key, met, near)
        if item is None or item.request is None:
            break
        met.add((graph.places[key].state.name, item.request.message))
        taken.append(item)
        key = graph.edges[key][item].there
    return _session(made, begin, taken)


def _distances(made: "Machine", graph: "Graph") -> "dict[Key, int]":
    """For every situation how many handled messages lead from it to a success."""
    into: dict[Key, list[Key]] = {}
    found: dict[Key, int] = {}
    for key, edges in graph.edges.items():
        for item, edge in edges.items():
            if _handled(edge, item):
                into.setdefault(edge.there, []).append(key)
                if _succeeds(made, edge):
                    found[key] = 1
    waiting = deque(found)
    while waiting:
        key = waiting.popleft()
        for before in into.get(key, ()):
            if before not in found:
                found[before] = found[key] + 1
                waiting.append(before)
    return found


def _handled(edge: "Edge", item: "Input") -> bool:
    """Whether an input is a message that a handler takes, or an ending follows."""
    outcome = edge.reaction.outcome
    return item.is_message and outcome is not None and outcome.kind == "handled"


def _succeeds(made: "Machine", edge: "Edge") -> bool:
    state = edge.reaction.place.state.name
    return made.chart.nodes[state].state.final == "success"


def _next(
    made: "Machine", graph: "Graph", key: "Key", met: set[tuple[str, str]], near: "dict[Key, int]"
) -> "Input | None":
    """Something new that does not lead astray, what stays first; else the way to the end."""
    state = graph.places[key].state.name
    ways: list[tuple[int, Input]] = []
    for item, edge in graph.edges[key].items():
        if _handled(edge, item) and (edge.there in near or _succeeds(made, edge)):
            ways.append((0 if _succeeds(made, edge) else near[edge.there], item))
    new = [way for way in ways if way[1].request and (state, way[1].request.message) not in met]
    if new and len(met) < LONGEST:
        return max(new, key=itemgetter(0))[1]
    return min(ways, key=itemgetter(0))[1] if ways else None


def _session(made: "Machine", begin: reference.Place, taken: "list[Input]") -> Session:
    place = begin
    steps: list[Sent] = []
    refusals: list[bytes] = []
    ends: list[Built] = []
    leaves: list[Built] = []
    for item in taken:
        if item.request is None:
            continue
        cut = reference.end_of_stream(made, place, item.request)
        refusals.append(cut.reply)
        ends.append(cut.place.state)
        leaves.append(reference.end_of_stream(made, place).place.state)
        reaction = reference.receive(made, place, item.request)
        steps.append(Sent(item.request, reaction.reply, closes=reaction.place.closing))
        place = reaction.place
    return Session(
        begin.context, tuple(steps), place.state, tuple(refusals), tuple(ends), tuple(leaves)
    )


def _lengths(made: "Machine", ways: "Ways") -> "Iterable[Case]":
    for message in receivable(made.chart):
        start = _taken(made, ways, message)
        if start is None or layout.payload_size_field(made.chart.spec, message) is None:
            continue
        for request in (
            *_sizes(made.chart, message, start),
            *_rows(made.chart, message, start.request),
        ):
            yield _case(made, start, request)


def _taken(made: "Machine", ways: "Ways", message: "Message") -> Start | None:
    """A place where a message is handled; None: it never is."""
    mine = (start for start in ways.every() if start.request.message == message.name)
    return next((start for start in mine if decided(made, start) == "handled"), None)


def _sizes(chart: "Chart", message: "Message", start: Start) -> "Iterable[Request]":
    """The payload's size at 0, its maximum, one more, and the most that can be said."""
    field = layout.payload_size_field(chart.spec, message)
    width = next(f.size for f in chart.spec.wire.request if field and f.name == field.name)
    biggest = (1 << 8 * width) - 1
    most = longest(chart, message)
    good = start.request
    for size in dict.fromkeys((0, most, most + unit(message), biggest)):
        if size > biggest or size == len(good.payload):
            continue
        request = samples.announcing(chart.spec, message, good, size)
        fine = fits(chart, message, size) and (size > 0 or not isinstance(message.payload, Json))
        endless = not fits(chart, message, size) and has_contents(message)
        flaw = "" if fine else f"size {size}"
        known = f"size {size}"
        yield replace(request, flaw=flaw, too_long=size > most, known=known, endless=endless)


def _rows(chart: "Chart", message: "Message", good: "Request") -> "Iterable[Request]":
    """Tables whose rows announce contents of all sizes, alone and together."""
    table = message.payload
    if not isinstance(table, Table) or table.contents is None:
        return
    of, at = table.contents.of.name, table.contents.at.name
    most = limit(chart, table.contents.max)
    sizes = {column.name: (1 << 8 * column.size) - 1 for column in table.columns}
    wholes: list[list[dict[str, int]]] = [
        [{of: size, at: 0}] for size in (0, most, most + 1, sizes[of])
    ]
    wholes += [
        [{of: most, at: 0}, {of: 1, at: 0}],
        [{of: 1, at: sizes[at]}],
        [{of: 2, at: sizes[at]}],
    ]
    for rows in wholes:
        if all(row[of] <= sizes[of] for row in rows):
            yield _table(chart, good, table, rows)


def _table(
    chart: "Chart", good: "Request", table: Table, rows: "list[dict[str, int]]"
) -> "Request":
    contents = table.contents
    message = chart.messages[good.message]
    assert contents is not None, message.name  # noqa: S101 -- asked for such tables only
    payload = b"".join(samples.row(chart.spec, table, 0, row) for row in rows)
    spelled = samples.rows_of(chart.spec, table, payload)
    total = sum(row[contents.of.name] for row in spelled)
    fine = all(samples.accepted(table, row) for row in spelled)
    named = " and ".join(f"{row[contents.of.name]} at {row[contents.at.name]}" for row in spelled)
    long = total > limit(chart, contents.max) or not fits(chart, message, len(payload))
    wrong = long or not fine
    flaw = f"contents of {named}" if wrong else ""
    request = samples.with_payload(chart, message, good, payload, flaw)
    return replace(request, endless=wrong, known=f"contents of {named}")


def _case(made: "Machine", start: Start, request: "Request") -> Case:
    """What a request announces is taken, or refused at once; of large ones nothing is sent."""
    reaction = reference.receive(made, start.place, request)
    awaited = not request.flaw and reference.reads(made, start.place, request)
    begins = bool(reaction.calls) and not request.flaw
    unfinished = not request.complete or (begins and announced_contents(made.chart, request) > 0)
    pending = unfinished and (awaited or begins)
    state = start.place.state.name
    name = f"{state}: {request.message}, {request.known}"
    if not pending:
        closes = reaction.place.closing
        return Case(
            state=state,
            event=request.message if not request.flaw else "malformed",
            name=name,
            context=start.place.context,
            before=start.place.state,
            steps=(Sent(request, reaction.reply, closes=closes),),
            after=reaction.place.state,
            calls=reaction.calls,
            deadline=deadline(made, reaction.place, PACE),
        )
    begun = isinstance(made.chart.messages[request.message].payload, Bytes) or request.complete
    seconds = patience(made, state, inside=True)
    return Case(
        state=state,
        event=request.message,
        name=name,
        context=start.place.context,
        before=start.place.state,
        steps=(Sent(request, b""),),
        after=start.place.state,
        calls=reaction.calls if begun and reference.streams(made, request) else (),
        deadline=None if seconds is None else PACE + seconds,
    )
