"""What the asker of a connection can do. Knows of the answerer whether it has ended."""

from typing import TYPE_CHECKING

from wirechart.composition.answering import answered_late
from wirechart.composition.moves import IN_PART, Move, Next, Pair, Situation
from wirechart.composition.sides import Asker

if TYPE_CHECKING:
    from collections.abc import Iterator

    from wirechart.decisions import Outcome


def sends(pair: Pair, now: Situation) -> "Iterator[Next]":
    """What its state lists, while nothing is under way."""
    if now.asked or now.line or now.broken:
        return
    for message, outcome in pair.asker.sends.get(now.asker, {}).items():
        under_way = now._replace(line="request", carried=message)
        vain = now.answerer_over in ("handled", "refused") and not answered_late(pair, under_way)
        move = Move(
            "sends",
            "asker",
            message,
            outcome=outcome,
            flaw="consumption" if vain and not pair.asker.anybody else "",
        )
        if message in pair.asker.answered:
            yield move, under_way._replace(asked=message)
        else:
            yield move, ended(pair, under_way, outcome, "accepted")


def hears(pair: Pair, now: Situation) -> "Iterator[Next]":
    """The reply, or bytes that it did not ask for."""
    if now.line != "reply":
        return
    heard = pair.relation.returns(now.asked, now.carried)
    empty = now._replace(line="", carried="")
    if heard == "accepted":
        outcome = pair.asker.sends[now.asker][now.asked]
        then = ended(pair, empty, outcome, "accepted")
    else:
        outcome = fault(pair.asker, now, heard)
        then = ended(pair, empty, outcome, ended_by(outcome))
    yield Move("hears", "asker", now.asked, now.carried, heard=heard, outcome=outcome), then


def sees_the_end(pair: Pair, now: Situation) -> "Iterator[Next]":
    """The answerer has ended, or the connection is broken."""
    if now.line != "reply" and (now.broken or now.answerer_over):
        outcome = fault(pair.asker, now, "eof")
        seen = now if now.broken == "cut" else now._replace(line="", carried="")
        yield (
            Move("sees the end", "asker", now.asked, outcome=outcome),
            ended(pair, seen, outcome, ended_by(outcome)),
        )


def leaves(pair: Pair, now: Situation) -> "Iterator[Next]":
    """It closes between two requests, or cannot send one to its end."""
    if now.broken:
        return
    if not now.asked and not now.line:
        left = Move("leaves", "asker", fault="" if well_left(pair, now) else "leaving")
        yield left, now._replace(asker_over="left")
    if now.asked and now.line == "request":
        outcome = at_once(pair.asker, now, "handler_error")
        then = ended(pair, now._replace(broken="cut"), outcome, "failed")
        yield Move("leaves", "asker", now.asked, outcome=outcome, fault="leaving"), then


def well_left(pair: Pair, now: Situation) -> bool:
    """Whether the answerer expects that the asker may leave now."""
    ends = pair.answerer.rows.get((now.answerer, "eof"), ())
    return pair.asker.anybody or (
        not now.answerer_over
        and any(pair.answerer.finals.get(outcome.target) == "success" for outcome in ends)
    )


def waits_in_vain(pair: Pair, now: Situation) -> "Iterator[Next]":
    """No reply comes in time, or the rest of a request is not taken."""
    if not now.asked or now.broken:
        return
    outcome = fault(pair.asker, now, "idle")
    then = ended(pair, now, outcome, ended_by(outcome))
    yield Move("waits in vain", "asker", now.asked, outcome=outcome, fault="silence"), then
    if now.line == "request":
        outcome = at_once(pair.asker, now, "idle")
        yield (
            Move("waits in vain", "asker", now.asked, "", "", "", IN_PART, outcome, "silence"),
            ended(pair, now._replace(broken="cut"), outcome, "failed"),
        )


def ended(pair: Pair, now: Situation, outcome: "Outcome", over: str) -> Situation:
    """The asker goes where an outcome leads."""
    ends = outcome.target in pair.asker.finals
    return now._replace(asker=outcome.target, asked="", asker_over=over if ends else "")


def fault(asker: Asker, now: Situation, kind: str) -> "Outcome":
    """Where a fault leads an asker; nobody knows whether what it asked was done."""
    doubtful = bool(now.asked) and kind != "refused"
    unanswered = asker.faults.get((now.asker, "unanswered")) if doubtful else None
    usual = {"lost": "eof", "idle": "eof"}.get(kind, kind)
    return unanswered or asker.faults.get((now.asker, kind)) or asker.faults[now.asker, usual]


def at_once(asker: Asker, now: Situation, kind: str) -> "Outcome":
    """The same of a request that did not leave as a whole, so that nothing can have come of it."""
    return fault(asker, now._replace(asked=""), kind)


def doubts(asker: Asker, now: Situation) -> bool:
    """Whether it matters to the asker that its request left as a whole."""
    return bool(now.asked) and (now.asker, "unanswered") in asker.faults


def ended_by(outcome: "Outcome") -> str:
    """How an asker has come to its end by a fault."""
    return "doubt" if outcome.kind == "unanswered" else "failed"
