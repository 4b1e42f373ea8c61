"""Access to a checked tree: its keys and texts as values. Knows no key; checks nothing again."""

from typing import TYPE_CHECKING

from wirechart.model import Ref
from wirechart.syntax import Entry, Mapping, Scalar, Sequence

if TYPE_CHECKING:
    from wirechart.syntax import Node

Keys = dict[str, Entry]


def keys(node: "Node") -> Keys:
    """The entries of a mapping by key."""
    return {entry.key.text: entry for entry in entries(node)}


def entries(node: "Node") -> tuple[Entry, ...]:
    """The entries of a mapping.

    Raises:
        TypeError: it is none; the check rules it out.
    """
    if not isinstance(node, Mapping):
        raise TypeError(node)
    return node.entries


def scalar(node: "Node") -> Scalar:
    """The node, which is a scalar.

    Raises:
        TypeError: it is none; the check rules it out.
    """
    if not isinstance(node, Scalar):
        raise TypeError(node)
    return node


def items(node: "Node") -> "tuple[Node, ...]":
    """The items of a sequence, or the one node that stands for a sequence of one."""
    return node.items if isinstance(node, Sequence) else (node,)


def within(written: Keys, key: str) -> tuple[Entry, ...]:
    """The entries of the mapping under a key; none where there is no such key."""
    return entries(written[key].value) if key in written else ()


def listed(written: Keys, key: str) -> "tuple[Node, ...]":
    """The items of the sequence under a key; none where there is no such key."""
    return items(written[key].value) if key in written else ()


def text(written: Keys, key: str) -> str:
    """The text under a key; empty where there is no such key."""
    return scalar(written[key].value).text if key in written else ""


def doc(node: "Node") -> str:
    """The doc of a long form, without the line breaks of its source; a short form has none."""
    return " ".join(text(keys(node), "doc").split()) if isinstance(node, Mapping) else ""


def was(node: "Node") -> tuple[Ref, ...]:
    """The former names that a long form says; a short form says none."""
    written = keys(node) if isinstance(node, Mapping) else {}
    return tuple(name(item) for item in listed(written, "was"))


def name(node: "Node") -> Ref:
    """The name a scalar holds, without `limits.`."""
    written = scalar(node)
    return Ref(written.text.removeprefix("limits."), written.span)


def ref(written: Keys, key: str) -> Ref:
    """The name under a required key."""
    return name(written[key].value)


def maybe_ref(written: Keys, key: str, *absent: str) -> Ref | None:
    """The name under a key; None where there is no such key, or one of the words `absent`."""
    return ref(written, key) if key in written and text(written, key) not in absent else None


def is_scalar(node: "Node", *words: str) -> bool:
    """Whether it is a scalar, one of the words if there are any."""
    return isinstance(node, Scalar) and (not words or node.text in words)
