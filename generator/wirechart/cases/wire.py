"""The wire suite: from the beginning, with what a peer can send, and nothing but what it sees.

The W-method on the machine as its peer sees it: every situation by a shortest way, everything that
can happen there, and then the sequences that tell the situations apart. Each guard's values are
inputs of their own. Handlers never fail here: no peer can make them.
"""

from typing import TYPE_CHECKING

from wirechart.cases import explore, reference
from wirechart.cases.changes import shown as shown_outcome
from wirechart.cases.explore import Input
from wirechart.cases.filled import filled, large
from wirechart.cases.flaws import flaws
from wirechart.cases.machine import machine as machine_of
from wirechart.cases.scripts import Counted, Move, Spot, Steps, WireSuite
from wirechart.cases.values import Entries, Items, Literal
from wirechart.chart import receivable
from wirechart.samples import lost, request, unknown

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from wirechart.cases.machine import Machine
    from wirechart.cases.reference import Place
    from wirechart.cases.transitions import Start, Ways
    from wirechart.cases.values import Value
    from wirechart.chart import Chart
    from wirechart.samples import Request

EVER = 86400.0  # seconds


def suite(chart: "Chart", ways: "Ways") -> WireSuite:
    """All situations of all contexts, and what can happen there."""
    made = machine_of(chart)
    starts = ways.every()
    spots: list[Spot] = []
    moves: list[Move] = []
    gaps = list(ways.gaps)
    for context in contexts(chart, starts):
        mine = tuple(start for start in starts if start.place.context == context)
        found, more, missing = _session(made, context, mine)
        spots += found
        moves += more
        gaps += missing
    return WireSuite(tuple(spots), tuple(moves), tuple(gaps))


def contexts(
    chart: "Chart", starts: "Iterable[Start]"
) -> "tuple[tuple[tuple[str, Value], ...], ...]":
    """Every context that some start needs; the first one is that of a machine without wishes."""
    usual = reference.begin(chart, {}).context
    return tuple(dict.fromkeys([usual, *(start.place.context for start in starts)]))


def _session(
    made: "Machine", context: "tuple[tuple[str, Value], ...]", starts: "tuple[Start, ...]"
) -> tuple[list[Spot], list[Move], list[str]]:
    begin = reference.begin(made.chart, dict(context))
    graph = explore.explore(made, begin, alphabet(made, starts))
    sequences = explore.telling(graph)
    suffix = _suffix(made.chart, context)
    names = _names(graph, suffix)
    spots: list[Spot] = []
    for key, place in graph.places.items():
        probes = tuple(_walk(made, place, sequence) for sequence in sequences.get(key, ()))
        before, item = graph.came.get(key, (key, None))
        behind = names[before] if item else ""
        path = explore.steps(item, graph.edges[before][item].reaction) if item else ()
        spots.append(Spot(names[key], context, behind, path, probes))
    # In another context only what needs it is new.
    own = None if not suffix else {start.request for start in starts}
    moves = [
        Move(names[key], item.name, explore.steps(item, edge.reaction), names[edge.there])
        for key, edges in graph.edges.items()
        for item, edge in edges.items()
        if own is None or (item.is_message and item.request in own)
    ]
    more, missing = _large_spots(made, graph, starts, names, suffix)
    if any(len(each) == explore.LONGEST for known in sequences.values() for each in known):
        missing.append(f"what only more than {explore.LONGEST} messages tell apart")
    if len(graph.places) == explore.MOST:
        missing.append(f"more than the first {explore.MOST} situations")
    for full, move, following in more:
        spots += (full, following)
        moves.append(move)
    return spots, moves, missing


def _large_spots(
    made: "Machine",
    graph: explore.Graph,
    starts: "tuple[Start, ...]",
    names: "Mapping[explore.Key, str]",
    suffix: str,
) -> tuple[list[tuple[Spot, Move, Spot]], list[str]]:
    """What only a large map shows, and what is not reached at all."""
    shown = {
        (graph.places[key].state.name, edge.reaction.outcome)
        for key, edges in graph.edges.items()
        for edge in edges.values()
    }
    found: list[tuple[Spot, Move, Spot]] = []
    gaps: list[str] = []
    for start in starts:
        state = start.place.state
        outcome = reference.decide(made, start.place, start.request.message, start.request)
        is_large = any(large(value) for _, value in state.fields)
        near = filled(made, graph, start) if is_large else None
        if near is not None:
            key, counted = near
            found.append(_filled_spot(made, names[key], counted, start, suffix))
        elif is_large or (state.name, outcome) not in shown:
            what = f"{state.name}, {start.request.message}: {shown_outcome(outcome)}"
            gaps.append(f"{what} is not reached from the beginning")
    return found, gaps


