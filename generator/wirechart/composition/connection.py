"""Every situation of one connection. Knows moves; knows nothing of other connections."""

from collections import deque
from typing import TYPE_CHECKING

from wirechart.composition.following import following
from wirechart.composition.moves import FAULTS, UNOPENED, opened
from wirechart.composition.partition import hanging
from wirechart.record import record

if TYPE_CHECKING:
    from collections.abc import Mapping

    from wirechart.composition.moves import Move, Pair, Situation, Who


@record
class Step:
    """A move from one situation to another, by their numbers."""

    before: int
    move: "Move"
    after: int


@record
class Graph:
    """What one connection can come to, found breadth first: what comes first is nearest."""

    pair: "Pair"
    situations: "tuple[Situation, ...]"  # the number of one is its place
    steps: tuple[tuple[Step, ...], ...]  # from each situation
    first: tuple[int, ...]  # situations from which one comes the shortest way; the first: -1
    further: bool = False  # it is opened beside another one

    @property
    def numbers(self) -> "Mapping[Situation, int]":
        """The situations by value."""
        return {situation: number for number, situation in enumerate(self.situations)}

    def way(self, number: int) -> tuple[Step, ...]:
        """A shortest way to a situation."""
        steps: list[Step] = []
        while (before := self.first[number]) >= 0:
            steps.append(next(step for step in self.steps[before] if step.after == number))
            number = before
        return tuple(reversed(steps))

    def quiet(self, number: int) -> bool:
        """Whether in a situation nothing but a fault happens any more, or nothing need."""
        moving = {step.move.by for step in self.steps[number] if not step.move.fault}
        return moving <= set(self.hanging(number))

    def hanging(self, number: int) -> "tuple[Who, ...]":
        """The sides that may wait for ever in a situation, whatever the other one does."""
        return hanging(self.pair, self.situations[number], further=self.further)


def explore(pair: "Pair", faults: tuple[str, ...] = FAULTS, *, further: bool = False) -> Graph:
    """All that can follow from a connection that is open, or from a `further` one, that may be."""
    start = UNOPENED if further else opened(pair)
    numbers = {start: 0}
    first = [-1]
    steps: list[tuple[Step, ...]] = []
    waiting = deque([start])
    while waiting:
        now = waiting.popleft()
        number = numbers[now]
        found: list[Step] = []
        for move, then in following(pair, now, faults, further=further):
            if then not in numbers:
                numbers[then] = len(numbers)
                first.append(number)
                waiting.append(then)
            found.append(Step(number, move, numbers[then]))
        steps.append(tuple(found))
    return Graph(pair, tuple(numbers), tuple(steps), tuple(first), further)
