"""Comments that allow a finding on their line."""

from wirechart.diagnostics import Finding, Severity, Span
from wirechart.rules.suppressions import apply
from wirechart.syntax import Suppression

CODES = ("DET007", "REF001", "REF020")
COMMENT = Span(7, 20, 7, 60)


def at(line: int, code: str, severity: Severity) -> Finding:
    return Finding(code, severity, Span(line, 3, line, 8), "something is odd")


def allow(code: str, line: int = 7) -> Suppression:
    return Suppression(code, "old peers need it", COMMENT, line)


def test_a_warning_on_the_line_of_its_suppression_is_gone() -> None:
    findings = [at(7, "DET007", Severity.WARNING)]

    assert apply(findings, [allow("DET007")], CODES) == ()


def test_a_note_on_the_line_of_its_suppression_is_gone() -> None:
    assert apply([at(7, "REF020", Severity.NOTE)], [allow("REF020")], CODES) == ()


def test_two_warnings_of_one_code_on_one_line_are_both_gone() -> None:
    findings = [at(7, "DET007", Severity.WARNING), at(7, "DET007", Severity.WARNING)]

    assert apply(findings, [allow("DET007")], CODES) == ()


def test_a_warning_with_another_code_stays() -> None:
    other = at(7, "REF020", Severity.WARNING)
    findings = [other, at(7, "DET007", Severity.WARNING)]

    assert apply(findings, [allow("DET007")], CODES) == (other,)


def test_a_suppression_on_another_line_is_reported_as_unused() -> None:
    warning = at(8, "DET007", Severity.WARNING)

    assert apply([warning], [allow("DET007")], CODES) == (
        Finding(
            "SUP003",
            Severity.WARNING,
            COMMENT,
            "there is no DET007 on line 7 to allow",
            "remove the comment, or move it to the line of the finding",
        ),
        warning,
    )


def test_an_error_cannot_be_allowed() -> None:
    error = at(7, "REF001", Severity.ERROR)

    assert apply([error], [allow("REF001")], CODES) == (
        error,
        Finding(
            "SUP002",
            Severity.ERROR,
            COMMENT,
            "REF001 is an error, and errors cannot be allowed",
            "mend what it says, and remove the comment",
        ),
    )


def test_an_unknown_code_gets_the_nearest_known_one() -> None:
    assert apply([], [allow("DET077")], CODES) == (
        Finding(
            "SUP001",
            Severity.ERROR,
            COMMENT,
            "no rule has the code `DET077`",
            "did you mean `DET007`?",
        ),
    )


def test_nothing_is_called_unused_while_the_shape_is_wrong() -> None:
    shape = at(2, "STR001", Severity.ERROR)

    assert apply([shape], [allow("DET007")], CODES) == (shape,)


def test_what_remains_is_sorted_by_place() -> None:
    late, early = at(9, "DET007", Severity.WARNING), at(2, "REF001", Severity.ERROR)

    assert apply([late, early], [], CODES) == (early, late)
