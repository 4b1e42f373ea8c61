"""The total table: what happens in every leaf state on every event. Knows no paths.

Inheritance, `otherwise` and its split, `else`, and full maps are resolved here and nowhere else.
"""

from typing import TYPE_CHECKING, Literal

from wirechart.chart import (
    ancestors,
    asks,
    data,
    entry,
    expand,
    finals,
    nearest,
    receivable,
    running,
)
from wirechart.expressions import Binary, Expression, Name, Not, Size
from wirechart.model import Map
from wirechart.record import field, record, replace

if TYPE_CHECKING:
    from collections.abc import Iterable

    from wirechart.chart import Chart
    from wirechart.diagnostics import Span
    from wirechart.model import Alternative, Else, Ending, Fallback, Put, Ref, Set

Kind = Literal[
    "handled",  # a handler runs
    "refused",  # wrong state, unknown or reserved code, guard false
    "malformed",  # payload or descriptors are wrong
    "handler_error",  # the handler raised, or returned the wrong thing
    "eof",
    "cut",  # the stream ends inside a message, where that is another matter
    "idle",
    "lost",  # framing is lost
    "unanswered",  # what became of a request that left as a whole will never be known
    "lingering",  # a failure answers a late message
    "ignored",  # a failure lingers, without a reply
]

# Everything that can happen beside a message of the machine's peer, in the order of tables.
# "refused" is any request that is no receivable message: unknown, reserved, or of the other role.
FAULTS: "tuple[Kind, ...]" = (
    *("refused", "malformed", "handler_error"),
    *("eof", "cut", "idle", "lost", "unanswered"),
)
ANSWERING_FAULTS: "tuple[Kind, ...]" = tuple(fault for fault in FAULTS if fault != "unanswered")
# Of a machine that asks: a reply that does not accept, one that is wrong, a request that cannot be
# sent to its end, and no reply; last what goes before the latter where it is written.
ASKING_FAULTS: "tuple[Kind, ...]" = tuple(fault for fault in FAULTS if fault != "cut")


@record
class Outcome:
    """One thing that may happen in a state on an event."""

    kind: Kind
    guards: tuple[Expression, ...]  # all must hold; empty: always
    target: str  # a leaf or final state; the state itself for `stay`
    reply: str | None  # None: no reply is sent
    cause: str | None  # why the machine ends, when it ends in a failure; else None
    set: "tuple[Set, ...]"
    put: "tuple[Put, ...]"
    owner: str  # the state that wrote it, maybe an ancestor
    element: str  # where in the spec: `machine.Receiving.on.Abandon`
    doc: str
    span: "Span" = field(compare=False, repr=False)
    drained: bool = True  # False: the payload stays in the stream


@record
class Row:
    """All that can happen in a leaf state on one event: the first outcome whose guards hold."""

    state: str
    event: str  # a message's name, or one of FAULTS
    outcomes: tuple[Outcome, ...]  # the last one has no guards; empty: the spec does not decide it


def rows(chart: "Chart") -> tuple[Row, ...]:
    """The total table: every running state with every receivable message, then every fault.

    A machine that asks sends nothing but what its state lists: it has a row for no other message.
    """
    if asks(chart.spec):
        return tuple(_asking(chart))
    events = (*(message.name for message in receivable(chart)), *ANSWERING_FAULTS)
    return tuple(
        Row(state, event, _decided(_outcomes(chart, state, event)))
        for state in running(chart)
        for event in events
        if event != "cut" or _cut(chart, state)
    )


def faults(chart: "Chart") -> "tuple[Kind, ...]":
    """What can happen beside messages somewhere in the chart, in the order of tables."""
    if asks(chart.spec):
        asked = any(ending(chart, state, "unanswered") for state in running(chart))
        return tuple(fault for fault in ASKING_FAULTS if fault != "unanswered" or asked)
    cut = any(_cut(chart, state) for state in running(chart))
    return tuple(fault for fault in ANSWERING_FAULTS if fault != "cut" or cut)


def _cut(chart: "Chart", state: str) -> bool:
    """Whether the end of the stream inside a message is another matter."""
    found = ending(chart, state, "eof")
    return found is not None and found[1].inside is not None


