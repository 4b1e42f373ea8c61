"""What a sender and a receiver come to: the verdict, its conditions and what proves them.

Knows lanes and what must not happen on them; searches nothing itself, and prints nothing.
"""

from typing import TYPE_CHECKING, Literal

from wirechart.compat.lanes import followed, lanes
from wirechart.compat.restrict import restricted
from wirechart.compat.words import Proof, listed, only_if, proof, shown_in
from wirechart.record import record

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from wirechart.compat.conversation import Talk
    from wirechart.compat.lanes import Lane
    from wirechart.compat.restrict import Request, Restricted
    from wirechart.compat.troubles import Trouble
    from wirechart.model import Spec

Answer = Literal["accepts", "accepts if", "breaks"]


@record
class Condition:
    """Something without which it goes wrong."""

    text: str  # what must hold: `never sends `Abandon``
    proof: Proof | None  # what happens where it does not; None: the specs say it without a search


@record
class Verdict:
    """What comes of a sender and a receiver."""

    answer: Answer
    conditions: tuple[Condition, ...]  # all must hold; of "breaks": empty
    proof: Proof | None  # the shortest way to what breaks; of the others: None


def verdict(sender: "Spec", receiver: "Spec") -> Verdict:
    """Whether a session of the two can go wrong, and what would keep it from that."""
    return _judged(lanes(sender, receiver))


def replacement(receiver: "Spec", other: "Spec") -> Verdict:
    """The same of whoever does all that a receiver takes, with another one in its place."""
    return _judged(followed(receiver, other))


def _judged(met: "Iterable[Lane]") -> Verdict:
    conditions: list[Condition] = []
    for lane in met:
        held = restricted(lane.talk) if lane.talk else None
        if not lane.further and (held is None or not held.possible):
            return Verdict("breaks", (), _broken(lane, held))
        conditions += _conditions(lane, held)
    unique = tuple(dict.fromkeys(conditions))
    return Verdict("accepts if" if unique else "accepts", unique, None)


def _broken(lane: "Lane", held: "Restricted | None") -> Proof:
    if lane.talk is None or held is None or held.fatal is None:
        return Proof((), lane.closed or "neither side comes to a success")
    return proof(lane, lane.talk, held.fatal)


def _conditions(lane: "Lane", held: "Restricted | None") -> "Iterator[Condition]":
    if lane.talk is None or held is None or not held.possible:
        opener = "" if lane.by_sender else "the receiver "
        yield Condition(f"{opener}opens no `{lane.name}`", _broken(lane, held))
        return
    if lane.bare:
        text = f"the receiver takes `{lane.name}` without a preamble (`bare`), or none is opened"
        yield Condition(text, None)
    if lane.most is not None:
        opener = "" if lane.by_sender else "the receiver "
        yield Condition(f"{opener}opens at most {lane.most} `{lane.name}`", None)
    if lane.only_over:
        yield Condition(f"only over {' or '.join(lane.only_over)}{shown_in(lane)}", None)
    yield from _forbidden(lane, lane.talk, held.forbidden)
    for trouble in held.guarded:
        text = only_if(lane, trouble)
        yield Condition(text, proof(lane, lane.talk, trouble))
    yield from _bounded(lane, lane.talk, held)


def _forbidden(
    lane: "Lane", talk: "Talk", forbidden: "Mapping[Request, Trouble]"
) -> "Iterator[Condition]":
    """What must not be sent: a message in all states where the same would come of it."""
    groups: dict[tuple[str, str, str], list[Request]] = {}
    for request, trouble in forbidden.items():
        key = request[1], trouble.kind, trouble.event
        groups.setdefault(key, []).append(request)
    for (message, _, _), requests in groups.items():
        everywhere = [s for s, allowed in talk.pair.asker.sends.items() if message in allowed]
        states = [state for state in everywhere if (state, message) in requests]
        anywhere = states == everywhere
        where = "" if anywhere else f" in {listed(states)}"
        who = "" if talk.sender_asks else "the receiver "
        said = f"{who}{'never sends' if anywhere else 'does not send'} `{message}`{where}"
        shortest = min((forbidden[r] for r in requests), key=lambda found: len(found.way))
        yield Condition(said + shown_in(lane), proof(lane, talk, shortest))


def _bounded(lane: "Lane", talk: "Talk", held: "Restricted") -> "Iterator[Condition]":
    sent = {
        message
        for state, allowed in talk.pair.asker.sends.items()
        for message in allowed
        if (state, message) not in held.forbidden
    }
    bounds = [
        f"`{message}` {bound}"
        for message, found in talk.readings.items()
        if message in sent
        for bound in found.bounds
    ]
    if bounds:
        yield Condition("; ".join(bounds) + shown_in(lane), None)
