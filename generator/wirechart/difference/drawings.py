"""The pictures of comparisons alone, as Mermaid or DOT: one after another, each with its title."""

from typing import TYPE_CHECKING

from wirechart.difference.pictures import pictures

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from wirechart.difference.comparison import Comparison
    from wirechart.difference.overlay import Overlay


def mermaid(compared: "Iterable[Comparison]") -> str:
    """Flowcharts."""
    from wirechart.difference import as_mermaid  # noqa: PLC0415 -- only what is asked for

    return "\n".join(_texts(compared, as_mermaid.render, "%%"))


def dot(compared: "Iterable[Comparison]") -> str:
    """Graphs, which Graphviz takes in one file."""
    from wirechart.difference import as_dot  # noqa: PLC0415 -- Graphviz's package is slow

    return "\n".join(_texts(compared, as_dot.render, "//"))


def _texts(
    compared: "Iterable[Comparison]", render: "Callable[[Overlay], str]", comment: str
) -> "Iterator[str]":
    for one in compared:
        drawn, missing = pictures(one)
        yield from (f"{comment} {text}\n" for text in missing)
        yield from (f"{comment} {overlay.title}\n{render(overlay)}" for overlay in drawn)
