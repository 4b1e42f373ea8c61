"""Walks over what is written in a spec. Resolves nothing and judges nothing."""

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from wirechart.expressions import Expression, names
from wirechart.model import Bytes, DataType, Json, List, Map, Ref, Table
from wirechart.record import record

if TYPE_CHECKING:
    from wirechart.diagnostics import Span
    from wirechart.model import (
        Alternative,
        Else,
        Ending,
        Fallback,
        Idle,
        Message,
        Reaction,
        Spec,
        State,
        Tighter,
    )


@record
class Way:
    """An alternative where it stands."""

    state: "State"
    reaction: "Reaction"
    index: int  # among the reaction's alternatives
    alternative: "Alternative"


def every_state(spec: "Spec") -> "Iterator[State]":
    """As written, second ones of a name included, parents before their children."""
    stack = list(reversed(spec.machine.states))
    while stack:
        state = stack.pop()
        yield state
        stack += reversed(state.states)


def ways(spec: "Spec") -> Iterator[Way]:
    """Every alternative of every reaction of every state."""
    for state in every_state(spec):
        for reaction in state.reactions:
            for index, alternative in enumerate(reaction.alternatives):
                yield Way(state, reaction, index, alternative)


def elses(alternative: "Alternative") -> "Iterator[Else]":
    """What its checks decide by themselves; one `else` that belongs to several checks once."""
    seen: set[Span] = set()
    for check in alternative.checks:
        if check.otherwise is not None and check.otherwise.span not in seen:
            seen.add(check.otherwise.span)
            yield check.otherwise


def fallbacks(state: "State") -> "Iterator[tuple[str, Fallback]]":
    """What the state itself writes of these, with its key."""
    written = (
        ("otherwise", state.otherwise),
        ("on_refused", state.on_refused),
        ("on_malformed", state.on_malformed),
        ("on_handler_error", state.on_handler_error),
    )
    yield from ((key, part) for key, part in written if part is not None)


def endings(state: "State") -> "Iterator[tuple[str, Ending | Idle]]":
    """What the state itself writes of these, with its key."""
    if state.on_eof is not None:
        yield "on_eof", state.on_eof
    if state.on_lost is not None:
        yield "on_lost", state.on_lost
    if state.on_idle is not None:
        yield "on_idle", state.on_idle
    if state.on_unanswered is not None:
        yield "on_unanswered", state.on_unanswered


def waits(idle: "Idle") -> Iterator[Ref]:
    """The limits of a deadline, one that counts in both places only once."""
    both = (idle.after, idle.between_messages)
    yield from dict.fromkeys(ref for ref in both if ref is not None)


def payload_limits(message: "Message") -> Iterator[Ref]:
    """The size limits of a message and its reply."""
    if isinstance(message.payload, Bytes | Json | Table):
        yield message.payload.max
    if isinstance(message.payload, Table) and message.payload.contents is not None:
        yield message.payload.contents.max
    if message.reply_payload is not None:
        yield message.reply_payload.max


def durations(spec: "Spec") -> Iterator[Ref]:
    """Every limit that a wait names."""
    for state in every_state(spec):
        if state.on_idle is not None:
            yield from waits(state.on_idle)
        if state.linger is not None:
            yield state.linger.duration


def types(spec: "Spec") -> Iterator[DataType]:
    """Every type that is written somewhere."""
    yield from (item.type for item in spec.types)
    yield from (item.type for item in spec.context)
    for state in every_state(spec):
        yield from (item.type for item in state.data)


def parts(type_: DataType) -> Iterator[DataType]:
    """A type and everything written inside it."""
    yield type_
    match type_:
        case Map(key=key, value=value):
            yield from parts(key)
            yield from parts(value)
        case List(item=item):
            yield from parts(item)
        case Ref():
            pass


def type_names(spec: "Spec") -> Iterator[Ref]:
    """Every name that stands for a type."""
    for type_ in types(spec):
        yield from (part for part in parts(type_) if isinstance(part, Ref))


def tighter(spec: "Spec") -> Iterator["Tighter"]:
    """Every limit that is smaller on a kind of connection."""
    yield from (one for kind in spec.connections for one in kind.limits)


def counts(spec: "Spec") -> Iterator[Ref]:
    """Every limit that a map, a list or a kind of connection names."""
    yield from (kind.most for kind in spec.connections if kind.most is not None)
    for type_ in types(spec):
        yield from (part.max for part in parts(type_) if not isinstance(part, Ref))


def expressions(spec: "Spec") -> Iterator[Expression]:
    """Every expression of a spec."""
    for way in ways(spec):
        yield from (check.condition for check in way.alternative.checks)
        for put in way.alternative.put:
            yield put.key
            yield put.value
    for message in spec.messages:
        if message.reply_payload is not None and message.reply_payload.size is not None:
            yield message.reply_payload.size
        if isinstance(message.payload, Table) and message.payload.check is not None:
            yield message.payload.check


def named_in(expressions_: Iterable[Expression], scope: str) -> Iterator[Ref]:
    """The names of one scope in expressions."""
    for expression in expressions_:
        for name in names(expression):
            if name.scope == scope:
                yield Ref(name.name, name.span)
