"""Which break a difference in behaviour is. One function a rule; the first that fits counts."""

from typing import TYPE_CHECKING

from wirechart.breaking.registry import rule
from wirechart.breaking.search import WELL, named_cause
from wirechart.diagnostics import Severity
from wirechart.record import record

if TYPE_CHECKING:
    from collections.abc import Callable

    from wirechart.breaking.pairing import Pair
    from wirechart.breaking.search import Divergence
    from wirechart.cases.reference import Reaction

ERROR, WARNING, NOTE = Severity.ERROR, Severity.WARNING, Severity.NOTE


@record
class Seen:
    """A difference, from the view of the sender: what it counts on, and what it meets."""

    pair: "Pair"
    divergence: "Divergence"
    wanted: "Reaction"  # of the receiver of the sender's own spec
    met: "Reaction"

    @property
    def event(self) -> str:
        """In words."""
        last = self.divergence.last
        return last.name if last.both.mine.then else f"`{last.name}`"

    @property
    def state(self) -> str:
        """The state in which it shows, as the sender's spec calls it."""
        old, new = self.divergence.last.before
        return old if self.divergence.direction == "old-to-new" else new

    @property
    def replies(self) -> tuple[str | None, str | None]:
        """Wanted and met, by name."""
        last = self.divergence.last
        old, new = self.pair.old.reply(last.old.reply), self.pair.new.reply(last.new.reply)
        return (old, new) if self.divergence.direction == "old-to-new" else (new, old)


def seen(pair: "Pair", divergence: "Divergence") -> Seen:
    """The view of the sender."""
    last = divergence.last
    both = last.old, last.new
    wanted, met = both if divergence.direction == "old-to-new" else both[::-1]
    return Seen(pair, divergence, wanted, met)


def _well(reaction: "Reaction") -> bool:
    return reaction.outcome is None or reaction.outcome.kind in WELL


@rule("BRB007", ERROR, "less patience")
def less_patience(it: Seen) -> str | None:
    """The peer may be silent for less time than before.

    A sender that takes its time is given up, maybe in the middle of its work. Raise a deadline in
    receivers first, and lower it when no slow sender is left.
    """
    item = it.divergence.last.both.mine
    if item.then != "silence" or it.met.place.ended == it.wanted.place.ended:
        return None
    return f"{it.event} in `{it.state}` ends the machine, and did not have to"


@rule("BRB008", ERROR, "a failure answers late messages otherwise")
def lingering(it: Seen) -> str | None:
    """After a failure other late messages are answered, or for less time, or in another way.

    A sender that gives up, and waits for the answer to that, waits in vain.
    """
    if it.divergence.last.old.outcome is None:
        ended = it.divergence.last.both.mine.then == "silence"
    else:
        ended = it.divergence.last.old.outcome.kind in ("lingering", "ignored")
    return f"{it.event} after the failure `{it.state}` is answered otherwise" if ended else None


@rule("BRB002", ERROR, "a stricter guard")
def stricter(it: Seen) -> str | None:
    """A message is still taken in a state, but not with all the values it was taken with.

    Senders that use the other values are refused. Loosen a guard in receivers first.
    """
    if not _well(it.wanted) or _well(it.met) or it.divergence.last.both.mine.request is None:
        return None
    message = it.divergence.last.both.theirs.request
    side = it.pair.new if it.divergence.direction == "old-to-new" else it.pair.old
    state = it.divergence.last.before[it.divergence.direction == "old-to-new"]
    row = side.machine.rows.get((state, message.message if message else ""))
    taken = row is not None and any(outcome.kind in WELL for outcome in row.outcomes)
    return f"{it.event} is refused in `{it.state}`: its guard is stricter" if taken else None


@rule("BRB010", ERROR, "a map is full sooner")
def full_sooner(it: Seen) -> str | None:
    """A map takes fewer entries, so that a message is refused that would add one more.

    Senders that use the room are refused. Raise the limit in receivers first.
    """
    *before, _ = it.divergence.way
    counted = before[-1].counted if before else None
    if counted is None:
        return None
    entries = counted.first + counted.count - 1
    return f"{it.event} is refused in `{it.state}`: after {entries} entries its map is full"


@rule("BRB001", ERROR, "a message is refused")
def refused(it: Seen) -> str | None:
    """A message that one version takes in a state is refused there by the other.

    The sender is told no, and most machines have failed then. A transition can be added to
    receivers at any time; it can be used when every receiver has it, and be removed when no sender
    uses it any more.
    """
    if not _well(it.wanted) or _well(it.met):
        return None
    return f"{it.event} is refused in `{it.state}`, where it was accepted"


