"""What a newer spec calls the things of an older one, as its `was` says. Compares nothing."""

from typing import TYPE_CHECKING, Any, Literal

from wirechart import chart, model
from wirechart.record import record
from wirechart.references import Scope, walk

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from wirechart.model import Field, Message, Spec, State
    from wirechart.references import Lookup

Kind = Literal[
    "protocol",
    "limit",
    "request field",
    "reply field",
    "reply",
    "context",
    "message",
    "field",  # of one message: of its header or its payload
    "type",
    "connection",
    "machine",
    "state",  # of one machine
    "data",  # of one state
    "resource",
    "property",
    "scenario",
]


@record
class Rename:
    """One thing that has another name now."""

    kind: Kind
    within: tuple[str, ...]  # as called now: the message of a field; machine, state of data
    old: str
    new: str


def renamed(old: "Spec", new: "Spec") -> "Spec":
    """The old spec with the names that the new one gives to what it holds, references included."""
    return rename(old, renames(old, new))


def renames(old: "Spec", new: "Spec") -> tuple[Rename, ...]:
    """What `new` calls otherwise than `old` does: what it says of names that only `old` has."""
    found = tuple(_outer(old, new))
    return (*found, *_inner(rename(old, found), new))


def rename(spec: "Spec", changes: "Iterable[Rename]") -> "Spec":
    """The spec with other names, everywhere where they are meant."""
    names: _Names = {}
    for each in changes:
        names.setdefault((each.kind, each.within), {})[each.old] = each.new
    inner = {key: new for key, new in names.items() if key[0] in ("field", "data")}
    outer = {key: new for key, new in names.items() if key not in inner}
    for part, lookup in ((outer, _lookup_outer), (inner, _lookup_inner)):
        if part:
            spec = walk(spec, Scope(), lookup(spec, part))
    return spec


_Names = dict[tuple[str, tuple[str, ...]], dict[str, str]]


def _outer(old: "Spec", new: "Spec") -> "Iterator[Rename]":
    if old.protocol in {ref.name for ref in new.was} - {new.protocol}:
        yield Rename("protocol", (), old.protocol, new.protocol)
    yield from _found("limit", (), old.limits, new.limits)
    yield from _found("request field", (), old.wire.request, new.wire.request)
    yield from _found("reply field", (), old.wire.reply, new.wire.reply)
    yield from _found("reply", (), old.wire.replies, new.wire.replies)
    yield from _found("context", (), old.context, new.context)
    yield from _found("message", (), old.messages, new.messages)
    yield from _found("type", (), old.types, new.types)
    yield from _found("connection", (), old.connections, new.connections)
    machines = tuple(_found("machine", (), old.machines, new.machines))
    yield from machines
    yield from _found("resource", (), old.resources, new.resources)
    yield from _found("property", (), old.properties, new.properties)
    yield from _found("scenario", (), old.scenarios, new.scenarios)
    former = {each.new: each.old for each in machines}
    before = {machine.name: machine for machine in (old.machine, *old.machines)}
    for machine in (new.machine, *new.machines):
        was = before.get(former.get(machine.name, machine.name))
        if was is not None:
            yield from _found("state", (machine.name,), every(was.states), every(machine.states))


def _inner(old: "Spec", new: "Spec") -> "Iterator[Rename]":
    """What is in states and messages; these have their new names already."""
    before = {message.name: message for message in old.messages}
    for message in new.messages:
        if message.name in before:
            pair = fields(before[message.name]), fields(message)
            yield from _found("field", (message.name,), *pair)
    machines = {machine.name: machine for machine in (old.machine, *old.machines)}
    for machine in (new.machine, *new.machines):
        known = machines.get(machine.name)
        states = {state.name: state for state in every(known.states)} if known else {}
        for state in every(machine.states):
            if state.name in states:
                within = (machine.name, state.name)
                yield from _found("data", within, states[state.name].data, state.data)


def _found(
    kind: Kind, within: tuple[str, ...], old: "Iterable[Any]", new: "Iterable[Any]"
) -> "Iterator[Rename]":
    """Things of the new side that were there under another name, and were not under this one."""
    there = {item.name for item in old}
    taken: set[str] = set()
    for item in new:
        former = (ref.name for ref in item.was if ref.name in there - taken)
        name = next(former, None) if item.name not in there else None
        if name is not None:
            taken.add(name)
            yield Rename(kind, within, name, item.name)


def every(states: "Iterable[State]") -> "Iterator[State]":
    """The states with all states inside them, in document order."""
    for state in states:
        yield state
        yield from every(state.states)


def fields(message: "Message") -> "tuple[Field, ...]":
    """The fields that a message names itself: parts of its header, and those of its payload."""
    parts = tuple(part for item in message.header for part in item.parts if _own(item, part))
    match message.payload:
        case model.Fields(fields=inside) | model.Table(columns=inside):
            return (*parts, *inside)
        case _:
            return parts


def _own(item: model.HeaderField, part: "Field") -> bool:
    """Whether it is not just the frame's field again."""
    return part.name != item.frame_field.name


def _lookup_outer(spec: "Spec", names: _Names) -> "Lookup":
    own = {m.name: {field.name for field in fields(m)} for m in spec.messages}
    role = (
        "" if spec.machine.role.name in {m.name for m in spec.machines} else spec.machine.role.name
    )

    def lookup(what: str, name: str, scope: Scope) -> str:
        kind = what
        if what == "field":
            kind = "" if name in own.get(scope.message, ()) else "request field"
        if what == "value type":
            kind = "type" if name[:1].islower() else "message"
        called = "" if scope.machine == role else scope.machine
        machine = names.get(("machine", ()), {}).get(called, called)
        within = (machine,) if kind == "state" else ()
        return names.get((kind, within), {}).get(name, name)

    return lookup


def _lookup_inner(spec: "Spec", names: _Names) -> "Lookup":
    charts = {view.machine.name: chart.build(view) for view in chart.views(spec)}
    merged = _agreed(spec, names)

    def held(machine: str, state: str, name: str) -> str:
        """Data as the innermost state names it that holds it; else as all that were renamed do."""
        for above in chart.ancestors(charts[machine], state) if state else ():
            if name in {item.name for item in charts[machine].nodes[above].state.data}:
                return names.get(("data", (machine, above)), {}).get(name, name)
        return merged.get(name, name)

    def lookup(what: str, name: str, scope: Scope) -> str:
        if what == "data":
            return held(scope.machine, scope.state, name)
        if what == "target's data":
            known = charts[scope.machine]
            target = chart.entry(known, scope.target) if scope.target in known.nodes else ""
            return held(scope.machine, target or scope.state, name)
        if what == "field":
            return names.get(("field", (scope.message,)), {}).get(name, name)
        return name

    return lookup


def _agreed(spec: "Spec", names: _Names) -> dict[str, str]:
    """New names of data that has no other name left in any state."""
    kept = {
        item.name
        for machine in (spec.machine, *spec.machines)
        for state in every(machine.states)
        for item in state.data
        if item.name not in names.get(("data", (machine.name, state.name)), {})
    }
    found: dict[str, set[str]] = {}
    for (kind, _), changed in names.items():
        for old, new in changed.items() if kind == "data" else ():
            found.setdefault(old, set()).add(new)
    return {old: min(new) for old, new in found.items() if len(new) == 1 and old not in kept}
