"""Breaks of machines that ask: what they await, for how long, and what their endings mean.

Both tables of such a machine are walked at once, message by message. Its sequences are no matter
here: what it may send is tried on the receivers. Knows no bytes.
"""

from typing import TYPE_CHECKING

from wirechart.breaking.registry import rule
from wirechart.breaking.verdict import DIRECTIONS, Problem
from wirechart.cases.machine import Machine, machine
from wirechart.chart import asks, build, initial, views
from wirechart.diagnostics import Severity
from wirechart.record import record

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from wirechart.breaking.facts import Facts
    from wirechart.breaking.verdict import Direction
    from wirechart.decisions import Outcome

ERROR, WARNING = Severity.ERROR, Severity.WARNING
EVENTS = {
    "refused": "a refusal",
    "eof": "the end of the stream",
    "idle": "silence",
    "unanswered": "a request without an answer",
    "malformed": "a malformed reply",
    "handler_error": "an error of the program",
    "lost": "a reply that is none",
}


@record
class Met:
    """What both make of one event, in a pair of states that they are in at once."""

    before: tuple[Machine, str]  # with its state
    after: tuple[Machine, str]
    event: str  # in words
    old: "Outcome"
    new: "Outcome"
    is_message: bool

    def problem(self, what: str, directions: "tuple[Direction, ...]") -> Problem:
        """Something about it."""
        # The longer path is written for that event, the other one for all that is left.
        element = max(self.new.element, self.old.element, key=len)
        return Problem(element, what, directions, self.old.span, self.new.span)


@rule("BRB011", ERROR, "a sender gives up sooner")
def impatient(facts: "Facts") -> "Iterator[Problem]":
    """A machine that asks waits for a reply for less time.

    A receiver that takes its time, as it may for the other version, is left in the middle of its
    work. Raise a deadline in senders first, and lower it when no slow receiver is left.
    """
    for it in _once(each for each in _met(facts) if each.event == EVENTS["idle"]):
        old, new = (made.idle[state].inside for made, state in (it.before, it.after))
        if old != new:
            sooner = new is not None and (old is None or new < old)
            way = DIRECTIONS[1] if sooner else DIRECTIONS[0]
            what = f"{_seconds(new)} instead of {_seconds(old)}"
            yield it.problem(f"in `{it.after[1]}` the sender waits {what}", (way,))


def _seconds(seconds: float | None) -> str:
    return "for ever" if seconds is None else f"{seconds:g} s"


@rule("BRB012", WARNING, "an ending of a sender means something else")
def meaning(facts: "Facts") -> "Iterator[Problem]":
    """A machine that asks ends elsewhere after the same events, or with other values in `set`.

    No peer sees that at once, but the program does what the ending says: a source that may resume
    where it was in doubt before makes two VMs of one. See what `wirechart verify` says of the new
    spec.
    """
    for it in _once(_met(facts)):
        one, other = it.old.target, it.new.target
        if not _same_end(it):
            yield it.problem(
                f"{it.event} in `{it.after[1]}` leads to `{other}` instead of `{one}`", ()
            )
        elif dict(_set(it.old)) != dict(_set(it.new)):
            yield it.problem(f"{it.event} in `{it.after[1]}` sets other values", ())


def _same_end(it: Met) -> bool:
    """Whether neither ends, or both in the same state, which may have another name now."""
    old, new = it.before[0].chart.nodes, it.after[0].chart.nodes
    one, other = it.old.target, it.new.target
    ends = old[one].state.final, new[other].state.final
    return ends == (None, None) or (
        ends[0] == ends[1] and (one == other or (one not in new and other not in old))
    )


def _set(outcome: "Outcome") -> "Iterable[tuple[str, object]]":
    return ((item.name.name, item.value) for item in outcome.set)


@rule("BRB013", ERROR, "a sender awaits another reply")
def awaited(facts: "Facts") -> "Iterator[Problem]":
    """A machine that asks takes another reply for the acceptance of a message.

    What the receivers of the other version answer, it takes for a refusal.
    """
    for it in _once(each for each in _met(facts) if each.is_message):
        if it.old.reply != it.new.reply:
            what = f"{it.new.reply or 'no reply'} instead of {it.old.reply or 'no reply'}"
            yield it.problem(f"{it.event} in `{it.after[1]}` awaits {what}", DIRECTIONS)


def _once(met: "Iterable[Met]") -> "Iterator[Met]":
    """One for the same two lines of the specs."""
    seen: set[tuple[str, str]] = set()
    for it in met:
        key = it.old.element, it.new.element
        if key not in seen:
            seen.add(key)
            yield it


def _met(facts: "Facts") -> "Iterator[Met]":
    old = {view.machine.name: view for view in views(facts.old) if asks(view)}
    for view in views(facts.new):
        if asks(view) and view.machine.name in old:
            yield from _walked(machine(build(old[view.machine.name])), machine(build(view)))


def _walked(one: Machine, other: Machine) -> "Iterator[Met]":
    """Every event of every pair of states that both get to."""
    start = initial(one.chart), initial(other.chart)
    waiting = [start]
    seen = {start}
    for here, there in waiting:
        mine, theirs = _events(one, here), _events(other, there)
        for event in (event for event in mine if event in theirs):
            (said, old), (_, new) = mine[event], theirs[event]
            yield Met((one, here), (other, there), said, old, new, isinstance(event, int))
            after = old.target, new.target
            ends = one.chart.nodes[after[0]].state.final or other.chart.nodes[after[1]].state.final
            if ends is None and after not in seen:
                seen.add(after)
                waiting.append(after)


def _events(made: Machine, state: str) -> "dict[int | str, tuple[str, Outcome]]":
    """What may happen in a state, in words, and where it leads; messages by their codes."""
    found: dict[int | str, tuple[str, Outcome]] = {}
    for (at, event), row in made.rows.items():
        if at == state and row.outcomes:
            message = made.chart.messages.get(event)
            said = EVENTS.get(event, event) if message is None else f"`{event}`"
            found[event if message is None else message.code] = (said, row.outcomes[0])
    if "eof" in found:  # what comes of it where nothing else is said
        found.setdefault("unanswered", (EVENTS["unanswered"], found["eof"][1]))
    return found
