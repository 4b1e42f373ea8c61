"""A comparison for terminals: a sign, what it is, how it was and is, and both places."""

from typing import TYPE_CHECKING

from wirechart.difference.comparison import summary, version
from wirechart.difference.lines import AREAS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from wirechart.difference.comparison import Comparison
    from wirechart.difference.lines import Detail, Line

    Paint = Callable[[str, str], str]  # a text, and its color

COLORS = {"+": "32", "-": "31", "~": "33", "=": "36"}
DIM, BOLD = "2", "1"
WIDTH = 88  # of a line with old and new beside one another
MOST = 6  # states that are named


def render(compared: "Iterable[Comparison]", colored: bool = False) -> str:
    """All of them, those without a difference in one line."""
    paint = _painted if colored else _plain
    return "\n".join("\n".join(_comparison(one, paint)) + "\n" for one in compared)


def title(compared: "Comparison") -> str:
    """What is compared with what."""
    if compared.old is None or compared.new is None:
        return f"{compared.protocol}: {version(compared).source.path}"
    return f"{compared.protocol}: {compared.old.source.path} → {compared.new.source.path}"


def _comparison(compared: "Comparison", paint: "Paint") -> "Iterator[str]":
    yield f"{paint(title(compared), BOLD)}: {summary(compared)}"
    for area in AREAS:
        found = [line for line in compared.lines if line.area == area]
        if found:
            yield paint(area, BOLD)
        for line in found:
            yield from _line(compared, line, paint)


def _line(compared: "Comparison", line: "Line", paint: "Paint") -> "Iterator[str]":
    color = COLORS[line.sign]
    said = said_of(line)
    short = f"{line.sign} {line.subject}{': ' if said else ''}{said}"
    if len(short) <= WIDTH or not line.details:
        yield "  " + paint(short, color)
    else:
        yield "  " + paint(f"{line.sign} {line.subject}", color)
        for detail in line.details:
            yield from _long(detail, paint)
    where = where_it_counts(line)
    if where:
        yield f"      {where}"
    yield paint(f"      {places(compared, line)}", DIM)


def said_of(line: "Line") -> str:
    """What is different, on one line."""
    if not line.details:
        return line.text
    return "; ".join(_short(detail) for detail in line.details)


def _short(detail: "Detail") -> str:
    label = f"{detail.what} " if detail.what else ""
    return f"{label}{detail.old} → {detail.new}"


def _long(detail: "Detail", paint: "Paint") -> "Iterator[str]":
    label = f"{detail.what} " if detail.what else ""
    yield paint(f"      - {label}{detail.old}", COLORS["-"])
    yield paint(f"      + {label}{detail.new}", COLORS["+"])


def where_it_counts(line: "Line") -> str:
    """The states in which it counts, where that is more than its own."""
    if line.silent:
        return "no state does anything else for it"
    if not line.states or line.states == (line.owner,):
        return ""
    shown = ", ".join(line.states[:MOST])
    more = f" and {len(line.states) - MOST} more" if len(line.states) > MOST else ""
    return f"in {shown}{more}"


def places(compared: "Comparison", line: "Line") -> str:
    """`main:spec/link.yaml:3 → spec/link.yaml:4`, or the one there is."""
    sides = ((compared.old, line.before), (compared.new, line.after))
    return " → ".join(
        f"{side.source.path}:{span.line}:{span.column}"
        for side, span in sides
        if side is not None and span is not None
    )


def _plain(text: str, _: str) -> str:
    return text


def _painted(text: str, color: str) -> str:
    return f"\x1b[{color}m{text}\x1b[0m" if text else ""
