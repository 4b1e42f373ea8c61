"""Values of a machine's data as a case writes them down. Knows no chart, no bytes and no package.

A value is compared, evaluated in guards, and printed; the generated package makes the object.
"""

from typing import TYPE_CHECKING

from wirechart.record import record

if TYPE_CHECKING:
    from collections.abc import Iterable


@record
class Literal:
    """A number, a truth, a text, or bytes."""

    value: int | float | str | bytes


@record
class Constant:
    """Something that the tests name once: a descriptor, a memory, a payload."""

    name: str


@record
class Built:
    """An instance: of a state, a message, or a cause."""

    name: str
    fields: "tuple[tuple[str, Value], ...]" = ()


@record
class Entries:
    """A map, in order; every value under its key."""

    items: "tuple[tuple[Value, Value], ...]" = ()


@record
class Items:
    """A list."""

    items: "tuple[Value, ...]" = ()


@record
class Anything:
    """Equal to everything: texts that only help to understand."""


Value = Literal | Constant | Built | Entries | Items | Anything


def plain(value: Value) -> object:
    """What guards see: numbers, texts, dicts and tuples; other values stand for themselves."""
    match value:
        case Literal(inner):
            return inner
        case Entries(items):
            return {plain(key): item for key, item in items}
        case Items(items):
            return tuple(item.value if isinstance(item, Literal) else item for item in items)
        case _:
            return value


def constants(value: Value) -> "Iterable[str]":
    """The names of the constants in it, in order."""
    match value:
        case Constant(name):
            yield name
        case Built(_, fields):
            for _, item in fields:
                yield from constants(item)
        case Entries(items):
            for key, item in items:
                yield from (*constants(key), *constants(item))
        case Items(items):
            for item in items:
                yield from constants(item)
        case _:
            pass
