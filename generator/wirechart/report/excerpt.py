"""The lines around a place, as a terminal shows them. Knows widths; knows no findings."""

import unicodedata
from typing import TYPE_CHECKING

from wirechart.record import record

if TYPE_CHECKING:
    from wirechart.diagnostics import Span

WIDEST = 100  # columns of a line that are shown
BEFORE = 30  # columns before the place, where a line is cut
TAB = "    "
HIDDEN = "\N{REPLACEMENT CHARACTER}"  # for what would steer the terminal, or is not to be seen
CUT = "…"


@record
class Line:
    """A line of a spec with its marked part, in columns."""

    number: int  # from 1
    text: str
    before: int  # columns before the marks
    marked: int  # columns of the marks, at least 1


def clean(text: str) -> str:
    """Text that does to a terminal what it looks like."""
    return text if text.isascii() and text.isprintable() else "".join(map(_visible, text))


def _visible(character: str) -> str:
    if character == "\t":
        return TAB
    # Z: spaces and separators; C: control, format (also the direction of writing), unassigned.
    unseen = unicodedata.category(character)[0] in "CZ" and character != " "
    return HIDDEN if unseen else character


def columns(text: str) -> int:
    """How wide a terminal shows it: 2 for wide characters, 0 for combining ones."""
    return len(text) if text.isascii() else sum(map(_columns, text))


def _columns(character: str) -> int:
    if unicodedata.category(character) in ("Mn", "Me"):
        return 0
    return 2 if unicodedata.east_asian_width(character) in "WF" else 1


def excerpt(lines: list[str], span: "Span") -> tuple[Line, ...]:
    """The first and, when it is another, the last line of a place in the lines of a spec."""
    first = _line(lines, span.line)
    start = min(span.column - 1, len(first))
    if span.end_line <= span.line:
        return (_shown(span.line, first, start, span.end_column - 1),)
    last_number = span.end_line if span.end_column > 1 else span.end_line - 1
    head = _shown(span.line, first, start, len(first.rstrip()))
    if last_number == span.line:
        return (head,)
    last = _line(lines, last_number)
    end = span.end_column - 1 if last_number == span.end_line else len(last)
    return head, _shown(last_number, last, len(last) - len(last.lstrip()), end)


def _line(lines: list[str], number: int) -> str:
    return lines[number - 1] if number <= len(lines) else ""


def _shown(number: int, line: str, start: int, end: int) -> Line:
    """`start` and `end` in characters."""
    before, marked, after = (
        clean(part) for part in (line[:start], line[start:end], line[max(start, end) :])
    )
    if columns(before + marked + after) > WIDEST:
        before, marked, after = _cut(before, marked, after)
    return Line(number, before + marked + after, columns(before), max(1, columns(marked)))


def _cut(before: str, marked: str, after: str) -> tuple[str, str, str]:
    """A window of the line, the place and a little before it inside."""
    whole = columns(before)
    if whole > BEFORE and whole + columns(marked) > WIDEST - BEFORE:
        before = CUT + _last(before, BEFORE - 1)
    room = WIDEST - columns(before)
    if columns(marked) > room:
        return before, _first(marked, room - 1) + CUT, ""
    room -= columns(marked)
    return before, marked, after if columns(after) <= room else _first(after, room - 1) + CUT


def _first(text: str, room: int) -> str:
    while columns(text) > room:
        text = text[: -max(1, (columns(text) - room) // 2)]
    return text


def _last(text: str, room: int) -> str:
    while columns(text) > room:
        text = text[max(1, (columns(text) - room) // 2) :]
    return text
