"""Which values make which guard hold: a small bounded search. Knows no bytes and no package.

The search tries the numbers that the guards compare with, their neighbours, 0, 1 and the largest
value of each field; the simplest combination first. What it does not find is told by None, and
never taken for impossible.
"""

import operator as op
from itertools import product
from operator import itemgetter
from typing import TYPE_CHECKING, Any, TypeAlias, cast

from wirechart import layout, samples
from wirechart.cases.changes import changes, effect, shown
from wirechart.cases.data import agreed, filled_map, usual
from wirechart.cases.flaws import longest
from wirechart.cases.values import Constant, Items, Literal, Value, plain
from wirechart.chart import data, expand
from wirechart.expressions import Binary, Boolean, Name, Not, Number, Size, atoms, names
from wirechart.model import INTEGER_SIZES, List, Map, Ref
from wirechart.record import record

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sized

    from wirechart.chart import Chart
    from wirechart.decisions import Outcome, Row
    from wirechart.expressions import Expression
    from wirechart.model import DataType, Message

BOUND = 2000  # combinations that are tried for a row

Key: TypeAlias = tuple[str, str]  # scope and name: ("message", "slot")
Assignment: TypeAlias = "Mapping[Key, Value]"


@record
class Search:
    """Every combination of values that is tried for a row, the simplest first."""

    row: "Row"
    limits: "Mapping[str, int]"
    assignments: "tuple[Assignment, ...]"


def search(chart: "Chart", row: "Row") -> Search:
    """What to try for the guards of a row."""
    guards = [guard for outcome in row.outcomes for guard in outcome.guards]
    wanted = {(name.scope, name.name): name for guard in guards for name in names(guard)}
    limits = {limit.name: limit.value for limit in chart.spec.limits}
    numbers = sorted({n for guard in guards for n in compared(guard, limits)})
    keys = [key for key in wanted if key[0] != "limits"]
    choices = [_choices(chart, row, key, numbers) for key in keys]
    if _size(choices) > BOUND:
        choices = [_choices(chart, row, key, numbers, _own(guards, limits, key)) for key in keys]
    while _size(choices) > BOUND:
        longest = max(choices, key=len)
        longest.pop()
    places = product(*(range(len(choice)) for choice in choices))
    ordered = sorted(places, key=lambda place: (sum(place), place))
    return Search(
        row,
        limits,
        tuple(
            {key: choices[n][at] for n, (key, at) in enumerate(zip(keys, place, strict=True))}
            for place in ordered
        ),
    )


def _own(guards: "list[Expression]", limits: "Mapping[str, int]", key: Key) -> tuple[int, ...]:
    """The numbers that a name itself is compared with."""
    about = (
        atom
        for guard in guards
        for atom in atoms(guard)
        if any((name.scope, name.name) == key for name in names(atom))
    )
    return tuple(dict.fromkeys(number for atom in about for number in compared(atom, limits)))


def _size(choices: "list[list[Value]]") -> int:
    total = 1
    for choice in choices:
        total *= len(choice)
    return total


def compared(expression: "Expression", limits: "Mapping[str, int]") -> "Iterable[int]":
    """The numbers in an expression, limits among them."""
    match expression:
        case Number(value):
            yield value
        case Name("limits", name):
            yield limits[name]
        case Not(operand) | Size(operand):
            yield from compared(operand, limits)
        case Binary(_, left, right):
            yield from compared(left, limits)
            yield from compared(right, limits)
        case _:
            pass


def _choices(
    chart: "Chart", row: "Row", key: Key, numbers: "list[int]", own: tuple[int, ...] = ()
) -> "list[Value]":
    """Values for a name, its `own` and then the simplest first; at least one."""
    scope, name = key
    if scope == "message":
        message = chart.messages[row.event]
        type_ = dict(layout.attributes(chart.spec, message)).get(name, "")
        if name in (known := layout.settled(chart.spec, message)):
            return [Literal(known[name])]
        if type_ in INTEGER_SIZES:
            return _integers(type_, numbers, own)
        if type_ == "fd":
            return [Constant("CLOSED_DESCRIPTOR")]
        return _payloads(chart, message, numbers)
    fields = data(chart, row.state) if scope == "state" else chart.spec.context
    declared = next(field.type for field in fields if field.name == name)
    choices = _of_type(chart, declared, numbers, own)
    if scope == "context" and (first := agreed(chart, declared)) not in choices:
        choices.insert(0, first)
    return choices


def _payloads(chart: "Chart", message: "Message", numbers: "list[int]") -> "list[Value]":
    """Stored bytes, of which guards ask the size only."""
    sizes = _counts(longest(chart, message), numbers)
    found = [samples.request(chart, message).payload, *(bytes(size) for size in sizes)]
    return [Literal(payload) for payload in dict.fromkeys(found)]


def _integers(type_: str, numbers: "list[int]", own: tuple[int, ...]) -> "list[Value]":
    largest = (1 << 8 * INTEGER_SIZES[type_]) - 1
    mine, near = ([n + step for n in given for step in (0, -1, 1)] for given in (own, numbers))
    tried = dict.fromkeys([*mine, 1, 0, 2, *near, largest])
    return [Literal(number) for number in tried if 0 <= number <= largest]


