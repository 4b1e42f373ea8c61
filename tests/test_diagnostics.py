"""Spans, findings and suggestions."""

import pytest

from wirechart.diagnostics import Finding, Severity, Span, did_you_mean


def test_spans_sort_by_where_they_begin() -> None:
    spans = [Span(2, 1, 2, 2), Span(1, 9, 1, 10), Span(1, 3, 4, 1)]

    assert sorted(spans) == [Span(1, 3, 4, 1), Span(1, 9, 1, 10), Span(2, 1, 2, 2)]


def test_a_finding_needs_neither_help_nor_evidence() -> None:
    bare = Finding("REF001", Severity.ERROR, Span(1, 1, 1, 2), "no such state")

    assert bare == Finding(
        code="REF001",
        severity=Severity.ERROR,
        span=Span(1, 1, 1, 2),
        message="no such state",
        help="",
        evidence=(),
        related=(),
    )


def test_severities_print_as_their_names() -> None:
    assert [str(severity) for severity in Severity] == ["error", "warning", "note"]


@pytest.mark.parametrize(
    ("found", "known", "said"),
    [
        ("Conected", ["Started", "Connected"], "did you mean `Connected`?"),
        ("xyz", ["Ok", "Error"], "known: `Error`, `Ok`"),
        ("xyz", [], ""),
        (
            "xyz",
            ["a", "b", "c", "d", "e", "f", "g", "h", "i", "j"],
            "known: `a`, `b`, `c`, `d`, `e`, `f`, `g`, `h` and 2 more",
        ),
    ],
)
def test_a_suggestion_is_the_nearest_name_or_else_the_known_ones(
    found: str, known: list[str], said: str
) -> None:
    assert did_you_mean(found, known) == said
