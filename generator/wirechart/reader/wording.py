"""Shapes in words: what is expected somewhere, and how it is written. Checks nothing."""

import re
from typing import TYPE_CHECKING

from wirechart.reader import leaves
from wirechart.shape import Choice, Each, Formula, Items, Record, Use
from wirechart.syntax import Mapping, Scalar, Sequence

if TYPE_CHECKING:
    from wirechart.shape import Shape
    from wirechart.syntax import Node

KINDS = {Scalar: "text", Mapping: "a mapping", Sequence: "a list"}


def label(owner: Scalar) -> str:
    """The key, as a message names it; the root has none."""
    return leaves.shown(owner.text) if owner.text else "the spec"


def expected(shape: "Shape") -> str:
    """The kinds of node a shape takes, in words."""
    match shape:
        case Record() | Each():
            return "a mapping"
        case Items():
            return "a list"
        case Choice():
            leaf = ("text",) if shape.leaf else ()
            mapping = ("a mapping",) if shape.mappings else ()
            items = ("a list",) if shape.items else ()
            return " or ".join(leaf + mapping + items)
        case _:
            return "text"


def how(shape: "Shape") -> str:
    """One way to write a shape."""
    match shape:
        case Choice(leaf=leaf) if leaf is not None:
            return how(leaf)
        case Choice(mappings=mappings) if mappings:
            return how(mappings[-1])
        case Record():
            keys = [key for key in shape.keys if key.required] or list(shape.keys[:1])
            inner = ", ".join(f"{key.name}: …" for key in keys)
            return f"write `{{{inner}}}`" if shape.at_least or keys[0].required else "write `{}`"
        case Each(key=key):
            name = "EXPRESSION" if isinstance(key, Formula) else leaves.example(key)
            return f"write `{{{name}: …}}`" if shape.at_least else "write `{}`, or leave it out"
        case Items():
            return "write `[…]`"
        case Use() | Choice():
            return "write what belongs there"
        case _:
            return f"write {leaves.sample(shape)}"


def how_with(shape: "Shape", node: "Node") -> str:
    """The same; a name that was written instead takes the one place where it may belong."""
    way = how(shape)
    if isinstance(node, Scalar) and way.count("…") == 1 and re.fullmatch("[A-Za-z]\\w*", node.text):
        return way.replace("…", node.text)
    return way
