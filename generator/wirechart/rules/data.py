"""DAT: what states hold, and where it comes from."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

from wirechart.chart import ancestors, connection, data, expand, initial, is_first
from wirechart.dataflow import flows, owned, same
from wirechart.diagnostics import Severity, nearest
from wirechart.model import BASIC_TYPES, Fields, List, Map, Ref, Table
from wirechart.rules.facts import Facts, above, listed, road, step
from wirechart.rules.places import parts, types
from wirechart.rules.registry import Problem, rule

if TYPE_CHECKING:
    from wirechart.decisions import Outcome, Row
    from wirechart.model import DataField, DataType


@rule("DAT001", Severity.ERROR, "data that nothing supplies at the beginning")
def initial_data(facts: Facts) -> Iterator[Problem]:
    """The state in which the machine begins holds data.

    No message came and no handler ran, so nobody could have made it. What is known before the
    machine begins belongs in `context`; other data in the states that messages lead to. A machine
    on a further connection may begin with data: the program that accepts it has them.
    """
    kind = connection(facts.spec)
    if not facts.certain or (kind is not None and not is_first(kind)):
        return
    start = initial(facts.chart)
    if facts.chart.nodes[start].state.final is not None:
        return
    for name in ancestors(facts.chart, start):
        for item in facts.chart.nodes[name].state.data:
            message = f"the machine begins in `{start}`, and nothing supplies `{item.name}` there"
            help_ = "move it to `context`, or to the states that messages lead to"
            yield Problem(item.span, message, help_)


@rule("DAT002", Severity.ERROR, "data that nothing supplies without a handler")
def unsupplied(facts: Facts) -> Iterator[Problem]:
    """A transition that calls no handler leads to a state with data that nobody makes.

    Refusals, endings, and all transitions to a failure call no handler. Then a failure can hold
    its `cause` and what `set` writes, a running state what the state before it held, and a success
    that the end of the stream leads to nothing.
    """
    seen: set[tuple[str, str]] = set()
    needy = {name for name in facts.chart.nodes if not _self_sufficient(facts, name)}
    for row in facts.table:
        for outcome in row.outcomes:
            elsewhere = outcome.target in needy and outcome.target != row.state
            if not elsewhere or not _without_handler(facts, row, outcome):
                continue
            for item in _unsupplied(facts, row, outcome):
                if (outcome.target, item.name) not in seen:
                    seen.add((outcome.target, item.name))
                    yield Problem(
                        item.span,
                        f"no handler runs when `{row.event}` leads from `{row.state}` to "
                        f"`{outcome.target}`, so nothing supplies `{item.name}`",
                        _held_instead(facts, row, outcome),
                        road(facts, row.state, step(row, outcome)),
                    )


def _held_instead(facts: Facts, row: "Row", outcome: "Outcome") -> str:
    match facts.chart.nodes[outcome.target].state.final:
        case "failure":
            return "hold only the cause there"
        case "success":
            return "hold nothing there, or lead to another success"
        case None:
            return f"hold it in `{row.state}` too, or lead to a failure"


def _self_sufficient(facts: Facts, state: str) -> bool:
    return all(_cause(facts, item.type) for item in data(facts.chart, state))


def _without_handler(facts: Facts, row: "Row", outcome: "Outcome") -> bool:
    final = facts.chart.nodes[outcome.target].state.final
    if outcome.kind == "handled":
        return final == "failure"
    # Where no other fault may lead: END005.
    return final != "success" or row.event == "eof"


def _unsupplied(facts: Facts, row: "Row", outcome: "Outcome") -> "Iterator[DataField]":
    final = facts.chart.nodes[outcome.target].state.final
    enough = {"set", "cause"} if final else {"carried"}
    for flow in flows(facts.chart, row.state, None, outcome):
        known = all(_known(facts, part) for part in parts(flow.field.type))
        if flow.origin not in enough and known and not _cause(facts, flow.field.type):
            yield flow.field


def _known(facts: Facts, part: "DataType") -> bool:
    if not isinstance(part, Ref) or part.name in facts.chart.types:
        return True
    return part.name not in {item.name for item in facts.spec.types}


def _cause(facts: Facts, type_: "DataType") -> bool:
    expanded = expand(facts.chart, type_)
    return isinstance(expanded, Ref) and expanded.name == "cause"


@rule("DAT003", Severity.WARNING, "data of one name and two types")
def changing_type(facts: Facts) -> Iterator[Problem]:
    """A message leads to a state that holds data of the same name and another type.

    Data of the same name and type is carried over; here a handler must make it anew, which is
    easily overlooked. Give it the same type, or another name.
    """
    seen: set[tuple[str, str]] = set()
    for row in facts.table:
        for outcome in row.outcomes:
            if outcome.kind != "handled" or outcome.target == row.state:
                continue
            held = {item.name: item for item in data(facts.chart, row.state)}
            for flow in flows(facts.chart, row.state, row.event, outcome):
                before = held.get(flow.field.name)
                key = (outcome.target, flow.field.name)
                if before is None or key in seen or flow.origin in ("set", "put"):
                    continue
                types_ = (before.type, flow.field.type)
                if all(_resolved(facts, t) for t in types_) and not same(facts.chart, *types_):
                    seen.add(key)
                    yield Problem(
                        flow.field.span,
                        f"`{flow.field.name}` of `{outcome.target}` has another type than in "
                        f"`{row.state}`, from where `{row.event}` leads here",
                        "give both one type, or this one another name",
                        road(facts, row.state, step(row, outcome)),
                        ((before.span, f"in `{row.state}`"),),
                    )


@rule("DAT004", Severity.WARNING, "data that hides data of a state around it")
def shadowing(facts: Facts) -> Iterator[Problem]:
    """A state holds data of a name that a state around it holds already.

    The inner state has that data anyway; with another type, the outer state's reactions would
    read something else than they say. Remove it, or give it another name.
    """
    for name, node in facts.chart.nodes.items():
        outer = {item.name: (item, state) for state in above(facts, name) for item in state.data}
        for item in node.state.data:
            if item.name in outer:
                hidden, state = outer[item.name]
                yield Problem(
                    item.span,
                    f"`{name}` holds `{item.name}` already, from `{state.name}`",
                    "remove it, or give it another name",
                    related=((hidden.span, f"in `{state.name}`"),),
                )


@rule("DAT005", Severity.ERROR, "a cause where the machine has not failed")
def misplaced_cause(facts: Facts) -> Iterator[Problem]:
    """Data of type `cause` stands in a running state, in a success, in `context`, or inside a type.

    A cause says why the machine failed; only a failure has one. Move it to a `final: failure`.
    """
    for state in facts.states:
        for item in state.data:
            if state.final != "failure" and _cause(facts, item.type):
                message = f"`{state.name}` is no failure, so there is no cause to hold"
                yield Problem(item.span, message, "move it to a `final: failure` state")
    for item in facts.spec.context:
        if _cause(facts, item.type):
            message = "a machine that has not begun has no cause"
            yield Problem(item.span, message, "move it to a `final: failure` state")


@rule("DAT006", Severity.NOTE, "a failure that does not hold its cause")
def forgotten_cause(facts: Facts) -> Iterator[Problem]:
    """A failure has no data of type `cause`.

    Whoever looks at the termination learns that it failed and not why. Add `data: {cause: cause}`.
    """
    for state in facts.states:
        if state.final == "failure" and not any(_cause(facts, i.type) for i in state.data):
            message = f"`{state.name}` does not say why the machine failed"
            yield Problem(state.span, message, "add `data: {cause: cause}`")


@rule("DAT007", Severity.ERROR, "contents without a place to go")
def homeless_contents(facts: Facts) -> Iterator[Problem]:
    """`contents.to` names data that a state which handles the message does not hold.

    The bytes are streamed to where the state says; without such data of type `memory` there is no
    place for them. Hold it in the state, or correct the name.
    """
    for name, message in () if facts.asks or facts.spec.model else facts.receivable.items():
        if not isinstance(message.payload, Table) or message.payload.contents is None:
            continue
        to = message.payload.contents.to
        lacking = [leaf for leaf in _handling(facts, name) if not _has_memory(facts, leaf, to.name)]
        if lacking:
            held = [item.name for item in data(facts.chart, lacking[0])]
            meant = nearest(to.name, (n for n in held if _has_memory(facts, lacking[0], n)))
            yield Problem(
                to.span,
                f"{listed(lacking)} handle{'' if len(lacking) > 1 else 's'} `{name}` and "
                f"hold{'' if len(lacking) > 1 else 's'} no `{to.name}` of type `memory`",
                f"did you mean `{meant}`?"
                if meant
                else f"add `{to.name}: memory` to the data there",
                road(facts, lacking[0]),
            )


def _handling(facts: Facts, message: str) -> list[str]:
    return [
        row.state
        for row in facts.table
        if row.event == message and any(outcome.kind == "handled" for outcome in row.outcomes)
    ]


def _has_memory(facts: Facts, leaf: str, name: str) -> bool:
    return any(
        item.name == name and expand(facts.chart, item.type) == Ref("memory", item.span)
        for item in data(facts.chart, leaf)
    )


@rule("DAT008", Severity.ERROR, "a map's key of a type that is no key")
def bad_key(facts: Facts) -> Iterator[Problem]:
    """The key of a map is something that is owned, or that is not compared by value.

    Two descriptors are never the same key. Use integers, `bool`, `text` or `bytes`.
    """
    for type_ in types(facts.spec):
        for part in parts(type_):
            if isinstance(part, Map) and not _is_key(facts, part.key):
                help_ = "use an integer type, `bool`, `text` or `bytes` as key"
                shown = part.key.name if isinstance(part.key, Ref) else "a map or a list"
                yield Problem(part.key.span, f"`{shown}` is no key for a map", help_)


def _is_key(facts: Facts, type_: "DataType") -> bool:
    expanded = expand(facts.chart, type_)
    if not isinstance(expanded, Ref):
        return False
    owned_or_whole = {"fd", "memory", "resource", "cause", *facts.chart.messages}
    return expanded.name not in owned_or_whole


@rule("DAT009", Severity.NOTE, "descriptors that nothing keeps")
def dropped_descriptors(facts: Facts) -> Iterator[Problem]:
    """A message brings descriptors, and no state it leads to can hold one.

    They are closed as soon as its handler returns, unless the handler itself keeps them. Hold them
    in the state: `data: {memory: fd}`, or a map and `put`.
    """
    for name, message in () if facts.asks or facts.spec.model else facts.receivable.items():
        if not isinstance(message.payload, Fields) or not message.payload.descriptors:
            continue
        targets = {
            outcome.target: row
            for row in facts.table
            if row.event == name
            for outcome in row.outcomes
            if outcome.kind == "handled"
        }
        kept = [item.type for target in targets for item in data(facts.chart, target)]
        keeps = any(owned(facts.chart, type_) or not _resolved(facts, type_) for type_ in kept)
        if targets and not keeps:
            refs = message.payload.descriptors
            target, row = next(iter(targets.items()))
            yield Problem(
                refs[0].span,
                f"no state that `{name}` leads to holds {listed(ref.name for ref in refs)}",
                "add data of type `fd` to it",
                road(facts, row.state, (name, target)),
            )


@rule("DAT010", Severity.ERROR, "data of a message that never arrives")
def never_arrives(facts: Facts) -> Iterator[Problem]:
    """Data of a state, or of the context, is a message that is reserved or that nobody sends here.

    The machine's peer never sends it, so there is nothing to hold, and nothing is generated for it.
    Name a message that arrives, or hold its fields.
    """
    if facts.spec.model:
        return
    held = [item for name in facts.chart.nodes for item in data(facts.chart, name)]
    refs = dict.fromkeys(
        (ref.name, ref.span)
        for item in (*held, *facts.spec.context)
        for ref in _names(facts, item.type)
    )
    for name, span in refs:
        message = facts.chart.messages.get(name)
        if message is not None and name not in BASIC_TYPES and name not in facts.receivable:
            why = "is reserved" if message.reserved else f"is not sent to {_machine(facts)}"
            yield Problem(span, f"`{name}` {why}: it never arrives", "name a message that does")


def _machine(facts: Facts) -> str:
    name = facts.spec.machine.name
    return f"`{name}`" if name else "this machine"


def _names(facts: Facts, type_: "DataType") -> "Iterator[Ref]":
    """The names a type is made of at last, where they are written."""
    match expand(facts.chart, type_):
        case Map(key=key, value=value):
            yield from (*_names(facts, key), *_names(facts, value))
        case List(item=item):
            yield from _names(facts, item)
        case Ref() as ref:
            yield ref


def _resolved(facts: Facts, type_: "DataType") -> bool:
    """Whether every name in it is a type's; what is none is said elsewhere."""
    chart = facts.chart
    known = (*BASIC_TYPES, *chart.messages, *chart.types)
    return all(part.name in known for part in parts(type_) if isinstance(part, Ref))
