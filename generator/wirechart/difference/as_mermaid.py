"""An overlay as a Mermaid flowchart: in a state diagram an arrow can have no style.

Added is thick and green with `+`, removed dotted and red with `−`, changed orange with `~`.
"""

from typing import TYPE_CHECKING

from wirechart.difference.overlay import BEGIN
from wirechart.targets.mermaid import BLANK, MARKS, escape

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from wirechart.difference.overlay import Arrow, Box, Mark, Overlay, Text

SIGNS: "dict[Mark, str]" = {"": "", "+": "+ ", "-": "− ", "~": "~ "}
ARROWS: "dict[Mark, str]" = {"": "-->", "+": "==>", "-": "-.->", "~": "-->"}
LINKS: "dict[Mark, str]" = {
    "": "stroke:#8a8fa3,stroke-width:1px,color:#57606a",
    "+": "stroke:#1a7f37,stroke-width:3px,color:#1a7f37",
    "-": "stroke:#cf222e,stroke-width:2px,color:#cf222e",
    "~": "stroke:#9a6700,stroke-width:2px,color:#7d4e00",
}
CLASSES: "dict[Mark, tuple[str, str]]" = {
    "": ("kept", "fill:#f6f8fa,stroke:#8a8fa3,color:#24292f"),
    "+": ("added", "fill:#dafbe1,stroke:#1a7f37,stroke-width:3px,color:#0f5323"),
    "-": (
        "removed",
        "fill:#ffebe9,stroke:#cf222e,stroke-width:2px,stroke-dasharray:3 4,color:#82071e",
    ),
    "~": ("changed", "fill:#fff8c5,stroke:#9a6700,stroke-width:2px,color:#4d2d00"),
}
ANY = "fill:#ffffff,stroke:#8a8fa3,stroke-dasharray:2 3,color:#57606a"


def render(drawn: "Overlay") -> str:
    """The text of one overlay, with a line end at its end."""
    shared = {box.name for box in _every(drawn.boxes) if box.shared}
    lines = [
        "flowchart TB",
        f'  begin(("{BLANK}"))',
        *(f"  {line}" for box in drawn.boxes for line in _box(box)),
        *(f"  {_arrow(arrow, shared)}" for arrow in drawn.arrows),
        *(f"  {line}" for line in _styles(drawn, shared)),
    ]
    return "\n".join(lines) + "\n"


def _box(box: "Box") -> "Iterator[str]":
    name = f"{SIGNS[box.mark]}{MARKS[box.kind]}{box.name}"
    if not box.children:
        yield f's_{box.name}("{_label((name, *_texts(box.lines)))}")'
        return
    yield f'subgraph s_{box.name}["{_label((name, *_texts(box.lines)))}"]'
    yield from (f"  {line}" for child in box.children for line in _box(child))
    if box.shared:
        yield f'  any_{box.name}("any state")'
    yield "end"


def _texts(lines: "Iterable[Text]") -> "Iterator[str]":
    return (f"{SIGNS[line.mark]}{line.text}" for line in lines)


def _label(lines: "Iterable[str]") -> str:
    return "<br/>".join(escape(line) for line in lines)


def _arrow(arrow: "Arrow", shared: set[str]) -> str:
    source, target = (_id(name, shared) for name in (arrow.source, arrow.target))
    label = f'|"{_label(_texts(arrow.lines))}"|' if arrow.lines else ""
    return f"{source} {ARROWS[arrow.mark]}{label} {target}"


def _id(name: str, shared: set[str]) -> str:
    if name == BEGIN:
        return "begin"
    return f"any_{name}" if name in shared else f"s_{name}"


def _styles(drawn: "Overlay", shared: set[str]) -> "Iterator[str]":
    for mark, text in LINKS.items():
        numbers = [str(n) for n, arrow in enumerate(drawn.arrows) if arrow.mark == mark]
        if numbers:
            yield f"linkStyle {','.join(numbers)} {text}"
    for mark, (name, text) in CLASSES.items():
        boxes = [f"s_{box.name}" for box in _every(drawn.boxes) if box.mark == mark]
        if boxes:
            yield f"classDef {name} {text}"
            yield f"class {','.join(boxes)} {name}"
    if shared:
        yield f"classDef any {ANY}"
        yield f"class {','.join(f'any_{name}' for name in sorted(shared))} any"


def _every(boxes: "Iterable[Box]") -> "Iterator[Box]":
    for box in boxes:
        yield box
        yield from _every(box.children)
