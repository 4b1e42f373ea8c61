"""Python text as `ruff format` leaves it, for names of any length. Knows no spec."""

import re
from textwrap import wrap
from typing import TYPE_CHECKING

from wirechart.targets.statements import INDENT, LINE, call

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence


def prose(text: str, width: int) -> tuple[str, ...]:
    """A text of a spec as lines that may stand in a docstring or a comment."""
    shown = "".join(c if c.isprintable() else "?" for c in " ".join(text.split()))
    safe = shown.replace("\\", "/").replace('"""', "'''")
    return tuple(wrap(safe, width, break_on_hyphens=False))


def docstring(depth: int, *paragraphs: str) -> tuple[str, ...]:
    """The lines of a docstring; empty paragraphs are left out.

    The first paragraph has to fit on its line, or is wrapped like the others.
    """
    indent = INDENT * depth
    width = LINE - len(indent) - 8
    lines: list[str] = []
    for paragraph in paragraphs:
        if part := prose(paragraph, width):
            lines += ["", *part] if lines else part
    if lines[0].startswith('"'):
        lines[0] = f"'{lines[0][1:]}"
    if lines[-1].endswith('"'):
        lines[-1] += "."
    if len(lines) == 1:
        return (f'{indent}"""{lines[0]}"""',)
    first, *rest = lines
    shown = (f"{indent}{line}" if line else "" for line in rest)
    return (f'{indent}"""{first}', *shown, f'{indent}"""')


def imports(module: str, names: "Iterable[str]") -> tuple[str, ...]:
    """`from module import …`; nothing without names."""
    listed = sorted(set(names), key=import_order)
    if not listed:
        return ()
    flat = f"from {module} import {', '.join(listed)}"
    if len(flat) <= LINE:
        return (flat,)
    return (f"from {module} import (", *(f"{INDENT}{name}," for name in listed), ")")


def import_order(name: str) -> tuple[int, list[str | int], str]:
    """Constants, classes, functions, numbers in names as numbers; as import sorters do it."""
    is_constant = name.isupper() and len(name) > 1
    kind = 0 if is_constant else 1 if name[0].isupper() else 2
    parts = re.split(r"([0-9]+)", name.lower() if kind == 2 else name)
    return kind, [int(part) if part.isdecimal() else part for part in parts], name


def argument(depth: int, name: str, items: "Sequence[str]") -> tuple[str, ...]:
    """A keyword argument that is a tuple."""
    indent = INDENT * depth
    if len(items) > 1:
        return (f"{indent}{name}=(", *(f"{indent}{INDENT}{item}," for item in items), f"{indent}),")
    return (f"{indent}{name}=({items[0]},)," if items else f"{indent}{name}=(),",)


def alias(name: str, members: "Sequence[str]") -> tuple[str, ...]:
    """A type alias for a union."""
    head = f"{name}: typing.TypeAlias = "
    union = " | ".join(members)
    if len(head) + len(union) <= LINE:
        return (f"{head}{union}",)
    if len(union) + len(INDENT) <= LINE:
        return (f"{head}(", f"{INDENT}{union}", ")")
    first, *others = members
    return (f"{head}(", f"{INDENT}{first}", *(f"{INDENT}| {other}" for other in others), ")")


def union(members: "Sequence[str]") -> str:
    """A union as an annotation."""
    return " | ".join(members)


def definition(
    depth: int, name: str, parameters: "Iterable[tuple[str, str]]", result: str
) -> tuple[str, ...]:
    """The first statement of a function; parameters are names and annotations, in order."""
    written = tuple(_parameter(depth + 1, *parameter) for parameter in parameters)
    flat = call(depth, f"def {name}", written, f" -> {result}:")
    return tuple(line for part in flat for line in part.split("\n"))


def _parameter(depth: int, name: str, annotation: str) -> str:
    indent = INDENT * depth
    flat = f"{name}: {annotation}" if annotation else name
    if len(indent) + len(flat) + 1 <= LINE:
        return flat
    inner = "".join(f"\n{indent}{INDENT}{part}," for part in annotation.split(" | "))
    return f"{name}: typing.Union[{inner}\n{indent}]"
