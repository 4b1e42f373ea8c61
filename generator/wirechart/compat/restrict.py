"""The least that must not happen, so that nothing goes wrong. Knows tables; says nothing in words.

What an asker sends is its choice, what an answerer makes of it is not. So requests are taken away
from the asker: those that lead into trouble, and those that lead where it could not go on to a
success any more. What is left is the most that it may do.
"""

from typing import TYPE_CHECKING

from wirechart.compat.conversation import hopeful
from wirechart.compat.troubles import Trouble, succeeds, troubles
from wirechart.record import record, replace

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from wirechart.compat.conversation import Talk
    from wirechart.composition.sides import Asker

Request = tuple[str, str]  # the asker's state, and what it sends there


@record
class Restricted:
    """What is left of a conversation."""

    possible: bool  # both sides can still come to a success
    forbidden: "Mapping[Request, Trouble]"  # what must not be sent, and what would come of it
    guarded: tuple[Trouble, ...]  # what is handled only where guards hold
    fatal: Trouble | None  # what no success can do without; None: it is possible


def restricted(talk: "Talk") -> Restricted:
    """Take away what leads into trouble, the nearest trouble first."""
    forbidden: dict[Request, Trouble] = {}
    guarded: list[Trouble] = []
    while found := _independent(troubles(talk)):
        for trouble in found:
            if trouble.kind == "guarded":
                guarded.append(trouble)
                talk = _believed(talk, trouble)
                continue
            forbidden[trouble.state, trouble.message] = trouble
            talk = _without(talk, {(trouble.state, trouble.message)})
            for request in _dead_ends(talk):
                forbidden[request] = trouble
                talk = _without(talk, {request})
            if _hopeless(talk):
                return Restricted(False, forbidden, tuple(guarded), _nearest(forbidden, trouble))
    reached = _reached(talk.pair.asker)
    needed = {request: why for request, why in forbidden.items() if request[0] in reached}
    possible = succeeds(talk)
    fatal = None if possible else next(iter(forbidden.values()), None)
    return Restricted(possible, needed, tuple(guarded), fatal)


def _independent(found: "Iterable[Trouble]") -> tuple[Trouble, ...]:
    """Without those that others lie before: they may be gone with them.

    Of the same request rather what goes wrong without a failure.
    """
    kept: list[Trouble] = []
    bad: set[tuple[int, int]] = set()
    for trouble in sorted(found, key=lambda trouble: trouble.by_failure):
        passed = {(step.before, step.after) for step in trouble.way}
        if bad.isdisjoint(passed) and not _again(trouble, kept):
            kept.append(trouble)
            bad.add((trouble.last.before, trouble.last.after))
    return tuple(kept)


def _again(trouble: Trouble, kept: "Iterable[Trouble]") -> bool:
    """Whether the same request of the same state is in trouble already."""
    requests = {(other.state, other.message) for other in kept}
    return (trouble.state, trouble.message) in requests


def _hopeless(talk: "Talk") -> bool:
    """Whether the asker could come to a success, and cannot any more."""
    asker = talk.pair.asker
    return asker.initial in talk.hopeful and asker.initial not in _alive(asker)


def _nearest(forbidden: "Mapping[Request, Trouble]", last: Trouble) -> Trouble:
    """Of the same trouble in several places the one with the shortest way."""
    alike = (
        trouble
        for trouble in (*forbidden.values(), last)
        if (trouble.kind, trouble.message, trouble.event) == (last.kind, last.message, last.event)
    )
    return min(alike, key=lambda trouble: len(trouble.way))


def _without(talk: "Talk", requests: "set[Request]") -> "Talk":
    asker = talk.pair.asker
    sends = {
        state: {name: out for name, out in allowed.items() if (state, name) not in requests}
        for state, allowed in asker.sends.items()
    }
    return replace(talk, pair=replace(talk.pair, asker=replace(asker, sends=sends)))


def _believed(talk: "Talk", trouble: Trouble) -> "Talk":
    """As if the guards held: without the outcome where they do not."""
    answerer, lost = talk.pair.answerer, trouble.last.move.outcome
    key = trouble.answerer, trouble.last.move.event
    kept = tuple(outcome for outcome in answerer.rows[key] if outcome is not lost)
    rows = dict(answerer.rows) | {key: kept}
    return replace(talk, pair=replace(talk.pair, answerer=replace(answerer, rows=rows)))


def _ways(asker: "Asker") -> "Mapping[str, Mapping[str, str]]":
    return {
        state: {name: out.target for name, out in allowed.items()}
        for state, allowed in asker.sends.items()
    }


def _alive(asker: "Asker") -> frozenset[str]:
    return hopeful(_ways(asker), asker)


def _dead_ends(talk: "Talk") -> "tuple[Request, ...]":
    """Requests into states from which a success was possible, and is not any more."""
    alive = _alive(talk.pair.asker)
    return tuple(
        (state, name)
        for state, to in _ways(talk.pair.asker).items()
        for name, target in to.items()
        if target in talk.hopeful and target not in alive
    )


def _reached(asker: "Asker") -> frozenset[str]:
    """The states that an asker comes to by what it sends, and by what is answered instead."""
    waiting, found = [asker.initial], {asker.initial}
    faults: dict[str, set[str]] = {}
    for (state, _), outcome in asker.faults.items():
        faults.setdefault(state, set()).add(outcome.target)
    ways = _ways(asker)
    while waiting:
        state = waiting.pop()
        new = {*ways.get(state, {}).values(), *faults.get(state, ())} - found
        found |= new
        waiting += new
    return frozenset(found)
