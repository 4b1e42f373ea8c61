"""WIR: frames, the fields that steer them, and what messages make of them."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

from wirechart import layout
from wirechart.diagnostics import Severity
from wirechart.model import Fields, Table
from wirechart.rules.facts import Facts, field_of, in_bytes, size_field
from wirechart.rules.places import elses
from wirechart.rules.registry import Problem, rule

if TYPE_CHECKING:
    from wirechart.diagnostics import Span
    from wirechart.layout import Placed
    from wirechart.model import Ref


def _steering(facts: Facts) -> "Iterator[tuple[str, Ref, Placed]]":
    """The fields that steer frames, with what they do; unknown ones left out."""
    wire = facts.spec.wire
    request, reply = layout.request(facts.spec), layout.reply(facts.spec)
    asked: list[tuple[str, Ref | None, tuple[Placed, ...]]] = [
        ("select", wire.select, request),
        ("payload_size", wire.payload_size, request),
        ("status", wire.status, reply),
        ("reply_size", wire.reply_size, reply),
    ]
    asked += [("size", message.payload_size, request) for message in facts.spec.messages]
    for key, ref, frame in asked:
        placed = None if ref is None else field_of(frame, ref)
        if ref is not None and placed is not None:
            yield key, ref, placed


@rule("WIR001", Severity.ERROR, "a steering field that is no free integer")
def steering(facts: Facts) -> Iterator[Problem]:
    """`select`, `status`, `payload_size`, `reply_size` or `size` names a field of the wrong kind.

    Such a field holds a number that differs from frame to frame: it is `u8` … `u64`, and neither
    opaque bytes, nor a constant, nor an echo.
    """
    for key, ref, placed in _steering(facts):
        field = placed.field
        kind = (
            "a constant"
            if field.constant is not None
            else "an echo"
            if field.echo is not None
            else "opaque bytes"
            if field.type is None
            else ""
        )
        if kind:
            help_ = f"name a field of type `u8` to `u64`, or make `{ref.name}` one"
            yield Problem(ref.span, f"`{key}` needs an integer, and `{ref.name}` is {kind}", help_)


@rule("WIR002", Severity.ERROR, "one field that steers two things")
def double_steering(facts: Facts) -> Iterator[Problem]:
    """One field is both the message's code and the payload's size, or both a status and a size.

    Then every message would have its code as its length. Give each its own field.
    """
    wire = facts.spec.wire
    pairs = [("select", wire.select, "payload_size", wire.payload_size)]
    pairs += [("status", wire.status, "reply_size", wire.reply_size)]
    pairs += [("select", wire.select, "size", m.payload_size) for m in facts.spec.messages]
    for key, ref, other, second in pairs:
        if ref == second and second is not None:
            message = f"`{second.name}` is `{key}` already, so it cannot be `{other}` too"
            yield Problem(second.span, message, "name another field, or add one to the frame")


@rule("WIR003", Severity.ERROR, "a code that does not fit its field")
def wide_code(facts: Facts) -> Iterator[Problem]:
    """A message's code is larger than the field named by `select` can hold.

    It can never be sent. Use a smaller code, or a wider field.
    """
    placed = field_of(layout.request(facts.spec), facts.spec.wire.select)
    if placed is None or placed.field.type is None:
        return
    for message in facts.spec.messages:
        if message.code >= 256**placed.size:
            yield Problem(
                message.code_span,
                f"code {message.code} does not fit `{placed.field.name}`, which is "
                f"`{placed.field.type}`",
                f"use a code up to {256**placed.size - 1}, or a wider field",
            )


@rule("WIR004", Severity.ERROR, "a reply's value that does not fit its field")
def wide_reply(facts: Facts) -> Iterator[Problem]:
    """A reply's value is larger than the field named by `status` can hold.

    It can never be sent. Use a smaller value, or a wider field.
    """
    placed = field_of(layout.reply(facts.spec), facts.spec.wire.status)
    if placed is None or placed.field.type is None:
        return
    for reply in facts.spec.wire.replies:
        if reply.value >= 256**placed.size:
            yield Problem(
                reply.span,
                f"`{reply.name}` is {reply.value}, which does not fit `{placed.field.name}`: it is "
                f"`{placed.field.type}`",
                f"use a value up to {256**placed.size - 1}, or a wider field",
            )


@rule("WIR007", Severity.ERROR, "a payload without a size")
def unsized_payload(facts: Facts) -> Iterator[Problem]:
    """A message has a payload, and no frame field says how large it is.

    The receiver could not find the next message. Name the field: `wire.payload_size`, or `size:`
    in the payload.
    """
    for message in facts.spec.messages:
        if message.payload is None or layout.payload_size_field(facts.spec, message) is not None:
            continue
        yield Problem(
            message.span,
            f"no field says how large the payload of `{message.name}` is",
            "write `size: FIELD` in its payload, or `payload_size: FIELD` in `wire`",
        )


@rule("WIR008", Severity.ERROR, "a payload larger than its size can say")
def wide_payload(facts: Facts) -> Iterator[Problem]:
    """A payload of fixed fields, or one row of a table, is larger than the size field can hold.

    Such a message can never be sent. Use a wider size field, or a smaller payload.
    """
    for message in facts.spec.messages:
        placed = size_field(facts, message)
        if placed is None or placed.field.type is None:
            continue
        match message.payload:
            case Fields(fields=fields):
                size, what = layout.size(layout.place(fields)), "the payload"
            case Table(columns=columns):
                size, what = layout.size(layout.place(columns)), "one row"
            case _:
                continue
        if size >= 256**placed.size:
            yield Problem(
                message.payload.span,
                f"{what} of `{message.name}` has {in_bytes(size)}, and `{placed.field.name}` says "
                f"at most {256**placed.size - 1}",
                f"make `{placed.field.name}` wider, or the payload smaller",
            )


@rule("WIR009", Severity.ERROR, "contents measured and placed by one column")
def one_column(facts: Facts) -> Iterator[Problem]:
    """`of` and `at` of a table's `contents` name the same column.

    One is the length of a row's contents, the other where they go. Name two columns.
    """
    for message in facts.spec.messages:
        contents = message.payload.contents if isinstance(message.payload, Table) else None
        if contents is not None and contents.of == contents.at:
            message_ = f"`{contents.at.name}` is the length of the contents and also their address"
            yield Problem(contents.at.span, message_, "name another column as `at`")


@rule("WIR010", Severity.ERROR, "a reply's payload without a reply")
def payload_of_no_reply(facts: Facts) -> Iterator[Problem]:
    """A message has `reply: none` and a `reply_payload`.

    Bytes without a reply in front would be taken for the next reply. Remove one of the two.
    """
    for message in facts.spec.messages:
        if message.reply_payload is not None and not message.replied:
            text = f"`{message.name}` gets no reply, so no payload can follow it"
            yield Problem(message.reply_payload.span, text, "remove `reply: none`, or the payload")


@rule("WIR011", Severity.ERROR, "a reply's payload without a size")
def unsized_reply(facts: Facts) -> Iterator[Problem]:
    """A reply's payload may have any size, and no field of the reply says which.

    The peer could not find the next reply. Name the field: `wire.reply_size`; or let the request
    say it: `bytes: message.length`.
    """
    if facts.spec.wire.reply_size is not None:
        return
    for message in facts.spec.messages:
        payload = message.reply_payload
        if payload is not None and payload.size is None and message.replied:
            text = f"no field of the reply says how large the payload for `{message.name}` is"
            help_ = "write `reply_size: FIELD` in `wire`, or say how many bytes"
            yield Problem(payload.span, text, help_)


@rule("WIR012", Severity.ERROR, "a reply to a message that gets none")
def reply_to_silent(facts: Facts) -> Iterator[Problem]:
    """A reaction names a reply for a message described with `reply: none`.

    The peer waits for no reply, and would take it for that of its next request. Remove it, or
    `reply: none` of the message.
    """
    for way in facts.ways:
        message = facts.chart.messages.get(way.reaction.message.name)
        if message is None or message.replied:
            continue
        replies = [way.alternative.reply, *(part.reply for part in elses(way.alternative))]
        for reply in (ref for ref in replies if ref is not None):
            text = f"`{message.name}` gets no reply, and here it would get `{reply.name}`"
            yield Problem(reply.span, text, "remove the reply here, or `reply: none` there")
    for state in facts.states:
        for ref, reply in state.linger.answer if state.linger else ():
            message = facts.chart.messages.get(ref.name)
            if message is not None and not message.replied:
                text = f"`{message.name}` gets no reply, and here it would get `{reply.name}`"
                yield Problem(reply.span, text, "remove the answer here, or `reply: none` there")


@rule("WIR013", Severity.WARNING, "a reply field that nobody fills")
def unfilled(facts: Facts) -> Iterator[Problem]:
    """An integer of the reply frame is neither status, size, constant nor echo.

    Nothing says what it holds, so it is always zero. Say what it is; if it is meant to be zero,
    write it as a constant or as bytes: `reserved: 4 bytes`.
    """
    wire = facts.spec.wire
    steering_ = {wire.status.name, *([wire.reply_size.name] if wire.reply_size else [])}
    if any(name not in {field.name for field in wire.reply} for name in steering_):
        return
    for field in wire.reply:
        filled = field.constant is not None or field.echo is not None or field.name in steering_
        if field.type is not None and not filled:
            help_ = f"write it as a constant, an echo, or `{in_bytes(field.size)}`"
            text = f"nothing says what the reply's `{field.name}` holds"
            yield Problem(field.span, text, help_)


@rule("WIR014", Severity.WARNING, "an echo of a constant")
def constant_echo(facts: Facts) -> Iterator[Problem]:
    """An echoed field of the reply repeats a field of the request that has a constant.

    An echo tells a peer which request a reply belongs to; a constant tells it nothing. Echo a field
    that differs from request to request, such as a cookie.
    """
    request = layout.request(facts.spec)
    for field in facts.spec.wire.reply:
        echoed = None if field.echo is None else field_of(request, field.echo)
        if field.echo is not None and echoed is not None and echoed.field.constant is not None:
            text = f"`{field.name}` repeats `{field.echo.name}`, which is the same in every request"
            yield Problem(field.echo.span, text, "echo a field that tells requests apart")


@rule("WIR016", Severity.ERROR, "a reply's payload that nobody makes")
def unmade_payload(facts: Facts) -> Iterator[Problem]:
    """A message whose reply has a payload leads to a failure, and is answered as accepted.

    A transition to a failure calls no handler, so there is nobody to make the payload, and the peer
    would take the next reply for it. Answer with another reply: `reply: Error`, or `reply: none`.
    """
    accept = facts.spec.wire.accept.name
    seen: set[Span] = set()
    for row in () if facts.asks or facts.spec.model else facts.table:
        message = facts.chart.messages.get(row.event)
        if message is None or message.reply_payload is None:
            continue
        for outcome in row.outcomes:
            failed = facts.chart.nodes[outcome.target].state.final == "failure"
            promised = outcome.kind == "handled" and outcome.reply == accept
            if failed and promised and outcome.span not in seen:
                seen.add(outcome.span)
                yield Problem(
                    outcome.span,
                    f"`{row.event}` leads to the failure `{outcome.target}`, so nobody makes the "
                    f"payload that follows `{accept}`",
                    f"write `reply: {facts.spec.wire.refuse.name}`, or `reply: none`",
                    related=((message.reply_payload.span, "the reply's payload"),),
                )
