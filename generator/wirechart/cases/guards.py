"""Which values make which guard hold: a small bounded search. Knows no bytes and no package.

The search tries the numbers that the guards compare with, their neighbours, 0, 1 and the largest
value of each field; the simplest combination first. What it does not find is told by None, and
never taken for impossible.
"""

from itertools import product
from typing import TYPE_CHECKING, TypeAlias

from wirechart import layout
from wirechart.cases.data import agreed, filled_map, usual
from wirechart.cases.values import Constant, Items, Literal, Value, plain
from wirechart.chart import data, expand
from wirechart.expressions import Binary, Boolean, Name, Not, Number, Size, evaluate, names
from wirechart.model import INTEGER_SIZES, List, Map, Ref
from wirechart.record import record, replace

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from wirechart.chart import Chart
    from wirechart.decisions import Outcome, Row
    from wirechart.expressions import Expression
    from wirechart.model import DataType

BOUND = 6000  # combinations that are tried for a row

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


def _choices(chart: "Chart", row: "Row", key: Key, numbers: "list[int]") -> "list[Value]":
    """Values for a name, the simplest first; at least one."""
    scope, name = key
    if scope == "message":
        types = dict(layout.attributes(chart.spec, chart.messages[row.event]))
        type_ = types.get(name, "")
        return (
            _integers(type_, numbers) if type_ in INTEGER_SIZES else [Constant("CLOSED_DESCRIPTOR")]
        )
    fields = data(chart, row.state) if scope == "state" else chart.spec.context
    declared = next(field.type for field in fields if field.name == name)
    choices = _of_type(chart, declared, numbers)
    if scope == "context" and (first := agreed(chart, declared)) not in choices:
        choices.insert(0, first)
    return choices


def _integers(type_: str, numbers: "list[int]") -> "list[Value]":
    largest = (1 << 8 * INTEGER_SIZES[type_]) - 1
    near = [number + step for number in numbers for step in (0, -1, 1)]
    tried = dict.fromkeys([1, 0, 2, *near, largest])
    return [Literal(number) for number in tried if 0 <= number <= largest]


def _of_type(chart: "Chart", type_: "DataType", numbers: "list[int]") -> "list[Value]":
    match expand(chart, type_):
        case Map(key=key, value=value, max=limit):
            most = _limit(chart, limit)
            return [filled_map(chart, key, value, n) for n in _counts(most, numbers)]
        case List(item=item, max=limit):
            most = _limit(chart, limit)
            one = usual(chart, item)
            return [Items((one,) * count) for count in _counts(most, numbers)]
        case Ref(name) if name in INTEGER_SIZES:
            return _integers(name, numbers)
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


def chosen(found: Search, outcomes: "tuple[Outcome, ...]", given: "Assignment") -> int:
    """The index of the outcome that happens."""
    return next(
        number
        for number, outcome in enumerate(outcomes)
        if all(holds(guard, given, found.limits) for guard in outcome.guards)
    )


def holds(guard: "Expression", given: "Assignment", limits: "Mapping[str, int]") -> bool:
    """Whether a guard holds."""

    def value_of(name: Name) -> object:
        if name.scope == "limits":
            return limits[name.name]
        return plain(given[name.scope, name.name])

    return bool(evaluate(guard, value_of))


def variants(
    found: Search, acceptable: "Callable[[int, Assignment], bool]"
) -> "tuple[tuple[Assignment, ...], tuple[str, ...]]":
    """Assignments that show every outcome, and every change of a guard that can be shown.

    `acceptable` says whether an outcome (by its index) can be tried with an assignment. The second
    result says what was not found, in words.
    """
    usable: list[tuple[int, Assignment]] = []
    outcomes = found.row.outcomes
    for given in found.assignments:
        index = chosen(found, outcomes, given)
        if acceptable(index, given):
            usable.append((index, given))
    kept: list[tuple[int, Assignment]] = []
    gaps: list[str] = []
    for number, outcome in enumerate(outcomes):
        first = next((item for item in usable if item[0] == number), None)
        if first is None:
            gaps.append(f"{found.row.state}, {found.row.event}: no values lead to {shown(outcome)}")
        elif first not in kept:
            kept.append(first)
    for changed in changes(outcomes, found.limits):
        if not any(_differs(found, changed, *item) for item in kept):
            telling = next((item for item in usable if _differs(found, changed, *item)), None)
            kept += [telling] if telling else []
    return tuple(given for _, given in kept), tuple(gaps)


def shown(outcome: "Outcome") -> str:
    """An outcome in words."""
    return f"{outcome.kind} → {outcome.target}, reply {outcome.reply or 'none'}"


def _differs(
    found: Search, changed: "tuple[Outcome, ...]", index: int, given: "Assignment"
) -> bool:
    """Whether the changed outcomes do something else than the outcome with that index."""
    other = changed[chosen(found, changed, given)]
    return effect(other) != effect(found.row.outcomes[index])


def effect(outcome: "Outcome") -> tuple[object, ...]:
    """What an outcome does, its guards aside."""
    return (
        outcome.kind == "handled",
        outcome.target,
        outcome.reply,
        outcome.cause,
        outcome.set,
        outcome.put,
    )


def changes(
    outcomes: "tuple[Outcome, ...]", limits: "Mapping[str, int]"
) -> "Iterable[tuple[Outcome, ...]]":
    """The outcomes with one guard changed: dropped, negated, or in one place of it."""
    for at, outcome in enumerate(outcomes):
        for number, guard in enumerate(outcome.guards):
            before, after = outcome.guards[:number], outcome.guards[number + 1 :]
            for new in (None, Not(guard, guard.span), *altered(guard, limits)):
                guards = (*before, *(() if new is None else (new,)), *after)
                yield (*outcomes[:at], replace(outcome, guards=guards), *outcomes[at + 1 :])


SWAPPED = {
    "==": ("!=",),
    "!=": ("==",),
    "<": ("<=", ">"),
    "<=": ("<", ">"),
    ">": (">=", "<"),
    ">=": (">", "<"),
    "and": ("or",),
    "or": ("and",),
    "+": ("-",),
    "-": ("+",),
}


def altered(expression: "Expression", limits: "Mapping[str, int]") -> "Iterable[Expression]":
    """The expression with one operator swapped, or one number or limit one more or less."""
    match expression:
        case Number(value, span=span):
            yield from (Number(value + step, str(value + step), span) for step in (-1, 1))
        case Name("limits", name, span):
            value = limits[name]
            yield from (Number(value + step, str(value + step), span) for step in (-1, 1))
        case Boolean(value, span):
            yield Boolean(not value, span)
        case Not(operand, span):
            yield from (Not(other, span) for other in altered(operand, limits))
        case Size(operand, span):
            yield from (Size(other, span) for other in altered(operand, limits))
        case Binary(operator, left, right, span):
            yield from (Binary(new, left, right, span) for new in SWAPPED.get(operator, ()))
            yield from (Binary(operator, new, right, span) for new in altered(left, limits))
            yield from (Binary(operator, left, new, span) for new in altered(right, limits))
        case _:
            pass
