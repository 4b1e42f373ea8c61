"""What is known about values at some point of a list of checks. Judges no expression."""

from collections.abc import Callable
from dataclasses import dataclass
from wirechart.record import field, record
from typing import Literal

from wirechart.diagnostics import Span
from wirechart.expressions import Expression, Name


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


@dataclass(slots=True)
class Knowledge:
    """What holds at some point of a list of checks."""

    lookup: Lookup
    ranges: dict[Expression, Integer] = field(default_factory=dict[Expression, Integer])
    ordered: set[tuple[Expression, Expression]] = field(
        default_factory=set[tuple[Expression, Expression]]
    )  # the first is not less than the second
    notes: list[Note] = field(default_factory=list[Note])

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
