"""The wire suite: from the beginning, with what a peer can send, and nothing but what it sees.

The W-method on the machine as its peer sees it: every situation by a shortest way, everything that
can happen there, and then the sequences that tell the situations apart. Each guard's values are
inputs of their own. Handlers never fail here: no peer can make them.
"""

from dataclasses import replace
from typing import TYPE_CHECKING

from wirechart.cases import explore, reference
from wirechart.cases.explore import Input
from wirechart.cases.flaws import flaws
from wirechart.cases.scripts import Counted, Move, Spot, Steps, WireSuite
from wirechart.cases.transitions import starts_of
from wirechart.cases.values import Entries, Literal
from wirechart.chart import receivable
from wirechart.decisions import rows
from wirechart.expressions import Name
from wirechart.layout import header, size
from wirechart.layout import place as place_fields
from wirechart.layout import request as chart_request
from wirechart.model import Fields
from wirechart.samples import lost, request, unknown

if TYPE_CHECKING:
    from collections.abc import Iterable

    from wirechart.cases.reference import Machine, Place
    from wirechart.cases.transitions import Start
    from wirechart.cases.values import Value
    from wirechart.chart import Chart
    from wirechart.samples import Request

MANY = 8  # entries of a map that are put there one by one


def suite(chart: "Chart") -> WireSuite:
    """All situations of all contexts, and what can happen there."""
    made = reference.machine(chart)
    starts, gaps = all_starts(chart)
    spots: list[Spot] = []
    moves: list[Move] = []
    for context in contexts(chart, starts):
        mine = tuple(start for start in starts if start.place.context == context)
        found, more, missing = _session(made, context, mine)
        spots += found
        moves += more
        gaps += missing
    return WireSuite(tuple(spots), tuple(moves), tuple(gaps))


def all_starts(chart: "Chart") -> "tuple[list[Start], list[str]]":
    """The ways to every outcome of every message, and what was not found."""
    starts: list[Start] = []
    gaps: list[str] = []
    for row in rows(chart):
        if row.event in chart.messages and row.outcomes:
            found, missing = starts_of(chart, row)
            starts += found
            gaps += missing
    return starts, gaps


def contexts(
    chart: "Chart", starts: "Iterable[Start]"
) -> "tuple[tuple[tuple[str, Value], ...], ...]":
    """Every context that some start needs; the first one is that of a machine without wishes."""
    usual = reference.begin(chart, {}).context
    return tuple(dict.fromkeys([usual, *(start.place.context for start in starts)]))


def _session(
    made: "Machine", context: "tuple[tuple[str, Value], ...]", starts: "tuple[Start, ...]"
) -> tuple[list[Spot], list[Move], list[str]]:
    chart = made.chart
    begin = reference.begin(chart, dict(context))
    inputs = alphabet(made, starts)
    graph = explore.explore(made, begin, inputs)
    sequences = explore.telling(made, graph.places.values(), inputs)
    suffix = _suffix(chart, context)
    names: dict[explore.Key, str] = {}
    spots: list[Spot] = []
    for key, place in graph.places.items():
        names[key] = _spot_name(place, key, names) + suffix
        path, _ = _walk(made, begin, graph.paths[key])
        spots.append(Spot(names[key], context, path, _probes(made, place, sequences)))
    moves = [
        _move(made, place, names[key], item, names[_after(made, place, item, inputs)])
        for key, place in graph.places.items()
        for item in inputs
        if explore.applicable(place, item)
    ]
    shown = {
        (place.state.name, item.request.message, explore.react(made, place, item).outcome)
        for place in graph.places.values()
        if not place.ended
        for item in inputs
        if item.request is not None and item.is_message
    }
    gaps: list[str] = []
    for start in starts:
        outcome = reference.decide(made, start.place, start.request.message, start.request)
        large = any(_large(value) for _, value in start.place.state.fields)
        if not large and (start.place.state.name, start.request.message, outcome) in shown:
            continue
        filled = _filled(made, graph, begin, start) if large else None
        if filled is None:
            what = f"{start.place.state.name}, {start.request.message}: {outcome.kind}"
            gaps.append(f"{what} → {outcome.target} is not reached from the beginning")
            continue
        spot, move, leads_to = _filled_spot(made, filled, start, sequences, suffix)
        spots += [spot, leads_to]
        moves.append(move)
    return spots, moves, gaps


