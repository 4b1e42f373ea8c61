"""SEC: what a hostile peer could use."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

from wirechart.chart import data, expand
from wirechart.dataflow import owned
from wirechart.diagnostics import Severity, Span
from wirechart.expressions import UNREAD, Binary, Expression, Name, names, show
from wirechart.model import Bytes, Json, List, Map, Ref, Table
from wirechart.rules.facts import Facts, road
from wirechart.rules.guards import uses
from wirechart.rules.places import Way, durations, parts, types
from wirechart.rules.registry import Problem, rule

if TYPE_CHECKING:
    from wirechart.decisions import Row
    from wirechart.model import DataType, Limit, Put

MEMORY = 64 << 20  # bytes that one message may keep in memory
HOLDINGS = 1 << 30  # bytes that the entries of one map or list may keep in memory
PATIENCE = 3_600_000  # ms
LATE = 60_000  # ms
DESCRIPTORS = 1024  # what a process may usually have open


def _limit(facts: Facts, ref: Ref, kind: str) -> "Limit | None":
    limit = facts.limits.get(ref.name)
    return limit if limit is not None and limit.kind == kind else None


@rule("SEC001", Severity.WARNING, "a large payload that is kept in memory")
def large_payload(facts: Facts) -> Iterator[Problem]:
    """One message, or one reply, may keep more than 64 MiB in memory.

    A few connections that send nothing but such messages exhaust the machine. Lower the limit, or
    take the bytes as they come: `bytes: streamed`, or a table with `contents`.
    """
    for message in facts.spec.messages:
        kept: list[tuple[Ref, str]] = []
        if isinstance(message.payload, Json):
            kept.append((message.payload.max, "payload"))
        if isinstance(message.payload, Bytes) and not message.payload.streamed:
            kept.append((message.payload.max, "payload"))
        if message.reply_payload is not None:
            kept.append((message.reply_payload.max, "reply"))
        for ref, what in kept:
            limit = _limit(facts, ref, "size")
            if limit is not None and limit.value > MEMORY:
                text = f"the {what} of `{message.name}` may keep {limit.text} in memory"
                yield Problem(ref.span, text, "lower the limit to 64 MiB, or stream the bytes")


@rule("SEC002", Severity.WARNING, "contents that may go beyond the address space")
def unchecked_contents(facts: Facts) -> Iterator[Problem]:
    """The rows of a table say where contents go, and no `check` bounds address and length together.

    A row at the last address with a long length wraps around or goes past the end, the oldest of
    overflows. Write `check: at + of <= 2^64`, or a tighter bound.
    """
    for message in facts.spec.messages:
        table = message.payload
        if not isinstance(table, Table) or table.contents is None:
            continue
        of, at = table.contents.of.name, table.contents.at.name
        columns = {column.name for column in table.columns}
        if of != at and {of, at} <= columns and not _bounds(table.check, {of, at}, columns):
            text = f"nothing bounds `{at} + {of}` of a row of `{message.name}`"
            yield Problem(table.contents.span, text, f"write `check: {at} + {of} <= 2^64`")


def _bounds(check: Expression | None, pair: set[str], columns: set[str]) -> bool:
    """Whether some comparison in it bounds both, or may do so with a name that is none."""
    match check:
        case Binary("and", left, right):
            return _bounds(left, pair, columns) or _bounds(right, pair, columns)
        case Binary("<" | "<=" | ">" | ">="):
            asked = {name.name for name in names(check) if name.scope == ""}
            return pair <= asked or not asked <= columns
        case Name(scope):
            return scope == UNREAD
        case _:
            return False


@rule("SEC003", Severity.WARNING, "a very long wait")
def long_wait(facts: Facts) -> Iterator[Problem]:
    """A deadline is longer than an hour, or a failure lingers longer than a minute.

    So long a peer that says nothing keeps a connection and what the machine holds. Lower it; where
    silence between messages is fine, say so: `between_messages: never`.
    """
    lingering = {state.linger.duration.span for state in facts.states if state.linger is not None}
    for ref in durations(facts.spec):
        limit = _limit(facts, ref, "duration")
        most = LATE if ref.span in lingering else PATIENCE
        if limit is not None and limit.value > most:
            text = f"a silent peer is waited for {limit.text} long"
            usual = "a second or two" if ref.span in lingering else "a minute"
            yield Problem(ref.span, text, f"name a shorter limit: {usual} is usual")


@rule("SEC004", Severity.WARNING, "an entry that may replace another")
def overwriting_put(facts: Facts) -> Iterator[Problem]:
    """`put` adds an entry to a map that may hold that key already.

    The same key sent twice replaces the first entry. For descriptors that is a memory that changes
    under the feet of whoever has looked at it. Check `KEY not in state.MAP` before.
    """
    ways = {put.span: way for way in facts.ways for put in way.alternative.put}
    seen: set[Span] = set()
    for row in facts.table:
        for outcome in row.outcomes:
            for put in outcome.put:
                carried = _carries(facts, row.state, put.name.name)
                if carried and put.span not in seen and not _checked(facts, ways[put.span], put):
                    seen.add(put.span)
                    yield _overwriting(facts, row, put)


def _carries(facts: Facts, state: str, name: str) -> bool:
    held = (item for item in data(facts.chart, state) if item.name == name)
    return any(isinstance(expand(facts.chart, item.type), Map) for item in held)


def _overwriting(facts: Facts, row: "Row", put: "Put") -> Problem:
    key, name = show(put.key), put.name.name
    return Problem(
        put.span,
        f"`{name}` of `{row.state}` may hold `{key}` already, and `{row.event}` replaces it",
        f"add `if: {key} not in state.{name}`",
        road(facts, row.state),
    )


def _checked(facts: Facts, way: Way, put: "Put") -> bool:
    """Whether some check of the alternative asks for the key in the map, or for what is none."""
    asked = f"{show(put.key)} not in state.{put.name.name}"
    held = {item.name for node in facts.chart.nodes.values() for item in node.state.data}
    conditions = [check.condition for check in way.alternative.checks]
    unknown = any(
        name.scope == "state" and name.name not in held
        for condition in conditions
        for name in names(condition)
    )
    return unknown or any(asked in show(condition) for condition in conditions)


@rule("SEC005", Severity.WARNING, "more descriptors than a process may have")
def many_descriptors(facts: Facts) -> Iterator[Problem]:
    """A map or a list may hold more than 1 024 descriptors.

    That is what a process may usually have open. With one peer's descriptors all used up, no other
    peer is served, and no file opened. Lower the limit.
    """
    for part in _containers(facts):
        limit = _limit(facts, part.max, "count")
        item = part.value if isinstance(part, Map) else part.item
        if limit is not None and limit.value > DESCRIPTORS and _descriptors(facts, item):
            text = f"one peer may make the process hold {limit.text} descriptors"
            yield Problem(part.max.span, text, f"name a limit of {DESCRIPTORS} or less")


def _containers(facts: Facts) -> Iterator[Map | List]:
    for type_ in types(facts.spec):
        for part in parts(type_):
            if not isinstance(part, Ref):
                yield part


def _descriptors(facts: Facts, type_: "DataType") -> bool:
    expanded = expand(facts.chart, type_)
    if not isinstance(expanded, Ref):
        return False
    return expanded.name == "fd" or (
        expanded.name in facts.chart.messages and owned(facts.chart, expanded)
    )


@rule("SEC006", Severity.WARNING, "many large messages kept in memory")
def hoarding(facts: Facts) -> Iterator[Problem]:
    """The messages of a map or a list may keep more than 1 GiB in memory, all together.

    Each of them is within its limit; the sum is what a peer can use up. Lower the count or the
    size, or let the handler store them.
    """
    for part in _containers(facts):
        count = _limit(facts, part.max, "count")
        item = part.value if isinstance(part, Map) else part.item
        size = _kept(facts, item)
        if count is not None and size * count.value > HOLDINGS:
            text = f"{count.text} entries of up to {_shown(size)} are {_shown(size * count.value)}"
            yield Problem(part.max.span, text, "lower the count, or the size of the message")


def _kept(facts: Facts, type_: "DataType") -> int:
    """How many bytes of payload a value of a type may hold."""
    expanded = expand(facts.chart, type_)
    message = facts.chart.messages.get(expanded.name) if isinstance(expanded, Ref) else None
    payload = message.payload if message is not None else None
    if isinstance(payload, Json) or (isinstance(payload, Bytes) and not payload.streamed):
        limit = _limit(facts, payload.max, "size")
        return limit.value if limit is not None else 0
    return 0


def _shown(size: int) -> str:
    units = ("bytes", "KiB", "MiB", "GiB", "TiB")
    unit = 0
    while size >= 1024 and size % 1024 == 0 and unit < len(units) - 1:
        size //= 1024
        unit += 1
    return f"{size} {units[unit]}"


@rule("SEC007", Severity.WARNING, "a difference that may be below zero")
def negative_difference(facts: Facts) -> Iterator[Problem]:
    """A difference of two fields is checked against an upper bound only.

    With the larger one second it is below zero, and below every bound: `end - start <= 4096` holds
    for an end before its start. Check `end >= start` before, or compare sums.
    """
    for use in uses(facts):
        for note in dict.fromkeys(use.notes):
            if note.kind == "negative":
                yield Problem(note.span, note.message, note.help)
