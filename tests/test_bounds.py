"""A check that is called bounded holds for smaller values wherever it holds for greater ones."""

from functools import partial
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wirechart.bounds import bounded
from wirechart.diagnostics import Span
from wirechart.expressions import Name, evaluate, parse

ORIGIN = Span(1, 1, 1, 1)
TERMS = st.recursive(
    st.sampled_from(["a", "b", "0", "2", "3", "limits.most"]),
    lambda term: st.tuples(term, st.sampled_from(["+", "-", "*", "&"]), term).map(
        lambda parts: f"({' '.join(parts)})"
    ),
    max_leaves=4,
)
COMPARISONS = st.tuples(TERMS, st.sampled_from(["<", "<=", ">", ">=", "==", "!="]), TERMS)
CHECKS = st.recursive(
    COMPARISONS.map(" ".join),
    lambda check: st.one_of(
        st.tuples(check, st.sampled_from(["and", "or"]), check).map(
            lambda parts: f"({' '.join(parts)})"
        ),
        check.map(lambda inner: f"not ({inner})"),
    ),
    max_leaves=3,
)
SMALL = range(4)


def holding(text: str) -> set[tuple[int, int]]:
    """The rows for which a check holds."""
    check = parse(text, ORIGIN)
    return {row for row in product(SMALL, SMALL) if evaluate(check, partial(value, row))}


def value(row: tuple[int, int], name: Name) -> int:
    """Of a column, or of the only limit."""
    return {"a": row[0], "b": row[1], "most": 4}[name.name]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("gpa + length <= 2^64", True),
        ("length < limits.range and gpa * 2 <= 100", True),
        ("limits.range >= length", True),
        ("true", True),
        ("gpa < length", False),
        ("gpa - length <= 2^64", False),
        ("length & 4095 <= 8", False),
        ("length >= 1", False),
        ("not gpa > 4", False),
        ("length == 8", False),
    ],
)
def test_only_upper_bounds_of_sums_and_products_are_bounded(text: str, *, expected: bool) -> None:
    assert bounded(parse(text, ORIGIN)) is expected


@given(CHECKS)
def test_what_is_bounded_holds_below_each_row_for_which_it_holds(text: str) -> None:
    rows = holding(text)
    below = {(a, b) for x, y in rows for a in range(x + 1) for b in range(y + 1)}

    assert not bounded(parse(text, ORIGIN)) or below == rows
