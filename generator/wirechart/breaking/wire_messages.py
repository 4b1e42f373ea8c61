"""Breaks of the bytes of single messages. Knows no states."""

from typing import TYPE_CHECKING, TypeAlias, cast

from wirechart.breaking import pairing
from wirechart.breaking.guards import biggest, choices
from wirechart.breaking.registry import rule
from wirechart.breaking.verdict import DIRECTIONS, Problem
from wirechart.diagnostics import Severity
from wirechart.expressions import Name
from wirechart.model import Fields, Json, Table

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from wirechart.breaking.facts import Facts, Known
    from wirechart.breaking.verdict import Direction
    from wirechart.expressions import Expression
    from wirechart.model import Message, Spec

ERROR = Severity.ERROR

Rules: TypeAlias = "tuple[Expression, ...]"


@rule("BRW005", ERROR, "a message has another code")
def code(facts: "Facts") -> "Iterator[Problem]":
    """The same message has another number on the wire.

    The other version takes it for another message, or for none. Keep the code, and give the new
    form a message of its own.
    """
    owners = {item.code: item.name for item in _sent(facts.old)}
    for item in facts.messages:
        if item.old.code != item.new.code:
            owner = owners.get(item.new.code)
            taken = f", which was `{owner}`" if owner else ""
            yield item.problem("code", f"code {item.new.code} instead of {item.old.code}{taken}")


@rule("BRW006", ERROR, "the code of a message means another one")
def reused_code(facts: "Facts") -> "Iterator[Problem]":
    """A code that belonged to one message belongs to another one.

    The bytes of the old message are taken for the new one, and maybe nobody notices. Never give a
    code a second meaning; reserve the code of what is gone: `{code: 7, reserved: true}`.
    """
    owners = {item.code: item for item in _sent(facts.old)}
    names = {item.name for item in _sent(facts.old)}
    for item in _sent(facts.new):
        before = owners.get(item.code)
        if before is not None and item.name not in names:
            yield Problem(
                f"messages.{item.name}.code",
                f"code {item.code} was `{before.name}`, and is `{item.name}`",
                DIRECTIONS,
                before.span,
                item.code_span,
                f"give it a new code; if it is the same message, write `was: [{before.name}]`",
                (f"message {item.code}",),
            )


def _sent(spec: "Spec") -> "Iterable[Message]":
    return (message for message in spec.messages if not message.reserved)


@rule("BRW007", ERROR, "a message is gone")
def removed(facts: "Facts") -> "Iterator[Problem]":
    """A message that could be sent is not in the spec any more, or is reserved.

    It is refused wherever it comes. Let receivers take it as long as any sender uses it; reserve
    its code afterwards, so that nobody gives it a second meaning.
    """
    kept = {item.name for item in _sent(facts.new)}
    codes = {item.code for item in _sent(facts.new)}
    places = {item.name: item.span for item in facts.new.messages}
    for item in _sent(facts.old):
        if item.name not in kept and item.code not in codes:
            yield Problem(
                f"messages.{item.name}",
                f"the message `{item.name}` is {'reserved' if item.name in places else 'gone'}",
                ("old-to-new",),
                item.span,
                places.get(item.name),
                about=(f"message {item.code}",),
            )


@rule("BRW008", ERROR, "a payload of another kind")
def payload_kind(facts: "Facts") -> "Iterator[Problem]":
    """What follows a message's header is something else: fields, bytes, JSON, a table, nothing.

    The other version cannot read it. Give the new form a message, and a code, of its own.
    """
    for item in facts.messages:
        one, other = item.before["payload"], item.after["payload"]
        if one[0] != other[0]:
            yield item.problem("payload", f"its payload is {other[0]} instead of {one[0]}")


@rule("BRW009", ERROR, "a payload of another layout")
def payload_layout(facts: "Facts") -> "Iterator[Problem]":
    """Fields or columns have other places, sizes or names, or come in another order.

    The other version reads other values, or finds the size wrong. A payload of fixed fields cannot
    grow: give the new form a message of its own.
    """
    for item in facts.messages:
        one, other = item.before["payload"], item.after["payload"]
        if one[0] == other[0] and one[0] in ("fields", "table") and one[1] != other[1]:
            what = f"{_fields(item.new)} instead of {_fields(item.old)}"
            yield item.problem("payload", what)


def _fields(message: "Message") -> str:
    payload = message.payload
    fields = payload.columns if isinstance(payload, Table) else getattr(payload, "fields", ())
    return ", ".join(f"{f.name} {f.type or f'{f.size} bytes'}" for f in fields) or "nothing"


@rule("BRW010", ERROR, "a header field at another place")
def header(facts: "Facts") -> "Iterator[Problem]":
    """A message reads one of its values from other bytes of the frame.

    The other version writes it elsewhere. A value that is new may use bytes that were ignored: old
    senders leave zeros there.
    """
    for item in facts.messages:
        moved = pairing.moved_parts(item.before, item.after)
        if moved:
            named = ", ".join(f"`{name}`" for name in moved)
            yield item.problem("header", f"other bytes of its header hold {named}")


@rule("BRW011", ERROR, "another number of descriptors")
def descriptors(facts: "Facts") -> "Iterator[Problem]":
    """A message travels with more or fewer file descriptors.

    One with another number is malformed. Give the new form a message of its own.
    """
    for item in facts.messages:
        one, other = item.old.payload, item.new.payload
        if isinstance(one, Fields) and isinstance(other, Fields):
            counts = len(one.descriptors), len(other.descriptors)
            if counts[0] != counts[1]:
                what = f"{counts[1]} descriptors instead of {counts[0]}"
                yield item.problem("payload.descriptors", what)


