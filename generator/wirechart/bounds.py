"""Checks of rows that need not look at each row. Knows expressions, no messages."""

from wirechart.expressions import Binary, Boolean, Expression, Name, Number, names


def bounded(check: Expression) -> bool:
    """Whether it surely holds for smaller columns where it holds for greater ones.

    Columns are unsigned. Such a check holds for all rows if it does for the greatest values of all
    columns.
    """
    match check:
        case Boolean():
            return True
        case Binary("and" | "or", left, right):
            return bounded(left) and bounded(right)
        case Binary("<" | "<=", left, right):
            return _grows(left) and _is_constant(right)
        case Binary(">" | ">=", left, right):
            return _is_constant(left) and _grows(right)
        case _:
            return False


def _grows(term: Expression) -> bool:
    """Whether it is never smaller where a column is greater."""
    match term:
        case Number() | Name():
            return True
        case Binary("+" | "*", left, right):
            return _grows(left) and _grows(right)
        case _:
            return False


def _is_constant(term: Expression) -> bool:
    return all(name.scope for name in names(term))  # a column has none
