"""WIR: maxima that bound nothing, or the wrong thing."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

from wirechart import layout
from wirechart.chart import expand
from wirechart.diagnostics import Severity
from wirechart.expressions import Expression, show
from wirechart.model import INTEGER_SIZES, Bytes, Json, Map, Ref, Table, Tighter
from wirechart.rules.facts import Facts, field_of, size_field
from wirechart.rules.judge import judge
from wirechart.rules.known import Integer
from wirechart.rules.places import counts, durations, parts, payload_limits, tighter, types
from wirechart.rules.registry import Problem, rule

if TYPE_CHECKING:
    from wirechart.diagnostics import Span
    from wirechart.model import Limit, LimitKind, Message, ReplyPayload

MOST_RELATED = 4
UNITS = {
    "size": "a size with a unit, such as `64 KiB`",
    "count": "a count without a unit, such as `1024`",
    "duration": "a duration with a unit, such as `60 s`",
}


def _uses(facts: Facts) -> "Iterator[tuple[Ref, LimitKind]]":
    for message in facts.spec.messages:
        for ref in payload_limits(message):
            yield ref, "size"
    for ref in counts(facts.spec):
        yield ref, "count"
    for ref in durations(facts.spec):
        yield ref, "duration"
    for one in tighter(facts.spec):
        if one.limit.name in facts.limits:
            yield one.value, facts.limits[one.limit.name].kind


@rule("WIR020", Severity.ERROR, "a limit of the wrong kind")
def wrong_kind(facts: Facts) -> Iterator[Problem]:
    """A payload is bounded by a duration or a count, a wait by a size, a map by a size.

    The number would mean something else than was written. Payloads have sizes (`64 KiB`), maps and
    lists counts (`1024`), waits durations (`60 s`).
    """
    uses: dict[str, list[tuple[Ref, LimitKind]]] = {}
    for ref, kind in _uses(facts):
        uses.setdefault(ref.name, []).append((ref, kind))
    for name, here in uses.items():
        if (limit := facts.limits.get(name)) is not None:
            yield from _misused(limit, here)


def _misused(limit: "Limit", uses: "list[tuple[Ref, LimitKind]]") -> Iterator[Problem]:
    """At the limit itself, where all of several uses need the same other kind."""
    wrong = [(ref, kind) for ref, kind in uses if kind != limit.kind]
    kinds = {kind for _, kind in uses}
    said = f"`limits.{limit.name}` is a {limit.kind} (`{limit.text}`)"
    if len(wrong) > 1 and len(kinds) == 1:
        kind = kinds.pop()
        related = tuple((ref.span, f"a {kind} is needed here") for ref, _ in uses[:MOST_RELATED])
        yield Problem(
            limit.span, f"{said}, and used as a {kind}", f"write {UNITS[kind]}", (), related
        )
        return
    for ref, kind in wrong:
        yield Problem(
            ref.span,
            f"{said}, and a {kind} is needed",
            f"name {UNITS[kind]}",
            related=((limit.span, "the limit"),),
        )


@rule("WIR021", Severity.ERROR, "a limit of zero")
def zero_limit(facts: Facts) -> Iterator[Problem]:
    """A limit is 0.

    No payload would fit, no entry have room, every wait be over at once. Give it a value; where
    something is never waited for, write `never`.
    """
    for limit in facts.spec.limits:
        if limit.value == 0:
            help_ = f"write {UNITS[limit.kind]}"
            yield Problem(limit.span, f"the limit `{limit.name}` lets nothing through", help_)


@rule("WIR022", Severity.WARNING, "a limit that is never reached")
def useless_limit(facts: Facts) -> Iterator[Problem]:
    """A maximum is larger than its size field can say, or a map's than it can have keys, or that of
    a connection than the one it stands for.

    A bound that cannot be exceeded is none: whoever wrote it believes in another width, or another
    unit. Lower it, or widen the field.
    """
    for message in facts.spec.messages:
        yield from _sizes(facts, message)
    for type_ in types(facts.spec):
        for part in parts(type_):
            if isinstance(part, Map):
                yield from _keys(facts, part)
    for one in tighter(facts.spec):
        yield from _no_tighter(facts, one)


def _no_tighter(facts: Facts, one: Tighter) -> Iterator[Problem]:
    limit, value = facts.limits.get(one.limit.name), facts.limits.get(one.value.name)
    if limit and value and limit.kind == value.kind and value.value > limit.value:
        text = f"`limits.{value.name}` is {value.text}, and `limits.{limit.name}` is {limit.text}"
        yield Problem(one.value.span, text, "name a smaller limit, or none")


def _sizes(facts: Facts, message: "Message") -> Iterator[Problem]:
    placed = size_field(facts, message)
    payload = message.payload
    if isinstance(payload, Bytes | Json | Table) and placed is not None:
        yield from _beyond(facts, payload.max, placed)
    reply_size = facts.spec.wire.reply_size
    if reply_size is not None and message.reply_payload is not None:
        placed = field_of(layout.reply(facts.spec), reply_size)
        if placed is not None:
            yield from _beyond(facts, message.reply_payload.max, placed)


def _beyond(facts: Facts, ref: Ref, placed: layout.Placed) -> Iterator[Problem]:
    limit = facts.limits.get(ref.name)
    most = 256**placed.size - 1
    if limit is not None and limit.kind == "size" and limit.value > most and placed.field.type:
        yield Problem(
            ref.span,
            f"`limits.{limit.name}` is {limit.text}, and `{placed.field.name}` says at most {most} "
            "bytes",
            f"lower the limit, or make `{placed.field.name}` wider",
            related=((limit.span, "the limit"),),
        )


def _keys(facts: Facts, map_: Map) -> Iterator[Problem]:
    key = expand(facts.chart, map_.key)
    limit = facts.limits.get(map_.max.name)
    if not isinstance(key, Ref) or limit is None or limit.kind != "count":
        return
    most = 2 if key.name == "bool" else 256 ** INTEGER_SIZES.get(key.name, 99)
    if limit.value > most:
        yield Problem(
            map_.max.span,
            f"`limits.{limit.name}` is {limit.text}, and there are only {most} keys of type "
            f"`{key.name}`",
            "lower the limit, or widen the key's type",
            related=((limit.span, "the limit"),),
        )


@rule("WIR023", Severity.ERROR, "a row larger than its table may be")
def no_row(facts: Facts) -> Iterator[Problem]:
    """A table's `max` is smaller than one row.

    Then only an empty table is ever accepted. `max` is in bytes, not in rows: raise it.
    """
    for message in facts.spec.messages:
        if not isinstance(message.payload, Table):
            continue
        row = layout.size(layout.place(message.payload.columns))
        limit = facts.limits.get(message.payload.max.name)
        if limit is not None and limit.kind == "size" and 0 < limit.value < row:
            yield Problem(
                message.payload.max.span,
                f"one row of `{message.name}` has {row} bytes, and its table at most {limit.text}",
                "raise the limit: it counts bytes, not rows",
                related=((limit.span, "the limit"),),
            )


@rule("WIR024", Severity.WARNING, "a reply that may be larger than its limit")
def unbounded_reply(facts: Facts) -> Iterator[Problem]:
    """The size of a reply's payload comes from the request, and no guard keeps it below `max`.

    A peer asks for 4 GiB, the handler makes them, and only then it is found that they are too
    many. Check before: `if: {check: message.length <= limits.read, else: TooLarge}`.
    """
    for judged in facts.judged:
        message = facts.receivable.get(judged.way.reaction.message.name)
        payload = message.reply_payload if message is not None else None
        size = payload.size if payload is not None else None
        if payload is None or size is None or not judged.way.alternative.replied:
            continue
        limit = facts.limits.get(payload.max.name)
        found = judge(size, judged.known.copy())
        if limit is None or not isinstance(found, Integer) or found.high <= limit.value:
            continue
        yield _unbounded(judged.way.alternative.span, size, payload, limit, found)


def _unbounded(
    span: "Span", size: Expression, payload: "ReplyPayload", limit: "Limit", found: Integer
) -> Problem:
    return Problem(
        span,
        f"the reply's payload has `{show(size)}` bytes, up to {found.high}, and may have "
        f"{limit.text}",
        f"add the check `{show(size)} <= limits.{payload.max.name}`",
        related=((payload.span, "the reply's payload"),),
    )


@rule("WIR025", Severity.ERROR, "a reply's size that is no number")
def odd_reply_size(facts: Facts) -> Iterator[Problem]:
    """`reply_payload.bytes` is neither a number nor `any`.

    A payload has a number of bytes. Write a field of the message, or a sum of some.
    """
    for use in facts.described:
        if use.kind == "size" and use.value is not None and not isinstance(use.value, Integer):
            text = f"`{show(use.expression)}` is no number of bytes"
            yield Problem(use.expression.span, text, "use a field of the message, or a sum")


@rule("WIR026", Severity.WARNING, "a reply whose size may be below zero")
def negative_reply(facts: Facts) -> Iterator[Problem]:
    """The size of a reply's payload is a difference, and no guard keeps it from being negative.

    A peer that sends the larger number second asks for a payload of minus one byte. Check before:
    `if: {check: message.first <= message.last, else: Unaligned}`.
    """
    for judged in facts.judged:
        message = facts.receivable.get(judged.way.reaction.message.name)
        payload = message.reply_payload if message is not None else None
        if payload is None or payload.size is None or not judged.way.alternative.replied:
            continue
        found = judge(payload.size, judged.known.copy())
        if isinstance(found, Integer) and found.low < 0:
            yield Problem(
                judged.way.alternative.span,
                f"the reply's payload has `{show(payload.size)}` bytes, which may be below zero",
                f"add the check `{show(payload.size)} >= 0`",
                related=((payload.span, "the reply's payload"),),
            )
