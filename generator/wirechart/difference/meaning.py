"""What of a spec has no meaning, declared once: two specs that differ in nothing else are equal.

Without meaning are: places, comments and former names; the order of everything that is found by its
name; how a limit is written (`1 min`, `60 s`); what is said although it goes without saying; one
`otherwise` instead of its three parts; `a and b` instead of two conditions.
"""

from typing import TYPE_CHECKING, Any

from wirechart.expressions import Binary, show
from wirechart.record import record, replace

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from wirechart.expressions import Expression
    from wirechart.model import (
        Alternative,
        Check,
        Connection,
        Ending,
        Fallback,
        Idle,
        Linger,
        Machine,
        Message,
        Owner,
        Reaction,
        Ref,
        Resource,
        Scenario,
        Spec,
        State,
    )


@record
class Usual:
    """What goes without saying; None: it has to be said, so that it can be compared."""

    accept: str | None = None
    refuse: str | None = None
    client: str | None = None
    first: str | None = None  # the connection without a preamble


def meaning(spec: "Spec") -> "Spec":
    """The spec in a normal form: equal for two specs that mean the same."""
    return _sorted(normal(spec, usual(spec)))


def alike(old: "Spec", new: "Spec") -> "tuple[Spec, Spec]":
    """Both in the form in which they can be compared part by part.

    What goes without saying is left out only where it is the same in both; else a new `accept`
    would look like a change of every reaction that says its reply.
    """
    before, after = usual(old), usual(new)
    both = {key: value for key, value in before.__dict__.items() if value == after.__dict__[key]}
    shared = replace(Usual(), **both)
    return normal(old, shared), normal(new, shared)


def usual(spec: "Spec") -> Usual:
    """What goes without saying in a spec."""
    wire = spec.wire
    first = next((k.name for k in spec.connections if not k.preamble and not k.later), None)
    return Usual(wire.accept.name, wire.refuse.name, wire.client.name, first)


def normal(spec: "Spec", known: Usual) -> "Spec":
    """The spec without what goes without saying; everything stays in its order."""
    return replace(
        spec,
        messages=tuple(_message(message, known) for message in spec.messages),
        connections=tuple(_connection(kind) for kind in spec.connections),
        machine=_machine(spec.machine, known),
        machines=tuple(_machine(machine, known) for machine in spec.machines),
        resources=tuple(_resource(resource) for resource in spec.resources),
        scenarios=tuple(_scenario(scenario, known) for scenario in spec.scenarios),
    )


def _said(ref: "Ref | None", unsaid: str | None) -> "Ref | None":
    return None if ref is not None and ref.name == unsaid else ref


def _message(message: "Message", known: Usual) -> "Message":
    return replace(message, sender=_said(message.sender, known.client))


def _connection(kind: "Connection") -> "Connection":
    bare, over = (tuple(sorted(refs, key=_name)) for refs in (kind.bare, kind.over))
    limits = tuple(sorted(kind.limits, key=lambda one: one.limit.name))
    asker = _said(kind.asker, kind.opener.name)
    return replace(kind, asker=asker, bare=bare, over=over, limits=limits)


def _resource(resource: "Resource") -> "Resource":
    owners, in_doubt = _owners(resource.owners), _owners(resource.in_doubt)
    return replace(resource, owners=owners, in_doubt=in_doubt)


def _owners(owners: "tuple[Owner, ...]") -> "tuple[Owner, ...]":
    sorted_ = (replace(one, states=tuple(sorted(one.states, key=_name))) for one in owners)
    return tuple(sorted(sorted_, key=lambda one: one.machine.name))


def _scenario(scenario: "Scenario", known: Usual) -> "Scenario":
    steps = (replace(s, connection=_said(s.connection, known.first)) for s in scenario.steps)
    return replace(scenario, steps=tuple(steps))


def _machine(machine: "Machine", known: Usual) -> "Machine":
    states = tuple(_state(state, known) for state in machine.states)
    return replace(machine, connection=_said(machine.connection, known.first), states=states)