@rule("BRW012", ERROR, "a lower limit")
def lower_limit(facts: "Facts") -> "Iterator[Problem]":
    """A payload, or the contents behind it, may be less long than before.

    What was within the limit is refused. A limit can be raised for receivers at any time; senders
    can use the room only when every receiver has it.
    """
    for item in facts.messages:
        if item.before["payload"][0] != item.after["payload"][0]:
            continue
        names = ("payload.max", "payload.contents.max")
        pairs = zip(names, item.before["max"], item.after["max"], strict=False)
        for key, one, other in pairs:
            if isinstance(one, int) and isinstance(other, int) and one != other:
                lowered = other < one
                what = f"at most {other} bytes instead of {one}"
                yield item.problem(key, what, (DIRECTIONS[0] if lowered else DIRECTIONS[1],))


@rule("BRW013", ERROR, "another check of rows")
def check(facts: "Facts") -> "Iterator[Problem]":
    """Rows of a table that passed its check do not pass any more.

    The whole message is malformed then. Loosen a check in receivers first.
    """
    for item in facts.messages:
        one, other = item.old.payload, item.new.payload
        if isinstance(one, Table) and isinstance(other, Table):
            directions = tuple(_stricter(item)) if _checks(item) else ()
            if directions and item.before["payload"][1] == item.after["payload"][1]:
                yield item.problem("payload.check", "its rows are checked otherwise", directions)


def _checks(item: "Known") -> bool:
    return item.before["payload"][2] != item.after["payload"][2]


def _stricter(item: "Known") -> "Iterator[Direction]":
    """Who may send a row that the other side does not accept."""
    shapes = item.before["payload"], item.after["payload"]
    one, other = ([cast("Rules", (shape[2],) if shape[2] else ()), ()] for shape in shapes)
    found = choices(one, other, lambda term: biggest(term.name) if isinstance(term, Name) else 1)
    if (0, 1) in found.pairs:
        yield "old-to-new"
    if (1, 0) in found.pairs:
        yield "new-to-old"


@rule("BRW014", ERROR, "other contents behind a table")
def contents(facts: "Facts") -> "Iterator[Problem]":
    """A table is followed by bytes where it was not, or by those of other columns, or by none.

    Neither side finds where the next message begins. Give the new form a message of its own.
    """
    for item in facts.messages:
        one, other = item.before["payload"], item.after["payload"]
        if (one[0], other[0]) == ("table", "table") and one[3] != other[3]:
            yield item.problem("payload.contents", "its rows are followed by other contents")


@rule("BRW015", ERROR, "another field says a payload's size")
def size(facts: "Facts") -> "Iterator[Problem]":
    """The size of a message's payload stands in another field of the frame.

    The other version waits for too few bytes, or for too many.
    """
    frames = [pairing.frames(spec) for spec in (facts.old, facts.new)]
    for item in facts.messages:
        usual = frames[0]["payload_size"] == frames[1]["payload_size"]
        if usual and item.before["size"] != item.after["size"]:
            yield item.problem("size", "another field says its payload's size")


@rule("BRW018", ERROR, "another payload of a reply")
def reply_payload(facts: "Facts") -> "Iterator[Problem]":
    """The bytes behind a reply come in another number, or come where none did, or may be longer.

    A sender of the other version reads them as the next reply, or waits for what never comes.
    """
    for item in facts.messages:
        one, other = item.before["reply_payload"], item.after["reply_payload"]
        if one == other:
            continue
        shorter = bool(one and other) and one[0] == other[0]
        if not shorter:
            yield item.problem("reply_payload", "other bytes follow its reply")
        else:
            longer = other[1] > one[1]  # type: ignore[operator]  # maxima
            what = f"at most {other[1]} bytes follow its reply instead of {one[1]}"
            way = DIRECTIONS[0] if longer else DIRECTIONS[1]
            yield item.problem("reply_payload.max", what, (way,))


@rule("BRW019", ERROR, "a message is sent by the other role")
def sender(facts: "Facts") -> "Iterator[Problem]":
    """The role that sends a message is the other one: who sent it may not any more."""
    for item in facts.messages:
        clients = [
            (message.sender or spec.wire.client).name == spec.wire.client.name
            for message, spec in ((item.old, facts.old), (item.new, facts.new))
        ]
        if clients[0] != clients[1]:
            yield item.problem("from", "the other role sends it")


@rule("BRW027", ERROR, "a message is answered, or is not any more")
def answered(facts: "Facts") -> "Iterator[Problem]":
    """A message that had a reply has none, or one that had none has one.

    The sender waits for ever, or takes the reply for that of its next request. Give the message
    that is answered otherwise a code of its own.
    """
    for item in facts.messages:
        if item.old.replied != item.new.replied:
            how = "is answered" if item.new.replied else "is no longer answered"
            yield item.problem("reply", f"it {how}")


@rule("BRW025", ERROR, "JSON of fewer shapes")
def json_shape(facts: "Facts") -> "Iterator[Problem]":
    """A JSON payload that could be any value has to be an object.

    Other values are malformed. Loosen it in receivers first.
    """
    for item in facts.messages:
        one, other = item.old.payload, item.new.payload
        if isinstance(one, Json) and isinstance(other, Json) and one.shape != other.shape:
            narrower: Direction = "old-to-new" if other.shape == "object" else "new-to-old"
            yield item.problem("payload.json", f"{other.shape} instead of {one.shape}", (narrower,))
