"""WIR: what messages make of the fields of the request's frame."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

from wirechart import layout
from wirechart.diagnostics import Severity
from wirechart.rules.facts import Facts, field_of, in_bytes
from wirechart.rules.registry import Problem, rule

if TYPE_CHECKING:
    from wirechart.layout import Placed
    from wirechart.model import Field, HeaderField, Message


def _headers(facts: Facts) -> "Iterator[tuple[Message, HeaderField, Placed]]":
    frame = layout.request(facts.spec)
    for message in facts.spec.messages:
        for item in message.header:
            placed = field_of(frame, item.frame_field)
            if placed is not None:
                yield message, item, placed


@rule("WIR005", Severity.ERROR, "a header field of the wrong size")
def header_size(facts: Facts) -> Iterator[Problem]:
    """What a message's `header` makes of a frame field is not as large as that field.

    A field is restated with its own type, and split into parts that fill it exactly; name what is
    left over, such as `ignored: 4 bytes`. Else every later field would be read at a wrong place.
    """
    for message, item, placed in _headers(facts):
        size = sum(part.size for part in item.parts)
        if size != placed.size:
            yield Problem(
                item.span,
                f"`{item.frame_field.name}` is {in_bytes(placed.size)}, and `{message.name}` "
                f"describes {in_bytes(size)}",
                f"add {in_bytes(placed.size - size)}, say `ignored: {in_bytes(placed.size - size)}`"
                if size < placed.size
                else f"describe {in_bytes(size - placed.size)} less",
            )


@rule("WIR006", Severity.WARNING, "a header field that says nothing new")
def settled_header(facts: Facts) -> Iterator[Problem]:
    """A message's `header` names the field that selects the message, or one with a constant.

    Its value is known before the message is read. Remove it from the `header`.
    """
    for message, item, placed in _headers(facts):
        constant = placed.field.constant
        select = placed.field.name == facts.spec.wire.select.name
        restated = [part.name for part in item.parts] == [placed.field.name]
        if restated and (constant is not None or select):
            value = message.code if select else constant
            yield Problem(
                item.frame_field.span,
                f"`{placed.field.name}` of `{message.name}` is always {value}",
                "remove it from the `header`",
            )


@rule("WIR015", Severity.ERROR, "a header that splits a number")
def split_number(facts: Facts) -> Iterator[Problem]:
    """A message's `header` splits a frame field that is no opaque bytes, or renames a settled one.

    A number is one value, whatever bytes it is made of; a constant, a code or a size has a meaning
    already. Restate a number under its own name (`flags: u16`), and split bytes only: where parts
    are meant, write `flags: 2 bytes` in the frame.
    """
    for message, item, placed in _headers(facts):
        field = placed.field
        if field.type is None:
            continue
        parts = [part.name for part in item.parts]
        if len(parts) > 1:
            what = "a constant" if field.constant is not None else f"`{field.type}`"
            text = f"`{field.name}` is {what}, and `{message.name}` splits it"
            yield Problem(item.span, text, _unsplit(facts, message, field))
        elif parts != [field.name] and _is_settled(facts, message, field):
            text = f"`{message.name}` calls `{field.name}` `{parts[0]}`, and it is settled already"
            yield Problem(item.span, text, _unsplit(facts, message, field))


def _unsplit(facts: Facts, message: "Message", field: "Field") -> str:
    if _is_settled(facts, message, field):
        return f"remove `{field.name}` from the `header`"
    return f"write `{field.name}: {field.type}`, or make it `{in_bytes(field.size)}` in the frame"


def _is_settled(facts: Facts, message: "Message", field: "Field") -> bool:
    size = layout.payload_size_field(facts.spec, message)
    steers = field.name in (facts.spec.wire.select.name, size.name if size else "")
    return field.constant is not None or steers