def _names(graph: explore.Graph, suffix: str) -> "dict[explore.Key, str]":
    """A name for every situation: its state's, numbered where one has several."""
    names: dict[explore.Key, str] = {}
    used: dict[str, int] = {}
    for key, place in graph.places.items():
        special = (place.ended or place.swallowing) and not place.closing
        how = f", {key[1]}" if special else ""
        name = "closing" if place.closing else f"{place.state.name}{how}"
        used[name] = used.get(name, 0) + 1
        names[key] = (name if used[name] == 1 else f"{name} {used[name]}") + suffix
    return names


def alphabet(made: "Machine", starts: "Iterable[Start]") -> tuple[Input, ...]:
    """All that a peer can do, messages first."""
    chart = made.chart
    whole = list(dict.fromkeys(start.request for start in starts))
    for message in receivable(chart):
        if not any(item.message == message.name for item in whole):
            whole.append(request(chart, message))
    good = [Input(name_among(whole, item), item) for item in whole]
    wrong = [Input(f"{item.message}, {item.flaw}", item) for item in _malformed(chart)]
    strange = [*unknown(chart), *lost(chart.spec)]
    foreign = [Input(item.known or item.flaw, item) for item in strange]
    return (*good, *wrong, *foreign, *_ends(made, whole))


def name_among(requests: "Iterable[Request]", request_: "Request") -> str:
    """The message's name; with its fields, or its size, where there are several of that message."""
    alike = sum(other.message == request_.message for other in requests)
    fields = ", ".join(f"{name} {value}" for name, value in request_.fields)
    said = fields or f"{len(request_.payload)} bytes"
    return f"{request_.message} ({said})" if alike > 1 else request_.message


def _malformed(chart: "Chart") -> "Iterable[Request]":
    """Of each message one that is wrong in itself, and one that is too long."""
    for message in receivable(chart):
        wrong = [flaw for flaw in flaws(chart, message) if not flaw.early_descriptors]
        short = [flaw for flaw in wrong if not flaw.too_long]
        yield from short[-1:]
        yield from [flaw for flaw in wrong if flaw.too_long][-1:]


def _ends(made: "Machine", whole: "list[Request]") -> "Iterable[Input]":
    """The stream ends, or is silent, or half as long: between messages and inside them."""
    first = whole[0]
    yield Input("end of stream", then="eof")
    if (before := len(first.header) - 1) > 0:
        yield Input("end of stream inside a header", first, before, "eof")
    for seconds in _waits(made):
        yield Input(f"{seconds:g} s of silence", then="silence", seconds=seconds)
        yield Input(f"{seconds / 2:g} s of silence", then="silence", seconds=seconds / 2)
    for item in whole:
        if item.payload and item.complete:
            cut = len(item.header)
            what = name_among(whole, item)
            yield Input(f"end of stream inside {what}", item, cut, "eof")
            for seconds in _inner_waits(made):
                name = f"{seconds:g} s of silence inside {what}"
                yield Input(name, item, cut, "silence", seconds)
                name = f"{seconds / 2:g} s of silence inside {what}"
                yield Input(name, item, cut, "silence", seconds / 2)


def _waits(made: "Machine") -> tuple[float, ...]:
    """How long a machine waits between messages, and after the end."""
    found = [each.between for each in made.idle.values()]
    found += [each.seconds for each in made.linger.values()]
    return _each(found)


def _inner_waits(made: "Machine") -> tuple[float, ...]:
    return _each(each.inside for each in made.idle.values())


def _each(found: "Iterable[float | None]") -> tuple[float, ...]:
    """Every duration once; where one is for ever, so long that nobody would wait by mistake."""
    return tuple(dict.fromkeys(EVER if seconds is None else seconds for seconds in found))


def _walk(made: "Machine", place: "Place", inputs: tuple[Input, ...]) -> Steps:
    """The steps of some inputs one after the other."""
    done: Steps = ()
    for item in inputs:
        reaction = explore.react(made, place, item)
        done += explore.steps(item, reaction)
        place = reaction.place
    return done


def _filled_spot(
    made: "Machine", behind: str, counted: Counted, start: "Start", suffix: str
) -> tuple[Spot, Move, Spot]:
    """The spot with the large map, what the start's request does there, and what follows."""
    place = start.place
    name = f"{place.state.name} with {counted.first + counted.count - 1}{suffix}"
    item = Input(start.request.message, start.request)
    reaction = explore.react(made, place, item)
    done = explore.steps(item, reaction)
    target = f"{name}, {item.name}"
    again = () if reaction.place.closing else (_walk(made, reaction.place, (item,)),)
    return (
        Spot(name, place.context, behind, (counted,), ()),
        Move(name, item.name, done, target),
        Spot(target, place.context, name, done, again),
    )


def _suffix(chart: "Chart", context: "tuple[tuple[str, Value], ...]") -> str:
    if context == reference.begin(chart, {}).context:
        return ""
    values = (f"{name} {_shown(value)}" for name, value in context)
    return f" ({', '.join(values)})"


def _shown(value: "Value") -> str:
    match value:
        case Literal(inner):
            return str(inner)
        case Items(items) | Entries(items):
            return f"{len(items)} of them"
        case _:
            return "given"
