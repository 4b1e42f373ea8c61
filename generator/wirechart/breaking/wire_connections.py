"""Breaks of what is opened: kinds of connection, and how each begins. Knows no states."""

from typing import TYPE_CHECKING

from wirechart.breaking.registry import rule
from wirechart.breaking.verdict import DIRECTIONS, Problem
from wirechart.chart import is_first
from wirechart.diagnostics import Severity
from wirechart.model import TRANSPORTS

if TYPE_CHECKING:
    from collections.abc import Iterator

    from wirechart.breaking.facts import Facts
    from wirechart.breaking.verdict import Direction
    from wirechart.model import Connection, Spec

ERROR = Severity.ERROR
# What a spec without connections means: the client opens the one that there is.
ONLY = (True, (), (True, True), 1, frozenset[int](), frozenset(TRANSPORTS), frozenset[int]())


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
        if kind.name not in kept and not is_first(kind):
            yield Problem(
                f"connections.{kind.name}",
                f"the connection `{kind.name}` is gone",
                ("old-to-new",),
                kind.span,
            )
    known = {kind.name for kind in facts.old.connections}
    for kind in facts.new.connections:
        if kind.name not in known and not is_first(kind):
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
            yield _of_connection(before, after, "most", f"at most {other} instead of {one}", (way,))


def _most(spec: "Spec", kind: "Connection") -> int:
    limits = {limit.name: limit.value for limit in spec.limits}
    return limits[kind.most.name] if kind.most else 1


@rule("BRW024", ERROR, "a connection no longer begins without its preamble")
def bare(facts: "Facts") -> "Iterator[Problem]":
    """Peers that leave the preamble out, as their own spec lets them, are not understood.

    Let receivers take it first; let it go when no sender is left that does so.
    """
    for before, after in _connections(facts):
        one, other = ({ref.name for ref in kind.bare} for kind in (before, after))
        for way, gone in _lost(one - other, other - one):
            again = "no longer " if way == DIRECTIONS[0] else "newly "
            what = f"it {again}begins with {' or '.join(sorted(gone))} alone"
            yield _of_connection(before, after, "bare", what, (way,))


@rule("BRW028", ERROR, "a connection is carried by other transports")
def carried(facts: "Facts") -> "Iterator[Problem]":
    """A kind of connection does not come over all that it came over.

    A peer that connects over what is gone finds nobody there.
    """
    for before, after in _connections(facts):
        one, other = (_transports(kind) for kind in (before, after))
        for way, gone in _lost(one - other, other - one):
            again = "no longer" if way == DIRECTIONS[0] else "newly"
            what = f"it {again} comes over {' or '.join(sorted(gone))}"
            yield _of_connection(before, after, "over", what, (way,))


def _transports(kind: "Connection") -> "set[str]":
    return {ref.name for ref in kind.over} or {*TRANSPORTS}


def _lost(gone: "set[str]", added: "set[str]") -> "Iterator[tuple[Direction, set[str]]]":
    """Who does without what its own spec gives it: senders count on that."""
    if gone:
        yield DIRECTIONS[0], gone
    if added:
        yield DIRECTIONS[1], added


@rule("BRW029", ERROR, "a lower limit on a connection")
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
                yield _of_connection(before, after, "limits", what, (way,))


def _tight(spec: "Spec", kind: "Connection", name: str) -> int | None:
    """What a limit is on a connection; None: there is no such limit."""
    limits = {limit.name: limit.value for limit in spec.limits}
    smaller = (one.value.name for one in kind.limits if one.limit.name == name)
    return limits.get(next(smaller, name))


def _connections(facts: "Facts") -> "Iterator[tuple[Connection, Connection]]":
    new = {kind.name: kind for kind in facts.new.connections}
    for kind in facts.old.connections:
        if kind.name in new:
            yield kind, new[kind.name]


def _of_connection(
    before: "Connection",
    after: "Connection",
    key: str,
    what: str,
    directions: "tuple[Direction, ...]" = DIRECTIONS,
) -> Problem:
    return Problem(
        f"connections.{after.name}.{key}",
        f"the connection `{after.name}`: {what}",
        directions,
        before.span,
        after.span,
    )


def kinds(spec: "Spec") -> "frozenset[tuple[object, ...]]":
    """What can be opened, whatever it is called."""
    codes = {message.name: message.code for message in spec.messages}
    values = {limit.name: limit.value for limit in spec.limits}
    found = (
        (
            is_first(kind),
            _preamble(kind),
            _roles(spec, kind),
            _most(spec, kind),
            frozenset(codes[ref.name] for ref in kind.bare),
            frozenset(_transports(kind)),
            frozenset((values[one.limit.name], values[one.value.name]) for one in kind.limits),
        )
        for kind in spec.connections
    )
    return frozenset(found) or frozenset({ONLY})
