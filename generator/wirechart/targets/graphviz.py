"""A diagram as DOT, through the graphviz package. Knows no chart.

Node names are as in Mermaid: `s_` and the state's name, `any_` and a box's name for its arrows;
`start`, and `end_` and the name of a final state.
"""

from html import escape
from typing import TYPE_CHECKING, Protocol, cast

import graphviz  # type: ignore[import-untyped]  # it ships without types

from wirechart.decisions import rows
from wirechart.targets.diagram import OUTSIDE, VIEWS, diagram, every, shared
from wirechart.targets.home import diagram_name
from wirechart.targets.wording import generated

if TYPE_CHECKING:
    from contextlib import AbstractContextManager

    from wirechart.chart import Chart
    from wirechart.targets.diagram import Diagram, Edge, Node


class Dot(Protocol):
    """What is used of graphviz.Digraph, with types."""

    @property
    def source(self) -> str: ...
    def attr(self, kw: str | None = None, **attributes: str) -> None: ...
    def node(self, name: str, label: str | None = None, **attributes: str) -> None: ...
    def edge(self, tail_name: str, head_name: str, **attributes: str) -> None: ...
    def subgraph(self, *, name: str) -> "AbstractContextManager[Dot]": ...


FONT = "Helvetica,Arial,sans-serif"
MARKS = {"running": "", "success": "✓ ", "failure": "✗ "}  # colour is never the only sign
LOOKS = {
    "running": {"fillcolor": "#eef3fb", "color": "#3b5b92"},
    "success": {"fillcolor": "#e6f4ea", "color": "#1e7e34", "penwidth": "2.5"},
    "failure": {"fillcolor": "#fdecea", "color": "#b3261e", "style": "rounded,filled,dashed"},
}
ANY = {"fillcolor": "#f4f4f4", "color": "#777777", "style": "rounded,filled,dotted"}
FAILING = {"color": "#b3261e", "fontcolor": "#7a1a14", "style": "dashed"}


def files(chart: "Chart", source: str) -> dict[str, str]:
    """One file for each view."""
    table, first = rows(chart), f"// {generated(source)}\n"
    path = f"diagrams/{diagram_name(chart.spec)}"
    return {f"{path}-{view}.dot": first + render(diagram(chart, table, view)) for view in VIEWS}


def render(drawn: "Diagram") -> str:
    """The text of one diagram, with a line end at its end."""
    dot = nothing_yet(drawn.title)
    dot.attr(rankdir="TB", nodesep="0.6", ranksep="0.5", fontname=FONT, fontsize="13", pad="0.2")
    dot.attr(
        "node",
        shape="box",
        style="rounded,filled",
        margin="0.18,0.09",
        fontname=FONT,
        fontsize="13",
    )
    dot.attr("edge", fontname=FONT, fontsize="11", color="#333333", arrowsize="0.8")
    boxes = shared(drawn)
    _states(dot, drawn.nodes, boxes)
    ids = {node.name: f"s_{node.name}" for node in every(drawn.nodes)}
    ids |= {name: f"any_{name}" for name in boxes}
    for edge in drawn.edges:
        _edge(dot, edge, ids)
    return dot.source


def nothing_yet(title: str) -> Dot:
    """A picture without anything in it."""
    return cast("Dot", graphviz.Digraph(title))


def label(name: str, lines: "tuple[str, ...]") -> str:
    """A node's label: its name, and smaller below it these lines."""
    if not lines:
        return name
    # Where a text begins with `]`, Graphviz looks for the end of a CDATA section, and stops.
    texts = (graphviz.escape(escape(line).replace("]", "&#93;")) for line in lines)
    small = "".join(f'<BR/><FONT POINT-SIZE="11">{text}</FONT>' for text in texts)
    return f"<<B>{escape(name)}</B>{small}>"


def _shown(line: str) -> str:
    return str(graphviz.escape(line.replace("&", "&amp;")))


def aside(lines: "tuple[str, ...]") -> dict[str, str]:
    """An arrow's label: exactly these lines, aligned to the left, and not touching the arrow."""
    text = "".join(f" {_shown(line)} \\l" for line in lines)
    return {"label": graphviz.nohtml(text)} if text else {}


def _states(dot: Dot, nodes: "tuple[Node, ...]", boxes: frozenset[str]) -> None:
    for node in nodes:
        if not node.children:
            title = label(MARKS[node.kind] + node.name, node.lines)
            dot.node(f"s_{node.name}", title, **LOOKS[node.kind])
            continue
        with dot.subgraph(name=f"cluster_{node.name}") as box:
            title = label(node.name, ())
            box.attr(label=title, style="rounded", color="#8a8fa3", margin="14")
            _states(box, node.children, boxes)
            if node.name in boxes:
                box.node(f"any_{node.name}", "any state", **ANY)


def _edge(dot: Dot, edge: "Edge", ids: dict[str, str]) -> None:
    if edge.source == OUTSIDE:
        dot.node("start", "", shape="circle", width="0.16", fillcolor="#333333", color="#333333")
    if edge.target == OUTSIDE:
        dot.node(f"end_{edge.source}", "", shape="doublecircle", width="0.12", fillcolor="#333333")
    source = ids.get(edge.source, "start")
    target = ids.get(edge.target, f"end_{edge.source}")
    dot.edge(source, target, **aside(edge.lines), **(FAILING if edge.failing else {}))
