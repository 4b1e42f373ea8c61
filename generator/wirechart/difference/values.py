"""The values of a spec in its own words, on one line. Knows no difference."""

from typing import TYPE_CHECKING, Any, cast

from wirechart import model
from wirechart.difference.outline import Amount, Element, FieldType, Outline
from wirechart.expressions import show
from wirechart.statements import Statement

if TYPE_CHECKING:
    from collections.abc import Iterator

    from wirechart.difference.outline import Path
    from wirechart.model import Check, DataType, Else


def text(value: Any) -> str:  # noqa: ANN401 -- whatever an element holds
    """A value as one would write it in a spec; `none` for what is not there."""
    match value:
        case None | () | "":
            return "none"
        case bool():
            return "yes" if value else "no"
        case str() | int():
            return str(value)
        case model.Ref(name=name):
            return name
        case Amount(text=written):
            return written
        case FieldType():
            return _field(value)
        case model.Map() | model.List():
            return data_type(value)
        case _:
            several = type(cast("object", value)) is tuple
            return _several(value) if several else _record(value)


def _record(value: Any) -> str:  # noqa: ANN401 -- as above
    match value:
        case Statement(text=written):
            return written
        case model.ReplyPayload(size=size, max=most):
            return f"{show(size) if size else 'any'} bytes, at most limits.{most.name}"
        case model.Fields() | model.Bytes() | model.Json() | model.Table():
            return "; ".join(_shape(value))
        case _:
            return ", ".join(joined(label, said) for label, said in parts(value))


def _several(value: "tuple[Any, ...]") -> str:
    if isinstance(value[0], model.Alternative):
        return " | ".join(", ".join(joined(*part) for part in parts(one)) for one in value)
    if isinstance(value[0], model.Owner):
        return "; ".join(f"{one.machine.name} in {_several(one.states)}" for one in value)
    if isinstance(value[0], model.Tighter):
        return ", ".join(f"{one.limit.name} at most limits.{one.value.name}" for one in value)
    if isinstance(value[0], model.Step):
        return ", ".join(_step(step) for step in value)
    return ", ".join(text(one) for one in value if one != "") or "none"


def _step(step: model.Step) -> str:
    where = f"{step.connection.name}: " if step.connection else ""
    return f"{where}{step.message.name}"


def _field(value: FieldType) -> str:
    if value.echo is not None:
        return f"echo of {value.echo.name}"
    kind = value.type or f"{value.size} byte{'s' if value.size > 1 else ''}"
    return kind if value.constant is None else f"{kind} = {value.constant:#x}"


def data_type(type_: "DataType") -> str:
    """A type: `map of u32 to fd, at most limits.slots`."""
    match type_:
        case model.Map(key, value, most):
            return f"map of {data_type(key)} to {data_type(value)}, at most limits.{most.name}"
        case model.List(item, most):
            return f"list of {data_type(item)}, at most limits.{most.name}"
        case _:
            return type_.name


def _shape(value: "model.Payload") -> "Iterator[str]":
    match value:
        case model.Fields(descriptors=descriptors):
            yield "fields"
            if descriptors:
                yield f"descriptors {', '.join(ref.name for ref in descriptors)}"
        case model.Bytes(streamed=streamed, max=most):
            yield f"{'streamed' if streamed else 'stored'} bytes, at most limits.{most.name}"
        case model.Json(shape=shape, max=most):
            kind = "a JSON object" if shape == "object" else "any JSON value"
            yield f"{kind}, at most limits.{most.name}"
            if value.dialects:
                yield f"in {' or '.join(ref.name for ref in value.dialects)}"
        case model.Table(max=most, check=check, contents=behind):
            yield f"a table, at most limits.{most.name}"
            if check is not None:
                yield f"check {show(check)}"
            if behind is not None:
                where = f"at {behind.at.name} in {behind.to.name}"
                yield f"contents of {behind.of.name} {where}, at most limits.{behind.max.name}"


def payload(elements: Outline, path: "Path") -> str:
    """A payload with its fields; `none` where there is none."""
    if path not in elements:
        return "none"
    held = elements[path].values
    kind, *more = _shape(held["shape"])
    inside = _fields(elements, path)
    return "; ".join((f"{kind} {inside}" if inside else kind, *more))


def literal(value: object) -> str:
    """A value of `set`, as in the spec."""
    return str(value).lower() if isinstance(value, bool) else str(value)


