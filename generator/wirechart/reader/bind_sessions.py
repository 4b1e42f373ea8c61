"""Binds checked nodes to resources and properties. Knows keys; reports nothing."""

from typing import TYPE_CHECKING

from wirechart.model import Owner, Property, Resource
from wirechart.reader.nodes import doc, is_scalar, items, keys, name, scalar, was, within

if TYPE_CHECKING:
    from collections.abc import Callable

    from wirechart.reader.nodes import Keys
    from wirechart.statements import Statement
    from wirechart.syntax import Entry, Scalar


def resource(entry: "Entry") -> Resource:
    """An entry of `resources`."""
    written = keys(entry.value)
    return Resource(
        name=entry.key.text,
        owners=_owners(written, "owners"),
        in_doubt=_owners(written, "in_doubt"),
        doc=doc(entry.value),
        span=entry.key.span,
        was=was(entry.value),
    )


def _owners(written: "Keys", key: str) -> tuple[Owner, ...]:
    return tuple(
        Owner(name(entry.key), tuple(name(item) for item in items(entry.value)))
        for entry in within(written, key)
    )


def properties(
    entries: "tuple[Entry, ...]", statement: "Callable[[Scalar], Statement | None]"
) -> tuple[Property, ...]:
    """The entries of `properties` that could be read."""
    found: list[Property] = []
    for entry in entries:
        short = is_scalar(entry.value)
        said = statement(scalar(entry.value if short else keys(entry.value)["holds"].value))
        if said is not None:
            made = Property(
                entry.key.text, said, doc(entry.value), entry.key.span, was(entry.value)
            )
            found.append(made)
    return tuple(found)
