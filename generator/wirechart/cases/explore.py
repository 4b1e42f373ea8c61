"""The machine as its peer sees it: its situations, and what tells them apart.

Knows the reference and the inputs it is given; knows no bytes and no package.
"""

from collections import deque
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

from wirechart.cases import reference
from wirechart.cases.guards import holds
from wirechart.cases.reference import patience
from wirechart.cases.scripts import Ended, Sent, Step, Waited
from wirechart.cases.values import Literal
from wirechart.samples import Request

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from wirechart.cases.reference import Machine, Place, Reaction

MOST = 200  # situations that are looked at, of one context

Key: TypeAlias = tuple[object, ...]


@dataclass(frozen=True, slots=True)
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


@dataclass(frozen=True, slots=True)
class Graph:
    """Situations by key: one place of each kind, and the inputs that lead there."""

    places: "Mapping[Key, Place]"
    paths: "Mapping[Key, tuple[Input, ...]]"


def key(made: "Machine", place: "Place", inputs: "tuple[Input, ...]") -> Key:
    """What can matter of a place: its state, and which outcome each input would have there."""
    if place.closing:
        return ("closing",)
    if place.ended:
        return (place.state.name, "swallowing" if place.swallowing else "lingering")
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
    limits = {limit.name: limit.value for limit in made.chart.spec.limits}
    return next(
        number
        for number, outcome in enumerate(outcomes)
        if all(holds(guard, given, limits) for guard in outcome.guards)
    )


def applicable(place: "Place", item: Input) -> bool:
    """Whether it says something there: the beginning of a request needs one who reads it."""
    return not place.closing and (item.cut is None or not (place.ended or place.swallowing))


def react(made: "Machine", place: "Place", item: Input) -> "Reaction":
    """What an input leads to."""
    if item.is_message and item.request is not None:
        return reference.receive(made, place, item.request)
    inside = item.request if item.request and item.cut == len(item.request.header) else None
    if place.closing:
        return reference.Reaction(b"", place)
    if item.then == "eof":
        return reference.end_of_stream(made, place, inside)
    if not fires(made, place, item.seconds, inside=item.cut is not None):
        return reference.Reaction(b"", place)
    return reference.silence(made, place, inside)


def fires(made: "Machine", place: "Place", seconds: float, *, inside: bool) -> bool:
    """Whether a machine waits no longer than that."""
    if place.ended:
        linger = made.linger.get(place.state.name)
        return linger is None or seconds >= linger.seconds
    patient = patience(made, place.state.name, inside=inside)
    return patient is not None and seconds >= patient


def steps(made: "Machine", place: "Place", item: Input) -> "tuple[tuple[Step, ...], Place]":
    """The steps of an input in a place, with what they must lead to, and where."""
    reaction = react(made, place, item)
    closes = reaction.place.closing
    if item.is_message and item.request is not None:
        return (Sent(item.request, reaction.reply, closes=closes),), reaction.place
    first = (Sent(item.request, b"", cut=item.cut),) if item.request else ()
    if item.then == "eof":
        return (*first, Ended(reaction.reply)), reaction.place
    return (*first, Waited(item.seconds, reaction.reply, closes=closes)), reaction.place


def explore(made: "Machine", begin: "Place", inputs: "tuple[Input, ...]") -> Graph:
    """Every situation that messages lead to, by a shortest way; then those that other inputs do."""
    start = key(made, begin, inputs)
    places = {start: begin}
    paths: dict[Key, tuple[Input, ...]] = {start: ()}
    waiting = deque([start])
    ordered = sorted(inputs, key=lambda item: not item.is_message)
    while waiting and len(places) < MOST:
        here = waiting.popleft()
        for item in ordered:
            if not applicable(places[here], item):
                continue
            after = react(made, places[here], item).place
            there = key(made, after, inputs)
            if there not in places:
                places[there] = after
                paths[there] = (*paths[here], item)
                waiting.append(there)
    return Graph(places, paths)


def telling(
    made: "Machine", places: "Iterable[Place]", inputs: "tuple[Input, ...]"
) -> tuple[tuple[Input, ...], ...]:
    """A small set of sequences of messages that tells apart whatever can be told apart so."""
    messages = tuple(item for item in inputs if item.is_message)
    groups = [tuple(places)]
    found: list[tuple[Input, ...]] = []
    while (pair := _unlike(made, groups, messages)) is not None:
        found.append(pair)
        groups = [part for group in groups for part in split(made, group, pair)]
    return tuple(found)


def _unlike(
    made: "Machine", groups: "list[tuple[Place, ...]]", messages: tuple[Input, ...]
) -> tuple[Input, ...] | None:
    """A shortest sequence that splits one of the groups; None: none does."""
    for group in groups:
        for other in group[1:]:
            found = distinguishing(made, group[0], made, other, messages)
            if found is not None:
                return found
    return None


def distinguishing(
    made: "Machine",
    place: "Place",
    other_made: "Machine",
    other: "Place",
    inputs: tuple[Input, ...],
) -> tuple[Input, ...] | None:
    """A shortest sequence to which two places answer differently; None: there is none.

    Walks both at once; the machines may differ.
    """
    first = (key(made, place, inputs), key(other_made, other, inputs))
    seen = {first}
    waiting: deque[tuple[Place, Place, tuple[Input, ...]]] = deque([(place, other, ())])
    while waiting:
        here, there, path = waiting.popleft()
        for item in inputs:
            if not (applicable(here, item) and applicable(there, item)):
                continue
            one, two = react(made, here, item), react(other_made, there, item)
            way = (*path, item)
            if (one.reply, one.place.closing) != (two.reply, two.place.closing):
                return way
            pair = (key(made, one.place, inputs), key(other_made, two.place, inputs))
            if pair not in seen and len(seen) < MOST * 10:
                seen.add(pair)
                waiting.append((one.place, two.place, way))
    return None


def split(
    made: "Machine", group: "tuple[Place, ...]", sequence: tuple[Input, ...]
) -> "list[tuple[Place, ...]]":
    """The places of a group, by their answers to a sequence."""
    parts: dict[object, list[Place]] = {}
    for place in group:
        parts.setdefault(answers(made, place, sequence), []).append(place)
    return [tuple(part) for part in parts.values()]


def answers(made: "Machine", place: "Place", sequence: tuple[Input, ...]) -> tuple[object, ...]:
    """Reply and closing for each input of a sequence."""
    seen: list[object] = []
    for item in sequence:
        reaction = react(made, place, item)
        seen.append((reaction.reply, reaction.place.closing))
        place = reaction.place
    return tuple(seen)
