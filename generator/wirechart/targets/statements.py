"""Python statements, laid out as `ruff format` leaves them. Knows no protocol."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

LINE = 100  # characters
INDENT = "    "


@dataclass(frozen=True, slots=True)
class Items:
    """A list as an argument: `event=[a, b]`."""

    keyword: str
    items: tuple[str, ...]

    def __str__(self) -> str:
        return f"{self.keyword}=[{', '.join(self.items)}]"


def call(
    depth: int, head: str, arguments: "Iterable[str | Items]", tail: str = ""
) -> tuple[str, ...]:
    """`head(a, b)tail` on one line if it fits, else one argument per line, each with a comma."""
    indent, parts = INDENT * depth, tuple(arguments)
    flat = f"{indent}{head}({', '.join(str(part) for part in parts)}){tail}"
    if len(flat) <= LINE or not parts:
        return (flat,)
    inner = (line for part in parts for line in _argument(depth + 1, part))
    return (f"{indent}{head}(", *inner, f"{indent}){tail}")


def _argument(depth: int, argument: str | Items) -> tuple[str, ...]:
    indent, flat = INDENT * depth, f"{INDENT * depth}{argument},"
    if isinstance(argument, str) or len(flat) <= LINE:
        return (flat,)
    items = (f"{indent}{INDENT}{item}," for item in argument.items)
    return (f"{indent}{argument.keyword}=[", *items, f"{indent}],")
