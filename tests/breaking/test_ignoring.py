"""Accepted breaks: what an entry says, and what is wrong with one."""

import pytest

from wirechart.breaking import ignoring
from wirechart.breaking.ignoring import Entry, Unfit
from wirechart.breaking.rules import RULES
from wirechart.breaking.verdict import Break, Problem
from wirechart.diagnostics import Severity, Span

ENTRY = """\
ignore:
  - protocol: link
    code: BRB001
    element: machine.Open.on.Hello
    reason: Nobody says hello.
"""
PLACE = Span(4, 14, 4, 35)
KNOWN = Entry("link", "BRB001", "machine.Open.on.Hello", None, "Nobody says hello.", PLACE)


def broken(*directions: str) -> Break:
    problem = Problem("machine.Open.on.Hello", "it is refused", directions)  # type: ignore[arg-type]
    return Break("BRB001", Severity.ERROR, "behaviour", problem)


def test_an_entry_names_one_break_and_why_it_was_accepted() -> None:
    assert ignoring.read(ENTRY, RULES) == (KNOWN,)


def test_an_empty_file_accepts_nothing() -> None:
    assert ignoring.read("\n", RULES) == ()


@pytest.mark.parametrize(
    ("before", "after", "line", "message"),
    [
        ("BRB001", "BRB099", 2, "no break has the code `BRB099`; did you mean `BRB009`?"),
        ("Nobody says hello.", '""', 2, "an entry needs a reason"),
        ("reason:", "raeson:", 5, "`raeson` is no key of an entry; did you mean `reason`?"),
        ("machine.Open.on.Hello", "[a]", 4, "expected a text for `element`"),
        ("ignore:", "ignored:", 1, "expected `ignore:` with a list of entries"),
        (
            "    reason",
            "    direction: up\n    reason",
            2,
            "`up` is no direction; known: old-to-new and new-to-old",
        ),
    ],
)
def test_what_is_wrong_with_an_entry_has_its_place(
    before: str, after: str, line: int, message: str
) -> None:
    found = ignoring.read(ENTRY.replace(before, after), RULES)

    assert isinstance(found, Unfit)
    assert (found.span.line, found.message) == (line, message)


def test_an_entry_silences_one_break_of_its_protocol() -> None:
    each = broken("old-to-new")

    left, ignored = ignoring.applied("link", (each,), (KNOWN,))
    elsewhere, _ = ignoring.applied("other", (each,), (KNOWN,))

    assert (left, [item.entry for item in ignored]) == ((), [KNOWN])
    assert elsewhere == (each,)


def test_an_entry_of_one_direction_leaves_the_other() -> None:
    entry = Entry("link", "BRB001", "machine.Open.on.Hello", "old-to-new", "Why not.", PLACE)

    left, ignored = ignoring.applied("link", (broken("old-to-new", "new-to-old"),), (entry,))

    assert [each.problem.directions for each in left] == [("new-to-old",)]
    assert [item.entry for item in ignored] == [entry]
