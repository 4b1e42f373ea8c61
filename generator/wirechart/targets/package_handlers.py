"""The handlers of a generated package, as finished lines. Knows no wire and no table."""

from collections import Counter
from typing import TYPE_CHECKING

from wirechart.dataflow import told
from wirechart.lower import (
    Handler,
    Way,
    annotation,
    constant,
    handler_made,
    messages_in,
    supplies,
)
from wirechart.model import Table
from wirechart.names import snake
from wirechart.targets.conditions import asked, python
from wirechart.targets.home import home
from wirechart.targets.package_text import field_lines
from wirechart.targets.python import definition, docstring, union
from wirechart.targets.statements import LINE, call

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from wirechart.chart import Chart
    from wirechart.dataflow import Flow
    from wirechart.model import Put

DEFAULTS = {
    "int": "int",
    "bool": "bool",
    "bytes": "bytes",
    "str": "str",
    "runtime.Memory": "runtime.Nowhere",
    "runtime.Resource": "runtime.Nothing",
}


def context(chart: "Chart") -> tuple[str, ...]:
    """The fields of Context."""
    lines: list[str] = []
    for item in chart.spec.context:
        type_ = annotation(chart, item.type)
        lines += field_lines(item.name, type_)
        if item.doc:
            lines += docstring(1, item.doc)
    return tuple(lines)


def module(chart: "Chart", methods: "tuple[Handler, ...]") -> "Mapping[str, object]":
    """What the template of handlers.py prints."""
    supplied = supplies(chart, methods)
    states = {name for method in methods for name in (*method.sources, method.target)}
    types = [item.type for item in chart.spec.context]
    types += [flow.field.type for _, flow in handler_made(methods)]
    used = {name for type_ in types for name in messages_in(chart, type_)}
    used |= {method.message.name for method in methods}
    streams = any(method.streamed for method in methods)
    defaults = [tuple(_default(method, supplied)) for method in methods]
    parts = (*context(chart), *_parameters_text(supplied), *(line for d in defaults for line in d))
    limits = [constant(limit.name) for limit in chart.spec.limits]
    text = "\n".join(parts)
    used |= {name for name in limits if name in text}
    return {
        "imports": home(chart.spec).imports(
            {
                "messages": used,
                "runtime": ["Payload", "Receiving"] if streams else [],
                "states": states,
            },
            runtime="runtime." in text,
        ),
        "context": context(chart),
        "streams": streams,
        "protocol_methods": [tuple(_declared(method)) for method in methods],
        "parameters": _parameters_text(supplied),
        "supplied": list(supplied),
        "defaults": defaults,
    }


def _parameters_text(supplied: "Mapping[str, str]") -> tuple[str, ...]:
    return definition(1, "__init__", [("self", ""), *_parameters(supplied)], "None")


def _parameters(supplied: "Mapping[str, str]") -> "Iterator[tuple[str, str]]":
    for name, type_ in supplied.items():
        yield name, f"runtime.Make[{type_}] = {DEFAULTS.get(type_, 'runtime.unsupplied')}"


def _signature(method: Handler) -> tuple[str, ...]:
    result = method.target
    if method.message.reply_payload:
        result = f"tuple[{result}, bytes]"
    parameters = [
        ("self", ""),
        ("state", union(method.sources)),
        ("message", method.message.name),
    ]
    if method.streamed:
        parameters.append(("payload", "Payload"))
        result = f"Receiving[{result}]"
    return definition(1, method.name, parameters, result)


