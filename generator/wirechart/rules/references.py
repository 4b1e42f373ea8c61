"""REF: names that stand for nothing."""

from collections.abc import Iterable, Iterator

from wirechart.chart import targets
from wirechart.diagnostics import Severity, Span, did_you_mean
from wirechart.expressions import Name, names
from wirechart.model import BASIC_TYPES, Ref, State, Table
from wirechart.rules.facts import Facts, listed, targets_of
from wirechart.rules.places import (
    counts,
    durations,
    elses,
    expressions,
    fallbacks,
    named_in,
    payload_limits,
    tighter,
    type_names,
)
from wirechart.rules.registry import Problem, rule
from wirechart.rules.scopes import Scope

MAX_RELATED = 8  # further uses of a name of nothing that are shown


def _unknown(
    refs: Iterable[Ref], known: Iterable[str], what: str, *words: str
) -> Iterator[Problem]:
    """A name of nothing once, at its first use; `words` may have been meant, too."""
    names_ = frozenset(known)
    uses: dict[str, list[Span]] = {}
    for ref in refs:
        if ref.name not in names_:
            uses.setdefault(ref.name, []).append(ref.span)
    for name, spans in uses.items():
        first, *more = sorted(dict.fromkeys(spans))
        related = tuple((span, "and here") for span in more[:MAX_RELATED])
        help_ = did_you_mean(name, (*names_, *words))
        yield Problem(first, f"`{name}` is not {what}", help_, related=related)


@rule("REF001", Severity.ERROR, "unknown state")
def unknown_state(facts: Facts) -> Iterator[Problem]:
    """`to:` or `initial:` names a state that the machine does not have.

    Nothing can be generated for a transition that leads nowhere. Correct the name, or add the
    state: `Hello: Redy` where the state is called `Ready`.
    """
    refs = [facts.spec.machine.initial]
    for node in facts.chart.nodes.values():
        refs += [ref for ref in targets(node.state) if ref is not node.state.initial]
    yield from _unknown(refs, facts.chart.nodes, "a state", "stay")


@rule("REF002", Severity.ERROR, "unknown message")
def unknown_message(facts: Facts) -> Iterator[Problem]:
    """A reaction, or an answer while lingering, is for a message that `messages` does not list.

    The reaction can never happen, and the message that was meant is refused instead. Correct the
    name, or describe the message: `on: {Helo: Ready}` where the message is called `Hello`.
    """
    refs: list[Ref] = []
    for state in facts.states:
        refs += [reaction.message for reaction in state.reactions]
        refs += [message for message, _ in state.linger.answer] if state.linger else []
    yield from _unknown(refs, facts.chart.messages, "a message")


@rule("REF003", Severity.ERROR, "unknown reply")
def unknown_reply(facts: Facts) -> Iterator[Problem]:
    """A reply is named that `wire.replies` does not list.

    It has no number, so it cannot be sent. Correct the name, or give it a number:
    `refuse: Eror` where the reply is called `Error`.
    """
    refs = [facts.spec.wire.accept, facts.spec.wire.refuse]
    for way in facts.ways:
        maybe = [way.alternative.reply, *(part.reply for part in elses(way.alternative))]
        refs += [ref for ref in maybe if ref is not None]
    for state in facts.states:
        refs += [part.reply for _, part in fallbacks(state) if part.reply is not None]
        refs += [reply for _, reply in state.linger.answer] if state.linger else []
    yield from _unknown(refs, [reply.name for reply in facts.spec.wire.replies], "a reply")


@rule("REF004", Severity.ERROR, "unknown limit")
def unknown_limit(facts: Facts) -> Iterator[Problem]:
    """`limits.NAME` is used, and `limits` has no such entry.

    Without it a length or a wait would have no bound. Correct the name, or add the limit:
    `max: limits.blok` where it is called `block`.
    """
    spec = facts.spec
    used = [ref for message in spec.messages for ref in payload_limits(message)]
    used += [*counts(spec), *durations(spec), *named_in(expressions(spec), "limits")]
    used += [ref for one in tighter(spec) for ref in (one.limit, one.value)]
    yield from _unknown(used, facts.limits, "a limit")


@rule("REF005", Severity.ERROR, "unknown frame field")
def unknown_field(facts: Facts) -> Iterator[Problem]:
    """A field is named that the frame does not have.

    `select`, `payload_size`, `size:`, a message's `header` and `echo` look into `wire.request`;
    `status` and `reply_size` into `wire.reply`. Correct the name, or add the field to the frame:
    `select: comand` where the field is called `command`.
    """
    wire = facts.spec.wire
    asked = [wire.select, wire.payload_size]
    asked += [field.echo for field in wire.reply]
    for message in facts.spec.messages:
        asked += [message.payload_size, *(item.frame_field for item in message.header)]
    request = [field.name for field in wire.request]
    refs = [ref for ref in asked if ref is not None]
    yield from _unknown(refs, request, "a field of the request frame")
    answered = [ref for ref in (wire.status, wire.reply_size) if ref is not None]
    reply = [field.name for field in wire.reply]
    yield from _unknown(answered, reply, "a field of the reply frame")


