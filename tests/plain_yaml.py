"""Nodes as YAML text: block style, plain scalars. Knows no spec."""

from collections.abc import Iterator, Mapping, Sequence

Node = str | int | bool | Mapping[str, "Node"] | Sequence["Node"]


def yaml(node: Node, depth: int = 0) -> Iterator[str]:
    """The lines of a node in block style, everything plain."""
    indent = "  " * depth
    match node:
        case Mapping():
            for key, value in node.items():
                yield from _entry(f"{indent}{key}:", value, depth)
        case str() | int():
            yield f"{indent}{str(node).lower() if isinstance(node, bool) else node}"
        case _:
            for item in node:
                yield from _entry(f"{indent}-", item, depth)


def _entry(head: str, value: Node, depth: int) -> Iterator[str]:
    if isinstance(value, str | int):
        yield f"{head} {next(yaml(value))}"
    elif not value:
        yield f"{head} {{}}"
    else:
        yield head
        yield from yaml(value, depth + 1)