def _declared(method: Handler) -> "Iterator[str]":
    yield from _signature(method)
    first = method.ways[0].outcome
    way = f"{union(method.sources)} → {method.target}."
    yield from docstring(2, way if len(way) <= LINE // 2 else f"To {method.target}.", first.doc)
    yield "        ..."


def _default(method: Handler, supplied: "Mapping[str, str]") -> "Iterator[str]":
    yield from _signature(method)
    if isinstance(method.message.payload, Table) and method.message.payload.contents:
        yield f"        yield from payload.scatter(state.{method.message.payload.contents.to.name})"
    elif method.streamed:
        yield "        yield from ()"
    bodies = {source: _bodies(method, source, supplied) for source in method.sources}
    usual = Counter(bodies.values()).most_common(1)[0][0]
    for source, body in bodies.items():
        if body != usual:
            yield f"        if isinstance(state, {source}):"
            yield from (f"    {line}" for line in body)
    yield from usual


def _bodies(method: Handler, source: str, supplied: "Mapping[str, str]") -> tuple[str, ...]:
    """What is done in a state; alternatives that differ are told apart by their guards."""
    ways = [way for way in method.ways if way.source == source]
    bodies = [tuple(_body(method, way, supplied)) for way in ways]
    if len(set(bodies)) == 1:
        return bodies[0]
    lines: list[str] = []
    for way, body in zip(ways[:-1], bodies[:-1], strict=True):
        guards = told(way.outcome)
        if not guards:
            return (*lines, *body)
        lines += [*asked(guards), *(f"    {line}" for line in body)]
    return (*lines, *bodies[-1])


def _body(method: Handler, way: Way, supplied: "Mapping[str, str]") -> "Iterator[str]":
    """Make the target's data, and return it with the reply's payload."""
    reply = method.message.reply_payload
    puts = [line for flow in way.flows if flow.origin == "put" for line in _locals(way, flow)]
    yield from puts
    values = [_value(method, way, flow, supplied) for flow in way.flows]
    same = way.source == way.outcome.target and all(f.origin == "carried" for f in way.flows)
    if reply is None:
        yield from ("        return state",) if same else _call("return", method.target, values)
        return
    if not same:
        yield from _call("following =", method.target, values)
    state = "state" if same else "following"
    size = f"bytes({python(reply.size)})" if reply.size is not None else 'b""'
    flat = f"        return {state}, {size}"
    if len(flat) > LINE and reply.size is not None:
        yield f"        size = {python(reply.size)}"
        flat = f"        return {state}, bytes(size)"
    yield flat


def _call(verb: str, target: str, values: "Iterable[str]") -> "Iterator[str]":
    """A statement; a value that is too long for its line is a map, with one entry per line."""
    lines = call(2, f"{verb} {target}", values)
    for line in lines:
        head, opening, entries = line.rstrip(",").partition("={")
        if len(line) <= LINE or not opening:
            yield line
        else:
            yield f"{head}={{"
            yield from (f"                {entry}," for entry in entries[:-1].split(", "))
            yield "            },"


def _value(method: Handler, way: Way, flow: "Flow", supplied: "Mapping[str, str]") -> str:
    name = flow.field.name
    match flow.origin:
        case "set":
            value = next(item.value for item in way.outcome.set if item.name.name == name)
            return f"{name}={literal(value)}"
        case "put":
            return f"{name}={_entries(way, flow)}"
        case "message":
            return f"{name}=message"
        case "carried":
            return f"{name}=state.{name}"
        case _:
            argument = name if name in supplied else f"{snake(method.target)}_{name}"
            return f"{name}=self._{argument}()"


def _locals(way: Way, flow: "Flow") -> "Iterator[str]":
    """Names for a key and a value that are too long for one line together."""
    put = _put(way, flow)
    if _is_long(put):
        yield f"        key = {python(put.key)}"
        yield f"        value = {python(put.value)}"


def _put(way: Way, flow: "Flow") -> "Put":
    return next(put for put in way.outcome.put if put.name.name == flow.field.name)


def _is_long(put: "Put") -> bool:
    return len(f"                {python(put.key)}: {python(put.value)},") > LINE


def _entries(way: Way, flow: "Flow") -> str:
    """A copy of the source's map (or a new one) with one entry more."""
    put = _put(way, flow)
    entry = "key: value" if _is_long(put) else f"{python(put.key)}: {python(put.value)}"
    name = flow.field.name
    return f"{{**state.{name}, {entry}}}" if name in way.carried else f"{{{entry}}}"


def literal(value: bool | int | str) -> str:
    """A value of `set` in Python."""
    if not isinstance(value, str):
        return str(value)
    escaped = value.encode("unicode_escape").decode().replace('"', "\\x22")
    return f'"{escaped}"'
