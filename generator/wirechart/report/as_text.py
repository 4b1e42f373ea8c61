"""Findings for people: where, what, the line itself, how to mend it."""

from collections import Counter
from typing import TYPE_CHECKING

from wirechart.diagnostics import Severity
from wirechart.record import record
from wirechart.report import summary
from wirechart.report.excerpt import clean, excerpt

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from wirechart.diagnostics import Finding, Span
    from wirechart.report import Report

COLORS = {Severity.ERROR: "1;31", Severity.WARNING: "1;33", Severity.NOTE: "1;36"}
GUTTER = "1;34"
SUGGESTION = "did you mean "  # short enough to stand at the place itself


MOST = 20  # findings of one code that are shown of a spec


@record
class _Page:
    """What the blocks of one spec have in common."""

    path: str
    lines: list[str]  # empty: there is nothing to show
    paint: "Callable[[str, str], str]"


def render(reports: "tuple[Report, ...]", colored: bool = False) -> str:
    """Findings with their excerpts, the first MOST of each code; then one line that counts all."""
    paint = _painted if colored else _plain
    blocks = [block for report in reports for block in _blocks(report, paint)]
    return "\n\n".join([*blocks, summary(reports)]) + "\n"


def block(report: "Report", colored: bool = False) -> str:
    """The first finding with its excerpt, alone."""
    return next(_blocks(report, _painted if colored else _plain))


def _blocks(report: "Report", paint: "Callable[[str, str], str]") -> "Iterator[str]":
    page = _Page(report.path, report.text.split("\n") if report.text else [], paint)
    count = Counter[str]()
    for finding in report.findings:
        count[finding.code] += 1
        if count[finding.code] <= MOST:
            yield _finding(page, finding)
    for code, found in count.items():
        if found > MOST:
            yield f"{report.path}: {found - MOST} more of {code}; --format json has all"


def _plain(text: str, _: str) -> str:
    return text


def _painted(text: str, color: str) -> str:
    return f"\x1b[{color}m{text}\x1b[0m" if text else ""


def _finding(page: "_Page", finding: "Finding") -> str:
    color = COLORS[finding.severity]
    places = (finding.span, *(span for span, _ in finding.related))
    width = len(str(max(max(span.line, span.end_line) for span in places)))
    suggestion = finding.help if finding.help.startswith(SUGGESTION) else ""
    said = page.paint(f"{finding.severity}[{finding.code}]", color)
    lines = [
        f"{_where(page, finding.span)}: {said} {clean(finding.message)}",
        *_excerpt(page, finding.span, clean(suggestion), width, "^", color),
    ]
    for span, label in finding.related:
        lines.append(f"{' ' * width} {page.paint(':::', GUTTER)} {_where(page, span)}")
        lines += _excerpt(page, span, clean(label), width, "-", GUTTER)
    notes = [("path", step) for step in finding.evidence]
    if not suggestion or not page.lines:
        notes += [("help", line) for line in finding.help.splitlines()[:1]]
        notes += [("", line) for line in finding.help.splitlines()[1:]]
    lines += [_note(page, key, clean(text), width) for key, text in notes]
    return "\n".join(lines)


def _where(page: "_Page", span: "Span") -> str:
    return f"{page.path}:{span.line}:{span.column}"


def _note(page: "_Page", key: str, text: str, width: int) -> str:
    sign = f"{page.paint('=', GUTTER)} {key}: " if key else "        "
    return f"{' ' * width} {sign}{text}"


def _excerpt(
    page: "_Page",
    span: "Span",
    label: str,
    width: int,
    mark: str,
    color: str,
) -> list[str]:
    """The lines of a span, each with its marks below; nothing where there is no text."""
    if not page.lines:
        return []
    bar = page.paint("|", GUTTER)
    lines = [f"{' ' * width} {bar}"]
    shown = excerpt(page.lines, span)
    for index, line in enumerate(shown):
        if index and line.number > shown[index - 1].number + 1:
            lines.append(page.paint("...", GUTTER))
        number = page.paint(f"{line.number:>{width}}", GUTTER)
        lines.append(f"{number} {bar} {line.text}".rstrip())
        marks = page.paint(mark * line.marked, color)
        said = f" {page.paint(label, color)}" if label and line is shown[-1] else ""
        lines.append(f"{' ' * width} {bar} {' ' * line.before}{marks}{said}")
    return lines
