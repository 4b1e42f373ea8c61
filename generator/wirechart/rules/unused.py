"""REF: names that nothing uses. A misspelt use counts for the nearest name."""

from collections.abc import Iterator

from wirechart.chart import nearest
from wirechart.diagnostics import Severity
from wirechart.model import BASIC_TYPES
from wirechart.rules.decisions import without
from wirechart.rules.facts import Facts
from wirechart.rules.places import (
    counts,
    durations,
    expressions,
    named_in,
    payload_limits,
    tighter,
    type_names,
)
from wirechart.rules.registry import Problem, rule


@rule("REF020", Severity.WARNING, "unused limit", everywhere=True)
def unused_limit(facts: Facts) -> Iterator[Problem]:
    """A limit is defined, and nothing names it.

    Perhaps the maximum it was meant for names another one: a bound that is believed and not kept.
    Use it (`max: limits.NAME`), or remove it.
    """
    spec = facts.spec
    refs = [ref for message in spec.messages for ref in payload_limits(message)]
    refs += [*counts(spec), *durations(spec), *named_in(expressions(spec), "limits")]
    refs += [one.value for one in tighter(spec)]
    used = {nearest(ref.name, facts.limits) for ref in refs}
    wanted = any(without(facts, lambda state: state.on_idle is not None))
    for limit in spec.limits:
        if limit.name not in used and not (wanted and limit.kind == "duration"):
            help_ = f"name `limits.{limit.name}` where it bounds something, or remove it"
            yield Problem(limit.span, f"nothing uses the limit `{limit.name}`", help_)


@rule("REF021", Severity.WARNING, "unused type", everywhere=True)
def unused_type(facts: Facts) -> Iterator[Problem]:
    """A named type is described, and no data is of it.

    Use it in some state's `data`, or remove it from `types`.
    """
    named = {item.name for item in facts.spec.types}
    known = {*named, *BASIC_TYPES, *facts.chart.messages}
    used = {nearest(ref.name, known) for ref in type_names(facts.spec)}
    for item in facts.spec.types:
        if item.name not in used:
            help_ = "use it in a state's `data`, or remove it"
            yield Problem(item.span, f"nothing is of the type `{item.name}`", help_)


@rule("REF022", Severity.WARNING, "a message that no state handles", everywhere=True)
def unhandled_message(facts: Facts) -> Iterator[Problem]:
    """The peer may send this message, and every state refuses it.

    Either a reaction was forgotten, or the message is described in vain. Handle it in a state; if
    it is refused on purpose, say `reserved: true`, or `from:` the role that really sends it.
    """
    handled = {
        nearest(reaction.message.name, facts.chart.messages)
        for state in facts.states
        for reaction in state.reactions
        if reaction.alternatives
    }
    roles = {facts.spec.wire.client.name, facts.spec.wire.server.name}
    for name, message in facts.receivable.items():
        known_sender = message.sender is None or message.sender.name in roles
        if name not in handled and known_sender and facts.spec.machine.role.name in roles:
            help_ = f"write `on: {{{name}: …}}` in a state, or mark it `reserved: true`"
            yield Problem(message.span, f"no state handles `{name}`", help_)
