"""A comparison as one page that needs nothing else: no network, no script, no other file."""

import re
from typing import TYPE_CHECKING

from wirechart.difference import as_dot
from wirechart.difference.as_text import places, where_it_counts
from wirechart.difference.comparison import SIGNS, summary, version
from wirechart.difference.lines import AREAS
from wirechart.difference.matrix import SAME, matrices
from wirechart.difference.pictures import pictures

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from wirechart.difference.comparison import Comparison
    from wirechart.difference.lines import Line
    from wirechart.difference.matrix import Matrix

    Draw = Callable[[str], str | None]  # DOT -> SVG; None: it cannot be drawn here

LEGEND = "+ thick: new, − dashed: gone, both or ~: changed, grey: as it was"
PROLOG = re.compile(r"\A.*?(?=<svg)", re.DOTALL)
IDENTIFIER = re.compile(r' id="[^"]*"')  # the same in every picture of a page


def render(compared: "Iterable[Comparison]", draw: "Draw") -> str:
    """The page, with a line end at its end; without pictures where they cannot be drawn."""
    from jinja2 import Environment, PackageLoader, StrictUndefined  # noqa: PLC0415 -- slow

    environment = Environment(
        loader=PackageLoader("wirechart"),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
        autoescape=True,
    )
    protocols = [_protocol(one, draw) for one in compared]
    different = sum(bool(one["areas"]) for one in protocols)
    return environment.get_template("difference/page.html.j2").render(
        title="What changed",
        lead=f"{different} of {len(protocols)} protocols differ" if different else "Nothing.",
        legend=LEGEND,
        protocols=protocols,
    )


def _protocol(compared: "Comparison", draw: "Draw") -> dict[str, object]:
    figures, notes = _figures(compared, draw)
    return {
        "name": compared.protocol,
        "sides": _sides(compared),
        "summary": summary(compared),
        "figures": figures,
        "notes": notes,
        "areas": list(_areas(compared)),
        "matrices": [_matrix(one) for one in matrices(compared.tables)],
    }


def _sides(compared: "Comparison") -> str:
    if compared.old is None or compared.new is None:
        return version(compared).source.path
    return f"{compared.old.source.path} → {compared.new.source.path}"


def _figures(compared: "Comparison", draw: "Draw") -> tuple[list[dict[str, str]], list[str]]:
    drawn, missing = pictures(compared)
    made = [(one.title, draw(as_dot.render(one))) for one in drawn]
    figures = [{"title": title, "svg": _bare(svg)} for title, svg in made if svg is not None]
    undrawn = [NO_DOT] if len(figures) < len(made) else []
    return figures, [*missing, *undrawn]


NO_DOT = "Not drawn: Graphviz's `dot` is not installed. The tables below say the same."


def _bare(svg: str) -> str:
    return IDENTIFIER.sub("", PROLOG.sub("", svg))


def _areas(compared: "Comparison") -> "Iterator[dict[str, object]]":
    for area in AREAS:
        found = [_line(compared, line) for line in compared.lines if line.area == area]
        if found:
            yield {"name": area, "lines": found}


def _line(compared: "Comparison", line: "Line") -> dict[str, object]:
    return {
        "sign": line.sign.replace("-", "−"),
        "word": SIGNS[line.sign],
        "subject": line.subject,
        "text": f": {line.text}" if line.text else "",
        "details": [{"what": d.what, "old": d.old, "new": d.new} for d in line.details],
        "where": where_it_counts(line),
        "places": places(compared, line),
    }


def _matrix(matrix: "Matrix") -> dict[str, object]:
    named = f" of machine {matrix.machine}" if matrix.machine else ""
    return {
        "title": f"{matrix.changed} changed cells of the table{named}",
        "events": matrix.events,
        "rows": [
            (state, [None if cell is SAME else cell for cell in cells])
            for state, cells in matrix.rows
        ],
    }
