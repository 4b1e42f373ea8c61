"""When the guards of two rows choose alike: decided on the guards alone. Knows no bytes.

Every guard is a formula over atoms. A comparison of one name with a number is understood: the
numbers beside those it is compared with stand for all others. Any other atom may be true or false
as it likes, which can only show more differences than there are, never fewer.
"""

from itertools import product
from types import MappingProxyType
from typing import TYPE_CHECKING, TypeAlias

from wirechart.cases.guards import OPERATORS
from wirechart.expressions import COMPARISONS, Binary, Boolean, Expression, Name, Not, Number, Size
from wirechart.record import record

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    from wirechart.diagnostics import Span
    from wirechart.layout import Placed

MOST = 4096  # assignments that are tried
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
    atoms = dict.fromkeys(a for row in (old, new) for gs in row for g in gs for a in _atoms(g))
    terms: dict[Expression, set[int]] = {}
    for atom in atoms:
        if (found := _simple(atom)) is not None:
            terms.setdefault(found[0], set()).add(found[1])
    opaque = [atom for atom in atoms if _simple(atom) is None]
    tried = [_near(numbers, most(term)) for term, numbers in terms.items()]
    tried += [(False, True)] * len(opaque)
    size = 1
    for values in tried:
        size *= len(values)
    if size > MOST:
        every = product(range(len(old)), range(len(new)))
        return Choices(tuple(every), exact=False)
    keys = (*terms, *opaque)
    given = (dict(zip(keys, values, strict=True)) for values in product(*tried))
    pairs = dict.fromkeys((_first(old, each), _first(new, each)) for each in given)
    by_data = any(name.scope == "state" for term in terms for name in _named(term))
    return Choices(tuple(pairs), exact=not opaque and not by_data)


def _atoms(guard: Expression) -> "Iterable[Expression]":
    match guard:
        case Binary("and" | "or", left, right):
            yield from (*_atoms(left), *_atoms(right))
        case Not(operand):
            yield from _atoms(operand)
        case Boolean():
            pass
        case _:
            yield guard


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


def _first(row: Guards, given: "Mapping[Expression, int]") -> int:
    held = (at for at, gs in enumerate(row) if all(_holds(guard, given) for guard in gs))
    return next(held, len(row) - 1)


def _holds(guard: Expression, given: "Mapping[Expression, int]") -> bool:
    if guard in given:
        return bool(given[guard])
    match guard:
        case Binary("and", left, right):
            return _holds(left, given) and _holds(right, given)
        case Binary("or", left, right):
            return _holds(left, given) or _holds(right, given)
        case Not(operand):
            return not _holds(operand, given)
        case Boolean(value):
            return value
        case Binary(operator, left, right):
            return bool(OPERATORS[operator](_value(left, given), _value(right, given)))
        case _:
            raise AssertionError(guard)


def _value(term: Expression, given: "Mapping[Expression, int]") -> int:
    return term.value if isinstance(term, Number) else given[term]
