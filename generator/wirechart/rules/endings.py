"""END: waits, and how a machine ends."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

from wirechart.chart import running
from wirechart.diagnostics import Severity
from wirechart.model import Ending, Ref
from wirechart.rules.decisions import without
from wirechart.rules.facts import Facts, meant, road
from wirechart.rules.places import elses, endings, fallbacks
from wirechart.rules.registry import Problem, rule

if TYPE_CHECKING:
    from wirechart.model import State, Wire
    from wirechart.rules.decisions import Lacking

BUILT_IN = ("refused", "malformed", "handler_error", "eof", "idle", "lost")


@rule("END001", Severity.ERROR, "no end of the stream")
def no_eof(facts: Facts) -> Iterator[Problem]:
    """A state does not say what happens when the stream ends.

    Peers die, and cables are pulled, in every state. Write `on_eof: {to: Failed}` on the state or
    on one around it.
    """
    for lacking in without(facts, lambda state: state.on_eof is not None):
        message = f"{lacking} say what happens when the stream ends"
        yield _lacking(facts, lacking, message, "write `on_eof: {to: …}`")


def _lacking(facts: Facts, lacking: "Lacking", message: str, help_: str) -> Problem:
    way, span = road(facts, lacking.leaf), lacking.states[0].span
    return Problem(span, message, help_ + lacking.where, way, lacking.related)


@rule("END002", Severity.ERROR, "no deadline")
def no_idle(facts: Facts) -> Iterator[Problem]:
    """A state does not say how long it waits for a silent peer.

    A receiver that waits for ever is held by one connection that says nothing. Write
    `on_idle: {after: limits.idle, to: Failed}` on the state or on one around it; where silence
    between messages is fine, add `between_messages: never`.
    """
    for lacking in without(facts, lambda state: state.on_idle is not None):
        message = f"{lacking} say how long to wait for a silent peer"
        yield _lacking(facts, lacking, message, "write `on_idle: {after: limits.…, to: …}`")


@rule("END003", Severity.WARNING, "no deadline inside a message")
def endless_message(facts: Facts) -> Iterator[Problem]:
    """`on_idle` has `after: never`: a peer may stop in the middle of a message for ever.

    Between messages a peer may have nothing to say; inside one it has promised bytes. Bound that:
    `after: limits.stall`, with `between_messages: never` where that is meant.
    """
    for state in facts.states:
        if state.on_idle is not None and state.on_idle.after is None:
            message = f"`{state.name}` waits for ever for the rest of a message"
            help_ = "write `after: limits.…`, and `between_messages: never` if that was meant"
            yield Problem(state.on_idle.span, message, help_)


@rule("END004", Severity.ERROR, "framing may be lost, and nothing says what then")
def no_lost(facts: Facts) -> Iterator[Problem]:
    """A state has no `on_lost`, and the place of the next message can become unknown.

    That happens where a constant of the request is wrong, and where `on_malformed` or `on_refused`
    stays after a payload that is longer than any limit, so that it cannot be skipped. Write
    `on_lost: {to: Failed}`.
    """
    wire = facts.spec.wire
    constant = any(
        field.constant is not None and Ref(field.name, field.span) not in _steering(wire)
        for field in wire.request
    )
    if facts.asks:
        constant = any(field.constant is not None or field.echo for field in wire.reply)
    sized = wire.payload_size is not None or any(
        message.payload_size is not None for message in facts.receivable.values()
    )
    stays = {
        row.state
        for row in facts.table
        for outcome in row.outcomes
        if row.event in ("malformed", "refused") and facts.leaves[outcome.target]
    }
    open_ends = stays if sized and not facts.asks else set[str]()
    lost = set(running(facts.chart)) if constant else open_ends
    for lacking in without(facts, lambda state: state.on_lost is not None):
        inside = (leaf for state in lacking.states for leaf in facts.leaves[state.name])
        if not lost.isdisjoint(inside):
            why = (
                f"a constant of the {'reply' if facts.asks else 'request'} may be wrong"
                if constant
                else "a payload may be too long to skip"
            )
            message = f"{lacking} say what happens when framing is lost: {why}"
            yield _lacking(facts, lacking, message, "write `on_lost: {to: …}`")


def _steering(wire: "Wire") -> "tuple[Ref | None, ...]":
    """Where a constant is another rule's business."""
    return (wire.select, wire.payload_size)


@rule("END005", Severity.ERROR, "a fault that leads to a success")
def happy_fault(facts: Facts) -> Iterator[Problem]:
    """A refusal, a broken message, an end of the stream or a time-out ends in a success.

    Whoever asks how it went would be told that all is well, and the other side may have lost what
    it sent. Lead it to a `final: failure`. A peer that may leave says so by a message, or by ending
    the stream between two: `on_eof: {to: Done, inside_message: Failed}`.
    """
    for key, ref in _fault_targets(facts):
        target = meant(facts, ref)
        if target is not None and target.final == "success":
            message = f"`{key}` ends in `{target.name}`, which is a success"
            help_ = "lead it to a `final: failure` state"
            if key == "on_eof" and not facts.asks:
                help_ += "; or say `inside_message`, if the peer may leave between two messages"
            yield Problem(ref.span, message, help_)


def _fault_targets(facts: Facts) -> "Iterator[tuple[str, Ref]]":
    for state in facts.states:
        for key, part in (*fallbacks(state), *endings(state)):
            leaving = isinstance(part, Ending) and part.inside is not None
            if part.target is not None and not leaving:
                yield key, part.target
        if state.on_eof is not None and state.on_eof.inside is not None:
            yield "inside_message", state.on_eof.inside
    for way in facts.ways:
        for decided in elses(way.alternative):
            if decided.target is not None:
                yield "else", decided.target