def alphabet(made: "Machine", starts: "Iterable[Start]") -> tuple[Input, ...]:
    """All that a peer can do, messages first."""
    chart = made.chart
    whole: dict[Request, str] = {}
    for start in starts:
        whole.setdefault(start.request, start.request.message)
    for message in receivable(chart):
        if not any(item.message == message.name for item in whole):
            whole.setdefault(request(chart, message), message.name)
    numbered = [Input(name, item) for item, name in whole.items()]
    wrong = [Input(f"{item.message}, {item.flaw}", item) for item in _malformed(chart)]
    strange = [*unknown(chart), *lost(chart.spec)]
    foreign = [Input(item.known or item.flaw, item) for item in strange]
    return (*numbered, *wrong, *foreign, *_ends(made, list(whole)))


def _malformed(chart: "Chart") -> "Iterable[Request]":
    """Of each message one that is wrong in itself, and one that is too long."""
    for message in receivable(chart):
        wrong = [flaw for flaw in flaws(chart, message) if not flaw.early_descriptors]
        short = [flaw for flaw in wrong if not flaw.too_long]
        yield from short[-1:]
        yield from [flaw for flaw in wrong if flaw.too_long][:1]


def _ends(made: "Machine", whole: "list[Request]") -> "Iterable[Input]":
    """The stream ends, or is silent, or half as long: between messages and inside them."""
    first = whole[0]
    yield Input("end of stream", then="eof")
    yield Input("end of stream inside a header", first, len(first.header) - 1, "eof")
    for seconds in _waits(made):
        yield Input(f"{seconds:g} s of silence", then="silence", seconds=seconds)
        yield Input(f"{seconds / 2:g} s of silence", then="silence", seconds=seconds / 2)
    for item in whole:
        if item.payload and item.complete:
            cut = len(item.header)
            yield Input(f"end of stream inside {item.message}", item, cut, "eof")
            for seconds in _inner_waits(made):
                name = f"{seconds:g} s of silence inside {item.message}"
                yield Input(name, item, cut, "silence", seconds)


def _waits(made: "Machine") -> tuple[float, ...]:
    """How long a machine waits between messages, and after the end."""
    found = [each.between for each in made.idle.values()]
    found += [each.seconds for each in made.linger.values()]
    return tuple(dict.fromkeys(seconds for seconds in found if seconds is not None))


def _inner_waits(made: "Machine") -> tuple[float, ...]:
    found = [each.inside for each in made.idle.values()]
    return tuple(dict.fromkeys(seconds for seconds in found if seconds is not None))


def _walk(made: "Machine", place: "Place", inputs: tuple[Input, ...]) -> "tuple[Steps, Place]":
    """The steps of some inputs one after the other, and where they end."""
    done: Steps = ()
    for item in inputs:
        more, place = explore.steps(made, place, item)
        done += more
    return done, place


def _probes(
    made: "Machine", place: "Place", sequences: tuple[tuple[Input, ...], ...]
) -> tuple[Steps, ...]:
    """What tells a place from the others, and what it answers; nothing when it is over."""
    if place.closing:
        return ()
    return tuple(_walk(made, place, sequence)[0] for sequence in sequences)


def _after(made: "Machine", place: "Place", item: Input, inputs: tuple[Input, ...]) -> explore.Key:
    return explore.key(made, explore.react(made, place, item).place, inputs)


