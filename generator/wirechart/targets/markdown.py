"""Markdown as code hosts read it: tables, code, text that stays text. Knows no spec."""

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

MARKUP = re.compile(r"[\\`*_\[\]<>#|~$&]|^[-+=]|(?<=\d)[.)](?= )")


def plain(text: str) -> str:
    """A text on one line, shown as it is."""
    return MARKUP.sub(lambda found: f"\\{found[0]}", " ".join(text.split()))


def code(text: str) -> str:
    """A name or an expression, shown as code; neither holds a backtick or `|`."""
    return f"`{text}`"


def table(head: "Iterable[str]", body: "Iterable[Iterable[str]]") -> str:
    """Rows of finished cells; without its last column where that is empty."""
    grid = [tuple(head), *(tuple(row) for row in body)]
    if not any(row[-1] for row in grid):
        grid = [row[:-1] for row in grid]
    grid.insert(1, tuple("---" for _ in grid[0]))
    return "\n".join(f"| {' | '.join(row)} |" for row in grid)


def section(title: str, *parts: str) -> tuple[str, ...]:
    """A heading with what is below it; nothing at all without."""
    filled = tuple(part for part in parts if part)
    return (f"## {title}", *filled) if filled else ()
