"""Breaks of the bytes that all messages share: frames, replies, connections. Knows no states."""

from typing import TYPE_CHECKING

from wirechart.breaking.pairing import frames
from wirechart.breaking.registry import rule
from wirechart.breaking.verdict import DIRECTIONS, Problem
from wirechart.diagnostics import Severity

if TYPE_CHECKING:
    from collections.abc import Iterator

    from wirechart.breaking.facts import Facts
    from wirechart.breaking.verdict import Direction
    from wirechart.model import Connection, Field, Spec

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


@rule("BRW020", ERROR, "another preamble")
def preamble(facts: "Facts") -> "Iterator[Problem]":
    """What opens a connection has other bytes, so its kind is not recognised any more."""
    for before, after in _connections(facts):
        if _preamble(before) != _preamble(after):
            yield _of_connection(before, after, "preamble", "its preamble has other bytes")


def _preamble(kind: "Connection") -> tuple[object, ...]:
    return tuple((field.size, field.constant) for field in kind.preamble)


@rule("BRW021", ERROR, "a kind of connection is gone")
def no_connection(facts: "Facts") -> "Iterator[Problem]":
    """A kind of connection that could be opened is no longer known.

    Whoever opens it is refused, or stands without an answer.
    """
    kept = {kind.name for kind in facts.new.connections}
    for kind in facts.old.connections:
        if kind.name not in kept and kind.preamble:
            yield Problem(
                f"connections.{kind.name}",
                f"the connection `{kind.name}` is gone",
                ("old-to-new",),
                kind.span,
            )
    known = {kind.name for kind in facts.old.connections}
    for kind in facts.new.connections:
        if kind.name not in known and kind.preamble:
            yield Problem(
                f"connections.{kind.name}",
                f"the connection `{kind.name}` is new; an old peer does not know it",
                ("new-to-old",),
                None,
                kind.span,
            )


@rule("BRW022", ERROR, "a connection is opened or asked on by another role")
def turned(facts: "Facts") -> "Iterator[Problem]":
    """The role that opens a connection, or sends the requests on it, is the other one.

    Both sides wait for each other, or both speak at once.
    """
    for before, after in _connections(facts):
        if _roles(facts.old, before) != _roles(facts.new, after):
            what = "another role opens it or asks on it"
            yield _of_connection(before, after, "asks" if after.asker else "from", what)


def _roles(spec: "Spec", kind: "Connection") -> tuple[bool, bool]:
    """Whether the client opens it, and asks on it."""
    client, asker = spec.wire.client.name, kind.asker or kind.opener
    return kind.opener.name == client, asker.name == client


@rule("BRW023", ERROR, "fewer connections at once")
def most(facts: "Facts") -> "Iterator[Problem]":
    """A peer may open fewer connections of a kind than before; what it opens beyond is refused."""
    for before, after in _connections(facts):
        one, other = _most(facts.old, before), _most(facts.new, after)
        if one != other:
            way = DIRECTIONS[0] if other < one else DIRECTIONS[1]
            problem = _of_connection(before, after, "most", f"at most {other} instead of {one}")
            yield Problem(problem.element, problem.message, (way,), problem.old, problem.new)


def _most(spec: "Spec", kind: "Connection") -> int:
    limits = {limit.name: limit.value for limit in spec.limits}
    return limits[kind.most.name] if kind.most else 1


@rule("BRW028", ERROR, "a lower limit on a connection")
def tighter(facts: "Facts") -> "Iterator[Problem]":
    """On a kind of connection less may come than before.

    What was within the limit is refused there. A limit can be raised for receivers at any time;
    senders can use the room only when every receiver has it.
    """
    for before, after in _connections(facts):
        named = (one.limit.name for one in (*before.limits, *after.limits))
        for name in dict.fromkeys(named):
            one, other = _tight(facts.old, before, name), _tight(facts.new, after, name)
            if one is not None and other is not None and one != other:
                way = DIRECTIONS[0] if other < one else DIRECTIONS[1]
                what = f"`{name}` is {other} instead of {one}"
                problem = _of_connection(before, after, "limits", what)
                yield Problem(problem.element, problem.message, (way,), problem.old, problem.new)


def _tight(spec: "Spec", kind: "Connection", name: str) -> int | None:
    """What a limit is on a connection; None: there is no such limit."""
    limits = {limit.name: limit.value for limit in spec.limits}
    smaller = (one.value.name for one in kind.limits if one.limit.name == name)
    return limits.get(next(smaller, name))


@rule("BRW024", ERROR, "a connection no longer begins without its preamble")
def bare(facts: "Facts") -> "Iterator[Problem]":
    """Old peers leave the preamble out, and are no longer understood."""
    for before, after in _connections(facts):
        gone = {ref.name for ref in before.bare} - {ref.name for ref in after.bare}
        if gone:
            what = f"it no longer begins with {' or '.join(sorted(gone))} alone"
            problem = _of_connection(before, after, "bare", what)
            yield Problem(
                problem.element, problem.message, ("old-to-new",), problem.old, problem.new
            )


@rule("BRW026", ERROR, "a protocol is gone")
def gone(old: "Spec", directions: "tuple[Direction, ...]") -> "Iterator[Problem]":
    """There is no spec of a protocol any more, so nothing is generated for it.

    Whoever speaks it finds nobody. When it was renamed, say so: `was: [OLD]` of the new one.
    """
    yield Problem("protocol", f"the protocol `{old.protocol}` is gone", directions, old.span)


def _connections(facts: "Facts") -> "Iterator[tuple[Connection, Connection]]":
    new = {kind.name: kind for kind in facts.new.connections}
    for kind in facts.old.connections:
        if kind.name in new:
            yield kind, new[kind.name]


def _of_connection(before: "Connection", after: "Connection", key: str, what: str) -> Problem:
    return Problem(
        f"connections.{after.name}.{key}",
        f"the connection `{after.name}`: {what}",
        DIRECTIONS,
        before.span,
        after.span,
    )
