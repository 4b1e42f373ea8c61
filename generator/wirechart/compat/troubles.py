"""What can go wrong in a conversation, each with the shortest way to it. Mends nothing."""

from typing import TYPE_CHECKING, Literal

from wirechart.composition.connection import explore
from wirechart.record import record

if TYPE_CHECKING:
    from collections.abc import Iterator

    from wirechart.compat.conversation import Talk
    from wirechart.composition.connection import Graph, Step
    from wirechart.composition.moves import Situation
    from wirechart.decisions import Outcome

FAULTS = ("refusal",)  # a handler may fail at any time; what then is said must be understood, too

Kind = Literal[
    "refused",  # in no case the answerer handles what it takes the request for
    "guarded",  # it handles it where its guards hold
    "unanswered",  # the asker waits for a reply, and none will come
    "misheard",  # the reply is no reply for the asker, or not the one that accepts
    "unheard",  # the answerer has ended, and nobody takes the request
    "apart",  # one succeeds, and the other fails
]


@record
class Trouble:
    """Something that goes wrong."""

    kind: Kind
    state: str  # where the asker sent what leads to it
    message: str  # what it sent
    answerer: str  # the answerer's state then
    way: "tuple[Step, ...]"  # the last step is the trouble itself
    situations: "tuple[Situation, ...]"  # before each step
    event: str = ""  # what the answerer took it for
    by_failure: bool = False  # a handler failed on the way
    handled: "tuple[Outcome, ...]" = ()  # of "guarded": what would be handled
    unread: bool = False  # the payload of what is refused stays in the stream

    @property
    def last(self) -> "Step":
        """The step at which it goes wrong."""
        return self.way[-1]


def troubles(talk: "Talk") -> "Iterator[Trouble]":
    """All that can go wrong, nearest first; behind one there may be others that come of it."""
    graph = explore(talk.pair, FAULTS)
    for number in range(len(graph.situations)):
        for step in graph.steps[number]:
            kind = _kind(talk, graph, step)
            if kind is not None:
                yield _told(talk, graph, step, kind)


def succeeds(talk: "Talk") -> bool:
    """Whether both sides can come to a success; where the asker has none, whether it gets on."""
    graph = explore(talk.pair, ())
    finals = talk.pair.asker.finals, talk.pair.answerer.finals
    if talk.pair.asker.initial not in talk.hopeful:
        return any(step.move.heard == "accepted" for steps in graph.steps for step in steps)
    return any(
        now.over and finals[0].get(now.asker) == finals[1].get(now.answerer) == "success"
        for now in graph.situations
    )


def _kind(talk: "Talk", graph: "Graph", step: "Step") -> Kind | None:
    before, after, move = graph.situations[step.before], graph.situations[step.after], step.move
    if move.kind == "takes" and not move.fault and move.outcome is not None:
        if move.outcome.kind != "handled":
            return "refused" if move.flaw else "guarded"
        if after.asked and not after.line:
            return "unanswered"
    if move.kind == "hears" and move.heard != "accepted" and not _was_refused(talk, graph, step):
        return "misheard"
    if move.kind == "sends" and before.answerer_over and _told_before(graph, step):
        late = any(then.move.kind == "answers late" for then in graph.steps[step.after])
        return None if late else "unheard"
    ended = after.over and not before.over
    return "apart" if ended and not move.fault and _apart(talk, after) else None


def _told_before(graph: "Graph", step: "Step") -> bool:
    """Whether the asker heard the answerer's last word, and might know that it has ended."""
    way = graph.way(step.before)
    return bool(way) and way[-1].move.kind == "hears"


def _was_refused(talk: "Talk", graph: "Graph", step: "Step") -> bool:
    """Whether the answerer meant no acceptance, and the asker understood so much."""
    before = graph.situations[step.before]
    known = talk.pair.answerer
    accepted = {
        outcome.reply
        for (_, event), outcomes in known.rows.items()
        for outcome in outcomes
        if outcome.kind == "handled" and event in known.answered
    }
    return bool(before.asked) and step.move.heard == "refused" and before.carried not in accepted


def _apart(talk: "Talk", now: "Situation") -> bool:
    ends = talk.pair.asker.finals.get(now.asker), talk.pair.answerer.finals.get(now.answerer)
    return now.asker_over == "accepted" and None not in ends and ends[0] != ends[1]


def _told(talk: "Talk", graph: "Graph", step: "Step", kind: Kind) -> Trouble:
    way = (*graph.way(step.before), step)
    situations = tuple(graph.situations[taken.before] for taken in way)
    sent, at = next(
        (taken, now)
        for taken, now in zip(reversed(way), reversed(situations), strict=True)
        if taken.move.kind == "sends"
    )
    outcome = step.move.outcome
    rows = talk.pair.answerer.rows.get((at.answerer, step.move.event), ())
    return Trouble(
        kind,
        at.asker,
        sent.move.message,
        at.answerer,
        way,
        situations,
        _event(way),
        any(taken.move.fault for taken in way),
        tuple(row for row in rows if row.kind == "handled") if kind == "guarded" else (),
        kind == "refused"
        and outcome is not None
        and not outcome.drained
        and sent.move.message in talk.payloads,
    )


def _event(way: "tuple[Step, ...]") -> str:
    """What the last request was taken for; empty: nobody took it."""
    taken = [step.move for step in way if step.move.kind in ("sends", "takes", "answers late")]
    return taken[-1].event
