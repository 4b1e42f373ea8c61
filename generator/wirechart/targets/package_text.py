"""Messages and states of a generated package, as finished lines. Knows no decisions."""

from typing import TYPE_CHECKING

from wirechart import layout
from wirechart.chart import build, data, receivable, views
from wirechart.lower import (
    annotation,
    constant,
    messages_in,
    owned_fields,
    state_names,
)
from wirechart.model import INTEGER_SIZES, Table
from wirechart.targets.home import home
from wirechart.targets.python import (
    alias,
    docstring,
    import_order,
    imports,
)
from wirechart.targets.statements import LINE, call

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from wirechart.chart import Chart
    from wirechart.model import Limit, Message, Spec

MESSAGE_TYPES = {"fd": "runtime.Descriptor", "json": "runtime.Json", "bytes": "bytes"}


def messages(chart: "Chart") -> "Mapping[str, object]":
    """What the template of messages.py prints."""
    spec = chart.spec
    received = receivable(chart)
    every = known(spec)
    return {
        "limits": [_limit(limit) for limit in spec.limits],
        "codes": [_member(message.name, message.code, message.doc) for message in spec.messages],
        "replies": [_member(code.name, code.value, code.doc) for code in spec.wire.replies],
        "select": spec.wire.select.name,
        "status": spec.wire.status.name,
        "classes": [tuple(_message(spec, message)) for message in every],
        "union": alias("Message", [message.name for message in received]),
        "needs_runtime": any(
            type_ not in INTEGER_SIZES and type_ != "bytes"
            for message in every
            for _, type_ in layout.attributes(spec, message)
        ),
    }


def known(spec: "Spec") -> "tuple[Message, ...]":
    """The messages that any machine is about, by code."""
    found = {m.name: m for view in views(spec) for m in receivable(build(view))}
    return tuple(sorted(found.values(), key=lambda message: message.code))


def own_messages(chart: "Chart", text: str) -> "Mapping[str, object]":
    """What the template of a further machine's messages.py prints: the protocol's that it needs.

    `text` is what its other modules say.
    """
    received = [message.name for message in receivable(chart)]
    limits = [name for limit in chart.spec.limits if (name := constant(limit.name)) in text]
    shared = ["Code", "Reply", *limits, *received]
    return {
        "imports": imports(f"{home(chart.spec).root}.messages", shared),
        "names": sorted(["Message", *shared], key=import_order),
        "union": alias("Message", received),
    }


def _limit(limit: "Limit") -> str:
    line = f"{constant(limit.name)}: typing.Final = {limit.value}"
    said = "" if limit.text == str(limit.value) else limit.text
    whole = f"{line}  # {': '.join(filter(None, (said, limit.doc)))}"
    short = f"{line}  # {said}" if said else line
    return whole if limit.doc and len(whole) <= LINE else short


def _member(name: str, value: int, doc: str) -> str:
    whole = f"{name} = {value}  # {doc}"
    return whole if doc and len(whole) <= LINE - 4 else f"{name} = {value}"


def _message(spec: "Spec", message: "Message") -> "Iterator[str]":
    yield "@dataclasses.dataclass(frozen=True, slots=True)"
    yield f"class {message.name}:"
    yield from docstring(1, message.doc or f"The message with code {message.code}.")
    attributes = layout.attributes(spec, message)
    if attributes:
        yield ""
    for name, type_ in attributes:
        if type_ in INTEGER_SIZES:
            yield f"    {name}: int  # {type_}"
        elif type_ == "table":
            yield from _table_field(name, message)
        else:
            yield f"    {name}: {MESSAGE_TYPES[type_]}"


def _table_field(name: str, message: "Message") -> "Iterator[str]":
    assert isinstance(message.payload, Table), name  # noqa: S101 -- as its attribute says
    columns = message.payload.columns
    shown = f"    # Columns: {', '.join(column.name for column in columns)}."
    yield shown if len(shown) <= LINE else f"    # It has {len(columns)} columns."
    integers = ", ".join("int" for column in columns if column.type)
    flat = f"    {name}: runtime.Table[tuple[{integers}]]"
    yield flat if len(flat) <= LINE else f"    {name}: runtime.Table[tuple[int, ...]]"


def states(chart: "Chart") -> "Mapping[str, object]":
    """What the template of states.py prints."""
    going, ends = state_names(chart)
    held = [item for name in (*going, *ends) for item in data(chart, name)]
    used = frozenset(name for item in held for name in messages_in(chart, item.type))
    texts = [annotation(chart, item.type) for item in held]
    return {
        "imports": home(chart.spec).imports(
            {"messages": used}, runtime=any("runtime." in text for text in texts)
        ),
        "classes": [tuple(_state(chart, name)) for name in (*going, *ends)],
        "running": alias("Running", going),
        "termination": alias("Termination", ends),
    }


def _state(chart: "Chart", name: str) -> "Iterator[str]":
    state = chart.nodes[name].state
    usual = f"The machine's {state.final}." if state.final else "It waits for a message."
    yield "@dataclasses.dataclass(frozen=True, slots=True)"
    yield f"class {name}:"
    yield from docstring(1, state.doc or usual)
    held = data(chart, name)
    if held:
        yield ""
    for item in held:
        yield from field_lines(item.name, annotation(chart, item.type))


def field_lines(name: str, type_: str) -> tuple[str, ...]:
    """A field of a dataclass."""
    flat = f"    {name}: {type_}"
    if len(flat) <= LINE:
        return (flat,)
    head, _, inner = type_.partition("[")
    parts = _top_level(inner[:-1])
    return (f"    {name}: {head}[", *(f"        {part}," for part in parts), "    ]")


def _top_level(text: str) -> list[str]:
    parts, depth = [""], 0
    for character in text:
        depth += {"[": 1, "]": -1}.get(character, 0)
        if character == "," and not depth:
            parts.append("")
        else:
            parts[-1] += character
    return [part.strip() for part in parts]


def owned(chart: "Chart") -> list[str]:
    """The entries of OWNED."""
    return [line for entry in owned_fields(chart).items() for line in _owned(*entry)]


def _owned(name: str, fields: tuple[str, ...]) -> tuple[str, ...]:
    if len(fields) == 1:
        return (f'    {name}: ("{fields[0]}",),',)
    return call(1, f"{name}: ", [f'"{field}"' for field in fields], ",")


def class_names(chart: "Chart") -> tuple[list[str], list[str]]:
    """The messages and the states that have a class."""
    going, ends = state_names(chart)
    return [message.name for message in receivable(chart)], [*going, *ends]


def sentence(doc: str) -> str:
    """The first sentence of a doc, to go on with behind a semicolon."""
    first = " ".join(doc.split()).partition(". ")[0].rstrip(".")
    return (first[:1].lower() + first[1:]).replace("\\", "/").replace('"', "'")
