"""The machine as its peer sees it: its situations, and what tells them apart.

Knows the reference and the inputs it is given; knows no bytes and no package.
"""

from collections import deque
from typing import TYPE_CHECKING, TypeAlias

from wirechart.cases import reference
from wirechart.cases.guards import holds
from wirechart.cases.machine import patience
from wirechart.cases.scripts import Ended, Sent, Step, Waited
from wirechart.cases.values import Literal
from wirechart.record import record, replace
from wirechart.samples import Request

if TYPE_CHECKING:
    from collections.abc import Mapping

    from wirechart.cases.machine import Machine
    from wirechart.cases.reference import Place, Reaction

MOST = 2000  # situations that are looked at in one context, and pairs of them that are compared

Key: TypeAlias = tuple[object, ...]


@record
class Input:
    """Something a peer can do: a request, or the beginning of one; then maybe an end or silence."""

    name: str
    request: Request | None = None
    cut: int | None = None
    then: str = ""  # "eof", "silence", or nothing
    seconds: float = 0.0  # of silence

    @property
    def is_message(self) -> bool:
        """A whole request, after which the machine can be asked again."""
        return not self.then and self.cut is None


@record
class Graph:
    """Situations by key: one place of each kind, the way there, and what each input leads to."""

    inputs: tuple[Input, ...]
    places: "Mapping[Key, Place]"
    paths: "Mapping[Key, tuple[Input, ...]]"
    edges: "Mapping[Key, Mapping[Input, Edge]]"


@record
class Edge:
    """What an input leads to from a situation."""

    reaction: "Reaction"
    there: Key

    @property
    def seen(self) -> tuple[bytes, bool]:
        """The reply, and whether the stream is to be closed."""
        return self.reaction.reply, self.reaction.place.closing


def key(made: "Machine", place: "Place", inputs: "tuple[Input, ...]") -> Key:
    """What can matter of a place: its state, and which outcome each input would have there."""
    if place.closing:
        return ("closing",)
    if place.ended:
        return (place.state.name, "swallowing" if place.swallowing else "lingering")
    if place.swallowing:
        return (place.state.name, "inside a message")
    chosen = (
        _index(made, place, item.request)
        for item in inputs
        if item.request is not None and item.request.message and item.is_message
    )
    return (place.state.name, *chosen)


def _index(made: "Machine", place: "Place", request: Request) -> int:
    outcomes = made.rows[place.state.name, request.message].outcomes
    if len(outcomes) == 1:
        return 0
    given = {("state", name): value for name, value in place.state.fields}
    given |= {("context", name): value for name, value in place.context}
    given |= {("message", name): Literal(value) for name, value in request.fields}
    return next(
        number
        for number, outcome in enumerate(outcomes)
        if all(holds(guard, given, made.limits) for guard in outcome.guards)
    )


def applicable(made: "Machine", place: "Place", item: Input) -> bool:
    """Whether it says something there: only who reads a payload can miss the rest of it."""
    if place.closing or (place.swallowing and not place.ended):
        return False
    if item.cut is None or item.request is None:
        return True
    if place.ended or place.swallowing:
        return False
    return item.cut < len(item.request.header) or reference.reads(made, place, item.request)


def react(made: "Machine", place: "Place", item: Input) -> "Reaction":
    """What an input leads to."""
    if item.is_message and item.request is not None:
        return reference.receive(made, place, item.request)
    inside = item.request if item.request and item.cut == len(item.request.header) else None
    if place.closing:
        return reference.Reaction(b"", place)
    if item.then == "eof":
        return reference.end_of_stream(made, place, inside)
    within = item.cut is not None
    if not fires(made, place, item.seconds, inside=within):
        return reference.Reaction(b"", replace(place, swallowing=place.swallowing or within))
    return reference.silence(made, place, inside, within=within)


def fires(made: "Machine", place: "Place", seconds: float, *, inside: bool) -> bool:
    """Whether a machine waits no longer than that."""
    if place.ended:
        linger = made.linger.get(place.state.name)
        return linger is None or seconds >= linger.seconds
    patient = patience(made, place.state.name, inside=inside)
    return patient is not None and seconds >= patient


def steps(item: Input, reaction: "Reaction") -> tuple[Step, ...]:
    """The steps of an input, with what they must lead to."""
    closes = reaction.place.closing
    if item.is_message and item.request is not None:
        return (Sent(item.request, reaction.reply, closes=closes),)
    first = (Sent(item.request, b"", cut=item.cut),) if item.request else ()
    if item.then == "eof":
        return (*first, Ended(reaction.reply))
    return (*first, Waited(item.seconds, reaction.reply, closes=closes))