def joined(label: str, said: str) -> str:
    """A part as it stands in a sentence: `to Ready`, `stay`, `no reply`."""
    return SENTENCES.get((label, said), f"{label} {said}")


SENTENCES = {("to", "stay"): "stay", ("reply", "none"): "no reply"}


def parts(value: Any) -> "Iterator[tuple[str, str]]":  # noqa: ANN401 -- as above
    """What a reaction, a fallback or an ending says: what of, and how; the target first."""
    match value:
        case model.Alternative():
            yield "to", _to(value.target)
            yield from (("if", _check(check)) for check in value.checks)
            yield from _reply(value)
            yield from (("set", f"{i.name.name} = {literal(i.value)}") for i in value.set)
            yield from (("put", _put(item)) for item in value.put)
        case model.Fallback():
            yield "to", _to(value.target)
            yield from _reply(value)
            yield from () if value.drained else (("payload", "left in the stream"),)
        case model.Ending():
            yield "to", _to(value.target)
            yield from (("inside a message to", value.inside.name),) if value.inside else ()
        case model.Idle():
            yield from _idle(value)
            yield "to", _to(value.target)
        case model.Linger():
            yield "for", f"limits.{value.duration.name}"
            yield from (("answers", f"{m.name} with {r.name}") for m, r in value.answer)
            yield from (("unless", cause.name) for cause in value.unless)
        case _:
            raise TypeError(value)
    if not isinstance(value, model.Linger) and value.cause:
        yield "cause", value.cause.name


def _put(item: model.Put) -> str:
    return f"{item.name.name}[{show(item.key)}] = {show(item.value)}"


def _check(check: "Check") -> str:
    return f"{show(check.condition)}{_else(check.otherwise)}"


def _else(chosen: "Else | None") -> str:
    if chosen is None:
        return ""
    said = [f"reply {chosen.reply.name}"] if chosen.reply else []
    said += [joined("to", _to(chosen.target))] if chosen.stay or chosen.target else []
    said += [f"cause {chosen.cause.name}"] if chosen.cause else []
    return f" else {', '.join(said)}"


def _to(target: "model.Ref | None") -> str:
    return "stay" if target is None else target.name


def _reply(part: "model.Alternative | model.Fallback") -> tuple[tuple[str, str], ...]:
    if not part.replied:
        return (("reply", "none"),)
    return (("reply", part.reply.name),) if part.reply else ()


def _idle(value: model.Idle) -> "Iterator[tuple[str, str]]":
    after, between = _limit(value.after), _limit(value.between_messages)
    if after == between:
        yield "after", after
    else:
        yield "inside a message after", after
        yield "between messages after", between


def _limit(limit: "model.Ref | None") -> str:
    return f"limits.{limit.name}" if limit else "never"


def _fields(elements: Outline, path: "Path") -> str:
    order = elements[path].values["order"]
    types = ((name, elements[(*path, name)].values["type"]) for name in order)
    return ", ".join(f"{name}: {text(type_)}" for name, type_ in types)


def described(elements: Outline, element: Element) -> str:
    """An element that is new or gone, in a few words; "" where its name says all."""
    held, path = element.values, element.path
    match element.kind:
        case "frame" | "header" | "preamble":
            return _fields(elements, path)
        case "payload":
            return payload(elements, path)
        case "message" if held["reserved"]:
            return f"code {held['code']}, reserved"
        case "message":
            return f"code {held['code']}, payload {payload(elements, (*path, 'payload'))}"
        case "state":
            return ", ".join(_state(elements, element))
        case _:
            key, before = DESCRIBED.get(element.kind, ("", ""))
            return f"{before}{text(held[key])}" if key else ""


DESCRIBED = {
    **dict.fromkeys(("limit", "reply", "fallback", "ending", "idle", "linger"), ("value", "")),
    **dict.fromkeys(("field", "context", "type", "data"), ("type", "")),
    "connection": ("opener", "opened by "),
    "machine": ("role", "role "),
    "reaction": ("alternatives", ""),
    "scenario": ("steps", ""),
    "resource": ("owners", "owned by "),
    "property": ("holds", ""),
}


def _state(elements: Outline, element: Element) -> "Iterator[str]":
    held = element.values
    if held["final"]:
        yield f"final {held['final']}"
    if held["parent"]:
        yield f"in {held['parent']}"
    messages = [path[-1] for path in elements if path[:-1] == (*element.path, "on")]
    if messages:
        yield f"on {', '.join(messages)}"
