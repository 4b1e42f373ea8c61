"""When the guards of two rows choose alike: decided on the guards alone. Knows no bytes.

Every guard is a formula over atoms. A comparison of one name with a number is understood: the
numbers beside those it is compared with stand for all others. Any other atom may be true or false
as it likes, which can only show more differences than there are, never fewer.
"""

from itertools import product
from operator import itemgetter
from types import MappingProxyType
from typing import TYPE_CHECKING, TypeAlias

from wirechart.cases.guards import OPERATORS
from wirechart.expressions import (
    COMPARISONS,
    Binary,
    Boolean,
    Expression,
    Name,
    Not,
    Number,
    Size,
    atoms,
)
from wirechart.record import record

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    from wirechart.diagnostics import Span
    from wirechart.layout import Placed

MOST = 1024  # assignments that are tried
NOWHERE: "Mapping[str, str]" = MappingProxyType({})

Indexes: TypeAlias = tuple[int, int]


@record
class Choices:
    """Which outcomes of two rows can happen together, and whether that is certain."""

    pairs: tuple[Indexes, ...]
    exact: bool  # each pair really happens, with some values


def valued(
    expression: Expression, limits: "Mapping[str, int]", places: "Mapping[str, str]" = NOWHERE
) -> Expression:
    """The expression with numbers for limits, and for fields and columns the bytes they are.

    Comparisons are written in one way: with `<=`, `==` and `in`, and `not` before them.
    """
    match expression:
        case Name("limits", name, span):
            return Number(limits[name], name, span)
        case Name("message" | "" as scope, name, span):
            return Name(scope, places.get(name, name), span)
        case Not(operand, span):
            return Not(valued(operand, limits, places), span)
        case Size(operand, span):
            return Size(valued(operand, limits, places), span)
        case Binary(operator, left, right, span):
            one, other = (valued(part, limits, places) for part in (left, right))
            return _compared(operator, one, other, span)
        case _:
            return expression


def _compared(operator: str, one: Expression, other: Expression, span: "Span") -> Expression:
    match operator:
        case ">=":
            return Binary("<=", other, one, span)
        case "<":
            return Not(Binary("<=", other, one, span), span)
        case ">":
            return Not(Binary("<=", one, other, span), span)
        case "!=":
            return Not(_compared("==", one, other, span), span)
        case "==" | "+" | "*" | "&" if repr(other) < repr(one):
            return Binary(operator, other, one, span)
        case _:
            return Binary(operator, one, other, span)


def biggest(place: str) -> int:
    """The largest number at a place, as `places` names it."""
    return (1 << 8 * int(place.rpartition("/")[2])) - 1


def places(placed: "Iterable[Placed]", where: str) -> "Iterator[tuple[str, str]]":
    """Names of fields, and what they are called by the bytes they are: `payload+4/2`."""
    return ((item.field.name, f"{where}+{item.offset}/{item.size}") for item in placed)


Guards: TypeAlias = "Sequence[tuple[Expression, ...]]"  # of each outcome of a row


def choices(old: Guards, new: Guards, most: "Callable[[Expression], int]") -> Choices:
    """The pairs of outcomes that happen together; `most` is the largest value of a term."""
    if list(old) == list(new):
        return Choices(tuple((at, at) for at in range(len(old))), exact=True)
    written = dict.fromkeys(a for row in (old, new) for gs in row for g in gs for a in atoms(g))
    terms: dict[Expression, set[int]] = {}
    for atom in written:
        if (found := _simple(atom)) is not None:
            terms.setdefault(found[0], set()).add(found[1])
    opaque = [atom for atom in written if _simple(atom) is None]
    tried = [_near(numbers, most(term)) for term, numbers in terms.items()]
    tried += [(False, True)] * len(opaque)
    size = 1
    for values in tried:
        size *= len(values)
    if size > MOST:
        every = product(range(len(old)), range(len(new)))
        return Choices(tuple(every), exact=False)
    places = {key: at for at, key in enumerate((*terms, *opaque))}
    one, other = ([[_asked(guard, places) for guard in gs] for gs in row] for row in (old, new))
    pairs = dict.fromkeys((_first(one, each), _first(other, each)) for each in product(*tried))
    by_data = any(name.scope == "state" for term in terms for name in _named(term))
    return Choices(tuple(pairs), exact=not opaque and not by_data)


def _simple(atom: Expression) -> tuple[Expression, int] | None:
    """The term and the number of a comparison; None: it is another atom."""
    match atom:
        case Binary(operator, Name() | Size(Name()) as term, Number(value)):
            return (term, value) if operator in COMPARISONS and operator != "in" else None
        case Binary(operator, Number(value), Name() | Size(Name()) as term):
            return (term, value) if operator in COMPARISONS and operator != "in" else None
        case _:
            return None


def _named(term: Expression) -> tuple[Name, ...]:
    inner = term.operand if isinstance(term, Size) else term
    return (inner,) if isinstance(inner, Name) else ()


def _near(numbers: "Iterable[int]", largest: int) -> tuple[int, ...]:
    """One number of each stretch between those that are compared with, and these."""
    found = dict.fromkeys(number + step for number in sorted(numbers) for step in (-1, 0, 1))
    return tuple(number for number in found if 0 <= number <= largest) or (0,)


Values: TypeAlias = tuple[int, ...]  # of terms and atoms, by their place


def _first(row: "Sequence[Sequence[Callable[[Values], int]]]", given: Values) -> int:
    held = (at for at, asks in enumerate(row) if all(ask(given) for ask in asks))
    return next(held, len(row) - 1)


def _asked(part: Expression, places: "Mapping[Expression, int]") -> "Callable[[Values], int]":
    """A guard, or a part of it, as a function."""
    if part in places:
        return itemgetter(places[part])
    match part:
        case Number(value) | Boolean(value):
            return lambda _: value
        case Not(operand):
            inner = _asked(operand, places)
            return lambda given: not inner(given)
        case Binary(operator, left, right):
            return _joined(operator, _asked(left, places), _asked(right, places))
        case _:
            raise AssertionError(part)


def _joined(
    operator: str, left: "Callable[[Values], int]", right: "Callable[[Values], int]"
) -> "Callable[[Values], int]":
    if operator == "and":
        return lambda given: left(given) and right(given)
    if operator == "or":
        return lambda given: left(given) or right(given)
    work = OPERATORS[operator]
    return lambda given: bool(work(left(given), right(given)))