def explore(made: "Machine", begin: "Place", inputs: "tuple[Input, ...]") -> Graph:
    """Every situation that the inputs lead to, each by a shortest way, messages first.

    At most `MOST`: what leads to more is left out.
    """
    start = key(made, begin, inputs)
    places = {start: begin}
    paths: dict[Key, tuple[Input, ...]] = {start: ()}
    edges: dict[Key, dict[Input, Edge]] = {}
    waiting = deque([start])
    ordered = sorted(inputs, key=lambda item: not item.is_message)
    while waiting:
        here = waiting.popleft()
        edges[here] = {}
        for item in ordered:
            if not applicable(made, places[here], item):
                continue
            reaction = react(made, places[here], item)
            there = key(made, reaction.place, inputs)
            if there not in places and len(places) == MOST:
                continue
            edges[here][item] = Edge(reaction, there)
            if there not in places:
                places[there] = reaction.place
                paths[there] = (*paths[here], item)
                waiting.append(there)
    return Graph(inputs, places, paths, edges)


Sequence: TypeAlias = tuple[Input, ...]


def telling(graph: Graph) -> "Mapping[Key, tuple[Sequence, ...]]":
    """For every situation the sequences that tell it from all others that can be told apart.

    Two situations that differ have a sequence in common that shows it: each set is the way to the
    situation in one tree of splits.
    """
    messages = tuple(item for item in graph.inputs if item.is_message)
    open_ = tuple(key for key in graph.places if graph.edges[key])
    probes: dict[Key, list[Sequence]] = {key: [] for key in open_}
    waiting = deque([open_])
    stuck: list[tuple[Key, ...]] = []
    while waiting:
        group = waiting.popleft()
        parts, sequence = _best_split(graph, group, messages, probes)
        if len(parts) == 1:
            stuck.append(group)
            continue
        for key in group:
            probes[key].append(sequence)
        waiting += [part for part in parts if len(part) > 1]
        waiting += stuck
        stuck = []
    return {key: tuple(found) for key, found in probes.items()}


def _best_split(
    graph: Graph,
    group: "tuple[Key, ...]",
    messages: Sequence,
    probes: "Mapping[Key, list[Sequence]]",
) -> "tuple[list[tuple[Key, ...]], Sequence]":
    """The group in parts and what splits it; the whole group when nothing does yet."""
    best: tuple[list[tuple[Key, ...]], Sequence] = ([group], ())
    for item in messages:
        parts = split(graph, group, (item,))
        if len(parts) > len(best[0]):
            best = parts, (item,)
    if len(best[0]) > 1:
        return best
    for item in messages:
        after = tuple(dict.fromkeys(graph.edges[key][item].there for key in group))
        for other in after[1:]:
            for sequence in probes.get(other, ()):
                parts = split(graph, group, (item, *sequence))
                if len(parts) > 1:
                    return parts, (item, *sequence)
    return best


def split(graph: Graph, group: "tuple[Key, ...]", sequence: Sequence) -> "list[tuple[Key, ...]]":
    """The situations of a group, by their answers to a sequence."""
    parts: dict[object, list[Key]] = {}
    for key in group:
        parts.setdefault(_answers(graph, key, sequence), []).append(key)
    return [tuple(part) for part in parts.values()]


def _answers(graph: Graph, key: Key, sequence: Sequence) -> tuple[object, ...]:
    seen: list[object] = []
    for item in sequence:
        edge = graph.edges[key].get(item)
        if edge is None:
            break
        seen.append(edge.seen)
        key = edge.there
    return tuple(seen)


def distinguishing(
    made: "Machine",
    place: "Place",
    other_made: "Machine",
    other: "Place",
    inputs: tuple[Input, ...],
) -> tuple[Input, ...] | None:
    """A shortest sequence to which two places answer differently; None: there is none.

    Walks both at once; the machines may differ. Empty: there are too many situations to say.
    """
    first = (key(made, place, inputs), key(other_made, other, inputs))
    seen = {first}
    waiting: deque[tuple[Place, Place, tuple[Input, ...]]] = deque([(place, other, ())])
    while waiting:
        here, there, path = waiting.popleft()
        for item in inputs:
            if not (applicable(made, here, item) and applicable(other_made, there, item)):
                continue
            one, two = react(made, here, item), react(other_made, there, item)
            way = (*path, item)
            if (one.reply, one.place.closing) != (two.reply, two.place.closing):
                return way
            pair = (key(made, one.place, inputs), key(other_made, two.place, inputs))
            if pair not in seen:
                if len(seen) == MOST:
                    return ()
                seen.add(pair)
                waiting.append((one.place, two.place, way))
    return None
