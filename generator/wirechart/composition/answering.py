"""What the answerer of a connection can do. Knows of the asker whether it has ended."""

from typing import TYPE_CHECKING, Literal

from wirechart.composition.moves import Move, Next, Pair, Situation

if TYPE_CHECKING:
    from collections.abc import Iterator

    from wirechart.composition.relation import Arrival
    from wirechart.decisions import Outcome


def takes(pair: Pair, now: Situation) -> "Iterator[Next]":
    """Any outcome of its row, or a failure."""
    for arrival in pair.relation.arrives(now.carried):
        outcomes = pair.answerer.rows.get((now.answerer, arrival.event), ())
        handled = any(outcome.kind == "handled" for outcome in outcomes)
        for outcome in outcomes:
            move = Move(
                "takes",
                "answerer",
                now.carried,
                outcome.reply or "",
                event=arrival.event,
                why=arrival.why,
                outcome=outcome,
                flaw="" if handled or pair.asker.anybody else "reception",
            )
            over = "handled" if outcome.kind == "handled" else "refused"
            yield move, answers(pair, now, outcome, over)
        if handled:
            yield from _fails(pair, now, arrival.event, outcomes)


def _fails(
    pair: Pair, now: Situation, event: str, outcomes: "tuple[Outcome, ...]"
) -> "Iterator[Next]":
    """A message that could be taken is malformed, or its handler fails."""
    silent = event not in pair.answerer.answered
    calls = any(
        outcome.kind == "handled" and pair.answerer.finals.get(outcome.target) != "failure"
        for outcome in outcomes
    )
    kinds = (*(["malformed"] * (event in pair.answerer.payloads)), *(["handler_error"] * calls))
    for kind in kinds:
        for outcome in pair.answerer.rows.get((now.answerer, kind), ()):
            then = answers(pair, now, outcome, "failed")
            if silent:
                then = then._replace(line="", carried="")
            reply = then.carried
            yield (
                Move(
                    "takes",
                    "answerer",
                    now.carried,
                    reply,
                    event=kind,
                    outcome=outcome,
                    fault="refusal",
                ),
                then,
            )


def late(pair: Pair, now: Situation) -> "Iterator[Next]":
    """It has ended, and answers one message more."""
    for arrival, outcome in answered_late(pair, now):
        reply = outcome.reply or ""
        move = Move("answers late", "answerer", now.carried, reply, arrival.event, outcome=outcome)
        line: Literal["", "reply"] = "reply" if reply else ""
        yield move, now._replace(lingers=False, line=line, carried=reply)


def answered_late(pair: Pair, now: Situation) -> "tuple[tuple[Arrival, Outcome], ...]":
    """The replies that a failure which lingers still has for the request on the line."""
    if not now.lingers:
        return ()
    found = (
        (arrival, pair.answerer.late.get((now.answerer, arrival.event)))
        for arrival in pair.relation.arrives(now.carried)
    )
    return tuple(
        (arrival, outcome)
        for arrival, outcome in found
        if outcome is not None and outcome.kind == "lingering"
    )


def sees_the_end(pair: Pair, now: Situation) -> "Iterator[Next]":
    """The asker has ended, or the connection is broken."""
    if now.line == "request" or not (now.asker_over or now.broken):
        return
    rows = pair.answerer.rows
    cut = rows.get((now.answerer, "cut"), ()) if now.broken == "cut" else ()
    for outcome in cut or rows.get((now.answerer, "eof"), ()):
        then = answers(pair, now, outcome, "failed")
        yield Move("sees the end", "answerer", outcome=outcome), then


def waits_in_vain(pair: Pair, now: Situation) -> "Iterator[Next]":
    """Nothing comes in time, or not the rest of a request."""
    between, inside = pair.answerer.waits.get(now.answerer, (False, False))
    if now.broken or now.asker_over or now.line == "reply":
        return
    if not (inside if now.line else between):
        return
    for outcome in pair.answerer.rows.get((now.answerer, "idle"), ()):
        then = answers(pair, now, outcome, "failed")
        reply = _interrupted(pair, now) if now.line else ""
        if reply:
            then = then._replace(line="reply", carried=reply)
        yield (
            Move("waits in vain", "answerer", now.carried, reply, outcome=outcome, fault="silence"),
            then,
        )


def _interrupted(pair: Pair, now: Situation) -> str:
    """The reply to a request that does not come to its end."""
    malformed = pair.answerer.rows.get((now.answerer, "malformed"), ())
    events = [arrival.event for arrival in pair.relation.arrives(now.carried)]
    replied = any(event in pair.answerer.answered for event in events)
    return (malformed[0].reply or "") if malformed and replied else ""


def answers(pair: Pair, now: Situation, outcome: "Outcome", over: str) -> Situation:
    """The answerer goes where an outcome leads, and what it replies is on its way."""
    ends = outcome.target in pair.answerer.finals
    return now._replace(
        answerer=outcome.target,
        answerer_over=over if ends else "",
        lingers=ends and pair.answerer.lingers(outcome),
        line="reply" if outcome.reply else "",
        carried=outcome.reply or "",
    )
