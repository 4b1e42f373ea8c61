"""PRP: resources, and properties of sessions. Does not know whether they hold."""

from typing import TYPE_CHECKING

from wirechart.chart import ancestors, asks, build, called, connection, receivable, views
from wirechart.diagnostics import Severity, did_you_mean
from wirechart.rules.facts import Facts, listed
from wirechart.rules.registry import Problem, rule

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from wirechart.chart import Chart
    from wirechart.diagnostics import Span
    from wirechart.model import Ref, Spec, State
    from wirechart.statements import Condition, Happens


@rule("PRP001", Severity.ERROR, "an unknown name in a resource or a property")
def unknown_name(facts: Facts) -> "Iterator[Problem]":
    """A resource or a property names a machine, a state, a message or a connection that is none.

    It would say nothing of the session. A machine is called by its name in `machines`, the
    protocol's own one by its role; a state belongs to the machine before it. Correct the name:
    `source.Resumd` where the state is called `Resumed`.
    """
    spec = facts.spec
    if spec.machine.name:
        return
    charts = _charts(spec)
    for resource in spec.resources:
        for owner in (*resource.owners, *resource.in_doubt):
            yield from _unknown_states(charts, owner.machine, owner.states)
    for part in _parts(spec):
        yield from _unknown_in(facts, charts, part)


@rule("PRP002", Severity.WARNING, "an event that never happens")
def impossible_event(facts: Facts) -> "Iterator[Problem]":
    """A property speaks of a message that no machine sends or takes, or of a reply to no request.

    The property holds, or fails, whatever the session does. Name another message or another
    connection; what has no reply is never `accepted` or `refused`.
    """
    spec = facts.spec
    if spec.machine.name:
        return
    places = {None, *(kind.name for kind in spec.connections)}
    for part in _events(spec):
        if part.message.name not in facts.chart.messages:
            continue
        if (part.connection.name if part.connection else None) not in places:
            continue
        name, what = part.message.name, part.what
        if what in ("accepted", "refused") and not facts.chart.messages[name].replied:
            text = f"`{name}` has no reply: it is never {what}"
            yield Problem(part.message.span, text, "write `sent` or `taken`")
        elif not any(_moves(view, part) for view in views(spec)):
            where = f" on `{part.connection.name}`" if part.connection else ""
            verb = "takes" if what == "taken" else "sends"
            text = f"no machine {verb} `{name}`{where}"
            yield Problem(part.message.span, text, "name another message")


@rule("PRP003", Severity.WARNING, "an owner's state that is said twice")
def repeated_state(facts: Facts) -> "Iterator[Problem]":
    """A resource lists a state of a machine twice, or one that lies inside another one it lists.

    It changes nothing, so another state was meant, or none: a resource that is owned in one state
    less may have no owner there. Name that state, or remove this one.
    """
    spec = facts.spec
    if spec.machine.name:
        return
    charts = _charts(spec)
    for resource in spec.resources:
        for owner in (*resource.owners, *resource.in_doubt):
            if owner.machine.name in charts:
                yield from _repeated(charts[owner.machine.name], owner.states)


def _repeated(chart: "Chart", states: "tuple[Ref, ...]") -> "Iterator[Problem]":
    help_ = "remove it, or name the state that was meant"
    spans: dict[str, Span] = {}
    for state in states:
        if state.name in spans:
            related = ((spans[state.name], "the first one"),)
            yield Problem(
                state.span, f"`{state.name}` is in this list already", help_, related=related
            )
        spans.setdefault(state.name, state.span)
    for name, span in spans.items():
        around = ancestors(chart, name)[1:] if name in chart.nodes else ()
        outer = next((other for other in around if other in spans), None)
        if outer is not None:
            related = ((spans[outer], f"`{outer}`"),)
            text = f"`{name}` lies inside `{outer}`, which is in this list"
            yield Problem(span, text, help_, related=related)


def _charts(spec: "Spec") -> "Mapping[str, Chart]":
    return {called(view): build(view) for view in views(spec)}


def _unknown(ref: "Ref", known: "Iterable[str]", what: str) -> "Iterator[Problem]":
    names = tuple(known)
    if ref.name not in names:
        help_ = did_you_mean(ref.name, names) or f"use {listed(names) or 'none'}"
        yield Problem(ref.span, f"`{ref.name}` is not {what}", help_)


def _unknown_states(
    charts: "Mapping[str, Chart]", machine: "Ref", states: "tuple[Ref, ...]"
) -> "Iterator[Problem]":
    yield from _unknown(machine, charts, "a machine")
    for state in states if machine.name in charts else ():
        yield from _unknown(state, charts[machine.name].nodes, f"a state of `{machine.name}`")


def _unknown_in(
    facts: Facts, charts: "Mapping[str, Chart]", part: "Condition"
) -> "Iterator[Problem]":
    from wirechart.statements import Ended, Happens, InState  # noqa: PLC0415 -- as above

    match part:
        case InState(machine, state):
            yield from _unknown_states(charts, machine, (state,))
        case Ended(machine):
            yield from _unknown_states(charts, machine, ())
        case Happens(message, _, where):
            yield from _unknown(message, facts.chart.messages, "a message")
            kinds = [kind.name for kind in facts.spec.connections]
            yield from _unknown(where, kinds, "a connection") if where else ()
        case _:
            pass


def _events(spec: "Spec") -> "Iterator[Happens]":
    if not spec.properties:
        return
    from wirechart.statements import Happens  # noqa: PLC0415 -- as above

    yield from (part for part in _parts(spec) if isinstance(part, Happens))


def _parts(spec: "Spec") -> "Iterator[Condition]":
    """Every condition of the properties that is not made of others."""
    if not spec.properties:
        return
    from wirechart.statements import Joined, Negation  # noqa: PLC0415 -- few specs need it

    for item in spec.properties:
        waiting = [part for part in (item.holds.second, item.holds.first) if part is not None]
        while waiting:
            part = waiting.pop()
            if isinstance(part, Negation):
                waiting.append(part.operand)
            elif isinstance(part, Joined):
                waiting += [part.right, part.left]
            else:
                yield part


def _moves(view: "Spec", event: "Happens") -> bool:
    """Whether the machine of a view may take part in an event on its connection."""
    kind = connection(view)
    if event.connection is not None and (kind is None or kind.name != event.connection.name):
        return False
    chart = build(view)
    if all(message.name != event.message.name for message in receivable(chart)):
        return False
    answers = event.what == "taken"
    states = (node.state for node in chart.nodes.values())
    return asks(view) == answers or any(_reacts(state, event.message.name) for state in states)


def _reacts(state: "State", message: str) -> bool:
    return any(reaction.message.name == message for reaction in state.reactions)