def _move(made: "Machine", place: "Place", spot: str, item: Input, leads_to: str) -> Move:
    return Move(spot, item.name, explore.steps(made, place, item)[0], leads_to)


def _spot_name(place: "Place", key: explore.Key, taken: "dict[explore.Key, str]") -> str:
    if place.closing:
        return "closing"
    name = f"{place.state.name}, {key[1]}" if place.ended else place.state.name
    alike = sum(other.startswith(name) for other in taken.values())
    return f"{name} {alike + 1}" if alike else name


def _large(value: "Value") -> bool:
    return isinstance(value, Entries) and len(value.items) > MANY


def _filled(
    made: "Machine", graph: explore.Graph, begin: "Place", start: "Start"
) -> "tuple[Steps, Place] | None":
    """A way to a state with a large map: the same message again and again; None: not found."""
    large = [(name, value) for name, value in start.place.state.fields if _large(value)]
    name, value = large[0]
    count = len(value.items) if isinstance(value, Entries) else 0
    for row in made.rows.values():
        for outcome in row.outcomes:
            put = next((p for p in outcome.put if p.name.name == name), None)
            if put is None or outcome.target != start.place.state.name:
                continue
            if not (isinstance(put.key, Name) and put.key.scope == "message"):
                continue
            for key, place in graph.places.items():
                if place.state.name == row.state and not place.ended and _empty(place, name):
                    path, here = _walk(made, begin, graph.paths[key])
                    return _fill(made, path, here, row.event, put.key.name, count)
    return None


def _empty(place: "Place", name: str) -> bool:
    held = dict(place.state.fields).get(name)
    return held is None or held == Entries()


def _fill(
    made: "Machine", path: Steps, place: "Place", message: str, field: str, count: int
) -> "tuple[Steps, Place] | None":
    """Send a message `count` times, its field counting from 1."""
    chart = made.chart
    reply = b""
    for number in range(1, count + 1):
        item = request(chart, chart.messages[message], {field: number})
        reaction = reference.receive(made, place, item)
        if reaction.outcome is None or reaction.outcome.kind != "handled" or reaction.place.ended:
            return None
        place, reply = reaction.place, reaction.reply
    first = request(chart, chart.messages[message], {field: 1})
    offset, size = where(chart, message, field)
    return (*path, Counted(first, reply, offset, size, count)), place


def where(chart: "Chart", message: str, field: str) -> tuple[int, int]:
    """Offset and size of a field in the bytes of a whole request."""
    made = chart.messages[message]
    placed = list(header(chart.spec, made))
    start = size(chart_request(chart.spec))
    if isinstance(made.payload, Fields):
        placed += [replace(p, offset=p.offset + start) for p in place_fields(made.payload.fields)]
    found = next(p for p in placed if p.field.name == field)
    return found.offset, found.size


def _filled_spot(
    made: "Machine",
    filled: "tuple[Steps, Place]",
    start: "Start",
    sequences: tuple[tuple[Input, ...], ...],
    suffix: str,
) -> tuple[Spot, Move, Spot]:
    """The spot with the large map, what the start's request does there, and what follows."""
    path, place = filled
    count = max(len(v.items) for _, v in place.state.fields if isinstance(v, Entries))
    name = f"{place.state.name} with {count}{suffix}"
    item = Input(start.request.message, start.request)
    done, after = explore.steps(made, place, item)
    target = f"{name}, {item.name}"
    return (
        Spot(name, place.context, path, ()),
        Move(name, item.name, done, target),
        Spot(target, place.context, (*path, *done), _probes(made, after, sequences)),
    )


def _suffix(chart: "Chart", context: "tuple[tuple[str, Value], ...]") -> str:
    if context == reference.begin(chart, {}).context:
        return ""
    values = (f"{name} {_shown(value)}" for name, value in context)
    return f" ({', '.join(values)})"


def _shown(value: "Value") -> str:
    return str(value.value) if isinstance(value, Literal) else "given"
