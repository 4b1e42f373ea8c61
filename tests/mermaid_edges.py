"""What the real Mermaid understood of a diagram. Knows node and its packages; knows no chart.

Mermaid and jsdom are as pinned in tests/mermaid/package-lock.json. What Mermaid 12 loses or breaks,
tried with it:

- Ids `note`, `class`, `default`, `click`, `style`, `scale`, `href`, `classDef`, `accTitle` and
  `stateDiagram` do not parse, most of them where a line begins with one; an edge to `state` loses
  its label; `root` breaks the layout; `-` and `:::` are no part of an id. With the prefix `s_`
  every identifier works.
- In a label `;` ends the statement, `<x` vanishes as a tag, `::` and `:::` do not parse, `%%{…}%%`
  vanishes, `direction LR` turns the diagram wherever it stands on a line. In an alias `"` ends the
  text. Everything is Markdown besides: `*x*`, `_x_` and `\\*` lose characters, `$$x$$` is
  mathematics, `fa:fa-x` an icon; older versions refuse lists (`1. x`) and links (`www.x.y`).
- Entity codes (`#59;`) survive everywhere, for every character of every plane. `&lt;` does not: its
  `;` ends the statement.
- A line break is `<br/>`; `\\n` is shown as written. Empty first and last lines of an edge label
  are lost, and so is a `\\` or `~` in an alias of several lines, even as an entity code.
- A composite with an alias, edges from and to it, notes and classes are understood as written.
"""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import node_harness

if TYPE_CHECKING:
    from collections.abc import Sequence

HARNESS = Path(__file__).parent / "mermaid"


@dataclass(frozen=True, slots=True)
class State:
    """A node: `shape` is Mermaid's word (rect, roundedWithTitle, stateStart, stateEnd, note, …)."""

    id: str
    shape: str
    parent: str  # the composite's id; "": the diagram itself
    direction: str  # of a composite; "": not a composite
    classes: tuple[str, ...]
    shown: str  # as drawn, lines separated by "\n"; "" for start and end


@dataclass(frozen=True, slots=True)
class Edge:
    """An arrow with its label as drawn."""

    source: str
    target: str
    shown: str


@dataclass(frozen=True, slots=True)
class ParsedDiagram:
    """States and edges in Mermaid's order; or only an `error`, in Mermaid's words."""

    error: str  # "": understood and drawn
    direction: str
    states: tuple[State, ...]
    edges: tuple[Edge, ...]


def parse(texts: "Sequence[str]") -> list[ParsedDiagram]:
    """One answer per text, in order, from a node that goes on: 2 s once, 0.2 s for each diagram.

    Raises:
        AssertionError: node or npm failed; never for a diagram that does not parse.
    """
    answers = json.loads(node_harness.ask(HARNESS, "parse.mjs", list(texts)))
    return [_diagram(answer) for answer in answers]


def _diagram(answer: dict[str, Any]) -> ParsedDiagram:
    return ParsedDiagram(
        error=answer["error"],
        direction=answer["direction"],
        states=tuple(_state(**state) for state in answer["states"]),
        edges=tuple(Edge(**edge) for edge in answer["edges"]),
    )


def _state(classes: list[str], **rest: str) -> State:
    return State(classes=tuple(classes), **rest)
