"""What a newer spec calls the things of an older one, as its `was` says. Compares nothing."""

from typing import TYPE_CHECKING, Any, Literal, cast

from wirechart import chart, model, statements
from wirechart.diagnostics import Span
from wirechart.expressions import Binary, Name, Not, Size
from wirechart.record import record, replace

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

    from wirechart.model import Field, Message, Ref, Spec, State

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
            spec = _walk(spec, _Scope(), lookup(spec, part))
    return spec


_Names = dict[tuple[str, tuple[str, ...]], dict[str, str]]


@record
class _Scope:
    """Where in a spec a name stands; "": in none."""

    machine: str = ""
    state: str = ""
    message: str = ""
    target: str = ""  # the state whose data `set` and `put` name
    field: str = ""  # what a field is here: a Kind


if TYPE_CHECKING:
    Lookup = Callable[[str, str, _Scope], str]  # what is named, its name, where


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

    def lookup(what: str, name: str, scope: _Scope) -> str:
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

    def lookup(what: str, name: str, scope: _Scope) -> str:
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


# What a Ref in a field of a record names. Roles, causes and descriptors are not here: they have no
# long form, so nothing says what they were.
REFERENCES: "Mapping[type[object], Mapping[str, str]]" = {
    model.Wire: {
        "select": "request field",
        "payload_size": "request field",
        "status": "reply field",
        "reply_size": "reply field",
        "accept": "reply",
        "refuse": "reply",
    },
    model.Field: {"echo": "request field"},
    model.HeaderField: {"frame_field": "request field"},
    model.Message: {"payload_size": "request field"},
    model.Bytes: {"max": "limit"},
    model.Json: {"max": "limit"},
    model.Contents: {"of": "field", "at": "field", "to": "data", "max": "limit"},
    model.Table: {"max": "limit"},
    model.ReplyPayload: {"max": "limit"},
    model.Map: {"key": "value type", "value": "value type", "max": "limit"},
    model.List: {"item": "value type", "max": "limit"},
    model.NamedType: {"type": "value type"},
    model.DataField: {"type": "value type"},
    model.Else: {"reply": "reply", "target": "state"},
    model.Set: {"name": "target's data"},
    model.Put: {"name": "target's data"},
    model.Alternative: {"target": "state", "reply": "reply"},
    model.Reaction: {"message": "message"},
    model.Fallback: {"reply": "reply", "target": "state"},
    model.Ending: {"target": "state", "inside": "state"},
    model.Idle: {"after": "limit", "between_messages": "limit", "target": "state"},
    model.Linger: {"duration": "limit"},
    model.State: {"initial": "state"},
    model.Machine: {"connection": "connection", "initial": "state"},
    model.Connection: {"most": "limit", "bare": "message"},
    model.Step: {"message": "message", "connection": "connection"},
    model.Owner: {"machine": "machine", "states": "state"},
    statements.InState: {"machine": "machine", "state": "state"},
    statements.Ended: {"machine": "machine"},
    statements.Happens: {"message": "message", "connection": "connection"},
}
DEFINITIONS: "Mapping[type[object], str]" = {
    model.Limit: "limit",
    model.Code: "reply",
    model.Message: "message",
    model.NamedType: "type",
    model.Connection: "connection",
    model.Machine: "machine",
    model.State: "state",
    model.Resource: "resource",
    model.Property: "property",
    model.Scenario: "scenario",
}
EXPRESSIONS = {"message": "field", "": "field", "state": "data", "context": "context"}
LEAVES: frozenset[type[object]] = frozenset({str, int, bool, frozenset, type(None), Span})
EXPRESSION: frozenset[type[object]] = frozenset({Name, Not, Size, Binary})


def _walk(value: Any, scope: _Scope, lookup: "Lookup") -> Any:  # noqa: ANN401 -- any part of a spec
    """The value with other names in it; the very same one where none changes."""
    kind = cast("type[object]", type(value))
    if kind in LEAVES:
        return value
    if kind is tuple:
        parts = tuple(_walk(part, scope, lookup) for part in value)
        return parts if any(a is not b for a, b in zip(parts, value, strict=True)) else value
    if kind in EXPRESSION:
        return _expression(value, scope, lookup)
    inside = _inside(value, scope)
    changes: dict[str, object] = {}
    for key, part in value.__dict__.items():
        if key in ("was", "others"):
            continue
        new = _part(value, key, part, _deeper(value, key, inside), lookup)
        if new is not part:
            changes[key] = new
    return replace(value, **changes) if changes else value


def _part(owner: Any, key: str, part: Any, scope: _Scope, lookup: "Lookup") -> Any:  # noqa: ANN401 -- as above
    kind = cast("type[object]", type(owner))
    what = REFERENCES.get(kind, {}).get(key)
    if key == "answer":
        return tuple(
            (_named(message, "message", scope, lookup), _named(reply, "reply", scope, lookup))
            for message, reply in part
        )
    if isinstance(part, model.Ref):
        return _named(part, what, scope, lookup) if what else part
    if what and isinstance(part, tuple):
        refs = cast("tuple[Ref, ...]", part)
        return tuple(_named(ref, what, scope, lookup) for ref in refs)
    if key in ("name", "protocol") and isinstance(part, str):
        return _defined(owner, part, scope, lookup)
    return _walk(part, scope, lookup)


def _named(ref: "Ref", what: str, scope: _Scope, lookup: "Lookup") -> "Ref":
    name = lookup(what, ref.name, scope)
    return ref if name == ref.name else replace(ref, name=name)


def _defined(owner: object, name: str, scope: _Scope, lookup: "Lookup") -> str:
    if isinstance(owner, model.Spec):
        return lookup("protocol", name, scope)
    if isinstance(owner, model.DataField):
        return lookup("data" if scope.state else "context", name, scope)
    if isinstance(owner, model.Field):
        return lookup(scope.field, name, scope)
    return lookup(DEFINITIONS.get(type(owner), ""), name, scope)


def _inside(value: object, scope: _Scope) -> _Scope:
    match value:
        case model.Machine(name=name):
            return replace(scope, machine=name)
        case model.Owner(machine=ref) | statements.InState(machine=ref):
            return replace(scope, machine=ref.name)
        case model.State(name=name):
            return replace(scope, state=name)
        case model.Message(name=name):
            return replace(scope, message=name, field="field")
        case model.Reaction(message=message):
            return replace(scope, message=message.name)
        case model.Alternative(target=target):
            return replace(scope, target=target.name if target else "")
        case model.HeaderField(frame_field=ref, parts=parts) if parts[0].name == ref.name:
            return replace(scope, field="request field")
        case _:
            return scope


def _deeper(value: object, key: str, scope: _Scope) -> _Scope:
    if isinstance(value, model.Wire) and key in ("request", "reply"):
        return replace(scope, field=f"{key} field")
    return scope


def _expression(value: Any, scope: _Scope, lookup: "Lookup") -> Any:  # noqa: ANN401 -- as above
    match value:
        case Name(scope="limits", name=name):
            new = lookup("limit", name, scope)
        case Name(scope=kind, name=name) if kind in EXPRESSIONS:
            new = lookup(EXPRESSIONS[kind], name, scope)
        case Not(operand) | Size(operand):
            inner = _expression(operand, scope, lookup)
            return value if inner is operand else replace(value, operand=inner)
        case Binary(_, left, right):
            pair = _expression(left, scope, lookup), _expression(right, scope, lookup)
            same = pair[0] is left and pair[1] is right
            return value if same else replace(value, left=pair[0], right=pair[1])
        case _:
            return value
    return value if new == value.name else replace(value, name=new)