def _asking(chart: "Chart") -> "Iterable[Row]":
    for state in running(chart):
        for message in receivable(chart):
            sent = tuple(_listed(chart, state, message.name))
            if sent:
                yield Row(state, message.name, _decided(sent))
        for event in ASKING_FAULTS:
            if event == "unanswered" and ending(chart, state, event) is None:
                continue
            outcomes = _decided(_outcomes(chart, state, event))
            yield Row(state, event, tuple(replace(outcome, reply=None) for outcome in outcomes))


def linger_rows(chart: "Chart") -> tuple[Row, ...]:
    """What failures that linger do with late messages, every receivable one and `refused`."""
    return tuple(
        Row(name, event, _late(chart, name, event))
        for name in finals(chart)
        if chart.nodes[name].state.linger is not None
        for event in (*(message.name for message in receivable(chart)), "refused")
    )


def _decided(outcomes: "Iterable[Outcome]") -> tuple[Outcome, ...]:
    """Without what stands behind an outcome that always happens."""
    kept: list[Outcome] = []
    for outcome in outcomes:
        kept.append(outcome)
        if not outcome.guards:
            break
    return tuple(kept)


def _outcomes(chart: "Chart", state: str, event: str) -> "Iterable[Outcome]":
    if event in ("eof", "cut", "idle", "lost", "unanswered"):
        yield from _ended(chart, state, event)
        return
    if event in FAULTS:
        yield from _fallback(chart, state, event)
    else:
        yield from _listed(chart, state, event)
        yield from _fallback(chart, state, "refused", event)


def _listed(chart: "Chart", state: str, message: str) -> "Iterable[Outcome]":
    """What the innermost reaction says of a message."""
    for owner in ancestors(chart, state):
        reactions = chart.nodes[owner].state.reactions
        reaction = next((r for r in reactions if r.message.name == message), None)
        if reaction is not None:
            for alternative in reaction.alternatives:
                yield from _alternative(chart, state, owner, message, alternative)
            return


def _alternative(
    chart: "Chart", state: str, owner: str, message: str, alternative: "Alternative"
) -> "Iterable[Outcome]":
    """The checks that decide by themselves, each before the next; then the transition."""
    path = f"{chart.nodes[owner].path}.on.{message}"
    passed: list[Expression] = []
    for check in alternative.checks:
        if check.otherwise is not None:
            failed = (*passed, Not(check.condition, check.span))
            yield from _else(chart, state, owner, message, failed, check.otherwise)
        else:
            passed.append(check.condition)
    target = _target(chart, state, alternative.target)
    if target is None:
        return
    room = _room(chart, state, alternative)
    yield Outcome(
        kind="handled",
        guards=(*passed, *room),
        target=target,
        reply=_reply(chart, alternative.replied, alternative.reply, accepted=True, message=message),
        cause=_cause(chart, target, alternative.cause, "refused"),
        set=alternative.set,
        put=alternative.put,
        owner=owner,
        element=path,
        doc=alternative.doc,
        span=alternative.span,
    )


def _room(chart: "Chart", state: str, alternative: "Alternative") -> "Iterable[Expression]":
    """A map that is carried over and put into must not be full."""
    held = {item.name: expand(chart, item.type) for item in data(chart, state)}
    for put in alternative.put:
        type_ = held.get(put.name.name)
        if isinstance(type_, Map):
            size = Size(Name("state", put.name.name, put.span), put.span)
            yield Binary("<", size, Name("limits", type_.max.name, put.span), put.span)


def _else(
    chart: "Chart",
    state: str,
    owner: str,
    message: str,
    guards: tuple[Expression, ...],
    chosen: "Else",
) -> "Iterable[Outcome]":
    for usual in _fallback(chart, state, "refused", message):
        named = chosen.stay or chosen.target is not None
        target = _target(chart, state, chosen.target) if named else usual.target
        if target is not None:
            yield Outcome(
                kind="refused",
                guards=guards,
                target=target,
                reply=_reply(chart, True, chosen.reply, accepted=False, message=message)
                if chosen.reply
                else usual.reply,
                cause=_cause(chart, target, chosen.cause, usual.cause or "refused"),
                set=(),
                put=(),
                owner=owner,
                element=f"{chart.nodes[owner].path}.on.{message}",
                doc="",
                span=chosen.span,
                drained=usual.drained,
            )


