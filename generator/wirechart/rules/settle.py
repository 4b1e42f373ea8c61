"""Comparisons that are decided before any message comes. Knows ranges; asks for no name."""

from wirechart.expressions import Binary, Expression, Number, show
from wirechart.rules.known import Integer, Note, Truth, Value


def settle(expression: Binary, left: Value, right: Value) -> bool | None:
    """The truth of a comparison of two values of one kind; None: it depends on what comes."""
    operator = expression.operator
    if expression.left == expression.right:
        return operator in ("==", "<=", ">=")
    if isinstance(left, Truth) and isinstance(right, Truth):
        return None
    if not (isinstance(left, Integer) and isinstance(right, Integer)):
        return None
    match operator:
        case "<":
            return _below(left, right)
        case "<=":
            return _negated(_below(right, left))
        case ">":
            return _below(right, left)
        case ">=":
            return _negated(_below(left, right))
        case _:
            equal = _equal(expression, left, right)
            return equal if operator == "==" else _negated(equal)


def _below(left: Integer, right: Integer) -> bool | None:
    if left.high < right.low:
        return True
    return False if left.low >= right.high else None


def _negated(truth: bool | None) -> bool | None:
    return None if truth is None else not truth


def _equal(expression: Binary, left: Integer, right: Integer) -> bool | None:
    if left.high < right.low or right.high < left.low or _outside_mask(expression):
        return False
    return True if left.low == left.high == right.low == right.high else None


def _outside_mask(expression: Binary) -> bool:
    """`flags & 2 == 1`: the mask has no such bit."""
    match expression:
        case Binary(left=Binary("&", right=Number(mask)), right=Number(value)):
            return value & ~mask != 0
        case _:
            return False


def settled(
    expression: Expression, truth: bool, sides: tuple[tuple[Expression, Value], ...]
) -> Note:
    """The remark about it; `sides` are the parts with the values they can have."""
    word = "true" if truth else "false"
    ranges = dict.fromkeys(
        f"`{show(part)}` is {_between(value)}"
        for part, value in sides
        if isinstance(value, Integer) and not isinstance(part, Number)
    )
    reason = f": {' and '.join(ranges)}" if ranges else ""
    return Note(
        "constant", expression.span, f"`{show(expression)}` is always {word}{reason}", "", truth
    )


def _between(value: Integer) -> str:
    return str(value.low) if value.low == value.high else f"{value.low} … {_power(value.high)}"


def _power(value: int) -> str:
    """Large bounds as a power of two, readable."""
    exponent = (value + 1).bit_length() - 1
    return f"2^{exponent}-1" if value >= 2**16 and value + 1 == 2**exponent else str(value)
