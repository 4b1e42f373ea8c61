"""Conditions and sizes in Python: expressions as text, and as bodies of functions."""

from typing import TYPE_CHECKING

from wirechart.expressions import Binary, Boolean, Name, Not, Number, printed
from wirechart.lower import constant
from wirechart.targets.statements import INDENT, LINE

if TYPE_CHECKING:
    from wirechart.expressions import Expression

OPPOSITE = {"==": "!=", "!=": "==", "<": ">=", ">=": "<", ">": "<=", "<=": ">"}


def returned_all(conditions: "tuple[Expression, ...]") -> tuple[str, ...]:
    """Whether all conditions hold, as the body of a function."""
    return returned(_all(conditions))


def returned(expression: "Expression") -> tuple[str, ...]:
    """`return EXPRESSION` as the body of a function; one operation per line if it is too long."""
    return _written(1, "return ", expression, "")


def asked(conditions: "tuple[Expression, ...]") -> tuple[str, ...]:
    """`if` all conditions hold, in a method; one operation per line if it is too long."""
    return _written(2, "if ", _all(conditions), ":")


def _all(conditions: "tuple[Expression, ...]") -> "Expression":
    whole = conditions[0]
    for condition in conditions[1:]:
        whole = Binary("and", whole, condition, condition.span)
    return whole


def _written(depth: int, before: str, expression: "Expression", after: str) -> tuple[str, ...]:
    indent = INDENT * depth
    flat = f"{indent}{before}{python(expression)}{after}"
    if len(flat) <= LINE:
        return (flat,)
    lines: list[str] = []

    def named(part: "Expression") -> "Expression":
        match part:
            case Binary(operator, left, right, span):
                part = Binary(operator, named(left), named(right), span)
            case Not(operand, span):
                part = Not(named(operand), span)
            case Number() | Boolean():
                return part
            case _:
                pass
        name = f"value_{len(lines) + 1}"
        lines.append(f"{indent}{name} = {python(part)}")
        return Name("", name, part.span)

    last = named(expression)
    return (*lines, f"{indent}{before}{python(last)}{after}")


def python(expression: "Expression") -> str:
    """An expression in Python, over `message`, `state`, `context`, columns and limits."""
    return printed(_positive(expression), _leaf).replace("size(", "len(")


def _positive(expression: "Expression") -> "Expression":
    """`x != y` for `not x == y`."""
    match expression:
        case Not(Binary(operator, left, right, span)) if operator in OPPOSITE:
            return Binary(OPPOSITE[operator], _positive(left), _positive(right), span)
        case Not(operand, span):
            return Not(_positive(operand), span)
        case Binary(operator, left, right, span):
            return Binary(operator, _positive(left), _positive(right), span)
        case _:
            return expression


def _leaf(leaf: Number | Boolean | Name) -> str:
    match leaf:
        case Number(value):
            return str(value)
        case Boolean(value):
            return str(value)
        case Name("limits", name):
            return constant(name)
        case Name(scope, name):
            return f"{scope}.{name}" if scope else name
