"""What is known about values at some point of a list of checks. Judges no expression."""

from collections.abc import Callable
from typing import Literal

from wirechart.diagnostics import Span
from wirechart.expressions import Expression, Name
from wirechart.record import record


@record
class Integer:
    """An integer between two bounds, both included."""

    low: int
    high: int


@record
class Truth:
    """A condition; `known` is None while it depends on what comes."""

    known: bool | None = None


@record
class Thing:
    """Something that is neither: `what` names its type as a spec does."""

    what: str
    counted: bool = False  # `size()` may ask for it
    items: "Value | None" = None  # of a map its keys, of a list its items; None: holds none


Value = Integer | Truth | Thing
Lookup = Callable[[Name], Value | None]  # None: an unknown name, which another rule reports


@record
class Note:
    """One remark about a part of an expression."""

    kind: Literal["type", "constant", "negative"]
    span: Span
    message: str
    help: str
    truth: bool = False  # of a constant: which


class Knowledge:
    """What holds at some point of a list of checks."""

    def __init__(
        self,
        lookup: Lookup,
        ranges: dict[Expression, Integer] | None = None,
        ordered: set[tuple[Expression, Expression]] | None = None,
        notes: list[Note] | None = None,
    ) -> None:
        self.lookup = lookup
        self.ranges: dict[Expression, Integer] = {} if ranges is None else ranges
        # The first is not less than the second.
        self.ordered = set[tuple[Expression, Expression]]() if ordered is None else ordered
        self.notes: list[Note] = [] if notes is None else notes

    def copy(self) -> "Knowledge":
        """The same knowledge, to be added to; without remarks."""
        return Knowledge(self.lookup, dict(self.ranges), set(self.ordered))

    def complain(self, span: Span, message: str, help_: str) -> None:
        """Note a wrong type."""
        self.notes.append(Note("type", span, message, help_))

    def value_of(self, name: Name) -> Value | None:
        """As narrow as it is known."""
        return self.ranges.get(name) or self.lookup(name)


def described(value: Value) -> str:
    """The type in words."""
    match value:
        case Integer():
            return "a number"
        case Truth():
            return "a condition"
        case Thing(what):
            return what