@rule("REF006", Severity.ERROR, "unknown role")
def unknown_role(facts: Facts) -> Iterator[Problem]:
    """`role:` or `from:` names neither of the two roles.

    Who sends what decides which messages the machine must expect. Use one of the names in
    `wire.roles`: `role: reciever` where the server is called `receiver`.
    """
    wire = facts.spec.wire
    refs = [facts.spec.machine.role]
    refs += [message.sender for message in facts.spec.messages if message.sender is not None]
    yield from _unknown(refs, (wire.client.name, wire.server.name), "one of the roles")


@rule("REF007", Severity.ERROR, "unknown type")
def unknown_type(facts: Facts) -> Iterator[Problem]:
    """A type is neither a basic one, nor a message, nor an entry of `types`.

    The data could hold nothing. Correct the name, or describe it in `types`:
    `data: {config: Confg}` where the message is called `Config`.
    """
    known = {*BASIC_TYPES, *facts.chart.messages, *(item.name for item in facts.spec.types)}
    yield from _unknown(type_names(facts.spec), known, "a type")


@rule("REF008", Severity.ERROR, "value for data the target does not have")
def unknown_data(facts: Facts) -> Iterator[Problem]:
    """`set` or `put` names data that the state it leads to does not hold.

    The value would be lost. Correct the name, or add it to the target's `data`:
    `End: {to: Done, set: {clean: true}}` needs `Done: {data: {clean: bool}}`.
    """
    for way in facts.ways:
        leads = targets_of(facts, way.state.name, way.alternative.target)
        names_ = [item.name for item in way.alternative.set]
        names_ += [item.name for item in way.alternative.put]
        for ref in names_:
            target = next((leaf for leaf, held in leads if ref.name not in held), None)
            if target is not None:
                held = dict(leads)[target]
                yield Problem(
                    ref.span,
                    f"`{target}` holds no data `{ref.name}`",
                    did_you_mean(ref.name, held) or f"add it to the data of `{target}`",
                )


@rule("REF009", Severity.ERROR, "unknown column")
def unknown_column(facts: Facts) -> Iterator[Problem]:
    """A table's `check` or `contents` names a column that the table does not have.

    Rows could be neither checked nor measured. Correct the name:
    `contents: {of: lenght, …}` where the column is called `length`.
    """
    for message in facts.spec.messages:
        if not isinstance(message.payload, Table):
            continue
        table = message.payload
        refs = [table.contents.of, table.contents.at] if table.contents else []
        bare = named_in((table.check,), "") if table.check else ()
        columns = [column.name for column in table.columns]
        yield from _unknown((*bare, *refs), columns, "a column of the table")


@rule("REF010", Severity.ERROR, "unknown name in an expression")
def unknown_name(facts: Facts) -> Iterator[Problem]:
    """A guard asks for something that neither the message, the states, nor the context has.

    `message.X` is a field of the message's `header` or `payload`, or one of its descriptors;
    `state.X` is data of the state or of one around it; `context.X` is an entry of `context`.
    A frame field must be named in the message's `header` before a guard can read it.
    """
    uses = [use for judged in facts.judged for use in judged.uses]
    for use in (*uses, *facts.described):
        for name in names(use.expression):
            if not use.scope.knows(name):
                yield _unknown_name(facts, name, use.scope)


def _unknown_name(facts: Facts, name: Name, scope: Scope) -> Problem:
    if not name.scope:
        owners = [owner for owner in scope.values if name.name in scope.values[owner]]
        ways = [f"`{owner}.{name.name}`" for owner in owners or ("message", "state", "context")]
        help_ = f"write {' or '.join([', '.join(ways[:-1]), ways[-1]] if ways[1:] else ways)}"
        return Problem(name.span, f"`{name.name}` does not say whose it is", help_)
    known = scope.values.get(name.scope, {})
    help_ = did_you_mean(name.name, known) or "use something that is known there"
    holders = [node.state.name for node in facts.chart.nodes.values() if _holds(node.state, name)]
    if name.scope == "state" and holders:
        help_ = f"{listed(holders)} {'hold' if len(holders) > 1 else 'holds'} it; hold it here, too"
    frame = [field.name for field in facts.spec.wire.request]
    if name.scope == "message" and name.name in frame:
        help_ = f"name the frame field `{name.name}` in the message's `header`"
    return Problem(
        name.span, f"{scope.owners[name.scope]} knows no `{name.scope}.{name.name}`", help_
    )


def _holds(state: State, name: Name) -> bool:
    return any(item.name == name.name for item in state.data)


@rule("REF011", Severity.WARNING, "a cause that never occurs")
def unknown_cause(facts: Facts) -> Iterator[Problem]:
    """`unless:` names a cause with which the machine never ends in this failure.

    So the failure lingers also where it was not meant to. Use a cause that a transition to it
    names (`cause: abandoned`), or a built-in one that leads to it.
    """
    for state in facts.states:
        if state.linger is None:
            continue
        causes = {
            outcome.cause
            for row in facts.table
            for outcome in row.outcomes
            if outcome.target == state.name and outcome.cause is not None
        }
        yield from _unknown(state.linger.unless, causes, f"a cause that leads to `{state.name}`")


@rule("REF012", Severity.ERROR, "initial state is not inside")
def foreign_initial(facts: Facts) -> Iterator[Problem]:
    """`initial:` of a composite state names something that is not directly inside it.

    Entering the composite must enter one of its own states. Name one of those under `states`.
    """
    for state in facts.states:
        if state.states and state.initial is not None:
            inside = [child.name for child in state.states]
            yield from _unknown((state.initial,), inside, f"a state directly inside `{state.name}`")
