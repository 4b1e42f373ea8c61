"""Suppression comments: `# wirechart: allow CODE -- reason`. Knows no codes but its own.

YAML's readers drop comments, so they are looked for in what lies between the scalars.
"""

import re
from bisect import bisect_right
from typing import TYPE_CHECKING

from wirechart.diagnostics import Finding, Severity, Span
from wirechart.record import record

if TYPE_CHECKING:
    from collections.abc import Sequence

_MARKER = re.compile(r"# *wirechart *:", re.IGNORECASE)
_FORM = re.compile(r"# *wirechart: *allow +(?P<code>[A-Z]+\d{3}) +-- +(?P<reason>\S.*)")


@record
class Suppression:
    """A finding that the author of the spec accepts, on one line."""

    code: str
    reason: str
    span: Span  # of the comment
    line: int  # that it applies to: its own, or the next one with content when alone on its line


def marked(text: str) -> bool:
    """Whether the text may hold suppression comments."""
    return _MARKER.search(text) is not None


def read(
    lines: "Sequence[str]", scalars: "Sequence[Span]"
) -> tuple[tuple[Suppression, ...], tuple[Finding, ...]]:
    """The suppressions and what is wrong with them; `scalars` in document order, without overlap.

    The header of a block scalar (`|`) is no part of its span here: a comment may follow it.
    """
    suppressions: list[Suppression] = []
    findings: list[Finding] = []
    contents = _contents(lines)
    for number, line in enumerate(lines, 1):
        start = _comment(line, number, scalars) if _MARKER.search(line) else None
        if start is None or not _MARKER.match(line, start):
            continue
        comment = line[start:].rstrip()
        span = Span(number, start + 1, number, start + 1 + len(comment))
        form = _FORM.fullmatch(comment)
        applies = contents[number - 1]
        if form is None:
            help_ = "write `# wirechart: allow CODE -- reason`, one code to a comment"
            findings.append(_unfit(span, _lacking(comment), help_))
        elif applies is None:
            help_ = "write it behind the line it is about, or alone on the line before"
            findings.append(_unfit(span, "no line with content follows this comment", help_))
        else:
            suppressions.append(Suppression(form["code"], form["reason"], span, applies))
    return tuple(suppressions), tuple(findings)


def _contents(lines: "Sequence[str]") -> "Sequence[int | None]":
    """For every line, from 0: the number, from 1, of it or the next that is more than a comment."""
    contents: list[int | None] = []
    content = None
    for number in range(len(lines), 0, -1):
        line = lines[number - 1].lstrip()
        content = number if line and not line.startswith("#") else content
        contents.append(content)
    return contents[::-1]


def _comment(line: str, number: int, scalars: "Sequence[Span]") -> int | None:
    """The index of the `#` that begins the line's comment; None: they all belong to scalars."""
    at = line.find("#")
    while at >= 0:
        before = bisect_right(scalars, Span(number, at + 1, 1 << 30, 0)) - 1
        span = scalars[before] if before >= 0 else None
        if span is None or (span.end_line, span.end_column) <= (number, at + 1):
            return at
        at = line.find("#", span.end_column - 1) if span.end_line == number else -1
    return None


def _unfit(span: Span, message: str, help_: str) -> Finding:
    return Finding("YAML014", Severity.ERROR, span, message, help_)


def _lacking(comment: str) -> str:
    allow = re.fullmatch(r"# *wirechart: *allow\b(?P<code>.*?)(?: --.*)?", comment)
    if allow is None:
        return "this is no suppression: `allow` is missing"
    if not allow["code"].strip():
        return "the suppression names no code"
    if not re.fullmatch(r" +[A-Z]+\d{3}", allow["code"].rstrip()):
        return f"`{allow['code'].strip()}` is not a code"
    return "the suppression gives no reason"
