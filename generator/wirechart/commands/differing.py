"""Compare specs and print what is different. Knows places and formats; finds nothing itself."""

import sys
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING

import click

from wirechart import revisions
from wirechart.commands.findings import colored
from wirechart.difference.comparison import compare as compare_pair

if TYPE_CHECKING:
    from collections.abc import Callable

    from wirechart.difference.comparison import Comparison
    from wirechart.revisions import Sources


def compare(places: tuple[str, ...], against: str | None, form: str, color: str) -> int:
    """Print what is different; 1 if anything is, else 0.

    Raises:
        JobError: a place does not exist, or a spec cannot be compared.
    """
    old, new = sides(places, against)
    found = tuple(compare_pair(pair) for pair in revisions.pairs(old, new))
    sys.stdout.write(printed(found, form, color))
    return int(any(one.lines for one in found))


def printed(found: "tuple[Comparison, ...]", form: str, color: str) -> str:
    """Comparisons in one of the formats."""
    if form == "text":
        from wirechart.difference import as_text

        return as_text.render(found, colored(sys.stdout, color))
    if form == "html":
        from wirechart.difference import as_html

        return as_html.render(found, drawn)
    render: Callable[[tuple[Comparison, ...]], str]
    if form in ("mermaid", "dot"):
        render = getattr(import_module("wirechart.difference.drawings"), form)
        return render(found)
    render = import_module(f"wirechart.difference.as_{form}").render
    return render(found)


def drawn(dot: str) -> str | None:
    """A picture as SVG; None: there is no Graphviz here."""
    import graphviz  # type: ignore[import-untyped]  # it ships without types

    try:
        svg: str = graphviz.pipe("dot", "svg", dot.encode()).decode()
    except graphviz.ExecutableNotFound:
        return None
    return svg


def sides(places: tuple[str, ...], against: str | None) -> "tuple[Sources, Sources]":
    """The specs of both sides.

    Raises:
        UsageError: more than two places, and no revision.
        JobError: a place does not exist.
    """
    if against is not None:
        return revisions.against(against, places)
    match places:
        case (old, new):
            return revisions.texts(old), revisions.texts(new)
        case (one,) if not Path(one).exists() and ":" not in one:
            return revisions.against(one, ())
        case () | (_,):
            return revisions.against("HEAD", places)
        case _:
            raise click.UsageError("name OLD and NEW, or a revision with --against")
