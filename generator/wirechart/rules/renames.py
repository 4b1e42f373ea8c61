"""WAS: what something was called before."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

from wirechart.diagnostics import Severity
from wirechart.model import Fields, Table
from wirechart.rules.facts import Facts
from wirechart.rules.registry import Problem, rule

if TYPE_CHECKING:
    from wirechart.model import (
        Code,
        Connection,
        DataField,
        Field,
        Limit,
        Machine,
        Message,
        NamedType,
        Property,
        Resource,
        Scenario,
        State,
    )

    Named = (
        Code
        | Connection
        | DataField
        | Field
        | Limit
        | Machine
        | Message
        | NamedType
        | Property
        | Resource
        | Scenario
        | State
    )
    Group = tuple[str, tuple[Named, ...]]  # what each is, and all that must differ in their names


@rule("WAS001", Severity.ERROR, "a former name that something still has")
def still_there(facts: Facts) -> Iterator[Problem]:
    """`was` names something that the spec still has.

    `was` says that a thing of an older version has another name now. Where both names are there,
    they are two things, and a comparison could not tell which of them the old one became. Remove
    the `was`; two things cannot exchange their names in one step.
    """
    for what, items in _groups(facts):
        there = {item.name: item.span for item in items}
        for item in items:
            for ref in item.was:
                if ref.name in there:
                    text = f"`{ref.name}` is still {what}"
                    related = ((there[ref.name], f"`{ref.name}`"),)
                    help_ = f"remove this `was`, or `{ref.name}`"
                    yield Problem(ref.span, text, help_, related=related)
    for ref in facts.spec.was:
        if ref.name == facts.spec.protocol:
            yield Problem(ref.span, f"`{ref.name}` is still the protocol", "remove this `was`")


@rule("WAS002", Severity.ERROR, "one former name for two things")
def same_origin(facts: Facts) -> Iterator[Problem]:
    """Two things were the same thing: `was` names it twice.

    A comparison takes the old thing for one of the two, and the other for new; which one only its
    author knows. Keep the `was` at the one that does what the old one did.
    """
    for what, items in _groups(facts):
        seen: dict[str, Named] = {}
        for item in items:
            for ref in item.was:
                if ref.name in seen:
                    first = seen[ref.name]
                    text = f"`{first.name}`, {what}, was `{ref.name}`, too"
                    related = ((first.span, f"`{first.name}`"),)
                    yield Problem(ref.span, text, "keep the `was` of one", related=related)
                seen.setdefault(ref.name, item)


def _groups(facts: Facts) -> "Iterator[Group]":
    spec = facts.spec
    yield "a limit", spec.limits
    yield "a field of the request", spec.wire.request
    yield "a field of the reply", spec.wire.reply
    yield "a reply", spec.wire.replies
    yield "an entry of the context", spec.context
    yield "a message", spec.messages
    yield "a type", spec.types
    yield "a connection", spec.connections
    yield "a machine", spec.machines
    yield "a resource", spec.resources
    yield "a property", spec.properties
    yield "a scenario", spec.scenarios
    yield "a state", facts.states
    yield from ((f"data of `{state.name}`", state.data) for state in facts.states)
    yield from ((f"a field of `{m.name}`", _fields(m)) for m in spec.messages)


def _fields(message: "Message") -> "tuple[Field, ...]":
    parts = tuple(part for item in message.header for part in item.parts)
    match message.payload:
        case Fields(fields=fields) | Table(columns=fields):
            return (*parts, *fields)
        case _:
            return parts
