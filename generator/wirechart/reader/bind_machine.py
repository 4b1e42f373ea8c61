"""Binds checked nodes to the machine, its states and reactions. Knows keys; reports nothing."""

from typing import TYPE_CHECKING, cast

from wirechart.model import (
    Alternative,
    Check,
    Else,
    Ending,
    Fallback,
    Idle,
    Linger,
    Machine,
    Put,
    Reaction,
    Set,
    State,
)
from wirechart.reader.bind_wire import data_field
from wirechart.reader.nodes import (
    doc,
    entries,
    is_scalar,
    items,
    keys,
    listed,
    maybe_ref,
    name,
    ref,
    scalar,
    text,
    was,
    within,
)
from wirechart.reader.scalars import literal

if TYPE_CHECKING:
    from wirechart.model import FinalKind
    from wirechart.reader.bind_wire import Formula
    from wirechart.reader.nodes import Keys
    from wirechart.syntax import Entry, Node


def else_(entry: "Entry") -> Else:
    """The key `else`: a reply's name, or a mapping."""
    if is_scalar(entry.value):
        return Else(name(entry.value), None, False, None, entry.value.span)
    written = keys(entry.value)
    return Else(
        reply=maybe_ref(written, "reply"),
        target=maybe_ref(written, "to", "stay"),
        stay=text(written, "to") == "stay",
        cause=maybe_ref(written, "cause"),
        span=entry.key.span,
    )


def checks(written: "Keys", formula: "Formula") -> tuple[Check, ...]:
    """The conditions; the `else` beside `if` belongs to each that has none of its own."""
    common = else_(written["else"]) if "else" in written else None
    return tuple(check(item, common, formula) for item in listed(written, "if"))


def check(node: "Node", common: Else | None, formula: "Formula") -> Check:
    """One condition: an expression, or `{check, else}`."""
    if is_scalar(node):
        return Check(formula(scalar(node)), common, node.span)
    written = keys(node)
    condition = scalar(written["check"].value)
    own = else_(written["else"]) if "else" in written else common
    return Check(formula(condition), own, condition.span)


def put(entry: "Entry", formula: "Formula") -> tuple[Put, ...]:
    """An entry of `put`: what goes into one map."""
    return tuple(
        Put(name(entry.key), formula(new.key), formula(scalar(new.value)), new.key.span)
        for new in entries(entry.value)
    )


def alternative(node: "Node", formula: "Formula") -> Alternative:
    """A long form, or the short one: a target."""
    if is_scalar(node):
        target = None if is_scalar(node, "stay") else name(node)
        return Alternative(target, (), True, None, (), (), None, "", node.span)
    written = keys(node)
    return Alternative(
        target=maybe_ref(written, "to", "stay"),
        checks=checks(written, formula),
        replied=text(written, "reply") != "none",
        reply=maybe_ref(written, "reply", "none"),
        set=tuple(
            Set(name(e.key), literal(scalar(e.value)), e.key.span) for e in within(written, "set")
        ),
        put=tuple(new for e in within(written, "put") for new in put(e, formula)),
        cause=maybe_ref(written, "cause"),
        doc=doc(node),
        span=written["to"].value.span,
    )


def reaction(entry: "Entry", formula: "Formula") -> Reaction:
    """An entry of `on`."""
    alternatives = tuple(alternative(item, formula) for item in items(entry.value))
    return Reaction(name(entry.key), alternatives, entry.key.span)


def fallback(written: "Keys", key: str) -> Fallback | None:
    """`otherwise`, or one of its parts."""
    if key not in written:
        return None
    said = keys(written[key].value)
    return Fallback(
        replied=text(said, "reply") != "none",
        reply=maybe_ref(said, "reply", "none"),
        target=maybe_ref(said, "to", "stay"),
        cause=maybe_ref(said, "cause"),
        doc=doc(written[key].value),
        span=written[key].key.span,
        drained="payload" not in said,
    )


def ending(written: "Keys", key: str) -> Ending | None:
    """`on_eof`, `on_lost` or `on_unanswered`."""
    if key not in written:
        return None
    said = keys(written[key].value)
    return Ending(
        target=ref(said, "to"),
        inside=maybe_ref(said, "inside_message"),
        cause=maybe_ref(said, "cause"),
        doc=doc(written[key].value),
        span=written[key].key.span,
    )


def idle(entry: "Entry") -> Idle:
    """The key `on_idle`; between messages it is the same unless said."""
    said = keys(entry.value)
    between = "between_messages" if "between_messages" in said else "after"
    return Idle(
        after=maybe_ref(said, "after", "never"),
        between_messages=maybe_ref(said, between, "never"),
        target=ref(said, "to"),
        cause=maybe_ref(said, "cause"),
        doc=doc(entry.value),
        span=entry.key.span,
    )


def linger(entry: "Entry") -> Linger:
    """The key `linger`."""
    said = keys(entry.value)
    return Linger(
        duration=ref(said, "for"),
        answer=tuple((name(e.key), name(e.value)) for e in within(said, "answer")),
        unless=tuple(name(cause) for cause in listed(said, "unless")),
        span=entry.key.span,
    )


def state(entry: "Entry", formula: "Formula") -> State:
    """An entry of `states`, with the states inside it."""
    written = keys(entry.value)
    final = text(written, "final")
    return State(
        name=entry.key.text,
        doc=doc(entry.value),
        data=tuple(data_field(e) for e in within(written, "data")),
        initial=maybe_ref(written, "initial"),
        reactions=tuple(reaction(e, formula) for e in within(written, "on")),
        otherwise=fallback(written, "otherwise"),
        on_refused=fallback(written, "on_refused"),
        on_malformed=fallback(written, "on_malformed"),
        on_handler_error=fallback(written, "on_handler_error"),
        on_eof=ending(written, "on_eof"),
        on_lost=ending(written, "on_lost"),
        on_idle=idle(written["on_idle"]) if "on_idle" in written else None,
        on_unanswered=ending(written, "on_unanswered"),
        states=tuple(state(e, formula) for e in within(written, "states")),
        final=cast("FinalKind", final) if final else None,
        linger=linger(written["linger"]) if "linger" in written else None,
        span=entry.key.span,
        was=was(entry.value),
    )


def machine(entry: "Entry", formula: "Formula", called: str = "") -> Machine:
    """The key `machine`, or an entry of `machines` by its name."""
    written = keys(entry.value)
    return Machine(
        name=called,
        role=ref(written, "role"),
        connection=maybe_ref(written, "connection"),
        initial=ref(written, "initial"),
        states=tuple(state(e, formula) for e in within(written, "states")),
        doc=doc(entry.value),
        span=entry.key.span,
        was=was(entry.value),
    )
