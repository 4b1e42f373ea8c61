"""Binds checked nodes to connections and scenarios. Knows keys; reports nothing."""

from typing import TYPE_CHECKING

from wirechart.model import Connection, Scenario, Step, Tighter
from wirechart.reader.bind_wire import fields
from wirechart.reader.nodes import (
    doc,
    entries,
    is_scalar,
    items,
    keys,
    listed,
    maybe_ref,
    name,
    ref,
    was,
    within,
)
from wirechart.syntax import Mapping

if TYPE_CHECKING:
    from collections.abc import Iterator

    from wirechart.syntax import Entry, Node


def connection(entry: "Entry") -> Connection:
    """An entry of `connections`."""
    written = keys(entry.value)
    later = "preamble" in written and is_scalar(written["preamble"].value)
    return Connection(
        name=entry.key.text,
        opener=ref(written, "from"),
        asker=maybe_ref(written, "asks"),
        preamble=() if later else fields(written, "preamble"),
        most=maybe_ref(written, "most"),
        bare=tuple(name(item) for item in listed(written, "bare")),
        doc=doc(entry.value),
        span=entry.key.span,
        later=later,
        over=tuple(name(item) for item in listed(written, "over")),
        limits=tuple(
            Tighter(name(entry.key), name(entry.value)) for entry in within(written, "limits")
        ),
        was=was(entry.value),
    )


def scenario(entry: "Entry") -> Scenario:
    """An entry of `scenarios`: its steps, or a mapping that holds them."""
    node = entry.value
    written = keys(node)["steps"].value if isinstance(node, Mapping) else node
    steps = tuple(step for item in items(written) for step in _steps(item))
    return Scenario(entry.key.text, steps, doc(node), entry.key.span, was(node))


def _steps(node: "Node") -> "Iterator[Step]":
    """A message, or `{CONNECTION: MESSAGES}`."""
    if is_scalar(node):
        yield Step(name(node), None)
        return
    for entry in entries(node):
        yield from (Step(name(item), name(entry.key)) for item in items(entry.value))
