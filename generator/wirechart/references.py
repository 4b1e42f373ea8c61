"""What every reference in a spec names, and a spec with other names. Decides no name."""

from typing import TYPE_CHECKING, Any, cast

from wirechart import model, statements
from wirechart.diagnostics import Span
from wirechart.expressions import Binary, Name, Not, Size
from wirechart.record import record, replace

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from wirechart.model import Ref


@record
class Scope:
    """Where in a spec a name stands; "": in none."""

    machine: str = ""
    state: str = ""
    message: str = ""
    target: str = ""  # the state whose data `set` and `put` name
    field: str = ""  # what a field is here: a Kind


if TYPE_CHECKING:
    Lookup = Callable[[str, str, Scope], str]  # what is named, its name, where


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
    model.Tighter: {"limit": "limit", "value": "limit"},
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


def walk(value: Any, scope: Scope, lookup: "Lookup") -> Any:  # noqa: ANN401 -- any part of a spec
    """The value with the names that `lookup` gives; the very same one where none changes."""
    kind = cast("type[object]", type(value))
    if kind in LEAVES:
        return value
    if kind is tuple:
        parts = tuple(walk(part, scope, lookup) for part in value)
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


def _part(owner: Any, key: str, part: Any, scope: Scope, lookup: "Lookup") -> Any:  # noqa: ANN401 -- as above
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
    return walk(part, scope, lookup)


def _named(ref: "Ref", what: str, scope: Scope, lookup: "Lookup") -> "Ref":
    name = lookup(what, ref.name, scope)
    return ref if name == ref.name else replace(ref, name=name)


def _defined(owner: object, name: str, scope: Scope, lookup: "Lookup") -> str:
    if isinstance(owner, model.Spec):
        return lookup("protocol", name, scope)
    if isinstance(owner, model.DataField):
        return lookup("data" if scope.state else "context", name, scope)
    if isinstance(owner, model.Field):
        return lookup(scope.field, name, scope)
    return lookup(DEFINITIONS.get(type(owner), ""), name, scope)


def _inside(value: object, scope: Scope) -> Scope:
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


def _deeper(value: object, key: str, scope: Scope) -> Scope:
    if isinstance(value, model.Wire) and key in ("request", "reply"):
        return replace(scope, field=f"{key} field")
    return scope


def _expression(value: Any, scope: Scope, lookup: "Lookup") -> Any:  # noqa: ANN401 -- as above
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
