"""Findings as people read them: the excerpt, the marks under it, what follows."""

from pathlib import Path
from typing import SupportsIndex

import pytest

from findings import LINK, TWICE, UNKNOWN
from wirechart.diagnostics import Finding, Severity, Span
from wirechart.record import replace
from wirechart.report import Report, as_text, summary

ROOT = Path(__file__).parent.parent


def text(source: str, *findings: Finding, path: str = "spec/link.yaml") -> str:
    return as_text.render((Report(path, source, findings),))


def at(line: int, column: int, end_line: int, end_column: int, help_: str = "") -> Finding:
    span = Span(line, column, end_line, end_column)
    return Finding("STR001", Severity.ERROR, span, "wrong", help_)


def test_a_suggestion_stands_at_the_place_itself() -> None:
    assert (
        text(LINK, UNKNOWN)
        == """\
spec/link.yaml:3:12: error[REF001] `Redy` is not a state
  |
3 |     Hello: Redy
  |            ^^^^ did you mean `Ready`?

1 error in spec/link.yaml
"""
    )


def test_other_places_evidence_and_help_follow_the_excerpt() -> None:
    assert (
        text(LINK, TWICE)
        == """\
spec/link.yaml:4:5: warning[DET001] `Bye` is never taken
  |
4 |     Bye: Done
  |     ^^^
  ::: spec/link.yaml:3:5
  |
3 |     Hello: Redy
  |     ----- this takes every message
  = path: Open -Hello→ Ready
  = help: remove it

1 warning in spec/link.yaml
"""
    )


def test_help_of_several_lines_is_aligned() -> None:
    assert (
        text("a: b\n", at(1, 4, 1, 5, "write one of\n  c\n  d"))
        == """\
spec/link.yaml:1:4: error[STR001] wrong
  |
1 | a: b
  |    ^
  = help: write one of
            c
            d

1 error in spec/link.yaml
"""
    )


def test_of_a_place_over_many_lines_the_first_and_the_last_are_shown() -> None:
    source = "  to: [One,\n    Two,\n    Three]\n"

    assert (
        text(source, at(1, 7, 3, 11))
        == """\
spec/link.yaml:1:7: error[STR001] wrong
  |
1 |   to: [One,
  |       ^^^^^
...
3 |     Three]
  |     ^^^^^^

1 error in spec/link.yaml
"""
    )


def test_a_place_that_ends_before_a_line_is_shown_without_that_line() -> None:
    assert (
        text("to: >\n  One\nx: y\n", at(1, 5, 3, 1))
        == """\
spec/link.yaml:1:5: error[STR001] wrong
  |
1 | to: >
  |     ^
2 |   One
  |   ^^^

1 error in spec/link.yaml
"""
    )


def test_line_numbers_are_as_wide_as_the_widest() -> None:
    source = "a: 1\n" * 10
    related = Finding(
        "NAM001", Severity.NOTE, Span(10, 1, 10, 2), "same", "", (), ((Span(9, 1, 9, 2), "first"),)
    )

    assert (
        text(source, related)
        == """\
spec/link.yaml:10:1: note[NAM001] same
   |
10 | a: 1
   | ^
   ::: spec/link.yaml:9:1
   |
 9 | a: 1
   | - first

1 note in spec/link.yaml
"""
    )


@pytest.mark.parametrize(
    ("line", "column", "end", "shown", "marks"),
    [
        ("a:\tb", 4, 5, "a:    b", "      ^"),
        ("\t\tb", 1, 3, "        b", "^^^^^^^^"),
        ("日本: 名", 5, 6, "日本: 名", "      ^^"),
        ("e\N{COMBINING ACUTE ACCENT}: x", 5, 6, "e\N{COMBINING ACUTE ACCENT}: x", "   ^"),
        ("a: \x1b[31mb", 4, 5, "a: �[31mb", "   ^"),
        ("a: \N{RIGHT-TO-LEFT OVERRIDE}b", 5, 6, "a: �b", "    ^"),
        ("a: b", 5, 5, "a: b", "    ^"),
        ("a: b", 30, 31, "a: b", "    ^"),
    ],
    ids=["tab", "tabs", "wide", "combining", "escape", "direction", "nothing", "behind the end"],
)
def test_marks_stand_under_what_a_terminal_shows(
    line: str, column: int, end: int, shown: str, marks: str
) -> None:
    assert (
        text(f"{line}\n", at(1, column, 1, end))
        == f"""\
spec/link.yaml:1:{column}: error[STR001] wrong
  |
1 | {shown}
  | {marks}

1 error in spec/link.yaml
"""
    )


