"""What rules ask about two specs, found once. Judges nothing."""

from typing import TYPE_CHECKING

from wirechart.breaking import pairing
from wirechart.breaking.source_api import api
from wirechart.breaking.verdict import DIRECTIONS, Problem
from wirechart.chart import build, views
from wirechart.record import record

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from wirechart.breaking.pairing import Shape, Specs
    from wirechart.breaking.source_api import Api
    from wirechart.breaking.verdict import Direction
    from wirechart.model import Message, Spec


@record
class Known:
    """A message of both specs."""

    old: "Message"
    new: "Message"
    before: "Mapping[str, Shape]"  # on the wire
    after: "Mapping[str, Shape]"

    def problem(
        self, key: str, what: str, directions: "tuple[Direction, ...]" = DIRECTIONS
    ) -> Problem:
        """Something about it."""
        return Problem(
            f"messages.{self.new.name}.{key}",
            f"`{self.new.name}`: {what}",
            directions,
            self.old.span,
            self.new.span,
            about=tuple(dict.fromkeys(f"message {m.code}" for m in (self.old, self.new))),
        )


def _known(specs: "Specs") -> "Iterator[Known]":
    """The messages of both that may be sent."""
    charts = build(specs.old), build(specs.new)
    for name, after in charts[1].messages.items():
        before = charts[0].messages.get(name)
        if before is not None and not before.reserved and not after.reserved:
            shapes = (
                pairing.message(chart, item)
                for chart, item in zip(charts, (before, after), strict=True)
            )
            yield Known(before, after, *shapes)


@record
class Packages:
    """The package of one machine, before and after."""

    old: "Api"
    new: "Api"
    shared: frozenset[str]  # messages whose classes are those of the protocol's own package

    def problem(self, name: str, message: str, about: str, help_: str = "") -> Problem:
        """Something about it; `about` is the message or state whose place is shown."""
        old, new = self.old.spans.get(about), self.new.spans.get(about)
        return Problem(f"{self.new.element}.{name}", message, (), old, new, help_)


def _packages(specs: "Specs") -> "Iterator[Packages]":
    new = {view.machine.name: view for view in views(specs.new)}
    shared: frozenset[str] = frozenset()
    for view in views(specs.before):
        if view.machine.name in new:
            made = Packages(api(view), api(new[view.machine.name]), shared)
            shared = shared or frozenset(made.old.messages)
            yield made


@record
class Facts:
    """Two specs, with everything that more than one rule looks up."""

    specs: "Specs"
    messages: tuple[Known, ...]
    packages: tuple[Packages, ...]

    @property
    def old(self) -> "Spec":
        """The old spec with the names of the new one, where it says what was renamed."""
        return self.specs.old

    @property
    def new(self) -> "Spec":
        """The new spec."""
        return self.specs.new


def gather(specs: "Specs") -> Facts:
    """The facts of two specs without errors."""
    return Facts(specs, tuple(_known(specs)), tuple(_packages(specs)))
