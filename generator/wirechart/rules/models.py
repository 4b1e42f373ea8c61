"""MOD: what only a description of a peer can say, and a package cannot do."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

from wirechart.chart import running
from wirechart.diagnostics import Severity
from wirechart.rules.facts import Facts, meant
from wirechart.rules.places import fallbacks
from wirechart.rules.registry import Problem, rule

if TYPE_CHECKING:
    from wirechart.diagnostics import Span


@rule("MOD001", Severity.ERROR, "no package can be generated from this")
def model_only(facts: Facts) -> Iterator[Problem]:
    """A spec that is no `model` says what no generated receiver or sender does.

    These are ways of peers that exist, and that one describes to know how to live with them: a
    connection told by nothing but its order, or with limits of its own, a payload that is left in
    the stream and taken for the next request, a constant inside a message's header, or requests
    after another reply than the accepting one. Write `model: true` if no package is wanted; else
    say it in another way.
    """
    if not facts.spec.model:
        for span, what in (*_of_connections(facts), *_of_headers(facts), *_of_states(facts)):
            help_ = "write `model: true` if no package is wanted"
            yield Problem(span, f"{what}: no package can do that", help_)


def _of_connections(facts: Facts) -> "Iterator[tuple[Span, str]]":
    for kind in facts.spec.connections:
        if kind.later:
            yield kind.span, f"`{kind.name}` is told from the first connection by its order alone"
        for one in kind.limits:
            yield one.limit.span, f"`{one.limit.name}` is another on `{kind.name}`"


def _of_headers(facts: Facts) -> "Iterator[tuple[Span, str]]":
    for message in facts.spec.messages:
        for part in (part for item in message.header for part in item.parts):
            if part.constant is not None:
                yield part.span, f"`{part.name}` of `{message.name}` is always {part.constant}"


def _of_states(facts: Facts) -> "Iterator[tuple[Span, str]]":
    waiting = set(running(facts.chart))
    for state in facts.states:
        for key, part in fallbacks(state):
            target = meant(facts, part.target)
            if not part.drained:
                yield part.span, f"`{key}` leaves the payload in the stream"
            elif facts.asks and (part.target is None or (target and target.name in waiting)):
                yield part.span, f"`{key}` goes on after a reply that does not accept"
