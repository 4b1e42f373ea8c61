"""Findings for people: where, what, the line itself, how to mend it."""

from typing import TYPE_CHECKING

from wirechart.diagnostics import Severity
from wirechart.report import summary
from wirechart.report.excerpt import clean, excerpt

if TYPE_CHECKING:
    from wirechart.diagnostics import Finding, Span
    from wirechart.report import Report

COLORS = {Severity.ERROR: "1;31", Severity.WARNING: "1;33", Severity.NOTE: "1;36"}
GUTTER = "1;34"
SUGGESTION = "did you mean "  # short enough to stand at the place itself


def render(reports: "tuple[Report, ...]", colored: bool = False) -> str:
    """Every finding with its excerpt, then one line that counts them."""
    paint = _painted if colored else _plain
    blocks = [_finding(report, finding, paint) for report in reports for finding in report.findings]
    return "\n\n".join([*blocks, summary(reports)]) + "\n"


def _plain(text: str, _: str) -> str:
    return text


def _painted(text: str, color: str) -> str:
    return f"\x1b[{color}m{text}\x1b[0m" if text else ""


def _finding(report: "Report", finding: "Finding", paint: "_Paint") -> str:
    color = COLORS[finding.severity]
    places = (finding.span, *(span for span, _ in finding.related))
    width = len(str(max(max(span.line, span.end_line) for span in places)))
    suggestion = finding.help if finding.help.startswith(SUGGESTION) else ""
    said = paint(f"{finding.severity}[{finding.code}]", color)
    lines = [
        f"{_where(report, finding.span)}: {said} {clean(finding.message)}",
        *_excerpt(report, finding.span, clean(suggestion), width, "^", color, paint),
    ]
    for span, label in finding.related:
        lines.append(f"{' ' * width} {paint(':::', GUTTER)} {_where(report, span)}")
        lines += _excerpt(report, span, clean(label), width, "-", GUTTER, paint)
    notes = [("path", step) for step in finding.evidence]
    if not suggestion or not report.text:
        notes += [("help", line) for line in finding.help.splitlines()[:1]]
        notes += [("", line) for line in finding.help.splitlines()[1:]]
    lines += [_note(key, clean(text), width, paint) for key, text in notes]
    return "\n".join(lines)


def _where(report: "Report", span: "Span") -> str:
    return f"{report.path}:{span.line}:{span.column}"


def _note(key: str, text: str, width: int, paint: "_Paint") -> str:
    sign = f"{paint('=', GUTTER)} {key}: " if key else "        "
    return f"{' ' * width} {sign}{text}"


def _excerpt(
    report: "Report",
    span: "Span",
    label: str,
    width: int,
    mark: str,
    color: str,
    paint: "_Paint",
) -> list[str]:
    """The lines of a span, each with its marks below; nothing where there is no text."""
    if not report.text:
        return []
    bar = paint("|", GUTTER)
    lines = [f"{' ' * width} {bar}"]
    shown = excerpt(report.text, span)
    for index, line in enumerate(shown):
        if index and line.number > shown[index - 1].number + 1:
            lines.append(paint("...", GUTTER))
        number = paint(f"{line.number:>{width}}", GUTTER)
        lines.append(f"{number} {bar} {line.text}".rstrip())
        marks = paint(mark * line.marked, color)
        said = f" {paint(label, color)}" if label and line is shown[-1] else ""
        lines.append(f"{' ' * width} {bar} {' ' * line.before}{marks}{said}")
    return lines


if TYPE_CHECKING:
    from collections.abc import Callable

    _Paint = Callable[[str, str], str]