def _of_type(
    chart: "Chart", type_: "DataType", numbers: "list[int]", own: tuple[int, ...]
) -> "list[Value]":
    match expand(chart, type_):
        case Map(key=key, value=value, max=limit):
            most = _limit(chart, limit)
            return [filled_map(chart, key, value, n) for n in _counts(most, numbers)]
        case List(item=item, max=limit):
            most = _limit(chart, limit)
            one = usual(chart, item)
            return [Items((one,) * count) for count in _counts(most, numbers)]
        case Ref(name) if name in INTEGER_SIZES:
            return _integers(name, numbers, own)
        case Ref("bool"):
            return [Literal(False), Literal(True)]
        case other:
            return [usual(chart, other)]


def _counts(most: int, numbers: "list[int]") -> "list[int]":
    near = (number + step for number in numbers for step in (0, -1))
    tried = dict.fromkeys([1, 0, 2, *near])
    return [count for count in tried if 0 <= count <= min(most, 4096)]


def _limit(chart: "Chart", limit: Ref) -> int:
    return next(item.value for item in chart.spec.limits if item.name == limit.name)


Seen: TypeAlias = "Mapping[Key, object]"  # plain values by name


def holds(guard: "Expression", given: "Assignment", limits: "Mapping[str, int]") -> bool:
    """Whether a guard holds."""
    return bool(asked(guard, limits)({key: plain(value) for key, value in given.items()}))


def asked(expression: "Expression", limits: "Mapping[str, int]") -> "Callable[[Seen], object]":
    """The expression as a function, for those that are asked thousands of times."""
    match expression:
        case Number(value) | Boolean(value):
            return lambda _: value
        case Name("limits", name):
            limit = limits[name]
            return lambda _: limit
        case Name(scope, name):
            return itemgetter((scope, name))
        case Not(operand):
            inner = asked(operand, limits)
            return lambda seen: not inner(seen)
        case Size(operand):
            sized = cast("Callable[[Seen], Sized]", asked(operand, limits))
            return lambda seen: len(sized(seen))
        case Binary(operator, left, right):
            return _joined(operator, asked(left, limits), asked(right, limits))


def _joined(
    operator: str, left: "Callable[[Seen], Any]", right: "Callable[[Seen], Any]"
) -> "Callable[[Seen], object]":
    if operator == "and":
        return lambda seen: left(seen) and right(seen)
    if operator == "or":
        return lambda seen: left(seen) or right(seen)
    if operator == "in":
        return lambda seen: left(seen) in right(seen)
    work = OPERATORS[operator]
    return lambda seen: work(left(seen), right(seen))


OPERATORS: "Mapping[str, Callable[[Any, Any], object]]" = {
    "==": op.eq,
    "!=": op.ne,
    "<": op.lt,
    "<=": op.le,
    ">": op.gt,
    ">=": op.ge,
    "+": op.add,
    "-": op.sub,
    "*": op.mul,
    "&": lambda left, right: left & right,
}


class Deciding:
    """Which outcome each assignment of a search leads to; remembers what was asked before."""

    def __init__(self, found: Search) -> None:
        self._found = found
        self._seen = tuple(
            {key: plain(value) for key, value in given.items()} for given in found.assignments
        )
        self._asked: dict[int, tuple[Expression, Callable[[Seen], object], dict[int, bool]]] = {}

    def chosen(self, outcomes: "tuple[Outcome, ...]", at: int) -> int:
        """The index of the outcome that happens with the assignment of that number."""
        for number, outcome in enumerate(outcomes):
            if all(self._holds(guard, at) for guard in outcome.guards):
                return number
        return len(outcomes) - 1

    def _holds(self, guard: "Expression", at: int) -> bool:
        if id(guard) not in self._asked:
            self._asked[id(guard)] = (guard, asked(guard, self._found.limits), {})
        _, ask, known = self._asked[id(guard)]
        if at not in known:
            known[at] = bool(ask(self._seen[at]))
        return known[at]

    def differs(self, changed: "tuple[Outcome, ...]", at: int) -> bool:
        """Whether changed outcomes do something else with an assignment."""
        outcomes = self._found.row.outcomes
        one, other = outcomes[self.chosen(outcomes, at)], changed[self.chosen(changed, at)]
        return one is not other and effect(one) != effect(other)


def variants(
    found: Search, acceptable: "Callable[[int, Assignment], bool]"
) -> "tuple[tuple[Assignment, ...], tuple[str, ...]]":
    """Assignments that show every outcome, and every change of a guard that can be shown.

    `acceptable` says whether an outcome (by its index) can be tried with an assignment. The second
    result says what was not found, in words.
    """
    outcomes = found.row.outcomes
    deciding = Deciding(found)
    every = range(len(found.assignments))
    indexes = [deciding.chosen(outcomes, at) for at in every]
    kept: list[int] = []

    def usable(at: int) -> bool:
        return acceptable(indexes[at], found.assignments[at])

    gaps: list[str] = []
    for number, outcome in enumerate(outcomes):
        first = next((at for at in every if indexes[at] == number and usable(at)), None)
        if first is None:
            gaps.append(f"{found.row.state}, {found.row.event}: no values lead to {shown(outcome)}")
        else:
            kept.append(first)
    for changed in changes(outcomes, found.limits):
        if not any(deciding.differs(changed, at) for at in kept):
            telling = (at for at in every if deciding.differs(changed, at) and usable(at))
            kept += [at for at in (next(telling, None),) if at is not None]
    return tuple(found.assignments[at] for at in kept), tuple(gaps)
