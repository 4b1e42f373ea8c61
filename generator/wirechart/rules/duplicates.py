"""REF: one name, or one number, for two things."""

from collections.abc import Iterable, Iterator

from wirechart import layout
from wirechart.chart import contains
from wirechart.diagnostics import Severity, Span
from wirechart.model import Bytes, Json, Table
from wirechart.rules.facts import Facts
from wirechart.rules.registry import Problem, rule


@rule("REF013", Severity.ERROR, "two states with one name")
def duplicate_state(facts: Facts) -> Iterator[Problem]:
    """Two states have the same name, in different places of the tree.

    `to: NAME` could mean either, and each state becomes a class of that name. Rename one.
    """
    yield from _twice(((state.name, state.span) for state in facts.states), "a state")


@rule("REF014", Severity.ERROR, "two messages with one code")
def duplicate_code(facts: Facts) -> Iterator[Problem]:
    """Two messages have the same code, reserved ones included.

    A receiver cannot tell them apart. Give one of them its own code.
    """
    seen: dict[int, tuple[str, Span]] = {}
    for message in facts.spec.messages:
        if message.code in seen:
            name, span = seen[message.code]
            yield Problem(
                message.code_span,
                f"code {message.code} is already the code of `{name}`",
                f"give `{message.name}` a code of its own",
                related=((span, f"`{name}`"),),
            )
        seen.setdefault(message.code, (message.name, message.code_span))


@rule("REF015", Severity.ERROR, "two replies with one value")
def duplicate_reply(facts: Facts) -> Iterator[Problem]:
    """Two replies have the same value on the wire.

    A peer cannot tell them apart. Give one of them its own value, or use one reply for both.
    """
    seen: dict[int, tuple[str, Span]] = {}
    for reply in facts.spec.wire.replies:
        if reply.value in seen:
            name, span = seen[reply.value]
            yield Problem(
                reply.span,
                f"`{reply.name}` is {reply.value} on the wire, and so is `{name}`",
                f"give `{reply.name}` a value of its own",
                related=((span, f"`{name}`"),),
            )
        seen.setdefault(reply.value, (reply.name, reply.span))


@rule("REF016", Severity.ERROR, "two parts of a message with one name")
def duplicate_attribute(facts: Facts) -> Iterator[Problem]:
    """A message has two fields of one name, or one called as its payload is.

    Header fields, payload fields and descriptors become attributes of one class; a JSON or stored
    payload is its `payload`, a table its `table`. Rename one: in a split header field that is free.
    """
    for message in facts.spec.messages:
        parts = [part for item in message.header for part in item.parts if part.type]
        places = [(part.name, part.span) for part in (*parts, *layout.fields_of(message))]
        places += [(ref.name, ref.span) for ref in getattr(message.payload, "descriptors", ())]
        yield from _twice(places, f"a part of `{message.name}`")
        kept = "payload" if isinstance(message.payload, Bytes | Json) else ""
        payload = "table" if isinstance(message.payload, Table) else kept
        for name, span in places:
            if name == payload:
                help_ = "call the header field something else"
                yield Problem(span, f"`{name}` is what `{message.name}` calls its payload", help_)


@rule("REF017", Severity.ERROR, "a type that contains itself")
def recursive_type(facts: Facts) -> Iterator[Problem]:
    """A named type is, or has somewhere inside, itself.

    Its values would have no end, and no bound could be given. Break the circle.
    """
    named = {item.name: item.type for item in facts.spec.types}
    for item in facts.spec.types:
        if contains(named, item.type, item.name):
            help_ = "say what it holds without naming it again"
            yield Problem(item.span, f"the type `{item.name}` contains itself", help_)


def _twice(places: Iterable[tuple[str, Span]], what: str) -> Iterator[Problem]:
    seen: dict[str, Span] = {}
    for name, span in places:
        if name in seen:
            related = ((seen[name], "the first one"),)
            yield Problem(
                span, f"`{name}` is already {what}", f"rename this `{name}`", related=related
            )
        seen.setdefault(name, span)
