"""An overlay as DOT, through the graphviz package. Signs, line styles and colors as in Mermaid."""

from typing import TYPE_CHECKING

from wirechart.difference.as_mermaid import SIGNS
from wirechart.difference.overlay import BEGIN
from wirechart.targets.graphviz import FONT, MARKS, aside, label, nothing_yet

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from wirechart.difference.overlay import Arrow, Box, Mark, Overlay, Text
    from wirechart.targets.graphviz import Dot

LOOKS: "dict[Mark, dict[str, str]]" = {
    "": {"fillcolor": "#f6f8fa", "color": "#8a8fa3", "fontcolor": "#24292f"},
    "+": {"fillcolor": "#dafbe1", "color": "#1a7f37", "fontcolor": "#0f5323", "penwidth": "2.6"},
    "-": {
        "fillcolor": "#ffebe9",
        "color": "#cf222e",
        "fontcolor": "#82071e",
        "style": "rounded,filled,dashed",
    },
    "~": {"fillcolor": "#fff8c5", "color": "#9a6700", "fontcolor": "#4d2d00", "penwidth": "1.8"},
}
LINES: "dict[Mark, dict[str, str]]" = {
    "": {"color": "#8a8fa3", "fontcolor": "#57606a"},
    "+": {"color": "#1a7f37", "fontcolor": "#1a7f37", "style": "bold", "penwidth": "2.6"},
    "-": {"color": "#cf222e", "fontcolor": "#cf222e", "style": "dashed", "penwidth": "1.6"},
    "~": {"color": "#9a6700", "fontcolor": "#7d4e00", "penwidth": "1.8"},
}
ANY = {"fillcolor": "#ffffff", "color": "#8a8fa3", "style": "rounded,filled,dotted"}


def render(drawn: "Overlay") -> str:
    """The text of one overlay, with a line end at its end."""
    dot = nothing_yet(drawn.title)
    dot.attr(rankdir="TB", nodesep="0.5", ranksep="0.5", fontname=FONT, fontsize="13", pad="0.2")
    dot.attr("graph", bgcolor="transparent")
    dot.attr(
        "node",
        shape="box",
        style="rounded,filled",
        margin="0.18,0.09",
        fontname=FONT,
        fontsize="13",
    )
    dot.attr("edge", fontname=FONT, fontsize="11", arrowsize="0.8")
    dot.node("begin", "", shape="circle", width="0.16", fillcolor="#333333", color="#333333")
    shared = frozenset(_boxes(dot, drawn.boxes))
    for arrow in drawn.arrows:
        _arrow(dot, arrow, shared)
    return dot.source


def _boxes(dot: "Dot", boxes: "Iterable[Box]") -> "Iterator[str]":
    for box in boxes:
        lines = tuple(_texts(box.lines))
        named = label(f"{SIGNS[box.mark]}{MARKS[box.kind]}{box.name}", lines)
        if not box.children:
            dot.node(f"s_{box.name}", named, **LOOKS[box.mark])
            continue
        with dot.subgraph(name=f"cluster_{box.name}") as inside:
            look = LOOKS[box.mark]
            style = "rounded,dashed" if box.mark == "-" else "rounded"
            inside.attr(label=named, style=style, margin="14", color=look["color"])
            yield from _boxes(inside, box.children)
            if box.shared:
                inside.node(f"any_{box.name}", "any state", **ANY)
                yield box.name


def _texts(lines: "Iterable[Text]") -> "Iterator[str]":
    return (f"{SIGNS[line.mark]}{line.text}" for line in lines)


def _arrow(dot: "Dot", arrow: "Arrow", shared: frozenset[str]) -> None:
    source, target = (_id(name, shared) for name in (arrow.source, arrow.target))
    dot.edge(source, target, **aside(tuple(_texts(arrow.lines))), **LINES[arrow.mark])


def _id(name: str, shared: frozenset[str]) -> str:
    if name == BEGIN:
        return "begin"
    return f"any_{name}" if name in shared else f"s_{name}"
