"""Read specs, check them, print what was found. Needs no option parser."""

import os
import sys
from importlib import import_module
from typing import TYPE_CHECKING

from wirechart import build, chart, project
from wirechart.record import replace
from wirechart.report import Report, summary
from wirechart.sources import SourceError, find, read

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path
    from typing import TextIO

    from wirechart.chart import Chart
    from wirechart.model import Spec
    from wirechart.sources import Source

FORMATS = ("text", "json", "github", "sarif")
COLORS = ("auto", "always", "never")


def check(
    specs: tuple[str, ...] = (), form: str = "text", color: str = "auto", strict: bool = False
) -> int:
    """Check specs, none meaning all; print every finding.

    Returns:
        0; 1 when there is an error, with `strict` also for a warning; 2 when one cannot be read.
    """
    reports: dict[str, Report] = {}
    bound: list[tuple[Path, str, Spec]] = []
    unread = 0
    for spec in find(specs):
        try:
            source = read(spec)
        except SourceError as error:
            print(f"wirechart: {error}", file=sys.stderr)
            unread += 1
            continue
        checked = build.check(source.content)
        reports[source.path] = Report(source.path, checked.text, checked.findings)
        if checked.spec is not None:
            bound.append((source.root, source.path, checked.spec))
    for path, finding in project.shared(bound):
        found = sorted((*reports[path].findings, finding), key=build.place)
        reports[path] = replace(reports[path], findings=tuple(found))
    if reports or form != "text":
        show(tuple(reports.values()), form, color)
    bad = any(build.failed(report.findings, strict) for report in reports.values())
    return 2 if unread else int(bad)


def show(reports: tuple[Report, ...], form: str = "text", color: str = "auto") -> None:
    """Print reports in one of FORMATS."""
    if form == "text" and not any(report.findings for report in reports):
        text = f"{summary(reports)}\n"
    elif form == "text":
        from wirechart.report import as_text

        text = as_text.render(reports, colored(sys.stdout, color))
    else:
        render: Callable[[tuple[Report, ...]], str]
        render = import_module(f"wirechart.report.as_{form}").render
        text = render(reports)
    sys.stdout.write(text)


def colored(stream: "TextIO", color: str) -> bool:
    """Whether to color: when asked to, or on a terminal that nothing speaks against."""
    if color != "auto":
        return color == "always"
    plain = os.environ.get("NO_COLOR") or os.environ.get("TERM") == "dumb"
    return stream.isatty() and not plain


def sound(spec: str) -> "tuple[Source, Chart | None]":
    """A spec and its chart; what was found is printed, and with an error there is no chart."""
    source = read(spec)
    checked = build.check(source.content)
    if checked.findings:
        show((Report(source.path, checked.text, checked.findings),))
    if checked.spec is None or build.failed(checked.findings):
        return source, None
    return source, chart.build(checked.spec)
