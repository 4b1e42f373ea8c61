"""What can still happen behind a partition. Knows that nothing arrives, and nobody is told.

A host lost its power, or the network between two hosts is cut: no end of stream, no reset. Each
side goes on alone, and only its own deadline tells it anything; one whose host died does nothing
more, which is a beginning of the same. A request that was on the line stays there: how much of it
has arrived nobody knows. One that is sent later stays there without a name: nothing of it arrives.

A program closes its further connections when its machine on the first one has ended.
"""

from typing import TYPE_CHECKING

from wirechart.composition import answering, asking
from wirechart.composition.moves import IN_PART, Move, Next, Pair, Situation, Who

if TYPE_CHECKING:
    from collections.abc import Iterator

    from wirechart.decisions import Outcome


def begins(now: Situation) -> "Iterator[Next]":
    """Whatever is under way does not arrive, or not as a whole; nor does the end of the stream."""
    if now.over or now.broken == "partition":
        return
    then = now._replace(broken="partition")
    if now.line == "reply":
        then = then._replace(line="", carried="")
    if now.broken == "cut":
        then = then._replace(line="request")
    yield Move("partitions", "line", now.carried, fault="partition"), then


def following(pair: Pair, now: Situation, *, further: bool) -> "Iterator[Next]":
    """What each side does alone."""
    if not now.asker_over:
        yield from _sends(pair, now)
        yield from _leaves(pair, now)
        yield from _waits_for_a_reply(pair, now)
        yield from _closes_asker(pair, now) if further else ()
    if not now.answerer_over:
        yield from _waits_for_a_message(pair, now)
        yield from _closes_answerer(pair, now) if further else ()


def _sends(pair: Pair, now: Situation) -> "Iterator[Next]":
    if now.asked:
        return
    for message, outcome in pair.asker.sends.get(now.asker, {}).items():
        move = Move("sends", "asker", message, outcome=outcome)
        if message in pair.asker.answered:
            yield move, now._replace(asked=message, line="request")
        else:
            yield move, asking.ended(pair, now, outcome, "accepted")


def _leaves(pair: Pair, now: Situation) -> "Iterator[Next]":
    if not now.asked:
        fault = "" if asking.well_left(pair, now) else "leaving"
        yield Move("leaves", "asker", fault=fault), now._replace(asker_over="left")
    elif now.line:
        outcome = asking.at_once(pair.asker, now, "handler_error")
        then = asking.ended(pair, now, outcome, "failed")
        yield Move("leaves", "asker", now.asked, outcome=outcome, fault="leaving"), then


def _waits_for_a_reply(pair: Pair, now: Situation) -> "Iterator[Next]":
    if not now.asked or now.asker not in pair.asker.waits:
        return
    outcome = asking.fault(pair.asker, now, "idle")
    then = asking.ended(pair, now, outcome, asking.ended_by(outcome))
    yield Move("waits in vain", "asker", now.asked, outcome=outcome), then
    if now.line:
        outcome = asking.at_once(pair.asker, now, "idle")
        then = asking.ended(pair, now, outcome, "failed")
        yield Move("waits in vain", "asker", now.asked, why=IN_PART, outcome=outcome), then


def _waits_for_a_message(pair: Pair, now: Situation) -> "Iterator[Next]":
    between, inside = pair.answerer.waits.get(now.answerer, (False, False))
    awaited = (*([""] * between), *([now.carried] * (inside and bool(now.carried))))
    for outcome in pair.answerer.rows.get((now.answerer, "idle"), ()):
        for message in awaited:
            move = Move("waits in vain", "answerer", message, outcome=outcome)
            yield move, _alone(pair, now, outcome)


def _closes_asker(pair: Pair, now: Situation) -> "Iterator[Next]":
    outcome = asking.fault(pair.asker, now, "eof")
    then = asking.ended(pair, now, outcome, asking.ended_by(outcome))
    yield Move("is closed", "asker", now.asked, outcome=outcome), then


def _closes_answerer(pair: Pair, now: Situation) -> "Iterator[Next]":
    for kind in ("eof", *(["cut"] * bool(now.carried))):
        for outcome in pair.answerer.rows.get((now.answerer, kind), ()):
            yield Move("is closed", "answerer", outcome=outcome), _alone(pair, now, outcome)


def _alone(pair: Pair, now: Situation, outcome: "Outcome") -> Situation:
    """The answerer goes where an outcome leads; what it replies is lost."""
    then = answering.answers(pair, now, outcome, "failed")
    return then._replace(line=now.line, carried=now.carried)


def settled(pair: Pair, now: Situation, *, further: bool) -> Situation:
    """Without what can make no difference any more."""
    if now.asker_over:
        now = now._replace(asked="")
    if now.answerer_over or not minds_part(pair, now, further=further):
        now = now._replace(carried="", lingers=False)
    if not (now.carried or (now.asked and _minds_untaken(pair, now))):
        now = now._replace(line="")
    return now._replace(broken="") if now.over else now


def minds_part(pair: Pair, now: Situation, *, further: bool) -> bool:
    """Whether it matters to the answerer that a part of a request has arrived."""
    between, inside = pair.answerer.waits.get(now.answerer, (False, False))
    return between != inside or further


def _minds_untaken(pair: Pair, now: Situation) -> bool:
    """Whether it matters to the asker that its request may not have left as a whole."""
    if asking.doubts(pair.asker, now) or now.asker not in pair.asker.waits:
        return True
    late, failed = (asking.at_once(pair.asker, now, kind) for kind in ("idle", "handler_error"))
    return late.target != failed.target


def hanging(pair: Pair, now: Situation, *, further: bool) -> "tuple[Who, ...]":
    """The sides that no deadline may tell it; a further connection is closed at last."""
    if now.broken != "partition" or further:
        return ()
    found: list[Who] = []
    if not now.asker_over and _asker_hangs(pair, now):
        found.append("asker")
    between, inside = pair.answerer.waits.get(now.answerer, (False, False))
    if not now.answerer_over and not (between and (inside or not now.carried)):
        found.append("answerer")
    return tuple(found)


def _asker_hangs(pair: Pair, now: Situation) -> bool:
    if now.asked:
        return now.asker not in pair.asker.waits
    return not pair.asker.sends.get(now.asker) and not asking.well_left(pair, now)