@pytest.mark.parametrize(
    ("column", "end", "shown", "marks"),
    [
        (1, 3, "a" * 99 + "…", "^^"),
        (101, 103, "…" + "a" * 98 + "…", " " * 30 + "^^"),
        (199, 201, "…" + "a" * 31, " " * 30 + "^^"),
        (11, 191, "a" * 99 + "…", " " * 10 + "^" * 90),
        (51, 191, "…" + "a" * 98 + "…", " " * 30 + "^" * 70),
    ],
    ids=["at the beginning", "inside", "at the end", "wider than the window", "wider, later"],
)
def test_of_a_long_line_a_window_around_the_place_is_shown(
    column: int, end: int, shown: str, marks: str
) -> None:
    assert (
        text("a" * 200 + "\n", at(1, column, 1, end))
        == f"""\
spec/link.yaml:1:{column}: error[STR001] wrong
  |
1 | {shown}
  | {marks}

1 error in spec/link.yaml
"""
    )


def test_a_place_behind_the_last_line_is_shown_empty() -> None:
    assert (
        text("a: b\n", at(3, 1, 3, 1))
        == """\
spec/link.yaml:3:1: error[STR001] wrong
  |
3 |
  | ^

1 error in spec/link.yaml
"""
    )


def test_what_cannot_be_decoded_has_no_excerpt_but_its_help() -> None:
    assert (
        text("", at(1, 1, 1, 2, "did you mean UTF-8?"))
        == """\
spec/link.yaml:1:1: error[STR001] wrong
  = help: did you mean UTF-8?

1 error in spec/link.yaml
"""
    )


def test_messages_cannot_steer_the_terminal() -> None:
    finding = Finding("STR001", Severity.ERROR, Span(1, 1, 1, 2), "`\x1b[2J`", "no \x07")

    assert text("", finding) == (
        "spec/link.yaml:1:1: error[STR001] `�[2J`\n  = help: no �\n\n1 error in spec/link.yaml\n"
    )


def test_the_last_line_counts_the_findings_of_all_specs() -> None:
    reports = (
        Report("a.yaml", "", (UNKNOWN, UNKNOWN)),
        Report("b.yaml", "", (TWICE,)),
        Report("c.yaml", "", ()),
    )

    assert summary(reports) == "2 errors, 1 warning in 3 specs"


def test_of_one_code_the_first_twenty_are_shown_and_the_rest_is_counted() -> None:
    other = replace(at(1, 4, 1, 5), code="STR002")
    shown = text("a: b\n", *[at(1, 4, 1, 5)] * 22, other).split("\n\n")

    assert [block.splitlines()[0] for block in shown] == [
        *["spec/link.yaml:1:4: error[STR001] wrong"] * 20,
        "spec/link.yaml:1:4: error[STR002] wrong",
        "spec/link.yaml: 2 more of STR001; --format json has all",
        "23 errors in spec/link.yaml",
    ]


class Text(str):
    """Counts how often it is taken apart."""

    __slots__ = ("times",)

    def split(self, sep: str | None = None, maxsplit: SupportsIndex = -1) -> list[str]:
        self.times = getattr(self, "times", 0) + 1
        return super().split(sep, maxsplit)


def test_a_spec_is_taken_into_lines_once_however_many_findings_it_has() -> None:
    source = Text("a: b\n")

    text(source, *[at(1, 4, 1, 5)] * 5)

    assert source.times == 1


def test_a_spec_without_findings_is_said_to_be_fine() -> None:
    assert text(LINK) == "nothing found in spec/link.yaml\n"


def test_colors_say_nothing_that_the_text_does_not() -> None:
    colored = as_text.render((Report("a.yaml", "a: b\n", (at(1, 4, 1, 5),)),), colored=True)

    assert colored == (
        "a.yaml:1:4: \x1b[1;31merror[STR001]\x1b[0m wrong\n"
        "  \x1b[1;34m|\x1b[0m\n"
        "\x1b[1;34m1\x1b[0m \x1b[1;34m|\x1b[0m a: b\n"
        "  \x1b[1;34m|\x1b[0m    \x1b[1;31m^\x1b[0m\n"
        "\n"
        "1 error in a.yaml\n"
    )