def _fallback(chart: "Chart", state: str, event: str, message: str = "") -> "Iterable[Outcome]":
    """The innermost `on_EVENT` or `otherwise`; at one state the more specific one counts.

    `message` is what is refused, where that is known: one without a reply gets none now either.
    """
    for owner in ancestors(chart, state):
        written = chart.nodes[owner].state
        specific: dict[str, Fallback | None] = {
            "refused": written.on_refused,
            "malformed": written.on_malformed,
            "handler_error": written.on_handler_error,
        }
        fallback = specific[event] or written.otherwise
        if fallback is None:
            continue
        target = _target(chart, state, fallback.target)
        if target is not None:
            key = f"on_{event}" if specific[event] else "otherwise"
            yield Outcome(
                kind=event,  # type: ignore[arg-type]  # the three keys above are kinds
                guards=(),
                target=target,
                reply=_reply(
                    chart, fallback.replied, fallback.reply, accepted=False, message=message
                ),
                cause=_cause(chart, target, fallback.cause, event),
                set=(),
                put=(),
                owner=owner,
                element=f"{chart.nodes[owner].path}.{key}",
                doc=fallback.doc,
                span=fallback.span,
                drained=fallback.drained,
            )
        return


def ending(chart: "Chart", state: str, event: str) -> "tuple[str, Ending] | None":
    """The innermost `on_eof`, `on_idle`, … with its owner; None: not written.

    `event` is "eof", "cut", "idle", "lost" or "unanswered".
    """
    key = "eof" if event == "cut" else event
    for owner in ancestors(chart, state):
        written = chart.nodes[owner].state
        part = {
            "eof": written.on_eof,
            "idle": written.on_idle,
            "lost": written.on_lost,
            "unanswered": written.on_unanswered,
        }[key]
        if part is not None:
            return owner, part  # type: ignore[return-value]  # an Idle has all that an Ending has
    return None


def _ended(chart: "Chart", state: str, event: str) -> "Iterable[Outcome]":
    found = ending(chart, state, event)
    if found is None:
        return
    owner, written = found
    key = "on_eof.inside_message" if event == "cut" else f"on_{event}"
    target = _target(chart, state, written.inside if event == "cut" else written.target)
    if target is None:
        return
    yield Outcome(
        kind=event,  # type: ignore[arg-type]  # the three names are kinds
        guards=(),
        target=target,
        reply=None,
        cause=_cause(chart, target, written.cause, "eof" if event == "cut" else event),
        set=(),
        put=(),
        owner=owner,
        element=f"{chart.nodes[owner].path}.{key}",
        doc=written.doc,
        span=written.span,
    )


def _late(chart: "Chart", name: str, event: str) -> tuple[Outcome, ...]:
    state = chart.nodes[name].state
    linger = state.linger
    assert linger is not None, name  # noqa: S101 -- linger_rows asks only for states that have one
    answers = {message.name: (message, reply) for message, reply in linger.answer}
    answered = answers.get(event)
    return (
        Outcome(
            kind="lingering" if answered else "ignored",
            guards=(),
            target=name,
            reply=answered[1].name if answered else None,
            cause=None,
            set=(),
            put=(),
            owner=name,
            element=f"{chart.nodes[name].path}.linger",
            doc="",
            span=answered[0].span if answered else linger.span,
        ),
    )


def _target(chart: "Chart", state: str, ref: "Ref | None") -> str | None:
    """The leaf a reference leads to; the state itself for None; None for a name like no other."""
    if ref is None:
        return state
    named = nearest(ref.name, chart.nodes)
    return None if named is None else entry(chart, named)


def _reply(
    chart: "Chart", replied: bool, ref: "Ref | None", *, accepted: bool, message: str = ""
) -> str | None:
    silent = message in chart.messages and not chart.messages[message].replied
    if not replied or silent:
        return None
    usual = chart.spec.wire.accept if accepted else chart.spec.wire.refuse
    return (ref or usual).name


def _cause(chart: "Chart", target: str, ref: "Ref | None", usual: str) -> str | None:
    if chart.nodes[target].state.final != "failure":
        return None
    return ref.name if ref else usual