@rule("END006", Severity.ERROR, "an ending that goes on")
def running_end(facts: Facts) -> Iterator[Problem]:
    """`on_eof`, `on_lost`, `on_idle` or `on_unanswered` leads to a state that waits for messages.

    Behind the end of the stream no message comes, and with framing lost none can be found. Lead it
    to a `final: failure`.
    """
    for state in facts.states:
        ends = [(key, part.target) for key, part in endings(state)]
        if state.on_eof is not None and state.on_eof.inside is not None:
            ends.append(("inside_message", state.on_eof.inside))
        for key, ref in ends:
            target = meant(facts, ref)
            if target is not None and target.final is None:
                message = f"`{key}` leads to `{target.name}`, which waits for messages"
                yield Problem(ref.span, message, "lead it to a `final: failure` state")


@rule("END007", Severity.ERROR, "lingering without a failure")
def odd_linger(facts: Facts) -> Iterator[Problem]:
    """`linger` stands on a state that is not a failure.

    Only after a failure a peer may still be talking without knowing; a success is the peer's own
    last word, and a running state answers by its reactions. Remove it.
    """
    for state in facts.states:
        if state.linger is not None and state.final != "failure":
            message = f"`{state.name}` is no failure, so it does not linger"
            yield Problem(state.linger.span, message, "move `linger` to a `final: failure` state")


@rule("END008", Severity.ERROR, "a late answer to a message that never comes")
def impossible_answer(facts: Facts) -> Iterator[Problem]:
    """`linger.answer` lists a reserved message, or one that the machine's own role sends.

    The peer never sends it. Remove the answer, or name the message that was meant.
    """
    for state in facts.states:
        for ref, _ in state.linger.answer if state.linger else ():
            message = facts.chart.messages.get(ref.name)
            if message is not None and ref.name not in facts.receivable:
                why = "is reserved" if message.reserved else "is sent by this machine's own role"
                yield Problem(ref.span, f"`{ref.name}` {why}: it never comes", "remove the answer")


@rule("END009", Severity.WARNING, "lingering longer than waiting")
def long_linger(facts: Facts) -> Iterator[Problem]:
    """A failure lingers longer than any running state waits for a silent peer.

    A connection that has failed is then kept longer than one that works. Lower it: a late message
    is on its way already when the refusal is sent.
    """
    idles = [state.on_idle for state in facts.states if state.on_idle is not None]
    known = [facts.limits.get(idle.after.name) for idle in idles if idle.after is not None]
    patience = [limit.value for limit in known if limit is not None and limit.kind == "duration"]
    for state in facts.states:
        limit = facts.limits.get(state.linger.duration.name) if state.linger else None
        if limit is None or state.linger is None or not patience:
            continue
        if limit.kind == "duration" and limit.value > max(patience):
            message = f"`{state.name}` lingers for {limit.text}, longer than any state waits"
            help_ = "name a shorter limit: a second or two is usual"
            yield Problem(state.linger.duration.span, message, help_)


@rule("END010", Severity.WARNING, "a failure by message without a cause of its own")
def nameless_failure(facts: Facts) -> Iterator[Problem]:
    """A message that is expected leads to a failure, and the reaction names no `cause`.

    The termination would say `refused`, as if the message had been wrong. Name what happened:
    `Abandon: {to: Failed, cause: abandoned}`.
    """
    for way in facts.ways:
        target = meant(facts, way.alternative.target)
        named = way.alternative.cause is not None
        if target is None or target.final != "failure" or named:
            continue
        message = way.reaction.message.name
        text = f"`{message}` leads to the failure `{target.name}`, and its cause would be `refused`"
        yield Problem(way.alternative.span, text, "name it: `cause: …`")


@rule("END011", Severity.WARNING, "a cause that nobody will see")
def lost_cause(facts: Facts) -> Iterator[Problem]:
    """`cause:` stands where the machine does not end in a failure.

    Only a failure has a cause, so the name is lost. Remove it, or correct `to`.
    """
    for cause, target in _causes(facts):
        if target is None or target.final != "failure":
            where = f"`{target.name}` is no failure" if target is not None else "the machine stays"
            help_ = "remove it, or lead to a `final: failure`"
            yield Problem(cause.span, f"{where}, so the cause `{cause.name}` is lost", help_)


def _causes(facts: Facts) -> "Iterator[tuple[Ref, State | None]]":
    """Every cause that is named, and the state it goes to; those of unknown states left out."""
    named: list[tuple[Ref | None, Ref | None]] = []
    for way in facts.ways:
        named.append((way.alternative.cause, way.alternative.target))
        named += [(p.cause, p.target) for p in elses(way.alternative) if p.target or p.stay]
    for state in facts.states:
        named += [(part.cause, part.target) for _, part in (*fallbacks(state), *endings(state))]
    for cause, target in named:
        found = meant(facts, target)
        if cause is not None and (target is None or found is not None):
            yield cause, found


@rule("END012", Severity.WARNING, "a cause named like a built-in one")
def borrowed_cause(facts: Facts) -> Iterator[Problem]:
    """A `cause:` has the name of a built-in cause, such as `refused` or `eof`.

    Two different things would be told by one word, also to `unless`. Use another word.
    """
    for cause, _ in _causes(facts):
        if cause.name in BUILT_IN:
            text = f"`{cause.name}` is the name of a built-in cause"
            yield Problem(cause.span, text, "say what happened in a word of its own")
