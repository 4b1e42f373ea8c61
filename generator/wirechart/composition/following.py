"""What can happen next on a connection. Knows one situation at a time, no paths."""

from typing import TYPE_CHECKING

from wirechart.composition import answering, asking, partition
from wirechart.composition.moves import IN_PART, Broken, Move, Next, Pair, Situation, opened
from wirechart.record import replace

if TYPE_CHECKING:
    from collections.abc import Iterator


def following(
    pair: Pair, now: Situation, faults: tuple[str, ...], *, further: bool = False
) -> "Iterator[Next]":
    """Everything that can happen, in an order that is always the same."""
    if not now.asker:
        yield Move("opens", "asker"), opened(pair)
        return
    parted = now.broken == "partition"
    every = partition.following(pair, now, further=further) if parted else _every(pair, now)
    for move, then in every:
        if not move.fault or move.fault in faults:
            yield move, _settled(pair, then, further=further)


def _every(pair: Pair, now: Situation) -> "Iterator[Next]":
    if not now.asker_over:
        yield from asking.sends(pair, now)
        yield from asking.hears(pair, now)
        yield from asking.sees_the_end(pair, now)
        yield from asking.leaves(pair, now)
        yield from asking.waits_in_vain(pair, now)
    if now.line == "request":
        yield from answering.late(pair, now) if now.answerer_over else answering.takes(pair, now)
    if not now.answerer_over:
        yield from answering.sees_the_end(pair, now)
        yield from answering.waits_in_vain(pair, now)
    if not now.broken:
        yield from _breaks(pair, now)
    yield from partition.begins(now)


def _settled(pair: Pair, now: Situation, *, further: bool) -> Situation:
    """Without what can make no difference any more."""
    if now.answerer_over == "refused" and (now.asker_over or now.broken):
        now = now._replace(answerer_over="failed")  # nobody sends it anything in vain
    if now.broken == "partition":
        return partition.settled(pair, now, further=further)
    if now.asker_over:
        if now.line == "reply":
            now = now._replace(line="", carried="")
        broken: Broken = "cut" if now.broken == "cut" else ""
        now = now._replace(asked="", broken=broken, lingers=False)
    if now.broken:
        now = now._replace(lingers=False)
    if now.answerer_over and now.broken == "cut":
        now = now._replace(broken="" if now.asker_over else "lost", line="", carried="")
    if now.over or (now.broken and now.line):
        minds = now.broken == "cut" and partition.minds_part(pair, now, further=further)
        now = now._replace(line="", carried=now.carried if minds else "")
    return now


def _breaks(pair: Pair, now: Situation) -> "Iterator[Next]":
    running = not now.asker_over and not now.answerer_over
    if not now.line and not running:
        return
    lost = now._replace(line="", carried="", broken="lost")
    yield Move("breaks", "line", now.carried, fault="loss"), lost
    if now.line != "request":
        return
    cut = now._replace(broken="cut")
    inside = Move("breaks inside", "line", now.carried, fault="loss")
    yield inside, cut
    if asking.doubts(pair.asker, now):
        outcome = asking.at_once(pair.asker, now, "eof")
        yield (
            replace(inside, by="asker", why=IN_PART, outcome=outcome),
            asking.ended(pair, cut, outcome, "failed"),
        )