def _state(state: "State", known: Usual) -> "State":
    return replace(
        state,
        reactions=tuple(_reaction(reaction, known) for reaction in state.reactions),
        otherwise=None,
        on_refused=_fallback(state.on_refused or state.otherwise, "refused", known),
        on_malformed=_fallback(state.on_malformed or state.otherwise, "malformed", known),
        on_handler_error=_fallback(
            state.on_handler_error or state.otherwise, "handler_error", known
        ),
        on_eof=_ending(state.on_eof, "eof"),
        on_lost=_ending(state.on_lost, "lost"),
        on_idle=_idle(state.on_idle),
        on_unanswered=_ending(state.on_unanswered, "unanswered"),
        states=tuple(_state(inner, known) for inner in state.states),
        linger=_linger(state.linger),
    )


def _reaction(reaction: "Reaction", known: Usual) -> "Reaction":
    return replace(
        reaction, alternatives=tuple(_alternative(one, known) for one in reaction.alternatives)
    )


def _alternative(alternative: "Alternative", known: Usual) -> "Alternative":
    return replace(
        alternative,
        checks=tuple(part for check in alternative.checks for part in _conjuncts(check)),
        reply=_said(alternative.reply, known.accept),
        set=tuple(sorted(alternative.set, key=lambda item: item.name.name)),
        put=tuple(sorted(alternative.put, key=lambda item: (item.name.name, show(item.key)))),
        cause=_said(alternative.cause, "refused"),
    )


def _conjuncts(check: "Check") -> "Iterator[Check]":
    for condition in _and(check.condition):
        yield replace(check, condition=condition)


def _and(condition: "Expression") -> "Iterator[Expression]":
    match condition:
        case Binary("and", left, right):
            yield from _and(left)
            yield from _and(right)
        case _:
            yield condition


def _fallback(fallback: "Fallback | None", event: str, known: Usual) -> "Fallback | None":
    if fallback is None:
        return None
    reply, cause = _said(fallback.reply, known.refuse), _said(fallback.cause, event)
    return replace(fallback, reply=reply, cause=cause)


def _ending(ending: "Ending | None", event: str) -> "Ending | None":
    if ending is None:
        return None
    inside = _said(ending.inside, ending.target.name)
    return replace(ending, inside=inside, cause=_said(ending.cause, event))


def _idle(idle: "Idle | None") -> "Idle | None":
    return idle and replace(idle, cause=_said(idle.cause, "idle"))


def _linger(linger: "Linger | None") -> "Linger | None":
    if linger is None:
        return None
    answer = tuple(sorted(linger.answer, key=lambda pair: pair[0].name))
    return replace(linger, answer=answer, unless=tuple(sorted(linger.unless, key=_name)))


def _name(named: Any) -> str:  # noqa: ANN401 -- whatever has a name
    name: str = named.name
    return name


def _sorted(spec: "Spec") -> "Spec":
    """Everything that is found by its name in the order of names."""
    return replace(
        spec,
        limits=_by_name(replace(limit, text="") for limit in spec.limits),
        wire=replace(spec.wire, replies=_by_name(spec.wire.replies)),
        context=_by_name(spec.context),
        messages=_by_name(replace(m, header=_header(m)) for m in spec.messages),
        types=_by_name(spec.types),
        connections=_by_name(spec.connections),
        machine=_sorted_machine(spec.machine),
        machines=_by_name(_sorted_machine(machine) for machine in spec.machines),
        resources=_by_name(spec.resources),
        properties=_by_name(spec.properties),
        scenarios=_by_name(spec.scenarios),
    )


def _by_name(items: "Iterable[Any]") -> tuple[Any, ...]:
    return tuple(sorted(items, key=_name))


def _header(message: "Message") -> object:
    return tuple(sorted(message.header, key=lambda item: item.frame_field.name))


def _sorted_machine(machine: "Machine") -> "Machine":
    return replace(machine, states=_by_name(_sorted_state(state) for state in machine.states))


def _sorted_state(state: "State") -> "State":
    return replace(
        state,
        data=_by_name(state.data),
        reactions=tuple(sorted(state.reactions, key=lambda item: item.message.name)),
        states=_by_name(_sorted_state(inner) for inner in state.states),
    )
