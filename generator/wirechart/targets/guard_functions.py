"""Guards as functions of Python, for the python-statemachine chart. Knows no states.

Printed from the expressions themselves, never by `evaluate`: the two check each other.
"""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from wirechart.expressions import Binary, Boolean, Name, Not, Number, Size, names, printed
from wirechart.targets.statements import LINE

if TYPE_CHECKING:
    from collections.abc import Iterable

    from wirechart.expressions import Expression

OPPOSITE = {"==": "!=", "!=": "==", "<": ">=", ">=": "<", ">": "<=", "<=": ">"}
MIRRORED = {"==": "==", "!=": "!=", "<": ">", ">=": "<=", ">": "<", "<=": ">="}
PARAMETERS = {"message": "message", "state": "data", "context": "context"}  # by scope, in order


@dataclass(frozen=True, slots=True)
class Function:
    """One condition of a transition; `parameters` are the keywords of the event it looks at."""

    name: str
    parameters: tuple[str, ...]
    lines: tuple[str, ...]  # of its body


def function(name: str, conditions: "tuple[Expression, ...]") -> Function:
    """The function that says whether all conditions hold."""
    used = {leaf.scope for condition in conditions for leaf in names(condition)}
    parameters = tuple(PARAMETERS[scope] for scope in PARAMETERS if scope in used)
    whole = conditions[0]
    for condition in conditions[1:]:
        whole = Binary("and", whole, condition, condition.span)
    whole = _plain(whole)
    flat = f"    return {_python(whole)}"
    return Function(name, parameters, (flat,) if len(flat) <= LINE else tuple(_apart(whole)))


def negated(expression: "Expression") -> "Expression":
    """What holds exactly when the expression does not."""
    match expression:
        case Not(operand):
            return operand
        case Binary(operator, left, right, span) if operator in OPPOSITE:
            return Binary(OPPOSITE[operator], left, right, span)
        case _:
            return Not(expression, expression.span)


def limits(conditions: "Iterable[Expression]") -> frozenset[str]:
    """The names of the limits that conditions compare with."""
    leaves = (leaf for condition in conditions for leaf in names(condition))
    return frozenset(leaf.name for leaf in leaves if leaf.scope == "limits")


def constant(limit: str) -> str:
    """The Python constant of a limit."""
    return f"LIMIT_{limit.upper()}"


def _plain(expression: "Expression") -> "Expression":
    """As one writes it in Python: `x` for `x == true`, `x > 5` for `5 < x`, `x != y` negated."""
    match expression:
        case Not(operand):
            plain = _plain(operand)
            is_comparison = isinstance(plain, Binary) and plain.operator in OPPOSITE
            return negated(plain) if is_comparison else Not(plain, expression.span)
        case Size(operand, span):
            return Size(_plain(operand), span)
        case Binary("==" | "!=" as operator, left, Boolean(value)):
            return _plain(left) if value == (operator == "==") else _plain(Not(left, left.span))
        case Binary("==" | "!=", Boolean(), _):
            return _plain(_mirrored(expression))
        case Binary(operator, left, right, span):
            if operator in MIRRORED and _is_fixed(left) and not _is_fixed(right):
                return _plain(_mirrored(expression))
            return Binary(operator, _plain(left), _plain(right), span)
        case _:
            return expression


def _mirrored(compared: Binary) -> Binary:
    operator = MIRRORED[compared.operator]
    return Binary(operator, compared.right, compared.left, compared.span)


def _is_fixed(expression: "Expression") -> bool:
    return isinstance(expression, Number) or bool(limits((expression,)))


def _python(expression: "Expression") -> str:
    return printed(_with_len(expression), _atom)


def _with_len(expression: "Expression") -> "Expression":
    """Every `size(X)` as a leaf that prints itself."""
    match expression:
        case Size(operand, span):
            return Name("", f"len({_python(operand)})", span)
        case Not(operand, span):
            return Not(_with_len(operand), span)
        case Binary(operator, left, right, span):
            return Binary(operator, _with_len(left), _with_len(right), span)
        case _:
            return expression


def _atom(leaf: Number | Boolean | Name) -> str:
    match leaf:
        case Number():
            return "**".join(_number(part) for part in leaf.text.split("^"))
        case Boolean(value):
            return str(value)
        case Name("", name):
            return name
        case Name("limits", name):
            return constant(name)
        case Name(scope, name):
            return f"{PARAMETERS[scope]}.{name}"


def _number(text: str) -> str:
    digits = text.strip()
    return f"0x{int(digits, 16):X}" if digits.lower().startswith("0x") else str(int(digits))


def _apart(whole: "Expression") -> "Iterable[str]":
    """An expression too long for a line, one operation per line."""
    lines: list[str] = []

    def part(expression: "Expression") -> "Expression":
        value = taken_apart(expression)
        if isinstance(value, Number | Boolean):
            return value
        name = f"part_{len(lines) + 1}"
        lines.append(f"    {name} = {_python(value)}")
        return Name("", name, expression.span)

    def taken_apart(expression: "Expression") -> "Expression":
        match expression:
            case Binary(operator, left, right, span):
                return Binary(operator, part(left), part(right), span)
            case Not(operand, span):
                return Not(part(operand), span)
            case _:
                return expression

    last = _python(taken_apart(whole))
    return (*lines, f"    return {last}")