@rule("BRB004", ERROR, "a reply comes or does not come")
def presence(it: Seen) -> str | None:
    """A request that was answered is not, or one that was not answered is.

    The sender waits for ever, or takes the reply for that of its next request.
    """
    wanted, met = it.wanted.reply, it.met.reply
    if bool(wanted) == bool(met):
        return None
    how = "is no longer answered" if wanted else "is answered"
    return f"{it.event} in `{it.state}` {how}"


@rule("BRB003", ERROR, "another reply")
def another_reply(it: Seen) -> str | None:
    """A message that both versions take is answered with another code.

    The sender understands something else, or does not know the code at all.
    """
    wanted, met = it.replies
    if wanted == met or not _well(it.wanted):
        return None
    return f"{it.event} in `{it.state}` is answered {met} instead of {wanted}"


@rule("BRB005", ERROR, "another refusal")
def another_refusal(it: Seen) -> str | None:
    """What both versions refuse is refused with another code.

    A sender that tells refusals apart takes another way.
    """
    wanted, met = it.replies
    if wanted == met:
        return None
    return f"{it.event} in `{it.state}` is refused with {met} instead of {wanted}"


@rule("BRB006", ERROR, "another ending")
def ending(it: Seen) -> str | None:
    """The machine ends where it went on, goes on where it ended, or ends with the other result.

    One side holds for done what the other one holds for failed. Of a running VM there may then be
    two, or none.
    """
    ends = _ends(it)
    if ends is not None:
        return f"after {it.event} in `{it.state}` the machine {ends[1]}; it {ends[0]}"
    if it.wanted.place.closing == it.met.place.closing:
        return None
    how = "is followed by the end of the connection" if it.met.place.closing else "lingers"
    return f"{it.event} in `{it.state}` {how}"


def _ends(it: Seen) -> tuple[str, str] | None:
    """How the old machine ended, and how the new one does; None: alike."""
    last = it.divergence.last
    final = [
        side.chart.nodes[reaction.place.state.name].state.final or "running"
        for side, reaction in zip((it.pair.old, it.pair.new), (last.old, last.new), strict=True)
    ]
    now = {"running": "goes on", "success": "ends in success", "failure": "ends in failure"}
    was = {"running": "went on", "success": "ended in success", "failure": "ended in failure"}
    return None if final[0] == final[1] else (was[final[0]], now[final[1]])


@rule("BRB009", WARNING, "the same ending means something else")
def meaning(it: Seen) -> str | None:
    """Peers see no difference, but the program does: other values in `set`, or another `cause`.

    What it does with the result may change, as when a VM stays paused that ran before.
    """
    causes = [named_cause(r.outcome) if r.outcome else None for r in (it.wanted, it.met)]
    if causes[0] != causes[1]:
        return f"{it.event} in `{it.state}` has the cause {causes[1]} instead of {causes[0]}"
    return f"{it.event} in `{it.state}` sets other values"


CLASSIFIERS: "tuple[tuple[str, Callable[[Seen], str | None]], ...]" = (
    ("BRB007", less_patience),
    ("BRB008", lingering),
    ("BRB010", full_sooner),
    ("BRB002", stricter),
    ("BRB001", refused),
    ("BRB004", presence),
    ("BRB003", another_reply),
    ("BRB005", another_refusal),
    ("BRB006", ending),
    ("BRB009", meaning),
)

ANSWERED = ("BRB003", "BRB004")  # of a message that both take


def classified(it: Seen) -> tuple[str, str]:
    """The code of a difference, and what to say of it."""
    found = ((code, judge(it)) for code, judge in CLASSIFIERS)
    code, said = next((code, said) for code, said in found if said is not None)
    ends = _ends(it)
    if code in ANSWERED and ends is not None:  # one transition, and two things wrong with it
        return code, f"{said}, and the machine {ends[1]}; it {ends[0]}"
    return code, said


@rule("BRB020", WARNING, "undecidable: the difference hangs on what no spec says")
def undecidable(element: str, why: str) -> str:
    """Two guards differ, and the search found no values that show it, nor can it exclude them.

    They ask for data that only a handler or the context decides, or for more than the search tries:
    sums, bits, members of maps, very large maps. Compare the two guards yourself; where they mean
    the same, write them alike.
    """
    return f"`{element}` is written otherwise; {why}"


@rule("BRB021", WARNING, "undecidable: too many situations")
def too_many(machine: str, most: int) -> str:
    """The search ended before it had seen every situation.

    What it found is right; what it did not find may still be there.
    """
    return f"the search of `{machine}` ended after {most} inputs"
