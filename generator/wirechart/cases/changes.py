"""Outcomes with one guard changed, and what an outcome does. Knows expressions; knows no values."""

from typing import TYPE_CHECKING

from wirechart.expressions import Binary, Boolean, Name, Not, Number, Size
from wirechart.record import replace

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from wirechart.decisions import Outcome
    from wirechart.expressions import Expression


def shown(outcome: "Outcome") -> str:
    """An outcome in words."""
    return f"{outcome.kind} → {outcome.target}, reply {outcome.reply or 'none'}"


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
