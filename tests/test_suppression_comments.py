"""`# wirechart: allow CODE -- reason`, and what only looks like it."""

import pytest

from wirechart.diagnostics import Finding, Severity, Span
from wirechart.syntax import Suppression, parse

FORM = "write `# wirechart: allow CODE -- reason`, one code to a comment"


def test_a_comment_at_the_end_of_a_line_applies_to_that_line() -> None:
    document = parse("a: 1\nb: 2  # wirechart: allow REF001 -- known to the peer\nc: 3\n")

    assert document.findings == ()
    assert document.suppressions == (
        Suppression("REF001", "known to the peer", Span(2, 7, 2, 53), 2),
    )


def test_a_comment_alone_on_its_line_applies_to_the_next_line_with_content() -> None:
    document = parse("a: 1\n# wirechart: allow REF001 -- why\n\n  # more\nb: 2\n")

    assert document.suppressions == (Suppression("REF001", "why", Span(2, 1, 2, 33), 5),)


def test_stacked_comments_apply_to_the_same_line() -> None:
    document = parse("# wirechart: allow REF001 -- x\n# wirechart: allow WIRE002 -- y\na: 1\n")

    assert document.suppressions == (
        Suppression("REF001", "x", Span(1, 1, 1, 31), 3),
        Suppression("WIRE002", "y", Span(2, 1, 2, 32), 3),
    )


def test_columns_count_characters() -> None:
    document = parse("é: 😀 # wirechart: allow REF001 -- ä\n")

    assert document.suppressions == (Suppression("REF001", "ä", Span(1, 6, 1, 36), 1),)


@pytest.mark.parametrize(
    ("before", "line"),
    [
        ("{a: 1, ", 1),
        ("a: {b: [1, ", 1),
        ('a: "#" ', 1),
        ('a: "#"', 1),
        ("a: b#c ", 1),
        ("- ", 1),
        ("a: | ", 1),
    ],
)
def test_comments_are_found_behind_anything(before: str, line: int) -> None:
    closing = {"{a: 1, ": "}", "a: {b: [1, ": "]}"}.get(before, "")
    document = parse(f"{before}# wirechart: allow REF001 -- x\n {closing}\n")

    assert [(found.code, found.line) for found in document.suppressions] == [("REF001", line)]


def test_a_comment_below_a_block_scalar_is_no_part_of_it() -> None:
    document = parse("a: |\n  text\n# wirechart: allow REF001 -- x\nb: 1\n")

    assert document.suppressions == (Suppression("REF001", "x", Span(3, 1, 3, 31), 4),)


@pytest.mark.parametrize(
    "text",
    [
        'a: "# wirechart: allow REF001 -- x"\n',
        "a: '# wirechart: allow REF001 -- x'\n",
        "a: 'x\n  # wirechart: allow REF001 -- x'\n",
        "a: |\n  # wirechart: allow REF001 -- x\n",
        "a: >-\n  text\n  # wirechart: allow REF001 -- x\n",
        "a: b#wirechart:allow\n",
        "a: 1  # see `# wirechart: allow REF001 -- x`\n",
        "a: 1  # yaml-language-server: $schema=x\n",
    ],
)
def test_what_is_no_comment_or_only_speaks_of_one_suppresses_nothing(text: str) -> None:
    document = parse(text)

    assert (document.suppressions, document.findings) == ((), ())


@pytest.mark.parametrize(
    ("comment", "message"),
    [
        ("# wirechart: allow", "the suppression names no code"),
        ("# wirechart: allow -- x", "the suppression names no code"),
        ("# wirechart: allow REF001", "the suppression gives no reason"),
        ("# wirechart: allow REF001 --", "the suppression gives no reason"),
        ("# wirechart: allow ref001 -- x", "`ref001` is not a code"),
        ("# wirechart: allow A001, B002 -- x", "`A001, B002` is not a code"),
        ("# wirechart: allow REF001 - x", "`REF001 - x` is not a code"),
        ("# wirechart: ignore REF001 -- x", "this is no suppression: `allow` is missing"),
        ("#wirechart : allow REF001 -- x", "this is no suppression: `allow` is missing"),
        ("# Wirechart: allow REF001 -- x", "this is no suppression: `allow` is missing"),
    ],
)
def test_a_comment_of_another_form_is_a_finding(comment: str, message: str) -> None:
    document = parse(f"a: 1 {comment}\n")

    span = Span(1, 6, 1, 6 + len(comment))
    assert document.findings == (Finding("YAML014", Severity.ERROR, span, message, FORM),)
    assert document.suppressions == ()


def test_a_comment_that_nothing_follows_is_a_finding() -> None:
    document = parse("a: 1\n# wirechart: allow REF001 -- x\n# end\n")

    assert document.findings == (
        Finding(
            "YAML014",
            Severity.ERROR,
            Span(2, 1, 2, 31),
            "no line with content follows this comment",
            "write it behind the line it is about, or alone on the line before",
        ),
    )


def test_a_broken_file_has_no_suppressions() -> None:
    document = parse("a: [ # wirechart: allow REF001 -- x\n")

    assert document.suppressions == ()
