"""The machine as its peer sees it: its situations, and what tells them apart.

Knows the reference and the inputs it is given; knows no bytes and no package.
"""

from collections import deque
from typing import TYPE_CHECKING, TypeAlias, cast

from wirechart.cases import reference
from wirechart.cases.machine import patience
from wirechart.cases.scripts import Ended, Sent, Step, Waited
from wirechart.cases.values import plain
from wirechart.record import record, replace
from wirechart.samples import Request

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from wirechart.cases.machine import Machine
    from wirechart.cases.reference import Place, Reaction
    from wirechart.cases.values import Value

MOST = 5000  # situations that are looked at in one context
PAIRS = 2000  # of situations of two machines that are compared

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
    came: "Mapping[Key, tuple[Key, Input]]"  # the situation before, on a shortest way
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


def key(made: "Machine", place: "Place") -> Key:
    """All of a place that can matter later: its state, and what guards ask of its data."""
    if place.closing:
        return ("closing",)
    if place.ended:
        inside = "swallowing" if place.plenty else "inside a message"
        return (place.state.name, inside if place.swallowing else "lingering")
    if place.swallowing:
        return (place.state.name, "inside a message")
    held = (_held(value) for name, value in place.state.fields if name in made.asked)
    return (place.state.name, *held)


def _held(value: "Value") -> object:
    """What a guard can ask of a value; of a map not what lies under its keys."""
    seen = plain(value)
    return frozenset(cast("dict[object, object]", seen)) if isinstance(seen, dict) else seen


def applicable(made: "Machine", place: "Place", item: Input) -> bool:
    """Whether it says something there: only who reads a payload can miss the rest of it."""
    if place.closing or (place.swallowing and not place.ended):
        return False
    if place.swallowing and not place.plenty and item.request is not None:
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
        within = item.cut is not None or place.swallowing
        return reference.end_of_stream(made, place, inside, within=within)
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
    start = key(made, begin)
    places = {start: begin}
    came: dict[Key, tuple[Key, Input]] = {}
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
            there = key(made, reaction.place)
            if there not in places and len(places) == MOST:
                continue
            edges[here][item] = Edge(reaction, there)
            if there not in places:
                places[there] = reaction.place
                came[there] = (here, item)
                waiting.append(there)
    return Graph(inputs, places, came, edges)


Sequence: TypeAlias = tuple[Input, ...]


LONGEST = 8  # messages of a sequence that tells situations apart


class _Group:
    """Situations that nothing told apart so far; then what did, and the parts. By number."""

    __slots__ = ("depth", "members", "parent", "sequence")

    def __init__(self, members: tuple[int, ...], parent: "_Group | None") -> None:
        self.members = members
        self.parent = parent
        self.depth: int = 0 if parent is None else parent.depth + 1
        self.sequence: Sequence = ()  # empty: nothing yet


class _Numbered:
    """A graph's whole messages and the situations that go on, by number: quick to compare."""

    def __init__(self, graph: Graph) -> None:
        self.keys = tuple(
            key for key in graph.places if any(item.is_message for item in graph.edges[key])
        )
        self.messages = tuple(item for item in graph.inputs if item.is_message)
        number = {key: at for at, key in enumerate(self.keys)}
        answers: dict[object, int] = {}
        self.seen: list[list[int]] = []  # by message and situation: which answer; -1: none
        self.after: list[list[int]] = []  # the same: which situation; -1: none that goes on
        for item in self.messages:
            edges = [graph.edges[key].get(item) for key in self.keys]
            self.seen.append([answers.setdefault(e.seen, len(answers)) if e else -1 for e in edges])
            self.after.append([number.get(e.there, -1) if e else -1 for e in edges])


def telling(graph: Graph) -> "Mapping[Key, tuple[Sequence, ...]]":
    """For every situation the sequences that tell it from all others that can be told apart.

    Two situations that differ have a sequence in common that shows it: each set is the way to the
    situation in one tree of splits. No sequence is longer than `LONGEST`.
    """
    numbered = _Numbered(graph)
    root = _Group(tuple(range(len(numbered.keys))), None)
    leaves = [root] * len(numbered.keys)
    waiting, divided = [root], True
    while divided:
        divided, groups = False, waiting
        waiting = list[_Group]()
        for group in groups:
            parts = _parts(numbered, group, leaves)
            divided = divided or len(parts) > 1
            waiting += _grown(group, parts, leaves) if len(parts) > 1 else [group]
    return {key: _probes(leaf) for key, leaf in zip(numbered.keys, leaves, strict=True)}


def _grown(group: _Group, parts: "list[list[int]]", leaves: list[_Group]) -> list[_Group]:
    """Put the parts below their group; those that may be parted again."""
    children = [_Group(tuple(part), group) for part in parts]
    for child in children:
        for member in child.members:
            leaves[member] = child
    return [child for child in children if len(child.members) > 1]


def _probes(leaf: _Group) -> tuple[Sequence, ...]:
    found: list[Sequence] = []
    group = leaf.parent
    while group is not None:
        found.append(group.sequence)
        group = group.parent
    return tuple(reversed(found))


def _parts(numbered: _Numbered, group: _Group, leaves: list[_Group]) -> "list[list[int]]":
    """The group in parts, and in it what splits it; the whole group when nothing does yet.

    Its answers to one message do, the one with the most of them; else what came after a message
    and is known to differ.
    """
    best: list[list[int]] = [list(group.members)]
    for item, seen in zip(numbered.messages, numbered.seen, strict=True):
        parts = _by(group.members, seen.__getitem__)
        if len(parts) > len(best):
            best, group.sequence = parts, (item,)
    if len(best) > 1:
        return best
    for item, after in zip(numbered.messages, numbered.after, strict=True):
        there = {after[member] for member in group.members}
        known = {id(leaves[at]): leaves[at] for at in there if at >= 0}
        if len(known) > 1:
            shared, children = _shared(list(known.values()))
            if len(shared.sequence) == LONGEST:
                continue
            group.sequence = (item, *shared.sequence)
            part_of = {at: children[id(leaves[at])] if at >= 0 else -1 for at in there}
            chosen = {member: part_of[after[member]] for member in group.members}
            return _by(group.members, chosen.__getitem__)
    return best


def _by(members: tuple[int, ...], value: "Callable[[int], int]") -> "list[list[int]]":
    parts: dict[int, list[int]] = {}
    for member in members:
        parts.setdefault(value(member), []).append(member)
    return list(parts.values())


def _shared(leaves: list[_Group]) -> tuple[_Group, "dict[int, int]"]:
    """The last group that held all of these, and by leaf the part of it that it belongs to."""
    place = {id(leaf): leaf for leaf in leaves}  # a leaf's ancestor, as far up as seen
    below = dict.fromkeys(place, 0)
    while len({id(group) for group in place.values()}) > 1:
        deepest = max(group.depth for group in place.values())
        for leaf, group in place.items():
            if group.depth == deepest and group.parent is not None:
                below[leaf] = id(group)
                place[leaf] = group.parent
    return next(iter(place.values())), below


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
    first = (key(made, place), key(other_made, other))
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
            pair = (key(made, one.place), key(other_made, two.place))
            if pair not in seen:
                if len(seen) == PAIRS:
                    return ()
                seen.add(pair)
                waiting.append((one.place, two.place, way))
    return None
