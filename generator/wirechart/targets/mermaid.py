"""A diagram as Mermaid text (`stateDiagram-v2`). Knows what Mermaid loses; knows no chart.

Ids are `s_` and the state's name, shown by alias. The arrows of a box start at a node inside it,
`any_` and its name: older versions draw an arrow from a box across everything else.
"""

import re
from typing import TYPE_CHECKING

from wirechart.decisions import rows
from wirechart.targets.diagram import OUTSIDE, VIEWS, diagram, every, shared
from wirechart.targets.home import diagram_name
from wirechart.targets.wording import generated

if TYPE_CHECKING:
    from collections.abc import Iterator

    from wirechart.chart import Chart
    from wirechart.targets.diagram import Diagram, Node

# A character stays as it is where it has no meaning in Mermaid, HTML or Markdown: `_` and `-` only
# inside a word; at the beginning of a line no sign, and no `.` or `)` behind a number (a list).
UNSAFE = re.compile(
    r"[^A-Za-z0-9 _.,()=/+?!'-]|(?<![A-Za-z0-9])[_-]|[_-](?![A-Za-z0-9])"
    r"|^[^A-Za-z0-9]+|(?<=\d)[.)]|  +| +$"
)
# `direction LR` is a statement wherever it stands on a line, and `www.` begins a link.
WORDS = re.compile(r"d(?=irection)|w(?=ww)")
BLANK = "#160;"  # a line without anything would vanish
MARKS = {"running": "", "success": "✓ ", "failure": "✗ "}  # colour is never the only sign
STYLES = {
    "any": "fill:#f4f4f4,stroke:#777,stroke-dasharray:2 3,color:#333",
    "success": "fill:#e6f4ea,stroke:#1e7e34,stroke-width:3px,color:#10301a",
    "failure": "fill:#fdecea,stroke:#b3261e,stroke-width:2px,stroke-dasharray:6 3,color:#410e0b",
}


def files(chart: "Chart", source: str) -> dict[str, str]:
    """One file for each view."""
    table, first = rows(chart), f"%% {generated(source)}\n"
    path = f"diagrams/{diagram_name(chart.spec)}"
    return {f"{path}-{view}.mmd": first + render(diagram(chart, table, view)) for view in VIEWS}


def render(drawn: "Diagram") -> str:
    """The text of one diagram, with a line end at its end."""
    boxes = shared(drawn)
    first = frozenset(edge.target for edge in drawn.edges if edge.source == OUTSIDE)
    states = _states(drawn.nodes, boxes, first)
    lines = ["direction TB", *states, *_edges(drawn, boxes), *_styles(drawn, boxes)]
    return "stateDiagram-v2\n" + "".join(f"  {line}\n" for line in lines)


def escape(text: str) -> str:
    """One line of text, so that a label or an alias shows exactly it."""
    return WORDS.sub(_entities, UNSAFE.sub(_entities, text))


def _entities(found: re.Match[str]) -> str:
    return "".join(f"#{ord(character)};" for character in found[0])


def _states(
    nodes: "tuple[Node, ...]", boxes: frozenset[str], first: frozenset[str]
) -> "Iterator[str]":
    for node in nodes:
        named = f'state "{MARKS[node.kind]}{escape(node.name)}" as s_{node.name}'
        if node.children:
            yield f"{named} {{"
            yield from (f"  {line}" for line in _states(node.children, boxes, first))
            if node.name in boxes:
                yield f'  state "any state" as any_{node.name}'
            yield "}"
        else:
            yield named
            yield from (f"s_{node.name}: {escape(line)}" for line in node.lines)
        if node.name in first:
            yield f"[*] --> s_{node.name}"


def _edges(drawn: "Diagram", boxes: frozenset[str]) -> "Iterator[str]":
    ids = {node.name: f"s_{node.name}" for node in every(drawn.nodes)} | {OUTSIDE: "[*]"}
    ids |= {name: f"any_{name}" for name in boxes}
    for edge in drawn.edges:
        mark = MARKS["failure"] if edge.failing else ""  # an arrow can have no style
        label = mark + "<br/>".join(escape(line) or BLANK for line in edge.lines)
        if edge.source != OUTSIDE:
            arrow = f"{ids[edge.source]} --> {ids[edge.target]}"
            yield f"{arrow}: {label}" if edge.lines else arrow


def _styles(drawn: "Diagram", boxes: frozenset[str]) -> "Iterator[str]":
    styled = {f"any_{name}": "any" for name in sorted(boxes)}
    styled |= {f"s_{node.name}": node.kind for node in drawn.nodes if node.kind != "running"}
    for style, text in STYLES.items():
        if style in styled.values():
            yield f"classDef {style} {text}"
    yield from (f"class {identifier} {style}" for identifier, style in styled.items())
