"""The search through a product, breadth first. Knows numbers; knows nothing of what they mean.

A situation of the whole is one integer. What each step of each part adds to it is prepared, so
that a successor costs an addition and a look-up. What is looked for is told by marks: numbers that
situations of the parts have, of which only the sum counts.
"""

from typing import TYPE_CHECKING

from wirechart.composition.system import may_happen, phases
from wirechart.record import field, record

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from wirechart.composition.connection import Step
    from wirechart.composition.system import Part, System

MOST = 10_000_000  # situations that are looked at when nothing else is said

Marks = tuple[tuple[int, ...], ...]  # by part and situation
Events = tuple[tuple[tuple[int, ...], ...], ...]  # by part, situation and step


def _unmoved(memory: int, event: int, total: int) -> int:
    del event, total
    return memory


@record
class Watch:
    """Something to look for in a product. Its functions are pure, and asked once for each value."""

    marks: Marks
    wanted: "Callable[[int, int], bool]"  # memory and the sum of the marks
    # What happened before, where that counts: memory, a step's event, the sum of the marks behind
    # it -> memory. It begins at 0, and `memories` is how many values there are.
    events: Events | None = None
    event_bits: int = 0  # how many an event takes
    remember: "Callable[[int, int, int], int]" = _unmoved
    memories: int = 1


@record
class Walk:
    """What was seen of a product."""

    system: "System"
    watch: Watch = field(repr=False, compare=False)
    found: int | None  # the nearest situation that was looked for; None: none was seen
    states: int
    moves: int
    whole: bool  # there is nothing else to see
    # Every situation that was seen, with the one before it; -1: the first.
    before: "Mapping[int, int]" = field(repr=False, compare=False, default_factory=dict)

    def way(self, number: int) -> "tuple[tuple[Part, Step], ...]":
        """A shortest way to a situation: every step, and the part that takes it."""
        moved: list[tuple[tuple[Part, Step], ...]] = []
        while (before := self.before[number]) >= 0:
            moved.append(_moved(self.system, self.watch, before, number))
            number = before
        return tuple(step for steps in reversed(moved) for step in steps)


def _moved(
    system: "System", watch: Watch, before: int, after: int
) -> "tuple[tuple[Part, Step], ...]":
    """The first step that leads from one situation to another, and makes the watch remember so.

    A partition is a step of every connection that it cuts.
    """
    (memory, base), (then, there) = divmod(before, system.size), divmod(after, system.size)
    places = zip(watch.marks, system.situations(there), strict=True)
    total = sum(marks[number] for marks, number in places)
    phase = phases(system)[system.situations(base)[0]]
    for place, here in enumerate(system.situations(base)):
        part = system.parts[place]
        for number, step in enumerate(part.graph.steps[here]):
            event = watch.events[place][here][number] if watch.events else 0
            leads = (step.after - step.before) * part.weight == there - base
            free = may_happen(system, part, step.move, phase)
            if leads and free and watch.remember(memory, event, total) == then:
                return ((part, step),)
    return tuple(_partition(system, base))


def _partition(system: "System", base: int) -> "Iterator[tuple[Part, Step]]":
    for part, here in zip(system.parts, system.situations(base), strict=True):
        for step in part.graph.steps[here]:
            if step.move.kind == "partitions":
                yield part, step


@record
class _Digit:
    """One part, prepared."""

    weight: int
    size: int
    # By phase and situation, what each step adds: to the number, and to the marks, with its event
    # below; and the same of a partition, which all parts take at once.
    steps: "Mapping[int, tuple[tuple[tuple[int, int], ...], ...]]"
    parted: tuple[tuple[int, int], ...]


def _digits(system: "System", watch: Watch) -> tuple[_Digit, ...]:
    known = frozenset(phases(system))
    return tuple(
        _Digit(
            part.weight,
            len(part.graph.situations),
            {phase: tuple(_added(system, watch, place, phase)) for phase in known},
            tuple(_parted(watch, place, part)),
        )
        for place, part in enumerate(system.parts)
    )


def _added(
    system: "System", watch: Watch, place: int, phase: int
) -> "Iterator[tuple[tuple[int, int], ...]]":
    """What the steps from each situation of a part add; alike ones once."""
    part = system.parts[place]
    for here, steps in enumerate(part.graph.steps):
        events = watch.events[place][here] if watch.events else (0,) * len(steps)
        yield tuple(
            {
                _adds(watch, place, part, step, event): None
                for step, event in zip(steps, events, strict=True)
                if step.move.kind != "partitions" and may_happen(system, part, step.move, phase)
            }
        )


def _parted(watch: Watch, place: int, part: "Part") -> "Iterator[tuple[int, int]]":
    for steps in part.graph.steps:
        cuts = (step for step in steps if step.move.kind == "partitions")
        yield next((_adds(watch, place, part, step, 0) for step in cuts), (0, 0))


def _adds(watch: Watch, place: int, part: "Part", step: "Step", event: int) -> tuple[int, int]:
    marks = watch.marks[place]
    marked = (marks[step.after] - marks[step.before]) << watch.event_bits
    return (step.after - step.before) * part.weight, marked + event


def _choices(
    digits: tuple[_Digit, ...], number: int, phase: int
) -> "Iterator[tuple[tuple[int, int], ...]]":
    """What each part can do, and what happens to all at once."""
    added = signal = 0
    for digit in digits:
        here = number // digit.weight % digit.size
        yield digit.steps[phase][here]
        moved, marked = digit.parted[here]
        added += moved
        signal += marked
    if added:
        yield ((added, signal),)


class _Signals(dict[int, tuple[int, bool]]):
    """What signals mean with one memory: what is added to the number, and whether it is wanted."""

    def __init__(self, watch: Watch, memory: int, size: int) -> None:
        super().__init__()
        self.watch = watch
        self.memory = memory
        self.size = size

    def __missing__(self, signal: int) -> tuple[int, bool]:
        bits = self.watch.event_bits
        total, event = signal >> bits, signal & (1 << bits) - 1
        then = self.watch.remember(self.memory, event, total)
        self[signal] = then * self.size, self.watch.wanted(then, total)
        return self[signal]


def search(system: "System", watch: Watch, most: int = MOST) -> Walk:
    """Breadth first until something wanted is seen, or all, or `most` situations.

    What a watch remembers is one more digit of a situation's number, the most significant.
    """
    digits, phase_at = _digits(system, watch), phases(system)
    size, bits = system.size, watch.event_bits
    signals = [_Signals(watch, memory, size) for memory in range(watch.memories)]
    mark = sum(marks[0] for marks in watch.marks) << bits
    start, wanted = signals[0][mark]
    before = {start: -1}
    if wanted:
        return Walk(system, watch, start, 1, 0, False, before)
    level, moves = [(start, mark)], 0
    while level:
        following: list[tuple[int, int]] = []
        for number, mark in level:
            remembered, base = divmod(number, size)
            known = signals[remembered]
            for steps in _choices(digits, base, phase_at[base % digits[0].size]):
                moves += len(steps)
                for added, signal in steps:
                    shift, wanted = known[mark + signal]
                    after = base + added + shift
                    if after in before:
                        continue
                    before[after] = number
                    if wanted:
                        return Walk(system, watch, after, len(before), moves, False, before)
                    following.append((after, mark + signal >> bits << bits))
            if len(before) > most:
                return Walk(system, watch, None, len(before), moves, False, before)
        level = following
    return Walk(system, watch, None, len(before), moves, True, before)
