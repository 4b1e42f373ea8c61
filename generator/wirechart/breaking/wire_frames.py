"""Breaks of the bytes that all messages share: frames and replies. Knows no states."""

from typing import TYPE_CHECKING

from wirechart.breaking.pairing import frames
from wirechart.breaking.registry import rule
from wirechart.breaking.verdict import DIRECTIONS, Problem
from wirechart.diagnostics import Severity

if TYPE_CHECKING:
    from collections.abc import Iterator

    from wirechart.breaking.facts import Facts
    from wirechart.breaking.verdict import Direction
    from wirechart.model import Field, Spec

ERROR = Severity.ERROR


@rule("BRW001", ERROR, "integers in another byte order")
def byte_order(facts: "Facts") -> "Iterator[Problem]":
    """Every integer on the wire is read the other way round.

    No message of one side means anything to the other. Give the new protocol another name, or
    another port, and let both be spoken.
    """
    old, new = facts.old.wire, facts.new.wire
    if old.byte_order != new.byte_order:
        yield _of_frames(facts, "byte_order", f"{new.byte_order} instead of {old.byte_order}")


def _of_frames(facts: "Facts", key: str, what: str) -> Problem:
    return Problem(
        f"wire.{key}",
        f"`{key}` is {what}",
        DIRECTIONS,
        facts.old.wire.span,
        facts.new.wire.span,
        about=("frames",),
    )


@rule("BRW002", ERROR, "another request frame")
def request_frame(facts: "Facts") -> "Iterator[Problem]":
    """A field of the request frame has another place, size, or constant.

    Nothing that one side sends is understood by the other. Use bytes that the frame ignores, or
    a message of its own, for what is new.
    """
    yield from _frame(facts, "request", facts.old.wire.request, facts.new.wire.request)


@rule("BRW003", ERROR, "another reply frame")
def reply_frame(facts: "Facts") -> "Iterator[Problem]":
    """A field of the reply frame has another place, size, constant, or echo.

    A sender misreads every reply. Use bytes that the frame ignores for what is new.
    """
    yield from _frame(facts, "reply", facts.old.wire.reply, facts.new.wire.reply)


def _frame(
    facts: "Facts", key: str, old: "tuple[Field, ...]", new: "tuple[Field, ...]"
) -> "Iterator[Problem]":
    if frames(facts.old)[key] != frames(facts.new)[key]:
        yield _of_frames(facts, key, f"{_shown(new)} instead of {_shown(old)}")


def _shown(fields: "tuple[Field, ...]") -> str:
    return ", ".join(f"{field.name} {_type(field)}" for field in fields)


def _type(field: "Field") -> str:
    if field.echo:
        return f"echo of {field.echo.name}"
    constant = "" if field.constant is None else f" = {field.constant:#x}"
    return f"{field.type or f'{field.size} bytes'}{constant}"


@rule("BRW004", ERROR, "another field steers the frames")
def steering(facts: "Facts") -> "Iterator[Problem]":
    """The field that selects the message, says its size, or holds the status is another one.

    Each side looks for it where the other has something else.
    """
    old, new = frames(facts.old), frames(facts.new)
    if old["request"] != new["request"] or old["reply"] != new["reply"]:
        return
    for key in ("select", "status", "payload_size", "reply_size"):
        if old[key] != new[key]:
            names = (getattr(spec.wire, key) for spec in (facts.new, facts.old))
            what = " instead of ".join(name.name if name else "no field" for name in names)
            yield _of_frames(facts, key, what)


@rule("BRW016", ERROR, "a reply has another code")
def reply_code(facts: "Facts") -> "Iterator[Problem]":
    """The same reply is another number on the wire.

    A sender takes it for something else, or for nothing it knows. Keep the code, and give the new
    meaning a reply of its own.
    """
    old = {code.name: code for code in facts.old.wire.replies}
    for code in facts.new.wire.replies:
        before = old.get(code.name)
        if before is not None and before.value != code.value:
            yield Problem(
                f"wire.replies.{code.name}",
                f"the reply `{code.name}` has code {code.value} instead of {before.value}",
                DIRECTIONS,
                facts.old.wire.span,
                facts.new.wire.span,
                about=(f"reply {code.name}",),
            )


@rule("BRW017", ERROR, "the code of a reply means another one")
def reused_reply(facts: "Facts") -> "Iterator[Problem]":
    """A reply's code has been given to another reply.

    A sender of the other version takes the one for the other, and neither side notices. Never give
    a code a second meaning; leave a gap.
    """
    old = {code.value: code.name for code in facts.old.wire.replies}
    for code in facts.new.wire.replies:
        before = old.get(code.value, code.name)
        if before != code.name and code.name not in old.values():
            yield Problem(
                f"wire.replies.{code.name}",
                f"code {code.value} was the reply `{before}`, and is `{code.name}`",
                DIRECTIONS,
                facts.old.wire.span,
                facts.new.wire.span,
                f"give it a new code; if it is the same reply, write `was: [{before}]`",
            )


@rule("BRW026", ERROR, "a protocol is gone")
def gone(old: "Spec", directions: "tuple[Direction, ...]") -> "Iterator[Problem]":
    """There is no spec of a protocol any more, so nothing is generated for it.

    Whoever speaks it finds nobody. When it was renamed, say so: `was: [OLD]` of the new one.
    """
    yield Problem("protocol", f"the protocol `{old.protocol}` is gone", directions, old.span)
